/* SPDX-License-Identifier: Apache-2.0 */
/* CloudTrail as a witness. */
#include "bridge/mfa/witness.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define WANTED_MAX 64

struct candidate {
	struct witness_wanted wanted;
	char binding[ID_LEN];
	char journal[ID_LEN]; /* "": its event was not met */
	bool has_evidence;    /* of root's, which says when its run began */
	unsigned char evidence[SHA256_LEN];
	bool is_found;
};

struct witnessing {
	struct account *aws;
	struct registry *reg;
	const struct event_actor *actor;
	const char *own;
	struct candidate list[WANTED_MAX];
	size_t n;
	struct witnessed *ret;
};

bool witness_fits(const struct witness_wanted *w,
	const struct cloudtrail_event *e)
{
	return strcmp(e->name, "EnableMFADevice") == 0 && !e->error_code[0] &&
		strcmp(e->serial, w->serial) == 0 &&
		strcmp(e->account, w->account) == 0 &&
		(!w->of_root || strcmp(e->actor_type, "Root") == 0) &&
		e->time >= w->begun - WITNESS_SLACK_S &&
		e->time <= w->bound + WITNESS_SLACK_S;
}

/* ---- what is wanted ---- */

/* How far AWS's clock is ahead of this one, which wrote the event. */
static time_t ahead(struct aws_session *s)
{
	time_t now = aws_now(s), here = time(NULL);

	return now > here ? now - here : 0;
}

static bool is_roots(const struct registry_binding *b)
{
	return b->user && strcmp(b->user, b->account) == 0;
}

/* What a list, numbers or a person said of root's; an adopted one has no run. */
static bool rests_on_less(const struct registry_binding *b)
{
	static const char *const less[] = { REGISTRY_BASIS_LISTED,
		REGISTRY_BASIS_COUNTED, REGISTRY_BASIS_STATED };
	size_t i;

	if (!is_roots(b))
		return strcmp(b->basis, REGISTRY_BASIS_NAME) == 0;
	for (i = 0; i < ARRAY_LEN(less); i++)
		if (strcmp(b->basis, less[i]) == 0)
			return b->has_evidence;
	return false;
}

static bool is_unsettled(const struct registry_binding *b, const char *account)
{
	return !b->removed && b->kind == REGISTRY_AWS && b->basis &&
		b->device && rests_on_less(b) &&
		(!account || strcmp(b->account, account) == 0) &&
		b->since >= time(NULL) - WITNESS_MEMORY_S;
}

size_t witness_unsettled(const struct registry_bindings *list,
	const char *account)
{
	size_t i, n = 0;

	for (i = 0; i < list->n; i++)
		n += is_unsettled(&list->p[i], account);
	return n;
}

static void take_binding(struct witnessing *x,
	const struct registry_binding *b)
{
	struct candidate *c = &x->list[x->n];

	if (x->n == WANTED_MAX || !is_unsettled(b, x->aws->caller.account))
		return;
	memset(c, 0, sizeof(*c));
	memcpy(c->binding, b->id, sizeof(c->binding));
	snprintf(c->wanted.serial, sizeof(c->wanted.serial), "%s", b->device);
	snprintf(c->wanted.account, sizeof(c->wanted.account), "%s",
		b->account);
	c->wanted.bound = b->since + ahead(x->aws->session);
	c->wanted.of_root = is_roots(b);
	c->has_evidence = c->wanted.of_root;
	memcpy(c->evidence, b->evidence, sizeof(c->evidence));
	x->n++;
}

/* When its run began stands in the binding's own event, and in no row. */
static int take_begun(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct witnessing *x = arg;
	const char *id, *begun;
	size_t i;

	(void)head;
	(void)bytes;
	(void)n;
	(void)err;
	if (e->type != EVENT_BINDING_ADDED)
		return 0;
	id = event_str(e->body, "binding");
	begun = event_str(e->body, "begun");
	for (i = 0; id && i < x->n; i++)
		if (strcmp(x->list[i].binding, id) == 0 &&
			(x->list[i].has_evidence || (begun &&
			text_parse_time(begun, strlen(begun),
				&x->list[i].wanted.begun) == 0)))
			memcpy(x->list[i].journal, e->journal, ID_LEN);
	return 0;
}

/* When a run of root's began stands in the record that is its evidence; without
 * it, as after a prune, the binding stays as it is. */
static int take_roots_begun(struct witnessing *x, struct candidate *c,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	const char *begun;
	bool absent = false;
	json_t *o;
	int r;

	buf_init(&b, REGISTRY_EVIDENCE_MAX);
	r = registry_evidence_get(x->reg, c->evidence, &b, &absent, err);
	if (r < 0)
		return r;
	o = absent ? NULL : json_loadb(buf_str(&b), b.n, JSON_REJECT_DUPLICATES,
		NULL);
	begun = event_str(o, "begunAt");
	if (!begun || text_parse_time(begun, strlen(begun),
		&c->wanted.begun) != 0)
		c->journal[0] = '\0';
	json_decref(o);
	return 0;
}

