/* SPDX-License-Identifier: Apache-2.0 */
/* Who called, and who logged in. */
#include "base/person.h"

#include "base/file.h"
#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int take_entry(const struct passwd *pw, struct person *ret, struct error *err)
{
	struct person p = { .uid = pw->pw_uid, .gid = pw->pw_gid };

	if (snprintf(p.name, sizeof(p.name), "%s", pw->pw_name) >=
			(int)sizeof(p.name) ||
		snprintf(p.home, sizeof(p.home), "%s", pw->pw_dir) >=
			(int)sizeof(p.home))
		return error_set(err, ERROR_FAILED,
			"the entry of uid %u is too long",
			(unsigned)pw->pw_uid);
	*ret = p;
	return 0;
}

int person_by_uid(uid_t uid, struct person *ret, struct error *err)
{
	struct passwd pw, *found = NULL;
	char room[16384];
	int e = getpwuid_r(uid, &pw, room, sizeof(room), &found);

	if (!found)
		return error_errno(err, ERROR_FAILED, e ? e : ENOENT,
			"there is no user with uid %u", (unsigned)uid);
	return take_entry(found, ret, err);
}

static int by_number(const char *s, struct person *ret, struct error *err)
{
	uint64_t uid;

	/* the last one is nobody at all */
	if (text_parse_u64(s, UINT32_MAX - 1, &uid) < 0)
		return error_set(err, ERROR_USAGE, "not a number");
	return person_by_uid((uid_t)uid, ret, err);
}

static int by_name(const char *s, struct person *ret, struct error *err)
{
	struct passwd pw, *found = NULL;
	char room[16384];

	getpwnam_r(s, &pw, room, sizeof(room), &found);
	return found ? take_entry(found, ret, err) :
		error_set(err, ERROR_FAILED, "there is no user '%s'", s);
}

static const struct {
	const char *variable;
	int (*find)(const char *s, struct person *ret, struct error *err);
} callers[] = {
	{ "SUDO_UID", by_number },
	{ "DOAS_USER", by_name },
	{ "PKEXEC_UID", by_number },
};

int person_who_called(struct person *ret, bool *ret_found, struct error *err)
{
	const char *value, *first = NULL;
	struct person p, found = { .uid = 0 };
	struct error why;
	size_t i;

	*ret_found = false;
	for (i = 0; getuid() == 0 && i < ARRAY_LEN(callers); i++) {
		value = secure_getenv(callers[i].variable);
		if (!value)
			continue;
		if (callers[i].find(value, &p, &why) < 0)
			return error_set(err, ERROR_USAGE,
				"%s is '%.64s', which is no user of this "
				"machine (%.200s)", callers[i].variable, value,
				why.text);
		if (first && p.uid != found.uid)
			return error_set(err, ERROR_USAGE,
				"%s and %s name different people: unset the "
				"one that did not call", first,
				callers[i].variable);
		first = callers[i].variable;
		found = p;
	}
	if (!first || found.uid == 0)
		return 0;
	*ret = found;
	*ret_found = true;
	return 0;
}

uid_t person_login_uid(void)
{
	CLEANUP(buf_done) struct buf b;
	uint64_t uid;

	buf_init(&b, 32);
	if (file_read("/proc/self/loginuid", FILE_ANY, &b, NULL, NULL) < 0 ||
		text_parse_u64(buf_str(&b), UINT32_MAX, &uid) < 0 ||
		uid == UINT32_MAX) /* nobody logged in */
		return getuid();
	return (uid_t)uid;
}
