/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A long line over several ones, as a person reads it; pure. Lines are broken
 * between words; the later ones begin under the last column of the first. What
 * stands in backquotes is a command to be copied and is never broken, nor is a
 * word that is longer than a line.
 */
#ifndef BRIDGE_TERMINAL_WRAP_H
#define BRIDGE_TERMINAL_WRAP_H

#include "base/buf.h"

#include <stddef.h>

/*
 * Bytes of s (clean UTF-8, with escape sequences of ui_style) that go on one
 * line with `room` columns, at least one word. Behind them stands a blank,
 * which is left out, or the end.
 */
size_t wrap_piece(const char *s, size_t room);

/*
 * The same, but a word that is longer than a line is broken too, behind one of
 * '/', ':' and ',' where that leaves at least half a line; what stands in
 * backquotes is not.
 */
size_t wrap_break(const char *s, size_t room);

/*
 * Columns that later lines are moved in where s is broken to `width`: where
 * the text behind the last gap of two blanks begins, or two more than s.
 */
size_t wrap_indent(const char *s, size_t width);

/*
 * Appends s, one line, as the lines that it takes, each with its end; the later
 * ones moved in by `indent`, or by fewer where the first word has no room there.
 * Unbroken where `width` is 0.
 */
void wrap_put(struct buf *b, const char *s, size_t width, size_t indent);

#endif
