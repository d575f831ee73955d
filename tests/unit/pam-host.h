/* SPDX-License-Identifier: Apache-2.0 */
/* pam_tokenbridge.so's host and the helper's end of its line, as a table says. */
#ifndef TESTS_PAM_HOST_H
#define TESTS_PAM_HOST_H

#include "base/process.h"
#include "base/secret.h"
#include "base/wire.h"
#include "bridge/login/pam/devices.h"
#include "bridge/login/wire.h"

#include "tests/unit/unit.h"

#include <sys/socket.h>
#include <syslog.h>

#define PAM_SM_AUTH
#include <security/pam_ext.h>
#include <security/pam_modules.h>

/* ---- the host and the helper ---- */

static struct world {
	const char *user, *service, *rhost; /* PAM's items */
	int user_code, item_code, no_conv;
	uid_t uid;
	bool nameless;                /* the machine is */
	const char *host;             /* its name */
	bool socket, blind, confined; /* what start_helper looks at */
	int call, start;              /* errors in place of a helper */
	int second;                   /* ... of the second one */
	struct login_reply replies[2][4]; /* of each helper; .kind 0 ends */
	bool hangs_up;                /* before it has read anything */
	const char *answer;           /* of the person; NULL: none */
	int conv_code, conv_fails_at; /* from that message on, counted from 1 */
	/* what came of it */
	int helpers, messages, delay;
	int peer;                     /* the helper's end */
	bool called[2], sent[2];
	struct login_request asked[2];
	char pin[2][64], said[2048], logged[2048];
	int priority;                 /* of the last line */
	int64_t patience;             /* of the last wait for a frame */
	char *resp;                   /* that was given, until it is freed */
	bool resp_freed;
	const struct secret *secret;  /* where the module keeps the PIN */
} w;

int pam_get_item(const pam_handle_t *pamh, int item, const void **ret)
{
	static const struct pam_conv conv;
	extern const struct pam_conv host_conv;

	assert_ptr_equal(pamh, &w);
	if (item == PAM_CONV) {
		*ret = w.no_conv == 1 ? NULL : w.no_conv == 2 ?
			(const void *)&conv : &host_conv;
		return w.no_conv == 3 ? PAM_SYSTEM_ERR : PAM_SUCCESS;
	}
	*ret = item == PAM_SERVICE ? w.service : w.rhost;
	return w.item_code == item ? PAM_SYSTEM_ERR : PAM_SUCCESS;
}

int pam_get_user(pam_handle_t *pamh, const char **ret, const char *prompt)
{
	assert_ptr_equal(pamh, &w);
	assert_null(prompt);
	*ret = w.user;
	return w.user_code;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format,
	...)
{
	size_t n = strlen(w.logged);
	va_list ap;

	assert_ptr_equal(pamh, &w);
	assert_true(!w.secret || w.secret->n == 0 || w.helpers < 2);
	w.priority = priority;
	va_start(ap, format);
	vsnprintf(w.logged + n, sizeof(w.logged) - n, format, ap);
	va_end(ap);
	strcat(w.logged, "\n");
}

int pam_fail_delay(pam_handle_t *pamh, unsigned us)
{
	assert_ptr_equal(pamh, &w);
	w.delay = (int)us;
	return PAM_SUCCESS;
}

static int converse(int n, const struct pam_message **message,
	struct pam_response **ret, void *arg)
{
	size_t at = strlen(w.said);

	assert_int_equal(n, 1);
	assert_ptr_equal(arg, &w);
	snprintf(w.said + at, sizeof(w.said) - at, "%d %s\n",
		message[0]->msg_style, message[0]->msg);
	if (++w.messages >= w.conv_fails_at && w.conv_fails_at)
		return PAM_CONV_ERR;
	*ret = calloc(1, sizeof(**ret));
	assert_non_null(*ret);
	if (message[0]->msg_style == PAM_PROMPT_ECHO_OFF && w.answer)
		(*ret)->resp = w.resp = strdup(w.answer);
	return w.conv_code;
}

extern const struct pam_conv host_conv;
const struct pam_conv host_conv = { converse, &w };

/* What a person typed is gone before its memory is anybody's. */
void __real_free(void *p);
WRAP(void, free, void *p)
{
	size_t i;

	if (p && p == w.resp) {
		for (i = 0; i < strlen(w.answer); i++)
			assert_int_equal(w.resp[i], 0);
		w.resp = NULL;
		w.resp_freed = true;
	}
	__real_free(p);
}

WRAP(int, gethostname, char *ret, size_t size)
{
	/* as libc does: a name that is cut off is none */
	return snprintf(ret, size, "%s", w.host) >= (int)size || w.nameless ?
		-1 : 0;
}

WRAP(uid_t, geteuid, void)
{
	return w.uid;
}

