/*
 * Model files on their way into a registry.  Called by ormd at start and on
 * SIGHUP, and by ormd-model.  It refuses what the scanner refuses of a client's
 * line, what lib/model refuses, and rules that name nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "finite.h"
#include "model_text.h"
#include "scan.h"

enum {
	FILE_DEPTH_MOST = 32,
	FILE_VALUES_MOST = 4 << 20
};

/* An editor counts lines. */
static void
place_tell(const char *text, size_t n, struct error *err)
{
	size_t	at, i, line = 1, start = 0;

	if (sscanf(err->detail, "at byte %zu", &at) != 1 || at > n)
		return;
	for (i = 0; i < at; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	error_detail(err, "at line %zu, byte %zu of it", line, at - start + 1);
}

/* 0 when the scanner of client lines has nothing against the text. */
static int
scan(const char *text, size_t n, struct error *err)
{
	struct scanner		*scanner = malloc(sizeof(*scanner));
	enum scan_verdict	 verdict;
	size_t			 values;

	if (scanner == NULL)
		return error_nomem(err);
	/* The file's author gains nothing by keys that collide. */
	scan_init(scanner, FILE_DEPTH_MOST, FILE_VALUES_MOST, 0);
	verdict = scan_line(scanner, text, n, &values, err);
	free(scanner);
	if (verdict == SCAN_OK)
		return 0;
	place_tell(text, n, err);
	return -1;
}

struct registry *
model_text_load(const char *text, size_t n, struct error *err)
{
	struct registry	*r;

	if (scan(text, n, err) == -1)
		return NULL;
	r = registry_load(text, n, err);
	if (r != NULL && registry_check_rules(r, err) == -1) {
		registry_free(r);
		return NULL;
	}
	return r;
}

struct registry *
model_text_load_all(const char *text, size_t n, registry_refused *refused,
    void *arg)
{
	struct registry	*r;
	struct error	 err;

	if (scan(text, n, &err) == -1) {
		refused(arg, &err);
		return NULL;
	}
	r = registry_load_all(text, n, refused, arg);
	if (r != NULL && registry_check_rules(r, &err) == -1) {
		refused(arg, &err);
		registry_free(r);
		return NULL;
	}
	return r;
}
