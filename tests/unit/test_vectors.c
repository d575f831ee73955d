/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_vectors FILE: the test vectors of Web Authentication Level 3, section
 * 16: each registration is judged as its format deserves, each authentication
 * holds under the key that was registered, and no changed byte of either does.
 */
#include "base/encode.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"
#include "token/fido/proof.h"

#include <jansson.h>

#define PASS STEP_PASS
#define FAIL STEP_FAIL

/* With the vectors' own root as anchor */
static const struct expected {
	const char *name;
	const char *fmt;
	enum step_status signature;
	enum verdict verdict;
} expected[] = {
	{ "none.ES256", "none", FAIL, VERDICT_NOT_ATTESTED },
	{ "packed-self.ES256", "packed", PASS, VERDICT_SELF_ATTESTED },
	{ "none.ES256.crossOrigin", "none", FAIL, VERDICT_NOT_ATTESTED },
	{ "none.ES256.topOrigin", "none", FAIL, VERDICT_NOT_ATTESTED },
	{ "none.ES256.long-credential-id", "none", FAIL,
		VERDICT_NOT_ATTESTED },
	/* undecided: those whose flags let the credential be copied */
	{ "packed.ES256", "packed", PASS, VERDICT_GENUINE },
	{ "packed.ES384", "packed", PASS, VERDICT_GENUINE },
	{ "packed.ES512", "packed", PASS, VERDICT_GENUINE },
	{ "packed.RS256", "packed", PASS, VERDICT_GENUINE },
	{ "packed.EdDSA", "packed", PASS, VERDICT_GENUINE },
	{ "packed.Ed448", "packed", PASS, VERDICT_GENUINE },
	/* its key is not fixed to the TPM */
	{ "tpm.ES256", "tpm", PASS, VERDICT_UNDECIDED },
	{ "android-key.ES256", "android-key", FAIL, VERDICT_NOT_ATTESTED },
	{ "apple.ES256", "apple", FAIL, VERDICT_NOT_ATTESTED },
	{ "fido-u2f.ES256", "fido-u2f", PASS, VERDICT_GENUINE },
};

static json_t *file;
static struct anchors anchors;

static void get(const json_t *from, const char *name, struct buf *b)
{
	json_t *line;
	size_t i;

	assert_true(json_is_array(json_object_get(from, name)));
	json_array_foreach(json_object_get(from, name), i, line)
		vendor_hex(b, json_string_value(line));
	assert_false(buf_failed(b));
}

/* The client data holds the challenge that the vector names. */
static void check_challenge(const json_t *part, struct buf *client_data)
{
	struct buf raw, want;

	buf_init(&raw, 256);
	buf_init(&want, 512);
	get(part, "challenge", &raw);
	buf_printf(&want, "\"challenge\":\"");
	base64_encode(&want, BASE64_URL, raw.p, raw.n);
	buf_printf(&want, "\"");
	assert_non_null(strstr(buf_str(client_data), buf_str(&want)));
	buf_done(&raw);
	buf_done(&want);
}

static const struct step *find(const struct steps *steps, const char *name)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strcmp(steps->rows[i].name, name) == 0)
			return &steps->rows[i];
	return NULL;
}

static void load(const json_t *vector, struct attestation *a)
{
	const json_t *part = json_object_get(vector, "registration");
	struct buf object;

	attestation_init(a);
	buf_init(&object, ATTEST_BYTES_MAX);
	get(part, "attestationObject", &object);
	get(part, "clientDataJSON", &a->client_data);
	OK(attestation_parse_object(object.p, object.n, a, &err));
	strcpy(a->rp_id, json_string_value(json_object_get(file, "rpId")));
	check_challenge(part, &a->client_data);
	buf_done(&object);
}

static enum step_status judge(const struct attestation *a, struct steps *steps,
	struct attest_facts *facts)
{
	const struct step *signature;

	steps->n = 0;
	attest_facts_init(facts);
	attest_verify(a, &anchors, NULL, VENDOR_AT, steps, facts);
	signature = find(steps, "signature");
	assert_non_null(signature);
	return signature->status;
}

