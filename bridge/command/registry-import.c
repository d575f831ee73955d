/* SPDX-License-Identifier: Apache-2.0 */
/* registry import: keys that sshd knew so far. */
#include "bridge/command/command.h"
#include "bridge/local/import-ssh.h"
#include "bridge/open/login.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <string.h>

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
		.path = app_argument(app, 0),
		.user = option(&app->options, OPTION_USER),
	};
	struct imported done = { 0 };
	int r;

	r = check_import(app, err);
	if (r == 0)
		r = open_registry_write(&app->options, &reg, err);
	q.reg = reg;
	if (r == 0)
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

const struct verb verb_registry_import = {
	.command = "registry",
	.name = "import",
	.group = GROUP_RECORD,
	.summary = "sk keys that sshd knew so far",
	.help = "Takes the keys of security keys in FILE, an authorized_keys "
		"file, as keys of a local user, and publishes them. What the "
		"registry cannot keep is named and left out. --format "
		"authorized_keys says what FILE is.\n",
	.example = "  sudo tokenbridge registry import ~alice/.ssh/"
		"authorized_keys \\\n"
		"      --format authorized_keys --user alice\n",
	.arguments = { { "FILE", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_USER, OPTION_FORMAT, OPTION_REGISTRY,
		OPTION_LOGIN_DB, OPTION_JSON },
	.stray = OPTION_USER,
	.formats = "authorized_keys",
	.run = registry_import,
};
