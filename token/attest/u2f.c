/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation statements of the format fido-u2f. */
#include "token/attest/private.h"

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
		!cose_key_is_on(c->key, "prime256v1") ||
		cose_key_point(c->auth.public_key, c->auth.public_key_n,
			point) < 0)
		return statement_malformed(c,
			"a fido-u2f statement without one certificate, a "
			"signature and P-256 keys");
	cose_shorten_ecdsa(st->sig, st->sig_n, &sig);
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
