/*
 * The prompt.  ormctl_talk.c calls this when both ends are a terminal.  It
 * refuses to remember secrets, and does without a history file where there is
 * no place for one.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_LIBEDIT
#include <histedit.h>
#endif

#include "ormctl_edit.h"

#ifdef HAVE_LIBEDIT

enum {
	HISTORY_MOST = 1000,
	CANDIDATES_MOST = 200,
	PATH_SIZE = 1024,
	COLUMN = 20
};

struct edit {
	EditLine	*el;
	History		*history;
	const char	*prompt;
	edit_complete	*complete;
	void		*arg;
	char		 path[PATH_SIZE];	/* "": no file */
	char		*line;
};

/* What Tab has found; the words are copies. */
struct candidates {
	char	*v[CANDIDATES_MOST];
	int	 n;
};

static struct edit *
edit_of(EditLine *el)
{
	void	*e = NULL;

	el_get(el, EL_CLIENTDATA, &e);
	return e;
}

static char *
edit_prompt(EditLine *el)
{
	/* libedit only reads it. */
	return (char *)(uintptr_t)edit_of(el)->prompt;
}

static void
candidate_add(void *to, const char *word)
{
	struct candidates	*c = to;
	int			 i;

	for (i = 0; i < c->n; i++)
		if (strcmp(c->v[i], word) == 0)
			return;
	if (c->n < CANDIDATES_MOST && (c->v[c->n] = strdup(word)) != NULL)
		c->n++;
}

/* How many bytes all candidates begin with. */
static size_t
common(const struct candidates *c)
{
	size_t	n = strlen(c->v[0]), k;
	int	i;

	for (i = 1; i < c->n; i++) {
		for (k = 0; k < n && c->v[i][k] == c->v[0][k]; k++)
			;
		n = k;
	}
	return n;
}

static void
list(const struct candidates *c)
{
	int	i;

	fputc('\n', stdout);
	for (i = 0; i < c->n; i++)
		printf("%-*s%s", COLUMN, c->v[i],
		    i == c->n - 1 || i % 4 == 3 ? "\n" : " ");
	fflush(stdout);
}

/* Puts in what is certain: one candidate, or what all begin with. */
static unsigned char
insert(EditLine *el, const struct candidates *c, size_t typed)
{
	char	text[PATH_SIZE];
	size_t	n = common(c);

	if (n < typed || n - typed + 2 > sizeof(text))
		return CC_ERROR;
	memcpy(text, c->v[0] + typed, n - typed);
	n -= typed;
	if (c->n == 1 && c->v[0][typed + n - 1] != '=')
		text[n++] = ' ';
	text[n] = '\0';
	if (n > 0)
		return el_insertstr(el, text) == -1 ? CC_ERROR : CC_REFRESH;
	list(c);
	return CC_REDISPLAY;
}

static unsigned char
edit_tab(EditLine *el, int key)
{
	const LineInfo		*info = el_line(el);
	struct edit		*e = edit_of(el);
	struct candidates	 c = { .n = 0 };
	unsigned char		 code = CC_REFRESH_BEEP;
	char			*line, *word;
	int			 i;

	(void)key;
	line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	if (line == NULL)
		return CC_ERROR;
	e->complete(e->arg, line, candidate_add, &c);
	if ((word = strrchr(line, ' ')) == NULL)
		word = line;
	else
		word++;
	if (c.n > 0)
		code = insert(el, &c, strlen(word));
	for (i = 0; i < c.n; i++)
		free(c.v[i]);
	free(line);
	return code;
}

/* Control-C: what was typed is dropped. */
static unsigned char
edit_drop(EditLine *el, int key)
{
	const LineInfo	*info = el_line(el);

	(void)key;
	fputs("^C\n", stdout);
	fflush(stdout);
	el_cursor(el, (int)(info->lastchar - info->cursor));
	info = el_line(el);
	el_deletestr(el, (int)(info->lastchar - info->buffer));
	return CC_REDISPLAY;
}

/* Makes each folder of the path; the last component is the file. */
static bool
folders_make(char *path)
{
	char	*slash;

	for (slash = path + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
		*slash = '\0';
		if (mkdir(path, 0700) == -1 && errno != EEXIST) {
			*slash = '/';
			return false;
		}
		*slash = '/';
	}
	return true;
}

