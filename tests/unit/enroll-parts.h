/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registering with a real registry and real journals; AWS, the token and the
 * person answer by the test's word, a letter each.
 */
#ifndef TESTS_ENROLL_PARTS_H
#define TESTS_ENROLL_PARTS_H

#include "tests/unit/revoke-parts.h"

#include "tests/unit/one-token.h"

#include "aws/role/mfa.h"
#include "bridge/account/instead.h"
#include "bridge/enroll/enrollment.h"
#include "bridge/mfa/appeared.h"
#include "bridge/mfa/recover.h"
#include "bridge/verify/admission.h"
#include "token/attest/authdata.h"
#include "token/card/totp.h"
#include "token/identity.h"
#include "token/worker/oath.h"

#define SEED "1234567890123456789012345678901234567890"

static struct mfa_request q;
static struct mfa_enrolled done;
/* What is plugged in while a second key is looked for, the first one first */
static const struct token *plugged = &token;
static size_t plugged_n;
static struct trust trust;
static struct world {
	bool unknown;           /* AWS has no alice */
	struct iam_device devices[10]; /* hers */
	size_t devices_n;
	bool session;           /* the caller's keys are temporary */
	bool may_open;          /* one with MFA */
	size_t opens;           /* ... by a code of this device */
	struct sight sight;
	const char *made;       /* that AWS says it made; NULL: as asked */
	bool taken_away;        /* AWS lists it no more */
	enum sequence_undo undone;
	enum sequence_account account;
	bool unassigned;        /* in the end */
	unsigned enabled;       /* how often that was asked for */
	char codes[2][RUN_CODE_LEN]; /* the last ones */
	char typed[4][2][RUN_CODE_LEN];
	size_t asks;
	bool late;              /* each deadline has passed */
	const char *row;        /* that the token is */
	bool known;
	bool no_place, no_card, no_oath, locked, wrong, truncated;
	char path[64];          /* that the device was made in; "" none */
} x;

WRAP(bool, deadline_passed, deadline_t d)
{
	(void)d;
	return x.late;
}

WRAP(int, account_stay, const struct run *r, struct account *c,
	struct error *e)
{
	assert_true(r == &run && c == &aws);
	return ask('s', e);
}

WRAP(const struct aws_credentials *, aws_session_credentials,
	const struct aws_session *s)
{
	static struct aws_credentials c;

	(void)s;
	c.token.n = x.session ? 1 : 0;
	return &c;
}

WRAP(int, mfa_open, struct aws_session *s, const struct sign_in *how,
	const char *serial, bool *ret_made, struct error *e)
{
	(void)s;
	assert_ptr_equal(how, &aws.sign_in);
	assert_string_equal(serial, x.devices[x.opens].serial);
	*ret_made = x.may_open;
	return ask('m', e);
}

WRAP(const char *, aws_session_request_id, const struct aws_session *s)
{
	(void)s;
	return "request-1";
}

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	(void)s;
	memset(ret, 0, sizeof(*ret));
	*ret_found = !x.unknown;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(ret->id, sizeof(ret->id), "IDalice");
	strcpy(ret->arn, "arn:aws:iam::" ACCOUNT ":user/alice");
	return ask('u', e);
}

WRAP(void, instead_user, const struct account *c, struct registry *r,
	const char *wanted, char ret[INSTEAD_LEN])
{
	assert_true(c == &aws && r == reg);
	assert_string_equal(wanted, q.user);
	strcpy(ret, "; did you mean 'alicia'?");
}

WRAP(int, recover_all, const struct run *r, const struct recovery *recovery,
	struct journal *ret_wanted, struct error *e)
{
	const struct decide_claim *c = recovery->claim;

	assert_true(r == &run && recovery->aws == &aws && !ret_wanted);
	assert_ptr_equal(recovery->reg, reg);
	assert_string_equal(c->account, ACCOUNT);
	assert_string_equal(c->endpoint, "");
	assert_string_equal(c->user, "alice");
	assert_string_equal(c->user_id, "IDalice");
	assert_int_equal(c->token_serial, strchr(asked, 'f') ?
		token.devinfo.serial : 0);
	return ask('r', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	size_t i;

	(void)s;
	assert_string_equal(user, "alice");
	for (i = 0; i < x.devices_n; i++)
		if (fn(data, &x.devices[i], e) < 0)
			return -e->code;
	return ask('l', e);
}

WRAP(int, account_look, struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(of->user, "alice");
	assert_string_equal(of->user_id, "IDalice");
	*ret = x.sight;
	return ask('L', e);
}

WRAP(int, iam_create_virtual_mfa_device, struct aws_session *s,
	const char *name, const char *path, char serial[IAM_SERIAL_MAX + 1],
	struct secret *ret_seed, struct error *e)
{
	int r = ask('C', e);

