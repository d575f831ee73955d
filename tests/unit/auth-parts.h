/* SPDX-License-Identifier: Apache-2.0 */
/* All parts of tokenbridge-auth but its main.c, as a table says. */
#ifndef TESTS_AUTH_PARTS_H
#define TESTS_AUTH_PARTS_H

#include "base/process.h"
#include "base/wire.h"
#include "bridge/login/agent/sandbox.h"
#include "bridge/login/auth/admission.h"
#include "bridge/login/auth/arrivals.h"
#include "bridge/login/auth/prove.h"
#include "bridge/login/judge.h"
#include "bridge/login/open.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <syslog.h>

/* The program's own, and the tests', which the C library calls. */
int __real_main(void);
int __wrap_main(void);

/* ---- what all parts say ---- */

#define TOKEN_A "11111111"
#define TOKEN_B "22222222"

static struct world {
	uid_t uid;           /* of the peer */
	bool called, quiet;  /* by systemd; its log has had enough */
	enum login_result root, admit, claims, who, place;
	bool begins_not;     /* the process that asks NSS */
	const char *name;    /* of the user, by NSS */
	int open, read;      /* errors of login.db */
	size_t tokens;       /* that the user has */
	bool bare;           /* he has none */
	size_t lost;         /* the last of them, whose counter is damaged */
	int counters, check, plug, arrive, enter;
	enum login_result prove, judge;
	bool prompts, alerts, unsaved;
	uint32_t serial;
	/* what came of it */
	char steps[64];      /* a letter for each that was asked */
	struct login_request q;
	struct prove x;
	char pin[64];
	bool had_pin;
	size_t kept;         /* of the tokens */
	char kept_token[LOGIN_TOKEN_LEN];
	int64_t until;       /* what NSS has */
	unsigned hardened, killed_with_parent, freed;
} w;

static const struct login_db_info info = { .counters = "c0ffee" };
static struct sock_fprog a_filter; /* what the one that is made ahead stands for */

static void step(char c)
{
	size_t n = strlen(w.steps);

	assert_true(n + 1 < sizeof(w.steps));
	w.steps[n] = c;
}

WRAP(void, process_harden, void)
{
	w.hardened++;
}

WRAP(int, prctl, int option, unsigned long a, unsigned long b, unsigned long c,
	unsigned long d)
{
	(void)b;
	(void)c;
	(void)d;
	w.killed_with_parent += option == PR_SET_PDEATHSIG && a == SIGKILL;
	return 0;
}

WRAP(enum login_result, auth_take_root, struct auth *a)
{
	step('r');
	a->peer.uid = w.uid;
	a->peer.pid = 77;
	a->peer.called = w.called;
	if (w.root != LOGIN_READY)
		auth_say(a, "not root");
	return w.root;
}

WRAP(enum login_result, auth_admit_user, struct auth *a)
{
	step('a');
	a->quiet = w.quiet;
	snprintf(a->who.user.name, sizeof(a->who.user.name), "bob");
	snprintf(a->who.user.asked, sizeof(a->who.user.asked), "bob");
	snprintf(a->who.user.entry, sizeof(a->who.user.entry), "bob");
	return w.admit;
}

WRAP(enum login_result, auth_check_claims, struct auth *a)
{
	step('c');
	a->q.login_db[0] = '\0';
	strcpy(a->q.user, "bob");
	return w.claims;
}

WRAP(enum login_result, auth_check_place, struct auth *a)
{
	step('p');
	assert_int_equal(a->credentials.n, w.tokens);
	a->from_afar = true;
	if (w.place != LOGIN_READY)
		auth_say(a, "he is not here");
	return w.place;
}

WRAP(int, who_begin, const struct who_asked *asked, struct who_call *ret,
	struct error *e)
{
	step('w');
	*ret = (struct who_call){ *asked, -1, 0 };
	w.q.user[0] = '\0';
	strcpy(w.q.user, asked->name);
	return w.begins_not ? error_set(e, ERROR_FAILED, "no process") : 0;
}

WRAP(enum login_result, who_end, struct who_call *call, deadline_t until,
	struct who *ret, struct error *e)
{
	step('e');
	assert_string_equal(call->asked.name, w.q.user);
	w.until = until - deadline_now();
	if (w.who != LOGIN_READY) {
		error_set(e, ERROR_FAILED, "nobody of that name");
		return w.who;
	}
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->user.name, w.name);
	strcpy(ret->user.entry, w.name);
	strcpy(ret->user.asked, call->asked.name);
	ret->sandbox.uid = 65534;
	ret->sandbox.gid = 65533;
	return LOGIN_READY;
}

WRAP(int, login_open, struct login_db **ret, const char *path,
	struct error *e)
{
	step('o');
	snprintf(w.q.login_db, sizeof(w.q.login_db), "%s", path);
	*ret = (struct login_db *)&w;
	return w.open ? error_set(e, -w.open, "login.db is too old") : 0;
}

WRAP(void, login_db_free, struct login_db **db)
{
	w.freed += *db != NULL;
	*db = NULL;
}

WRAP(const char *, login_db_path, const struct login_db *db)
{
	assert_ptr_equal(db, &w);
	return "/var/l.db";
}

WRAP(const struct login_db_info *, login_db_info, const struct login_db *db)
{
	assert_ptr_equal(db, &w);
	return &info;
}

WRAP(int, login_db_credentials, struct login_db *db,
	const struct user_names *user, struct login_credentials *ret,
	struct error *e)
{
	size_t i;

