/* SPDX-License-Identifier: Apache-2.0 */
/* What every method of registering shares. */
#include "bridge/mfa/enroll.h"

#include "base/encode.h"
#include "base/shell.h"
#include "bridge/account/device.h"
#include "bridge/mfa/enrollment.h"
#include "bridge/mfa/recover.h"
#include "bridge/verify/admission.h"
#include "token/identity.h"

#include <stdio.h>
#include <string.h>

/* hex digits of the journal's id at the end of a device's name */
#define NAME_DIGITS 12

static void enrollment_done(struct enrollment *e)
{
	secret_done(&e->seed);
	fido_free(&e->fido);
	verification_done(&e->verification);
	attached_done(&e->attached);
	journal_done(&e->journal);
	worker_done(&e->worker);
}

/* ---- the user ---- */

static int count_device(void *data, const struct iam_device *device,
	struct error *err)
{
	unsigned *n = data;

	(void)device;
	(void)err;
	++*n;
	return 0;
}

/* What AWS would refuse only after the touches. */
static int check_devices(struct enrollment *e, unsigned n, struct error *err)
{
	const struct partition *p = aws_session_partition(e->q->aws->session);
	bool long_term =
		aws_session_credentials(e->q->aws->session)->token.n == 0;

	if (n >= p->devices_per_user)
		return error_set(err, ERROR_REMOTE,
			"'%s' has %u MFA devices already, and AWS allows %u "
			"in partition %s: revoke one first", e->user.name, n,
			p->devices_per_user, p->name);
	if (n > 0 && long_term &&
		strcmp(e->q->aws->caller.arn, e->user.arn) == 0)
		return error_set(err, ERROR_REMOTE,
			"you are '%s' with long-term keys, and AWS lets a user "
			"who has an MFA device change it only in a session "
			"that was opened with MFA: use such a session (aws "
			"sts get-session-token --serial-number ... "
			"--token-code ...), or have an administrator enroll",
			e->user.name);
	return 0;
}

static int find_user(struct enrollment *e, struct error *err)
{
	const char *name = e->q->user;
	bool found;
	int r;

	r = iam_get_user(e->q->aws->session, name, &e->user, &found, err);
	if (r == 0 && !found)
		r = error_set(err, ERROR_REMOTE,
			"account %s has no IAM user '%s'",
			e->q->aws->caller.account, name);
	return r;
}