	(void)s;
	if (r < 0)
		return r;
	snprintf(x.path, sizeof(x.path), "%s", path ? path : "");
	snprintf(serial, IAM_SERIAL_MAX + 1, DEVICE("%s%s"), path ? path + 1 :
		"", name);
	if (x.made)
		strcpy(serial, x.made);
	secret_done(ret_seed);
	OK(secret_set(ret_seed, SEED, IAM_SEED_LEN, e));
	return 0;
}

WRAP(int, iam_enable_mfa_device, struct aws_session *s, const char *user,
	const char *serial, const char *code1, const char *code2,
	struct error *e)
{
	(void)s;
	assert_string_equal(user, "alice");
	assert_non_null(serial);
	strcpy(x.codes[0], code1);
	strcpy(x.codes[1], code2);
	x.enabled++;
	return ask('E', e);
}

WRAP(int, sequence_look, struct sequence *s, struct sight *ret,
	struct error *e)
{
	(void)s;
	ret->at = x.taken_away ? SIGHT_ABSENT : SIGHT_FREE;
	return ask('k', e);
}

WRAP(int, sequence_undo, struct sequence *s, bool patient,
	enum sequence_undo *ret, struct error *e)
{
	struct error why;
	int r = ask('U', e);

	assert_false(patient);
	*ret = x.undone;
	if (r == 0 && x.undone == SEQUENCE_UNDONE)
		return sequence_end(s, e);
	if (r == 0 && x.undone == SEQUENCE_OWED) {
		error_set(&why, ERROR_NO_TOKEN, "it is not here");
		OK(journal_stuck(s->journal, &why, NULL, e));
	}
	return r;
}

WRAP(int, sequence_settle_enabled, struct sequence *s, bool *ret_assigned,
	struct error *e)
{
	(void)s;
	*ret_assigned = !x.unassigned;
	return ask('S', e);
}

WRAP(int, sequence_remove_account, struct sequence *s,
	enum sequence_account *ret, struct error *ret_why, struct error *e)
{
	(void)s;
	*ret = x.account;
	error_set(ret_why, ERROR_NO_TOKEN, "it is not here");
	return ask('R', e);
}

/* ---- the token ---- */

WRAP(int, attached_find, const struct run *r, const struct wanted *wanted,
	struct attached *a, struct error *e)
{
	(void)wanted;
	assert_ptr_equal(r, &run);
	a->chosen = &token;
	if (plugged_n > 0 && !strchr(asked, 's')) {
		a->tokens = calloc(plugged_n, sizeof(*plugged));
		assert_non_null(a->tokens);
		memcpy(a->tokens, plugged, plugged_n * sizeof(*plugged));
		a->n = plugged_n;
		a->chosen = &a->tokens[0];
	}
	return ask('f', e);
}

WRAP(int, attached_list, const struct run *r, const struct wanted *wanted,
	struct attached *a, struct error *e)
{
	(void)r;
	assert_null(wanted->name);
	a->tokens = calloc(1, sizeof(token));
	assert_non_null(a->tokens);
	*a->tokens = token;
	a->n = 1;
	return ask('T', e);
}

WRAP(void, attached_describe, const struct token *t, char *ret, size_t size)
{
	assert_ptr_equal(t, &token);
	snprintf(ret, size, "Key 1");
}

WRAP(void, attached_who, const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN])
{
	assert_ptr_equal(t, &token);
	snprintf(ret, ATTACHED_WHO_LEN, "key '%s'", label ? label : "-");
}

static UNUSED void read_row(struct registry_token *ret)
{
	struct registry_tokens list = { NULL, 0 };

	OK(registry_tokens_by_id(reg, x.row, &list, &err));
	assert_int_equal(list.n, 1);
	*ret = list.p[0];
	free(list.p);
}

WRAP(int, verify_token, const struct run *r, const struct verify_request *v,
	struct verification *ret, struct error *e)
{
	assert_true(r == &run && v->token == &token && v->reg == reg);
	assert_ptr_equal(v->fido, opened);
	assert_string_equal(v->holder, q.holder);
	assert_string_equal(v->purpose, strcmp(q.method, "fido") == 0 ?
		"what the key is" : "touch 1 of 2");
	assert_true(v->fresh == q.fresh && v->enterprise == q.enterprise);
	ret->verdict = VERDICT_GENUINE;
	ret->known = x.known;
	if (x.known)
		read_row(&ret->row);
	return ask('v', e);
}

WRAP(int, admission_check_token, const struct run *r,
	const struct admission *a, const struct verification *v,
	struct error *e)
{
	(void)v;
	assert_true(r == &run && a->trust == &trust && a->force == q.force);
	assert_string_equal(a->method, q.method);
	return ask('a', e);
}

WRAP(int, record_verification, struct record *r, const struct verification *v,
	struct error *e)
{
	(void)v;
	assert_true(r->reg == reg && r->label == q.label);
	assert_ptr_equal(r->reason, q.force);
	strcpy(r->token, x.row);
	r->has_evidence = true;
	memset(r->evidence, 0xab, sizeof(r->evidence));
	return ask('V', e);
}

