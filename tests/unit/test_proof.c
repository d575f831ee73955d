/* SPDX-License-Identifier: Apache-2.0 */
/* What an assertion proves, and what it does not. */
#include "token/fido/proof.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

#include <jansson.h>

#define CLIENT_DATA "{\"type\":\"webauthn.get\"}"

static EVP_PKEY *key, *other;
static struct buf cose;

static enum verdict prove(const struct assertion *a, int64_t last,
	struct proof_facts *facts)
{
	struct steps s = { .n = 0 };

	memset(facts, 0, sizeof(*facts));
	/* what only an assertion cannot say is taken as said */
	steps_add(&s, "signature", STEP_PASS, VERDICT_GENUINE, "x");
	steps_add(&s, "chain", STEP_PASS, VERDICT_GENUINE, "x");
	proof_verify(a, cose.p, cose.n, last, &s, facts);
	assert_int_equal(s.n, 3);
	assert_string_equal(s.rows[2].name, "liveness");
	assert_int_equal(s.rows[2].status == STEP_PASS,
		s.rows[2].verdict == VERDICT_GENUINE);
	return steps_verdict(&s);
}

static void make(struct assertion *a, uint8_t flags, uint32_t counter)
{
	assertion_init(a);
	vendor_assertion(key, PROOF_RP_ID, CLIENT_DATA, "id", flags, counter,
		a);
}

static void a_fresh_assertion_proves_the_token(void **state)
{
	struct proof_facts f;
	struct assertion a;

	(void)state;
	make(&a, AUTHDATA_UP | AUTHDATA_UV, 0x01020304);
	assert_int_equal(prove(&a, -1, &f), VERDICT_GENUINE);
	assert_int_equal(f.flags, AUTHDATA_UP | AUTHDATA_UV);
	assert_int_equal(f.counter, 0x01020304);
	assertion_done(&a);
}

/* {1: 7, 3: -48, -1: h'01'}: ML-DSA-44 */
static void a_key_that_is_not_verified_here_is_undecided(void **state)
{
	static const unsigned char ml_dsa[] = { 0xa3, 0x01, 0x07, 0x03, 0x38,
		0x2f, 0x20, 0x41, 0x01 };
	struct steps s = { .n = 0 };
	struct proof_facts f;
	struct assertion a;
	struct error e;

	(void)state;
	make(&a, AUTHDATA_UP, 1);
	assert_int_equal(-ERROR_UNSUPPORTED, proof_check_signature(&a, ml_dsa,
		sizeof(ml_dsa), &f, &e));
	proof_verify(&a, ml_dsa, sizeof(ml_dsa), -1, &s, &f);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.rows[0].status, STEP_UNKNOWN);
	assert_int_equal(steps_verdict(&s), VERDICT_UNDECIDED);
	assertion_done(&a);
}

/* Of any key, also of one that is none; and what counts is judged as before. */
static void what_is_prepared_proves_nothing(void **state)
{
	static const unsigned char none[] = { 0xa0 };
	struct proof_facts f;
	struct assertion a;

	(void)state;
	proof_prepare_key(cose.p, cose.n);
	proof_prepare_key(none, sizeof(none));
	make(&a, AUTHDATA_UP, 7);
	assert_int_equal(prove(&a, -1, &f), VERDICT_GENUINE);
	a.signature.p[a.signature.n - 1] ^= 1;
	assert_int_equal(prove(&a, -1, &f), VERDICT_NOT_THIS_TOKEN);
	assertion_done(&a);
}

static void a_key_by_its_other_number_is_the_same(void **state)
{
	struct proof_facts f;
	struct assertion a;
	struct steps s = { .n = 0 };
	struct buf esp256;

	(void)state;
	buf_init(&esp256, 1024);
	vendor_cose_key(&esp256, key, COSE_ALG_ESP256);
	make(&a, AUTHDATA_UP, 1);
	proof_verify(&a, esp256.p, esp256.n, -1, &s, &f);
	assert_int_equal(s.rows[0].status, STEP_PASS);
	assertion_done(&a);
	buf_done(&esp256);
}

