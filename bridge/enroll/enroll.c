/* SPDX-License-Identifier: Apache-2.0 */
/* What every method of registering shares. */
#include "bridge/enroll/enroll.h"

#include "bridge/account/device.h"
#include "bridge/account/instead.h"
#include "bridge/enroll/enrollment.h"
#include "bridge/enroll/own-session.h"
#include "bridge/mfa/appeared.h"
#include "bridge/mfa/recover.h"
#include "bridge/verify/admission.h"
#include "token/identity.h"

#include <stdio.h>
#include <string.h>

static void enrollment_done(struct enrollment *e)
{
	secret_done(&e->seed);
	pair_done(&e->codes);
	fido_free(&e->fido);
	verification_done(&e->verification);
	attached_done(&e->attached);
	close_p(&e->turn);
	journal_done(&e->journal);
	worker_done(&e->worker);
}

/* ---- the user ---- */

struct device_count {
	unsigned n;
	const char *serial; /* that is to be registered; "" not known before */
	bool has;
	struct own_devices own;
	char *before; /* FIDO devices; as in struct enrollment */
	size_t size;
};

static int count_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct device_count *c = data;

	c->n++;
	c->has |= strcmp(device->serial, c->serial) == 0;
	own_devices_see(&c->own, device);
	return device->kind == DEVICE_FIDO ? appeared_remember(c->before,
		c->size, device->serial, err) : 0;
}

/* What AWS would refuse only after the touches. How many devices a user may
 * have is AWS's to decide: what is known of it may be old. */
static int check_devices(struct enrollment *e, const struct device_count *c,
	struct error *err)
{
	unsigned n = c->n;
	const struct partition *p = aws_session_partition(e->q->aws->session);
	bool long_term =
		aws_session_credentials(e->q->aws->session)->token.n == 0;
	bool is_own = strcmp(e->q->aws->caller.arn, e->user.arn) == 0;

	if (p->devices_per_user && n >= p->devices_per_user)
		run_warn(e->run, "'%s' has %u MFA devices already, and AWS is "
			"known to allow %u in partition %s: it may refuse one "
			"more; `tokenbridge replace` puts it in the place of "
			"an old one", e->user.name, n, p->devices_per_user,
			p->name);
	if (e->q->code_of && !is_own)
		return error_set(err, ERROR_USAGE,
			"--code-of is of who enrolls for himself, and you are "
			"not '%s'", e->user.name);
	if (n > 0 && long_term && !e->method->is_by_hand && is_own)
		return own_session_open(e->run, e->q, &c->own, e->user.name,
			err);
	return 0;
}

static int find_user(struct enrollment *e, struct error *err)
{
	const char *name = e->q->user;
	char instead[INSTEAD_LEN];
	bool found;
	int r;

	r = iam_get_user(e->q->aws->session, name, &e->user, &found, err);
	if (r < 0 || found)
		return r;
	instead_user(e->q->aws, e->q->reg, name, instead);
	return error_set(err, ERROR_REMOTE,
		"account %s has no IAM user '%s'%s",
		e->q->aws->caller.account, name, instead);
}

static int find_devices(struct enrollment *e, struct error *err)
{
	struct device_count c = { .serial = e->journal.facts.serial,
		.before = e->before, .size = sizeof(e->before) };
	int r = iam_list_mfa_devices(e->q->aws->session, e->user.name,
		count_device, &c, err);

	if (r == 0 && c.has)
		return error_set(err, ERROR_CONFLICT,
			"'%s' has the device '%s' already", e->user.name,
			c.serial);
	e->devices = c.n;
	/* by hand, in a session of the console that shows what it needs */
	if (r == 0 && !(e->method->is_by_hand && e->q->device))
		r = check_devices(e, &c, err);
	return r;
}

/* Codes are made by AWS's clock, which its replies tell; all or none do. */
static int check_clock(struct enrollment *e, struct error *err)
{
	if (aws_now(e->q->aws->session) >= 0)
		return 0;
	return error_set(err, ERROR_UNREACHABLE,
		"AWS did not tell its time, so no codes can be made");
}

/* ---- the token ---- */

/* What is registered; a device without a plug is only named. */
static int enroll_find_token(struct enrollment *e, struct error *err)
{
	int r = 0;

	if (e->method->first_touch) {
		r = attached_find(e->run, &e->q->wanted, &e->attached, err);
		if (r == 0)
			r = attached_check(e->attached.chosen, err);
	}
	return r < 0 ? r : e->method->take(e, err);
}

/* ---- intent ---- */

static int enroll_begin(struct enrollment *e, struct error *err)
{
	struct journal_facts f = e->journal.facts;
	struct sequence s = enrollment_sequence(e);
	struct error why;
	int r;

	if (e->q->journal)
		memcpy(e->journal.id, e->q->journal, sizeof(e->journal.id));
	r = e->q->journal ? 0 : id_new(e->journal.id, err);
	if (r == 0)
		r = id_new(f.binding, err);
	if (r < 0)
		return r;
	sequence_intent(&f, JOURNAL_ENROLL, e->q->aws, &e->user);
	snprintf(f.holder, sizeof(f.holder), "%s", e->q->holder);
	snprintf(f.holder_kind, sizeof(f.holder_kind), "%s",
		registry_holder_kind_names[e->q->holder_kind]);
	snprintf(f.method, sizeof(f.method), "%s", e->method->name);
	r = e->method->name_device(e, &f, err);
	if (r == 0 && f.did & JOURNAL_EXACT_NAME)
		r = device_check_free(e, &f, err);
	if (r < 0)
		return r;
	e->journal.begun = aws_now(e->q->aws->session);
	r = journal_begin(&e->journal, registry_path(e->q->reg), &f, err);
	if (r < 0)
		return r;
	r = sequence_reserve_user(&s, &why);
	if (r == 0)
		return 0;
	(void)sequence_end(&s, NULL);
	return error_copy(err, &why);
}

