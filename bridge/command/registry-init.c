/* SPDX-License-Identifier: Apache-2.0 */
/* registry init: a new registry. */
#include "bridge/command/registry-verbs.h"
#include "bridge/open/registry.h"
#include "bridge/run/json.h"
#include "bridge/terminal/ui.h"

static int show_made(const struct app *app, const struct registry *reg,
	const struct registry_head *head, struct error *err)
{
	char text[REGISTRY_HEAD_LEN];

	registry_head_format(head, text);
	return ui_json(json_pack("{s:b,s:{s:o,s:s,s:b,s:s}}",
		"changed", true, "made",
		"path", json_of_text(registry_named(app)),
		"station", registry_station(reg),
		"rehearsal", registry_is_rehearsal(reg),
		"head", text), err);
}

static int registry_init_(struct app *app, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	struct registry_head head;
	int r;

	r = registry_init(registry_named(app),
		option_is_set(&app->options, OPTION_REHEARSAL), err);
	if (r == 0)
		r = open_registry_read(&app->options, &reg, err);
	if (r == 0)
		r = registry_head(reg, &head, err);
	if (r < 0)
		return r;
	ui_say("Made the %sregistry '%s' of station %s.",
		registry_is_rehearsal(reg) ? "rehearsal " : "", registry_named(app),
		registry_station(reg));
	registry_say_this_head(&head);
	ui_say("Keep the head somewhere else: by it `registry log --verify "
		"--head` finds what was taken out. Next: plug a key in, "
		"`tokenbridge verify --record`.");
	return app->json ? show_made(app, reg, &head, err) : 0;
}

const struct verb verb_registry_init = {
	.command = "registry",
	.name = "init",
	.group = GROUP_RECORD,
	.summary = "make a new registry",
	.help = "Makes the system's registry, or one at --registry PATH that "
		"belongs to you, and prints its station and head. With "
		"--rehearsal it is marked for ever as one for tests: it may be "
		"used with another endpoint than AWS's, and publishes nowhere "
		"unless told where. Next: `tokenbridge verify --record`.\n",
	.example = "  sudo tokenbridge registry init\n"
		"  tokenbridge registry init --registry ~/keys.db "
		"--rehearsal\n",
	.options = { OPTION_REHEARSAL, OPTION_REGISTRY, OPTION_JSON,
		OPTION_FORMAT },
	.run = registry_init_,
};
