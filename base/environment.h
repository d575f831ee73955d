/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables of the environment that libraries obey, none of which a person has
 * to set for what our programs do, and of which some write keys or traffic
 * into a file, name code to be loaded, or say where a name leads.
 */
#ifndef BASE_ENVIRONMENT_H
#define BASE_ENVIRONMENT_H

#include <stddef.h>

/* What is taken out of the environment before any library is used. */
struct environment_row {
	const char *library;
	const char *names; /* with blanks between them; one with * at its end is
	                      all that begin so */
};

/* Ends with a NULL library. */
extern const struct environment_row environment_rows[];

/*
 * Unsets them all; where this process runs with other rights than who started
 * it (AT_SECURE, other ids), everything but TERM. Before main starts any
 * library, and before anything is started that inherits.
 */
void environment_clean(void);

#endif
