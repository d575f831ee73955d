/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder: from a signature to the model and what is known of it. */
#include "token/attest-private.h"

#include "base/encode.h"

#include <openssl/sha.h>
#include <openssl/x509_vfy.h>
#include <string.h>

static void fail(struct climb *c, const char *step, enum verdict verdict,
	const char *text)
{
	steps_add(c->steps, step, STEP_FAIL, verdict, "%s", text);
}

/* Step 0: what must hold before any signature is worth a look. */
static bool check_auth_data(struct climb *c)
{
	unsigned char want[32];
	struct error e;

	if (authdata_parse(c->a->auth_data.p, c->a->auth_data.n, &c->auth,
		    &e) < 0) {
		fail(c, "signature", VERDICT_FORGED, e.text);
		return false;
	}
	c->facts->flags = c->auth.flags;
	c->facts->counter = c->auth.counter;
	SHA256((const unsigned char *)c->a->rp_id, strlen(c->a->rp_id), want);
	if (!bytes_equal(want, c->auth.rp_id_hash, sizeof(want))) {
		fail(c, "signature", VERDICT_FORGED,
			"the answer is for another relying party (rpIdHash)");
		return false;
	}
	if (!c->auth.aaguid) {
		fail(c, "signature", VERDICT_FORGED,
			"the answer holds no credential (flag AT is not set)");
		return false;
	}
	if (!(c->auth.flags & AUTHDATA_UP)) {
		fail(c, "signature", VERDICT_FORGED,
			"the signed flags say that nobody was present (UP is "
			"not set)");
		return false;
	}
	return true;
}

static bool load_credential(struct climb *c)
{
	struct error e;

	memcpy(c->facts->aaguid, c->auth.aaguid, 16);
	buf_put(&c->facts->credential_id, c->auth.credential_id,
		c->auth.credential_id_n);
	buf_put(&c->facts->public_key, c->auth.public_key,
		c->auth.public_key_n);
	if (cose_key_load(c->auth.public_key, c->auth.public_key_n, &c->key,
		    &c->facts->alg, &e) == 0)
		return true;
	steps_add(c->steps, "signature", STEP_FAIL, VERDICT_FORGED,
		"the new credential: %s", e.text);
	return false;
}

static void chain_holds(struct climb *c, const struct anchor *end)
{
	memcpy(c->facts->anchor_sha256, end->sha256, sizeof(end->sha256));
	memcpy(c->facts->anchor_subject, end->subject, sizeof(end->subject));
	c->facts->attested = true;
	steps_add(c->steps, "chain", STEP_PASS, VERDICT_GENUINE,
		"'%s' leads to the trusted '%s' (SHA-256 %.16s)",
		c->facts->leaf.subject, end->subject, end->sha256);
}

static bool is_expired(int why)
{
	return why == X509_V_ERR_CERT_HAS_EXPIRED ||
		why == X509_V_ERR_CERT_NOT_YET_VALID;
}

static void chain_fails(struct climb *c, int why)
{
	steps_add(c->steps, "chain", STEP_FAIL,
		is_expired(why) ? VERDICT_UNDECIDED : VERDICT_UNKNOWN_MAKER,
		"'%s' leads to none of the %zu trusted certificates: %s",
		c->facts->leaf.subject, c->anchors->n,
		X509_verify_cert_error_string(why));
}

/* Whether the chain ends in this one; X509_V_OK or why not. */
static int verify_against(struct climb *c, const struct anchor *anchor)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	int why = X509_V_ERR_OUT_OF_MEM;

	if (store && ctx && X509_STORE_add_cert(store, anchor->cert) == 1 &&
		X509_STORE_CTX_init(ctx, store, c->st.leaf,
			c->st.others) == 1) {
		/* makers list intermediates and even leaves as anchors */
		X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_PARTIAL_CHAIN);
		X509_STORE_CTX_set_time(ctx, 0, c->at);
		if (X509_verify_cert(ctx) == 1)
			why = X509_V_OK;
		else if (X509_STORE_CTX_get_error(ctx) != X509_V_OK)
			why = X509_STORE_CTX_get_error(ctx);
	}
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	return why;
}

