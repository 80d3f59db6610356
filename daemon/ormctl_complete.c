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
	"after", "before", "count", "deadline_ms", "functions", "group_by",
	"having", "key", "limit", "load", "only", "order_by", "return",
	"rules", "stream", "version", NULL
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

/* The member of that name, if it is an object; else NULL. */
static struct json_object *
object_in(struct json_object *in, const char *name)
{
	struct json_object	*o;

	return json_object_is_type(in, json_type_object) &&
	    json_object_object_get_ex(in, name, &o) &&
	    json_object_is_type(o, json_type_object) ? o : NULL;
}

static void
offer_models(const struct completion *c, const char *head)
{
	struct json_object	*models = object_in(c->described, "models");

	if (models == NULL)
		return;
	json_object_object_foreach(models, name, model) {
		(void)model;
		offer(c, head, name, "");
	}
}

static bool
is_list(struct json_object *attribute)
{
	struct json_object	*list;

	return json_object_is_type(attribute, json_type_object) &&
	    json_object_object_get_ex(attribute, "list", &list) &&
	    json_object_get_boolean(list);
}

/* The attributes of the model that was named; or only its collections. */
static void
offer_attributes(const struct completion *c, const char *head,
    const char *tail, bool collections)
{
	struct json_object	*attributes;

	attributes = object_in(object_in(object_in(c->described, "models"),
	    c->model), "attributes");
	if (attributes == NULL)
		return;
	json_object_object_foreach(attributes, name, attribute)
		if (!collections || is_list(attribute))
			offer(c, head, name, tail);
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
		offer_models(c, head);
	else if (strcmp(name, "attribute") == 0)
		offer_attributes(c, head, "", true);
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
			offer_attributes(c, "", "=", false);
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
		offer_attributes(c, head, "=", false);
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
