/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a device away: which one, what the registry knows of it, the act. */
#include "bridge/mfa/revocation.h"

#include "base/text.h"
#include "bridge/account/instead.h"
#include "bridge/mfa/recover.h"
#include "bridge/mfa/revoke.h"
#include "token/card/ykoath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct revocation {
	const struct run *run;
	const struct mfa_revocation *q;
	struct journal journal;
	struct iam_user user;
	struct sight seen;  /* who has the device */
	bool has_seen;
	bool taken;         /* the journal is an earlier run's */
	bool nothing;       /* to be done: it was revoked before */
	struct registry_bindings bindings; /* of the device */
	struct journal_sights open;        /* other runs, unfinished */
	struct worker worker;
};

static void revocation_done(struct revocation *x)
{
	journal_done(&x->journal);
	registry_bindings_done(&x->bindings);
	journal_sights_done(&x->open);
	worker_done(&x->worker);
}

static struct sequence sequence_of(struct revocation *x)
{
	return (struct sequence){ x->run, x->q->aws, x->q->reg, &x->worker,
		&x->journal, x->q->actor };
}

/* ---- which device ---- */

struct choice {
	struct revocation *x;
	const char *wanted;
	struct iam_device device; /* the one that fits */
	unsigned hits, devices;
};

/* Whether a revocation of it is under way, which any run may finish. */
static bool is_going(const struct revocation *x, const char *serial)
{
	const struct journal_facts *f;
	size_t i;

	for (i = 0; i < x->open.n; i++) {
		f = &x->open.p[i].journal.facts;
		if (f->kind == JOURNAL_REVOKE &&
			strcmp(f->serial, serial) == 0 &&
			strcmp(f->account, x->q->aws->caller.account) == 0)
			return true;
	}
	return false;
}

static int consider(void *data, const struct iam_device *device,
	struct error *err)
{
	struct choice *c = data;
	bool gone = false;
	int r;

	if (recovery_names(c->wanted, device->serial)) {
		c->hits++;
		c->device = *device;
		c->devices++;
		return 0;
	}
	/* a list that lags must not make a last device one of two */
	r = account_is_gone(c->x->q->reg, c->x->q->aws->caller.account,
		device->serial, &gone, err);
	c->devices += !gone && !is_going(c->x, device->serial);
	return r;
}

static int see_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	unsigned *active = data;

	(void)err;
	*active += key->active;
	return 0;
}

int mfa_check_unprotected(struct account *aws, const char *user,
	struct error *err)
{
	unsigned active = 0;
	bool password;
	int r;

	r = iam_get_login_profile(aws->session, user, &password, err);
	if (r == 0)
		r = iam_list_access_keys(aws->session, user, see_key, &active,
			err);
	if (r < 0)
		return r;
	if (!password && active == 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"this is the last MFA device of '%s', who has %s%s%s: enroll "
		"another one first, or give --last --reason TEXT",
		user, password ? "a console password" : "",
		password && active ? " and " : "",
		active ? "an active access key" : "");
}

/* The last device goes only where nothing is left that it protects. */
static int check_last(struct revocation *x, const struct choice *c,
	struct error *err)
{
	if (c->devices - c->hits > 0 || x->q->last)
		return 0;
	return mfa_check_unprotected(x->q->aws, x->user.name, err);
}

static int list_devices(struct revocation *x, struct choice *c,
	struct error *err)
{
	return iam_list_mfa_devices(x->q->aws->session, x->user.name, consider,
		c, err);
}

/* ---- in our record only ---- */

static bool is_recorded(const struct revocation *x,
	const struct registry_binding *b)
{
	const char *account = x->q->aws->caller.account;

	if (b->kind != REGISTRY_AWS || !b->device ||
		strcmp(b->account, account) != 0 ||
		!recovery_names(x->q->device, b->device))
		return false;
	if (x->user.id[0] && b->user)
		return strcmp(b->user, x->user.id) == 0;
	return b->user_name && strcmp(b->user_name, x->q->user) == 0;
}

