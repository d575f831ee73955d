/* SPDX-License-Identifier: Apache-2.0 */
/* IAM: the account and its users. */
#include "aws/api/iam.h"

#include "aws/api/check.h"
#include "aws/query/field.h"
#include "aws/query/page.h"

#include <string.h>

#define READS(name)                                                            \
	{ .action = name, .service = AWS_IAM, .effect = CALL_READS }

static const struct operation list_account_aliases =
	READS("ListAccountAliases");
static const struct operation get_user = READS("GetUser");
static const struct operation list_users = READS("ListUsers");
static const struct operation get_account_summary = READS("GetAccountSummary");
static const struct operation get_login_profile = READS("GetLoginProfile");
static const struct operation list_access_keys = READS("ListAccessKeys");

/* AWS's "no such thing" is an answer where the question was whether. */
static bool is_absent(const struct error *e)
{
	return e->code == ERROR_REMOTE &&
		strcmp(e->foreign, "NoSuchEntity") == 0;
}

int iam_get_account_alias(struct aws_session *s, char **ret, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const char *alias;
	char *copy = NULL;
	struct error e;
	int r;

	r = call(s, &list_account_aliases, NULL, &reply, &e);
	if (r == -ERROR_REMOTE && strcmp(e.foreign, "AccessDenied") == 0) {
		*ret = NULL;
		return 0;
	}
	if (r < 0)
		return error_copy(err, &e);
	alias = xml_text(xml_child(reply.result, "AccountAliases"), "member");
	if (alias) {
		copy = strdup(alias);
		if (!copy)
			return error_memory(err);
	}
	*ret = copy;
	return 0;
}

static int read_user(const struct xml_node *node, const struct operation *op,
	struct iam_user *ret, struct error *err)
{
	const struct field fields[] = {
		FIELD_STRING("UserName", ret->name, false),
		FIELD_STRING("Path", ret->path, false),
		FIELD_STRING("UserId", ret->id, true),
		FIELD_STRING("Arn", ret->arn, true),
		FIELD_TIME("CreateDate", &ret->created),
		FIELD_TIME("PasswordLastUsed", &ret->password_last_used),
	};
	int r = field_read(node, fields, ARRAY_LEN(fields), op, err);

	/* only root has no name */
	if (r >= 0 && !ret->name[0] && !arn_is_root(ret->arn))
		return call_lacks(op, "UserName", err);
	return r;
}

struct one_user {
	const char *name; /* that was asked for; NULL: the caller */
	struct iam_user *ret;
	bool *ret_found;
};

static int read_one_user(void *room, const struct reply *reply,
	const struct error *e, struct error *err)
{
	const struct one_user *one = room;
	struct iam_user user;
	int r;

	if (e && one->ret_found && is_absent(e)) {
		*one->ret_found = false;
		return 0;
	}
	if (e)
		return error_copy(err, e);
	r = read_user(xml_child(reply->result, "User"), &get_user, &user, err);
	if (r >= 0)
		r = field_names(&get_user, "user", user.name, one->name, err);
	if (r < 0)
		return r;
	*one->ret = user;
	if (one->ret_found)
		*one->ret_found = true;
	return 0;
}

static int with_user(const struct asker *by, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *err)
{
	const struct one_user one = { name, ret, ret_found };
	const struct param params[] = { { "UserName", name }, { NULL, NULL } };
	const struct ask ask = {
		.op = &get_user,
		.params = params,
		.read = read_one_user,
		.room = &one,
		.room_n = sizeof(one),
	};
	int r = check_user(name, true, err);

	return r < 0 ? r : asker_ask(by, &ask, err);
}

int iam_get_user(struct aws_session *s, const char *name, struct iam_user *ret,
	bool *ret_found, struct error *err)
{
	const struct asker by = { .s = s };

	return with_user(&by, name, ret, ret_found, err);
}

int iam_ask_user(struct calls *c, const char *name, struct iam_user *ret,
	bool *ret_found, ask_done_fn done, void *data, struct error *err)
{
	const struct asker by = { .calls = c, .done = done, .data = data };

	return with_user(&by, name, ret, ret_found, err);
}

struct each_user {
	iam_user_fn fn;
	void *data;
};

static int give_user(void *data, const struct xml_node *member,
	struct error *err)
{
	const struct each_user *each = data;
	struct iam_user user;
	int r;

	r = read_user(member, &list_users, &user, err);
	return r < 0 ? r : each->fn(each->data, &user, err);
}

int iam_list_users(struct aws_session *s, iam_user_fn fn, void *data,
	struct error *err)
{
	struct each_user each = { fn, data };
	struct param params[] = { { "MaxItems", "1000" }, { "Marker", NULL },
		{ NULL, NULL } };

	return page_each(s, &list_users, params, "Users", give_user, &each,
		err);
}

/* <entry><key>NAME</key><value>1</value></entry> */
static int read_summary(const struct xml_node *map,
	const struct field *fields, size_t count, struct error *err)
{
	const struct xml_node *entry;
	const char *key, *value;
	unsigned seen = 0;
	size_t i;
	int r = 0;

	for (i = 0; i < count && r >= 0; i++)
		r = field_set(&fields[i], "", &get_account_summary, err);
	entry = xml_child(map, "entry");
	for (; entry && r >= 0; entry = xml_again(entry)) {
		key = xml_text(entry, "key");
		value = xml_text(entry, "value");
		for (i = 0; i < count; i++)
			if (key && value && strcmp(fields[i].name, key) == 0)
				break;
		if (i == count)
			continue;
		if (seen & 1u << i)
			return error_set(err, ERROR_MALFORMED, "the answer to "
				"'iam:GetAccountSummary' has '%s' twice", key);
		seen |= 1u << i;
		r = field_set(&fields[i], value, &get_account_summary, err);
	}
	return r;
}

