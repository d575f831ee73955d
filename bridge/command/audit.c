/* SPDX-License-Identifier: Apache-2.0 */
/* audit: AWS, the credential report and the registry against each other. */
#include "aws/query/session.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/accounts/list.h"
#include "bridge/audit/compare.h"
#include "bridge/audit/file/file.h"
#include "bridge/audit/output/output.h"
#include "bridge/audit/output/places.h"
#include "bridge/command/audit-hand.h"
#include "bridge/command/audit-keep.h"
#include "bridge/command/audit-many.h"
#include "bridge/open/account.h"
#include "bridge/terminal/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool audit_needs_network(const struct options *o)
{
	return !option_is_set(o, OPTION_REPORT) &&
		!option_is_set(o, OPTION_FROM) &&
		!option_is_set(o, OPTION_LIST_CHECKS);
}

/* ---- the two inputs ---- */

static int report_time_option(const struct app *app, const struct audit *a,
	time_t *ret, struct error *err)
{
	const char *s = option(&app->options, OPTION_GENERATED);

	*ret = 0;
	if (!s)
		return 0;
	if (text_parse_time(s, strlen(s), ret) < 0 || *ret <= 0)
		return error_set(err, ERROR_USAGE,
			"--generated '%s': a time like 2026-01-31T23:59:59Z "
			"is wanted", s);
	if (audit_is_to_come(a, *ret))
		return error_set(err, ERROR_USAGE,
			"--generated '%s': that is still to come; a report was "
			"made before it is read", s);
	return 0;
}

static int audit_from_report(struct app *app, struct audit *a,
	struct audit_keeping *k, struct error *err)
{
	CLEANUP(audit_hand_done) struct audit_hand x;
	time_t generated;
	int r;

	audit_hand_init(&x);
	x.keeping = k;
	r = report_time_option(app, a, &generated, err);
	if (r >= 0)
		r = audit_hand_open_for_report(app, a, &x, err);
	if (r >= 0)
		r = audit_hand_tokens_beside_report(app, a, &x, err);
	/* no binding is held against a report */
	a->registry.used = false;
	if (r >= 0)
		r = audit_read_report(a, option(&app->options, OPTION_REPORT),
			generated, err);
	if (r >= 0)
		audit_hand_judge_tokens(a, &x);
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

/* Nobody's keys: what was answered was answered. */
static int renew_nothing(void *self, const struct sts_identity *first,
	struct error *err)
{
	(void)self;
	(void)first;
	(void)err;
	return 0;
}

/* A session that asks AWS, whose replies are kept where that is wanted. */
static int audit_live_session(struct app *app, struct audit *a,
	struct audit_keeping *k, const struct account_request *request,
	struct aws_session **s, struct error *err)
{
	int r = account_session(&app->run, request, s, err);

	if (r < 0)
		return r;
	account_ca_bundle(*s, a->aws.ca_bundle);
	account_proxy(*s, a->aws.proxy);
	return audit_watch_session(app, a, k, *s, err);
}

static int audit_from_aws(struct app *app, struct audit *a,
	struct audit_keeping *k, struct aws_session **s, struct error *err)
{
	struct code_asker codes;
	struct account_request request = open_account_request(&app->run,
		&app->options, &codes);
	CLEANUP(audit_hand_done) struct audit_hand x;
	struct signed_in in = { &app->run, &request.sign_in, NULL };
	const struct audit_renewal live = { .renew = audit_renew, .self = &in };
	const struct audit_renewal played = { .renew = renew_nothing };
	int r;