/* A binding in force, else the last one that was taken away. */
static int find_record(struct revocation *x, bool *ret_found,
	bool *ret_removed, struct error *err)
{
	const struct registry_binding *hit = NULL;
	struct registry_bindings list = { NULL, 0 };
	struct journal_facts *f = &x->journal.facts;
	size_t i;
	int r;

	r = registry_bindings_all(x->q->reg, &list, err);
	for (i = 0; r == 0 && i < list.n; i++)
		if (is_recorded(x, &list.p[i]) && (!hit || hit->removed))
			hit = &list.p[i];
	*ret_found = hit != NULL;
	*ret_removed = hit && hit->removed;
	if (hit) {
		snprintf(f->serial, sizeof(f->serial), "%s", hit->device);
		if (!x->user.id[0] && hit->user)
			snprintf(x->user.id, sizeof(x->user.id), "%s",
				hit->user);
	}
	registry_bindings_done(&list);
	return r;
}

static int revocation_look(struct revocation *x, struct error *err)
{
	struct sequence s = sequence_of(x);
	int r;

	sequence_intent(&x->journal.facts, JOURNAL_REVOKE, x->q->aws,
		&x->user);
	r = sequence_look(&s, &x->seen, err);
	x->has_seen = r == 0;
	return r;
}

/* Renamed since: the guard asks for the user by the name of now. */
static int check_renamed(struct revocation *x, struct error *err)
{
	struct choice c = { .x = x, .wanted = x->q->device };
	int r;

	snprintf(x->user.name, sizeof(x->user.name), "%s", x->seen.user);
	r = list_devices(x, &c, err);
	return r < 0 ? r : check_last(x, &c, err);
}

/* Neither AWS nor the registry has it: what there is instead. */
static int tell_what_is(const struct revocation *x, const struct choice *c,
	struct error *err)
{
	const struct mfa_revocation *q = x->q;
	char instead[INSTEAD_LEN];

	if (!x->user.id[0]) {
		instead_user(q->aws, q->reg, q->user, instead);
		return error_set(err, ERROR_FAILED,
			"account %s has no IAM user '%s', and the registry "
			"knows no device '%s' of such a user%s",
			q->aws->caller.account, q->user, c->wanted, instead);
	}
	instead_devices(q->aws, q->reg, q->user, c->wanted, instead);
	return error_set(err, ERROR_FAILED,
		"'%s' has no device '%s' at AWS (of %u), and the registry "
		"knows none%s", q->user, c->wanted, c->devices, instead);
}

static int from_record(struct revocation *x, const struct choice *c,
	struct error *err)
{
	struct sequence s = sequence_of(x);
	struct decide_facts f;
	enum decide_next next;
	bool found, removed;
	int r = find_record(x, &found, &removed, err);

	if (r == 0 && !found)
		return tell_what_is(x, c, err);
	if (r == 0)
		r = revocation_look(x, err);
	if (r < 0)
		return r;
	f = decide_facts(&x->journal, &x->seen);
	f.known = f.enabled; /* this is the decision on it */
	next = decide_next(&f);
	if (decide_is_stuck(next))
		return sequence_stuck(&s, next, &x->seen, err);
	x->nothing = removed && next == NEXT_LOCAL;
	return next == NEXT_DEACTIVATE ? check_renamed(x, err) : 0;
}

/* ---- at AWS ---- */

static void take_device(struct revocation *x, const struct iam_device *d)
{
	struct journal_facts *f = &x->journal.facts;

	memcpy(f->serial, d->serial, sizeof(f->serial));
	x->seen = (struct sight){ .at = SIGHT_HIS, .enabled = d->enabled };
	snprintf(x->seen.user, sizeof(x->seen.user), "%s", x->user.name);
	x->has_seen = true;
}

static int find_device(struct revocation *x, bool user_found,
	struct error *err)
{
	struct choice c = { .x = x, .wanted = x->q->device };
	int r = user_found ? list_devices(x, &c, err) : 0;

	if (r < 0)
		return r;
	if (c.hits > 1)
		return error_set(err, ERROR_FAILED,
			"'%s' has several devices '%s': give the whole serial "
			"number", x->q->user, c.wanted);
	if (c.hits == 0)
		return from_record(x, &c, err);
	take_device(x, &c.device);
	return check_last(x, &c, err);
}

/* ---- what the registry knows of it ---- */

/* The journal of an event, and what the application was then. */
struct applet_search {
	const char *binding, *token;
	char journal[ID_LEN]; /* "": not found yet */
	char *ret;            /* OATH_ID_TEXT bytes */
};

static int see_binding(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct applet_search *s = arg;
	const char *id = event_str(e->body, "binding");

	(void)head;
	(void)bytes;
	(void)n;
	(void)err;
	if (e->type != EVENT_BINDING_ADDED || !id ||
		strcmp(id, s->binding) != 0)
		return 0;
	memcpy(s->journal, e->journal, sizeof(s->journal));
	return 1;
}

