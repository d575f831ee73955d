/* SPDX-License-Identifier: Apache-2.0 */
/* pin: gives a token a PIN, or another one. */
#include "bridge/command/command.h"
#include "bridge/open/token.h"
#include "bridge/prompt/pin.h"
#include "bridge/terminal/ui.h"
#include "token/fido/care.h"

#include <string.h>

#define SEND_MS 10000
#define ROUNDS 3 /* of typing a new PIN */

/* What the verbs share. */
struct change {
	struct app *app;
	const struct token *token;
	struct fido *fido;
	const char *label; /* of the token, or NULL */
	struct secret pin; /* the new one */
};

static bool same(const struct secret *a, const struct secret *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

/* A mistake of typing is *ret_again, and said; all else is an error. */
static int type_once(struct change *c, bool *ret_again, struct error *err)
{
	struct secret first = SECRET_INIT, second = SECRET_INIT;
	const struct run *run = &c->app->run;
	int r;
	struct error e;

	*ret_again = false;
	r = run_ask_secret(run, RUN_NEW_PIN, "", "New PIN: ", &first, err);
	if (r == 0 && care_check_pin((const char *)first.p, first.n,
			      c->token->fido.min_pin_length, &e) < 0) {
		ui_say("%s", e.text);
		*ret_again = true;
	} else if (r == 0) {
		r = run_ask_secret(run, RUN_NEW_PIN, "",
			"The new PIN again: ",
			&second, err);
		if (r == 0 && !same(&first, &second)) {
			ui_say("The two are not the same.");
			*ret_again = true;
		}
	}
	if (r == 0 && !*ret_again)
		secret_move(&c->pin, &first);
	secret_done(&first);
	secret_done(&second);
	return r;
}

/* Whose PIN it is, and what it may be, before anything is typed. */
static void say_what_is_wanted(const struct change *c)
{
	uint64_t least = c->token->fido.min_pin_length;
	char who[ATTACHED_WHO_LEN];

	attached_title(c->token, c->label, who);
	ui_say("%s: a new PIN of %llu characters or more.", who,
		(unsigned long long)(least > CARE_PIN_MIN ? least :
			CARE_PIN_MIN));
}

static int type_new(struct change *c, struct error *err)
{
	bool again = true;
	int i, r = 0;

	say_what_is_wanted(c);
	for (i = 0; r == 0 && again && i < ROUNDS; i++)
		r = type_once(c, &again, err);
	if (r == -ERROR_PIN)
		return error_set(err, ERROR_PIN,
			"no new PIN was typed; where there is no terminal, "
			"give it by --new-pin-fd N");
	if (r == 0 && again)
		r = error_set(err, ERROR_PIN, "no new PIN after %d rounds",
			ROUNDS);
	return r;
}

static int get_new(struct change *c, struct error *err)
{
	int r;

	if (c->pin.p)
		return 0; /* the old one was mistyped, not this one */
	if (!c->app->run.scripted[RUN_NEW_PIN])
		return type_new(c, err);
	r = run_ask_secret(&c->app->run, RUN_NEW_PIN, "", "", &c->pin, err);
	if (r == 0)
		r = care_check_pin((const char *)c->pin.p, c->pin.n,
			c->token->fido.min_pin_length, err);
	return r;
}

static int set_pin(struct change *c, struct error *err)
{
	int r;

	if (c->token->fido.client_pin == FIDO_ON)
		return error_set(err, ERROR_CONFLICT,
			"the token has a PIN already: `tokenbridge pin "
			"change`");
	r = get_new(c, err);
	fido_set_deadline(c->fido, deadline_in(SEND_MS));
	return r < 0 ? r : care_set_pin(c->fido, NULL, &c->pin, err);
}

static int change_once(struct change *c, struct error *err)
{
	struct secret old = SECRET_INIT;
	int r;

	r = pin_get(&c->app->run, c->token, c->label, c->fido, &old, err);
	if (r == 0)
		r = get_new(c, err);
	fido_set_deadline(c->fido, deadline_in(SEND_MS));
	if (r == 0)
		r = care_set_pin(c->fido, &old, &c->pin, err);
	secret_done(&old);
	return r;
}

static int change_pin(struct change *c, struct error *err)
{
	int r;

	if (c->token->fido.client_pin != FIDO_ON)
		return error_set(err, ERROR_PIN,
			"the token has no PIN yet: `tokenbridge pin set`");
	if (c->token->fido.pin_change_forced)
		ui_say("The token does not accept its PIN until it is changed.");
	do {
		r = change_once(c, err);
	} while (r == -ERROR_PIN_WRONG && pin_may_retry(&c->app->run, c->fido));
	return r;
}

/* What is done, and how that is said. */
struct pin_verb {
	int (*run)(struct change *c, struct error *err);
	const char *done;
};

static int show_changed(const struct change *c, const char *done, struct error *err)
{
	struct token after = *c->token;
	char who[ATTACHED_WHO_LEN];

	attached_title(&after, c->label, who);
	ui_say("%s %s.", who, done);
	after.fido.client_pin = FIDO_ON;
	if (!c->app->json)
		return 0;
	return ui_json(json_pack("{s:b,s:[o]}", "changed", true, "tokens",
		attached_json(&after)), err);
}

static int pin_run(struct app *app, const struct pin_verb *verb,
	struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	struct change c = { .app = app, .pin = SECRET_INIT };
	char label[REGISTRY_LABEL_LEN];
	int r;

	r = open_token(&app->run, &app->options, &a, err);
	c.token = a.chosen;
	if (r == 0)
		r = pin_check_token(&app->run, c.token, err);
	if (r == 0)
		r = attached_open(&app->run, c.token, &f, err);
	c.fido = f;
	if (r == 0) {
		c.label = open_label(&app->options, c.token, label);
		r = verb->run(&c, err);
	}
	secret_done(&c.pin);
	run_forget_secrets(&app->run);
	return r < 0 ? r : show_changed(&c, verb->done, err);
}

static int pin_set_run(struct app *app, struct error *err)
{
	static const struct pin_verb verb = { set_pin, "now has a PIN" };

	return pin_run(app, &verb, err);
}

static int pin_change_run(struct app *app, struct error *err)
{
	static const struct pin_verb verb = { change_pin, "has a new PIN" };
	const struct options *o = &app->options;

	if (option_is_set(o, OPTION_PIN_FD) &&
		option_is_set(o, OPTION_NEW_PIN_FD) &&
		strcmp(option(o, OPTION_PIN_FD),
			option(o, OPTION_NEW_PIN_FD)) == 0)
		return error_set(err, ERROR_USAGE,
			"--pin-fd and --new-pin-fd are two descriptors: each "
			"is read to its end");
	return pin_run(app, &verb, err);
}

const struct verb verb_pin = {
	.command = "pin",
	.group = GROUP_CARE,
	.summary = "give a token a PIN, or another one",
	.help = "A PIN has at least as many characters as the token wants (4 "
		"where it does not say) and at most 63 bytes. It is typed, or "
		"read from a descriptor; never given as an argument or by the "
		"environment.\n",
	.example = "  tokenbridge pin set\n"
		"  tokenbridge pin change --token 12345678\n",
};

const struct verb verb_pin_set = {
	.command = "pin",
	.name = "set",
	.group = GROUP_CARE,
	.summary = "give a PIN to a token that has none",
	.help = "The PIN is typed twice; a script gives it by --new-pin-fd. It "
		"has at least as many characters as the token wants (4 where "
		"it does not say) and at most 63 bytes.\n",
	.example = "  tokenbridge pin set\n"
		"  pass show new-pin | tokenbridge pin set --new-pin-fd 0\n",
	.options = { OPTION_NEW_PIN_FD, OPTION_TOKEN, OPTION_READERS,
		OPTION_REGISTRY, OPTION_JSON, OPTION_FORMAT },
	.run = pin_set_run,
};

const struct verb verb_pin_change = {
	.command = "pin",
	.name = "change",
	.group = GROUP_CARE,
	.summary = "give another PIN to a token that has one",
	.help = "Asks for the present PIN, then twice for the new one; a "
		"script gives them by --pin-fd and --new-pin-fd. A wrong "
		"present PIN costs one of the token's tries; none of the last "
		"three is spent without asking.\n",
	.example = "  tokenbridge pin change --token 12345678\n",
	.options = { OPTION_NEW_PIN_FD, OPTION_TOKEN, OPTION_READERS,
		OPTION_REGISTRY, OPTION_PIN_FD, OPTION_JSON, OPTION_FORMAT },
	.run = pin_change_run,
};
