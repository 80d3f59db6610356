/*
 * Words to params, for ormctl's command line, prompt and pipe.  It refuses
 * words that contradict each other; what a method takes is for the server to
 * say.
 */
#include <json-c/printbuf.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ormctl_json.h"
#include "ormctl_words.h"

enum { KEY_SIZE = 256 };

const struct word_method word_methods[] = {
	{ "hello", { NULL }, NULL, NULL, "what server this is" },
	{ "ping", { NULL }, NULL, NULL, "is it there" },
	{ "describe", { "model" }, NULL, NULL, "the models, or one of them" },
	{ "rpc.discover", { NULL }, NULL, NULL,
	    "methods and models as OpenRPC and JSON Schema" },
	{ "get", { "model", "id" }, "id", NULL, "one object" },
	{ "find", { "model" }, "where", NULL, "the objects that match" },
	{ "count", { "model" }, "where", NULL, "how many match" },
	{ "aggregate", { "model" }, "where", NULL,
	    "sums and averages, by groups" },
	{ "create", { "model" }, "values", NULL, "a new object" },
	{ "update", { "model", "id" }, "values", NULL, "change an object" },
	{ "merge", { "model" }, "values", NULL, "update it, or create it" },
	{ "delete", { "model", "id" }, NULL, NULL, "delete an object" },
	{ "append", { "model", "id", "attribute" }, NULL, "items",
	    "put items into a collection" },
	{ "remove", { "model", "id", "attribute" }, NULL, "items",
	    "take items out of a collection" },
	{ "set", { "model", "id", "attribute" }, NULL, "items",
	    "make a collection exactly these items" },
	{ "transaction", { NULL }, NULL, NULL, "several writes, all or none" },
	{ "preview", { "method", "params" }, NULL, NULL,
	    "what a write would do" },
	{ "cancel", { "id" }, NULL, NULL, "end a request of this connection" },
	{ NULL, { NULL }, NULL, NULL, NULL }
};

const struct word_method *
word_method_find(const char *name)
{
	const struct word_method	*m;

	for (m = word_methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0)
			return m;
	return NULL;
}

/* The call in the making. */
struct words {
	const char			*method;
	const struct word_method	*row;	/* NULL: no short form */
	struct json_object		*root;
	struct json_object		*items;	/* borrowed from root */
	int				 bare;	/* how many so far */
	bool				 is_short;
	char				*why;
	size_t				 size;
};

