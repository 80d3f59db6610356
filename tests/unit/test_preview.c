/*
 * Previews and guarded deletes: transcripts of what is looked at and what comes
 * of it, the parameters that decode.c and guard.c refuse, and the token, which
 * has to be the same for the same rows in any order, and another one for
 * others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_talk.h"
#include "preview.h"
#include "reach.h"

static void
max_is_a_number_or_one_for_each_model(void **state)
{
	struct plan_kit	 k;
	struct call	*call;
	const struct guard *guard;

	(void)state;
	plan_open_named(&k, "m2m_cascade");
	call = plan_call(&k, "delete", "{'model': 'Post', 'id': 1}");
	assert_null(call->ops.v[0]->guard);
	assert_false(call->alone);
	call = plan_call(&k, "delete",
	    "{'model': 'Post', 'id': 1, 'max': null, 'plan': null}");
	assert_null(call->ops.v[0]->guard);
	call = plan_call(&k, "delete",
	    "{'model': 'Post', 'id': 1, 'max': 0}");
	assert_true(call->alone);
	guard = call->ops.v[0]->guard;
	assert_int_equal(guard->all, 0);
	assert_null(guard->tables);
	assert_false(call->wants_seal);
	call = plan_call(&k, "delete", "{'model': 'Post', 'id': 1, 'plan': "
	    "'0123456789abcdef0123456789abcdef'}");
	assert_true(call->alone);
	assert_true(call->wants_seal);
	call = plan_call(&k, "delete", "{'model': 'Post', 'id': 1, "
	    "'max': {'Tag': 3, 'post_tags': 4, 'Post': null}}");
	guard = call->ops.v[0]->guard;
	assert_int_equal(guard->all, -1);
	assert_int_equal(guard->tables[plan_column(&k, "tags",
	    "id")->table->index], 3);
	assert_int_equal(guard->tables[plan_column(&k, "post_tags",
	    "tag_id")->table->index], 4);
	assert_int_equal(guard->tables[plan_column(&k, "posts",
	    "id")->table->index], -1);
	plan_close(&k);
}

static void
what_max_and_plan_cannot_be_is_refused(void **state)
{
	struct plan_kit	k;

	(void)state;
	plan_open_named(&k, "m2m_cascade");
	plan_refused(&k, "delete", "{'model': 'Post', 'id': 1, 'max': -1}",
	    ERROR_INVALID_VALUE, "/max", NULL);
	plan_refused(&k, "delete", "{'model': 'Post', 'id': 1, 'max': 1.5}",
	    ERROR_INVALID_VALUE, "/max", NULL);
	plan_refused(&k, "delete", "{'model': 'Post', 'id': 1, 'max': [1]}",
	    ERROR_INVALID_VALUE, "/max", NULL);
	plan_refused(&k, "delete",
	    "{'model': 'Post', 'id': 1, 'max': {'Tag': '1'}}",
	    ERROR_INVALID_VALUE, "/max/Tag", NULL);
	plan_refused(&k, "delete",
	    "{'model': 'Post', 'id': 1, 'max': {'Tga': 1}}",
	    ERROR_UNKNOWN_MODEL, "/max/Tga", "did you mean Tag?");
	/* A table that has a model goes by that. */
	plan_refused(&k, "delete",
	    "{'model': 'Post', 'id': 1, 'max': {'tags': 1}}",
	    ERROR_UNKNOWN_MODEL, "/max/tags", "did you mean Tag?");
	plan_refused(&k, "delete", "{'model': 'Post', 'id': 1, 'plan': 1}",
	    ERROR_INVALID_VALUE, "/plan", NULL);
	plan_refused(&k, "delete", "{'model': 'Post', 'id': 1, 'plan': 'x'}",
	    ERROR_INVALID_VALUE, "/plan", "a preview");
	plan_refused(&k, "update", "{'model': 'Post', 'id': 1, 'values': {}, "
	    "'max': 1}", ERROR_UNKNOWN_FIELD, "/max", NULL);
	plan_refused(&k, "preview", "{'method': 'delete', 'params': "
	    "{'model': 'Post', 'id': 1, 'max': -1}}",
	    ERROR_INVALID_VALUE, "/params/max", NULL);
	plan_close(&k);
}

