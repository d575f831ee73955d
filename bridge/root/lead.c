/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way through the console, key by key. Each step is written down before the
 * next one is told, so that a run that was broken off goes on where it was.
 */
#include "bridge/root/lead.h"

#include "aws/api/organizations.h"
#include "bridge/guide/guide.h"
#include "bridge/root/keep.h"
#include "bridge/root/stated.h"
#include "bridge/root/watch.h"
#include "bridge/verify/admission.h"
#include "bridge/verify/policy-words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_WANTED 2

struct leading {
	const struct run *run;
	const struct root_request *q;
	struct root_receipt *ret;
	struct watch watch;
	struct root_place place;
	struct root_progress p;   /* of the key that is under way */
	bool resumed;             /* p comes from an earlier run */
	bool signed_in;           /* with a key, in this run */
	unsigned step;            /* number of the step told last */
	char first[ID_LEN];       /* the token before; "" none */
};

void root_receipt_done(struct root_receipt *r)
{
	size_t i;

	for (i = 0; i < r->keys_n; i++)
		registry_token_done(&r->keys[i].row);
	r->keys_n = 0;
}

static void leave_open(struct leading *l, const char *fmt, ...) PRINTF(2, 3);
static void leave_open(struct leading *l, const char *fmt, ...)
{
	va_list ap;

	if (l->ret->open_n == ARRAY_LEN(l->ret->open))
		return;
	va_start(ap, fmt);
	vsnprintf(l->ret->open[l->ret->open_n++], sizeof(l->ret->open[0]), fmt,
		ap);
	va_end(ap);
}

/* ---- telling and seeing ---- */

static int tell_steps(struct leading *l, const char *sequence, const char *device,
	struct error *err)
{
	char token[100];
	const struct guide_values values = {
		.partition = l->q->partition->name,
		.value = {
			[GUIDE_ACCOUNT] = l->q->account,
			[GUIDE_DEVICE_NAME] = l->p.device_name,
			[GUIDE_SERIAL] = l->q->serial,
			[GUIDE_TOKEN] = token,
			[GUIDE_DEVICE] = device,
			[GUIDE_EMAIL_HINT] = l->q->email_hint,
		},
	};

	snprintf(token, sizeof(token), "the key %s", l->p.token_name);
	return guide_tell(l->run, sequence, &values, &l->step, err);
}

/* A person's word, where nothing else is to be had. */
static int ask_word(struct leading *l, const char *question,
	enum root_event event, bool *ret, struct error *err)
{
	struct root_observation o = { .event = event, .how = ROOT_BY_WORD,
		.when = time(NULL) };
	enum audit_answer answer = AUDIT_YES;
	int r = 0;

	if (!l->q->stated)
		r = stated_ask(l->run, question, &answer, err);
	*ret = r == 0 && answer == AUDIT_YES;
	if (!*ret)
		return r;
	stated_by(o.by);
	root_progress_see(&l->p, &o);
	return 0;
}

/* Waits; what cannot be seen, or was not in time, is asked. */
static int see_or_ask(struct leading *l, watch_fn *look, const char *what,
	const char *question, enum root_event event, bool *ret,
	struct error *err)
{
	int r;

	*ret = false;
	if (l->q->aws)
		r = watch_wait(&l->watch, look, what,
			deadline_in(l->q->wait_ms), &l->p, ret, err);
	else
		r = 0;
	if (r < 0 || *ret)
		return r;
	run_say(l->run, "AWS does not show it%s%s.", l->watch.note[0] ?
		": " : "", l->watch.note);
	return ask_word(l, question, event, ret, err);
}

static int write_point(struct leading *l, enum root_point point,
	struct error *err)
{
	l->p.point = point;
	return root_place_write(&l->place, &l->p, err);
}

/* ---- the key ---- */

/* What the console takes, with the serial number for whoever reads the ARN
 * later. */
static void make_name(struct leading *l, const struct registry_token *row)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
	const char *number = l->q->serial ? l->q->serial :
		registry_token_identifier(row, REGISTRY_ID_SERIAL);
	const char *label = row->label ? row->label : "key";

	if (!*label || strspn(label, allowed) != strlen(label))
		label = "key";
	snprintf(l->p.device_name, sizeof(l->p.device_name), "%.30s-%.*s",
		label, number ? 30 : 8, number ? number : row->id);
}

static int name_device(struct leading *l, struct error *err)
{
	struct registry_token row = { .label = NULL };
	int r = 0;

	if (!l->p.token[0]) {
		snprintf(l->p.device_name, sizeof(l->p.device_name),
			"app-%.8s", l->p.binding);
		return 0;
	}
	r = keep_row(l->q, l->p.token, &row, err);
	if (r == 0)
		make_name(l, &row);
	registry_token_done(&row);
	l->ret->changed = true;
	return r;
}

