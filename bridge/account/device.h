/* SPDX-License-Identifier: Apache-2.0 */
/* Devices and users of an account. */
#ifndef BRIDGE_ACCOUNT_DEVICE_H
#define BRIDGE_ACCOUNT_DEVICE_H

#include "base/text.h"
#include "bridge/account/account.h"
#include "token/card/ykoath.h"

/* Serial of a virtual device of this account: arn:P:iam::ACCOUNT:mfa/NAME */
void account_device_serial(const struct account *c, const char *name,
	char ret[IAM_SERIAL_MAX + 1]);

/* Whether a person means this device: the whole serial number, or the name at
 * its end. Pure. */
bool account_device_is_named(const char *wanted, const char *serial);

/* The label of the token that the registry binds it to; "": none. */
void account_device_label(struct registry *reg, const char *serial,
	char ret[TEXT_MAX + 1]);

/*
 * The name of its OATH credential, by the convention of others the ARN; its end
 * behind "aws:" where that is longer than a token takes.
 */
void account_oath_name(const char *serial, char ret[OATH_NAME_MAX + 1]);

/* Whether the user has a device with this serial. No such user: no device. */
int account_device_is_assigned(struct account *c, const char *user,
	const char *serial, bool *ret, struct error *err);

/* "ACCOUNT/USERID": a user in names and reservations. */
#define ACCOUNT_USER_KEY_LEN 160
void account_user_key(const char *account, const char *user_id,
	char ret[ACCOUNT_USER_KEY_LEN]);

/* "IAM user 'alice' of account 123456789012": for people. */
#define ACCOUNT_USER_CALLED_LEN 128
void account_user_called(const char *account, const char *user,
	char ret[ACCOUNT_USER_CALLED_LEN]);

#endif
