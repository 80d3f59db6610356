#ifndef ORMD_ERROR_H
#define ORMD_ERROR_H

#include <stdbool.h>

/*
 * One error, as a client will see it.  A function that can fail takes a
 * `struct error *' as its last parameter, returns -1 (or NULL), and writes the
 * struct only then.  Nothing is allocated; what is too long is cut.
 *
 * `path' is a JSON Pointer (RFC 6901) into the params of the request, or into
 * the model file.  `committed' is ERROR_COMMITTED_NO unless somebody knows
 * better.
 */
enum error_kind {
#define ERROR(name, code, kind, sqlstate, retryable, message) ERROR_##name,
#include "errors.def"
#undef ERROR
	ERROR_KINDS
};

enum error_committed {
	ERROR_COMMITTED_UNSAID,
	ERROR_COMMITTED_NO,
	ERROR_COMMITTED_YES,
	ERROR_COMMITTED_UNKNOWN
};

struct error {
	enum error_kind		kind;
	enum error_committed	committed;
	bool			nomem;		/* by error_nomem() */
	char			sqlstate[6];
	char			model[64];
	char			attribute[64];
	char			constraint[64];
	char			path[256];
	char			message[256];
	char			detail[256];
	char			hint[256];
};

/* A row of errors.def. */
struct error_row {
	const char	*name;
	const char	*kind;
	const char	*sqlstate;
	const char	*message;
	int		 code;
	bool		 retryable;
};

extern const struct error_row error_rows[ERROR_KINDS];

/*
 * Where in a JSON document: a chain of steps that lives on the callers' stacks.
 * A step is a member (key != NULL) or an element (index).  The root has
 * up == NULL and neither.
 */
struct path {
	const struct path	*up;
	const char		*key;
	int			 index;
};

/* Fills all of *err: kind, path (may be NULL) and message.  Returns -1. */
int	error_set(struct error *err, enum error_kind kind,
	    const struct path *path, const char *format, ...)
	    __attribute__((format(printf, 4, 5)));
/* Adds to an error that is set; each returns -1. */
int	error_hint(struct error *err, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
int	error_detail(struct error *err, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
int	error_about(struct error *err, const char *model,
	    const char *attribute);
/* The out-of-memory error: `limit' on the request's memory.  Returns -1. */
int	error_nomem(struct error *err);
/* The kind that stands for this SQLSTATE; ERROR_INTERNAL if none does. */
enum error_kind error_from_sqlstate(const char *sqlstate);
/* Writes the JSON Pointer of path, cut if it does not fit. */
void	path_write(const struct path *path, char *to, int size);
/*
 * The candidate nearest to a misspelled word, for "did you mean"; NULL if none
 * is near.  `candidates' ends with NULL.
 */
const char *error_nearest(const char *word, const char *const *candidates);

#endif
