/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting what nobody has. */
#include "bridge/revoke/orphans.h"

#include "base/shell.h"
#include "bridge/account/device.h"
#include "bridge/account/passing.h"
#include "bridge/account/sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum orphan_is {
	ORPHAN_OURS,     /* by a journal or an event: deleted */
	ORPHAN_FOREIGN,  /* nothing here knows it */
	ORPHAN_BOUND,    /* a binding in force names it */
	ORPHAN_RUNNING,  /* a living process works on it */
	ORPHAN_RESERVED, /* another run has its user */
};

static const char *const reasons[] = {
	[ORPHAN_OURS] = "made here",
	[ORPHAN_FOREIGN] = "not in this registry: whose it is is not known",
	[ORPHAN_BOUND] = "the registry has a binding of it in force",
	[ORPHAN_RUNNING] = "a run is at work on it",
	[ORPHAN_RESERVED] = "its user is reserved by another run",
};

struct orphan {
	char serial[IAM_SERIAL_MAX + 1];
	enum orphan_is is;
	char user[IAM_NAME_MAX + 1]; /* of the binding; "" */
};

struct orphans {
	struct revoke_work *w;
	struct journal_sights journals;
	struct orphan *p; /* owned */
	size_t n;
	size_t ours;
};

static void orphans_done(struct orphans *o)
{
	journal_sights_done(&o->journals);
	free(o->p);
}

/* ---- whose ---- */

static int is_reserved(struct orphans *o, const char *user_id,
	struct orphan *x, struct error *err)
{
	char key[ACCOUNT_USER_KEY_LEN];
	bool reserved = false;
	int r;

	if (!user_id || !user_id[0])
		return 0;
	account_user_key(o->w->aws->caller.account, user_id, key);
	r = registry_is_reserved(o->w->reg, "user", key, &reserved, err);
	if (r == 0 && reserved)
		x->is = ORPHAN_RESERVED;
	return r;
}

static void ask_journals(const struct orphans *o, struct orphan *x)
{
	size_t i;

	for (i = 0; i < o->journals.n; i++) {
		const struct journal_seen *seen = &o->journals.p[i];
		const struct journal_facts *f = &seen->journal.facts;

		if (strcmp(f->serial, x->serial) != 0)
			continue;
		x->is = seen->running ? ORPHAN_RUNNING : ORPHAN_OURS;
		/* a dead run's own reservation is given back by recovery */
		if (seen->running)
			return;
	}
}

static int ask_events(struct orphans *o, struct orphan *x, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r = registry_bindings_by_device(o->w->reg, x->serial, &list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		const struct registry_binding *b = &list.p[i];

		if (strcmp(b->account, o->w->aws->caller.account) != 0)
			continue;
		if (x->is == ORPHAN_FOREIGN)
			x->is = ORPHAN_OURS;
		if (x->is == ORPHAN_OURS)
			r = is_reserved(o, b->user, x, err);
		if (x->is == ORPHAN_OURS && !b->removed) {
			x->is = ORPHAN_BOUND;
			snprintf(x->user, sizeof(x->user), "%s", b->user_name ?
				b->user_name : "");
		}
	}
	return r;
}

static int see_virtual(void *data, const struct iam_virtual_device *d,
	struct error *err)
{
	struct orphans *o = data;
	bool gone = false;
	struct orphan *p;
	int r;

	if (d->assigned)
		return 0;
	/* a list that lags still has what was deleted a moment ago */
	r = account_is_gone(o->w->reg, o->w->aws->caller.account, d->serial,
		0, &gone, err);
	if (r < 0 || gone)
		return r;
	p = realloc(o->p, (o->n + 1) * sizeof(*p));
	if (!p)
		return error_memory(err);
	o->p = p;
	p[o->n] = (struct orphan){ .is = ORPHAN_FOREIGN };
	snprintf(p[o->n].serial, sizeof(p[o->n].serial), "%s", d->serial);
	o->n++;
	return 0;
}

static int orphans_find(struct orphans *o, struct error *err)
{
	size_t i;
	int r;

	r = journal_see_all(&o->journals, registry_path(o->w->reg), err);
	/* what cannot be read may be a living run's */
	if (r == 0 && o->journals.unread.code)
		r = error_copy(err, &o->journals.unread);
	if (r == 0)
		r = iam_list_virtual_mfa_devices(o->w->aws->session,
			IAM_UNASSIGNED, see_virtual, o, err);
	for (i = 0; r == 0 && i < o->n; i++) {
		ask_journals(o, &o->p[i]);
		if (o->p[i].is != ORPHAN_RUNNING)
			r = ask_events(o, &o->p[i], err);
		o->ours += o->p[i].is == ORPHAN_OURS;
	}
	return r;
}

/* ---- shown, asked ---- */

static void orphans_show(const struct orphans *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		run_say(o->w->run, "  %s  %s: %s", o->p[i].is == ORPHAN_OURS ?
			"delete" : "leave ", o->p[i].serial,
			reasons[o->p[i].is]);
}

static int orphans_ask(const struct orphans *o, bool yes, struct error *err)
{
	char question[64];
	bool agreed = yes;
	int r = 0;

	snprintf(question, sizeof(question), "Delete %zu device%s at AWS?",
		o->ours, text_plural(o->ours));
	if (!yes)
		r = run_confirm(o->w->run, question, &agreed, err);
	if (r == 0 && !agreed)
		r = error_set(err, ERROR_REFUSED,
			"nothing is deleted: nobody said yes, on a terminal or "
			"by --yes");
	return r;
}

/* ---- deleted ---- */

