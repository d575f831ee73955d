/* SPDX-License-Identifier: Apache-2.0 */
/* CloudTrail as the witness of root's sign-ins with its devices. */
#include "bridge/mfa/witness.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define BEFORE_S (24 * 3600)      /* of a run, before it wrote its binding */
#define WANTED_MAX 16             /* AWS has 8 devices of root */

struct sign_in_wanted {
	char binding[ID_LEN];
	char journal[ID_LEN]; /* "": its event was not met */
	char basis[32];
	char serial[IAM_SERIAL_MAX + 1];
	time_t since;         /* when the binding was written */
	bool is_found;
};

struct sign_ins {
	struct account *aws;
	struct registry *reg;
	const struct event_actor *actor;
	struct sign_in_wanted list[WANTED_MAX];
	size_t n;
	struct witnessed *ret;
};

bool witness_fits_sign_in(const char *serial, const char *account,
	time_t bound, const struct cloudtrail_event *e)
{
	/* a FIDO device's ARN is never given again; what may be was another
	   one's before */
	bool again = device_kind(serial) != DEVICE_FIDO;

	return strcmp(e->name, "ConsoleLogin") == 0 && !e->error_code[0] &&
		strcmp(e->actor_type, "Root") == 0 &&
		strcmp(e->account, account) == 0 &&
		strcmp(e->login, "Success") == 0 &&
		strcmp(e->mfa_used, "Yes") == 0 &&
		strcmp(e->mfa_identifier, serial) == 0 &&
		(!again || e->time >= bound - WITNESS_SLACK_S);
}

/* ---- what is wanted ---- */

/* Of a set-up of ours: an adopted one has had none, and no evidence. */
static void want_sign_in(struct sign_ins *x, const struct registry_binding *b)
{
	struct sign_in_wanted *w = &x->list[x->n];
	const char *account = x->aws->caller.account;

	if (x->n == WANTED_MAX || b->removed || b->kind != REGISTRY_AWS ||
		!b->device || !b->basis || !b->user || !b->has_evidence ||
		strcmp(b->account, account) != 0 ||
		strcmp(b->user, account) != 0 ||
		b->since < time(NULL) - WITNESS_MEMORY_S)
		return;
	*w = (struct sign_in_wanted){ .since = b->since };
	memcpy(w->binding, b->id, sizeof(w->binding));
	snprintf(w->basis, sizeof(w->basis), "%s", b->basis);
	snprintf(w->serial, sizeof(w->serial), "%s", b->device);
	x->n++;
}

static struct sign_in_wanted *find_sign_in(struct sign_ins *x, const char *id)
{
	size_t i;

	for (i = 0; id && i < x->n; i++)
		if (strcmp(x->list[i].binding, id) == 0)
			return &x->list[i];
	return NULL;
}

static int take_known(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct sign_in_wanted *w;

	(void)head;
	(void)bytes;
	(void)n;
	(void)err;
	if (e->type != EVENT_BINDING_ADDED &&
		e->type != EVENT_BINDING_WITNESSED)
		return 0;
	w = find_sign_in(arg, event_str(e->body, "binding"));
	if (w && e->type == EVENT_BINDING_ADDED)
		memcpy(w->journal, e->journal, ID_LEN);
	else if (w)
		w->is_found |= event_str(e->body, "event") != NULL;
	return 0;
}

static int find_sign_ins(struct sign_ins *x, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i, kept = 0;
	int r = registry_bindings_all(x->reg, &list, err);

	for (i = 0; r == 0 && i < list.n; i++)
		want_sign_in(x, &list.p[i]);
	if (r == 0 && x->n > 0)
		r = registry_events(x->reg, 0, take_known, x, err);
	for (i = 0; r == 0 && i < x->n; i++)
		if (!x->list[i].is_found && x->list[i].journal[0])
			x->list[kept++] = x->list[i];
	x->n = kept;
	return r;
}

/* ---- what is told ---- */

static int record_sign_in(struct sign_ins *x, struct sign_in_wanted *w,
	const struct cloudtrail_event *e, struct error *err)
{
	struct record record = { .reg = x->reg, .journal = w->journal,
		.actor = *x->actor };
	int r = witness_keep(&record, RECORD_SIGNED_IN, json_pack(
		"{s:s,s:s,s:s}", "binding", w->binding, "basis", w->basis,
		"event", "sign-in"), e, err);

	if (r < 0)
		return r;
	w->is_found = true;
	x->ret->found++;
	x->ret->head = record.head;
	return 0;
}

static int on_sign_in(void *data, const struct cloudtrail_event *e,
	struct error *err)
{
	struct sign_ins *x = data;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < x->n; i++)
		if (!x->list[i].is_found && witness_fits_sign_in(
			x->list[i].serial, x->aws->caller.account,
			x->list[i].since, e))
			r = record_sign_in(x, &x->list[i], e, err);
	return r;
}

static int ask_region(struct sign_ins *x, const char *region,
	struct error *err)
{
	struct aws_session *trail = NULL;
	time_t since = time(NULL);
	size_t i;
	int r;

	for (i = 0; i < x->n; i++)
		if (x->list[i].since < since)
			since = x->list[i].since;
	r = aws_session_derive(&trail, x->aws->session, NULL, region, err);
	if (r == 0)
		r = cloudtrail_lookup(trail, "ConsoleLogin", since - BEFORE_S,
			on_sign_in, x, err);
	aws_session_free(&trail);
	return r;
}

static int ask_regions(struct sign_ins *x, struct error *err)
{
	const struct partition *p = aws_session_partition(x->aws->session);
	size_t i;
	int r = 0;

	/* other partitions have no root that signs in, or their own home */
	if (strcmp(p->name, "aws") != 0)
		return 0;
	for (i = 0; r == 0 && x->ret->found < x->n &&
		i < CLOUDTRAIL_SIGN_IN_REGIONS; i++)
		r = ask_region(x, cloudtrail_sign_in_regions[i], err);
	return r;
}

void witness_sign_ins(const struct run *run, struct account *aws,
	struct registry *reg, const struct event_actor *actor,
	struct witnessed *ret)
{
	struct sign_ins x = { .aws = aws, .reg = reg, .actor = actor,
		.ret = ret };
	int r;

	memset(ret, 0, sizeof(*ret));
	r = find_sign_ins(&x, &ret->why);
	if (r == 0 && x.n > 0)
		r = ask_regions(&x, &ret->why);
	ret->waiting = x.n - ret->found;
	if (r < 0)
		run_say(run, "CloudTrail was not asked whether root has signed "
			"in with its devices: %s", ret->why.text);
	if (ret->found)
		run_say(run, "CloudTrail tells that root has signed in with "
			"%zu of its devices: kept as evidence.", ret->found);
	if (r == 0 && ret->waiting)
		run_say(run, "CloudTrail does not tell yet that root has "
			"signed in with %zu of its devices; `root`, `registry "
			"adopt --from-aws` and `audit --record` look again.",
			ret->waiting);
}
