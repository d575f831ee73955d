/* SPDX-License-Identifier: Apache-2.0 */
/* `setup`: what is asked for by which option, and what needs the network. */
#include "tests/unit/setup-verb-parts.h"

/* ---- what is asked for ---- */

static void without_options_all_is_asked_for(void **state)
{
	(void)state;
	x.tokens = 2;
	OK(go());
	assert_string_equal(asked, "ls");
	assert_int_equal(q.tokens.n, 2);
	assert_true(q.tokens.any_card && q.asks);
	assert_false(q.yes || q.only_look || q.rehearsal);
	assert_int_equal(q.without, 0);
	assert_null(q.role);
	assert_null(q.user);
	assert_string_equal(q.aws.profile, "work");
	assert_string_equal(q.metadata.source,
		"https://mds3.fidoalliance.org/");
	assert_int_equal(q.metadata.at, MOMENT);
	assert_int_equal(x.closed, 0);
	x.terminal = x.closed = -1;
	OK(go());
	assert_false(q.asks);
	x.terminal = 500;
	OK(go());
	assert_true(q.asks);
	assert_int_equal(x.closed, 500);
}

static void each_option_is_asked_for(void **state)
{
	static char role[] = "auditor";

	(void)state;
	arguments[0] = role;
	give(OPTION_USER, "alice", 1);
	give(OPTION_TRUST_DIR, "trust", 1);
	give(OPTION_MDS, "blob.jwt", 1);
	give(OPTION_MDS_ANCHORS, "root.pem", 1);
	give(OPTION_CA_BUNDLE, "ca.pem", 1);
	give(OPTION_PROXY, "proxy", 1);
	give(OPTION_WITHOUT, "group,aws", 1);
	give(OPTION_REHEARSAL, "1", 1);
	OK(go());
	assert_true(q.rehearsal);
	assert_false(q.yes || q.only_look);
	give(OPTION_REHEARSAL, NULL, 0);
	give(OPTION_YES, "1", 1);
	OK(go());
	assert_true(q.yes);
	assert_false(q.rehearsal || q.only_look);
	give(OPTION_YES, NULL, 0);
	give(OPTION_DRY_RUN, "1", 1);
	OK(go());
	assert_true(q.only_look);
	assert_false(q.rehearsal || q.yes);
	assert_string_equal(q.role, "auditor");
	assert_string_equal(q.user, "alice");
	assert_string_equal(q.metadata.dir, "trust");
	assert_string_equal(q.metadata.source, "blob.jwt");
	assert_string_equal(q.metadata.signers, "root.pem");
	assert_string_equal(q.metadata.ca_bundle, "ca.pem");
	assert_string_equal(q.metadata.proxy, "proxy");
	assert_int_equal(q.without, SETUP_GROUP | SETUP_AWS);
	give(OPTION_WITHOUT, "grup", 1);
	SAYS(ERROR_USAGE, "--without: there is no step 'grup'", go());
	assert_string_equal(asked, "l");
}

static void the_registry_is_asked_where_nobody_named_any(void **state)
{
	static const struct {
		uid_t uid;
		unsigned from;
		bool named, systems;
	} cases[] = {
		{ 1000, 0, false, true },
		{ 0, 0, true, true },
		{ 1000, FROM_SYSTEM_FILE, true, true },
		{ 1000, FROM_USER_FILE, true, false },
		{ 0, FROM_COMMAND_LINE, true, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		x.uid = cases[i].uid;
		give(OPTION_REGISTRY, "r.db", cases[i].from);
		OK(go());
		assert_int_equal(q.registry != NULL, cases[i].named);
		assert_int_equal(q.registry_is_systems, cases[i].systems);
	}
	assert_string_equal(q.registry, "r.db");
}

static void what_fails_ends_it(void **state)
{
	(void)state;
	fails_at('l', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", go());
	assert_string_equal(asked, "l");
	fails_at('s', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", go());
	assert_string_equal(shown, "");
	app.json = true;
	fails_at('j', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", go());
}

static void the_network_is_needed_for_aws_and_metadata(void **state)
{
	static const struct {
		const char *without, *mds;
		bool needs;
	} cases[] = {
		{ NULL, NULL, true },
		{ "aws", NULL, true },
		{ "metadata", NULL, true },
		{ "aws,metadata", NULL, false },
		{ "aws", "blob.jwt", false },
		{ "aws", "https://mds.test/", true },
		{ "aws,metadata", "https://mds.test/", false },
		{ "grup", NULL, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		give(OPTION_WITHOUT, cases[i].without, 1);
		give(OPTION_MDS, cases[i].mds, 1);
		assert_int_equal(verb_setup.needs_network(&app.options),
			cases[i].needs);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_options_all_is_asked_for),
		TEST(each_option_is_asked_for),
		TEST(the_registry_is_asked_where_nobody_named_any),
		TEST(what_fails_ends_it),
		TEST(the_network_is_needed_for_aws_and_metadata),
	};

	return cmocka_run_group_tests_name("setup verb", tests, NULL, NULL);
}
