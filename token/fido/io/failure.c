/* SPDX-License-Identifier: Apache-2.0 */
/* libfido2's codes. */
#include "token/fido/io/failure.h"

#include "base/util.h"

#include <fido.h>

#define UNPARSED \
	"the token's answer cannot be parsed: it is damaged, or of a form " \
	"that libfido2 does not know"

/* libfido2's codes on which somebody acts; the rest is ERROR_FAILED */
static const struct {
	int code;
	enum error_code error;
	const char *text;
} failures[] = {
	{ FIDO_ERR_PIN_REQUIRED, ERROR_PIN, "the token wants its PIN" },
	{ FIDO_ERR_PIN_INVALID, ERROR_PIN_WRONG, "wrong PIN" },
	{ FIDO_ERR_PIN_AUTH_INVALID, ERROR_PIN_WRONG, "wrong PIN" },
	{ FIDO_ERR_PIN_AUTH_BLOCKED, ERROR_PIN_BLOCKED,
		"three wrong PINs in a row: unplug the token and plug it in "
		"again before the next try" },
	{ FIDO_ERR_PIN_BLOCKED, ERROR_PIN_BLOCKED,
		"the PIN is blocked for good: only a reset, which erases all "
		"credentials, makes the token usable again" },
	{ FIDO_ERR_PIN_NOT_SET, ERROR_PIN, "the token has no PIN" },
	{ FIDO_ERR_UV_BLOCKED, ERROR_PIN, "biometry is blocked: use the PIN" },
	{ FIDO_ERR_UV_INVALID, ERROR_PIN, "the fingerprint did not match" },
	{ FIDO_ERR_ACTION_TIMEOUT, ERROR_TOUCH,
		"the token was not touched in time" },
	{ FIDO_ERR_USER_ACTION_TIMEOUT, ERROR_TOUCH,
		"the token was not touched in time" },
	{ FIDO_ERR_USER_PRESENCE_REQUIRED, ERROR_TOUCH,
		"the token was not touched" },
	{ FIDO_ERR_OPERATION_DENIED, ERROR_TOUCH,
		"the token refused the operation: it was not touched, or it "
		"does not allow it" },
	{ FIDO_ERR_KEEPALIVE_CANCEL, ERROR_INTERRUPTED, "interrupted" },
	{ FIDO_ERR_UNSUPPORTED_ALGORITHM, ERROR_UNSUPPORTED,
		"the token does not do ES256" },
	{ FIDO_ERR_KEY_STORE_FULL, ERROR_REFUSED, "the token is full" },
	{ FIDO_ERR_INVALID_CBOR, ERROR_MALFORMED, UNPARSED },
	{ FIDO_ERR_RX_INVALID_CBOR, ERROR_MALFORMED, UNPARSED },
	{ FIDO_ERR_RX_NOT_CBOR, ERROR_MALFORMED, UNPARSED },
	{ FIDO_ERR_RX, ERROR_MALFORMED, UNPARSED },
};

int failure_set(int code, const char *what, struct error *err)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(failures); i++)
		if (failures[i].code == code)
			return error_set(err, (int)failures[i].error,
				"%s: %s", what, failures[i].text);
	return error_set(err, ERROR_FAILED, "%s: the token answers %s", what,
		fido_strerr(code));
}
