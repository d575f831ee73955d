/* SPDX-License-Identifier: Apache-2.0 */
/* How far set-ups of root have come. */
#include "bridge/show/root/unfinished.h"

#include "base/shell.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

#include <stdlib.h>
#include <string.h>

static const char *const progress_points[] = {
	[ROOT_LED] = "led",
	[ROOT_ENABLED] = "enabled",
	[ROOT_PROVED] = "proved",
	[ROOT_REMOVING] = "removing",
};

/* The same command goes on with it. */
static char *command_of_set_up(const struct root_progress *p)
{
	bool totp = strcmp(p->method, "hardware-totp") == 0;
	const char *const words[] = { "tokenbridge", "root", "--method",
		p->method, "--account", p->account, totp ? "--serial" : NULL,
		p->serial, NULL };

	return shell_line(words);
}

static json_t *set_up_json(const struct root_seen *seen)
{
	CLEANUP(free_p) char *command = command_of_set_up(&seen->progress);
	const struct root_progress *p = &seen->progress;

	return json_pack("{s:s,s:o,s:s,s:s,s:o,s:o,s:o,s:o,s:b,s:o}",
		"account", p->account,
		"endpoint", json_of_text(p->endpoint),
		"method", p->method,
		"point", progress_points[p->point],
		"token", json_of_text(p->token),
		"deviceName", json_of_text(p->device_name),
		"device", json_of_text(p->serial),
		"begunAt", json_of_time(p->begun),
		"running", seen->running,
		"command", json_of_text(seen->running ? NULL : command));
}

json_t *show_root_unfinished_json(const struct root_sights *list)
{
	json_t *rows = json_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_row(&rows, set_up_json(&list->p[i]));
	return rows;
}

void show_root_unfinished_text(const struct root_sights *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		const struct root_progress *p = &list->p[i].progress;
		CLEANUP(free_p) char *command = command_of_set_up(p);
		char age[32];

		text_format_age(time(NULL) - p->begun, age, sizeof(age));
		ui_put(UI_WARN, "set-up of root");
		ui_line("  in account %s%s%s, began %s ago", p->account,
			p->endpoint[0] ? " at " : "", p->endpoint, age);
		ui_line("  token     %s", p->token_name[0] ? p->token_name :
			"-");
		ui_line("  stands at %s", progress_points[p->point]);
		if (list->p[i].running)
			ui_line("  is running");
		else
			ui_line("  ends by   %s", command ? command : "");
	}
}
