/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Organizations, version 2016-11-28: which accounts belong together. */
#ifndef AWS_API_ORGANIZATIONS_H
#define AWS_API_ORGANIZATIONS_H

#include "aws/config/arn.h"
#include "aws/query/session.h"

#define ORGANIZATION_EMAIL_MAX 320

struct organization {
	char id[40];
	char management[ARN_ACCOUNT_LEN + 1]; /* the account that manages it */
	bool all_features;
};

/* DescribeOrganization. *ret_found is false where the account is in none. */
int organizations_describe(struct aws_session *s, struct organization *ret,
	bool *ret_found, struct error *err);

struct organization_root {
	bool credentials; /* RootCredentialsManagement: members' roots can be
	                     looked at, and rid of what they have */
	bool sessions;    /* RootSessions */
};

/*
 * ListOrganizationsFeatures of IAM: what of centralised root access is on. Of the
 * management account or its delegate; others get ERROR_REMOTE.
 */
int organizations_root_features(struct aws_session *s,
	struct organization_root *ret, struct error *err);

struct organization_account {
	char id[ARN_ACCOUNT_LEN + 1];
	char name[160];
	char email[ORGANIZATION_EMAIL_MAX]; /* "" where it is not told */
	char state[32]; /* "ACTIVE", "SUSPENDED"; "" where it is not told */
};
typedef int (*organization_account_fn)(void *data,
	const struct organization_account *account, struct error *err);

/*
 * ListAccounts, all pages: of the management account or a delegated
 * administrator. An item is borrowed for the callback, whose result that is not
 * 0 ends it, and is returned. A name or address that is not clean is "".
 */
int organizations_list_accounts(struct aws_session *s,
	organization_account_fn fn, void *data, struct error *err);

#endif
