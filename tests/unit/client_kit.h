#ifndef CLIENT_KIT_H
#define CLIENT_KIT_H

#include <stdio.h>

/*
 * A server for the tests of libormd and ormctl: a thread that accepts one
 * connection after the other on a port of 127.0.0.1, or on a Unix socket, and
 * lets serve(in, out, arg) be the server until it returns.
 */
struct kit;

typedef void kit_serve(FILE *in, FILE *out, void *arg);

struct kit *kit_start(const char *unix_path, kit_serve *serve, void *arg);
/* As for ormd_connect(); the kit's. */
const char *kit_where(const struct kit *);
/* Once all its clients have closed. */
void	kit_stop(struct kit *);

/* Answers each line: to `ping' {}, to `echo' its params, else an error. */
void	kit_answer(FILE *in, FILE *out, void *arg);

#endif