static int begin_key(struct leading *l, struct error *err)
{
	int r;

	memset(&l->p, 0, sizeof(l->p));
	snprintf(l->p.account, sizeof(l->p.account), "%s", l->q->account);
	snprintf(l->p.endpoint, sizeof(l->p.endpoint), "%s", l->q->endpoint);
	snprintf(l->p.method, sizeof(l->p.method), "%s", l->q->method);
	r = id_new(l->p.journal, err);
	return r < 0 ? r : id_new(l->p.binding, err);
}

/* The token proves what it is, by the policy's wishes, and is written down. */
static int admit(struct leading *l, struct attached *a, struct fido **f,
	struct error *err)
{
	const struct admission admission = { l->q->trust, l->q->method,
		NULL };
	CLEANUP(verification_done) struct verification v;
	const struct verify_request q = {
		.token = a->chosen,
		.fido = *f,
		.reg = l->q->reg,
		.holder = l->q->place,
		.trust = l->q->trust,
		.purpose = "before it is registered for root",
	};
	int r;

	verification_init(&v);
	r = verify_token(l->run, &q, &v, err);
	run_forget_secrets(l->run);
	if (r == 0)
		r = admission_check_token(l->run, &admission, &v, err);
	if (r == 0 && v.known)
		r = keep_check(l->q, &v.row, err);
	if (r == 0 && v.known && !v.proved && v.credential)
		r = error_set(err, ERROR_REFUSED,
			"the token did not prove to be the one that the "
			"registry knows");
	return r < 0 ? r : keep_token(l->q, &v, &l->p, err);
}

static int take_token(struct leading *l, struct error *err)
{
	const struct admission admission = { l->q->trust, l->q->method,
		NULL };
	CLEANUP(attached_done) struct attached a = { NULL, 0, NULL };
	CLEANUP(fido_free) struct fido *f = NULL;
	struct wanted wanted = l->q->wanted;
	int r;

	/* the second one is not the one that was named */
	if (l->first[0])
		wanted.name = NULL;
	r = attached_find_open(l->run, &wanted, &a, &f, err);
	if (r == 0)
		r = attached_check(a.chosen, err);
	if (r == 0)
		r = admission_check_claims(l->run, &admission, a.chosen, err);
	if (r == 0)
		r = attached_open(l->run, a.chosen, &f, err);
	return r < 0 ? r : admit(l, &a, &f, err);
}

static int take_key(struct leading *l, struct error *err)
{
	int r;

	if (l->resumed)
		return 0;
	r = begin_key(l, err);
	if (r == 0 && strcmp(l->q->method, "fido") == 0)
		r = take_token(l, err);
	else if (r == 0 && strcmp(l->q->method, "virtual") == 0)
		snprintf(l->p.token_name, sizeof(l->p.token_name), "an app");
	else if (r == 0)
		r = keep_serial(l->q, l->q->serial, &l->p, err);
	if (r == 0)
		r = name_device(l, err);
	if (r == 0)
		r = watch_before(&l->watch, &l->p, err);
	return r < 0 ? r : keep_before(l->q, &l->p, err);
}

/* ---- one key through the console ---- */

static int lead_registration(struct leading *l, bool *ret, struct error *err)
{
	char sequence[GUIDE_NAME_MAX], question[160];
	int r;

	*ret = true;
	if (l->p.point >= ROOT_ENABLED)
		return 0;
	snprintf(sequence, sizeof(sequence), "root-%s%s%s",
		l->q->at_sign_in && !l->signed_in ? "forced-" : "",
		l->p.method, l->signed_in ? "-also" : "");
	run_say(l->run, "Register %s as an MFA device of root:",
		l->p.token_name);
	r = tell_steps(l, sequence, NULL, err);
	if (r == 0)
		r = write_point(l, ROOT_LED, err);
	snprintf(question, sizeof(question), "Does the console list '%s'?",
		l->p.device_name);
	if (r == 0)
		r = see_or_ask(l, watch_enabled, "the new device", question,
			ROOT_WAS_ENABLED, ret, err);
	if (r == 0 && *ret && l->q->aws)
		r = watch_strengthen(&l->watch, &l->p, err);
	if (r == 0 && *ret)
		r = write_point(l, ROOT_ENABLED, err);
	return r;
}

static int lead_proof(struct leading *l, bool *ret, struct error *err)
{
	char question[160];
	int r;

	*ret = true;
	if (l->p.point >= ROOT_PROVED)
		return 0;
	run_say(l->run, "It is there. Now sign in with it, which proves it:");
	r = tell_steps(l, "root-sign-in-again", NULL, err);
	snprintf(question, sizeof(question), "Did root sign in with '%s'?",
		l->p.device_name);
	if (r == 0)
		r = see_or_ask(l, watch_signed_in, "the sign-in", question,
			ROOT_SIGNED_IN, ret, err);
	if (r == 0 && *ret && l->q->aws)
		r = watch_strengthen(&l->watch, &l->p, err);
	if (r == 0 && *ret)
		r = write_point(l, ROOT_PROVED, err);
	l->signed_in = *ret;
	return r;
}

