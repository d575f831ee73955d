/* SPDX-License-Identifier: Apache-2.0 */
/* registry: care of the record itself. */
#include "base/text.h"
#include "bridge/import.h"
#include "bridge/ledger.h"
#include "bridge/login-publish.h"
#include "bridge/status.h"
#include "bridge/ui.h"

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
	ledger_log_head(&head);
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
		r = ledger_open_read(app, &reg, err);
	if (r < 0)
		return r;
	ui_say("Made the %sregistry '%s' of station %s.",
		registry_is_rehearsal(reg) ? "rehearsal " : "", path_of(app),
		registry_station(reg));
	return say_head(reg, err);
}

/* ---- show ---- */

static json_t *binding_json(const struct registry_binding *b)
{
	return json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:o,s:o,s:o,s:o}",
		"id", b->id,
		"kind", registry_binding_kind_names[b->kind],
		"method", registry_method_names[b->method],
		"account", ui_json_text(b->account),
		"user", ui_json_text(b->user_name),
		"userId", ui_json_text(b->user),
		"token", b->token,
		"device", ui_json_text(b->device),
		"oathAccount", ui_json_text(b->oath_account),
		"since", ui_json_time(b->since),
		"removed", ui_json_time(b->removed));
}

static json_t *token_json(const struct registry_token *t)
{
	json_t *o, *ids = json_array(), *bindings = json_array();
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		json_array_append_new(ids, json_pack("{s:s,s:s,s:s}",
			"kind", t->identifiers[i].kind,
			"value", t->identifiers[i].value,
			"basis", registry_basis_names[
				t->identifiers[i].basis]));
	for (i = 0; i < t->bindings.n; i++)
		json_array_append_new(bindings,
			binding_json(&t->bindings.p[i]));
	o = json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:b,s:o,s:o,s:i}",
		"id", t->id,
		"state", registry_state_names[t->state],
		"since", ui_json_time(t->since),
		"holder", ui_json_text(t->holder_name),
		"label", ui_json_text(t->label),
		"model", ui_json_text(t->model),
		"aaguid", ui_json_text(t->aaguid),
		"firmware", ui_json_text(t->firmware),
		"firmwareSigned", t->firmware_signed,
		"identifiers", ids,
		"bindings", bindings,
		"credentials", (int)t->credentials_n);
	if (o && t->verdict >= 0) {
		json_object_set_new(o, "verdict", json_integer(t->verdict));
		json_object_set_new(o, "verdictTime",
			ui_json_time(t->verdict_time));
	}
	return o;
}

static const char *identifier(const struct registry_token *t, const char *kind)
{
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		if (strcmp(t->identifiers[i].kind, kind) == 0)
			return t->identifiers[i].value;
	return NULL;
}

static void print_token(struct ui_table *table, const struct registry_token *t)
{
	char bindings[16], verdict[16] = "", id[9];
	const char *cells[8];
	size_t i, in_force = 0;

	for (i = 0; i < t->bindings.n; i++)
		in_force += t->bindings.p[i].removed == 0;
	snprintf(bindings, sizeof(bindings), "%zu", in_force);
	snprintf(id, sizeof(id), "%.8s", t->id);
	if (t->verdict >= 0)
		snprintf(verdict, sizeof(verdict), "%d", t->verdict);
	cells[0] = id;
	cells[1] = t->label;
	cells[2] = registry_state_names[t->state];
	cells[3] = t->holder_name;
	cells[4] = identifier(t, REGISTRY_ID_SERIAL);
	cells[5] = t->model;
	cells[6] = verdict;
	cells[7] = bindings;
	ui_table_row(table, cells);
}

static void print_bindings(const struct registry_tokens *list)
{
	size_t i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->p[i].bindings.n; k++) {
			const struct registry_binding *b =
				&list->p[i].bindings.p[k];

			printf("%s%.8s  %s %s: %s in %s, %s\n",
				b->removed ? "removed  " : "", b->token,
				registry_binding_kind_names[b->kind],
				registry_method_names[b->method],
				b->user_name ? b->user_name : "-",
				b->account[0] ? b->account : "-",
				b->device ? b->device : "-");
		}
}

static int find_tokens(struct app *app, struct registry *reg,
	struct registry_tokens *list, struct error *err)
{
	const char *what = app_argument(app, 1);
	uint64_t serial;
	int r = 0;

	if (!what)
		return registry_tokens_all(reg, list, err);
	if (text_parse_u64(what, UINT32_MAX, &serial) == 0)
		r = registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL,
			what, list, err);
	if (r == 0 && list->n == 0)
		r = registry_tokens_by_label(reg, what, list, err);
	if (r == 0 && list->n == 0 && strlen(what) >= 4 &&
		strspn(what, "0123456789abcdef") == strlen(what))
		r = registry_tokens_by_id(reg, what, list, err);
	if (r == 0 && list->n == 0)
		r = error_set(err, ERROR_FAILED,
			"no token of the registry has id, label or serial "
			"number '%s'", what);
	return r;
}

static int show_tokens(struct app *app, struct registry *reg,
	const struct registry_tokens *list, struct error *err)
{
	static const char *const heads[] = { "ID", "LABEL", "STATE", "HOLDER",
		"SERIAL", "MODEL", "VERDICT", "BINDINGS" };
	struct ui_table *table;
	json_t *rows;
	size_t i;

	if (app->json) {
		rows = json_array();
		for (i = 0; i < list->n; i++)
			json_array_append_new(rows, token_json(&list->p[i]));
		return ui_json(json_pack("{s:s,s:b,s:o}", "station",
			registry_station(reg), "rehearsal",
			registry_is_rehearsal(reg), "tokens", rows), err);
	}
	table = ui_table_new(heads, ARRAY_LEN(heads));
	for (i = 0; i < list->n; i++)
		print_token(table, &list->p[i]);
	ui_table_print(&table);
	print_bindings(list);
	return 0;
}

static int registry_show(struct app *app, struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	int r;

	r = ledger_open_read(app, &reg, err);
	if (r == 0)
		r = find_tokens(app, reg, &list, err);
	if (r == 0)
		r = show_tokens(app, reg, &list, err);
	return r;
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
	r = ledger_open_read(app, &reg, err);
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

	r = ledger_open_read(app, &reg, err);
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
	int r;

	r = ledger_open_read(app, &reg, err);
	if (r == 0)
		r = login_publish(app, reg, &done, err);
	if (r < 0)
		return r;
	if (!done.path)
		return error_set(err, ERROR_REFUSED,
			"'%s' is %s: only the system's registry publishes to "
			"the system's login.db; name another file by "
			"--login-db PATH", path_of(app),
			registry_is_rehearsal(reg) ? "marked for rehearsal" :
						     "a desk's registry");
	login_published_say(&done);
	return 0;
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
	{ "import", 1, 1, "the file to read", import_run },
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
		"registry '%s': init, show, log, backup, restore, publish or "
		"import", verb);
}

const struct command command_registry = {
	.name = "registry",
	.arguments = "init | show [TOKEN] | log | backup PATH | restore "
		"[BACKUP] |\n            publish | import FILE",
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
		"keys that sshd knew so far\n\n"
		"  tokenbridge registry init --registry ~/keys.db\n"
		"  tokenbridge registry log --verify\n"
		"  tokenbridge registry restore last.backup --output new.db\n",
	.options = { OPTION_REHEARSAL, OPTION_VERIFY, OPTION_HEAD,
		OPTION_OUTPUT, OPTION_LOGIN_DB, OPTION_USER },
	.min_arguments = 1,
	.max_arguments = 2,
	.knows_formats = true,
	.run = registry_run,
};
