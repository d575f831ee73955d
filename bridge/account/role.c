/* SPDX-License-Identifier: Apache-2.0 */
/* The least policy of each role. */
#include "bridge/account/role.h"

#include "aws/config/arn.h"
#include "base/buf.h"
#include "bridge/run/json.h"

#include <string.h>

#define OF_PEOPLE "auditor enroller revoker root-observer self"

const char role_words_of_people[] = OF_PEOPLE;
/* A service control policy is nobody's work. */
const char role_words[] = OF_PEOPLE " scp";

bool role_is_persons(const char *word)
{
	size_t n = strlen(word);
	const char *at = strstr(role_words_of_people, word);

	return n > 0 && !strchr(word, ' ') && at &&
		(at == role_words_of_people || at[-1] == ' ') &&
		(at[n] == ' ' || at[n] == '\0');
}

int role_check_person(const char *role, struct error *err)
{
	if (role_is_persons(role))
		return 0;
	return error_set(err, ERROR_USAGE,
		"there is no role '%.40s' that a person has; there are: "
		"auditor, enroller, revoker, root-observer, self", role);
}

/*
 * One statement. Actions are those of IAM without their prefix, resources stand
 * between blanks: * for all, otherwise the end of an ARN of IAM. What AWS takes
 * on * alone (Service Authorization Reference) has a statement of its own.
 */
struct grant {
	const char *role;
	const char *sid;
	const char *actions;   /* between blanks; with a colon: whole */
	const char *resources;
	const char *condition; /* JSON with %P for the partition, %R for the
	                          revoker's role; NULL: none */
};

#define USERS "user/*"
#define DEVICES "mfa/*"
/* Also below a path: names are unique in an account whatever theirs is. */
#define ONESELF "user/${aws:username} user/*/${aws:username}"

static const struct grant grants[] = {
	{ "auditor", "ReadTheAccount",
		"GenerateCredentialReport GetCredentialReport "
		"GetAccountSummary ListUsers ListVirtualMFADevices "
		"ListAccountAliases GetAccountAuthorizationDetails "
		"ListOrganizationsFeatures "
		"organizations:DescribeOrganization cloudtrail:LookupEvents",
		"*", NULL },
	{ "auditor", "ReadUsers",
		"GetUser ListMFADevices GetMFADevice GetLoginProfile "
		"ListAccessKeys", USERS, NULL },

	{ "enroller", "ReadTheAccount",
		"ListUsers ListVirtualMFADevices ListAccountAliases "
		"cloudtrail:LookupEvents", "*", NULL },
	{ "enroller", "MakeDevices",
		"CreateVirtualMFADevice DeleteVirtualMFADevice", DEVICES,
		NULL },
	{ "enroller", "EnableDevices",
		"GetUser ListMFADevices GetMFADevice EnableMFADevice "
		"ResyncMFADevice", USERS, NULL },

	{ "revoker", "ReadTheAccount",
		"ListUsers ListVirtualMFADevices ListAccountAliases", "*",
		NULL },
	{ "revoker", "ReadUsers",
		"GetUser ListMFADevices GetMFADevice GetLoginProfile "
		"ListAccessKeys", USERS, NULL },
	{ "revoker", "TakeDevices", "DeactivateMFADevice", USERS, NULL },
	{ "revoker", "DeleteDevices", "DeleteVirtualMFADevice", DEVICES,
		NULL },
	{ "revoker", "CutAccess",
		"PutUserPolicy UpdateAccessKey DeleteLoginProfile", USERS,
		NULL },

	{ "root-observer", "ReadTheAccount",
		"GenerateCredentialReport GetCredentialReport "
		"GetAccountSummary ListVirtualMFADevices ListAccountAliases "
		"ListOrganizationsFeatures "
		"cloudtrail:LookupEvents organizations:ListAccounts "
		"organizations:DescribeOrganization", "*", NULL },
	{ "root-observer", "LookAsRootOfMembers", "sts:AssumeRoot", "root",
		"{\"ArnEquals\":{\"sts:TaskPolicyArn\":\"arn:%P:iam::aws:policy/"
		"root-task/IAMAuditRootUserCredentials\"}}" },

	{ "self", "ReadTheAccount", "ListVirtualMFADevices", "*", NULL },
	{ "self", "MakeOnesOwnDevice", "CreateVirtualMFADevice",
		"mfa/${aws:username}*", NULL },
	{ "self", "EnableOnesOwnDevice",
		"GetUser ListMFADevices GetMFADevice EnableMFADevice "
		"ResyncMFADevice", ONESELF, NULL },

	{ "scp", "OnlyTheRevokerTakesDevices", "DeactivateMFADevice", "*",
		"{\"ArnNotLike\":{\"aws:PrincipalArn\":\"arn:%P:iam::*:role/%R\"},"
		"\"Null\":{\"aws:AssumedRoot\":\"true\"}}" },
	{ "scp", "RootGetsNoAccessKey", "CreateAccessKey", "*",
		"{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:%P:iam::*:root\"},"
		"\"Null\":{\"aws:AssumedRoot\":\"true\"}}" },
};