static int see_identity(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct applet_search *s = arg;
	const json_t *list = json_object_get(e->body, "identifiers"), *o;
	const char *kind, *value;
	size_t i;

	(void)head;
	(void)bytes;
	(void)n;
	(void)err;
	if (e->type != EVENT_TOKEN_IDENTIFIED ||
		strcmp(e->journal, s->journal) != 0)
		return 0;
	for (i = 0; (o = json_array_get(list, i)); i++) {
		kind = event_str(o, "kind");
		value = event_str(o, "value");
		if (kind && value && strcmp(kind, REGISTRY_ID_OATH_DEVICE) == 0)
			snprintf(s->ret, OATH_ID_TEXT, "%s", value);
	}
	return 1;
}

/*
 * A token's row has every OATH application that it ever had: each reset makes
 * another. The one of a binding is told by the run that made it.
 */
static int find_applet(struct revocation *x, const struct registry_binding *b,
	struct error *err)
{
	struct applet_search s = { b->id, b->token, "",
		x->journal.facts.oath_id };
	int r = registry_events(x->q->reg, 0, see_binding, &s, err);

	if (r > 0)
		r = registry_events(x->q->reg, 0, see_identity, &s, err);
	return r < 0 ? r : 0;
}

/* The one that was seen last, for bindings that no run here has made. */
static void take_identifiers(struct journal_facts *f,
	const struct registry_token *row)
{
	bool has_applet = f->oath_id[0];
	time_t seen = 0;
	size_t i;

	for (i = 0; i < row->identifiers_n; i++) {
		const struct registry_identifier *id = &row->identifiers[i];

		if (strcmp(id->kind, REGISTRY_ID_SERIAL) == 0)
			f->token_serial = (uint32_t)strtoul(id->value, NULL,
				10);
		if (!has_applet && id->seen >= seen &&
			strcmp(id->kind, REGISTRY_ID_OATH_DEVICE) == 0) {
			snprintf(f->oath_id, sizeof(f->oath_id), "%s",
				id->value);
			seen = id->seen;
		}
	}
}

static int take_binding(struct revocation *x, const struct registry_binding *b,
	struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	struct journal_facts *f = &x->journal.facts;
	int r;

	memcpy(f->binding, b->id, sizeof(f->binding));
	memcpy(f->token, b->token, sizeof(f->token));
	if (!b->oath_account || !b->token[0])
		return 0;
	snprintf(f->oath_account, sizeof(f->oath_account), "%s",
		b->oath_account);
	r = find_applet(x, b, err);
	if (r == 0)
		r = registry_tokens_by_id(x->q->reg, b->token, &list, err);
	if (r == 0 && list.n == 1)
		take_identifiers(f, &list.p[0]);
	registry_tokens_done(&list);
	return r;
}

static int find_binding(struct revocation *x, struct error *err)
{
	size_t i;
	int r;

	r = registry_bindings_by_device(x->q->reg, x->journal.facts.serial,
		&x->bindings, err);
	for (i = 0; r == 0 && i < x->bindings.n; i++)
		if (!x->bindings.p[i].removed &&
			strcmp(x->bindings.p[i].account,
				x->q->aws->caller.account) == 0)
			r = take_binding(x, &x->bindings.p[i], err);
	return r;
}

static int revocation_begin(struct revocation *x, struct error *err)
{
	struct journal_facts f = x->journal.facts;
	const char *reason = x->q->reason;
	time_t now = aws_now(x->q->aws->session);
	int r;

	sequence_intent(&f, JOURNAL_REVOKE, x->q->aws, &x->user);
	snprintf(f.reason, sizeof(f.reason), "%s", reason ? reason : "");
	snprintf(f.after, sizeof(f.after), "%s",
		x->q->after ? x->q->after : "");
	if (x->seen.enabled)
		text_format_time(x->seen.enabled, f.enabled);
	x->journal.begun = now > 0 ? now : time(NULL);
	r = id_new(x->journal.id, err);
	return r < 0 ? r : journal_begin(&x->journal, registry_path(x->q->reg),
		&f, err);
}

/* ---- an earlier run's, once more ---- */

/*
 * Enabled again since: this is the decision on that, with the guard asked anew.
 * The revocation begins again, of what is enabled now.
 */
