/* SPDX-License-Identifier: Apache-2.0 */
/* setup: the first day, led. */
#include "bridge/setup/setup.h"
#include "base/shell.h"
#include "bridge/command/command.h"
#include "bridge/open/account.h"
#include "bridge/open/token.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *metadata_source(const struct options *o)
{
	const char *source = option(o, OPTION_MDS);

	return source ? source : METADATA_URL;
}

static bool somebody_is_there(void)
{
	int fd = ui_open_terminal();

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Root's is the system's; others are asked where nobody named any. */
static const char *registry_meant(const struct options *o)
{
	return o->from[OPTION_REGISTRY] == 0 && geteuid() != 0 ? NULL :
		option(o, OPTION_REGISTRY);
}

static int setup_request_of(struct app *app, const struct attached *a,
	struct code_asker *codes, struct setup_request *ret, struct error *err)
{
	const struct options *o = &app->options;
	unsigned from = o->from[OPTION_REGISTRY];

	*ret = (struct setup_request){
		.tokens = { a->tokens, a->n, true },
		.role = app_argument(app, 0),
		.registry = registry_meant(o),
		.registry_is_systems = from == 0 || from == FROM_SYSTEM_FILE,
		.rehearsal = option_is_set(o, OPTION_REHEARSAL),
		.user = option(o, OPTION_USER),
		.aws = open_account_request(&app->run, o, codes),
		.metadata = {
			.dir = option(o, OPTION_TRUST_DIR),
			.source = metadata_source(o),
			.signers = option(o, OPTION_MDS_ANCHORS),
			.ca_bundle = option(o, OPTION_CA_BUNDLE),
			.proxy = option(o, OPTION_PROXY),
			.at = time(NULL),
		},
		.yes = option_is_set(o, OPTION_YES),
		.asks = somebody_is_there(),
		.only_look = option_is_set(o, OPTION_DRY_RUN),
	};
	return setup_parse_steps(option(o, OPTION_WITHOUT), &ret->without,
		err);
}

/* ---- what is shown ---- */

/* " --registry PATH" as a shell reads it, "" where nothing has to be said. */
static char *option_words(const char *name, const char *value)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, 2 * SETUP_PATH_LEN);
	if (value) {
		buf_put_str(&b, name);
		shell_put(&b, value);
	}
	return buf_failed(&b) ? NULL : strdup(buf_str(&b));
}

static void put_words(struct buf *b, char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(words[i], "--dry-run") == 0)
			continue;
		buf_put(b, " ", 1);
		shell_put(b, words[i]);
	}
}

/* This very line once more, to act. What are no options were put to its end when
 * they were parsed, and stand before them here. */
static char *again(const struct app *app)
{
	char **words = app->words;
	size_t own = (size_t)app->options.argument_count, n = 0;
	CLEANUP(buf_done) struct buf b;

	while (words[n])
		n++;
	buf_init(&b, 2 * SETUP_COMMAND_LEN);
	buf_put_str(&b, "tokenbridge");
	if (app->typed) {
		put_words(&b, app->typed, app->typed_n);
	} else {
		put_words(&b, words + n - own, own);
		put_words(&b, words + 1, n - own - 1);
	}
	return buf_failed(&b) ? NULL : strdup(buf_str(&b));
}

static int find_next(const struct app *app, const struct setup_result *r,
	char ret[SETUP_COMMAND_LEN], struct error *err)
{
	const struct options *o = &app->options;
	unsigned from = o->from[OPTION_REGISTRY];
	bool said = r->registry[0] && (from == FROM_COMMAND_LINE ||
		(from == 0 && geteuid() != 0));
	CLEANUP(free_p) char *registry = option_words(" --registry ", said ?
		r->registry : NULL);
	CLEANUP(free_p) char *profile = option_words(" --profile ",
		o->from[OPTION_PROFILE] == FROM_COMMAND_LINE ?
		option(o, OPTION_PROFILE) : NULL);
	CLEANUP(free_p) char *line = again(app);

	if (!registry || !profile || !line)
		return error_memory(err);
	setup_next(r, line, registry, profile, ret);
	return 0;
}

