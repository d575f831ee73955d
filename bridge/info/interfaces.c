/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a token's smart card and its keyboard interface. */
#include "bridge/info/interfaces.h"

#include <stdio.h>
#include <stdlib.h>

#define CARD_MS 15000
#define OTP_MS 20000

/* Why nothing can be joined to it by its serial number. */
static const char *no_serial(const struct token *t)
{
	return t->identified ? "the token tells no serial number by which this "
			       "interface could be found" :
			       "not asked: the token could not tell its serial "
			       "number (see its problem)";
}

/* A serial number behind others; what does not fit is left out. */
static size_t put_serial(char *ret, size_t size, size_t used, uint32_t serial)
{
	int n = snprintf(ret + used, size - used, "%s%u", used ? ", " : "",
		serial);

	return n > 0 && (size_t)n < size - used ? used + (size_t)n : used;
}

/* Which cards are there instead: one of them may be this token's. */
static void no_card(const struct run *run, struct worker *w,
	const struct token *t, const struct oath_search *q, char *ret,
	size_t size)
{
	CLEANUP(free_p) struct oath_card *cards = NULL;
	char others[96] = "";
	size_t i, n = 0, held, used = 0;
	uint32_t serial;

	if (!q->token.has_serial) {
		snprintf(ret, size, "no smart-card reader says that it is the "
			"token's USB device; %s", no_serial(t));
		return;
	}
	if (oath_cards(w, q, &cards, &n, &held, run->cancel_fd,
		    deadline_in(CARD_MS), NULL) < 0)
		n = 0;
	for (i = 0; i < n; i++)
		if (card_serial(&cards[i].applet, &cards[i].devinfo, &serial))
			used = put_serial(others, sizeof(others), used, serial);
	snprintf(ret, size, "no smart-card reader shows serial number %u%s%s",
		q->token.serial, used ? "; there are: " : "", others);
}

int info_ask_card(const struct run *run, struct worker *w,
	const struct token *t, struct info *m, struct error *err)
{
	struct oath_search q = { .config = true };
	struct error e;
	int r;

	if (!identity_card_place(t, &q.token))
		return 0;
	run_waits(run, "Asking the smart card (%d s at most)", CARD_MS / 1000);
	r = oath_find(w, &q, &m->card, run->cancel_fd,
		deadline_in(CARD_MS), &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0)
		snprintf(m->card_text, sizeof(m->card_text), "%s", e.text);
	else if (!m->card)
		no_card(run, w, t, &q, m->card_text, sizeof(m->card_text));
	else if (!m->card->has_oath &&
		devinfo_enabled(&t->devinfo, DEVINFO_OATH))
		snprintf(m->card_text, sizeof(m->card_text),
			"the smart card shows no OATH application, though the "
			"token says that it has one");
	return 0;
}

int info_ask_otp(const struct run *run, struct worker *w,
	const struct token *t, struct info *m, struct error *err)
{
	const struct otp_place place = { t->node.usb_bus, t->node.usb_dev };
	CLEANUP(free_p) struct otp_interface *list = NULL;
	char others[96] = "";
	struct error e;
	uint32_t serial;
	size_t i, n, used = 0;
	int r;

	if (t->node.vendor != 0x1050 || !t->node.has_keyboard)
		return 0;
	if (!token_serial(t, &serial)) {
		snprintf(m->otp_text, sizeof(m->otp_text), "%s", no_serial(t));
		return 0;
	}
	run_waits(run, "Asking the keyboard interface (%d s at most)",
		OTP_MS / 1000);
	r = otp_interfaces(w, &place, &list, &n, run->cancel_fd,
		deadline_in(OTP_MS), &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0) {
		snprintf(m->otp_text, sizeof(m->otp_text), "%s", e.text);
		return 0;
	}
	for (i = 0; i < n; i++)
		if (list[i].has_serial && list[i].serial == serial) {
			m->otp = list[i];
			m->has_otp = true;
		}
	for (i = 0; !m->has_otp && i < n; i++)
		if (list[i].has_serial)
			used = put_serial(others, sizeof(others), used,
				list[i].serial);
	if (!m->has_otp)
		snprintf(m->otp_text, sizeof(m->otp_text),
			"no OTP interface shows the token's serial number%s%s",
			used ? "; there are: " : "", others);
	return 0;
}
