/* SPDX-License-Identifier: Apache-2.0 */
/* Taking root's credentials away, in order. */
#include "bridge/member/removing.h"

#include "bridge/run/json.h"

#include <stdio.h>
#include <string.h>

/* Behind each of them a list is asked once more. */
static const int64_t pauses[] = { 1000, 2000, 4000 };

static void removing_done(struct removing *x)
{
	member_leave(&x->member);
	removal_record_done(&x->record);
}

void removal_receipt_done(struct removal_receipt *r)
{
	json_decref(r->rows);
	r->rows = NULL;
}

static void tell_holding(struct removing *x, const struct holding *h,
	enum removal_outcome outcome, const char *text)
{
	removing_tell(x, outcome, holding_names[h->kind], h->id, text, NULL);
}

/* ---- may it be done at all ---- */

static int check_member(const struct removal *q, struct error *err)
{
	const char *own = q->aws->caller.account;

	if (strcmp(q->account, q->management) != 0 &&
		strcmp(q->account, own) != 0)
		return 0;
	return error_set(err, ERROR_REFUSED, "account %s is %s: root's "
		"credentials are removed of member accounts alone", q->account,
		strcmp(q->account, q->management) == 0 ?
		"the organization's management account" :
		"the one that this is done from");
}

static int check_used(const struct removing *x, struct error *err)
{
	time_t now = aws_now(x->q->aws->session);
	char when[TEXT_TIME_LEN] = "";
	size_t i;

	for (i = 0; i < x->has.n && !x->q->reason; i++) {
		const struct holding *h = &x->has.p[i];

		if (h->kind != HOLDING_KEY || (h->used_known && (h->used == 0 ||
			now - h->used > REMOVAL_USED_DAYS * 86400L)))
			continue;
		if (h->used_known)
			text_format_time(h->used, when);
		return error_set(err, ERROR_REFUSED, h->used_known ?
			"root of account %s used its access key %s at %s: what "
			"uses it stops working; say with --reason why it goes "
			"all the same" :
			"when root of account %s used its access key %s is not "
			"known%s: say with --reason why it goes all the same",
			x->q->account, h->id, when);
	}
	return 0;
}

static bool was_confirmed(const struct removal *q)
{
	const char *p = q->confirmed;

	while (p && *p) {
		size_t n = strcspn(p, "\n");

		if (n == strlen(q->account) && memcmp(p, q->account, n) == 0)
			return true;
		p += n + (p[n] == '\n');
	}
	return false;
}

static void say_what_goes(const struct removing *x)
{
	const struct holdings *h = &x->has;

	run_say(x->q->run, "Root of account %s has: access keys %zu, signing "
		"certificates %zu, password %s, MFA devices %zu; in the "
		"registry %zu. All of it goes; a password can be allowed again "
		"from the management account.", x->q->account,
		holdings_count(h, HOLDING_KEY),
		holdings_count(h, HOLDING_CERTIFICATE),
		holdings_count(h, HOLDING_PASSWORD) ? "yes" : "no",
		holdings_count(h, HOLDING_DEVICE), x->record.bound);
}

static int confirm(const struct removing *x, struct error *err)
{
	char typed[64];
	struct error e;
	int r;

	say_what_goes(x);
	if (was_confirmed(x->q))
		return 0;
	r = run_ask_text(x->q->run, "Type the account's number to confirm: ",
		typed, sizeof(typed), &e);
	if (r == -ERROR_PIN)
		return error_set(err, ERROR_USAGE, "nobody is there to confirm "
			"it: say --confirm %s", x->q->account);
	if (r < 0 && r != -ERROR_USAGE)
		return error_copy(err, &e);
	if (r == 0 && strcmp(typed, x->q->account) == 0)
		return 0;
	return error_set(err, ERROR_REFUSED, "that is not the number %s: "
		"nothing was done", x->q->account);
}

/* ---- one thing ---- */

static int send_take(void *data, struct error *err)
{
	struct removing *x = data;

	return holdings_take(&x->member, x->now, err);
}

/* Lists lag: it is asked for until it is not there any more. */
static int look_again(struct removing *x, bool *ret_there, struct error *err)
{
	size_t i;
	int r;

	for (i = 0;; i++) {
		struct holdings now = { .n = 0 };

		r = holdings_look(&x->member, x->now->kind, &now, err);
		if (r < 0)
			return r;
		*ret_there = holdings_have(&now, x->now->kind, x->now->id);
		if (!*ret_there || i == ARRAY_LEN(pauses))
			return 0;
		r = run_pause(x->q->run, pauses[i], err);
		if (r < 0)
			return r;
	}
}

/* ---- one thing after the other ---- */

static void tell_taken(struct removing *x)
{
	const struct holding *h = x->now;

	x->lost |= 1u << h->kind;
	/* told when it is known whether it can be deleted */
	if (h->kind == HOLDING_DEVICE && device_kind(h->id) == DEVICE_VIRTUAL)
		x->gone.p[x->gone.n++] = *h;
	else
		tell_holding(x, h, REMOVAL_DONE, "is not there any more");
}

static int take_one(struct removing *x, const struct holding *h,
	struct error *err)
{
	bool there = true;
	struct error e;
	int r;

