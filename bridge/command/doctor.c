/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: why would this not work? */
#include "base/text.h"
#include "bridge/account/role.h"
#include "bridge/command/command.h"
#include "bridge/doctor/aws/aws.h"
#include "bridge/doctor/doctor.h"
#include "bridge/open/token.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <unistd.h>

#define DAY 86400
#define DAYS_MAX 36500 /* a hundred years */

static int doctor_show_json(const struct findings *f, struct error *err)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < f->n; i++)
		json_row(&rows, json_pack("{s:s,s:s,s:s,s:s,s:o}",
			"status", finding_status_name(f->rows[i].status),
			"check", f->rows[i].check,
			"subject", f->rows[i].subject,
			"text", f->rows[i].text,
			"remedy", json_of_text(f->rows[i].remedy)));
	return ui_json(json_pack("{s:o}", "checks", rows), err);
}

static void doctor_show_row(const struct finding *row)
{
	static const enum ui_style styles[FINDING_STATUSES] = {
		[FINDING_OK] = UI_GOOD,
		[FINDING_WARN] = UI_WARN,
		[FINDING_FAIL] = UI_BAD,
		[FINDING_UNKNOWN] = UI_WARN,
	};

	ui_put(styles[row->status], "%-7s", finding_status_name(row->status));
	ui_line("  %-14s  %s: %s", row->check, row->subject, row->text);
	if (row->remedy[0])
		ui_line("%25s-> %s", "", row->remedy);
}

static void doctor_show_text(const struct findings *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		doctor_show_row(&f->rows[i]);
	ui_end();
	ui_line("%zu fail, %zu unknown, %zu warn, %zu ok",
		findings_count(f, FINDING_FAIL),
		findings_count(f, FINDING_UNKNOWN),
		findings_count(f, FINDING_WARN), findings_count(f, FINDING_OK));
}

static int doctor_status(const struct findings *f)
{
	if (findings_count(f, FINDING_FAIL) > 0)
		return STATUS_FINDINGS;
	return findings_count(f, FINDING_UNKNOWN) > 0 ? STATUS_INCOMPLETE :
		STATUS_DONE;
}

static int login_request_of(const struct app *app,
	struct doctor_login_request *ret, struct error *err)
{
	const struct options *o = &app->options;
	uint64_t days;
	int r = option_number(o, OPTION_LOGIN_MAX_AGE, DAYS_MAX, &days, err);

	if (r < 0)
		return r;
	*ret = (struct doctor_login_request){
		.user = app_argument(app, 0),
		.service = app_argument(app, 1),
		.login_db = option(o, OPTION_LOGIN_DB),
		.pam_dir = option(o, OPTION_PAM_DIR),
		.sshd_config = option(o, OPTION_SSHD_CONFIG),
		.sshd_config_named =
			o->from[OPTION_SSHD_CONFIG] == FROM_COMMAND_LINE,
		.max_age = days * DAY,
		.greeter_units = option(o, OPTION_GREETER_UNITS),
		.locker_services = option(o, OPTION_LOCKER_SERVICES),
	};
	return 0;
}

static int doctor_look_login(struct findings *f, const struct app *app,
	struct error *err)
{
	struct doctor_login_request q;
	int r = login_request_of(app, &q, err);

	return r < 0 ? r : doctor_login(&q, f, err);
}

static int doctor_look_tokens(struct findings *f, const struct app *app,
	struct error *err)
{
	const struct wanted w = open_wanted(&app->options, NULL);
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	struct doctor_tokens_request q;
	int r = attached_list(&app->run, &w, &a, err);

	if (r < 0)
		return r;
	q = (struct doctor_tokens_request){ a.tokens, a.n, false };
	return doctor_tokens(&q, f, err);
}

