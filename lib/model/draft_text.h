#ifndef ORMD_DRAFT_TEXT_H
#define ORMD_DRAFT_TEXT_H

#include <stddef.h>

#include "buf.h"

/*
 * JSON for people, as draft_write.c lays it out: members of outer objects on
 * lines of their own, what is inside of a column or a relationship on one
 * line.
 */
struct text {
	struct buf	*b;
	int		 depth;
};

void	text_open(struct text *, char bracket);
/* On a line of its own, unless it is empty. */
void	text_close(struct text *, char bracket);
/*
 * Begins a member on a line of its own; its value follows, behind `width'
 * columns (0: as it comes).
 */
void	text_key(struct text *, const char *key, int width);
void	text_item(struct text *);	/* the same of a list's element */
/*
 * The width at which the values of `width', and of this key, stand in one
 * column; a very long key stands out of it.
 */
int	text_wider(int width, const char *key);

/* On the same line: `"key": ', after a comma unless it is the first. */
void	text_inline(struct buf *, const char *key);
void	text_string(struct buf *, const char *key, const char *value);
/* "key": true, "key": false */
void	text_bool(struct buf *, const char *key, bool value);
/* ["a", "b"], with line breaks where it gets long; n may be 0. */
void	text_list(struct text *, const char *const *words, size_t n);

#endif
