/* SPDX-License-Identifier: Apache-2.0 */
/* audit: AWS, the credential report and the registry against each other. */
#include "aws/query/session.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/audit/file/file.h"
#include "bridge/audit/gather/gather.h"
#include "bridge/audit/output/output.h"
#include "bridge/command/command.h"
#include "bridge/open/account.h"
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
	return !option_is_set(o, OPTION_REPORT);
}

/* ---- the registry ---- */

static bool registry_is_named(const struct app *app)
{
	return app->options.from[OPTION_REGISTRY] != 0;
}

/*
 * Its bindings. Not there, and nobody named it: a->registry.used stays false.
 * There and not readable: a->registry.why_not.
 */
static int read_registry(const struct app *app, struct audit *a,
	struct registry_bindings *ret, bool *ret_read, struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct error e;
	bool absent = false;
	int r;

	r = registry_open(&reg, path, REGISTRY_READ, &absent, &e);
	if (r >= 0 && absent)
		return !registry_is_named(app) ? 0 : registry_open(&reg, path,
			REGISTRY_READ, NULL, err);
	a->registry.used = true;
	a->registry.path = path;
	if (r >= 0)
		r = registry_bindings_all(reg, ret, &e);
	if (r < 0)
		snprintf(a->registry.why_not, sizeof(a->registry.why_not),
			"%s", e.text);
	*ret_read = r >= 0;
	return 0;
}

/* A report says nothing of devices: whether there is a registry is enough. */
static int look_for_registry(const struct app *app, bool *ret_there,
	struct error *err)
{
	const char *path = option(&app->options, OPTION_REGISTRY);
	CLEANUP(registry_free) struct registry *reg = NULL;

	*ret_there = access(path, F_OK) == 0 || errno != ENOENT;
	if (*ret_there || !registry_is_named(app))
		return 0;
	return registry_open(&reg, path, REGISTRY_READ, NULL, err);
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
	bool has_registry;
	time_t generated;
	int r;

	r = report_time_option(app, &generated, err);
	if (r >= 0)
		r = look_for_registry(app, &has_registry, err);
	if (r >= 0)
		r = choose_checks(app, a, has_registry, err);
	if (r < 0)
		return r;
	leave_out(a, audit_checks_needing(AUDIT_NEEDS_AWS), REPORT_ALONE);
	r = check_something_left(a, err);
	if (r >= 0)
		r = audit_read_report(a, option(&app->options, OPTION_REPORT),
			generated, err);
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
	struct signed_in in = { &app->run, &request.sign_in, NULL };
	const struct audit_renewal renewal = { audit_renew, &in };
	bool has_bindings = false;
	int r;

	/* thousands of users take longer than a role's hour */
	request.sign_in.lasting = true;
	r = read_registry(app, a, &list, &has_bindings, err);
	if (r >= 0)
		r = choose_checks(app, a, a->registry.used, err);
	if (r < 0)
		return r;
	if (!a->registry.used)
		leave_out(a, audit_checks_needing(AUDIT_NEEDS_REGISTRY),
			NO_REGISTRY);
	r = check_something_left(a, err);
	if (r >= 0)
		r = account_session(&app->run, &request, s, err);
	if (r < 0)
		return r;
	in.s = *s;
	account_ca_bundle(*s, a->aws.ca_bundle);
	account_proxy(*s, a->aws.proxy);
	return audit_ask_aws(a, *s, has_bindings ? &list : NULL, &renewal,
		err);
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

	r = take_guard(app, &a, err);
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
		"registry.\n"
		"  root-mfa-missing  root has a password, a key or a "
		"certificate, and no MFA\n"
		"  root-mfa-virtual  a virtual device signs root in\n"
		"  user-mfa-missing  console password and no MFA\n"
		"  device-unknown    a device at AWS that the registry does "
		"not know\n"
		"  device-gone       a device of the registry that no user "
		"has at AWS\n"
		"  device-moved      ... that another user has there\n"
		"  run-unfinished    an enrollment or revocation that is stuck"
		"\n"
		"The first three are `benchmark`, the default without a "
		"registry; all are `house`. Exit status: 3 something fails, "
		"else 10 something is UNKNOWN, else 0.\n",
	.example = "  tokenbridge audit --account 123456789012\n"
		"  aws iam get-credential-report | tokenbridge audit --report -"
		"\n",
	.options = { OPTION_REPORT, OPTION_GENERATED, OPTION_CHECKS,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT,
		OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_REPORT, GOES_WITH, { OPTION_GENERATED } },
		{ OPTION_REPORT, GOES_WITHOUT, { OPTION_PROFILE, OPTION_REGION,
			OPTION_ENDPOINT_URL, OPTION_TOUCH_TIMEOUT } },
	},
	.stray = OPTION_REPORT,
	.needs_network = audit_needs_network,
	.run = audit_run,
};
