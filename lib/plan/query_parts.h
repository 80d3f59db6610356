#ifndef ORMD_QUERY_PARTS_H
#define ORMD_QUERY_PARTS_H

#include "query.h"

/*
 * The inside of query: query.c has what all statements are made of,
 * query_page.c the parts of a page, query_branch.c one such part.
 */
struct query {
	struct arena		*arena;
	const struct sight	*sight;
	struct buf		 sql;
	VEC(struct param)	 params;
	bool			 by_value;	/* see statement.h */
	bool			 failed;
};

void	query_begin(struct query *, struct arena *, const struct call *);
/* Interns the text; NULL: out of memory. */
struct statement *query_end(struct query *, struct sql_cache *);
/* Adds a parameter that is one value of the column; its number. */
int	query_param(struct query *, const struct column *,
	    const struct cell *);
/* Adds the parameters of the condition, once; then put it anywhere. */
void	query_where_params(struct query *, const struct op *);
/*
 * Whether the statement has to be planned for the values of the condition.
 * `sorted' says that its rows come in the order of the page.
 */
bool	query_by_value(const struct op *, bool sorted);
/*
 * Of a condition that is one or the other, the part of rows that the choice
 * finds and none before it.  query_choices() says how many there are when a
 * statement needs each of them so often; 1: put the condition as it is.
 */
size_t	query_choices(const struct op *, size_t times);
void	query_put_where(struct query *, const struct op *, size_t choices,
	    size_t choice);

/* What is known of a term in a branch. */
enum term_state {
	TERM_ANY,		/* a value, or null */
	TERM_VALUE,
	TERM_NULL
};

/*
 * A part of the rows of a page that one index can find in order: those whose
 * first term is a value, those where it is null, or, of a term that is reached
 * through relationships, those where one of these leads nowhere.
 */
struct branch {
	size_t			 reach;		/* so many do lead on */
	bool			 inner;		/* and are demanded to */
	enum term_state		 first;
};

struct page {
	struct query		*q;
	const struct op		*op;
	int			 way[ORDER_JOINS];	/* to the first term */
	size_t			 nway;
	int			*params;	/* by order: of op->position */
	bool			 several;	/* branches */
	size_t			 choices;	/* see query_choices() */
};

/* Descending as asked, or because the page is before its position. */
bool	page_down(const struct page *, size_t term);
/* The SELECT of a choice, with its ORDER BY and LIMIT. */
void	branch_put(struct page *, const struct branch *, size_t choice);

#endif
