/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of certificates that a chain may end in: a vendor's, or those of who
 * signs metadata.
 */
#ifndef TOKEN_TRUST_ANCHORS_H
#define TOKEN_TRUST_ANCHORS_H

#include "base/buf.h"

#include <openssl/x509.h>
#include <time.h>

#define ANCHORS_MAX 1024

struct anchor {
	X509 *cert; /* owned */
	char sha256[65];
	char subject[160];
	time_t not_before;
	time_t not_after;
};

struct anchors {
	struct anchor *rows; /* owned */
	size_t n;
};

void anchors_done(struct anchors *a);

/* Adds a certificate, which is taken over whatever happens. */
int anchors_add(struct anchors *a, X509 *cert, struct error *err);

/*
 * Adds every certificate of PEM text, or the one that is there in DER; private
 * keys are refused. `name` is for the error.
 */
int anchors_parse(struct anchors *a, struct buf *b, const char *name,
	struct error *err);

/*
 * Whether cert leads to one of the anchors at `at`, through `others` as needed;
 * X509_V_OK with *ret_end (borrowed), or the reason that says most. An anchor
 * may be a root, an intermediate or the certificate itself; a root that signed
 * itself issues certificates even where it does not call itself a CA.
 */
int anchors_verify(const struct anchors *a, X509 *cert,
	STACK_OF(X509) *others, time_t at, const struct anchor **ret_end);

/* Whether the reason is one of dates only. */
bool anchors_expired(int why);

/* Of two reasons the one that says more. */
int anchors_better_reason(int a, int b);

#endif
