/*
 * A request, up to the statements that it leads to, against a database that
 * answers as it likes.  The first line is the request; the bytes behind it say
 * which rows are there, and when PostgreSQL refuses.  What must hold:
 *
 * - a refusal has a kind and a message, and so has a batch that fails;
 * - each statement has its text and its parameters;
 * - the rounds come to an end;
 * - what a constraint refuses can be explained.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "loader.h"
#include "plan.h"
#include "plan_seal.h"
#include "rules.h"
#include "scan.h"

enum {
	DEPTH = 20,
	VALUES = 400,
	MEMORY = 8 << 20,	/* of one request */
	ROUNDS_MOST = 2000,
	LIST_MOST = 3,		/* rows behind one key */
	COLUMNS_MOST = 32,
	NAME_SIZE = 64,
	PAGE = 20
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Keys of one column and of several, all that relationships can be. */
static const char	model_text[] =
#include "fuzz_plan.model"
    ;

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

struct bytes {
	const uint8_t	*p;
	size_t		 n;
};

static unsigned
next(struct bytes *b)
{
	if (b->n == 0)
		return 0;
	b->n--;
	return *b->p++;
}

struct play {
	struct registry		*registry;
	struct sql_cache	 sql;
	struct arena		 arena;
	struct call		 call;
	struct bytes		 bytes;
	int			 serial;	/* of keys that are made up */
};

static const struct load *
load(void *ctx, struct arena *a, const struct model *model,
    const struct shaping *shaping, const struct path *path,
    struct error *err)
{
	struct play		*play = ctx;
	struct shape_rules	 rules = { .class = play->call.sight.class };
	const struct shape	*shape;

	if ((shape = shape_compile(a, model, &rules, path, err)) == NULL)
		return NULL;
	return load_compile(a, &play->sql, false, shape, &play->call.sight,
	    shaping->nesting, err);
}

/* Elements of a parameter that is an array, as the bytes are. */
static uint32_t
word_at(const char *p)
{
	const unsigned char	*c = (const unsigned char *)p;

	return (uint32_t)c[0] << 24 | (uint32_t)c[1] << 16 |
	    (uint32_t)c[2] << 8 | c[3];
}

static size_t
elements(const struct param *param, struct cell *out, size_t most)
{
	size_t	at = 20, i, n;
	int32_t	size;

	if (param->n < 20)
		return 0;
	n = word_at(param->p + 12);
	for (i = 0; i < n && i < most; i++, at += size > 0 ? (size_t)size : 0) {
		size = (int32_t)word_at(param->p + at);
		at += 4;
		out[i].p = param->p + at;
		out[i].n = size;
	}
	return i;
}

static struct cell
integer(struct play *play, int32_t v)
{
	unsigned char	*p = arena_alloc(&play->arena, 4);
	struct cell	 c = { (const char *)p, 4 };
	int		 i;

	for (i = 0; p != NULL && i < 4; i++)
		p[i] = (unsigned char)((uint32_t)v >> (24 - 8 * i));
	return p == NULL ? (struct cell){ NULL, -1 } : c;
}

/* Small values, so that rows meet. */
static struct cell
value(struct play *play, const struct column *c)
{
	static const char	*texts[] = { "", "a", "b", "\"" };
	const char		*text;

	if (c == NULL)
		return (struct cell){ "\0\0\0\0\0\0\0\1", 8 };
	if (c->nullable && next(&play->bytes) % 3 == 0)
		return (struct cell){ NULL, -1 };
	if (c->type->cell == CELL_INT4)
		return integer(play, 1 + (int)next(&play->bytes) % 4);
	text = texts[next(&play->bytes) % 4];
	return (struct cell){ text, (int32_t)strlen(text) };
}

/* The names in quotes from here to `end'. */
static size_t
names(const char *p, const char *end, const struct table *t,
    const struct column **out)
{
	char		 name[NAME_SIZE];
	const char	*close;
	size_t		 n = 0;

	while ((p = strchr(p, '"')) != NULL && p < end && n < COLUMNS_MOST) {
		close = strchr(p + 1, '"');
		snprintf(name, sizeof(name), "%.*s", (int)(close - p - 1),
		    p + 1);
		if ((out[n] = map_find(&t->by_name, name)) != NULL)
			n++;
		p = close + 1;
	}
	return n;
}

static const struct table *
table_of(struct play *play, const char *sql, const char *word)
{
	char		 name[NAME_SIZE];
	const char	*at = strstr(sql, word), *close;

	if (at == NULL)
		return NULL;
	at += strlen(word);
	if ((close = strchr(at, '"')) == NULL)
		return NULL;
	snprintf(name, sizeof(name), "%.*s", (int)(close - at), at);
	return map_find(&play->registry->tables_by_name, name);
}

