/* SPDX-License-Identifier: Apache-2.0 */
/* An open FIDO token, for the other files of this layer. */
#ifndef TOKEN_FIDO_PRIVATE_H
#define TOKEN_FIDO_PRIVATE_H

#include "token/fido/fido.h"
#include "token/fido/io/transport.h"

#include <fido.h>

struct fido {
	struct transport transport;
	fido_dev_t *dev; /* owned */
	struct fido_info info;
	struct devinfo devinfo;
	bool on_reader; /* libfido2's own I/O: hid is not open */
	bool no_user_name_refused; /* it wants a user name: see make_once */
	bool enterprise; /* credentials ask for that attestation */
	bool lists_refused; /* it takes no list, or names no one of it */
};

/* libfido2's handle, and the descriptor that it lies on; both borrowed. */
fido_dev_t *fido_dev_of(struct fido *f);
struct hid *fido_hid_of(struct fido *f);

/* What getInfo answered when it was opened: status byte and CBOR; empty for a
 * U2F key and on a reader. */
const struct buf *fido_get_info(const struct fido *f);

/* Before each command: what stopped the last one stops this one no more, and
 * the wait on a reader ends at the deadline. */
void fido_begin(struct fido *f);

/* f->info of a token on a reader, as libfido2 has asked for it. */
int fido_read_from_libfido2(struct fido *f, struct error *err);

/*
 * Whether a question that changes nothing in the token, and failed with r, is
 * asked once more: where the next answer may be another one (a report was lost
 * or late: CTAPHID error 0x05; the token was busy), and three times at most
 * before its deadline. Waits a moment then, and takes a new channel, so that no
 * late word of the last question answers the next. *tries is 0 at first.
 */
bool fido_asks_again(struct fido *f, int r, unsigned *tries);

/* A code of libfido2, or why its wait ended, as an error. */
int fido_failed(struct fido *f, int code, const char *what, struct error *err);

/*
 * The code of a request that was made with that PIN (NULL: none), plainly: a
 * token in FIPS mode says that a parameter is missing where it wants its PIN.
 */
int fido_plainly(const struct fido *f, int code, const struct secret *pin);

#endif
