/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Web Signatures in compact form (RFC 7515) that bring their certificates
 * along (x5c, section 4.1.6). Pure: the clock and the anchors are given.
 */
#ifndef TOKEN_TRUST_JWS_H
#define TOKEN_TRUST_JWS_H

#include "base/buf.h"
#include "token/trust/trust.h"

#define JWS_HEADER_MAX 65536

struct jws {
	struct buf payload;     /* owned: decoded, as it was signed */
	char alg[8];            /* "RS256" or "ES256" (RFC 7518 section 3.1) */
	char signer[160];       /* subject of the certificate that signed */
	char anchor[160];       /* subject of the anchor it leads to */
	char anchor_sha256[65];
};

/* The payload may have at most max bytes. */
void jws_init(struct jws *j, size_t max);
void jws_done(struct jws *j);

/*
 * Checks form, chain, name and signature, in this order. The algorithm is what
 * the protected header names, never what the certificates were signed with;
 * `none`, symmetric ones, keys by reference and critical extensions are
 * refused. `name` is the DNS name that the signer's certificate must be for.
 *
 * ERROR_MALFORMED, with the byte where that helps; ERROR_EXPIRED where only
 * the dates of a certificate are wrong at `at`; ERROR_REFUSED where the signer
 * is not trusted, is somebody else, or the signature does not hold. On failure
 * *ret is as before.
 */
int jws_verify(const char *p, size_t n, const struct anchors *anchors,
	const char *name, time_t at, struct jws *ret, struct error *err);

/*
 * Only the payload of one that was verified when it was stored. ERROR_MALFORMED;
 * *ret is initialised by the caller.
 */
int jws_payload(const char *p, size_t n, struct buf *ret, struct error *err);

#endif
