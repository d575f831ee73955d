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
	if (r == 0 && x->resumed)
		run_say(q->run, "Going on with what an earlier run began in "
			"account %s.", q->account);
	return r;
}

int removal_record_begin(const struct removal *q, struct removal_record *x,
	struct error *err)
{
	struct journal_facts f = { .kind = JOURNAL_REMOVE_ROOT };
	struct journal *j = &x->journal;
	int r;

	if (j->path)
		return 0;
	snprintf(f.account, sizeof(f.account), "%s", q->account);
	snprintf(f.partition, sizeof(f.partition), "%s",
		aws_session_partition(q->aws->session)->name);
	snprintf(f.endpoint, sizeof(f.endpoint), "%s",
		account_endpoint(q->aws));
	snprintf(f.user, sizeof(f.user), "<root_account>");
	snprintf(f.user_id, sizeof(f.user_id), "%s", q->account);
	snprintf(f.reason, sizeof(f.reason), "%s", q->reason ? q->reason : "");
	j->begun = aws_now(q->aws->session);
	r = id_new(j->id, err);
	return r < 0 ? r : journal_begin(j, registry_path(q->reg), &f, err);
}

/*
 * An event of a number of its own, with the reason: the one that was given first
 * holds, also for who goes on with it. Takes body.
 */
static int add_event(const struct removal *q, const struct journal *j,
	enum event_type type, enum record_step step, json_t *body,
	struct registry_head *ret_head, struct error *err)
{
	const char *given = j->facts.reason[0] ? j->facts.reason : q->reason;
	struct record record = { .reg = q->reg, .actor = q->actor };
	char journal[ID_LEN], reason[ID_LEN];
	int r = id_new(journal, err);

	if (r == 0 && given)
		r = registry_name_put(q->reg, "reason", given, reason, err);
	if (r < 0) {
		json_decref(body);
		return r;
	}
	if (body && given)
		json_member(&body, "reason", json_string(reason));
	record.journal = journal;
	r = record_event(&record, type, step, body, err);
	if (r == 0)
		*ret_head = record.head;
	return r;
}

int removal_record_unbind(const struct removal *q, struct removal_record *x,
	struct registry_head *ret_head, size_t *ret_n, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	size_t i;
	int r = registry_bindings_by_user(q->reg, q->account, q->account,
		&list, err);

	for (i = 0; r == 0 && i < list.n; i++) {
		if (!is_of_root(&list.p[i]))
			continue;
		r = add_event(q, &x->journal, EVENT_BINDING_REMOVED,
			RECORD_BINDING_REMOVED,
			json_pack("{s:s}", "binding", list.p[i].id), ret_head,
			err);
		*ret_n += r == 0;
	}
	return r;
}

int removal_record_tell(const struct removal *q,
	const struct removal_record *x, json_t *words,
	struct registry_head *ret_head, struct error *err)
{
	if (words && json_array_size(words) == 0 && !x->resumed) {
		json_decref(words);
		return 0;
	}
	return add_event(q, &x->journal, EVENT_ROOT_REMOVED,
		RECORD_ROOT_REMOVED, json_pack("{s:s,s:o}", "account",
			q->account, "removed", words), ret_head, err);
}

int removal_record_end(struct removal_record *x, bool left, struct error *err)
{
	struct error why;
	int r = 0;

	if (x->journal.path && left) {
		error_set(&why, ERROR_FAILED,
			"something of root's could not be taken away");
		return journal_stuck(&x->journal, &why, NULL, err);
	}
	if (x->led)
		r = root_place_clear(&x->place, err);
	if (r == 0 && x->journal.path)
		r = journal_end(&x->journal, err);
	return r;
}
