/*
 * Foreign keys in a model file.  Called by the second pass of registry_load()
 * when all uniques are known.  It refuses references to what is no key, keys
 * whose types differ (but for integers of two widths: see widen.c), and actions
 * that PostgreSQL does not have.
 */
#include <string.h>
#include <strings.h>

#include "load.h"
#include "name.h"

static int
take_action(struct loader *l, struct json *v, const char *name,
    enum fk_action *out, const struct path *path)
{
	static const char *const	 words[] = { "no action", "restrict",
					    "cascade", "set null",
					    "set default", NULL };
	struct path			 here = { path, name, 0 };
	const char			*word;
	int				 i, r;

	if ((r = json_take_string(v, name, &word, path, l->err)) != 1)
		return r;
	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(words[i], word) == 0) {
			*out = (enum fk_action)i;
			return 0;
		}
	refuse(l, ERROR_INVALID_VALUE, &here, "%s cannot be %s", name, word);
	return hint_words(l, word, words) == -1 && *l->err->hint == '\0' ?
	    hint(l, "cascade, set null, set default, restrict or no action") :
	    -1;
}

int
fk_deferral(struct loader *l, struct json *v, bool *deferrable,
    bool *deferred, const struct path *path)
{
	struct path	 here = { path, "initially", 0 };
	const char	*word = "immediate";
	int		 r;

	if ((r = json_take_bool(v, "deferrable", deferrable, path,
	    l->err)) == -1 ||
	    json_take_string(v, "initially", &word, path, l->err) == -1)
		return -1;
	if (strcasecmp(word, "immediate") != 0 &&
	    strcasecmp(word, "deferred") != 0) {
		refuse(l, ERROR_INVALID_VALUE, &here,
		    "initially is deferred or immediate, not %s", word);
		return -1;
	}
	*deferred = strcasecmp(word, "deferred") == 0;
	if (*deferred && r == 1 && !*deferrable)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "what is not deferrable cannot be deferred");
	if (*deferred)
		*deferrable = true;
	return 0;
}

/* Is there a key or unique over exactly these columns, in any order? */
static bool
is_key_of(const struct table *t, struct column *const *columns, size_t n)
{
	struct column *const	*key = t->key.v;
	size_t			 nkey = t->key.n, i, j, k;

	for (k = 0;; k++) {
		for (i = 0; nkey == n && i < n; i++) {
			for (j = 0; j < n && columns[j] != key[i]; j++)
				;
			if (j == n)
				break;
		}
		if (nkey == n && i == n)
			return true;
		if (k == t->uniques.n)
			return false;
		key = t->uniques.v[k]->columns.v;
		nkey = t->uniques.v[k]->columns.n;
	}
}

/* Checks and enters a foreign key whose columns and references are set. */
static int
add_fk(struct loader *l, struct foreign_key *fk, const struct path *path)
{
	struct column	*c, *to;
	size_t		 i;

	fk->target = fk->references.v[0]->table;
	for (i = 0; i < fk->columns.n; i++) {
		c = fk->columns.v[i];
		to = fk->references.v[i];
		if (to->table != fk->target)
			return refuse(l, ERROR_INVALID_VALUE, path,
			    "a foreign key leads to one table, not to %s and "
			    "%s", fk->target->name, to->table->name);
		if (!types_match(c->type, to->type) || c->element != NULL ||
		    to->element != NULL) {
			refuse(l, ERROR_INVALID_VALUE, path,
			    "%s is %s, but %s.%s is %s", c->name, c->sql_type,
			    to->table->name, to->name, to->sql_type);
			return hint(l, "give both the same type");
		}
		if (!c->nullable && (fk->on_delete == FK_SET_NULL ||
		    fk->on_update == FK_SET_NULL) &&
		    warn(l, path, "make it nullable, or choose another action",
		    "%s.%s cannot be set null, as its foreign key wants",
		    fk->table->name, c->name) == -1)
			return -1;
	}
	if (!is_key_of(fk->target, fk->references.v, fk->references.n)) {
		refuse(l, ERROR_INVALID_VALUE, path,
		    "%s.%s is no key of its table", fk->target->name,
		    fk->references.v[0]->name);
		return hint(l, "a foreign key leads to a primary key or to "
		    "unique columns");
	}
	fk->name = name_untaken(l->a, &l->constraints, fk->table,
	    fk->columns.v, fk->columns.n, "fkey");
	if (fk->name == NULL ||
	    vec_push(l->a, &fk->table->fks, fk) == -1 ||
	    vec_push(l->a, &fk->target->referrers, fk) == -1)
		return nomem(l);
	if (fk->columns.n == 1 && fk->columns.v[0]->fk == NULL)
		fk->columns.v[0]->fk = fk;
	return 0;
}

