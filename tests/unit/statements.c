/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statements DIRECTORY: attestation statements, good and bad, in the forms
 * that `fido2-cred -V` and `openssl verify` read, each in a directory of its
 * own; on standard output a line for each: number, what our own step
 * "signature" says, what "chain" says, and how it was made.
 */
#include "base/encode.h"
#include "tests/unit/maker.h"
#include "token/tcbor.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static struct maker maker, stranger;

struct statement {
	struct maker_answer w;
	X509 *anchor;
	time_t at;
	X509 *owned[3];
	long flip; /* a bit of client data, authData or sig; -1: none */
};

static X509 *own(struct statement *s, X509 *cert)
{
	size_t i = 0;

	while (s->owned[i])
		i++;
	return s->owned[i] = cert;
}

/* ---- ways of signing ---- */

static void sign_right(struct statement *s)
{
	(void)s;
}

static void sign_u2f(struct statement *s)
{
	struct maker_answer w;

	maker_answer_u2f(&w, &maker);
	w.x5c[0] = s->w.x5c[0];
	s->w = w;
}

static void sign_self(struct statement *s)
{
	s->w.with_x5c = false;
	s->w.sign_key = maker.credential_key;
}

static void sign_by_stranger(struct statement *s)
{
	s->w.sign_key = stranger.leaf_key;
}

static void sign_by_credential(struct statement *s)
{
	s->w.sign_key = maker.credential_key;
}

static void sign_self_by_stranger(struct statement *s)
{
	sign_self(s);
	s->w.sign_key = stranger.credential_key;
}

static void sign_other_challenge(struct statement *s)
{
	s->w.client_data = "{\"type\":\"webauthn.create\",\"old\":true}";
}

static void sign_other_rp(struct statement *s)
{
	s->w.rp_id = "example.org";
}

static void sign_absent(struct statement *s)
{
	s->w.flags &= (uint8_t)~AUTHDATA_UP;
}

static void sign_u2f_by_stranger(struct statement *s)
{
	sign_u2f(s);
	s->w.sign_key = stranger.leaf_key;
}

static void sign_u2f_other_challenge(struct statement *s)
{
	sign_u2f(s);
	s->w.client_data = "{}";
}

static const struct {
	const char *name;
	void (*spoil)(struct statement *);
} signings[] = {
	{ "packed", sign_right },
	{ "U2F", sign_u2f },
	{ "self", sign_self },
	{ "by a stranger's key", sign_by_stranger },
	{ "by the credential under a certificate", sign_by_credential },
	{ "self by a stranger's key", sign_self_by_stranger },
	{ "over another challenge", sign_other_challenge },
	{ "for another relying party", sign_other_rp },
	{ "without presence", sign_absent },
	{ "U2F by a stranger's key", sign_u2f_by_stranger },
	{ "U2F over another challenge", sign_u2f_other_challenge },
};

/* ---- ways of chaining ---- */

static X509 *leaf_by(struct statement *s, const struct maker_cert *what,
	X509 *issuer, EVP_PKEY *key)
{
	return s->w.x5c[0] = own(s, maker_cert(what, maker.leaf_key, issuer,
		key));
}

static void chain_right(struct statement *s)
{
	(void)s;
}

static void chain_to_intermediate(struct statement *s)
{
	s->anchor = maker.middle;
}

static void chain_to_unsent_intermediate(struct statement *s)
{
	s->anchor = maker.middle;
	s->w.x5c_n = 1;
}

static void chain_to_leaf(struct statement *s)
{
	s->anchor = maker.leaf;
}

static void chain_with_root(struct statement *s)
{
	s->w.x5c[s->w.x5c_n++] = maker.root;
}

static void chain_of_one(struct statement *s)
{
	leaf_by(s, &maker_leaf_cert, maker.root, maker.root_key);
	s->w.x5c_n = 1;
}

static void chain_without_intermediate(struct statement *s)
{
	s->w.x5c_n = 1;
}

