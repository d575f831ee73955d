/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a session is made of, at its limits: keys, roles, and both as another
 * process hands them over, which is believed in nothing.
 */
#include "aws/caller/wire.h"

#include "tests/unit/unit.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define ROLE "arn:aws:iam::123456789012:role/"

/* n times c; the next call's overwrites it. */
static const char *times(size_t n, char c)
{
	static char text[32768];

	assert_true(n < sizeof(text));
	memset(text, c, n);
	text[n] = '\0';
	return text;
}

/* ---- keys ---- */

static int set_keys(const char *id, const void *key, size_t key_n,
	const void *token, size_t token_n)
{
	struct aws_credentials c = { .expires = 0 };
	int r = credentials_set(&c, id, key, key_n, token, token_n, "origin",
		&err);

	if (r < 0)
		assert_null(c.key.p);
	credentials_done(&c);
	return r;
}

static void keys_have_a_form_and_a_length(void **state)
{
	static const char id[] = "(origin) is not one: 16 to 128 letters and "
		"digits";
	static const char key[] = "the secret access key of '" ID "' (origin) "
		"is empty, too long or holds a character that no key has";
	static const char token[] = "the session token of '" ID "' (origin) is "
		"too long or holds a character that no token has";

	(void)state;
	OK(set_keys(ID, "x", 1, NULL, 0));
	OK(set_keys("ABCDEFGHIJKLMn0_", "!~", 2, "!~", 2));
	OK(set_keys(times(128, 'A'), "x", 1, NULL, 0));
	SAYS(ERROR_MALFORMED, id, set_keys(times(129, 'A'), "x", 1, NULL, 0));
	SAYS(ERROR_MALFORMED, id, set_keys("ABCDEFGHIJKLMn0", "x", 1, NULL,
		0));
	SAYS(ERROR_MALFORMED, id, set_keys("ABCDEFGHIJKLMn0-", "x", 1, NULL,
		0));
	SAYS(ERROR_MALFORMED, id, set_keys("ABCDEFGHIJKLMn\xc3\xa9", "x", 1,
		NULL, 0));
	SAYS(ERROR_MALFORMED, key, set_keys(ID, "", 0, NULL, 0));
	SAYS(ERROR_MALFORMED, key, set_keys(ID, "a b", 3, NULL, 0));
	SAYS(ERROR_MALFORMED, key, set_keys(ID, "a\x7f", 2, NULL, 0));
	SAYS(ERROR_MALFORMED, key, set_keys(ID, "a\0", 2, NULL, 0));
	OK(set_keys(ID, times(256, 'k'), 256, NULL, 0));
	SAYS(ERROR_MALFORMED, key, set_keys(ID, times(257, 'k'), 257, NULL,
		0));
	OK(set_keys(ID, "x", 1, times(SESSION_TOKEN_MAX, 't'),
		SESSION_TOKEN_MAX));
	SAYS(ERROR_MALFORMED, token, set_keys(ID, "x", 1,
		times(SESSION_TOKEN_MAX + 1, 't'), SESSION_TOKEN_MAX + 1));
	SAYS(ERROR_MALFORMED, token, set_keys(ID, "x", 1, "a b", 3));
}

/* ---- roles ---- */

static struct role_step step_of(const char *arn)
{
	struct role_step s = { .duration = 0 };

	snprintf(s.arn, sizeof(s.arn), "%s", arn);
	return s;
}

static int add(struct role_step s)
{
	struct aws_recipe r = { .count = 0 };
	int done = recipe_add(&r, &s, "profile 'x'", &err);

	assert_int_equal(r.count, done == 0);
	recipe_done(&r);
	return done;
}

