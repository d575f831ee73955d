/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conditions of pam_succeed_if(8), for an ordinary person: name and uid are
 * an everyday person's, everything else that is not in the line is not known.
 */
#include "bridge/doctor/pam/modules.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define UID_LEAST 1000   /* of people, by login.defs(5) */
#define UID_MOST (UINT32_MAX - 1) /* of a directory's people */

#define R(code) PAM_RETURNS(RETURN_##code)

/* A condition is met, is not, may be, or is none. */
enum answer {
	NO,
	YES,
	MAYBE,
	BROKEN,
};

enum attribute {
	NAME,
	UID,
	SERVICE,
	OTHER, /* there is such a one, and it is not known here */
};

static int attribute_of(const char *word)
{
	static const struct {
		const char *name;
		enum attribute attribute;
	} rows[] = {
		{ "login", NAME }, { "name", NAME }, { "user", NAME },
		{ "uid", UID }, { "service", SERVICE }, { "gid", OTHER },
		{ "shell", OTHER }, { "home", OTHER }, { "dir", OTHER },
		{ "homedir", OTHER }, { "ruser", OTHER }, { "rhost", OTHER },
		{ "tty", OTHER },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (strcasecmp(rows[i].name, word) == 0)
			return (int)rows[i].attribute;
	return -1;
}

/* Those that nobody is called. */
static bool is_system_name(const char *name, size_t n)
{
	static const char *const names[] = { "root", "nobody", "daemon", "bin",
		"sys", "gdm", "Debian-gdm", "lightdm", "sddm", "greeter",
		"_greetd", "greetd" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0)
			return true;
	return false;
}

static bool is_system_list(const char *list)
{
	size_t n;

	for (;; list += n + 1) {
		n = strcspn(list, ":");
		if (!is_system_name(list, n))
			return false;
		if (!list[n])
			return true;
	}
}

static enum answer inverted(enum answer a, bool invert)
{
	return invert && a == NO ? YES : invert && a == YES ? NO : a;
}

/* ---- numbers ---- */

enum relation {
	BELOW = 1,
	EQUAL = 2,
	ABOVE = 4,
};

/* Of an everyday uid to the number, which is as strtoll takes it. */
static enum answer compare_uid(int wanted, const char *right)
{
	long long n;
	char *end;
	int may = 0;

	errno = 0;
	n = strtoll(right, &end, 0);
	if (*end || errno)
		return BROKEN;
	may |= n > UID_LEAST ? BELOW : 0;
	may |= n >= UID_LEAST && n <= UID_MOST ? EQUAL : 0;
	may |= n < UID_MOST ? ABOVE : 0;
	if ((may & ~wanted) == 0)
		return YES;
	return (may & wanted) == 0 ? NO : MAYBE;
}

static enum answer judge_number(enum attribute a, int wanted, const char *right)
{
	char *end;

	if (a == UID)
		return compare_uid(wanted, right);
	(void)strtoll(right, &end, 0);
	/* a name or service is no number, but for strange ones */
	return *end || a == SERVICE ? BROKEN : MAYBE;
}

/* ---- words ---- */

/* The other way round where `invert`. */
static enum answer judge_equal(const struct pam_stack *s, enum attribute a,
	const char *right, bool invert)
{
	switch (a) {
	case NAME:
		return inverted(is_system_name(right, strlen(right)) ? NO :
			MAYBE, invert);
	case UID:
		return strspn(right, "0123456789") != strlen(right) ?
			inverted(NO, invert) :
			inverted(compare_uid(EQUAL, right) == NO ? NO : MAYBE,
				invert);
	case SERVICE:
		return inverted(strcmp(s->service, right) == 0 ? YES : NO,
			invert);
	case OTHER:
		break;
	}
	return MAYBE;
}

static bool is_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (;;) {
		if (strncmp(list, word, n) == 0 &&
			(list[n] == ':' || !list[n]))
			return true;
		list = strchr(list, ':');
		if (!list)
			return false;
		list++;
	}
}