static int look_aws(struct findings *f, const struct app *app,
	const char *role, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *session = NULL;
	const struct options *o = &app->options;
	struct aws_options options = AWS_OPTIONS_INIT;
	int r;

	options.profile = option(o, OPTION_PROFILE);
	options.region = option(o, OPTION_REGION);
	options.endpoint_url = option(o, OPTION_ENDPOINT_URL);
	options.ca_bundle = option(o, OPTION_CA_BUNDLE);
	options.proxy = option(o, OPTION_PROXY);
	options.cancel_fd = app->run.cancel_fd;
	r = doctor_credentials(&options, &session, f, err);
	if (r == 0 && session) {
		run_waits(&app->run, "Asking AWS");
		r = doctor_account(session, role, f, err);
	}
	return r < 0 ? r : doctor_runs(option(o, OPTION_REGISTRY), f, err);
}

static int doctor_look_aws(struct findings *f, const struct app *app,
	struct error *err)
{
	const char *role = app_argument(app, 0);
	int r = role ? role_check_person(role, err) : 0;

	return r < 0 ? r : look_aws(f, app, role, err);
}

static int doctor_look_all(struct findings *f, const struct app *app,
	struct error *err)
{
	int r = doctor_look_tokens(f, app, err);

	if (r == 0)
		r = doctor_look_login(f, app, err);
	return r < 0 ? r : look_aws(f, app, NULL, err);
}

typedef int look_fn(struct findings *f, const struct app *app,
	struct error *err);

static const struct finding *first_with(const struct findings *f,
	enum finding_status status)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		if (f->rows[i].status == status)
			return &f->rows[i];
	return NULL;
}

/* What a part is called, and whether root sees more of it. */
struct doctor_part {
	look_fn *look;
	const char *name;
	bool root_sees;
};

/* What it comes to, for who reads nothing else. */
static void doctor_conclude(const struct findings *f,
	const struct doctor_part *part)
{
	const struct finding *first = first_with(f, FINDING_FAIL);
	const struct finding *warning = first_with(f, FINDING_WARN);
	size_t unknown = findings_count(f, FINDING_UNKNOWN);

	if (first)
		ui_line("Begin with %s: %s.", first->subject,
			first->remedy[0] ? first->remedy : first->text);
	else if (unknown > 0)
		ui_line("Nothing that was seen stands in the way, and %zu "
			"thing%s could not be looked at%s.", unknown,
			text_plural(unknown), part->root_sees &&
			geteuid() != 0 ? ": ask as root" : "");
	else if (warning)
		ui_line("%s: nothing fails. Of what is warned of, begin with "
			"%s: %s.", part->name, warning->subject,
			warning->remedy[0] ? warning->remedy : warning->text);
	else
		ui_line("%s: nothing stands in the way.", part->name);
}

static int doctor_run(const struct app *app, const struct doctor_part *part,
	struct error *err)
{
	CLEANUP(findings_done) struct findings f = { 0 };
	int r = part->look(&f, app, err);

	if (r == 0 && app->json)
		r = doctor_show_json(&f, err);
	else if (r == 0) {
		doctor_show_text(&f);
		doctor_conclude(&f, part);
	}
	return r < 0 ? r : doctor_status(&f);
}

static int doctor_login_run(struct app *app, struct error *err)
{
	static const struct doctor_part part = { doctor_look_login,
		"Logging in", true };

	return doctor_run(app, &part, err);
}

/* A container's or a machine's service may be the source. */
static bool doctor_needs_network(const struct options *o)
{
	(void)o;
	return true;
}

static int doctor_aws_run(struct app *app, struct error *err)
{
	static const struct doctor_part part = { doctor_look_aws,
		"AWS", false };

	return doctor_run(app, &part, err);
}

static int doctor_tokens_run(struct app *app, struct error *err)
{
	static const struct doctor_part part = { doctor_look_tokens,
		"Tokens", true };

	return doctor_run(app, &part, err);
}

static int doctor_all_run(struct app *app, struct error *err)
{
	static const struct doctor_part part = { doctor_look_all,
		"Tokens, logging in and AWS", true };

	return doctor_run(app, &part, err);
}

