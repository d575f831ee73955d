/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments of IAM operations checked against AWS's model before anything is
 * sent. All are ERROR_USAGE and name the argument.
 */
#ifndef AWS_API_CHECK_H
#define AWS_API_CHECK_H

#include "base/error.h"

/* 1 to 128 of letters, digits and _+=,.@- ; NULL passes where optional. */
int check_user(const char *s, bool optional, struct error *err);
/* The same alphabet, 1 to 226: a virtual device's name. */
int check_device_name(const char *s, struct error *err);
/* 9 to 256 of letters, digits and _+=/:,.@- */
int check_serial(const char *s, struct error *err);
/* "/" or "/" ASCII without blanks "/", up to 512; NULL passes. */
int check_path(const char *s, struct error *err);
/* The user's alphabet, 1 to 128: an inline policy's name. */
int check_policy_name(const char *s, struct error *err);
/* 16 to 128 letters, digits and _ : an access key's id. */
int check_key_id(const char *s, struct error *err);
/* Exactly six digits. */
int check_code(const char *s, struct error *err);

#endif
