/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of many accounts. Reports are asked for some accounts ahead, since
 * AWS takes seconds to make one and what it allows is counted for each account.
 */
#include "bridge/audit/accounts/many.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/audit/accounts/fleet.h"
#include "bridge/hash/chain.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS 1000
#define STOP_MS 5000   /* for processes to say what they know */
#define BASIS_MAX (4u << 20)

/* ---- which accounts ---- */

static int list_accounts(struct fleet *f, struct error *err)
{
	bool org = strcmp(f->q->what, "org") == 0;
	int r = 0;

	if (!org)
		r = accounts_list_read(f->q->what, &f->list, err);
	if (r >= 0 && (org || f->q->assume_root ||
			entrance_wants_base(&f->list)))
		r = entrance_open(&f->entrance, err);
	if (r >= 0 && org)
		r = accounts_of_organization(f->entrance.base, &f->list, err);
	return r < 0 ? r : entrance_check(&f->entrance, &f->list, err);
}

/* What everything else of the run calls AWS: who began it. */
static void take_caller(struct fleet *f)
{
	struct audit_aws_source *s = &f->a->aws;
	const struct entrance *e = &f->entrance;

	s->used = true;
	s->when = time(NULL);
	if (!e->base)
		return;
	snprintf(s->account, sizeof(s->account), "%s", e->caller.account);
	snprintf(s->caller, sizeof(s->caller), "%s", e->caller.arn);
	account_ca_bundle(e->base, s->ca_bundle);
	account_proxy(e->base, s->proxy);
}

static int make_room(struct fleet *f, struct error *err)
{
	struct audit *a = f->a;
	size_t i;

	a->accounts = calloc(f->list.n, sizeof(*a->accounts));
	f->told = calloc(f->list.n, sizeof(*f->told));
	if (!a->accounts || !f->told)
		return error_memory(err);
	a->accounts_n = f->list.n;
	for (i = 0; i < f->list.n; i++) {
		strcpy(a->accounts[i].id, f->list.items[i].id);
		/* handed over: nobody else wants it */
		a->accounts[i].name = steal(&f->list.items[i].name);
	}
	return 0;
}

/* ---- one account ---- */

/* What of ours is in flight there: rows say so, and name its devices. */
static void put_runs(const struct journal_sights *runs, const char *id,
	struct buf *b)
{
	const struct journal_seen *x;
	size_t i;

	for (i = 0; i < runs->n; i++) {
		x = &runs->p[i];
		if (strcmp(x->journal.facts.account, id) == 0)
			buf_printf(b, "run %s %d %d %s %s\n", x->journal.id,
				x->running, (int)x->journal.point,
				x->journal.facts.serial, x->journal.cause);
	}
}

/* All that the result rests on beside AWS's answers. */
static int make_result_key(struct fleet *f, size_t item, struct error *err)
{
	unsigned char digest[SHA256_LEN];
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, BASIS_MAX);
	buf_printf(&b, "%s %d\n%s\n", PROGRAM_VERSION, RECORD_VERSION,
		f->q->basis);
	put_runs(f->q->runs, f->list.items[item].id, &b);
	r = entrance_text(&f->entrance, &f->list.items[item], &b, err);
	if (r >= 0)
		r = buf_check(&b, "what results rest on", err);
	if (r >= 0)
		r = chain_digest(b.p, b.n, digest, err);
	if (r >= 0)
		hex_encode(digest, sizeof(digest), f->told[item].key);
	return r;
}

static void close_account(struct fleet *f, size_t item)
{
	struct audit_account_source *x = &f->a->accounts[item];
	char why[96];

	snprintf(why, sizeof(why), "the organization says %s",
		f->list.items[item].state);
	x->state = AUDIT_ACCOUNT_CLOSED;
	x->why = strdup(why);
	f->told[item].over = true;
}

static struct child *free_child(struct fleet *f)
{
	size_t i;

	for (i = 0; i < FLEET_CHILDREN; i++)
		if (f->child[i].at == CHILD_NONE)
			return &f->child[i];
	return NULL;
}

static unsigned children_at(const struct fleet *f, enum child_at at)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < FLEET_CHILDREN; i++)
		n += f->child[i].at == at;
	return n;
}

