#ifndef ORMD_LOGINS_PARTS_H
#define ORMD_LOGINS_PARTS_H

#include "logins.h"

/*
 * Between logins.c, which logs in and out, and who_check.c, which looks again.
 */

/* Statements of logins are not for rules to hide rows from. */
extern const struct caller	login_caller;

/*
 * Every connection keeps its user's key and login.  Who has a longer one, or no
 * login any more, is nobody here.
 */
bool	login_is_somebody(const struct login_answer *);

#endif
