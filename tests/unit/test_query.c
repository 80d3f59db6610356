/*
 * find, count, and get by unique columns: pages by keyset, with nulls, in both
 * directions.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "plan_talk.h"

int
main(void)
{
	static const char *const	files[] = {
		"unit/plan/query.talk", NULL
	};

	return talk_main(files, NULL, 0);
}
