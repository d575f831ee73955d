/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AWS account that is worked on, and the guard before anything is
 * changed in it: it is shown, compared with --account, and an endpoint that is
 * not AWS's own goes only with a registry that is marked for rehearsal. A CA
 * bundle and a proxy are like such an endpoint, unless the system's settings
 * name them.
 */
#ifndef BRIDGE_ACCOUNT_ACCOUNT_H
#define BRIDGE_ACCOUNT_ACCOUNT_H

#include "aws/api/iam.h"
#include "aws/api/sts.h"
#include "aws/role/role.h"
#include "bridge/registry/registry.h"
#include "bridge/run/run.h"

struct account {
	struct aws_session *session; /* owned */
	struct sts_identity caller;
	char *alias;                 /* owned; NULL: none */
	const struct aws_endpoint *iam; /* borrowed from the session */
	struct sign_in sign_in;      /* how it is renewed; what it points at is
	                                borrowed */
	bool is_ending;              /* it cannot be, which was said */
};

/* How to reach it; everything is borrowed, NULL is the default. */
struct account_request {
	const char *profile, *region, *endpoint_url;
	const char *ca_bundle, *proxy; /* of the system's settings */
	const char *account; /* the only one that will do; NULL: any */
	struct sign_in sign_in; /* where the settings have roles */
	int64_t hand_back_ms;   /* as of aws_options */
};

/*
 * Opens a session and signs it in, which sends nothing where the settings have
 * keys alone; says whose settings they are where root uses another person's,
 * and wipes the keys out of the environment. q->account is not looked at.
 */
int account_session(const struct run *run, const struct account_request *q,
	struct aws_session **ret, struct error *err);

/*
 * Opens a session and asks who the caller is and which account this is.
 * ERROR_REFUSED where another one is wanted.
 */
int account_open(const struct run *run, const struct account_request *q,
	struct account *ret, struct error *err);
void account_done(struct account *c);

/*
 * Between two acts: see role_renew. New keys have to be of the same account and
 * of the same principal as the first: ERROR_REFUSED. Asks who they are, and
 * nothing where they last.
 */
int account_renew(const struct run *run, const struct sign_in *how,
	struct aws_session *s, const struct sts_identity *first,
	struct error *err);

/*
 * The same for who has the account: before an act that must not be broken off
 * by credentials that end. That they cannot be renewed is a warning, said once;
 * ERROR_REFUSED and ERROR_INTERRUPTED are errors.
 */
int account_stay(const struct run *run, struct account *c, struct error *err);

/* Says account, alias, caller and endpoint. */
void account_show(const struct run *run, const struct account *c);

/* ERROR_REFUSED for an overridden endpoint, or a CA bundle or proxy that the
 * system's settings do not name, and a registry that is not marked for
 * rehearsal. */
int account_guard(const struct account *c, const struct registry *reg,
	struct error *err);

/* Whether this machine's clock is more than 30 s off AWS's, as words. */
#define ACCOUNT_SKEW_LEN 96
bool account_skew(const struct account *c, char ret[ACCOUNT_SKEW_LEN]);

/*
 * What stands between, for people and receipts: "PATH, by AWS_CA_BUNDLE",
 * "http://proxy:3128, by https_proxy"; "" where nothing does. Never a password.
 */
#define ACCOUNT_WAY_LEN 1024
void account_ca_bundle(const struct aws_session *s, char ret[ACCOUNT_WAY_LEN]);
void account_proxy(const struct aws_session *s, char ret[ACCOUNT_WAY_LEN]);

/* "" or the overridden endpoint's URL, for receipts and journals. */
const char *account_endpoint(const struct account *c);

#endif
