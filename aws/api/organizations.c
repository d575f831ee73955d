/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Organizations. */
#include "aws/api/organizations.h"

#include "aws/query/call.h"
#include "base/utf8.h"

#include <string.h>

#define TARGET "AWSOrganizationsV20161128."
#define PAGES_MAX 10000

static const struct operation describe_organization = {
	.action = "DescribeOrganization",
	.service = AWS_ORGANIZATIONS,
	.effect = CALL_READS,
	.target = TARGET "DescribeOrganization",
};
static const struct operation list_accounts = {
	.action = "ListAccounts",
	.service = AWS_ORGANIZATIONS,
	.effect = CALL_READS,
	.target = TARGET "ListAccounts",
};

static const struct operation list_features = {
	.action = "ListOrganizationsFeatures",
	.service = AWS_IAM,
	.effect = CALL_READS,
};

/* False where it is absent, no clean text, or has no room: "" then. */
static bool take_member(const json_t *o, const char *name, char *ret,
	size_t size)
{
	const json_t *value = json_object_get(o, name);
	const char *s = json_string_value(value);
	size_t n = json_string_length(value);

	ret[0] = '\0';
	if (!s || n == 0 || n >= size || !utf8_is_clean(s, n))
		return false;
	memcpy(ret, s, n + 1);
	return true;
}

static bool is_account_id(const char *s)
{
	return arn_is_account(s, strlen(s));
}

int organizations_describe(struct aws_session *s, struct organization *ret,
	bool *ret_found, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	json_t *body = json_object();
	struct organization o;
	char features[32];
	const json_t *in;
	struct error e;
	int r;

	r = body ? call_json(s, &describe_organization, body, &reply, &e) :
		error_memory(&e);
	json_decref(body);
	if (r < 0 && strcmp(e.foreign, "AWSOrganizationsNotInUseException") ==
			0) {
		*ret_found = false;
		return 0;
	}
	if (r < 0)
		return error_copy(err, &e);
	in = json_object_get(reply.json, "Organization");
	if (!take_member(in, "MasterAccountId", o.management,
		    sizeof(o.management)) || !is_account_id(o.management))
		return call_lacks(&describe_organization,
			"the management account", err);
	take_member(in, "Id", o.id, sizeof(o.id));
	take_member(in, "FeatureSet", features, sizeof(features));
	o.all_features = strcmp(features, "ALL") == 0;
	*ret = o;
	*ret_found = true;
	return 0;
}

int organizations_root_features(struct aws_session *s,
	struct organization_root *ret, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct organization_root features = { false, false };
	const struct xml_node *member;
	struct error e;
	int r = call(s, &list_features, NULL, &reply, &e);

	/* IAM itself may not look at the organization: then nothing is on */
	if (r < 0 && strcmp(e.foreign, "ServiceAccessNotEnabledException") != 0)
		return error_copy(err, &e);
	member = r < 0 ? NULL : xml_child(xml_child(reply.result,
		"EnabledFeatures"), "member");
	for (; member; member = xml_again(member)) {
		features.credentials |= strcmp(member->text,
			"RootCredentialsManagement") == 0;
		features.sessions |= strcmp(member->text, "RootSessions") == 0;
	}
	*ret = features;
	return 0;
}

/* `Status` was replaced by `State`; either may be there. */
static int read_account(const json_t *o, struct organization_account *ret,
	struct error *err)
{
	if (!take_member(o, "Id", ret->id, sizeof(ret->id)) ||
		!is_account_id(ret->id))
		return call_lacks(&list_accounts, "an account's id", err);
	take_member(o, "Name", ret->name, sizeof(ret->name));
	take_member(o, "Email", ret->email, sizeof(ret->email));
	if (!take_member(o, "State", ret->state, sizeof(ret->state)))
		take_member(o, "Status", ret->state, sizeof(ret->state));
	return 0;
}

static int give_accounts(const json_t *page, organization_account_fn fn,
	void *data, struct error *err)
{
	const json_t *list = json_object_get(page, "Accounts");
	struct organization_account account;
	size_t i;
	int r = 0;

	if (!json_is_array(list))
		return call_lacks(&list_accounts, "the accounts", err);
	for (i = 0; r == 0 && i < json_array_size(list); i++) {
		r = read_account(json_array_get(list, i), &account, err);
		if (r == 0)
			r = fn(data, &account, err);
	}
	return r;
}

static int list_pages(struct aws_session *s, json_t *body,
	organization_account_fn fn, void *data, struct error *err)
{
	unsigned page;
	int r = 0;

	for (page = 0; r == 0 && page < PAGES_MAX; page++) {
		CLEANUP(reply_done) struct reply reply = { .xml = NULL };
		json_t *next;

		r = call_json(s, &list_accounts, body, &reply, err);
		if (r == 0)
			r = give_accounts(reply.json, fn, data, err);
		next = json_object_get(reply.json, "NextToken");
		if (r != 0 || !json_is_string(next) ||
			json_string_length(next) == 0)
			return r;
		if (json_object_set(body, "NextToken", next) < 0)
			return error_memory(err);
	}
	return r ? r : error_set(err, ERROR_MALFORMED,
		"AWS's list of accounts does not end");
}

int organizations_list_accounts(struct aws_session *s,
	organization_account_fn fn, void *data, struct error *err)
{
	json_t *body = json_pack("{s:i}", "MaxResults", 20);
	int r = body ? list_pages(s, body, fn, data, err) : error_memory(err);

	json_decref(body);
	return r;
}
