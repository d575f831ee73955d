/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binding a token to a local user: what is asked in which order, whose token
 * has to agree, and what is recorded.
 */
#include "tests/unit/pam-enroll-parts.h"

static int enroll(void)
{
	w.steps[0] = '\0';
	said[0] = '\0';
	return pam_enroll(&run, &q, &enrolled, &err);
}

/* With these steps and words, and nothing of it is recorded. */
static void refuses(int code, const char *words, const char *steps)
{
	uint64_t before = events();

	SAYS(code, words, enroll());
	assert_string_equal(w.steps, steps);
	assert_int_equal(events(), before);
	assert_int_equal(publications, 0);
	assert_string_equal(enrolled.binding, "");
}

static void a_first_token_is_verified_made_and_recorded(void **state)
{
	struct registry_bindings b;
	struct registry_head head;

	(void)state;
	world();
	q.label = "blue";
	OK(enroll());
	assert_string_equal(w.steps, "fcovtmesVE");
	assert_string_equal(said, "");
	assert_int_equal(forgotten, 1);
	assert_int_equal(publications, 1);
	assert_true(enrolled.published);
	assert_false(enrolled.verify_required || w.verify);
	assert_string_equal(enrolled.user.name, "alice");
	assert_int_equal(enrolled.verdict, VERDICT_GENUINE);
	assert_int_equal(enrolled.token.fido.client_pin, FIDO_ON);
	b = bindings_of("alice");
	assert_int_equal(b.n, 1);
	assert_string_equal(b.p[0].id, enrolled.binding);
	assert_string_equal(b.p[0].token, enrolled.row);
	assert_int_equal(b.p[0].kind, REGISTRY_PAM);
	assert_string_equal(b.p[0].user, "1001");
	assert_string_equal(b.p[0].rp, PROOF_RP_LOGIN);
	assert_int_equal(b.p[0].credential_n, 3);
	assert_memory_equal(b.p[0].credential, "new", 3);
	assert_string_equal(b.p[0].basis, "attested");
	assert_true(b.p[0].has_evidence);
	assert_false(b.p[0].verify_required);
	registry_bindings_done(&b);
	OK(registry_head(reg, &head, &err));
	assert_int_equal(enrolled.head.seq, head.seq);
}

static void another_spelling_and_holder_are_told(void **state)
{
	struct registry_bindings b;

	(void)state;
	world();
	q.user = "Alice";
	q.holder = "Alice A.";
	q.fresh = true;
	w.known = true;
	w.attested = false;
	publishes = 0;
	OK(enroll());
	assert_string_equal(w.steps, "fcovtrmesVE");
	assert_string_equal(said, "'Alice' is the local user alice.\n");
	assert_false(enrolled.published);
	b = bindings_of("alice");
	assert_int_equal(b.n, 1);
	assert_string_equal(b.p[0].basis, "made-here");
	registry_bindings_done(&b);
	world();
	q.user = "ghost";
	q.enterprise = true;
	SAYS(ERROR_FAILED, "no local user 'ghost'", enroll());
	assert_string_equal(w.steps, "");
}

static void what_fails_ends_it_there(void **state)
{
	static const char all[] = "fcovtrmesVE";
	char words[32], steps[16];
	size_t i;

	(void)state;
	for (i = 0; all[i]; i++) {
		if (all[i] == 'e')
			continue; /* has no error */
		world();
		w.known = true;
		w.fails = all[i];
		snprintf(words, sizeof(words), "step %c fails", all[i]);
		snprintf(steps, sizeof(steps), "%.*s", (int)i + 1, all);
		SAYS(ERROR_BUSY, words, enroll());
		assert_string_equal(w.steps, steps);
		assert_int_equal(publications, 0);
		assert_int_equal(count_bindings("alice"), 0);
		/* the PIN is wanted until the last touch */
		assert_int_equal(forgotten, all[i] == 'V' ? 1 :
			all[i] == 'E' ? 2 : 0);
	}
	world();
	w.broken = 1;
	refuses(ERROR_BUSY, "it is held", "f");
	world();
	w.no_id = true;
	refuses(ERROR_MALFORMED, "the token's answer holds no credential",
		"fcovtmes");
	world();
	w.no_key = true;
	refuses(ERROR_MALFORMED, "the token's answer holds no credential",
		"fcovtmes");
	world();
	publishes = -ERROR_FAILED;
	SAYS(ERROR_FAILED, "no room", enroll());
	assert_int_equal(count_bindings("alice"), 1);
}

