/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authorized_yubikeys files of pam_yubico (its man page): USER:ID[:ID...], where
 * an ID is the public part of a YubiKey's one-time passwords in modhex. A user
 * may have several lines. Pure.
 */
#ifndef BRIDGE_LOCAL_OTP_IDS_H
#define BRIDGE_LOCAL_OTP_IDS_H

#include "bridge/login/user.h"

#define OTP_ID_MAX 32 /* characters: 16 bytes */
#define OTP_IDS_MAX 16384

struct otp_id {
	size_t line, byte;         /* where it stands, from 1 */
	char user[LOCAL_USER_LEN]; /* as it is spelled */
	char id[OTP_ID_MAX + 1];   /* lower case */
};

struct otp_ids {
	struct otp_id *p; /* owned */
	size_t n;
};

void otp_ids_done(struct otp_ids *ids);

/* ERROR_MALFORMED names line and byte. *ret is empty before, and on failure
 * still. */
int otp_ids_parse(const char *p, size_t n, struct otp_ids *ret,
	struct error *err);

#endif