/* Every byte of what is signed. */
static void flip_all(struct attestation *a)
{
	struct buf *parts[] = { &a->client_data, &a->auth_data };
	/* U2F signs neither the flags and the counter nor the AAGUID */
	bool u2f = strcmp(a->fmt, "fido-u2f") == 0;
	struct attest_facts facts;
	struct steps steps;
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(parts); i++)
		for (k = 0; k < parts[i]->n; k++) {
			if (u2f && i == 1 && k >= 32 && k < 53)
				continue;
			parts[i]->p[k] ^= 1;
			if (judge(a, &steps, &facts) != FAIL)
				fail_msg("byte %zu of part %zu", k, i);
			attest_facts_done(&facts);
			parts[i]->p[k] ^= 1;
		}
}

static void check_authentication(const json_t *vector,
	const struct attest_facts *f)
{
	const json_t *part = json_object_get(vector, "authentication");
	struct proof_facts facts;
	struct steps steps = { .n = 0 };
	struct assertion a;
	size_t i;

	assertion_init(&a);
	strcpy(a.rp_id, json_string_value(json_object_get(file, "rpId")));
	get(part, "clientDataJSON", &a.client_data);
	get(part, "authenticatorData", &a.auth_data);
	get(part, "signature", &a.signature);
	check_challenge(part, &a.client_data);
	proof_verify(&a, f->public_key.p, f->public_key.n, -1, &steps, &facts);
	assert_int_equal(find(&steps, "liveness")->status, PASS);
	for (i = 0; i < a.signature.n; i++) {
		a.signature.p[i] ^= 4;
		steps.n = 0;
		proof_verify(&a, f->public_key.p, f->public_key.n, -1, &steps,
			&facts);
		assert_int_equal(find(&steps, "liveness")->status, FAIL);
		a.signature.p[i] ^= 4;
	}
	assertion_done(&a);
}

static const json_t *vector_of(const char *name)
{
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(file, "vectors"), i, v)
		if (strcmp(json_string_value(json_object_get(v, "name")),
			    name) == 0)
			return v;
	fail_msg("no vector %s", name);
	return NULL;
}

static void run(void **state)
{
	const struct expected *want = *state;
	const json_t *vector = vector_of(want->name);
	struct attest_facts facts;
	struct attestation a;
	struct steps steps;
	enum verdict is;

	load(vector, &a);
	assert_string_equal(a.fmt, want->fmt);
	assert_int_equal(judge(&a, &steps, &facts), want->signature);
	is = steps_verdict(&steps);
	if (is != want->verdict && !(want->verdict == VERDICT_GENUINE &&
		is == VERDICT_UNDECIDED && facts.flags & AUTHDATA_BE))
		fail_msg("%s", verdict_name(is));
	assert_int_equal(facts.attested, want->signature == PASS &&
		want->verdict != VERDICT_SELF_ATTESTED);
	check_authentication(vector, &facts);
	attest_facts_done(&facts);
	if (want->signature == PASS)
		flip_all(&a);
	attestation_done(&a);
}

static void no_vector_is_left_out(void **state)
{
	(void)state;
	assert_int_equal(json_array_size(json_object_get(file, "vectors")),
		ARRAY_LEN(expected));
}

static void load_root(void)
{
	const unsigned char *p;
	struct buf der;
	X509 *root;

	buf_init(&der, 4096);
	get(file, "root", &der);
	p = der.p;
	root = d2i_X509(NULL, &p, (long)der.n);
	assert_non_null(root);
	vendor_anchors(&anchors, &root, 1);
	X509_free(root);
	buf_done(&der);
}

static int set_up(void **state)
{
	(void)state;
	load_root();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	anchors_done(&anchors);
	json_decref(file);
	return 0;
}

int main(int argc, char **argv)
{
	struct CMUnitTest tests[ARRAY_LEN(expected) + 1];
	size_t i;

	file = argc == 2 ? json_load_file(argv[1], 0, NULL) : NULL;
	if (!file)
		return 2;
	for (i = 0; i < ARRAY_LEN(expected); i++)
		tests[i] = (struct CMUnitTest){ .name = expected[i].name,
			.test_func = run,
			.initial_state = (void *)&expected[i] };
	tests[i] = (struct CMUnitTest)cmocka_unit_test(no_vector_is_left_out);
	return cmocka_run_group_tests_name("vectors", tests, set_up,
		tear_down);
}