static void who_cannot_be_verified_is_told_before_the_first_touch(void **state)
{
	static const struct {
		bool u2f, change;
		enum fido_option pin;
		int code;
		const char *words;
	} rows[] = {
		{ true, false, FIDO_ON, ERROR_UNSUPPORTED, "this token does "
			"U2F only, which has no PIN, and logging in would want "
			"one: another token, or without --verify-required" },
		{ false, false, FIDO_ABSENT, ERROR_UNSUPPORTED, "this token "
			"says that it has no PIN, and logging in would want "
			"one: another token, or without --verify-required" },
		{ false, false, FIDO_OFF, ERROR_PIN, "the token has no PIN "
			"yet, and logging in would want one: `tokenbridge pin "
			"set`" },
		{ false, true, FIDO_ON, ERROR_PIN, "the token takes no PIN "
			"before it is given a new one: `tokenbridge pin "
			"change`" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		world();
		q.verify_required = true;
		w.tokens[0].fido.ctap2 = !rows[i].u2f;
		w.tokens[0].fido.client_pin = rows[i].pin;
		w.tokens[0].fido.pin_change_forced = rows[i].change;
		refuses(rows[i].code, rows[i].words, "f");
	}
	/* what was signed decides */
	world();
	q.verify_required = true;
	refuses(ERROR_REFUSED, "the signed flags do not say that the user was "
		"verified, which --verify-required wants", "fcovtmes");
	assert_true(w.verify);
	/* a token that always verifies wants its PIN at login too */
	world();
	w.tokens[0].fido.always_uv = FIDO_ON;
	refuses(ERROR_REFUSED, "the signed flags do not say", "fcovtmes");
	world();
	w.tokens[0].fido.always_uv = FIDO_ON;
	w.flags = AUTHDATA_UP | AUTHDATA_UV;
	OK(enroll());
	assert_true(enrolled.verify_required);
	/* and where nobody wants it none of that matters */
	world();
	w.tokens[0].fido.client_pin = FIDO_OFF;
	q.force = "two";
	OK(enroll());
	assert_false(enrolled.verify_required);
}

static void a_token_that_lets_in_already_is_refused(void **state)
{
	struct registry_bindings b;
	char words[256];

	(void)state;
	has_login(false);
	world();
	w.has = 1;
	b = bindings_of("alice");
	snprintf(words, sizeof(words), "this token lets alice in already "
		"(binding %.8s); to make it anew take that away first: "
		"`tokenbridge revoke --local -- alice %.8s`", b.p[0].id,
		b.p[0].id);
	registry_bindings_done(&b);
	refuses(ERROR_CONFLICT, words, "fcoh");
	world();
	w.has = 1;
	q.force = "x"; /* is no reason for that */
	refuses(ERROR_CONFLICT, words, "fcoh");
	world();
	w.fails = 'h';
	refuses(ERROR_BUSY, "step h fails", "fcoh");
	/* what was taken away is asked no more */
	revoke_all("alice");
	world();
	w.has = 1;
	OK(enroll());
	assert_string_equal(w.steps, "fcovtmesVE");
}

static void the_token_that_the_user_has_must_agree(void **state)
{
	(void)state;
	has_login(true);
	world();
	refuses(ERROR_REFUSED, "alice has a token already, and that has to "
		"agree: plug it in beside the new one (and name the new one by "
		"--token), or give --force REASON", "fcoh");
	world();
	w.plugged = 2; /* but it is somebody else's */
	refuses(ERROR_REFUSED, "that has to agree", "fcohoh");
	world();
	w.plugged = 2;
	w.has = w.broken = 2;
	refuses(ERROR_REFUSED, "that has to agree", "fcoh");
	world();
	w.plugged = 2;
	w.has = 2;
	w.agrees = BY_ANOTHER_KEY;
	refuses(ERROR_REFUSED, "the token that alice has already does not "
		"prove it: the signature does not hold over this challenge",
		"fcohoha");
	w.agrees = BY_AN_OLD_COUNTER;
	refuses(ERROR_REFUSED, "the token that alice has already does not "
		"prove it: the signature counter is 5, but 5 was seen before: "
		"this may be a clone", "fcohoha");
	w.agrees = NOT_AT_ALL;
	refuses(ERROR_REFUSED, "the token did not answer for the credential "
		"that it said it has", "fcohoha");
	w.agrees = TRULY;
	w.fails = 'a';
	refuses(ERROR_BUSY, "step a fails", "fcohoha");
	w.fails = 0;
	OK(enroll());
	assert_string_equal(w.steps, "fcohohavtmesVE");
	assert_true(w.verify_old);
	assert_false(w.verify);
	assert_int_equal(count_bindings("alice"), 2);
}

static void a_reason_takes_the_place_of_that(void **state)
{
	(void)state;
	has_login(false);
	world();
	q.force = "the old one is lost";
	OK(enroll());
	assert_string_equal(w.steps, "fcohvtmesVE");
	assert_int_equal(count_bindings("alice"), 2);
}

static void a_key_that_the_registry_does_not_know_proves_nothing(void **state)
{
	struct registry_tokens t = { NULL, 0 };

	(void)state;
	has_login(false);
	OK(registry_tokens_all(reg, &t, &err));
	add(reg, EVENT_CREDENTIAL_REMOVED, json_pack("{s:s,s:s,s:o}",
		"token", t.p[0].id, "rp", PROOF_RP_LOGIN, "credential",
		event_bytes_new("id", 2)));
	registry_tokens_done(&t);
	world();
	w.plugged = 2;
	w.has = 2;
	refuses(ERROR_REFUSED, "the registry knows no key for binding ",
		"fcohoha");
	assert_false(w.verify_old);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_token_is_verified_made_and_recorded),
		TEST(another_spelling_and_holder_are_told),
		TEST(what_fails_ends_it_there),
		TEST(who_cannot_be_verified_is_told_before_the_first_touch),
		TEST(a_token_that_lets_in_already_is_refused),
		TEST(the_token_that_the_user_has_must_agree),
		TEST(a_reason_takes_the_place_of_that),
		TEST(a_key_that_the_registry_does_not_know_proves_nothing),
	};

	key = vendor_key("P-256");
	other = vendor_key("P-256");
	return cmocka_run_group_tests_name("pam enroll", tests, NULL, NULL);
}
