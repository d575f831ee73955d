/* SPDX-License-Identifier: Apache-2.0 */
/* --method totp: the seed lives in the token's OATH application. */
#include "bridge/enroll/enrollment.h"

#include "base/encode.h"
#include "bridge/account/device.h"
#include "bridge/prompt/oath.h"
#include "token/card/totp.h"
#include "token/identity.h"
#include "token/worker/oath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000

static bool is_yubico(const struct enrollment *e)
{
	return e->attached.chosen->node.vendor == USB_VENDOR_YUBICO;
}

static int no_applet(const struct enrollment *e, const char *who,
	struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
		"the smart card of %s has no OATH application%s: --method totp "
		"needs one", who, is_yubico(e) ? ", or it is switched off "
		"(`ykman config usb --enable OATH`)" : "");
}

static int no_card(const struct enrollment *e, const struct card_place *place,
	const char *who, struct error *err)
{
	return error_set(err, ERROR_UNSUPPORTED,
		"no smart-card reader is that of %s, so its OATH application "
		"cannot be reached: does pcscd run%s%s?", who,
		is_yubico(e) ? ", and is CCID switched on (`ykman config usb "
			       "--list`)" : ", and does its driver know the "
			       "reader",
		place->has_serial ? "" : " and tell its USB device, as the "
			"token tells no serial number");
}

static int check_applet(const struct enrollment *e, const struct oath_card *card,
	const char *who, struct error *err)
{
	return card->has_oath ? 0 : no_applet(e, who, err);
}

static bool is_at(const struct card_place *a, const struct card_place *b)
{
	return a->usb_bus == b->usb_bus && a->usb_dev == b->usb_dev &&
		a->has_serial == b->has_serial &&
		(!a->has_serial || a->serial == b->serial);
}

/* One that was found before is not looked for again; whether the application is
 * still that one, each request on it tells. */
static bool was_found(const struct enrollment *e, const struct card_place *place)
{
	const struct attached_card *card = e->q->card;

	return card && card->found && is_at(&card->place, place);
}

static int seek_card(struct enrollment *e, const struct oath_search *q,
	const char *who, struct attached_card *ret, struct error *err)
{
	CLEANUP(free_p) struct oath_card *card = NULL;
	int r;

	if (was_found(e, &q->token)) {
		*ret = *e->q->card;
		return 0;
	}
	r = oath_find(&e->worker, q, &card, e->run->cancel_fd,
		deadline_in(CARD_MS), err);
	if (r == 0 && !card)
		r = no_card(e, &q->token, who, err);
	if (r == 0)
		r = check_applet(e, card, who, err);
	if (r < 0)
		return r;
	*ret = (struct attached_card){ true, q->token, card->join,
		card->applet.locked };
	memcpy(ret->place.id, card->applet.id, sizeof(ret->place.id));
	return 0;
}

static void keep_place(struct enrollment *e, const struct attached_card *card)
{
	struct journal_facts *f = &e->journal.facts;
	const struct card_place *place = &card->place;

	e->place = *place;
	e->join = card->join;
	f->token_serial = place->has_serial ? place->serial : 0;
	snprintf(f->oath_id, sizeof(f->oath_id), "%s", place->id);
	e->found_by.kind = place->has_serial ? REGISTRY_ID_SERIAL :
		REGISTRY_ID_OATH_DEVICE;
	if (place->has_serial)
		snprintf(e->found_by.value, sizeof(e->found_by.value), "%u",
			place->serial);
	else
		snprintf(e->found_by.value, sizeof(e->found_by.value), "%s",
			f->oath_id);
}

/* The applet is looked for once; then its id says that it is the same one. */
static int totp_take(struct enrollment *e, struct error *err)
{
	const struct token *t = e->attached.chosen;
	struct oath_search q = { .config = false };
	struct attached_card card;
	char who[200];
	int r;

	attached_describe(t, who, sizeof(who));
	if (!identity_card_place(t, &q.token))
		return error_set(err, ERROR_UNSUPPORTED,
			"%s shows no smart card, so it has no OATH application "
			"(Security Keys have none): --method totp needs one",
			who);
	r = seek_card(e, &q, who, &card, err);
	if (r == 0 && card.locked)
		r = prompt_oath_password(e->run, &e->worker, &card.place, who,
			err);
	if (r < 0)
		return r;
	keep_place(e, &card);
	return name_find_label(e, err);
}

