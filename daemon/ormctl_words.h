#ifndef ORMCTL_WORDS_H
#define ORMCTL_WORDS_H

#include <json-c/json.h>
#include <stddef.h>

/*
 * The words of a command line, or of a line at the prompt, become the params
 * of a call.  ormctl(1) tells users the rules; they are:
 *
 * - One word that is a JSON object is params itself.
 * - `key=value' sets a member; dots in the key lead into objects.  A value
 *   that is JSON is that JSON, all other text is a string.  `key@=value' is
 *   the object with that primary key: {"$get": value}.
 * - Words without `=' (or that are JSON) make it the short form of a method:
 *   they are its parameters in the order of word_methods, and `key=value' then
 *   goes into the parameter that describes an object (`values', `where', `id').
 *   `:key=value' is a parameter beside it.  Words after the last parameter are
 *   `items'; there `@value' is {"$get": value}, and one list is all items.
 */
enum { WORDS_ORDER = 3, WORDS_MOST = 1024 };

struct word_method {
	const char	*name;
	const char	*order[WORDS_ORDER];	/* of the bare words */
	const char	*object;		/* where key=value goes */
	const char	*items;			/* what the other words are */
	const char	*what;			/* one line of help */
};

/* The methods, to be completed and to have a short form; NULL ends. */
extern const struct word_method word_methods[];

const struct word_method *word_method_find(const char *name);

/*
 * Makes *params (the caller's; json_object_put) of the n words that follow
 * `method'; NULL when there are none.  Its text keeps each JSON value as it
 * was written.  -1 with the reason in why[size].
 */
int	 words_params(const char *method, int n, const char *const *words,
	    struct json_object **params, char *why, size_t size);

/*
 * Splits a line at blanks into words, in place.  Single quotes keep text
 * together; where a word or a value begins with {, [ or ", it is JSON and goes
 * to its end.  Returns how many (at most WORDS_MOST), or -1 with the reason.
 */
int	 words_split(char *line, const char **words, char *why, size_t size);

#endif
