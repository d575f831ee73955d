/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation statements of the format fido-u2f. */
#include "token/attest/private.h"

/* One DER integer of at most 127 bytes, without needless zeros. */
static bool put_short_integer(struct buf *b, const unsigned char **p,
	size_t *n)
{
	const unsigned char *v = *p + 2;
	size_t len = *n < 2 ? 0 : (*p)[1];

	if (len == 0 || len > 127 || (*p)[0] != 0x02 || len > *n - 2)
		return false;
	*p += 2 + len;
	*n -= 2 + len;
	for (; len > 1 && v[0] == 0; len--)
		v++;
	buf_put_byte(b, 0x02);
	buf_put_byte(b, (unsigned char)(len + (v[0] >> 7)));
	if (v[0] & 0x80)
		buf_put_byte(b, 0);
	buf_put(b, v, len);
	return true;
}

/*
 * Old U2F tokens put more zeros before r and s than DER allows, and OpenSSL
 * refuses those: the same two numbers in their one right form, or nothing.
 */
static void shorten_signature(const unsigned char *p, size_t n,
	struct buf *ret)
{
	CLEANUP(buf_done) struct buf body;

	buf_init(&body, 127);
	if (n < 2 || p[0] != 0x30 || p[1] != n - 2)
		return;
	p += 2;
	n -= 2;
	if (!put_short_integer(&body, &p, &n) ||
		!put_short_integer(&body, &p, &n) || n != 0 ||
		buf_failed(&body))
		return;
	buf_put_byte(ret, 0x30);
	buf_put_byte(ret, (unsigned char)body.n);
	buf_put(ret, body.p, body.n);
}

/* Section 8.6: the layout of U2F's registration response. */
bool attest_verify_u2f(struct verification *c)
{
	CLEANUP(buf_done) struct buf data, sig;
	struct statement *st = &c->st;
	unsigned char point[65];

	buf_init(&data, ATTEST_BYTES_MAX);
	buf_init(&sig, 256);
	if (!st->sig || !st->leaf || sk_X509_num(st->others) != 0 ||
		!cose_key_is_on(X509_get0_pubkey(st->leaf), "prime256v1") ||
		cose_key_point(c->auth.public_key, c->auth.public_key_n,
			point) < 0)
		return statement_malformed(c,
			"a fido-u2f statement without one certificate, a "
			"signature and P-256 keys");
	shorten_signature(st->sig, st->sig_n, &sig);
	buf_put_byte(&data, 0);
	buf_put(&data, c->auth.rp_id_hash, 32);
	buf_put(&data, c->client_data_hash, 32);
	buf_put(&data, c->auth.credential_id, c->auth.credential_id_n);
	buf_put(&data, point, sizeof(point));
	if (buf_failed(&data) ||
		!cose_verify(X509_get0_pubkey(st->leaf), COSE_ALG_ES256,
			data.p, data.n, NULL, 0, sig.p, sig.n))
		return statement_forged(c);
	statement_passes(c, "its attestation certificate");
	return true;
}
