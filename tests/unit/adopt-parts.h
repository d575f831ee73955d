/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking in what stands at AWS: AWS and tokens are the test's word, the registry
 * is real.
 */
#ifndef TESTS_ADOPT_PARTS_H
#define TESTS_ADOPT_PARTS_H

#include "tests/unit/revoke-parts.h"

#include "bridge/adopt/adopting.h"
#include "bridge/codes/proof.h"

#define SEED "arn:aws:iam::" ACCOUNT ":mfa/seed"
#define KEY "arn:aws:iam::" ACCOUNT ":u2f/user/alice/key"

static struct adopt_request q;
static struct adopted done;
static struct world {
	const char *users[4];
	size_t users_n;
	struct iam_device devices[4]; /* of alice */
	size_t devices_n;
	const char *root;     /* its virtual device; NULL: none */
	bool gone;            /* what is new was taken away a moment ago */
	struct iam_device proved;
	bool callers, taken, has_serial;
	struct oath_card cards[3];
	size_t cards_n;
	char holds[4];        /* y: that card has it */
	bool late;
} x;

WRAP(bool, deadline_passed, deadline_t d)
{
	(void)d;
	return x.late;
}

WRAP(int, iam_list_users, struct aws_session *s, iam_user_fn fn, void *data,
	struct error *e)
{
	struct iam_user u;
	size_t i;

	(void)s;
	for (i = 0; i < x.users_n; i++) {
		memset(&u, 0, sizeof(u));
		strcpy(u.name, x.users[i]);
		snprintf(u.id, sizeof(u.id), "ID%s", x.users[i]);
		OK(fn(data, &u, e));
	}
	return ask('u', e);
}

WRAP(int, iam_list_virtual_mfa_devices, struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *e)
{
	struct iam_virtual_device d = { .serial = DEVICE("somebody's") };

	(void)s;
	assert_int_equal(which, IAM_ASSIGNED);
	OK(fn(data, &d, e));
	d.of_root = true;
	d.enabled = AWS_NOW;
	if (x.root) {
		strcpy(d.serial, x.root);
		OK(fn(data, &d, e));
	}
	return ask('v', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	size_t i;

	(void)s;
	for (i = 0; i < x.devices_n && strcmp(user, "alice") == 0; i++)
		OK(fn(data, &x.devices[i], e));
	return ask('d', e);
}

WRAP(int, account_is_gone, struct registry *r, const char *account,
	const char *serial, time_t enabled, bool *ret, struct error *e)
{
	assert_ptr_equal(r, reg);
	assert_string_equal(account, ACCOUNT);
	assert_non_null(serial);
	assert_true(enabled >= 0);
	*ret = x.gone;
	return ask('g', e);
}

WRAP(void, code_proof_done, struct code_proof *p)
{
	(void)p;
}

WRAP(int, code_proof_find_device, struct code_proof *p, const char *user,
	const char *device, struct error *e)
{
	assert_string_equal(user, "alice");
	assert_ptr_equal(device, q.device);
	strcpy(p->user.name, "alice");
	strcpy(p->user.id, "IDalice");
	p->device = x.proved;
	return ask('f', e);
}

WRAP(bool, code_proof_is_callers, const struct code_proof *p)
{
	(void)p;
	return x.callers;
}

WRAP(int, code_source_find, struct code_source *s, const char *device,
	struct error *e)
{
	assert_string_equal(device, x.proved.serial);
	s->target.place.has_serial = x.has_serial;
	s->target.place.serial = 1001;
	strcpy(s->target.place.id, "0a1b2c3d");
	strcpy(s->account, "AWS:alice");
	return ask('s', e);
}

WRAP(int, code_proof_read, struct code_proof *p, struct error *e)
{
	(void)p;
	return ask('c', e);
}

WRAP(int, code_proof_ask_sts, struct code_proof *p, bool *ret_taken,
	struct error *ret_why, struct error *e)
{
	(void)p;
	*ret_taken = x.taken;
	error_set(ret_why, ERROR_REMOTE, "STS says no");
	return ask('S', e);
}

WRAP(int, code_proof_send_pair, struct code_proof *p, struct error *e)
{
	(void)p;
	return ask('P', e);
}

WRAP(int, oath_cards, struct worker *worker, const struct oath_search *search,
	struct oath_card **ret, size_t *ret_n, size_t *ret_held, int cancel_fd,
	deadline_t until, struct error *e)
{
	(void)worker;
	(void)ret_held;
	(void)until;
	assert_false(search->config);
	assert_int_equal(cancel_fd, run.cancel_fd);
	*ret = calloc(3, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, x.cards, sizeof(x.cards));
	*ret_n = x.cards_n;
	if (failing.question == 'o')
		free_p(ret);
	return ask('o', e);
}

WRAP(bool, oath_card_holds, const struct oath_card *card, const char *name)
{
	assert_string_equal(name, DEVICE("a"));
	return x.holds[card->reader[0] - '0'] == 'y';
}

static UNUSED void device_is(size_t i, const char *serial, enum device_kind kind)
{
	strcpy(x.devices[i].serial, serial);
	x.devices[i].kind = kind;
	x.devices[i].enabled = AWS_NOW;
	x.devices_n = i + 1;
}

static UNUSED int begin_adopt(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	q = (struct adopt_request){ .aws = &aws, .reg = reg,
		.actor = w.actor };
	x.users[0] = "alice";
	x.users[1] = "bob";
	x.users_n = 2;
	device_is(0, DEVICE("a"), DEVICE_VIRTUAL);
	x.proved = x.devices[0];
	return 0;
}

static UNUSED int end(void **state)
{
	adopted_done(&done);
	return finish(state);
}

static UNUSED int adopt(void)
{
	adopted_done(&done);
	memset(&done, 0, sizeof(done));
	asked[0] = said[0] = '\0';
	return q.user ? mfa_adopt_proved(&run, &q, &done, &err) :
		mfa_adopt(&run, &q, &done, &err);
}

/* "alice a adopted", a line each. */
static UNUSED void adopted_is(const char *want)
{
	char text[1024] = "";
	size_t i, n = 0;

	for (i = 0; i < done.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %s %s\n",
			done.p[i].user, strrchr(done.p[i].serial, '/') ?
			strrchr(done.p[i].serial, '/') + 1 : done.p[i].serial,
			adoption_name(done.p[i].what));
	assert_string_equal(text, want);
}

static struct registry_bindings bindings;

/* The binding of that device that is in force. */
static UNUSED const struct registry_binding *binding(const char *device)
{
	size_t i;

	registry_bindings_done(&bindings);
	OK(registry_bindings_by_device(reg, device, &bindings, &err));
	for (i = 0; i < bindings.n; i++)
		if (!bindings.p[i].removed &&
			strcmp(bindings.p[i].account, ACCOUNT) == 0)
			return &bindings.p[i];
	return NULL;
}

static UNUSED void token_is(const char *id, struct registry_token *ret)
{
	struct registry_tokens list = { NULL, 0 };

	OK(registry_tokens_by_id(reg, id, &list, &err));
	assert_int_equal(list.n, 1);
	*ret = list.p[0];
	free(list.p);
}

#endif
