/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual device at AWS: made, and enabled by two codes of its seed. */
#include "bridge/enroll/enrollment.h"

#include "bridge/account/device.h"
#include "token/card/totp.h"

#include <stdio.h>
#include <string.h>

/* hex digits of the journal's id at the end of a device's name */
#define NAME_DIGITS 12

void device_name(const struct enrollment *e, struct journal_facts *f)
{
	snprintf(f->device_name, sizeof(f->device_name), "%.*s-%.*s", 100,
		e->user.name, NAME_DIGITS, e->journal.id);
	account_device_serial(e->q->aws, f->device_name, f->serial);
}

struct making {
	struct enrollment *e;
	char *serial; /* IAM_SERIAL_MAX + 1 bytes */
};

static int send_create(void *data, struct error *err)
{
	struct making *m = data;

	return iam_create_virtual_mfa_device(m->e->q->aws->session,
		m->e->journal.facts.device_name, NULL, m->serial, &m->e->seed,
		err);
}

/* A seed whose answer was lost is lost too: the caller undoes and says so. */
int device_create(struct enrollment *e, struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;
	char serial[IAM_SERIAL_MAX + 1] = "";
	struct making make = { e, serial };
	struct error why;
	int r;

	r = journal_point(&e->journal, JOURNAL_CREATE_SENT, err);
	if (r < 0)
		return r;
	r = passing_send(e->run, send_create, &make, false, &why);
	if (r < 0)
		return error_copy(err, &why);
	/* the name was written down before: it alone is ours to delete */
	if (strcmp(serial, f->serial) != 0)
		return error_set(err, ERROR_MALFORMED,
			"AWS says that it made device '%s' and not '%s'",
			serial, f->serial);
	return journal_point(&e->journal, JOURNAL_CREATED, err);
}

/* Steps T-1 and T by AWS's clock are accepted at once: nobody waits. */
static int send_enable(void *data, struct error *err)
{
	struct enrollment *e = data;
	const struct journal_facts *f = &e->journal.facts;
	char first[TOTP_CODE_LEN], second[TOTP_CODE_LEN];
	time_t now = aws_now(e->q->aws->session);
	int r;

	if (now < 0)
		return error_set(err, ERROR_UNREACHABLE,
			"AWS did not tell its time, so no codes can be made");
	if (totp_code(&e->seed, totp_step(now) - 1, first) < 0 ||
		totp_code(&e->seed, totp_step(now), second) < 0)
		return error_set(err, ERROR_FAILED, "cannot make codes");
	r = iam_enable_mfa_device(e->q->aws->session, f->user, f->serial, first,
		second, err);
	wipe(first, sizeof(first));
	wipe(second, sizeof(second));
	return r;
}

static bool effect_is_unknown(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED;
}

int device_enable_by(struct enrollment *e, passing_fn *send, bool just_made,
	struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	bool assigned = true;
	struct error why;
	int r;

	r = journal_point(&e->journal, JOURNAL_ENABLE_SENT, err);
	if (r < 0)
		return r;
	/* the seed is held as long: each attempt has codes of its own time */
	r = passing_send(e->run, send, e, just_made, &why);
	secret_done(&e->seed);
	pair_done(&e->codes);
	if (r == 0)
		sequence_keep_request(&e->journal.facts, e->q->aws);
	if (r < 0 && effect_is_unknown(&why)) {
		run_warn(e->run, "%s", why.text);
		r = sequence_settle_enabled(&s, &assigned, err);
		if (r < 0)
			return r;
		if (!assigned)
			return error_copy(err, &why);
	} else if (r < 0) {
		/* AWS said no, so that no list needs to be waited for */
		if (why.code == ERROR_REMOTE)
			(void)journal_point(&e->journal, JOURNAL_UNDO, NULL);
		return error_copy(err, &why);
	}
	return journal_point(&e->journal, JOURNAL_ENABLED, err);
}

int device_enable(struct enrollment *e, struct error *err)
{
	return device_enable_by(e, send_enable, /* just_made= */ true, err);
}
