/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: their form, and their end. */
#include "aws/keys/credentials.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define SECRET_KEY_MAX 256

void credentials_done(struct aws_credentials *c)
{
	secret_done(&c->key);
	secret_done(&c->token);
	wipe(c, sizeof(*c));
}

/* 16 to 128 letters, digits or underscores: IAM's accessKeyIdType */
static bool key_id_is_well_formed(const char *s)
{
	size_t n = strlen(s), i;

	if (n < 16 || n >= ACCESS_KEY_ID_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (!isascii(s[i]) || (!isalnum(s[i]) && s[i] != '_'))
			return false;
	return true;
}

/* Printable ASCII: what goes into a header without a second thought. */
static bool is_graphic(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] <= ' ' || p[i] >= 0x7f)
			return false;
	return true;
}

int credentials_set(struct aws_credentials *ret, const char *key_id,
	const void *key, size_t key_n, const void *token, size_t token_n,
	const char *origin, struct error *err)
{
	struct secret k = SECRET_INIT, t = SECRET_INIT;
	int r;

	if (!key_id_is_well_formed(key_id))
		return error_set(err, ERROR_MALFORMED,
			"the access key id '%.40s' (%s) is not one: 16 to 128 "
			"letters and digits", key_id, origin);
	if (key_n == 0 || key_n > SECRET_KEY_MAX || !is_graphic(key, key_n))
		return error_set(err, ERROR_MALFORMED,
			"the secret access key of '%s' (%s) is empty, too "
			"long or holds a character that no key has", key_id,
			origin);
	if (token_n > SESSION_TOKEN_MAX || !is_graphic(token, token_n))
		return error_set(err, ERROR_MALFORMED,
			"the session token of '%s' (%s) is too long or holds "
			"a character that no token has", key_id, origin);
	r = secret_set(&k, key, key_n, err);
	if (r >= 0 && token_n > 0)
		r = secret_set(&t, token, token_n, err);
	if (r < 0) {
		secret_done(&k);
		return r;
	}
	secret_move(&ret->key, &k);
	secret_move(&ret->token, &t);
	snprintf(ret->key_id, sizeof(ret->key_id), "%s", key_id);
	snprintf(ret->origin, sizeof(ret->origin), "%s", origin);
	return 0;
}
