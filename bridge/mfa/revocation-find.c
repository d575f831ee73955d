/* SPDX-License-Identifier: Apache-2.0 */
/* Which device a revocation is of, and what the registry knows of it. */
#include "bridge/mfa/revocation-find.h"

#include "bridge/account/device.h"
#include "bridge/account/instead.h"
#include "bridge/mfa/recover.h"
#include "bridge/registry/origin.h"
#include "token/card/ykoath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sequence revocation_sequence(struct revocation *x)
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

static bool is_of_user(const struct revocation *x,
	const struct journal_facts *f)
{
	return f->user_id[0] && x->user.id[0] ?
		strcmp(f->user_id, x->user.id) == 0 :
		strcmp(f->user, x->user.name) == 0;
}

/* Whether a revocation of it is under way, which any run may finish; one of
 * whoever had it before takes nothing from who has it now. */
static bool is_going(const struct revocation *x, const char *serial)
{
	const struct journal_facts *f;
	size_t i;

	for (i = 0; i < x->open.n; i++) {
		f = &x->open.p[i].journal.facts;
		if (f->kind == JOURNAL_REVOKE &&
			strcmp(f->serial, serial) == 0 &&
			strcmp(f->account, x->q->aws->caller.account) == 0 &&
			is_of_user(x, f))
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

	if (account_device_is_named(c->wanted, device->serial)) {
		c->hits++;
		c->device = *device;
		c->devices++;
		return 0;
	}
	/* a list that lags must not make a last device one of two */
	r = account_is_gone(c->x->q->reg, c->x->q->aws->caller.account,
		device->serial, device->enabled, &gone, err);
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

/*
 * The last device goes only where nothing is left that it protects. A list that
 * lacks the device itself, though another one has it as the user's, is no word
 * on what else there is.
 */
static int check_last(struct revocation *x, const struct choice *c,
	struct error *err)
{
	struct error why;
	int r;

	if ((c->hits > 0 && c->devices - c->hits > 0) || x->q->last)
		return 0;
	r = mfa_check_unprotected(x->q->aws, x->user.name, &why);
	if (r == -ERROR_REFUSED && x->seen.at == SIGHT_UNLISTED)
		return error_set(err, ERROR_REFUSED,
			"'%s' was not seen: AWS lists it nowhere, which may "
			"lag, and it may be the last MFA device of '%s', who "
			"has a password or an active key; try again in a "
			"minute, or give --last --reason TEXT",
			x->journal.facts.serial, x->user.name);
	if (r == -ERROR_REFUSED && c->hits == 0 && c->devices > 0)
		return error_set(err, ERROR_REFUSED,
			"AWS's lists contradict each other: whether '%s' has "
			"'%s', and what else, is not known, and there is a "
			"password or an active key; try again in a minute, or "
			"give --last --reason TEXT", x->user.name,
			x->journal.facts.serial);
	return r < 0 ? error_copy(err, &why) : 0;
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
		!account_device_is_named(x->q->device, b->device))
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
	struct sequence s = revocation_sequence(x);
	int r;

	sequence_intent(&x->journal.facts, JOURNAL_REVOKE, x->q->aws,
		&x->user);
	r = sequence_look(&s, &x->seen, err);
	x->has_seen = r == 0;
	return r;
}

/* Renamed since: the guard asks for the user by the name of now. */
int revocation_check_last(struct revocation *x, struct error *err)
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

/* A vendor's number that is no more the user's, or whose user is no more: it
 * may be the next one's, behind our back. */
static bool may_be_anybodys(const struct revocation *x)
{
	return device_kind(x->journal.facts.serial) == DEVICE_HARDWARE &&
		x->seen.at != SIGHT_HIS;
}

static int from_record(struct revocation *x, const struct choice *c,
	struct error *err)
{
	struct sequence s = revocation_sequence(x);
	struct decide_facts f;
	enum decide_next next;
	bool found, removed;
	int r = find_record(x, &found, &removed, err);

	if (r == 0 && !found && !x->q->by_the_way)
		return tell_what_is(x, c, err);
	/* a list of this very run had it: somebody was faster */
	if (r == 0 && !found) {
		removed = true;
		snprintf(x->journal.facts.serial,
			sizeof(x->journal.facts.serial), "%s", x->q->device);
	}
	if (r == 0)
		r = revocation_look(x, err);
	if (r == 0 && !removed && may_be_anybodys(x))
		r = account_look_everywhere(x->q->aws,
			x->journal.facts.serial, &x->seen, err);
	if (r < 0)
		return r;
	f = decide_facts(&x->journal, &x->seen);
	f.known = f.enabled; /* this is the decision on it */
	next = decide_next(&f);
	if (decide_is_stuck(next))
		return sequence_stuck(&s, next, &x->seen, err);
	x->nothing = removed && (next == NEXT_LOCAL ||
		x->seen.at == SIGHT_UNLISTED);
	if (x->nothing)
		return 0;
	return next == NEXT_DEACTIVATE ? revocation_check_last(x, err) : 0;
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

int revocation_find_device(struct revocation *x, bool user_found,
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

/* What the application was in a run. */
struct applet_search {
	const char *journal;
	char *ret; /* OATH_ID_TEXT bytes */
};

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
	struct binding_origin made;
	struct applet_search s = { made.journal, x->journal.facts.oath_id };
	int r = registry_origin(x->q->reg, NULL, b->id, &made, err);

	if (r == 0 && made.binding[0])
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

int revocation_find_binding(struct revocation *x, struct error *err)
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
