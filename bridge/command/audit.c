/* SPDX-License-Identifier: Apache-2.0 */
/* audit: AWS, the credential report and the registry against each other. */
#include "aws/query/session.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/audit/gather/gather.h"
#include "bridge/audit/known/known.h"
#include "bridge/audit/output/output.h"
#include "bridge/command/command.h"
#include "bridge/open/account.h"
#include "bridge/open/trust.h"
#include "bridge/registry/registry.h"
#include "bridge/terminal/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char NO_REGISTRY[] = "there is no registry";
static const char REPORT_ALONE[] = "a report alone cannot tell";

static bool audit_needs_network(const struct options *o)
{
	return !option_is_set(o, OPTION_REPORT) &&
		!option_is_set(o, OPTION_LIST_CHECKS);
}

/* ---- the registry ---- */

static bool registry_is_named(const struct app *app)
{
	return app->options.from[OPTION_REGISTRY] != 0;
}

/*
 * Opens it. Not there, and nobody named it: *ret stays NULL and
 * a->registry.used false. There and not readable: a->registry.why_not.
 */
static int open_the_registry(const struct app *app, struct audit *a,
	struct registry **ret, struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	struct error e;
	bool absent = false;
	int r;

	r = registry_open(ret, path, REGISTRY_READ, &absent, &e);
	if (r >= 0 && absent)
		return !registry_is_named(app) ? 0 : registry_open(ret, path,
			REGISTRY_READ, NULL, err);
	a->registry.used = true;
	a->registry.path = path;
	if (r < 0)
		snprintf(a->registry.why_not, sizeof(a->registry.why_not),
			"%s", e.text);
	return 0;
}

static void read_bindings(struct registry *reg, struct audit *a,
	struct registry_bindings *ret, bool *ret_read)
{
	struct error e;

	if (!reg)
		return;
	if (registry_bindings_all(reg, ret, &e) < 0)
		snprintf(a->registry.why_not, sizeof(a->registry.why_not),
			"%s", e.text);
	else
		*ret_read = true;
}

#define TOKEN_CHECKS                                                           \
	(AUDIT_BIT(AUDIT_TOKEN_VULNERABLE) | AUDIT_BIT(AUDIT_TOKEN_UNVERIFIED))
/* Those that want to know which token a device sits in. */
#define BEHIND_DEVICES                                                         \
	(AUDIT_BIT(AUDIT_USER_NOT_RESISTANT) |                                 \
		AUDIT_BIT(AUDIT_USER_UNCERTIFIED))

/* What cannot be read is not known, and said so in its row. */
static int read_tokens(const struct app *app, struct audit *a,
	struct registry *reg, struct known *ret, struct error *err)
{
	CLEANUP(trust_done) struct trust trust = { .mds = NULL };
	struct error e;

	if (!audit_asks_any(a, TOKEN_CHECKS | BEHIND_DEVICES))
		return 0;
	snprintf(ret->why_not, sizeof(ret->why_not), "%s",
		a->registry.why_not);
	if (!reg)
		return 0;
	if (open_trust(&app->options, &trust, &e) < 0) {
		snprintf(ret->why_not, sizeof(ret->why_not), "%s", e.text);
		return 0;
	}
	return known_read_tokens(ret, reg, &trust, err);
}

static int read_known(const struct app *app, struct audit *a,
	struct registry *reg, struct known *ret, struct error *err)
{
	int r = read_tokens(app, a, reg, ret, err);

	if (r >= 0 && a->registry.used)
		known_read_runs(ret, a->registry.path);
	return r;
}

/* ---- which checks ---- */

static int choose_checks(const struct app *app, struct audit *a,
	bool has_registry, struct error *err)
{
	const char *list = option(&app->options, OPTION_CHECKS);

	a->checks = audit_checks_in(AUDIT_IN_BENCHMARK |
		(has_registry ? AUDIT_IN_HOUSE : 0));
	return list ? audit_checks_parse(list, &a->checks, err) : 0;
}

