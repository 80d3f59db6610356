/*
 * Each operation's statements: alone, merged with others, in a transaction.
 * "x: alone" and "x: three merged" say the same texts, so a backend prepares
 * each once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "plan_talk.h"

static const struct talk *
talk_find(const struct talk_file *f, const char *title)
{
	size_t	i;

	for (i = 0; i < f->talks.n; i++)
		if (strcmp(f->talks.v[i]->title, title) == 0)
			return f->talks.v[i];
	fail_msg("there is no %s", title);
	return NULL;
}

/* The transcript without parameters, answers and results. */
static void
texts(const struct talk *t, struct buf *b)
{
	const char	*p, *end;

	for (p = t->body; *p != '\0'; p = end + (*end == '\n')) {
		end = p + strcspn(p, "\n");
		if (strncmp(p, "    ", 4) != 0 && *p != '<')
			buf_add(b, p, (size_t)(end - p));
	}
	buf_putc(b, '\0');
}

static void
alone_and_merged_say_the_same(void **state)
{
	static const char *const	ops[] = { "create", "update",
	    "delete", "append", "remove", "set", "merge" };
	struct talk_file		f;
	struct buf			a, b;
	char				alone[64], merged[64];
	size_t				i;

	(void)state;
	talk_open(&f, "unit/plan/batch.talk");
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		snprintf(alone, sizeof(alone), "%s: alone", ops[i]);
		snprintf(merged, sizeof(merged), "%s: three merged", ops[i]);
		buf_init(&a, 0);
		buf_init(&b, 0);
		texts(talk_find(&f, alone), &a);
		texts(talk_find(&f, merged), &b);
		assert_string_equal(a.p, b.p);
		assert_non_null(strstr(a.p, "\""));
		buf_free(&a);
		buf_free(&b);
	}
	talk_close(&f);
}

int
main(void)
{
	static const char *const	files[] = { "unit/plan/batch.talk",
					    "unit/plan/once.talk", NULL };
	const struct CMUnitTest		tests[] = {
		cmocka_unit_test(alone_and_merged_say_the_same),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