static int find_devices(struct enrollment *e, struct error *err)
{
	unsigned n = 0;
	int r = iam_list_mfa_devices(e->q->aws->session, e->user.name,
		count_device, &n, err);

	return r < 0 ? r : check_devices(e, n, err);
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

static int enroll_find_token(struct enrollment *e, struct error *err)
{
	int r;

	r = attached_find(e->run, &e->q->wanted, &e->attached, err);
	if (r == 0)
		r = attached_check(e->attached.chosen, err);
	return r < 0 ? r : e->method->take_token(e, err);
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
	snprintf(f.device_name, sizeof(f.device_name), "%.*s-%.*s", 100,
		e->user.name, NAME_DIGITS, e->journal.id);
	account_device_serial(e->q->aws, f.device_name, f.serial);
	e->method->name_account(&f);
	r = journal_begin(&e->journal, registry_path(e->q->reg), &f, err);
	if (r < 0)
		return r;
	r = sequence_reserve_user(&s, &why);
	if (r == 0)
		return 0;
	(void)sequence_end(&s, NULL);
	return error_copy(err, &why);
}

/* ---- identity ---- */

static int is_device_already(const struct enrollment *e,
	const struct registry_binding *b, struct error *err)
{
	const char *device = b->device ? b->device : "-";
	const char *const words[] = { "tokenbridge", "revoke", "--",
		e->user.name, device, NULL };
	CLEANUP(free_p) char *line = shell_line(words);

	return error_set(err, ERROR_CONFLICT,
		"this token is a device of '%s' already (%s): `%s` first",
		e->user.name, device, line ? line : "tokenbridge revoke");
}

/*
 * Asked twice: of the row that the token's own words point at, to spare a touch
 * that would be refused, and of the row that the token proved to be.
 */
static int check_row(struct enrollment *e, const struct registry_token *row,
	struct error *err)
{
	size_t i;
	int r = 0;

	if (e->q->admit)
		r = e->q->admit(e->q->admit_data, row, err);
	if (r == 0)
		r = admission_check_row(row, e->q->holder, err);
	if (r < 0)
		return r;
	for (i = 0; i < row->bindings.n; i++) {
		const struct registry_binding *b = &row->bindings.p[i];

		if (b->removed || b->kind != REGISTRY_AWS)
			continue;
		if (strcmp(b->account, e->q->aws->caller.account) == 0 &&
			strcmp(b->user, e->user.id) == 0)
			return is_device_already(e, b, err);
	}
	return 0;
}

static int check_found(struct enrollment *e, struct error *err)
{
	const struct journal_facts *f = &e->journal.facts;
	struct registry_tokens list = { NULL, 0 };
	char serial[16];
	size_t i;
	int r;

	snprintf(serial, sizeof(serial), "%u", f->token_serial);
	r = f->token_serial ? registry_tokens_by_identifier(e->q->reg,
			REGISTRY_ID_SERIAL, serial, &list, err) :
		registry_tokens_by_identifier(e->q->reg,
			REGISTRY_ID_OATH_DEVICE, f->oath_id, &list, err);
	for (i = 0; r == 0 && i < list.n; i++)
		r = check_row(e, &list.p[i], err);
	registry_tokens_done(&list);
	return r;
}

static int check_holder(struct enrollment *e, struct error *err)
{
	const struct registry_token *row = &e->verification.row;
	size_t i;
	int r;

	if (!e->verification.known)
		return 0;
	r = check_row(e, row, err);
	for (i = 0; r == 0 && i < row->bindings.n; i++)
		if (!row->bindings.p[i].removed &&
			row->bindings.p[i].kind == REGISTRY_AWS)
			run_say(e->run,
				"This token of %s is also a device of '%s' in "
				"account %s.",
				e->q->holder,
				row->bindings.p[i].user_name
					? row->bindings.p[i].user_name
					: "-",
				row->bindings.p[i].account);
	return r;
}

/*
 * The row was read before the touch: meanwhile another run may have given the
 * token away, and has then given its reservation back.
 */
static int check_once_more(struct enrollment *e, struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	int r = registry_tokens_by_id(e->q->reg, e->journal.facts.token, &list,
		err);

	if (r == 0 && list.n == 1)
		r = check_row(e, &list.p[0], err);
	registry_tokens_done(&list);
	return r;
}

/* What the token is; whose it is comes with the binding. */
static int record_identity(struct enrollment *e, struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	struct journal_facts *f = &e->journal.facts;
	struct record record = {
		.reg = e->q->reg,
		.journal = e->journal.id,
		.actor = e->q->actor,
		.label = e->q->label,
		.reason = e->q->force,
	};
	int r;

	r = record_verification(&record, &e->verification, err);
	if (r < 0)
		return r;
	memcpy(f->token, record.token, sizeof(f->token));
	if (record.has_evidence)
		hex_encode(record.evidence, sizeof(record.evidence),
			f->evidence);
	r = e->method->record(e, &record, err);
	/* the journal first: recovery must know what it gives back */
	if (r == 0)
		r = journal_point(&e->journal, JOURNAL_IDENTITY, err);
	if (r == 0)
		r = sequence_reserve_token(&s, err);
	return r < 0 ? r : check_once_more(e, err);
}

/* First touch. */
static int enroll_identify(struct enrollment *e, struct error *err)
{
	const struct admission admission = { e->q->trust, e->q->method,
		e->q->force };
	struct verify_request q = {
		.token = e->attached.chosen,
		.reg = e->q->reg,
		.holder = e->q->holder,
		.trust = e->q->trust,
		.purpose = e->method->first_touch,
		.fresh = e->q->fresh,
		.enterprise = e->q->enterprise,
	};
	int r;

	r = attached_open(e->run, q.token, &e->fido, err);
	q.fido = e->fido;
	if (r == 0)
		r = verify_token(e->run, &q, &e->verification, err);
	run_forget_secrets(e->run);
	/* the smart card must not find its key busy */
	fido_free(&e->fido);
	if (r == 0)
		r = admission_check_token(e->run, &admission, &e->verification,
			err);
	if (r == 0)
		r = check_holder(e, err);
	return r < 0 ? r : record_identity(e, err);
}

/* ---- the end ---- */

/* Once enabled only forward: a doubt is said, and nothing is taken back. */
static int enroll_finish(struct enrollment *e, struct error *err)
{
	struct sequence s = enrollment_sequence(e);
	struct error why;
	int r;

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

static void take_back(struct enrollment *e)
{
	struct sequence s = enrollment_sequence(e);
	enum sequence_undo undone;
	struct error why;

	secret_done(&e->seed);
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
		run_say(e->run,
			"Nothing was left behind at AWS or in the token.");
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
	return r < 0 ? r : check_found(e, err);
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
	r = enroll_identify(e, &why);
	if (r == 0)
		r = e->method->make(e, &why);
	if (r == 0)
		r = enroll_finish(e, &why);
	if (r < 0) {
		take_back(e);
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
	};
	int r;

	if (!e.method)
		return error_set(err, ERROR_USAGE,
			"--method '%s': this version knows totp", q->method);
	verification_init(&e.verification);
	r = run_all(&e, err);
	if (r == 0)
		*ret = (struct mfa_enrolled){ q->method, e.journal.facts,
			identity_join_name(e.join), e.verification.verdict, e.confirmed, e.head };
	enrollment_done(&e);
	return r;
}
