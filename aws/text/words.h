/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line as words: Python's shlex.split(), which is a POSIX shell's quoting and
 * nothing else of a shell.
 */
#ifndef AWS_TEXT_WORDS_H
#define AWS_TEXT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Puts the words of s, each with a NUL behind it, into room, which has
 * strlen(s) + 1 bytes, and says how many they are. False, *ret_count
 * untouched, for a quote or a backslash without its end.
 */
bool words_split(const char *s, char *room, size_t *ret_count);

/* The word behind one of them in its room. */
const char *words_next(const char *word);

#endif
