/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What names a thing: an id, 16 random bytes in lower-case hex, unique without
 * asking anybody; or the SHA-256 of its bytes.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/error.h"

#include <stdbool.h>

#define ID_LEN 33 /* 32 hex digits and a NUL */
#define SHA256_LEN 32 /* bytes */

/* A new one. ERROR_FAILED where the kernel gives no randomness. */
int id_new(char ret[ID_LEN], struct error *err);

/* Whether s is exactly 32 lower-case hex digits. */
bool id_is_valid(const char *s);

#endif