int __real_access(const char *path, int how);
WRAP(int, access, const char *path, int how)
{
	size_t n = strlen(path);

	/* a build that counts lines looks at files of its own */
	if (n < 5 || strcmp(path + n - 5, "/auth") != 0)
		return __real_access(path, how);
	return how == F_OK && w.socket ? 0 : -1;
}

WRAP(bool, devices_are_seen, void)
{
	return !w.blind;
}

WRAP(bool, devices_are_confined, void)
{
	return w.confined;
}

static int connect_helper(struct process *p, bool called)
{
	const struct login_reply *r = w.replies[w.helpers];
	struct buf b;
	int pair[2];

	assert_true(w.helpers < 2);
	w.called[w.helpers] = called;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
		pair), 0);
	buf_init(&b, WIRE_MAX);
	for (; r->kind; r++) {
		buf_reset(&b);
		login_reply_write(r, &b);
		OK(wire_send(pair[1], b.p, b.n, deadline_in(1000), &err));
	}
	buf_done(&b);
	shutdown(pair[1], SHUT_WR);
	w.peer = pair[1];
	if (w.hangs_up)
		close_p(&w.peer);
	*p = (struct process){ called ? 0 : 4711, -1, pair[0] };
	return 0;
}

WRAP(int, process_call, struct process *ret, const char *path,
	deadline_t until, struct error *e)
{
	assert_non_null(strstr(path, "/auth"));
	assert_in_range(until - deadline_now(), 3000, 5000);
	return w.call < 0 ? error_set(e, -w.call, "nobody listens") :
			    connect_helper(ret, true);
}

WRAP(int, process_start_bare, struct process *ret, const char *path,
	struct error *e)
{
	assert_non_null(strstr(path, "/tokenbridge-auth"));
	if (w.helpers == 1 && w.second < 0) {
		w.helpers++;
		return error_set(e, -w.second, "no second program");
	}
	return w.start < 0 ? error_set(e, -w.start, "no such program") :
			     connect_helper(ret, false);
}

int __real_secret_set(struct secret *ret, const void *p, size_t n,
	struct error *e);
WRAP(int, secret_set, struct secret *ret, const void *p, size_t n,
	struct error *e)
{
	w.secret = ret;
	return __real_secret_set(ret, p, n, e);
}

int __real_wire_receive(int fd, struct buf *b, int cancel_fd, deadline_t until,
	struct error *e);
WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd,
	deadline_t until, struct error *e)
{
	w.patience = until - deadline_now();
	/* it need not be here while the token blinks */
	assert_true(!w.secret || w.secret->n == 0);
	return __real_wire_receive(fd, b, cancel_fd, until, e);
}

WRAP(int, process_stop, struct process *p, deadline_t until)
{
	struct buf b;

	assert_true(until - deadline_now() <= 500);
	if (p->socket < 0)
		return 0; /* there was none */
	close_p(&p->socket);
	buf_init(&b, WIRE_MAX);
	if (w.peer >= 0 && __real_wire_receive(w.peer, &b, -1,
			deadline_in(1000), NULL) == 0) {
		OK(login_request_read(b.p, b.n, &w.asked[w.helpers], &err));
		w.sent[w.helpers] = true;
	}
	if (w.peer >= 0 && __real_wire_receive(w.peer, &b, -1,
			deadline_in(1000), NULL) == 0)
		snprintf(w.pin[w.helpers], sizeof(w.pin[0]), "%.*s",
			(int)b.n, (const char *)b.p);
	buf_done(&b);
	close_p(&w.peer);
	w.helpers++;
	return 0;
}

/* ---- one login ---- */

static void world(void)
{
	w = (struct world){ .user = "alice", .service = "sudo", .peer = -1,
		.host = "host\x1b", .answer = "123456" };
}

/* With up to two arguments of the line. */
static int log_in(const char *a, const char *b)
{
	const char *argv[] = { a, b };

	w.helpers = 0;
	return pam_sm_authenticate((pam_handle_t *)&w, PAM_SILENT,
		!a ? 0 : !b ? 1 : 2, argv);
}

static UNUSED struct login_reply reply_of(enum login_reply_kind kind,
	enum login_result result)
{
	struct login_reply r;

	memset(&r, 0, sizeof(r));
	r.kind = kind;
	r.result = result;
	return r;
}

static UNUSED struct login_reply answer(enum login_result result)
{
	return reply_of(LOGIN_ANSWER, result);
}

static const UNUSED struct login_reply wants_pin = { .kind = LOGIN_ANSWER,
	.result = LOGIN_READY, .needs_pin = true, .token = "0123abcd",
	.name = "YubiKey, serial 1", .min_pin = 6 };

static UNUSED void logged(const char *words)
{
	if (!strstr(w.logged, words))
		fail_msg("'%s' is not in the log: %s", words, w.logged);
}

#endif