	x->now = h;
	r = removal_record_send(&x->record, h, err);
	if (r < 0)
		return r;
	r = removing_send(x, send_take, x, &e);
	if (r == 0)
		r = look_again(x, &there, &e);
	if (r < 0 && (e.code == ERROR_INTERRUPTED || e.code == ERROR_FAILED))
		return error_copy(err, &e);
	if (r < 0)
		tell_holding(x, h, REMOVAL_LEFT, e.text);
	else if (there)
		tell_holding(x, h, REMOVAL_LEFT,
			"AWS took the order, and lists it all the same");
	else
		tell_taken(x);
	return 0;
}

static void tell_came(struct removing *x, const struct holdings *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		tell_holding(x, &h->p[i], REMOVAL_LEFT,
			"came while this was done");
}

/* Before MFA goes: what is there by now that it guards. */
static int look_at_rest(struct removing *x, struct error *err)
{
	struct holdings now = { .n = 0 };
	struct error e;
	int kind, r = 0;

	for (kind = 0; r == 0 && kind < HOLDING_DEVICE; kind++)
		r = holdings_look(&x->member, (enum holding_kind)kind, &now,
			&e);
	if (r < 0 && (e.code == ERROR_INTERRUPTED || e.code == ERROR_FAILED))
		return error_copy(err, &e);
	if (r < 0)
		removing_tell(x, REMOVAL_LEFT, "root", NULL, e.text, NULL);
	else
		tell_came(x, &now);
	return 0;
}

/* MFA stays before whatever is left. */
static int take_all(struct removing *x, struct error *err)
{
	bool looked = false;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < x->has.n; i++) {
		const struct holding *h = &x->has.p[i];

		if (h->kind == HOLDING_DEVICE && !looked && x->ret->left == 0)
			r = look_at_rest(x, err);
		looked |= h->kind == HOLDING_DEVICE;
		if (r < 0)
			return r;
		if (h->kind == HOLDING_DEVICE && x->ret->left > 0)
			tell_holding(x, h, REMOVAL_KEPT,
				"stays until everything else is gone");
		else
			r = take_one(x, h, err);
	}
	return r;
}

/* ---- the end ---- */

/* What came while this was done, or was not listed at first. */
static int look_at_end(struct removing *x, struct holdings *ret,
	struct error *err)
{
	int r = holdings_look_all(&x->member, ret, err);

	if (r == 0 && x->ret->left == 0)
		tell_came(x, ret);
	return r;
}

static int take_bindings(struct removing *x, struct error *err)
{
	size_t n = 0;
	int r = removal_record_unbind(x->q, &x->record, &x->ret->head, &n,
		err);

	for (; r == 0 && n > 0; n--)
		removing_tell(x, REMOVAL_GONE, "binding", NULL,
			"a device of root in the registry", NULL);
	return r;
}

/* What was sent before, and is not there any more, went by that. */
static void note_lost(struct removing *x, const struct holdings *now)
{
	unsigned sent = removal_record_sent(&x->record);
	int kind;

	for (kind = 0; kind < HOLDING_KINDS; kind++)
		if (sent & 1u << kind &&
			holdings_count(now, (enum holding_kind)kind) == 0)
			x->lost |= 1u << kind;
}

static int tell_and_end(struct removing *x, struct error *err)
{
	int r = removing_delete(x, err);

	if (r == 0)
		r = removal_record_tell(x->q, &x->record, x->lost,
			&x->ret->head, err);
	if (r == 0 && x->ret->left == 0)
		r = take_bindings(x, err);
	return r < 0 ? r : removal_record_end(&x->record, x->ret->left > 0,
		err);
}

static int finish_removal(struct removing *x, struct error *err)
{
	struct holdings now = { .n = 0 };
	struct error e;
	int r = look_at_end(x, &now, &e);

	if (r < 0 && (e.code == ERROR_INTERRUPTED || e.code == ERROR_FAILED))
		return error_copy(err, &e);
	if (r < 0)
		removing_tell(x, REMOVAL_LEFT, "root", NULL, e.text, NULL);
	else
		note_lost(x, &now);
	return tell_and_end(x, err);
}

static int remove_all(struct removing *x, struct error *err)
{
	int r = removal_record_tell_earlier(x->q, &x->record, &x->ret->head,
		err);

	if (r == 0)
		r = holdings_look_all(&x->member, &x->has, err);
	if (r < 0)
		return r;
	if (x->has.n == 0 && x->record.bound == 0) {
		note_lost(x, &x->has);
		return tell_and_end(x, err);
	}
	r = check_used(x, err);
	if (r == 0)
		r = confirm(x, err);
	if (r == 0)
		r = removal_record_begin(x->q, &x->record, err);
	if (r == 0)
		r = take_all(x, err);
	return r < 0 ? r : finish_removal(x, err);
}

int removal_run(const struct removal *q, struct removal_receipt *ret,
	struct error *err)
{
	CLEANUP(removing_done) struct removing x = { .q = q, .ret = ret };
	int r;

	*ret = (struct removal_receipt){ .rows = json_array() };
	removal_record_init(&x.record);
	x.member = (struct member){ .from = q->aws->session,
		.account = q->account, .task = STS_DELETE_ROOT };
	snprintf(ret->account, sizeof(ret->account), "%s", q->account);
	r = check_member(q, err);
	if (r == 0)
		r = removal_record_open(q, &x.record, err);
	if (r < 0)
		return r;
	run_warn(q->run, "what follows is done as Root of account %s: its log "
		"shows it so, and alarms on the use of root will go off",
		q->account);
	r = remove_all(&x, err);
	if (r == 0 && !ret->rows)
		r = error_memory(err);
	return r;
}
