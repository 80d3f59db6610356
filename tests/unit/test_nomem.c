/*
 * Memory that ends: every transcript with a request's arena that is too small,
 * from nothing on until it is enough, and with all allocations failing from the
 * first on, from the second on …: each time the end of memory is said, and
 * nothing else happens.  Then with just one that fails: what happens is not
 * said here, but nothing breaks.
 *
 * Linked with --wrap for malloc and its kin, so that those of lib/ and of the
 * kit come by here; the kit's own are let through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_talk.h"

enum { GRAIN = 16, STEP = 48, ENOUGH = 1 << 20, ALLOCATIONS = 4096 };

void	*__real_malloc(size_t);
void	*__real_calloc(size_t, size_t);
void	*__real_realloc(void *, size_t);
void	*__wrap_malloc(size_t);
void	*__wrap_calloc(size_t, size_t);
void	*__wrap_realloc(void *, size_t);

/* How many allocations of lib/plan's steps work before one fails, or all do. */
static struct {
	bool	counting;
	bool	for_good;
	int	left;			/* -1: none fails */
} memory = { false, false, -1 };

static bool
fails(void)
{
	if (!memory.counting || memory.left < 0)
		return false;
	if (memory.left > 0) {
		memory.left--;
		return false;
	}
	if (!memory.for_good)
		memory.left = -1;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static void
step(bool begins)
{
	memory.counting = begins;
}

/* Plays it once more in the same kit, whose loads and texts are kept. */
static bool
replay(struct plan_kit *k, const struct talk *t, size_t limit)
{
	plan_forget(k, limit);
	return talk_replay(k, t, NULL, true);
}

static void
small_arenas(void **state)
{
	const struct talk	*t = *state;
	struct plan_kit		 k;
	size_t			 limit, enough = 0;

	plan_open_named(&k, t->model);
	assert_true(replay(&k, t, 0));
	/* From nothing on; an odd start, so that all grains come by. */
	for (limit = GRAIN; limit < ENOUGH; limit += STEP) {
		if (!replay(&k, t, limit))
			continue;
		enough = limit;
		break;
	}
	assert_int_not_equal(enough, 0);
	assert_int_not_equal(enough, GRAIN);
	plan_close(&k);
}

static void
allocations_that_fail(const struct talk *t, bool for_good)
{
	struct plan_kit	k;
	int		n, left = 0;
	bool		whole;

	/* Done when so many work that none has failed. */
	for (n = 0; n < ALLOCATIONS && left == 0; n++) {
		plan_open_named(&k, t->model);
		memory.for_good = for_good;
		memory.left = n;
		whole = talk_replay(&k, t, step, for_good);
		left = memory.left > 0;
		memory.left = -1;
		assert_true(whole || !left);
		plan_close(&k);
	}
	assert_int_equal(left, 1);
	assert_true(n > 1);
}

static void
all_allocations_fail(void **state)
{
	allocations_that_fail(*state, true);
}

static void
one_allocation_fails(void **state)
{
	allocations_that_fail(*state, false);
}

/* "what: title" for each talk of the file. */
static void
tests_add(struct arena *a, struct CMUnitTest *tests, size_t *n,
    const struct talk_file *f, const char *what, CMUnitTestFunction test)
{
	size_t	i;

	for (i = 0; i < f->talks.n; i++)
		tests[(*n)++] = (struct CMUnitTest){ arena_printf(a, "%s: %s",
		    what, f->talks.v[i]->title), test, NULL, NULL,
		    f->talks.v[i] };
}

int
main(void)
{
	static const char *const	 names[] = { "access", "aggregate",
	    "audit", "batch", "explain",
	    "gather", "loader", "nested", "once", "preview", "query", "uow" };
	enum { FILES = sizeof(names) / sizeof(names[0]), WAYS = 3 };
	struct talk_file		 files[FILES];
	struct CMUnitTest		*tests;
	struct arena			 a;
	size_t				 i, n = 0;
	int				 failed;

	arena_init(&a, 0);
	for (i = 0; i < FILES; i++) {
		talk_open(&files[i], arena_printf(&a, "unit/plan/%s.talk",
		    names[i]));
		n += files[i].talks.n;
	}
	tests = arena_array(&a, WAYS * n, sizeof(*tests));
	for (i = 0, n = 0; i < FILES; i++) {
		tests_add(&a, tests, &n, &files[i], "small arenas",
		    small_arenas);
		tests_add(&a, tests, &n, &files[i], "all allocations fail",
		    all_allocations_fail);
		tests_add(&a, tests, &n, &files[i], "one allocation fails",
		    one_allocation_fails);
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = _cmocka_run_group_tests("nomem", tests, n, NULL, NULL);
	for (i = 0; i < FILES; i++)
		talk_close(&files[i]);
	arena_release(&a);
	return failed;
}
