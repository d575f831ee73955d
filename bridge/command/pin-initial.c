/* SPDX-License-Identifier: Apache-2.0 */
/* pin initial: a random PIN for the way to its holder. */
#include "bridge/command/command.h"
#include "bridge/initial/pin.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/prompt/pin.h"
#include "bridge/run/json.h"
#include "bridge/seal/seal.h"
#include "bridge/terminal/status.h"
#include "bridge/terminal/ui.h"
#include "token/fido/care.h"

static int check_usage(const struct options *o, struct error *err)
{
	if (!option(o, OPTION_HOLDER))
		return error_set(err, ERROR_USAGE,
			"pin initial: for whom is it? --holder NAME");
	if (!option_is_set(o, OPTION_OUTPUT) == !option_is_set(o, OPTION_SHOW))
		return error_set(err, ERROR_USAGE,
			"pin initial takes one of --output FILE, which gets it "
			"encrypted for its holder, and --show");
	return 0;
}

/* *ret 0: what the token wants is enough. */
static int read_length(const struct options *o, size_t *ret, struct error *err)
{
	uint64_t n = 0;
	int r = 0;

	if (option_is_set(o, OPTION_LENGTH))
		r = option_number(o, OPTION_LENGTH, CARE_PIN_MAX, &n, err);
	*ret = (size_t)n;
	return r;
}

static void choose_length(struct initial_pin_request *q, bool is_given)
{
	if (is_given)
		return;
	q->digits = initial_pin_least(q->token);
	if (q->digits < INITIAL_PIN_DIGITS)
		q->digits = INITIAL_PIN_DIGITS;
}

static json_t *token_after(const struct token *t, const struct initial_pin *p)
{
	struct token after = *t;

	after.fido.client_pin = FIDO_ON;
	after.fido.pin_change_forced = p->forced;
	return attached_json(&after);
}

static int show_initial_json(const struct initial_pin_request *q,
	const struct initial_pin *p, struct error *err)
{
	return ui_json(json_pack("{s:b,s:s,s:o,s:o,s:i,s:i,s:b,s:o,s:[o]}",
		"changed", true,
		"holder", q->holder,
		"file", json_of_text(p->file),
		"program", p->file ?
			json_string(seal_program_names[p->program]) :
			json_null(),
		"recipients", (int)p->recipients,
		"length", (int)q->digits,
		"changeForced", p->forced,
		"changeForcedProblem", json_of_text(p->problem.text),
		"tokens", token_after(q->token, p)), err);
}

static int show_initial(const struct initial_pin_request *q,
	const struct initial_pin *p, bool json, struct error *err)
{
	char who[ATTACHED_WHO_LEN];
	int r = 0;

	attached_title(q->token, q->label, who);
	ui_say("%s now has an initial PIN%s.", who,
		p->forced ? ", which its holder has to change first" : "");
	if (p->file)
		ui_say("'%s' holds it, encrypted for %s (%s, %zu key%s).",
			p->file, q->holder, seal_program_names[p->program],
			p->recipients, p->recipients == 1 ? "" : "s");
	if (json)
		r = show_initial_json(q, p, err);
	return r < 0 ? r : p->problem.code ? STATUS_INCOMPLETE : STATUS_DONE;
}

static int run_with(struct app *app, struct initial_pin_request *q,
	struct error *err)
{
	CLEANUP(initial_pin_done) struct initial_pin done = { .file = NULL };
	int r, shown = 0;

	choose_length(q, option_is_set(&app->options, OPTION_LENGTH));
	r = initial_pin_make(&app->run, q, &done, err);
	if (done.changed)
		shown = show_initial(q, &done, app->json, r < 0 ? NULL : err);
	return r < 0 ? r : shown;
}

static int pin_initial(struct app *app, struct error *err)
{
	const struct options *o = &app->options;
	CLEANUP(registry_free) struct registry *reg = NULL;
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	struct initial_pin_request q = {
		.holder = option(o, OPTION_HOLDER),
		.output = option(o, OPTION_OUTPUT),
		.no_force = option_is_set(o, OPTION_NO_FORCE),
	};
	char label[REGISTRY_LABEL_LEN];
	struct wanted wanted;
	int r;

	r = check_usage(o, err);
	if (r == 0)
		r = read_length(o, &q.digits, err);
	if (r == 0)
		r = open_registry_write(o, &reg, err);
	if (r < 0)
		return r;
	wanted = open_wanted(o, reg);
	r = attached_find_open(&app->run, &wanted, &a, &f, err);
	if (r == 0)
		r = pin_check_token(&app->run, a.chosen, err);
	if (r == 0)
		r = attached_open(&app->run, a.chosen, &f, err);
	if (r < 0)
		return r;
	q.reg = reg;
	q.token = a.chosen;
	q.label = open_label(o, q.token, label);
	q.fido = f;
	return run_with(app, &q, err);
}

const struct verb verb_pin_initial = {
	.command = "pin",
	.name = "initial",
	.group = GROUP_CARE,
	.summary = "a random PIN, encrypted for the holder",
	.help = "Gives a token without a PIN a random one that nobody chose. "
		"--output gets it encrypted for the holder's keys (registry "
		"recipient) by age or gpg. The token then takes it for nothing "
		"but changing it.\n",
	.example = "  tokenbridge pin initial --holder alice --output "
		"alice.age\n"
		"  tokenbridge pin initial --holder bob --show --length 6\n",
	.options = { OPTION_HOLDER, OPTION_OUTPUT, OPTION_SHOW, OPTION_LENGTH,
		OPTION_NO_FORCE, OPTION_TOKEN, OPTION_READERS,
		OPTION_REGISTRY, OPTION_JSON, OPTION_FORMAT },
	.combinations = {
		{ OPTION_OUTPUT, GOES_WITHOUT, { OPTION_SHOW } },
	},
	.stray = OPTION_HOLDER,
	.run = pin_initial,
};
