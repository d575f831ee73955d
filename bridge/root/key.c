/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One key of root's: it proves what it is, is registered in the console, signs
 * in, and is recorded.
 */
#include "bridge/root/leading.h"

#include "bridge/guide/guide.h"
#include "bridge/root/keep.h"
#include "bridge/verify/admission.h"

#include <stdio.h>
#include <string.h>

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
	r = leading_begin(l, err);
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

/* What a person does at one point of it, as AWS and the guide know it. */
struct lead_act {
	watch_fn *look;
	const char *what;      /* that is waited for */
	const char *question;  /* to the person; the device follows */
	enum root_event event;
	enum root_point point; /* behind it */
};

/* Behind the steps that were told: seen or stated, and written down. */
static int see_act(struct leading *l, const struct lead_act *a, bool *ret,
	struct error *err)
{
	char question[160];
	int r;

	snprintf(question, sizeof(question), "%s '%s'?", a->question,
		l->p.device_name);
	r = leading_see(l, a->look, a->what, question, a->event, ret, err);
	if (r == 0 && *ret && l->q->aws)
		r = watch_strengthen(&l->watch, &l->p, err);
	return r == 0 && *ret ? leading_point(l, a->point, err) : r;
}

static int lead_registration(struct leading *l, bool *ret, struct error *err)
{
	static const struct lead_act act = { watch_enabled, "the new device",
		"Does the console list", ROOT_WAS_ENABLED, ROOT_ENABLED };
	char sequence[GUIDE_NAME_MAX];
	int r;

	*ret = true;
	if (l->p.point >= ROOT_ENABLED)
		return 0;
	snprintf(sequence, sizeof(sequence), "root-%s%s%s",
		l->q->at_sign_in && !l->signed_in ? "forced-" : "",
		l->p.method, l->signed_in ? "-also" : "");
	run_say(l->run, "Register %s as an MFA device of root:",
		l->p.token_name);
	/* first: under the name that is told now it may be there soon */
	r = leading_point(l, ROOT_LED, err);
	if (r == 0)
		r = leading_tell(l, sequence, NULL, err);
	return r < 0 ? r : see_act(l, &act, ret, err);
}

static int lead_proof(struct leading *l, bool *ret, struct error *err)
{
	static const struct lead_act act = { watch_signed_in, "the sign-in",
		"Did root sign in with", ROOT_SIGNED_IN, ROOT_PROVED };
	int r;

	*ret = true;
	if (l->p.point >= ROOT_PROVED)
		return 0;
	run_say(l->run, "It is there. Now sign in with it, which proves it:");
	r = leading_tell(l, "root-sign-in-again", NULL, err);
	if (r == 0)
		r = see_act(l, &act, ret, err);
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

int leading_key(struct leading *l, bool *ret, struct error *err)
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
		leading_open(l, "'%.60s' is not seen yet: the same command goes "
			"on with it", l->p.device_name);
	return r;
}
