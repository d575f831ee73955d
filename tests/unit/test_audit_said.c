/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each output of the audit says, to the letter, of three runs: one that has
 * everything, one that was broken off with little read, and one of several
 * accounts. The words stand in audit-said/; with TOKENBRIDGE_SAID=write they are
 * written there anew, for a person to read the difference.
 */
#include "bridge/audit/compare.h"
#include "bridge/audit/output/output.h"

#include "tests/unit/unit.h"

#define ACCOUNT "123456789012"
#define OTHER "210987654321"
#define NOW 1767225600
#define N AUDIT_NO
#define Y AUDIT_YES
#define X AUDIT_NOT_KNOWN

static const struct audit_output *const outputs[] = { &audit_text, &audit_json,
	&audit_csv, &audit_csv_raw, &audit_ocsf, &audit_ocsf_array,
	&audit_sarif, &audit_junit, &audit_html };
#define OUTPUTS ARRAY_LEN(outputs)

static const struct run nobody = { .cancel_fd = -1 };
static const char *folder, *version;

/* ---- an audit and its printers ---- */

static struct audit_printer printers[OUTPUTS];
static char *told[OUTPUTS];
static size_t told_n[OUTPUTS];

/* The checks of a run, and which outputs tell it: others would say no more. */
static void begin(struct audit *a, unsigned checks)
{
	size_t i;

	for (i = 0; i < OUTPUTS; i++) {
		printers[i] = (struct audit_printer){ .how = outputs[i],
			.to = open_memstream(&told[i], &told_n[i]),
			.name = "FILE" };
		assert_non_null(printers[i].to);
	}
	a->run = &nobody;
	a->checks = checks;
	a->printers = printers;
	a->printers_n = OUTPUTS;
	a->now = a->started = NOW;
}

static struct audit_fact fact(enum audit_answer answer, const char *source)
{
	struct audit_fact f = { answer, source, NOW - 3600, NULL, false };

	if (answer == X) {
		f.why = "AWS refused it";
		f.denied = true;
	}
	return f;
}

static void see_user(struct audit *a, const char *account, const char *name,
	enum audit_answer mfa, enum audit_answer password)
{
	const struct audit_user u = {
		.account = account,
		.name = name,
		.mfa = fact(mfa, "iam:ListMFADevices"),
		.listed = fact(mfa, "iam:ListMFADevices"),
		.password = fact(password, "iam:GetLoginProfile"),
		.key = fact(N, "credential report"),
		.rights = fact(mfa == N ? Y : N, "iam:SimulatePrincipalPolicy"),
		.devices = mfa == Y ? 1 : 0,
		.kinds = mfa == Y ? "fido, virtual" : NULL,
	};

	audit_user(a, &u);
}

static void see_root(struct audit *a, const char *account,
	enum audit_answer mfa, enum audit_answer keys)
{
	static const char source[] = "iam:GetAccountSummary";
	const struct audit_root r = {
		.account = account,
		.mfa = fact(mfa, source),
		.password = fact(Y, source),
		.keys = fact(keys, source),
		.certificates = fact(N, source),
		.is_virtual = fact(N, "iam:ListVirtualMFADevices"),
		.any_key = fact(keys, source),
		.second = fact(X, source),
		.member = fact(N, "organizations:DescribeOrganization"),
		.no_member = "it is the management account",
	};

	audit_root(a, &r);
}

static void see_rest(struct audit *a)
{
	const struct audit_device d = { .account = ACCOUNT, .user = "bob",
		.serial = "arn:aws:iam::" ACCOUNT ":mfa/<bob>",
		.kind = "virtual", .at_aws = fact(Y, "iam:ListMFADevices"),
		.bound = fact(N, "registry"), .alone = true };
	const struct audit_orphan o = { ACCOUNT,
		"arn:aws:iam::" ACCOUNT ":mfa/left",
		fact(Y, "iam:ListVirtualMFADevices"), NOW - 7200, NULL };
	const struct audit_unfinished u = { ACCOUNT, "carol",
		"arn:aws:iam::" ACCOUNT ":mfa/carol", "revocation", "3 h",
		"AWS refused it", "tokenbridge revoke carol", fact(Y,
		"registry") };
	const struct audit_bad_row b = { ACCOUNT, 7, "a field is missing",
		NOW - 3600 };

	audit_device(a, &d);
	audit_orphan(a, &o);
	audit_unfinished(a, &u);
	audit_bad_row(a, &b);
}