/* What a foreign key says beside its columns. */
static int
take_fk_options(struct loader *l, struct foreign_key *fk,
    struct json *v, const struct path *path)
{
	if (take_action(l, v, "on_delete", &fk->on_delete, path) == -1 ||
	    take_action(l, v, "on_update", &fk->on_update, path) == -1)
		return -1;
	return fk_deferral(l, v, &fk->deferrable, &fk->initially_deferred,
	    path);
}

/* "references" of a column. */
int
fk_reference(struct loader *l, struct column *c, struct json *v,
    const struct path *path)
{
	static const char *const	 beside[] = { "on_delete", "on_update",
					    "deferrable", "initially", NULL };
	struct path			 here = { path, "references", 0 };
	struct foreign_key		*fk;
	struct column			*to;
	const char			*word;
	int				 i, r;

	r = json_take_string(v, "references", &word, path, l->err);
	if (r == -1)
		return -1;
	if (r == 0) {
		for (i = 0; beside[i] != NULL; i++)
			if (json_member(v, beside[i]) != NULL) {
				here.key = beside[i];
				return refuse(l, ERROR_INVALID_VALUE, &here,
				    "%s needs references beside it",
				    beside[i]);
			}
		return 0;
	}
	if ((fk = arena_alloc(l->a, sizeof(*fk))) == NULL)
		return nomem(l);
	fk->table = c->table;
	fk->element = -1;
	if ((to = resolve_column(l, NULL, word, &here)) == NULL)
		return -1;
	if (vec_push(l->a, &fk->columns, c) == -1 ||
	    vec_push(l->a, &fk->references, to) == -1)
		return nomem(l);
	return take_fk_options(l, fk, v, path) == -1 ? -1 :
	    add_fk(l, fk, &here);
}

/* One element of "foreign_keys". */
int
fk_element(struct loader *l, struct table *t, struct json *v,
    const struct path *path)
{
	static const char *const	 allowed[] = { "columns", "references",
					    "on_delete", "on_update",
					    "deferrable", "initially", NULL };
	struct path			 here = { path, "references", 0 };
	struct foreign_key		*fk;
	struct column			**from, **to;
	size_t				 n, nto, i;

	if (!json_is_object(v))
		return refuse(l, ERROR_INVALID_VALUE, path,
		    "a foreign key is an object, not %s", json_kind(v));
	if ((fk = arena_alloc(l->a, sizeof(*fk))) == NULL)
		return nomem(l);
	fk->table = t;
	fk->element = path->index;
	if (json_allow(v, allowed, path, l->err) == -1 ||
	    resolve_member(l, t, v, "columns", &from, &n, path) == -1 ||
	    resolve_member(l, NULL, v, "references", &to, &nto, path) == -1 ||
	    take_fk_options(l, fk, v, path) == -1)
		return -1;
	if (n != nto)
		return refuse(l, ERROR_INVALID_VALUE, &here,
		    "%zu columns cannot refer to %zu", n, nto);
	for (i = 0; i < n; i++)
		if (vec_push(l->a, &fk->columns, from[i]) == -1 ||
		    vec_push(l->a, &fk->references, to[i]) == -1)
			return nomem(l);
	return add_fk(l, fk, &here);
}
