/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way through the console, key by key. Each step is written down before the
 * next one is told, so that a run that was broken off goes on where it was.
 */
#include "bridge/root/lead.h"

#include "aws/api/organizations.h"
#include "bridge/root/keep.h"
#include "bridge/root/leading.h"
#include "bridge/verify/policy-words.h"

#include <stdio.h>
#include <string.h>

#define KEYS_WANTED 2

void root_receipt_done(struct root_receipt *r)
{
	size_t i;

	for (i = 0; i < r->keys_n; i++)
		registry_token_done(&r->keys[i].row);
	r->keys_n = 0;
}

/* ---- all keys ---- */

static int want_another(struct leading *l, bool *ret, struct error *err)
{
	*ret = false;
	/* a second number would be needed */
	if (strcmp(l->q->method, "fido") != 0)
		return 0;
	run_say(l->run, "Root needs a second key, which lies somewhere else: "
		"when this one is lost, only AWS Support opens the account.");
	return run_confirm(l->run, "Take this key out, plug the second one "
		"in. Go on with it now? [y/N] ", ret, err);
}

/* What a run that was killed at its very end has recorded is not done twice. */
static bool has_app(const struct leading *l, size_t apps)
{
	return !l->resumed && apps > 0 &&
		strcmp(l->q->method, "virtual") == 0 && (!l->q->aws ||
		l->ret->sight.fact[ROOT_VIRTUAL].answer != AUDIT_NO);
}

static int lead_keys(struct leading *l, struct error *err)
{
	bool whole = true, more = true;
	size_t apps = 0;
	int r = keep_count(l->q, &l->ret->known, &apps, err);

	/* both are there: what is left is the virtual device */
	if (r == 0 && !l->resumed && l->ret->known >= KEYS_WANTED &&
		!l->q->wanted.name && !l->q->serial) {
		run_say(l->run, "Root has %zu keys by the registry: none is "
			"added (--token names one that shall be).",
			l->ret->known);
		return 0;
	}

	if (r == 0 && has_app(l, apps)) {
		run_say(l->run, "Root has an app by the registry: none is "
			"added.");
		more = false;
	}
	while (r == 0 && whole && more && l->ret->keys_n < ROOT_KEYS_MAX) {
		r = leading_key(l, &whole, err);
		if (r == 0)
			r = keep_count(l->q, &l->ret->known, &apps, err);
		more = l->ret->known < KEYS_WANTED;
		if (r == 0 && whole && more)
			r = want_another(l, &more, err);
	}
	if (r == 0 && l->ret->known < KEYS_WANTED)
		leading_open(l, "a second key: run the same command with it");
	return r;
}

/* ---- the virtual device ---- */

/* As a file of its own kind, so that one who removes it while nobody looks on
 * has not done it for nothing. */
static int begin_removal(struct leading *l, const char *serial,
	struct error *err)
{
	const char *name = strrchr(serial, '/');
	int r = leading_begin(l, err);

	snprintf(l->p.serial, sizeof(l->p.serial), "%s", serial);
	snprintf(l->p.token_name, sizeof(l->p.token_name), "a virtual device");
	snprintf(l->p.device_name, sizeof(l->p.device_name), "%.64s",
		name && name[1] ? name + 1 : serial);
	l->p.begun = time(NULL);
	return r < 0 ? r : leading_point(l, ROOT_REMOVING, err);
}

/* What was seen is written down first: a run that goes on with it says the
 * same. */
static int record_removed(struct leading *l, struct error *err)
{
	struct root_observation *o = &l->ret->removed[l->ret->removed_n];
	int r = leading_point(l, ROOT_REMOVING, err);

	if (r < 0)
		return r;
	*o = *root_progress_seen(&l->p, ROOT_WAS_REMOVED);
	memcpy(o->device, l->p.serial, sizeof(o->device));
	r = keep_removed(l->q, &l->p, o, &l->ret->head, err);
	if (r < 0)
		return r;
	l->ret->changed = true;
	l->ret->removed_n++;
	return root_place_clear(&l->place, err);
}

static int ask_removed(struct leading *l, bool *ret, struct error *err)
{
	char question[IAM_SERIAL_MAX + 64];

	snprintf(question, sizeof(question), "Is '%s' gone from the list?",
		l->p.serial);
	return leading_see(l, watch_removed, "its removal", question,
		ROOT_WAS_REMOVED, ret, err);
}

