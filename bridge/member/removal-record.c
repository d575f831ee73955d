/* SPDX-License-Identifier: Apache-2.0 */
/* Journal and registry of a removal. */
#include "bridge/member/removal-record.h"

#include "bridge/run/json.h"
#include "bridge/verify/record.h"

#include <stdio.h>
#include <string.h>

void removal_record_init(struct removal_record *x)
{
	*x = (struct removal_record){ .place = { NULL, -1 },
		.journal = { .fd = -1 } };
}

void removal_record_done(struct removal_record *x)
{
	root_place_done(&x->place);
	journal_done(&x->journal);
}

static bool is_of_root(const struct registry_binding *b)
{
	return !b->removed && b->kind == REGISTRY_AWS;
}

static int count_bindings(const struct removal *q, size_t *ret,
	struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i, n = 0;
	int r = registry_bindings_by_user(q->reg, q->account, q->account,
		&list, err);

	for (i = 0; i < list.n; i++)
		n += is_of_root(&list.p[i]);
	if (r == 0)
		*ret = n;
	return r;
}

/* What was begun of it and broken off. */
static int find_journal(const struct removal *q, struct journal *ret,
	struct error *err)
{
	CLEANUP(journal_list_done) struct journal_list all = { .p = NULL };
	size_t i;
	int r = journal_open_sound(&all, registry_path(q->reg), err);

	for (i = 0; r == 0 && i < all.n && !ret->path; i++) {
		struct journal *j = &all.p[i];

		if (j->facts.kind != JOURNAL_REMOVE_ROOT ||
			strcmp(j->facts.account, q->account) != 0 ||
			strcmp(j->facts.endpoint, account_endpoint(q->aws)) !=
				0)
			continue;
		*ret = *j;
		*j = (struct journal){ .fd = -1 };
	}
	return r;
}

int removal_record_open(const struct removal *q, struct removal_record *x,
	struct error *err)
{
	struct root_progress progress;
	int r;

	r = root_place_open(&x->place, registry_path(q->reg), q->account,
		&progress, &x->led, err);
	if (r == 0)
		r = find_journal(q, &x->journal, err);
	if (r == 0)
		r = count_bindings(q, &x->bound, err);
	x->resumed = x->journal.path != NULL;
	if (r == 0 && x->resumed && !x->journal.facts.told_in[0])
		r = id_new(x->journal.facts.told_in, err);
	if (r == 0 && x->resumed)
		run_say(q->run, "Going on with what an earlier run began in "
			"account %s.", q->account);
	return r;
}

/* ---- what was sent ---- */

static const unsigned ways[HOLDING_KINDS] = {
	[HOLDING_KEY] = JOURNAL_ROOT_KEYS,
	[HOLDING_CERTIFICATE] = JOURNAL_ROOT_CERTIFICATES,
	[HOLDING_PASSWORD] = JOURNAL_ROOT_PASSWORD,
	[HOLDING_DEVICE] = JOURNAL_ROOT_DEVICES,
};

static unsigned kinds_of_ways(unsigned bits)
{
	unsigned kinds = 0;
	int kind;

	for (kind = 0; kind < HOLDING_KINDS; kind++)
		if (bits & ways[kind])
			kinds |= 1u << kind;
	return kinds;
}

static unsigned ways_of_kinds(unsigned kinds)
{
	unsigned bits = 0;
	int kind;

	for (kind = 0; kind < HOLDING_KINDS; kind++)
		if (kinds & 1u << kind)
			bits |= ways[kind];
	return bits;
}

unsigned removal_record_sent(const struct removal_record *x)
{
	return kinds_of_ways(x->journal.facts.takes);
}

bool removal_record_next(const struct removal_record *x, size_t *place,
	char ret[IAM_SERIAL_MAX + 1])
{
	const char *p = x->journal.facts.taken + *place;
	size_t n = strcspn(p, " ");

	if (n == 0 || n > IAM_SERIAL_MAX)
		return false;
	memcpy(ret, p, n);
	ret[n] = '\0';
	*place += n + (p[n] == ' ');
	return true;
}

static bool was_sent(const struct removal_record *x, const char *serial)
{
	char one[IAM_SERIAL_MAX + 1];
	size_t place = 0;

	while (removal_record_next(x, &place, one))
		if (strcmp(one, serial) == 0)
			return true;
	return false;
}

int removal_record_send(struct removal_record *x, const struct holding *h,
	struct error *err)
{
	struct journal_facts *f = &x->journal.facts;
	bool named = h->kind == HOLDING_DEVICE &&
		device_kind(h->id) == DEVICE_VIRTUAL && !was_sent(x, h->id);
	size_t n = strlen(f->taken);

	if (f->takes & ways[h->kind] && !named)
		return 0;
	f->takes |= ways[h->kind];
	if (named && n + strlen(h->id) + 2 > sizeof(f->taken))
		return error_set(err, ERROR_MALFORMED,
			"root has more virtual devices than AWS allows");
	if (named)
		snprintf(f->taken + n, sizeof(f->taken) - n, "%s%s",
			n ? " " : "", h->id);
	return journal_point(&x->journal, JOURNAL_INTENT, err);
}