/* Those of older versions, which do not say when they began, stay as they are. */
static void drop_unknown(struct witnessing *x)
{
	size_t i, kept = 0;

	for (i = 0; i < x->n; i++)
		if (x->list[i].journal[0])
			x->list[kept++] = x->list[i];
	x->n = kept;
}

static int find_wanted(struct witnessing *x, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r = registry_bindings_all(x->reg, &list, err);

	for (i = 0; r == 0 && i < list.n; i++)
		take_binding(x, &list.p[i]);
	if (r == 0 && x->n > 0)
		r = registry_events(x->reg, 0, take_begun, x, err);
	for (i = 0; r == 0 && i < x->n; i++)
		if (x->list[i].has_evidence)
			r = take_roots_begun(x, &x->list[i], err);
	if (r == 0)
		drop_unknown(x);
	return r;
}

/* ---- what is told ---- */

int witness_keep(struct record *record, enum record_step step, json_t *body,
	const struct cloudtrail_event *e, struct error *err)
{
	unsigned char sha[SHA256_LEN];
	char hex[HEX_LEN(SHA256_LEN)];
	int r = registry_evidence_put(record->reg, e->raw, e->raw_n, sha, err);

	if (r < 0) {
		json_decref(body);
		return r;
	}
	hex_encode(sha, sizeof(sha), hex);
	json_member(&body, "trail", json_string(hex));
	return record_event(record, EVENT_BINDING_WITNESSED, step, body, err);
}

static int record_it(struct witnessing *x, struct candidate *c,
	const struct cloudtrail_event *e, struct error *err)
{
	struct record record = { .reg = x->reg, .journal = c->journal,
		.actor = *x->actor };
	int r = witness_keep(&record, RECORD_WITNESSED, json_pack(
		"{s:s,s:s}", "binding", c->binding, "basis",
		REGISTRY_BASIS_TRAIL), e, err);

	if (r < 0)
		return r;
	c->is_found = true;
	x->ret->found++;
	x->ret->head = record.head;
	x->ret->own |= x->own && strcmp(x->own, c->binding) == 0;
	return 0;
}

static int on_event(void *data, const struct cloudtrail_event *e,
	struct error *err)
{
	struct witnessing *x = data;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < x->n; i++)
		if (!x->list[i].is_found &&
			witness_fits(&x->list[i].wanted, e))
			r = record_it(x, &x->list[i], e, err);
	return r;
}

static time_t earliest(const struct witnessing *x)
{
	time_t t = x->list[0].wanted.begun;
	size_t i;

	for (i = 1; i < x->n; i++)
		if (x->list[i].wanted.begun < t)
			t = x->list[i].wanted.begun;
	return t - WITNESS_SLACK_S;
}

/* IAM's events are told in the region that stands for the whole partition. */
static int ask_trail(struct witnessing *x, struct error *err)
{
	const struct partition *p = aws_session_partition(x->aws->session);
	struct aws_session *trail = NULL;
	int r = aws_session_derive(&trail, x->aws->session, NULL,
		p->iam_region, err);

	if (r == 0)
		r = cloudtrail_lookup(trail, "EnableMFADevice", earliest(x),
			on_event, x, err);
	aws_session_free(&trail);
	return r;
}

/* What is AWS's: a registry that cannot be written is an error. */
static bool is_of_aws(const struct error *e)
{
	return e->code == ERROR_REMOTE || e->code == ERROR_UNREACHABLE ||
		e->code == ERROR_TIMEOUT || e->code == ERROR_MALFORMED ||
		e->code == ERROR_UNSUPPORTED;
}

int witness_all(struct account *aws, struct registry *reg,
	const struct event_actor *actor, const char *own,
	struct witnessed *ret, struct error *err)
{
	struct witnessing x = { .aws = aws, .reg = reg, .actor = actor,
		.own = own, .ret = ret };
	struct error why;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = find_wanted(&x, err);
	if (r < 0 || x.n == 0)
		return r;
	r = ask_trail(&x, &why);
	ret->waiting = x.n - ret->found;
	if (r < 0 && !is_of_aws(&why))
		return error_copy(err, &why);
	if (r < 0)
		ret->why = why;
	return 0;
}

static void tell_witnessed(const struct run *run, const struct witnessed *w)
{
	if (w->found)
		run_say(run, "CloudTrail tells of %zu device%s that rested on "
			"less until now.", w->found,
			text_plural(w->found));
	if (w->why.code)
		run_say(run, "CloudTrail was not asked for the enabling: %s",
			w->why.text);
	else if (w->waiting)
		run_say(run, "CloudTrail does not tell of the enabling yet, "
			"which may take a quarter of an hour: enroll, "
			"`registry adopt --from-aws` and `audit --record` look "
			"again.");
}

void witness_look(const struct run *run, struct account *aws,
	struct registry *reg, const struct event_actor *actor, const char *own,
	struct witnessed *ret)
{
	struct error why;

	if (witness_all(aws, reg, actor, own, ret, &why) < 0)
		run_warn(run, "what CloudTrail tells is not recorded: %s",
			why.text);
	else
		tell_witnessed(run, ret);
}
