/*
 * Facts of units of work: which statements fetch them for all units, in which
 * order, and under which locks; keys that are drawn ahead.
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
	static const char *const	files[] = { "unit/plan/gather.talk",
					    NULL };

	return talk_main(files, NULL, 0);
}
