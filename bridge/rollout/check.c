/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can be known about a plan before the first key. */
#include "bridge/rollout/pin.h"
#include "bridge/rollout/session.h"

#include "aws/config/arn.h"
#include "base/text.h"
#include "bridge/account/device.h"
#include "bridge/account/rights.h"
#include "bridge/verify/admission.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* What AWS said is believed for so long, so that a rollout that is taken up
 * again asks nobody twice: enrolling asks once more by itself. */
#define CHECKED_S 43200
#define SAMPLE 16 /* users whose rights are asked for */
#define SPARE 2   /* devices from which on one more is worth a word */

/* ---- by itself ---- */

static void check_method_of(struct session *x, struct plan_row *row)
{
	const struct admission a = { x->q->trust, row->method, x->q->force };
	struct policy_facts f = { .claims_only = true, .method = row->method };
	struct policy_refusals refused;
	size_t i;

	if (!mfa_method_is_known(row->method)) {
		plan_complain(x->plan, row, PLAN_METHOD,
			"'%.60s' is no method of this version", row->method);
		return;
	}
	if (row_is_typed(row) && !session_check_typed(x, row))
		return;
	policy_decide(&a.trust->policy, &f, &refused);
	for (i = 0; i < refused.n; i++)
		if (refused.rows[i].key == POLICY_METHODS && !x->q->force)
			plan_complain(x->plan, row, PLAN_METHOD, "%s",
				refused.rows[i].text);
}

static bool is_ci_part(const char *whole, const char *part)
{
	return *part && strcasestr(whole, part);
}

/* What is printed on a key tells no finder who may be asked for a password. */
static void check_label_of(struct session *x, struct plan_row *row)
{
	if (!x->q->labels_path)
		return;
	if (!*row->label)
		plan_complain(x->plan, row, PLAN_LABEL,
			"--labels prints a label for each key, and this row "
			"has none");
	else if (is_ci_part(row->label, row->user) ||
		is_ci_part(row->label, row->account))
		plan_complain(x->plan, row, PLAN_LABEL,
			"--labels prints it on the key, and it tells the user "
			"or the account");
}

static void check_rows(struct session *x)
{
	const char *account = x->q->aws->caller.account;
	struct plan_row *row;
	size_t i;

	for (i = 0; i < x->plan->n; i++) {
		row = &x->plan->rows[i];
		check_method_of(x, row);
		check_label_of(x, row);
		if (arn_is_account(row->account, strlen(row->account)) &&
			strcmp(row->account, account) != 0)
			plan_complain(x->plan, row, PLAN_ACCOUNT,
				"these credentials are of account %s, and this "
				"row is of %s: a plan for each account",
				account, row->account);
	}
}

/* ---- by the registry ---- */

/* The row's token, by its number, else by its label; n is 0 or more. */
static int find_tokens(struct session *x, const struct plan_row *row,
	struct registry_tokens *ret, struct error *err)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%u", row->serial);
	if (row->has_serial)
		return registry_tokens_by_identifier(x->q->reg,
			REGISTRY_ID_SERIAL, digits, ret, err);
	return *row->label ? registry_tokens_by_label(x->q->reg, row->label,
		ret, err) : 0;
}

static bool is_device_of(const struct registry_binding *b,
	const struct plan_row *row)
{
	return !b->removed && b->kind == REGISTRY_AWS && b->device &&
		strcmp(b->account, row->account) == 0 && b->user_name &&
		strcasecmp(b->user_name, row->user) == 0;
}

static void note_done(struct row_record *rec, const struct registry_token *t,
	const struct registry_binding *b)
{
	const char *serial = registry_token_identifier(t, REGISTRY_ID_SERIAL);
	uint64_t n = 0;

	rec->state = ROW_DONE;
	rec->text[0] = '\0';
	memcpy(rec->token, t->id, sizeof(rec->token));
	snprintf(rec->device, sizeof(rec->device), "%s", b->device);
	if (serial && text_parse_u64(serial, UINT32_MAX, &n) == 0)
		rec->serial = (uint32_t)n;
}

int session_find_done(struct session *x, size_t i, bool *ret,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	const struct plan_row *row = &x->plan->rows[i];
	size_t k, b;
	int r = find_tokens(x, row, &list, err);

	*ret = false;
	for (k = 0; r == 0 && k < list.n; k++)
		for (b = 0; b < list.p[k].bindings.n && !*ret; b++)
			if (is_device_of(&list.p[k].bindings.p[b], row)) {
				note_done(&x->state.rows[i], &list.p[k],
					&list.p[k].bindings.p[b]);
				*ret = true;
			}
	return r;
}

/* A number or a label that is somebody else's key. */
static int check_token_of(struct session *x, struct plan_row *row,
	struct error *err)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	enum plan_column c = row->has_serial ? PLAN_SERIAL : PLAN_LABEL;
	struct error why;
	size_t k;
	int r = find_tokens(x, row, &list, err);

	for (k = 0; r == 0 && k < list.n; k++)
		if (list.p[k].state != REGISTRY_RETIRED &&
			admission_check_row(&list.p[k], row->holder, &why) < 0)
			plan_complain(x->plan, row, c, "%s", why.text);
	return r;
}

