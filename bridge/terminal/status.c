/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes. */
#include "bridge/terminal/status.h"

#include "token/attest/verdict.h"

static const int of_error[] = {
	[ERROR_FAILED] = STATUS_ERROR,
	[ERROR_USAGE] = STATUS_USAGE,
	[ERROR_NO_TOKEN] = STATUS_NO_TOKEN,
	[ERROR_BUSY] = STATUS_ERROR,
	[ERROR_PERMISSION] = STATUS_ERROR,
	[ERROR_PIN] = STATUS_PIN,
	[ERROR_PIN_WRONG] = STATUS_PIN,
	[ERROR_PIN_BLOCKED] = STATUS_PIN,
	[ERROR_TOUCH] = STATUS_TOUCH,
	[ERROR_TIMEOUT] = STATUS_ERROR,
	[ERROR_REFUSED] = STATUS_REFUSED,
	[ERROR_REMOTE] = STATUS_AWS,
	[ERROR_UNREACHABLE] = STATUS_AWS,
	[ERROR_CONFLICT] = STATUS_ERROR,
	[ERROR_CORRUPT] = STATUS_ERROR,
	[ERROR_MALFORMED] = STATUS_ERROR,
	[ERROR_UNSUPPORTED] = STATUS_ERROR,
	[ERROR_INTERRUPTED] = STATUS_INTERRUPTED,
	[ERROR_EXPIRED] = VERDICT_UNDECIDED,
};

int status_of_error(const struct error *e)
{
	if (e->code == ERROR_VERDICT && e->verdict >= 20 && e->verdict <= 27)
		return e->verdict;
	if (e->code <= 0 || (size_t)e->code >= ARRAY_LEN(of_error) ||
		of_error[e->code] == 0)
		return STATUS_ERROR;
	return of_error[e->code];
}
