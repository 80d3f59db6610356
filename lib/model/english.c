/*
 * A small set of honest rules for English number, and the words that follow
 * none (english.def).  Called where names are made from the names of tables:
 * by inspect.  It refuses nothing; a name in another language may come out
 * odd, and people change it.
 */
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "english.h"

enum { WORD_LONGEST = 63 };	/* a longer one is no word */

/* Words that have both numbers, and those that have one. */
static const struct word {
	const char	*one;
	const char	*many;
	bool		 at_end;	/* of a longer word too */
} words[] = {
#define ONE(one, many)	{ #one, #many, false },
#define ANY(one, many)	{ #one, #many, true },
#define SAME(word)	{ #word, #word, false },
#include "english.def"
#undef ONE
#undef ANY
#undef SAME
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

/* How many bytes to cut off a word, and what to put in their place. */
struct change {
	size_t		 cut;
	const char	*add;
};

static const struct change unchanged = { 0, "" };

/* What is not ASCII counts as a small letter. */
static bool
is_letter(char c)
{
	return isalpha((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Where the last word of a name begins; its end if that is no letter. */
static const char *
last_word(const char *name)
{
	const char	*end = name + strlen(name), *p = end;
	bool		 upper;

	if (p == name || !is_letter(p[-1]))
		return end;
	upper = isupper((unsigned char)p[-1]) != 0;
	while (p > name && is_letter(p[-1])) {
		p--;
		/* A hump: OrderDetails. */
		if (!upper && isupper((unsigned char)*p))
			break;
	}
	return p;
}

static bool
ends(const char *word, const char *with)
{
	size_t	n = strlen(word), m = strlen(with);

	return n >= m && strcmp(word + n - m, with) == 0;
}

static bool
is_word(const char *word, const char *known, bool at_end)
{
	return at_end ? ends(word, known) : strcmp(word, known) == 0;
}

/* The irregular change of this word to the other number; false: none. */
static bool
irregular(const char *word, bool to_many, struct change *change)
{
	const char	*from, *to;
	size_t		 same;
	int		 pass, i;

	/* What has the number already stays, before others are looked at. */
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < WORDS; i++) {
			from = to_many ? words[i].one : words[i].many;
			to = to_many ? words[i].many : words[i].one;
			if (!is_word(word, pass == 0 ? to : from,
			    words[i].at_end))
				continue;
			if (pass == 0) {
				*change = unchanged;
				return true;
			}
			for (same = 0; from[same] != '\0' &&
			    from[same] == to[same]; same++)
				;
			change->cut = strlen(from) - same;
			change->add = to + same;
			return true;
		}
	return false;
}

static bool
is_vowel(char c)
{
	return strchr("aeiou", c) != NULL;
}

static struct change
to_singular(const char *w)
{
	size_t		n = strlen(w);
	struct change	change = unchanged;

	if (irregular(w, false, &change) || n < 3 || !ends(w, "s") ||
	    ends(w, "ss") || ends(w, "us") || ends(w, "is"))
		return change;
	if (ends(w, "ies") && n > 4)
		return (struct change){ 3, "y" };
	if (ends(w, "sses") || ends(w, "shes") || ends(w, "ches") ||
	    ends(w, "xes") || ends(w, "zzes") || ends(w, "oes"))
		return (struct change){ 2, "" };
	return (struct change){ 1, "" };
}

static struct change
to_plural(const char *w)
{
	size_t		n = strlen(w);
	struct change	change = unchanged;

	if (irregular(w, true, &change))
		return change;
	change = to_singular(w);
	if (change.cut > 0)
		return unchanged;	/* it is one */
	if (n > 1 && ends(w, "y") && !is_vowel(w[n - 2]))
		return (struct change){ 1, "ies" };
	if (ends(w, "s") || ends(w, "x") || ends(w, "z") || ends(w, "ch") ||
	    ends(w, "sh"))
		return (struct change){ 0, "es" };
	return (struct change){ 0, "s" };
}

static const char *
with_change(struct arena *a, const char *name, struct change change,
    bool upper)
{
	size_t	n = strlen(name) - change.cut, i;
	char	*to = arena_printf(a, "%.*s%s", (int)n, name, change.add);

	for (i = n; upper && to != NULL && to[i] != '\0'; i++)
		to[i] = (char)toupper((unsigned char)to[i]);
	return to;
}

static const char *
renumber(struct arena *a, const char *name, bool to_many)
{
	const char	*last = last_word(name);
	char		 word[WORD_LONGEST + 1];
	size_t		 n = strlen(last), i;
	bool		 upper = n > 1;

	if (n == 0 || n > WORD_LONGEST)
		return arena_strdup(a, name);
	for (i = 0; i <= n; i++) {
		word[i] = (char)tolower((unsigned char)last[i]);
		upper = upper && !islower((unsigned char)last[i]);
	}
	return with_change(a, name, to_many ? to_plural(word) :
	    to_singular(word), upper);
}

const char *
english_singular(struct arena *a, const char *name)
{
	return renumber(a, name, false);
}

const char *
english_plural(struct arena *a, const char *name)
{
	return renumber(a, name, true);
}
