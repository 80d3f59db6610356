/*
 * Rows as text, for tests that need a database and have none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "found_kit.h"

static const char	letters[] = "ET-CKFX";

enum { ROW_LONGEST = 512 };

static void
take_row(struct found *f, const char *text)
{
	char		 copy[ROW_LONGEST], *p = copy;
	const char	*row[FOUND_COLUMNS_MOST] = { NULL };
	size_t		 query = (size_t)(strchr(letters, *text) - letters);
	int		 n = 0;

	snprintf(copy, sizeof(copy), "%s", text + 2);
	for (p = copy; p != NULL; n++) {
		row[n] = strsep(&p, "|");
		if (strcmp(row[n], "~") == 0)
			row[n] = NULL;
	}
	if (n != found_queries[query].ncolumns)
		fail_msg("%d columns, not %d: %s", n,
		    found_queries[query].ncolumns, text);
	if (found_take(f, (enum found_query)query, row) == -1)
		fail_msg("not taken: %s", text);
}

void
found_kit(struct found *f, const char *const *rows)
{
	size_t	query;
	int	i;

	found_init(f);
	/* In the order of the queries, whatever that of the test is. */
	for (query = 0; query < FOUND_QUERIES; query++)
		for (i = 0; rows[i] != NULL; i++)
			if (rows[i][0] == letters[query])
				take_row(f, rows[i]);
	assert_int_equal(found_finish(f), 0);
}
