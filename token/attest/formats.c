/* SPDX-License-Identifier: Apache-2.0 */
/* Which attestation formats are understood. */
#include "token/attest/private.h"

#include <string.h>

static const struct {
	const char *fmt;
	bool (*verify)(struct verification *);
} formats[] = {
	{ "packed", attest_verify_packed },
	{ "fido-u2f", attest_verify_u2f },
	{ "tpm", attest_verify_tpm },
};

static size_t format_of(const char *fmt)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(formats); i++)
		if (strcmp(formats[i].fmt, fmt) == 0)
			break;
	return i;
}

bool attest_understands(const char *fmt)
{
	return strcmp(fmt, "none") == 0 || format_of(fmt) < ARRAY_LEN(formats);
}

bool statement_verify(struct verification *c)
{
	size_t i = format_of(c->a->fmt);

	/* what is not understood is not read: it may be of any form */
	if (i < ARRAY_LEN(formats))
		return statement_load(c) && formats[i].verify(c);
	if (strcmp(c->a->fmt, "none") == 0)
		steps_add(c->steps, "signature", STEP_FAIL,
			VERDICT_NOT_ATTESTED,
			"the token gives no attestation (format 'none')");
	else
		steps_add(c->steps, "signature", STEP_FAIL,
			VERDICT_NOT_ATTESTED,
			"attestation format '%s' is not understood",
			c->a->fmt);
	return false;
}
