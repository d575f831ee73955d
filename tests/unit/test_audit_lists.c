/* SPDX-License-Identifier: Apache-2.0 */
/* Mute lists and earlier results: read strictly, and never meaning more than
 * they say. */
#include "tests/unit/unit.h"

#include "bridge/audit/lists/lists.h"
#include "bridge/audit/run.h"

#define ACCOUNT "123456789012"
#define DAY 1801526399 /* the last second of 2027-02-01 */

static struct audit_mutes *list;

static int parse(const char *text)
{
	audit_mutes_free(&list);
	return audit_mutes_parse(&list, "mutes", text, strlen(text), &err);
}

static struct audit_finding finding(enum audit_check check,
	enum audit_status status, const char *subject, const char *device)
{
	struct audit_finding f = { .check = check, .status = status,
		.mutes = status, .device = device };

	snprintf(f.account, sizeof(f.account), "%s", ACCOUNT);
	snprintf(f.subject, sizeof(f.subject), "%s", subject);
	return f;
}

static const struct audit_mute *mute_at(enum audit_check check,
	enum audit_status status, const char *subject, const char *device,
	time_t now)
{
	struct audit_finding f = finding(check, status, subject, device);

	return audit_mutes_find(list, &f, now);
}

static bool mutes_user(const char *subject)
{
	return mute_at(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, subject, NULL,
		1) != NULL;
}

static bool mutes_root(enum audit_check check)
{
	return mute_at(check, AUDIT_FAIL, "<root_account>", NULL, 1) != NULL;
}

static int stop(void **state)
{
	(void)state;
	audit_mutes_free(&list);
	return 0;
}

/* ---- our own ---- */

#define USER_MUTE "check = user-mfa-missing\naccount = 123456789012\n"
#define ROOT_MUTE                                                              \
	"check = root-mfa-missing\naccount = *\nsubject = <root_account>\n"    \
	"reason = credentials go next week\n"

static void a_mute_says_all_that_it_has_to(void **state)
{
	static const char *const wrong[] = {
		"account = 123456789012\n",
		"check = user-mfa\naccount = *\nsubject = a\nreason = b\n",
		"check = mute-expired\naccount = *\nsubject = a\nreason = b\n",
		USER_MUTE "reason = no subject\n",
		USER_MUTE "subject = alice\n",
		USER_MUTE "subject = alice\nsubject = bob\nreason = twice\n",
		USER_MUTE "subject = alice\nreason =\n",
		USER_MUTE "subject = alice\nreason = a\ncolour = red\n",
		USER_MUTE "subject = alice\nreason = a\nexpires = soon\n",
		USER_MUTE "subject = a\nreason = a\nexpires = 2027-02-30\n",
		USER_MUTE "subject = a\nreason = a\nexpires = 2027-2-1\n",
		"check = user-mfa-missing\naccount = 12345678901x\n",
		"check = user-mfa-missing\naccount = 12345678901\n",
		"check = user-mfa-missing\nsubject = a\nreason = b\n",
		"nothing\n",
		ROOT_MUTE,
		ROOT_MUTE "owner = alice\n",
		ROOT_MUTE "expires = 2027-02-01\n",
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		FAILS(ERROR_USAGE, parse(wrong[i]));
		assert_non_null(strstr(err.text, "'mutes', line "));
		assert_null(list);
	}
	OK(parse(""));
	assert_int_equal(list->n, 0);
	OK(parse(ROOT_MUTE "owner = alice\nexpires = 2027-02-01\n"));
	assert_int_equal(list->n, 1);
	assert_true(mutes_root(AUDIT_ROOT_MFA_MISSING));
	assert_false(mutes_root(AUDIT_ROOT_MFA_VIRTUAL));
}

