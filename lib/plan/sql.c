/*
 * SQL texts: interning, the forms in which columns are selected and compared,
 * and parameters as binary arrays.  Called by every room of this floor that
 * writes a statement.  No value and no name of a client is ever put into a
 * text here: only names that the model quoted, and parameter numbers.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "sql.h"

enum {
	OID_BIGINT = 20,
	ARRAY_HEADER = 20,
	ARRAY_EMPTY = 12
};

void
sql_cache_init(struct sql_cache *cache)
{
	memset(cache, 0, sizeof(*cache));
	arena_init(&cache->arena, 0);
	cache->n = SQL_FIRST;
}

void
sql_cache_release(struct sql_cache *cache)
{
	arena_release(&cache->arena);
	memset(cache, 0, sizeof(*cache));
}

static const struct sql *
text_keep(struct sql_cache *cache, const struct buf *b)
{
	struct sql	*sql = arena_alloc(&cache->arena, sizeof(*sql));
	char		*text = arena_strndup(&cache->arena, b->p, b->n);

	if (sql == NULL || text == NULL || cache->n == INT_MAX)
		return NULL;
	sql->text = text;
	sql->n = b->n;
	sql->id = cache->n;
	if (map_put(&cache->arena, &cache->by_text, text, b->n, sql) != 0)
		return NULL;
	cache->n++;
	return sql;
}

const struct sql *
sql_intern(struct sql_cache *cache, struct buf *b)
{
	const struct sql	*sql = NULL;

	if (!b->broken &&
	    (sql = map_get(&cache->by_text, b->p, b->n)) == NULL)
		sql = text_keep(cache, b);
	buf_free(b);
	return sql;
}

/* Has this text come a while ago?  From now on it has. */
static bool
text_seen(struct sql_cache *cache, const struct buf *b)
{
	uint64_t	hash = UINT64_C(0xcbf29ce484222325), *seen;
	size_t		i;
	bool		before;

	for (i = 0; i < b->n; i++)
		hash = (hash ^ (unsigned char)b->p[i]) *
		    UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	seen = &cache->seen[hash % SQL_SEEN];
	before = *seen == hash;
	*seen = hash;
	return before;
}

static const struct sql *
text_once(struct arena *a, const struct buf *b)
{
	struct sql	*sql = arena_alloc(a, sizeof(*sql));

	if (sql == NULL || (sql->text = arena_strndup(a, b->p, b->n)) == NULL)
		return NULL;
	sql->n = b->n;
	sql->id = SQL_ONCE;
	return sql;
}

const struct sql *
sql_intern_varied(struct sql_cache *cache, struct arena *a, struct buf *b)
{
	const struct sql	*sql = NULL;

	if (!b->broken &&
	    (sql = map_get(&cache->by_text, b->p, b->n)) == NULL) {
		if (text_seen(cache, b) && cache->varied < SQL_VARIED_MOST &&
		    cache->varied_bytes + b->n <= SQL_VARIED_BYTES) {
			cache->varied++;
			cache->varied_bytes += b->n;
			sql = text_keep(cache, b);
		} else
			sql = text_once(a, b);
	}
	buf_free(b);
	return sql;
}

bool
sql_mentions(const struct buf *b, int n)
{
	char	word[16], quote = '\0';
	size_t	i, size;

	size = (size_t)snprintf(word, sizeof(word), "$%d", n);
	for (i = 0; !b->broken && i + size <= b->n; i++) {
		if (quote != '\0')
			quote = b->p[i] == quote ? '\0' : quote;
		else if (b->p[i] == '"' || b->p[i] == '\'')
			quote = b->p[i];
		else if (memcmp(b->p + i, word, size) == 0 &&
		    (i + size == b->n || b->p[i + size] < '0' ||
		    b->p[i + size] > '9'))
			return true;
	}
	return false;
}

void
sql_column(struct buf *b, const char *alias, const struct column *c)
{
	buf_puts(b, alias);
	buf_putc(b, '.');
	buf_puts(b, c->quoted);
}

/* The blanks that character pads its values with mean nothing in it alone. */
bool
sql_is_cast(const struct column *c)
{
	return c->type->cell == CELL_TEXT && c->type->id != TYPE_TEXT &&
	    c->type->id != TYPE_VARCHAR;
}

void
sql_cast(struct buf *b, const struct column *c)
{
	if (sql_is_cast(c))
		buf_puts(b, "::text");
	else if (c->narrow != NULL) {
		buf_puts(b, "::");
		buf_puts(b, c->type->name);
	}
}

void
sql_select(struct buf *b, const char *alias, const struct column *c)
{
	sql_column(b, alias, c);
	sql_cast(b, c);
}

void
sql_array(struct buf *b, const struct column *c, int n)
{
	buf_printf(b, "$%d", n);
	if (sql_is_cast(c)) {
		buf_puts(b, "::");
		buf_puts(b, c->sql_type);
		buf_puts(b, "[]");
	}
}

void
sql_element(struct buf *b, const char *expression, int n,
    const struct column *c)
{
	buf_printf(b, "%s%d", expression, n);
	if (sql_is_cast(c)) {
		buf_puts(b, "::");
		buf_puts(b, c->sql_type);
	}
}

void
sql_unnest(struct buf *b, const char *name, size_t n, bool ordinality)
{
	size_t	i;

	buf_puts(b, "unnest(");
	for (i = 0; i < n; i++)
		buf_printf(b, "%s$%zu", i > 0 ? "," : "", i + 1);
	buf_printf(b, ")%s AS %s(", ordinality ? " WITH ORDINALITY" : "", name);
	for (i = 0; i < n; i++)
		buf_printf(b, "%sc%zu", i > 0 ? "," : "", i + 1);
	buf_puts(b, ordinality ? ",n)" : ")");
}

