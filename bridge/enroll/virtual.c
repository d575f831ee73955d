/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --method virtual: a phone app. Its secret is shown to a person, once, and held
 * until both codes that the app makes of it have been compared with it here.
 */
#include "bridge/enroll/enrollment.h"

#include "base/encode.h"
#include "token/card/totp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far off a phone's clock is told, in steps: ten minutes. */
#define SEARCHED 20
#define URI_MAX 1024

static int virtual_take(struct enrollment *e, struct error *err)
{
	return run_check_eyes(e->run, err);
}

/*
 * No token tells that it is bound already: the command of a run that was killed
 * when AWS had enabled the device would make another one.
 */
static int virtual_check_user(struct enrollment *e, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	const struct registry_binding *b;
	int r = registry_bindings_by_user(e->q->reg,
		e->q->aws->caller.account, e->user.id, &list, err);

	for (b = list.p; r == 0 && b < list.p + list.n; b++)
		if (!b->removed && b->method == REGISTRY_VIRTUAL &&
			!e->q->force)
			r = error_set(err, ERROR_CONFLICT,
				"'%s' has an app's device already: '%s'; revoke "
				"it, or give --force REASON for one more",
				e->user.name, b->device);
	return r;
}

static int virtual_name(const struct enrollment *e, struct journal_facts *f,
	struct error *err)
{
	if (e->q->force)
		snprintf(f->reason, sizeof(f->reason), "%s", e->q->force);
	snprintf(f->basis, sizeof(f->basis), "%s", REGISTRY_BASIS_APP);
	return name_virtual(e, f, err);
}

/* ---- what is shown ---- */

struct showing {
	struct enrollment *e;
	struct secret text;    /* base32 */
	struct secret picture; /* otpauth: of it */
	char name[IAM_NAME_MAX + 32];
	int off;               /* steps that the phone's clock is ahead */
};

static void showing_done(struct showing *s)
{
	secret_done(&s->text);
	secret_done(&s->picture);
}

/* RFC 3986: what a user's name may have beside letters and digits. */
static void put_escaped(char *ret, size_t size, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
		"opqrstuvwxyz0123456789-._~";
	size_t n = 0;

	for (; *s && n + 4 < size; s++)
		n += (size_t)snprintf(ret + n, size - n, strchr(plain, *s) ?
			"%c" : "%%%02X", (unsigned char)*s);
	ret[n] = '\0';
}

/* The key URI that apps read. What is default in it (SHA-1, six digits, 30 s) is
 * left out, as each member makes the picture wider. */
static int make_uri(struct showing *s, struct error *err)
{
	char user[3 * IAM_NAME_MAX + 1];
	int r = secret_new(&s->picture, URI_MAX, err);

	if (r < 0)
		return r;
	put_escaped(user, sizeof(user), s->e->user.name);
	s->picture.n = (size_t)snprintf((char *)s->picture.p, URI_MAX,
		"otpauth://totp/AWS:%s@%s?secret=%s&issuer=AWS", user,
		s->e->journal.facts.account, secret_str(&s->text));
	return 0;
}

static int make_showing(struct showing *s, struct error *err)
{
	int r = secret_new(&s->text, BASE32_LEN(IAM_SEED_LEN), err);

	if (r < 0)
		return r;
	base32_encode(s->e->seed.p, IAM_SEED_LEN, (char *)s->text.p);
	s->text.n = BASE32_LEN(IAM_SEED_LEN) - 1;
	snprintf(s->name, sizeof(s->name), "AWS:%s@%s", s->e->user.name,
		s->e->journal.facts.account);
	return make_uri(s, err);
}

/* ---- what is typed ---- */

static int off_by(int steps, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"these are codes of this secret, but the phone's clock is %d s "
		"%s: have it set by the network, then type two new codes",
		abs(steps) * TOTP_PERIOD, steps < 0 ? "behind" : "ahead");
}

static int not_of_it(const struct showing *s, uint64_t now, const char *first,
	const char *second, struct error *err)
{
	int off;

	if (second && totp_find(&s->e->seed, now, SEARCHED, second, first,
			&off))
		return error_set(err, ERROR_MALFORMED,
			"these codes are in the wrong order");
	if (second && totp_find(&s->e->seed, now, SEARCHED, second, NULL, &off))
		return error_set(err, ERROR_MALFORMED,
			"these codes do not follow each other");
	return error_set(err, ERROR_MALFORMED,
		"that is no code of this secret: is it the right entry of the "
		"app");
}

/* AWS would take what is hours old, and codes of any clock. */
static int virtual_check(void *data, const char *first, const char *second,
	struct error *err)
{
	struct showing *s = data;
	time_t now = aws_now(s->e->q->aws->session);
	int off, r = pair_check(NULL, first, second, err);

	if (r < 0)
		return r;
	if (now < 0)
		return error_set(err, ERROR_UNREACHABLE,
			"AWS did not tell its time, so no code can be checked");
	if (!totp_find(&s->e->seed, totp_step(now), SEARCHED, first, second,
			&off))
		return not_of_it(s, totp_step(now), first, second, err);
	/* who typed slowly is not who has a wrong clock: the pair tells */
	if (!second)
		return 0;
	if (abs(off) > 1)
		return off_by(off, err);
	s->off = off;
	return 0;
}

static void say_drift(const struct showing *s)
{
	if (s->off)
		run_say(s->e->run, "The phone's clock is up to %d s %s AWS's: "
			"have it set by the network.", TOTP_PERIOD,
			s->off < 0 ? "behind" : "ahead of");
}

static int virtual_ask(struct enrollment *e, struct error *err)
{
	CLEANUP(showing_done) struct showing s = { .e = e };
	const struct run_codes q = { .of = "of the app", .picture = &s.picture,
		.text = &s.text, .name = s.name, .check = virtual_check,
		.data = &s };
	int r = make_showing(&s, err);

	if (r == 0)
		r = pair_ask(e->run, &q, &e->codes, err);
	if (r == 0)
		say_drift(&s);
	return r;
}

static int virtual_send(void *data, struct error *err)
{
	struct enrollment *e = data;
	const struct journal_facts *f = &e->journal.facts;
	int r = 0;

	if (!pair_is_fresh(&e->codes)) {
		run_say(e->run, "The codes are older than 30 s by now.");
		r = virtual_ask(e, err);
	}
	return r < 0 ? r : iam_enable_mfa_device(e->q->aws->session, f->user,
		f->serial, e->codes.first, e->codes.second, err);
}

static int virtual_enable(struct enrollment *e, struct error *err)
{
	return device_enable_by(e, virtual_send, /* just_made= */ true, err);
}

static int virtual_make(struct enrollment *e, struct error *err)
{
	static device_step *const steps[] = {
		device_create,
		virtual_ask,
		virtual_enable,
	};

	return device_make(e, steps, ARRAY_LEN(steps), err);
}

const struct mfa_method mfa_virtual = {
	.name = "virtual",
	.take = virtual_take,
	.check = virtual_check_user,
	.name_device = virtual_name,
	.make = virtual_make,
};
