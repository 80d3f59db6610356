#ifndef ORMD_SCAN_NUMBER_H
#define ORMD_SCAN_NUMBER_H

/* Numbers of JSON, for scan.c only. */
enum number_found {
	NUMBER_FITS,
	NUMBER_BROKEN,		/* not JSON; *p is where */
	NUMBER_INTEGER_RANGE,	/* JSON, but no int64 */
	NUMBER_DOUBLE_RANGE	/* JSON, but beyond the largest double */
};

/*
 * *p is at the first character, and then behind the last one.  *why is a text
 * for the client, unless it fits.
 */
enum number_found number_check(const unsigned char **p,
	    const unsigned char *end, const char **why);

#endif