static enum answer judge_in(const struct pam_stack *s, enum attribute a,
	const char *right, bool invert)
{
	if (a == NAME && is_system_list(right))
		return inverted(NO, invert);
	if (a == SERVICE && s->service[0])
		return inverted(is_listed(right, s->service) ? YES : NO,
			invert);
	return MAYBE;
}

/* ---- conditions ---- */

static const struct {
	const char *word;
	int numbers;  /* enum relation that are wanted; 0: no numbers */
	enum { SAME, IN, UNTOLD } kind;
	bool invert;
} relations[] = {
	{ "<", BELOW, SAME, false }, { "lt", BELOW, SAME, false },
	{ "<=", BELOW | EQUAL, SAME, false },
	{ "le", BELOW | EQUAL, SAME, false },
	{ ">", ABOVE, SAME, false }, { "gt", ABOVE, SAME, false },
	{ ">=", ABOVE | EQUAL, SAME, false },
	{ "ge", ABOVE | EQUAL, SAME, false },
	{ "eq", EQUAL, SAME, false }, { "ne", BELOW | ABOVE, SAME, false },
	{ "=", 0, SAME, false }, { "!=", 0, SAME, true },
	{ "in", 0, IN, false }, { "notin", 0, IN, true },
	{ "=~", 0, UNTOLD, false }, { "glob", 0, UNTOLD, false },
	{ "!~", 0, UNTOLD, false }, { "noglob", 0, UNTOLD, false },
	{ "ingroup", 0, UNTOLD, false }, { "notingroup", 0, UNTOLD, false },
	{ "innetgr", 0, UNTOLD, false }, { "notinnetgr", 0, UNTOLD, false },
};

static enum answer judge_condition(const struct pam_stack *s, const char *left,
	const char *word, const char *right, bool of_caller)
{
	int a = attribute_of(left);
	size_t i;

	if (a < 0)
		return BROKEN;
	/* the caller may be root, who is no ordinary person */
	if (of_caller && a != SERVICE)
		a = OTHER;
	for (i = 0; i < ARRAY_LEN(relations); i++) {
		if (strcasecmp(relations[i].word, word) != 0)
			continue;
		if (relations[i].numbers)
			return judge_number((enum attribute)a,
				relations[i].numbers, right);
		if (relations[i].kind == UNTOLD)
			return MAYBE;
		return relations[i].kind == SAME ?
			judge_equal(s, (enum attribute)a, right,
				relations[i].invert) :
			judge_in(s, (enum attribute)a, right,
				relations[i].invert);
	}
	return BROKEN;
}

static bool is_flag(const char *word)
{
	static const char *const flags[] = { "debug", "use_uid", "quiet",
		"quiet_fail", "quiet_success", "audit" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(flags); i++)
		if (strcmp(flags[i], word) == 0)
			return true;
	return false;
}

/* All conditions must be met; the first that is not is the last to be looked
 * at. */
pam_returns pam_judge_succeed_if(const struct pam_stack *s,
	const struct pam_line *line)
{
	const char *word[3] = { NULL };
	pam_returns may = 0;
	bool of_caller = false;
	int i, n = 0, count = 0;

	for (i = 0; i < line->argument_count; i++)
		of_caller = of_caller ||
			strcmp(line->arguments[i], "use_uid") == 0;
	for (i = 0; i < line->argument_count; i++) {
		enum answer a;

		if (is_flag(line->arguments[i]))
			continue;
		word[n++] = line->arguments[i];
		if (n < 3)
			continue;
		a = judge_condition(s, word[0], word[1], word[2], of_caller);
		if (a == BROKEN)
			return may | R(SERVICE_ERR);
		if (a != YES)
			may |= R(AUTH_ERR);
		if (a == NO)
			return may;
		n = 0;
		count++;
	}
	if (n > 0)
		return may | R(SERVICE_ERR);
	/* what it returns without a condition depends on what was in memory */
	return of_caller && count == 0 ? PAM_ANY_RETURN : may | R(SUCCESS);
}
