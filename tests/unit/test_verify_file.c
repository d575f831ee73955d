/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence in a file, judged again without the token. */
#include "tests/unit/verify-parts.h"

#include "bridge/hash/chain.h"
#include "bridge/verify/moment.h"

#include <sys/stat.h>

static struct evidence saved;
static char sha_text[HEX_LEN(SHA256_LEN)];

static void save(void)
{
	unsigned char sha[SHA256_LEN];
	struct buf b;

	buf_init(&b, EVIDENCE_MAX);
	OK(evidence_write(&saved, &b, &err));
	spill("e", b.p, b.n);
	OK(chain_digest(b.p, b.n, sha, &err));
	hex_encode(sha, sizeof(sha), sha_text);
	buf_done(&b);
}

static int judge(const char *sha256, const char *rp, int at)
{
	verification_done(&v);
	verification_init(&v);
	return verify_file(&(struct verify_saved){ "e", sha256, rp,
		{ .kind = (unsigned)at, .time = VENDOR_AT }, &trust }, &v, &err);
}

static void what_was_saved_is_judged_again(void **state)
{
	(void)state;
	vendor_evidence(&vendor, &saved);
	save();
	OK(judge(NULL, NULL, MOMENT_TIME));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	has_step("file", STEP_WARN, VERDICT_GENUINE,
		"its unsigned parts are not protected: give --sha256");
	has_step("liveness", STEP_PASS, VERDICT_GENUINE, "touched, counter");
	assert_true(v.proof.counter > 0);
	OK(judge(sha_text, PROOF_RP_ID, MOMENT_MADE));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	has_step("file", STEP_PASS, VERDICT_GENUINE,
		"the file has the SHA-256 that was given");
	sha_text[0] = sha_text[0] == 'a' ? 'b' : 'a';
	OK(judge(sha_text, NULL, MOMENT_NOW));
	assert_int_equal(v.verdict, VERDICT_FORGED);
	has_step("file", STEP_FAIL, VERDICT_FORGED,
		"the file does not have the SHA-256 that was given");
	SAYS(ERROR_USAGE, "--sha256 'abc': 64 hex digits are wanted",
		judge("abc", NULL, MOMENT_NOW));
	SAYS(ERROR_USAGE, "64 hex digits are wanted", judge("aabb", NULL,
		MOMENT_NOW));
	spill("e", "{", 1);
	SAYS(ERROR_MALFORMED, "'e': ", judge(NULL, NULL, MOMENT_NOW));
	assert_int_equal(unlink("e"), 0);
	FAILS(ERROR_FAILED, judge(NULL, NULL, MOMENT_NOW));
	evidence_done(&saved);
}

static void what_was_made_for_a_site_proves_nothing(void **state)
{
	(void)state;
	vendor_evidence(&vendor, &saved);
	save();
	OK(judge(NULL, PROOF_RP_LOGIN, MOMENT_TIME));
	assert_int_equal(v.verdict, VERDICT_FORGED);
	assert_non_null(step_with("the attestation was not made for a credential "
		"of 'tokenbridge:login'"));
	evidence_done(&saved);
}