	audit_hand_init(&x);
	x.keeping = k;
	/* thousands of users take longer than a role's hour */
	request.sign_in.lasting = true;
	r = audit_hand_open(app, a, &x, err);
	if (r >= 0)
		r = k->plays ? audit_played_session(app, a, k, s, err) :
			audit_live_session(app, a, k, &request, s, err);
	if (r < 0)
		return r;
	in.s = *s;
	if (!k->plays)
		a->registry.keeps = k->registry ? k->registry :
			a->registry.path;
	r = audit_hand_ask(app, a, *s, &x, k->plays ? &played : &live, err);
	if (r >= 0)
		audit_hand_judge_tokens(a, &x);
	return r;
}

/* ---- the whole ---- */

static int check_twelve_digits(enum option_id id, const char *account,
	struct error *err)
{
	if (!account || arn_is_account(account, strlen(account)))
		return 0;
	return error_set(err, ERROR_USAGE, "--%s '%s': twelve digits are "
		"wanted", option_rows[id].name, account);
}

static int take_guard(const struct app *app, struct audit *a,
	struct error *err)
{
	a->only_account = option(&app->options, OPTION_ACCOUNT);
	return check_twelve_digits(OPTION_ACCOUNT, a->only_account, err);
}

/* ---- the outputs ---- */

/* A word of audit_severity_names. */
static int severity_option(const struct app *app, enum option_id id,
	enum audit_severity *ret, struct error *err)
{
	const char *word = option(&app->options, id);
	int i;

	*ret = AUDIT_SEVERITY_OF_CHECK;
	for (i = AUDIT_LOW; word && i < AUDIT_SEVERITIES; i++)
		if (strcmp(word, audit_severity_names[i]) == 0)
			*ret = (enum audit_severity)i;
	if (!word || *ret != AUDIT_SEVERITY_OF_CHECK)
		return 0;
	return error_set(err, ERROR_USAGE, "--%s '%s': low, medium, high or "
		"critical is wanted", option_rows[id].name, word);
}

static unsigned status_bit(const char *word)
{
	size_t i;

	for (i = 0; i < AUDIT_STATUSES; i++)
		if (strcasecmp(word, audit_status_names[i]) == 0)
			return 1u << i;
	return 0;
}

static int status_option(const struct app *app, unsigned *ret,
	struct error *err)
{
	const char *list = option(&app->options, OPTION_STATUS);
	CLEANUP(free_p) char *copy = strdup(list ? list : "");
	char *word, *rest = copy;

	if (!copy)
		return error_memory(err);
	while (list && (word = strsep(&rest, ","))) {
		if (!status_bit(word))
			return error_set(err, ERROR_USAGE, "--status '%s': "
				"FAIL, UNKNOWN, MUTED, PASS, NOT_APPLICABLE "
				"with commas are wanted", word);
		*ret |= status_bit(word);
	}
	return 0;
}

static int take_view(const struct app *app, struct audit *a,
	enum audit_severity *ret_fail_on, struct error *err)
{
	int r = status_option(app, &a->view.statuses, err);

	if (r >= 0)
		r = severity_option(app, OPTION_SEVERITY, &a->view.least, err);
	if (r >= 0)
		r = severity_option(app, OPTION_FAIL_ON, ret_fail_on, err);
	a->view.account = option(&app->options, OPTION_ONLY_ACCOUNT);
	return r < 0 ? r : check_twelve_digits(OPTION_ONLY_ACCOUNT, a->view.account,
		err);
}

/* What --json and --format say, as --output would. */
static const char *format_of(const struct app *app)
{
	if (option_is_set(&app->options, OPTION_JSON))
		return "json";
	return app->options.from[OPTION_FORMAT] == FROM_COMMAND_LINE ?
		option(&app->options, OPTION_FORMAT) : NULL;
}

static int add_stdout(struct audit_places *places, const char *format,
	struct error *err)
{
	char text[32];

	snprintf(text, sizeof(text), "%s=-", format);
	return audit_places_add(places, text, err);
}

/*
 * Files alone leave standard output to what a person wants to know of them: the
 * summary.
 */
static int take_outputs(const struct app *app, struct audit_places *places,
	struct error *err)
{
	const char *list = option(&app->options, OPTION_OUTPUT);
	const char *format = format_of(app);
	bool summary = option_is_set(&app->options, OPTION_SUMMARY);
	size_t i;
	int r = 0;

