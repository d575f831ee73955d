/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of files that say what lets a local user in, as pam_u2f and pam_yubico
 * have them: USER:PIECE[:PIECE...]. Pure.
 */
#ifndef BRIDGE_LOCAL_MAPPING_H
#define BRIDGE_LOCAL_MAPPING_H

#include "bridge/login/user.h"

/* Part of a line, and where it begins; borrowed. */
struct piece {
	const char *p;
	size_t n;
	size_t line, byte; /* from 1 */
};

/*
 * Cuts what stands before the first `at` off *rest; false where nothing is left.
 * Behind an `at` at the end stands one piece more, of no bytes.
 */
bool piece_cut(struct piece *rest, char at, struct piece *ret);

/* "line 3, byte 17: " and the text. */
int piece_bad(const struct piece *at, enum error_code code, struct error *err,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * Calls `each` for every line: user, and each piece behind. Blanks and a
 * carriage return at a line's end do not count; empty lines and those that begin
 * with `#` are passed over. ERROR_MALFORMED where a line begins with a blank, has
 * no user that can be one, or nothing behind.
 */
typedef int mapping_fn(const char *user, const struct piece *what, void *arg,
	struct error *err);
int mapping_parse(const char *p, size_t n, mapping_fn *each, void *arg,
	struct error *err);

#endif
