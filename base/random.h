/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's random bytes (getrandom(2)). */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/error.h"

#include <stddef.h>

/*
 * n of them, at most 256, which the kernel gives all at once. It waits for the
 * kernel to have any, which is so before the first program of a system that
 * has started before. ERROR_FAILED where the kernel refuses.
 *
 * OpenSSL's own generator would be seeded by the same call; making it costs a
 * process more than all that `list` does.
 */
int random_bytes(void *ret, size_t n, struct error *err);

#endif
