/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-auth: answers one question of pam_tokenbridge and ends. Where no
 * PIN is wanted it has a token prove the login at once. Else it only says so,
 * from login.db alone, and a second one gets the PIN: while a person thinks
 * nothing privileged waits and no token is held.
 *
 * Its descriptor PROCESS_BARE_FD is the socket. Authority is the creator of
 * that socket, as the kernel tells; what the request says are claims. Root's
 * part (login.db, counters, opening nodes) is over before the first byte is
 * read from a token.
 */
#include "base/process.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"
#include "bridge/login/auth/sandbox.h"
#include "bridge/login/auth/seat.h"
#include "bridge/login/auth/token.h"
#include "bridge/login/counter.h"
#include "bridge/login/judge.h"
#include "bridge/login/open.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME_MS 5000       /* for the other side to write or read a frame */
#define TIMEOUT_MAX_MS 300000
#define PLUG_POLL_MS 250

struct auth {
	struct login_request q;
	pid_t peer;
	deadline_t until;
	struct login_db *db;
	struct login_credentials credentials;
	struct counters counters;
	struct auth_nodes nodes;
	struct login_reply answer;
};

static void auth_done(struct auth *a)
{
	login_request_done(&a->q);
	login_db_free(&a->db);
	login_credentials_done(&a->credentials);
	counters_done(&a->counters);
	auth_nodes_done(&a->nodes);
}

static void say(struct auth *a, const char *text)
{
	snprintf(a->answer.text, sizeof(a->answer.text), "%.*s",
		LOGIN_ITEM_LEN - 1, text);
	utf8_sanitise(a->answer.text);
}

static enum login_result auth_refuse(struct auth *a, enum login_result result,
	const struct error *why)
{
	say(a, why->text);
	return result;
}

/* A module that is gone is found out at the next wait. */
static void send_reply(const struct login_reply *reply)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, WIRE_MAX);
	login_reply_write(reply, &b);
	if (!buf_failed(&b))
		(void)wire_send(PROCESS_BARE_FD, b.p, b.n,
			deadline_in(FRAME_MS), NULL);
}

static void send_prompt(enum login_reply_kind kind, const char *token)
{
	struct login_reply prompt = { .kind = kind, .result = LOGIN_READY };

	snprintf(prompt.token, sizeof(prompt.token), "%s", token);
	send_reply(&prompt);
}

/* ---- who asks, and from where ---- */

/* Real root too: a child with a user's real uid can be killed by that user. */
static enum login_result take_root(struct auth *a)
{
	struct ucred peer = { 0 };
	socklen_t n = sizeof(peer);

	if (getsockopt(PROCESS_BARE_FD, SOL_SOCKET, SO_PEERCRED, &peer, &n) <
			0 || peer.uid != 0 ||
		setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) {
		say(a, "the caller is not root");
		return LOGIN_NOT_ROOT;
	}
	a->peer = peer.pid;
	return LOGIN_READY;
}

static enum login_result check_place(struct auth *a)
{
	const char *why = "the person comes over the network";
	bool local = !a->q.remote_host[0] &&
		strcmp(a->q.service, "sshd") != 0 &&
		seat_is_local(a->peer, a->q.tty, &why);

	if (local || ((a->q.flags & LOGIN_REMOTE_ALLOWED) &&
			     !a->answer.needs_pin))
		return LOGIN_READY;
	say(a, local || !(a->q.flags & LOGIN_REMOTE_ALLOWED) ? why :
		"a PIN is never asked for from afar");
	return LOGIN_NOT_LOCAL;
}

/* ---- what the record says ---- */

static enum login_result read_record(struct auth *a)
{
	struct error e;
	int r;

	r = login_open(&a->db, a->q.login_db, &e);
	if (r == 0)
		r = login_db_credentials(a->db, a->q.user, &a->credentials, &e);
	if (r < 0)
		return auth_refuse(a, LOGIN_NO_RECORD, &e);
	if (a->credentials.n > 0)
		return LOGIN_READY;
	say(a, "the user has no token");
	return LOGIN_NO_BINDING;
}

static bool needs_pin(const struct auth *a)
{
	size_t i;

	if (a->q.flags & LOGIN_VERIFY)
		return true;
	for (i = 0; i < a->credentials.n; i++)
		if (a->credentials.p[i].verify_required)
			return true;
	return false;
}

/* ---- before a token is asked ---- */

static enum login_result wait_for_token(struct auth *a)
{
	deadline_t until = deadline_in(a->q.wait_ms);
	bool there = false, cued = false;
	struct error e;

