/*
 * Answers that are made up: keys in another order, rows that are not there any
 * more, rows that nobody asked for.
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
	static const char *const	files[] = { "unit/plan/odd.talk",
					    NULL };

	return talk_main(files, NULL, 0);
}
