/* U2F raw messages. */
#include "u2f.h"

#include "credential.h"
#include "der.h"
#include "key.h"

#include <string.h>

enum { REGISTER = 1, AUTHENTICATE = 2, VERSION = 3 };
enum { ENFORCE = 0x03, CHECK_ONLY = 0x07, DONT_ENFORCE = 0x08 };
enum {
	SW_OK = 0x9000, SW_CONDITIONS = 0x6985, SW_NOT_ALLOWED = 0x6986,
	SW_WRONG_DATA = 0x6a80, SW_WRONG_LENGTH = 0x6700, SW_CLA = 0x6e00,
	SW_INS = 0x6d00
};

struct apdu {
	unsigned cla, ins, p1, p2;
	const uint8_t *data;
	size_t n;
};

/* extended length is what HID hosts send; short is allowed too */
static bool parse(const uint8_t *p, size_t n, struct apdu *a)
{
	size_t header = 4, trailer;

	if (n < 4)
		return false;
	*a = (struct apdu){ p[0], p[1], p[2], p[3], p, 0 };
	if (n == 4)
		return true;
	if (p[4] == 0 && n >= 7) {
		header = 7;
		a->n = get16(p + 5);
		if (n == 7) {		/* only an expected length */
			a->n = 0;
			return true;
		}
	} else if (n > 5) {
		header = 5;
		a->n = p[4];
	} else {
		return true;
	}
	a->data = p + header;
	if (n < header + a->n)
		return false;
	trailer = n - header - a->n;
	return trailer <= (header == 7 ? 2 : 1);
}

void u2f_name(struct token *t, const uint8_t *p, size_t n)
{
	static const char *const names[] = {
		"u2f-unknown", "u2f-register", "u2f-authenticate",
		"u2f-version"
	};

	token_seen(t, "%s", names[n > 1 && p[1] <= VERSION ? p[1] : 0]);
}

static unsigned enroll(struct token *t, const struct apdu *a, GByteArray *out)
{
	g_autoptr(GByteArray) signed_ = NULL;
	struct credential c = { .alg = alg_at(0) };
	uint8_t xy[64], id[CREDENTIAL_ID], sig[80];
	size_t n;

	if (a->n != 64)
		return SW_WRONG_LENGTH;
	if (!touch_poll(&t->touch))
		return SW_CONDITIONS;
	credential_new(t, a->data + 32, &c, id);
	p256_public(c.d, xy);
	put8(out, 0x05);
	put8(out, 0x04);
	put(out, xy, 64);
	put8(out, sizeof id);
	put(out, id, sizeof id);
	put(out, t->leaf->data, t->leaf->len);

	signed_ = g_byte_array_new();
	put8(signed_, 0);
	put(signed_, a->data + 32, 32);
	put(signed_, a->data, 32);
	put(signed_, id, sizeof id);
	put8(signed_, 0x04);
	put(signed_, xy, 64);
	n = p256_sign(t->att_d, signed_->data, signed_->len, sig);
	n = der_odd(t, sig, n);
	if (token_misbehaves(t, M_FORGE_ATTESTATION, NULL))
		sig[n - 1] ^= 1;
	put(out, sig, n);
	return SW_OK;
}

static unsigned authenticate(struct token *t, const struct apdu *a,
			     GByteArray *out)
{
	struct credential c;
	uint8_t head[5], sig[80], message[69];
	size_t n;

	if (a->n < 66 || a->n != 65 + (size_t)a->data[64])
		return SW_WRONG_LENGTH;
	if (!credential_open(t, a->data + 32, a->data + 65, a->data[64], &c) ||
	    c.alg != alg_at(0))
		return SW_WRONG_DATA;
	if (a->p1 == CHECK_ONLY)
		return SW_CONDITIONS;
	if (a->p1 != ENFORCE && a->p1 != DONT_ENFORCE)
		return SW_WRONG_DATA;
	head[0] = 0;
	if (a->p1 == ENFORCE) {
		if (!touch_poll(&t->touch))
			return SW_CONDITIONS;
		head[0] = 1;
	}
	if (token_misbehaves(t, M_NO_UP, NULL))
		head[0] = 0;
	credential_count(t, head + 1);
	memcpy(message, a->data + 32, 32);
	memcpy(message + 32, head, 5);
	memcpy(message + 37, a->data, 32);
	n = p256_sign(c.d, message, sizeof message, sig);
	n = der_odd(t, sig, n);
	if (token_misbehaves(t, M_WRONG_SIGNATURE, NULL))
		sig[n - 1] ^= 1;
	put(out, head, 5);
	put(out, sig, n);
	return SW_OK;
}

static unsigned dispatch(struct token *t, const struct apdu *a,
			 GByteArray *out)
{
	if (a->cla != 0)
		return SW_CLA;
	/* U2F has no way to verify a user */
	if (t->policy.always_uv && (a->ins == REGISTER ||
				    a->ins == AUTHENTICATE))
		return SW_NOT_ALLOWED;
	switch (a->ins) {
	case REGISTER:
		return enroll(t, a, out);
	case AUTHENTICATE:
		return authenticate(t, a, out);
	case VERSION:
		if (a->n)
			return SW_WRONG_LENGTH;
		put(out, "U2F_V2", 6);
		return SW_OK;
	}
	return SW_INS;
}

void u2f_handle(struct token *t, const uint8_t *p, size_t n, GByteArray *out)
{
	struct apdu a;
	unsigned sw = parse(p, n, &a) ? dispatch(t, &a, out) :
		      SW_WRONG_LENGTH;

	put16(out, sw);
}
