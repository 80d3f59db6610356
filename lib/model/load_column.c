/*
 * One column of a table in a model file: its type, its flags, its default.
 * Called by the first pass of registry_load().  It refuses unknown members,
 * types that are no types, and flags that contradict each other.
 */
#include <string.h>
#include <strings.h>

#include "load.h"
#include "name.h"

enum {
	PRECISION_MOST = 1000,		/* digits of a numeric */
	DIGITS_OF_SECOND = 6,
	ELEMENT_LONGEST = 6 * NAME_MOST	/* "schema"."name", quotes doubled */
};

static const char *const column_keys[] = { "type", "primary_key", "nullable",
	"unique", "default", "references", "on_delete", "on_update", "index",
	"private", "read_only", "hidden_from", "write_only", "deferrable",
	"initially", "autoincrement", "computed", "comment", NULL };

int
load_name(struct loader *l, const char *what, const char *name,
    const struct path *path)
{
	if (*name == '\0')
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "the name of a %s is not empty", what);
	if (strlen(name) > NAME_MOST) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "the name of a %s has at most %d bytes", what, NAME_MOST);
		return hint(l, "PostgreSQL would cut it");
	}
	return 0;
}

/*
 * Is this made as the names of types are?  Whatever stands in double quotes is
 * part of a name; so are letters that are not ASCII.
 */
static bool
is_type_text(const char *text)
{
	static const char	plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_.,()[] ";
	bool			inside = false;
	char			before = '\0';

	for (; *text != '\0'; before = *text++) {
		if (*text == '"')
			inside = !inside;
		else if (*text == '-' && (before == '(' || before == ','))
			continue;	/* of a scale below 0 */
		else if (!inside && (unsigned char)*text < 0x80 &&
		    strchr(plain, *text) == NULL)
			return false;
	}
	return !inside;
}

/* The type of a column: what it is, how long, and as SQL. */
static int
load_type(struct loader *l, struct column *c, const char *text,
    const struct path *path)
{
	struct path	 here = { path, "type", 0 };
	char		 element[ELEMENT_LONGEST];
	long		 mods[TYPE_MODIFIERS] = { 0, 0 };
	int		 n = type_modifiers(text, mods);

	c->type = type_find(text);
	c->sql_type = text;
	if ((c->words = enum_find(l, text)) != NULL) {
		c->type = &types[TYPE_OTHER];
		c->sql_type = c->words->quoted;
		return 0;
	}
	c->element = type_element(text, element, sizeof(element));
	if (c->element != NULL &&
	    (c->words = enum_find(l, element)) != NULL) {
		c->element = &types[TYPE_OTHER];
		c->sql_type = arena_printf(l->a, "%s[]", c->words->quoted);
		return c->sql_type == NULL ? nomem(l) : 0;
	}
	if (!is_type_text(text))
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%s is not the name of a type", text);
	if (c->type->id == TYPE_OTHER && c->element == NULL &&
	    type_doubt(l, text, &here) == -1)
		return -1;
	switch (c->element != NULL ? c->element->id : c->type->id) {
	case TYPE_CHAR:
		c->length = n > 0 ? mods[0] :
		    strncasecmp(text, "bpchar", 6) != 0;
		break;
	case TYPE_VARCHAR:
		c->length = n > 0 ? mods[0] : 0;
		break;
	case TYPE_NUMERIC:
		c->length = n > 0 ? mods[0] : 0;
		c->scale = n > 1 ? mods[1] : 0;
		if (c->length > PRECISION_MOST || c->scale < -PRECISION_MOST ||
		    c->scale > PRECISION_MOST)
			return refuse(l, ERROR_INVALID_VALUE, &here,
			    "a numeric has 1 to %d digits, and a scale of at "
			    "most %d", PRECISION_MOST, PRECISION_MOST);
		break;
	case TYPE_TIME: case TYPE_TIMETZ: case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		if (n == -1 || (n > 0 && (mods[0] < 0 ||
		    mods[0] > DIGITS_OF_SECOND)))
			return refuse(l, ERROR_INVALID_VALUE, &here,
			    "a second has 0 to %d digits behind the point",
			    DIGITS_OF_SECOND);
		c->precision = n > 0 ? (int)mods[0] + 1 : 0;
		return 0;
	case TYPE_SMALLINT: case TYPE_INTEGER: case TYPE_BIGINT:
	case TYPE_TEXT: case TYPE_BOOLEAN: case TYPE_UUID: case TYPE_REAL:
	case TYPE_DOUBLE: case TYPE_DATE: case TYPE_INTERVAL:
	case TYPE_BYTEA: case TYPE_JSON: case TYPE_JSONB: case TYPE_OTHER:
	case TYPES:
		return 0;
	}
	if (n == -1 || (n > 0 && mods[0] < 1))
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "the length of %s is not a number above 0", text);
	return 0;
}