static void a_mute_ends_with_its_day(void **state)
{
	const struct audit_mute *m;

	(void)state;
	OK(parse("# people\n\n" USER_MUTE "subject = alice\n"
		"reason = on leave\nowner = bob\nexpires = 2027-02-01\n"));
	m = mute_at(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, "alice", NULL, DAY);
	assert_non_null(m);
	assert_string_equal(m->reason, "on leave");
	assert_string_equal(m->owner, "bob");
	assert_string_equal(m->source, "mutes, line 3");
	assert_int_equal(m->expires, DAY);
	assert_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, "alice", NULL,
		DAY + 1));
	assert_int_equal(list->rules[0].matched, 2);
}

static void stars_stand_for_any_part_and_nothing_else_does(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} cases[] = {
		{ "alice", "alice", true }, { "alice", "alice2", false },
		{ "alice", "Alice", false }, { "a*", "alice", true },
		{ "*", "", true }, { "*", "x", true }, { "a*e", "alice", true },
		{ "a*e", "alices", false }, { "*b*", "abc", true },
		{ "a**c", "abc", true }, { "", "", true }, { "", "a", false },
		{ "a.ice", "alice", false }, { "*aab", "aaaab", true },
		{ "[a]*", "a", false }, { "a*b*c", "a-b-b", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(mute_glob_fits(cases[i].pattern,
			cases[i].text), cases[i].fits);
}

static void a_mute_matches_only_what_it_names(void **state)
{
	struct audit_finding f;

	(void)state;
	OK(parse("check = device-unknown\naccount = 123456789012\n"
		"subject = svc-*\ndevice = arn:aws:iam::123456789012:mfa/*\n"
		"reason = robots\n"));
	assert_non_null(mute_at(AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL, "svc-1",
		"arn:aws:iam::123456789012:mfa/a", 1));
	assert_null(mute_at(AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL, "svc-1",
		"arn:aws:iam::123456789012:u2f/a", 1));
	assert_null(mute_at(AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL, "svc-1", NULL,
		1));
	assert_null(mute_at(AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL, "alice",
		"arn:aws:iam::123456789012:mfa/a", 1));
	assert_null(mute_at(AUDIT_DEVICE_GONE, AUDIT_FAIL, "svc-1",
		"arn:aws:iam::123456789012:mfa/a", 1));
	f = finding(AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL, "svc-1",
		"arn:aws:iam::123456789012:mfa/a");
	strcpy(f.account, "123456789013");
	assert_null(audit_mutes_find(list, &f, 1));
	assert_int_equal(list->rules[0].matched, 1);
}

static void only_what_is_wrong_is_muted(void **state)
{
	(void)state;
	OK(parse(USER_MUTE "subject = *\nreason = all\n"));
	assert_true(mutes_user("alice"));
	assert_non_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN, "alice",
		NULL, 1));
	assert_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_PASS, "alice", NULL,
		1));
	assert_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_NOT_APPLICABLE,
		"alice", NULL, 1));
}

static void what_was_not_read_is_muted_only_by_its_very_words(void **state)
{
	(void)state;
	OK(parse(USER_MUTE "subject = *\nreason = all\n"));
	assert_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		"(users not listed)", NULL, 1));
	assert_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN, "line 7",
		NULL, 1));
	OK(parse(USER_MUTE "subject = (users not listed)\nreason = known\n"));
	assert_non_null(mute_at(AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN,
		"(users not listed)", NULL, 1));
}

/* ---- Prowler's ---- */

#define HEAD "Mutelist:\n  Accounts:\n"
#define ENTRY "        Regions: ['*']\n        Resources: "
#define USERS "      iam_user_mfa_enabled_console_access:\n" ENTRY
#define FOR_ALL HEAD "    '*':\n     Checks:\n"
#define FOR_ONE HEAD "    '123456789012':\n     Checks:\n"
#define WHOLE "        Description: 'gone soon owner=bob expires=2027-02-01'\n"

