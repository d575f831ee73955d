/* SPDX-License-Identifier: Apache-2.0 */
/* A process that asks an account, seen from who started it: what is done is
 * noted, a step each. */
#ifndef TESTS_CHILD_PARTS_H
#define TESTS_CHILD_PARTS_H

#include "bridge/audit/accounts/fleet.h"

#include "aws/role/handover.h"
#include "base/wire.h"

#include "tests/unit/steps.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/socket.h>

#define ONE "123456789012"
#define TWO "210987654321"
#define KEY "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SOCKET 888
#define HEAD "{\"head\":{\"version\":1,\"key\":\"" KEY "\",\"account\":\"" TWO \
	"\",\"asked\":1700000000}}\\n"

/* ---- what doubles answer: the code of what fails; 0: it does not ---- */

static struct answers {
	int enter, keep, write, start, send, give, root, hear, parse, finish;
	bool again, keys;
	const char *line; /* that is heard ... */
	struct record record; /* ... and what it is */
	int status;       /* of the process that ended */
} w;

static struct fleet f;
static struct child c;
static struct audit a;
static struct audit_many q;
static struct audit_account_source accounts[2];
static struct accounts_item items[2];
static struct told told[2];
static char word[] = "words";
static char *words[] = { word, NULL };
static struct aws_session *const base = (struct aws_session *)&w.enter;
static struct aws_session *const theirs = (struct aws_session *)&w.keep;

/* Newlines and other such bytes are shown. */
static void step_bytes(const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] == '\n')
			step("\\n");
		else if (p[i] < ' ')
			step("\\%u", p[i]);
		else
			step("%c", p[i]);
	step("; ");
}

static int answer(int code, struct error *e)
{
	return code ? error_set(e, code, "says no") : 0;
}

WRAP(deadline_t, deadline_in, int64_t ms)
{
	return ms;
}

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return 1700000000;
}

WRAP(int, fleet_enter, struct fleet *g, size_t item, struct entered *ret,
	bool *ret_again, struct error *e)
{
	assert_ptr_equal(g, &f);
	step("enter %zu; ", item);
	*ret_again = w.again;
	ret->session = theirs;
	strcpy(ret->keys.key_id, w.keys ? "AKIA" : "");
	return answer(w.enter, e);
}

WRAP(int, fleet_become_root, struct fleet *g, size_t item,
	struct aws_credentials *ret, bool *ret_again, struct error *e)
{
	assert_ptr_equal(g, &f);
	step("root %zu; ", item);
	*ret_again = w.again;
	strcpy(ret->key_id, w.keys ? "ROOT" : "");
	if (answer(w.root, e) < 0)
		strcpy(e->foreign, "AccessDenied");
	return -w.root;
}

WRAP(void, fleet_wait, struct fleet *g, size_t item)
{
	assert_ptr_equal(g, &f);
	step("wait %zu; ", item);
}

WRAP(void, fleet_fail, struct fleet *g, size_t item,
	enum audit_account_state state, const char *why)
{
	assert_ptr_equal(g, &f);
	step("%s %zu: %s; ", audit_account_state_names[state], item, why);
}

WRAP(void, fleet_take_end, struct fleet *g, size_t item,
	struct record_end *end)
{
	assert_ptr_equal(g, &f);
	assert_string_equal(end->account.id, TWO);
	step("end %zu; ", item);
	accounts[item].state = end->account.state;
}

WRAP(int, keep_begin, const struct keep *k, const char *account, int *ret_fd,
	struct error *e)
{
	assert_ptr_equal(k, &f.keep);
	step("keep %s; ", account);
	if (!w.keep)
		*ret_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	return answer(w.keep, e);
}

WRAP(int, keep_finish, const struct keep *k, const char *account,
	struct error *e)
{
	assert_ptr_equal(k, &f.keep);
	step("finish %s; ", account);
	return answer(w.finish, e);
}

WRAP(int, file_write_fd, int fd, const void *p, size_t n, const char *name,
	struct error *e)
{
	assert_int_equal(fd, c.to);
	assert_string_equal(name, "what is found out");
	step("write ");
	step_bytes(p, n);
	return answer(w.write, e);
}

WRAP(int, process_start_self, struct process *ret, char *const *argv,
	struct error *e)
{
	assert_ptr_equal(argv, words);
	step("start; ");
	ret->socket = SOCKET;
	return answer(w.start, e);
}

WRAP(int, process_stop, struct process *p, deadline_t until)
{
	step("stop %d %d; ", p->socket, (int)until);
	return w.status;
}

WRAP(int, shutdown, int fd, int how)
{
	assert_int_equal(how, SHUT_WR);
	step("shutdown %d; ", fd);
	return 0;
}

WRAP(int, wire_send, int fd, const void *p, size_t n, deadline_t until,
	struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(until, 10000);
	step("send ");
	step_bytes(p, n);
	return answer(w.send, e);
}

WRAP(int, wire_receive, int fd, struct buf *b, int cancel_fd,
	deadline_t until, struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(cancel_fd, -1);
	assert_int_equal(until, 10000);
	assert_int_equal(b->max, RECORD_LINE_MAX);
	buf_put_str(b, w.line);
	return answer(w.hear, e);
}

WRAP(int, aws_session_give, const struct aws_session *s,
	const struct aws_credentials *keys, int fd, deadline_t until,
	struct error *e)
{
	assert_int_equal(fd, SOCKET);
	assert_int_equal(until, 10000);
	step("give %s %s; ", s == theirs ? "theirs" : s == base ? "base" : "?",
		keys ? keys->key_id : "none");
	return answer(w.give, e);
}

WRAP(int, record_parse, const char *p, size_t n, struct record *ret,
	struct error *e)
{
	assert_int_equal(n, strlen(w.line));
	assert_memory_equal(p, w.line, n);
	*ret = w.record;
	return answer(w.parse, e);
}

/* ---- */

/* The second account's process runs. */
static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.line = "line\n";
	memset(accounts, 0, sizeof(accounts));
	memset(told, 0, sizeof(told));
	memset(&a, 0, sizeof(a));
	a.accounts = accounts;
	q = (struct audit_many){ .words = words };
	strcpy(items[0].id, ONE);
	strcpy(items[1].id, TWO);
	strcpy(told[1].key, KEY);
	memset(&f, 0, sizeof(f));
	f.a = &a;
	f.q = &q;
	f.told = told;
	f.list = (struct accounts_list){ .items = items, .n = 2 };
	f.entrance.base = base;
	c = (struct child){ .at = CHILD_ASKS, .item = 1,
		.process = { .pid = 1, .pidfd = -1, .socket = SOCKET },
		.to = -1 };
	steps[0] = '\0';
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_p(&c.to);
	return 0;
}

static void did(const char *want)
{
	assert_string_equal(steps, want);
	steps[0] = '\0';
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
