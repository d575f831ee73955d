/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --method hardware-totp: a vendor's token with a display, whose seed AWS has
 * from the vendor. No computer can ask it: a person types what it shows.
 */
#include "bridge/enroll/enrollment.h"

#include "aws/api/check.h"
#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the serial number ---- */

/* Forms of which vendors' serial numbers are known: A a capital letter, 9 a
 * digit. Hints only, as AWS publishes none. */
static const struct {
	const char *form, *of;
} forms[] = {
	{ "AAAA99999999", "Thales (Gemalto)" },
	{ "999999999999", "Hypersecu, in GovCloud" },
};

static bool has_form(const char *s, const char *form)
{
	for (; *s && *form; s++, form++)
		if (*form == 'A' ? !isupper((unsigned char)*s) :
			!isdigit((unsigned char)*s))
			return false;
	return *s == *form;
}

static void hint_form(const struct enrollment *e, const char *serial)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(forms); i++)
		if (has_form(serial, forms[i].form))
			return;
	run_say(e->run, "'%s' has none of the forms that are known of tokens "
		"which AWS takes (as GAKT12345678): look again at the back of "
		"the token if AWS refuses it.", serial);
}

static int yubikey(const char *serial, const char *where, struct error *err)
{
	return error_set(err, ERROR_REFUSED,
		"%s is the serial number of a YubiKey (%s): AWS takes tokens "
		"whose seed their vendor has given to it, and no YubiKey is "
		"one; register it with --method totp", serial, where);
}

/* What cannot be listed is not here, and AWS would refuse it all the same. */
static int check_attached(struct enrollment *e, uint32_t number,
	struct error *err)
{
	const struct wanted any = { .name = NULL };
	uint32_t serial;
	struct error why;
	size_t i;
	int r = attached_list(e->run, &any, &e->attached, &why);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	for (i = 0; i < e->attached.n; i++)
		if (token_serial(&e->attached.tokens[i], &serial) &&
			serial == number)
			return yubikey(e->q->serial, "it is plugged in", err);
	return 0;
}

static int check_registered(struct enrollment *e, uint32_t number,
	struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	char serial[16];
	int r;

	snprintf(serial, sizeof(serial), "%u", number);
	r = registry_tokens_by_identifier(e->q->reg, REGISTRY_ID_SERIAL,
		serial, &list, err);
	if (r == 0 && list.n > 0)
		r = yubikey(e->q->serial, "the registry has it", err);
	registry_tokens_done(&list);
	return r;
}

/* Zeros in front make a short number long enough for AWS's form. */
static int check_no_yubikey(struct enrollment *e, struct error *err)
{
	uint64_t number;
	int r;

	if (text_parse_u64(e->q->serial, UINT32_MAX, &number) < 0)
		return 0;
	r = check_attached(e, (uint32_t)number, err);
	return r < 0 ? r : check_registered(e, (uint32_t)number, err);
}

int mfa_serial_check(const char *serial, struct error *err)
{
	int r = check_serial(serial, err);

	if (r < 0 || device_kind(serial) == DEVICE_HARDWARE)
		return r;
	return error_set(err, ERROR_USAGE,
		"--serial '%s' is an ARN, and a token with a display has its "
		"vendor's number on its back", serial);
}

static int hardware_take(struct enrollment *e, struct error *err)
{
	const struct partition *p = aws_session_partition(e->q->aws->session);
	const char *serial = e->q->serial;
	int r;

	if (p->devices == DEVICES_VIRTUAL)
		return error_set(err, ERROR_UNSUPPORTED,
			"partition %s takes virtual devices only, no tokens "
			"with a display", p->name);
	r = check_no_yubikey(e, err);
	if (r == 0)
		r = mfa_serial_check(serial, err);
	if (r < 0)
		return r;
	hint_form(e, serial);
	e->found_by.kind = REGISTRY_ID_TOTP_SERIAL;
	snprintf(e->found_by.value, sizeof(e->found_by.value), "%s", serial);
	snprintf(e->journal.facts.serial, sizeof(e->journal.facts.serial),
		"%s", serial);
	return 0;
}