static void prowlers_patterns_are_searched_as_it_does(void **state)
{
	(void)state;
	OK(parse(FOR_ALL USERS "['admin']\n"));
	assert_true(mutes_user("administrator"));
	assert_true(mutes_user("old-admin"));
	assert_false(mutes_user("alice"));
	/* not a star but a repetition, as in Python */
	OK(parse(FOR_ALL USERS "['^adm*$']\n"));
	assert_true(mutes_user("ad"));
	assert_true(mutes_user("admm"));
	assert_false(mutes_user("admin"));
	OK(parse(FOR_ALL USERS "['*-svc', 'a\\.b']\n"));
	assert_true(mutes_user("x-svc"));
	assert_true(mutes_user("a.b"));
	assert_false(mutes_user("acb"));
	/* ASCII's last character, and the most of a count */
	OK(parse(FOR_ALL USERS "['^x~$', '^((b|c))+$', '^d{2,2}$', "
		"'^e{0,255}f$']\n"));
	assert_true(mutes_user("x~"));
	assert_false(mutes_user("~"));
	assert_true(mutes_user("bcb"));
	assert_true(mutes_user("dd"));
	assert_false(mutes_user("ddd"));
	assert_true(mutes_user("f"));
}

static void of_prowlers_only_what_asks_the_same_is_muted(void **state)
{
	(void)state;
	OK(parse(FOR_ALL "      '*':\n" ENTRY "['*']\n" WHOLE));
	assert_true(mutes_user("alice"));
	assert_true(mutes_root(AUDIT_ROOT_MFA_MISSING));
	assert_true(mutes_root(AUDIT_ROOT_MFA_VIRTUAL));
	assert_null(mute_at(AUDIT_DEVICE_UNKNOWN, AUDIT_FAIL, "alice", "a",
		1));
	assert_null(mute_at(AUDIT_DEVICE_GONE, AUDIT_FAIL, "alice", "a", 1));
	assert_null(mute_at(AUDIT_RUN_UNFINISHED, AUDIT_FAIL, "alice", "a",
		1));
	/* it fails without MFA, too, which its mute must not hide */
	OK(parse(FOR_ALL "      iam_root_hardware_mfa_enabled:\n" ENTRY
		"['*']\n" WHOLE));
	assert_true(mutes_root(AUDIT_ROOT_MFA_VIRTUAL));
	assert_false(mutes_root(AUDIT_ROOT_MFA_MISSING));
	assert_null(mute_at(AUDIT_ROOT_MFA_VIRTUAL, AUDIT_UNKNOWN,
		"<root_account>", NULL, 1));
}

static void root_is_muted_by_prowlers_only_with_all_three(void **state)
{
	static const char *const without[] = { "",
		"        Description: owner=bob\n",
		"        Description: expires=2027-02-01\n",
		"        Description: soon\n" };
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(without); i++) {
		snprintf(text, sizeof(text), "%s%s", FOR_ALL
			"      iam_*:\n" ENTRY "['*']\n", without[i]);
		OK(parse(text));
		assert_false(mutes_root(AUDIT_ROOT_MFA_MISSING));
		assert_true(mutes_user("alice"));
		assert_int_equal(list->left_out_n, 1);
		assert_non_null(strstr(list->left_out, "line 5: "));
	}
}

static void what_is_not_known_here_never_mutes(void **state)
{
	(void)state;
	OK(parse(FOR_ALL "      iam_user_*:\n        Regions: [eu-west-1]\n"
		"        Resources: ['*']\n"));
	assert_false(mutes_user("alice"));
	assert_int_equal(list->left_out_n, 1);
	OK(parse(FOR_ALL USERS "['*']\n        Tags: ['team=a']\n"));
	assert_false(mutes_user("alice"));
	OK(parse(FOR_ALL USERS "['*']\n        Tags: []\n"));
	assert_true(mutes_user("alice"));
}

#define EXCEPT(what) FOR_ONE USERS "['*']\n        Exceptions:\n" what

