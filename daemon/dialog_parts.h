#ifndef ORMD_DIALOG_PARTS_H
#define ORMD_DIALOG_PARTS_H

#include "dialog.h"
#include "line.h"

/* The inside of a dialog: dialog.c has lines, dialog_calls.c their calls. */

/* Decodes the calls of a line that was appended, and has them wait or run. */
void	line_decode(struct line *, const struct rpc_message *);
/* Counts what the line costs now. */
void	line_charge(struct line *);
/* It is answered, or will not be asked any more. */
void	exchange_end(struct exchange *);

#endif
