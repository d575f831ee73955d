/* SPDX-License-Identifier: Apache-2.0 */
/* wink: which of these keys is it? */
#include "bridge/command/command.h"
#include "bridge/open/token.h"
#include "bridge/terminal/ui.h"
#include "token/fido/care.h"

static int show_winked(const struct app *app, const struct token *t,
	struct error *err)
{
	char who[ATTACHED_WHO_LEN], label[REGISTRY_LABEL_LEN];

	if (app->json)
		return ui_json(json_pack("{s:[o]}", "tokens", attached_json(t)),
			err);
	attached_title(t, open_label(&app->options, t, label), who);
	ui_say("%s winks.", who);
	return 0;
}

static int wink_run(struct app *app, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	int r;

	r = open_token(&app->run, &app->options, &a, err);
	if (r == 0)
		r = attached_open(&app->run, a.chosen, &f, err);
	if (r == 0)
		r = care_wink(f, err);
	return r < 0 ? r : show_winked(app, a.chosen, err);
}

const struct verb verb_wink = {
	.command = "wink",
	.group = GROUP_SEE,
	.summary = "let a token blink, to see which one it is",
	.help = "Asks a token to show itself, which most do by blinking for a "
		"moment. Needs no touch. Not every token can: `tokenbridge "
		"info` says so under CTAPHID.\n",
	.example = "  tokenbridge wink\n  tokenbridge wink --token "
		"/dev/hidraw3\n",
	.options = { OPTION_TOKEN, OPTION_REGISTRY, OPTION_JSON,
		OPTION_FORMAT },
	.stray = OPTION_TOKEN,
	.run = wink_run,
};
