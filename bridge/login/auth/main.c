/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokenbridge-auth: answers one question of pam_tokenbridge and ends. Where no
 * PIN is wanted it has the user's tokens prove the login at once. Else it says
 * which token wants one, and a second one gets the PIN for that token: while a
 * person thinks nothing privileged waits and no token is held.
 *
 * Its descriptor PROCESS_BARE_FD is the socket. Authority is who made that
 * socket or, where systemd has started it (tokenbridge-auth.socket), connected
 * to it, as the kernel tells; what the request says are claims. Root may ask for
 * whom he names, others by a screen locker and for themselves alone. What is
 * read from a token is read by its own process (agent.h), which has nothing of
 * root's; those are started before the PIN is received, and root's part
 * (login.db, counters, opening nodes) is over before any of them is listened to.
 */
#include "base/paths.h"
#include "base/process.h"
#include "base/text.h"
#include "base/wire.h"
#include "bridge/hash/chain.h"
#include "bridge/login/auth/admission.h"
#include "bridge/login/auth/arrivals.h"
#include "bridge/login/auth/past-wire.h"
#include "bridge/login/auth/prove.h"
#include "bridge/login/agent/sandbox.h"
#include "bridge/login/judge.h"
#include "bridge/login/open.h"
#include "bridge/login/result.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <sys/prctl.h>
#include <unistd.h>

#define FRAME_MS 5000       /* for the other side to write or read a frame */
#define COUNTER_MS 5000     /* for the lock of the counters' file */
#define TIMEOUT_MAX_MS 300000

static void auth_done(struct auth *a)
{
	login_db_free(&a->db);
	login_credentials_done(&a->credentials);
	counters_done(&a->counters);
	plugged_done(&a->tokens);
	close_p(&a->peer.fd);
	close_p(&a->turn);
	close_p(&a->arrivals);
	secret_done(&a->pin);
}

/* A module that is gone is found out at the next wait. */
static void send_reply(const struct auth *a, const struct login_reply *reply)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, WIRE_MAX);
	if (a->past)
		past_reply_write(a->past, reply, &b);
	else
		login_reply_write(reply, &b);
	if (!buf_failed(&b))
		(void)wire_send(PROCESS_BARE_FD, b.p, b.n,
			deadline_in(FRAME_MS), NULL);
}

/* ---- who it is, and what the record says ---- */

/* What takes root, and nothing of who it is. */
static void prepare_meanwhile(struct auth *a, struct sandbox *sandbox)
{
	struct chain_preparing hashes;

	chain_prepare_begin(&hashes);
	if (login_open(&a->db, a->q.login_db, &a->record_error) == 0)
		a->record_error.code = 0;
	sandbox_prepare(sandbox);
	chain_prepare_end(&hashes);
}

/* While NSS is asked the rest is prepared; NSS's answer still comes first. */
static enum login_result look_up_user(struct auth *a)
{
	const struct who_asked asked = { .name = a->q.user };
	struct sandbox sandbox = { 0 };
	struct who_call call;
	struct error e = { 0 };
	enum login_result result;

	if (auth_is_for_himself(a)) {
		prepare_meanwhile(a, &a->who.sandbox);
		return LOGIN_READY; /* he is known already */
	}
	if (who_begin(&asked, &call, &e) < 0)
		return auth_refuse(a, LOGIN_NO_RECORD, &e);
	prepare_meanwhile(a, &sandbox);
	result = who_end(&call, a->until, &a->who, &e);
	a->who.sandbox.filter = sandbox.filter;
	return result == LOGIN_READY ? result : auth_refuse(a, result, &e);
}

/* The log has the spelling; unless there is more to say, it gets this too. */
static void tell_name(struct auth *a)
{
	char text[LOCAL_USER_LEN + 32];

	if (strcmp(a->who.user.name, a->q.user) == 0)
		return;
	snprintf(text, sizeof(text), "the user is '%s' here",
		a->who.user.name);
	auth_say(a, text);
}

/* "No token" is said only of all names that the user has. */
static enum login_result read_record(struct auth *a)
{
	struct user_names names = local_user_names(&a->who.user);
	struct error e;

	if (a->record_error.code)
		return auth_refuse(a, LOGIN_NO_RECORD, &a->record_error);
	if (login_db_credentials(a->db, &names, &a->credentials, &e) < 0)
		return auth_refuse(a, LOGIN_NO_RECORD, &e);
	tell_name(a);
	if (a->credentials.n > 0)
		return LOGIN_READY;
	auth_say(a, "the user has no token");
	return LOGIN_NO_BINDING;
}

/*
 * Of all his tokens the one whose PIN was asked for. An earlier module does not
 * say which, and then it must be the only one.
 */