static void exceptions_take_away_and_never_add(void **state)
{
	(void)state;
	OK(parse(EXCEPT("          Resources: [bob]\n")));
	assert_true(mutes_user("alice"));
	assert_false(mutes_user("bob"));
	OK(parse(EXCEPT("          Resources: [bob]\n"
		"          Accounts: ['999999999999']\n")));
	assert_true(mutes_user("bob"));
	/* regions and tags may be met */
	OK(parse(EXCEPT("          Tags: ['a=b']\n")));
	assert_false(mutes_user("alice"));
	OK(parse(EXCEPT("          Tags: []\n          Resources: []\n")));
	assert_true(mutes_user("alice"));
}

static void an_exception_ends_its_accounts_entries(void **state)
{
	(void)state;
	OK(parse(FOR_ONE "      iam_user_*:\n" ENTRY "[carol]\n"
		"        Exceptions:\n          Resources: [bob]\n" USERS
		"['*']\n"));
	assert_true(mutes_user("alice"));
	assert_false(mutes_user("bob"));
	/* what an earlier entry mutes stays */
	OK(parse(FOR_ONE "      iam_user_*:\n" ENTRY "[bob]\n" USERS "['*']\n"
		"        Exceptions:\n          Resources: [bob]\n"));
	assert_true(mutes_user("bob"));
	/* another account's block counts on */
	OK(parse(FOR_ONE USERS "['*']\n        Exceptions:\n"
		"          Resources: [bob]\n    '*':\n     Checks:\n" USERS
		"[bob]\n"));
	assert_true(mutes_user("bob"));
	OK(parse(HEAD "    '999999999999':\n     Checks:\n" USERS "['*']\n"));
	assert_false(mutes_user("bob"));
}

static void what_prowler_or_posix_would_read_otherwise_is_refused(
	void **state)
{
	static const char *const patterns[] = { "\\d", "\\w+", "a\\b", "(?i)a",
		"(?:a)", "a*?", "a++", "a**", "a{2}{3}", "a{256}", "a{,2}",
		"a{3,2}", "a{1}?", "a{1,256}", "|a)",
		"{2}", "[\\w]", "[[:alpha:]]", "[a", "a)", "(a", "()", "\\1",
		"\\<a", "+a", "a|*", "^*", "\xc3\xa4", "a}", "a\\", "" };
	static const char *const lists[] = {
		HEAD "    123456789012:\n     Checks:\n" USERS "['*']\n",
		FOR_ALL USERS "[*]\n", FOR_ALL USERS "['a']\n        Expires: x\n",
		FOR_ALL USERS "['a']\n" USERS "['b']\n",
		FOR_ALL USERS "&a ['a']\n", FOR_ALL USERS "!!seq ['a']\n",
		FOR_ALL USERS "[yes]\n", FOR_ALL USERS "[12]\n",
		FOR_ALL USERS "[2027-01-31]\n", FOR_ALL USERS "[~]\n",
		FOR_ALL USERS "'a'\n", FOR_ALL USERS "[['a']]\n",
		FOR_ALL "      a:\n        Resources: ['*']\n",
		FOR_ALL "      a:\n        Regions: ['*']\n",
		FOR_ALL USERS "['a']\n---\nMutelist: {}\n",
		"Mutelist:\n  Accounts: []\n", "Mutelist: 'a'\n",
		"Mutelist:\n  Accounts: {}\n  More: {}\n",
		"Mutelist:\n", "Mutelist: {Accounts: {'*': {Checks: {a: [[[[[[["
		"[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}}}}\n",
		FOR_ALL USERS "['a']\n        Description: expires=2027-13-01\n",
	};
	char text[512];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(patterns); i++) {
		snprintf(text, sizeof(text), "%s['%s']\n", FOR_ALL USERS,
			patterns[i]);
		SAYS(ERROR_USAGE, "' cannot be read as Prowler reads it:",
			parse(text));
	}
	for (i = 0; i < ARRAY_LEN(lists); i++)
		FAILS(ERROR_USAGE, parse(lists[i]));
}

/* ---- an earlier run ---- */

