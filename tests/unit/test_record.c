/* SPDX-License-Identifier: Apache-2.0 */
/* What was found out about an account, written and read again. */
#include "bridge/audit/accounts/record.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define A "123456789012"
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HOSTILE "al\"ice\\\x1b[1m</script>\xe2\x80\xae"

static struct record rec;
static struct buf line;

static int tear_down(void **state)
{
	(void)state;
	record_done(&rec);
	buf_done(&line);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	buf_init(&line, 1 << 20);
	return 0;
}

/* In a block of its own, so that a byte read too far is seen. */
static int parse_n(const char *s, size_t n)
{
	unsigned char *p = copy_of(s, n);
	int r;

	record_done(&rec);
	r = record_parse((const char *)p, n, &rec, &err);
	free(p);
	return r;
}

static void parse_line(void)
{
	assert_false(buf_failed(&line));
	assert_ptr_equal(memchr(line.p, '\n', line.n), line.p + line.n - 1);
	OK(parse_n((const char *)line.p, line.n));
}

static struct audit_finding a_finding(void)
{
	struct audit_finding f = {
		.check = AUDIT_USER_MFA_MISSING,
		.status = AUDIT_FAIL,
		.severity = AUDIT_HIGH,
		.reason = AUDIT_PASSWORD_WITHOUT_MFA,
		.account = A,
		.subject = HOSTILE,
		.device = "arn:aws:iam::" A ":mfa/x",
		.kinds = "fido, virtual",
		.seen = "console password and no MFA",
		.source = "iam:ListMFADevices",
		.when = 1769904000,
		.remedy = "`tokenbridge enroll alice`",
		.remedy_kind = AUDIT_DECIDE,
		.literal = "theirs",
		.missing = "iam:GetLoginProfile",
		.line = 7,
	};

	return f;
}

static void a_finding_reads_as_it_was_whatever_names_are(void **state)
{
	struct audit_finding f = a_finding();
	const struct audit_finding *g = &rec.finding;

	(void)state;
	record_put_finding(&line, &f);
	parse_line();
	assert_int_equal(rec.kind, RECORD_FINDING);
	assert_int_equal(g->check, f.check);
	assert_int_equal(g->status, f.status);
	assert_int_equal(g->mutes, f.status);
	assert_int_equal(g->severity, f.severity);
	assert_int_equal(g->reason, f.reason);
	assert_string_equal(g->account, f.account);
	assert_string_equal(g->subject, HOSTILE);
	assert_string_equal(g->device, f.device);
	assert_string_equal(g->kinds, f.kinds);
	assert_string_equal(g->seen, f.seen);
	assert_string_equal(g->source, f.source);
	assert_true(g->when == f.when && g->line == 7);
	assert_string_equal(g->remedy, f.remedy);
	assert_int_equal(g->remedy_kind, AUDIT_DECIDE);
	assert_string_equal(g->literal, "theirs");
	assert_string_equal(g->missing, f.missing);
}

static void the_longest_finding_is_a_line(void **state)
{
	struct audit_finding f = a_finding();
	char device[2049];

	(void)state;
	memset(f.seen, 1, sizeof(f.seen) - 1);
	memset(f.remedy, 1, sizeof(f.remedy) - 1);
	memset(f.literal, 1, sizeof(f.literal) - 1);
	memset(f.subject, 1, sizeof(f.subject) - 1);
	memset(device, 1, sizeof(device) - 1);
	device[sizeof(device) - 1] = '\0';
	f.device = device;
	record_put_finding(&line, &f);
	assert_true(line.n <= RECORD_LINE_MAX);
	parse_line();
	assert_string_equal(rec.finding.seen, f.seen);
	assert_string_equal(rec.finding.device, device);
}

/* Cut within a character, as texts of a limited length may be. */
static void what_is_no_utf8_is_told_all_the_same(void **state)
{
	struct audit_finding f = a_finding();

	(void)state;
	strcpy(f.seen, "caf\xc3");
	f.device = f.kinds = NULL;
	record_put_finding(&line, &f);
	parse_line();
	assert_string_equal(rec.finding.seen, "caf?");
	assert_null(rec.finding.device);
	assert_null(rec.finding.kinds);
}