	if (format)
		r = add_stdout(places, format, err);
	if (r >= 0 && list)
		r = audit_places_add(places, list, err);
	if (r >= 0 && !audit_places_has_stdout(places)) {
		summary |= list != NULL;
		r = add_stdout(places, "text", err);
	}
	for (i = 0; i < places->n; i++)
		places->printer[i].summary = summary;
	if (r >= 0 && option_is_set(&app->options, OPTION_REPORT))
		r = audit_places_spare(places, option(&app->options,
			OPTION_REPORT), err);
	return r;
}

/* ---- the end ---- */

/* Where rows go, what is kept of them, and what the exit status counts. */
struct audit_ends {
	struct audit_places places;
	struct audit_keeping keeping;
	enum audit_severity fail_on;
};

static void audit_ends_done(struct audit_ends *x)
{
	audit_places_done(&x->places);
	audit_keeping_done(&x->keeping);
}

static int audit_status(const struct audit *a, enum audit_severity fail_on)
{
	if (audit_found_from(a, AUDIT_FAIL, fail_on) > 0)
		return STATUS_FINDINGS;
	return audit_found_from(a, AUDIT_UNKNOWN, fail_on) > 0 || a->not_read ?
		STATUS_INCOMPLETE : STATUS_DONE;
}

/* What was begun is ended properly, also where it failed: then no file appears,
 * and what had its name stays. */
static int audit_end(const struct app *app, struct audit *a,
	struct audit_ends *x, int r, struct error *err)
{
	struct error e;
	int status;

