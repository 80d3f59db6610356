#ifndef ORMD_REPLY_H
#define ORMD_REPLY_H

#include "libormd.h"

/*
 * Inside libormd: a line of the server becomes a reply.  n bytes without LF
 * are copied; NULL with *err filled when they are no JSON-RPC message.
 */
struct ormd_reply *ormd_reply_new(const char *line, size_t n,
	    struct json_tokener *, struct ormd_error *);

#endif