/* ---- beside it ---- */

static char *copy_text(const char *s)
{
	char *copy = strdup(s);

	assert_non_null(copy);
	return copy;
}

static struct audit_mutes *some_mutes(void)
{
	struct audit_mutes *m = calloc(1, sizeof(*m));
	struct mute_rule rule = { .says = { copy_text("leaves \"soon\""),
		copy_text("carol"), copy_text("mutes.json, line 3"),
		NOW + 86400 * 30 }, .checks = AUDIT_BIT(AUDIT_USER_MFA_MISSING),
		.mutes = AUDIT_BIT(AUDIT_USER_MFA_MISSING),
		.statuses = 1u << AUDIT_FAIL, .block = 1 };
	struct mute_rule old = { .says = { copy_text("over"), copy_text(""),
		copy_text("mutes.json, line 9"), NOW - 1 },
		.checks = AUDIT_BIT(AUDIT_DEVICE_UNKNOWN),
		.mutes = AUDIT_BIT(AUDIT_DEVICE_UNKNOWN),
		.statuses = 1u << AUDIT_FAIL, .block = 2,
		.account = copy_text(ACCOUNT) };
	struct mute_pattern *p;

	assert_non_null(m);
	m->name = copy_text("mutes.json");
	OK(mute_pattern_add(&rule.subjects, "dave", 4, &p, &err));
	OK(mute_pattern_add(&rule.subjects, "erin*", 5, &p, &err));
	OK(audit_mutes_add(m, &rule, &err));
	OK(audit_mutes_add(m, &old, &err));
	return m;
}

static void add_past(struct audit_earlier *e, int check, const char *subject,
	enum audit_status status)
{
	struct audit_past p = { .check = check,
		.check_name = copy_text(audit_check_rows[check].name),
		.account = copy_text(ACCOUNT), .subject = copy_text(subject),
		.device = copy_text(""), .severity = copy_text("high"),
		.status = status };

	OK(audit_earlier_add(e, &p, &err));
}

static struct audit_earlier *some_earlier(void)
{
	struct audit_earlier *e = calloc(1, sizeof(*e));

	assert_non_null(e);
	e->name = copy_text("last.json");
	e->made = NOW - 86400;
	add_past(e, AUDIT_USER_MFA_MISSING, "bob", AUDIT_FAIL);
	add_past(e, AUDIT_USER_MFA_MISSING, "<i>gone", AUDIT_FAIL);
	add_past(e, AUDIT_USER_MFA_MISSING, "alice", AUDIT_FAIL);
	add_past(e, AUDIT_TOKEN_VULNERABLE, "token 7", AUDIT_FAIL);
	audit_earlier_sort(e);
	return e;
}

/* ---- what was said, beside what stands in the folder ---- */

/* What is another's or differs from build to build is left out of a page, and
 * each of its elements has a line. */
static char *plain_of(const char *s)
{
	static const char *const cut[][2] = { { "<style>", "</style>" },
		{ "<script>", "</script>" }, { "content=\"default-src", ">" },
		{ "<fieldset>", "</fieldset>" },
		/* what all runs have */
		{ "<section aria-labelledby=\"elsewhere\">", "</section>" } };
	char *out = NULL;
	size_t n, i;
	FILE *f = open_memstream(&out, &n);

	assert_non_null(f);
	while (*s) {
		for (i = 0; i < ARRAY_LEN(cut); i++)
			if (strncmp(s, cut[i][0], strlen(cut[i][0])) == 0) {
				s = strstr(s, cut[i][1]);
				assert_non_null(s);
			}
		if (strncmp(s, version, strlen(version)) == 0) {
			fputs("VERSION", f);
			s += strlen(version);
			continue;
		}
		fputc(*s, f);
		if (s[0] == '>' && s[1] == '<')
			fputc('\n', f);
		s++;
	}
	assert_int_equal(fclose(f), 0);
	return out;
}

