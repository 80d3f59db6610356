#ifndef ORMD_DIALOG_PARTS_H
#define ORMD_DIALOG_PARTS_H

#include "dialog.h"
#include "line.h"

/*
 * The inside of a dialog: dialog.c has lines, dialog_calls.c their calls,
 * dialog_stream.c what is different with a stream.
 */

/* Decodes the calls of a line that was appended, and has them wait or run. */
void	line_decode(struct line *, const struct rpc_message *);
/* Counts what the line costs now. */
void	line_charge(struct line *);
/* It is answered, or will not be asked any more. */
void	exchange_end(struct exchange *);
/*
 * Whether the login is as it was found lately.  False: it is being looked at,
 * and dialog_start() follows.
 */
bool	dialog_knows(struct dialog *);

/* May this call be a stream?  0, or -1 with err. */
int	stream_allowed(const struct exchange *, struct error *);
/* The request's: it has lines to send. */
void	stream_paused(struct request *);
/* A stream that waits goes on, or ends, when there is room for more. */
void	stream_go_on(struct dialog *);
/* Who asks could not be found out; a stream that waits for it ends so. */
void	stream_fail_unknown(struct dialog *, const struct error *);

#endif