static void chain_to_stranger(struct statement *s)
{
	s->anchor = stranger.root;
}

static void chain_self_signed(struct statement *s)
{
	leaf_by(s, &maker_leaf_cert, NULL, NULL);
}

static void chain_expired(struct statement *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.until = "20251231235959Z";
	leaf_by(s, &c, maker.middle, maker.middle_key);
}

static void chain_not_yet(struct statement *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.from = "20260101000001Z";
	leaf_by(s, &c, maker.middle, maker.middle_key);
}

static void chain_until_9999(struct statement *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.until = "99991231235959Z";
	leaf_by(s, &c, maker.middle, maker.middle_key);
}

static void chain_expired_root(struct statement *s)
{
	struct maker_cert c = maker_root_cert;

	c.until = "20251231235959Z";
	s->anchor = own(s, maker_cert(&c, maker.root_key, NULL, NULL));
}

static void chain_no_ca(struct statement *s)
{
	struct maker_cert c = maker_middle_cert;

	c.basic = "critical,CA:FALSE";
	s->w.x5c[1] = own(s, maker_cert(&c, maker.middle_key, maker.root,
		maker.root_key));
}

static void chain_wrong_intermediate(struct statement *s)
{
	s->w.x5c[1] = own(s, maker_cert(&maker_middle_cert,
		stranger.middle_key, maker.root, maker.root_key));
}

static void chain_critical(struct statement *s)
{
	struct maker_cert c = maker_leaf_cert;

	c.extensions[4] = (struct maker_extension){ "1.3.6.1.4.1.99999.1",
		"0500", true };
	leaf_by(s, &c, maker.middle, maker.middle_key);
}

static const struct {
	const char *name;
	void (*spoil)(struct statement *);
} chains[] = {
	{ "to the root", chain_right },
	{ "to the intermediate", chain_to_intermediate },
	{ "to an intermediate that is not sent", chain_to_unsent_intermediate },
	{ "to the leaf", chain_to_leaf },
	{ "with the root sent", chain_with_root },
	{ "of one certificate", chain_of_one },
	{ "without its intermediate", chain_without_intermediate },
	{ "to a stranger's root", chain_to_stranger },
	{ "of a self-signed leaf", chain_self_signed },
	{ "with an expired leaf", chain_expired },
	{ "with a leaf from tomorrow", chain_not_yet },
	{ "with a leaf until 9999", chain_until_9999 },
	{ "to an expired root", chain_expired_root },
	{ "over an intermediate that is no CA", chain_no_ca },
	{ "over an intermediate of another key", chain_wrong_intermediate },
	{ "with an unknown critical extension", chain_critical },
};

/* ---- output ---- */

static FILE *file(const char *dir, int i, const char *name)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d", dir, i);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%d/%s", dir, i, name);
	f = fopen(path, "we");
	if (!f) {
		perror(path);
		exit(1);
	}
	return f;
}

static void line(FILE *f, const void *p, size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	base64_encode(&b, BASE64_STD, p, n);
	fprintf(f, "%s\n", buf_str(&b));
	buf_done(&b);
}

/* The input of fido2-cred -V */
static void write_cred(FILE *f, const struct statement *s,
	const struct attestation *a)
{
	cbor_item_t *map = NULL;
	const unsigned char *sig;
	struct authdata auth;
	unsigned char hash[32], *der = NULL;
	struct buf b;
	size_t n;

	SHA256(a->client_data.p, a->client_data.n, hash);
	line(f, hash, sizeof(hash));
	fprintf(f, "%s\n%s\n", a->rp_id, a->fmt);
	buf_init(&b, 1 << 20);
	tcbor_put_bytes(&b, a->auth_data.p, a->auth_data.n);
	line(f, b.p, b.n);
	buf_done(&b);
	if (authdata_parse(a->auth_data.p, a->auth_data.n, &auth, NULL) == 0)
		line(f, auth.credential_id, auth.credential_id_n);
	if (tcbor_load(a->att_stmt.p, a->att_stmt.n, &map, NULL) < 0)
		abort();
	sig = tcbor_bytes(tcbor_get(map, "sig"), &n);
	line(f, sig, n);
	tcbor_done(&map);
	if (s->w.with_x5c) {
		n = (size_t)i2d_X509(s->w.x5c[0], &der);
		line(f, der, n);
		OPENSSL_free(der);
	}
	fclose(f);
}

