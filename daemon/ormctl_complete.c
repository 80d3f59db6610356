/*
 * Completion of methods, model names and attributes.  The prompt calls this
 * when the user asks for it; it only looks at text and at what `describe' has
 * said.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ormctl_complete.h"
#include "ormctl_words.h"

enum { NAME_SIZE = 128, WORD_SIZE = 256 };

/* Parameters beside the object, for words that begin with a colon. */
static const char *const parameters[] = {
	"after", "count", "limit", "only", "order_by", "return", "rules",
	NULL
};

/* Where `describe' keeps the names of what a model has. */
static const char *const every_part[] = {
	"attributes", "columns", "relationships", "association_proxies",
	"proxies", NULL
};
static const char *const collection_part[] = {
	"relationships", "association_proxies", "proxies", NULL
};

struct completion {
	struct json_object	*described;
	const char		*word;		/* the last, incomplete */
	void			(*found)(void *, const char *);
	void			*arg;

	/* What the words before it say. */
	const struct word_method *row;
	char			 model[NAME_SIZE];
	int			 bare;
	int			 words;
};

/* head + name + tail, if the last word begins like that. */
static void
offer(const struct completion *c, const char *head, const char *name,
    const char *tail)
{
	char	candidate[WORD_SIZE];
	int	n;

	n = snprintf(candidate, sizeof(candidate), "%s%s%s", head, name, tail);
	if (n > 0 && (size_t)n < sizeof(candidate) &&
	    strncmp(candidate, c->word, strlen(c->word)) == 0)
		c->found(c->arg, candidate);
}

/* The names in a JSON object, or in a list of names or of named objects. */
static void
offer_names(const struct completion *c, const char *head,
    struct json_object *names, const char *tail)
{
	struct json_object	*item, *name;
	size_t			 i;

	if (json_object_is_type(names, json_type_object)) {
		json_object_object_foreach(names, key, value) {
			(void)value;
			offer(c, head, key, tail);
		}
		return;
	}
	if (!json_object_is_type(names, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(names); i++) {
		item = json_object_array_get_idx(names, i);
		if (json_object_is_type(item, json_type_object) &&
		    json_object_object_get_ex(item, "name", &name))
			item = name;
		if (json_object_is_type(item, json_type_string))
			offer(c, head, json_object_get_string(item), tail);
	}
}

static struct json_object *
models_of(const struct completion *c)
{
	struct json_object	*models;

	if (json_object_object_get_ex(c->described, "models", &models))
		return models;
	return NULL;
}

static struct json_object *
model_of(const struct completion *c)
{
	struct json_object	*models = models_of(c), *item, *name;
	size_t			 i;

	if (json_object_is_type(models, json_type_object) &&
	    json_object_object_get_ex(models, c->model, &item))
		return item;
	if (!json_object_is_type(models, json_type_array))
		return NULL;
	for (i = 0; i < json_object_array_length(models); i++) {
		item = json_object_array_get_idx(models, i);
		if (json_object_is_type(item, json_type_object) &&
		    json_object_object_get_ex(item, "name", &name) &&
		    json_object_is_type(name, json_type_string) &&
		    strcmp(json_object_get_string(name), c->model) == 0)
			return item;
	}
	return NULL;
}

static void
offer_parts(const struct completion *c, const char *head,
    const char *const *parts, const char *tail)
{
	struct json_object	*model = model_of(c), *names;

	for (; model != NULL && *parts != NULL; parts++)
		if (json_object_object_get_ex(model, *parts, &names))
			offer_names(c, head, names, tail);
}

static void
offer_methods(const struct completion *c)
{
	const struct word_method	*m;

	for (m = word_methods; m->name != NULL; m++)
		offer(c, "", m->name, "");
	offer(c, "", "help", "");
	offer(c, "", "quit", "");
}

/* What a word in the place of this parameter could be. */
static void
offer_parameter(const struct completion *c, const char *head,
    const char *name)
{
	if (strcmp(name, "model") == 0)
		offer_names(c, head, models_of(c), "");
	else if (strcmp(name, "attribute") == 0)
		offer_parts(c, head, collection_part, "");
}

static void
offer_keys(const struct completion *c)
{
	const struct word_method	*m = c->row;
	char				 head[NAME_SIZE];
	int				 i;

	/* The short form: attributes stand by themselves. */
	if (c->bare > 0) {
		if (m->object != NULL)
			offer_parts(c, "", every_part, "=");
		return;
	}
	/* The long form is not what most want: it has to be begun. */
	if (c->words == 1 && c->word[0] == '\0')
		return;
	for (i = 0; i < WORDS_ORDER && m->order[i] != NULL; i++)
		offer(c, "", m->order[i], "=");
	if (m->items != NULL)
		offer(c, "", m->items, "=");
	if (m->object != NULL) {
		snprintf(head, sizeof(head), "%s.", m->object);
		offer_parts(c, head, every_part, "=");
	}
}

static void
offer_words(const struct completion *c)
{
	const char	*equals = strchr(c->word, '=');
	char		 head[NAME_SIZE], name[NAME_SIZE];
	size_t		 i;

	if (c->word[0] == ':') {
		for (i = 0; parameters[i] != NULL; i++)
			offer(c, ":", parameters[i], "=");
		return;
	}
	if (equals != NULL) {
		i = (size_t)(equals - c->word);
		if (i + 1 >= sizeof(head))
			return;
		snprintf(head, sizeof(head), "%.*s=", (int)i, c->word);
		snprintf(name, sizeof(name), "%.*s", (int)i, c->word);
		offer_parameter(c, head, name);
		return;
	}
	/* Behind a pair, and nothing bare, it is the long form. */
	if ((c->bare > 0 || c->words == 1) && c->bare < WORDS_ORDER &&
	    c->row->order[c->bare] != NULL)
		offer_parameter(c, "", c->row->order[c->bare]);
	offer_keys(c);
}

/* Takes in one whole word before the last. */
static void
word_see(struct completion *c, const char *word, size_t n)
{
	char	copy[NAME_SIZE];

	if (n >= sizeof(copy))
		n = sizeof(copy) - 1;
	memcpy(copy, word, n);
	copy[n] = '\0';
	if (c->words++ == 0)
		c->row = word_method_find(copy);
	else if (strncmp(copy, "model=", 6) == 0)
		memmove(c->model, copy + 6, strlen(copy + 6) + 1);
	else if (strchr(copy, '=') == NULL && c->bare++ == 0)
		memcpy(c->model, copy, n + 1);
}

void
complete_line(struct json_object *described, const char *line,
    void (*found)(void *arg, const char *word), void *arg)
{
	struct completion	c = { .described = described, .found = found,
				    .arg = arg };
	size_t			n;

	for (;;) {
		line += strspn(line, " \t");
		n = strcspn(line, " \t");
		if (line[n] == '\0')
			break;
		word_see(&c, line, n);
		line += n;
	}
	c.word = line;
	if (c.words == 0)
		offer_methods(&c);
	else if (c.row != NULL)
		offer_words(&c);
}
