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

static const char *
first_statement(struct plan_kit *k, struct batch *b)
{
	struct round	round;
	struct error	err;

	assert_int_equal(batch_init(b, &k->arena, &k->sql), 0);
	assert_non_null(batch_add(b, k->call, NULL));
	assert_int_equal(batch_next(b, &round, &err), BATCH_SEND);
	return round.statements.v[0].sql->text;
}

/* What a blind delete raises on a table with triggers or policies. */
static void
a_delete_learns_to_look(void **state)
{
	struct pg_error	pg = { "22P02", "invalid input syntax for type "
			    "boolean: \"0 of rows\"", "", "", "", "" };
	struct plan_kit	k;
	struct batch	b;
	const char	*blind, *looking;

	(void)state;
	plan_open_named(&k, "seed");
	plan_call(&k, "delete", "{'model': 'User', 'id': 1}");
	blind = first_statement(&k, &b);
	assert_false(batch_learn(&b, &pg));
	assert_string_equal(first_statement(&k, &b), blind);
	pg.message = "invalid input syntax for type boolean: "
	    "\"ormd: me has to look at rows of \"users\"\"";
	/* Two batches may be under way. */
	assert_true(batch_learn(&b, &pg));
	assert_true(batch_learn(&b, &pg));
	looking = first_statement(&k, &b);
	assert_string_not_equal(looking, blind);
	assert_non_null(strstr(looking, "\"username\""));
	/* Of another model nothing has been learned. */
	plan_call(&k, "delete", "{'model': 'Meditation', 'id': 1}");
	assert_null(strstr(first_statement(&k, &b), "\"title\""));
	plan_close(&k);
}

int
main(void)
{
	static const char *const	files[] = { "unit/plan/audit.talk",
					    "unit/plan/batch.talk",
					    "unit/plan/once.talk", NULL };
	const struct CMUnitTest		tests[] = {
		cmocka_unit_test(alone_and_merged_say_the_same),
		cmocka_unit_test(a_delete_learns_to_look),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
