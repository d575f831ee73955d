/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials: made, and asked for an assertion. */
#include "token/fido/private.h"

#include "base/random.h"
#include "token/fido/newer/enterprise.h"

#include <stdio.h>
#include <string.h>

void assertion_init(struct assertion *a)
{
	memset(a, 0, sizeof(*a));
	buf_init(&a->client_data, ATTEST_BYTES_MAX);
	buf_init(&a->credential_id, ATTEST_BYTES_MAX);
	buf_init(&a->auth_data, ATTEST_BYTES_MAX);
	buf_init(&a->signature, ATTEST_BYTES_MAX);
}

void assertion_done(struct assertion *a)
{
	buf_done(&a->client_data);
	buf_done(&a->credential_id);
	buf_done(&a->auth_data);
	buf_done(&a->signature);
}

static void cred_p(fido_cred_t **c)
{
	fido_cred_free(c);
}

static void assert_p(fido_assert_t **a)
{
	fido_assert_free(a);
}

static int make_once(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct secret *pin,
	fido_cred_t *c)
{
	unsigned char user[32];
	/* no name is wanted in the token; some firmware insists on one */
	const char *name = f->no_user_name_refused ? "token" : NULL;

	if (random_bytes(user, sizeof(user), NULL) < 0)
		return FIDO_ERR_INTERNAL;
	if (fido_cred_set_type(c, COSE_ES256) != FIDO_OK ||
		fido_cred_set_clientdata(c, client_data->p, client_data->n) !=
			FIDO_OK ||
		fido_cred_set_rp(c, rp_id, rp_id) != FIDO_OK ||
		fido_cred_set_user(c, user, sizeof(user), name, name, NULL) !=
			FIDO_OK)
		return FIDO_ERR_INTERNAL;
	if (f->info.cred_protect &&
		fido_cred_set_prot(c, FIDO_CRED_PROT_UV_OPTIONAL_WITH_ID) !=
			FIDO_OK)
		return FIDO_ERR_INTERNAL;
	if (f->enterprise && enterprise_ask(c, NULL) < 0)
		return FIDO_ERR_INTERNAL;
	return fido_dev_make_cred(f->dev, c, pin ? secret_str(pin) : NULL);
}

int fido_want_enterprise(struct fido *f, struct error *err)
{
	CLEANUP(cred_p) fido_cred_t *c = fido_cred_new();
	int r;

	if (!c)
		return error_memory(err);
	if (f->info.enterprise != FIDO_ON)
		return error_set(err, ERROR_UNSUPPORTED,
			"the token gives no enterprise attestation: %s",
			f->info.enterprise == FIDO_OFF ?
			"it is not switched on (by its vendor, or `fido2-token "
			"-S -a`)" : "it has none");
	r = enterprise_ask(c, err);
	f->enterprise = r == 0;
	return r;
}

static int take_attestation(const fido_cred_t *c, const char *rp_id,
	const struct buf *client_data, struct attestation *ret,
	struct error *err)
{
	const char *fmt = fido_cred_fmt(c);

	/* all three can be NULL after FIDO_OK on hostile answers */
	if (!fmt || strlen(fmt) > ATTEST_FMT_MAX ||
		!fido_cred_authdata_raw_ptr(c) || !fido_cred_attstmt_ptr(c))
		return error_set(err, ERROR_MALFORMED,
			"the token's answer lacks a part of the attestation");
	buf_reset(&ret->client_data);
	buf_reset(&ret->auth_data);
	buf_reset(&ret->att_stmt);
	snprintf(ret->rp_id, sizeof(ret->rp_id), "%s", rp_id);
	snprintf(ret->fmt, sizeof(ret->fmt), "%s", fmt);
	buf_put(&ret->client_data, client_data->p, client_data->n);
	buf_put(&ret->auth_data, fido_cred_authdata_raw_ptr(c),
		fido_cred_authdata_raw_len(c));
	buf_put(&ret->att_stmt, fido_cred_attstmt_ptr(c),
		fido_cred_attstmt_len(c));
	return buf_check(&ret->att_stmt, "an attestation statement", err);
}

int fido_make_credential(struct fido *f, const char *rp_id,
	const struct buf *client_data, const struct secret *pin,
	struct attestation *ret, struct error *err)
{
	CLEANUP(cred_p) fido_cred_t *c = fido_cred_new();
	int r;

