/* SPDX-License-Identifier: Apache-2.0 */
/* version: which one this is. */
#include "bridge/command/version.h"

#include "bridge/terminal/ui.h"

void version_print(void)
{
	ui_line("tokenbridge %s", PROGRAM_VERSION);
}

static int version_run(struct app *app, struct error *err)
{
	(void)app;
	(void)err;
	version_print();
	return 0;
}

const struct verb verb_version = {
	.command = "version",
	.group = GROUP_HELP,
	.summary = "which version this is",
	.help = "Prints the name and the version, as --version and -V do.\n",
	.example = "  tokenbridge version\n",
	.run = version_run,
};
