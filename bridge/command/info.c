/* SPDX-License-Identifier: Apache-2.0 */
/* info: everything about one token, through every interface it has. */
#include "bridge/info/info.h"
#include "bridge/open/registry.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"

/* It has a FIDO side, and that could not be asked. */
static bool is_unread(const struct token *t)
{
	return !t->identified && t->problem != TOKEN_NO_FIDO;
}

static int show(const struct app *app, const struct token *t,
	const struct info *m, struct error *err)
{
	size_t i;

	for (i = 0; i < m->differences.n; i++)
		ui_warn("the token's interfaces disagree: %s",
			m->differences.text[i]);
	if (app->json)
		return ui_json(json_pack("{s:[o]}", "tokens",
			info_json(t, m)), err);
	info_print(t, m);
	return 0;
}

static int info_run(struct app *app, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0 };
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(info_done) struct info m = { 0 };
	const struct token *t;
	int r;

	if (option_is_set(&app->options, OPTION_PIN_FD) &&
		!option_is_set(&app->options, OPTION_CREDENTIALS))
		return error_set(err, ERROR_USAGE,
			"--pin-fd goes with --credentials: nothing else here "
			"takes the PIN");
	r = ledger_open_for_label(app, &reg, err);
	if (r == 0)
		r = attached_find(app, &a, reg, &t, err);
	if (r == 0)
		r = info_gather(app, t, reg, &m, err);
	if (r == 0)
		r = show(app, t, &m, err);
	if (r < 0)
		return r;
	return is_unread(t) || m.getinfo_text[0] ? STATUS_INCOMPLETE :
						   STATUS_DONE;
}

const struct command command_info = {
	.name = "info",
	.arguments = "",
	.summary = "everything about one token",
	.help = "Asks one token through every interface that it has: FIDO, the "
		"smart card (OATH\naccounts; needs pcscd) and the keyboard "
		"interface (OTP slots; the keyboard driver\nis detached for a "
		"moment). All of it is what the token says of itself.\n\n"
		"--json has every member of FIDO's getInfo, by its number "
		"under \"other\" where this\nprogram knows no name for it.\n\n"
		"--credentials asks for the PIN and lists what the token keeps "
		"for whom: resident\ncredentials, and the token's own "
		"identifier where it has one.\n\n"
		"  tokenbridge info\n  tokenbridge info --token 12345678 "
		"--json\n  tokenbridge info --credentials\n",
	.options = { OPTION_CREDENTIALS, OPTION_PIN_FD },
	.run = info_run,
};
