/*
 * Printing: what comes out of rows, and the conformance cases that only read:
 * all of serializer.json, and those vectors of vectors.json that are made of
 * get.  Each case of these files is a case here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "buf.h"
#include "serialize_kit.h"
#include "value.h"
#include "write.h"

enum { DEEPEST = 32, REQUEST_MEMORY = 4 * 1024 * 1024 };

static const char tree_model[] =
    "{\"ormd\":1,\"models\":{\"Node\":{\"table\":\"nodes\",\"columns\":{"
    "\"id\":{\"type\":\"integer\",\"primary_key\":true},"
    "\"name\":{\"type\":\"text\"},"
    "\"parent_id\":{\"type\":\"integer\",\"references\":\"nodes.id\"}},"
    "\"relationships\":{\"children\":{\"target\":\"Node\","
    "\"back_populates\":\"parent\"},\"parent\":{\"target\":\"Node\","
    "\"back_populates\":\"children\",\"remote_side\":[\"id\"]}},"
    "\"association_proxies\":{"
    "\"names\":{\"through\":\"children\",\"attribute\":\"name\"},"
    "\"parents\":{\"through\":\"children\",\"attribute\":\"parent\"},"
    "\"own_names\":{\"through\":\"children\","
    "\"attribute\":\"parent_name\"},"
    "\"parent_name\":{\"through\":\"parent\",\"attribute\":\"name\"},"
    "\"grandparent\":{\"through\":\"parent\",\"attribute\":\"parent\"}},"
    "\"serialize_rules\":[\"-children.parent\",\"-parent.children\"]}}}";

static const char tree_rows[] =
    "{\"nodes\":[{\"id\":1,\"name\":\"a\",\"parent_id\":null},"
    "{\"id\":2,\"name\":\"b\",\"parent_id\":1},"
    "{\"id\":3,\"name\":\"c\",\"parent_id\":1},"
    "{\"id\":4,\"name\":\"d\",\"parent_id\":2}]}";

static void
print_is(const char *given, int id, const char *const *rules,
    const char *const *only, const char *expected)
{
	struct kit	 k;
	struct error	 err;
	const char	*text;

	kit_open(&k, tree_model, given);
	text = kit_print(&k, "Node", id, rules, only, &err);
	if (text == NULL)
		fail_msg("%s", err.message);
	assert_string_equal(text, expected);
	kit_close(&k);
}

static void
a_missing_row_is_null(void **state)
{
	(void)state;
	print_is(tree_rows, 9, NULL, NULL, "null");
}

static void
columns_come_in_file_order(void **state)
{
	(void)state;
	print_is(tree_rows, 4, NULL, RULES("parent_id", "name", "id"),
	    "{\"id\":4,\"name\":\"d\",\"parent_id\":2}");
}

static void
nothing_to_print_is_an_empty_object(void **state)
{
	(void)state;
	print_is(tree_rows, 4, NULL, RULES("-id"), "{}");
}

static void
a_tree_is_printed_to_its_leaves(void **state)
{
	(void)state;
	print_is(tree_rows, 1, NULL, RULES("name", "children"),
	    "{\"name\":\"a\",\"children\":["
	    "{\"id\":2,\"name\":\"b\",\"parent_id\":1,\"children\":["
	    "{\"id\":4,\"name\":\"d\",\"parent_id\":2,\"children\":[]}]},"
	    "{\"id\":3,\"name\":\"c\",\"parent_id\":1,\"children\":[]}]}");
}

static void
a_lone_relationship_is_an_object_or_null(void **state)
{
	(void)state;
	print_is(tree_rows, 4, NULL, RULES("parent.name"),
	    "{\"parent\":{\"name\":\"b\"}}");
	print_is(tree_rows, 1, NULL, RULES("parent.name"), "{\"parent\":null}");
}

static void
a_proxy_gives_the_attribute_of_each(void **state)
{
	(void)state;
	print_is(tree_rows, 1, NULL, RULES("names"),
	    "{\"names\":[\"b\",\"c\"]}");
	print_is(tree_rows, 4, NULL, RULES("names"), "{\"names\":[]}");
}

static void
a_proxy_keeps_duplicates(void **state)
{
	(void)state;
	print_is(tree_rows, 1, NULL, RULES("parents.name"),
	    "{\"parents\":[{\"name\":\"a\"},{\"name\":\"a\"}]}");
}

static void
a_proxy_over_a_proxy_gives_its_value(void **state)
{
	(void)state;
	print_is(tree_rows, 1, NULL, RULES("own_names"),
	    "{\"own_names\":[\"a\",\"a\"]}");
}

static void
a_scalar_proxy_gives_a_value_or_null(void **state)
{
	(void)state;
	print_is(tree_rows, 4, NULL, RULES("parent_name", "grandparent.id"),
	    "{\"parent_name\":\"b\",\"grandparent\":{\"id\":1}}");
	print_is(tree_rows, 2, NULL, RULES("parent_name", "grandparent.id"),
	    "{\"parent_name\":\"a\",\"grandparent\":null}");
	print_is(tree_rows, 1, NULL, RULES("parent_name", "grandparent.id"),
	    "{\"parent_name\":null,\"grandparent\":null}");
}

static void
an_object_inside_itself_is_endless(void **state)
{
	struct kit	k;
	struct error	err;

	(void)state;
	kit_open(&k, tree_model,
	    "{\"nodes\":[{\"id\":1,\"name\":\"a\",\"parent_id\":2},"
	    "{\"id\":2,\"name\":\"b\",\"parent_id\":1}]}");
	assert_null(kit_print(&k, "Node", 1, NULL, RULES("name", "children"),
	    &err));
	assert_int_equal(err.kind, ERROR_ENDLESS_RULES);
	assert_string_equal(err.detail,
	    "Node.children -> Node.children -> Node");
	assert_string_equal(err.model, "Node");
	/* The same data with an end in the rules. */
	assert_non_null(kit_print(&k, "Node", 1, NULL,
	    RULES("children.children.children.name"), &err));
	kit_close(&k);
}