static int remove_one(struct leading *l, const char *serial, bool *ret,
	struct error *err)
{
	int r = begin_removal(l, serial, err);

	if (r < 0)
		return r;
	run_say(l->run, "A virtual device still signs root in. Remove it:");
	r = leading_tell(l, "root-remove", serial, err);
	if (r == 0)
		r = ask_removed(l, ret, err);
	return r < 0 || !*ret ? r : record_removed(l, err);
}

/* One that an earlier run told to remove; where it is still there it is told
 * again when its turn comes. */
static int end_removal(struct leading *l, struct error *err)
{
	bool gone = root_progress_seen(&l->p, ROOT_WAS_REMOVED) != NULL;
	int r = gone ? 0 : l->q->aws ? watch_removed(&l->watch, &l->p, &gone, err) :
		ask_removed(l, &gone, err);

	l->resumed = false;
	return r < 0 || !gone ? r : record_removed(l, err);
}

/* What nobody tells is not in order either. */
static void open_unknown_virtual(struct leading *l)
{
	if (strcmp(l->q->method, "virtual") == 0 ||
		l->ret->sight.fact[ROOT_VIRTUAL].answer != AUDIT_NOT_KNOWN)
		return;
	leading_open(l, "whether a virtual device still signs root in is not "
		"known: %s", l->q->aws ? "AWS does not tell" :
		"`root --check --without-api` asks who sees the console");
}

/*
 * Last of all, and only when keys that sign in are there: without one nobody
 * would get in any more.
 */
static int remove_virtual(struct leading *l, struct error *err)
{
	const struct root_sight *s = &l->ret->sight;
	bool gone = true;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < s->devices_n &&
		l->ret->removed_n < ROOT_DEVICES_MAX; i++) {
		const struct root_device d = s->devices[i];

		if (d.kind != DEVICE_VIRTUAL ||
			strcmp(l->q->method, "virtual") == 0)
			continue;
		if (l->ret->known >= KEYS_WANTED && gone) {
			r = remove_one(l, d.serial, &gone, err);
			if (r < 0 || gone)
				continue;
		}
		leading_open(l, "the virtual device %.120s still signs root in",
			d.serial);
	}
	if (r == 0)
		open_unknown_virtual(l);
	return r;
}

/* ---- beginning and end ---- */

static int look_now(struct leading *l, struct error *err)
{
	struct root_look look = { .account = l->q->account };
	int r;

	if (!l->q->aws) {
		memset(&l->ret->sight, 0, sizeof(l->ret->sight));
		snprintf(l->ret->sight.account,
			sizeof(l->ret->sight.account), "%s", l->q->account);
		l->ret->sight.partition = l->q->partition;
		return 0;
	}
	look.session = l->q->aws->session;
	look.by_root = arn_is_root(l->q->aws->caller.arn);
	r = root_look(&look, &l->ret->sight, err);
	if (r == 0)
		root_judge(&l->ret->sight, &l->ret->judgement);
	return r;
}

/* Whether there is anything to set up. */
static int check_need(struct leading *l, struct error *err)
{
	const struct partition *p = l->q->partition;

	if (p->root == ROOT_NONE)
		return error_set(err, ERROR_REFUSED,
			"partition %s has no root user: there is nothing to "
			"set up", p->name);
	if (p->root == ROOT_KEYS_ONLY)
		return error_set(err, ERROR_REFUSED,
			"root of partition %s has no sign-in and no MFA, only "
			"access keys: there is nothing to set up", p->name);
	if (l->q->aws && root_has_credentials(&l->ret->sight) == AUDIT_NO)
		return error_set(err, ERROR_REFUSED,
			"root of account %s has no password, no key and no "
			"certificate: that is safer than any MFA, and there "
			"is nothing to set up", l->q->account);
	return 0;
}

/* What is safer than any key, where it can be had. */
static int say_better(struct leading *l, struct error *err)
{
	struct organization o;
	bool found = false;
	struct error e;
	int r;

	if (!l->q->aws)
		return 0;
	r = organizations_describe(l->q->aws->session, &o, &found, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r == 0 && found && o.all_features &&
		strcmp(o.management, l->q->account) != 0)
		run_say(l->run, "Account %s is a member of organization %s: "
			"taking root's credentials away from there (IAM, "
			"\"Root access management\") is safer than any key.",
			l->q->account, o.id);
	return 0;
}

