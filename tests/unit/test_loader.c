/*
 * Loading what a shape needs: children with their parents, each key once,
 * circles, proxies, composite keys, secondary tables.
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
		"unit/plan/loader.talk", NULL
	};

	return talk_main(files, NULL, 0);
}