static void
only_writes_can_be_previewed(void **state)
{
	struct plan_kit	 k;
	struct call	*call;

	(void)state;
	plan_open_named(&k, "seed");
	plan_refused(&k, "preview", "{'params': {}}", ERROR_REQUIRED, "",
	    NULL);
	plan_refused(&k, "preview", "{'method': 'delete'}", ERROR_REQUIRED,
	    "", NULL);
	plan_refused(&k, "preview", "{'method': 'find', 'params': {}}",
	    ERROR_INVALID_VALUE, "/method", NULL);
	plan_refused(&k, "preview", "{'method': 'preview', 'params': {}}",
	    ERROR_INVALID_VALUE, "/method", NULL);
	plan_refused(&k, "preview", "{'method': 'delete', 'params': []}",
	    ERROR_INVALID_VALUE, "/params", NULL);
	plan_refused(&k, "preview", "{'method': 'transaction', 'params': "
	    "{'ops': [{'method': 'delete', 'params': {'model': 'Usr'}}]}}",
	    ERROR_UNKNOWN_MODEL, "/params/ops/0/params/model",
	    "did you mean User?");
	call = plan_call(&k, "preview", "{'method': 'delete', 'params': "
	    "{'model': 'User', 'id': 1, 'max': 0, 'key': 'k', "
	    "'deadline_ms': 5}}");
	assert_true(call->is_preview);
	assert_true(call->wants_seal);
	assert_true(call->is_read);
	assert_true(call->alone);
	assert_null(call->ops.v[0]->guard);
	plan_close(&k);
}

static void
a_token_is_hexadecimal(void **state)
{
	(void)state;
	assert_true(plan_is_token("0123456789abcdef0123456789abcdef"));
	assert_false(plan_is_token("0123456789abcdef0123456789abcde"));
	assert_false(plan_is_token("0123456789abcdef0123456789abcdef0"));
	assert_false(plan_is_token("0123456789ABCDEF0123456789ABCDEF"));
	assert_false(plan_is_token(""));
}

/* A unit of work in which rows of users and meditations are deleted. */
struct rows {
	struct plan_kit	 kit;
	struct uow	 uow;
	struct reach	 reach;
	struct call	 call;
	struct error	 err;
};

static void
rows_open(struct rows *r)
{
	memset(r, 0, sizeof(*r));
	plan_open_named(&r->kit, "seed");
	r->call.registry = r->kit.registry;
	r->call.seal = &plan_seal;
	r->uow.arena = &r->kit.arena;
	r->uow.call = &r->call;
	r->uow.reach = &r->reach;
	r->uow.err = &r->err;
}

static struct object *
row_deleted(struct rows *r, const char *table, unsigned char id)
{
	const struct table	*t = map_find(&r->kit.registry->tables_by_name,
				    table);
	char			*bytes = arena_alloc(&r->kit.keep, 4);
	struct cell		*row;
	struct object		*o;
	size_t			 i;

	assert_non_null(t);
	row = arena_array(&r->kit.keep, t->columns.n, sizeof(*row));
	assert_non_null(row);
	bytes[3] = (char)id;
	for (i = 0; i < t->columns.n; i++)
		row[i].n = -1;
	row[t->key.v[0]->index] = (struct cell){ bytes, 4 };
	o = object_of_row(&r->uow, t, row, LOCK_NONE);
	assert_non_null(o);
	o->deleted = true;
	return o;
}

static const char *
token(struct rows *r)
{
	struct preview	*p = preview_make(&r->uow);

	assert_non_null(p);
	assert_true(plan_is_token(p->plan));
	return p->plan;
}

