/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSH's security-key public keys (PROTOCOL.u2f) and authorized_keys lines
 * (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Pure.
 */
#ifndef BRIDGE_EVENT_SSH_KEY_H
#define BRIDGE_EVENT_SSH_KEY_H

#include "base/buf.h"

#include <stdint.h>

#define SSH_KEY_MAX 1024

/* One line of an authorized_keys file. */
struct ssh_key {
	unsigned char blob[SSH_KEY_MAX]; /* as ssh sends it */
	size_t blob_n;
	char application[65];  /* of the security key: "ssh:" */
	bool verify_required;
};

/*
 * Reads one line without its end. *ret_empty is true for a blank line and a
 * comment. ERROR_MALFORMED; ERROR_UNSUPPORTED for a key that is not in a
 * security key, and for an option that login.db does not carry: dropping one
 * would let in more than the line does.
 */
int ssh_key_parse_line(const char *p, size_t n, struct ssh_key *ret,
	bool *ret_empty, struct error *err);

/* Whether a blob is one whole sk public key; fills ret->application. */
int ssh_key_parse_blob(const unsigned char *p, size_t n, struct ssh_key *ret,
	struct error *err);

/* "[verify-required ]TYPE BASE64" of a good blob, appended to b. */
int ssh_key_line(const unsigned char *blob, size_t n, bool verify_required,
	struct buf *b, struct error *err);

#define SSH_FINGERPRINT_LEN 52
/* "SHA256:" and unpadded base64, as ssh-keygen -l prints. */
int ssh_key_fingerprint(const unsigned char *blob, size_t n,
	char ret[SSH_FINGERPRINT_LEN], struct error *err);

#endif