static int refuse(struct words *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

static int
refuse(struct words *w, const char *format, ...)
{
	va_list	ap;

	va_start(ap, format);
	vsnprintf(w->why, w->size, format, ap);
	va_end(ap);
	return -1;
}

/* Prints JSON text as it was written; a newline in it may only be a blank. */
static int
raw_print(struct json_object *raw, struct printbuf *to, int level, int flags)
{
	(void)level;
	(void)flags;
	return printbuf_memappend(to, json_object_get_string(raw),
	    json_object_get_string_len(raw));
}

static struct json_object *
raw_new(const char *text, size_t n)
{
	struct json_object	*raw;
	char			*copy, *c;

	if ((copy = strndup(text, n)) == NULL)
		return NULL;
	for (c = copy; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r')
			*c = ' ';
	if ((raw = json_object_new_string(copy)) != NULL)
		json_object_set_serializer(raw, raw_print, NULL, NULL);
	free(copy);
	return raw;
}

/* The JSON in a word, without the blanks around it; 0 if it is none. */
static size_t
json_in_word(const char **word)
{
	size_t	n;

	*word += strspn(*word, " \t\r\n");
	n = strlen(*word);
	while (n > 0 && strchr(" \t\r\n", (*word)[n - 1]) != NULL)
		n--;
	return json_span(*word, n) == n ? n : 0;
}

static struct json_object *
value_new(const char *word)
{
	const char	*json = word;
	size_t		 n = json_in_word(&json);

	return n > 0 ? raw_new(json, n) : json_object_new_string(word);
}

static struct json_object *
get_new(struct json_object *key)
{
	struct json_object	*o = json_object_new_object();

	if (o == NULL || key == NULL ||
	    json_object_object_add(o, "$get", key) != 0) {
		json_object_put(key);
		json_object_put(o);
		return NULL;
	}
	return o;
}

static bool
begins_json(const char *word)
{
	word += strspn(word, " \t\r\n");
	return *word == '{' || *word == '[' || *word == '"';
}

/* The object under that name, made if it is not there; NULL with a reason. */
static struct json_object *
object_under(struct words *w, struct json_object *in, const char *name)
{
	struct json_object	*o = NULL;

	if (json_object_object_get_ex(in, name, &o)) {
		if (json_object_is_type(o, json_type_object))
			return o;
		refuse(w, "%s is given twice", name);
		return NULL;
	}
	if ((o = json_object_new_object()) == NULL ||
	    json_object_object_add(in, name, o) != 0) {
		json_object_put(o);
		refuse(w, "out of memory");
		return NULL;
	}
	return o;
}

/* Sets in.a.b.c; takes `value' over, also when it refuses. */
static int
set(struct words *w, struct json_object *in, const char *key,
    struct json_object *value)
{
	char	 copy[KEY_SIZE], *name = copy, *dot;

	if (value == NULL)
		return refuse(w, "out of memory");
	if (strlen(key) >= sizeof(copy)) {
		json_object_put(value);
		return refuse(w, "a key has at most %d bytes", KEY_SIZE - 1);
	}
	strcpy(copy, key);
	for (; in != NULL && (dot = strchr(name, '.')) != NULL;
	    name = dot + 1) {
		*dot = '\0';
		if (*name == '\0')
			break;
		in = object_under(w, in, name);
	}
	if (in != NULL && *name == '\0')
		refuse(w, "%s: a name is missing", key);
	else if (in != NULL && json_object_object_get_ex(in, name, NULL))
		refuse(w, "%s is given twice", key);
	else if (in != NULL && json_object_object_add(in, name, value) == 0)
		return 0;
	json_object_put(value);
	return -1;
}

/* key=value, key@=value, :key=value. */
static int
pair_take(struct words *w, const char *word)
{
	const char		*equals = strchr(word, '=');
	struct json_object	*in = w->root, *value;
	char			 key[KEY_SIZE];
	size_t			 n = (size_t)(equals - word);

	if (n >= sizeof(key))
		return refuse(w, "a key has at most %d bytes", KEY_SIZE - 1);
	memcpy(key, word, n);
	key[n] = '\0';
	if (key[0] != ':' && w->is_short) {
		if (w->row->object == NULL)
			return refuse(w, "%s: here %s takes no attributes; "
			    "a parameter is written :%s", word, w->method,
			    word);
		if ((in = object_under(w, in, w->row->object)) == NULL)
			return -1;
	}
	/* A write's key is text, also where it looks like a number. */
	value = in == w->root && strcmp(key + (key[0] == ':'), "key") == 0 &&
	    equals[1] != '"' ? json_object_new_string(equals + 1) :
	    value_new(equals + 1);
	if (n > 0 && key[n - 1] == '@') {
		key[n - 1] = '\0';
		value = get_new(value);
	}
	return set(w, in, key[0] == ':' ? key + 1 : key, value);
}

static int
item_take(struct words *w, const char *word, bool only)
{
	struct json_object	*value;
	const char		*json = word;

	/* One list is all of them: the empty one could not be said else. */
	if (only && json_in_word(&json) > 0 && *json == '[')
		return set(w, w->root, w->row->items, value_new(word));
	if (w->items == NULL) {
		if ((value = json_object_new_array()) == NULL)
			return refuse(w, "out of memory");
		if (set(w, w->root, w->row->items, value) == -1)
			return -1;
		w->items = value;
	}
	value = *word == '@' ? get_new(value_new(word + 1)) : value_new(word);
	if (value == NULL || json_object_array_add(w->items, value) != 0) {
		json_object_put(value);
		return refuse(w, "out of memory");
	}
	return 0;
}

static int
bare_take(struct words *w, const char *word, bool last)
{
	const char	*name, *json = word;

	if (begins_json(word) && json_in_word(&json) == 0)
		return refuse(w, "%s: this is not valid JSON", word);
	name = w->bare < WORDS_ORDER ? w->row->order[w->bare] : NULL;
	w->bare++;
	if (name != NULL)
		/* Only keys are values; the rest are names. */
		return set(w, w->root, name, strcmp(name, "id") == 0 ?
		    value_new(word) : json_object_new_string(word));
	if (w->row->items != NULL)
		return item_take(w, word, last && w->items == NULL);
	if (w->row->object != NULL && begins_json(word))
		return set(w, w->root, w->row->object, value_new(word));
	return refuse(w, "%s: one word too many for %s", word, w->method);
}

static bool
is_bare(const char *word)
{
	return begins_json(word) || strchr(word, '=') == NULL;
}

static int
words_take(struct words *w, int n, const char *const *words)
{
	int	i;

	for (i = 0; i < n; i++)
		w->is_short = w->is_short || is_bare(words[i]);
	if (w->is_short && (w->row == NULL || w->row->order[0] == NULL))
		return refuse(w, "%s has no short form: write its parameters "
		    "as key=value, or as a JSON object", w->method);
	for (i = 0; i < n; i++)
		if ((is_bare(words[i]) ? bare_take(w, words[i], i == n - 1) :
		    pair_take(w, words[i])) == -1)
			return -1;
	return 0;
}

int
words_params(const char *method, int n, const char *const *words,
    struct json_object **params, char *why, size_t size)
{
	struct words	 w = { .method = method, .why = why, .size = size };
	const char	*json;

	*params = NULL;
	if (n == 0)
		return 0;
	json = words[0];
	if (n == 1 && begins_json(json) && json[strspn(json, " \t\r\n")] ==
	    '{') {
		if (json_in_word(&json) == 0)
			return refuse(&w, "%s: this is not valid JSON", json);
		*params = value_new(json);
		return *params != NULL ? 0 : refuse(&w, "out of memory");
	}
	w.row = word_method_find(method);
	if ((w.root = json_object_new_object()) == NULL)
		return refuse(&w, "out of memory");
	if (words_take(&w, n, words) == -1) {
		json_object_put(w.root);
		return -1;
	}
	*params = w.root;
	return 0;
}

/* Copies the word at *from to *to, up to a blank; -1 with the reason. */
static int
word_split(char **from, char **to, struct words *w)
{
	char	*in = *from, *out = *to, *end;
	bool	 value = true;	/* at the start of a word, or behind its = */
	size_t	 n;

	while (*in != '\0' && strchr(" \t\r\n", *in) == NULL) {
		if (value && begins_json(in)) {
			if ((n = json_span(in, strlen(in))) == 0)
				return refuse(w, "%s: this is not valid JSON",
				    in);
			end = in + n;
		} else if (*in == '\'') {
			if ((end = strchr(++in, '\'')) == NULL)
				return refuse(w, "a closing ' is missing; "
				    "text with a ' in it goes in \"...\"");
			n = (size_t)(end++ - in);
		} else {
			value = *in == '=';
			*out++ = *in++;
			continue;
		}
		memmove(out, in, n);
		out += n;
		in = end;
		value = false;
	}
	*from = in;
	*to = out;
	return 0;
}

int
words_split(char *line, const char **words, char *why, size_t size)
{
	struct words	 w = { .why = why, .size = size };
	char		*in = line, *out;
	int		 n = 0;

	for (;;) {
		in += strspn(in, " \t\r\n");
		if (*in == '\0')
			return n;
		if (n == WORDS_MOST)
			return refuse(&w, "a line has at most %d words",
			    WORDS_MOST);
		words[n++] = out = in;
		if (word_split(&in, &out, &w) == -1)
			return -1;
		if (*in != '\0')
			in++;
		*out = '\0';
	}
}
