#ifndef ORMD_PLAN_SEAL_H
#define ORMD_PLAN_SEAL_H

#include "seal.h"

/* One without a key, so that the same rows have the same token everywhere. */
extern const struct plan_seal	plan_seal;

#endif