/* ---- the end ---- */

/* A token that was verified has its label by its row. */
static int name_token(struct enrollment *e, struct error *err)
{
	const char *token = e->journal.facts.token;

	if (e->method->first_touch || !token[0] || !e->q->label)
		return 0;
	return registry_name_set(e->q->reg, "label", token, e->q->label, err);
}

/* Once enabled only forward: a doubt is said, and nothing is taken back. */
static int enroll_finish(struct enrollment *e, struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	struct error why;
	int r;

	r = name_token(e, err);
	if (r == 0)
		r = sequence_bind(&s, &e->head, err);
	if (r < 0)
		return r;
	r = sequence_settle_enabled(&s, &e->confirmed, &why);
	if (r < 0)
		run_warn(e->run, "%s", why.text);
	return sequence_end(&s, err);
}

/* ---- when it goes wrong ---- */

static void say_owed(struct enrollment *e, const struct error *why)
{
	run_warn(e->run, "what was begun is not taken back yet: %s", why->text);
	run_say(e->run,
		"The next run of tokenbridge with this registry goes on with "
		"it: '%s'.",
		e->journal.path);
	if (strcmp(e->journal.cause, why->text) != 0)
		(void)journal_stuck(&e->journal, why, NULL, NULL);
}

/* A person may still be at it: what appears later the next run finds. */
static bool may_appear(const struct enrollment *e)
{
	return e->method->is_by_hand &&
		e->journal.point == JOURNAL_ENABLE_SENT;
}

static void take_back(struct enrollment *e, const struct error *cause)
{
	struct sequence s = enrollment_sequence(e);
	enum sequence_undo undone;
	struct error why;

	secret_done(&e->seed);
	close_p(&e->turn);
	if (may_appear(e)) {
		(void)journal_stuck(&e->journal, cause, NULL, NULL);
		run_say(e->run, "If '%s' is registered later, the next run of "
			"this command finds it.",
			e->journal.facts.device_name);
		return;
	}
	if (e->journal.point == JOURNAL_ENABLED) {
		error_set(&why, ERROR_FAILED, "AWS has enabled the device");
		say_owed(e, &why);
	} else if (sequence_undo(&s, false, &undone, &why) < 0) {
		say_owed(e, &why);
	} else if (undone == SEQUENCE_OWED) {
		error_set(&why, ERROR_NO_TOKEN,
			"an OATH credential is left in the token: %.300s",
			e->journal.cause);
		say_owed(e, &why);
	} else if (undone == SEQUENCE_ASSIGNED) {
		error_set(&why, ERROR_CONFLICT,
			"AWS says that the device is in use");
		say_owed(e, &why);
	} else if (undone == SEQUENCE_UNDONE) {
		run_say(e->run, "Nothing was left behind at AWS%s.",
			e->method->first_touch ? " or in the token" : "");
	}
}

/* ---- together ---- */

static int prepare(struct enrollment *e, struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;
	struct decide_claim claim = {
		.account = e->q->aws->caller.account,
		.endpoint = account_endpoint(e->q->aws),
		.user = e->user.name,
		.user_id = e->user.id,
	};
	struct recovery recovery = { e->q->aws, e->q->reg, &e->worker,
		e->q->actor, &claim, NULL };
	int r;

	r = account_stay(e->run, e->q->aws, err);
	if (r == 0)
		r = enroll_find_token(e, err);
	claim.token_serial = f->token_serial;
	claim.oath_id = f->oath_id;
	if (r == 0)
		r = find_user(e, err);
	if (r == 0)
		r = recover_all(e->run, &recovery, NULL, err);
	if (r == 0)
		r = find_devices(e, err);
	if (r == 0)
		r = check_clock(e, err);
	if (r == 0)
		r = enrollment_check_found(e, err);
	return r < 0 || !e->method->check ? r : e->method->check(e, err);
}

static int run_all(struct enrollment *e, struct error *err)
{
	struct sequence s;
	struct error why;
	int r;

	r = prepare(e, err);
	if (r == 0)
		r = enroll_begin(e, err);
	if (r < 0)
		return r;
	r = e->method->identify ? e->method->identify(e, &why) : 0;
	if (r == 0)
		r = e->method->make(e, &why);
	if (r == 0)
		r = enroll_finish(e, &why);
	if (r < 0) {
		take_back(e, &why);
		error_copy(err, &why);
	}
	s = enrollment_sequence(e);
	(void)sequence_release(&s, NULL);
	return r;
}

int mfa_enroll(const struct run *run, const struct mfa_request *q,
	struct mfa_enrolled *ret, struct error *err)
{
	struct enrollment e = {
		.run = run,
		.q = q,
		.method = mfa_method_find(q->method),
		.worker = WORKER_INIT,
		.journal = { .fd = -1 },
		.turn = -1,
	};
	int r;

	if (!e.method)
		return error_set(err, ERROR_USAGE,
			"--method '%s' is none of: " MFA_METHODS, q->method);
	verification_init(&e.verification);
	r = run_all(&e, err);
	if (r == 0)
		*ret = (struct mfa_enrolled){ .method = e.method->name,
			.facts = e.journal.facts,
			.joined_by = e.place.id[0] ?
				identity_join_name(e.join) : NULL,
			.has_verdict = e.method->first_touch != NULL,
			.verdict = e.verification.verdict,
			.fido = e.fido_device,
			.confirmed = e.confirmed,
			.head = e.head };
	if (r == 0)
		snprintf(ret->label, sizeof(ret->label), "%s", !e.label[0] &&
			q->label ? q->label : e.label);
	enrollment_done(&e);
	return r;
}