static void
row_add(struct play *play, struct answer *a, const struct column *const *shown,
    size_t n, const struct column *const *asked, const struct cell *keys,
    size_t nasked)
{
	struct cell	*cells;
	size_t		 i, k;

	cells = arena_array(&play->arena, (a->nrows + 1) * n, sizeof(*cells));
	if (cells == NULL)
		return;
	if (a->nrows > 0)
		memcpy(cells, a->cells, a->nrows * n * sizeof(*cells));
	for (i = 0; i < n; i++) {
		for (k = 0; k < nasked && asked[k] != shown[i]; k++)
			;
		cells[a->nrows * n + i] = k < nasked ? keys[k] :
		    shown[i]->primary_key && shown[i]->type->cell ==
		    CELL_INT4 ? integer(play, ++play->serial) :
		    value(play, shown[i]);
	}
	a->cells = cells;
	a->nrows++;
	a->ncols = n;
}

/* Rows of a table by a key, or by the columns that lead to another one. */
static void
rows_answer(struct play *play, const struct statement *st,
    const struct table *t, struct answer *a)
{
	const struct column	*shown[COLUMNS_MOST], *asked[COLUMNS_MOST];
	struct cell		 all[COLUMNS_MOST][PAGE], keys[COLUMNS_MOST];
	const char		*from = strstr(st->sql->text, " FROM ");
	const char		*where = strstr(st->sql->text, " WHERE ");
	const char		*end;
	size_t			 n, nasked = 0, count = 0, i, k, row;
	bool			 is_key = true;

	n = names(st->sql->text, from, t, shown);
	if (where != NULL && (end = strstr(where, "= ANY(")) == NULL)
		end = strstr(where, " IN (");
	if (where == NULL || end == NULL || n == 0)
		return;
	nasked = names(where, end, t, asked);
	if (nasked == 0 || nasked > (size_t)st->nparams)
		return;
	for (i = 0; i < nasked; i++) {
		count = elements(&st->params[i], all[i], PAGE);
		is_key = is_key && asked[i]->primary_key;
	}
	is_key = is_key && nasked == t->key.n;
	for (i = 0; i < count; i++) {
		row = next(&play->bytes) % (is_key ? 2 : LIST_MOST + 1);
		for (k = 0; k < nasked; k++)
			keys[k] = all[k][i];
		while (row-- > 0)
			row_add(play, a, shown, n, asked, keys, nasked);
	}
}

static void
keys_answer(struct play *play, const struct statement *st, struct answer *a)
{
	struct cell	*cells, first[PAGE];
	size_t		 i, n;

	n = strncmp(st->sql->text, "SELECT nextval", 14) == 0 ?
	    word_at(st->params[0].p + 4) : elements(&st->params[0], first,
	    PAGE);
	if ((cells = arena_array(&play->arena, n, sizeof(*cells))) == NULL)
		return;
	for (i = 0; i < n; i++)
		cells[i] = integer(play, ++play->serial);
	a->cells = cells;
	a->nrows = n;
	a->ncols = 1;
}

/* The key of a write is claimed, or another one has it and left its reply. */
static void
once_answer(struct play *play, const char *sql, struct answer *a)
{
	static const struct cell	 key = { "k", 1 }, same = { "\1", 1 };
	const struct cell		 reply = next(&play->bytes) % 2 == 0 ?
	    (struct cell){ NULL, -1 } : (struct cell){ "reply", 5 };

	if ((a->cells = arena_array(&play->arena, 3, sizeof(*a->cells))) ==
	    NULL)
		return;
	a->cells[0] = key;
	a->cells[1] = same;
	a->cells[2] = reply;
	a->ncols = 3;
	a->nrows = 1;
	if (strstr(sql, "RETURNING key") == NULL)
		return;
	a->ncols = 1;
	a->nrows = next(&play->bytes) % 3 != 0;
}

static void
answer_make(struct play *play, const struct statement *st, struct answer *a)
{
	const char		*sql = st->sql->text;
	const struct table	*t;

	memset(a, 0, sizeof(*a));
	if (strncmp(sql, "INSERT INTO ormd", 16) == 0 ||
	    strncmp(sql, "SELECT i.key", 12) == 0)
		once_answer(play, sql, a);
	else if (strstr(sql, "RETURNING \"") != NULL ||
	    strncmp(sql, "SELECT nextval", 14) == 0)
		keys_answer(play, st, a);
	else if (strncmp(sql, "SELECT t0.", 10) == 0 &&
	    (t = table_of(play, sql, " FROM \"")) != NULL)
		rows_answer(play, st, t, a);
}

