/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a device away: which one, what the registry knows of it, the act. */
#include "bridge/mfa/revocation.h"

#include "bridge/mfa/recover.h"
#include "bridge/mfa/revoke.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct revocation {
	const struct run *run;
	const struct mfa_revocation *q;
	struct journal journal;
	struct iam_user user;
	struct registry_bindings bindings; /* of the device */
	bool gone; /* the device was not at AWS any more */
	struct worker worker;
};

static void revocation_done(struct revocation *x)
{
	journal_done(&x->journal);
	registry_bindings_done(&x->bindings);
	worker_done(&x->worker);
}

/* ---- which device ---- */

struct choice {
	const char *wanted;
	char serial[IAM_SERIAL_MAX + 1];
	unsigned hits, devices;
};

/* The whole serial, or the name at its end. */
static bool is_wanted(const char *serial, const char *wanted)
{
	const char *slash = strrchr(serial, '/');

	return strcmp(serial, wanted) == 0 ||
		(slash && strcmp(slash + 1, wanted) == 0);
}

static int consider(void *data, const struct iam_device *device,
	struct error *err)
{
	struct choice *c = data;

	(void)err;
	c->devices++;
	if (is_wanted(device->serial, c->wanted)) {
		c->hits++;
		memcpy(c->serial, device->serial, sizeof(c->serial));
	}
	return 0;
}

static int see_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	unsigned *active = data;

	(void)err;
	*active += key->active;
	return 0;
}

/* The last device goes only where nothing is left that it protects. */
static int check_last(struct revocation *x, const struct choice *c,
	struct error *err)
{
	unsigned active = 0;
	bool password;
	int r;

	if (c->devices > 1 || x->q->last)
		return 0;
	r = iam_get_login_profile(x->q->aws->session, x->user.name, &password,
		err);
	if (r == 0)
		r = iam_list_access_keys(x->q->aws->session, x->user.name,
			see_key, &active, err);
	if (r < 0)
		return r;
	if (!password && active == 0)
		return 0;
	return error_set(err, ERROR_REFUSED,
		"this is the last MFA device of '%s', who has %s%s%s: enroll "
		"another one first, or give --last --reason TEXT",
		x->user.name, password ? "a console password" : "",
		password && active ? " and " : "",
		active ? "an active access key" : "");
}

/* Gone at AWS, and still in our record: then that is what is taken away. */
static int find_record(struct revocation *x, const struct choice *c,
	struct error *err)
{
	const char *user = x->q->user;
	const struct registry_binding *b;
	struct registry_bindings list = { NULL, 0 };
	size_t i;
	int r;

	r = registry_bindings_all(x->q->reg, &list, err);
	for (i = 0; r == 0 && i < list.n; i++) {
		b = &list.p[i];
		if (b->removed || b->kind != REGISTRY_AWS || !b->device ||
			strcmp(b->account, x->q->aws->caller.account) != 0 ||
			!b->user_name || strcmp(b->user_name, user) != 0 ||
			!is_wanted(b->device, c->wanted))
			continue;
		snprintf(x->journal.facts.serial,
			sizeof(x->journal.facts.serial), "%s", b->device);
		x->gone = true;
	}
	registry_bindings_done(&list);
	if (r == 0 && !x->gone)
		r = error_set(err, ERROR_FAILED,
			"'%s' has no device '%s' at AWS (of %u), and the "
			"registry knows none", user, c->wanted, c->devices);
	return r;
}

static int find_device(struct revocation *x, struct error *err)
{
	const char *user = x->q->user;
	struct choice c = { .wanted = x->q->device };
	bool found;
	int r;

	r = iam_get_user(x->q->aws->session, user, &x->user, &found, err);
	if (r == 0 && found)
		r = iam_list_mfa_devices(x->q->aws->session, x->user.name,
			consider, &c, err);
	if (r < 0)
		return r;
	if (!found)
		snprintf(x->user.name, sizeof(x->user.name), "%s", user);
	if (c.hits > 1)
		return error_set(err, ERROR_FAILED,
			"'%s' has several devices '%s': give the whole serial "
			"number", user, c.wanted);
	if (c.hits == 0)
		return find_record(x, &c, err);
	memcpy(x->journal.facts.serial, c.serial, sizeof(c.serial));
	return check_last(x, &c, err);
}

/* ---- what the registry knows of it ---- */

static int take_binding(struct revocation *x, const struct registry_binding *b,
	struct error *err)
{
	struct registry_tokens list = { NULL, 0 };
	struct journal_facts *f = &x->journal.facts;
	size_t i;
	int r;

	memcpy(f->binding, b->id, sizeof(f->binding));
	memcpy(f->token, b->token, sizeof(f->token));
	if (!b->oath_account || !b->token[0])
		return 0;
	snprintf(f->oath_account, sizeof(f->oath_account), "%s",
		b->oath_account);
	r = registry_tokens_by_id(x->q->reg, b->token, &list, err);
	for (i = 0; r == 0 && list.n == 1 && i < list.p[0].identifiers_n;
		i++) {
		const struct registry_identifier *id =
			&list.p[0].identifiers[i];

		if (strcmp(id->kind, REGISTRY_ID_SERIAL) == 0)
			f->token_serial = (uint32_t)strtoul(id->value, NULL,
				10);
		else if (strcmp(id->kind, REGISTRY_ID_OATH_DEVICE) == 0)
			snprintf(f->oath_id, sizeof(f->oath_id), "%s",
				id->value);
	}
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
	int r;

	sequence_intent(&f, JOURNAL_REVOKE, x->q->aws, &x->user);
	snprintf(f.reason, sizeof(f.reason), "%s", reason ? reason : "");
	r = id_new(x->journal.id, err);
	return r < 0 ? r : journal_begin(&x->journal, registry_path(x->q->reg),
		&f, err);
}

static int prepare(struct revocation *x, struct error *err)
{
	const struct recovery recovery = { x->q->aws, x->q->reg, &x->worker,
		x->q->actor, 0, NULL };
	int r;

	r = recover_all(x->run, &recovery, err);
	if (r == 0)
		r = find_device(x, err);
	if (r == 0)
		r = find_binding(x, err);
	return r < 0 ? r : revocation_begin(x, err);
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
	struct sequence s = { run, q->aws, q->reg, &x.worker, &x.journal,
		q->actor };
	struct revoked done;
	int r;

	r = prepare(&x, err);
	if (r == 0)
		r = revoke_run(&s, &done, err);
	if (r < 0)
		return r;
	*ret = (struct mfa_revoked){ x.journal.facts, x.gone,
		done.account_left, done.head };
	return 0;
}
