/*
 * Names for models and attributes, made from those of tables and columns.
 * Called by inspect.  The rules look at one name at a time; which of two
 * things that would have the same name gets it is the caller's to say.
 */
#include <ctype.h>
#include <string.h>

#include "english.h"
#include "name.h"
#include "utf8.h"
#include "wording.h"

enum { LATIN_LEAD = 0xc3, LATIN_CASE = 0x20 };	/* U+00C0 to U+00FF */

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* The byte behind LATIN_LEAD as a capital letter, where it is a small one. */
static unsigned char
latin_upper(unsigned char c)
{
	return c >= 0xa0 && c <= 0xbe && c != 0xb7 ? c - LATIN_CASE : c;
}

static unsigned char
latin_lower(unsigned char c)
{
	return c >= 0x80 && c <= 0x9e && c != 0x97 ? c + LATIN_CASE : c;
}

static bool
has_lower(const char *p, size_t n)
{
	for (; n > 0; n--, p++)
		if (islower((unsigned char)*p))
			return true;
	return false;
}

/* Small letters, in place. */
static void
lower(char *p, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		if (i > 0 && (unsigned char)p[i - 1] == LATIN_LEAD)
			p[i] = (char)latin_lower((unsigned char)p[i]);
		else
			p[i] = (char)tolower((unsigned char)p[i]);
	}
}

const char *
wording_clip(struct arena *a, const char *name)
{
	size_t	n = strlen(name);

	if (n <= NAME_MOST)
		return name;
	return arena_strndup(a, name, utf8_check(name, NAME_MOST));
}

const char *
wording_model(struct arena *a, const char *table)
{
	const char	*name = english_singular(a, table);
	char		*to;
	size_t		 n, i, out = 0;

	if (name == NULL || (to = arena_strdup(a, name)) == NULL)
		return NULL;
	while (*name != '\0') {
		for (n = 0; is_word(name[n]); n++)
			;
		memmove(to + out, name, n);
		if (n > 1 && !has_lower(name, n))
			lower(to + out, n);
		to[out] = (char)toupper((unsigned char)to[out]);
		if (n > 1 && (unsigned char)to[out] == LATIN_LEAD)
			to[out + 1] = (char)latin_upper(
			    (unsigned char)to[out + 1]);
		out += n;
		for (i = n; name[i] != '\0' && !is_word(name[i]); i++)
			;
		name += i;
	}
	to[out] = '\0';
	return wording_clip(a, out == 0 ? "Table" : to);
}

const char *
wording_attribute(struct arena *a, const char *table)
{
	char	*to = arena_strdup(a, table), *p;

	if (to == NULL)
		return NULL;
	for (p = to; *p != '\0'; p++)
		if (!is_word(*p))
			*p = '_';
	if (!has_lower(to, strlen(to)))
		lower(to, strlen(to));
	return *to == '\0' ? "table" : to;
}

bool
wording_same(const char *a, const char *b)
{
	for (;; a++, b++) {
		while (*a == '_')
			a++;
		while (*b == '_')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
	}
}

/* How many bytes at the end of the column say that it is a key; 0: none. */
static size_t
key_suffix(const char *column, const char *key)
{
	static const char *const	words[] = { "id", "fk", "uuid", "guid",
					    "uid", "pk", "key", NULL };
	const char			*last = strrchr(key, '_');
	size_t				n = strlen(column), m, i;

	for (i = 0; words[i] != NULL; i++) {
		m = strlen(words[i]);
		if (n < m || strcasecmp(column + n - m, words[i]) != 0)
			continue;
		if (n == m)
			return n;
		if (column[n - m - 1] == '_')
			return m + 1;
		/* A hump: authorId, authorID. */
		if (isupper((unsigned char)column[n - m]) &&
		    islower((unsigned char)column[n - m - 1]))
			return m;
	}
	/* author_isbn for isbn, birth_country_code for country_code. */
	last = last == NULL ? key : last + 1;
	m = strlen(last);
	return n > m + 1 && column[n - m - 1] == '_' &&
	    strcasecmp(column + n - m, last) == 0 ? m + 1 : 0;
}

const char *
wording_reference(struct arena *a, const char *column, const char *key,
    const char *table)
{
	size_t		n = strlen(column), m = strlen(key), cut;
	const char	*one, *many, *stem;

	if (strncasecmp(column, "id_", 3) == 0 ||
	    strncasecmp(column, "fk_", 3) == 0)
		return wording_reference(a, column + 3, key, table);
	if ((cut = key_suffix(column, key)) > 0)
		return arena_strndup(a, column, n - cut);
	/* customerid: the key's or the table's name tells where it ends. */
	if (n <= 2 || strcasecmp(column + n - 2, "id") != 0)
		return column;
	if (m > 2 && strcasecmp(key + m - 2, "id") == 0 &&
	    key_suffix(key, "") == 0)
		return arena_strndup(a, column, n - 2);
	one = english_singular(a, table);
	many = english_plural(a, table);
	stem = arena_strndup(a, column, n - 2);
	if (one == NULL || many == NULL || stem == NULL)
		return NULL;
	return wording_same(stem, one) || wording_same(stem, many) ? stem :
	    column;
}

/*
 * The next word of a name in small letters; its length, 0 at the end.  Words
 * are parted by humps and by whatever is no letter.
 */
static size_t
next_word(const char **name, char *to, size_t size)
{
	const char	*p = *name;
	size_t		 n = 0;

	while (*p != '\0' && !isalpha((unsigned char)*p))
		p++;
	while (isalpha((unsigned char)*p)) {
		if (n > 0 && isupper((unsigned char)*p) &&
		    islower((unsigned char)p[-1]))
			break;
		if (n + 1 < size)
			to[n++] = (char)tolower((unsigned char)*p);
		p++;
	}
	to[n] = '\0';
	*name = p;
	return n;
}

static bool
is_one_of(const char *word, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

bool
wording_is_secret(const char *column)
{
	static const char *const	secret[] = { "password", "passwords",
	    "passwd", "passwort", "pwd", "passphrase", "passcode", "secret",
	    "secrets", "token", "tokens", "salt", "hash", "hashes", "digest",
	    "credential", "credentials", "otp", "totp", "pin", "cvv", "cvc",
	    "apikey", "ssn", NULL };
	static const char *const	key_of[] = { "api", "private", "access",
	    "encryption", "signing", "recovery", "backup", "security", NULL };
	static const char *const	key[] = { "key", "keys", "code",
	    "codes", "answer", NULL };
	/* At the end, these say that it is about a secret and not one. */
	static const char *const	about[] = { "id", "type", "kind",
	    "algorithm", "count", "length", "size", NULL };
	char				 word[NAME_MOST + 1];
	char				 last[NAME_MOST + 1];
	bool				 found = false, before = false;

	*last = '\0';
	while (next_word(&column, word, sizeof(word)) > 0) {
		found = found || is_one_of(word, secret) ||
		    (before && is_one_of(word, key)) ||
		    strstr(word, "password") != NULL;
		before = is_one_of(word, key_of);
		memcpy(last, word, sizeof(last));
	}
	return found && !is_one_of(last, about);
}

bool
wording_is_attribute(const char *name)
{
	static const char *const	taken[] = { "and", "or", "not", NULL };

	return *name != '\0' && *name != '$' && *name != '-' &&
	    strchr(name, '.') == NULL && strlen(name) <= NAME_MOST &&
	    !is_one_of(name, taken);
}