static void a_role_has_parts_that_could_be_ones(void **state)
{
	static const struct {
		const char *arn, *name, *external_id, *serial;
		unsigned duration;
		const char *words; /* NULL: it can be one */
	} cases[] = {
		{ ROLE "a", "", "", "", 0, NULL },
		{ ROLE "a/b", "aZ", "a:", "GAHT12345", 900, NULL },
		{ ROLE "a", "", "", "", 43200, NULL },
		{ "arn:aws:iam::123456789012:user/a", "", "", "", 0,
			"the role_arn of profile 'x' cannot be one: "
			"'arn:aws:iam::123456789012:user/a'" },
		{ "arn:aws:sts::123456789012:role/a", "", "", "", 0,
			"the role_arn of" },
		{ "arn:aws:iam::1:role/", "", "", "", 0, NULL },
		{ "arn:aws:iam:::role/", "", "", "", 0, "the role_arn of" },
		{ ROLE "a b", "", "", "", 0, "the role_arn of" },
		{ "", "", "", "", 0, "the role_arn of" },
		{ ROLE "a", "a", "", "", 0, "the role_session_name of profile "
			"'x' cannot be one: 'a'" },
		{ ROLE "a", "a/b", "", "", 0, "the role_session_name of" },
		{ ROLE "a", "", "a", "", 0, "the external_id of profile 'x' "
			"cannot be one: 'a'" },
		{ ROLE "a", "", "a b", "", 0, "the external_id of" },
		{ ROLE "a", "", "", "GAHT1234", 0, "the mfa_serial of profile "
			"'x' cannot be one: 'GAHT1234'" },
		{ ROLE "a", "", "", "GAHT 12345", 0, "the mfa_serial of" },
		{ ROLE "a", "", "", "", 899, "the duration_seconds of profile "
			"'x' is 899: 900 to 43200 are allowed" },
		{ ROLE "a", "", "", "", 43201, "the duration_seconds of "
			"profile 'x' is 43201" },
	};
	struct role_step s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		s = step_of(cases[i].arn);
		strcpy(s.session_name, cases[i].name);
		strcpy(s.external_id, cases[i].external_id);
		strcpy(s.mfa_serial, cases[i].serial);
		s.duration = cases[i].duration;
		if (cases[i].words)
			SAYS(ERROR_USAGE, cases[i].words, add(s));
		else
			OK(add(s));
	}
}

static void a_chain_has_eight_roles_at_most(void **state)
{
	const struct role_step s = step_of(ROLE "a");
	struct aws_recipe r = { .count = 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ROLES_MAX; i++)
		OK(recipe_add(&r, &s, "profile 'x'", &err));
	SAYS(ERROR_USAGE, "profile 'x' is role number 9 of a chain: 9 are too "
		"many", recipe_add(&r, &s, "profile 'x'", &err));
	assert_int_equal(r.count, ROLES_MAX);
	recipe_done(&r);
	assert_int_equal(r.count, 0);
}

/* ---- as another process says ---- */

static struct aws_settings theirs, got;
static bool has_own_keys; /* root has its own, and asked for none */

static int begin(void **state)
{
	(void)state;
	theirs = (struct aws_settings){ .config = { .region = "eu-west-1" } };
	buf_init(&theirs.ca_pem, CA_PEM_MAX + 1);
	theirs.config.profile.name = strdup("admin");
	has_own_keys = false;
	return 0;
}

static int end(void **state)
{
	(void)state;
	settings_done(&theirs);
	settings_done(&got);
	return 0;
}

static void give_keys(void)
{
	OK(credentials_set(&theirs.recipe.keys, ID, "x", 1, "y", 1, "origin",
		&err));
}

static void give_role(const char *arn)
{
	struct role_step s = step_of(arn);

	strcpy(s.session_name, "name");
	strcpy(s.external_id, "id");
	strcpy(s.mfa_serial, "GAHT12345678");
	s.duration = 900;
	OK(recipe_add(&theirs.recipe, &s, "x", &err));
}

