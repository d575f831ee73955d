/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of values that no key rests on: where sshd refuses one it does not
 * start, and no key counts. */
#include "bridge/doctor/sshd/config.h"

#include "base/text.h"

#include <limits.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>

bool sshd_words_fit(const struct sshd_words *w, const char *form)
{
	CLEANUP(free_p) char *whole = text_format("^(%s)$", form);
	CLEANUP(free_p) char *text = sshd_words_join(w, ' ');
	regex_t re;
	bool fits;

	if (!whole || !text ||
		regcomp(&re, whole, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
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

/* Numbers with units behind them; the last may be without. */
bool sshd_is_time(const char *word)
{
	uint64_t number, all = 0, unit;
	size_t n, zeros;

	for (; *word; word += n + (word[n] != '\0')) {
		n = strspn(word, "0123456789");
		zeros = strspn(word, "0");
		unit = seconds_of(word[n]);
		number = 0;
		if (n == 0 || unit == 0 || (zeros < n &&
			text_parse_u64_n(word + zeros, n - zeros, INT_MAX,
				&number) < 0))
			return false;
		all += number * unit;
		if (all > INT_MAX)
			return false;
	}
	return true;
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

bool sshd_names_known(const char *list, const char *names)
{
	size_t n;

	if (*list == '-')
		return true;
	list += *list == '+' || *list == '^';
	for (; *list; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n > 0 && !is_one_name(list, n, names))
			return false;
	}
	return true;
}