WRAP(bool, identity_card_place, const struct token *t, struct card_place *ret)
{
	assert_ptr_equal(t, &token);
	memset(ret, 0, sizeof(*ret));
	ret->usb_bus = 1;
	ret->usb_dev = 7;
	ret->has_serial = token.devinfo.serial > 0;
	ret->serial = token.devinfo.serial;
	return !x.no_place;
}

WRAP(int, oath_find, struct worker *worker, const struct oath_search *search,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)worker;
	(void)until;
	assert_false(search->config);
	assert_int_equal(search->token.usb_dev, 7);
	assert_int_equal(cancel_fd, run.cancel_fd);
	*ret = NULL;
	if (!x.no_card) {
		*ret = calloc(1, sizeof(**ret));
		assert_non_null(*ret);
		(*ret)->has_oath = !x.no_oath;
		(*ret)->join = CARD_SAME_USB;
		(*ret)->applet.locked = x.locked;
		strcpy((*ret)->applet.id, "0a1b2c3d");
	}
	return ask('O', e);
}

WRAP(int, prompt_oath_password, const struct run *r, struct worker *worker,
	const struct card_place *at, const char *who, struct error *e)
{
	(void)worker;
	assert_ptr_equal(r, &run);
	assert_string_equal(at->id, "0a1b2c3d");
	assert_string_equal(who, "Key 1");
	return ask('W', e);
}

WRAP(int, oath_put, struct worker *worker, const struct oath_target *t,
	const struct secret *key, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)worker;
	(void)cancel_fd;
	(void)until;
	assert_string_equal(t->place.id, "0a1b2c3d");
	assert_int_equal(key->n, IAM_SEED_LEN);
	return ask('P', e);
}

WRAP(int, oath_calculate, struct worker *worker, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *e)
{
	struct secret seed = SECRET_INIT;
	unsigned char hmac[20];

	(void)worker;
	(void)t;
	(void)cancel_fd;
	(void)until;
	OK(secret_set(&seed, SEED, IAM_SEED_LEN, e));
	OK(totp_hmac(&seed, challenge, hmac));
	secret_done(&seed);
	ret->whole = !x.truncated;
	hmac[19] ^= x.wrong && !x.truncated ? 0x10 : 0;
	if (x.truncated)
		ret->truncated = totp_truncate(hmac) + (x.wrong ? 1 : 0);
	else
		memcpy(ret->hmac, hmac, 20);
	return ask('A', e);
}

/* ---- the person ---- */

WRAP(int, run_check_eyes, const struct run *r, struct error *e)
{
	assert_ptr_equal(r, &run);
	return ask('y', e);
}

static char shown_of[300], shown_name[200], shown_uri[1100]; /* what was asked for last */

WRAP(int, run_ask_codes, const struct run *r, const struct run_codes *codes,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *e)
{
	int n;

	assert_ptr_equal(r, &run);
	snprintf(shown_of, sizeof(shown_of), "%s", codes->of);
	snprintf(shown_name, sizeof(shown_name), "%s", codes->name ?
		codes->name : "");
	shown_uri[0] = '\0';
	if (codes->picture)
		snprintf(shown_uri, sizeof(shown_uri), "%s",
			secret_str(codes->picture));
	strcpy(ret_first, x.typed[x.asks][0]);
	strcpy(ret_second, x.typed[x.asks][1]);
	x.asks++;
	n = codes->check(codes->data, ret_first, NULL, e);
	if (n == 0)
		n = codes->check(codes->data, ret_first, ret_second, e);
	return n < 0 ? n : ask('Q', e);
}

/* ---- together ---- */

static UNUSED int begin_enroll(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	memset(&token, 0, sizeof(token));
	policy_init(&trust.policy);
	plugged_n = 0;
	x.sight.at = SIGHT_ABSENT;
	token.devinfo.serial = 1001;
	strcpy(aws.caller.arn, "arn:aws:iam::" ACCOUNT ":user/admin");
	q = (struct mfa_request){ .aws = &aws, .reg = reg, .actor = w.actor,
		.trust = &trust, .user = "alice", .method = "totp",
		.holder = "Alice A.", .holder_kind = REGISTRY_PERSON,
		.wait_s = 60 };
	return 0;
}

static UNUSED int enroll(void)
{
	asked[0] = said[0] = '\0';
	x.asks = x.enabled = 0;
	return mfa_enroll(&run, &q, &done, &err);
}

static UNUSED void said_is(const char *want)
{
	assert_string_equal(said, want);
}

/* The journals that are there, and the last point of the first. */
static UNUSED void owed(size_t n, enum journal_point point)
{
	struct journal_list list = { .p = NULL };

	OK(journal_open_all(&list, registry_path(reg), &err));
	assert_int_equal(list.n, n);
	if (n)
		assert_int_equal(list.p[0].point, point);
	journal_list_done(&list);
}

static UNUSED void forget_owed(void)
{
	struct journal_list list = { .p = NULL };
	size_t i;

	OK(journal_open_all(&list, registry_path(reg), &err));
	for (i = 0; i < list.n; i++)
		OK(journal_end(&list.p[i], &err));
	journal_list_done(&list);
}

#endif
