/* PIN/UV auth protocols one and two: the cryptography of clientPIN. */
#include "key.h"
#include "pin.h"

#include <string.h>

bool pin_has_protocol(const struct token *t, uint64_t protocol)
{
	return protocol && (t->p.protocols[0] == protocol ||
			    t->p.protocols[1] == protocol);
}

static bool coordinate(const struct cbor *cose, int key, uint8_t ret[32])
{
	struct cbor c;

	if (!cbor_int_key(cose, key, &c) || c.major != CBOR_BYTES ||
	    c.n != 32)
		return false;
	memcpy(ret, c.s, 32);
	return true;
}

static bool is_number(const struct cbor *map, int key, int64_t value)
{
	struct cbor c;

	return cbor_int_key(map, key, &c) &&
	       (c.major == CBOR_UINT || c.major == CBOR_NEGINT) &&
	       cbor_number(&c) == value;
}

int pin_shared(struct token *t, int protocol, const struct cbor *cose,
	       struct shared *ret)
{
	uint8_t xy[64], z[32];

	if (!is_number(cose, 1, 2) || !is_number(cose, 3, -25) ||
	    !is_number(cose, -1, 1) || !coordinate(cose, -2, xy) ||
	    !coordinate(cose, -3, xy + 32) ||
	    !p256_ecdh(t->pin.agreement[protocol - 1], xy, z))
		return CTAP1_ERR_INVALID_PARAMETER;
	ret->protocol = protocol;
	if (protocol == 1) {
		sha256(z, sizeof z, ret->hmac);
		memcpy(ret->aes, ret->hmac, 32);
	} else {
		hkdf_sha256(z, sizeof z, "CTAP2 HMAC key", ret->hmac);
		hkdf_sha256(z, sizeof z, "CTAP2 AES key", ret->aes);
	}
	return CTAP2_OK;
}

bool pin_verify(int protocol, const uint8_t key[32], const void *p, size_t n,
		const struct cbor *mac)
{
	uint8_t want[64];
	size_t len = protocol == 1 ? 16 : 32;

	hmac("SHA256", key, 32, p, n, want);
	return mac->major == CBOR_BYTES && mac->n == len &&
	       !memcmp(want, mac->s, len);
}

bool pin_decrypt(const struct shared *s, const struct cbor *c,
		 GByteArray *ret)
{
	uint8_t iv[16] = { 0 };
	const uint8_t *p = c->s;
	size_t n = c->n;

	if (c->major != CBOR_BYTES)
		return false;
	if (s->protocol == 2) {
		if (n < 16)
			return false;
		memcpy(iv, p, 16);
		p += 16;
		n -= 16;
	}
	if (n == 0 || n % 16)
		return false;
	g_byte_array_set_size(ret, (guint)n);
	aes_cbc(false, s->aes, iv, p, n, ret->data);
	return true;
}

void pin_encrypt(const struct shared *s, const uint8_t *p, size_t n,
		 GByteArray *ret)
{
	uint8_t iv[16] = { 0 };
	guint at = 0;

	if (s->protocol == 2) {
		random_bytes(iv, sizeof iv);
		put(ret, iv, sizeof iv);
		at = sizeof iv;
	}
	g_byte_array_set_size(ret, at + (guint)n);
	aes_cbc(true, s->aes, iv, p, n, ret->data + at);
}
