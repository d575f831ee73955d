/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a token may be registered: what is refused, by which words and code,
 * and what --force accepts. And the moment that evidence is judged by.
 */
#include "bridge/verify/admission.h"
#include "bridge/verify/moment.h"
#include "bridge/run/run.h"
#include "token/attest/authdata.h"

#include "tests/unit/unit.h"
#include "tests/unit/heard.h"

static struct trust trust;
static struct verification v;
static struct token token;

static struct admission with(const char *force)
{
	return (struct admission){ &trust, NULL, force };
}

static void policy_is(const char *text)
{
	policy_done(&trust.policy);
	OK(policy_parse(text, strlen(text), "/p", &trust.policy, &err));
}

static int begin(void **state)
{
	(void)state;
	policy_done(&trust.policy);
	verification_done(&v);
	verification_init(&v);
	v.verdict = VERDICT_GENUINE;
	buf_put_str(&v.facts.credential_id, "id");
	v.facts.certification = -1;
	v.token = &token;
	memset(&token, 0, sizeof(token));
	token.identified = true;
	token.fido.ctap2 = true;
	said[0] = '\0';
	return 0;
}

/* ---- the facts ---- */

static void a_token_says_how_it_is_set_up(void **state)
{
	struct policy_facts f;

	(void)state;
	token.fido.client_pin = FIDO_ON;
	token.fido.always_uv = FIDO_OFF;
	token.fido.min_pin_length = 6;
	v.facts.aaguid_proved = true;
	v.subject.has_serial = true;
	f = admission_facts(&v, "fido");
	assert_int_equal(f.pin, POLICY_YES);
	assert_int_equal(f.always_uv, POLICY_NO);
	assert_int_equal(f.pin_length, 6);
	assert_string_equal(f.method, "fido");
	assert_true(f.aaguid_proved && f.subject.has_serial);
	assert_false(f.claims_only);
	assert_int_equal(f.certification, POLICY_CERTIFICATION_UNKNOWN);
	assert_int_equal(f.copyable, POLICY_NO);
	assert_int_equal(f.verifiable, POLICY_YES);
	token.fido.client_pin = FIDO_OFF;
	token.fido.always_uv = FIDO_ON;
	f = admission_facts(&v, NULL);
	assert_int_equal(f.pin, POLICY_NO);
	assert_int_equal(f.always_uv, POLICY_YES);
	token.identified = false;
	f = admission_facts(&v, NULL);
	assert_int_equal(f.pin, POLICY_UNKNOWN);
	assert_int_equal(f.always_uv, POLICY_UNKNOWN);
	assert_int_equal(f.pin_length, 0);
}

static void evidence_says_how_it_was_set_up(void **state)
{
	struct policy_facts f;

	(void)state;
	v.token = NULL;
	v.evidence.claimed_pin = v.evidence.claimed_always_uv = true;
	v.evidence.claimed_min_pin = 8;
	f = admission_facts(&v, NULL);
	assert_int_equal(f.pin, POLICY_UNKNOWN);
	assert_int_equal(f.always_uv, POLICY_UNKNOWN);
	v.evidence.has_posture = true;
	f = admission_facts(&v, NULL);
	assert_int_equal(f.pin, POLICY_YES);
	assert_int_equal(f.always_uv, POLICY_YES);
	assert_int_equal(f.pin_length, 8);
	v.evidence.claimed_pin = v.evidence.claimed_always_uv = false;
	f = admission_facts(&v, NULL);
	assert_int_equal(f.pin, POLICY_NO);
	assert_int_equal(f.always_uv, POLICY_NO);
}

static void the_statement_says_what_its_credential_is(void **state)
{
	static const uint8_t copyable[] = { AUTHDATA_BE, AUTHDATA_BS,
		AUTHDATA_BE | AUTHDATA_BS };
	struct policy_facts f;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(copyable); i++) {
		v.facts.flags = AUTHDATA_UP | copyable[i];
		assert_int_equal(admission_facts(&v, NULL).copyable,
			POLICY_YES);
	}
	v.facts.unverifiable = true;
	assert_int_equal(admission_facts(&v, NULL).verifiable, POLICY_NO);
	v.facts.certification = 0;
	assert_int_equal(admission_facts(&v, NULL).certification,
		POLICY_NOT_CERTIFIED);
	v.facts.certification = 3;
	assert_int_equal(admission_facts(&v, NULL).certification,
		POLICY_L1_PLUS);
	/* what could not be read says nothing */
	buf_reset(&v.facts.credential_id);
	f = admission_facts(&v, NULL);
	assert_int_equal(f.copyable, POLICY_UNKNOWN);
	assert_int_equal(f.verifiable, POLICY_UNKNOWN);
}

/* ---- what is refused ---- */

