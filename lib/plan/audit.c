/*
 * What is written to ormd.audit.  Called by batch_write.c and batch.c for
 * units of work that have been flushed, and by login.c.  All lines of a batch
 * are one statement.  It refuses nothing; it gives away no value of a private
 * or write-only column.
 */
#include <string.h>

#include "audit.h"
#include "json_out.h"
#include "reach.h"
#include "value.h"

/* By enum audit_field: the column, and what the text is cast to. */
static const struct {
	const char	*column;
	const char	*cast;
} fields[AUDIT_FIELDS] = {
	[AUDIT_CALLER] = { "caller", "" },
	[AUDIT_LOGIN] = { "login", "" },
	[AUDIT_ADDRESS] = { "address", "" },
	[AUDIT_METHOD] = { "method", "" },
	[AUDIT_REQUEST] = { "request", "" },
	[AUDIT_IDEMPOTENCY_KEY] = { "idempotency_key", "" },
	[AUDIT_ACTION] = { "action", "" },
	[AUDIT_MODEL] = { "model", "" },
	[AUDIT_KEY] = { "key", "::jsonb" },
	[AUDIT_RULE] = { "rule", "" },
	[AUDIT_COLUMNS] = { "columns", "::text[]" },
	[AUDIT_VALUES] = { "new_values", "::json" },
};

static const struct cell	nothing = { NULL, -1 };

/* "INSERT INTO ormd.audit(…) SELECT a1,a2…", with casts. */
static void
put_insert(struct buf *b, const char *alias, int first)
{
	int	i;

	buf_puts(b, "INSERT INTO ormd.audit(");
	for (i = 0; i < AUDIT_FIELDS; i++)
		buf_printf(b, "%s%s", i > 0 ? "," : "", fields[i].column);
	buf_puts(b, ") SELECT ");
	for (i = 0; i < AUDIT_FIELDS; i++)
		buf_printf(b, "%s%s%d%s", i > 0 ? "," : "", alias, first + i,
		    fields[i].cast);
}

void
audit_event_sql(struct buf *b, int first)
{
	put_insert(b, "$", first);
}

static struct cell
text_cell(const char *s)
{
	struct cell	c = { s, s == NULL ? -1 : (int32_t)strlen(s) };

	return c;
}

/* The buf's text in the arena; the buf is freed. */
static int
text_take(struct arena *a, struct buf *b, struct cell *to)
{
	*to = nothing;
	if (!b->broken && b->n <= INT32_MAX &&
	    (to->p = arena_strndup(a, b->p, b->n)) != NULL)
		to->n = (int32_t)b->n;
	buf_free(b);
	return to->n == -1 ? -1 : 0;
}

static bool
is_secret(const struct column *c)
{
	return c->is_private || c->write_only;
}

static void
put_member(struct buf *b, const struct column *c, const struct cell *cell)
{
	json_put_key(b, c->name);
	value_write(b, c, cell);
}

/* An element of a text[], as PostgreSQL reads one. */
static void
put_element(struct buf *b, const char *s)
{
	buf_puts(b, b->n > 1 ? ",\"" : "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_putc(b, '\\');
		buf_putc(b, *s);
	}
	buf_putc(b, '"');
}

static void
source_fields(const struct audit_source *s, struct cell *f)
{
	f[AUDIT_CALLER] = text_cell(s->caller);
	f[AUDIT_LOGIN] = text_cell(s->login);
	f[AUDIT_ADDRESS] = text_cell(s->address);
	f[AUDIT_METHOD] = text_cell(s->method);
	f[AUDIT_REQUEST] = text_cell(s->request);
	f[AUDIT_IDEMPOTENCY_KEY] = text_cell(s->key);
}

static const char *
table_word(const struct table *t)
{
	return t->model != NULL ? t->model->name : t->name;
}

int
audit_event_fields(struct arena *a, const struct audit_event *e,
    struct cell f[AUDIT_FIELDS])
{
	struct buf	b;
	size_t		i;

	for (i = 0; i < AUDIT_FIELDS; i++)
		f[i] = nothing;
	source_fields(e->source, f);
	f[AUDIT_ACTION] = text_cell(e->action);
	f[AUDIT_MODEL] = text_cell(table_word(e->key->table));
	if (!is_secret(e->key)) {
		buf_init(&b, 0);
		buf_putc(&b, '{');
		put_member(&b, e->key, e->cell);
		buf_putc(&b, '}');
		if (text_take(a, &b, &f[AUDIT_KEY]) == -1)
			return -1;
	}
	if (e->written == NULL)
		return 0;
	buf_init(&b, 0);
	buf_putc(&b, '{');
	put_element(&b, e->written->name);
	buf_putc(&b, '}');
	return text_take(a, &b, &f[AUDIT_COLUMNS]);
}

