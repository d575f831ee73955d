/* SPDX-License-Identifier: Apache-2.0 */
/* Which token makes a device's codes. */
#include "bridge/codes/source.h"

#include "bridge/account/device.h"
#include "bridge/prompt/oath.h"
#include "bridge/registry/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000

/* What the readers have. */
struct sources {
	struct card_place place; /* of the last that holds the credential */
	struct card_place locked_place;
	size_t hits, locked, held;
};

void code_source_done(struct code_source *s)
{
	worker_done(&s->worker);
}

static struct card_place source_place(const struct oath_card *card)
{
	struct card_place p = { .has_serial = false };

	memcpy(p.id, card->applet.id, sizeof(p.id));
	p.has_serial = card_serial(&card->applet, &card->devinfo, &p.serial);
	if (!p.has_serial)
		p.serial = 0;
	return p;
}

static void name_source(struct code_source *s, const struct card_place *p)
{
	char room[REGISTRY_LABEL_LEN];
	const char *label = s->reg && p->has_serial ?
		registry_label_by_serial(s->reg, p->serial, room) : NULL;

	if (label)
		snprintf(s->who, sizeof(s->who), "token '%.70s'", label);
	else if (p->has_serial)
		snprintf(s->who, sizeof(s->who), "token %u", p->serial);
	else
		snprintf(s->who, sizeof(s->who), "the token");
}

static int look_for_sources(struct code_source *s, struct sources *ret,
	struct error *err)
{
	const struct oath_search search = { .config = false };
	CLEANUP(free_p) struct oath_card *cards = NULL;
	size_t i, n = 0;
	int r;

	*ret = (struct sources){ .hits = 0 };
	r = oath_cards(&s->worker, &search, &cards, &n, &ret->held,
		s->run->cancel_fd, deadline_in(CARD_MS), err);
	for (i = 0; r == 0 && i < n; i++) {
		if (cards[i].has_oath && cards[i].applet.locked) {
			ret->locked_place = source_place(&cards[i]);
			ret->locked++;
		}
		if (!oath_card_holds(&cards[i], s->account))
			continue;
		ret->place = source_place(&cards[i]);
		ret->hits++;
	}
	return r;
}

/* What it holds is told only then; of several nobody knows which one it is. */
static int unlock_source(struct code_source *s, struct sources *f,
	struct error *err)
{
	int r;

	if (f->hits > 0 || f->locked != 1)
		return 0;
	name_source(s, &f->locked_place);
	r = prompt_oath_password(s->run, &s->worker, &f->locked_place, s->who,
		err);
	return r < 0 ? r : look_for_sources(s, f, err);
}

int code_source_find(struct code_source *s, const char *device,
	struct error *err)
{
	struct sources f;
	int r;

	account_oath_name(device, s->account);
	s->target.name = s->account;
	r = look_for_sources(s, &f, err);
	if (r == 0)
		r = unlock_source(s, &f, err);
	if (r < 0)
		return r;
	if (f.hits > 1)
		return error_set(err, ERROR_CONFLICT,
			"%zu tokens hold an OATH credential '%s': leave one "
			"plugged in", f.hits, s->account);
	if (f.hits == 0)
		return error_set(err, ERROR_NO_TOKEN,
			"no token here holds the OATH credential '%s'%s: plug "
			"it in", s->account, f.locked > 1 ?
			" (a password protects several: leave one plugged in)" :
			f.held ? " (another program holds a reader)" : "");
	s->target.place = f.place;
	name_source(s, &f.place);
	return 0;
}

int code_source_read(struct code_source *s, uint64_t step, enum code_turn turn,
	char ret[TOTP_DIGITS_MAX + 1], struct error *err)
{
	static const char *const words[] = {
		[CODE_ALONE] = " for a",
		[CODE_LAST] = " (touch 1 of 2) for the last",
		[CODE_PRESENT] = " (touch 2 of 2) for the present",
	};
	struct oath_response response;
	unsigned char challenge[8];
	int r;

	totp_challenge(step, challenge);
	run_say(s->run, "Touch %s%s code of %s.", s->who, words[turn],
		s->account);
	r = oath_code(&s->worker, &s->target, challenge, &response,
		s->run->cancel_fd, run_touch_deadline(s->run), err);
	if (r == -ERROR_TIMEOUT)
		return error_set(err, ERROR_TOUCH,
			"the token was not touched in time");
	if (r == 0 && response.digits != 6)
		r = error_set(err, ERROR_UNSUPPORTED,
			"the OATH credential '%s' makes codes of %u digits, and "
			"AWS takes six", s->account, response.digits);
	if (r == 0)
		totp_format(response.truncated, response.digits, ret);
	wipe(&response, sizeof(response));
	return r;
}
