/* SPDX-License-Identifier: Apache-2.0 */
/* STS: whether it takes a device's code. */
#include "aws/api/sts.h"

#include "aws/api/check.h"
#include "aws/query/call.h"

/* A code is good for one answer: it is not sent twice. */
static const struct operation get_session_token = {
	.action = "GetSessionToken",
	.service = AWS_STS,
	.effect = CALL_CHANGES,
};

int sts_check_code(struct aws_session *s, const char *serial,
	const char *code, struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	const struct param params[] = { { "DurationSeconds", "900" },
		{ "SerialNumber", serial }, { "TokenCode", code },
		{ NULL, NULL } };
	int r = check_serial(serial, err);

	if (r == 0)
		r = check_code(code, err);
	/* the keys of the answer are nobody's: they go with it */
	return r < 0 ? r : call(s, &get_session_token, params, &reply, err);
}
