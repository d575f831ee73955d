/* SPDX-License-Identifier: Apache-2.0 */
/* Who there is: the users that AWS lists, and the report's rows beside them. */
#include "bridge/audit/gather/steps.h"

#include <stdlib.h>
#include <string.h>

static int users_on_user(void *data, const struct iam_user *user,
	struct error *err)
{
	struct live *l = data;
	struct live_person *p;

	if (!user->name[0])
		return 0;
	p = live_person_add(&l->people, user->name, strlen(user->name),
		user->arn, strlen(user->arn));
	if (!p)
		return error_memory(err);
	p->listed = true;
	p->created = user->created;
	p->id = strdup(user->id);
	return p->id ? 0 : error_memory(err);
}

/* The report's row beside the user that AWS lists. */
static void users_join(struct live_person *p, const struct live_person *row)
{
	p->in_report = true;
	p->reported_created = row->reported_created;
	p->reported_mfa = row->reported_mfa;
	p->reported_password = row->reported_password;
	p->reported_key = row->reported_key;
	/* a new path is a new ARN, and the same user */
	if (p->created && row->reported_created)
		p->other = p->created != row->reported_created;
	else
		p->other = strcmp(p->arn, row->arn) != 0;
}

/* Whether no other row of a name that is not listed was made then. */
static bool is_only_row(const struct live *l, const struct live_people *listed,
	const struct live_person *row)
{
	const struct live_person *other;
	size_t i;

	for (i = 0; i < l->reported.n; i++) {
		other = &l->reported.p[i];
		if (other != row &&
			other->reported_created == row->reported_created &&
			!live_find_person(listed, other->name))
			return false;
	}
	return true;
}

/*
 * The listed user that this row, of a name that is not listed, can only be of:
 * made in the very second, and not in the report either. NULL where there is
 * none, or where more than one could be meant.
 */
static struct live_person *renamed_from(const struct live *l,
	const struct live_people *listed, const struct live_person *row)
{
	struct live_person *found = NULL;
	size_t i;

	if (!row->reported_created || l->people_gap.there ||
		!is_only_row(l, listed, row))
		return NULL;
	for (i = 0; i < listed->n; i++) {
		if (listed->p[i].created != row->reported_created ||
			listed->p[i].in_report)
			continue;
		if (found)
			return NULL;
		found = &listed->p[i];
	}
	return found;
}

static int take_old_name(struct live *l, struct live_person *p,
	const struct live_person *row, struct error *err)
{
	users_join(p, row);
	p->was = strdup(row->name);
	l->renamed++;
	return p->was ? 0 : error_memory(err);
}

static int add_reported(struct live *l, struct error *err)
{
	size_t i, listed = l->people.n;
	struct live_people known = { l->people.p, listed, 0 };
	const struct live_person *row;
	struct live_person *p;
	int r;

	for (i = 0; i < listed; i++) {
		row = live_find_person(&l->reported, l->people.p[i].name);
		if (row)
			users_join(&l->people.p[i], row);
	}
	for (i = 0; i < l->reported.n; i++) {
		row = &l->reported.p[i];
		known.p = l->people.p; /* it moves as it grows */
		if (live_find_person(&known, row->name))
			continue;
		p = renamed_from(l, &known, row);
		if (p) {
			r = take_old_name(l, p, row, err);
			if (r < 0)
				return r;
			continue;
		}
		p = live_person_add(&l->people, row->name, strlen(row->name),
			row->arn, strlen(row->arn));
		if (!p)
			return error_memory(err);
		users_join(p, row);
	}
	return 0;
}

/* Pages may overlap. Of two of a name, which IAM has once, the later one. */
static void join_doubles(struct live_people *list)
{
	struct live_person *at = list->p, *next;
	size_t i;

	for (i = 1; i < list->n; i++) {
		next = &list->p[i];
		if (strcmp(at->name, next->name) != 0) {
			*++at = *next;
			continue;
		}
		if (next->created > at->created) {
			struct live_person older = *at;

			*at = *next;
			*next = older;
		}
		live_person_done(next);
	}
	if (list->n)
		list->n = (size_t)(at - list->p) + 1;
}

bool live_asks_users(const struct live *l)
{
	return live_asks_devices(l) || audit_asks_any(l->a,
		AUDIT_BIT(AUDIT_USER_MFA_MISSING) |
		AUDIT_BIT(AUDIT_ADMIN_MFA_MISSING));
}

int live_list_people(struct live *l, struct error *err)
{
	struct error e;
	int r = 0;

	if (!live_asks_users(l))
		return 0;
	if (!live_no_more_calls(l, &l->people_gap)) {
		r = iam_list_users(l->s, users_on_user, l, &e);
		if (r < 0)
			r = live_call_failed(l, &e, &l->people_gap, err);
	}
	if (r < 0)
		return r;
	if (l->people.n)
		qsort(l->people.p, l->people.n, sizeof(*l->people.p),
			live_by_name);
	join_doubles(&l->people);
	l->a->aws.users = l->people.n;
	l->a->listed = !l->people_gap.there;
	return add_reported(l, err);
}
