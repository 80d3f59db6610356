/*
 * What PostgreSQL refused, in terms of the model and of the request.  Called
 * by the daemon when a batch of one has failed.  A constraint's name leads to
 * the attributes, and the value in PostgreSQL's detail to the place in the
 * request that gave it.  Neither SQL nor other people's data goes into the
 * message.
 */
#include <stdio.h>
#include <string.h>

#include "aggregate.h"
#include "nested.h"
#include "plan.h"
#include "value.h"
#include "where.h"
#include "withheld.h"

/* What is looked for in the request. */
struct search {
	const struct column	*column;	/* assigned plainly … */
	const struct foreign_key *fk;		/* … or set by a relationship */
	const char		*detail;
	const struct path	*path;		/* found: the column */
	const struct spec	*get;		/* found: the reference */
};

enum { VISIT_DEPTH = 64 };

/* SQLSTATE classes that errors.def does not list one by one. */
static const struct {
	const char	*class;
	enum error_kind	 kind;
} classes[] = {
	{ "08", ERROR_DATABASE_DOWN }, { "22", ERROR_INVALID_VALUE },
	{ "23", ERROR_CHECK }, { "25006", ERROR_DATABASE_DOWN },
	{ "40", ERROR_SERIALIZATION }, { "53", ERROR_OVERLOADED },
	{ "54", ERROR_LIMIT }, { "55P03", ERROR_TIMEOUT },
	{ "57P", ERROR_DATABASE_DOWN }, { "P0001", ERROR_CHECK },
};

static enum error_kind
kind_of(const char *sqlstate)
{
	enum error_kind	kind = error_from_sqlstate(sqlstate);
	size_t		i;

	for (i = 0; kind == ERROR_INTERNAL &&
	    i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strncmp(sqlstate, classes[i].class,
		    strlen(classes[i].class)) == 0)
			kind = classes[i].kind;
	return kind;
}

/* "(column)=(value)" is in the detail, or there is no detail to look at. */
static bool
detail_names(const char *detail, const struct column *c,
    const struct cell *cell)
{
	struct buf	b;
	bool		found;

	if (detail == NULL || detail[0] == '\0' || cell->n < 0)
		return false;
	buf_init(&b, 0);
	buf_printf(&b, "=(");
	/* A JSON string has quotes and escapes that the detail has not. */
	if (c->type->cell == CELL_TEXT)
		buf_add(&b, cell->p, (size_t)cell->n);
	else
		value_write(&b, c, cell);
	if (c->type->cell != CELL_TEXT && b.n > 2 && b.p[2] == '"') {
		memmove(b.p + 2, b.p + 3, b.n - 3);
		b.n -= 2;
	}
	buf_putc(&b, ')');
	buf_putc(&b, '\0');
	found = !b.broken && strstr(detail, b.p) != NULL;
	buf_free(&b);
	return found;
}

/* Does this foreign key lead from here, or from a link row, to the others? */
static bool
leads_by(const struct relationship *rel, const struct foreign_key *fk)
{
	if (rel->direction == MANY_TO_MANY)
		return rel->secondary == fk->table &&
		    rel->far_columns.v[0] == fk->columns.v[0];
	return rel->direction == MANY_TO_ONE && rel->fk == fk;
}

/* An object that the request names as stored: is it the one that is not? */
static void
visit_get(struct search *s, const struct attribute *attr,
    const struct spec *spec)
{
	if (s->fk != NULL && attr != NULL &&
	    attr->kind == ATTRIBUTE_RELATIONSHIP &&
	    leads_by(attr->relationship, s->fk) && spec->kind == SPEC_GET &&
	    spec->key != NULL && s->fk->columns.n == 1 &&
	    detail_names(s->detail, s->fk->references.v[0], &spec->key[0]))
		s->get = spec;
}

static void
visit(struct search *s, const struct spec *spec, int depth)
{
	const struct assignment	*as;
	const struct spec	*other;
	size_t			 i, k;

	if (spec == NULL || depth > VISIT_DEPTH)
		return;
	for (i = 0; i < spec->assignments.n; i++) {
		as = &spec->assignments.v[i];
		if (as->attribute->kind == ATTRIBUTE_COLUMN) {
			if (as->attribute->column == s->column &&
			    detail_names(s->detail, s->column, &as->cell))
				s->path = as->path;
			continue;
		}
		for (k = 0; k < as->specs.n; k++) {
			other = as->specs.v[k];
			visit_get(s, as->attribute, other);
			visit(s, other, depth + 1);
		}
	}
}

