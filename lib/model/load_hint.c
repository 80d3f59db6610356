/*
 * How a model file was probably meant that is refused or doubtful: words of
 * SQLAlchemy and of other databases.  Called by load.c and load_column.c.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "load.h"

struct word {
	const char	*word, *meant;
};

static const struct word members[] = {
	{ "backref", "\"back_populates\", at both ends" },
	{ "not_null", "\"nullable\": false" },
	{ "notnull", "\"nullable\": false" },
	{ "required", "\"nullable\": false" },
	{ "null", "\"nullable\"" },
	{ "__tablename__", "\"table\"" }, { "tablename", "\"table\"" },
	{ "fields", "\"columns\"" }, { "attributes", "\"columns\"" },
	{ "properties", "\"columns\"" },
	{ "pk", "\"primary_key\"" }, { "key", "\"primary_key\"" },
	{ "fk", "\"references\": \"table.column\"" },
	{ "foreign_key", "\"references\": \"table.column\"" },
	{ "server_default", "\"default\", in SQL" },
	{ "relations", "\"relationships\"" },
	{ "proxies", "\"association_proxies\"" },
	{ "rules", "\"serialize_rules\"" },
	{ "only", "\"serialize_only\"" },
	{ "constraints", "\"unique\", \"checks\" and \"foreign_keys\"" },
	{ "indexes", "\"index\": true at a column" },
	{ "model", "\"target\"" }, { "class", "\"target\"" },
	{ "many", "\"uselist\"" },
	{ "lazy", "nothing: what a reply prints is loaded" }
};

static const struct word foreign_types[] = {
	{ "string", "text" }, { "str", "text" },
	{ "varchar2", "varchar" }, { "nvarchar", "varchar" },
	{ "longtext", "text" }, { "int32", "integer" }, { "int64", "bigint" },
	{ "int16", "smallint" }, { "tinyint", "smallint" },
	{ "long", "bigint" }, { "number", "numeric" }, { "float32", "real" },
	{ "float64", "double precision" }, { "double", "double precision" },
	{ "datetime", "timestamptz" }, { "blob", "bytea" },
	{ "binary", "bytea" }, { "guid", "uuid" }, { "object", "jsonb" },
	{ "dict", "jsonb" }
};

/* Of members that have another form than one may think. */
static const struct word forms[] = {
	{ "models", "{\"NAME\": {…}} for each" },
	{ "columns", "{\"NAME\": {…}} for each" },
	{ "relationships", "{\"NAME\": {…}} for each" },
	{ "association_proxies", "{\"NAME\": {…}} for each" },
	{ "tables", "{\"NAME\": {…}} for each" },
	{ "cascade", "words in one string: \"all, delete-orphan\"" },
	{ "default", "SQL, in quotes" }, { "computed", "SQL, in quotes" }
};

/* What one may slip on. */
static const char *const	known_types[] = { "smallint", "integer",
	"bigint", "serial", "bigserial", "text", "varchar", "boolean", "uuid",
	"real", "double precision", "numeric", "date", "timestamp",
	"timestamptz", "interval", "bytea", "json", "jsonb", NULL };

static const char *
meant(const struct word *words, size_t n, const char *word)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (strcasecmp(words[i].word, word) == 0)
			return words[i].meant;
	return NULL;
}

void
loader_hint(struct error *err)
{
	const char	*mend;

	if (err->hint[0] != '\0')
		return;
	if (strstr(err->message, " must be ") != NULL) {
		mend = strrchr(err->path, '/');
		if (mend != NULL && (mend = meant(forms, sizeof(forms) /
		    sizeof(forms[0]), mend + 1)) != NULL)
			error_hint(err, "%s", mend);
		return;
	}
	if (err->kind != ERROR_UNKNOWN_FIELD)
		return;
	mend = meant(members, sizeof(members) / sizeof(members[0]),
	    err->attribute);
	if (mend != NULL)
		error_hint(err, "here it is %s", mend);
}

/* A domain may be called anything, so this is only said, not refused. */
int
type_doubt(struct loader *l, const char *name, const struct path *path)
{
	const char	*near = meant(foreign_types, sizeof(foreign_types) /
			    sizeof(foreign_types[0]), name);
	char		 mend[64];

	if (near == NULL) {
		/* Who slips begins right; inet and citext are no slips. */
		near = error_nearest(name, known_types);
		if (near == NULL || strlen(name) < 4 ||
		    strncasecmp(name, near, 2) != 0)
			return 0;
	}
	snprintf(mend, sizeof(mend), "did you mean %s?", near);
	return warn(l, path, mend, "ormd does not know the type %s", name);
}