static struct audit_earlier *earlier;

static int stop_earlier(void **state)
{
	(void)state;
	audit_earlier_free(&earlier);
	return 0;
}

static int parse_earlier(const char *text)
{
	audit_earlier_free(&earlier);
	return audit_earlier_parse(&earlier, "last", text, strlen(text), &err);
}

#define ROW(check, status, subject, device)                                    \
	"{\"check\": \"" check "\", \"status\": \"" status                     \
	"\", \"account\": \"" ACCOUNT "\", \"subject\": \"" subject            \
	"\", \"device\": " device ", \"severity\": \"high\"}"
#define RESULT(rows)                                                           \
	"{\"version\": 1, \"findings\": [" rows "], \"summary\": "             \
	"{\"complete\": true, \"made\": \"2026-01-31T10:00:00Z\"}}"
#define ALICE ROW("user-mfa-missing", "FAIL", "alice", "null")

static void only_what_the_audit_prints_is_read(void **state)
{
	static const char *const wrong[] = { "", "{}", "[]", "null", "{",
		"{\"version\": 1, \"findings\": [" ALICE "]}",
		"{\"version\": 2, \"findings\": [], \"summary\": "
		"{\"complete\": true}}",
		RESULT(ALICE) "x", RESULT(ALICE ","), RESULT("1"),
		RESULT("{\"check\": \"a\"}"), RESULT("[" ALICE "]"),
		RESULT(ROW("user-mfa-missing", "fail", "alice", "null")),
		RESULT(ROW("user-mfa-missing", "MUTED", "alice", "null")),
		RESULT(ROW("user-mfa-missing", "FAIL", "alice", "1")),
		RESULT(ROW("user-mfa-missing", "FAIL", "a\\u0000b", "null")),
		RESULT(ROW("", "FAIL", "alice", "null")),
		RESULT("{\"status\": \"FAIL\", \"status\": \"PASS\"}"),
		"{\"version\": 1, \"findings\": [], \"findings\": [], "
		"\"summary\": {\"complete\": true}}",
		"{\"version\": 1, \"findings\": [], \"summary\": {}}",
		"{\"version\": 1, \"findings\": [], \"summary\": "
		"{\"complete\": true, \"made\": \"then\"}}",
		"{\"version\": 1, \"findings\": [\"", "{\"version",
		RESULT("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]") };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		SAYS(ERROR_MALFORMED, "; what `tokenbridge audit --json` printed is",
			parse_earlier(wrong[i]));
		assert_null(earlier);
	}
	OK(parse_earlier(RESULT("")));
	assert_int_equal(earlier->n, 0);
	OK(parse_earlier(" { \"more\" : [ 1, {\"a\": \"]}\"} ] , \"version\":1,"
		"\"findings\":[" ALICE " , " ROW("x-y", "FAIL", "b", "null")
		"," ROW("user-mfa-missing", "PASS", "c", "null")
		"],\"summary\":{\"complete\":false}}\n"));
	assert_int_equal(earlier->n, 2);
	assert_false(earlier->was_complete);
	assert_int_equal(earlier->made, 0);
	assert_int_equal(earlier->p[0].check, AUDIT_USER_MFA_MISSING);
	assert_int_equal(earlier->p[1].check, -1);
}

static enum audit_change meet(enum audit_check check, enum audit_status status,
	const char *subject, const char *device)
{
	struct audit_finding f = finding(check, status, subject, device);

	return audit_earlier_meet(earlier, &f);
}

static enum audit_outcome end(unsigned checks, bool complete,
	const char *account)
{
	const struct audit_covered c = { checks, complete, account };

	audit_earlier_end(earlier, &c);
	return earlier->p[0].outcome;
}

#define USERS_ASKED AUDIT_BIT(AUDIT_USER_MFA_MISSING)
#define DEVICES_ASKED AUDIT_BIT(AUDIT_DEVICE_UNKNOWN)

