/*
 * What the tests of lib/model share: loading model texts that are written in
 * the test, and looking into what comes of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model_kit.h"

/* The text with " for ' and ' for `; the caller frees. */
static char *
unquote(const char *before, const char *text, const char *after)
{
	char	*json, *p;
	size_t	 size = strlen(before) + strlen(text) + strlen(after) + 1;

	json = malloc(size);
	assert_non_null(json);
	snprintf(json, size, "%s%s%s", before, text, after);
	for (p = json; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
		else if (*p == '`')
			*p = '\'';
	}
	return json;
}

static struct registry *
load(const char *before, const char *text, const char *after,
    struct error *err)
{
	char		*json = unquote(before, text, after);
	struct registry	*r;

	memset(err, 0, sizeof(*err));
	r = registry_load(json, strlen(json), err);
	free(json);
	return r;
}

static struct registry *
must_load(const char *before, const char *text, const char *after)
{
	struct error	 err;
	struct registry	*r = load(before, text, after, &err);

	if (r == NULL)
		fail_msg("%s: %s (%s)\n%s", err.path, err.message, err.hint,
		    text);
	return r;
}

static void
must_refuse(const char *before, const char *text, const char *after,
    const char *pointer, const char *message, const char *hint)
{
	struct error	 err;
	struct registry	*r = load(before, text, after, &err);

	if (r != NULL) {
		registry_free(r);
		fail_msg("taken: %s", text);
	}
	if (strcmp(err.path, pointer) != 0 ||
	    strstr(err.message, message) == NULL ||
	    (hint == NULL ? err.hint[0] != '\0' :
	    strstr(err.hint, hint) == NULL))
		fail_msg("%s: %s (%s), not %s: %s (%s)\n%s", err.path,
		    err.message, err.hint, pointer, message,
		    hint == NULL ? "" : hint, text);
}

struct registry *
kit_load(const char *text)
{
	return must_load("", text, "");
}

struct registry *
kit_models(const char *models)
{
	return must_load("{'ormd': 1, 'models': {", models, "}}");
}

void
kit_refused(const char *text, const char *pointer, const char *message,
    const char *hint)
{
	must_refuse("", text, "", pointer, message, hint);
}

void
kit_models_refused(const char *models, const char *pointer,
    const char *message, const char *hint)
{
	must_refuse("{'ormd': 1, 'models': {", models, "}}", pointer, message,
	    hint);
}

void
kit_models_warned(const char *models, const char *pointer,
    const char *message)
{
	struct registry		*r = kit_models(models);
	const struct model_note	*note;

	assert_int_equal(r->warnings.n, 1);
	note = r->warnings.v[0];
	assert_string_equal(note->path, pointer);
	if (strstr(note->text, message) == NULL)
		fail_msg("%s, not %s", note->text, message);
	assert_int_not_equal(note->hint[0], '\0');
	registry_free(r);
}

struct column *
kit_column(const struct registry *r, const char *model, const char *name)
{
	struct model	*m = registry_model(r, model);
	struct column	*c;

	assert_non_null(m);
	c = map_find(&m->table->by_name, name);
	assert_non_null(c);
	return c;
}

struct relationship *
kit_relationship(const struct registry *r, const char *model,
    const char *name)
{
	struct attribute	*attribute;

	assert_non_null(registry_model(r, model));
	attribute = model_attribute(registry_model(r, model), name);
	assert_non_null(attribute);
	assert_int_equal(attribute->kind, ATTRIBUTE_RELATIONSHIP);
	return attribute->relationship;
}

struct proxy *
kit_proxy(const struct registry *r, const char *model, const char *name)
{
	struct attribute	*attribute;

	assert_non_null(registry_model(r, model));
	attribute = model_attribute(registry_model(r, model), name);
	assert_non_null(attribute);
	assert_int_equal(attribute->kind, ATTRIBUTE_PROXY);
	return attribute->proxy;
}

char *
kit_file(const char *name, size_t *n)
{
	const char	*top = getenv("top_srcdir");
	char		 path[4096], *text;
	FILE		*f;
	long		 size;

	snprintf(path, sizeof(path), "%s/%s", top == NULL ? "." : top, name);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("cannot read %s", path);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	assert_true(size > 0);
	rewind(f);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	*n = fread(text, 1, (size_t)size, f);
	assert_int_equal(*n, size);
	text[*n] = '\0';
	fclose(f);
	return text;
}
