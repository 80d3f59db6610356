/*
 * The man pages of the protocol and of ormctl against what they describe: the
 * table of errors, the request lines, the table of short forms.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ormctl_json.h"
#include "ormctl_words.h"

struct error_line {
	int		 code;
	const char	*kind, *sqlstate;
	bool		 retryable;
	const char	*message;
};

static const struct error_line errors[] = {
#define ERROR(name, code, kind, sqlstate, retryable, message) \
	{ code, kind, sqlstate, retryable, message },
#include "errors.def"
#undef ERROR
};

/* A man page, open, its roff escapes undone line by line. */
struct page {
	FILE	*f;
	char	*line;
	size_t	 size;
};

static void
page_open(struct page *p, const char *name)
{
	const char	*top = getenv("top_srcdir");
	char		 path[512];

	snprintf(path, sizeof(path), "%s/%s", top == NULL ? "." : top, name);
	p->line = NULL;
	p->size = 0;
	if ((p->f = fopen(path, "r")) == NULL)
		fail_msg("%s cannot be read", path);
}

static void
page_close(struct page *p)
{
	free(p->line);
	fclose(p->f);
}

static void
undo_escapes(char *line)
{
	static const char *const	escapes[][2] = {
		{ "\\-", "-" }, { "\\e", "\\" }, { "\\&", "" },
		{ "\\(aq", "'" }, { "\\(dq", "\"" }
	};
	char				*to = line;
	size_t				 i;

	while (*line != '\0') {
		for (i = 0; i < 5; i++)
			if (strncmp(line, escapes[i][0],
			    strlen(escapes[i][0])) == 0)
				break;
		if (i == 5) {
			*to++ = *line++;
			continue;
		}
		line += strlen(escapes[i][0]);
		if (*escapes[i][1] != '\0')
			*to++ = *escapes[i][1];
	}
	*to = '\0';
}

static char *
page_line(struct page *p)
{
	ssize_t	n = getline(&p->line, &p->size, p->f);

	if (n <= 0)
		return NULL;
	if (p->line[n - 1] == '\n')
		p->line[n - 1] = '\0';
	undo_escapes(p->line);
	return p->line;
}

static void
every_error_stands_in_the_protocol_page_and_no_other(void **state)
{
	struct page	p;
	char		want[300];
	const char	*line;
	size_t		n = 0;

	(void)state;
	page_open(&p, "lib/wire/ormd-protocol.7");
	while ((line = page_line(&p)) != NULL) {
		if (strncmp(line, ".It -3", 6) != 0)
			continue;
		assert_true(n < sizeof(errors) / sizeof(errors[0]));
		snprintf(want, sizeof(want), ".It %d Ta %s Ta %s Ta %s Ta %s",
		    errors[n].code, errors[n].kind,
		    *errors[n].sqlstate == '\0' ? "-" : errors[n].sqlstate,
		    errors[n].retryable ? "yes" : "no", errors[n].message);
		assert_string_equal(line, want);
		n++;
	}
	page_close(&p);
	assert_int_equal(n, sizeof(errors) / sizeof(errors[0]));
}

static struct json_object *
line_read(const char *line)
{
	struct json_object	*v = json_tokener_parse(line);

	if (v == NULL || json_span(line, strlen(line)) != strlen(line))
		fail_msg("not JSON: %s", line);
	return v;
}

/* The part of the page before EXAMPLES, where each { line is a message. */
static void
every_example_is_a_line_of_the_protocol(void **state)
{
	static const char	 rows[] =
	    "{\"jsonrpc\":\"2.0\",\"method\":\"rows\"";
	struct page		 p;
	struct json_object	*v, *id = NULL, *reply_id;
	const char		*line;
	size_t			 requests = 0, replies = 0;

	(void)state;
	page_open(&p, "lib/wire/ormd-protocol.7");
	while ((line = page_line(&p)) != NULL &&
	    strcmp(line, ".Sh EXAMPLES") != 0) {
		if (*line != '{')
			continue;
		v = line_read(line);
		if (strncmp(line, rows, sizeof(rows) - 1) == 0) {
			assert_true(json_object_object_get_ex(v, "params",
			    &reply_id) && json_object_object_get_ex(reply_id,
			    "id", &reply_id));
			assert_true(json_object_equal(id, reply_id));
		} else if (json_object_object_get_ex(v, "method", NULL)) {
			requests++;
			json_object_put(id);
			id = NULL;
			json_object_object_get_ex(v, "id", &id);
			json_object_get(id);
		} else {
			replies++;
			assert_true(json_object_object_get_ex(v, "result",
			    NULL) || json_object_object_get_ex(v, "error",
			    NULL));
			assert_true(json_object_object_get_ex(v, "id",
			    &reply_id));
			assert_true(json_object_equal(id, reply_id));
		}
		json_object_put(v);
	}
	json_object_put(id);
	page_close(&p);
	assert_true(requests > 15);
	assert_true(replies > 10);
}

static void
every_method_has_an_example(void **state)
{
	const struct word_method	*m;
	struct page			 p;
	const char			*line;
	char				 heading[40], request[40];
	bool				 headed, shown;

	(void)state;
	for (m = word_methods; m->name != NULL; m++) {
		snprintf(heading, sizeof(heading), ".Ss %s", m->name);
		snprintf(request, sizeof(request), "\"method\":\"%s\"",
		    m->name);
		headed = shown = false;
		page_open(&p, "lib/wire/ormd-protocol.7");
		while ((line = page_line(&p)) != NULL) {
			size_t	n = strlen(heading);

			headed = headed || (strncmp(line, heading, n) == 0 &&
			    (line[n] == '\0' || line[n] == ' '));
			shown = shown || (headed && *line == '{' &&
			    strstr(line, request) != NULL);
		}
		page_close(&p);
		if (!headed || !shown)
			fail_msg("%s has no %s", m->name,
			    headed ? "example" : "heading");
	}
}

static void
every_short_form_stands_in_the_page_of_ormctl(void **state)
{
	const struct word_method	*m;
	struct page			 p;
	const char			*line;
	char				 want[200];
	bool				 found;
	int				 i, n;

	(void)state;
	for (m = word_methods; m->name != NULL; m++) {
		if (m->order[0] == NULL)
			continue;
		n = snprintf(want, sizeof(want), ".It %s Ta", m->name);
		for (i = 0; i < WORDS_ORDER && m->order[i] != NULL; i++)
			n += snprintf(want + n, sizeof(want) - (size_t)n,
			    " %s", m->order[i]);
		if (m->items != NULL)
			n += snprintf(want + n, sizeof(want) - (size_t)n,
			    " %s", m->items);
		snprintf(want + n, sizeof(want) - (size_t)n, " Ta %s",
		    m->object != NULL ? m->object : "-");
		found = false;
		page_open(&p, "daemon/ormctl.1");
		while ((line = page_line(&p)) != NULL)
			found = found || strcmp(line, want) == 0;
		page_close(&p);
		if (!found)
			fail_msg("there is no line %s", want);
	}
}

int
main(void)
{
	const struct CMUnitTest	tests[] = {
		cmocka_unit_test(
		    every_error_stands_in_the_protocol_page_and_no_other),
		cmocka_unit_test(every_example_is_a_line_of_the_protocol),
		cmocka_unit_test(every_method_has_an_example),
		cmocka_unit_test(
		    every_short_form_stands_in_the_page_of_ormctl),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ormctl_pages", tests, NULL, NULL);
}
