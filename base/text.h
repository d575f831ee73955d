/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one check that every label, name and remote host passes, and the one
 * strict number parser (strtol takes signs and blanks).
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/error.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define TEXT_MAX 256 /* longest label or name, in bytes */

/*
 * As utf8_is_clean for a string of 1 to TEXT_MAX bytes without a blank at
 * either end; `what` names it in the error ("label"). ERROR_USAGE.
 */
int text_check(const char *s, const char *what, struct error *err);

/* Whether n bytes are digits, and there are any. */
bool text_is_digits(const char *p, size_t n);

/* Decimal digits only, whole string, at most max. Returns 0 or -1. */
int text_parse_u64(const char *s, uint64_t max, uint64_t *ret);
/* The same for n bytes that need no terminator. */
int text_parse_u64_n(const char *p, size_t n, uint64_t max, uint64_t *ret);

/*
 * Time of ISO 8601 / RFC 3339 as AWS writes it: YYYY-MM-DDThh:mm:ss, optional
 * fraction (dropped), then Z or +hh:mm. Years 1970 to 9999. Returns 0 or -1.
 */
int text_parse_time(const char *p, size_t n, time_t *ret);
/*
 * What a person says a time with, and what it names: 2026-01-31 is that day,
 * 2026-01-31T12:30 that minute, 2026-01-31T12:30:59 that second; a blank may
 * stand for the T. UTC, unless Z or an offset (+hh:mm) follows a time of day.
 * *ret_first and *ret_last are its first and last second. Returns 0 or -1.
 */
int text_parse_when(const char *p, size_t n, time_t *ret_first,
	time_t *ret_last);
/* "2026-01-31T23:59:59Z" */
#define TEXT_TIME_LEN 21
void text_format_time(time_t t, char ret[TEXT_TIME_LEN]);
/* Time of an HTTP Date header, RFC 9110 section 5.6.7, IMF-fixdate only. */
int text_parse_http_date(const char *s, time_t *ret);

/* What a noun's plural ends with behind that number: "" or "s". */
static inline const char *text_plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Seconds as a person says them: "40 s", "12 min", "3 h", "5 days". */
void text_format_age(time_t seconds, char *ret, size_t size);

/* snprintf into a new string; NULL when there is no memory. */
char *text_format(const char *fmt, ...) PRINTF(1, 2);

/* Seconds since 1970 of a proleptic Gregorian UTC date. */
time_t text_utc(int year, int month, int day, int hour, int min, int sec);

#endif
