/* SPDX-License-Identifier: Apache-2.0 */
/* revoke --local */
#include "bridge/local/revoke.h"

#include "base/text.h"
#include "bridge/login/user.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 4
#define LISTED_MAX 320 /* of what there is; the rest is left out */

/* What one text may mean. */
struct local_naming {
	const char *text;
	struct registry_tokens labelled, numbered; /* that go by it */
};

enum local_meaning {
	BY_WORD = 1, /* "all" */
	BY_ID = 2,
	BY_LABEL = 4,
	BY_SERIAL = 8,
};

static void local_naming_done(struct local_naming *x)
{
	registry_tokens_done(&x->labelled);
	registry_tokens_done(&x->numbered);
}

static int local_naming_find(struct registry *reg, struct local_naming *x,
	struct error *err)
{
	uint64_t number;
	int r = registry_tokens_by_label(reg, x->text, &x->labelled, err);

	if (r < 0 || text_parse_u64(x->text, UINT32_MAX, &number) < 0)
		return r;
	return registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL, x->text,
		&x->numbered, err);
}

static bool is_in_force(const struct registry_binding *b)
{
	return !b->removed && (b->kind == REGISTRY_PAM ||
		b->kind == REGISTRY_SSH);
}

static bool is_among(const struct registry_tokens *list, const char *token)
{
	size_t i;

	for (i = 0; token[0] && i < list->n; i++)
		if (strcmp(list->p[i].id, token) == 0)
			return true;
	return false;
}

/* In how many ways the binding is meant: bits; 0: not at all. */
static unsigned meanings_of(const struct local_naming *x,
	const struct registry_binding *b)
{
	size_t n = strlen(x->text);
	unsigned ret = 0;

	if (!is_in_force(b))
		return 0;
	if (strcmp(x->text, "all") == 0)
		ret |= BY_WORD;
	if (n >= PREFIX_MIN && (strncmp(b->id, x->text, n) == 0 ||
		strncmp(b->token, x->text, n) == 0))
		ret |= BY_ID;
	if (is_among(&x->labelled, b->token))
		ret |= BY_LABEL;
	if (is_among(&x->numbered, b->token))
		ret |= BY_SERIAL;
	return ret;
}

static const char *meaning_text(unsigned meanings)
{
	return meanings & BY_LABEL ? "label" : meanings & BY_SERIAL ?
		"serial number" : meanings & BY_ID ? "id" : "word";
}

/* A text that leads to two things is refused, with both shown; so is a label of
 * two tokens. */
static int check_one_meaning(const struct local_naming *x,
	const struct registry_bindings *list, struct error *err)
{
	const struct registry_binding *first = NULL, *b;
	unsigned of_first = 0, meanings;
	size_t i;

	for (i = 0; i < list->n; i++) {
		b = &list->p[i];
		meanings = meanings_of(x, b);
		if (!meanings)
			continue;
		if (!first) {
			first = b;
			of_first = meanings;
		}
		if (meanings == of_first && (!(meanings & BY_LABEL) ||
			strcmp(first->token, b->token) == 0))
			continue;
		return error_set(err, ERROR_REFUSED,
			"'%s' means two things: by %s %.8s (%s, token %.8s), "
			"by %s %.8s (%s, token %.8s); give the id of one",
			x->text, meaning_text(of_first), first->id,
			registry_binding_kind_names[first->kind], first->token,
			meaning_text(meanings), b->id,
			registry_binding_kind_names[b->kind], b->token);
	}
	return 0;
}

int local_unbind(struct record *record, const struct registry_binding *b,
	struct error *err)
{
	char journal[ID_LEN], reason[ID_LEN];
	json_t *body;
	int r;

	r = id_new(journal, err);
	if (r == 0 && record->reason)
		r = registry_name_put(record->reg, "reason", record->reason,
			reason, err);
	if (r < 0)
		return r;
	record->journal = journal;
	body = json_pack("{s:s}", "binding", b->id);
	if (body && record->reason)
		json_member(&body, "reason", json_string(reason));
	r = record_event(record, EVENT_BINDING_REMOVED, RECORD_BINDING_REMOVED,
		body, err);
	return r;
}

static int remove_named(struct record *record,
	const struct registry_bindings *list, const struct local_naming *x,
	json_t **removed, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!meanings_of(x, b))
			continue;
		r = local_unbind(record, b, err);
		if (r == 0)
			json_row(removed, json_pack("{s:s,s:s,s:o}",
				"binding", b->id, "kind",
				registry_binding_kind_names[b->kind], "token",
				json_of_text(b->token)));
	}
	return r == 0 && !*removed ? error_memory(err) : r;
}

/*
 * Under every name that the user has. Who has left may be no user any more, and
 * then goes by the name that was given; where NSS cannot be asked, too.
 */
static int find_bindings(const struct run *run,
	const struct local_revocation *q, struct registry_bindings *ret,
	struct error *err)
{
	struct user_names names = *USER_NAMED(q->user);
	struct local_user user;
	struct error e;
	bool found = false;

	if (local_user_look(q->user, &user, &found, &e) < 0)
		run_warn(run, "%s: what is recorded under another name of the "
			"user stays", e.text);
	if (found)
		names = local_user_names(&user);
	return registry_bindings_by_local_user(q->reg, names.p, names.n, ret,
		err);
}

/* What there is in place of what was named. */
static int refuse_named(const struct local_revocation *q,
	const struct registry_bindings *list, struct error *err)
{
	char have[LISTED_MAX] = "";
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		const struct registry_binding *b = &list->p[i];

		if (!is_in_force(b) || n + 1 >= sizeof(have))
			continue;
		n += (size_t)snprintf(have + n, sizeof(have) - n,
			"%s%.8s (%s, token %.8s)", n > 0 ? ", " : "", b->id,
			registry_binding_kind_names[b->kind], b->token);
	}
	if (n == 0)
		return error_set(err, ERROR_FAILED, "no token lets '%s' in "
			"here: there is nothing to take away", q->user);
	return error_set(err, ERROR_FAILED,
		"'%s' has no login by '%s'; there are: %s", q->user, q->what,
		have);
}

int local_revoke(const struct run *run, const struct local_revocation *q,
	struct local_revoked *ret, struct error *err)
{
	CLEANUP(registry_bindings_done) struct registry_bindings list = { 0 };
	CLEANUP(json_decrefp) json_t *removed = json_array();
	CLEANUP(local_naming_done) struct local_naming naming = {
		.text = q->what };
	struct record record = { .reg = q->reg, .reason = q->reason };
	int r;

	r = registry_actor(q->reg, NULL, run->ticket, &record.actor, err);
	if (r == 0)
		r = find_bindings(run, q, &list, err);
	if (r == 0)
		r = local_naming_find(q->reg, &naming, err);
	if (r == 0)
		r = check_one_meaning(&naming, &list, err);
	if (r == 0)
		r = remove_named(&record, &list, &naming, &removed, err);
	if (r < 0)
		return r;
	if (json_array_size(removed) == 0)
		return refuse_named(q, &list, err);
	ret->removed = steal(&removed);
	ret->head = record.head;
	return 0;
}
