/* The PIN/UV auth token that lasts, and what it opens. */
#include "persistent.h"

#include "key.h"

#include <string.h>

void persistent_token(const struct token *t, uint8_t ret[32])
{
	uint8_t seed[48];

	memcpy(seed, t->secret, 32);
	memcpy(seed + 32, t->pin_hash, 16);
	hkdf_sha256(seed, sizeof seed, "persistent token", ret);
}

void persistent_identifier(const struct token *t, GByteArray *out)
{
	uint8_t token[32], key[32], id[32], sealed[32];

	persistent_token(t, token);
	hkdf_sha256(token, sizeof token, "encIdentifier", key);
	hkdf_sha256(t->secret, sizeof t->secret, "device identifier", id);
	random_bytes(sealed, 16);
	aes128_cbc(key, sealed, id, 16, sealed + 16);
	put(out, sealed, sizeof sealed);
}