static void a_head_names_key_account_and_time(void **state)
{
	const struct record_head head = { KEY, A, 1769904000 };

	(void)state;
	record_put_head(&line, &head);
	parse_line();
	assert_int_equal(rec.kind, RECORD_HEAD);
	assert_string_equal(rec.head.key, KEY);
	assert_string_equal(rec.head.account, A);
	assert_true(rec.head.asked == 1769904000);
}

static void words_between_processes(void **state)
{
	(void)state;
	record_put_begun(&line, true);
	parse_line();
	assert_int_equal(rec.kind, RECORD_BEGUN);
	assert_true(rec.limited);
	buf_reset(&line);
	record_put_renew(&line);
	parse_line();
	assert_int_equal(rec.kind, RECORD_RENEW);
	record_done(&rec);
	buf_reset(&line);
	record_put_root(&line);
	parse_line();
	assert_int_equal(rec.kind, RECORD_ROOT);
}

/* ---- the end ---- */

static struct audit an_audit(void)
{
	struct audit a = {
		.only_account = A,
		.checks = audit_checks_in(AUDIT_IN_BENCHMARK),
		.report = { .used = true, .reports = 1, .rows = 51,
			.bad_rows = 2, .generated = 1769903000 },
		.aws = { .used = true, .account = A, .alias = "team",
			.caller = "arn:aws:sts::" A ":assumed-role/r/s",
			.users = 50, .requests = 60, .connections = 2,
			.when = 1769904000, .endpoint = "https://a.example/",
			.origin = "--endpoint-url" },
		.registry = { .used = true, .bindings = 3, .elsewhere = 4 },
	};

	return a;
}

static void the_end_tells_source_and_state(void **state)
{
	struct audit a = an_audit();
	const struct audit_account_source *x = &rec.end.account;

	(void)state;
	a.counts[AUDIT_USER_MFA_MISSING][AUDIT_PASS] = 50;
	a.skipped[AUDIT_ROOT_MFA_VIRTUAL] = "nobody knows";
	audit_note(&a, "a note of %s", "ours");
	record_put_end(&line, &a, NULL);
	parse_line();
	audit_done(&a);
	assert_int_equal(rec.kind, RECORD_END);
	assert_int_equal(x->state, AUDIT_ACCOUNT_READ);
	assert_null(x->why);
	assert_string_equal(x->id, A);
	assert_string_equal(x->name, "team");
	assert_string_equal(x->caller, "arn:aws:sts::" A ":assumed-role/r/s");
	assert_true(x->when == 1769904000 && x->generated == 1769903000);
	assert_true(x->users == 50 && x->rows == 51 && x->requests == 60);
	assert_string_equal(x->endpoint, "https://a.example/");
	assert_string_equal(x->origin, "--endpoint-url");
	assert_null(x->proxy);
	assert_true(rec.end.bad_rows == 2 && rec.end.reports == 1);
	assert_true(rec.end.bindings == 3 && rec.end.elsewhere == 4);
	assert_int_equal(x->notes_n, 2);
	assert_string_equal(x->notes[0], "a note of ours");
	assert_string_equal(x->notes[1],
		"not asked: root-mfa-virtual (nobody knows)");
}

static void what_was_not_read_is_said_with_its_reason(void **state)
{
	struct error why = { .code = 0 };
	struct audit a = an_audit();

	(void)state;
	error_set(&why, ERROR_REMOTE, "denied");
	record_put_end(&line, &a, &why);
	parse_line();
	assert_int_equal(rec.end.account.state, AUDIT_ACCOUNT_NOT_READ);
	assert_string_equal(rec.end.account.why, "denied");
	a.counts[AUDIT_ROOT_MFA_MISSING][AUDIT_PASS] = 1;
	buf_reset(&line);
	record_put_end(&line, &a, &why);
	parse_line();
	assert_int_equal(rec.end.account.state, AUDIT_ACCOUNT_PARTLY);
	a.not_read = true;
	buf_reset(&line);
	record_put_end(&line, &a, NULL);
	parse_line();
	assert_int_equal(rec.end.account.state, AUDIT_ACCOUNT_PARTLY);
}

/* ---- refused ---- */

#define UNREAD "what was found out about an account cannot be read"