static void leave_out(struct audit *a, unsigned checks, const char *why)
{
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++)
		if (checks & AUDIT_BIT(i))
			a->skipped[i] = why;
}

/* To end well without having judged anything would be false comfort. */
static int check_something_left(const struct audit *a, struct error *err)
{
	const char *why = "";
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (audit_asks(a, (enum audit_check)i))
			return 0;
		if (a->checks & AUDIT_BIT(i))
			why = a->skipped[i];
	}
	return error_set(err, ERROR_USAGE,
		"none of the checks in --checks can be decided: %s", why);
}

/* ---- the two inputs ---- */

static int report_time_option(const struct app *app, time_t *ret,
	struct error *err)
{
	const char *s = option(&app->options, OPTION_GENERATED);

	*ret = 0;
	if (!s)
		return 0;
	if (text_parse_time(s, strlen(s), ret) < 0 || *ret <= 0)
		return error_set(err, ERROR_USAGE,
			"--generated '%s': a time like 2026-01-31T23:59:59Z "
			"is wanted", s);
	return 0;
}

static int audit_from_report(struct app *app, struct audit *a,
	struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(known_done) struct known known;
	time_t generated;
	int r;

	known_init(&known);
	r = report_time_option(app, &generated, err);
	if (r >= 0)
		r = open_the_registry(app, a, &reg, err);
	if (r >= 0)
		r = choose_checks(app, a, a->registry.used, err);
	if (r < 0)
		return r;
	leave_out(a, audit_checks_needing(AUDIT_NEEDS_AWS), REPORT_ALONE);
	if (!a->registry.used)
		leave_out(a, audit_checks_needing(AUDIT_NEEDS_REGISTRY),
			NO_REGISTRY);
	r = check_something_left(a, err);
	if (r >= 0)
		r = read_tokens(app, a, reg, &known, err);
	/* no binding is held against a report */
	a->registry.used = false;
	if (r >= 0)
		r = audit_read_report(a, option(&app->options, OPTION_REPORT),
			generated, err);
	if (r >= 0 && audit_asks_any(a, TOKEN_CHECKS))
		known_judge_tokens(a, &known);
	return r;
}

/* Who is signed in, and how: between two users it may have to be anew. */
struct signed_in {
	const struct run *run;
	const struct sign_in *how;
	struct aws_session *s;
};

static int audit_renew(void *self, const struct sts_identity *first,
	struct error *err)
{
	const struct signed_in *in = self;

	return account_renew(in->run, in->how, in->s, first, err);
}

static int audit_from_aws(struct app *app, struct audit *a,
	struct aws_session **s, struct error *err)
{
	struct code_asker codes;
	struct account_request request = open_account_request(&app->run,
		&app->options, &codes);
	CLEANUP(registry_bindings_done) struct registry_bindings list = { NULL,
		0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(known_done) struct known known;
	struct signed_in in = { &app->run, &request.sign_in, NULL };
	const struct audit_renewal renewal = { audit_renew, &in };
	bool has_bindings = false;
	int r;

	known_init(&known);
	/* thousands of users take longer than a role's hour */
	request.sign_in.lasting = true;
	r = open_the_registry(app, a, &reg, err);
	if (r >= 0)
		r = choose_checks(app, a, a->registry.used, err);
	if (r < 0)
		return r;
	read_bindings(reg, a, &list, &has_bindings);
	if (!a->registry.used)
		leave_out(a, audit_checks_needing(AUDIT_NEEDS_REGISTRY),
			NO_REGISTRY);
	r = check_something_left(a, err);
	if (r >= 0)
		r = read_known(app, a, reg, &known, err);
	if (r >= 0)
		r = account_session(&app->run, &request, s, err);
	if (r < 0)
		return r;
	in.s = *s;
	account_ca_bundle(*s, a->aws.ca_bundle);
	account_proxy(*s, a->aws.proxy);
	r = audit_ask_aws(a, *s, has_bindings ? &list : NULL,
		a->registry.used ? &known : NULL, &renewal, err);
	if (r >= 0 && audit_asks_any(a, TOKEN_CHECKS))
		known_judge_tokens(a, &known);
	return r;
}

/* ---- the whole ---- */

static int take_guard(const struct app *app, struct audit *a,
	struct error *err)
{
	const char *account = option(&app->options, OPTION_ACCOUNT);
	uint64_t number;

