#ifndef ORMD_SCAN_NUMBER_H
#define ORMD_SCAN_NUMBER_H

/*
 * Numbers of JSON, for scan.c only.  *p is at the first character, and then
 * behind the last one.  -1: no number; *p is where, *why a text for the client.
 */
int	number_check(const unsigned char **p, const unsigned char *end,
	    const char **why);

#endif
