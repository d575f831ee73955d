/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of certificates that a chain may end in. */
#include "token/trust/anchors.h"

#include "token/trust/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

void anchors_done(struct anchors *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		X509_free(a->rows[i].cert);
	free(a->rows);
	a->rows = NULL;
	a->n = 0;
}

static time_t to_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return timegm(&tm);
}

int anchors_add(struct anchors *a, X509 *cert, struct error *err)
{
	struct anchor *rows, *row;

	if (a->n == ANCHORS_MAX) {
		X509_free(cert);
		return error_set(err, ERROR_FAILED,
			"more than %d trust anchors", ANCHORS_MAX);
	}
	rows = reallocarray(a->rows, a->n + 1, sizeof(*rows));
	if (!rows) {
		X509_free(cert);
		return error_memory(err);
	}
	a->rows = rows;
	row = &rows[a->n];
	if (leaf_fingerprint(cert, row->sha256) < 0) {
		X509_free(cert);
		return error_set(err, ERROR_FAILED,
			"cannot hash a certificate");
	}
	row->cert = cert;
	leaf_name(X509_get_subject_name(cert), row->subject,
		sizeof(row->subject));
	row->not_before = to_time(X509_get0_notBefore(cert));
	row->not_after = to_time(X509_get0_notAfter(cert));
	a->n++;
	return 0;
}

/* A SEQUENCE too long for one byte of length, which begins no text */
static bool is_der(const struct buf *b)
{
	return b->n > 1 && b->p[0] == 0x30 && b->p[1] & 0x80;
}

/* A certificate as it is, and nothing behind it */
static int parse_der(struct anchors *a, const struct buf *b, const char *name,
	struct error *err)
{
	const unsigned char *p = b->p;
	X509 *cert = d2i_X509(NULL, &p, (long)b->n);

	ERR_clear_error();
	if (cert && p == b->p + b->n)
		return anchors_add(a, cert, err);
	X509_free(cert);
	return error_set(err, ERROR_MALFORMED,
		"'%s' holds no PEM certificate, and is not one in DER", name);
}

int anchors_parse(struct anchors *a, struct buf *b, const char *name,
	struct error *err)
{
	BIO *bio = BIO_new_mem_buf(buf_str(b), (int)b->n);
	size_t before = a->n;
	X509 *cert;
	int r = 0;

	if (!bio)
		return error_memory(err);
	if (is_der(b)) {
		BIO_free(bio);
		return parse_der(a, b, name, err);
	}
	if (b->n && memmem(b->p, b->n, "PRIVATE KEY", 11))
		r = error_set(err, ERROR_REFUSED,
			"'%s' holds a private key: give a file with "
			"certificates only", name);
	while (r == 0 && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		r = anchors_add(a, cert, err);
	if (r == 0 && ERR_GET_REASON(ERR_peek_last_error()) !=
		PEM_R_NO_START_LINE)
		r = error_set(err, ERROR_MALFORMED,
			"'%s': certificate %zu is no PEM certificate", name,
			a->n - before + 1);
	if (r == 0 && a->n == before)
		r = error_set(err, ERROR_MALFORMED,
			"'%s' holds no PEM certificate", name);
	ERR_clear_error();
	BIO_free(bio);
	return r;
}

bool anchors_expired(int why)
{
	return why == X509_V_ERR_CERT_HAS_EXPIRED ||
		why == X509_V_ERR_CERT_NOT_YET_VALID;
}

/* Expiry, then anything but "no issuer". */
int anchors_better_reason(int a, int b)
{
	if (anchors_expired(a) || a == X509_V_ERR_OUT_OF_MEM)
		return a;
	if (anchors_expired(b) || b == X509_V_ERR_OUT_OF_MEM)
		return b;
	return a == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		a == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ? b : a;
}

/*
 * An anchor is a name and a key: what its extensions say does not bind those who
 * trust it (RFC 5280 section 6.1.1). Roots of several vendors in FIDO's metadata
 * say that they are no CA, or nothing. One that did not sign itself is a CA, or
 * it signs nothing; so is one that names a model, a token's own.
 */
static int forgive_root(int good, X509_STORE_CTX *ctx)
{
	X509 *anchor = X509_STORE_CTX_get_app_data(ctx);
	X509 *cert = X509_STORE_CTX_get_current_cert(ctx);

	if (good || X509_STORE_CTX_get_error(ctx) != X509_V_ERR_INVALID_CA ||
		!cert || X509_cmp(cert, anchor) != 0 ||
		X509_self_signed(cert, /* verify_signature= */ 1) != 1 ||
		leaf_names_model(cert))
		return good;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

/* Whether the chain ends in this one; X509_V_OK or why not. */
static int verify_against(const struct anchor *anchor, X509 *cert,
	STACK_OF(X509) *others, time_t at)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int why = X509_V_ERR_OUT_OF_MEM;

	if (store && ctx && X509_STORE_add_cert(store, anchor->cert) == 1 &&
		X509_STORE_CTX_init(ctx, store, cert, others) == 1) {
		/* vendors list intermediates and even leaves as anchors */
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
		X509_STORE_CTX_set_time(ctx, 0, at);
		X509_STORE_CTX_set_app_data(ctx, anchor->cert);
		X509_STORE_CTX_set_verify_cb(ctx, forgive_root);
		if (X509_verify_cert(ctx) == 1)
			why = X509_V_OK;
		else if (X509_STORE_CTX_get_error(ctx) != X509_V_OK)
			why = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return why;
}

/*
 * One anchor at a time: OpenSSL looks an issuer up by its name, and gives up
 * where the first of several of that name did not sign.
 */
int anchors_verify(const struct anchors *a, X509 *cert,
	STACK_OF(X509) *others, time_t at, const struct anchor **ret_end)
{
	int why = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, r;
	size_t i;

	for (i = 0; i < a->n; i++) {
		r = verify_against(&a->rows[i], cert, others, at);
		if (r == X509_V_OK) {
			*ret_end = &a->rows[i];
			return r;
		}
		why = anchors_better_reason(why, r);
	}
	return why;
}
