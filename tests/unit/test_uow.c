/*
 * The rules of what relationships do (semantics.md), each case named by its
 * rule: what a unit of work writes, in which order, and what it refuses.
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
	static const char *const	files[] = { "unit/plan/uow.talk",
					    NULL };

	return talk_main(files, NULL, 0);
}
