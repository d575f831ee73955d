/* SPDX-License-Identifier: Apache-2.0 */
/* The process that asks NSS, and what it answers. */
#include "bridge/login/auth/who.h"

#include "base/paths.h"
#include "base/process.h"
#include "base/text.h"
#include "base/utf8.h"
#include "base/wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRAME_MS 1000

/* What is said in a frame. */
struct answer {
	enum login_result result;
	struct who who;
	char text[LOGIN_ITEM_LEN]; /* why, where it is not LOGIN_READY */
};

static void answer_write(const struct answer *a, struct buf *b)
{
	buf_put_byte(b, (unsigned char)a->result);
	buf_put_be(b, a->who.user.uid, 4);
	wire_put_str(b, a->who.user.asked);
	wire_put_str(b, a->who.user.entry);
	wire_put_str(b, a->who.user.name);
	buf_put_be(b, a->who.sandbox.uid, 4);
	buf_put_be(b, a->who.sandbox.gid, 4);
	wire_put_str(b, a->text);
}

/* Code of NSS's modules has run in that process: it is input like any other. */
static bool answer_is_sane(const struct answer *a)
{
	const struct local_user *u = &a->who.user;

	if (a->result == LOGIN_READY)
		return text_check(u->asked, "name", NULL) == 0 &&
			text_check(u->entry, "name", NULL) == 0 &&
			text_check(u->name, "name", NULL) == 0;
	return (a->result == LOGIN_UNKNOWN_USER ||
		       a->result == LOGIN_NO_RECORD) &&
		utf8_is_clean(a->text, strlen(a->text));
}

/* ... and an answer to that question. */
static bool is_asked(const struct local_user *u, const struct who_asked *asked)
{
	return asked->name ? strcmp(u->asked, asked->name) == 0 :
			     u->uid == asked->uid;
}

static int answer_read(const unsigned char *p, size_t n,
	const struct who_asked *asked, struct answer *ret, struct error *err)
{
	struct wire_reader r = { p, n, false };
	struct local_user *u = &ret->who.user;

	ret->result = (enum login_result)wire_get_be(&r, 1);
	u->uid = (uid_t)wire_get_be(&r, 4);
	snprintf(u->uid_text, sizeof(u->uid_text), "%u", (unsigned)u->uid);
	wire_get_str(&r, u->asked, sizeof(u->asked));
	wire_get_str(&r, u->entry, sizeof(u->entry));
	wire_get_str(&r, u->name, sizeof(u->name));
	ret->who.sandbox.uid = (unsigned)wire_get_be(&r, 4);
	ret->who.sandbox.gid = (unsigned)wire_get_be(&r, 4);
	wire_get_str(&r, ret->text, sizeof(ret->text));
	if (!wire_done(&r) || !answer_is_sane(ret) ||
		(ret->result == LOGIN_READY && !is_asked(u, asked)))
		return error_set(err, ERROR_MALFORMED, "the process that asks "
			"NSS answers what makes no sense");
	return 0;
}

/* ---- the process ---- */

/* Spells out whom nobody knows. */
static int who_ask_nss(const struct who_asked *asked, struct local_user *ret,
	bool *ret_found, struct error *err)
{
	int r;

	if (asked->name) {
		r = local_user_look(asked->name, ret, ret_found, err);
		if (r == 0 && !*ret_found)
			error_set(err, ERROR_FAILED,
				"this machine has no local user '%s'",
				asked->name);
		return r;
	}
	r = local_user_look_number(asked->uid, ret, ret_found, err);
	if (r == 0 && !*ret_found)
		error_set(err, ERROR_FAILED,
			"this machine has no local user of the number %lu",
			(unsigned long)asked->uid);
	return r;
}

static void who_answer(const struct who_asked *asked, struct answer *ret)
{
	struct error e = { 0 };
	bool found;

	sandbox_look(LOGIN_USER, &ret->who.sandbox);
	if (who_ask_nss(asked, &ret->who.user, &found, &e) < 0)
		ret->result = LOGIN_NO_RECORD;
	else if (found)
		ret->result = LOGIN_READY;
	snprintf(ret->text, sizeof(ret->text), "%.*s", LOGIN_ITEM_LEN - 1,
		e.text);
	utf8_sanitise(ret->text);
}

/* It has nothing of the helper's but the line to it. */
static void live(const struct who_asked *asked, int socket)
{
	CLEANUP(buf_done) struct buf b;
	struct answer a = { .result = LOGIN_UNKNOWN_USER };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(PROCESS_BARE_FD);
	who_answer(asked, &a);
	buf_init(&b, WIRE_MAX);
	answer_write(&a, &b);
	if (!buf_failed(&b))
		(void)wire_send(socket, b.p, b.n, deadline_in(FRAME_MS), NULL);
}

/* ---- the helper's end ---- */

int who_begin(const struct who_asked *asked, struct who_call *ret,
	struct error *err)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot make a socket");
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		live(asked, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error_errno(err, ERROR_FAILED, errno,
			"cannot start the process that asks NSS");
	}
	*ret = (struct who_call){ *asked, pair[0], pid };
	return 0;
}

/* A process that NSS holds up is ended, and not waited for; one that has
 * answered has nothing left to do but to end. */
static int who_hear(struct who_call *call, deadline_t until,
	struct answer *ret, struct error *err)
{
	const struct who_asked *asked = &call->asked;
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, WIRE_MAX);
	r = wire_receive(call->socket, &b, -1, until, err);
	close_p(&call->socket);
	kill(call->pid, SIGKILL);
	if (r >= 0)
		waitpid(call->pid, NULL, 0);
	if (r == -ERROR_TIMEOUT && asked->name)
		return error_set(err, ERROR_TIMEOUT,
			"NSS did not say in time who '%s' is", asked->name);
	if (r == -ERROR_TIMEOUT)
		return error_set(err, ERROR_TIMEOUT, "NSS did not say in time "
			"whose the number %lu is", (unsigned long)asked->uid);
	return r < 0 ? r : answer_read(b.p, b.n, asked, ret, err);
}

enum login_result who_end(struct who_call *call, deadline_t until,
	struct who *ret, struct error *err)
{
	struct answer a = { .result = LOGIN_NO_RECORD };

	if (who_hear(call, until, &a, err) < 0)
		return LOGIN_NO_RECORD;
	if (a.result != LOGIN_READY)
		error_set(err, ERROR_FAILED, "%s", a.text);
	else
		*ret = a.who;
	return a.result;
}

enum login_result who_look(const struct who_asked *asked, deadline_t until,
	struct who *ret, struct error *err)
{
	struct who_call call;

	return who_begin(asked, &call, err) < 0 ? LOGIN_NO_RECORD :
		who_end(&call, until, ret, err);
}
