/* SPDX-License-Identifier: Apache-2.0 */
/* registry import: what others kept so far. */
#include "bridge/command/command.h"
#include "bridge/lifecycle/kept.h"
#include "bridge/local/import-ssh.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

/* ---- keys that sshd knew ---- */

static int import_keys(struct app *app, struct registry *reg,
	struct error *err)
{
	struct import_request q = {
		.reg = reg,
		.path = app_argument(app, 0),
		.user = option(&app->options, OPTION_USER),
	};
	struct imported done = { 0 };
	int r;

	if (!q.user)
		return error_set(err, ERROR_USAGE,
			"registry import: whose keys are they? --user USER");
	r = open_login_db(&app->options, reg, &q.login_db, err);
	if (r == 0)
		r = import_ssh(&app->run, &q, &done, err);
	if (r < 0 || !app->json)
		return r;
	return ui_json(json_pack("{s:b,s:{s:s,s:o,s:I,s:I,s:b}}",
		"changed", done.added > 0, "imported",
		"localUser", done.user.name,
		"path", json_of_text(q.path),
		"added", (json_int_t)done.added,
		"present", (json_int_t)done.present,
		"published", done.published), err);
}

/* ---- a list of serial numbers ---- */

static int import_serials(struct app *app, struct registry *reg,
	struct error *err)
{
	const struct kept_request q = { reg, app_argument(app, 0) };
	struct kept done = { 0 };
	int r;

	if (option_is_set(&app->options, OPTION_USER))
		return error_set(err, ERROR_USAGE,
			"registry import: --user goes with --format "
			"authorized_keys; the list says who has each key");
	r = lifecycle_keep(&app->run, &q, &done, err);
	if (r < 0)
		return r;
	if (done.added)
		registry_log_head(&done.head);
	ui_say("%zu key%s of '%s' imported; %zu %s there already. Nobody has "
	       "verified them.", done.added, done.added == 1 ? "" : "s", q.path,
		done.present, done.present == 1 ? "was" : "were");
	return !app->json ? 0 : ui_json(json_pack(
		"{s:b,s:{s:n,s:o,s:I,s:I,s:b}}",
		"changed", done.added > 0, "imported",
		"localUser",
		"path", json_of_text(q.path),
		"added", (json_int_t)done.added,
		"present", (json_int_t)done.present,
		"published", false), err);
}

/* ---- which of them ---- */

static const struct {
	const char *format;
	int (*import)(struct app *app, struct registry *reg, struct error *err);
} kinds[] = {
	{ "authorized_keys", import_keys },
	{ "serials", import_serials },
};

static int registry_import(struct app *app, struct error *err)
{
	const char *format = option(&app->options, OPTION_FORMAT);
	CLEANUP(registry_free) struct registry *reg = NULL;
	size_t i = 0;
	int r;

	while (i < ARRAY_LEN(kinds) && strcmp(kinds[i].format, format) != 0)
		i++;
	if (i == ARRAY_LEN(kinds))
		return error_set(err, ERROR_USAGE,
			"registry import: say what FILE is: --format "
			"authorized_keys, or --format serials");
	r = open_registry_write(&app->options, &reg, err);
	return r < 0 ? r : kinds[i].import(app, reg, err);
}

const struct verb verb_registry_import = {
	.command = "registry",
	.name = "import",
	.group = GROUP_RECORD,
	.summary = "keys that others kept so far",
	.help = "With --format authorized_keys the keys of security keys in "
		"FILE as keys of the local user --user, which are published. "
		"With --format serials a CSV of keys: serial, label, holder, "
		"product, lot; each becomes a row that nobody has verified. A "
		"line that cannot be taken ends it, with its number.\n",
	.example = "  tokenbridge registry import keys.csv --format serials\n"
		"  sudo tokenbridge registry import ~alice/.ssh/"
		"authorized_keys \\\n"
		"      --format authorized_keys --user alice\n",
	.arguments = { { "FILE", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_USER, OPTION_FORMAT, OPTION_REGISTRY,
		OPTION_LOGIN_DB, OPTION_TICKET, OPTION_JSON },
	.stray = OPTION_USER,
	.formats = "authorized_keys serials",
	.run = registry_import,
};