static void
the_order_of_rows_does_not_matter(void **state)
{
	struct rows	a, b;

	(void)state;
	rows_open(&a);
	rows_open(&b);
	row_deleted(&a, "users", 1);
	row_deleted(&a, "users", 2);
	row_deleted(&a, "meditations", 1);
	row_deleted(&b, "meditations", 1);
	row_deleted(&b, "users", 2);
	assert_string_not_equal(token(&a), token(&b));
	row_deleted(&b, "users", 1);
	assert_string_equal(token(&a), token(&b));
	plan_close(&a.kit);
	plan_close(&b.kit);
}

static void
other_rows_tables_and_changes_are_other_plans(void **state)
{
	enum { KEYS = 200, TOKENS = 3 * KEYS };
	static const char	*seen[TOKENS];
	struct rows		 r[TOKENS];
	struct object		*o;
	int			 i, k, n = 0;

	(void)state;
	for (i = 0; i < KEYS; i++) {
		rows_open(&r[n]);
		row_deleted(&r[n], "users", (unsigned char)i);
		seen[n] = token(&r[n]);
		n++;
		rows_open(&r[n]);
		row_deleted(&r[n], "meditations", (unsigned char)i);
		seen[n] = token(&r[n]);
		n++;
		rows_open(&r[n]);
		o = row_deleted(&r[n], "users", (unsigned char)i);
		o->deleted = false;
		o->acted = ACTED_UPDATED;
		seen[n] = token(&r[n]);
		n++;
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < i; k++)
			assert_string_not_equal(seen[i], seen[k]);
	for (i = 0; i < n; i++)
		plan_close(&r[i].kit);
}

static void
ten_keys_are_shown_and_all_are_counted(void **state)
{
	struct rows		 r;
	struct preview		*p;
	struct preview_table	*t;
	int			 i;

	(void)state;
	rows_open(&r);
	for (i = 1; i <= 25; i++)
		object_because(row_deleted(&r, "users", (unsigned char)i),
		    "late", NULL);
	p = preview_make(&r.uow);
	assert_non_null(p);
	t = &p->tables[PREVIEW_DELETE][plan_column(&r.kit, "users",
	    "id")->table->index];
	assert_int_equal(t->n, 25);
	assert_int_equal(t->keys.n, PREVIEW_KEYS);
	/* The reason of a delete stays the first. */
	assert_int_equal(t->reasons.n, 1);
	assert_null(t->reasons.v[0].rule);
	assert_int_equal(t->reasons.v[0].n, 25);
	plan_close(&r.kit);
}

static void
a_made_up_key_equals_no_other(void **state)
{
	struct rows	r;
	struct cell	a, b, plain = { "\0new........", 4 };

	(void)state;
	rows_open(&r);
	assert_int_equal(reach_make_up(&r.uow, &a), 0);
	assert_int_equal(reach_make_up(&r.uow, &b), 0);
	assert_true(cell_made_up(&a) && cell_made_up(&b));
	assert_false(cell_made_up(&plain));
	assert_int_equal(a.n, b.n);
	assert_memory_not_equal(a.p, b.p, (size_t)a.n);
	/* Only a preview makes them up. */
	assert_false(reach_made_up(&r.uow, &a, 1));
	r.reach.is_preview = true;
	assert_true(reach_made_up(&r.uow, &a, 1));
	plan_close(&r.kit);
}

int
main(void)
{
	static const char *const	files[] = { "unit/plan/preview.talk",
	    NULL };
	const struct CMUnitTest		tests[] = {
		cmocka_unit_test(max_is_a_number_or_one_for_each_model),
		cmocka_unit_test(what_max_and_plan_cannot_be_is_refused),
		cmocka_unit_test(only_writes_can_be_previewed),
		cmocka_unit_test(a_token_is_hexadecimal),
		cmocka_unit_test(the_order_of_rows_does_not_matter),
		cmocka_unit_test(other_rows_tables_and_changes_are_other_plans),
		cmocka_unit_test(ten_keys_are_shown_and_all_are_counted),
		cmocka_unit_test(a_made_up_key_equals_no_other),
	};

	return talk_main(files, tests, sizeof(tests) / sizeof(tests[0]));
}