/* Puts `with` in place of the first `what` of a line. */
static void spoiled(const char *what, const char *with)
{
	const char *text = buf_str(&line), *at = strstr(text, what);
	struct buf b;

	assert_non_null(at);
	buf_init(&b, 1 << 20);
	buf_put(&b, text, (size_t)(at - text));
	buf_put_str(&b, with);
	buf_put_str(&b, at + strlen(what));
	if (parse_n((const char *)b.p, b.n) == 0)
		fail_msg("'%s' in place of '%s' was taken", with, what);
	assert_int_equal(err.code, ERROR_MALFORMED);
	assert_string_equal(err.text, UNREAD);
	buf_done(&b);
}

static void a_finding_that_is_spoiled_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "\"user-mfa-missing\"", "\"user-mfa\"" },
		{ "\"FAIL\"", "\"MUTED\"" },
		{ "\"FAIL\"", "\"fail\"" },
		{ "\"FAIL\"", "1" },
		{ "\"high\"", "\"\"" },
		{ "\"high\"", "\"higher\"" },
		{ "\"line\":7", "\"line\":-7" },
		{ "\"line\":7", "\"line\":7.0" },
		{ "\"line\":7", "\"line\":7,\"more\":1" },
		{ "\"line\":7", "\"line\":7,\"line\":7" },
		{ "\"line\":7,", "" },
		{ "\"when\":1769904000", "\"when\":253402300800" },
		{ "\"" A "\"", "12" },
		{ "\"console password and no MFA\"", "\"\"" },
		{ "\"console", "\"\\u0000console" },
		{ "\"reason\":", "\"reason\":999" },
		{ "{\"finding\"", "{\"other\"" },
		{ "{\"finding\":{", "{\"finding\":{\"finding\":{" },
		{ "}}", "},\"renew\":{}}" },
		{ "}}", "}}{}" },
		{ "{", "" },
	};
	struct audit_finding f = a_finding();
	size_t i;

	(void)state;
	record_put_finding(&line, &f);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		spoiled(rows[i][0], rows[i][1]);
	SAYS(ERROR_MALFORMED, UNREAD, parse_n("", 0));
}

static void an_end_that_is_spoiled_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "\"read\"", "\"not-asked\"" },
		{ "\"read\"", "\"not-applicable\"" },
		{ "\"read\"", "\"partly\"" },
		{ "\"why\":null", "\"why\":\"x\"" },
		{ "\"users\":50", "\"users\":-1" },
		{ "\"users\":50", "\"users\":99999999999" },
		{ "\"registry\":true", "\"registry\":1" },
		{ "\"notes\":[]", "\"notes\":[1]" },
		{ "\"notes\":[]", "\"notes\":{}" },
		{ "\"notes\":[]", "\"notes\":[],\"x\":1" },
		{ "\"alias\":\"team\"", "\"alias\":[]" },
		{ "\"" A "\"", "\"1234567890123456\"" },
	};
	struct audit a = an_audit();
	size_t i;

	(void)state;
	record_put_end(&line, &a, NULL);
	for (i = 0; i < ARRAY_LEN(rows); i++)
		spoiled(rows[i][0], rows[i][1]);
}

static void a_head_that_is_spoiled_is_refused(void **state)
{
	const struct record_head head = { KEY, A, 1769904000 };

	(void)state;
	record_put_head(&line, &head);
	spoiled("\"version\":1", "\"version\":2");
	spoiled("abcdef\"", "abcdeg\"");
	spoiled("abcdef\"", "abcde\"");
	spoiled("\"asked\":1769904000", "\"asked\":\"now\"");
}

static void a_line_that_is_too_long_is_none(void **state)
{
	struct audit_finding f = a_finding();

	(void)state;
	record_put_finding(&line, &f);
	line.n--; /* the newline */
	while (line.n < RECORD_LINE_MAX + 1)
		buf_put_byte(&line, ' ');
	OK(parse_n((const char *)line.p, line.n));
	buf_put_byte(&line, ' ');
	SAYS(ERROR_MALFORMED, UNREAD, parse_n((const char *)line.p,
		line.n));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_finding_reads_as_it_was_whatever_names_are),
		TEST(the_longest_finding_is_a_line),
		TEST(what_is_no_utf8_is_told_all_the_same),
		TEST(a_head_names_key_account_and_time),
		TEST(words_between_processes),
		TEST(the_end_tells_source_and_state),
		TEST(what_was_not_read_is_said_with_its_reason),
		TEST(a_finding_that_is_spoiled_is_refused),
		TEST(an_end_that_is_spoiled_is_refused),
		TEST(a_head_that_is_spoiled_is_refused),
		TEST(a_line_that_is_too_long_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
