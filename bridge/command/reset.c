/* SPDX-License-Identifier: Apache-2.0 */
/* reset: erases the FIDO side of a token, nobody being locked out by it. */
#include "bridge/command/command.h"
#include "bridge/lifecycle/reset.h"
#include "bridge/open/registry.h"
#include "bridge/open/token.h"
#include "bridge/prompt/replug.h"
#include "bridge/terminal/ui.h"
#include "token/fido/care.h"
#include "token/fido/getinfo.h"

#include <string.h>

#define REPLUG_MS 120000
#define WORD "erase" /* typed where there is no serial number */

/* One reset, from beginning to end. */
struct reset {
	struct app *app;
	struct registry *reg;   /* owned; NULL: there is none */
	struct token token;     /* before, then after it was plugged in anew */
	bool long_touch;
	struct reset_rows rows;
	const char *label;      /* of its only row, or NULL */
};

static void reset_done(struct reset *s)
{
	reset_rows_done(&s->rows);
	registry_free(&s->reg);
}

/* ---- whether it may be ---- */

static int reset_find_registry(struct reset *s, struct error *err)
{
	bool unknown;
	int r = open_registry_if_any(&s->app->run,
		&s->app->options, &s->reg, &unknown, err);

	if (r == 0 && unknown)
		r = error_set(err, ERROR_REFUSED,
			"the token is not reset: the registry, which you may "
			"not read, may show bindings; run as who may, or name "
			"another registry by --registry");
	return r;
}

static int check_token(const struct token *t, struct error *err)
{
	int r = attached_check(t, err);

	if (r == 0 && t->node.transport != NODE_USB)
		return error_set(err, ERROR_UNSUPPORTED,
			"a token on a reader is not reset: plug it in by USB");
	if (r == 0 && !t->fido.ctap2)
		r = error_set(err, ERROR_UNSUPPORTED,
			"this token does U2F only: no such token can be reset");
	return r;
}

static bool has_text(const json_t *list, const char *text)
{
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (strcmp(json_string_value(o), text) == 0)
			return true;
	return false;
}

/* What newer tokens say of resets; what cannot be read says nothing. */
static int read_conditions(struct reset *s, struct fido *f, struct error *err)
{
	CLEANUP(json_decrefp) json_t *info = NULL;
	const json_t *by;

	if (getinfo_of(f, &info, NULL) < 0)
		return 0;
	by = json_object_get(info, "transportsForReset");
	if (json_array_size(by) > 0 && !has_text(by, "usb"))
		return error_set(err, ERROR_UNSUPPORTED,
			"this token takes no reset over USB: its getInfo lists "
			"the ways (`tokenbridge info`)");
	s->long_touch = json_is_true(json_object_get(info,
		"longTouchForReset"));
	return 0;
}

static int check_registry(struct reset *s, struct fido *f, struct error *err)
{
	int r = 0;

	if (!s->reg)
		return 0;
	r = reset_find_rows(s->reg, &s->token, f, &s->rows, err);
	if (r == 0)
		r = reset_check_bindings(&s->app->run, &s->rows, err);
	if (s->rows.rows_n == 1)
		s->label = s->rows.rows[0]->label;
	if (r < 0 || s->rows.held_n == 0)
		return r;
	/* what is erased has to be written down afterwards */
	registry_free(&s->reg);
	return open_registry_write(&s->app->options, &s->reg, err);
}

static int reset_check(struct reset *s, struct error *err)
{
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	struct wanted w;
	int r;

	r = reset_find_registry(s, err);
	if (r < 0)
		return r;
	w = open_wanted(&s->app->options, s->reg);
	r = attached_find_open(&s->app->run, &w, &a, &f, err);
	if (r == 0)
		r = check_token(a.chosen, err);
	if (r == 0)
		r = attached_open(&s->app->run, a.chosen, &f, err);
	if (r < 0)
		return r;
	s->token = *a.chosen;
	r = read_conditions(s, f, err);
	return r < 0 ? r : check_registry(s, f, err);
}

/* ---- whether it is meant ---- */

/* What the token has beside FIDO, which a reset leaves alone. */
static void say_rest(const struct devinfo *d)
{
	static const struct {
		enum devinfo_capability bit;
		const char *name;
	} rest[] = {
		{ DEVINFO_OATH, "OATH credentials" },
		{ DEVINFO_OTP, "OTP slots" },
		{ DEVINFO_PIV, "PIV" },
		{ DEVINFO_OPENPGP, "OpenPGP" },
	};
	const char *names[ARRAY_LEN(rest)];
	char text[64] = "";
	size_t i, n = 0, used = 0;

	for (i = 0; d->present && i < ARRAY_LEN(rest); i++)
		if (d->usb_supported & rest[i].bit)
			names[n++] = rest[i].name;
	for (i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
			"%s%s", i == 0 ? "" : i + 1 < n ? ", " : " and ",
			names[i]);
	if (n)
		ui_say("%s stay as they are.", text);
}

static void say_loss(const struct reset *s)
{
	const struct token *t = &s->token;
	char who[ATTACHED_WHO_LEN];
	size_t i;

	attached_title(t, s->label, who);
	ui_say("A reset erases for good, from %s:", who);
	ui_say("  every FIDO credential: passkeys, U2F registrations, ssh keys "
	       "(the registry knows %zu, the token tells no number)",
		s->rows.held_n);
	if (t->fido.client_pin == FIDO_ON)
		ui_say("  its PIN");
	if (t->fido.user_verification == FIDO_ON)
		ui_say("  its fingerprints");
	say_rest(&t->devinfo);
	for (i = 0; i < s->rows.rows_n; i++)
		if (s->rows.rows[i]->holder_name)
			ui_say("The registry says that it is %s's.",
				s->rows.rows[i]->holder_name);
}

