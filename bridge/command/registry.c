/* SPDX-License-Identifier: Apache-2.0 */
/* registry: care of the record itself. */
#include "base/text.h"
#include "bridge/command/command.h"
#include "bridge/command/registry-tokens.h"
#include "bridge/local/import-ssh.h"
#include "bridge/local/publish.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/registry/care.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

static const char *path_of(const struct app *app)
{
	return option(&app->options, OPTION_REGISTRY);
}

static int say_head(struct registry *reg, struct error *err)
{
	char text[REGISTRY_HEAD_LEN];
	struct registry_head head;
	int r;

	r = registry_head(reg, &head, err);
	if (r < 0)
		return r;
	registry_log_head(&head);
	registry_head_format(&head, text);
	ui_say("Head: %s", text);
	return 0;
}

/* ---- init ---- */

static int registry_init_(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = registry_init(path_of(app),
		option_is_set(&app->options, OPTION_REHEARSAL), err);
	if (r == 0)
		r = open_registry_read(&app->options, &reg, err);
	if (r < 0)
		return r;
	ui_say("Made the %sregistry '%s' of station %s.",
		registry_is_rehearsal(reg) ? "rehearsal " : "", path_of(app),
		registry_station(reg));
	return say_head(reg, err);
}

/* ---- log ---- */

static int print_event(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct app *app = arg;
	char when[TEXT_TIME_LEN];

	(void)err;
	(void)head;
	if (app->json) { /* as it was written: this is what is hashed */
		fwrite(bytes, 1, n, stdout);
		putchar('\n');
		return 0;
	}
	text_format_time(e->time, when);
	printf("%6llu  %s  uid %u  %s\n", (unsigned long long)e->seq, when,
		e->actor.uid, e->type_name);
	return 0;
}

static void print_problem(const char *text, void *arg)
{
	(void)arg;
	ui_warn("%s", text);
}

static int show_report(struct app *app, const struct registry_report *report,
	bool good, struct error *err)
{
	char head[REGISTRY_HEAD_LEN] = "";

	if (report->head.stream[0])
		registry_head_format(&report->head, head);
	if (app->json)
		return ui_json(json_pack("{s:b,s:I,s:I,s:I,s:I,s:o,s:s}",
			"good", good,
			"events", (json_int_t)report->events,
			"evidence", (json_int_t)report->evidence,
			"evidenceAbsent", (json_int_t)report->evidence_absent,
			"problems", (json_int_t)report->problems,
			"badEvent", report->has_bad_seq ?
				json_integer((json_int_t)report->bad_seq) :
				json_null(),
			"head", head), err);
	printf("%llu events, %llu pieces of evidence, %llu problems\n",
		(unsigned long long)report->events,
		(unsigned long long)report->evidence,
		(unsigned long long)report->problems);
	if (head[0])
		printf("head %s\n", head);
	return 0;
}

static int verify_log(struct app *app, struct registry *reg, struct error *err)
{
	const char *text = option(&app->options, OPTION_HEAD);
	struct registry_report report = { 0 };
	struct registry_head expected;
	struct error why;
	int r = 0, shown;

	if (text)
		r = registry_head_parse(text, &expected, err);
	if (r < 0)
		return r;
	r = registry_verify(reg, text ? &expected : NULL, print_problem, NULL,
		&report, &why);
	if (r < 0 && r != -ERROR_CORRUPT)
		return error_copy(err, &why);
	shown = show_report(app, &report, r == 0, err);
	if (shown < 0)
		return shown;
	return r < 0 ? error_copy(err, &why) : 0;
}

static int registry_log(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	if (option_is_set(&app->options, OPTION_HEAD) &&
		!option_is_set(&app->options, OPTION_VERIFY))
		return error_set(err, ERROR_USAGE, "--head goes with --verify");
	r = open_registry_read(&app->options, &reg, err);
	if (r < 0)
		return r;
	if (option_is_set(&app->options, OPTION_VERIFY))
		return verify_log(app, reg, err);
	r = registry_events(reg, 0, print_event, app, err);
	return r < 0 ? r : 0;
}