static void each_part_says_what_it_was_made_for(void **state)
{
	static const struct {
		const char *made, *asserted, *rp;
		bool forged, other;
	} cases[] = {
		{ "webauthn.create", "webauthn.get", NULL, false, false },
		{ "webauthn.get", "webauthn.get", NULL, true, false },
		{ "webauthn.create", "webauthn.create", NULL, false, true },
		{ "webauthn.create", "webauthn.get", "https://a.example", true,
			true },
	};
	char made[128], asserted[128];
	struct vendor_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const char *rp = cases[i].rp ? cases[i].rp : VENDOR_RP_ID;
		const struct step *s;

		snprintf(made, sizeof(made), "{\"type\":\"%s\",\"origin\":"
			"\"%s\"}", cases[i].made, rp);
		snprintf(asserted, sizeof(asserted), "{\"type\":\"%s\","
			"\"origin\":\"%s\"}", cases[i].asserted, rp);
		vendor_answer_init(&answer, &vendor);
		evidence_init(&saved);
		answer.client_data = answer.asked_client_data = made;
		vendor_answer_build(&answer, &saved.attestation);
		saved.has_assertion = true;
		vendor_assertion(answer.credential_key, VENDOR_RP_ID,
			asserted, answer.credential_id, AUTHDATA_UP, 7,
			&saved.assertion);
		save();
		OK(judge(NULL, NULL, MOMENT_NOW));
		s = step_with("the attestation was not made for an identity "
			"credential of 'tokenbridge:id'");
		assert_int_equal(s != NULL, cases[i].forged);
		if (s)
			assert_int_equal(s->verdict, VERDICT_FORGED);
		s = step_with("the assertion was not made for "
			"'tokenbridge:id'");
		assert_int_equal(s != NULL, cases[i].other);
		if (s)
			assert_int_equal(s->verdict, VERDICT_NOT_THIS_TOKEN);
		SAYS(ERROR_USAGE, "--at made: the evidence does not say when "
			"it was made", judge(NULL, NULL, MOMENT_MADE));
		evidence_done(&saved);
	}
}

static void an_assertion_is_by_the_attested_credential(void **state)
{
	struct vendor_answer answer;

	(void)state;
	vendor_answer_init(&answer, &vendor);
	vendor_evidence_of(&vendor, &answer, &saved);
	buf_reset(&saved.assertion.credential_id);
	buf_put(&saved.assertion.credential_id, "other", 5);
	save();
	OK(judge(NULL, NULL, MOMENT_NOW));
	assert_int_equal(v.verdict, VERDICT_NOT_THIS_TOKEN);
	has_step("liveness", STEP_FAIL, VERDICT_NOT_THIS_TOKEN,
		"the assertion is by another credential");
	/* without one there is nothing to say of it */
	saved.has_assertion = false;
	save();
	OK(judge(NULL, NULL, MOMENT_NOW));
	assert_null(step_of("liveness"));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	evidence_done(&saved);
}

/* ---- what it is judged by ---- */

#define SHA \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Before a touch is spent, and nothing of it is kept. */
static void what_cannot_be_read_ends_it(void **state)
{
	static const struct {
		const char *path, *says;
	} bad[] = {
		{ "p", "'p', line 1: 'no': unknown key" },
		{ "a", "'a', line 1: not twelve" },
		{ "t/" SHA ".pem", "'t/" SHA ".pem'" },
		{ "t/metadata.blob", "'t/metadata.blob' is damaged" },
	};
	const struct trust_paths paths = { "t", "a", "p" };
	struct trust t = { .policy.file = NULL };
	size_t i;

	(void)state;
	assert_int_equal(mkdir("t", 0755), 0);
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		spill("a", "# none\n", 7);
		spill("p", "pin = yes\n", 10);
		spill(bad[i].path, "no = thing\n", 11);
		assert_true(trust_open(&paths, &t, &err) < 0);
		if (!strstr(err.text, bad[i].says))
			fail_msg("'%s'", err.text);
		assert_null(t.policy.file);
		if (i >= 2)
			assert_int_equal(unlink(bad[i].path), 0);
	}
	OK(trust_open(&paths, &t, &err));
	assert_string_equal(t.policy.file, "p");
	assert_string_equal(t.advisories.local, "a");
	assert_int_equal(t.anchors.n, 0);
	assert_null(t.mds);
	trust_done(&t);
	assert_null(t.policy.file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_saved_is_judged_again),
		TEST(what_was_made_for_a_site_proves_nothing),
		TEST(each_part_says_what_it_was_made_for),
		TEST(an_assertion_is_by_the_attested_credential),
		TEST(what_cannot_be_read_ends_it),
	};

	make_trust();
	verification_init(&v);
	return cmocka_run_group_tests_name("verify file", tests, NULL, NULL);
}