	if (!c)
		return error_memory(err);
	fido_begin(f);
	r = make_once(f, rp_id, client_data, pin, c);
	if ((r == FIDO_ERR_MISSING_PARAMETER ||
		    r == FIDO_ERR_INVALID_CBOR) && !f->no_user_name_refused) {
		f->no_user_name_refused = true;
		fido_cred_free(&c);
		c = fido_cred_new();
		if (!c)
			return error_memory(err);
		r = make_once(f, rp_id, client_data, pin, c);
	}
	r = fido_plainly(f, r, pin);
	if (r != FIDO_OK)
		return fido_failed(f, r, "making a credential", err);
	return take_attestation(c, rp_id, client_data, ret, err);
}

static int take_assertion(const fido_assert_t *a,
	const struct fido_assertion_request *q, struct assertion *ret,
	struct error *err)
{
	const unsigned char *cbor = fido_assert_authdata_ptr(a, 0);
	size_t cbor_n = fido_assert_authdata_len(a, 0), head;

	/* 1.12 has only the CBOR byte string, not what is inside */
	head = cbor_n > 255 + 2 ? 3 : cbor_n > 23 + 1 ? 2 : 1;
	if (!cbor || cbor_n <= head || !fido_assert_sig_ptr(a, 0))
		return error_set(err, ERROR_MALFORMED,
			"the token's answer lacks a part of the assertion");
	buf_reset(&ret->client_data);
	buf_reset(&ret->credential_id);
	buf_reset(&ret->auth_data);
	buf_reset(&ret->signature);
	snprintf(ret->rp_id, sizeof(ret->rp_id), "%s", q->rp_id);
	buf_put(&ret->client_data, q->client_data->p, q->client_data->n);
	buf_put(&ret->credential_id, q->credential.p, q->credential.n);
	buf_put(&ret->auth_data, cbor + head, cbor_n - head);
	buf_put(&ret->signature, fido_assert_sig_ptr(a, 0),
		fido_assert_sig_len(a, 0));
	return buf_check(&ret->auth_data, "an assertion", err);
}

static int ask_assertion(struct fido *f,
	const struct fido_assertion_request *q, fido_assert_t *a)
{
	fido_begin(f);
	if (fido_assert_set_clientdata(a, q->client_data->p,
		    q->client_data->n) != FIDO_OK ||
		fido_assert_set_rp(a, q->rp_id) != FIDO_OK ||
		fido_assert_allow_cred(a, q->credential.p, q->credential.n) !=
			FIDO_OK ||
		fido_assert_set_up(a, q->touch ? FIDO_OPT_TRUE :
						 FIDO_OPT_FALSE) != FIDO_OK)
		return FIDO_ERR_INTERNAL;
	return fido_dev_get_assert(f->dev, a,
		q->pin ? secret_str(q->pin) : NULL);
}

static int get_once(struct fido *f, const struct fido_assertion_request *q,
	struct assertion *ret, bool *ret_found, struct error *err)
{
	CLEANUP(assert_p) fido_assert_t *a = fido_assert_new();
	int r;

	if (!a)
		return error_memory(err);
	r = fido_plainly(f, ask_assertion(f, q, a), q->pin);
	if (r == FIDO_ERR_NO_CREDENTIALS || r == FIDO_ERR_INVALID_CREDENTIAL) {
		*ret_found = false;
		return 0;
	}
	/* U2F answers the question without a touch by asking for one */
	if (!q->touch && !f->info.ctap2 &&
		r == FIDO_ERR_USER_PRESENCE_REQUIRED)
		r = FIDO_OK;
	if (r != FIDO_OK)
		return fido_failed(f, r, "asking for an assertion", err);
	r = q->touch || f->info.ctap2 ? take_assertion(a, q, ret, err) : 0;
	if (r == 0)
		*ret_found = true;
	return r;
}

int fido_get_assertion(struct fido *f, const struct fido_assertion_request *q,
	struct assertion *ret, bool *ret_found, struct error *err)
{
	unsigned tries = 0;
	int r;

	do {
		r = get_once(f, q, ret, ret_found, err);
	} while (r < 0 && !q->touch && fido_asks_again(f, r, &tries));
	return r;
}
