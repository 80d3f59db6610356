/*
 * Whoever adds a method or a parameter has to say in discover_words.c what it
 * is; whoever takes one away, takes its row away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "discover_parts.h"
#include "json_in.h"
#include "methods.h"

static struct json *
json_of(struct arena *a, const char *text)
{
	struct json	*tree;
	struct error	 err;
	struct buf	 b;

	buf_init(&b, 0);
	discover_schema(&b, text, 1);
	if (json_read(a, b.p, b.n, &tree, &err) == -1)
		fail_msg("%s: %s", err.message, text);
	buf_free(&b);
	return tree;
}

static void
every_method_is_put_into_words(void **state)
{
	struct call_method		 m;
	const struct method_words	*w;
	struct arena			 a;
	size_t				 i;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; method_at(i, &m); i++) {
		if ((w = discover_method(m.name)) == NULL)
			fail_msg("discover_words.c has no method %s", m.name);
		assert_true(json_is_object(json_of(&a, w->result)));
	}
	assert_true(i > 15);
	arena_release(&a);
}

static void
every_parameter_is_put_into_words(void **state)
{
	struct call_method		 m;
	struct param_list		 p;
	const struct param_words	*w;
	const char			*name;
	struct arena			 a;
	size_t				 i, k;

	(void)state;
	arena_init(&a, 0);
	for (i = 0; method_at(i, &m); i++) {
		p = discover_params_of(&m);
		for (k = 0; (name = discover_param_in(&p, k)) != NULL; k++) {
			if ((w = discover_param(m.name, name)) == NULL)
				fail_msg("discover_words.c has no parameter "
				    "%s of %s", name, m.name);
			assert_true(json_is_object(json_of(&a, w->schema)));
		}
	}
	arena_release(&a);
}

static void
no_words_are_about_what_is_gone(void **state)
{
	const struct param_words	*w;
	struct call_method		 m;
	struct param_list		 p;
	const char			*name;
	size_t				 i, k, n;
	bool				 used;

	(void)state;
	for (i = 0; discover_method_at(i) != NULL; i++) {
		for (k = 0; method_at(k, &m); k++)
			if (strcmp(m.name, discover_method_at(i)->name) == 0)
				break;
		if (!method_at(k, &m))
			fail_msg("there is no method %s",
			    discover_method_at(i)->name);
	}
	for (i = 0; (w = discover_param_at(i)) != NULL; i++) {
		used = false;
		for (k = 0; method_at(k, &m); k++) {
			p = discover_params_of(&m);
			for (n = 0; (name = discover_param_in(&p, n)) != NULL;
			    n++)
				if (discover_param(m.name, name) == w)
					used = true;
		}
		if (!used)
			fail_msg("no method takes %s", w->name);
	}
}

static void
a_document_that_memory_ends_in_is_broken(void **state)
{
	static const char	 text[] = "{\"ormd\":1,\"models\":{\"A\":{"
				    "\"table\":\"a\",\"columns\":{\"id\":{"
				    "\"type\":\"integer\",\"primary_key\":"
				    "true}}}}}";
	struct registry		*r;
	struct error		 err;
	struct buf		 b;
	size_t			 n;

	(void)state;
	r = registry_load(text, sizeof(text) - 1, &err);
	assert_non_null(r);
	buf_init(&b, 0);
	discover_write(&b, r, CLASS_ADMIN, method_at);
	assert_false(b.broken);
	n = b.n;
	buf_free(&b);
	buf_init(&b, n - 1);
	discover_write(&b, r, CLASS_ADMIN, method_at);
	assert_true(b.broken);
	buf_free(&b);
	registry_free(r);
}

/* Everything is open to admins; Secret to nobody else, tax to users as well. */
static const char	closed[] = "{\"ormd\":1,\"auth\":{\"model\":\"User\","
"\"login\":\"name\",\"password\":\"_hash\",\"role\":\"role\",\"admin\":"
"\"root\"},\"models\":{\"User\":{\"table\":\"u\",\"columns\":{\"id\":{"
"\"type\":\"integer\",\"primary_key\":true},\"name\":{\"type\":\"text\","
"\"unique\":true},\"role\":{\"type\":\"text\"},\"tax\":{\"type\":\"text\","
"\"hidden_from\":[\"anyone\"]},\"_hash\":{\"type\":\"text\"}},"
"\"relationships\":{\"secrets\":{\"target\":\"Secret\"}},\"access\":{"
"\"read\":[\"anyone\"]}},"
"\"Secret\":{\"table\":\"s\",\"columns\":{\"id\":{\"type\":\"integer\","
"\"primary_key\":true},\"u_id\":{\"type\":\"integer\",\"references\":"
"\"u.id\"}},\"access\":{\"read\":[\"admin\"],\"create\":[\"admin\"],"
"\"update\":[\"admin\"],\"delete\":[\"admin\"]}}}}";

static void
each_class_is_told_of_what_it_may_know(void **state)
{
	static const struct {
		enum access_class	 class;
		bool			 tax, secret;
	} rows[] = {
		{ CLASS_ADMIN, true, true }, { CLASS_USER, true, false },
		{ CLASS_ANYONE, false, false }
	};
	struct registry	*r;
	struct error	 err;
	struct buf	 b;
	size_t		 i;

	(void)state;
	r = registry_load(closed, sizeof(closed) - 1, &err);
	if (r == NULL)
		fail_msg("%s: %s", err.path, err.message);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&b, 0);
		discover_write(&b, r, rows[i].class, method_at);
		buf_putc(&b, '\0');
		assert_false(b.broken);
		assert_non_null(strstr(b.p, "\"object.User\""));
		assert_null(strstr(b.p, "_hash"));
		assert_int_equal(strstr(b.p, "\"tax\"") != NULL, rows[i].tax);
		assert_int_equal(strstr(b.p, "Secret") != NULL,
		    rows[i].secret);
		buf_free(&b);
	}
	registry_free(r);
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(every_method_is_put_into_words),
		cmocka_unit_test(every_parameter_is_put_into_words),
		cmocka_unit_test(no_words_are_about_what_is_gone),
		cmocka_unit_test(each_class_is_told_of_what_it_may_know),
		cmocka_unit_test(a_document_that_memory_ends_in_is_broken),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
