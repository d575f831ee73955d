/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of key types: PubkeyAcceptedAlgorithms and its like. */
#include "bridge/doctor/sshd/config.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

#define CERT "-cert-v01@openssh.com"

/* In the order of sshd's source; `usual`: part of the default. */
static const struct {
	const char *name;
	bool usual;
} types[] = {
	{ "ssh-ed25519", true }, { "ssh-ed25519" CERT, true },
	{ "sk-ssh-ed25519@openssh.com", true },
	{ "sk-ssh-ed25519" CERT, true },
	{ "ecdsa-sha2-nistp256", true }, { "ecdsa-sha2-nistp256" CERT, true },
	{ "ecdsa-sha2-nistp384", true }, { "ecdsa-sha2-nistp384" CERT, true },
	{ "ecdsa-sha2-nistp521", true }, { "ecdsa-sha2-nistp521" CERT, true },
	{ "sk-ecdsa-sha2-nistp256@openssh.com", true },
	{ "sk-ecdsa-sha2-nistp256" CERT, true },
	{ "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", false },
	{ "ssh-dss", false }, { "ssh-dss" CERT, false },
	{ "ssh-rsa", false }, { "ssh-rsa" CERT, false },
	{ "rsa-sha2-256", true }, { "rsa-sha2-256" CERT, true },
	{ "rsa-sha2-512", true }, { "rsa-sha2-512" CERT, true },
};

/* Names that sshd takes, too, and that stand for nothing. */
static bool is_short_name(const char *name, size_t n)
{
	static const char *const names[] = { "ED25519", "ED25519-SK", "ECDSA",
		"ECDSA-SK", "DSA", "RSA" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && strncasecmp(names[i], name, n) == 0)
			return true;
	return false;
}

/* The part of a list that stands at p, as a list of its own. */
static bool part_of(const char *p, char *ret, size_t size)
{
	size_t n = strcspn(p, ",");

	if (n >= size)
		return false;
	memcpy(ret, p, n);
	ret[n] = '\0';
	return true;
}

static bool is_algorithm(const char *part)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (sshd_match_list(types[i].name, part) != 0)
			return true;
	return is_short_name(part, strlen(part));
}

bool sshd_algorithms_valid(const char *list)
{
	char part[1024];

	if (list[0] == '-')
		return true;
	list += list[0] == '+' || list[0] == '^';
	if (!*list)
		return false;
	/* as sshd has it, nothing behind an empty one is looked at */
	while (*list && *list != ',') {
		if (!part_of(list, part, sizeof(part)) || !is_algorithm(part))
			return false;
		list += strlen(part);
		list += *list == ',';
	}
	return true;
}

/* Whether the type is in the list; `!` is refused there. */
static bool is_taken(const char *list, const char *type)
{
	char part[1024];

	for (; *list; list += *list == ',') {
		if (!part_of(list, part, sizeof(part)))
			return false;
		if (sshd_match_list(type, part) == 1)
			return true;
		list += strlen(part);
	}
	return false;
}

static bool algorithms_have(const char *list, size_t i)
{
	switch (list[0]) {
	case '-':
		return types[i].usual &&
			sshd_match_list(types[i].name, list + 1) != 1;
	case '+':
	case '^':
		return types[i].usual || is_taken(list + 1, types[i].name);
	}
	return is_taken(list, types[i].name);
}

bool sshd_algorithms_have(const char *list, const char *type)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(types); i++)
		if (strcmp(types[i].name, type) == 0)
			return algorithms_have(list, i);
	return false;
}

bool sshd_algorithms_none(const char *list, bool certificates)
{
	size_t i;

	if (list[0] != '-' && (strstr(list, ",!") ||
			list[strspn(list, "+^")] == '!'))
		return true;
	for (i = 0; i < ARRAY_LEN(types); i++)
		if ((certificates || !strstr(types[i].name, CERT)) &&
			algorithms_have(list, i))
			return false;
	return true;
}