int iam_get_account_summary(struct aws_session *s,
	struct iam_account_summary *ret, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	struct iam_account_summary v;
	const struct field fields[] = {
		FIELD_COUNT("AccountMFAEnabled", &v.root_mfa),
		FIELD_COUNT("AccountPasswordPresent", &v.root_password),
		FIELD_COUNT("AccountAccessKeysPresent", &v.root_access_keys),
		FIELD_COUNT("AccountSigningCertificatesPresent",
			&v.root_certificates),
		FIELD_COUNT("MFADevices", &v.devices),
		FIELD_COUNT("MFADevicesInUse", &v.devices_in_use),
		FIELD_COUNT("Users", &v.users),
	};
	const struct xml_node *map;
	int r;

	r = call(s, &get_account_summary, NULL, &reply, err);
	if (r < 0)
		return r;
	map = xml_child(reply.result, "SummaryMap");
	if (!map)
		return call_lacks(&get_account_summary, "the summary", err);
	r = read_summary(map, fields, ARRAY_LEN(fields), err);
	if (r < 0)
		return r;
	*ret = v;
	return 0;
}

struct one_profile {
	const char *user; /* that was asked for */
	bool *ret;
};

static int read_login_profile(void *room, const struct reply *reply,
	const struct error *e, struct error *err)
{
	const struct one_profile *one = room;
	char told[IAM_NAME_MAX + 1];
	const struct field fields[] = {
		FIELD_STRING("UserName", told, false),
	};
	int r;

	if (e && is_absent(e)) {
		*one->ret = false;
		return 0;
	}
	if (e)
		return error_copy(err, e);
	r = field_read(xml_child(reply->result, "LoginProfile"), fields,
		ARRAY_LEN(fields), &get_login_profile, err);
	if (r >= 0)
		r = field_names(&get_login_profile, "user", told, one->user,
			err);
	if (r < 0)
		return r;
	*one->ret = true;
	return 0;
}

static int with_login_profile(const struct asker *by, const char *user,
	bool *ret_exists, struct error *err)
{
	const struct one_profile one = { user, ret_exists };
	const struct param params[] = { { "UserName", user }, { NULL, NULL } };
	const struct ask ask = {
		.op = &get_login_profile,
		.params = params,
		.read = read_login_profile,
		.room = &one,
		.room_n = sizeof(one),
	};
	int r = check_user(user, false, err);

	return r < 0 ? r : asker_ask(by, &ask, err);
}

int iam_get_login_profile(struct aws_session *s, const char *user,
	bool *ret_exists, struct error *err)
{
	const struct asker by = { .s = s };

	return with_login_profile(&by, user, ret_exists, err);
}

int iam_ask_login_profile(struct calls *c, const char *user, bool *ret_exists,
	ask_done_fn done, void *data, struct error *err)
{
	const struct asker by = { .calls = c, .done = done, .data = data };

	return with_login_profile(&by, user, ret_exists, err);
}

struct each_access_key {
	const char *user; /* that was asked for; NULL: the caller */
	iam_access_key_fn fn;
	void *data;
};

static int give_access_key(void *data, const struct xml_node *member,
	struct error *err)
{
	const struct each_access_key *each = data;
	struct iam_access_key key;
	char status[32], told[IAM_NAME_MAX + 1];
	const struct field fields[] = {
		FIELD_STRING("UserName", told, false),
		FIELD_STRING("AccessKeyId", key.id, true),
		FIELD_STRING("Status", status, true),
		FIELD_TIME("CreateDate", &key.created),
	};
	int r;

	r = field_read(member, fields, ARRAY_LEN(fields), &list_access_keys,
		err);
	if (r >= 0)
		r = field_names(&list_access_keys, "user", told, each->user,
			err);
	if (r < 0)
		return r;
	/* a state that is not known counts as one that works */
	key.active = strcasecmp(status, "Inactive") != 0;
	return each->fn(each->data, &key, err);
}

static int with_access_keys(const struct asker *by, const char *user,
	iam_access_key_fn fn, void *data, struct error *err)
{
	const struct each_access_key each = { user, fn, data };
	const struct param params[] = { { "UserName", user },
		{ "Marker", NULL }, { NULL, NULL } };
	const struct ask ask = {
		.op = &list_access_keys,
		.params = params,
		.list = "AccessKeyMetadata",
		.member = give_access_key,
		.room = &each,
		.room_n = sizeof(each),
	};
	int r = check_user(user, true, err);

	return r < 0 ? r : asker_ask(by, &ask, err);
}

int iam_list_access_keys(struct aws_session *s, const char *user,
	iam_access_key_fn fn, void *data, struct error *err)
{
	const struct asker by = { .s = s };

	return with_access_keys(&by, user, fn, data, err);
}

int iam_ask_access_keys(struct calls *c, const char *user,
	iam_access_key_fn fn, ask_done_fn done, void *data, struct error *err)
{
	const struct asker by = { .calls = c, .done = done, .data = data };

	return with_access_keys(&by, user, fn, data, err);
}
