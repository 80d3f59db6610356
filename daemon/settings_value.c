/*
 * Values of the configuration, text to number and back.  Called by settings.c.
 * It refuses numbers that do not fit 64 bits, and times without a unit: 5 could
 * be meant as seconds or as milliseconds.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "settings_value.h"

static const char *const levels[] = { "error", "warning", "info", "debug",
	NULL };

/* Units, the largest first: printing takes the first that divides evenly. */
struct unit_row {
	const char	*name;
	int64_t		 factor;
};

static const struct unit_row size_units[] = {
	{ "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 },
	{ "GB", 1000000000 }, { "MB", 1000000 }, { "kB", 1000 }, { "B", 1 },
	{ NULL, 0 }
};

static const struct unit_row time_units[] = {
	{ "h", 3600000000 }, { "min", 60000000 }, { "s", 1000000 },
	{ "ms", 1000 }, { "us", 1 }, { NULL, 0 }
};

void
setting_write(enum setting_type type, int64_t n, char *to, size_t size)
{
	const struct unit_row	*unit = NULL;

	switch (type) {
	case SETTING_SIZE:
		unit = size_units;
		break;
	case SETTING_TIME:
		unit = time_units;
		break;
	case SETTING_MODE:
		snprintf(to, size, "%04llo", (unsigned long long)n);
		return;
	case SETTING_BOOL:
		snprintf(to, size, "%s", n != 0 ? "on" : "off");
		return;
	case SETTING_LEVEL:
		snprintf(to, size, "%s", levels[n]);
		return;
	case SETTING_INT:
	case SETTING_STRING:
	case SETTING_LIST:
		break;
	}
	while (unit != NULL && unit->name != NULL && n % unit->factor != 0)
		unit++;
	snprintf(to, size, "%lld%s",
	    (long long)(unit == NULL ? n : n / unit->factor),
	    unit == NULL ? "" : unit->name);
}

const char *
setting_wanted(enum setting_type type)
{
	static const char *const wanted[] = {
		[SETTING_BOOL] = "say on or off",
		[SETTING_INT] = "say a whole number",
		[SETTING_SIZE] = "say a size such as 64KiB or 1MiB",
		[SETTING_TIME] = "say a time such as 500ms or 2s",
		[SETTING_MODE] = "say an octal mode such as 0660",
		[SETTING_LEVEL] = "say error, warning, info or debug"
	};

	return wanted[type];
}

static int
word_find(const char *value, const char *const *words)
{
	int	i;

	for (i = 0; words[i] != NULL; i++)
		if (strcasecmp(value, words[i]) == 0)
			return i;
	return -1;
}

bool
setting_read(enum setting_type type, const char *value, int64_t *n)
{
	static const char *const words[] = { "off", "on", "no", "yes", "false",
	    "true", "0", "1", NULL };
	const struct unit_row	*unit;
	char			*end;
	int			 word;

	if (type == SETTING_BOOL || type == SETTING_LEVEL) {
		word = word_find(value,
		    type == SETTING_BOOL ? words : levels);
		*n = type == SETTING_BOOL ? word & 1 : word;
		return word != -1;
	}
	if (!isdigit((unsigned char)*value))
		return false;
	errno = 0;
	*n = strtoll(value, &end, type == SETTING_MODE ? 8 : 10);
	if (errno != 0)
		return false;
	while (isspace((unsigned char)*end))
		end++;
	if (type == SETTING_SIZE && *end == '\0')
		return true;
	if (type != SETTING_SIZE && type != SETTING_TIME)
		return *end == '\0';
	unit = type == SETTING_SIZE ? size_units : time_units;
	for (; unit->name != NULL; unit++)
		if (strcasecmp(end, unit->name) == 0)
			return !__builtin_mul_overflow(*n, unit->factor, n);
	return false;
}