/* ---- backup, restore ---- */

static int registry_backup_(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
		r = registry_backup(reg, app_argument(app, 1), err);
	if (r < 0)
		return r;
	ui_say("Backup: %s", app_argument(app, 1));
	return say_head(reg, err);
}

static int registry_restore_(struct app *app, struct error *err)
{
	const char *output = option(&app->options, OPTION_OUTPUT);
	struct registry_restored done = { 0 };
	char head[REGISTRY_HEAD_LEN];
	int r;

	if (!output)
		return error_set(err, ERROR_USAGE,
			"registry restore makes a new registry: name it by "
			"--output PATH; the damaged one is never written to");
	r = registry_restore(path_of(app), app_argument(app, 1), output,
		&done, err);
	if (r < 0)
		return r;
	registry_head_format(&done.head, head);
	ui_say("Restored to '%s'; head %s", output, head);
	ui_say("Taken from the damaged file: %llu pieces of evidence, %llu "
		"names.", (unsigned long long)done.evidence,
		(unsigned long long)done.names);
	if (!done.has_lost)
		return 0;
	ui_warn("lost: events %llu to %llu (%llu of them readable, but "
		"behind one that is not)",
		(unsigned long long)done.lost_first,
		(unsigned long long)done.lost_last,
		(unsigned long long)done.lost_readable);
	return STATUS_INCOMPLETE;
}

/* ---- publish ---- */

static int registry_publish(struct app *app, struct error *err)
{
	CLEANUP(login_published_done) struct login_published done = { 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *path = NULL;
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
		r = open_login_db(&app->options, reg, &path, err);
	if (r == 0)
		r = login_publish(reg, path, &done, err);
	if (r < 0)
		return r;
	if (!done.path)
		return error_set(err, ERROR_REFUSED,
			"'%s' is %s: only the system's registry publishes to "
			"the system's login.db; name another file by "
			"--login-db PATH", path_of(app),
			registry_is_rehearsal(reg) ? "marked for rehearsal" :
						     "a registry of a "
						     "workstation");
	login_published_say(&app->run, &done);
	return 0;
}

/* ---- import ---- */

static int check_import(const struct app *app, struct error *err)
{
	const char *format = option(&app->options, OPTION_FORMAT);

	if (strcmp(format, "authorized_keys") != 0)
		return error_set(err, ERROR_USAGE,
			"registry import: say --format authorized_keys (others "
			"follow)");
	if (!option_is_set(&app->options, OPTION_USER))
		return error_set(err, ERROR_USAGE,
			"registry import: whose keys are they? --user "
			"LOCALUSER");
	return 0;
}

static int registry_import(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct import_request q = {
		.path = app_argument(app, 1),
		.user = option(&app->options, OPTION_USER),
	};
	int r;

	r = check_import(app, err);
	if (r == 0)
		r = open_registry_write(&app->options, &reg, err);
	q.reg = reg;
	if (r == 0)
		r = open_login_db(&app->options, reg, &q.login_db, err);
	return r < 0 ? r : import_ssh(&app->run, &q, err);
}

static const struct {
	const char *name;
	int min, max; /* arguments */
	const char *arguments;
	int (*run)(struct app *, struct error *);
} verbs[] = {
	{ "init", 0, 0, "no argument", registry_init_ },
	{ "show", 0, 1, "at most one token", registry_show },
	{ "log", 0, 0, "no argument", registry_log },
	{ "backup", 1, 1, "the path of a new file", registry_backup_ },
	{ "restore", 0, 1, "at most the path of a backup", registry_restore_ },
	{ "publish", 0, 0, "no argument", registry_publish },
	{ "import", 1, 1, "the file to read", registry_import },
	{ "intake", 1, 1, "the list of the delivery", registry_intake },
	{ "handover", 0, 1, "at most one token", registry_handover },
	{ "move", 1, 1, "the token", registry_move },
	{ "retire", 1, 1, "the token", registry_retire },
};

/* Only import has formats of its own. */
static int check_format(const struct app *app, const char *verb,
	struct error *err)
{
	const char *format = option(&app->options, OPTION_FORMAT);

	if (strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
		strcmp(verb, "import") == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"registry %s --format '%s': text or json", verb, format);
}

static int registry_run(struct app *app, struct error *err)
{
	const char *verb = app_argument(app, 0);
	int given = app->options.argument_count - 2;
	size_t i;

	for (i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i].name, verb) != 0)
			continue;
		if (given < verbs[i].min || given > verbs[i].max)
			return error_set(err, ERROR_USAGE,
				"registry %s takes %s", verb,
				verbs[i].arguments);
		return check_format(app, verb, err) < 0 ? -ERROR_USAGE :
							  verbs[i].run(app, err);
	}
	return error_set(err, ERROR_USAGE,
		"registry '%s': init, show, log, backup, restore, publish, "
		"import, intake, handover, move or retire", verb);
}

