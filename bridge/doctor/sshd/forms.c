/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of values that no key rests on: where sshd refuses one it does not
 * start, and no key counts. */
#include "bridge/doctor/sshd/config.h"

#include "base/text.h"

#include <limits.h>
#include <netdb.h>
#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool sshd_words_fit(const struct sshd_words *w, const char *form)
{
	CLEANUP(free_p) char *whole = text_format("^(%s)$", form);
	CLEANUP(free_p) char *text = sshd_words_join(w, SSHD_WORD_END[0]);
	regex_t re;
	bool fits;

	if (!whole || !text ||
		regcomp(&re, whole, REG_EXTENDED | REG_NOSUB) != 0)
		return true; /* nothing is known against it */
	fits = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return fits;
}

bool sshd_is_startups(const char *word)
{
	int begin, rate, most, n;

	n = sscanf(word, "%d:%d:%d", &begin, &rate, &most);
	if (n == 3)
		return begin > 0 && begin <= most && rate >= 1 && rate <= 100;
	return n == 1 && begin > 0;
}

/* Seconds of one letter; 0: it is no unit. */
static uint64_t seconds_of(char unit)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 }, { '\0', 1 } };
	size_t i;

	for (i = 0; i < ARRAY_LEN(units); i++)
		if (units[i].unit == (unit | (unit ? 0x20 : 0)))
			return units[i].seconds;
	return 0;
}

/*
 * As strtol takes a number: with blanks and a sign before it, of which minus is
 * for 0 alone. The number of digits that it has, *p at the first.
 */
static size_t find_digits(const char **p, bool *ret_negative)
{
	*p += strspn(*p, " \t");
	*ret_negative = **p == '-';
	*p += **p == '-' || **p == '+';
	return strspn(*p, "0123456789");
}

static bool take_signed(const char **p, uint64_t most, uint64_t *ret)
{
	bool negative;
	size_t n = find_digits(p, &negative), zeros = strspn(*p, "0");

	*ret = 0;
	if (n == 0 || (zeros < n && text_parse_u64_n(*p + zeros, n - zeros,
			most, ret) < 0) || (negative && *ret > 0))
		return false;
	*p += n;
	return true;
}

bool sshd_is_number(const char *word)
{
	uint64_t number;

	return take_signed(&word, INT_MAX, &number) && !*word;
}

/* Numbers with units behind them; the last may be without. */
bool sshd_is_time(const char *word)
{
	uint64_t number, all = 0, unit;

	for (; *word; word += *word != '\0') {
		if (!take_signed(&word, INT_MAX, &number))
			return false;
		unit = seconds_of(*word);
		if (unit == 0)
			return false;
		all += number * unit;
		if (all > INT_MAX)
			return false;
	}
	return true;
}

/* What stands behind the number is of no matter to sshd. */
bool sshd_is_mask(const char *word)
{
	char *end;
	long mask = strtol(word, &end, 8);

	return end != word && mask >= 0 && mask <= 0777;
}

bool sshd_is_block(const char *word)
{
	int of_four, of_six, n = sscanf(word, "%d:%d", &of_four, &of_six);

	return (n == 1 || (n == 2 && of_six >= 0 && of_six <= 128)) &&
		of_four >= 0 && of_four <= 32;
}

bool sshd_is_quality(const char *word)
{
	char *end;
	long number = strtol(word, &end, 0);

	return end != word && !*end && number >= 0 && number <= 255;
}

/* With a fraction and a unit of 1024 to some power; 64 bits. */
bool sshd_is_amount(const char *word)
{
	static const char units[] = "bkmgtpe";
	const char *unit, *p = word;
	bool negative;
	size_t n = find_digits(&p, &negative), fraction = 0;
	double amount = strtod(p, NULL);

	p += n;
	if (*p == '.')
		fraction = strspn(++p, "0123456789");
	p += fraction;
	unit = *p ? strchr(units, *p | 0x20) : units;
	if (n + fraction == 0 || !unit || (*p && p[1]))
		return false;
	for (; unit > units; unit--)
		amount *= 1024;
	return amount == 0 || (!negative && amount >= 16 &&
		amount < (double)INT64_MAX);
}

/* "ADDRESS", "ADDRESS:PORT" where it has no colon, "[ADDRESS]:PORT". */
bool sshd_host_known(const char *word)
{
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST };
	const char *colon = strchr(word, ':');
	bool several = colon && strchr(colon + 1, ':');
	size_t n = word[0] == '[' ? strcspn(++word, "]") :
		several ? strlen(word) : strcspn(word, ":");
	CLEANUP(free_p) char *host = strndup(word, n);
	struct addrinfo *list = NULL;
	bool known = host && (strcasecmp(host, "localhost") == 0 ||
		getaddrinfo(host, NULL, &hints, &list) == 0);

	if (list)
		freeaddrinfo(list);
	return known;
}

static bool is_one_name(const char *name, size_t n, const char *names)
{
	size_t k;

	for (; *names; names += k + (names[k] == ' ')) {
		k = strcspn(names, " ");
		if (k == n && strncmp(names, name, n) == 0)
			return true;
	}
	return false;
}

bool sshd_names_known(const char *list, const char *names, bool bare)
{
	size_t n;

	if (*list == '-' && !bare)
		return true;
	list += !bare && (*list == '+' || *list == '^');
	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n > 0 && !is_one_name(list, n, names))
			return false;
	}
	return true;
}
