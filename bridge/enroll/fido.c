/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --method fido: a person registers the key in the console, as no API does. The
 * key is verified before, the steps are told, and AWS's list is asked until the
 * device is there.
 */
#include "bridge/enroll/enrollment.h"

#include "base/text.h"
#include "bridge/account/device.h"
#include "bridge/guide/guide.h"
#include "bridge/mfa/appeared.h"
#include "bridge/mfa/bare.h"
#include "bridge/prompt/browser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_ 64 /* what the console takes, by its own hint */
#define ID_DIGITS 8
#define BY_ADMIN "user-fido-by-admin"

/* ---- the device's name ---- */

/*
 * The key's serial number stands in it, so that who reads AWS's list finds the
 * key; where it tells none, digits of this run's id.
 */
static int fido_name(const struct enrollment *e, struct journal_facts *f,
	struct error *err)
{
	char label[NAME_MAX_ - 12] = "key", tail[16];

	(void)err;
	if (e->label[0])
		name_put(label, sizeof(label), e->label);
	if (f->token_serial)
		snprintf(tail, sizeof(tail), "%u", f->token_serial);
	else
		snprintf(tail, sizeof(tail), "%.*s", ID_DIGITS, e->journal.id);
	if (strstr(label, tail))
		snprintf(f->device_name, sizeof(f->device_name), "%s", label);
	else
		snprintf(f->device_name, sizeof(f->device_name), "%s-%s",
			label, tail);
	snprintf(f->before, sizeof(f->before), "%s", e->before);
	return 0;
}

/* ---- before ---- */

static int check_wanted_device(const char *device, struct error *err)
{
	if (device && device_kind(device) != DEVICE_FIDO)
		return error_set(err, ERROR_USAGE,
			"--device '%s' is not the ARN of a FIDO device "
			"(arn:...:u2f/user/...)", device);
	return 0;
}

static int fido_take(struct enrollment *e, struct error *err)
{
	const struct partition *p = aws_session_partition(e->q->aws->session);
	uint32_t serial;
	int r;

	if (p->devices == DEVICES_VIRTUAL)
		return error_set(err, ERROR_UNSUPPORTED,
			"partition %s takes no FIDO devices for IAM users, only "
			"virtual ones: --method totp", p->name);
	r = check_wanted_device(e->q->device, err);
	if (r < 0)
		return r;
	if (token_serial(e->attached.chosen, &serial)) {
		e->journal.facts.token_serial = serial;
		e->found_by.kind = REGISTRY_ID_SERIAL;
		snprintf(e->found_by.value, sizeof(e->found_by.value), "%u",
			serial);
	}
	return name_find_label(e, err);
}

/* ---- the console's steps ---- */

/* Who can sign in registers the key; for others an administrator does. */
static const char *sequence_of(struct enrollment *e)
{
	bool password = true;

	if (iam_get_login_profile(e->q->aws->session, e->user.name, &password,
			NULL) == 0 && !password)
		return BY_ADMIN;
	if (e->q->signed_in)
		return "user-fido-second";
	return e->devices ? "user-fido-also" : "user-fido";
}

/* Where the steps begin: the user's own sign-in, or an administrator's. */
static void open_console(struct enrollment *e,
	const struct guide_values *values, bool own)
{
	CLEANUP(free_p) char *address = NULL;
	struct error why;

	if (!e->q->open || e->q->signed_in)
		return;
	if (guide_address(own ? GUIDE_USER_SIGN_IN : GUIDE_ROOT_SIGN_IN, values,
			&address, &why) < 0)
		run_warn(e->run, "the console is not opened: %s", why.text);
	else
		browser_open(e->run, address);
}

