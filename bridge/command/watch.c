/* SPDX-License-Identifier: Apache-2.0 */
/* watch: follows plug and unplug. */
#include "bridge/command/command.h"
#include "bridge/open/registry.h"
#include "bridge/terminal/ui.h"
#include "bridge/watch/watch.h"

/*
 * Only whether there is one to look in: it is opened anew for each look. One
 * that is asked for must be there; without the other a watch is still one.
 */
static int watch_find_registry(const struct app *app, struct watch_request *q,
	struct error *err)
{
	const struct options *o = &app->options;
	bool asked_for = q->only_registered ||
		o->from[OPTION_REGISTRY] == FROM_COMMAND_LINE;
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct error e;
	bool unknown;
	int r;

	if (asked_for)
		r = open_registry_read(o, &reg, &e);
	else
		r = open_registry_if_any(&app->run, o, &reg, &unknown, &e);
	if (r < 0 && asked_for)
		return error_copy(err, &e);
	if (r < 0)
		ui_warn("%s", e.text);
	q->registry = reg ? option(o, OPTION_REGISTRY) : NULL;
	return 0;
}

static int watch_command(struct app *app, struct error *err)
{
	struct watch_request q = {
		.name = option(&app->options, OPTION_TOKEN),
		.only_registered = option_is_set(&app->options,
			OPTION_REGISTERED),
		.once = option_is_set(&app->options, OPTION_ONCE),
	};
	int r = watch_find_registry(app, &q, err);

	return r < 0 ? r : watch_run(&app->run, &q, err);
}

const struct verb verb_watch = {
	.command = "watch",
	.group = GROUP_SEE,
	.summary = "follow plug and unplug, one line for each",
	.help = "Shows the tokens that are there, then each one that is "
		"plugged in or out, until interrupted. One line for one "
		"physical key, whatever interfaces it has; with --json one "
		"object a line, with the members of `list --json` and event, "
		"time and key. A readable registry adds whose it is: found by "
		"the serial number that the token reports, which proves "
		"nothing. Never waits for another program, and asks only what "
		"`list` asks.\n",
	.example = "  tokenbridge watch\n"
		"  tokenbridge watch --json | jq --unbuffered "
		"'select(.event == \"add\")'\n"
		"  tokenbridge watch --once --registered --token "
		"/dev/hidraw3\n",
	.options = { OPTION_ONCE, OPTION_REGISTERED, OPTION_TOKEN,
		OPTION_REGISTRY, OPTION_JSON, OPTION_FORMAT },
	.stray = OPTION_TOKEN,
	.run = watch_command,
};
