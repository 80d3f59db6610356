#ifndef ORMCTL_EDIT_H
#define ORMCTL_EDIT_H

/*
 * A line from a person at a terminal: with libedit there is editing, history
 * and completion, without it a plain prompt.  complete(arg, line, found,
 * to) says what the last word of `line' could become, as in
 * ormctl_complete.h.
 *
 * History is kept in $XDG_STATE_HOME/ormctl/history, or
 * ~/.local/state/ormctl/history, readable by its owner only.
 */
struct edit;

typedef void edit_complete(void *arg, const char *line,
	    void (*found)(void *to, const char *word), void *to);

struct edit *edit_open(const char *prompt, edit_complete *complete,
	    void *arg);			/* NULL: out of memory */
/*
 * The next line without its newline, the editor's until the next call; NULL at
 * the end.  A line with a password or a token is not remembered.
 */
char	*edit_line(struct edit *);
void	 edit_close(struct edit *);

#endif
