/* SPDX-License-Identifier: Apache-2.0 */
/* registry: what its verbs share, and the row before theirs. */
#include "bridge/command/registry-verbs.h"
#include "bridge/terminal/ui.h"

const char *registry_named(const struct app *app)
{
	return option(&app->options, OPTION_REGISTRY);
}

void registry_say_this_head(const struct registry_head *head)
{
	char text[REGISTRY_HEAD_LEN];

	registry_log_head(head);
	registry_head_format(head, text);
	ui_say("Head: %s", text);
}

void registry_say_changed(const struct registry_head *head)
{
	if (ui_is_verbose())
		registry_say_this_head(head);
	else
		registry_log_head(head);
}

const struct verb verb_registry = {
	.command = "registry",
	.group = GROUP_RECORD,
	.summary = "the record of tokens, holders and bindings",
	.help = "The system's registry, or one of your own by --registry "
		"PATH.\n",
	.example = "  tokenbridge registry show blue-7\n",
};