	if (account && (strlen(account) != 12 ||
			text_parse_u64(account, UINT64_MAX, &number) < 0))
		return error_set(err, ERROR_USAGE,
			"--account '%s': twelve digits are wanted", account);
	a->only_account = account;
	return 0;
}

#define RATE_MAX 10000

static int take_rate(const struct app *app, struct audit *a, struct error *err)
{
	uint64_t rate = 0;
	int r = option_number(&app->options, OPTION_AUDIT_RATE, RATE_MAX,
		&rate, err);

	a->rate = (unsigned)rate;
	return r;
}

static int audit_status(const struct audit *a)
{
	if (audit_found(a, AUDIT_FAIL) > 0)
		return STATUS_FINDINGS;
	return audit_found(a, AUDIT_UNKNOWN) > 0 || a->not_read ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

/* What was begun is ended properly, also where it failed. */
static int audit_end(struct audit *a, int r, const struct error *err)
{
	int status = audit_status(a);

	if (r < 0 && !a->begun)
		return r;
	audit_print_end(a, status, r < 0 ? err : NULL);
	return r < 0 ? r : status;
}

static int audit_run(struct app *app, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *session = NULL;
	struct audit_printer printer = {
		.how = app->json ? &audit_json : &audit_text,
		.to = stdout,
	};
	CLEANUP(audit_done) struct audit a = {
		.run = &app->run,
		.verbose = option_is_set(&app->options, OPTION_VERBOSE),
		.tells_progress = isatty(STDERR_FILENO),
		.printers = &printer,
		.printers_n = 1,
		.now = time(NULL),
	};
	int r;

	if (option_is_set(&app->options, OPTION_LIST_CHECKS))
		return app->json ? audit_checks_json(err) :
			audit_checks_print(err);
	r = take_guard(app, &a, err);
	if (r >= 0)
		r = take_rate(app, &a, err);
	if (r < 0)
		return r;
	if (option_is_set(&app->options, OPTION_REPORT))
		r = audit_from_report(app, &a, err);
	else
		r = audit_from_aws(app, &a, &session, err);
	return audit_end(&a, r, err);
}

const struct verb verb_audit = {
	.command = "audit",
	.group = GROUP_AWS,
	.summary = "who lacks MFA, and where AWS and the registry differ",
	.help = "Asks AWS about users and root; reads that against report and "
		"registry. --list-checks shows what is looked for, and what "
		"each needs.\n"
		"`benchmark` is the default without a registry, `house` with "
		"one. Exit status: 3 something fails, else 10 something is "
		"UNKNOWN, else 0.\n",
	.example = "  tokenbridge audit --account 123456789012\n"
		"  aws iam get-credential-report | tokenbridge audit --report -"
		"\n",
	.options = { OPTION_REPORT, OPTION_GENERATED, OPTION_CHECKS,
		OPTION_LIST_CHECKS,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT,
		OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_REPORT, GOES_WITH, { OPTION_GENERATED } },
		{ OPTION_REPORT, GOES_WITHOUT, { OPTION_PROFILE, OPTION_REGION,
			OPTION_ENDPOINT_URL, OPTION_TOUCH_TIMEOUT } },
		{ OPTION_LIST_CHECKS, GOES_WITHOUT, { OPTION_REPORT,
			OPTION_GENERATED, OPTION_CHECKS, OPTION_REGISTRY,
			OPTION_PROFILE, OPTION_REGION, OPTION_ENDPOINT_URL,
			OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT } },
	},
	.stray = OPTION_REPORT,
	.needs_network = audit_needs_network,
	.run = audit_run,
};
