/* SPDX-License-Identifier: Apache-2.0 */
/* audit: AWS, the credential report and the registry against each other. */
#include "aws/query/session.h"
#include "base/text.h"
#include "bridge/account/account.h"
#include "bridge/audit/file/file.h"
#include "bridge/audit/gather/gather.h"
#include "bridge/audit/known/known.h"
#include "bridge/audit/output/output.h"
#include "bridge/audit/output/places.h"
#include "bridge/command/audit-keep.h"
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
		!option_is_set(o, OPTION_FROM) &&
		!option_is_set(o, OPTION_LIST_CHECKS);
}

/* ---- the registry ---- */

static bool registry_is_named(const struct app *app)
{
	return app->options.from[OPTION_REGISTRY] != 0;
}

/* Keys that are there to be handed over, and those that are. */
static int count_tokens(struct audit *a, struct registry *reg,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_all(reg, &list, err);
	size_t i;

	if (r < 0)
		return r;
	for (i = 0; i < list.n; i++) {
		if (list.p[i].state == REGISTRY_RETIRED ||
			list.p[i].state == REGISTRY_LOST)
			continue;
		a->registry.tokens++;
		a->registry.handed_over +=
			list.p[i].state == REGISTRY_HANDED_OVER;
	}
	a->registry.has_tokens = list.n > 0;
	return 0;
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
	if (registry_bindings_all(reg, ret, &e) < 0 ||
		count_tokens(a, reg, &e) < 0)
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
	return known_read_tokens(ret, reg, &trust, a->started, err);
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
	int r;

	a->checks = audit_checks_in(AUDIT_IN_BENCHMARK |
		(has_registry ? AUDIT_IN_HOUSE : 0));
	r = list ? audit_checks_parse(list, &a->checks, err) : 0;
	if (!a->mutes)
		a->checks &= ~audit_checks_needing(AUDIT_NEEDS_MUTES);
	return r;
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
	const char *why = "mute-expired is about the mutes of --mute, and "
		"what they match of other checks";
	size_t i;

	for (i = 0; i < AUDIT_CHECKS; i++) {
		if (audit_asks(a, (enum audit_check)i) &&
			i != AUDIT_MUTE_EXPIRED)
			return 0;
		if ((a->checks & AUDIT_BIT(i)) && a->skipped[i])
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
	CLEANUP(registry_bindings_done) struct registry_bindings list = { NULL,
		0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(known_done) struct known known;
	struct signed_in in = { &app->run, &request.sign_in, NULL };
	const struct audit_renewal live = { audit_renew, &in };
	const struct audit_renewal played = { renew_nothing, NULL };
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
		r = k->plays ? audit_played_session(app, a, k, s, err) :
			audit_live_session(app, a, k, &request, s, err);
	if (r < 0)
		return r;
	in.s = *s;
	if (!k->plays)
		a->registry.keeps = k->registry ? k->registry :
			a->registry.path;
	r = audit_ask_aws(a, *s, has_bindings ? &list : NULL,
		a->registry.used ? &known : NULL, k->plays ? &played : &live,
		err);
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
	return r;
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

	if (option_is_set(&app->options, OPTION_LIST_CHECKS))
		return app->json ? audit_checks_json(err) :
			audit_checks_print(err);
	a.started = a.now;
	audit_keeping_init(&x.keeping);
	r = audit_prepare(app, &a, &x.keeping, err);
	if (r >= 0)
		r = take_guard(app, &a, err);
	if (r >= 0)
		r = take_rate(app, &a, err);
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
		r = audit_from_report(app, &a, err);
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
		"text, json, csv, csv-raw, ocsf, sarif, junit, html.\n"
		"Exit status: 3 something fails, else 10 something is UNKNOWN, "
		"else 0.\n",
	.example = "  tokenbridge audit --account 123456789012\n"
		"  tokenbridge audit -o html=a.html -o json=a.json\n",
	.options = { OPTION_REPORT, OPTION_GENERATED, OPTION_CHECKS,
		OPTION_LIST_CHECKS,
		OPTION_MUTE, OPTION_SINCE, OPTION_PLAN, OPTION_RECORD,
		OPTION_BUNDLE, OPTION_FROM, OPTION_SHA256, OPTION_AT,
		OPTION_OTHER_VERSION, OPTION_TICKET, OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT,
		OPTION_STATUS, OPTION_SEVERITY, OPTION_FAIL_ON, OPTION_SUMMARY,
		OPTION_OUTPUT, OPTION_JSON, OPTION_FORMAT },
	.in_manual = { OPTION_STATUS, OPTION_SEVERITY, OPTION_SUMMARY,
		OPTION_OTHER_VERSION, OPTION_SHA256, OPTION_GENERATED,
		OPTION_PLAN, OPTION_AT },
	.formats = AUDIT_FORMATS,
	.many_outputs = true,
	.combinations = {
		{ OPTION_REPORT, GOES_WITH, { OPTION_GENERATED } },
		{ OPTION_REPORT, GOES_WITHOUT, { OPTION_PROFILE, OPTION_REGION,
			OPTION_ENDPOINT_URL, OPTION_TOUCH_TIMEOUT,
			OPTION_PLAN, OPTION_RECORD } },
		{ OPTION_LIST_CHECKS, GOES_WITHOUT, { OPTION_REPORT,
			OPTION_GENERATED, OPTION_CHECKS, OPTION_REGISTRY,
			OPTION_PROFILE, OPTION_REGION, OPTION_ENDPOINT_URL,
			OPTION_ACCOUNT, OPTION_TOUCH_TIMEOUT, OPTION_FROM,
			OPTION_RECORD, OPTION_BUNDLE, OPTION_PLAN } },
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
