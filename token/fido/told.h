/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token tells of itself as a struct fido_info: CTAPHID's INIT and
 * authenticatorGetInfo (CTAP 2.1 sections 11.2.9.1.3 and 6.4). Without
 * libfido2, which a program that only lists tokens does not load, and without
 * jansson, which login's helper does not.
 */
#ifndef TOKEN_FIDO_TOLD_H
#define TOKEN_FIDO_TOLD_H

#include "token/fido/fido.h"
#include "token/hid/hid.h"

/*
 * Fills all of *ret: from the INIT that h keeps, and, where that says that the
 * token speaks CBOR, from its reply to getInfo (status byte first; not read
 * otherwise). ERROR_FAILED: its status; ERROR_MALFORMED: no getInfo, or a
 * member that does not have the form which CTAP gives it.
 */
int told_read(const struct hid *h, const struct buf *get_info,
	struct fido_info *ret, struct error *err);

/* The same of the status alone, and of a reply without one. */
int told_check_status(const struct buf *reply, struct error *err);

/* ---- one thing at a time, for who reads it elsewhere ---- */

/* Nothing is known but what INIT tells (all zero on a reader), and whether it
 * has a getInfo. */
void told_begin(struct fido_info *ret, const struct hid *h, bool ctap2);
/* One of getInfo's options; those that nobody here asks for are passed over. */
void told_option(struct fido_info *i, const char *name, bool value);
/*
 * A word behind the others of a list of `size` bytes. One that does not fit, or
 * holds blanks, is left out; what is not clean becomes '?'.
 */
void told_word(char *list, size_t size, const char *word);
/* The same of an algorithm of COSE, by its name where it is a common one. */
void told_algorithm(struct fido_info *i, int64_t alg);
/* Behind all words and options. */
void told_end(struct fido_info *i);

#endif
