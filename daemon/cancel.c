/*
 * Cancel requests as errands.  Called by backend.  What the server makes of
 * one is seen on the connection itself, so the outcome of PQcancel() does not
 * matter here.
 */
#include <stdlib.h>

#include "cancel.h"

struct cancel {
	struct errand	 errand;	/* first: an errand is a cancel */
	PGcancel	*request;
	void		(*told)(void *, unsigned);
	void		*owner;
	unsigned	 number;
};

static void
cancel_run(struct errand *errand)
{
	struct cancel	*cancel = (struct cancel *)errand;
	char		 why[256];

	(void)PQcancel(cancel->request, why, sizeof(why));
}

static void
cancel_done(struct errand *errand)
{
	struct cancel	*cancel = (struct cancel *)errand;

	cancel->told(cancel->owner, cancel->number);
	PQfreeCancel(cancel->request);
	free(cancel);
}

int
cancel_send(struct errands *errands, PGconn *conn,
    void (*told)(void *, unsigned), void *owner, unsigned number)
{
	struct cancel	*cancel;

	if ((cancel = calloc(1, sizeof(*cancel))) == NULL)
		return -1;
	cancel->errand.run = cancel_run;
	cancel->errand.done = cancel_done;
	cancel->told = told;
	cancel->owner = owner;
	cancel->number = number;
	if ((cancel->request = PQgetCancel(conn)) != NULL &&
	    errands_send(errands, &cancel->errand) == 0)
		return 0;
	PQfreeCancel(cancel->request);
	free(cancel);
	return -1;
}
