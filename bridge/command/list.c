/* SPDX-License-Identifier: Apache-2.0 */
/*
 * list: attached tokens, one row each. Where nothing lies on readers the program
 * that was typed does it by itself: see quick.c.
 */
#include "bridge/command/listed.h"
#include "bridge/open/token.h"

static int list_run(struct app *app, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	const struct wanted w = open_wanted(&app->options, NULL);
	int r;

	r = listed_check(app, err);
	if (r == 0)
		r = attached_list(&app->run, &w, &a, err);
	return r < 0 ? r : listed_show(app, &a, err);
}

const struct verb verb_list = {
	.command = "list",
	.group = GROUP_SEE,
	.summary = "attached tokens, one row each",
	.help = "Shows every attached token: one row for one physical key, "
		"whatever interfaces it has, and the reason where one cannot "
		"be used. Never waits for another program that holds a token, "
		"and touches neither the keyboard interface nor the smart "
		"card. Firmware, serial number and applications are what the "
		"token says of itself: `tokenbridge verify` tells what is "
		"proved.\n",
	.example = "  tokenbridge list\n  tokenbridge list --json\n",
	.options = { OPTION_READERS, OPTION_WIDE, OPTION_COLUMNS, OPTION_JSON,
		OPTION_FORMAT },
	.run = list_run,
};
