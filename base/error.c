/* SPDX-License-Identifier: Apache-2.0 */
/* Failures as values. */
#include "base/error.h"

#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const error_names[] = {
	[ERROR_FAILED] = "failed",
	[ERROR_USAGE] = "usage",
	[ERROR_NO_TOKEN] = "no-token",
	[ERROR_BUSY] = "busy",
	[ERROR_PERMISSION] = "permission",
	[ERROR_PIN] = "pin",
	[ERROR_PIN_WRONG] = "pin-wrong",
	[ERROR_PIN_BLOCKED] = "pin-blocked",
	[ERROR_TOUCH] = "touch",
	[ERROR_TIMEOUT] = "timeout",
	[ERROR_REFUSED] = "refused",
	[ERROR_REMOTE] = "remote",
	[ERROR_UNREACHABLE] = "unreachable",
	[ERROR_CONFLICT] = "conflict",
	[ERROR_CORRUPT] = "corrupt",
	[ERROR_MALFORMED] = "malformed",
	[ERROR_UNSUPPORTED] = "unsupported",
	[ERROR_INTERRUPTED] = "interrupted",
	[ERROR_EXPIRED] = "expired",
	[ERROR_VERDICT] = "verdict",
};

/* Drops a character that the end of the buffer cut in two. */
static void drop_half_character(char *s)
{
	size_t n = strlen(s), k = n, follow;
	unsigned char c;

	while (k > 0 && n - k < 3 && (s[k - 1] & 0xc0) == 0x80)
		k--;
	if (k == 0)
		return;
	c = (unsigned char)s[k - 1];
	follow = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
	if (n - k < follow)
		s[k - 1] = '\0';
}

int error_setv(struct error *err, int code, const char *fmt, va_list ap)
{
	int n;

	if (!err)
		return -code;
	memset(err, 0, sizeof(*err));
	err->code = code;
	n = vsnprintf(err->text, sizeof(err->text), fmt, ap);
	if (n >= (int)sizeof(err->text))
		drop_half_character(err->text);
	utf8_sanitise(err->text);
	return -code;
}

int error_set(struct error *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = error_setv(err, code, fmt, ap);
	va_end(ap);
	return r;
}

static int set_errno(struct error *err, int code, int errnum, const char *fmt,
	va_list ap)
{
	char head[384], why[96];
	int n = vsnprintf(head, sizeof(head), fmt, ap);

	if (n >= (int)sizeof(head))
		drop_half_character(head);
	return error_set(err, code, "%s: %s", head,
		strerror_r(errnum, why, sizeof(why)));
}

int error_errno(struct error *err, int code, int errnum, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = set_errno(err, code, errnum, fmt, ap);
	va_end(ap);
	return r;
}

int error_access(struct error *err, int errnum, const char *fmt, ...)
{
	bool closed = errnum == EACCES || errnum == EPERM ||
		errnum == EROFS || errnum == ELOOP;
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = set_errno(err, closed ? ERROR_PERMISSION : ERROR_FAILED, errnum,
		fmt, ap);
	va_end(ap);
	return r;
}

int error_memory(struct error *err)
{
	return error_set(err, ERROR_FAILED, "cannot allocate memory");
}

int error_copy(struct error *err, const struct error *from)
{
	if (err)
		*err = *from;
	return -from->code;
}

const char *error_name(int code)
{
	if (code <= 0 || (size_t)code >= ARRAY_LEN(error_names) ||
		!error_names[code])
		return "failed";
	return error_names[code];
}