static void
visit_call(struct search *s, const struct call *call)
{
	const struct op	*op;
	size_t		 i, k;

	for (i = 0; i < call->ops.n; i++) {
		op = call->ops.v[i];
		for (k = 0; k < op->values.n; k++)
			visit(s, op->values.v[k], 0);
		for (k = 0; k < op->items.n; k++) {
			visit_get(s, op->attribute, op->items.v[k]);
			visit(s, op->items.v[k], 0);
		}
	}
}

/* A column's error: which attribute, and where the request says it. */
static void
locate_column(const struct call *call, const struct column *c,
    const char *detail, struct error *err)
{
	struct search	s = { c, NULL, detail, NULL, NULL };

	error_about(err, c->table->model != NULL ? c->table->model->name :
	    NULL, column_said(c));
	visit_call(&s, call);
	if (s.path != NULL)
		path_write(s.path, err->path, sizeof(err->path));
}

static void
locate_fk(const struct call *call, const struct foreign_key *fk,
    const char *detail, struct error *err)
{
	struct search	s = { fk->columns.v[0], fk, detail, NULL, NULL };

	visit_call(&s, call);
	if (s.get != NULL) {
		/* The request named an object that is not there. */
		error_set(err, ERROR_NOT_FOUND, s.get->path,
		    "there is no such %s", s.get->model->name);
		error_about(err, s.get->model->name, NULL);
		return;
	}
	locate_column(call, fk->columns.v[0], detail, err);
}

/* The first column that "Key (…)=(…)" names: constraints may have any name. */
static const struct column *
detail_column(const struct table *t, const char *detail)
{
	static const char	 start[] = "Key (";
	const struct column	*c;
	size_t			 i, n;

	if (strncmp(detail, start, sizeof(start) - 1) != 0)
		return NULL;
	detail += sizeof(start) - 1;
	n = strcspn(detail, ",)");
	for (i = 0; i < t->columns.n; i++) {
		c = t->columns.v[i];
		if ((strlen(c->name) == n &&
		    strncmp(c->name, detail, n) == 0) ||
		    (strlen(c->quoted) == n &&
		    strncmp(c->quoted, detail, n) == 0))
			return c;
	}
	return NULL;
}

/* By the constraint's name, where a server speaks another language. */
static const struct column *
unique_column(const struct table *t, const char *constraint)
{
	size_t	i;

	for (i = 0; i < t->uniques.n; i++)
		if (strcmp(t->uniques.v[i]->name, constraint) == 0)
			return t->uniques.v[i]->columns.v[0];
	return t->key.n > 0 && t->key_name != NULL &&
	    strcmp(t->key_name, constraint) == 0 ? t->key.v[0] : NULL;
}

static const struct foreign_key *
fk_of(const struct table *t, const struct pg_error *pg,
    const struct column *c)
{
	size_t	i;

	for (i = 0; i < t->fks.n; i++)
		if (strcmp(t->fks.v[i]->name, pg->constraint) == 0)
			return t->fks.v[i];
	for (i = 0; c != NULL && i < t->fks.n; i++)
		if (t->fks.v[i]->columns.v[0] == c)
			return t->fks.v[i];
	return NULL;
}

static void
locate(const struct call *call, const struct pg_error *pg, struct error *err)
{
	const struct foreign_key	*fk;
	const struct table		*t;
	const struct column		*c;
	size_t				 i;

	for (i = 0; i < call->registry->tables.n; i++) {
		t = call->registry->tables.v[i];
		if (strcmp(t->name, pg->table) != 0)
			continue;
		if ((c = map_find(&t->by_name, pg->column)) == NULL)
			c = detail_column(t, pg->detail);
		if (c == NULL)
			c = unique_column(t, pg->constraint);
		if (err->kind == ERROR_FOREIGN_KEY &&
		    (fk = fk_of(t, pg, c)) != NULL)
			locate_fk(call, fk, pg->detail, err);
		else if (c != NULL)
			locate_column(call, c, pg->detail, err);
		else if (t->model != NULL)
			error_about(err, t->model->name, NULL);
	}
}

/* Keys and logins need tables of ormd's own, and the right to them. */
static void
explain_own(const struct call *call, const struct pg_error *pg,
    struct error *err)
{
	const char	*table = call->login != NULL ? "token" :
			    call->key != NULL ? "idempotency" : NULL;

	if (table == NULL || pg->message == NULL ||
	    (strstr(pg->message, table) == NULL &&
	    strstr(pg->message, "\"ormd\"") == NULL))
		return;
	if (strcmp(pg->sqlstate, "42P01") == 0 ||
	    strcmp(pg->sqlstate, "3F000") == 0)
		error_hint(err, "%s need the table ormd.%s: load ormd.sql into "
		    "the database", call->login != NULL ? "logins" : "keys",
		    table);
	else if (err->kind == ERROR_FORBIDDEN)
		error_hint(err, "%s need SELECT, INSERT, UPDATE and DELETE on "
		    "ormd.%s", call->login != NULL ? "logins" : "keys", table);
}

