/* SPDX-License-Identifier: Apache-2.0 */
/* Amazon resource names. */
#include "aws/config/arn.h"

#include "base/text.h"

#include <string.h>

#define USER_NAME_MAX 64 /* that IAM makes */

bool arn_part_is(struct arn_part part, const char *s)
{
	return part.n == strlen(s) && memcmp(part.p, s, part.n) == 0;
}

bool arn_part_begins(struct arn_part part, const char *s)
{
	size_t n = strlen(s);

	return part.n >= n && memcmp(part.p, s, n) == 0;
}

bool arn_parse(const char *p, size_t n, struct arn *ret)
{
	struct arn_part parts[5], resource;
	const char *colon;
	size_t i;

	for (i = 0; i < 5; i++) {
		colon = n > 0 ? memchr(p, ':', n) : NULL;
		if (!colon)
			return false;
		parts[i].p = p;
		parts[i].n = (size_t)(colon - p);
		n -= parts[i].n + 1;
		p = colon + 1;
	}
	resource.p = p;
	resource.n = n;
	if (!arn_part_is(parts[0], "arn") || parts[1].n == 0 ||
		parts[2].n == 0 || n == 0)
		return false;
	ret->partition = parts[1];
	ret->service = parts[2];
	ret->region = parts[3];
	ret->account = parts[4];
	ret->resource = resource;
	return true;
}

bool arn_is_root(const char *s)
{
	struct arn a;

	return arn_parse(s, strlen(s), &a) && arn_part_is(a.service, "iam") &&
		arn_part_is(a.resource, "root");
}

bool arn_is_account(const char *p, size_t n)
{
	return n == ARN_ACCOUNT_LEN && text_is_digits(p, n);
}

bool arn_is_user_name(const char *s)
{
	size_t n = strlen(s);

	return n > 0 && n <= USER_NAME_MAX && strspn(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_+=,.@-") == n;
}

bool arn_account(const char *s, char ret[ARN_ACCOUNT_LEN + 1])
{
	struct arn a;

	if (!arn_parse(s, strlen(s), &a) ||
		!arn_is_account(a.account.p, a.account.n))
		return false;
	memcpy(ret, a.account.p, ARN_ACCOUNT_LEN);
	ret[ARN_ACCOUNT_LEN] = '\0';
	return true;
}
