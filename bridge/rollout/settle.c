/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How what was broken off ended. The journals of mfa/ are undone or finished
 * first; then the registry's events tell, by the id that was written down
 * before, whether a row's user has the device.
 */
#include "bridge/rollout/pin.h"
#include "bridge/rollout/session.h"

#include "base/text.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/revocation.h"
#include "bridge/registry/origin.h"

#include <stdio.h>
#include <string.h>

/* ---- what the registry says ---- */

static void note_token(struct row_record *rec, struct registry *reg)
{
	CLEANUP(registry_tokens_done) struct registry_tokens list = { NULL, 0 };
	const char *serial = NULL;
	uint64_t n;

	if (registry_tokens_by_id(reg, rec->token, &list, NULL) == 0 &&
		list.n == 1)
		serial = registry_token_identifier(&list.p[0],
			REGISTRY_ID_SERIAL);
	if (serial && text_parse_u64(serial, UINT32_MAX, &n) == 0)
		rec->serial = (uint32_t)n;
}

/* The binding that an enrollment wrote; one that was taken away since is a
 * person's decision, and the row stays done. */
static int find_enrolled(struct session *x, struct row_record *rec, bool *ret,
	struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = {
		NULL, 0 };
	struct binding_origin from;
	size_t i;
	int r;

	*ret = false;
	r = registry_origin(x->q->reg, rec->journal, NULL, &from, err);
	if (r < 0 || !from.binding[0])
		return r;
	r = registry_bindings_all(x->q->reg, &list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		if (strcmp(list.p[i].id, from.binding) != 0)
			continue;
		snprintf(rec->device, sizeof(rec->device), "%s",
			list.p[i].device ? list.p[i].device : "");
		memcpy(rec->token, list.p[i].token, sizeof(rec->token));
		note_token(rec, x->q->reg);
		*ret = true;
	}
	return r;
}

static int is_still_bound(struct session *x, const char *device, bool *ret,
	struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = {
		NULL, 0 };
	int r = registry_bindings_by_device(x->q->reg, device, &list, err);

	*ret = registry_bindings_in_force(&list) > 0;
	return r;
}

/* ---- what the journals say ---- */

/* Whether a sequence of that row is unfinished, and why. */
static int is_owed(struct session *x, const struct row_record *rec, bool *ret,
	char *ret_why, size_t size, struct error *err)
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	size_t i;
	int r = journal_see_all(&list, registry_path(x->q->reg), err);

	*ret = false;
	for (i = 0; r == 0 && i < list.n; i++) {
		const struct journal *j = &list.p[i].journal;

		if (rec->state == ROW_UNDOING ?
			j->facts.kind != JOURNAL_REVOKE ||
			strcmp(j->facts.serial, rec->device) != 0 :
			strcmp(j->id, rec->journal) != 0 ||
			j->point == JOURNAL_ORPHAN)
			continue;
		*ret = true;
		snprintf(ret_why, size, "%.*s", (int)size - 1, j->cause[0] ?
			j->cause : "it was broken off");
	}
	return r;
}

/* ---- rows ---- */

static int settle_begun(struct session *x, size_t i, struct error *err)
{
	struct row_record *rec = &x->state.rows[i];
	bool enrolled;
	int r = find_enrolled(x, rec, &enrolled, err);

	if (r < 0)
		return r;
	rec->state = enrolled ? ROW_DONE : ROW_OPEN;
	rec->text[0] = '\0';
	r = enrolled ? session_note_pin(x, i, err) : 0;
	return r < 0 ? r : state_write(&x->state, i, err);
}

static int settle_undoing(struct session *x, size_t i, struct error *err)
{
	struct row_record *rec = &x->state.rows[i];
	bool bound;
	int r = is_still_bound(x, rec->device, &bound, err);

	if (r < 0)
		return r;
	if (bound)
		rec->state = ROW_DONE;
	else
		*rec = (struct row_record){ .state = ROW_OPEN };
	return state_write(&x->state, i, err);
}