static const struct {
	const char *role, *text;
} notes[] = {
	{ "revoker", "CutAccess holds iam:PutUserPolicy, by which any "
		"permission can be given to any user: attach it to a role "
		"that few may assume, or leave the statement out, and revoke "
		"--cut-access lists the policy as not revoked." },
	{ "self", "There is no deletion in it: whoever could delete could take "
		"an unassigned device from others. What a broken-off "
		"enrollment leaves is deleted by `tokenbridge revoke "
		"--orphans` of somebody who may." },
	{ "scp", "A service control policy: attach it in Organizations, to "
		"member accounts; it holds for their roots, and not for the "
		"management account." },
};

const char *role_note(const char *role)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(notes); i++)
		if (strcmp(notes[i].role, role) == 0)
			return notes[i].text;
	return "";
}

/* ---- the document ---- */

static json_t *actions_of(const struct grant *g)
{
	json_t *list = json_of_words(g->actions), *named = json_array();
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		const char *word = json_string_value(o);

		json_row(&named, json_sprintf("%s%s", strchr(word, ':') ? "" :
			"iam:", word));
	}
	if (!list)
		json_row(&named, NULL);
	json_decref(list);
	return named;
}

static json_t *resources_of(const struct grant *g, const struct role_place *p)
{
	json_t *list = json_of_words(g->resources), *named = json_array();
	const json_t *o;
	size_t i;

	json_array_foreach(list, i, o) {
		const char *word = json_string_value(o);

		json_row(&named, strcmp(word, "*") == 0 ? json_string("*") :
			json_sprintf("arn:%s:iam::%s:%s", p->partition,
				p->account, word));
	}
	if (!list)
		json_row(&named, NULL);
	json_decref(list);
	return named;
}

static json_t *condition_of(const char *text, const struct role_place *p)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, 4096);
	while (*text) {
		size_t n = strcspn(text, "%");

		buf_put(&b, text, n);
		text += n;
		if (!*text)
			break;
		buf_put_str(&b, text[1] == 'P' ? p->partition : p->revoker);
		text += 2;
	}
	return buf_failed(&b) ? NULL : json_loads(buf_str(&b), 0, NULL);
}

static json_t *statement_of(const struct grant *g, const struct role_place *p)
{
	bool denies = strcmp(g->role, "scp") == 0;
	json_t *o = json_pack("{s:s,s:s,s:o,s:o}", "Sid", g->sid,
		"Effect", denies ? "Deny" : "Allow",
		"Action", actions_of(g), "Resource", resources_of(g, p));

	if (g->condition)
		json_member(&o, "Condition", condition_of(g->condition, p));
	return o;
}

/* A role's path and name, as IAM takes them. */
static int check_revoker(const char *name, struct error *err)
{
	size_t n = strlen(name);

	if (n > 0 && n <= 512 && name[0] != '/' && strspn(name,
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz_+=,.@/-") == n)
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%.80s' is no name of a role: letters, digits and _+=,.@- , "
		"with its path before it", name);
}

static int check_account(const char *account, struct error *err)
{
	if (strcmp(account, "*") == 0 ||
		arn_is_account(account, strlen(account)))
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%.40s' is no AWS account: twelve digits", account);
}

int role_policy(const char *role, const struct role_place *place, json_t **ret,
	struct error *err)
{
	json_t *statements = json_array();
	size_t i;
	int r = check_account(place->account, err);

	if (r == 0)
		r = check_revoker(place->revoker, err);
	for (i = 0; r == 0 && i < ARRAY_LEN(grants); i++)
		if (strcmp(grants[i].role, role) == 0)
			json_row(&statements, statement_of(&grants[i], place));
	if (r == 0 && statements && json_array_size(statements) == 0)
		r = error_set(err, ERROR_USAGE,
			"there is no role '%.40s'; there are: %s", role,
			role_words);
	if (r < 0) {
		json_decref(statements);
		return r;
	}
	*ret = json_pack("{s:s,s:o}", "Version", "2012-10-17", "Statement",
		statements);
	return *ret ? 0 : error_memory(err);
}