static void findings_are_new_or_as_they_were(void **state)
{
	(void)state;
	OK(parse_earlier(RESULT(ALICE ","
		ROW("user-mfa-missing", "UNKNOWN", "bob", "null"))));
	assert_int_equal(earlier->made, 1769853600);
	assert_int_equal(meet(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, "alice",
		NULL), AUDIT_UNCHANGED);
	assert_int_equal(meet(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, "bob",
		NULL), AUDIT_NEW);
	assert_int_equal(meet(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, "carol",
		NULL), AUDIT_NEW);
	assert_int_equal(meet(AUDIT_USER_MFA_MISSING, AUDIT_PASS, "dave",
		NULL), AUDIT_NOT_COMPARED);
	assert_int_equal(end(USERS_ASKED, true, ACCOUNT), AUDIT_STILL);
	assert_int_equal(earlier->fresh, 2);
	assert_int_equal(earlier->same, 1);
	assert_int_equal(earlier->ended[AUDIT_STILL], 1);
}

static void a_mute_does_not_make_a_finding_new(void **state)
{
	struct audit_finding f = finding(AUDIT_USER_MFA_MISSING, AUDIT_MUTED,
		"alice", NULL);

	(void)state;
	f.mutes = AUDIT_FAIL;
	OK(parse_earlier(RESULT(ALICE)));
	assert_int_equal(audit_earlier_meet(earlier, &f), AUDIT_UNCHANGED);
}

static void resolved_is_what_a_row_of_now_says(void **state)
{
	(void)state;
	OK(parse_earlier(RESULT(ALICE)));
	meet(AUDIT_USER_MFA_MISSING, AUDIT_PASS, "alice", NULL);
	assert_int_equal(end(USERS_ASKED, false, NULL), AUDIT_RESOLVED);
	OK(parse_earlier(RESULT(ALICE)));
	meet(AUDIT_USER_MFA_MISSING, AUDIT_UNKNOWN, "alice", NULL);
	assert_int_equal(end(USERS_ASKED, true, ACCOUNT), AUDIT_NOT_ASKED);
}

#define DEVICE                                                                 \
	ROW("device-unknown", "FAIL", "alice", "\"arn:aws:iam::1:mfa/a\"")

