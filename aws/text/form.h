/* SPDX-License-Identifier: Apache-2.0 */
/*
 * application/x-www-form-urlencoded as signatures want it: every byte but
 * A-Za-z0-9-_.~ is %XX, a blank too.
 */
#ifndef AWS_TEXT_FORM_H
#define AWS_TEXT_FORM_H

#include "base/buf.h"

/* Appends NAME=VALUE, behind an & where b is not empty. */
void form_put(struct buf *b, const char *name, const char *value);

#endif