static int hardware_name(const struct enrollment *e, struct journal_facts *f,
	struct error *err)
{
	(void)err;
	/* with a verified token its credential's event has it */
	if (e->q->force)
		snprintf(f->reason, sizeof(f->reason), "%s", e->q->force);
	snprintf(f->basis, sizeof(f->basis), "%s", REGISTRY_BASIS_TYPED);
	return 0;
}

/* ---- its row ---- */

/* Found by the number that was typed; a new one is added with the binding. */
static int hardware_identify(struct enrollment *e, struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	struct journal_facts *f = &e->journal.facts;
	struct registry_tokens list = { NULL, 0 };
	int r;

	r = registry_tokens_by_identifier(e->q->reg, REGISTRY_ID_TOTP_SERIAL,
		f->serial, &list, err);
	if (r == 0 && list.n > 0)
		memcpy(f->token, list.p[0].id, sizeof(f->token));
	else if (r == 0)
		r = id_new(f->token, err);
	registry_tokens_done(&list);
	if (r == 0)
		r = journal_point(&e->journal, JOURNAL_IDENTITY, err);
	return r < 0 ? r : sequence_reserve_token(&s, err);
}

/* ---- its codes ---- */

static int hardware_ask(struct enrollment *e, struct error *err)
{
	char of[IAM_SERIAL_MAX + 32];
	const struct run_codes q = { .of = of, .check = pair_check };

	snprintf(of, sizeof(of), "of the token %s", e->journal.facts.serial);
	return pair_ask(e->run, &q, &e->codes, err);
}

/* While AWS is not ready codes grow old: new ones are asked for then. */
static int send_typed(void *data, struct error *err)
{
	struct enrollment *e = data;
	const struct journal_facts *f = &e->journal.facts;
	int r = 0;

	if (!pair_is_fresh(&e->codes)) {
		run_say(e->run, "The codes are older than 30 s by now.");
		r = hardware_ask(e, err);
	}
	if (r == 0 && e->q->kept)
		*e->q->kept = e->codes;
	return r < 0 ? r : iam_enable_mfa_device(e->q->aws->session, f->user,
		f->serial, e->codes.first, e->codes.second, err);
}

/* AWS says one or the other, and either may mean either. */
static int explain(const struct journal_facts *f, const struct error *why,
	struct error *err)
{
	if (strcmp(why->foreign, "InvalidAuthenticationCode") != 0 &&
		strcmp(why->foreign, "NoSuchEntity") != 0)
		return error_copy(err, why);
	error_copy(err, why);
	if (err)
		snprintf(err->text, sizeof(err->text), "AWS does not know a "
			"token '%s', or these are not its codes (AWS does not "
			"tell which): look at the serial number again, and "
			"type two codes that the display shows one after the "
			"other", f->serial);
	return -why->code;
}

/* Those of a request that found no room, where there were any. */
static int get_codes(struct enrollment *e, struct error *err)
{
	const struct pair *kept = e->q->kept;

	if (!kept || !pair_is_fresh(kept))
		return hardware_ask(e, err);
	e->codes = *kept;
	return 0;
}

static int hardware_make(struct enrollment *e, struct error *err)
{
	struct error why;
	int r = get_codes(e, &why);

	if (r == 0)
		r = device_enable_by(e, send_typed, /* just_made= */ false,
			&why);
	if (e->q->kept && !(r < 0 && strcmp(why.foreign, "LimitExceeded") == 0))
		pair_done(e->q->kept);
	return r < 0 ? explain(&e->journal.facts, &why, err) : 0;
}

const struct mfa_method mfa_hardware_totp = {
	.name = "hardware-totp",
	.take = hardware_take,
	.name_device = hardware_name,
	.identify = hardware_identify,
	.make = hardware_make,
};
