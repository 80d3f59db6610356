/*
 * Rules per row: what callers of each class see, each with rows of their own
 * though they share a statement.
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
	static const char *const	files[] = { "unit/plan/access.talk", NULL };

	return talk_main(files, NULL, 0);
}
