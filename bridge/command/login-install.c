/* SPDX-License-Identifier: Apache-2.0 */
/* login install: what a station published, on a host. */
#include "base/text.h"
#include "bridge/command/command.h"
#include "bridge/login/host/install.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <syslog.h>

#define DAY 86400
#define DAYS_MAX 36500

/* Who let whom in on this host, and by which file. */
static void log_installed(const struct install_request *q,
	const struct installed *done)
{
	char before[80] = "none";

	if (done->had)
		snprintf(before, sizeof(before), "%llu of %s",
			(unsigned long long)done->before.generation,
			done->before.station);
	openlog("tokenbridge", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "login.db installed at '%s': generation %llu of %s, "
		"before %s, sha256 %s", q->login_db,
		(unsigned long long)done->info.generation, done->info.station,
		before, done->sha256);
	closelog();
}

static void say_installed(const struct install_request *q,
	const struct installed *done)
{
	char age[32];

	text_format_age(time(NULL) - done->info.made_at, age, sizeof(age));
	ui_say("%s '%s': %zu login credential%s, %zu ssh key%s, generation "
		"%llu, made %s ago.", !done->changed ? "Nothing to do at" :
		q->dry_run ? "Would install at" : "Installed at",
		q->login_db, done->credentials,
		text_plural(done->credentials), done->ssh_keys,
		text_plural(done->ssh_keys),
		(unsigned long long)done->info.generation, age);
	if (done->had && done->changed)
		ui_say("Before: generation %llu of the registry %s.",
			(unsigned long long)done->before.generation,
			done->before.station);
	if (done->group_missing)
		ui_warn("only root can read it: there is no group " LOGIN_GROUP
			", so sshd's tokenbridge-keys cannot (see "
			"systemd-sysusers(8))");
}

static json_t *before_json(const struct installed *done)
{
	return !done->had ? json_null() : json_pack("{s:s,s:I,s:o}",
		"station", done->before.station,
		"generation", (json_int_t)done->before.generation,
		"madeAt", json_of_time(done->before.made_at));
}

static json_t *installed_json(const struct install_request *q,
	const struct installed *done)
{
	return json_pack("{s:b,s:b,s:{s:o,s:o,s:s,s:I,s:o,s:b,s:s,s:I,s:I,s:b,"
		"s:o}}",
		"changed", done->changed, "dryRun", q->dry_run, "installed",
		"path", json_of_text(q->login_db),
		"file", json_of_text(q->file),
		"station", done->info.station,
		"generation", (json_int_t)done->info.generation,
		"madeAt", json_of_time(done->info.made_at),
		"rehearsal", done->info.rehearsal,
		"sha256", done->sha256,
		"loginCredentials", (json_int_t)done->credentials,
		"sshKeys", (json_int_t)done->ssh_keys,
		"groupMissing", done->group_missing,
		"before", before_json(done));
}

static int login_install_run(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	struct install_request q = {
		.file = app_argument(app, 0),
		.login_db = option(o, OPTION_LOGIN_DB),
		.sha256 = option(o, OPTION_SHA256),
		.station = option(o, OPTION_STATION),
		.dry_run = option_is_set(o, OPTION_DRY_RUN),
	};
	struct installed done;
	uint64_t days;
	int r;

	r = option_number(o, OPTION_LOGIN_MAX_AGE, DAYS_MAX, &days, err);
	if (r < 0)
		return r;
	q.max_age = days * DAY;
	r = login_install(&q, &done, err);
	if (r < 0)
		return r;
	if (done.changed && !q.dry_run)
		log_installed(&q, &done);
	say_installed(&q, &done);
	return !app->json ? 0 : ui_json(installed_json(&q, &done), err);
}

const struct verb verb_login = {
	.command = "login",
	.group = GROUP_LOGIN,
	.summary = "a host that takes what a station published",
	.help = "For hosts that have no registry of their own: they are given "
		"what `tokenbridge registry publish --output` makes at the "
		"station.\n",
	.example = "  sudo tokenbridge login install hosts.login\n",
};

const struct verb verb_login_install = {
	.command = "login",
	.name = "install",
	.group = GROUP_LOGIN,
	.summary = "make login.db out of a station's file",
	.help = "Checks all of FILE, which `tokenbridge registry publish "
		"--output` made at the station, then makes the file that PAM "
		"and sshd read here. An older one than what is there is "
		"refused, and so is another registry's, unless --station names "
		"it. Signature counters that this host has seen stay. The "
		"same file again changes nothing.\n",
	.example = "  sudo tokenbridge login install hosts.login --dry-run\n",
	.arguments = { { "FILE", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_SHA256, OPTION_STATION, OPTION_DRY_RUN,
		OPTION_LOGIN_DB, OPTION_JSON, OPTION_FORMAT },
	.needs = NEEDS_ROOT,
	.run = login_install_run,
};
