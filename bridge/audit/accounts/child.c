/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that ask an account each, seen from the one that started them. */
#include "bridge/audit/accounts/fleet.h"

#include "aws/role/handover.h"
#include "base/file.h"
#include "base/wire.h"

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define GIVE_MS 10000
#define HEAR_MS 10000 /* for the rest of a line that has begun */
#define END_MS 2000
#define LIMITED_MAX 3 /* refusals in a row, then AWS is left alone */
#define LIMITED_PAUSE_MS 30000

static const char *id_of(const struct fleet *f, const struct child *c)
{
	return f->list.items[c->item].id;
}

/* What ends more than this account. */
static bool ends_all(const struct error *e)
{
	return e->code == ERROR_INTERRUPTED || e->code == ERROR_REFUSED;
}

/* ---- starting ---- */

static int give_work(struct fleet *f, const struct child *c,
	const struct entered *in, struct error *err)
{
	const char *id = id_of(f, c);
	deadline_t until = deadline_in(GIVE_MS);
	int r = wire_send(c->process.socket, id, strlen(id), until, err);

	return r < 0 ? r : aws_session_give(in->session,
		in->keys.key_id[0] ? &in->keys : NULL, c->process.socket,
		until, err);
}

static int keep_line(struct child *c, const struct buf *line,
	struct error *err)
{
	int r = file_write_fd(c->to, line->p, line->n, "what is found out",
		err);

	c->spoiled |= r < 0;
	return r;
}

static int put_head(struct fleet *f, struct child *c, struct error *err)
{
	struct record_head head = { .asked = time(NULL) };
	CLEANUP(buf_done) struct buf b;
	int r;

	strcpy(head.key, f->told[c->item].key);
	strcpy(head.account, id_of(f, c));
	buf_init(&b, RECORD_LINE_MAX);
	record_put_head(&b, &head);
	r = buf_check(&b, "the head of a result", err);
	return r < 0 ? r : keep_line(c, &b, err);
}

static int begin_child(struct fleet *f, struct child *c, bool *ret_again,
	struct error *err)
{
	CLEANUP(entered_done) struct entered in = { .own = NULL };
	int r = fleet_enter(f, c->item, &in, ret_again, err);

	if (r >= 0)
		r = keep_begin(&f->keep, id_of(f, c), &c->to, err);
	if (r >= 0)
		r = put_head(f, c, err);
	if (r >= 0)
		r = process_start_self(&c->process, f->q->words, err);
	return r < 0 ? r : give_work(f, c, &in, err);
}

int child_start(struct fleet *f, struct child *c, size_t item,
	struct error *err)
{
	struct error why;
	bool again;
	int r;

	*c = (struct child){ .at = CHILD_BEGINS, .item = item,
		.process = PROCESS_INIT, .to = -1 };
	r = begin_child(f, c, &again, &why);
	if (r >= 0)
		return 0;
	if (again) {
		c->at = CHILD_NONE;
		fleet_wait(f, item);
		return 0;
	}
	child_end(f, c, why.text);
	return ends_all(&why) ? error_copy(err, &why) : 0;
}

/* ---- ending ---- */

void child_stop(struct child *c)
{
	if (c->at != CHILD_NONE)
		shutdown(c->process.socket, SHUT_WR);
}

static void say_death(int status, char *ret, size_t size)
{
	if (status >= 0 && WIFSIGNALED(status))
		snprintf(ret, size, "the process that asked it ended by "
			"signal %d", WTERMSIG(status));
	else
		snprintf(ret, size, "the process that asked it ended before "
			"it was done");
}

static bool is_useful_again(const struct fleet *f, const struct child *c)
{
	return f->q->state && !c->has_unknown &&
		f->a->accounts[c->item].state == AUDIT_ACCOUNT_READ;
}

/* Its result is there to be shown, and where it is good, to be used again. */
static void close_result(struct fleet *f, struct child *c)
{
	struct told *told = &f->told[c->item];
	struct error e;

	if (c->to < 0)
		return;
	close_p(&c->to);
	told->has_rows = c->findings > 0;
	if (c->spoiled)
		fleet_fail(f, c->item, AUDIT_ACCOUNT_PARTLY,
			"what was found out could not be written");
	else if (is_useful_again(f, c))
		told->finished = keep_finish(&f->keep, id_of(f, c), &e) >= 0;
}

void child_end(struct fleet *f, struct child *c, const char *why)
{
	struct audit_account_source *x = &f->a->accounts[c->item];
	int status = process_stop(&c->process, deadline_in(why ? 0 : END_MS));
	char death[80];

	say_death(status, death, sizeof(death));
	if (f->stops && x->state != AUDIT_ACCOUNT_READ)
		why = "the audit was broken off";
	else if (x->state == AUDIT_ACCOUNT_NOT_ASKED && !why)
		why = death;
	if (why)
		fleet_fail(f, c->item, c->findings ? AUDIT_ACCOUNT_PARTLY :
			f->stops ? AUDIT_ACCOUNT_NOT_ASKED :
			AUDIT_ACCOUNT_NOT_READ, why);
	close_result(f, c);
	f->told[c->item].over = true;
	c->at = CHILD_NONE;
}

/* ---- hearing ---- */