/* NULL: its row stays as it is, or is gone again. */
static const char *
object_action(const struct object *o)
{
	if (o->expunged || o->absent)
		return NULL;
	if (o->is_new)
		return o->acted == ACTED_DELETED ? NULL : "insert";
	if (object_is_gone(o))
		return "delete";
	return o->acted != ACTED_NOT || object_is_changed(o) ? "update" : NULL;
}

int
audit_add(struct audit *audit, struct arena *a, const struct uow *u)
{
	struct audit_line	line = { u->call->audit, NULL };
	size_t			i;

	for (i = 0; i < u->objects.n; i++) {
		line.object = u->objects.v[i];
		if (object_action(line.object) != NULL &&
		    vec_push(a, &audit->lines, line) == -1)
			return -1;
	}
	return 0;
}

/* As it was stored: by that it was known until now. */
static int
key_field(struct arena *a, const struct object *o, struct cell *to)
{
	const struct cell	*row = o->was != NULL ? o->was : o->now;
	struct column *const	*columns;
	struct buf		 b;
	size_t			 i, n;

	columns = identity_columns(o->table, &n);
	buf_init(&b, 0);
	buf_putc(&b, '{');
	for (i = 0; i < n; i++)
		if (!is_secret(columns[i]))
			put_member(&b, columns[i], &row[columns[i]->index]);
	buf_putc(&b, '}');
	return text_take(a, &b, to);
}

/* Does ON DELETE write this column? */
static bool
is_acted(const struct object *o, const struct column *c)
{
	return o->acted != ACTED_NOT && fk_has(o->acted_by, c);
}

static bool
is_written(const struct object *o, size_t i)
{
	return o->is_new ? o->now[i].n >= 0 :
	    !cell_equal(&o->now[i], &o->was[i]);
}

/* The columns that were written, and the new values that may be told. */
static int
written_fields(struct arena *a, const struct object *o, struct cell *f)
{
	const struct column	*c;
	struct buf		 names, values;
	size_t			 i;
	bool			 acted;
	int			 r;

	buf_init(&names, 0);
	buf_init(&values, 0);
	buf_putc(&names, '{');
	buf_putc(&values, '{');
	for (i = 0; i < o->table->columns.n; i++) {
		c = o->table->columns.v[i];
		acted = is_acted(o, c);
		if (!acted && !is_written(o, i))
			continue;
		put_element(&names, c->name);
		if (is_secret(c))
			continue;
		if (!acted)
			put_member(&values, c, &o->now[i]);
		else if (o->acted_by->on_delete == FK_SET_NULL)
			put_member(&values, c, &nothing);
	}
	buf_putc(&names, '}');
	buf_putc(&values, '}');
	r = text_take(a, &names, &f[AUDIT_COLUMNS]);
	return text_take(a, &values, &f[AUDIT_VALUES]) == -1 ? -1 : r;
}

static int
line_fields(struct arena *a, const struct audit_line *line, struct cell *f)
{
	const struct object	*o = line->object;
	const char		*action = object_action(o);

	source_fields(line->source, f);
	f[AUDIT_ACTION] = text_cell(action);
	f[AUDIT_MODEL] = text_cell(table_word(o->table));
	f[AUDIT_RULE] = text_cell(o->rule);
	f[AUDIT_COLUMNS] = f[AUDIT_VALUES] = nothing;
	if (key_field(a, o, &f[AUDIT_KEY]) == -1)
		return -1;
	return strcmp(action, "delete") == 0 ? 0 : written_fields(a, o, f);
}

static const struct sql *
lines_sql(struct sql_cache *cache)
{
	struct buf	b;

	buf_init(&b, 0);
	put_insert(&b, "v.c", 1);
	buf_puts(&b, " FROM ");
	sql_unnest(&b, "v", AUDIT_FIELDS, true);
	buf_puts(&b, " ORDER BY v.n");
	return sql_intern(cache, &b);
}

int
audit_send(struct audit *audit, struct arena *a, struct sql_cache *cache,
    struct round *round)
{
	struct statement	 st = { .nparams = AUDIT_FIELDS };
	const struct cell	**at;
	struct cell		*cells;
	size_t			 i, k, n = audit->lines.n;

	if (n == 0)
		return 0;
	cells = arena_array(a, n * AUDIT_FIELDS, sizeof(*cells));
	at = arena_array(a, n, sizeof(*at));
	st.params = arena_array(a, AUDIT_FIELDS, sizeof(*st.params));
	if (cells == NULL || at == NULL || st.params == NULL ||
	    (st.sql = lines_sql(cache)) == NULL)
		return -1;
	for (i = 0; i < n; i++)
		if (line_fields(a, &audit->lines.v[i],
		    &cells[i * AUDIT_FIELDS]) == -1)
			return -1;
	for (k = 0; k < AUDIT_FIELDS; k++) {
		for (i = 0; i < n; i++)
			at[i] = &cells[i * AUDIT_FIELDS + k];
		if (sql_texts_param(a, at, n, &st.params[k]) == -1)
			return -1;
	}
	audit->lines.n = 0;
	return vec_push(a, &round->statements, st);
}
