/*
 * What PostgreSQL refused, in terms of the model and of the request.  Called
 * by the daemon when a batch of one has failed.  What a constraint refused is
 * looked for in the request (explain_place.c), then among the rows that were
 * written (explain_change.c).  Neither SQL nor other people's data goes into
 * the message.
 */
#include <stdio.h>
#include <string.h>

#include "aggregate.h"
#include "explain_place.h"
#include "explain_words.h"
#include "nested.h"
#include "plan.h"
#include "where.h"
#include "withheld.h"

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

/* A table of ormd's own, if it is that one which is missing or closed. */
static void
explain_table(const struct pg_error *pg, const char *table, const char *who,
    const char *rights, struct error *err)
{
	if (pg->message == NULL || (strstr(pg->message, table) == NULL &&
	    strstr(pg->message, "\"ormd\"") == NULL))
		return;
	if (strcmp(pg->sqlstate, "42P01") == 0 ||
	    strcmp(pg->sqlstate, "3F000") == 0)
		error_hint(err, "%s need the table ormd.%s: load ormd.sql into "
		    "the database", who, table);
	else if (err->kind == ERROR_FORBIDDEN)
		error_hint(err, "%s need %s on ormd.%s", who, rights, table);
}

/* Keys, logins and audits need tables of ormd's own, and the right to them. */
static void
explain_own(const struct call *call, const struct pg_error *pg,
    struct error *err)
{
	static const char	all[] = "SELECT, INSERT, UPDATE and DELETE";

	if (call->login != NULL)
		explain_table(pg, "token", "logins", all, err);
	else if (call->key != NULL)
		explain_table(pg, "idempotency", "keys", all, err);
	if (call->audit != NULL)
		explain_table(pg, "audit", "audits", "INSERT", err);
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

/* What PostgreSQL has to sort or to tell apart, of types it may not know to. */
struct unsorted {
	const struct column	*column;	/* the last one */
	struct path		 up;
	struct path		 path;
	size_t			 n;
};

/* Is it of a type of which ormd knows no more than the name? */
static bool
unsorted_look(struct unsorted *u, const struct column *c)
{
	if (c == NULL || c->type->id != TYPE_OTHER || c->words != NULL ||
	    (c->element != NULL && c->element->id != TYPE_OTHER))
		return false;
	u->column = c;
	u->n++;
	return true;
}

static void
unsorted_groups(struct unsorted *u, const struct op *op)
{
	const struct output	*out;
	size_t			 i;

	for (i = 0; i < op->aggregate->outputs.n; i++) {
		out = op->aggregate->outputs.v[i];
		if (!out->has_way || (!out->is_group &&
		    out->function != FUNCTION_COUNT_DISTINCT) ||
		    !unsorted_look(u, out->way.column))
			continue;
		u->up = (struct path){ op->path, out->is_group ? "group_by" :
		    "functions", 0 };
		u->path = (struct path){ &u->up, out->is_group ? NULL :
		    out->name, (int)i };
	}
}

static void
unsorted_orders(struct unsorted *u, const struct op *op)
{
	const struct nested	*nested;
	size_t			 i, k;

	for (i = 0; i < op->order.n; i++)
		if (unsorted_look(u, op->order.v[i].column))
			u->path = (struct path){ op->path, "order_by", 0 };
	for (i = 0; op->nesting != NULL && i < op->nesting->all.n; i++) {
		nested = op->nesting->all.v[i];
		for (k = 0; k < nested->order.n; k++)
			if (unsorted_look(u, nested->order.v[k].column))
				u->path = (struct path){ nested->path,
				    "order_by", 0 };
	}
}

/* Some types have no order, and some no equality. */
static void
explain_order(const struct call *call, const struct pg_error *pg,
    struct error *err)
{
	struct unsorted	 u = { .n = 0 };
	size_t		 i;

	if (strcmp(pg->sqlstate, "42883") != 0 || err->kind != ERROR_INTERNAL)
		return;
	for (i = 0; i < call->ops.n; i++) {
		unsorted_orders(&u, call->ops.v[i]);
		if (call->ops.v[i]->aggregate != NULL)
			unsorted_groups(&u, call->ops.v[i]);
	}
	if (u.n != 1)
		return;
	error_set(err, ERROR_INVALID_VALUE, &u.path,
	    "PostgreSQL cannot sort %s, which is %s", u.column->name,
	    u.column->sql_type);
	error_about(err, u.column->table != NULL &&
	    u.column->table->model != NULL ? u.column->table->model->name :
	    NULL, u.column->name);
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

	if (explain_withheld(call, pg, err))
		return;
	error_set(err, kind, NULL, "%s", error_rows[kind].message);
	/* What somebody has raised is for clients. */
	if (strcmp(pg->sqlstate, "P0001") == 0 && pg->message != NULL)
		snprintf(err->message, sizeof(err->message), "%s",
		    pg->message);
	else if (kind == ERROR_INVALID_VALUE && pg->message != NULL)
		explain_words(call, pg->message, err);
	if (strncmp(pg->sqlstate, "23", 2) == 0) {
		/* Which side of a foreign key it is, only the rows tell. */
		if (kind == ERROR_FOREIGN_KEY)
			explain_change(b, pg, err);
		if (err->path[0] == '\0')
			explain_place(call, pg, err);
		if (kind != ERROR_FOREIGN_KEY)
			explain_change(b, pg, err);
	}
	explain_schema(pg, err);
	explain_condition(call, pg, err);
	explain_order(call, pg, err);
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