static int hand_over(void)
{
	CLEANUP(buf_done) struct buf b;
	size_t ca = 0;

	buf_init(&b, WIRE_MAX);
	settings_put_answer(&b, &theirs, NULL);
	assert_false(buf_failed(&b));
	settings_done(&got);
	got = (struct aws_settings){ .has_owner = true };
	if (has_own_keys)
		OK(credentials_set(&got.recipe.keys, "AKIAI44QH8DHBEXAMPLE",
			"x", 1, NULL, 0, "environment", &err));
	return settings_get_answer(&b, &got, &ca, &err);
}

#define IS_MALFORMED()                                                         \
	SAYS(ERROR_MALFORMED, "tokenbridge-settings sent a malformed answer",  \
		hand_over())

static void roles_and_tokens_come_through(void **state)
{
	const struct role_step *s;

	(void)state;
	OK(secret_set(&theirs.recipe.web_token, "token", 5, &err));
	give_role(ROLE "a");
	give_role(ROLE "b");
	OK(hand_over());
	assert_int_equal(got.recipe.count, 2);
	assert_string_equal(got.recipe.steps[0].arn, ROLE "a");
	s = &got.recipe.steps[1];
	assert_string_equal(s->arn, ROLE "b");
	assert_string_equal(s->session_name, "name");
	assert_string_equal(s->external_id, "id");
	assert_string_equal(s->mfa_serial, "GAHT12345678");
	assert_int_equal(s->duration, 900);
	assert_string_equal(secret_str(&got.recipe.web_token), "token");
	assert_string_equal(got.recipe.keys.key_id, "");
	assert_false(recipe_is_empty(&got.recipe));
}

static void keys_come_through_with_their_end(void **state)
{
	(void)state;
	give_keys();
	theirs.recipe.keys.expires = 4711;
	theirs.recipe.keys.renewable = true;
	OK(hand_over());
	assert_int_equal(got.recipe.keys.expires, 4711);
	assert_true(got.recipe.keys.renewable);
	theirs.recipe.keys.renewable = false;
	theirs.recipe.keys.expires = (time_t)INT64_MAX;
	OK(hand_over());
	assert_false(got.recipe.keys.renewable);
	assert_int_equal(got.recipe.keys.expires, INT64_MAX);
	theirs.recipe.keys.expires = -1;
	IS_MALFORMED();
}

static void a_token_needs_a_role_and_no_keys(void **state)
{
	(void)state;
	OK(secret_set(&theirs.recipe.web_token, "token", 5, &err));
	IS_MALFORMED();
	give_role(ROLE "a");
	OK(hand_over());
	give_keys();
	IS_MALFORMED();
}

static void root_s_own_keys_take_nobody_s_roles(void **state)
{
	(void)state;
	has_own_keys = true;
	OK(hand_over());
	assert_string_equal(got.recipe.keys.key_id, "AKIAI44QH8DHBEXAMPLE");
	give_role(ROLE "a");
	IS_MALFORMED();
	recipe_done(&theirs.recipe);
	OK(secret_set(&theirs.recipe.web_token, "token", 5, &err));
	IS_MALFORMED();
	recipe_done(&theirs.recipe);
	give_keys();
	IS_MALFORMED();
}

static void parts_are_checked_as_if_typed(void **state)
{
	(void)state;
	give_role(ROLE "a");
	strcpy(theirs.recipe.steps[0].external_id, "a b");
	SAYS(ERROR_USAGE, "the external_id of the caller's settings cannot be "
		"one: 'a b'", hand_over());
	recipe_done(&theirs.recipe);
	give_keys();
	strcpy(theirs.recipe.keys.key_id, "short");
	SAYS(ERROR_MALFORMED, "the access key id 'short' (origin) is not one",
		hand_over());
	recipe_done(&theirs.recipe);
	give_keys();
	strcpy(theirs.recipe.keys.origin, "a\nb");
	IS_MALFORMED();
	recipe_done(&theirs.recipe);
	theirs.config.attempts = 100;
	OK(hand_over());
	assert_int_equal(got.config.attempts, 100);
	theirs.config.attempts = 101;
	IS_MALFORMED();
	theirs.config.attempts = 0;
	strcpy(theirs.config.region, "eu west");
	IS_MALFORMED();
	strcpy(theirs.config.region, "cn-north-1");
	OK(hand_over());
	assert_string_equal(got.config.partition->name, "aws-cn");
	theirs.config.profile.name[0] = '\n';
	IS_MALFORMED();
	theirs.config.profile.name[0] = 'a';
	strcpy(theirs.config.note, "a\x1b[2J");
	OK(hand_over());
	assert_string_equal(got.config.note, "a?[2J");
}