const struct verb verb_doctor = {
	.command = "doctor",
	.group = GROUP_LOGIN,
	.summary = "why would logging in, or a token, not work",
	.help = "Looks, judges and says what to do. Changes nothing. Exit "
		"status: 3 where something fails, else 10 where something is "
		"unknown, else 0.\n",
	.example = "  sudo tokenbridge doctor\n"
		"  tokenbridge doctor tokens\n"
		"  tokenbridge doctor login alice sudo\n",
	.usual = "all",
};

const struct verb verb_doctor_all = {
	.command = "doctor",
	.name = "all",
	.group = GROUP_LOGIN,
	.summary = "login, tokens, aws, and where to begin; without VERB too",
	.help = "Looks at all that the other verbs look at, of every PAM "
		"service, and says where to begin. This is what is meant where "
		"no verb is named. Run it as root: what cannot be read is "
		"unknown.\n",
	.example = "  sudo tokenbridge doctor\n"
		"  sudo tokenbridge doctor all --profile corp\n",
	.options = { OPTION_PAM_DIR, OPTION_SSHD_CONFIG, OPTION_LOGIN_DB,
		OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_JSON, OPTION_FORMAT },
	.needs_network = doctor_needs_network,
	.run = doctor_all_run,
};

const struct verb verb_doctor_aws = {
	.command = "doctor",
	.name = "aws",
	.group = GROUP_LOGIN,
	.summary = "credentials, account, clock, rights, what is not finished",
	.help = "Says where AWS credentials come from, whose they are, what "
		"stands on the way to AWS, whether the clock is right, what "
		"ROLE lacks there (auditor, enroller, revoker, root-observer, "
		"self), by AWS's own simulation; and lists runs that were "
		"broken off or could not be finished: since when, what is in "
		"the way, and the command that ends each. Touches no key, "
		"changes nothing.\n",
	.example = "  tokenbridge doctor aws\n"
		"  tokenbridge doctor aws enroller --profile corp\n",
	.arguments = { { "ROLE", VALUE_ROLE } },
	.options = { OPTION_REGISTRY, OPTION_PROFILE, OPTION_REGION,
		OPTION_ENDPOINT_URL, OPTION_JSON, OPTION_FORMAT },
	.needs_network = doctor_needs_network,
	.run = doctor_aws_run,
};

const struct verb verb_doctor_login = {
	.command = "doctor",
	.name = "login",
	.group = GROUP_LOGIN,
	.summary = "PAM, login.db, the helper, sshd and nodes of tokens",
	.help = "Looks at the PAM lines of every service, at login.db, at the "
		"helper, at sshd's settings and at the nodes of tokens. With "
		"LOCALUSER it also says what each service, or SERVICE alone, "
		"would do for that user now. Touches no token, changes "
		"nothing. Run it as root: what cannot be read is unknown.\n",
	.example = "  sudo tokenbridge doctor login\n"
		"  sudo tokenbridge doctor login alice sudo\n",
	.arguments = { { "LOCALUSER", VALUE_LOCAL_USER },
		{ "SERVICE", VALUE_TEXT } },
	.options = { OPTION_PAM_DIR, OPTION_SSHD_CONFIG, OPTION_LOGIN_DB,
		OPTION_JSON, OPTION_FORMAT },
	.run = doctor_login_run,
};

const struct verb verb_doctor_tokens = {
	.command = "doctor",
	.name = "tokens",
	.group = GROUP_LOGIN,
	.summary = "why can a token not be used by whoever asks",
	.help = "Looks at nodes and their permissions, udev's rules, programs "
		"that hold a token, USB and pcscd. Asks each token what `list` "
		"asks, and changes nothing. Run it as the person in trouble, "
		"then as root, who sees more.\n",
	.example = "  tokenbridge doctor tokens\n",
	.options = { OPTION_READERS, OPTION_JSON, OPTION_FORMAT },
	.run = doctor_tokens_run,
};