const struct command command_registry = {
	.name = "registry",
	.arguments = "init | show [TOKEN] | log | backup PATH | restore "
		"[BACKUP] |\n            publish | import FILE | intake LIST | "
		"handover [TOKEN] | move TOKEN |\n            retire TOKEN",
	.summary = "the record of tokens, holders and bindings",
	.help = "init     makes a new registry (--rehearsal: marked for ever "
		"as one for tests)\n"
		"show     tokens with their holders and bindings; TOKEN is an "
		"id, label or serial\n"
		"log      the events; --verify checks the whole chain, "
		"--head HEAD that it still\n         holds a head that was "
		"written down earlier\n"
		"backup   a consistent copy in a new file\n"
		"restore  from a backup and what a damaged registry still "
		"yields, to --output PATH\n"
		"publish  makes login.db, which PAM and sshd read, anew\n"
		"import   --format authorized_keys FILE --user LOCALUSER: sk "
		"keys that sshd knew so far\n"
		"intake   takes a delivery into the stock, key by key, against "
		"its list: a CSV with\n         the columns serial or label, "
		"and aaguid, product, lot; what is in the\n         registry "
		"is done, so the same command goes on where it was\n"
		"handover the holder (--holder NAME) takes the token over and "
		"proves it by a touch,\n         and by a PIN that nobody "
		"else knows\n"
		"move     to another holder (--holder, --place), back into the "
		"stock or out of our\n         hands (--state stock, --state "
		"lost); what is bound stays with its user\n"
		"retire   the token is not used any more; refused while it is "
		"bound\n\n"
		"  tokenbridge registry init --registry ~/keys.db\n"
		"  tokenbridge registry log --verify\n"
		"  tokenbridge registry restore last.backup --output new.db\n"
		"  tokenbridge registry intake delivery-7.csv --ticket OPS-7\n"
		"  tokenbridge registry handover --holder alice\n"
		"  tokenbridge registry move blue-7 --state lost --reason "
		"'left in a taxi'\n",
	.options = { OPTION_REHEARSAL, OPTION_VERIFY, OPTION_HEAD,
		OPTION_OUTPUT, OPTION_LOGIN_DB, OPTION_USER, OPTION_HOLDER,
		OPTION_PLACE, OPTION_STATE, OPTION_OWN_PIN, OPTION_DRY_RUN,
		OPTION_LABEL, OPTION_FORCE, OPTION_REASON, OPTION_TICKET,
		OPTION_PIN_FD, OPTION_TOUCH_TIMEOUT },
	.min_arguments = 1,
	.max_arguments = 2,
	.knows_formats = true,
	.run = registry_run,
};
