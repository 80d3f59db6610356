#ifndef ORMD_SETTINGS_VALUE_H
#define ORMD_SETTINGS_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How the values of settings.def are written.  settings.c calls this; sizes
 * are bytes, times microseconds, a level is its enum, on is 1.
 */
enum setting_type { SETTING_BOOL, SETTING_INT, SETTING_SIZE, SETTING_TIME,
	SETTING_MODE, SETTING_STRING, SETTING_LEVEL, SETTING_LIST };

/* False: that is no value of this type (which is not STRING or LIST). */
bool	setting_read(enum setting_type, const char *value, int64_t *n);
/* With the largest unit that leaves a whole number. */
void	setting_write(enum setting_type, int64_t n, char *to, size_t size);
/* "say a time such as ...", for a hint. */
const char *setting_wanted(enum setting_type);

#endif