void
sql_key_in(struct buf *b, const char *alias, struct column *const *columns,
    size_t n, int first)
{
	size_t	i;

	if (n == 1) {
		sql_column(b, alias, columns[0]);
		buf_puts(b, " = ANY(");
		sql_array(b, columns[0], first);
		buf_putc(b, ')');
		return;
	}
	for (i = 0; i < n; i++) {
		buf_putc(b, i == 0 ? '(' : ',');
		sql_column(b, alias, columns[i]);
	}
	buf_puts(b, ") IN (SELECT ");
	for (i = 0; i < n; i++) {
		buf_puts(b, i == 0 ? "" : ",");
		sql_element(b, "k.c", (int)i + 1, columns[i]);
	}
	buf_puts(b, " FROM unnest(");
	for (i = 0; i < n; i++)
		buf_printf(b, "%s$%d", i > 0 ? "," : "", first + (int)i);
	buf_puts(b, ") AS k(");
	for (i = 0; i < n; i++)
		buf_printf(b, "%sc%zu", i > 0 ? "," : "", i + 1);
	buf_puts(b, "))");
}

void
sql_order(struct buf *b, const char *alias, struct column *const *columns,
    size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		buf_puts(b, i > 0 ? "," : "");
		sql_column(b, alias, columns[i]);
	}
}

bool
sql_links_repeat(const struct relationship *rel)
{
	const struct table	*t = rel->secondary;
	size_t			 i, k, n;

	for (i = 0, n = 0; i < t->key.n; i++) {
		for (k = 0; k < rel->near_columns.n; k++)
			n += rel->near_columns.v[k] == t->key.v[i];
		for (k = 0; k < rel->far_columns.n; k++)
			n += rel->far_columns.v[k] == t->key.v[i];
	}
	return t->key.n == 0 || n != t->key.n;
}

uint32_t
sql_array_oid(const struct column *c)
{
	return c->type->cell == CELL_TEXT ? types[TYPE_TEXT].array_oid :
	    c->type->array_oid;
}

static char *
put32(char *to, uint32_t v)
{
	*to++ = (char)(v >> 24);
	*to++ = (char)(v >> 16);
	*to++ = (char)(v >> 8);
	*to++ = (char)v;
	return to;
}

int
sql_array_param(struct arena *a, const struct column *c,
    const struct cell *const *cells, size_t n, struct param *param)
{
	size_t	 i, size = n == 0 ? ARRAY_EMPTY : ARRAY_HEADER;
	bool	 nulls = false;
	char	*p;

	for (i = 0; i < n; i++) {
		size += 4;
		if (cells[i]->n < 0)
			nulls = true;
		else
			size += (size_t)cells[i]->n;
	}
	if (size > INT32_MAX || (p = arena_raw(a, size)) == NULL)
		return -1;
	param->oid = sql_array_oid(c);
	param->p = p;
	param->n = (int32_t)size;
	p = put32(p, n == 0 ? 0 : 1);
	p = put32(p, nulls);
	p = put32(p, c->type->cell == CELL_TEXT ? types[TYPE_TEXT].oid :
	    c->type->oid);
	if (n == 0)
		return 0;
	p = put32(p, (uint32_t)n);
	p = put32(p, 1);
	for (i = 0; i < n; i++) {
		p = put32(p, (uint32_t)cells[i]->n);
		if (cells[i]->n > 0) {
			memcpy(p, cells[i]->p, (size_t)cells[i]->n);
			p += cells[i]->n;
		}
	}
	return 0;
}

int
sql_texts_param(struct arena *a, const struct cell *const *cells, size_t n,
    struct param *param)
{
	/* Any column of type text says how a text[] is written. */
	static const struct column	text = { .type = &types[TYPE_TEXT] };

	return sql_array_param(a, &text, cells, n, param);
}

void
sql_cell_param(const struct column *c, const struct cell *cell,
    struct param *param)
{
	param->oid = c->type->cell == CELL_TEXT ? types[TYPE_TEXT].oid :
	    c->type->oid;
	param->p = cell->p;
	param->n = cell->n;
}

int
sql_bigint_param(struct arena *a, int64_t v, struct param *param)
{
	char	*p = arena_raw(a, 8);

	if (p == NULL)
		return -1;
	param->oid = OID_BIGINT;
	param->p = p;
	param->n = 8;
	put32(put32(p, (uint32_t)((uint64_t)v >> 32)), (uint32_t)v);
	return 0;
}

int
key_bytes(struct arena *a, const struct cell *cells, size_t n,
    struct key_bytes *out)
{
	size_t	 i, size = 0;
	char	*p;

	if (n == 1) {
		out->p = cells[0].p;
		out->n = cells[0].n < 0 ? 0 : (size_t)cells[0].n;
		return 0;
	}
	for (i = 0; i < n; i++)
		size += 4 + (cells[i].n < 0 ? 0 : (size_t)cells[i].n);
	if ((p = arena_raw(a, size)) == NULL)
		return -1;
	out->p = p;
	out->n = size;
	for (i = 0; i < n; i++) {
		p = put32(p, (uint32_t)cells[i].n);
		if (cells[i].n > 0) {
			memcpy(p, cells[i].p, (size_t)cells[i].n);
			p += cells[i].n;
		}
	}
	return 0;
}

bool
key_has_null(const struct cell *cells, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		if (cells[i].n < 0)
			return true;
	return false;
}
