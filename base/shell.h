/* SPDX-License-Identifier: Apache-2.0 */
/* Words of commands that are printed for a person to paste into a shell. */
#ifndef BASE_SHELL_H
#define BASE_SHELL_H

#include "base/buf.h"

/*
 * The word as a POSIX shell reads it back, whatever it holds: as it is where it
 * consists of letters, digits and _@%+=:,./- alone, else in single quotes.
 */
void shell_put(struct buf *b, const char *word);

/*
 * A command line out of words, NULL behind the last: one blank between, each as
 * above. A new string; NULL without memory.
 */
char *shell_line(const char *const *words);

#endif
