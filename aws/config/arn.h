/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Amazon resource names of IAM: arn:PARTITION:iam::ACCOUNT:RESOURCE.
 *
 * A parsed name borrows the bytes it was parsed from.
 */
#ifndef AWS_CONFIG_ARN_H
#define AWS_CONFIG_ARN_H

#include <stdbool.h>
#include <stddef.h>

#define ARN_MAX 2048     /* bytes of the longest one in IAM's model */
#define ARN_ACCOUNT_LEN 12

struct arn_part {
	const char *p;
	size_t n;
};

struct arn {
	struct arn_part partition;
	struct arn_part service;
	struct arn_part region;   /* may be empty */
	struct arn_part account;  /* 12 digits, or empty ("aws" policies) */
	struct arn_part resource; /* "root", "user/PATH/NAME", "mfa/NAME" ... */
};

/* False (*ret untouched) where n bytes are no ARN of six fields. */
bool arn_parse(const char *p, size_t n, struct arn *ret);

/* Whether s is the ARN of an account's root user ("...:root", exactly). */
bool arn_is_root(const char *s);

/*
 * The 12 digits of s's account into ret. False (ret untouched) where s is no
 * ARN or has none.
 */
bool arn_account(const char *s, char ret[ARN_ACCOUNT_LEN + 1]);

/* Whether n bytes are an account's number: twelve digits. */
bool arn_is_account(const char *p, size_t n);

/* Whether it may be an IAM user's name: 1 to 64 of letters, digits, _+=,.@- */
#define ARN_USER_NAME_RULE "1 to 64 letters, digits and _+=,.@-"
bool arn_is_user_name(const char *s);

/* Whether a part is exactly this string. */
bool arn_part_is(struct arn_part part, const char *s);
/* Whether a part begins with this string. */
bool arn_part_begins(struct arn_part part, const char *s);

#endif