void child_go(struct fleet *f, struct child *c)
{
	struct error e;

	c->at = CHILD_ASKS;
	if (wire_send(c->process.socket, "", 0, deadline_in(GIVE_MS), &e) < 0)
		child_end(f, c, e.text);
}

static void take_begun(struct fleet *f, struct child *c, bool limited)
{
	c->at = CHILD_WAITS;
	f->limited = limited ? f->limited + 1 : 0;
	if (f->limited < LIMITED_MAX)
		return;
	f->limited = 0;
	f->pause = deadline_in(LIMITED_PAUSE_MS);
}

int child_renew(struct fleet *f, struct child *c, struct error *err)
{
	CLEANUP(entered_done) struct entered in = { .own = NULL };
	struct error why;
	bool again;
	int r = fleet_enter(f, c->item, &in, &again, &why);

	if (r < 0 && again)
		return 0;
	c->wants_keys = false;
	if (r >= 0)
		r = aws_session_give(in.session, in.keys.key_id[0] ? &in.keys :
			NULL, c->process.socket, deadline_in(GIVE_MS), &why);
	if (r >= 0)
		return 0;
	child_end(f, c, why.text);
	return ends_all(&why) ? error_copy(err, &why) : 0;
}

/* Says that keys follow, that there shall be none, or why there are none. */
static int say_root(const struct child *c, bool keys, const struct error *why,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, RECORD_LINE_MAX);
	buf_put_byte(&b, keys);
	wire_put_str(&b, why ? why->foreign : "");
	wire_put_str(&b, why ? why->text : "");
	r = buf_check(&b, "what is said of root's keys", err);
	return r < 0 ? r : wire_send(c->process.socket, b.p, b.n,
		deadline_in(GIVE_MS), err);
}

int child_make_root(struct fleet *f, struct child *c, struct error *err)
{
	CLEANUP(credentials_done) struct aws_credentials keys = { .expires =
		0 };
	struct error why, e;
	bool again, there;
	int r = fleet_become_root(f, c->item, &keys, &again, &why);

	if (r < 0 && again)
		return 0;
	c->wants_root = false;
	if (r < 0 && ends_all(&why)) {
		child_end(f, c, why.text);
		return error_copy(err, &why);
	}
	there = keys.key_id[0] != '\0';
	r = say_root(c, there, r < 0 ? &why : NULL, &e);
	if (r >= 0 && there)
		r = aws_session_give(f->entrance.base, &keys,
			c->process.socket, deadline_in(GIVE_MS), &e);
	if (r < 0)
		child_end(f, c, e.text);
	return 0;
}

/* A line whose newline is its last byte and its only one. */
static bool is_line(const struct buf *b)
{
	return b->n > 0 && memchr(b->p, '\n', b->n) == b->p + b->n - 1;
}

static int take_finding(struct fleet *f, struct child *c,
	const struct buf *line, const struct audit_finding *finding,
	struct error *err)
{
	if (strcmp(finding->account, id_of(f, c)) != 0)
		return error_set(err, ERROR_MALFORMED,
			"a finding of account '%s' was told of it",
			finding->account);
	c->findings++;
	c->has_unknown |= finding->status == AUDIT_UNKNOWN;
	return keep_line(c, line, err);
}

static int take_end(struct fleet *f, struct child *c, const struct buf *line,
	struct record_end *end, struct error *err)
{
	int r;

	if (strcmp(end->account.id, id_of(f, c)) != 0)
		return error_set(err, ERROR_MALFORMED,
			"the end of account '%s' was told of it",
			end->account.id);
	r = keep_line(c, line, err);
	if (r < 0)
		return r;
	fleet_take_end(f, c->item, end);
	child_end(f, c, NULL);
	return 0;
}

static int take_record(struct fleet *f, struct child *c, const struct buf *line,
	struct record *x, struct error *err)
{
	switch (x->kind) {
	case RECORD_FINDING:
		return take_finding(f, c, line, &x->finding, err);
	case RECORD_BEGUN:
		if (c->at != CHILD_BEGINS)
			break;
		take_begun(f, c, x->limited);
		return 0;
	case RECORD_RENEW:
		c->wants_keys = true;
		return child_renew(f, c, err);
	case RECORD_ROOT:
		if (!f->q->assume_root)
			break;
		c->wants_root = true;
		return child_make_root(f, c, err);
	case RECORD_END:
		return take_end(f, c, line, &x->end, err);
	case RECORD_HEAD:
		break;
	}
	return error_set(err, ERROR_MALFORMED,
		"what the process that asked it says is out of order");
}

int child_hear(struct fleet *f, struct child *c, struct error *err)
{
	CLEANUP(record_done) struct record x = { .json = NULL };
	CLEANUP(buf_done) struct buf line;
	struct error why;
	int r;

	buf_init(&line, RECORD_LINE_MAX);
	r = wire_receive(c->process.socket, &line, -1, deadline_in(HEAR_MS),
		&why);
	if (r < 0) {
		child_end(f, c, NULL);
		return 0;
	}
	r = is_line(&line) ? record_parse((const char *)line.p, line.n, &x,
		&why) : error_set(&why, ERROR_MALFORMED,
		"the process that asked it sent no line");
	if (r >= 0)
		r = take_record(f, c, &line, &x, &why);
	if (r >= 0)
		return 0;
	if (c->at != CHILD_NONE)
		child_end(f, c, why.text);
	return ends_all(&why) ? error_copy(err, &why) : 0;
}