struct deletion {
	struct revoke_work *w;
	const char *serial;
};

static int send_delete(void *data, struct error *err)
{
	const struct deletion *d = data;

	return iam_delete_virtual_mfa_device(d->w->aws->session, d->serial,
		err);
}

static void orphan_tell(struct revoke_work *w, const char *serial,
	enum revoke_outcome outcome, const char *text)
{
	revoke_tell(w->receipt, &(struct revoke_row){ outcome, "orphan",
		serial, NULL, w->aws->caller.account, text, NULL });
}

static void orphan_leave(struct revoke_work *w, const char *serial,
	const char *why)
{
	const char *const words[] = { "aws", "iam",
		"delete-virtual-mfa-device", "--serial-number", serial, NULL };

	revoke_leave(w, "orphan", serial, NULL, why, shell_line(words));
}

/* AWS's list has the last word; `why` it had to be asked. */
static int look_again(struct revoke_work *w, const char *serial,
	const char *why, struct error *err)
{
	const struct sight_of of = { "", "", serial };
	struct sight s = { .at = SIGHT_UNSEEN };
	struct error e;
	int r = account_look(w->aws, &of, &s, &e);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (s.at == SIGHT_ABSENT)
		orphan_tell(w, serial, REVOKE_DONE, "deleted: AWS lists it no more");
	else if (s.at == SIGHT_OTHERS)
		orphan_tell(w, serial, REVOKE_KEPT, "somebody has it by now");
	else
		orphan_leave(w, serial, why);
	w->lost = r < 0;
	return 0;
}

static int delete_one(struct revoke_work *w, const char *serial,
	struct error *err)
{
	struct deletion d = { w, serial };
	struct error e;
	int r;

	if (w->lost) {
		orphan_leave(w, serial, "not asked for: AWS did not answer");
		return 0;
	}
	r = passing_send(w->run, send_delete, &d, false, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0 && revoke_is_unknown(&e))
		return look_again(w, serial, e.text, err);
	if (r == 0)
		account_remember_gone(w->reg, w->aws->caller.account, serial,
			0, registry_station(w->reg));
	if (r == 0)
		orphan_tell(w, serial, REVOKE_DONE, "deleted");
	else if (strcmp(e.foreign, "NoSuchEntity") == 0)
		orphan_tell(w, serial, REVOKE_GONE, "was gone already");
	else if (strcmp(e.foreign, "DeleteConflict") == 0)
		orphan_tell(w, serial, REVOKE_KEPT, "somebody has it by now");
	else
		orphan_leave(w, serial, e.text);
	return 0;
}

/* Not to be settled by the device alone: what a token owes goes with it. */
static int settle(struct orphans *o, struct error *err)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (o->p[i].is == ORPHAN_OURS)
			return revoke_settle(o->w, err);
	return 0;
}

/* A run that owes a deletion and nothing else: where AWS lists no unassigned
 * device at all it is at its end. */
static bool owes_deletion(const struct orphans *o)
{
	size_t i;

	for (i = 0; i < o->journals.n; i++)
		if (!o->journals.p[i].running &&
			o->journals.p[i].journal.point == JOURNAL_ORPHAN)
			return true;
	return false;
}

static const struct orphan *orphans_at(const struct orphans *o,
	const char *serial)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (strcmp(o->p[i].serial, serial) == 0)
			return &o->p[i];
	return NULL;
}

/* Recovery has deleted some of them, and who is at work may have changed. */
static int delete_all(struct orphans *o, struct error *err)
{
	CLEANUP(orphans_done) struct orphans now = { .w = o->w };
	size_t i;
	int r = settle(o, err);

	if (r == 0)
		r = orphans_find(&now, err);
	for (i = 0; r == 0 && i < o->n; i++) {
		const char *serial = o->p[i].serial;
		const struct orphan *there = orphans_at(&now, serial);

		if (o->p[i].is != ORPHAN_OURS)
			continue;
		if (!there)
			r = look_again(o->w, serial, "AWS does not tell whether "
				"it is there", err);
		else if (there->is == ORPHAN_OURS)
			r = delete_one(o->w, serial, err);
		else
			orphan_tell(o->w, serial, REVOKE_KEPT, reasons[there->is]);
	}
	return r;
}

/* Those that stay: a binding in force has a command of its own. */
static void tell_others(struct orphans *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		const struct orphan *x = &o->p[i];
		CLEANUP(free_p) char *command = x->is == ORPHAN_BOUND &&
			x->user[0] ? revoke_device_command(o->w, x->user,
				x->serial) : NULL;

		if (x->is != ORPHAN_OURS)
			revoke_tell(o->w->receipt, &(struct revoke_row){
				REVOKE_KEPT, "orphan", x->serial, NULL,
				o->w->aws->caller.account, reasons[x->is],
				command });
	}
}

int revoke_orphans(struct revoke_work *w, bool yes, struct error *err)
{
	CLEANUP(orphans_done) struct orphans o = { .w = w };
	int r = orphans_find(&o, err);

	if (r < 0)
		return r;
	if (o.n > 0)
		run_say(w->run, "Unassigned virtual devices of account %s:",
			w->aws->caller.account);
	orphans_show(&o);
	if (o.ours > 0) {
		r = orphans_ask(&o, yes, err);
		if (r == 0)
			r = delete_all(&o, err);
	} else if (o.n == 0 && owes_deletion(&o)) {
		r = revoke_settle(w, err);
	}
	if (r < 0)
		return r;
	tell_others(&o);
	return registry_head(w->reg, &w->receipt->head, err);
}
