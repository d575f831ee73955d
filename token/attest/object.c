/* SPDX-License-Identifier: Apache-2.0 */
/* Attestation objects: their parts, from bytes and to bytes. */
#include "token/attest/attest.h"

#include "token/attest/cbor.h"

#include <string.h>

void attestation_init(struct attestation *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->client_data, ATTEST_BYTES_MAX);
	buf_init(&a->auth_data, ATTEST_BYTES_MAX);
	buf_init(&a->att_stmt, ATTEST_BYTES_MAX);
}

void attestation_done(struct attestation *a)
{
	buf_done(&a->client_data);
	buf_done(&a->auth_data);
	buf_done(&a->att_stmt);
}

void attest_facts_init(struct attest_facts *f)
{
	memset(f, 0, sizeof(*f));
	f->certification = -1;
	buf_init(&f->credential_id, ATTEST_BYTES_MAX);
	buf_init(&f->public_key, ATTEST_BYTES_MAX);
}

void attest_facts_done(struct attest_facts *f)
{
	buf_done(&f->credential_id);
	buf_done(&f->public_key);
}

void attestation_put_object(struct buf *b, const struct attestation *a)
{
	tcbor_put_head(b, TCBOR_MAP, 3);
	tcbor_put_text(b, "fmt");
	tcbor_put_text(b, a->fmt);
	tcbor_put_text(b, "attStmt");
	buf_put(b, a->att_stmt.p, a->att_stmt.n);
	tcbor_put_text(b, "authData");
	tcbor_put_bytes(b, a->auth_data.p, a->auth_data.n);
}

/*
 * Bytes of the value of a text key, as they stand: the statement is hashed and
 * passed on, never re-encoded. The item is known to be well-formed.
 */
static const unsigned char *raw_value(const unsigned char *p, size_t n,
	const char *key, size_t *ret_n)
{
	size_t len, pairs = p[0] & 31u, want = strlen(key);
	const unsigned char *k;

	*ret_n = 0;
	if (p[0] >> 5 != TCBOR_MAP || pairs > 23)
		return NULL;
	for (p++, n--; pairs > 0; pairs--) {
		k = p;
		len = tcbor_item_length(p, n);
		p += len;
		n -= len;
		*ret_n = tcbor_item_length(p, n);
		if (*ret_n == 0)
			return NULL;
		if (len == want + 1 && k[0] == (TCBOR_TEXT << 5 | want) &&
			memcmp(k + 1, key, want) == 0)
			return p;
		p += *ret_n;
		n -= *ret_n;
	}
	return NULL;
}

int attestation_parse_object(const unsigned char *p, size_t n,
	struct attestation *ret, struct error *err)
{
	CLEANUP(tcbor_done) cbor_item_t *map = NULL;
	const unsigned char *auth, *stmt;
	char fmt[ATTEST_FMT_MAX + 1];
	size_t auth_n, stmt_n;
	int r;

	r = tcbor_load(p, n, &map, err);
	if (r < 0)
		return r;
	auth = tcbor_bytes(tcbor_get(map, "authData"), &auth_n);
	stmt = raw_value(p, n, "attStmt", &stmt_n);
	if (!auth || !stmt ||
		tcbor_text(tcbor_get(map, "fmt"), fmt, sizeof(fmt)) < 0 ||
		(stmt[0] >> 5 != TCBOR_MAP && attest_understands(fmt)))
		return error_set(err, ERROR_MALFORMED,
			"an attestation object without fmt, attStmt or "
			"authData");
	buf_reset(&ret->auth_data);
	buf_reset(&ret->att_stmt);
	buf_put(&ret->auth_data, auth, auth_n);
	buf_put(&ret->att_stmt, stmt, stmt_n);
	memcpy(ret->fmt, fmt, sizeof(fmt));
	r = buf_check(&ret->auth_data, "authenticator data", err);
	return r < 0 ? r : buf_check(&ret->att_stmt,
		"an attestation statement", err);
}
