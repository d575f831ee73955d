/* SPDX-License-Identifier: Apache-2.0 */
/* libfido2's codes as errors. */
#ifndef TOKEN_FIDO_IO_FAILURE_H
#define TOKEN_FIDO_IO_FAILURE_H

#include "base/error.h"

/*
 * Sets and returns the error that a code of libfido2 (FIDO_ERR_*) stands for:
 * the codes on which somebody acts, else ERROR_FAILED. `what` was being done.
 */
int failure_set(int code, const char *what, struct error *err);

#endif