static void assert_line_by_line(const char *path, const char *is,
	const char *want)
{
	size_t line = 1, at = 0, i;

	for (i = 0; is[i] && is[i] == want[i]; i++)
		if (is[i] == '\n') {
			line++;
			at = i + 1;
		}
	if (is[i] || want[i])
		fail_msg("%s, line %zu: '%.*s' and not '%.*s'", path, line,
			(int)strcspn(is + at, "\n"), is + at,
			(int)strcspn(want + at, "\n"), want + at);
}

/* All runs, one behind the other. */
static struct buf said[OUTPUTS];

static void end(struct audit *a, const char *run, int exit_status,
	const struct error *failure)
{
	char *plain;
	size_t i;

	audit_compare(a, !failure);
	audit_print_end(a, exit_status, failure);
	for (i = 0; i < OUTPUTS; i++) {
		assert_int_equal(fclose(printers[i].to), 0);
		plain = plain_of(told[i]);
		buf_printf(&said[i], "==== %s\n%s\n", run, plain);
		assert_false(buf_failed(&said[i]));
		free(plain);
		free(told[i]);
	}
	audit_done(a);
}

static void what_was_said_stands_in_the_folder(void **state)
{
	const char *how = getenv("TOKENBRIDGE_SAID");
	char path[1024];
	struct buf want;
	size_t i;

	(void)state;
	for (i = 0; i < OUTPUTS; i++) {
		snprintf(path, sizeof(path), "%s/%s.txt", folder,
			outputs[i]->name);
		if (how && strcmp(how, "write") == 0) {
			write_file(path, said[i].p, said[i].n, 0644);
			continue;
		}
		buf_init(&want, 1 << 20);
		OK(file_read(path, FILE_ANY, &want, NULL, &err));
		assert_line_by_line(path, buf_str(&said[i]), buf_str(&want));
		buf_done(&want);
	}
}

/* ---- runs ---- */

static void a_run_that_has_everything(void **state)
{
	struct audit a = { .aws = { .used = true, .account = ACCOUNT,
		.alias = "example", .caller = "arn:aws:iam::" ACCOUNT
		":user/auditor", .endpoint = "http://127.0.0.1:1",
		.origin = "AWS_ENDPOINT_URL", .ca_bundle = "/ca.pem",
		.proxy = "http://proxy:3128", .requests = 21,
		.connections = 2, .when = NOW - 60, .users = 5 },
		.report = { .used = true, .reports = 1, .rows = 6,
			.bad_rows = 1, .generated = NOW - 7200 },
		.registry = { .used = true, .path = "/registry.db",
			.bindings = 3, .elsewhere = 1, .has_tokens = true,
			.tokens = 4, .handed_over = 3 },
		.listed = true, .endpoint = "http://127.0.0.1:1" };

	(void)state;
	begin(&a, AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |
		AUDIT_BIT(AUDIT_ROOT_ACCESS_KEY) |
		AUDIT_BIT(AUDIT_USER_MFA_MISSING) |
		AUDIT_BIT(AUDIT_DEVICE_UNKNOWN) |
		AUDIT_BIT(AUDIT_VIRTUAL_ORPHAN) |
		AUDIT_BIT(AUDIT_RUN_UNFINISHED) |
		AUDIT_BIT(AUDIT_TOKEN_VULNERABLE) |
		AUDIT_BIT(AUDIT_MUTE_EXPIRED));
	a.mutes = some_mutes();
	a.earlier = some_earlier();
	a.skipped[AUDIT_TOKEN_VULNERABLE] = "no registry was named";
	audit_note(&a, "Something <was> noted");
	audit_note(&a, "and `this`, too");
	see_root(&a, ACCOUNT, Y, Y);
	see_user(&a, ACCOUNT, "alice", Y, Y);
	see_user(&a, ACCOUNT, "bob", N, Y);
	see_user(&a, ACCOUNT, "carol,\"x\"", X, Y);
	see_user(&a, ACCOUNT, "dave", N, Y);
	see_user(&a, ACCOUNT, "frank", N, N);
	see_rest(&a);
	end(&a, "whole", 3, NULL);
}

