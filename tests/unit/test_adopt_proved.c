/* SPDX-License-Identifier: Apache-2.0 */
/* One device, and what the codes of an attached token prove of it. */
#include "tests/unit/adopt-parts.h"

/* ---- what a code proves ---- */

#define BY_STS "The proof: STS is asked to take a code (GetSessionToken). The " \
	"code is spent, and nothing else changes.\n"
#define BY_IAM "The proof: IAM is asked to take two codes in a row " \
	"(ResyncMFADevice). That sets right what AWS keeps of the device's " \
	"clock, and changes nothing else.\n"

static void sts_takes_one_code_of_the_caller(void **state)
{
	const struct registry_binding *b;
	struct registry_token t;

	(void)state;
	q.user = "alice";
	x.callers = x.has_serial = true;
	q.only_look = true;
	OK(adopt());
	asked_is("fgs");
	assert_string_equal(said, BY_STS);
	adopted_is("alice a adopted\n");
	assert_true(done.p[0].is_held);
	assert_int_equal(done.p[0].held_by, 1001);
	q.only_look = false;
	x.taken = true;
	OK(adopt());
	asked_is("fgscSg");
	assert_string_equal(said, BY_STS);
	assert_int_equal(done.users, 1);
	assert_int_equal(done.count[ADOPT_NEW], 1);
	b = binding(DEVICE("a"));
	assert_int_equal(b->method, REGISTRY_TOTP);
	assert_string_equal(b->basis, "code-taken");
	assert_string_equal(b->oath_account, "AWS:alice");
	token_is(b->token, &t);
	assert_string_equal(registry_token_identifier(&t, REGISTRY_ID_SERIAL),
		"1001");
	assert_string_equal(registry_token_identifier(&t,
		REGISTRY_ID_OATH_DEVICE), "0a1b2c3d");
	registry_token_done(&t);
	/* with its token there is nothing to prove */
	OK(adopt());
	asked_is("f");
	adopted_is("alice a present\n");
	registry_bindings_done(&bindings);
}

static void iam_takes_two_of_another_user(void **state)
{
	struct registry_token t;

	(void)state;
	q.user = "alice";
	OK(adopt());
	asked_is("fgsPg");
	assert_string_equal(said, BY_IAM);
	assert_string_equal(binding(DEVICE("a"))->basis, "codes-taken");
	/* a token that tells no number has its application alone */
	token_is(bindings.p[0].token, &t);
	assert_null(registry_token_identifier(&t, REGISTRY_ID_SERIAL));
	registry_token_done(&t);
	/* where STS does not take it IAM may */
	registry_bindings_done(&bindings);
	x.callers = true;
	strcpy(x.proved.serial, DEVICE("b"));
	OK(adopt());
	asked_is("fgscSPg");
	assert_string_equal(said, BY_STS "STS does not take it: STS says no\n"
		BY_IAM);
	assert_string_equal(binding(DEVICE("b"))->basis, "codes-taken");
	registry_bindings_done(&bindings);
}

static void where_no_code_is_taken_nothing_is_written(void **state)
{
	static const struct {
		char question;
		const char *asked;
	} steps[] = {
		{ 'f', "f" }, { 'g', "fg" }, { 's', "fgs" }, { 'c', "fgsc" },
		{ 'S', "fgscS" }, { 'P', "fgscSP" },
	};
	size_t i;

	(void)state;
	q.user = "alice";
	x.callers = true;
	for (i = 0; i < ARRAY_LEN(steps); i++) {
		fails_at(steps[i].question, ERROR_UNREACHABLE, "");
		SAYS(ERROR_UNREACHABLE, "AWS says no", adopt());
		asked_is(steps[i].asked);
		assert_null(binding(DEVICE("a")));
	}
	fails_at('P', ERROR_REMOTE, "InvalidAuthenticationCode");
	OK(adopt());
	adopted_is("alice a not-proved\n");
	assert_string_equal(done.why.text, "AWS says no");
	assert_null(binding(DEVICE("a")));
	x.proved.kind = DEVICE_FIDO;
	SAYS(ERROR_USAGE, "'" DEVICE("a") "' is no virtual device, and no OATH "
		"credential makes its codes: `tokenbridge registry adopt "
		"--from-aws` takes it in", adopt());
	registry_bindings_done(&bindings);
}

static void the_binding_without_its_token_gives_way(void **state)
{
	char id[ID_LEN], token[ID_LEN];

	(void)state;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	add_token(reg, "1001", token);
	q.user = "alice";
	x.has_serial = true;
	OK(adopt());
	adopted_is("alice a adopted\n");
	assert_non_null(binding(DEVICE("a")));
	assert_int_equal(registry_bindings_in_force(&bindings), 1);
	assert_string_not_equal(binding(DEVICE("a"))->id, id);
	assert_string_equal(binding(DEVICE("a"))->token, token);
	registry_bindings_done(&bindings);
}

static void which_row_it_is_has_to_be_certain(void **state)
{
	char a[ID_LEN], b[ID_LEN], words[300];

	(void)state;
	q.user = "alice";
	x.has_serial = true;
	add_token(reg, "1001", a);
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", a, "state",
		"lost"));
	snprintf(words, sizeof(words), "the token that has the OATH credential "
		"'AWS:alice' is lost by the registry (%.8s): `tokenbridge "
		"registry move` or `intake` first", a);
	SAYS(ERROR_CONFLICT, words, adopt());
	asked_is("fgs");
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", a, "state",
		"retired"));
	SAYS(ERROR_CONFLICT, "is retired by the registry", adopt());
	add_token(reg, "1001", b);
	SAYS(ERROR_CONFLICT, "the registry has 2 tokens with the serial number "
		"1001: which of them this is only `tokenbridge verify` can "
		"tell", adopt());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_adopt, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sts_takes_one_code_of_the_caller),
		TEST(iam_takes_two_of_another_user),
		TEST(where_no_code_is_taken_nothing_is_written),
		TEST(the_binding_without_its_token_gives_way),
		TEST(which_row_it_is_has_to_be_certain),
	};

	return cmocka_run_group_tests_name("adopt proved", tests, NULL, NULL);
}
