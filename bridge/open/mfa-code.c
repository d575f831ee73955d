/* SPDX-License-Identifier: Apache-2.0 */
/* Where the code of an MFA device comes from. */
#include "bridge/open/mfa-code.h"

#include "bridge/account/device.h"
#include "bridge/attached/attached.h"
#include "bridge/prompt/code.h"
#include "token/card/totp.h"
#include "token/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CARD_MS 15000
#define TRIES 3
#define TOTP_SHA1 0x21

/* One token's applet that has the device's secret. */
struct holding {
	struct oath_target target;
	char name[OATH_NAME_MAX + 1];
	char who[ATTACHED_WHO_LEN];
};

static bool applet_has(const struct oath_card *card, const char *name)
{
	size_t i;

	for (i = 0; i < card->applet.n; i++)
		if (card->applet.accounts[i].type == TOTP_SHA1 &&
			strcmp(card->applet.accounts[i].name, name) == 0)
			return true;
	return false;
}

/* A token that cannot be asked does not have it, as far as can be known. */
static int look_at(const struct run *run, struct worker *w,
	const struct token *t, struct holding *h, bool *ret_found,
	struct error *err)
{
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct oath_search q = { .config = false };
	struct error e;
	int r;

	if (!identity_card_place(t, &q.token))
		return 0;
	r = oath_find(w, &q, &card, run->cancel_fd, deadline_in(CARD_MS), &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	*ret_found = r == 0 && card && card->has_oath &&
		!card->applet.locked && applet_has(card, h->name);
	if (!*ret_found)
		return 0;
	h->target.place = q.token;
	memcpy(h->target.place.id, card->applet.id, sizeof(q.token.id));
	h->target.name = h->name;
	attached_who(t, NULL, h->who);
	return 0;
}

static int find_holding(const struct code_asker *a, struct worker *w,
	const char *serial, struct holding *h, bool *ret_found,
	struct error *err)
{
	CLEANUP(attached_done) struct attached list = { NULL, 0, NULL };
	/* whichever has it: --token names the one that is worked on */
	const struct wanted any = { NULL, false, NULL };
	struct error e;
	size_t i;
	int r;

	*ret_found = false;
	account_oath_name(serial, h->name);
	r = attached_list(a->run, &any, &list, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	for (i = 0, r = 0; r == 0 && !*ret_found && i < list.n; i++)
		r = look_at(a->run, w, &list.tokens[i], h, ret_found, err);
	return r;
}

/* AWS takes each code once: the next one is waited for. */
static int wait_for_next(const struct code_asker *a, struct error *err)
{
	time_t now = time(NULL);

	if (a->step == 0 || totp_step(now) != a->step)
		return 0;
	run_say(a->run, "The last code was used: waiting for the next one.");
	return run_pause(a->run, (int64_t)(TOTP_PERIOD - now % TOTP_PERIOD) *
		1000, err);
}

static int read_mfa_code(struct code_asker *a, struct worker *w,
	const struct holding *h, const char *purpose,
	char ret[STS_CODE_LEN + 1], struct error *err)
{
	char code[TOTP_DIGITS_MAX + 1], why[300];
	struct oath_response response;
	int left, r;

	snprintf(why, sizeof(why), " %s", purpose);
	r = wait_for_next(a, err);
	if (r >= 0)
		r = prompt_code(a->run, w, &h->target, h->who, why, &response,
			&left, err);
	if (r < 0)
		return r;
	/* the touch may have come in the next step; the code is of this one */
	a->step = totp_step(time(NULL) + left - 1);
	totp_format(response.truncated, STS_CODE_LEN, code);
	snprintf(ret, STS_CODE_LEN + 1, "%.6s", code);
	wipe(code, sizeof(code));
	wipe(&response, sizeof(response));
	return 0;
}

static int nobody_answers(const char *serial, const char *purpose,
	struct error *err)
{
	return error_set(err, ERROR_NO_TOKEN,
		"a code of '%.200s' is needed %s: no attached token has it, "
		"and there is no terminal to type it at: plug in the token "
		"that `tokenbridge enroll` put it into, or use keys that have "
		"signed in already ('aws sts get-session-token')", serial,
		purpose);
}

static int type_code(const struct code_asker *a, const char *serial,
	const char *purpose, const char *used, char ret[STS_CODE_LEN + 1],
	struct error *err)
{
	char prompt[600], line[32];
	struct error e;
	int r, i;

	snprintf(prompt, sizeof(prompt), "Code of MFA device %.200s %s: ",
		serial, purpose);
	for (i = 0; i < TRIES; i++) {
		r = run_ask_text(a->run, prompt, line, sizeof(line), &e);
		if (r == -ERROR_PIN)
			return nobody_answers(serial, purpose, err);
		if (r < 0 && r != -ERROR_USAGE)
			return error_copy(err, &e);
		if (r >= 0 && run_is_code(line) && strcmp(line, used) != 0) {
			memcpy(ret, line, STS_CODE_LEN + 1);
			wipe(line, sizeof(line));
			return 0;
		}
		run_say(a->run, r >= 0 && run_is_code(line) ?
			"That code was used already: wait for the next one." :
			"A code has six digits.");
	}
	return error_set(err, ERROR_NO_TOKEN,
		"nobody gave a code of '%.200s' %s", serial, purpose);
}

static int get_code(void *self, const char *serial, const char *purpose,
	const char *used, char ret[STS_CODE_LEN + 1], struct error *err)
{
	CLEANUP(worker_done) struct worker w = WORKER_INIT;
	struct code_asker *a = self;
	struct holding h = { .target = { .name = NULL } };
	bool found;
	int r;

	r = find_holding(a, &w, serial, &h, &found, err);
	if (r < 0)
		return r;
	return found ? read_mfa_code(a, &w, &h, purpose, ret, err) :
		type_code(a, serial, purpose, used, ret, err);
}

void code_asker_init(struct code_asker *ret, const struct run *run)
{
	*ret = (struct code_asker){ .run = run };
	ret->codes = (struct mfa_codes){ get_code, ret };
}
