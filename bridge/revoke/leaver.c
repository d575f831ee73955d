/* SPDX-License-Identifier: Apache-2.0 */
/* Everything of one person. */
#include "bridge/revoke/leaver.h"

#include "base/near.h"
#include "base/shell.h"
#include "bridge/mfa/revocation.h"
#include "bridge/revoke/here.h"
#include "bridge/revoke/user.h"

#include <stdlib.h>
#include <string.h>

struct leaving {
	struct revoke_work *w;
	const char *holder;
	char id[ID_LEN];               /* of the holder; "": none */
	struct registry_tokens tokens; /* that the person holds */
	struct registry_bindings all;
	struct journal_list open;      /* runs that were broken off, and, from
	                                  leaving_begin on, this one's */
};

static void leaving_done(struct leaving *l)
{
	registry_tokens_done(&l->tokens);
	registry_bindings_done(&l->all);
	journal_list_done(&l->open);
}

/* ---- who ---- */

/* Who never had a token of ours may be an IAM user all the same. */
static int no_person(const char *name, struct error *err)
{
	const char *const words[] = { "tokenbridge", "revoke", "--all",
		"--cut-access", "--", name, NULL };
	CLEANUP(free_p) char *line = shell_line(words);

	if (!line)
		return error_memory(err);
	return error_set(err, ERROR_FAILED,
		"the registry knows no person '%s'; for an IAM user of that "
		"name who has no token: `%s`", name, line);
}

static int no_such(const struct registry_holders *list, const char *name,
	struct error *err)
{
	struct near n = { .word = name };
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->p[i].name && list->p[i].kind == REGISTRY_PERSON)
			near_look(&n, list->p[i].name);
	if (n.best)
		return error_set(err, ERROR_FAILED,
			"the registry knows no person '%s'; did you mean "
			"'%s'?", name, n.best);
	return no_person(name, err);
}

static int find_holder(struct leaving *l, struct error *err)
{
	CLEANUP(registry_holders_done) struct registry_holders list = { 0 };
	size_t i;
	int r = registry_holders_all(l->w->reg, &list, err);

	for (i = 0; r == 0 && i < list.n; i++)
		if (list.p[i].kind == REGISTRY_PERSON && list.p[i].name &&
			strcmp(list.p[i].name, l->holder) == 0)
			memcpy(l->id, list.p[i].id, sizeof(l->id));
	if (r == 0 && !l->id[0] && l->open.n == 0)
		r = no_such(&list, l->holder, err);
	return r;
}

static bool is_holders(const struct registry_binding *b, const void *arg)
{
	const struct leaving *l = arg;
	size_t i;

	for (i = 0; b->token[0] && i < l->tokens.n; i++)
		if (strcmp(l->tokens.p[i].id, b->token) == 0)
			return true;
	return false;
}

static bool is_login(const struct registry_binding *b)
{
	return b->kind == REGISTRY_PAM || b->kind == REGISTRY_SSH;
}

/* Whether a token of the person's (else: of somebody else's, in force) lets the
 * local user in. What was taken away in this leaving counts as it was. */
static bool is_let_in(const struct leaving *l, const char *name, bool persons)
{
	size_t i;

	for (i = 0; i < l->all.n; i++) {
		const struct registry_binding *b = &l->all.p[i];

		if (is_login(b) && b->token[0] && b->user_name &&
			strcmp(b->user_name, name) == 0 &&
			is_holders(b, l) == persons &&
			(persons || !b->removed))
			return true;
	}
	return false;
}

/* An ssh key of which nobody knows the token. */
static bool is_loose_key(const struct registry_binding *b)
{
	return b->kind == REGISTRY_SSH && !b->token[0] && b->user_name;
}

/* Or of a local user whom this person's tokens let in, and nobody else's. */
static bool is_persons(const struct registry_binding *b, const void *arg)
{
	const struct leaving *l = arg;

	if (is_holders(b, l))
		return true;
	return is_loose_key(b) && is_let_in(l, b->user_name, true) &&
		!is_let_in(l, b->user_name, false);
}

static int leaving_find(struct leaving *l, struct error *err)
{
	int r = revoke_user_unfinished(l->w, l->holder, NULL, &l->open, err);

	if (r == 0)
		r = find_holder(l, err);
	if (r == 0 && l->id[0])
		r = registry_tokens_by_holder(l->w->reg, l->id, &l->tokens,
			err);
	return r < 0 ? r : registry_bindings_all(l->w->reg, &l->all, err);
}

/* ---- users of this account ---- */

static bool has_user(const struct leaving *l, const char *id, const char *name)
{
	const struct journal_facts *f;
	size_t i;

	for (i = 0; i < l->open.n; i++) {
		f = &l->open.p[i].facts;
		if (id && id[0] && f->user_id[0] ? strcmp(f->user_id, id) == 0 :
			name && strcmp(f->user, name) == 0)
			return true;
	}
	return false;
}

static int begin_user(struct leaving *l, const struct registry_binding *b,
	struct error *err)
{
	const struct revoke_user q = { b->user_name ? b->user_name : "",
		b->user ? b->user : "", l->holder, NULL, true };
	struct journal *p = realloc(l->open.p, (l->open.n + 1) * sizeof(*p));
	int r;

