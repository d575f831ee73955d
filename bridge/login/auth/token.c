/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the user's token and having it sign. */
#include "bridge/login/auth/token.h"

#include "token/fido/proof.h"
#include "udev/nodes.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SILENT_MS 5000
#define RETRY_MS 200
/* With this many tries left or fewer none is spent at login. */
#define PIN_SCARCE 3

/* ---- nodes ---- */

void auth_nodes_done(struct auth_nodes *nodes)
{
	size_t i;

	for (i = 0; i < nodes->n; i++)
		close_p(&nodes->p[i].fd);
	nodes->n = 0;
}

int auth_nodes_open(struct auth_nodes *ret, struct error *err)
{
	CLEANUP(free_p) struct node *list = NULL;
	size_t i, n;
	int fd, r;

	r = nodes_enumerate(&list, &n, err);
	if (r < 0)
		return r;
	for (i = 0; i < n && ret->n < AUTH_NODES_MAX; i++) {
		if (!list[i].fido)
			continue;
		fd = open(list[i].path, O_RDWR | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			continue;
		ret->p[ret->n].fd = fd;
		snprintf(ret->p[ret->n].path, sizeof(ret->p[ret->n].path),
			"%s", list[i].path);
		ret->n++;
	}
	return 0;
}

int auth_nodes_any(bool *ret, struct error *err)
{
	CLEANUP(free_p) struct node *list = NULL;
	size_t i, n;
	int r;

	r = nodes_enumerate(&list, &n, err);
	if (r < 0)
		return r;
	*ret = false;
	for (i = 0; i < n; i++)
		*ret = *ret || list[i].fido;
	return 0;
}

/* ---- which token ---- */

static int has_credential(struct auth_proof *x, struct fido *f,
	const struct login_credential *c, bool *ret_has, struct error *err)
{
	const struct fido_id id = { c->id, c->id_n };

	return proof_has_credential(f, PROOF_RP_LOGIN, &id,
		deadline_min(x->until, deadline_in(SILENT_MS)), ret_has, err);
}

static int find_credential(struct auth_proof *x, struct fido *f,
	struct error *err)
{
	bool has = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && !has && i < x->credentials->n; i++) {
		r = has_credential(x, f, &x->credentials->p[i], &has, err);
		if (r == 0 && has)
			x->credential = &x->credentials->p[i];
	}
	return r;
}

/*
 * Looks at each node that is not looked at yet: *ret is the user's token, NULL
 * while it is not found. *ret_busy: one is held by another process, so it is
 * worth coming back (its descriptor stays).
 */
static int auth_look(struct auth_proof *x, struct auth_nodes *nodes,
	struct fido **ret, bool *ret_busy, struct error *err)
{
	struct error e;
	size_t i;
	int fd, r;

	*ret_busy = false;
	for (i = 0; i < nodes->n; i++) {
		CLEANUP(fido_free) struct fido *f = NULL;

		if (nodes->p[i].fd < 0)
			continue;
		fd = fcntl(nodes->p[i].fd, F_DUPFD_CLOEXEC, 0);
		r = fd < 0 ? error_memory(&e) : fido_open_fd(&f, fd,
			nodes->p[i].path, x->cancel_fd, deadline_in(0),
			deadline_min(x->until, deadline_in(SILENT_MS)), &e);
		if (r == 0)
			r = find_credential(x, f, &e);
		if (r < 0)
			error_copy(err, &e);
		if (r == -ERROR_INTERRUPTED)
			return r;
		*ret_busy = *ret_busy || r == -ERROR_BUSY;
		if (r != -ERROR_BUSY)
			close_p(&nodes->p[i].fd);
		if (x->credential) {
			*ret = steal(&f);
			return 0;
		}
	}
	return 0;
}

static enum login_result auth_find_token(struct auth_proof *x,
	struct auth_nodes *nodes, struct fido **ret, struct error *err)
{
	bool busy;
	int r;

	error_set(err, ERROR_NO_TOKEN, nodes->n ?
		"no token that is plugged in is the user's" :
		"no token is plugged in");
	for (;;) {
		r = auth_look(x, nodes, ret, &busy, err);
		if (r < 0)
			return LOGIN_FAILED;
		if (*ret)
			return LOGIN_GRANTED;
		if (!busy)
			return LOGIN_NO_TOKEN;
		if (deadline_passed(x->until))
			return LOGIN_BUSY;
		if (deadline_sleep(deadline_in(RETRY_MS), x->cancel_fd))
			return LOGIN_FAILED;
	}
}

