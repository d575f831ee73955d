/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of AWS: their form, and their end. */
#ifndef AWS_KEYS_CREDENTIALS_H
#define AWS_KEYS_CREDENTIALS_H

#include "base/secret.h"

#include <time.h>

#define ACCESS_KEY_ID_MAX 129   /* with NUL */
#define SESSION_TOKEN_MAX 16384 /* bytes */
#define ORIGIN_MAX 256          /* with NUL */

struct aws_credentials {
	char key_id[ACCESS_KEY_ID_MAX];
	struct secret key;   /* secret access key, owned */
	struct secret token; /* session token, owned; empty: long-term keys */
	time_t expires;      /* 0: not known */
	bool renewable;      /* the same settings, asked again, give new ones */
	char origin[ORIGIN_MAX]; /* "environment", "profile 'alice' of ..." */
};

/* Wipes. */
void credentials_done(struct aws_credentials *c);

/*
 * Fills *ret from the parts (token may be NULL or empty) after checking their
 * form. `origin` is also what the error names. For the sources.
 */
int credentials_set(struct aws_credentials *ret, const char *key_id,
	const void *key, size_t key_n, const void *token, size_t token_n,
	const char *origin, struct error *err);

#endif
