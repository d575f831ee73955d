/* SPDX-License-Identifier: Apache-2.0 */
/* registry backup: a copy of the whole. */
#include "bridge/command/registry-verbs.h"
#include "bridge/open/registry.h"
#include "bridge/registry/care.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

static int registry_backup_(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct registry_head head;
	char text[REGISTRY_HEAD_LEN];
	int r;

	r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
		r = registry_backup(reg, app_argument(app, 0), err);
	if (r == 0)
		r = registry_head(reg, &head, err);
	if (r < 0)
		return r;
	ui_say("Backup: %s", app_argument(app, 0));
	registry_say_this_head(&head);
	registry_head_format(&head, text);
	return !app->json ? 0 : ui_json(json_pack("{s:b,s:{s:o,s:s}}",
		"changed", true, "backedUp",
		"path", json_of_text(app_argument(app, 0)),
		"head", text), err);
}

const struct verb verb_registry_backup = {
	.command = "registry",
	.name = "backup",
	.group = GROUP_RECORD,
	.summary = "a consistent copy in a new file",
	.help = "Copies the registry into the new file PATH, whoever writes "
		"meanwhile, and prints the head that it holds. Keep the head "
		"apart: `tokenbridge registry log --verify --head HEAD` tells "
		"by it whether anything was cut off.\n",
	.example = "  tokenbridge registry backup keys-2026-01-31.backup\n",
	.arguments = { { "PATH", VALUE_FILE } },
	.min_arguments = 1,
	.options = { OPTION_REGISTRY, OPTION_JSON, OPTION_FORMAT },
	.run = registry_backup_,
};