static void a_counter_may_rise_or_stay_at_zero(void **state)
{
	static const struct {
		uint32_t now;
		int64_t last;
		bool good;
	} rows[] = {
		{ 0, -1, true }, { 1, -1, true }, { UINT32_MAX, -1, true },
		{ 0, 0, true }, { 1, 0, true }, { 2, 1, true },
		{ 100, 1, true }, { UINT32_MAX, UINT32_MAX - 1, true },
		{ 0, 1, false }, { 1, 1, false }, { 1, 2, false },
		{ 0, UINT32_MAX, false }, { UINT32_MAX, UINT32_MAX, false },
		{ 0x7fffffff, 0x80000000, false },
	};
	struct proof_facts f;
	struct assertion a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		make(&a, AUTHDATA_UP, rows[i].now);
		if (prove(&a, rows[i].last, &f) != (rows[i].good ?
				VERDICT_GENUINE : VERDICT_NOT_THIS_TOKEN))
			fail_msg("row %zu", i);
		assert_int_equal(f.counter, rows[i].now);
		assertion_done(&a);
	}
}

static void assert_proves_nothing(const struct assertion *a)
{
	struct proof_facts f;

	assert_int_equal(prove(a, -1, &f), VERDICT_NOT_THIS_TOKEN);
	assert_int_equal(f.flags, 0);
	assert_int_equal(f.counter, 0);
}

static void an_untouched_assertion_proves_nothing(void **state)
{
	struct assertion a;

	(void)state;
	make(&a, 0, 5);
	assert_proves_nothing(&a);
	assertion_done(&a);
	make(&a, AUTHDATA_UV, 5);
	assert_proves_nothing(&a);
	assertion_done(&a);
}

static void another_key_or_relying_party_proves_nothing(void **state)
{
	struct assertion a;

	(void)state;
	assertion_init(&a);
	vendor_assertion(other, PROOF_RP_ID, CLIENT_DATA, "id", AUTHDATA_UP, 5,
		&a);
	assert_proves_nothing(&a);
	vendor_assertion(key, PROOF_RP_LOGIN, CLIENT_DATA, "id", AUTHDATA_UP, 5,
		&a);
	strcpy(a.rp_id, PROOF_RP_ID);
	assert_proves_nothing(&a);
	assertion_done(&a);
}

static void every_flipped_byte_of_the_signed_parts_proves_nothing(void **state)
{
	struct buf *parts[3];
	struct assertion a;
	size_t i, k;

	(void)state;
	make(&a, AUTHDATA_UP, 5);
	parts[0] = &a.auth_data;
	parts[1] = &a.client_data;
	parts[2] = &a.signature;
	for (i = 0; i < ARRAY_LEN(parts); i++)
		for (k = 0; k < parts[i]->n; k++) {
			parts[i]->p[k] ^= 0x20;
			assert_proves_nothing(&a);
			parts[i]->p[k] ^= 0x20;
		}
	for (i = 0; i < ARRAY_LEN(parts); i++) {
		parts[i]->n--;
		assert_proves_nothing(&a);
		parts[i]->n++;
	}
	assertion_done(&a);
	assertion_init(&a);
	assert_proves_nothing(&a);
	assertion_done(&a);
}

static void a_key_that_cannot_be_read_proves_nothing(void **state)
{
	struct steps s = { .n = 0 };
	struct proof_facts f = { 0 };
	struct assertion a;

	(void)state;
	make(&a, AUTHDATA_UP, 5);
	proof_verify(&a, cose.p, cose.n - 1, -1, &s, &f);
	proof_verify(&a, NULL, 0, -1, &s, &f);
	assert_int_equal(s.rows[0].verdict, VERDICT_NOT_THIS_TOKEN);
	assert_int_equal(s.rows[1].verdict, VERDICT_NOT_THIS_TOKEN);
	assertion_done(&a);
}