static int setup_show_json(const struct setup_result *r, const char *next,
	struct error *err)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < r->n; i++)
		json_row(&rows, json_pack("{s:s,s:s,s:s,s:o,s:o}",
			"part", r->rows[i].step,
			"outcome", setup_state_name(r->rows[i].state),
			"text", r->rows[i].text,
			"remedy", json_of_text(r->rows[i].remedy),
			"command", json_of_text(r->rows[i].command)));
	return ui_json(json_pack("{s:b,s:b,s:o,s:o,s:o,s:o,s:o,s:s}",
		"changed", setup_count(r, SETUP_DONE) > 0,
		"complete", setup_count(r, SETUP_LEFT) == 0,
		"role", json_of_text(r->role),
		"account", json_of_text(r->account),
		"caller", json_of_text(r->caller),
		"path", json_of_text(r->registry),
		"parts", rows, "next", next), err);
}

static void show_row(const struct setup_row *row)
{
	static const enum ui_style styles[SETUP_STATES] = {
		[SETUP_ALREADY] = UI_GOOD,
		[SETUP_DONE] = UI_GOOD,
		[SETUP_WOULD] = UI_BOLD,
		[SETUP_NOTE] = UI_WARN,
		[SETUP_LEFT] = UI_BAD,
		[SETUP_SKIPPED] = UI_DIM,
	};

	ui_put(styles[row->state], "%-7s", setup_state_name(row->state));
	ui_line("  %-8s  %s", row->step, row->text);
	if (row->remedy[0])
		ui_line("%19s-> %s", "", row->remedy);
}

static void show_text(const struct setup_result *r, const char *next,
	bool wants_key)
{
	size_t i, would = setup_count(r, SETUP_WOULD);

	for (i = 0; i < r->n; i++)
		show_row(&r->rows[i]);
	ui_end();
	ui_line("%zu already, %zu %s, %zu left", setup_count(r,
		SETUP_ALREADY), would ? would : setup_count(r, SETUP_DONE),
		would ? "would be done" : "done", setup_count(r, SETUP_LEFT));
	ui_line("Next: %s`%s`", wants_key ? "plug a key in, then " : "", next);
}

static int show_outcome(const struct app *app, const struct setup_result *r,
	size_t keys, struct error *err)
{
	char next[SETUP_COMMAND_LEN];
	int e = find_next(app, r, next, err);

	if (e < 0)
		return e;
	if (app->json)
		e = setup_show_json(r, next, err);
	else
		show_text(r, next, keys == 0 && setup_wants_key(r));
	if (e < 0)
		return e;
	return setup_count(r, SETUP_LEFT) > 0 ? STATUS_INCOMPLETE :
		STATUS_DONE;
}

static int setup_run(struct app *app, struct error *err)
{
	const struct wanted w = open_wanted(&app->options, NULL);
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(setup_result_done) struct setup_result result = { NULL };
	struct setup_request q;
	struct code_asker codes;
	int r = attached_list(&app->run, &w, &a, err);

	if (r == 0)
		r = setup_request_of(app, &a, &codes, &q, err);
	if (r == 0)
		r = setup(&app->run, &q, &result, err);
	return r < 0 ? r : show_outcome(app, &result, a.n, err);
}

static bool setup_needs_network(const struct options *o)
{
	unsigned without = 0;

	return setup_parse_steps(option(o, OPTION_WITHOUT), &without, NULL)
			== 0 && (!(without & SETUP_AWS) ||
			(!(without & SETUP_METADATA) &&
				metadata_is_remote(metadata_source(o))));
}

const struct verb verb_setup = {
	.command = "setup",
	.group = GROUP_BEGIN,
	.summary = "the first day: what is there, what is missing, what next",
	.help = "Looks at tokens and who may use them, pcscd, the clock, AWS "
		"and what your ROLE lacks there (auditor, enroller, revoker, "
		"root-observer, self); makes the registry, gets FIDO's "
		"metadata, and as root puts you, or USER, into the group "
		"tokenbridge; each after a question. Run it again as often as "
		"you like: what is done stays as it is. Exit status 10 where "
		"something is left.\n",
	.example = "  sudo tokenbridge setup\n"
		"  tokenbridge setup enroller --registry ~/keys/registry.db\n"
		"  sudo tokenbridge setup auditor --yes --without metadata "
		"--json\n",
	.arguments = { { "ROLE", VALUE_ROLE } },
	.options = { OPTION_WITHOUT, OPTION_YES, OPTION_DRY_RUN, OPTION_USER,
		OPTION_REHEARSAL, OPTION_MDS, OPTION_REGISTRY, OPTION_PROFILE,
		OPTION_REGION, OPTION_ENDPOINT_URL, OPTION_ACCOUNT,
		OPTION_JSON, OPTION_FORMAT },
	.needs_network = setup_needs_network,
	.run = setup_run,
};