static int record_key(struct leading *l, struct error *err)
{
	struct root_key *k = &l->ret->keys[l->ret->keys_n];
	int r;

	r = keep_binding(l->q, &l->p, &l->ret->head, err);
	if (r == 0)
		r = root_place_clear(&l->place, err);
	if (r == 0 && l->p.token[0])
		r = keep_row(l->q, l->p.token, &k->row, err);
	if (r < 0)
		return r;
	l->ret->changed = true;
	k->progress = l->p;
	k->recorded = true;
	l->ret->keys_n++;
	memcpy(l->first, l->p.token, sizeof(l->first));
	run_say(l->run, "Recorded: %s is a device of root in account %s.",
		l->p.token_name, l->q->account);
	return 0;
}

/* *ret: it went to its end. */
static int lead_key(struct leading *l, bool *ret, struct error *err)
{
	int r;

	*ret = false;
	r = take_key(l, err);
	if (r == 0)
		r = lead_registration(l, ret, err);
	if (r == 0 && *ret)
		r = lead_proof(l, ret, err);
	if (r == 0 && *ret)
		r = record_key(l, err);
	l->resumed = false;
	if (r == 0 && !*ret)
		leave_open(l, "'%.60s' is not seen yet: the same command goes "
			"on with it", l->p.device_name);
	return r;
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

static int lead_keys(struct leading *l, struct error *err)
{
	bool whole = true, more = true;
	int r = keep_count(l->q, &l->ret->known, err);

	/* both are there: what is left is the virtual device */
	if (r == 0 && !l->resumed && l->ret->known >= KEYS_WANTED &&
		!l->q->wanted.name && !l->q->serial) {
		run_say(l->run, "Root has %zu keys by the registry: none is "
			"added (--token names one that shall be).",
			l->ret->known);
		return 0;
	}

	while (r == 0 && whole && more && l->ret->keys_n < ROOT_KEYS_MAX) {
		r = lead_key(l, &whole, err);
		if (r == 0)
			r = keep_count(l->q, &l->ret->known, err);
		more = l->ret->known < KEYS_WANTED;
		if (r == 0 && whole && more)
			r = want_another(l, &more, err);
	}
	if (r == 0 && l->ret->known < KEYS_WANTED)
		leave_open(l, "a second key: run the same command with it");
	return r;
}

/* ---- the virtual device ---- */

static int remove_one(struct leading *l, const struct root_device *d,
	bool *ret, struct error *err)
{
	char question[IAM_SERIAL_MAX + 64];
	int r;

	memset(&l->p, 0, sizeof(l->p));
	snprintf(l->p.serial, sizeof(l->p.serial), "%s", d->serial);
	l->p.begun = time(NULL);
	run_say(l->run, "A virtual device still signs root in. Remove it:");
	r = tell_steps(l, "root-remove", d->serial, err);
	snprintf(question, sizeof(question), "Is '%s' gone from the list?",
		d->serial);
	if (r == 0)
		r = see_or_ask(l, watch_removed, "its removal", question,
			ROOT_WAS_REMOVED, ret, err);
	if (r < 0 || !*ret)
		return r;
	l->ret->removed[l->ret->removed_n] = l->p.seen[l->p.seen_n - 1];
	snprintf(l->ret->removed[l->ret->removed_n++].device,
		sizeof(l->p.serial), "%s", d->serial);
	return keep_removed(l->q, d->serial,
		&l->ret->removed[l->ret->removed_n - 1], &l->ret->head,
		&l->ret->changed, err);
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

	for (i = 0; r == 0 && i < s->devices_n; i++) {
		const struct root_device d = s->devices[i];

		if (d.kind != DEVICE_VIRTUAL ||
			strcmp(l->q->method, "virtual") == 0)
			continue;
		if (l->ret->known >= KEYS_WANTED && gone) {
			r = remove_one(l, &d, &gone, err);
			if (r < 0 || gone)
				continue;
		}
		leave_open(l, "the virtual device %.120s still signs root in",
			d.serial);
	}
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

static int check_method(const struct root_request *q, struct error *err)
{
	const struct policy *p = &q->trust->policy;
	bool is_virtual = strcmp(q->method, "virtual") == 0;
	const char *name;
	unsigned bit = policy_method_bit(q->method, &name);

	if (!bit)
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
	run_say(l->run, "Going on with %s, which an earlier run began as '%s'.",
		l->p.token_name, l->p.device_name);
	return 0;
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
	int r = check_method(q, err);

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->account, sizeof(ret->account), "%s", q->account);
	ret->place = q->place;
	ret->bag = q->bag;
	watch_init(&l.watch, run, q->aws ? q->aws->session : NULL, q->account,
		q->aws && arn_is_root(q->aws->caller.arn));
	if (r == 0)
		r = lead_all(&l, err);
	ret->when = time(NULL);
	watch_done(&l.watch);
	root_place_done(&l.place);
	return r;
}
