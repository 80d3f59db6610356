/*
 * JSON Schemas of values: one for each type, and what a column makes of its
 * type by a length or the words of an enum.  Called by schema.c.  They say what
 * value_write() prints and what value_from_json() takes, as far as a schema
 * can: it has no calendar, and cannot count digits.
 */
#include <string.h>

#include "json_out.h"
#include "schema_parts.h"

/* Parts of patterns; years have more digits, or an era, where needed. */
#define DAY	"[0-9]{4,7}-[0-9]{2}-[0-9]{2}"
#define HOUR	"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,9})?)?"
#define ZONE	"([Zz]|[-+][0-9]{2}(:?[0-9]{2}(:[0-9]{2})?)?)"
#define DIGITS	"([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?"
#define QUAD	"[A-Za-z0-9+/]"
#define HEX(n)	"[0-9a-fA-F]{" #n "}"
#define STRING(pattern)	"{'type':'string','pattern':'^(" pattern ")$'}"
#define FLOAT	"{'anyOf':[{'type':'number'}," \
		"{'enum':['NaN','Infinity','-Infinity']}]}"

/* NULL in `taken': what is printed, and nothing else. */
static const struct {
	const char	*printed;
	const char	*taken;
} schemas[TYPES] = {
	[TYPE_SMALLINT] = { "{'type':'integer','minimum':-32768,"
	    "'maximum':32767}", NULL },
	[TYPE_INTEGER] = { "{'type':'integer','minimum':-2147483648,"
	    "'maximum':2147483647}", NULL },
	[TYPE_BIGINT] = { "{'type':'integer',"
	    "'minimum':-9223372036854775808,"
	    "'maximum':9223372036854775807}", NULL },
	[TYPE_TEXT] = { "{'type':'string'}", NULL },
	[TYPE_VARCHAR] = { "{'type':'string'}", NULL },
	[TYPE_CHAR] = { "{'type':'string'}", NULL },
	[TYPE_BOOLEAN] = { "{'type':'boolean'}", NULL },
	[TYPE_UUID] = { STRING(HEX(8) "-" HEX(4) "-" HEX(4) "-" HEX(4) "-"
	    HEX(12)), STRING(HEX(8) "-?" HEX(4) "-?" HEX(4) "-?" HEX(4) "-?"
	    HEX(12)) },
	[TYPE_REAL] = { FLOAT, NULL },
	[TYPE_DOUBLE] = { FLOAT, NULL },
	[TYPE_NUMERIC] = { STRING("-?[0-9]+([.][0-9]+)?|NaN|-?Infinity"),
	    "{'anyOf':[{'type':'number'}," STRING("[-+]?" DIGITS
	    "|NaN|-?Infinity") "]}" },
	[TYPE_DATE] = { STRING(DAY "( BC)?|-?infinity"), NULL },
	[TYPE_TIME] = { STRING(HOUR), NULL },
	[TYPE_TIMETZ] = { STRING(HOUR ZONE), NULL },
	[TYPE_TIMESTAMP] = { STRING(DAY "T" HOUR "( BC)?|-?infinity"),
	    STRING(DAY "[Tt ]" HOUR "Z?( BC)?|-?infinity") },
	[TYPE_TIMESTAMPTZ] = { STRING(DAY "T" HOUR "Z( BC)?|-?infinity"),
	    STRING(DAY "[Tt ]" HOUR ZONE "?( BC)?|-?infinity") },
	[TYPE_INTERVAL] = { STRING("P[-.0-9YMWDTHS]+"), NULL },
	[TYPE_BYTEA] = { STRING("(" QUAD "{4})*(" QUAD "{2}==|" QUAD
	    "{3}=)?"), NULL },
	[TYPE_JSON] = { "{}", NULL },
	[TYPE_JSONB] = { "{}", NULL },
	[TYPE_OTHER] = { "{'type':'string'}", NULL }
};

/* A name of components has no blanks. */
static void
type_name(const struct type *t, char *to, size_t size)
{
	size_t	i;

	for (i = 0; i + 1 < size && t->name[i] != '\0'; i++)
		to[i] = t->name[i] == ' ' ? '_' : t->name[i];
	to[i] = '\0';
}

void
schema_types(struct buf *b)
{
	char	name[64];
	int	i;

	for (i = 0; i < TYPE_OTHER; i++) {
		type_name(&types[i], name, sizeof(name));
		schema_name(b, "type", name);
		schema_text(b, schemas[i].printed);
		if (schemas[i].taken != NULL) {
			schema_name(b, "input", name);
			schema_text(b, schemas[i].taken);
		}
	}
}

static void
put_words(struct buf *b, const struct enum_type *words)
{
	size_t	i;

	schema_text(b, "{'enum':[");
	for (i = 0; i < words->values.n; i++) {
		json_put_comma(b);
		json_put_text(b, words->values.v[i]);
	}
	buf_puts(b, "]}");
}

/* One value of this type in this column, or in its array. */
static void
put_value(struct buf *b, const struct column *c, const struct type *t,
    enum schema_use use)
{
	char	name[64];
	bool	is_text = t->id == TYPE_VARCHAR || t->id == TYPE_CHAR;

	/* Blanks at the end of a char(n) do not count. */
	if (is_text && c->length > 0 &&
	    (t->id == TYPE_VARCHAR || use == SCHEMA_PRINTED)) {
		buf_printf(b, "{\"type\":\"string\",\"maxLength\":%ld}",
		    c->length);
		return;
	}
	if (c->words != NULL) {
		put_words(b, c->words);
		return;
	}
	if (t->id == TYPE_OTHER) {
		schema_text(b, schemas[TYPE_OTHER].printed);
		return;
	}
	type_name(t, name, sizeof(name));
	schema_ref(b, use == SCHEMA_TAKEN && schemas[t->id].taken != NULL ?
	    "input" : "type", name);
}

void
schema_column(struct buf *b, const struct column *c, enum schema_use use)
{
	if (c->element == NULL) {
		put_value(b, c, c->narrow != NULL ? c->narrow : c->type, use);
		return;
	}
	/* A list of lists has the elements further inside. */
	schema_text(b, "{'type':'array','items':{'anyOf':[");
	put_value(b, c, c->element, use);
	schema_text(b, ",{'type':['array','null']}]}}");
}
