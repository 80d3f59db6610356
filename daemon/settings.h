#ifndef ORMD_SETTINGS_H
#define ORMD_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"
#include "log.h"

/*
 * The configuration: a field for each row of settings.def, under its name.
 * Sizes are in bytes, times in microseconds.  main() makes the struct; its
 * address, its strings and lists (but those that main() reads again) and what
 * settings.def calls 0 do not change while ormd runs; numbers may, on SIGHUP:
 * read them where they are used and keep no copy.
 */
enum { SETTINGS_LIST_MOST = 64 };

struct settings_list {
	char		*v[SETTINGS_LIST_MOST];
	unsigned	 n;
	int		 origin;	/* the default, the file or -o */
};

#define SETTINGS_C_BOOL		bool
#define SETTINGS_C_INT		int
#define SETTINGS_C_SIZE		uint64_t
#define SETTINGS_C_TIME		uint64_t
#define SETTINGS_C_MODE		unsigned
#define SETTINGS_C_STRING	char *
#define SETTINGS_C_LEVEL	enum log_level
#define SETTINGS_C_LIST		struct settings_list

struct settings {
#define SETTING(name, type, value, least, most, reload, text) \
	SETTINGS_C_##type name;
#include "settings.def"
#undef SETTING
};

/* Who says it: later ones win, and replace the whole of a list. */
enum settings_origin { SETTINGS_DEFAULT, SETTINGS_FILE, SETTINGS_OPTION };

/* The defaults.  -1: out of memory. */
int	settings_init(struct settings *);
void	settings_release(struct settings *);
/*
 * Each returns 0, or -1 with err: message and hint, without the place.
 * settings_set() takes key and value apart, settings_option() "key=value".
 */
int	settings_set(struct settings *, const char *key, const char *value,
	    enum settings_origin, struct error *);
int	settings_option(struct settings *, const char *, struct error *);
/*
 * Reads a configuration file; the message of an error begins with file:line.
 * settings_text() is the same for text that is in memory (it is changed), and
 * `file' only names it.
 */
int	settings_file(struct settings *, const char *file, struct error *);
int	settings_text(struct settings *, char *text, const char *file,
	    struct error *);
/*
 * Brings into force what may change while ormd runs.  Returns how many other
 * keys differ; they stay as they are, `keys' names the first of them.
 */
int	settings_reload(struct settings *, struct settings *newer,
	    const char **keys, int most);
/* Prints all keys, as they stand, in the form of the file. */
void	settings_print(const struct settings *, FILE *);
/* Processors, but at least 2 and at most 4: see ormd.conf(5), readers. */
int	settings_cores(void);

#endif
