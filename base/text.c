/* SPDX-License-Identifier: Apache-2.0 */
/* Text check, numbers, times. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int text_check(const char *s, const char *what, struct error *err)
{
	size_t n = strlen(s);

	if (n == 0)
		return error_set(err, ERROR_USAGE, "the %s is empty", what);
	if (n > TEXT_MAX)
		return error_set(err, ERROR_USAGE,
			"the %s is longer than %d bytes", what, TEXT_MAX);
	if (!utf8_is_clean(s, n))
		return error_set(err, ERROR_USAGE,
			"the %s holds a control character or is not UTF-8",
			what);
	if (s[0] == ' ' || s[n - 1] == ' ')
		return error_set(err, ERROR_USAGE,
			"the %s begins or ends with a blank", what);
	return 0;
}

bool text_is_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return n > 0;
}

int text_parse_u64_n(const char *p, size_t n, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0, digit;
	size_t i;

	if (n == 0)
		return -1;
	for (i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		digit = (uint64_t)(p[i] - '0');
		if (v > (max - digit) / 10 || digit > max)
			return -1;
		v = v * 10 + digit;
	}
	*ret = v;
	return 0;
}

int text_parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	return text_parse_u64_n(s, strlen(s), max, ret);
}

time_t text_utc(int year, int month, int day, int hour, int min, int sec)
{
	/* days_from_civil: March-based years make leap days fall at the end */
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	time_t days = (time_t)era * 146097 + doe - 719468;

	return days * 86400 + hour * 3600 + min * 60 + sec;
}

static int digits(const char *p, size_t n, int max, int *ret)
{
	uint64_t v;

	if (text_parse_u64_n(p, n, (uint64_t)max, &v) < 0)
		return -1;
	*ret = (int)v;
	return 0;
}

static bool date_exists(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (year < 1970 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap);
}

int text_parse_time(const char *p, size_t n, time_t *ret)
{
	int year, month, day, hour, min, sec, oh = 0, om = 0, sign = 0;
	size_t i = 19;

	if (n < 20 || p[4] != '-' || p[7] != '-' || p[10] != 'T' ||
		p[13] != ':' || p[16] != ':')
		return -1;
	if (digits(p, 4, 9999, &year) || digits(p + 5, 2, 12, &month) ||
		digits(p + 8, 2, 31, &day) || digits(p + 11, 2, 23, &hour) ||
		digits(p + 14, 2, 59, &min) || digits(p + 17, 2, 60, &sec))
		return -1;
	if (!date_exists(year, month, day))
		return -1;
	if (p[i] == '.') {
		for (i++; i < n && p[i] >= '0' && p[i] <= '9'; i++)
			;
		if (i == 20) /* a point and no digit */
			return -1;
	}
	if (i + 1 == n && p[i] == 'Z') {
		sign = 0;
	} else if (i + 6 == n && (p[i] == '+' || p[i] == '-') &&
		p[i + 3] == ':') {
		sign = p[i] == '+' ? 1 : -1;
		if (digits(p + i + 1, 2, 23, &oh) ||
			digits(p + i + 4, 2, 59, &om))
			return -1;
	} else {
		return -1;
	}
	*ret = text_utc(year, month, day, hour, min, sec) -
		sign * (oh * 3600 + om * 60);
	return 0;
}

#define WHEN_MAX 48 /* with a fraction of as many digits as anybody writes */

/* Where the offset begins that stands behind a time of day; n: none does. */
static size_t offset_at(const char *p, size_t n)
{
	size_t i = 16;

	while (i < n && p[i] != 'Z' && p[i] != '+' && p[i] != '-')
		i++;
	return i;
}

int text_parse_when(const char *p, size_t n, time_t *ret_first,
	time_t *ret_last)
{
	bool day = n == 10, minute;
	char full[WHEN_MAX + 16];
	size_t zone;
	time_t first;
	int len;

	if (memchr(p, '\0', n) || (!day && (n < 16 || n > WHEN_MAX ||
			(p[10] != 'T' && p[10] != ' '))))
		return -1;
	zone = day ? n : offset_at(p, n);
	minute = zone == 16;
	len = day ? snprintf(full, sizeof(full), "%.10sT00:00:00Z", p) :
		snprintf(full, sizeof(full), "%.10sT%.*s%s%.*s%s", p,
			(int)zone - 11, p + 11, minute ? ":00" : "",
			(int)(n - zone), p + zone, zone == n ? "Z" : "");
	if (text_parse_time(full, (size_t)len, &first) < 0)
		return -1;
	*ret_first = first;
	*ret_last = first + (day ? 86399 : minute ? 59 : 0);
	return 0;
}

void text_format_time(time_t t, char ret[TEXT_TIME_LEN])
{
	struct tm tm;

	if (!gmtime_r(&t, &tm) ||
		strftime(ret, TEXT_TIME_LEN, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		memcpy(ret, "0000-00-00T00:00:00Z", TEXT_TIME_LEN);
}

int text_parse_http_date(const char *s, time_t *ret)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int year, month, day, hour, min, sec;

	/* "Sun, 06 Nov 1994 08:49:37 GMT" */
	if (strlen(s) != 29 || s[3] != ',' || s[4] != ' ' || s[7] != ' ' ||
		s[11] != ' ' || s[16] != ' ' || s[19] != ':' || s[22] != ':' ||
		strcmp(s + 25, " GMT") != 0)
		return -1;
	for (month = 0; month < 12; month++)
		if (memcmp(months + month * 3, s + 8, 3) == 0)
			break;
	month++;
	if (digits(s + 5, 2, 31, &day) || digits(s + 12, 4, 9999, &year) ||
		digits(s + 17, 2, 23, &hour) || digits(s + 20, 2, 59, &min) ||
		digits(s + 23, 2, 60, &sec) || !date_exists(year, month, day))
		return -1;
	*ret = text_utc(year, month, day, hour, min, sec);
	return 0;
}

void text_format_age(time_t seconds, char *ret, size_t size)
{
	static const struct {
		time_t below, unit;
		const char *name;
	} rows[] = {
		{ 120, 1, "s" },
		{ 2 * 3600, 60, "min" },
		{ 2 * 86400, 3600, "h" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (seconds < rows[i].below)
			break;
	if (i < ARRAY_LEN(rows))
		snprintf(ret, size, "%lld %s",
			(long long)(seconds / rows[i].unit), rows[i].name);
	else
		snprintf(ret, size, "%lld days", (long long)(seconds / 86400));
}

char *text_format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}