static enum login_result keep_token(struct auth *a)
{
	struct login_credentials *list = &a->credentials;
	const char *token = a->q.token[0] ? a->q.token : list->p[0].token;
	size_t i, n = 0, all = list->n;

	for (i = 0; i < list->n; i++)
		if (strcmp(list->p[i].token, token) == 0)
			list->p[n++] = list->p[i];
	list->n = n;
	if (a->q.token[0] || n == all)
		return LOGIN_READY;
	auth_say(a, "tokenbridge was upgraded meanwhile, and the PIN may be of "
		"several tokens: log in anew");
	return LOGIN_FAILED;
}

/* ---- the token ---- */

static void send_prompt(enum login_reply_kind kind, const char *token,
	void *arg)
{
	struct login_reply prompt = { .kind = kind, .result = LOGIN_READY };

	snprintf(prompt.token, sizeof(prompt.token), "%s", token);
	send_reply(arg, &prompt);
}

static enum login_result judge_counter(struct auth *a,
	const struct prove *x)
{
	struct error e = { 0 };
	enum login_result result = login_judge_counter(&a->counters,
		x->token->credential, x->counter, deadline_in(COUNTER_MS),
		&a->answer.counter_unsaved, &e);

	if (e.text[0])
		auth_say(a, e.text);
	return result;
}

static int open_counters(struct auth *a, struct error *err)
{
	CLEANUP(free_p) char *path = counters_path(login_db_path(a->db));

	return path ? counters_open(&a->counters, path,
		login_db_info(a->db)->counters, err) : error_memory(err);
}

/*
 * A credential whose counter cannot be told is none that lets in, which is found
 * out before anybody is asked to touch a token in vain.
 */
static enum login_result keep_counted(struct auth *a)
{
	struct login_credentials *list = &a->credentials;
	struct error e = { 0 };
	uint32_t counter;
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		if (counters_read(&a->counters, list->p[i].slot, list->p[i].id,
			list->p[i].id_n, &counter, &e) == 0)
			list->p[n++] = list->p[i];
	if (n == list->n)
		return LOGIN_READY;
	auth_say(a, e.text);
	list->n = n;
	return n > 0 ? LOGIN_READY : LOGIN_NO_RECORD;
}

/* All that takes root; afterwards there is no way back. */
static int give_up_root(struct auth *a, struct prove *x, struct error *err)
{
	struct agent_setting setting = {
		.sandbox = &a->who.sandbox,
		.credentials = &a->credentials,
		.close_fds = { PROCESS_BARE_FD, a->counters.fd, a->turn },
		.close_n = 3,
	};
	int r = sandbox_check(&a->who.sandbox, LOGIN_USER, err);

	if (r == 0)
		r = plugged_start(&a->tokens, &setting, prove_ask, x, err);
	if (r == 0 && a->q.wait_ms)
		r = arrivals_start(&a->tokens, &setting, &a->arrivals, err);
	return r < 0 ? r : sandbox_enter(&a->who.sandbox,
		/* with_parent= */ true, err);
}

static int receive_pin(struct auth *a, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, LOGIN_PIN_MAX);
	r = wire_receive(PROCESS_BARE_FD, &b, -1, deadline_in(FRAME_MS), err);
	return r < 0 ? r : login_pin_read(b.p, b.n, &a->pin, err);
}

/* The serial number is what is printed on it. */
static void name_token(const struct plugged *t, char ret[LOGIN_NAME_LEN])
{
	if (t->facts.serial)
		snprintf(ret, LOGIN_NAME_LEN, "%s, serial %u", t->product,
			t->facts.serial);
	else
		snprintf(ret, LOGIN_NAME_LEN, "%s, token %s", t->product,
			t->credential->token);
}

static void answer_token(struct auth *a, const struct prove *x)
{
	struct login_reply *answer = &a->answer;

	snprintf(answer->alert, sizeof(answer->alert), "%s", x->alert);
	if (!x->token)
		return;
	snprintf(answer->token, sizeof(answer->token), "%s",
		x->token->credential->token);
	snprintf(answer->aaguid, sizeof(answer->aaguid), "%s",
		x->token->credential->aaguid);
	answer->counter = x->counter;
	answer->flags = x->flags;
}

static enum login_result answer_proof(struct auth *a, const struct prove *x,
	enum login_result result, const struct error *why)
{
	answer_token(a, x);
	if (result == LOGIN_GRANTED)
		return judge_counter(a, x);
	if (result != LOGIN_READY)
		return auth_refuse(a, result, why);
	a->answer.needs_pin = true;
	a->answer.min_pin = x->token->facts.min_pin;
	name_token(x->token, a->answer.name);
	return LOGIN_READY;
}