static void
history_path(struct edit *e)
{
	const char	*state = getenv("XDG_STATE_HOME");
	const char	*home = getenv("HOME");
	int		 n = 0;

	if (state != NULL && *state == '/')
		n = snprintf(e->path, sizeof(e->path), "%s/ormctl/history",
		    state);
	else if (home != NULL && *home == '/')
		n = snprintf(e->path, sizeof(e->path),
		    "%s/.local/state/ormctl/history", home);
	if (n <= 0 || (size_t)n >= sizeof(e->path) || !folders_make(e->path))
		e->path[0] = '\0';
}

static bool
is_secret(const char *line)
{
	return strstr(line, "password") != NULL ||
	    strstr(line, "token") != NULL ||
	    strncmp(line + strspn(line, " \t"), "login", 5) == 0;
}

/* After every line, so that nothing is lost however ormctl ends. */
static void
history_save(struct edit *e)
{
	HistEvent	 event;
	FILE		*f;
	int		 fd;

	if (e->path[0] == '\0')
		return;
	fd = open(e->path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW |
	    O_CLOEXEC, 0600);
	if (fd == -1)
		return;
	/* It may have been there with other rights. */
	if (fchmod(fd, 0600) == -1 || (f = fdopen(fd, "w")) == NULL) {
		close(fd);
		return;
	}
	history(e->history, &event, H_SAVE_FP, f);
	fclose(f);
}

static int
editor_start(struct edit *e)
{
	HistEvent	event;

	if ((e->history = history_init()) == NULL ||
	    (e->el = el_init("ormctl", stdin, stdout, stderr)) == NULL)
		return -1;
	history(e->history, &event, H_SETSIZE, HISTORY_MOST);
	history(e->history, &event, H_SETUNIQUE, 1);
	history_path(e);
	if (e->path[0] != '\0')
		history(e->history, &event, H_LOAD, e->path);
	el_set(e->el, EL_CLIENTDATA, e);
	el_set(e->el, EL_PROMPT, edit_prompt);
	el_set(e->el, EL_EDITOR, "emacs");
	el_set(e->el, EL_HIST, history, e->history);
	el_set(e->el, EL_ADDFN, "ormctl-complete", "complete the word",
	    edit_tab);
	el_set(e->el, EL_ADDFN, "ormctl-drop", "drop the line", edit_drop);
	/* The user's own keys come first, then ours. */
	el_source(e->el, NULL);
	el_set(e->el, EL_BIND, "^I", "ormctl-complete", NULL);
	el_set(e->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
	/* While a line is edited, Control-C is a key and not a signal. */
	el_set(e->el, EL_SETTY, "-d", "-isig", NULL);
	el_set(e->el, EL_BIND, "^C", "ormctl-drop", NULL);
	return 0;
}

struct edit *
edit_open(const char *prompt, edit_complete *complete, void *arg)
{
	struct edit	*e;

	if ((e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->prompt = prompt;
	e->complete = complete;
	e->arg = arg;
	if (editor_start(e) == -1) {
		edit_close(e);
		return NULL;
	}
	return e;
}

char *
edit_line(struct edit *e)
{
	HistEvent	 event;
	const char	*line;
	int		 n;

	if ((line = el_gets(e->el, &n)) == NULL || n <= 0)
		return NULL;
	if (line[n - 1] == '\n')
		n--;
	free(e->line);
	if ((e->line = strndup(line, (size_t)n)) == NULL)
		return NULL;
	if (e->line[strspn(e->line, " \t")] != '\0' && !is_secret(e->line)) {
		history(e->history, &event, H_ENTER, e->line);
		history_save(e);
	}
	return e->line;
}

void
edit_close(struct edit *e)
{
	if (e == NULL)
		return;
	if (e->el != NULL)
		el_end(e->el);
	if (e->history != NULL)
		history_end(e->history);
	free(e->line);
	free(e);
}

#else

struct edit {
	const char	*prompt;
	char		*line;
	size_t		 size;
};

struct edit *
edit_open(const char *prompt, edit_complete *complete, void *arg)
{
	struct edit	*e;

	(void)complete;
	(void)arg;
	if ((e = calloc(1, sizeof(*e))) != NULL)
		e->prompt = prompt;
	return e;
}

char *
edit_line(struct edit *e)
{
	ssize_t	n;

	fputs(e->prompt, stdout);
	fflush(stdout);
	if ((n = getline(&e->line, &e->size, stdin)) <= 0)
		return NULL;
	if (e->line[n - 1] == '\n')
		e->line[n - 1] = '\0';
	return e->line;
}

void
edit_close(struct edit *e)
{
	if (e == NULL)
		return;
	free(e->line);
	free(e);
}

#endif