	if (r < 0 && !a->begun)
		return r;
	audit_show_names(a, &x->keeping);
	audit_compare(a, r >= 0);
	status = audit_status(a, x->fail_on);
	if (audit_keep(app, a, &x->keeping, r >= 0, &e) < 0) {
		status = status_of_error(&e);
		audit_print_end(a, status, r < 0 ? err : NULL);
		return r < 0 ? r : error_copy(err, &e);
	}
	a->changed = x->keeping.recorded;
	audit_print_end(a, status, r < 0 ? err : NULL);
	if (r >= 0)
		r = audit_places_publish(&x->places, err);
	return r < 0 ? r : status;
}

static int audit_run(struct app *app, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *session = NULL;
	CLEANUP(audit_ends_done) struct audit_ends x = { .places.n = 0 };
	CLEANUP(audit_done) struct audit a = {
		.run = &app->run,
		.verbose = option_is_set(&app->options, OPTION_VERBOSE),
		.tells_progress = isatty(STDERR_FILENO),
		.printers = x.places.printer,
		.now = time(NULL),
	};
	int r;

	if (app->is_asked)
		return audit_asked(app, err);
	if (option_is_set(&app->options, OPTION_LIST_CHECKS))
		return app->json ? audit_checks_json(err) :
			audit_checks_print(err);
	a.started = a.now;
	audit_keeping_init(&x.keeping);
	r = audit_prepare(app, &a, &x.keeping, err);
	if (r >= 0)
		r = take_guard(app, &a, err);
	if (r >= 0)
		r = audit_take_rate(app, &a, err);
	if (r >= 0)
		r = take_view(app, &a, &x.fail_on, err);
	if (r >= 0)
		r = take_outputs(app, &x.places, err);
	if (r < 0)
		return r;
	a.printers_n = x.places.n;
	if (option_is_set(&app->options, OPTION_PLAN))
		x.places.printer[a.printers_n++] = (struct audit_printer){
			.how = &audit_plan_output, .state = &x.keeping.plan };
	if (option_is_set(&app->options, OPTION_REPORT))
		r = audit_from_report(app, &a, &x.keeping, err);
	else if (option_is_set(&app->options, OPTION_ACCOUNTS))
		r = audit_from_accounts(app, &a, err);
	else
		r = audit_from_aws(app, &a, &x.keeping, &session, err);
	return audit_end(app, &a, &x, r, err);
}

const struct verb verb_audit = {
	.command = "audit",
	.group = GROUP_AWS,
	.summary = "who lacks MFA, and where AWS and the registry differ",
	.help = "Asks AWS about users and root; reads that against report and "
		"registry. --list-checks shows what is looked for. Formats: "
		"text, json, csv, csv-raw, ocsf, ocsf-array, sarif, junit, "
		"html. Exit status: 3 something fails, else 10 something is UNKNOWN, "
		"else 0.\n",
	.example = "  tokenbridge audit --accounts org --role audit/reader\n"
		"  tokenbridge audit -o html=a.html -o json=a.json\n",
	.options = { OPTION_REPORT, OPTION_GENERATED, OPTION_ACCOUNTS,
		OPTION_ROLE, OPTION_STATE, OPTION_MAX_AGE, OPTION_ASSUME_ROOT,
		OPTION_CHECKS,
		OPTION_LIST_CHECKS, OPTION_MUTE, OPTION_SINCE, OPTION_PLAN,
		OPTION_RECORD, OPTION_BUNDLE, OPTION_FROM, OPTION_SHA256,
		OPTION_AT, OPTION_OTHER_VERSION, OPTION_TICKET,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT,
		OPTION_ONLY_ACCOUNT, OPTION_STATUS, OPTION_SEVERITY, OPTION_FAIL_ON, OPTION_SUMMARY,
		OPTION_OUTPUT, OPTION_JSON, OPTION_FORMAT },
	.in_manual = { OPTION_STATUS, OPTION_SEVERITY, OPTION_SUMMARY,
		OPTION_OTHER_VERSION, OPTION_SHA256, OPTION_GENERATED,
		OPTION_PLAN, OPTION_AT, OPTION_MAX_AGE, OPTION_ONLY_ACCOUNT,
		OPTION_STATE, OPTION_FROM, OPTION_BUNDLE, OPTION_RECORD,
		OPTION_ROLE, OPTION_FAIL_ON, OPTION_SINCE,
		OPTION_ASSUME_ROOT },
	.takes = { { OPTION_FORMAT, VALUE_WORDS, AUDIT_FORMATS },
		{ OPTION_STATE, VALUE_FOLDER, NULL },
		{ OPTION_FROM, VALUE_FOLDER, NULL } },
	.many_outputs = true,
	.combinations = {
		{ OPTION_REPORT, GOES_WITH, { OPTION_GENERATED } },
		{ OPTION_REPORT, GOES_WITHOUT, { OPTION_PROFILE, OPTION_REGION,
			OPTION_ENDPOINT_URL, OPTION_TOUCH_TIMEOUT,
			OPTION_PLAN, OPTION_RECORD, OPTION_ACCOUNTS } },
		{ OPTION_ACCOUNTS, GOES_WITH, { OPTION_ROLE, OPTION_STATE,
			OPTION_MAX_AGE, OPTION_ASSUME_ROOT } },
		{ OPTION_ACCOUNTS, GOES_WITHOUT, { OPTION_PLAN, OPTION_RECORD,
			OPTION_BUNDLE, OPTION_FROM } },
		{ OPTION_LIST_CHECKS, GOES_WITHOUT, { OPTION_REPORT,
			OPTION_GENERATED, OPTION_CHECKS, OPTION_REGISTRY,
			OPTION_PROFILE, OPTION_REGION, OPTION_ENDPOINT_URL,
			OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT, OPTION_FROM,
			OPTION_RECORD, OPTION_BUNDLE, OPTION_PLAN,
			OPTION_ACCOUNTS } },
		{ OPTION_RECORD, GOES_WITH, { OPTION_TICKET } },
		{ OPTION_FROM, GOES_WITH, { OPTION_SHA256, OPTION_AT,
			OPTION_OTHER_VERSION } },
		{ OPTION_FROM, GOES_WITHOUT, { OPTION_REPORT, OPTION_CHECKS,
			OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
			OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_MUTE,
			OPTION_SINCE } },
		{ OPTION_RECORD, GOES_WITHOUT, { OPTION_FROM } },
		{ OPTION_BUNDLE, GOES_WITHOUT, { OPTION_FROM } },
	},
	.stray = OPTION_REPORT,
	.needs_network = audit_needs_network,
	.run = audit_run,
};
