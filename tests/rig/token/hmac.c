/* The extension hmac-secret. */
#include "hmac.h"

#include "key.h"

#include <string.h>

enum { AGREEMENT = 1, SALT_ENC, SALT_AUTH, PROTOCOL };

int hmac_parse(struct token *t, const struct cbor *extensions, bool up,
	       struct salts *ret)
{
	g_autoptr(GByteArray) salt = g_byte_array_new();
	struct cbor h, cose, enc, mac, protocol = { .n = 1 };
	bool has;
	int r;

	if (!cbor_text_key(extensions, "hmac-secret", &h))
		return CTAP2_OK;
	if (h.major != CBOR_MAP)
		return CTAP2_ERR_CBOR_UNEXPECTED_TYPE;
	if ((r = ctap2_need(&h, AGREEMENT, CBOR_MAP, &cose)) ||
	    (r = ctap2_need(&h, SALT_ENC, CBOR_BYTES, &enc)) ||
	    (r = ctap2_need(&h, SALT_AUTH, CBOR_BYTES, &mac)) ||
	    (r = ctap2_may(&h, PROTOCOL, CBOR_UINT, &has, &protocol)))
		return r;
	if (!up)
		return CTAP2_ERR_UNSUPPORTED_OPTION;
	if (!has)
		protocol.n = 1;
	if (!pin_has_protocol(t, protocol.n))
		return CTAP1_ERR_INVALID_PARAMETER;
	r = pin_shared(t, (int)protocol.n, &cose, &ret->shared);
	if (r)
		return r;
	if (!pin_verify(ret->shared.protocol, ret->shared.hmac, enc.s, enc.n,
			&mac))
		return CTAP2_ERR_PIN_AUTH_INVALID;
	if (!pin_decrypt(&ret->shared, &enc, salt) ||
	    (salt->len != 32 && salt->len != 64))
		return CTAP1_ERR_INVALID_LENGTH;
	memcpy(ret->salt, salt->data, salt->len);
	ret->n = salt->len;
	return CTAP2_OK;
}

void hmac_put(struct token *t, const struct salts *s, const GByteArray *id,
	      bool uv, GByteArray *ad)
{
	g_autoptr(GByteArray) enc = g_byte_array_new(), seed = NULL;
	uint8_t random[64], out[64], plain[64];

	/* with and without user verification the secrets differ */
	seed = g_byte_array_new();
	put8(seed, uv);
	put(seed, id->data, id->len);
	hmac("SHA256", t->secret, 32, seed->data, seed->len, random);
	for (size_t i = 0; i < s->n; i += 32) {
		hmac("SHA256", random, 32, s->salt + i, 32, out);
		memcpy(plain + i, out, 32);
	}
	pin_encrypt(&s->shared, plain, s->n, enc);
	cbor_put_map(ad, 1);
	cbor_put_text(ad, "hmac-secret");
	cbor_put_bytes(ad, enc->data, enc->len);
}