int root_check_method(const struct root_request *q, struct error *err)
{
	const struct policy *p = &q->trust->policy;
	bool is_virtual = strcmp(q->method, "virtual") == 0;
	const char *name;
	unsigned bit = policy_method_bit(q->method, &name);

	if (!bit || strcmp(q->method, "totp") == 0)
		return error_set(err, ERROR_USAGE, "--method '%s': fido, "
			"hardware-totp, or virtual where the policy lists it",
			q->method);
	if (p->methods & bit)
		return 0;
	if (is_virtual)
		return error_set(err, ERROR_REFUSED,
			"--method virtual is an app, which any copy of its "
			"secret stands for: only a policy that lists it under "
			"methods allows it for root");
	return p->methods ? error_set(err, ERROR_REFUSED,
		"'%s': method %s is not among those of the policy",
		p->file ? p->file : "policy", q->method) : 0;
}

/* What an earlier run left, or nothing. */
static int take_up(struct leading *l, struct error *err)
{
	bool found = false;
	int r = root_place_open(&l->place, registry_path(l->q->reg),
		l->q->account, &l->p, &found, err);

	if (r < 0 || !found)
		return r;
	if (strcmp(l->p.endpoint, l->q->endpoint) != 0)
		return error_set(err, ERROR_REFUSED, "'%s' is of a run at "
			"another endpoint (%s)", l->place.path,
			l->p.endpoint[0] ? l->p.endpoint : "AWS's own");
	l->resumed = true;
	if (l->p.point == ROOT_REMOVING)
		run_say(l->run, "An earlier run told to remove '%s'.",
			l->p.serial);
	else
		run_say(l->run, "Going on with %s, which an earlier run began as "
			"'%s'.", l->p.token_name, l->p.device_name);
	return 0;
}

/* Whether AWS denies what an earlier run saw: everybody who may ask is told of
 * root's virtual devices. */
static bool is_denied(const struct leading *l)
{
	const struct root_sight *s = &l->ret->sight;
	size_t i;

	if (!l->q->aws || l->p.point != ROOT_ENABLED ||
		device_kind(l->p.serial) != DEVICE_VIRTUAL ||
		s->fact[ROOT_VIRTUAL].answer == AUDIT_NOT_KNOWN)
		return false;
	for (i = 0; i < s->devices_n; i++)
		if (strcmp(s->devices[i].serial, l->p.serial) == 0)
			return false;
	return true;
}

static void forget_denied(struct leading *l)
{
	run_warn(l->run, "an earlier run saw '%s', and AWS does not list it: "
		"the device is looked for once more", l->p.serial);
	l->p.serial[0] = '\0';
	l->p.seen_n = 0;
	l->p.point = ROOT_LED;
}

static int lead_all(struct leading *l, struct error *err)
{
	int r;

	r = look_now(l, err);
	if (r == 0)
		r = check_need(l, err);
	if (r == 0)
		r = say_better(l, err);
	if (r == 0)
		r = take_up(l, err);
	if (r == 0 && l->resumed && is_denied(l))
		forget_denied(l);
	if (r == 0 && l->resumed && l->p.point == ROOT_REMOVING)
		r = end_removal(l, err);
	if (r == 0)
		r = lead_keys(l, err);
	if (r == 0)
		r = look_now(l, err);
	if (r == 0)
		r = remove_virtual(l, err);
	if (r == 0 && l->ret->removed_n > 0)
		r = look_now(l, err);
	return r;
}

int root_lead(const struct run *run, const struct root_request *q,
	struct root_receipt *ret, struct error *err)
{
	struct leading l = { .run = run, .q = q, .ret = ret,
		.place = { .lock = -1 } };
	int r = root_check_method(q, err);

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->account, sizeof(ret->account), "%s", q->account);
	ret->place = q->place;
	ret->bag = q->bag;
	watch_init(&l.watch, run, q->aws ? q->aws->session : NULL, q->reg,
		q->account,
		q->aws && arn_is_root(q->aws->caller.arn));
	if (r == 0)
		r = lead_all(&l, err);
	ret->when = time(NULL);
	watch_done(&l.watch);
	root_place_done(&l.place);
	return r;
}