static int judge(const char *force)
{
	const struct admission a = with(force);

	said[0] = '\0';
	return admission_check_token(&run, &a, &v, &err);
}

static void a_verdict_is_refused_by_its_own_code(void **state)
{
	static const struct {
		enum verdict verdict;
		bool never;
	} rows[] = {
		{ VERDICT_UNKNOWN_VENDOR, false },
		{ VERDICT_SELF_ATTESTED, false },
		{ VERDICT_NOT_ATTESTED, false }, { VERDICT_UNDECIDED, false },
		{ VERDICT_FORGED, true }, { VERDICT_COMPROMISED, true },
		{ VERDICT_NOT_THIS_TOKEN, true },
	};
	char words[512];
	size_t i;

	(void)state;
	OK(judge(NULL));
	assert_string_equal(said, "");
	v.verdict = VERDICT_VULNERABLE;
	OK(judge(NULL));
	snprintf(words, sizeof(words), "warning: %s\n",
		verdict_meaning(VERDICT_VULNERABLE));
	assert_string_equal(said, words);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		v.verdict = rows[i].verdict;
		snprintf(words, sizeof(words), "the token is %s: %s%s",
			verdict_name(v.verdict), verdict_meaning(v.verdict),
			rows[i].never ? "" : "; --force REASON accepts it");
		SAYS(ERROR_VERDICT, words, judge(NULL));
		assert_string_equal(err.text, words);
		assert_int_equal(err.verdict, v.verdict);
		assert_string_equal(said, "");
		assert_int_equal(admission_check_token(&run,
			&(struct admission){ &trust, NULL, NULL }, &v, NULL),
			-ERROR_VERDICT);
		if (rows[i].never) {
			SAYS(ERROR_VERDICT, words, judge("a rehearsal"));
			continue;
		}
		OK(judge("a rehearsal"));
		snprintf(words, sizeof(words), "warning: accepted by --force: "
			"a rehearsal; the token is %s: ",
			verdict_name(v.verdict));
		assert_non_null(strstr(said, words));
	}
}

static void a_line_of_the_policy_refuses_by_its_number(void **state)
{
	(void)state;
	policy_is("# ours\npin = yes\nalways_uv = yes\n");
	SAYS(ERROR_REFUSED, "/p:2: ", judge(NULL));
	assert_non_null(strstr(err.text, "; and 1 more (`tokenbridge policy "
		"check`); --force REASON accepts it"));
	assert_int_equal(err.verdict, 0);
	OK(judge("two"));
	assert_non_null(strstr(said, "warning: accepted by --force: two; "
		"/p:2: "));
	assert_non_null(strstr(said, "warning: accepted by --force: two; "
		"/p:3: "));
	token.fido.client_pin = FIDO_ON;
	SAYS(ERROR_REFUSED, "/p:3: ", judge(NULL));
	assert_null(strstr(err.text, "more"));
	token.fido.always_uv = FIDO_ON;
	OK(judge(NULL));
	/* a verdict that a line refuses is refused by that line */
	policy_is("verdicts = genuine\n");
	v.verdict = VERDICT_VULNERABLE;
	SAYS(ERROR_REFUSED, "/p:1: the token is genuine-but-vulnerable: ",
		judge(NULL));
	OK(judge("old"));
	assert_null(strstr(said, "warning: the token"));
}

static void what_a_token_claims_is_refused_early(void **state)
{
	struct admission a = with(NULL);

	(void)state;
	policy_is("pin = yes\nhardware_bound = yes\n");
	SAYS(ERROR_REFUSED, "/p:1: ", admission_check_claims(&run, &a, &token,
		&err));
	a.force = "two"; /* is said when the token is verified */
	OK(admission_check_claims(&run, &a, &token, &err));
	assert_string_equal(said, "");
	a.force = NULL;
	token.fido.client_pin = FIDO_ON;
	OK(admission_check_claims(&run, &a, &token, &err));
	policy_is("methods = totp\n");
	a.method = "fido";
	SAYS(ERROR_REFUSED, "/p:1: ", admission_check_claims(&run, &a, &token,
		&err));
	SAYS(ERROR_REFUSED, "/p:1: ", admission_check_method(&run, &a, &err));
	a.method = "totp";
	OK(admission_check_method(&run, &a, &err));
	a.method = "fido";
	a.force = "three";
	OK(admission_check_method(&run, &a, &err));
	assert_int_equal(strncmp(said, "warning: accepted by --force: three; "
		"/p:1: ", 41), 0);
}

