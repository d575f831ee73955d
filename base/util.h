/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that the whole project uses: cleanup on leaving a scope, handing over
 * ownership, array length.
 *
 * A type `x` has a pair x_new/x_free (heap) or x_init/x_done (embedded).
 * Both ends accept NULL and half-built objects, wipe and null, so that each is
 * its own handler for CLEANUP().
 */
#ifndef BASE_UTIL_H
#define BASE_UTIL_H

#include <stdbool.h>
#include <stddef.h>

#define CLEANUP(function) __attribute__((cleanup(function)))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Takes the value of a pointer out of a variable that cleans it up. */
#define steal(pp)                                                              \
	__extension__({                                                        \
		__typeof__(*(pp)) stolen_ = *(pp);                             \
		*(pp) = NULL;                                                  \
		stolen_;                                                       \
	})

/* CLEANUP handler of a plain malloc()ed block: frees, nulls. */
void free_p(void *pp);
/* CLEANUP handler of a malloc()ed string that is secret: wipes, frees, nulls. */
void free_wiped_p(char **pp);
/* CLEANUP handler of a file descriptor: closes 0 and above, sets -1. */
void close_p(int *fd);

/* Overwrites memory in a way that the compiler does not remove. */
void wipe(void *p, size_t n);

#endif
