/* SPDX-License-Identifier: Apache-2.0 */
/* code: the current TOTP code from the token. */
#include "bridge/account/device.h"
#include "bridge/command/command.h"
#include "bridge/open/token.h"
#include "bridge/prompt/code.h"
#include "bridge/prompt/oath.h"
#include "bridge/terminal/ui.h"
#include "token/card/totp.h"
#include "token/identity.h"

#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000

/* A code of a counter is used up by asking for it, and is over by no clock. */
static int check_is_timed(const struct oath_account *a, struct error *err)
{
	return a->type >> 4 == OATH_TOTP ? 0 : error_set(err,
		ERROR_UNSUPPORTED, "the OATH credential '%s' counts (HOTP): "
		"its codes are none of a time, and AWS takes none of them",
		a->name);
}

/* TOTP with SHA-1: what AWS takes. */
static bool is_candidate(const struct oath_account *a, const char *wanted)
{
	/* ours and other programs', cut ones, and the console's QR code */
	static const char *const ours[] = { "arn:aws", "aws:",
		"Amazon Web Services:" };
	size_t i;

	if (a->type != 0x21)
		return false;
	if (wanted)
		return strstr(a->name, wanted) != NULL;
	for (i = 0; i < ARRAY_LEN(ours); i++)
		if (strncmp(a->name, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

/* The account of a device is meant by its ARN, however long that is. */
static const char *name_of(const char *wanted, char room[OATH_NAME_MAX + 1])
{
	if (!wanted || strncmp(wanted, "arn:", 4) != 0)
		return wanted;
	account_oath_name(wanted, room);
	return room;
}

static int choose(const struct oath_card *card, const char *asked,
	const char **ret, struct error *err)
{
	const struct oath_applet *a = &card->applet;
	char room[OATH_NAME_MAX + 1];
	const char *wanted = name_of(asked, room), *hit = NULL;
	size_t i;

	for (i = 0; i < a->n; i++) {
		if (wanted && strcmp(a->accounts[i].name, wanted) == 0) {
			*ret = a->accounts[i].name;
			return check_is_timed(&a->accounts[i], err);
		}
		if (!is_candidate(&a->accounts[i], wanted))
			continue;
		if (hit)
			return error_set(err, ERROR_USAGE,
				"several credentials of the token fit ('%s', "
				"'%s' ...): name one", hit,
				a->accounts[i].name);
		hit = a->accounts[i].name;
	}
	if (!hit)
		return error_set(err, ERROR_FAILED,
			"the token has no TOTP credential%s%s%s; `tokenbridge "
			"info` lists them", asked ? " '" : " of AWS",
			asked ? asked : "", asked ? "'" : "");
	*ret = hit;
	return 0;
}

/* Its accounts are told only then. */
static int unlock(struct app *app, struct worker *w,
	const struct oath_search *q, struct oath_card **card, const char *who,
	struct error *err)
{
	struct oath_card *open = NULL;
	int r = prompt_oath_password(&app->run, w, &q->token, who, err);

	if (r == 0)
		r = oath_find(w, q, &open, app->run.cancel_fd,
			deadline_in(CARD_MS), err);
	if (r == 0 && !open)
		r = error_set(err, ERROR_NO_TOKEN, "%s is gone", who);
	if (r < 0)
		return r;
	free(*card);
	*card = open;
	return 0;
}

/* The token's applet; its place with the applet's id, and who it is. */
static int find_card(struct app *app, struct worker *w, struct oath_card **ret,
	struct card_place *ret_place, char who[ATTACHED_WHO_LEN],
	struct error *err)
{
	char label[REGISTRY_LABEL_LEN];
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct oath_search q = { .config = false };
	int r;

	r = open_token(&app->run, &app->options, &a, err);
	if (r < 0)
		return r;
	attached_who(a.chosen, open_label(&app->options, a.chosen, label), who);
	if (identity_card_place(a.chosen, &q.token))
		r = oath_find(w, &q, &card, app->run.cancel_fd,
			deadline_in(CARD_MS), err);
	/* one that is held tells no serial number, by which it is found */
	if (r == 0 && !card)
		r = attached_check(a.chosen, err);
	if (r < 0)
		return r;
	if (!card || !card->has_oath)
		return error_set(err, ERROR_UNSUPPORTED,
			"%s has no OATH application that can be reached: "
			"`tokenbridge info` says why", who);
	memcpy(q.token.id, card->applet.id, sizeof(q.token.id));
	if (card->applet.locked)
		r = unlock(app, w, &q, &card, who, err);
	if (r < 0)
		return r;
	*ret_place = q.token;
	*ret = steal(&card);
	return 0;
}

static int show_code(struct app *app, const char *account, const char *code,
	int left, struct error *err)
{
	if (app->json)
		return ui_json(json_pack("{s:{s:s,s:s,s:i}}", "code",
			"oathCredential", account, "code", code,
			"validSeconds", left), err);
	ui_line("%s", code);
	ui_say("%s, for %d s more", account, left);
	return 0;
}

static int code_run(struct app *app, struct error *err)
{
	CLEANUP(worker_done) struct worker w = WORKER_INIT;
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct oath_target target = { .name = NULL };
	char code[TOTP_DIGITS_MAX + 1], who[ATTACHED_WHO_LEN];
	struct oath_response response;
	int r, left = 0;

	r = find_card(app, &w, &card, &target.place, who, err);
	if (r == 0)
		r = choose(card, app_argument(app, 0), &target.name, err);
	if (r == 0)
		r = prompt_code(&app->run, &w, &target, who, "", &response,
			&left, err);
	if (r < 0)
		return r;
	totp_format(response.truncated, response.digits, code);
	r = show_code(app, target.name, code, left, err);
	wipe(&response, sizeof(response));
	wipe(code, sizeof(code));
	return r;
}

const struct verb verb_code = {
	.command = "code",
	.group = GROUP_AWS,
	.summary = "the current TOTP code from the token",
	.help = "Prints the code of an OATH credential on standard output; the "
		"token is touched once, and again where the code was over "
		"before the touch came. CREDENTIAL is its name or a part of "
		"it, or the ARN of the device; without one the only one of "
		"AWS is meant. The time is this machine's. Needs pcscd.\n",
	.example = "  tokenbridge code\n"
		"  aws sts get-session-token --serial-number ARN --token-code "
		"$(tokenbridge code)\n",
	.arguments = { { "CREDENTIAL", VALUE_TEXT } },
	.options = { OPTION_TOKEN, OPTION_REGISTRY, OPTION_OATH_PASSWORD_FD,
		OPTION_TOUCH_TIMEOUT,
		OPTION_JSON, OPTION_FORMAT },
	.run = code_run,
};
