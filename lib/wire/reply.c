/*
 * JSON-RPC 2.0, the writing half.  Called by the session when a request is
 * done, and for the lines of a stream.  It refuses nothing: a text that is not
 * UTF-8 to its end (cut inside a character, or from elsewhere) is cut, so that
 * every line is JSON.
 */
#include <string.h>

#include "json_out.h"
#include "reply.h"
#include "utf8.h"

#define PUT_LITERAL(b, s)	buf_add((b), (s), sizeof(s) - 1)

#define HEAD	"{\"jsonrpc\":\"2.0\",\"id\":"
#define RESULT	",\"result\":"
#define END	"}\n"

static size_t
put_head(struct buf *b, const char *id, enum reply_place place)
{
	size_t	at = b->n;

	if (place == REPLY_MEMBER)
		json_put_comma(b);
	PUT_LITERAL(b, HEAD);
	buf_puts(b, id);
	return at;
}

size_t
reply_overhead(const char *id)
{
	return sizeof(HEAD RESULT END) - 1 + strlen(id);
}

size_t
reply_begin(struct buf *b, const char *id, enum reply_place place)
{
	size_t	at = put_head(b, id, place);

	PUT_LITERAL(b, RESULT);
	return at;
}

size_t
reply_notify_begin(struct buf *b, const char *method)
{
	size_t	at = b->n;

	PUT_LITERAL(b, "{\"jsonrpc\":\"2.0\",\"method\":");
	json_put_text(b, method);
	PUT_LITERAL(b, ",\"params\":");
	return at;
}

void
reply_end(struct buf *b, enum reply_place place)
{
	if (place == REPLY_LINE)
		PUT_LITERAL(b, END);
	else
		buf_putc(b, '}');
}

size_t
reply_batch_begin(struct buf *b)
{
	buf_putc(b, '[');
	return b->n - 1;
}

void
reply_batch_end(struct buf *b)
{
	PUT_LITERAL(b, "]\n");
}

void
reply_cut(struct buf *b, size_t at)
{
	if (at <= b->n) {
		b->n = at;
		b->broken = false;
	}
}

/* As in error.c, a text ends before its first byte that is no UTF-8. */
static void
put_text(struct buf *b, const char *s)
{
	json_put_string(b, s, utf8_check(s, strlen(s)));
}

/*
 * A rule of the data has the same SQLSTATE whoever finds it broken first; of
 * other kinds only PostgreSQL has one to tell.
 */
static const char *
sqlstate_of(const struct error *err)
{
	if (err->sqlstate[0] == '\0' &&
	    error_rows[err->kind].code == error_rows[ERROR_NOT_NULL].code)
		return error_rows[err->kind].sqlstate;
	return err->sqlstate;
}

static void
put_member(struct buf *b, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	json_put_key(b, key);
	put_text(b, value);
}

static const char *
committed_text(enum error_committed committed)
{
	switch (committed) {
	case ERROR_COMMITTED_UNSAID:
		return "";
	case ERROR_COMMITTED_NO:
		return "no";
	case ERROR_COMMITTED_YES:
		return "yes";
	case ERROR_COMMITTED_UNKNOWN:
		return "unknown";
	}
	return "";
}

/* What is stored, or may be, is not for programs to send again blindly. */
static bool
is_retryable(const struct error *err)
{
	return error_rows[err->kind].retryable &&
	    err->committed != ERROR_COMMITTED_YES &&
	    err->committed != ERROR_COMMITTED_UNKNOWN;
}

size_t
reply_error(struct buf *b, const char *id, const struct error *err,
    enum reply_place place)
{
	const struct error_row	*row = &error_rows[err->kind];
	size_t			 at = put_head(b, id, place);

	PUT_LITERAL(b, ",\"error\":{\"code\":");
	json_put_int(b, row->code);
	PUT_LITERAL(b, ",\"message\":");
	put_text(b, err->message[0] != '\0' ? err->message : row->message);
	PUT_LITERAL(b, ",\"data\":{\"kind\":");
	json_put_text(b, row->kind);
	put_member(b, "sqlstate", sqlstate_of(err));
	put_member(b, "model", err->model);
	put_member(b, "attribute", err->attribute);
	put_member(b, "constraint", err->constraint);
	put_member(b, "path", err->path);
	put_member(b, "detail", err->detail);
	put_member(b, "hint", err->hint);
	json_put_member_bool(b, "retryable", is_retryable(err));
	put_member(b, "committed", committed_text(err->committed));
	PUT_LITERAL(b, "}}");
	reply_end(b, place);
	return at;
}