	while (auth_nodes_any(&there, &e) == 0 && !there) {
		if (deadline_passed(until) || deadline_passed(a->until)) {
			say(a, "no token is plugged in");
			return LOGIN_NO_TOKEN;
		}
		if (!cued)
			send_prompt(LOGIN_PROMPT_INSERT, "");
		cued = true;
		if (deadline_sleep(deadline_in(PLUG_POLL_MS), PROCESS_BARE_FD))
			return LOGIN_FAILED;
	}
	return there ? LOGIN_READY : auth_refuse(a, LOGIN_FAILED, &e);
}

/* ---- the token ---- */

static void prompt_for_touch(const struct login_credential *c, void *arg)
{
	(void)arg;
	send_prompt(LOGIN_PROMPT_TOUCH, c->token);
}

static enum login_result judge_counter(struct auth *a,
	const struct auth_proof *x)
{
	const struct login_credential *c = x->credential;
	struct error e = { 0 };
	enum login_result result = login_judge_counter(&a->counters, c,
		x->counter, a->until, &a->answer.counter_unsaved, &e);

	if (e.text[0])
		say(a, e.text);
	return result;
}

static int open_counters(struct auth *a, struct error *err)
{
	CLEANUP(free_p) char *path = counters_path(login_db_path(a->db));

	return path ? counters_open(&a->counters, path,
		login_db_info(a->db)->counters, err) : error_memory(err);
}

static enum login_result auth_prove_login(struct auth *a)
{
	struct auth_proof x = {
		.credentials = &a->credentials,
		.pin = &a->q.pin,
		.verify = (a->q.flags & LOGIN_VERIFY) != 0,
		.cancel_fd = PROCESS_BARE_FD,
		.until = a->until,
		.prompt = prompt_for_touch,
	};
	struct sandbox sandbox;
	enum login_result result;
	struct error e;
	int r;

	r = open_counters(a, &e);
	login_db_free(&a->db); /* not carried into the sandbox */
	if (r < 0)
		return auth_refuse(a, LOGIN_NO_RECORD, &e);
	r = sandbox_prepare(&sandbox, LOGIN_USER, &e);
	if (r == 0)
		r = auth_nodes_open(&a->nodes, &e);
	if (r == 0)
		r = sandbox_enter(&sandbox, &e);
	if (r < 0)
		return auth_refuse(a, LOGIN_FAILED, &e);
	result = auth_prove(&x, &a->nodes, &e);
	if (x.credential) {
		snprintf(a->answer.token, sizeof(a->answer.token), "%s",
			x.credential->token);
		snprintf(a->answer.aaguid, sizeof(a->answer.aaguid), "%s",
			x.credential->aaguid);
	}
	if (result != LOGIN_GRANTED)
		return auth_refuse(a, result, &e);
	a->answer.counter = x.counter;
	a->answer.flags = x.flags;
	return judge_counter(a, &x);
}

/* ---- one request ---- */

static enum login_result auth_answer(struct auth *a)
{
	enum login_result result = read_record(a);

	/* who has no token is nobody's victim, wherever he sits */
	a->answer.needs_pin = needs_pin(a);
	if (result == LOGIN_READY)
		result = check_place(a);
	if (result != LOGIN_READY)
		return result;
	/* nobody is asked for a PIN in vain */
	if (!a->q.prove && (a->answer.needs_pin || a->q.wait_ms))
		result = wait_for_token(a);
	if (result != LOGIN_READY || (!a->q.prove && a->answer.needs_pin))
		return result;
	a->until = deadline_in(a->q.timeout_ms);
	return auth_prove_login(a);
}

static int receive_request(struct auth *a, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(PROCESS_BARE_FD, &b, -1, deadline_in(FRAME_MS), err);
	if (r == 0)
		r = login_request_read(b.p, b.n, &a->q, err);
	if (a->q.timeout_ms > TIMEOUT_MAX_MS || a->q.wait_ms > TIMEOUT_MAX_MS)
		a->q.timeout_ms = a->q.wait_ms = TIMEOUT_MAX_MS;
	a->until = deadline_in((int64_t)a->q.timeout_ms + a->q.wait_ms);
	return r;
}

int main(void)
{
	CLEANUP(auth_done) struct auth a = {
		.q = LOGIN_REQUEST_INIT,
		.counters = COUNTERS_INIT,
		.answer = { .kind = LOGIN_ANSWER, .result = LOGIN_FAILED },
	};
	struct error e;

	process_harden();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(PROCESS_BARE_FD, F_SETFD, FD_CLOEXEC);
	a.answer.result = take_root(&a);
	if (a.answer.result == LOGIN_READY) {
		if (receive_request(&a, &e) == 0)
			a.answer.result = auth_answer(&a);
		else
			a.answer.result = auth_refuse(&a, LOGIN_FAILED, &e);
	}
	send_reply(&a.answer);
	return 0;
}
