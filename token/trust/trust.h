/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust store: a directory of PEM certificates that an administrator
 * added, one file each, named by the SHA-256 of the DER. Any of them ends a
 * chain, root or not (RFC 5280 section 6.1.1 (d) lets the anchor be chosen).
 * FIDO metadata lies beside them: mds-cache.h.
 */
#ifndef TOKEN_TRUST_TRUST_H
#define TOKEN_TRUST_TRUST_H

#include "token/trust/anchors.h"

/*
 * Reads every NAME.pem of dir. A directory that is not there is an empty
 * store. Files or a directory that others may write, and files that hold
 * anything but one certificate, fail: in doubt nothing is trusted.
 */
int trust_load(const char *dir, struct anchors *ret, struct error *err);

/* Makes the store's directory, which everybody may read. */
int trust_make_dir(const char *dir, struct error *err);

/*
 * Adds every certificate of a PEM file (at most 64 KiB; private keys are
 * refused). *ret gets those that were added or were there already.
 */
int trust_add(const char *dir, const char *pem_path, struct anchors *ret,
	size_t *ret_new, struct error *err);

/*
 * Removes the one anchor whose fingerprint begins with `prefix` (8 hex digits
 * or more); *ret_sha256 gets the whole. ERROR_FAILED where none or several do.
 */
int trust_remove(const char *dir, const char *prefix, char ret_sha256[65],
	struct error *err);

#endif
