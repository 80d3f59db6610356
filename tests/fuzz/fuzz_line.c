/*
 * Bytes of a client, up to the calls they make and the answers to those.  The
 * first byte says in which pieces the rest arrives.  What must hold:
 *
 * - the lines are the same in pieces as in one;
 * - what the scanner passes, json-c reads with the same number of values;
 * - nothing of a line stays in the scanner;
 * - each answer is a line that the scanner passes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "reply.h"
#include "rpc.h"

enum {
	MAX_LINE = 300,
	LONGEST_PIECE = 64,
	DEPTH = 6,		/* small, so that the limits are met */
	VALUES = 60,
	BATCH = 5,
	LINES_MOST = 1 << 20
};

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
demand(bool condition)
{
	if (!condition)
		abort();
}

/* Kept from call to call, as the daemon keeps them. */
struct kept {
	struct rpc	rpc;
	struct scanner	answers;
};

static struct kept *
kept_get(void)
{
	static const struct rpc_limits	 limits = { DEPTH, VALUES, BATCH };
	static struct kept		*kept;

	if (kept == NULL) {
		kept = malloc(sizeof(*kept));
		demand(kept != NULL);
		demand(rpc_init(&kept->rpc, &limits, 42) == 0);
		scan_init(&kept->answers, DEPTH + 8, 100 * VALUES, 43);
	}
	return kept;
}

static void
answer(struct scanner *answers, const struct rpc_message *message)
{
	enum reply_place	 place = message->is_batch ? REPLY_MEMBER :
				    REPLY_LINE;
	const struct rpc_call	*call;
	struct error		 err;
	struct buf		 out;
	size_t			 i, values;

	buf_init(&out, 0);
	if (message->is_batch)
		reply_batch_begin(&out);
	for (i = 0; i < message->n; i++) {
		call = &message->calls[i];
		demand((call->error != NULL) || (call->method != NULL));
		if (call->error != NULL) {
			reply_error(&out, call->id, call->error, place);
			continue;
		}
		reply_begin(&out, call->id, place);
		buf_puts(&out, "true");
		reply_end(&out, place);
	}
	if (message->is_batch)
		reply_batch_end(&out);
	demand(!out.broken && out.p[out.n - 1] == '\n');
	demand(memchr(out.p, '\n', out.n - 1) == NULL);
	demand(scan_line(answers, out.p, out.n - 1, &values, &err) == SCAN_OK);
	buf_free(&out);
}

static void
take_line(struct kept *kept, const char *line, size_t n)
{
	struct rpc_message	message;
	struct rpc_call		refused = { .id = "null", .answered = true };
	struct arena		a;
	struct error		err, scanned;
	enum scan_verdict	verdict;
	size_t			values;
	int			r;

	verdict = scan_line(&kept->rpc.scanner, line, n, &values, &scanned);
	demand(kept->rpc.scanner.keys.n == 0);
	arena_init(&a, 0);
	r = rpc_read(&kept->rpc, &a, line, n, &message, &err);
	if (r == -1) {
		/* Of a good line only: an empty batch, one too long. */
		demand(verdict != SCAN_OK || err.kind == ERROR_LIMIT ||
		    err.kind == ERROR_INVALID_REQUEST);
		demand(verdict != SCAN_REFUSED || err.kind == scanned.kind);
		refused.error = &err;
		message.calls = &refused;
		message.n = 1;
		message.is_batch = false;
	} else
		demand(verdict != SCAN_REFUSED && message.n > 0);
	answer(&kept->answers, &message);
	arena_release(&a);
}

/* Writes down what the framer says; `kept' is NULL where that is enough. */
static bool
take_read(struct frame *f, struct kept *kept, const char *p, size_t n,
    struct buf *told)
{
	const char	*line;
	size_t		 length;
	int		 i;

	for (i = 0; i < LINES_MOST; i++) {
		switch (frame_next(f, &p, &n, &line, &length)) {
		case FRAME_MORE:
			demand(n == 0);
			return true;
		case FRAME_LINE:
			demand(length > 0 && length <= MAX_LINE);
			demand(memchr(line, '\n', length) == NULL);
			buf_putc(told, 'L');
			buf_add(told, line, length);
			buf_putc(told, '\n');
			if (kept != NULL)
				take_line(kept, line, length);
			break;
		case FRAME_TOO_LARGE:
			buf_putc(told, 'T');
			break;
		case FRAME_HTTP:
			buf_putc(told, 'H');
			return false;
		case FRAME_WAIT:		/* nothing is undecided */
		case FRAME_NOMEM:
			abort();
		}
	}
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char	*p = (const char *)data + 1;
	struct frame	 whole, pieces;
	struct buf	 told, told_in_pieces;
	size_t		 piece, at, n;

	if (size == 0)
		return 0;
	piece = 1 + data[0] % LONGEST_PIECE;
	n = size - 1;
	frame_init(&whole, MAX_LINE);
	frame_init(&pieces, MAX_LINE);
	buf_init(&told, 0);
	buf_init(&told_in_pieces, 0);
	take_read(&whole, kept_get(), p, n, &told);
	for (at = 0; at < n; at += piece) {
		if (piece > n - at)
			piece = n - at;
		if (!take_read(&pieces, NULL, p + at, piece, &told_in_pieces))
			break;
		demand(pieces.held.n <= MAX_LINE + 1);
	}
	demand(told.n == told_in_pieces.n && (told.n == 0 ||
	    memcmp(told.p, told_in_pieces.p, told.n) == 0));
	buf_free(&told);
	buf_free(&told_in_pieces);
	frame_release(&whole);
	frame_release(&pieces);
	return 0;
}