static void
two_rows_with_one_key_are_one_object(void **state)
{
	struct kit		 k;
	struct error		 err;
	struct json_object	*one = json_object_new_int(1);
	const struct shape	*shape;
	struct row		*row, *child, copy;
	struct buf		 b;

	(void)state;
	kit_open(&k, tree_model, tree_rows);
	shape = kit_shape(&k, "Node", NULL, RULES("id", "children"), &err);
	assert_non_null(shape);
	row = kit_row(&k, shape, one);
	/* As a loader would that makes a row each time it meets one. */
	child = row->links[0].rows[1];
	copy = *child;
	child->links[0].rows = arena_array(&k.arena, 1, sizeof(row));
	child->links[0].rows[0] = &copy;
	child->links[0].n = 1;
	buf_init(&b, 0);
	assert_int_equal(shape_write(&b, row, DEEPEST, &err), -1);
	assert_int_equal(err.kind, ERROR_ENDLESS_RULES);
	buf_free(&b);
	json_object_put(one);
	kit_close(&k);
}

static void
depth_is_bounded(void **state)
{
	struct kit		 k;
	struct error		 err;
	struct json_object	*one = json_object_new_int(1);
	const struct shape	*shape;
	struct row		*row;
	struct buf		 b;

	(void)state;
	kit_open(&k, tree_model, tree_rows);
	shape = kit_shape(&k, "Node", NULL, RULES("id", "children"), &err);
	assert_non_null(shape);
	row = kit_row(&k, shape, one);
	buf_init(&b, 0);
	assert_int_equal(shape_write(&b, row, 3, &err), 0);
	assert_int_equal(shape_write(&b, row, 2, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_string_equal(err.attribute, "children");
	/* A loader may stop at the same depth. */
	row->links[0].rows[0]->links[0].loaded = false;
	assert_int_equal(shape_write(&b, row, 2, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	assert_int_equal(shape_write(&b, row, 3, &err), -1);
	assert_int_equal(err.kind, ERROR_INTERNAL);
	buf_free(&b);
	json_object_put(one);
	kit_close(&k);
}

static void
a_kept_text_is_printed_again(void **state)
{
	struct kit		 k;
	struct error		 err;
	struct json_object	*two = json_object_new_int(2);
	struct row_text		 text = { NULL, NULL, 0 };
	const struct shape	*shape;
	struct row		*row;
	struct buf		 b;

	(void)state;
	kit_open(&k, tree_model, tree_rows);
	shape = kit_shape(&k, "Node", NULL, RULES("id", "name"), &err);
	assert_non_null(shape);
	assert_true(shape->flat);
	row = kit_row(&k, shape, two);
	text.arena = &k.arena;
	row->text = &text;
	/* Of a buffer that it does not fit into nothing is kept. */
	buf_init(&b, 10);
	assert_int_equal(shape_write(&b, row, DEEPEST, &err), -1);
	assert_null(text.p);
	buf_free(&b);
	buf_init(&b, 0);
	buf_puts(&b, "before");
	assert_int_equal(shape_write(&b, row, DEEPEST, &err), 0);
	assert_int_equal(shape_write(&b, row, DEEPEST, &err), 0);
	buf_putc(&b, '\0');
	assert_string_equal(b.p, "before{\"id\":2,\"name\":\"b\"}"
	    "{\"id\":2,\"name\":\"b\"}");
	assert_int_equal(text.n, strlen("{\"id\":2,\"name\":\"b\"}"));
	assert_int_equal(memcmp(text.p, b.p + strlen("before"), text.n), 0);
	buf_free(&b);
	json_object_put(two);
	kit_close(&k);
}

static void
a_full_buffer_is_a_limit(void **state)
{
	struct kit		 k;
	struct error		 err;
	struct json_object	*one = json_object_new_int(1);
	const struct shape	*shape;
	struct buf		 b;

	(void)state;
	kit_open(&k, tree_model, tree_rows);
	shape = kit_shape(&k, "Node", RULES("-parent"), NULL, &err);
	assert_non_null(shape);
	buf_init(&b, 20);
	assert_int_equal(shape_write(&b, kit_row(&k, shape, one), DEEPEST,
	    &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	buf_free(&b);
	json_object_put(one);
	kit_close(&k);
}

/* ------------------------------------------------- conformance cases */

/* A case: a vector, or one case of a group of serializer.json. */
struct vector {
	struct json_object	*model, *given;
	struct json_object	*requests;	/* of a vector, or NULL */
	struct json_object	*params;	/* of a case, or NULL */
	struct json_object	*then;
};

static const char *const *
strings(struct arena *a, struct json_object *params, const char *name,
    size_t *n)
{
	struct json_object	*list = json_object_object_get(params, name);
	const char		**v;
	size_t			 i;

	*n = list == NULL ? 0 : json_object_array_length(list);
	v = arena_array(a, *n + 1, sizeof(*v));
	for (i = 0; i < *n; i++)
		v[i] = json_object_get_string(json_object_array_get_idx(list,
		    i));
	return v;
}

/* Answers a get: its reply, or NULL with err. */
static struct json_object *
answer(struct kit *k, struct json_object *params, struct error *err)
{
	const char		*model;
	struct shape_rules	 rules;
	const struct shape	*shape;
	struct json_object	*reply = NULL, *id;
	struct row		*row;
	struct buf		 b;

	model = json_object_get_string(json_object_object_get(params,
	    "model"));
	rules.rules = strings(&k->arena, params, "rules", &rules.nrules);
	rules.only = strings(&k->arena, params, "only", &rules.nonly);
	shape = shape_compile(&k->arena, kit_model(k, model), &rules, NULL,
	    err);
	if (shape == NULL)
		return NULL;
	id = json_object_object_get(params, "id");
	assert_non_null(row = kit_row(k, shape, id));
	buf_init(&b, 0);
	if (shape_write(&b, row, DEEPEST, err) == 0) {
		buf_putc(&b, '\0');
		if ((reply = json_tokener_parse(b.p)) == NULL)
			fail_msg("not JSON: %s", b.p);
	}
	buf_free(&b);
	return reply;
}

/* One get: the reply has to be `expected', or the error of this kind. */
static void
compare(struct kit *k, struct json_object *params, struct json_object *expected,
    const char *kind)
{
	struct json_object	*reply;
	struct error		 err;
	const char		*got;

	reply = answer(k, params, &err);
	if (kind != NULL) {
		if (reply != NULL)
			fail_msg("%s expected, got %s", kind,
			    json_object_to_json_string(reply));
		if (strcmp(kind, "invalid") == 0)
			assert_int_equal(error_rows[err.kind].code, -32602);
		else
			assert_string_equal(error_rows[err.kind].kind, kind);
		if (err.kind == ERROR_ENDLESS_RULES)
			assert_true(err.hint[0] != '\0');
		return;
	}
	if (reply == NULL)
		fail_msg("%s (%s): %s; hint: %s", error_rows[err.kind].kind,
		    err.detail, err.message, err.hint);
	got = json_object_to_json_string(reply);
	if (!json_object_equal(reply, expected))
		fail_msg("%s\ngot      %s\nexpected %s",
		    json_object_to_json_string(params), got,
		    json_object_to_json_string(expected));
	json_object_put(reply);
}

static const char *
error_kind_of(struct json_object *error)
{
	const char	*kind = json_object_get_string(
			    json_object_is_type(error, json_type_object) ?
			    json_object_object_get(error, "kind") : error);

	if (kind == NULL)
		return NULL;
	if (strcmp(kind, "recursion") == 0)
		return "endless_rules";
	return strcmp(kind, "attribute") == 0 ? "unknown_field" : kind;
}

/* The result of the request at this index, or NULL when none is listed. */
static struct json_object *
result_at(struct json_object *then, size_t at)
{
	struct json_object	*results, *r;
	size_t			 i;

	if (!json_object_object_get_ex(then, "results", &results))
		return NULL;
	for (i = 0; i < json_object_array_length(results); i++) {
		r = json_object_array_get_idx(results, i);
		if (json_object_get_uint64(json_object_object_get(r, "at")) ==
		    at)
			return json_object_object_get(r, "result");
	}
	return NULL;
}

static void
run_requests(struct kit *k, const struct vector *v)
{
	struct json_object	*error, *params, *expected;
	size_t			 i;

	error = json_object_object_get(v->then, "error");
	for (i = 0; i < json_object_array_length(v->requests); i++) {
		params = json_object_object_get(json_object_array_get_idx(
		    v->requests, i), "params");
		if (error != NULL && json_object_get_uint64(
		    json_object_object_get(error, "at")) == i) {
			compare(k, params, NULL, error_kind_of(error));
			continue;
		}
		if ((expected = result_at(v->then, i)) != NULL)
			compare(k, params, expected, NULL);
	}
}

static void
run_vector(void **state)
{
	const struct vector	*v = *state;
	struct kit		 k;

	kit_open(&k, json_object_to_json_string(v->model), NULL);
	arena_bound(&k.arena, REQUEST_MEMORY);
	k.given = json_object_get(v->given);
	if (v->requests != NULL)
		run_requests(&k, v);
	else
		compare(&k, v->params, json_object_object_get(v->then,
		    "result"), error_kind_of(json_object_object_get(v->then,
		    "error")));
	kit_close(&k);
}

struct cases {
	struct CMUnitTest	*tests;
	size_t			 n, cap;
};

static void
case_add(struct cases *c, const char *id, struct vector v)
{
	struct vector	*kept = malloc(sizeof(*kept));

	*kept = v;
	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 64 : c->cap * 2;
		c->tests = realloc(c->tests, c->cap * sizeof(*c->tests));
	}
	c->tests[c->n++] = (struct CMUnitTest){ id, run_vector, NULL, NULL,
	    kept };
}

static void
add_groups(struct cases *c, struct json_object *file)
{
	struct json_object	*groups, *group, *list, *one;
	struct vector		 v = { 0 };
	size_t			 g, i;

	v.given = json_object_object_get(file, "given");
	groups = json_object_object_get(file, "groups");
	for (g = 0; g < json_object_array_length(groups); g++) {
		group = json_object_array_get_idx(groups, g);
		v.model = json_object_object_get(group, "model");
		list = json_object_object_get(group, "cases");
		for (i = 0; i < json_object_array_length(list); i++) {
			one = json_object_array_get_idx(list, i);
			v.params = json_object_object_get(one, "params");
			v.then = json_object_object_get(one, "then");
			case_add(c, json_object_get_string(
			    json_object_object_get(one, "id")), v);
		}
	}
}

/* Vectors of get alone need no database. */
static bool
only_reads(struct json_object *requests)
{
	struct json_object	*method;
	size_t			 i;

	for (i = 0; i < json_object_array_length(requests); i++) {
		method = json_object_object_get(json_object_array_get_idx(
		    requests, i), "method");
		if (strcmp(json_object_get_string(method), "get") != 0)
			return false;
	}
	return i > 0;
}

static void
add_vectors(struct cases *c, struct json_object *file)
{
	struct json_object	*vectors, *models, *one;
	struct vector		 v = { 0 };
	size_t			 i;

	vectors = json_object_object_get(file, "vectors");
	models = json_object_object_get(file, "models");
	for (i = 0; i < json_object_array_length(vectors); i++) {
		one = json_object_array_get_idx(vectors, i);
		v.requests = json_object_object_get(one, "requests");
		if (!only_reads(v.requests))
			continue;
		v.model = json_object_object_get(json_object_object_get(models,
		    json_object_get_string(json_object_object_get(one,
		    "model"))), "file");
		v.given = json_object_object_get(one, "given");
		v.then = json_object_object_get(one, "then");
		case_add(c, json_object_get_string(json_object_object_get(one,
		    "id")), v);
	}
}

static struct json_object *
read_json(const char *name)
{
	char			*text = kit_file(name);
	struct json_object	*v = json_tokener_parse(text);

	free(text);
	return v;
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(a_missing_row_is_null),
		cmocka_unit_test(columns_come_in_file_order),
		cmocka_unit_test(nothing_to_print_is_an_empty_object),
		cmocka_unit_test(a_tree_is_printed_to_its_leaves),
		cmocka_unit_test(a_lone_relationship_is_an_object_or_null),
		cmocka_unit_test(a_proxy_gives_the_attribute_of_each),
		cmocka_unit_test(a_proxy_keeps_duplicates),
		cmocka_unit_test(a_proxy_over_a_proxy_gives_its_value),
		cmocka_unit_test(a_scalar_proxy_gives_a_value_or_null),
		cmocka_unit_test(an_object_inside_itself_is_endless),
		cmocka_unit_test(two_rows_with_one_key_are_one_object),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(a_kept_text_is_printed_again),
		cmocka_unit_test(a_full_buffer_is_a_limit),
	};
	struct json_object	*serializer, *vectors;
	struct cases		 c = { 0 };
	size_t			 i;
	int			 failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	serializer = read_json("conformance/serializer.json");
	vectors = read_json("conformance/vectors.json");
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		case_add(&c, tests[i].name, (struct vector){ 0 });
		free(c.tests[i].initial_state);
		c.tests[i] = tests[i];
	}
	add_groups(&c, serializer);
	add_vectors(&c, vectors);
	failed = _cmocka_run_group_tests("write", c.tests, c.n, NULL, NULL);
	for (i = 0; i < c.n; i++)
		free(c.tests[i].initial_state);
	free(c.tests);
	json_object_put(serializer);
	json_object_put(vectors);
	return failed;
}