/* Some constraint of some table, with values that some row has. */
static void
refuse(struct play *play, const struct batch *b)
{
	static const char *const	 states[] = { "23505", "23503",
					    "23514", "23502", "40001" };
	static const char *const	 details[] = { "", "Key (id)=(1) x",
	    "Key (doc_id, no)=(1, 2) x", "Failing row contains (1, a, null).",
	    "Key (parent_id)=(2) x" };
	struct pg_error			 pg = { "", "words", "", "", "", "" };
	const struct registry		*r = play->registry;
	const struct table		*t;
	struct error			 err;

	t = r->tables.v[next(&play->bytes) % r->tables.n];
	snprintf(pg.sqlstate, sizeof(pg.sqlstate), "%s",
	    states[next(&play->bytes) % 5]);
	pg.detail = details[next(&play->bytes) % 5];
	pg.table = t->name;
	if (t->key_name != NULL)
		pg.constraint = t->key_name;
	if (t->fks.n > 0 && next(&play->bytes) % 2 == 0)
		pg.constraint = t->fks.v[next(&play->bytes) %
		    t->fks.n]->name;
	else if (t->uniques.n > 0)
		pg.constraint = t->uniques.v[next(&play->bytes) %
		    t->uniques.n]->name;
	memset(&err, 0, sizeof(err));
	batch_explain(b, &pg, &err);
	demand(err.message[0] != '\0');
}

static void
batch_play(struct play *play)
{
	struct batch	 b;
	struct round	 round;
	struct answer	 answer;
	struct error	 err;
	enum batch_status status = BATCH_SEND;
	size_t		 i;
	int		 n;

	memset(&err, 0, sizeof(err));
	if (batch_init(&b, &play->arena, &play->sql) == -1 ||
	    batch_add(&b, &play->call, NULL) == NULL)
		return;
	for (n = 0; status == BATCH_SEND; n++) {
		demand(n < ROUNDS_MOST);
		status = batch_next(&b, &round, &err);
		demand(status != BATCH_FAILED || err.message[0] != '\0');
		for (i = 0; status == BATCH_SEND && i < round.statements.n;
		    i++) {
			demand(round.statements.v[i].sql != NULL);
			demand(round.statements.v[i].nparams == 0 ||
			    round.statements.v[i].params != NULL);
			answer_make(play, &round.statements.v[i], &answer);
			if (batch_take(&b, i, &answer, &err) == -1)
				status = BATCH_FAILED;
		}
		if (round.last)
			break;
	}
	demand(!b.units.v[0].failed ||
	    b.units.v[0].error->message[0] != '\0');
	refuse(play, &b);
}

static int
render(void *ctx, const struct unit *unit, struct buf *b, struct error *err)
{
	(void)ctx;
	(void)unit;
	(void)err;
	buf_puts(b, "reply");
	return 0;
}

static void
request_play(struct play *play, const struct json *request)
{
	struct json	*params = json_member(request, "params");
	const char	*method = NULL;
	struct decoder	 d;
	struct error	 err;

	if (json_take_string(request, "method", &method, NULL, &err) != 1 ||
	    (params != NULL && !json_is_object(params)))
		return;
	memset(&d, 0, sizeof(d));
	d.arena = &play->arena;
	d.registry = play->registry;
	d.call = &play->call;
	d.limit_default = d.limit_most = PAGE;
	d.in_most = PAGE;
	d.preview_limit = PAGE;
	d.load = load;
	d.ctx = play;
	if (json_member(request, "key") != NULL) {
		play->call.key = "k";
		play->call.request = "request";
		play->call.render = render;
		play->call.sweep = 1;
	}
	play->call.seal = &plan_seal;
	memset(&err, 0, sizeof(err));
	if (call_decode(&d, method, params, &err) == -1)
		demand(err.message[0] != '\0');
	else
		batch_play(play);
}

static struct registry *
registry_get(void)
{
	static struct registry	*registry;
	struct error		 err;

	if (registry == NULL) {
		registry = registry_load(model_text, strlen(model_text), &err);
		if (registry == NULL)
			fprintf(stderr, "%s: %s\n", err.path, err.message);
		demand(registry != NULL);
	}
	return registry;
}

/* Kept from call to call, as the daemon keeps it. */
static struct scanner *
scanner_get(void)
{
	static struct scanner	*scanner;

	if (scanner == NULL) {
		scanner = malloc(sizeof(*scanner));
		demand(scanner != NULL);
		scan_init(scanner, DEPTH, VALUES, 42);
	}
	return scanner;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t	*end = memchr(data, '\n', size);
	size_t		 n = end == NULL ? size : (size_t)(end - data);
	struct scanner	*scanner = scanner_get();
	struct play	 play;
	struct json	*request;
	struct error	 err;
	size_t		 values;

	memset(&play, 0, sizeof(play));
	play.registry = registry_get();
	if (end != NULL)
		play.bytes = (struct bytes){ end + 1, size - n - 1 };
	arena_init(&play.arena, MEMORY);
	sql_cache_init(&play.sql);
	if (scan_line(scanner, (const char *)data, n, &values, &err) ==
	    SCAN_OK && json_read(&play.arena, (const char *)data, n, &request,
	    &err) == 0 && json_is_object(request))
		request_play(&play, request);
	sql_cache_release(&play.sql);
	arena_release(&play.arena);
	return 0;
}