static enum login_result auth_prove(struct auth *a)
{
	struct prove x = {
		.credentials = &a->credentials,
		.tokens = &a->tokens,
		.demand = { a->q.flags & LOGIN_VERIFY, a->from_afar },
		.pin = a->q.prove ? &a->pin : NULL,
		.cancel_fd = PROCESS_BARE_FD,
		.timeout_ms = (uint32_t)deadline_left(a->until),
		.prompt = send_prompt,
		.arg = a,
	};
	enum login_result result;
	struct error e;
	int r;

	r = open_counters(a, &e);
	login_db_free(&a->db); /* not carried into the sandbox */
	if (r < 0)
		return auth_refuse(a, LOGIN_NO_RECORD, &e);
	result = keep_counted(a);
	if (result != LOGIN_READY)
		return result;
	r = give_up_root(a, &x, &e);
	if (r == 0 && a->q.prove && !a->pin.p)
		r = receive_pin(a, &e);
	if (r < 0)
		return auth_refuse(a, LOGIN_FAILED, &e);
	x.arrivals = a->arrivals;
	a->arrivals = -1;
	x.wait_until = deadline_in(a->q.wait_ms);
	result = prove_login(&x, &e);
	close_p(&x.arrivals);
	return answer_proof(a, &x, result, &e);
}

/* ---- one request ---- */

static enum login_result auth_answer(struct auth *a)
{
	enum login_result result = look_up_user(a);

	if (result == LOGIN_READY)
		result = read_record(a);
	/* who has no token is nobody's victim, wherever he sits */
	if (result == LOGIN_READY)
		result = auth_check_place(a);
	if (result == LOGIN_READY && a->q.prove)
		result = keep_token(a);
	return result == LOGIN_READY ? auth_prove(a) : result;
}

/* Earlier modules called by root alone. */
static int read_request(struct auth *a, const struct buf *b, struct error *err)
{
	a->past = auth_is_for_himself(a) ? 0 : past_version(b->p, b->n);
	return a->past ? past_request_read(b->p, b->n, &a->q, &a->pin, err) :
			 login_request_read(b->p, b->n, &a->q, err);
}

static enum login_result receive_request(struct auth *a)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(PROCESS_BARE_FD, &b, -1, deadline_in(FRAME_MS), &e);
	if (r == 0)
		r = read_request(a, &b, &e);
	if (a->q.timeout_ms > TIMEOUT_MAX_MS || a->q.wait_ms > TIMEOUT_MAX_MS)
		a->q.timeout_ms = a->q.wait_ms = TIMEOUT_MAX_MS;
	a->until = deadline_in(a->q.timeout_ms);
	return r < 0 ? auth_refuse(a, LOGIN_FAILED, &e) : LOGIN_READY;
}

static enum login_result auth_run(struct auth *a)
{
	enum login_result result = auth_take_root(a);
	bool himself = result == LOGIN_READY && auth_is_for_himself(a);

	if (himself)
		result = auth_admit_user(a);
	if (result == LOGIN_READY)
		result = receive_request(a);
	if (result == LOGIN_READY && himself)
		result = auth_check_claims(a);
	return result == LOGIN_READY ? auth_answer(a) : result;
}

/* ---- the log of what comes by systemd's socket ---- */

/*
 * To systemd, which has the line logged with its priority: by then there are no
 * new sockets. A child of the module's leaves it to that.
 */
static void log_attempt(const struct auth *a)
{
	const struct login_reply *r = &a->answer;
	int priority = r->counter_unsaved ? LOG_CRIT :
		r->alert[0] ? LOG_ALERT : login_result_priority(r->result);
	char service[LOGIN_ITEM_LEN], user[LOGIN_USER_LEN];

	if (!a->peer.called || a->quiet)
		return;
	login_log_word(a->q.service, service, sizeof(service));
	login_log_word(a->who.user.name, user, sizeof(user));
	dprintf(STDERR_FILENO, "<%d>user=%s uid=%lu pid=%ld service=%s "
		"token=%s result=%s ms=%lld%s%s%s%s\n", priority, user,
		(unsigned long)a->peer.uid, (long)a->peer.pid, service,
		r->token[0] ? r->token : "-", login_result_word(r->result),
		(long long)(deadline_now() - a->begun), r->text[0] ? ": " : "",
		r->text, r->alert[0] ? "; alert: " : "", r->alert);
}

int main(void)
{
	CLEANUP(auth_done) struct auth a = {
		.counters = COUNTERS_INIT,
		.peer = PEER_INIT,
		.turn = -1,
		.begun = deadline_now(),
		.arrivals = -1,
		.pin = SECRET_INIT,
		.answer = { .kind = LOGIN_ANSWER, .result = LOGIN_FAILED },
	};

	process_harden();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fcntl(PROCESS_BARE_FD, F_SETFD, FD_CLOEXEC);
	a.answer.result = auth_run(&a);
	send_reply(&a, &a.answer);
	log_attempt(&a);
	return 0;
}
