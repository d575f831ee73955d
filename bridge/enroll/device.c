/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual device at AWS: made, and enabled by two codes of its seed. */
#include "bridge/enroll/enrollment.h"

#include "bridge/account/device.h"
#include "bridge/journal/turn.h"
#include "token/card/totp.h"

#include <stdio.h>
#include <string.h>

/* How often in a row the list lacks it before AWS is believed to have taken it
 * away: for 7 s, as passing_send() waits. */
#define MISSING_ASKS 4

/* The path that it is made in: NULL for none. */
static const char *device_path(const struct journal_facts *f,
	char ret[IAM_SERIAL_MAX + 1])
{
	const char *path = strchr(f->serial, '/');
	const char *name = strrchr(f->serial, '/');

	if (!path || path == name)
		return NULL;
	snprintf(ret, IAM_SERIAL_MAX + 1, "%.*s", (int)(name - path + 1),
		path);
	return ret;
}

int device_check_free(struct enrollment *e, const struct journal_facts *f,
	struct error *err)
{
	const struct sight_of of = { f->user, f->user_id, f->serial };
	struct sight sight;
	int r = account_look(e->q->aws, &of, &sight, err);

	if (r < 0 || sight.at == SIGHT_ABSENT || sight.at == SIGHT_UNSEEN)
		return r;
	if (sight.at == SIGHT_FREE)
		return error_set(err, ERROR_CONFLICT,
			"an unassigned device '%s' is there already, and "
			"--exact-name takes no other name: `aws iam "
			"delete-virtual-mfa-device --serial-number %s` first, "
			"if nobody is about to enable it", f->serial,
			f->serial);
	return error_set(err, ERROR_CONFLICT,
		"'%s' is a device of '%s' already, and --exact-name takes no "
		"other name", f->serial, sight.user[0] ? sight.user :
		"somebody");
}

struct making {
	struct enrollment *e;
	char *serial; /* IAM_SERIAL_MAX + 1 bytes */
};

static int send_create(void *data, struct error *err)
{
	struct making *m = data;
	const struct journal_facts *f = &m->e->journal.facts;
	char path[IAM_SERIAL_MAX + 1];

	return iam_create_virtual_mfa_device(m->e->q->aws->session,
		f->device_name, device_path(f, path), m->serial, &m->e->seed,
		err);
}

/* A seed whose answer was lost is lost too: the caller undoes and says so. */
int device_create(struct enrollment *e, struct error *err)
{
	struct journal_facts *f = &e->journal.facts;
	char serial[IAM_SERIAL_MAX + 1] = "";
	struct making make = { e, serial };
	struct error why;
	int r = 0;

	if (e->turn < 0)
		r = turn_take(e->run, registry_path(e->q->reg), f->account,
			&e->turn, err);
	if (r == 0)
		r = account_stay(e->run, e->q->aws, err);
	if (r == 0)
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
	if (f->did & JOURNAL_EXACT_NAME)
		f->did |= JOURNAL_DID_CREATE;
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

/* One enabling, asked for until it is answered. */
struct enabling {
	struct enrollment *e;
	passing_fn *send;
	bool just_made;
	unsigned missing; /* from the list, so often in a row */
};

/*
 * A server that has not heard of the device yet says what one says that has
 * none: the list of devices tells which it is.
 */
static int look_for_it(struct enabling *x, struct error *err)
{
	struct sequence s = enrollment_sequence(x->e);
	struct sight sight;
	struct error why;
	int r = sequence_look(&s, &sight, &why);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	x->missing = r == 0 && sight.at == SIGHT_ABSENT ? x->missing + 1 : 0;
	if (x->missing < MISSING_ASKS)
		return -ERROR_REMOTE; /* err: what AWS said */
	x->e->is_gone = true;
	return error_set(err, ERROR_REMOTE,
		"AWS has taken the unassigned device '%s' away, as it does "
		"when anybody adds a virtual device in its console",
		x->e->journal.facts.serial);
}

static int send_and_look(void *data, struct error *err)
{
	struct enabling *x = data;
	int r = x->send(x->e, err);

	if (r == 0 || !x->just_made || strcmp(err->foreign, "NoSuchEntity"))
		return r;
	return look_for_it(x, err);
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
	struct enabling x = { e, send, just_made, 0 };
	bool assigned = true;
	struct error why;
	int r;

	r = account_stay(e->run, e->q->aws, err);
	if (r == 0)
		r = journal_point(&e->journal, JOURNAL_ENABLE_SENT, err);
	if (r < 0)
		return r;
	/* the seed is held as long: each attempt has codes of its own time */
	r = passing_send(e->run, send_and_look, &x, just_made, &why);
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
	close_p(&e->turn);
	return journal_point(&e->journal, JOURNAL_ENABLED, err);
}

int device_enable(struct enrollment *e, struct error *err)
{
	return device_enable_by(e, send_enable, /* just_made= */ true, err);
}

/* ---- together ---- */

/* The token's secret is that of a device which is no more. */
static int begin_anew(struct enrollment *e, struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	struct journal_facts *f = &e->journal.facts;
	enum sequence_account account;
	struct error why;
	int r = sequence_remove_account(&s, &account, &why, err);

	if (r == 0 && account == SEQUENCE_ACCOUNT_LEFT)
		r = error_copy(err, &why);
	f->did &= ~(unsigned)(JOURNAL_DID_ACCOUNT | JOURNAL_DID_CREATE);
	e->is_gone = false;
	e->is_anew = true;
	return r;
}

static int make_once(struct enrollment *e, device_step *const *steps, size_t n,
	struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = steps[i](e, err);
	return r;
}

int device_make(struct enrollment *e, device_step *const *steps, size_t n,
	struct error *err)
{
	struct error why;
	int r = make_once(e, steps, n, &why);

	if (r < 0 && e->is_gone) {
		run_warn(e->run, "%s", why.text);
		run_say(e->run, "It is made once more, which takes %s.",
			e->method->first_touch ? "one more touch" :
			"its new secret in the app, in place of the one "
			"before");
		r = begin_anew(e, &why);
		if (r == 0)
			r = make_once(e, steps, n, &why);
	}
	return r < 0 ? error_copy(err, &why) : 0;
}