static void a_device_that_is_gone_is_resolved_where_it_was_looked_for(
	void **state)
{
	static const struct {
		unsigned checks;
		bool complete;
		enum audit_status now; /* of another device of hers */
		enum audit_outcome outcome;
	} cases[] = {
		{ DEVICES_ASKED, true, AUDIT_PASS, AUDIT_RESOLVED },
		{ DEVICES_ASKED, true, AUDIT_FAIL, AUDIT_RESOLVED },
		{ DEVICES_ASKED, true, AUDIT_UNKNOWN, AUDIT_NOT_ASKED },
		{ DEVICES_ASKED, false, AUDIT_PASS, AUDIT_NOT_ASKED },
		{ USERS_ASKED, true, AUDIT_PASS, AUDIT_NOT_ASKED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		OK(parse_earlier(RESULT(DEVICE)));
		meet(AUDIT_DEVICE_UNKNOWN, cases[i].now, "alice", "another");
		assert_int_equal(end(cases[i].checks, cases[i].complete,
			NULL), cases[i].outcome);
	}
	/* somebody's list could not be read: who has it now? */
	OK(parse_earlier(RESULT(DEVICE)));
	meet(AUDIT_DEVICE_UNKNOWN, AUDIT_PASS, "alice", "another");
	meet(AUDIT_DEVICE_UNKNOWN, AUDIT_UNKNOWN, "(users not listed)", NULL);
	assert_int_equal(end(DEVICES_ASKED, true, ACCOUNT), AUDIT_NOT_ASKED);
}

static void who_is_in_no_row_is_resolved_only_by_a_whole_list(void **state)
{
	(void)state;
	OK(parse_earlier(RESULT(ALICE)));
	assert_int_equal(end(USERS_ASKED, true, ACCOUNT), AUDIT_RESOLVED);
	OK(parse_earlier(RESULT(ALICE)));
	assert_int_equal(end(USERS_ASKED, true, NULL), AUDIT_NOT_ASKED);
	OK(parse_earlier(RESULT(ALICE)));
	assert_int_equal(end(USERS_ASKED, true, "123456789013"),
		AUDIT_NOT_ASKED);
	OK(parse_earlier(RESULT(ALICE)));
	assert_int_equal(end(DEVICES_ASKED, true, ACCOUNT), AUDIT_NOT_ASKED);
	OK(parse_earlier(RESULT(ROW("root-mfa-missing", "FAIL", "alice",
		"null"))));
	assert_int_equal(end(AUDIT_BIT(AUDIT_ROOT_MFA_MISSING), true, ACCOUNT),
		AUDIT_RESOLVED);
	OK(parse_earlier(RESULT(ROW("x-y", "FAIL", "alice", "null"))));
	assert_int_equal(end(~0u, true, ACCOUNT), AUDIT_NOT_ASKED);
}

static void five_thousand_findings_are_matched_each_with_its_own(void **state)
{
	CLEANUP(buf_done) struct buf b;
	char name[32];
	size_t i;

	(void)state;
	buf_init(&b, 8 << 20);
	buf_put_str(&b, "{\"version\": 1, \"findings\": [");
	for (i = 0; i < 5000; i++)
		buf_printf(&b, "%s{\"check\": \"user-mfa-missing\", \"status\":"
			" \"FAIL\", \"account\": \"" ACCOUNT "\", \"subject\": "
			"\"u%zu\", \"device\": null}", i ? ",\n" : "", i);
	buf_put_str(&b, "], \"summary\": {\"complete\": true}}");
	audit_earlier_free(&earlier);
	OK(audit_earlier_parse(&earlier, "last", buf_str(&b), b.n, &err));
	for (i = 0; i < 5000; i += 2) {
		snprintf(name, sizeof(name), "u%zu", i);
		assert_int_equal(meet(AUDIT_USER_MFA_MISSING, AUDIT_FAIL, name,
			NULL), AUDIT_UNCHANGED);
	}
	end(USERS_ASKED, true, ACCOUNT);
	assert_int_equal(earlier->ended[AUDIT_STILL], 2500);
	assert_int_equal(earlier->ended[AUDIT_RESOLVED], 2500);
}

int main(void)
{
#define ONE(test) cmocka_unit_test_teardown(test, stop)
#define TWO(test) cmocka_unit_test_teardown(test, stop_earlier)
	const struct CMUnitTest tests[] = {
		ONE(a_mute_says_all_that_it_has_to),
		ONE(a_mute_ends_with_its_day),
		ONE(stars_stand_for_any_part_and_nothing_else_does),
		ONE(a_mute_matches_only_what_it_names),
		ONE(only_what_is_wrong_is_muted),
		ONE(what_was_not_read_is_muted_only_by_its_very_words),
		ONE(prowlers_patterns_are_searched_as_it_does),
		ONE(of_prowlers_only_what_asks_the_same_is_muted),
		ONE(root_is_muted_by_prowlers_only_with_all_three),
		ONE(what_is_not_known_here_never_mutes),
		ONE(exceptions_take_away_and_never_add),
		ONE(an_exception_ends_its_accounts_entries),
		ONE(what_prowler_or_posix_would_read_otherwise_is_refused),
		TWO(only_what_the_audit_prints_is_read),
		TWO(findings_are_new_or_as_they_were),
		TWO(a_mute_does_not_make_a_finding_new),
		TWO(resolved_is_what_a_row_of_now_says),
		TWO(a_device_that_is_gone_is_resolved_where_it_was_looked_for),
		TWO(who_is_in_no_row_is_resolved_only_by_a_whole_list),
		TWO(five_thousand_findings_are_matched_each_with_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
