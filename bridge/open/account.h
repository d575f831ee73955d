/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AWS account that a command works on, and the guard before anything is
 * changed in it: it is shown, compared with --account, and an endpoint that is
 * not AWS's own goes only with a registry that is marked for rehearsal.
 */
#ifndef BRIDGE_OPEN_ACCOUNT_H
#define BRIDGE_OPEN_ACCOUNT_H

#include "aws/api/iam.h"
#include "aws/api/sts.h"
#include "bridge/command/command.h"
#include "bridge/registry/registry.h"

struct cloud {
	struct aws_session *session; /* owned */
	struct sts_identity caller;
	char *alias;                 /* owned; NULL: none */
	const struct aws_endpoint *iam; /* borrowed from the session */
	int cancel_fd;
};

/*
 * Opens a session and asks who the caller is and which account this is.
 * ERROR_REFUSED where --account says another one.
 */
int cloud_open(const struct app *app, struct cloud *ret, struct error *err);
void cloud_done(struct cloud *c);

/* Says account, alias, caller and endpoint on standard error. */
void cloud_show(const struct cloud *c);

/* ERROR_REFUSED for an overridden endpoint and a registry that is not marked
 * for rehearsal. */
int cloud_guard(const struct cloud *c, const struct registry *reg,
	struct error *err);

/* Says a clock that is more than 30 s off. */
void cloud_warn_skew(const struct cloud *c);

/* "" or the overridden endpoint's URL, for receipts and journals. */
const char *cloud_endpoint(const struct cloud *c);

/* Serial of a virtual device of this account: arn:P:iam::ACCOUNT:mfa/NAME */
void cloud_device_serial(const struct cloud *c, const char *name,
	char ret[IAM_SERIAL_MAX + 1]);

/* Whether the user has a device with this serial. No such user: no device. */
int cloud_device_is_assigned(struct cloud *c, const char *user,
	const char *serial, bool *ret, struct error *err);

/* Waits ms; ERROR_INTERRUPTED when a signal comes. */
int cloud_pause(const struct cloud *c, int64_t ms, struct error *err);

/* "ACCOUNT/USERID": a user in names and reservations. */
#define CLOUD_USER_KEY_LEN 160
void cloud_user_key(const char *account, const char *user_id,
	char ret[CLOUD_USER_KEY_LEN]);

#endif