/* Conditions with values that only PostgreSQL can judge. */
struct odd {
	const struct condition	*condition;	/* the last one */
	struct path		 path;
	size_t			 n;
};

static void
odd_look(struct odd *odd, const struct condition *c, const struct path *up,
    const char *name)
{
	if (c == NULL || c->odd == NULL)
		return;
	odd->condition = c;
	odd->path = (struct path){ up, name, 0 };
	odd->n++;
}

/* False: none, or it may be any of several. */
static bool
odd_find(const struct call *call, struct odd *odd)
{
	const struct op		*op;
	const struct nesting	*nesting;
	size_t			 i, k;

	odd->n = 0;
	for (i = 0; i < call->ops.n; i++) {
		op = call->ops.v[i];
		nesting = op->nesting;
		odd_look(odd, op->where, op->path, "where");
		if (op->aggregate != NULL)
			odd_look(odd, op->aggregate->having, op->path,
			    "having");
		for (k = 0; nesting != NULL && k < nesting->all.n; k++)
			odd_look(odd, nesting->all.v[k]->where,
			    nesting->all.v[k]->path, "where");
	}
	return odd->n == 1;
}

/* A condition that PostgreSQL cannot make sense of. */
static void
explain_condition(const struct call *call, const struct pg_error *pg,
    struct error *err)
{
	struct odd	odd;

	if (!odd_find(call, &odd))
		return;
	if (strcmp(pg->sqlstate, "42883") == 0)
		error_set(err, ERROR_INVALID_PARAMS, NULL,
		    "PostgreSQL has no such comparison for this type");
	else if (err->kind != ERROR_INVALID_VALUE)
		return;
	if (odd.condition->odd[0] != '\0')
		snprintf(err->path, sizeof(err->path), "%s",
		    odd.condition->odd);
	else
		path_write(&odd.path, err->path, sizeof(err->path));
}

/* The database is not as the model says, or does not let ormd in. */
static void
explain_schema(const struct pg_error *pg, struct error *err)
{
	if (strcmp(pg->sqlstate, "42P01") == 0 ||
	    strcmp(pg->sqlstate, "42703") == 0 ||
	    strcmp(pg->sqlstate, "42804") == 0 ||
	    strcmp(pg->sqlstate, "42883") == 0)
		error_hint(err, "the database differs from the model file: "
		    "ormd's log says where");
	else if (strcmp(pg->sqlstate, "0A000") == 0)
		error_hint(err, "a table with rewrite rules (CREATE RULE) "
		    "cannot be written: use triggers");
	else if (err->kind == ERROR_FORBIDDEN) {
		snprintf(err->message, sizeof(err->message), "%s",
		    "PostgreSQL does not allow this to ormd's database role");
		error_hint(err, "GRANT the role what it needs on the tables "
		    "and sequences of this model");
	}
}

/* True: the database has kept rows from being written. */
static bool
explain_withheld(const struct call *call, const struct pg_error *pg,
    struct error *err)
{
	const struct table	*t = withheld_table(call->registry, pg);

	if (t == NULL)
		return false;
	error_set(err, ERROR_CHECK, NULL, "the database withholds a row of %s",
	    t->model != NULL ? t->model->name : t->name);
	error_about(err, t->model != NULL ? t->model->name : NULL, NULL);
	error_hint(err, "a BEFORE trigger that returns NULL or a row-level "
	    "policy keeps it from being written");
	return true;
}

void
batch_explain(const struct batch *b, const struct pg_error *pg,
    struct error *err)
{
	const struct call	*call = b->units.v[0].call;
	enum error_kind		 kind = kind_of(pg->sqlstate);
	bool			 own_words;

	if (explain_withheld(call, pg, err))
		return;
	/* These messages speak of the request's own values, or are raised. */
	own_words = kind == ERROR_INVALID_VALUE ||
	    strcmp(pg->sqlstate, "P0001") == 0;
	error_set(err, kind, NULL, "%s", own_words && pg->message != NULL ?
	    pg->message : error_rows[kind].message);
	if (strncmp(pg->sqlstate, "23", 2) == 0)
		locate(call, pg, err);
	explain_schema(pg, err);
	explain_condition(call, pg, err);
	explain_own(call, pg, err);
	snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", pg->sqlstate);
	snprintf(err->constraint, sizeof(err->constraint), "%s",
	    pg->constraint);
	if (err->path[0] == '\0' && !call->is_transaction &&
	    call->ops.n > 0 && call->ops.v[0]->target != NULL &&
	    err->kind == ERROR_FOREIGN_KEY)
		path_write(call->ops.v[0]->target->path, err->path,
		    sizeof(err->path));
}
