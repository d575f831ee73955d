/* SPDX-License-Identifier: Apache-2.0 */
/* The criteria of a Match line. */
#include "bridge/doctor/sshd/config.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static enum sshd_truth match_user(const char *patterns,
	const struct sshd_person *who)
{
	return !who->name ? SSHD_MAYBE :
		sshd_match_list(who->name, patterns) == 1 ? SSHD_YES : SSHD_NO;
}

/* One group that is named with ! is enough for a no. */
static enum sshd_truth match_group(const char *patterns,
	const struct sshd_person *who)
{
	enum sshd_truth found = SSHD_NO;
	size_t i;

	if (!who->name || !who->groups)
		return SSHD_MAYBE;
	for (i = 0; i < who->groups_n; i++) {
		int r = sshd_match_list(who->groups[i], patterns);

		if (r < 0)
			return SSHD_NO;
		if (r > 0)
			found = SSHD_YES;
	}
	return found;
}

static enum sshd_truth match_untold(const char *patterns,
	const struct sshd_person *who)
{
	(void)patterns;
	(void)who;
	return SSHD_MAYBE;
}

/* Whether bits behind the mask are set, which sshd refuses. */
static bool has_host_bits(const char *address, uint64_t mask)
{
	unsigned char p[sizeof(struct in6_addr)];
	size_t i, n = strchr(address, ':') ? 16 : 4;

	if (inet_pton(n == 16 ? AF_INET6 : AF_INET, address, p) != 1)
		return false;
	if (mask > 8 * n)
		return true;
	for (i = (size_t)mask; i < 8 * n; i++)
		if (p[i / 8] & (0x80 >> (i % 8)))
			return true;
	return false;
}

bool sshd_addresses_valid(const char *patterns)
{
	char part[256], *slash;
	uint64_t mask;
	size_t n;

	for (; *patterns; patterns += *patterns == ',') {
		n = strcspn(patterns, ",");
		if (n >= sizeof(part))
			return false;
		memcpy(part, patterns, n);
		part[n] = '\0';
		patterns += n;
		slash = strchr(part, '/');
		if (!slash)
			continue;
		*slash = '\0';
		if (text_parse_u64(slash + 1, 128, &mask) == 0 &&
			has_host_bits(part + (part[0] == '!'), mask))
			return false;
	}
	return true;
}

static bool is_port(const char *value)
{
	uint64_t port;

	return text_parse_u64(value, 65535, &port) == 0;
}

static const struct {
	const char *name;
	enum sshd_truth (*match)(const char *patterns,
		const struct sshd_person *who);
	bool (*is_valid)(const char *patterns); /* NULL: whatever it is */
} criteria_rows[] = {
	{ "user", match_user, NULL },
	{ "group", match_group, NULL },
	{ "host", match_untold, NULL },
	{ "address", match_untold, sshd_addresses_valid },
	{ "localaddress", match_untold, sshd_addresses_valid },
	{ "localport", match_untold, is_port },
	{ "rdomain", match_untold, NULL },
};

static enum sshd_truth both(enum sshd_truth a, enum sshd_truth b)
{
	return a == SSHD_NO || b == SSHD_NO ? SSHD_NO :
		a == SSHD_YES ? b : SSHD_MAYBE;
}

static enum sshd_truth match_criterion(const char *name, const char *patterns,
	const struct sshd_person *who, const char **ret_why)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(criteria_rows); i++) {
		if (strcasecmp(criteria_rows[i].name, name) != 0)
			continue;
		if (criteria_rows[i].is_valid &&
			!criteria_rows[i].is_valid(patterns))
			*ret_why = "a criterion of Match has no such value";
		return who ? criteria_rows[i].match(patterns, who) : SSHD_NO;
	}
	*ret_why = "there is no such criterion of Match";
	return SSHD_NO;
}

/* Of sshd 10, whose first one has no value. */
static const char *newer_criterion(const char *name)
{
	return strcasecmp(name, "invalid-user") == 0 ? "Match invalid-user" :
		strcasecmp(name, "version") == 0 ? "Match version" : NULL;
}

enum sshd_truth sshd_match(char *criteria, const struct sshd_person *who,
	const char **ret_why, const char **ret_newer)
{
	enum sshd_truth truth = SSHD_YES;
	char *p = criteria, *name, *value;
	size_t n = 0;

	*ret_why = *ret_newer = NULL;
	while (!*ret_why && (name = sshd_next_word(&p)) && *name &&
		*name != '#') {
		*ret_newer = newer_criterion(name);
		if (*ret_newer)
			return who ? SSHD_MAYBE : SSHD_NO;
		value = sshd_next_word(&p);
		if (value && (!*value || *value == '#'))
			value = NULL;
		if (strcasecmp(name, "all") == 0) {
			if (n > 0 || value)
				*ret_why = "`all` stands alone in Match";
			return SSHD_YES;
		}
		n++;
		if (!value)
			*ret_why = "a criterion of Match has no value";
		else
			truth = both(truth, match_criterion(name, value, who,
				ret_why));
	}
	if (n == 0 && !*ret_why)
		*ret_why = "Match has no criterion";
	return *ret_why ? SSHD_NO : truth;
}
