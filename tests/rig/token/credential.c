/* Credential ids. */
#include "credential.h"

#include "key.h"

#include <string.h>

/* flags, protect, key, algorithm, a byte to spare: 36, sealed 64 */
#define PLAIN (CREDENTIAL_ID - 28)

void credential_new(struct token *t, const uint8_t rp_hash[32],
		    struct credential *c, uint8_t ret_id[CREDENTIAL_ID])
{
	uint8_t plain[PLAIN] = { c->flags, c->protect };

	p256_new(c->d);
	memcpy(plain + 2, c->d, 32);
	plain[34] = (uint8_t)alg_index(c->alg);
	gcm_seal(t->secret, rp_hash, plain, sizeof plain, ret_id);
}

bool credential_open(struct token *t, const uint8_t rp_hash[32],
		     const uint8_t *id, size_t n, struct credential *ret)
{
	uint8_t plain[PLAIN];

	if (n != CREDENTIAL_ID ||
	    !gcm_open(t->secret, rp_hash, id, n, plain))
		return false;
	ret->flags = plain[0];
	ret->protect = plain[1];
	memcpy(ret->d, plain + 2, 32);
	ret->alg = alg_at(plain[34]);
	return ret->alg != NULL;
}

void credential_count(struct token *t, uint8_t ret[4])
{
	uint32_t n = ++t->counter;

	token_save(t);
	if (token_misbehaves(t, M_COUNTER_BACK, NULL))
		n = n > 10 ? n - 10 : 1;
	if (token_misbehaves(t, M_COUNTER_ZERO, NULL))
		n = 0;
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(n >> (24 - 8 * i));
}