static int totp_name(const struct enrollment *e, struct journal_facts *f,
	struct error *err)
{
	int r = name_virtual(e, f, err);

	account_oath_name(f->serial, f->oath_account);
	return r;
}

/* The applet's id is learned, and by what it belongs to the token. */
static int record_applet(struct enrollment *e, struct record *record,
	struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;

	return record_event(record, EVENT_TOKEN_IDENTIFIED, RECORD_IDENTIFIED,
		json_pack("{s:s,s:[{s:s,s:s,s:s}],s:[{s:s,s:s,s:s}]}",
			"token", f->token,
			"identifiers",
			"kind", REGISTRY_ID_OATH_DEVICE,
			"value", f->oath_id,
			"basis", registry_basis_names[REGISTRY_SELF_REPORTED],
			"joins",
			"a", "fido", "b", "ccid", "by",
			identity_join_name(e->join)),
		err);
}

static struct oath_target target_of(const struct enrollment *e)
{
	return (struct oath_target){ e->place,
		e->journal.facts.oath_account };
}

static int totp_put(struct enrollment *e, struct error *err)
{
	struct oath_target target = target_of(e);
	int r;

	r = journal_point(&e->journal, JOURNAL_PUT_SENT, err);
	return r < 0 ? r : oath_put(&e->worker, &target, &e->seed,
		e->run->cancel_fd, deadline_in(CARD_MS), err);
}

/* All of the HMAC, or the 31 bits of it that a code is made of. */
static bool is_same(const unsigned char ours[20],
	const struct oath_response *theirs)
{
	return theirs->whole ? bytes_equal(ours, theirs->hmac, 20) :
		theirs->truncated == totp_truncate(ours);
}

/* Second touch: the token must come to the same HMAC as the seed that we still
 * hold; then the codes that AWS gets can be made here. */
static int totp_prove(struct enrollment *e, struct error *err)
{
	struct oath_target target = target_of(e);
	struct journal_facts *f = &e->journal.facts;
	unsigned char challenge[8], ours[20];
	struct oath_response theirs;
	char who[ATTACHED_WHO_LEN];
	bool same;
	int r;

	if (totp_random_challenge(challenge) < 0 ||
		totp_hmac(&e->seed, challenge, ours) < 0)
		return error_set(err, ERROR_FAILED, "no random numbers");
	attached_who(e->attached.chosen, e->label[0] ? e->label : NULL, who);
	run_say(e->run, "Touch %s again (touch %s) to prove that it holds the "
			"new secret.", who, e->is_anew ? "3 of 3" : "2 of 2");
	r = oath_calculate(&e->worker, &target, challenge, &theirs,
		e->run->cancel_fd, run_touch_deadline(e->run), err);
	same = r == 0 && is_same(ours, &theirs);
	if (r == 0)
		snprintf(f->basis, sizeof(f->basis), "%s", theirs.whole ?
			REGISTRY_BASIS_SEED : REGISTRY_BASIS_CODE);
	wipe(ours, sizeof(ours));
	wipe(&theirs, sizeof(theirs));
	if (r == -ERROR_TIMEOUT)
		return error_set(err, ERROR_TOUCH,
			"the token was not touched in time");
	if (r < 0)
		return r;
	if (!same)
		return error_set(err, ERROR_FAILED,
			"the token does not hold the secret that was put into "
			"it: it answers with another HMAC");
	return journal_point(&e->journal, JOURNAL_PROVED, err);
}

static int totp_make(struct enrollment *e, struct error *err)
{
	static device_step *const steps[] = {
		device_create,
		totp_put,
		totp_prove,
		device_enable,
	};

	return device_make(e, steps, ARRAY_LEN(steps), err);
}

const struct mfa_method mfa_totp = {
	.name = "totp",
	.first_touch = "touch 1 of 2",
	.take = totp_take,
	.name_device = totp_name,
	.identify = enrollment_identify,
	.record = record_applet,
	.make = totp_make,
};
