/* SPDX-License-Identifier: Apache-2.0 */
/* --method totp: the seed lives in the token's OATH application. */
#include "bridge/mfa/enrollment.h"

#include "base/encode.h"
#include "token/card/totp.h"
#include "token/worker/oath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARD_MS 15000

static int take_token(struct enrollment *e, struct error *err)
{
	if (token_serial(e->attached.chosen, &e->journal.facts.token_serial))
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
		"this token has no serial number, so it has no OATH "
		"application that could be proved to be its own (Security "
		"Keys have none): --method totp needs a YubiKey with OATH");
}

static int check_applet(struct enrollment *e, const struct oath_card *card,
	struct error *err)
{
	const struct oath_applet *a = &card->applet;
	uint32_t serial = e->journal.facts.token_serial;
	size_t room = a->version[0] > 5 ||
		(a->version[0] == 5 && a->version[1] >= 7) ? 64 : 32;

	if (!card->has_oath)
		return error_set(err, ERROR_UNSUPPORTED,
			"token %u has no OATH application, or it is switched "
			"off (`ykman config usb --enable OATH`)", serial);
	if (a->locked)
		return error_set(err, ERROR_REFUSED,
			"a password protects the OATH application of token "
			"%u: take it away first (`ykman oath access change "
			"--clear`)", serial);
	if (a->n >= room)
		return error_set(err, ERROR_REFUSED,
			"the OATH application of token %u is full (%zu "
			"accounts): delete one first (`ykman oath accounts "
			"delete`)", serial, a->n);
	return 0;
}

static int find_applet(struct enrollment *e, struct error *err)
{
	CLEANUP(free_p) struct oath_card *card = NULL;
	struct journal_facts *f = &e->journal.facts;
	int r;

	r = oath_find(&e->worker, f->token_serial, &card, e->run->cancel_fd,
		deadline_in(CARD_MS), err);
	if (r == 0 && !card)
		r = error_set(err, ERROR_UNSUPPORTED,
			"no smart-card reader shows token %u: is CCID switched "
			"on (`ykman config usb --list`), and does pcscd run?",
			f->token_serial);
	if (r == 0)
		r = check_applet(e, card, err);
	if (r == 0)
		snprintf(f->oath_id, sizeof(f->oath_id), "%s",
			card->applet.id);
	return r;
}

/* The convention of others: the device's ARN is the account's name. */
static void name_account(struct journal_facts *f)
{
	size_t n = strlen(f->serial);

	if (n <= OATH_NAME_MAX)
		memcpy(f->oath_account, f->serial, n + 1);
	else
		snprintf(f->oath_account, sizeof(f->oath_account), "aws:%s",
			f->serial + n - (OATH_NAME_MAX - 4));
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
			"a", "fido", "b", "ccid", "by", TOKEN_JOIN_SERIAL),
		err);
}

static struct oath_target target_of(const struct enrollment *e)
{
	const struct journal_facts *f = &e->journal.facts;

	return (struct oath_target){ f->token_serial, f->oath_id,
		f->oath_account };
}

static int totp_put(struct enrollment *e, struct error *err)
{
	struct oath_target target = target_of(e);
	int r;

	r = journal_point(&e->journal, JOURNAL_PUT_SENT, err);
	return r < 0 ? r : oath_put(&e->worker, &target, &e->seed,
		e->run->cancel_fd, deadline_in(CARD_MS), err);
}

/* Second touch: the token must come to the same HMAC as the seed that we still
 * hold; then the codes that AWS gets can be made here. */
static int totp_prove(struct enrollment *e, struct error *err)
{
	unsigned char challenge[8], ours[20], theirs[20];
	struct oath_target target = target_of(e);
	bool same;
	int r;

	if (totp_random_challenge(challenge) < 0 ||
		totp_hmac(&e->seed, challenge, ours) < 0)
		return error_set(err, ERROR_FAILED, "no random numbers");
	run_say(e->run,
		"Touch the token again (touch 2 of 2) to prove that it holds "
		"the new secret.");
	r = oath_calculate(&e->worker, &target, challenge, theirs,
		e->run->cancel_fd, run_touch_deadline(e->run), err);
	same = r == 0 && bytes_equal(ours, theirs, sizeof(ours));
	wipe(ours, sizeof(ours));
	wipe(theirs, sizeof(theirs));
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
	static int (*const steps[])(struct enrollment *, struct error *) = {
		device_create,
		totp_put,
		totp_prove,
		device_enable,
	};
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(steps); i++)
		r = steps[i](e, err);
	return r;
}

const struct mfa_method mfa_totp = {
	.name = "totp",
	.first_touch = "touch 1 of 2",
	.take_token = take_token,
	.prepare = find_applet,
	.name_account = name_account,
	.record = record_applet,
	.make = totp_make,
};