/* The members of a column that are true or false. */
static int
load_flags(struct loader *l, struct column *c, struct json *v,
    const struct path *path)
{
	struct path	nullable = { path, "nullable", 0 };

	c->nullable = true;
	c->is_private = c->name[0] == '_';
	if (json_take_bool(v, "primary_key", &c->primary_key, path,
	    l->err) == -1 ||
	    json_take_bool(v, "nullable", &c->nullable, path, l->err) == -1 ||
	    json_take_bool(v, "private", &c->is_private, path, l->err) == -1 ||
	    (!json_is_list(json_member(v, "read_only")) &&
	    json_take_bool(v, "read_only", &c->read_only, path,
	    l->err) == -1) ||
	    json_take_bool(v, "write_only", &c->write_only, path,
	    l->err) == -1)
		return -1;
	if (c->primary_key && json_member(v, "nullable") != NULL &&
	    c->nullable)
		return refuse(l, ERROR_INVALID_VALUE, &nullable,
		    "a primary key cannot be null");
	if (c->read_only && c->write_only)
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "%s is both read_only and write_only", c->name);
	if (c->primary_key)
		c->nullable = false;
	return 0;
}

/*
 * What the database makes of the column by itself.  Of "autoincrement" only
 * "always" is of interest here; key.c looks at it when keys are known.
 */
static int
load_origin(struct loader *l, struct column *c, struct json *v,
    const struct path *path)
{
	struct path	 computed = { path, "computed", 0 };
	int		 r;

	if (json_take_string(v, "default", &c->default_sql, path,
	    l->err) == -1 ||
	    json_take_string(v, "comment", &c->comment, path, l->err) == -1)
		return -1;
	r = json_take_string(v, "computed", &c->computed_sql, path, l->err);
	if (r != 1)
		return r;
	if (c->primary_key || c->default_sql != NULL ||
	    json_has(v, "autoincrement") || c->write_only) {
		refuse(l, ERROR_INVALID_VALUE, &computed,
		    "a computed column is no key, has no default and is not "
		    "written");
		return hint(l, "it is read_only by itself");
	}
	c->read_only = c->generated = true;
	return 0;
}

int
load_column(struct loader *l, struct table *t, const char *name,
    struct json *v, const struct path *path)
{
	struct path	 type_path = { path, "type", 0 };
	const char	*type = NULL;
	struct column	*c;

	if (!json_is_object(v)) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "a column is an object, not %s", json_kind(v));
		return json_hint(v, "{\"type\": ", "}", l->err);
	}
	if (load_name(l, "column", name, path) == -1 ||
	    json_allow(v, column_keys, path, l->err) == -1)
		return -1;
	if ((c = arena_alloc(l->a, sizeof(*c))) == NULL)
		return nomem(l);
	c->name = name;
	c->table = t;
	c->index = (int)t->columns.n;
	if ((c->quoted = name_quote(l->a, name)) == NULL)
		return nomem(l);
	switch (json_take_string(v, "type", &type, path, l->err)) {
	case 0:
		return refuse(l, ERROR_REQUIRED, &type_path,
		    "column %s has no type", name);
	case -1:
		return -1;
	}
	if (load_type(l, c, type, path) == -1 ||
	    load_flags(l, c, v, path) == -1 ||
	    load_origin(l, c, v, path) == -1)
		return -1;
	if (vec_push(l->a, &t->columns, c) == -1 ||
	    map_name(l->a, &t->by_name, name, c) == -1 ||
	    (c->primary_key && vec_push(l->a, &t->key, c) == -1))
		return nomem(l);
	return 0;
}