/* The next account: closed, known by an earlier run, or asked. */
static int begin_next(struct fleet *f, struct error *err)
{
	struct error why;
	size_t item;
	int r;

	if (f->begun < f->list.n)
		item = f->begun++;
	else if (fleet_take_waiting(f, &item))
		return child_start(f, free_child(f), item, err);
	else
		return 0;
	if (accounts_is_closed(&f->list.items[item])) {
		close_account(f, item);
		return 0;
	}
	r = make_result_key(f, item, &why);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0) {
		fleet_fail(f, item, AUDIT_ACCOUNT_NOT_READ, why.text);
		f->told[item].over = true;
		return 0;
	}
	return fleet_find_kept(f, item) ? 0 :
		child_start(f, free_child(f), item, err);
}

static bool is_begun(const struct fleet *f)
{
	return f->begun == f->list.n && f->waiting == 0;
}

/* Milliseconds until one more may be begun, or it is to be looked at again. */
static int64_t begin_wait(struct fleet *f)
{
	int64_t wait = fleet_entering_wait(f);

	if (is_begun(f) || !free_child(f) || !deadline_passed(f->pause))
		return TICK_MS;
	return wait < TICK_MS ? wait : TICK_MS;
}

/* ---- all of them ---- */

/* Those whose report was asked for first go first. */
static void let_wait_go(struct fleet *f)
{
	struct child *first;
	size_t i;

	while (children_at(f, CHILD_ASKS) < MANY_AT_ONCE) {
		first = NULL;
		for (i = 0; i < FLEET_CHILDREN; i++)
			if (f->child[i].at == CHILD_WAITS && (!first ||
					f->child[i].item < first->item))
				first = &f->child[i];
		if (!first)
			return;
		child_go(f, first);
	}
}

/* Until somebody says something, a person wants to stop, or the time passes. */
static int hear_some(struct fleet *f, int64_t ms, struct error *err)
{
	struct pollfd p[FLEET_CHILDREN + 1];
	size_t i;
	int r = 0;

	for (i = 0; i < FLEET_CHILDREN; i++)
		p[i] = (struct pollfd){ .fd = f->child[i].at == CHILD_NONE ?
			-1 : f->child[i].process.socket, .events = POLLIN };
	p[i] = (struct pollfd){ .fd = f->stops ? -1 : f->a->run->cancel_fd,
		.events = POLLIN };
	if (poll(p, ARRAY_LEN(p), (int)ms) < 0)
		return errno == EINTR ? 0 : error_errno(err, ERROR_FAILED,
			errno, "cannot wait for processes");
	for (i = 0; r >= 0 && i < FLEET_CHILDREN; i++)
		if (p[i].revents && f->child[i].at != CHILD_NONE)
			r = child_hear(f, &f->child[i], err);
	return r;
}

/* Those whose keys end go before those that have none yet. */
static int renew_some(struct fleet *f, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < FLEET_CHILDREN; i++)
		if (f->child[i].at != CHILD_NONE && f->child[i].wants_keys &&
			fleet_entering_wait(f) == 0)
			r = child_renew(f, &f->child[i], err);
	for (i = 0; r >= 0 && i < FLEET_CHILDREN; i++)
		if (f->child[i].at != CHILD_NONE && f->child[i].wants_root &&
			fleet_entering_wait(f) == 0)
			r = child_make_root(f, &f->child[i], err);
	return r;
}

/* In the list's order, as far as all before are over. */
static int show_some(struct fleet *f, struct error *err)
{
	int r = 0;

	for (; r >= 0 && f->shown < f->begun && f->told[f->shown].over;
		f->shown++)
		r = fleet_show(f, f->shown, err);
	return r;
}

static void fleet_tell(struct fleet *f)
{
	if (!f->a->tells_progress || !deadline_passed(f->tell))
		return;
	f->tell = deadline_in(TICK_MS);
	if (f->begun > 0)
		run_progress(f->a->run, "%zu of %zu accounts, %u at once",
			f->shown, f->list.n, children_at(f, CHILD_ASKS));
}