int session_settle_row(struct session *x, size_t i, struct error *err)
{
	struct row_record *rec = &x->state.rows[i];
	char why[sizeof(rec->text)];
	bool owed;
	int r;

	r = is_owed(x, rec, &owed, why, sizeof(why), err);
	if (r < 0)
		return r;
	if (!owed)
		return rec->state == ROW_UNDOING ? settle_undoing(x, i, err) :
			settle_begun(x, i, err);
	/* it is only finished or undone by a later run */
	memcpy(rec->text, why, sizeof(why));
	utf8_sanitise(rec->text);
	run_warn(x->run, "line %zu: %s of '%s' is not finished: %s",
		x->plan->rows[i].line, rec->state == ROW_UNDOING ?
		"the undoing" : "the enrollment", x->plan->rows[i].user, why);
	return 0;
}

static bool is_unsettled(const struct row_record *rec)
{
	return rec->state == ROW_BEGUN || rec->state == ROW_UNDOING;
}

static int settle_journals(struct session *x, struct error *err)
{
	CLEANUP(worker_done) struct worker worker = WORKER_INIT;
	const struct recovery q = { x->q->aws, x->q->reg, &worker,
		x->q->actor, NULL, NULL };

	return recover_all(x->run, &q, NULL, err);
}

int session_settle(struct session *x, struct error *err)
{
	size_t i;
	int r = 0;

	if (state_count(&x->state, ROW_BEGUN) +
		state_count(&x->state, ROW_UNDOING) > 0)
		r = settle_journals(x, err);
	for (i = 0; r == 0 && i < x->state.n; i++) {
		struct row_record *rec = &x->state.rows[i];

		if (is_unsettled(rec))
			r = session_settle_row(x, i, err);
		/* this run asks again */
		if (rec->state == ROW_SKIPPED || rec->state == ROW_FAILED)
			rec->state = ROW_OPEN;
	}
	return r;
}

/* ---- taking back ---- */

/*
 * Another key may get the row now, and with it the row's label. One without a
 * number keeps its own: it is all that it is known by.
 */
static int forget_label(struct session *x, const struct row_record *before,
	struct error *err)
{
	if (!before->serial || !before->token[0])
		return 0;
	return registry_name_delete(x->q->reg, "label", before->token, err);
}

static int undo_row(struct session *x, size_t i, struct error *err)
{
	struct row_record *rec = &x->state.rows[i];
	const struct mfa_revocation q = {
		.aws = x->q->aws,
		.reg = x->q->reg,
		.actor = x->q->actor,
		.user = x->plan->rows[i].user,
		.device = rec->device,
		.reason = "undone in its rollout",
		.last = true, /* it was not there before */
	};
	struct mfa_revoked done;
	struct error why;
	int r;

	rec->state = ROW_UNDOING;
	r = state_write(&x->state, i, err);
	if (r < 0)
		return r;
	r = mfa_revoke(x->run, &q, &done, &why);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0)
		run_warn(x->run, "%s", why.text);
	else if (done.account_left)
		run_warn(x->run, "the key still has an account that is worth "
			"nothing at AWS: %s", done.left.text);
	if (r == 0) {
		x->head = done.head;
		x->has_head = true;
	}
	return session_settle_row(x, i, err);
}

int session_undo(struct session *x, struct error *err)
{
	struct key_line line = { .outcome = KEY_UNDONE, .row = x->last };
	struct row_record before;
	int r;

	if (x->last == x->plan->n) {
		run_say(x->run, "There is nothing to undo: this run has "
			"enrolled no key yet, or its last one is undone.");
		return 0;
	}
	if (x->may_undo == RIGHT_DENIED) {
		run_warn(x->run, "these credentials may not undo what was "
			"enrolled");
		return 0;
	}
	before = x->state.rows[x->last];
	r = undo_row(x, x->last, err);
	if (r < 0 || x->state.rows[x->last].state == ROW_DONE)
		return r;
	line.device = before.device;
	line.token = before.token;
	line.has_serial = before.serial > 0;
	line.serial = before.serial;
	x->last = x->plan->n;
	r = forget_label(x, &before, err);
	if (r == 0)
		r = session_draw(x, x->last_key, KEY_UNDONE, err);
	return r < 0 ? r : session_tell(x, &line, err);
}
