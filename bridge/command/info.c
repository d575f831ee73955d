/* SPDX-License-Identifier: Apache-2.0 */
/* info: everything about one token, through every interface it has. */
#include "bridge/command/command.h"
#include "bridge/hash/chain.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/show/info.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

/* It has a FIDO side, and that could not be asked. */
static bool is_unread(const struct token *t)
{
	return !t->identified && t->problem != TOKEN_NO_FIDO;
}

static int show_info(const struct app *app, const struct token *t,
	const struct info *m, struct error *err)
{
	size_t i;

	for (i = 0; i < m->differences.n; i++)
		ui_warn("the token's interfaces disagree: %s",
			m->differences.text[i]);
	if (app->json)
		return ui_json(json_pack("{s:[o]}", "tokens",
			show_info_json(t, m)), err);
	show_info_text(t, m);
	return 0;
}

/* Where --token may be a label it is open already, else it may be missing. */
static void info_find_registry(const struct app *app, struct registry **ret,
	struct error *why)
{
	bool unknown = false;
	int r;

	if (*ret)
		return;
	r = open_registry_if_any(&app->run, &app->options, ret, &unknown, why);
	if (r == 0 && unknown)
		error_set(why, ERROR_PERMISSION,
			"the system's registry may not be read");
}

static int gather(const struct app *app, struct info *m, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(advisories_done) struct advisories advisories = { 0 };
	struct info_request q = {
		.advisories = &advisories,
		.credentials = option_is_set(&app->options, OPTION_CREDENTIALS),
	};
	struct error why = { 0 };
	struct wanted w;
	int r;

	r = open_registry_for_label(&app->run, &app->options, &reg, err);
	if (r < 0)
		return r;
	w = open_wanted(&app->options, reg);
	w.alone = true;
	if (!reg) /* it is opened behind the token, and then hashes are made */
		chain_prepare();
	run_waits(&app->run, "Asking the tokens that are plugged in");
	r = attached_find_open(&app->run, &w, &a, &f, err);
	if (r < 0)
		return r;
	info_find_registry(app, &reg, &why);
	r = advisories_load(option(&app->options, OPTION_ADVISORIES),
		&advisories, err);
	q.token = a.chosen;
	q.fido = r == 0 ? steal(&f) : NULL;
	q.reg = reg;
	q.registry_text = why.code ? why.text : NULL;
	if (r == 0)
		r = info_gather(&app->run, &q, m, err);
	if (r == 0)
		r = show_info(app, q.token, m, err);
	if (r < 0)
		return r;
	return is_unread(q.token) || m->getinfo_text[0] ? STATUS_INCOMPLETE :
							  STATUS_DONE;
}

static int info_run(struct app *app, struct error *err)
{
	CLEANUP(info_done) struct info m = { 0 };

	return gather(app, &m, err);
}

const struct verb verb_info = {
	.command = "info",
	.group = GROUP_SEE,
	.summary = "everything about one token",
	.help = "Asks one token through every interface that it has: FIDO, the "
		"smart card (OATH credentials; needs pcscd) and the keyboard "
		"interface (OTP slots; the keyboard driver is detached for a "
		"moment). All of it is what the token says of itself.\n\n"
		"--json has every member of FIDO's getInfo, by its number "
		"under \"other\" where this program knows no name for it. "
		"--credentials lists what the token keeps for whom, and the "
		"token's own identifier where it has one.\n",
	.example = "  tokenbridge info\n"
		"  tokenbridge info --token 12345678 --json\n"
		"  tokenbridge info --credentials\n",
	.options = { OPTION_CREDENTIALS, OPTION_TOKEN, OPTION_READERS,
		OPTION_REGISTRY, OPTION_PIN_FD, OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_CREDENTIALS, GOES_WITH, { OPTION_PIN_FD } },
	},
	.stray = OPTION_TOKEN,
	.run = info_run,
};
