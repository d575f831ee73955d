/* The algorithms of credentials. */
#include "alg.h"

#include "cbor.h"
#include "key.h"

#include <string.h>

/* the order is part of credential ids: only add at the end */
static const struct alg algs[] = {
	{ "es256", -7, 32, p256_public, p256_sign },
	{ "eddsa", -8, 0, ed25519_public, ed25519_sign },
	{ "es384", -35, 48, p384_public, p384_sign },
};

const struct alg *alg_at(unsigned i)
{
	return i < G_N_ELEMENTS(algs) ? &algs[i] : NULL;
}

const struct alg *alg_named(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(algs); i++)
		if (!strcmp(algs[i].name, name))
			return &algs[i];
	return NULL;
}

const struct alg *alg_of(int cose)
{
	for (size_t i = 0; i < G_N_ELEMENTS(algs); i++)
		if (algs[i].cose == cose)
			return &algs[i];
	return NULL;
}

unsigned alg_index(const struct alg *a)
{
	return (unsigned)(a - algs);
}

void alg_put_cose(const struct alg *a, const uint8_t key[32], GByteArray *b)
{
	bool edwards = a->coordinate == 0;
	size_t n = edwards ? 32 : a->coordinate;
	uint8_t xy[96];

	a->public(key, xy);
	cbor_put_map(b, edwards ? 4 : 5);
	cbor_put_int(b, 1), cbor_put_int(b, edwards ? 1 : 2);	/* kty */
	cbor_put_int(b, 3), cbor_put_int(b, a->cose);
	cbor_put_int(b, -1);			/* crv: P-256, P-384, Ed25519 */
	cbor_put_int(b, edwards ? 6 : n == 32 ? 1 : 2);
	cbor_put_int(b, -2), cbor_put_bytes(b, xy, n);
	if (!edwards)
		cbor_put_int(b, -3), cbor_put_bytes(b, xy + n, n);
}
