/* SPDX-License-Identifier: Apache-2.0 */
/* A local user, and what NSS calls it. */
#include "bridge/login/user.h"

#include "base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_MAX (1 << 20) /* bytes of an entry's text */

/* One look-up: by name where it is not NULL, else by number. */
struct question {
	const char *name;
	uid_t uid;
};

/* What it was asked into; owned. */
struct entry {
	struct passwd pw;
	char *text;
};

static void entry_done(struct entry *e)
{
	free(e->text);
}

static int ask_once(const struct question *q, struct entry *e, size_t size,
	struct passwd **ret)
{
	char *grown = realloc(e->text, size);

	*ret = NULL;
	if (!grown)
		return ENOMEM;
	e->text = grown;
	return q->name ? getpwnam_r(q->name, &e->pw, e->text, size, ret) :
			 getpwuid_r(q->uid, &e->pw, e->text, size, ret);
}

/*
 * 0 with *ret_found, or an error's number. "None" is that NSS was asked and
 * said so (0 and no entry). ENOENT, ESRCH and the like are what a module leaves
 * that could not ask: sssd or winbind is not running.
 */
static int ask_nss(const struct question *q, struct entry *e, bool *ret_found)
{
	struct passwd *found = NULL;
	size_t size;
	int r = ERANGE;

	for (size = 1024; r == ERANGE && size <= ENTRY_MAX; size *= 2)
		r = ask_once(q, e, size, &found);
	*ret_found = r == 0 && found;
	return r;
}

static int take_name(const struct entry *e, char ret[LOCAL_USER_LEN],
	struct error *err)
{
	int r = text_check(e->pw.pw_name, "name that NSS answers", err);

	if (r < 0)
		return error_set(err, ERROR_FAILED, "the name that NSS answers "
			"is no name");
	snprintf(ret, LOCAL_USER_LEN, "%s", e->pw.pw_name);
	return 0;
}

static int look_by_name(struct local_user *u, bool *ret_found,
	struct error *err)
{
	CLEANUP(entry_done) struct entry e = { .text = NULL };
	const struct question q = { .name = u->asked };
	int r = ask_nss(&q, &e, ret_found);

	if (r != 0)
		return error_errno(err, ERROR_FAILED, r,
			"cannot look up the local user '%s'", u->asked);
	if (!*ret_found)
		return 0;
	u->uid = e.pw.pw_uid;
	snprintf(u->uid_text, sizeof(u->uid_text), "%u", (unsigned)u->uid);
	return take_name(&e, u->entry, err);
}

/* Names that share a number are one user: root's other name is root. */
static int look_by_number(struct local_user *u, struct error *err)
{
	CLEANUP(entry_done) struct entry e = { .text = NULL };
	const struct question q = { .uid = u->uid };
	bool found;
	int r = ask_nss(&q, &e, &found);

	if (r != 0)
		return error_errno(err, ERROR_FAILED, r,
			"cannot look up whose the number %s is that '%s' has",
			u->uid_text, u->asked);
	if (!found)
		return error_set(err, ERROR_FAILED,
			"NSS gives '%s' the number %s, and says that it is "
			"nobody's", u->asked, u->uid_text);
	return take_name(&e, u->name, err);
}

int local_user_look(const char *name, struct local_user *ret, bool *ret_found,
	struct error *err)
{
	struct local_user u = { .uid = 0 };
	bool found = false;
	int r = text_check(name, "local user", err);

	if (r < 0)
		return r;
	snprintf(u.asked, sizeof(u.asked), "%s", name);
	r = look_by_name(&u, &found, err);
	if (r == 0 && found)
		r = look_by_number(&u, err);
	if (r < 0)
		return r;
	*ret_found = found;
	if (found)
		*ret = u;
	return 0;
}

/* What NSS calls it. */
static int name_number(uid_t uid, char ret[LOCAL_USER_LEN], bool *ret_found,
	struct error *err)
{
	CLEANUP(entry_done) struct entry e = { .text = NULL };
	const struct question q = { .uid = uid };
	int r = ask_nss(&q, &e, ret_found);

	if (r != 0)
		return error_errno(err, ERROR_FAILED, r,
			"cannot look up whose the number %lu is",
			(unsigned long)uid);
	return *ret_found ? take_name(&e, ret, err) : 0;
}

int local_user_look_number(uid_t uid, struct local_user *ret, bool *ret_found,
	struct error *err)
{
	char name[LOCAL_USER_LEN];
	struct local_user u;
	bool found = false, named = false;
	int r = name_number(uid, name, &found, err);

	if (r == 0 && found)
		r = local_user_look(name, &u, &named, err);
	if (r < 0)
		return r;
	if (found && (!named || u.uid != uid))
		return error_set(err, ERROR_FAILED,
			"NSS gives the number %lu the name '%s', and that name "
			"%s%s", (unsigned long)uid, name,
			named ? "the number " : "to nobody",
			named ? u.uid_text : "");
	*ret_found = found;
	if (found)
		*ret = u;
	return 0;
}

int local_user_find(const char *name, struct local_user *ret,
	struct error *err)
{
	bool found;
	int r = local_user_look(name, ret, &found, err);

	if (r == 0 && !found)
		return error_set(err, ERROR_FAILED,
			"this machine has no local user '%s'", name);
	return r;
}

bool user_names_have(const struct user_names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->p[i], name) == 0)
			return true;
	return false;
}

struct user_names local_user_names(const struct local_user *u)
{
	const char *const all[] = { u->name, u->entry, u->asked };
	struct user_names names = { .n = 0 };
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++)
		if (!user_names_have(&names, all[i]))
			names.p[names.n++] = all[i];
	return names;
}