static int check_registry(struct session *x, struct error *err)
{
	bool done = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < x->plan->n; i++) {
		if (x->state.rows[i].state == ROW_DONE)
			continue;
		r = session_find_done(x, i, &done, err);
		if (r == 0 && !done)
			r = check_token_of(x, &x->plan->rows[i], err);
		else if (r == 0 && x->state.fd >= 0)
			r = state_write(&x->state, i, err);
	}
	return r;
}

/* ---- by AWS ---- */

struct device_count {
	const struct session *x;
	size_t row;
	unsigned n; /* that are not this plan's own */
};

static int count_foreign(void *data, const struct iam_device *d,
	struct error *err)
{
	struct device_count *c = data;
	size_t i;

	(void)err;
	for (i = 0; i < c->x->plan->n; i++)
		if (strcmp(c->x->state.rows[i].device, d->serial) == 0)
			return 0;
	c->n++;
	return 0;
}

static int check_devices_of(struct session *x, size_t i, struct error *err)
{
	const struct partition *p = aws_session_partition(x->q->aws->session);
	struct plan_row *row = &x->plan->rows[i];
	struct device_count c = { x, i, 0 };
	int r = iam_list_mfa_devices(x->q->aws->session, row->user,
		count_foreign, &c, err);

	if (r < 0)
		return r;
	if (p->devices_per_user && c.n >= p->devices_per_user)
		run_warn(x->run, "line %zu: '%s' has %u MFA devices already, "
			"and AWS is known to allow %u: it may refuse one more",
			row->line, row->user, c.n, p->devices_per_user);
	else if (c.n >= SPARE)
		run_warn(x->run, "line %zu: '%s' has %u MFA devices already, "
			"beside those of this plan", row->line, row->user, c.n);
	return 0;
}

static int check_user_of(struct session *x, size_t i, char *ret_arn,
	struct error *err)
{
	struct plan_row *row = &x->plan->rows[i];
	struct iam_user user;
	bool found;
	int r = iam_get_user(x->q->aws->session, row->user, &user, &found,
		err);

	if (r < 0)
		return r;
	if (!found) {
		plan_complain(x->plan, row, PLAN_USER,
			"account %s has no IAM user '%s'", row->account,
			row->user);
		return 0;
	}
	if (strcmp(user.name, row->user) != 0) {
		plan_complain(x->plan, row, PLAN_USER,
			"AWS writes that user '%s'", user.name);
		return 0;
	}
	memcpy(ret_arn, user.arn, sizeof(user.arn));
	return check_devices_of(x, i, err);
}

/* ---- rights ---- */

struct simulation {
	const struct session *x;
	char users[SAMPLE][ARN_MAX + 1];   /* their ARNs */
	char devices[SAMPLE][ARN_MAX + 1]; /* of such as would be made */
	size_t n;
	bool no_undo;
	bool depends; /* a denial is none for certain */
	char first[ARN_MAX + 160]; /* the first that nothing goes without */
};

static int see_decision(void *data, const struct iam_decision *d,
	struct error *err)
{
	struct simulation *s = data;
	bool undo = strcmp(d->action, "iam:DeactivateMFADevice") == 0;
	bool delete = strcmp(d->action, "iam:DeleteVirtualMFADevice") == 0;

	(void)err;
	if (d->allowed)
		return 0;
	/* such as a policy that asks for MFA: the session may have it */
	if (d->depends) {
		s->depends = true;
		return 0;
	}
	s->no_undo |= undo || delete;
	if (undo || delete)
		return 0;
	if (!s->first[0])
		snprintf(s->first, sizeof(s->first), "%s on %s", d->action,
			d->resource);
	return 0;
}

static int simulate_on(struct simulation *s, const char *principal,
	const char *const *actions, size_t n, char (*arns)[ARN_MAX + 1],
	struct error *err)
{
	const char *resources[SAMPLE];
	const struct iam_simulation q = { principal, actions, n, resources,
		s->n };
	size_t i;

	for (i = 0; i < s->n; i++)
		resources[i] = arns[i];
	return iam_simulate_principal_policy(s->x->q->aws->session, &q,
		see_decision, s, err);
}

static int simulate_all(struct simulation *s, struct error *err)
{
	static const char *const on_users[] = { "iam:ListMFADevices",
		"iam:EnableMFADevice", "iam:DeactivateMFADevice" };
	static const char *const on_devices[] = {
		"iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice" };
	char principal[ARN_MAX + 1];
	int r;

	rights_principal(s->x->q->aws->caller.arn, principal);
	if (!principal[0])
		return error_set(err, ERROR_UNSUPPORTED,
			"AWS simulates users and roles only");
	r = simulate_on(s, principal, on_users, ARRAY_LEN(on_users), s->users,
		err);
	return r < 0 ? r : simulate_on(s, principal, on_devices,
		ARRAY_LEN(on_devices), s->devices, err);
}

