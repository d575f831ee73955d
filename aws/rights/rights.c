/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has an administrator's rights. Users come before the policies that they
 * have, so that nothing is joined before the last page.
 */
#include "aws/rights/rights.h"

#include "aws/query/field.h"
#include "aws/query/page.h"
#include "aws/rights/document.h"
#include "aws/rights/table.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_ITEMS "200" /* each may be five versions of six kilobytes */

struct rights {
	struct rights_table users, groups, policies;
};

static const struct operation get_account_authorization_details = {
	.action = "GetAccountAuthorizationDetails",
	.service = AWS_IAM,
	.effect = CALL_READS,
	.large_reply = true,
};

void rights_free(struct rights **r)
{
	if (!r || !*r)
		return;
	rights_table_done(&(*r)->users);
	rights_table_done(&(*r)->groups);
	rights_table_done(&(*r)->policies);
	free_p(r);
}

int rights_new(struct rights **ret, struct error *err)
{
	struct rights *r = calloc(1, sizeof(*r));

	if (!r)
		return error_memory(err);
	*ret = r;
	return 0;
}

/* ---- an answer's elements ---- */

/* A document that cannot be read says nothing, and that is kept. */
static unsigned bits_of_text(const struct xml_node *document)
{
	unsigned bits = RIGHTS_UNREAD;

	if (document)
		(void)rights_of_document(document->text, document->text_n,
			&bits, NULL);
	return bits;
}

static unsigned bits_of_inline(const struct xml_node *list)
{
	const struct xml_node *m = xml_child(list, "member");
	unsigned bits = 0;

	for (; m; m = xml_again(m))
		bits |= bits_of_text(xml_child(m, "PolicyDocument"));
	return bits;
}

/* Texts of the members, or of a child of each. */
static int names_of(const struct xml_node *list, const char *child,
	struct rights_names *ret, struct error *err)
{
	const struct xml_node *m = xml_child(list, "member");
	const char *name;
	int r = 0;

	for (; r == 0 && m; m = xml_again(m)) {
		name = child ? xml_text(m, child) : m->text;
		if (!name || !*name)
			return call_lacks(&get_account_authorization_details,
				child ? child : "a group's name", err);
		r = rights_names_add(ret, name, err);
	}
	return r;
}

static int owner_take(struct rights_table *t, const struct xml_node *m,
	const char *name_is, const char *inline_is, struct error *err)
{
	const char *name = xml_text(m, name_is), *id = xml_text(m, "UserId");
	const char *boundary = xml_text(xml_child(m, "PermissionsBoundary"),
		"PermissionsBoundaryArn");
	struct rights_owner *o;
	int r;

	if (!name || !*name)
		return call_lacks(&get_account_authorization_details, name_is,
			err);
	o = rights_owner_add(t, name);
	if (!o)
		return error_memory(err);
	o->id = strdup(id ? id : "");
	if (xml_child(m, "PermissionsBoundary"))
		o->boundary = strdup(boundary ? boundary : "");
	if (!o->id || (xml_child(m, "PermissionsBoundary") && !o->boundary))
		return error_memory(err);
	o->bits = bits_of_inline(xml_child(m, inline_is));
	r = names_of(xml_child(m, "AttachedManagedPolicies"), "PolicyArn",
		&o->policies, err);
	if (r == 0)
		r = names_of(xml_child(m, "GroupList"), NULL, &o->groups, err);
	return r;
}

/* The version that holds: flagged so, or named by the policy. */
static bool is_default(const struct xml_node *policy,
	const struct xml_node *version)
{
	const char *flag = xml_text(version, "IsDefaultVersion");
	const char *id = xml_text(version, "VersionId");
	const char *holds = xml_text(policy, "DefaultVersionId");

	if (flag && *flag)
		return strcmp(flag, "true") == 0;
	return id && holds && strcmp(id, holds) == 0;
}

static int policy_take(struct rights_table *t, const struct xml_node *m,
	struct error *err)
{
	const struct xml_node *v = xml_child(xml_child(m, "PolicyVersionList"),
		"member");
	const char *arn = xml_text(m, "Arn");
	struct rights_owner *o;
	unsigned found = 0;

	if (!arn || !*arn)
		return call_lacks(&get_account_authorization_details, "Arn",
			err);
	o = rights_owner_add(t, arn);
	if (!o)
		return error_memory(err);
	for (; v; v = xml_again(v)) {
		if (!is_default(m, v))
			continue;
		o->bits |= bits_of_text(xml_child(v, "Document"));
		found++;
	}
	if (found != 1)
		o->bits = RIGHTS_UNREAD;
	return 0;
}