static const char *member(json_t *o, const char *name)
{
	return json_string_value(json_object_get(o, name));
}

static void client_data_is_json_with_a_fresh_challenge(void **state)
{
	unsigned char raw[64];
	char first[64];
	struct buf b;
	json_t *o;

	(void)state;
	buf_init(&b, 4096);
	OK(proof_client_data(&b, PROOF_CREATE, PROOF_RP_ID, "identity", &err));
	o = json_loadb((char *)b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	assert_string_equal(member(o, "type"), "webauthn.create");
	assert_string_equal(member(o, "origin"), PROOF_RP_ID);
	assert_string_equal(member(o, "purpose"), "identity");
	assert_int_equal(base64_decode(BASE64_URL, member(o, "challenge"),
		strlen(member(o, "challenge")), raw, sizeof(raw)), 32);
	strcpy(first, member(o, "challenge"));
	json_decref(o);
	OK(proof_client_data(&b, PROOF_GET, PROOF_RP_ID, "identity", &err));
	o = json_loadb((char *)b.p, b.n, JSON_REJECT_DUPLICATES, NULL);
	assert_string_equal(member(o, "type"), "webauthn.get");
	assert_string_not_equal(member(o, "challenge"), first);
	json_decref(o);
	buf_done(&b);
}

static int set_up(void **state)
{
	(void)state;
	key = vendor_key("P-256");
	other = vendor_key("P-256");
	buf_init(&cose, 1024);
	vendor_cose_key(&cose, key, COSE_ALG_ES256);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_done(&cose);
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	return 0;
}

/* ---- a question that proves nothing ---- */

static int ask_fails;

WRAP(void, fido_set_deadline, struct fido *f, deadline_t until)
{
	assert_ptr_equal(f, &ask_fails);
	assert_int_equal(until, 4711);
}

WRAP(int, fido_get_assertion, struct fido *f,
	const struct fido_assertion_request *q, struct assertion *ret,
	bool *ret_found, struct error *e)
{
	assert_ptr_equal(f, &ask_fails);
	assert_string_equal(q->rp_id, "ssh:");
	assert_false(q->touch);
	assert_null(q->pin);
	assert_int_equal(q->credential.n, 2);
	assert_memory_equal(q->credential.p, "id", 2);
	assert_non_null(memmem(q->client_data->p, q->client_data->n,
		"\"purpose\":\"lookup\"", 18));
	assert_non_null(memmem(q->client_data->p, q->client_data->n,
		"webauthn.get", 12));
	buf_put_str(&ret->signature, "s");
	*ret_found = true;
	return ask_fails ? error_set(e, ask_fails, "it was unplugged") : 0;
}

static void a_token_is_asked_for_a_credential_without_a_touch(void **state)
{
	struct fido *f = (struct fido *)&ask_fails;
	const struct fido_id id = { "id", 2 };
	bool has = false;

	(void)state;
	OK(proof_has_credential(f, "ssh:", &id, 4711, &has, &err));
	assert_true(has);
	ask_fails = ERROR_NO_TOKEN;
	SAYS(ERROR_NO_TOKEN, "it was unplugged", proof_has_credential(f,
		"ssh:", &id, 4711, &has, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_token_is_asked_for_a_credential_without_a_touch),
		cmocka_unit_test(a_fresh_assertion_proves_the_token),
		cmocka_unit_test(a_key_that_is_not_verified_here_is_undecided),
		cmocka_unit_test(what_is_prepared_proves_nothing),
		cmocka_unit_test(a_key_by_its_other_number_is_the_same),
		cmocka_unit_test(a_counter_may_rise_or_stay_at_zero),
		cmocka_unit_test(an_untouched_assertion_proves_nothing),
		cmocka_unit_test(another_key_or_relying_party_proves_nothing),
		cmocka_unit_test(
			every_flipped_byte_of_the_signed_parts_proves_nothing),
		cmocka_unit_test(a_key_that_cannot_be_read_proves_nothing),
		cmocka_unit_test(client_data_is_json_with_a_fresh_challenge),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
