/* SPDX-License-Identifier: Apache-2.0 */
/* What was ended holds nothing, and may be ended again: CLEANUP does so. */
#include "aws/caller/settings.h"
#include "aws/caller/wire.h"
#include "token/attest/attest.h"
#include "token/fido/discoverable.h"
#include "token/trust/jws.h"
#include "token/trust/mds-private.h"

#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

static void sets_of_certificates(void **state)
{
	struct vendor vendor;
	struct anchors a;

	(void)state;
	vendor_init(&vendor);
	vendor_anchors(&a, &vendor.root, 1);
	assert_int_equal(a.n, 1);
	anchors_done(&a);
	assert_int_equal(a.n, 0);
	assert_null(a.rows);
	anchors_done(&a);
	vendor_done(&vendor);
}

static void entries_of_metadata(void **state)
{
	struct mds_entry e = { .statuses = calloc(2, sizeof(*e.statuses)),
		.statuses_n = 2 };

	(void)state;
	mds_entry_done(&e);
	assert_null(e.statuses);
	assert_int_equal(e.statuses_n, 0);
	mds_entry_done(&e);
}

static void lists_of_credentials(void **state)
{
	struct discoverable d = { .rps = calloc(2, sizeof(*d.rps)),
		.rps_n = 2 };

	(void)state;
	discoverable_done(&d);
	assert_null(d.rps);
	assert_int_equal(d.rps_n, 0);
	discoverable_done(&d);
}

static void signed_payloads(void **state)
{
	struct jws j;

	(void)state;
	jws_init(&j, 100);
	buf_put_str(&j.payload, "text");
	strcpy(j.signer, "somebody");
	jws_done(&j);
	assert_null(j.payload.p);
	assert_int_equal(j.payload.n, 0);
	assert_int_equal(j.payload.max, 100);
	assert_string_equal(j.signer, "");
	jws_done(&j);
}

static void attestations_and_facts(void **state)
{
	struct attestation a;
	struct attest_facts f;

	(void)state;
	attestation_init(&a);
	buf_put_str(&a.client_data, "x");
	buf_put_str(&a.auth_data, "x");
	buf_put_str(&a.att_stmt, "x");
	attestation_done(&a);
	assert_null(a.client_data.p);
	assert_null(a.auth_data.p);
	assert_null(a.att_stmt.p);
	attestation_done(&a);
	attest_facts_init(&f);
	assert_int_equal(f.certification, -1);
	buf_put_str(&f.credential_id, "x");
	buf_put_str(&f.public_key, "x");
	attest_facts_done(&f);
	assert_null(f.credential_id.p);
	assert_null(f.public_key.p);
	attest_facts_done(&f);
}

static void settings_with_keys_and_roles(void **state)
{
	static const char text[] = "[p]\nk=v\naws_session_token=t\n";
	struct aws_settings s = { .has_owner = false };
	struct role_step step = { .arn = "arn:aws:iam::123456789012:role/r" };

	(void)state;
	buf_init(&s.ca_pem, 100);
	buf_put_str(&s.ca_pem, "PEM");
	OK(credentials_set(&s.recipe.keys, "AKIAIOSFODNN7EXAMPLE", "k", 1,
		"t", 1, "test", &err));
	OK(secret_set(&s.recipe.web_token, "a.b.c", 5, &err));
	OK(recipe_add(&s.recipe, &step, "test", &err));
	assert_false(recipe_is_empty(&s.recipe));
	s.config.profile.name = strdup("p");
	OK(config_profile_parse(&s.config.profile, CREDENTIALS_FILE,
		(const unsigned char *)text, strlen(text), "test", &err));
	assert_int_equal(s.config.profile.count, 2);
	settings_done(&s);
	assert_null(s.ca_pem.p);
	assert_int_equal(s.recipe.count, 0);
	assert_null(s.recipe.steps);
	assert_string_equal(s.recipe.keys.key_id, "");
	assert_string_equal(s.recipe.keys.origin, "");
	assert_null(s.recipe.keys.key.p);
	assert_null(s.recipe.keys.token.p);
	assert_int_equal(s.recipe.web_token.n, 0);
	assert_true(recipe_is_empty(&s.recipe));
	assert_int_equal(s.config.profile.count, 0);
	assert_null(s.config.profile.entries);
	assert_null(s.config.profile.name);
	settings_done(&s);
}

static void a_recipe_that_was_moved_is_empty(void **state)
{
	struct aws_recipe from = { .count = 0 }, to = { .count = 0 };
	struct role_step step = { .arn = "arn:aws:iam::123456789012:role/r" };

	(void)state;
	OK(recipe_add(&from, &step, "test", &err));
	OK(secret_set(&from.web_token, "a.b.c", 5, &err));
	recipe_move(&to, &from);
	assert_int_equal(from.count, 0);
	assert_null(from.steps);
	assert_null(from.web_token.p);
	assert_true(recipe_is_empty(&from));
	assert_int_equal(to.count, 1);
	assert_false(recipe_is_empty(&to));
	recipe_done(&from);
	recipe_done(&to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_of_certificates),
		cmocka_unit_test(entries_of_metadata),
		cmocka_unit_test(lists_of_credentials),
		cmocka_unit_test(signed_payloads),
		cmocka_unit_test(attestations_and_facts),
		cmocka_unit_test(settings_with_keys_and_roles),
		cmocka_unit_test(a_recipe_that_was_moved_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