/* ---- the assertion ---- */

static enum login_result result_of(const struct error *e)
{
	static const struct {
		int code;
		enum login_result result;
	} rows[] = {
		{ ERROR_TOUCH, LOGIN_NOT_TOUCHED },
		{ ERROR_TIMEOUT, LOGIN_NOT_TOUCHED },
		{ ERROR_PIN_WRONG, LOGIN_PIN_WRONG },
		{ ERROR_PIN_BLOCKED, LOGIN_PIN_BLOCKED },
		{ ERROR_NO_TOKEN, LOGIN_NO_TOKEN },
		{ ERROR_BUSY, LOGIN_BUSY },
		{ ERROR_MALFORMED, LOGIN_FALSE },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].code == e->code)
			return rows[i].result;
	return LOGIN_FAILED;
}

static bool must_verify(const struct auth_proof *x)
{
	return x->verify || x->credential->verify_required;
}

/* LOGIN_READY: one try may be spent. */
static enum login_result check_pin(struct auth_proof *x, struct fido *f,
	struct error *err)
{
	int left;

	if (!must_verify(x))
		return LOGIN_READY;
	if (fido_info(f)->client_pin != FIDO_ON) {
		error_set(err, ERROR_PIN, "the token has no PIN, and login "
			"wants one");
		return LOGIN_FAILED;
	}
	if (x->pin->n == 0) {
		error_set(err, ERROR_PIN, "no PIN was given");
		return LOGIN_PIN_WRONG;
	}
	left = fido_pin_retries(f);
	if (left > PIN_SCARCE)
		return LOGIN_READY;
	error_set(err, ERROR_PIN, "only %d PIN tries are left, and none of "
		"the last is spent at login", left < 0 ? 0 : left);
	return LOGIN_PIN_SCARCE;
}

/* What was signed decides, not what was asked for. */
static enum login_result auth_check_assertion(struct auth_proof *x,
	const struct assertion *a, struct error *err)
{
	struct steps steps = { .n = 0 };
	struct proof_facts facts = { 0 };

	/* counters are compared by the caller, which has the last one */
	proof_verify(a, x->credential->public_key, x->credential->public_key_n,
		/* last_counter= */ -1, &steps, &facts);
	if (steps.n != 1 || steps.rows[0].status != STEP_PASS) {
		error_set(err, ERROR_FAILED, "%s", steps.n ?
			steps.rows[0].text : "nothing was checked");
		return LOGIN_FALSE;
	}
	if (must_verify(x) && !(facts.flags & AUTHDATA_UV)) {
		error_set(err, ERROR_FAILED,
			"the signed flags do not say that the user was "
			"verified");
		return LOGIN_FALSE;
	}
	x->counter = facts.counter;
	x->flags = facts.flags;
	return LOGIN_GRANTED;
}

static enum login_result auth_ask(struct auth_proof *x, struct fido *f,
	struct error *err)
{
	const struct login_credential *c = x->credential;
	CLEANUP(assertion_done) struct assertion a;
	CLEANUP(buf_done) struct buf client_data;
	const struct fido_assertion_request q = {
		.rp_id = PROOF_RP_LOGIN,
		.client_data = &client_data,
		.credential = { c->id, c->id_n },
		.touch = true,
		.pin = must_verify(x) ? x->pin : NULL,
	};
	bool found = false;
	int r;

	assertion_init(&a);
	buf_init(&client_data, 1024);
	r = proof_client_data(&client_data, PROOF_GET, PROOF_RP_LOGIN, "login",
		err);
	if (r < 0)
		return LOGIN_FAILED;
	if (x->prompt)
		x->prompt(c, x->arg);
	fido_set_deadline(f, x->until);
	r = fido_get_assertion(f, &q, &a, &found, err);
	if (r < 0)
		return result_of(err);
	if (!found) {
		error_set(err, ERROR_FAILED, "the token took back that it has "
			"the credential");
		return LOGIN_FALSE;
	}
	return auth_check_assertion(x, &a, err);
}

enum login_result auth_prove(struct auth_proof *x, struct auth_nodes *nodes,
	struct error *err)
{
	CLEANUP(fido_free) struct fido *f = NULL;
	enum login_result result = auth_find_token(x, nodes, &f, err);

	if (result != LOGIN_GRANTED)
		return result;
	result = check_pin(x, f, err);
	return result == LOGIN_READY ? auth_ask(x, f, err) : result;
}
