/* SPDX-License-Identifier: Apache-2.0 */
/* watch: follows plug and unplug. */
#include "bridge/watch/watch.h"

static int watch_command(struct app *app, struct error *err)
{
	return watch_run(app, err);
}

const struct command command_watch = {
	.name = "watch",
	.arguments = "",
	.summary = "follow plug and unplug, one line for each",
	.help = "Shows the tokens that are there, then each one that is "
		"plugged in or out,\nuntil interrupted. One line for one "
		"physical key, whatever interfaces it has;\nwith --json one "
		"object a line, with the members of `list --json` and event,\n"
		"time and key. A readable registry adds whose it is: found by "
		"the serial number\nthat the token reports, which proves "
		"nothing. Never waits for another program,\nand asks only what "
		"`list` asks.\n\n"
		"  tokenbridge watch\n"
		"  tokenbridge watch --json | jq --unbuffered "
		"'select(.event == \"add\")'\n"
		"  tokenbridge watch --once --registered --token /dev/hidraw3\n",
	.options = { OPTION_ONCE, OPTION_REGISTERED },
	.run = watch_command,
};
