/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statements DIRECTORY: attestation statements, good and bad, in the forms
 * that programs of others read, each in a directory of its own:
 *
 *   object, client, rp   the attestation object, client data, relying party
 *   cred                 the input of `fido2-cred -V`, where it has a form
 *   leaf.pem, others.pem, anchors.pem   the chain, where there is one
 *   evidence.json        the same made anew as evidence, where it is good
 *
 * and on standard output a line for each, its members parted by tabs: number,
 * what our own steps "signature" and "chain" say, our verdict, what libfido2
 * says of the signature, what our verdict rests on, how it was made.
 */
#include "base/encode.h"
#include "tests/unit/vectors.h"
#include "token/attest/cbor.h"

#include <fido.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

static void write_all(FILE *f, const void *p, size_t n)
{
	if (n)
		MUST(fwrite(p, 1, n, f) == n);
	fclose(f);
}

static void line(FILE *f, const void *p, size_t n)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	base64_encode(&b, BASE64_STD, p, n);
	fprintf(f, "%s\n", buf_str(&b));
	buf_done(&b);
}

static void write_object(const char *dir, int i, const struct attestation *a)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	attestation_put_object(&b, a);
	write_all(file(dir, i, "object"), b.p, b.n);
	buf_done(&b);
	write_all(file(dir, i, "client"), a->client_data.p, a->client_data.n);
	write_all(file(dir, i, "rp"), a->rp_id, strlen(a->rp_id));
}

/* Certificate k of x5c as it stands; NULL where there is none */
static const unsigned char *certificate(cbor_item_t *map, size_t k, size_t *n)
{
	cbor_item_t *x5c = tcbor_get(map, "x5c");

	*n = 0;
	if (!x5c || !cbor_isa_array(x5c) || k >= cbor_array_size(x5c))
		return NULL;
	return tcbor_bytes(cbor_array_handle(x5c)[k], n);
}

static void write_pem(FILE *f, cbor_item_t *map, size_t from, size_t to)
{
	const unsigned char *p;
	size_t k, n;

	for (k = from; k < to && (p = certificate(map, k, &n)); k++)
		PEM_write(f, "CERTIFICATE", "", p, (long)n);
	fclose(f);
}

static void write_chain(const char *dir, int i, cbor_item_t *map,
	const struct vector *s)
{
	FILE *f = file(dir, i, "anchors.pem");
	size_t k;

	for (k = 0; k < s->anchors_n; k++)
		PEM_write_X509(f, s->anchors[k]);
	fclose(f);
	write_pem(file(dir, i, "leaf.pem"), map, 0, 1);
	write_pem(file(dir, i, "others.pem"), map, 1, 64);
}

/* Its input names no algorithm of the statement: ES256 it is. */
static bool is_es256(cbor_item_t *map, const struct attestation *a)
{
	int64_t alg;

	return strcmp(a->fmt, "fido-u2f") == 0 ||
		(strcmp(a->fmt, "packed") == 0 &&
			tcbor_int(tcbor_get(map, "alg"), &alg) == 0 &&
			alg == COSE_ALG_ES256);
}

static void write_cred(const char *dir, int i, cbor_item_t *map,
	const struct attestation *a, int type)
{
	const unsigned char *sig, *leaf;
	struct authdata auth;
	unsigned char hash[32];
	size_t sig_n, leaf_n;
	struct buf b;
	FILE *f;

	sig = tcbor_bytes(tcbor_get(map, "sig"), &sig_n);
	leaf = certificate(map, 0, &leaf_n);
	if (!is_es256(map, a) || type != COSE_ALG_ES256 || !sig ||
		(!leaf && tcbor_get(map, "x5c")) ||
		authdata_parse(a->auth_data.p, a->auth_data.n, &auth,
			NULL) < 0 || !auth.credential_id)
		return;
	f = file(dir, i, "cred");
	SHA256(a->client_data.p, a->client_data.n, hash);
	line(f, hash, sizeof(hash));
	fprintf(f, "%s\n%s\n", a->rp_id, a->fmt);
	buf_init(&b, 1 << 20);
	tcbor_put_bytes(&b, a->auth_data.p, a->auth_data.n);
	line(f, b.p, b.n);
	buf_done(&b);
	line(f, auth.credential_id, auth.credential_id_n);
	line(f, sig, sig_n);
	if (leaf)
		line(f, leaf, leaf_n);
	fclose(f);
}

/* ---- libfido2 ---- */

static bool libfido2_holds(const struct attestation *a, cbor_item_t *map,
	int type)
{
	fido_cred_t *cred = fido_cred_new();
	unsigned char hash[32];
	bool good;

	SHA256(a->client_data.p, a->client_data.n, hash);
	good = fido_cred_set_type(cred, type) == FIDO_OK &&
		fido_cred_set_fmt(cred, a->fmt) == FIDO_OK &&
		fido_cred_set_rp(cred, a->rp_id, NULL) == FIDO_OK &&
		fido_cred_set_clientdata_hash(cred, hash, 32) == FIDO_OK &&
		fido_cred_set_authdata_raw(cred, a->auth_data.p,
			a->auth_data.n) == FIDO_OK &&
		fido_cred_set_attstmt(cred, a->att_stmt.p,
			a->att_stmt.n) == FIDO_OK;
	if (good)
		good = (tcbor_get(map, "x5c") ? fido_cred_verify(cred) :
				fido_cred_verify_self(cred)) == FIDO_OK;
	fido_cred_free(&cred);
	return good;
}

