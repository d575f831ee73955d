/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of audit reads before, by which names. */
#include "tests/unit/audit-keep-parts.h"

/* ---- what is read before ---- */

static void prepares(const char *questions, const char *read)
{
	OK(audit_prepare(&app, &audit, &k, &err));
	assert_string_equal(asked, questions);
	assert_string_equal(lists, read);
	asked[0] = lists[0] = '\0';
}

static void lists_are_read_by_the_names_that_they_have(void **state)
{
	(void)state;
	prepares("", "");
	assert_null(audit.counted);
	give(OPTION_MUTE, "mutes.csv");
	prepares("m", "mutes mutes.csv: quiet\n");
	give(OPTION_SINCE, "earlier.json");
	give(OPTION_RECORD, "1");
	prepares("my", "mutes mutes.csv: quiet\nearlier earlier.json: "
		"before\n");
	assert_ptr_equal(audit.counted, &k.counted);
	give(OPTION_MUTE, NULL);
	prepares("y", "earlier earlier.json: before\n");
}

static void a_list_that_cannot_be_read_ends_it(void **state)
{
	(void)state;
	give(OPTION_MUTE, "none.csv");
	give(OPTION_SINCE, "earlier.json");
	SAYS(ERROR_FAILED, "none.csv", audit_prepare(&app, &audit, &k, &err));
	asked_is("");
	give(OPTION_MUTE, "mutes.csv");
	give(OPTION_SINCE, "none.json");
	SAYS(ERROR_FAILED, "none.json", audit_prepare(&app, &audit, &k,
		&err));
	asked_is("m");
	give(OPTION_SINCE, "earlier.json");
	fails_at('m', ERROR_MALFORMED, "");
	FAILS(ERROR_MALFORMED, audit_prepare(&app, &audit, &k, &err));
	asked_is("m");
	fails_at('y', ERROR_MALFORMED, "");
	FAILS(ERROR_MALFORMED, audit_prepare(&app, &audit, &k, &err));
	asked_is("my");
}

static void the_copies_of_the_evidence_are_read(void **state)
{
	(void)state;
	k.writes = true;
	give(OPTION_BUNDLE, "evidence");
	give(OPTION_MUTE, "mutes.csv");
	give(OPTION_SINCE, "earlier.json");
	prepares("bmy", "mutes mutes.csv: quiet then\nearlier earlier.json: "
		"before then\n");
	k.writes = false;
	k.plays = true;
	give(OPTION_FROM, "evidence");
	k.bundle.facts = json_pack("{s:s,s:b}", "mutes", "was.csv", "record",
		1);
	prepares("om", "mutes was.csv: quiet then\n");
	assert_ptr_equal(audit.counted, &k.counted);
	audit.counted = NULL;
	json_object_set_new(k.bundle.facts, "record", json_false());
	prepares("om", "mutes was.csv: quiet then\n");
	assert_null(audit.counted);
	x.no_part = true;
	k.bundle.path = strdup(place);
	FAILS(ERROR_CORRUPT, audit_prepare(&app, &audit, &k, &err));
	assert_non_null(strstr(err.text, "'" AUDIT_BUNDLE_MUTES "' is no part "
		"of '/tmp/"));
	fails_at('o', ERROR_CORRUPT, "");
	SAYS(ERROR_CORRUPT, "AWS says no", audit_prepare(&app, &audit, &k,
		&err));
	/* what was recorded then counts for the evidence alone */
	k.plays = false;
	failing.question = '\0';
	json_object_set_new(k.bundle.facts, "record", json_true());
	give(OPTION_FROM, NULL);
	give(OPTION_BUNDLE, NULL);
	asked[0] = lists[0] = '\0';
	prepares("my", "mutes mutes.csv: quiet\nearlier earlier.json: "
		"before\n");
	assert_null(audit.counted);
}

static void files_are_shown_by_the_names_that_they_had(void **state)
{
	(void)state;
	audit.registry.used = audit.aws.used = audit.report.used = true;
	audit.registry.path = audit.report.name = "copy";
	audit.aws.requests = 3;
	k.bundle.facts = json_pack("{s:s,s:s,s:i,s:i}", "registry", "real.db",
		"report", "-", "requests", 17, "connections", 2);
	audit_show_names(&audit, &k);
	assert_string_equal(audit.registry.path, "copy");
	k.writes = true;
	audit_show_names(&audit, &k);
	assert_string_equal(audit.registry.path, "real.db");
	assert_string_equal(audit.report.name, "standard input");
	assert_int_equal(audit.aws.requests, 3);
	k.writes = false;
	k.plays = true;
	audit_show_names(&audit, &k);
	assert_int_equal(audit.aws.requests, 17);
	assert_int_equal(audit.aws.connections, 2);
	/* what was not used has no name */
	audit.registry.used = audit.aws.used = audit.report.used = false;
	audit.registry.path = audit.report.name = "copy";
	audit.aws.requests = 3;
	audit_show_names(&audit, &k);
	assert_string_equal(audit.registry.path, "copy");
	assert_string_equal(audit.report.name, "copy");
	assert_int_equal(audit.aws.requests, 3);
	audit.report.used = true;
	audit.report.name = NULL;
	audit_show_names(&audit, &k);
	assert_null(audit.report.name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lists_are_read_by_the_names_that_they_have),
		TEST(a_list_that_cannot_be_read_ends_it),
		TEST(the_copies_of_the_evidence_are_read),
		TEST(files_are_shown_by_the_names_that_they_had),
	};

	return cmocka_run_group_tests_name("audit prepare", tests, NULL, NULL);
}