static int tell_steps(struct enrollment *e, struct error *err)
{
	const char *sequence = sequence_of(e);
	char who[ATTACHED_WHO_LEN];
	const struct guide_values values = {
		.partition = aws_session_partition(
			e->q->aws->session)->name,
		.value = {
			[GUIDE_ACCOUNT] = e->q->aws->caller.account,
			[GUIDE_DEVICE_NAME] = e->journal.facts.device_name,
			[GUIDE_TOKEN] = who,
			[GUIDE_USER] = e->user.name,
		},
	};
	int r;

	attached_who(e->attached.chosen, e->label[0] ? e->label : NULL, who);
	run_say(e->run, "Now the key is registered in AWS's console, as AWS has "
		"no other way:");
	r = guide_tell(e->run, sequence, &values, NULL, err);
	if (r == -ERROR_UNSUPPORTED) { /* an address that is not known */
		sequence = BY_ADMIN;
		r = guide_tell(e->run, sequence, &values, NULL, err);
	}
	if (r == 0)
		open_console(e, &values, strcmp(sequence, BY_ADMIN) != 0);
	return r;
}

/* ---- which device it is ---- */

/* What AWS knows of the model; without the right to ask it is not known. */
static void read_certifications(struct enrollment *e)
{
	struct error why;

	if (iam_get_mfa_device(e->q->aws->session, e->user.name,
			e->journal.facts.serial, &e->fido_device, &why) < 0)
		run_warn(e->run, "AWS does not tell the device's "
			"certifications: %s", why.text);
}

static int adopt(struct enrollment *e, const char *serial, const char *basis,
	struct error *err)
{
	struct journal_facts *f = &e->journal.facts;
	/* no two tokens are one device */
	int r = bare_check_device(e->q->reg, serial, e->q->holder, err);

	if (r < 0)
		return r;
	snprintf(f->serial, sizeof(f->serial), "%s", serial);
	snprintf(f->basis, sizeof(f->basis), "%s", basis);
	/* what follows only adds to the receipt */
	r = journal_point(&e->journal, JOURNAL_ENABLED, err);
	if (r == 0)
		read_certifications(e);
	return r;
}

/* Nobody is there to be asked: the option that tells. */
static int unclear(const struct enrollment *e, const char *what,
	struct error *err)
{
	return error_set(err, ERROR_CONFLICT,
		"%s; what is this token's device is said by --device ARN, with "
		"the same command", what[0] ? what :
		e->journal.facts.device_name);
}

static void say_devices(const struct enrollment *e,
	const struct iam_device *p, size_t n)
{
	char when[TEXT_TIME_LEN] = "?";
	size_t i;

	for (i = 0; i < n; i++) {
		if (p[i].enabled)
			text_format_time(p[i].enabled, when);
		run_say(e->run, "  %zu. %s, since %s", i + 1, p[i].serial,
			when);
	}
}

/* *ret is the one that the person names; NULL: none of them. */
static int ask_which(struct enrollment *e, const char *what,
	const struct iam_device *p, size_t n, const struct iam_device **ret,
	struct error *err)
{
	char answer[16];
	uint64_t number;
	struct error why;
	int r;

	*ret = NULL;
	run_say(e->run, "%s:", what);
	say_devices(e, p, n);
	r = run_ask_text(e->run, "Which one is this key (its number; empty: "
		"none of them)? ", answer, sizeof(answer), &why);
	if (r == -ERROR_PIN || r == -ERROR_USAGE)
		return unclear(e, what, err);
	if (r < 0)
		return error_copy(err, &why);
	if (text_parse_u64(answer, n, &number) == 0 && number > 0)
		*ret = &p[number - 1];
	return 0;
}

/* What a person has said no to is not asked about again. */
static int put_aside(struct enrollment *e, const struct appeared *a,
	struct error *err)
{
	struct journal_facts *f = &e->journal.facts;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < a->n; i++)
		r = appeared_remember(f->before, sizeof(f->before),
			a->p[i].serial, err);
	return r;
}

/* 1: it is found; 0: not yet. */
static int judge_new(struct enrollment *e, const struct appeared *a,
	struct error *err)
{
	const struct iam_device *which = NULL;
	int r;

