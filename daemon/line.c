/*
 * A line of a client, from the calls in it to the text of its answer.  Called
 * by the dialog.  It refuses to answer with more than max_reply bytes.
 */
#include "line.h"
#include "reply.h"

enum {
	LINE_COST	= 4096,		/* its arena's first page */
	BATCH_OVERHEAD	= 2		/* the brackets around one member */
};

struct line *
line_new(struct ormd *ormd)
{
	struct arena	 arena;
	struct line	*line;

	arena_init_with(&arena, ormd->settings.request_memory,
	    &ormd->spares);
	if ((line = arena_alloc(&arena, sizeof(*line))) == NULL)
		return NULL;
	line->arena = arena;
	line->ormd = ormd;
	return line;
}

size_t
line_cost(const struct line *line)
{
	return LINE_COST + line->arena.used;
}

void
line_free(struct line *line)
{
	struct arena	 arena;
	struct exchange	*x;

	for (x = line->exchanges; x < line->exchanges + line->n; x++)
		if (x->made)
			request_release(&x->request);
	arena = line->arena;
	arena_release(&arena);
}

int
line_exchanges(struct line *line, size_t n)
{
	line->exchanges = arena_array(&line->arena, n,
	    sizeof(*line->exchanges));
	line->n = line->exchanges == NULL ? 0 : n;
	return line->exchanges == NULL ? -1 : 0;
}

size_t
line_room(const struct exchange *x)
{
	size_t	taken = reply_overhead(x->call.id) + BATCH_OVERHEAD;
	size_t	most = x->line->ormd->settings.max_reply;

	return taken < most ? most - taken : 1;
}

/* `start' is where the line of this answer begins. */
static void
exchange_answer(struct exchange *x, struct buf *out, enum reply_place place,
    size_t start)
{
	struct request	*r = &x->request;
	uint64_t	 most = x->line->ormd->settings.max_reply;
	struct error	 err;
	size_t		 at;

	if (r->failed) {
		reply_error(out, x->call.id, &r->error, place);
		return;
	}
	if (!r->result.broken && r->result.n <= most) {
		at = reply_begin(out, x->call.id, place);
		buf_add(out, r->result.p, r->result.n);
		reply_end(out, place);
		if (out->broken || out->n - start <= most)
			return;
		reply_cut(out, at);
	}
	error_set(&err, ERROR_LIMIT, NULL, "the reply is longer than %llu "
	    "bytes (max_reply)", (unsigned long long)most);
	err.committed = r->is_read ? ERROR_COMMITTED_UNSAID :
	    ERROR_COMMITTED_YES;
	reply_error(out, x->call.id, &err, place);
}

void
line_answer(struct line *line, struct buf *out)
{
	struct exchange	*x;
	size_t		 start = out->n;
	bool		 begun = false;

	for (x = line->exchanges; x < line->exchanges + line->n; x++) {
		if (!x->call.answered)
			continue;
		if (!line->is_batch) {
			request_take(&x->request, out);
			exchange_answer(x, out, REPLY_LINE, out->n);
			return;
		}
		if (!begun)
			reply_batch_begin(out);
		begun = true;
		exchange_answer(x, out, REPLY_MEMBER, start);
	}
	if (begun)
		reply_batch_end(out);
}
