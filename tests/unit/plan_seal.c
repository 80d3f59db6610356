/*
 * The seal of the tests of lib/plan: hashes without a key, so that transcripts
 * stay as they are.  The daemon's is daemon/sealing.c.
 */
#include <inttypes.h>
#include <stdio.h>

#include "plan_seal.h"

static const uint64_t fnv_prime = UINT64_C(1099511628211);
static const uint64_t seeds[2] = {
	UINT64_C(14695981039346656037), UINT64_C(7809847782465536322)
};

static uint64_t
hash(uint64_t h, const void *p, size_t n)
{
	const unsigned char	*c = p;

	while (n-- > 0)
		h = (h ^ *c++) * fnv_prime;
	/* FNV leaves the high bits of short keys alike. */
	h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
	return h ^ (h >> 31);
}

static void
seal_row(const struct plan_seal *seal, const void *p, size_t n,
    struct plan_sum *sum)
{
	(void)seal;
	sum->a += hash(seeds[0], p, n);
	sum->b += hash(seeds[1], p, n);
}

static void
seal_token(const struct plan_seal *seal, const struct plan_sum *sum,
    char token[PLAN_TOKEN_SIZE])
{
	(void)seal;
	snprintf(token, PLAN_TOKEN_SIZE, "%016" PRIx64 "%016" PRIx64, sum->a,
	    sum->b);
}

const struct plan_seal	plan_seal = { seal_row, seal_token };