/* ---- what is made ---- */

static const struct step *find(const struct steps *steps, const char *name)
{
	static const struct step none = { .status = STEP_SKIPPED,
		.text = "" };
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strcmp(steps->rows[i].name, name) == 0)
			return &steps->rows[i];
	return &none;
}

static const char *reason(const struct steps *steps)
{
	enum verdict verdict = steps_verdict(steps);
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (verdict != VERDICT_GENUINE &&
			steps->rows[i].verdict == verdict)
			return steps->rows[i].text;
	return find(steps, "signature")->text;
}

static void judge(const char *dir, int i, const struct vector *s,
	const struct attestation *a, const char *how)
{
	struct steps steps = { .n = 0 };
	struct attest_facts facts;
	struct anchors anchors;
	cbor_item_t *map = NULL;
	bool theirs;

	/* a statement that is no CBOR at all is left to the other readers */
	(void)tcbor_load(a->att_stmt.p, a->att_stmt.n, &map, NULL);
	write_object(dir, i, a);
	write_chain(dir, i, map, s);
	write_cred(dir, i, map, a, s->w.credential_alg);
	vendor_anchors(&anchors, s->anchors, s->anchors_n);
	attest_facts_init(&facts);
	attest_verify(a, &anchors, NULL, s->at, &steps, &facts);
	theirs = libfido2_holds(a, map, s->w.credential_alg);
	printf("%d\t%s\t%s\t%s\t%s\t%s\t%s\n", i,
		step_status_name(find(&steps, "signature")->status),
		step_status_name(find(&steps, "chain")->status),
		verdict_name(steps_verdict(&steps)), theirs ? "pass" : "fail",
		reason(&steps), how);
	attest_facts_done(&facts);
	anchors_done(&anchors);
	tcbor_done(&map);
}

/* As a file of evidence, with an assertion by the same credential */
static void write_evidence(const char *dir, int i, const struct vector_row *row)
{
	struct evidence e;
	struct vector s;
	struct buf b;

	s = (struct vector){ .at = VENDOR_AT };
	vendor_answer_init(&s.w, &vendor);
	row->spoil(&s);
	vendor_evidence_of(&vendor, &s.w, &e);
	if (s.late)
		s.late(&e.attestation);
	buf_init(&b, EVIDENCE_MAX);
	MUST(evidence_write(&e, &b, NULL) == 0);
	write_all(file(dir, i, "evidence.json"), b.p, b.n);
	buf_done(&b);
	evidence_done(&e);
	vector_done(&s);
}

static int make_rows(const char *dir, int i, const struct vector_row *rows,
	size_t n)
{
	struct attestation a;
	struct vector s;
	size_t k;

	for (k = 0; k < n; k++) {
		if (rows[k].verdict == VERDICT_GENUINE ||
			rows[k].verdict == VERDICT_SELF_ATTESTED ||
			strcmp(rows[k].step, "credential") == 0)
			write_evidence(dir, i, &rows[k]);
		vector_build(&rows[k], &s, &a);
		judge(dir, i++, &s, &a, rows[k].name);
		attestation_done(&a);
		vector_done(&s);
	}
	return i;
}

/* Single bits, spread over what a good answer is made of. */
#define FLIPS 12

static int make_flips(const char *dir, int i, const struct vector_row *row)
{
	static const char *const names[] = { "client data", "signed data",
		"statement" };
	struct attestation a;
	struct buf *parts[] = { &a.client_data, &a.auth_data, &a.att_stmt };
	char how[256];
	struct vector s;
	size_t part, k, bit;

	for (k = 0; k < FLIPS; k++) {
		part = k % ARRAY_LEN(parts);
		vector_build(row, &s, &a);
		/* a step that shares no factor with most lengths */
		bit = k * 3571 % (parts[part]->n * 8);
		parts[part]->p[bit / 8] ^= (unsigned char)(1 << bit % 8);
		snprintf(how, sizeof(how), "%s, but for bit %zu of its %s",
			row->name, bit, names[part]);
		judge(dir, i++, &s, &a, how);
		attestation_done(&a);
		vector_done(&s);
	}
	return i;
}

int main(int argc, char **argv)
{
	int i = 0;
	size_t k;

	if (argc != 2)
		return 2;
	fido_init(0);
	vectors_init();
	i = make_rows(argv[1], i, vectors, vectors_n);
	i = make_rows(argv[1], i, vectors_tpm, vectors_tpm_n);
	i = make_rows(argv[1], i, vectors_algorithms, vectors_algorithms_n);
	for (k = 0; k < vectors_n; k++)
		if (vectors[k].verdict == VERDICT_GENUINE && k % 3 == 0)
			i = make_flips(argv[1], i, &vectors[k]);
	for (k = 0; k < vectors_tpm_n; k++)
		if (vectors_tpm[k].verdict == VERDICT_GENUINE && k % 3 == 0)
			i = make_flips(argv[1], i, &vectors_tpm[k]);
	vectors_done();
	return 0;
}