static void a_second_statement_is_held_to_the_same(void **state)
{
	struct admission a = with(NULL);

	(void)state;
	policy_is("hardware_bound = yes\n");
	OK(admission_check_statement(&run, &a, VERDICT_GENUINE, &v.facts,
		&err));
	SAYS(ERROR_VERDICT, "the token is forged", admission_check_statement(
		&run, &a, VERDICT_FORGED, &v.facts, &err));
	assert_int_equal(err.verdict, VERDICT_FORGED);
	v.facts.flags = AUTHDATA_BE;
	SAYS(ERROR_REFUSED, "/p:1: ", admission_check_statement(&run, &a,
		VERDICT_GENUINE, &v.facts, &err));
	v.facts.flags = 0;
	v.facts.unverifiable = true;
	a.force = "never";
	assert_true(admission_check_statement(&run, &a, VERDICT_GENUINE,
		&v.facts, &err) < 0);
}

static void the_steps_name_the_file(void **state)
{
	struct policy_refusals r = { .n = 0 };
	struct steps steps = { .n = 0 };
	struct policy p;

	(void)state;
	policy_init(&p);
	admission_steps(&p, &r, &steps);
	assert_int_equal(steps.n, 0);
	p.file = (char *)"/p";
	admission_steps(&p, &r, &steps);
	assert_int_equal(steps.n, 1);
	assert_string_equal(steps.rows[0].name, "policy");
	assert_int_equal(steps.rows[0].status, STEP_PASS);
	assert_string_equal(steps.rows[0].text,
		"'/p' lets it be registered");
	r.n = 2;
	strcpy(r.rows[0].text, "one");
	strcpy(r.rows[1].text, "two");
	steps.n = 0;
	admission_steps(&p, &r, &steps);
	assert_int_equal(steps.n, 2);
	assert_int_equal(steps.rows[1].status, STEP_FAIL);
	assert_int_equal(steps.rows[1].verdict, VERDICT_GENUINE);
	assert_string_equal(steps.rows[1].text, "two");
}

static void a_row_goes_to_its_holder_alone(void **state)
{
	struct registry_token row = { .state = REGISTRY_ASSIGNED };

	(void)state;
	OK(admission_check_row(&row, "alice", &err));
	strcpy(row.holder, "0123");
	row.holder_name = (char *)"alice";
	OK(admission_check_row(&row, "alice", &err));
	SAYS(ERROR_REFUSED, "this token is alice's, not bob's: ",
		admission_check_row(&row, "bob", &err));
	assert_non_null(strstr(err.text, "name alice as the holder (--holder"));
	row.holder_name = NULL;
	SAYS(ERROR_REFUSED, "this token is somebody else's, not bob's",
		admission_check_row(&row, "bob", &err));
	row.holder_name = (char *)"alice";
	row.state = REGISTRY_LOST;
	SAYS(ERROR_REFUSED, "the registry says that this token is lost",
		admission_check_row(&row, "alice", &err));
	row.state = REGISTRY_RETIRED;
	SAYS(ERROR_REFUSED, "the registry says that this token is retired",
		admission_check_row(&row, "alice", &err));
}

/* ---- a moment ---- */

static void a_moment_is_now_a_time_or_when_it_was_made(void **state)
{
	struct moment m = { .kind = MOMENT_NOW };

	(void)state;
	OK(moment_parse("2026-01-31T12:00:00Z", false, &m, &err));
	assert_int_equal(m.kind, MOMENT_TIME);
	assert_int_equal(m.time, 1769860800);
	assert_int_equal(moment_time(&m, 5), 1769860800);
	OK(moment_parse("made", true, &m, &err));
	assert_int_equal(moment_time(&m, 5), 5);
	OK(moment_parse("now", false, &m, &err));
	assert_in_range(moment_time(&m, 5), time(NULL) - 10, time(NULL));
	SAYS(ERROR_USAGE, "--at 'made': now, or a time such as "
		"2026-01-31T12:00:00Z", moment_parse("made", false, &m, &err));
	SAYS(ERROR_USAGE, "--at 'x': now, made, or a time such as",
		moment_parse("x", true, &m, &err));
	assert_int_equal(m.kind, MOMENT_NOW);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_says_how_it_is_set_up),
		TEST(evidence_says_how_it_was_set_up),
		TEST(the_statement_says_what_its_credential_is),
		TEST(a_verdict_is_refused_by_its_own_code),
		TEST(a_line_of_the_policy_refuses_by_its_number),
		TEST(what_a_token_claims_is_refused_early),
		TEST(a_second_statement_is_held_to_the_same),
		TEST(the_steps_name_the_file),
		TEST(a_row_goes_to_its_holder_alone),
		TEST(a_moment_is_now_a_time_or_when_it_was_made),
	};
	int r;

	policy_init(&trust.policy);
	verification_init(&v);
	r = cmocka_run_group_tests_name("verify admission", tests, NULL, NULL);
	verification_done(&v);
	policy_done(&trust.policy);
	return r;
}
