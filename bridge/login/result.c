/* SPDX-License-Identifier: Apache-2.0 */
/* Words and priorities of results. */
#include "bridge/login/result.h"

#include <stdio.h>
#include <syslog.h>

/* The first row is for whatever is none of the others. */
static const struct row {
	enum login_result result;
	int priority;
	const char *word;
} rows[] = {
	{ LOGIN_FAILED, LOG_ERR, "error" },
	{ LOGIN_READY, LOG_NOTICE, "pin-wanted" },
	{ LOGIN_GRANTED, LOG_NOTICE, "granted" },
	{ LOGIN_NO_BINDING, LOG_NOTICE, "no-token-bound" },
	{ LOGIN_UNKNOWN_USER, LOG_NOTICE, "unknown-user" },
	{ LOGIN_NOT_LOCAL, LOG_NOTICE, "not-local" },
	{ LOGIN_NOT_ROOT, LOG_WARNING, "not-root" },
	{ LOGIN_NOT_LISTED, LOG_WARNING, "not-listed" },
	{ LOGIN_TOO_OFTEN, LOG_WARNING, "too-often" },
	{ LOGIN_NO_RECORD, LOG_ERR, "no-record" },
	{ LOGIN_NO_TOKEN, LOG_NOTICE, "no-token" },
	{ LOGIN_BUSY, LOG_WARNING, "token-busy" },
	{ LOGIN_NOT_TOUCHED, LOG_NOTICE, "not-touched" },
	{ LOGIN_PIN_WRONG, LOG_WARNING, "pin-wrong" },
	{ LOGIN_PIN_BLOCKED, LOG_WARNING, "pin-blocked" },
	{ LOGIN_PIN_SCARCE, LOG_WARNING, "pin-scarce" },
	{ LOGIN_PIN_DEAD, LOG_WARNING, "pin-dead" },
	{ LOGIN_PIN_CHANGE, LOG_WARNING, "pin-change" },
	{ LOGIN_PIN_UNFIT, LOG_NOTICE, "pin-unfit" },
	{ LOGIN_SILENT, LOG_WARNING, "token-silent" },
	{ LOGIN_FALSE, LOG_ALERT, "false-answer" },
	{ LOGIN_COUNTER, LOG_ALERT, "counter-fell" },
};

static const struct row *row_of(enum login_result result)
{
	size_t i;

	for (i = 1; i < ARRAY_LEN(rows); i++)
		if (rows[i].result == result)
			return &rows[i];
	return &rows[0];
}

const char *login_result_word(enum login_result result)
{
	return row_of(result)->word;
}

int login_result_priority(enum login_result result)
{
	return row_of(result)->priority;
}

void login_log_word(const char *s, char *ret, size_t size)
{
	size_t i;

	for (i = 0; s[i] && i + 1 < size; i++)
		ret[i] = s[i] > ' ' && s[i] < 0x7f && s[i] != '=' ? s[i] : '?';
	ret[i] = '\0';
	if (i == 0)
		snprintf(ret, size, "-");
}
