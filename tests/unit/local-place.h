/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A registry, files beside it, and a machine with the users alice (1001, also
 * spelled Alice), bob and carol: for what lets local users in.
 */
#ifndef TESTS_LOCAL_PLACE_H
#define TESTS_LOCAL_PLACE_H

#include "tests/unit/test_registry.h"
#include "tests/unit/heard.h"

#include "bridge/local/publish.h"
#include "bridge/local/revoke.h"
#include "bridge/login/user.h"
#include "bridge/run/run.h"

#include <jansson.h>

/* ---- NSS ---- */

static const struct {
	const char *asked, *name;
	uid_t uid;
} users[] = {
	{ "alice", "alice", 1001 }, { "Alice", "alice", 1001 },
	{ "bob", "bob", 1002 }, { "carol", "carol", 1003 },
};

int __wrap_local_user_look(const char *name, struct local_user *ret,
	bool *ret_found, struct error *e);
int __wrap_local_user_look(const char *name, struct local_user *ret,
	bool *ret_found, struct error *e)
{
	size_t i;

	*ret_found = false;
	if (strcmp(name, "silent") == 0)
		return error_set(e, ERROR_FAILED, "NSS does not answer");
	for (i = 0; i < ARRAY_LEN(users); i++) {
		if (strcmp(users[i].asked, name) != 0)
			continue;
		memset(ret, 0, sizeof(*ret));
		strcpy(ret->asked, name);
		strcpy(ret->entry, users[i].name);
		strcpy(ret->name, users[i].name);
		ret->uid = users[i].uid;
		snprintf(ret->uid_text, sizeof(ret->uid_text), "%u",
			(unsigned)users[i].uid);
		*ret_found = true;
		return 0;
	}
	return 0;
}

int __wrap_local_user_find(const char *name, struct local_user *ret,
	struct error *e);
int __wrap_local_user_find(const char *name, struct local_user *ret,
	struct error *e)
{
	bool found;
	int r = __wrap_local_user_look(name, ret, &found, e);

	return r < 0 || found ? r : error_set(e, ERROR_FAILED,
		"this machine has no local user '%s'", name);
}

/* ---- login.db ---- */

static unsigned publications;
static int publishes = 1; /* what that comes to */

int __wrap_login_publish_change(const struct run *by, struct registry *reg,
	const char *path, struct error *e);
int __wrap_login_publish_change(const struct run *by, struct registry *reg,
	const char *path, struct error *e)
{
	assert_non_null(by);
	assert_non_null(reg);
	assert_string_equal(path, "/l.db");
	publications++;
	return publishes < 0 ? error_set(e, -publishes, "no room") : publishes;
}

/* ---- a place of their own ---- */

static struct place place;
static struct registry *reg;

static UNUSED int begin(void **state)
{
	(void)state;
	place_make(&place);
	assert_int_equal(chdir(place.dir), 0);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	publications = 0;
	publishes = 1;
	said[0] = '\0';
	forgotten = 0;
	return 0;
}

static UNUSED int finish(void **state)
{
	(void)state;
	registry_free(&reg);
	assert_int_equal(chdir("/"), 0);
	place_remove(&place);
	return 0;
}

static UNUSED uint64_t events(void)
{
	struct registry_head head;

	OK(registry_head(reg, &head, &err));
	return head.seq;
}

static UNUSED struct registry_bindings bindings_of(const char *user)
{
	struct registry_bindings list = { 0 };

	OK(registry_bindings_by_local_user(reg, &user, 1, &list, &err));
	return list;
}

static UNUSED size_t count_bindings(const char *user)
{
	struct registry_bindings list = bindings_of(user);
	size_t n = list.n;

	registry_bindings_done(&list);
	return n;
}

static UNUSED size_t count_tokens(void)
{
	struct registry_tokens list = { NULL, 0 };
	size_t n;

	OK(registry_tokens_all(reg, &list, &err));
	n = list.n;
	registry_tokens_done(&list);
	return n;
}

static UNUSED void write_new(const char *path, const char *text)
{
	spill(path, text, strlen(text));
}

/* Takes all away that a user has. */
static UNUSED void revoke_all(const char *user)
{
	struct local_revoked done = { NULL };

	OK(local_revoke(&run, &(struct local_revocation){ reg, user, "all",
		NULL }, &done, &err));
	json_decref(done.removed);
}

#endif
