/*
 * What a value should look like that has been refused.  Called by the rooms of
 * values, with the refusal in err; each returns -1.
 */
#include "value_text.h"

int
value_example(const struct column *c, struct error *err)
{
	static const char *const	examples[TYPES] = {
		[TYPE_DATE] = "2024-01-31",
		[TYPE_TIME] = "12:30:00",
		[TYPE_TIMETZ] = "12:30:00+02",
		[TYPE_TIMESTAMP] = "2024-01-31T12:30:00",
		[TYPE_TIMESTAMPTZ] = "2024-01-31T12:30:00Z",
		[TYPE_INTERVAL] = "P1DT2H30M",
		[TYPE_UUID] = "123e4567-e89b-12d3-a456-426614174000"
	};

	return examples[c->type->id] == NULL ? -1 :
	    error_hint(err, "like %s", examples[c->type->id]);
}

/* All of them, or the first, if they are many. */
int
value_hint_words(const struct enum_type *e, struct error *err)
{
	struct buf	b;
	size_t		i;

	buf_init(&b, sizeof(err->hint) / 2);
	for (i = 0; i < e->values.n; i++)
		buf_printf(&b, "%s%s", i > 0 ? ", " : "one of ",
		    e->values.v[i]);
	if (b.broken)
		error_hint(err, "the first of them is %s", e->values.v[0]);
	else
		error_hint(err, "%.*s", (int)b.n, b.p);
	buf_free(&b);
	return -1;
}