static void a_run_that_was_broken_off_with_little_read(void **state)
{
	struct audit a = { .report = { .used = true, .name = "report.csv",
			.reports = 1, .rows = 1 },
		.registry = { .used = true, .path = "/registry.db",
			.why_not = "cannot open it" }, .not_read = true };
	struct error failure = { .code = ERROR_UNREACHABLE,
		.text = "no <answer>" };

	(void)state;
	begin(&a, AUDIT_BIT(AUDIT_USER_MFA_MISSING));
	see_user(&a, "", "alice", X, X);
	end(&a, "broken", 9, &failure);
}

static void a_run_with_nothing_to_put_right(void **state)
{
	struct audit a = { .aws = { .used = true, .account = ACCOUNT,
		.caller = "arn:aws:iam::" ACCOUNT ":user/auditor",
		.requests = 1, .connections = 1, .users = 1 },
		.report = { .used = true, .why_not = "AWS makes none" },
		.view = { .least = AUDIT_HIGH } };

	(void)state;
	begin(&a, AUDIT_BIT(AUDIT_USER_MFA_MISSING));
	see_user(&a, ACCOUNT, "alice", Y, Y);
	end(&a, "good", 0, NULL);
}

static void a_run_of_several_accounts(void **state)
{
	struct audit a = { .aws = { .used = true, .account = ACCOUNT,
		.caller = "arn:aws:iam::" ACCOUNT ":user/auditor" } };
	struct audit_account_source *x;

	(void)state;
	begin(&a, AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |
		AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL) |
		AUDIT_BIT(AUDIT_USER_MFA_MISSING));
	a.accounts = calloc(3, sizeof(*a.accounts));
	assert_non_null(a.accounts);
	a.accounts_n = 3;
	x = a.accounts;
	x[0] = (struct audit_account_source){ .id = ACCOUNT,
		.state = AUDIT_ACCOUNT_READ, .name = copy_text("first"),
		.caller = copy_text("arn:aws:iam::" ACCOUNT ":role/audit"),
		.when = NOW - 60, .users = 2, .rows = 3,
		.generated = NOW - 3600, .requests = 9,
		.counts = { [AUDIT_FAIL] = 2, [AUDIT_PASS] = 1 } };
	x[1] = (struct audit_account_source){ .id = OTHER,
		.state = AUDIT_ACCOUNT_PARTLY, .kept = true,
		.why = copy_text("the report is missing"),
		.no_report = copy_text("AWS refused it"), .when = NOW - 120,
		.endpoint = copy_text("http://127.0.0.1:2"),
		.origin = copy_text("--endpoint-url"),
		.ca_bundle = copy_text("/ca.pem"), .proxy = copy_text("p:1"),
		.users = 1, .requests = 4, .counts = { [AUDIT_UNKNOWN] = 1 } };
	x[2] = (struct audit_account_source){ .id = "300000000000",
		.state = AUDIT_ACCOUNT_CLOSED,
		.why = copy_text("it is closed") };
	see_root(&a, ACCOUNT, N, N);
	see_user(&a, ACCOUNT, "alice", Y, Y);
	see_user(&a, ACCOUNT, "bob", N, Y);
	see_user(&a, OTHER, "bob", N, Y);
	see_user(&a, OTHER, "carol", X, Y);
	end(&a, "accounts", 3, NULL);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_that_has_everything),
		cmocka_unit_test(a_run_that_was_broken_off_with_little_read),
		cmocka_unit_test(a_run_with_nothing_to_put_right),
		cmocka_unit_test(a_run_of_several_accounts),
		cmocka_unit_test(what_was_said_stands_in_the_folder),
	};

	size_t i;

	if (argc != 3) {
		fprintf(stderr, "usage: test_audit_said FOLDER VERSION\n");
		return 2;
	}
	folder = argv[1];
	version = argv[2];
	for (i = 0; i < OUTPUTS; i++)
		buf_init(&said[i], 1 << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
