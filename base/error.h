/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Failures as values with a sentence inside.
 *
 * A function that can fail returns int: 0 or more is success, negative is
 * -code. Its last parameter is `struct error *err` on the caller's stack, NULL
 * where the caller does not care. The text is written once, where the cause is
 * known: lower case, no full stop, what failed, the subject in single quotes,
 * the foreign reason last, then what to do next. Nobody above rewrites it.
 *
 * A code exists only where some caller acts differently on it. Not found is
 * not an error: success with *ret = NULL.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/util.h"

#include <stdarg.h>

enum error_code {
	ERROR_FAILED = 1,  /* no caller can do better than say it */
	ERROR_USAGE,       /* the command line or a setting is wrong */
	ERROR_NO_TOKEN,    /* no token, several and none named, or unplugged */
	ERROR_BUSY,        /* held by another process until the deadline */
	ERROR_PERMISSION,  /* may not open or write this */
	ERROR_PIN,         /* PIN or fingerprint needed */
	ERROR_PIN_WRONG,   /* another try may be right */
	ERROR_PIN_BLOCKED, /* until plugged in anew, or for good */
	ERROR_TOUCH,       /* nobody touched the token in time */
	ERROR_TIMEOUT,     /* the deadline passed */
	ERROR_REFUSED,     /* our own policy, guard or safety rule says no */
	ERROR_REMOTE,      /* the service answered and said no: no effect */
	ERROR_UNREACHABLE, /* no usable answer: the effect is unknown */
	ERROR_CONFLICT,    /* exists already, or another writer was first */
	ERROR_CORRUPT,     /* our own file is damaged */
	ERROR_MALFORMED,   /* input that cannot be parsed */
	ERROR_UNSUPPORTED, /* the token or this build cannot do that */
	ERROR_INTERRUPTED, /* a person pressed Ctrl-C */
	ERROR_EXPIRED,     /* only the dates of a certificate are wrong */
	ERROR_VERDICT,     /* the verdict on the token forbids it: see verdict */
};

/* Bytes of a sentence, with NUL: two ARNs and what to do fit. */
#define ERROR_TEXT_MAX 1024

struct error {
	int code;
	int verdict;          /* with ERROR_VERDICT: the exit code of section
			         "exit status" in tokenbridge(1), 20 to 27 */
	int status;           /* a service's protocol status (HTTP), or 0 */
	char text[ERROR_TEXT_MAX];
	char foreign[64];     /* the service's own code, e.g. DeleteConflict */
	char request_id[64];  /* what its support asks for */
};

/*
 * Writes code and text, clears the rest, returns -code. Text that is too long
 * is cut at a character's boundary; control characters become '?'.
 */
int error_set(struct error *err, int code, const char *fmt, ...) PRINTF(3, 4);
int error_setv(struct error *err, int code, const char *fmt, va_list ap)
	PRINTF(3, 0);

/* As error_set, with ": " and strerror(errnum) behind the text. */
int error_errno(struct error *err, int code, int errnum, const char *fmt, ...)
	PRINTF(4, 5);

/*
 * As error_errno, of a file or folder that cannot be opened, made or removed:
 * ERROR_PERMISSION where errnum says that we may not, that nobody may there, or
 * that a link stands there which is not followed (EACCES, EPERM, EROFS, ELOOP);
 * else ERROR_FAILED.
 */
int error_access(struct error *err, int errnum, const char *fmt, ...)
	PRINTF(3, 4);

/* "cannot allocate memory" */
int error_memory(struct error *err);

/* Copies *from into err where err is not NULL; returns -from->code. */
int error_copy(struct error *err, const struct error *from);

/* The enumerator's name in lower case ("no-token"), for logs and JSON. */
const char *error_name(int code);

#endif