	step('d');
	assert_ptr_equal(db, &w);
	assert_true(user_names_have(user, w.uid ? "bob" : w.q.user));
	assert_true(w.uid || user_names_have(user, w.name));
	if (w.read < 0)
		return error_set(e, -w.read, "a row makes no sense");
	ret->p = calloc(3, sizeof(*ret->p));
	assert_non_null(ret->p);
	ret->n = w.tokens;
	/* the last one is another token */
	for (i = 0; i < w.tokens; i++) {
		strcpy(ret->p[i].token, i && i + 1 == w.tokens ? TOKEN_B :
			TOKEN_A);
		strcpy(ret->p[i].aaguid, "00ff");
		ret->p[i].slot = (uint32_t)i;
	}
	return 0;
}

WRAP(int, counters_open, struct counters *ret, const char *path,
	const char *id, struct error *e)
{
	(void)ret;
	step('u');
	assert_string_equal(path, "/var/l.db.counters");
	assert_string_equal(id, "c0ffee");
	return w.counters < 0 ? error_set(e, -w.counters, "no counters") : 0;
}

WRAP(int, counters_read, struct counters *c, uint32_t slot,
	const void *credential, size_t n, uint32_t *ret, struct error *e)
{
	(void)c;
	(void)credential;
	(void)n;
	assert_true(slot < w.tokens);
	*ret = 7;
	return slot + w.lost < w.tokens ? 0 :
		error_set(e, ERROR_CORRUPT, "its counter is damaged");
}

WRAP(void, sandbox_prepare, struct sandbox *s)
{
	assert_null(s->filter);
	s->filter = &a_filter;
}

static void assert_sandbox(const struct sandbox *s)
{
	assert_ptr_equal(s->filter, &a_filter);
	if (w.uid == 0)
		assert_int_equal(s->uid, 65534);
}

WRAP(int, sandbox_check, const struct sandbox *s, const char *user,
	struct error *e)
{
	step('k');
	assert_sandbox(s);
	assert_true(user[0]);
	return w.check < 0 ? error_set(e, -w.check, "no user") : 0;
}

WRAP(int, plugged_start, struct plugged_list *ret, struct agent_setting *s,
	plugged_started_fn *started, void *arg, struct error *e)
{
	const struct prove *x = arg;

	step('t');
	assert_ptr_equal(started, prove_ask);
	assert_ptr_equal(x->credentials, s->credentials);
	assert_ptr_equal(x->tokens, ret);
	assert_sandbox(s->sandbox);
	w.kept = s->credentials->n;
	strcpy(w.kept_token, s->credentials->n ? s->credentials->p[0].token :
		"");
	/* what a token's process must not have */
	assert_int_equal(s->close_n, 3);
	assert_int_equal(s->close_fds[0], PROCESS_BARE_FD);
	(void)plugged_add(ret, -1, -1, "/dev/hidraw0", "Key");
	return w.plug < 0 ? error_set(e, -w.plug, "no udev") : 0;
}

WRAP(int, arrivals_start, const struct plugged_list *there,
	const struct agent_setting *s, int *ret_socket, struct error *e)
{
	step('i');
	assert_int_equal(there->n, 1);
	assert_int_equal(s->close_n, 3);
	*ret_socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return w.arrive < 0 ? error_set(e, -w.arrive, "no watcher") : 0;
}

WRAP(int, sandbox_enter, const struct sandbox *s, bool with_parent,
	struct error *e)
{
	step('s');
	assert_sandbox(s);
	assert_true(with_parent);
	/* nothing of the record is carried into it */
	assert_int_equal(w.freed, 1);
	return w.enter < 0 ? error_set(e, -w.enter, "no sandbox") : 0;
}

WRAP(enum login_result, prove_login, struct prove *x, struct error *e)
{
	step('P');
	assert_string_equal(x->credentials->p[0].aaguid, "00ff");
	w.had_pin = x->pin != NULL;
	if (w.had_pin)
		snprintf(w.pin, sizeof(w.pin), "%.*s", (int)x->pin->n,
			(const char *)x->pin->p);
	assert_int_equal(x->cancel_fd, PROCESS_BARE_FD);
	w.x = *x;
	w.x.wait_until -= deadline_now();
	if (w.prompts) {
		x->prompt(LOGIN_PROMPT_INSERT, "", x->arg);
		x->prompt(LOGIN_PROMPT_TOUCH, TOKEN_A, x->arg);
	}
	if (w.alerts)
		strcpy(x->alert, "/dev/hidraw3 lies");
	if (w.prove == LOGIN_GRANTED || w.prove == LOGIN_READY) {
		struct plugged *t = &x->tokens->p[0];

		t->credential = &x->credentials->p[0];
		t->facts.serial = w.serial;
		t->facts.min_pin = 6;
		x->token = t;
		x->counter = 41;
		x->flags = 5;
	} else {
		error_set(e, ERROR_FAILED, "it is no proof");
	}
	return w.prove;
}

WRAP(enum login_result, login_judge_counter, struct counters *counters,
	const struct login_credential *c, uint32_t counter, deadline_t until,
	bool *ret_unsaved, struct error *e)
{
	(void)counters;
	step('j');
	assert_string_equal(c->token, TOKEN_A);
	assert_int_equal(counter, 41);
	assert_in_range(until - deadline_now(), 3000, 5000);
	*ret_unsaved = w.unsaved;
	if (w.judge != LOGIN_GRANTED || w.unsaved)
		error_set(e, ERROR_FAILED, "the counter's word");
	return w.judge;
}

#endif
