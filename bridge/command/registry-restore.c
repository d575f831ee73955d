/* SPDX-License-Identifier: Apache-2.0 */
/* registry restore: a new registry from what is left. */
#include "bridge/command/registry-verbs.h"

#include "base/text.h"
#include "bridge/registry/care.h"
#include "bridge/run/json.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

static json_t *lost_json(const struct registry_restored *done)
{
	if (!done->has_lost)
		return json_null();
	return json_pack("{s:I,s:I,s:I}",
		"first", (json_int_t)done->lost_first,
		"last", (json_int_t)done->lost_last,
		"readable", (json_int_t)done->lost_readable);
}

static int restore_show_json(const char *path,
	const struct registry_restored *done, struct error *err)
{
	char head[REGISTRY_HEAD_LEN];

	registry_head_format(&done->head, head);
	return ui_json(json_pack("{s:b,s:{s:o,s:s,s:b,s:I,s:I,s:o}}",
		"changed", true, "restored",
		"path", json_of_text(path),
		"head", head,
		"fromBackupAlone", done->has_no_damaged,
		"evidenceCount", (json_int_t)done->evidence,
		"nameCount", (json_int_t)done->names,
		"lost", lost_json(done)), err);
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
	r = registry_restore(registry_named(app), app_argument(app, 0), output,
		&done, err);
	if (r < 0)
		return r;
	registry_head_format(&done.head, head);
	ui_say("Restored to '%s'; head %s", output, head);
	if (done.has_no_damaged)
		ui_warn("'%s' is not there: what was written after the backup "
			"is lost, and how much that is is not known",
			registry_named(app));
	else
		ui_say("Taken from the damaged file: %llu piece%s of evidence, %llu "
	       "name%s.", (unsigned long long)done.evidence,
		text_plural(done.evidence), (unsigned long long)done.names,
		text_plural(done.names));
	if (app->json)
		r = restore_show_json(output, &done, err);
	if (r < 0 || !done.has_lost)
		return r < 0 || !done.has_no_damaged ? r : STATUS_INCOMPLETE;
	ui_warn("lost: events %llu to %llu (%llu of them readable, but "
		"behind one that is not)",
		(unsigned long long)done.lost_first,
		(unsigned long long)done.lost_last,
		(unsigned long long)done.lost_readable);
	return STATUS_INCOMPLETE;
}

const struct verb verb_registry_restore = {
	.command = "registry",
	.name = "restore",
	.group = GROUP_RECORD,
	.summary = "from a backup and what a damaged one still yields",
	.help = "Makes the new registry --output PATH from BACKUP and what the "
		"damaged registry still yields, or from the latter alone. The "
		"damaged one is never written to; it may be gone. What is lost "
		"is told, and the exit status is 10 then.\n",
	.example = "  tokenbridge registry restore last.backup --output "
		"new.db\n",
	.arguments = { { "BACKUP", VALUE_FILE } },
	.options = { OPTION_OUTPUT, OPTION_REGISTRY, OPTION_JSON,
		OPTION_FORMAT },
	.stray = OPTION_OUTPUT,
	.run = registry_restore_,
};