static int begin_again(struct revocation *x, struct error *err)
{
	struct journal *j = &x->journal;
	struct choice c = { .x = x, .wanted = x->q->device };
	time_t now = aws_now(x->q->aws->session);
	int r;

	snprintf(x->user.name, sizeof(x->user.name), "%s", x->seen.user);
	r = list_devices(x, &c, err);
	if (r == 0)
		r = check_last(x, &c, err);
	if (r < 0)
		return r;
	text_format_time(x->seen.enabled, j->facts.enabled);
	if (x->q->reason)
		snprintf(j->facts.reason, sizeof(j->facts.reason), "%s",
			x->q->reason);
	j->begun = now > 0 ? now : time(NULL);
	return journal_point(j, JOURNAL_INTENT, err);
}

static int take_up(struct revocation *x, struct error *err)
{
	struct sequence s = sequence_of(x);
	struct decide_facts f;
	int r;

	x->taken = true;
	r = sequence_look(&s, &x->seen, err);
	if (r < 0)
		return r;
	x->has_seen = true;
	f = decide_facts(&x->journal, &x->seen);
	if (decide_next(&f) != NEXT_AGAIN)
		return 0;
	return x->q->by_the_way ?
		sequence_stuck(&s, NEXT_AGAIN, &x->seen, err) :
		begin_again(x, err);
}

/* ---- together ---- */

static int prepare(struct revocation *x, struct error *err)
{
	const struct mfa_revocation *q = x->q;
	const struct recovery_wanted wanted = { q->user, x->user.id,
		q->device };
	const struct recovery recovery = { q->aws, q->reg, &x->worker,
		q->actor, NULL, &wanted, q->by_the_way };
	bool found = false;
	int r;

	r = iam_get_user(q->aws->session, q->user, &x->user, &found, err);
	if (r == 0 && !found)
		snprintf(x->user.name, sizeof(x->user.name), "%s", q->user);
	if (r == 0)
		r = recover_all(x->run, &recovery, &x->journal, err);
	if (r == 0)
		r = journal_see_all(&x->open, registry_path(q->reg), err);
	if (r < 0)
		return r;
	if (x->journal.path)
		return take_up(x, err);
	r = find_device(x, found, err);
	if (r == 0 && !x->nothing)
		r = find_binding(x, err);
	return r < 0 || x->nothing ? r : revocation_begin(x, err);
}

/* What was revoked before, by this or an earlier run. */
static int tell_nothing(struct revocation *x, struct mfa_revoked *ret,
	struct error *err)
{
	struct mfa_revoked told = { .gone = true };

	sequence_intent(&x->journal.facts, JOURNAL_REVOKE, x->q->aws,
		&x->user);
	told.facts = x->journal.facts;
	if (registry_head(x->q->reg, &told.head, err) < 0)
		return -ERROR_FAILED;
	*ret = told;
	return 0;
}

int mfa_revoke(const struct run *run, const struct mfa_revocation *q,
	struct mfa_revoked *ret, struct error *err)
{
	CLEANUP(revocation_done) struct revocation x = {
		.run = run,
		.q = q,
		.journal = { .fd = -1 },
		.worker = WORKER_INIT,
	};
	struct sequence s = sequence_of(&x);
	struct revoked done;
	unsigned at_aws;
	int r;

	r = account_stay(run, q->aws, err);
	if (r == 0)
		r = prepare(&x, err);
	if (r == 0 && x.nothing)
		return tell_nothing(&x, ret, err);
	if (r == 0)
		r = revoke_run(&s, !x.taken, x.has_seen ? &x.seen : NULL, &done,
			err);
	if (r < 0)
		return r;
	at_aws = x.journal.facts.did & (JOURNAL_DID_DEACTIVATE |
		JOURNAL_DID_DELETE);
	*ret = (struct mfa_revoked){ x.journal.facts, !at_aws && !done.orphan,
		done.account_left, done.left, done.orphan, done.head };
	return 0;
}

const char *mfa_revoked_text(const struct mfa_revoked *x)
{
	bool off = x->facts.did & JOURNAL_DID_DEACTIVATE;
	bool virtual = device_kind(x->facts.serial) == DEVICE_VIRTUAL;

	if (x->orphan)
		return off ? "deactivated, and not deleted" :
			"not in use any more, and not deleted";
	if (x->facts.did & JOURNAL_DID_DELETE)
		return off ? "deactivated and deleted" :
			"deleted; it was not in use any more";
	if (off)
		return virtual ? "deactivated; it was deleted already" :
			"deactivated";
	return "was gone already";
}