static void endpoints_and_ways_are_checked_too(void **state)
{
	struct aws_endpoint *e = &theirs.config.endpoints[AWS_STS];

	(void)state;
	e->overridden = true;
	strcpy(e->url, "http://a.example/");
	strcpy(e->origin, "profile");
	SAYS(ERROR_REFUSED, "plain http to another machine", hand_over());
	strcpy(e->url, "https://a.example/");
	strcpy(e->origin, "a\nb");
	IS_MALFORMED();
	strcpy(e->origin, "profile");
	OK(hand_over());
	assert_true(got.config.endpoints[AWS_STS].overridden);
	assert_false(got.config.endpoints[AWS_IAM].overridden);
	strcpy(theirs.config.way.proxy, "ftp://p");
	strcpy(theirs.config.way.proxy_origin, "https_proxy");
	SAYS(ERROR_USAGE, "the proxy that https_proxy names is not of the form",
		hand_over());
	strcpy(theirs.config.way.proxy, "http://p");
	strcpy(theirs.config.way.proxy_origin, "a\nb");
	IS_MALFORMED();
	strcpy(theirs.config.way.proxy_origin, "https_proxy");
	OK(hand_over());
	/* a bundle is named and has bytes, or neither */
	buf_put_byte(&theirs.ca_pem, 'x');
	IS_MALFORMED();
	OK(way_set_ca(&theirs.config.way, "/ca.pem", "AWS_CA_BUNDLE", &err));
	OK(hand_over());
	strcpy(theirs.config.way.ca_origin, "a\nb");
	IS_MALFORMED();
	strcpy(theirs.config.way.ca_origin, "AWS_CA_BUNDLE");
	buf_reset(&theirs.ca_pem);
	IS_MALFORMED();
	theirs.ca_pem.n = CA_PEM_MAX;
	OK(hand_over());
	theirs.ca_pem.n = CA_PEM_MAX + 1;
	IS_MALFORMED();
	theirs.ca_pem.n = 0;
}

static void keys_that_are_too_long_are_none(void **state)
{
	(void)state;
	give_keys();
	secret_done(&theirs.recipe.keys.key);
	OK(secret_set(&theirs.recipe.keys.key, times(256, 'k'), 256, &err));
	OK(hand_over());
	secret_done(&theirs.recipe.keys.key);
	OK(secret_set(&theirs.recipe.keys.key, times(257, 'k'), 257, &err));
	IS_MALFORMED();
	recipe_done(&theirs.recipe);
	give_role(ROLE "a");
	OK(secret_set(&theirs.recipe.web_token, times(WEB_TOKEN_MAX, 't'),
		WEB_TOKEN_MAX, &err));
	OK(hand_over());
	secret_done(&theirs.recipe.web_token);
	OK(secret_set(&theirs.recipe.web_token, times(WEB_TOKEN_MAX + 1, 't'),
		WEB_TOKEN_MAX + 1, &err));
	IS_MALFORMED();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_have_a_form_and_a_length),
		cmocka_unit_test(a_role_has_parts_that_could_be_ones),
		cmocka_unit_test(a_chain_has_eight_roles_at_most),
		TEST(roles_and_tokens_come_through),
		TEST(keys_come_through_with_their_end),
		TEST(a_token_needs_a_role_and_no_keys),
		TEST(root_s_own_keys_take_nobody_s_roles),
		TEST(parts_are_checked_as_if_typed),
		TEST(endpoints_and_ways_are_checked_too),
		TEST(keys_that_are_too_long_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