static int confirm_loss(const struct reset *s, struct error *err)
{
	char prompt[96], want[16] = WORD, typed[64];
	uint32_t serial;
	int r;

	say_loss(s);
	if (token_serial(&s->token, &serial)) {
		snprintf(want, sizeof(want), "%u", serial);
		snprintf(prompt, sizeof(prompt),
			"Type its serial number to go on: ");
	} else {
		snprintf(prompt, sizeof(prompt),
			"Type the word " WORD " to go on: ");
	}
	r = run_ask_text(&s->app->run, prompt, typed, sizeof(typed), err);
	if (r == -ERROR_PIN)
		return error_set(err, ERROR_REFUSED,
			"the token is not reset: nobody typed on a terminal "
			"that it is meant, and no option says so");
	if (r == 0 && strcmp(typed, want) != 0)
		r = error_set(err, ERROR_REFUSED,
			"the token is not reset: '%s' is not what was asked "
			"for", typed);
	return r;
}

/* ---- doing it ---- */

static int erase(const struct reset *s, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	char who[ATTACHED_WHO_LEN];
	int r;

	r = s->reg ? reset_check_again(&s->app->run, s->reg, &s->rows, err) : 0;
	if (r == 0)
		r = attached_open(&s->app->run, &s->token, &f, err);
	if (r < 0)
		return r;
	fido_set_deadline(f, run_touch_deadline(&s->app->run));
	attached_who(&s->token, s->label, who);
	ui_say("%s %s now to erase it.", s->long_touch ?
		"Touch and hold (about 10 s)" : "Touch", who);
	return care_reset(f, err);
}

static int plug_again(struct reset *s, struct error *err)
{
	struct token again;
	int r = replug_wait(&s->app->run, &s->token, s->label, REPLUG_MS,
		&again, err);

	if (r == 0)
		s->token = again;
	return r;
}

/* Whether it is so, not only said; *token becomes what it is now. */
static int check_erased(struct reset *s, struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	int r = attached_open(&s->app->run, &s->token, &f, err);

	if (r < 0)
		return r;
	s->token.fido = *fido_info(f);
	if (s->token.fido.client_pin == FIDO_ON)
		return error_set(err, ERROR_FAILED,
			"the token says that it was reset, and that it still "
			"has a PIN");
	return reset_check_gone(&s->rows, f, err);
}

static int write_down(struct reset *s, struct error *err)
{
	int r;

	if (s->rows.held_n == 0)
		return 0;
	r = reset_record(&s->app->run, s->reg, &s->rows,
		option(&s->app->options, OPTION_REASON), err);
	if (r < 0)
		ui_warn("the token was reset, but the registry does not know");
	return r;
}

/* Without a serial number no verification finds the old row again. */
static void say_rows(const struct reset *s)
{
	uint32_t serial;
	size_t i;

	if (s->rows.held_n == 0)
		return;
	if (token_serial(&s->token, &serial)) {
		ui_say("Its row in the registry stays; a new credential joins "
		       "it by `tokenbridge verify --record`.");
		return;
	}
	ui_say("Its row in the registry stays, but nothing leads back to it: "
	       "it gets a new one by `tokenbridge verify --record`.");
	for (i = 0; i < s->rows.rows_n; i++)
		ui_say("The old one goes by `tokenbridge registry retire "
		       "%.8s`.", s->rows.rows[i]->id);
}

static int show_reset(const struct reset *s, struct error *err)
{
	char who[ATTACHED_WHO_LEN];

	attached_title(&s->token, s->label, who);
	ui_say("%s was reset: it holds no FIDO credential and has no PIN "
	       "(`tokenbridge pin set`).", who);
	say_rows(s);
	if (!s->app->json)
		return 0;
	return ui_json(json_pack("{s:b,s:[o],s:i}", "changed", true, "tokens",
		attached_json(&s->token), "credentialsRemoved",
		(int)s->rows.held_n), err);
}

static int reset_run(struct app *app, struct error *err)
{
	CLEANUP(reset_done) struct reset s = { .app = app };
	int r;

	r = reset_check(&s, err);
	if (r == 0)
		r = confirm_loss(&s, err);
	if (r == 0)
		r = plug_again(&s, err);
	if (r == 0)
		r = erase(&s, err);
	if (r == 0)
		r = check_erased(&s, err);
	if (r == 0)
		r = write_down(&s, err);
	return r < 0 ? r : show_reset(&s, err);
}

const struct verb verb_reset = {
	.command = "reset",
	.group = GROUP_CARE,
	.summary = "erase the FIDO side of a token",
	.help = "Erases every FIDO credential of a token, its PIN and its "
		"fingerprints, as a blocked PIN makes necessary or a key for "
		"the next person. Refused while the registry shows bindings of "
		"it, and where there is a registry that cannot be read. What "
		"is lost is shown, and has to be confirmed by typing on a "
		"terminal: there is no option for it. Then the token is "
		"unplugged, plugged in again and touched: it takes a reset "
		"only within 10 s of that. OATH, OTP, PIV and OpenPGP stay as "
		"they are. Then give it a PIN: `tokenbridge pin set`.\n",
	.example = "  tokenbridge reset --token 12345678\n",
	.options = { OPTION_REASON, OPTION_TOKEN, OPTION_REGISTRY,
		OPTION_TOUCH_TIMEOUT, OPTION_TICKET, OPTION_JSON,
		OPTION_FORMAT },
	.stray = OPTION_TOKEN,
	.needs = NEEDS_TERMINAL,
	.run = reset_run,
};