/* Nothing is tried: what nobody tells is not known until the first key. */
static int check_rights(struct session *x, struct simulation *s,
	struct error *err)
{
	struct error why;
	int r = simulate_all(s, &why);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0) {
		run_say(x->run, "Whether these credentials may enroll is not "
			"known until the first key: %s", why.text);
		return 0;
	}
	if (s->first[0])
		return error_set(err, ERROR_REFUSED,
			"by AWS's simulation these credentials may not %s: "
			"nothing was done", s->first);
	if (s->depends && !s->no_undo) {
		run_say(x->run, "Whether these credentials may enroll depends "
			"on what AWS's simulation is not told (MFA, "
			"addresses), so it is not known until the first key.");
		return 0;
	}
	x->may_enroll = s->depends ? RIGHT_UNKNOWN : RIGHT_ALLOWED;
	x->may_undo = s->no_undo ? RIGHT_DENIED : RIGHT_ALLOWED;
	if (s->no_undo)
		run_warn(x->run, "by AWS's simulation these credentials may "
			"not deactivate and delete devices: the last key "
			"cannot be undone here");
	else
		run_say(x->run, "By AWS's simulation these credentials may "
			"enroll, and undo that.");
	return 0;
}

static bool was_checked(const struct session *x)
{
	time_t age = time(NULL) - x->state.checked;

	return x->state.checked && age >= 0 && age < CHECKED_S &&
		!x->q->only_look;
}

int session_renew(struct session *x, struct error *err)
{
	const struct rollout_request *q = x->q;
	int r;

	if (!q->sign_in)
		return 0;
	r = account_renew(x->run, q->sign_in, q->aws->session, &q->aws->caller,
		err);
	return r < 0 || q->only_look ? r : account_guard(q->aws, q->reg, err);
}

/* Of a rollout that is gone on with only the rights, by its next user. */
static int check_aws(struct session *x, size_t most, struct error *err)
{
	CLEANUP(free_p) struct simulation *s = calloc(1, sizeof(*s));
	char device[IAM_NAME_MAX + 16];
	size_t i, open = x->plan->n - state_count(&x->state, ROW_DONE), k = 0;
	char arn[ARN_MAX + 1];
	int r = 0;

	if (!s)
		return error_memory(err);
	s->x = x;
	for (i = 0; r == 0 && k < most && i < x->plan->n; i++) {
		const struct plan_row *row = &x->plan->rows[i];

		if (x->state.rows[i].state == ROW_DONE)
			continue;
		run_progress(x->run, "Asking AWS about user %zu of %zu", ++k,
			open);
		arn[0] = '\0';
		r = session_renew(x, err);
		if (r == 0)
			r = check_user_of(x, i, arn, err);
		if (r < 0 || !arn[0] || s->n == SAMPLE)
			continue;
		memcpy(s->users[s->n], arn, sizeof(arn));
		snprintf(device, sizeof(device), "%.100s-000000000000",
			row->user);
		account_device_serial(x->q->aws, device, s->devices[s->n]);
		s->n++;
	}
	return r < 0 || s->n == 0 ? r : check_rights(x, s, err);
}

/* ---- all ---- */

int rollout_say_problems(const struct run *run, const struct plan *p,
	const char *path, struct error *err)
{
	char text[400];
	size_t i;

	for (i = 0; i < p->problems_n && i < PLAN_PROBLEMS_MAX; i++) {
		plan_problem_text(p, &p->problems[i], text, sizeof(text));
		if (p->problems_n > 1)
			run_warn(run, "'%s', %s", path, text);
	}
	if (p->problems_n == 0)
		return 0;
	if (p->problems_n == 1)
		return error_set(err, ERROR_MALFORMED,
			"'%s', %s; nothing was done", path, text);
	return error_set(err, ERROR_MALFORMED,
		"'%s': %zu things are wrong with it%s; nothing was done", path,
		p->problems_n, p->problems_n > PLAN_PROBLEMS_MAX ?
		", of which the first were said" : "");
}

int session_check(struct session *x, struct error *err)
{
	bool known = was_checked(x);
	int r;

	check_rows(x);
	r = x->plan->problems_n ? 0 : check_registry(x, err);
	if (r == 0 && x->plan->problems_n == 0 &&
		state_count(&x->state, ROW_DONE) < x->plan->n)
		r = check_aws(x, known ? 1 : x->plan->n, err);
	if (r < 0)
		return r;
	r = rollout_say_problems(x->run, x->plan, x->q->plan_path, err);
	if (r == 0)
		r = session_check_pins(x, err);
	return r < 0 || known || x->state.fd < 0 ? r :
		session_note_checked(x, err);
}

int session_note_checked(struct session *x, struct error *err)
{
	int r = check_registry(x, err);

	x->state.checked = time(NULL);
	return r < 0 ? r : state_write_checked(&x->state, err);
}