	if (a->named == 1)
		r = adopt(e, a->p[a->first].serial, REGISTRY_BASIS_NAME, err);
	else if (a->n == 0)
		return 0;
	else
		r = ask_which(e, a->named ? "Several new devices have the name" :
			"A new device has another name than was to be typed",
			a->p, a->n, &which, err);
	if (r == 0 && a->named != 1 && !which)
		return put_aside(e, a, err);
	if (r == 0 && which)
		r = adopt(e, which->serial, REGISTRY_BASIS_STATED, err);
	return r < 0 ? r : 1;
}

/* ---- waiting ---- */

/* Time is up: one that was there before may be it, by a person's word. */
static int judge_old(struct enrollment *e, struct error *err)
{
	const struct iam_device *which = NULL;
	char what[200];
	struct appeared a;
	int r = appeared_look(e->q->aws, &e->journal, &a, err);

	snprintf(what, sizeof(what), "no new FIDO device '%.70s' of '%.60s' "
		"appeared within %lld s", e->journal.facts.device_name,
		e->user.name, (long long)e->q->wait_s);
	if (r == 0 && a.old_n > 0)
		r = ask_which(e, what, a.old, a.old_n, &which, err);
	if (r < 0)
		return r;
	return which ? adopt(e, which->serial, REGISTRY_BASIS_STATED, err) :
		error_set(err, ERROR_TIMEOUT,
			"%s: when it is registered, run the same command again "
			"(--wait SECONDS waits longer)", what);
}

/* The list is asked less often the longer it takes. */
static int64_t next_pause(int64_t ms)
{
	return ms >= 10000 ? 10000 : ms * 3 / 2;
}

static int pause_until(struct enrollment *e, deadline_t until, int64_t ms,
	struct error *err)
{
	int left = deadline_left(until);

	run_progress(e->run, "Waiting for the device '%s': %d s left",
		e->journal.facts.device_name, (left + 999) / 1000);
	return run_pause(e->run, left < ms ? left : ms, err);
}

static int wait_for_device(struct enrollment *e, struct error *err)
{
	deadline_t until = deadline_in(e->q->wait_s * 1000);
	int64_t ms = 2000;
	struct appeared a;
	int r;

	for (;; ms = next_pause(ms)) {
		r = account_stay(e->run, e->q->aws, err);
		if (r == 0)
			r = appeared_look(e->q->aws, &e->journal, &a, err);
		if (r == 0)
			r = judge_new(e, &a, err);
		if (r != 0)
			return r < 0 ? r : 0;
		if (deadline_passed(until))
			return judge_old(e, err);
		r = pause_until(e, until, ms, err);
		if (r < 0)
			return r;
	}
}

/* By the person's word; it has to be the user's all the same. */
static int take_named(struct enrollment *e, struct error *err)
{
	bool his = false;
	int r = account_device_is_assigned(e->q->aws, e->user.name,
		e->q->device, &his, err);

	if (r == 0 && !his)
		r = error_set(err, ERROR_REMOTE,
			"AWS lists no device '%s' of '%s'", e->q->device,
			e->user.name);
	return r < 0 ? r : adopt(e, e->q->device, REGISTRY_BASIS_STATED, err);
}

static int fido_make(struct enrollment *e, struct error *err)
{
	int r;

	if (e->q->device)
		return take_named(e, err);
	/* from here on a device may be there */
	r = journal_point(&e->journal, JOURNAL_ENABLE_SENT, err);
	if (r == 0)
		r = tell_steps(e, err);
	return r < 0 ? r : wait_for_device(e, err);
}

const struct mfa_method mfa_fido = {
	.name = "fido",
	.first_touch = "what the key is",
	.is_by_hand = true,
	.take = fido_take,
	.name_device = fido_name,
	.identify = enrollment_identify,
	.make = fido_make,
};
