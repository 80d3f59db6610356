/*
 * Completion: what each place of a line could become.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ormctl_complete.h"

static const char description[] =
"{\"models\":{\"User\":{\"attributes\":{"
"\"id\":{\"kind\":\"column\"},"
"\"username\":{\"kind\":\"column\"},"
"\"boss\":{\"kind\":\"relationship\",\"list\":false},"
"\"memberships\":{\"kind\":\"relationship\",\"list\":true},"
"\"groups\":{\"kind\":\"proxy\",\"list\":true}}},"
"\"Group\":{\"attributes\":{\"id\":{},\"title\":{}}}}}";

struct found {
	char	text[1024];
};

static void
found(void *arg, const char *word)
{
	struct found	*f = arg;
	size_t		 n = strlen(f->text);

	snprintf(f->text + n, sizeof(f->text) - n, "%s%s",
	    n == 0 ? "" : " ", word);
}

static void
assert_completed(const char *line, const char *want)
{
	struct json_object	*described = json_tokener_parse(description);
	struct found		 f = { "" };

	assert_non_null(described);
	complete_line(described, line, found, &f);
	json_object_put(described);
	assert_string_equal(f.text, want);
}

static void
methods_come_first(void **state)
{
	(void)state;
	assert_completed("co", "count");
	assert_completed("  de", "describe delete");
	assert_completed("he", "hello help");
	assert_completed("zz", "");
}

static void
models_stand_behind_their_method(void **state)
{
	(void)state;
	assert_completed("get U", "User");
	assert_completed("get Us", "User");
	assert_completed("find model=G", "model=Group");
	assert_completed("ping U", "");
	assert_completed("dance U", "");
}

static void
attributes_follow_a_model(void **state)
{
	(void)state;
	assert_completed("create User u", "username=");
	assert_completed("create User username=x g", "groups=");
	assert_completed("update User 1 m", "memberships=");
	assert_completed("create Group t", "title=");
	assert_completed("create model=User values.u", "values.username=");
	assert_completed("get mo", "model=");
	assert_completed("get model=User ", "model= id= id.id= id.username= "
	    "id.boss= id.memberships= id.groups=");
	assert_completed("find Nobody u", "");
}

static void
collections_follow_an_id(void **state)
{
	(void)state;
	assert_completed("append User 1 ", "memberships groups");
	assert_completed("set User 1 g", "groups");
	assert_completed("append User 1 groups ", "");
}

static void
parameters_follow_a_colon(void **state)
{
	(void)state;
	assert_completed("find User :li", ":limit=");
	assert_completed("find User :o", ":only= :order_by=");
}

static void
without_a_description_methods_are_left(void **state)
{
	struct found	f = { "" };

	(void)state;
	complete_line(NULL, "get U", found, &f);
	complete_line(NULL, "create User u", found, &f);
	assert_string_equal(f.text, "");
	complete_line(NULL, "ge", found, &f);
	assert_string_equal(f.text, "get");
}

static void
odd_descriptions_do_no_harm(void **state)
{
	static const char *const	odd[] = {
		"1", "[]", "{\"models\":3}", "{\"models\":{\"User\":null}}",
		"{\"models\":[\"User\"]}",
		"{\"models\":{\"User\":{\"attributes\":{\"x\":1}}}}",
		"{\"models\":{\"User\":{\"attributes\":[{},null,7]}}}"
	};
	static const char *const	lines[] = {
		"get U", "create User u", "append User 1 g"
	};
	size_t				i, k;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct json_object	*described = json_tokener_parse(odd[i]);
		struct found		 f = { "" };

		for (k = 0; k < sizeof(lines) / sizeof(lines[0]); k++)
			complete_line(described, lines[k], found, &f);
		json_object_put(described);
		assert_true(f.text[0] == '\0' ||
		    strcmp(f.text, "User") == 0);
	}
}

static void
long_words_are_cut_not_overrun(void **state)
{
	char		line[2000] = "create ";
	struct found	f = { "" };

	(void)state;
	memset(line + 7, 'a', 900);
	line[907] = ' ';
	memset(line + 908, 'b', 900);
	complete_line(NULL, line, found, &f);
	strcat(line, "=");
	complete_line(NULL, line, found, &f);
	assert_string_equal(f.text, "");
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(methods_come_first),
		cmocka_unit_test(models_stand_behind_their_method),
		cmocka_unit_test(attributes_follow_a_model),
		cmocka_unit_test(collections_follow_an_id),
		cmocka_unit_test(parameters_follow_a_colon),
		cmocka_unit_test(without_a_description_methods_are_left),
		cmocka_unit_test(odd_descriptions_do_no_harm),
		cmocka_unit_test(long_words_are_cut_not_overrun),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ormctl_complete", tests, NULL,
	    NULL);
}