	if (!p)
		return error_memory(err);
	l->open.p = p;
	r = revoke_user_begin(l->w, &q, &p[l->open.n], err);
	if (r < 0)
		journal_done(&p[l->open.n]);
	else
		l->open.n++;
	return r;
}

/* All are written down before the first is touched: a binding that is gone does
 * not tell any more whose it was. */
static int leaving_begin(struct leaving *l, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->all.n; i++) {
		const struct registry_binding *b = &l->all.p[i];

		if (b->removed || b->kind != REGISTRY_AWS || !is_holders(b, l))
			continue;
		if (revoke_is_elsewhere(l->w, b))
			revoke_tell_elsewhere(l->w, b);
		else if (!has_user(l, b->user, b->user_name))
			r = begin_user(l, b, err);
	}
	return r;
}

static int take_users(struct leaving *l, size_t taken_up, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->open.n; i++) {
		struct journal *j = &l->open.p[i];
		const struct journal_facts f = j->facts;
		const struct revoke_user q = { f.user, f.user_id, l->holder, j,
			i >= taken_up };

		r = revoke_user(l->w, &q, err);
	}
	return r;
}

/* ---- what is not known to be the person's ---- */

/* An IAM user by the person's name, to whom none of the tokens is bound; one
 * with neither password nor active key signs in nowhere. */
static int see_namesake(struct leaving *l, struct error *err)
{
	const char *const words[] = { "tokenbridge", "revoke", "--all",
		"--cut-access", "--account", l->w->aws->caller.account, "--",
		l->holder, NULL };
	struct iam_user user;
	bool found = false;
	struct error e;
	int r;

	if (l->w->lost || has_user(l, NULL, l->holder))
		return 0;
	r = iam_get_user(l->w->aws->session, l->holder, &user, &found, &e);
	/* a person's name need not be one that IAM takes */
	if (r == -ERROR_USAGE || (r == 0 && (!found || has_user(l, user.id,
		NULL))))
		return 0;
	if (r == 0)
		r = mfa_check_unprotected(l->w->aws, l->holder, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r < 0)
		revoke_leave(l->w, "user", l->holder, l->holder,
			r != -ERROR_REFUSED ? e.text :
			"an IAM user of that name, to whom no token of this "
			"person is bound, can sign in", shell_line(words));
	return 0;
}

/* A key of a local user who may be this person, and that was left. */
static void see_loose_keys(struct leaving *l)
{
	size_t i;

	for (i = 0; i < l->all.n; i++) {
		const struct registry_binding *b = &l->all.p[i];
		const char *const words[] = { "tokenbridge", "revoke",
			"--local", "--", b->user_name, b->id, NULL };
		CLEANUP(free_p) char *command = NULL;

		if (b->removed || !is_loose_key(b) || is_persons(b, l) ||
			(!is_let_in(l, b->user_name, true) &&
				strcmp(b->user_name, l->holder) != 0))
			continue;
		command = shell_line(words);
		revoke_tell(l->w->receipt, &(struct revoke_row){ REVOKE_LEFT,
			"ssh", b->id, b->user_name, NULL,
			"nobody has said in whose token this key is", command });
	}
}

static bool is_custodian(const json_t *body, const char *holder)
{
	const json_t *list = json_object_get(body, "custodians"), *o;
	size_t i;

	json_array_foreach(list, i, o)
		if (strcmp(json_string_value(o), holder) == 0)
			return true;
	return false;
}

static int see_place(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *err)
{
	struct leaving *l = arg;
	const char *id = event_str(e->body, "holder");
	const char *bag = event_str(e->body, "bag");
	CLEANUP(free_p) char *name = NULL;
	CLEANUP(free_p) char *why = NULL;
	int r;

	(void)head;
	(void)bytes;
	(void)n;
	if (e->type != EVENT_HOLDER_ADDED || !id ||
		!is_custodian(e->body, l->id))
		return 0;
	r = registry_name_get(l->w->reg, "holder", id, &name, err);
	if (r < 0)
		return r;
	why = text_format("custodian of it%s%s: hand it over to another person",
		bag ? ", bag " : "", bag ? bag : "");
	revoke_tell(l->w->receipt, &(struct revoke_row){ REVOKE_LEFT,
		"custodian", name ? name : id, NULL, NULL, why, NULL });
	return 0;
}

static int leaving_look(struct leaving *l, struct error *err)
{
	int r = see_namesake(l, err);

	if (r < 0)
		return r;
	see_loose_keys(l);
	return l->id[0] ? registry_events(l->w->reg, 0, see_place, l, err) : 0;
}

int revoke_leaver(struct revoke_work *w, const char *holder,
	struct error *err)
{
	CLEANUP(leaving_done) struct leaving l = { .w = w, .holder = holder };
	size_t taken_up;
	int r = leaving_find(&l, err);

	taken_up = l.open.n;
	if (r == 0)
		r = leaving_begin(&l, err);
	if (r == 0)
		r = revoke_here(w, &l.all, is_persons, &l, err);
	if (r == 0)
		r = revoke_settle(w, err);
	if (r == 0)
		r = leaving_look(&l, err);
	return r < 0 ? r : take_users(&l, taken_up, err);
}