/* ---- beginning and end ---- */

int removal_record_begin(const struct removal *q, struct removal_record *x,
	struct error *err)
{
	struct journal_facts f = { .kind = JOURNAL_REMOVE_ROOT };
	struct journal *j = &x->journal;
	int r;

	if (j->path) {
		/* the one that was given first holds */
		if (!j->facts.reason[0] && q->reason)
			snprintf(j->facts.reason, sizeof(j->facts.reason),
				"%s", q->reason);
		return 0;
	}
	snprintf(f.account, sizeof(f.account), "%s", q->account);
	snprintf(f.partition, sizeof(f.partition), "%s",
		aws_session_partition(q->aws->session)->name);
	snprintf(f.endpoint, sizeof(f.endpoint), "%s",
		account_endpoint(q->aws));
	snprintf(f.user, sizeof(f.user), "<root_account>");
	snprintf(f.user_id, sizeof(f.user_id), "%s", q->account);
	snprintf(f.reason, sizeof(f.reason), "%s", q->reason ? q->reason : "");
	j->begun = aws_now(q->aws->session);
	r = id_new(f.told_in, err);
	if (r == 0)
		r = id_new(j->id, err);
	return r < 0 ? r : journal_begin(j, registry_path(q->reg), &f, err);
}

/* An event with the journal's reason. Takes body. */
static int add_event(const struct removal *q, const struct journal *j,
	const char *id, enum event_type type, enum record_step step,
	json_t *body, struct registry_head *ret_head, struct error *err)
{
	const char *given = j->facts.reason[0] ? j->facts.reason : NULL;
	struct record record = { .reg = q->reg, .actor = q->actor,
		.journal = id };
	char reason[ID_LEN];
	int r = given ? registry_name_put(q->reg, "reason", given, reason,
		err) : 0;

	if (r < 0) {
		json_decref(body);
		return r;
	}
	if (body && given)
		json_member(&body, "reason", json_string(reason));
	r = record_event(&record, type, step, body, err);
	if (r == 0)
		*ret_head = record.head;
	return r;
}

int removal_record_unbind(const struct removal *q, struct removal_record *x,
	struct registry_head *ret_head, size_t *ret_n, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	char id[ID_LEN];
	size_t i;
	int r = registry_bindings_by_user(q->reg, q->account, q->account,
		&list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		if (!is_of_root(&list.p[i]))
			continue;
		r = id_new(id, err);
		if (r == 0)
			r = add_event(q, &x->journal, id,
				EVENT_BINDING_REMOVED, RECORD_BINDING_REMOVED,
				json_pack("{s:s}", "binding", list.p[i].id),
				ret_head, err);
		*ret_n += r == 0;
	}
	return r;
}

/* In the order in which they went. */
static json_t *words_of(unsigned lost)
{
	json_t *words = json_array();
	int kind;

	for (kind = 0; kind < HOLDING_KINDS; kind++)
		if (lost & 1u << kind)
			json_row(&words, json_string(holding_names[kind]));
	return words;
}

/* The next event is another one. */
static int forget_told(struct removal_record *x, unsigned kinds,
	struct error *err)
{
	struct journal_facts *f = &x->journal.facts;

	f->takes &= ~ways_of_kinds(kinds);
	f->tells &= ~ways_of_kinds(kinds);
	return id_new(f->told_in, err);
}

static int tell_kinds(const struct removal *q, struct removal_record *x,
	unsigned kinds, struct registry_head *ret_head, struct error *err)
{
	int r = add_event(q, &x->journal, x->journal.facts.told_in,
		EVENT_ROOT_REMOVED, RECORD_ROOT_REMOVED,
		json_pack("{s:s,s:o}", "account", q->account, "removed",
			words_of(kinds)), ret_head, err);

	return r < 0 ? r : forget_told(x, kinds, err);
}

int removal_record_tell_earlier(const struct removal *q,
	struct removal_record *x, struct registry_head *ret_head,
	struct error *err)
{
	unsigned kinds = kinds_of_ways(x->journal.facts.tells);

	return kinds ? tell_kinds(q, x, kinds, ret_head, err) : 0;
}

int removal_record_tell(const struct removal *q, struct removal_record *x,
	unsigned lost, struct registry_head *ret_head, struct error *err)
{
	int r;

	if (!lost)
		return 0;
	x->journal.facts.tells |= ways_of_kinds(lost);
	r = journal_point(&x->journal, JOURNAL_INTENT, err);
	return r < 0 ? r : tell_kinds(q, x, lost, ret_head, err);
}

int removal_record_end(struct removal_record *x, bool left, struct error *err)
{
	struct error why;
	int r = 0;

	if (x->journal.path && left) {
		error_set(&why, ERROR_FAILED,
			"something of root's could not be taken away");
		r = journal_point(&x->journal, JOURNAL_INTENT, err);
		return r < 0 ? r : journal_stuck(&x->journal, &why, NULL, err);
	}
	if (x->led)
		r = root_place_clear(&x->place, err);
	if (r == 0 && x->journal.path)
		r = journal_end(&x->journal, err);
	return r;
}