int rights_take(struct rights *r, const struct xml_node *result,
	struct error *err)
{
	const struct xml_node *m;
	int e = 0;

	m = xml_child(xml_child(result, "UserDetailList"), "member");
	for (; e == 0 && m; m = xml_again(m))
		e = owner_take(&r->users, m, "UserName", "UserPolicyList",
			err);
	m = xml_child(xml_child(result, "GroupDetailList"), "member");
	for (; e == 0 && m; m = xml_again(m))
		e = owner_take(&r->groups, m, "GroupName", "GroupPolicyList",
			err);
	m = xml_child(xml_child(result, "Policies"), "member");
	for (; e == 0 && m; m = xml_again(m))
		e = policy_take(&r->policies, m, err);
	return e;
}

void rights_close(struct rights *r)
{
	rights_table_sort(&r->users);
	rights_table_sort(&r->groups);
	rights_table_sort(&r->policies);
}

/* ---- the call ---- */

static int one_page(struct aws_session *s, struct pages *pages,
	struct rights *rights, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const struct param params[] = {
		{ "Filter.member.1", "User" },
		{ "Filter.member.2", "Group" },
		{ "Filter.member.3", "LocalManagedPolicy" },
		{ "Filter.member.4", "AWSManagedPolicy" },
		{ "MaxItems", PAGE_ITEMS },
		{ "Marker", pages->marker },
		{ NULL, NULL },
	};
	int r = call(s, pages->op, params, &reply, err);

	if (r >= 0)
		r = pages_take(pages, reply.result, NULL, NULL, NULL, err);
	return r < 0 ? r : rights_take(rights, reply.result, err);
}

int rights_ask(struct aws_session *s, struct rights **ret, struct error *err)
{
	CLEANUP(pages_done) struct pages pages = {
		.op = &get_account_authorization_details };
	CLEANUP(rights_free) struct rights *rights = NULL;
	int r = rights_new(&rights, err);

	if (r < 0)
		return r;
	do {
		r = one_page(s, &pages, rights, err);
		if (r < 0)
			return r;
	} while (pages.marker);
	rights_close(rights);
	*ret = steal(&rights);
	return 0;
}

/* ---- asking the table ---- */

static unsigned bits_of_policies(const struct rights *r,
	const struct rights_names *list)
{
	const struct rights_owner *policy;
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < list->n; i++) {
		policy = rights_owner_find(&r->policies, list->p[i]);
		bits |= policy ? policy->bits : RIGHTS_UNREAD;
	}
	return bits;
}

static unsigned bits_of_user(const struct rights *r,
	const struct rights_owner *user)
{
	unsigned bits = user->bits | bits_of_policies(r, &user->policies);
	const struct rights_owner *group;
	size_t i;

	for (i = 0; i < user->groups.n; i++) {
		group = rights_owner_find(&r->groups, user->groups.p[i]);
		bits |= group ? group->bits |
			bits_of_policies(r, &group->policies) : RIGHTS_UNREAD;
	}
	return bits;
}

/* What is left of the allowances behind the denials. */
static unsigned allowed(unsigned bits)
{
	unsigned left = bits & (RIGHTS_ALL | RIGHTS_IAM);

	if (bits & RIGHTS_NOT_ALL)
		return 0;
	return bits & RIGHTS_NOT_IAM ? left & ~(unsigned)RIGHTS_IAM : left;
}

static enum rights_answer bounded(const struct rights *r,
	const struct rights_owner *user, unsigned left, const char **ret_why)
{
	const struct rights_owner *b;

	if (!user->boundary)
		return RIGHTS_YES;
	b = rights_owner_find(&r->policies, user->boundary);
	if (!b || b->bits & RIGHTS_UNREAD) {
		*ret_why = "the permissions boundary cannot be read";
		return RIGHTS_NOT_KNOWN;
	}
	return allowed(b->bits) & left ? RIGHTS_YES : RIGHTS_BOUNDED;
}

enum rights_answer rights_of(const struct rights *r, const char *user,
	const char *id, const char **ret_why)
{
	const struct rights_owner *u = rights_owner_find(&r->users, user);
	unsigned bits;

	if (!u || (*id && *u->id && strcmp(u->id, id) != 0)) {
		*ret_why = "the user was made while this ran";
		return RIGHTS_NOT_KNOWN;
	}
	bits = bits_of_user(r, u);
	if (bits & RIGHTS_NOT_ALL)
		return RIGHTS_NO;
	if (bits & RIGHTS_UNREAD) {
		*ret_why = "not all of the user's policies can be read";
		return RIGHTS_NOT_KNOWN;
	}
	return allowed(bits) ? bounded(r, u, allowed(bits), ret_why) :
		RIGHTS_NO;
}