static void write_certs(FILE *f, X509 *const *certs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		PEM_write_X509(f, certs[i]);
	fclose(f);
}

static const char *status_of(const struct steps *steps, const char *name)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strcmp(steps->rows[i].name, name) == 0)
			return step_status_name(steps->rows[i].status);
	return "none";
}

static void flip(struct attestation *a, long bit)
{
	struct buf *parts[] = { &a->client_data, &a->auth_data };
	struct buf *b = parts[bit & 1];

	/* behind rpIdHash and flags, before the credential id: what is left
	 * is well-formed, and signed */
	bit = bit & 1 ? 33 * 8 + (bit >> 1) % (20 * 8) :
			(bit >> 1) % (long)(b->n * 8);
	b->p[bit / 8] ^= (unsigned char)(1 << bit % 8);
}

static void make(const char *dir, int i, size_t signing, size_t chain,
	long bit)
{
	struct statement s = { .anchor = maker.root, .at = MAKER_AT };
	struct attest_facts facts;
	struct attestation a;
	struct anchors anchors;
	struct steps steps = { .n = 0 };
	size_t k;

	maker_answer_init(&s.w, &maker);
	chains[chain].spoil(&s);
	signings[signing].spoil(&s);
	attestation_init(&a);
	maker_answer_build(&s.w, &a);
	if (bit >= 0)
		flip(&a, bit);
	write_cred(file(dir, i, "cred"), &s, &a);
	write_certs(file(dir, i, "leaf.pem"), s.w.x5c, 1);
	write_certs(file(dir, i, "others.pem"), s.w.x5c + 1, s.w.x5c_n - 1);
	write_certs(file(dir, i, "anchors.pem"), &s.anchor, 1);
	maker_anchors(&anchors, &s.anchor, 1);
	attest_facts_init(&facts);
	attest_verify(&a, &anchors, NULL, s.at, &steps, &facts);
	printf("%d\t%s\t%s\t%s, %s%s\n", i, status_of(&steps, "signature"),
		s.w.with_x5c ? status_of(&steps, "chain") : "none",
		signings[signing].name, chains[chain].name,
		bit >= 0 ? ", with a flipped bit" : "");
	attest_facts_done(&facts);
	anchors_done(&anchors);
	attestation_done(&a);
	for (k = 0; k < ARRAY_LEN(s.owned); k++)
		X509_free(s.owned[k]);
}

int main(int argc, char **argv)
{
	size_t i, k;
	int n = 0;

	if (argc != 2)
		return 2;
	maker_init(&maker);
	stranger.root_key = maker_key("P-256");
	stranger.middle_key = maker_key("P-256");
	stranger.leaf_key = maker_key("P-256");
	stranger.credential_key = maker_key("P-256");
	stranger.root = maker_cert(&maker_root_cert, stranger.root_key, NULL,
		NULL);
	for (i = 0; i < ARRAY_LEN(signings); i++) /* signatures */
		for (k = 0; k < 3; k++)
			make(argv[1], n++, i, k, -1);
	for (i = 0; i < 2; i++) /* chains under good ones */
		for (k = 0; k < ARRAY_LEN(chains); k++)
			make(argv[1], n++, i, k, -1);
	for (i = 0; i < 36; i++) /* single bits of what packed signs */
		make(argv[1], n++, i % 2 ? 0 : 2, 0, (long)i * 3571);
	maker_done(&maker);
	maker_done(&stranger);
	return 0;
}
