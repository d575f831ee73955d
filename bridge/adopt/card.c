/* SPDX-License-Identifier: Apache-2.0 */
/* Which attached token has an OATH credential by the name of a device. */
#include "bridge/adopt/adopt.h"

#include "bridge/account/device.h"
#include "token/worker/oath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000

struct held {
	struct oath_card *cards; /* owned */
	size_t n;
	size_t locked;           /* that a password protects */
};

/* Of several tokens none is meant. */
static void find_held(const struct held *h, struct adopted_device *d)
{
	char name[OATH_NAME_MAX + 1];
	const struct oath_card *found = NULL;
	size_t i, hits = 0;

	account_oath_name(d->serial, name);
	for (i = 0; i < h->n; i++)
		if (oath_card_holds(&h->cards[i], name)) {
			found = &h->cards[i];
			hits++;
		}
	d->is_held = hits == 1;
	if (d->is_held && !card_serial(&found->applet, &found->devinfo,
		&d->held_by))
		d->held_by = 0;
}

static bool wants_token(const struct adopted_device *d)
{
	return d->kind == DEVICE_VIRTUAL && !d->token[0] &&
		(d->what == ADOPT_NEW || d->what == ADOPT_PRESENT);
}

void mfa_adopt_look(const struct run *run, struct adopted *a)
{
	const struct oath_search search = { .config = false };
	CLEANUP(worker_done) struct worker worker = WORKER_INIT;
	struct held h = { .n = 0 };
	size_t i, open = 0, busy = 0;
	struct error why;

	for (i = 0; i < a->n; i++)
		open += wants_token(&a->p[i]);
	if (open == 0)
		return;
	if (oath_cards(&worker, &search, &h.cards, &h.n, &busy, run->cancel_fd,
		    deadline_in(CARD_MS), &why) < 0) {
		run_say(run, "Tokens were not asked whether they hold a virtual "
			"device's credential: %s", why.text);
		return;
	}
	for (i = 0; i < h.n; i++)
		h.locked += h.cards[i].has_oath && h.cards[i].applet.locked;
	if (h.locked)
		run_say(run, "%zu token%s not asked whether they hold a virtual "
			"device's credential: a password protects it.",
			h.locked, h.locked == 1 ? " was" : "s were");
	for (i = 0; i < a->n; i++)
		if (wants_token(&a->p[i]))
			find_held(&h, &a->p[i]);
	free(h.cards);
}