static bool is_over(const struct fleet *f)
{
	return is_begun(f) &&
		children_at(f, CHILD_NONE) == FLEET_CHILDREN;
}

static int ask_accounts(struct fleet *f, struct error *err)
{
	int r = 0;

	while (r >= 0 && !is_over(f)) {
		r = audit_may_go_on(f->a, err);
		if (r >= 0)
			r = renew_some(f, err);
		if (r >= 0 && begin_wait(f) == 0)
			r = begin_next(f, err);
		if (r >= 0)
			r = hear_some(f, is_over(f) ? 0 : begin_wait(f), err);
		if (r >= 0)
			let_wait_go(f);
		if (r >= 0)
			r = show_some(f, err);
		fleet_tell(f);
	}
	return r < 0 ? r : show_some(f, err);
}

/* ---- broken off ---- */

static void stop_all(struct fleet *f)
{
	deadline_t until = deadline_in(STOP_MS);
	struct error e;
	size_t i;

	f->stops = true;
	for (i = 0; i < FLEET_CHILDREN; i++)
		child_stop(&f->child[i]);
	while (children_at(f, CHILD_NONE) < FLEET_CHILDREN &&
		!deadline_passed(until))
		(void)hear_some(f, deadline_left(until), &e);
	for (i = 0; i < FLEET_CHILDREN; i++)
		if (f->child[i].at != CHILD_NONE)
			child_end(f, &f->child[i], "the audit was broken off");
}

/* What is known by then is shown; the others are said to be not asked. */
static void show_rest(struct fleet *f)
{
	struct error e;
	size_t i;

	for (i = f->shown; i < f->list.n; i++) {
		if (f->told[i].over)
			(void)fleet_show(f, i, &e);
		else
			fleet_fail(f, i, AUDIT_ACCOUNT_NOT_ASKED,
				"the audit was broken off");
	}
}

/* ---- root ---- */

static int begin_roots(struct fleet *f, struct error *err)
{
	int r = fleet_find_management(f, err);

	if (r >= 0 && f->roots_are_off)
		run_warn(f->a->run, FLEET_ROOTS_ARE_OFF ": no member's root is "
			"asked");
	else if (r >= 0)
		run_warn(f->a->run, "each member's root is asked as Root of "
			"that account: its log shows it so, and alarms on the "
			"use of root will go off");
	return r;
}

static void tell_roots(struct fleet *f)
{
	if (f->roots)
		audit_note(f->a, "root of %u account%s was asked by "
			"sts:AssumeRoot: CloudTrail there shows what was asked "
			"as done by Root, without MFA", f->roots,
			text_plural(f->roots));
}

static void fleet_done(struct fleet *f)
{
	entrance_done(&f->entrance);
	accounts_list_done(&f->list);
	keep_done(&f->keep);
	free_p(&f->told);
}

int audit_ask_accounts(struct audit *a, const struct audit_many *q,
	struct error *err)
{
	CLEANUP(fleet_done) struct fleet f = {
		.a = a,
		.q = q,
		.entrance = { .run = a->run, .by = q->by, .role = q->role,
			.as = "tokenbridge-audit",
			.hand_back_ms = FLEET_ENTER_MS },
		.keep = KEEP_INIT,
	};
	int r = keep_open(&f.keep, q->state, err);

	if (r >= 0)
		r = list_accounts(&f, err);
	if (r >= 0)
		r = make_room(&f, err);
	if (r < 0)
		return r;
	take_caller(&f);
	fleet_entering_init(&f);
	if (q->assume_root)
		r = begin_roots(&f, err);
	if (r < 0)
		return r;
	/* the other accounts go on meanwhile: see entering.c */
	if (f.entrance.base)
		aws_session_hand_back(f.entrance.base, FLEET_ENTER_MS);
	r = ask_accounts(&f, err);
	tell_roots(&f);
	if (r < 0) {
		stop_all(&f);
		show_rest(&f);
	}
	/* rows had each their own; what stands below is the first one */
	a->endpoint = a->aws.endpoint;
	if (a->registry.used && q->bindings > a->registry.bindings)
		a->registry.elsewhere = q->bindings - a->registry.bindings;
	return r;
}