/* Which of two reasons says more: expiry, then anything but "no issuer". */
static int better_reason(int a, int b)
{
	if (is_expired(a) || a == X509_V_ERR_OUT_OF_MEM)
		return a;
	if (is_expired(b) || b == X509_V_ERR_OUT_OF_MEM)
		return b;
	return a == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		a == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ? b : a;
}

static void step_chain(struct climb *c)
{
	int why = X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, r;
	size_t i;

	if (!c->st.leaf) {
		fail(c, "chain", VERDICT_SELF_ATTESTED,
			"there is no certificate: the token vouches for "
			"itself only");
		return;
	}
	if (c->anchors->n == 0) {
		steps_add(c->steps, "chain", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"there is no trust data: add a maker's certificates "
			"with `tokenbridge trust add FILE`");
		return;
	}
	/*
	 * One anchor at a time: OpenSSL looks an issuer up by its name, and
	 * gives up where the first of several of that name did not sign.
	 */
	for (i = 0; i < c->anchors->n; i++) {
		r = verify_against(c, &c->anchors->rows[i]);
		if (r == X509_V_OK) {
			chain_holds(c, &c->anchors->rows[i]);
			return;
		}
		why = better_reason(why, r);
	}
	if (why == X509_V_ERR_OUT_OF_MEM)
		steps_add(c->steps, "chain", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"the chain could not be built");
	else
		chain_fails(c, why);
}

static void step_model(struct climb *c)
{
	static const uint8_t zero[16];
	const struct leaf *l = &c->facts->leaf;
	char signed_[AAGUID_TEXT_LEN], named[AAGUID_TEXT_LEN];
	bool is_u2f = strcmp(c->a->fmt, "fido-u2f") == 0 &&
		memcmp(c->auth.aaguid, zero, sizeof(zero)) == 0;

	if (!c->facts->has_leaf)
		return;
	aaguid_format(c->auth.aaguid, signed_);
	if (!l->has_aaguid) {
		steps_add(c->steps, "model", STEP_UNKNOWN, VERDICT_GENUINE,
			"the certificate names no model: AAGUID %s is only "
			"claimed", signed_);
		return;
	}
	aaguid_format(l->aaguid, named);
	if (!is_u2f && memcmp(l->aaguid, c->auth.aaguid, 16) != 0) {
		steps_add(c->steps, "model", STEP_FAIL, VERDICT_FORGED,
			"the certificate is one for AAGUID %s, the answer "
			"claims %s", named, signed_);
		return;
	}
	if (l->aaguid_critical) {
		fail(c, "model", VERDICT_FORGED,
			"the certificate marks its AAGUID critical, which no "
			"maker may do");
		return;
	}
	if (is_u2f) { /* whose answer has no room for it */
		steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
			"AAGUID %s in the certificate; a U2F answer names none",
			named);
		return;
	}
	c->facts->aaguid_proved = c->facts->attested;
	steps_add(c->steps, "model", STEP_PASS, VERDICT_GENUINE,
		"AAGUID %s, the same in the certificate", signed_);
}

static void step_hardware(struct climb *c)
{
	if (c->auth.flags & (AUTHDATA_BE | AUTHDATA_BS))
		steps_add(c->steps, "hardware", STEP_FAIL, VERDICT_UNDECIDED,
			"the signed flags say that the credential can be "
			"copied (BE or BS is set)");
	if (c->st.movable)
		steps_add(c->steps, "hardware", STEP_FAIL, VERDICT_UNDECIDED,
			"the TPM says that the key can leave it, or was made "
			"elsewhere");
}

static void climb_done(struct climb *c)
{
	EVP_PKEY_free(c->key);
	statement_done(&c->st);
}

void attest_verify(const struct attestation *a, const struct anchors *anchors,
	time_t at, struct steps *steps, struct attest_facts *facts)
{
	CLEANUP(climb_done) struct climb c = {
		.a = a,
		.anchors = anchors,
		.at = at,
		.steps = steps,
		.facts = facts,
	};

	SHA256(a->client_data.p, a->client_data.n, c.client_data_hash);
	if (!check_auth_data(&c) || !load_credential(&c) ||
		!statement_load(&c) || !statement_verify(&c))
		return;
	step_chain(&c);
	step_model(&c);
	step_hardware(&c);
	steps_add(steps, "metadata", STEP_NOT_ASKED, VERDICT_GENUINE,
		"no metadata");
}
