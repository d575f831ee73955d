/* SPDX-License-Identifier: Apache-2.0 */
/* Assertions: what is asked, what is proved. */
#include "token/fido/proof.h"

#include "base/encode.h"
#include "base/random.h"

#include <openssl/sha.h>
#include <string.h>

int proof_client_data(struct buf *b, enum proof_type type, const char *rp_id,
	const char *purpose, struct error *err)
{
	unsigned char challenge[32];
	int r;

	r = random_bytes(challenge, sizeof(challenge), err);
	if (r < 0)
		return r;
	buf_reset(b);
	/* rp_id and purpose are constants of ours: nothing to escape */
	buf_printf(b, "{\"type\":\"webauthn.%s\",\"challenge\":\"",
		type == PROOF_CREATE ? "create" : "get");
	base64_encode(b, BASE64_URL, challenge, sizeof(challenge));
	buf_printf(b, "\",\"origin\":\"%s\",\"purpose\":\"%s\"}", rp_id,
		purpose);
	return buf_check(b, "the client data", err);
}

int proof_has_credential(struct fido *f, const char *rp_id,
	const struct fido_id *id, deadline_t until, bool *ret_has,
	struct error *err)
{
	CLEANUP(assertion_done) struct assertion a;
	CLEANUP(buf_done) struct buf client_data;
	const struct fido_assertion_request q = {
		.rp_id = rp_id,
		.client_data = &client_data,
		.credential = *id,
	};
	int r;

	assertion_init(&a);
	buf_init(&client_data, 1024);
	r = proof_client_data(&client_data, PROOF_GET, rp_id, "lookup", err);
	if (r < 0)
		return r;
	fido_set_deadline(f, until);
	return fido_get_assertion(f, &q, &a, ret_has, err);
}

static void not_this_token(struct steps *steps, const char *why)
{
	steps_add(steps, "liveness", STEP_FAIL, VERDICT_NOT_THIS_TOKEN, "%s",
		why);
}

static int proof_check(const struct assertion *a, const unsigned char *pk,
	size_t pk_n, struct error *err)
{
	CLEANUP(buf_done) struct buf sig;
	unsigned char hash[32];
	EVP_PKEY *key = NULL;
	bool good;
	int r, alg;

	buf_init(&sig, 1024);
	r = cose_key_load(pk, pk_n, &key, &alg, err);
	if (r < 0)
		return r;
	SHA256(a->client_data.p, a->client_data.n, hash);
	if (cose_key_is_on(key, "prime256v1"))
		cose_shorten_ecdsa(a->signature.p, a->signature.n, &sig);
	else
		buf_put(&sig, a->signature.p, a->signature.n);
	good = cose_verify(key, alg, a->auth_data.p, a->auth_data.n, hash,
		sizeof(hash), sig.p, sig.n);
	EVP_PKEY_free(key);
	return good ? 0 : error_set(err, ERROR_FAILED,
		"the signature does not hold over this challenge with the key "
		"that the registry knows");
}

void proof_prepare_key(const unsigned char *public_key, size_t n)
{
	/* ECDSA's r and s, both 1: of the right form, and nobody's */
	static const unsigned char form[] = { 0x30, 0x06, 0x02, 0x01, 0x01,
		0x02, 0x01, 0x01 };
	CLEANUP(assertion_done) struct assertion a;

	assertion_init(&a);
	buf_put(&a.signature, form, sizeof(form));
	(void)proof_check(&a, public_key, n, NULL);
}

int proof_check_signature(const struct assertion *a,
	const unsigned char *public_key, size_t public_key_n,
	struct proof_facts *facts, struct error *err)
{
	unsigned char want[32];
	struct authdata auth;
	struct error e;
	int r;

	if (authdata_parse(a->auth_data.p, a->auth_data.n, &auth, &e) < 0)
		return error_set(err, ERROR_FAILED, "%s", e.text);
	SHA256((const unsigned char *)a->rp_id, strlen(a->rp_id), want);
	if (!bytes_equal(want, auth.rp_id_hash, sizeof(want)))
		return error_set(err, ERROR_FAILED,
			"the assertion is for another relying party");
	r = proof_check(a, public_key, public_key_n, err);
	if (r < 0)
		return r;
	facts->flags = auth.flags;
	facts->counter = auth.counter;
	return 0;
}

static bool counter_fell(uint32_t now, int64_t last)
{
	if (last < 0 || (now == 0 && last == 0))
		return false;
	return (int64_t)now <= last;
}

void proof_verify(const struct assertion *a, const unsigned char *public_key,
	size_t public_key_n, int64_t last_counter, struct steps *steps,
	struct proof_facts *facts)
{
	struct proof_facts f;
	struct error e;
	int r;

	r = proof_check_signature(a, public_key, public_key_n, &f, &e);
	if (r == -ERROR_UNSUPPORTED)
		steps_add(steps, "liveness", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"the credential's signature cannot be judged here: %s",
			e.text);
	else if (r < 0)
		not_this_token(steps, e.text);
	if (r < 0)
		return;
	if (!(f.flags & AUTHDATA_UP)) {
		not_this_token(steps,
			"the signed flags say that nobody was present");
		return;
	}
	*facts = f;
	if (counter_fell(f.counter, last_counter)) {
		steps_add(steps, "liveness", STEP_FAIL, VERDICT_NOT_THIS_TOKEN,
			"the signature counter is %u, but %lld was seen "
			"before: this may be a clone", f.counter,
			(long long)last_counter);
		return;
	}
	steps_add(steps, "liveness", STEP_PASS, VERDICT_GENUINE,
		"the identity credential answers a fresh challenge: touched%s, "
		"counter %u%s", f.flags & AUTHDATA_UV ? ", user verified" : "",
		f.counter, f.counter == 0 ? " (it counts none)" : "");
}

int proof_check_key(const unsigned char *public_key, size_t n,
	struct error *err)
{
	EVP_PKEY *key = NULL;
	int alg, r = cose_key_load(public_key, n, &key, &alg, err);

	EVP_PKEY_free(key);
	return r;
}
