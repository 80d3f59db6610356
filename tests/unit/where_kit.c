/*
 * Conditions as SQL, and refusals, from tables of examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "where_kit.h"

const char *
count_of(struct plan_kit *k, const char *model, const char *where)
{
	const char	*params = arena_printf(&k->keep,
			    "{'model': '%s', 'where': %s}", model, where);

	assert_non_null(params);
	return params;
}

void
conditions(const char *file, const char *model, const struct example *rows,
    size_t n)
{
	struct plan_kit			 k;
	const struct condition		*c;
	struct buf			 b;
	const char			*params;
	size_t				 i, wrong = 0;

	plan_open_named(&k, file);
	for (i = 0; i < n; i++) {
		c = plan_call(&k, "count", count_of(&k, model,
		    rows[i].where))->ops.v[0]->where;
		assert_non_null(c);
		buf_init(&b, 0);
		plan_params(&b, "", c->params.v, c->params.n);
		params = b.n > 0 ? plan_text(&k, &b) : "";
		if (strcmp(c->sql, rows[i].sql) == 0 &&
		    strcmp(params, rows[i].params) == 0)
			continue;
		print_error("%s\n is %s\n%s", rows[i].where, c->sql, params);
		wrong++;
	}
	plan_close(&k);
	assert_int_equal(wrong, 0);
}

void
refusals(const char *file, const struct refusal *r, size_t n)
{
	struct plan_kit	k;
	size_t		i, wrong = 0;

	plan_open_named(&k, file);
	for (i = 0; i < n; i++)
		wrong += !plan_refused(&k, "count", count_of(&k, r[i].model,
		    r[i].where), r[i].kind, r[i].path, r[i].hint);
	plan_close(&k);
	assert_int_equal(wrong, 0);
}
