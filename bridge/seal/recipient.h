/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To whom a secret may be encrypted: public keys that the programs age and gpg
 * take. Pure.
 *
 *   age1...              a native age recipient: X25519, checked as BIP 173's
 *                        bech32 (C2SP age.md, "The X25519 recipient type")
 *   ssh-ed25519 BASE64   ssh public keys that age takes; a comment behind one
 *   ssh-rsa BASE64       is dropped
 *   40 or 64 hex digits  a whole OpenPGP fingerprint, v4 (RFC 4880) or v6 (RFC
 *                        9580), blanks between digits allowed
 *
 * What runs a program of its own (age's plugins) is none, nor is the short id
 * of an OpenPGP key, which anybody can make again.
 */
#ifndef BRIDGE_SEAL_RECIPIENT_H
#define BRIDGE_SEAL_RECIPIENT_H

#include "base/buf.h"

#define RECIPIENT_MAX 3000   /* bytes of one: an RSA key of 16384 bits */
#define RECIPIENTS_MAX 8     /* of one holder */
#define RECIPIENTS_TEXT_MAX 8192
#define RECIPIENTS_FILE_MAX 65536

enum seal_program {
	SEAL_AGE,
	SEAL_GPG,
};

/* "age", "gpg": also the programs' names. */
extern const char *const seal_program_names[];

struct recipients {
	enum seal_program program; /* of all of them */
	char *text[RECIPIENTS_MAX]; /* owned; as written above */
	size_t n;
};

void recipients_done(struct recipients *r);

/*
 * Adds the one that n bytes are; one that is there already changes nothing.
 * ERROR_USAGE says what is wrong with it and repeats nothing of it, which may
 * be a private key by mistake; or that the others are for the other program,
 * or too many.
 */
int recipients_add(struct recipients *r, const char *p, size_t n,
	struct error *err);

/*
 * Adds each line of a file; blank ones and those that begin with # are passed
 * over. Errors name the line; a file without one is an error.
 */
int recipients_add_file(struct recipients *r, const char *p, size_t n,
	struct error *err);

/* All of them in one line, which the registry keeps; new. */
int recipients_join(const struct recipients *r, char **ret, struct error *err);
/* Reads that again, into an empty *ret. */
int recipients_split(struct recipients *ret, const char *line,
	struct error *err);

#endif
