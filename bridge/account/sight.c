/* SPDX-License-Identifier: Apache-2.0 */
/* Who has an MFA device now. */
#include "bridge/account/sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GONE_KIND "device-gone"
#define GONE_S 900
#define GONE_KEY_LEN (IAM_SERIAL_MAX + 16)

/* What of AWS's answers is no answer: it may not be asked, or not now. */
static bool is_fatal(const struct error *e)
{
	return e->code == ERROR_INTERRUPTED || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_UNREACHABLE;
}

static bool is_not_there(const struct error *e)
{
	return strcmp(e->foreign, "NoSuchEntity") == 0;
}

static void is_at(struct sight *ret, enum sight_at at, const char *user,
	time_t enabled)
{
	ret->at = at;
	ret->enabled = enabled;
	snprintf(ret->user, sizeof(ret->user), "%s", user);
}

/* ---- virtual devices ---- */

struct virtual_search {
	const struct sight_of *of;
	struct sight *ret;
};

static bool is_his(const struct sight_of *of,
	const struct iam_virtual_device *d)
{
	if (of->user_id[0] && d->user_id[0])
		return strcmp(of->user_id, d->user_id) == 0;
	return strcmp(of->user, d->user) == 0;
}

static int see_virtual(void *data, const struct iam_virtual_device *d,
	struct error *err)
{
	const struct virtual_search *s = data;

	(void)err;
	if (strcmp(d->serial, s->of->serial) != 0)
		return 0;
	s->ret->of_root = d->of_root;
	if (!d->assigned)
		s->ret->at = SIGHT_FREE;
	else
		is_at(s->ret, !d->of_root && is_his(s->of, d) ? SIGHT_HIS :
			SIGHT_OTHERS, d->of_root ? "root" : d->user,
			d->enabled);
	return 0;
}

static int look_virtual(struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *err)
{
	struct virtual_search s = { of, ret };
	int r;

	ret->at = SIGHT_ABSENT;
	r = iam_list_virtual_mfa_devices(c->session, IAM_ANY, see_virtual, &s,
		&ret->why);
	if (r < 0)
		ret->at = SIGHT_UNSEEN;
	return r < 0 && is_fatal(&ret->why) ? error_copy(err, &ret->why) : 0;
}

/* ---- the user's own list ---- */

struct user_search {
	const char *id;
	struct iam_user *ret;
	bool found;
};

static int see_user(void *data, const struct iam_user *user, struct error *err)
{
	struct user_search *s = data;

	(void)err;
	if (strcmp(user->id, s->id) == 0) {
		*s->ret = *user;
		s->found = true;
	}
	return 0;
}

int account_find_user(struct account *c, const char *name, const char *id,
	struct iam_user *ret, bool *ret_found, struct error *err)
{
	struct user_search s = { id, ret, false };
	int r = 0;

	*ret_found = false;
	if (name && name[0])
		r = iam_get_user(c->session, name, ret, ret_found, err);
	if (r < 0 || !id[0] || (*ret_found && strcmp(ret->id, id) == 0))
		return r;
	r = iam_list_users(c->session, see_user, &s, err);
	*ret_found = s.found;
	return r;
}

struct device_search {
	const char *serial;
	bool found;
	time_t enabled;
};

static int see_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct device_search *s = data;

	(void)err;
	if (strcmp(device->serial, s->serial) == 0) {
		s->found = true;
		s->enabled = device->enabled;
	}
	return 0;
}

/*
 * A FIDO device is in no other list; whether the user has it is asked by its
 * serial number, too, and who may not be asked takes the list's word. ret->at is
 * SIGHT_UNSEEN where the answer was none.
 */
static int ask_device(struct account *c, const struct sight_of *of,
	const char *user, struct sight *ret, struct error *err)
{
	struct iam_fido_device d;
	int r = iam_get_mfa_device(c->session, user, of->serial, &d,
		&ret->why);

	if (r == 0)
		is_at(ret, SIGHT_HIS, user, d.enabled);
	else if (ret->why.code == ERROR_REMOTE)
		ret->at = SIGHT_NOT_HIS;
	return r < 0 && is_fatal(&ret->why) ? error_copy(err, &ret->why) : 0;
}

/* His list lacks it; which other one there is depends on its kind. */
static int not_listed(struct account *c, const struct sight_of *of,
	const char *user, struct sight *ret, struct error *err)
{
	enum device_kind kind = device_kind(of->serial);

	if (kind == DEVICE_FIDO)
		return ask_device(c, of, user, ret, err);
	if (kind == DEVICE_VIRTUAL)
		ret->at = SIGHT_NOT_HIS;
	else
		is_at(ret, SIGHT_UNLISTED, user, 0);
	return 0;
}

/* Nobody who is not there has a device; user->name is "" then. */
static int ask_user(struct account *c, const struct sight_of *of,
	struct iam_user *user, struct device_search *s, struct error *err)
{
	bool found = false;
	struct error e;
	int r;

	r = account_find_user(c, of->user, of->user_id, user, &found, &e);
	if (r == 0 && found)
		r = iam_list_mfa_devices(c->session, user->name, see_device, s,
			&e);
	if (!found || (r < 0 && is_not_there(&e)))
		user->name[0] = '\0';
	return r < 0 && !is_not_there(&e) ? error_copy(err, &e) : 0;
}

static int sight_look_user(struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *err)
{
	struct device_search s = { .serial = of->serial };
	struct iam_user user = { .name = "" };
	struct error e;
	int r = ask_user(c, of, &user, &s, &e);

	if (r < 0 && is_fatal(&e))
		return error_copy(err, &e);
	if (r == 0 && s.found)
		is_at(ret, SIGHT_HIS, user.name, s.enabled);
	else if (r == 0 && user.name[0] && ret->at == SIGHT_UNSEEN)
		return not_listed(c, of, user.name, ret, err);
	else if (r == 0 && ret->at == SIGHT_UNSEEN)
		ret->at = SIGHT_NOT_HIS;
	else if (r < 0 && ret->at != SIGHT_ABSENT && ret->at != SIGHT_FREE)
		ret->why = e;
	return 0;
}

int account_look(struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *err)
{
	struct sight s = { .at = SIGHT_UNSEEN };
	int r = 0;

	if (device_kind(of->serial) == DEVICE_VIRTUAL)
		r = look_virtual(c, of, &s, err);
	/* whose it is by id needs no second word */
	if (r == 0 && s.at != SIGHT_HIS && s.at != SIGHT_OTHERS)
		r = sight_look_user(c, of, &s, err);
	if (r < 0)
		return r;
	*ret = s;
	return 0;
}

/* ---- everybody's own list ---- */

struct everybody {
	char (*names)[IAM_NAME_MAX + 1]; /* owned */
	size_t n;
};

static void everybody_done(struct everybody *all)
{
	free(all->names);
}

/* Grown by doubling. */
static int see_somebody(void *data, const struct iam_user *user,
	struct error *err)
{
	struct everybody *all = data;
	size_t n = all->n;
	void *p = all->names;

	if ((n & (n - 1)) == 0)
		p = reallocarray(p, n ? 2 * n : 1, sizeof(*all->names));
	if (!p)
		return error_memory(err);
	all->names = p;
	memcpy(all->names[all->n++], user->name, sizeof(*all->names));
	return 0;
}

int account_look_everywhere(struct account *c, const char *serial,
	struct sight *ret, struct error *err)
{
	CLEANUP(everybody_done) struct everybody all = { .names = NULL };
	struct device_search s = { .serial = serial };
	struct error e, refused = { 0 };
	size_t i;
	int r = iam_list_users(c->session, see_somebody, &all, &e);

	for (i = 0; r == 0 && !s.found && i < all.n; i++) {
		r = iam_list_mfa_devices(c->session, all.names[i], see_device,
			&s, &e);
		if (r == 0 && s.found)
			is_at(ret, SIGHT_OTHERS, all.names[i], s.enabled);
		if (r < 0 && e.code == ERROR_REMOTE) {
			r = 0; /* of this one it is not known */
			refused = e;
		}
	}
	if (r < 0 && e.code != ERROR_REMOTE)
		return error_copy(err, &e);
	if (!s.found)
		ret->why = r < 0 ? e : refused;
	return 0;
}

/* ---- what was taken away a moment ago ---- */

static void gone_key(const char *account, const char *serial, time_t enabled,
	char ret[GONE_KEY_LEN])
{
	/* an ARN holds the account; a vendor's serial number does not */
	snprintf(ret, GONE_KEY_LEN, "%s/%.*s@%llx", account,
		IAM_SERIAL_MAX - 26, strncmp(serial, "arn:", 4) == 0 ?
		strrchr(serial, ':') + 1 : serial, (long long)enabled);
}

/* A convenience: what cannot be kept is not counted away later. */
static void keep_gone(struct registry *reg, const char *account,
	const char *serial, time_t enabled, const char *journal)
{
	char key[GONE_KEY_LEN];

	gone_key(account, serial, enabled, key);
	(void)registry_reserve(reg, GONE_KIND, key, NULL, journal, GONE_S, NULL);
}

void account_remember_gone(struct registry *reg, const char *account,
	const char *serial, time_t enabled, const char *journal)
{
	if (enabled)
		keep_gone(reg, account, serial, enabled, journal);
	/* the list of those that nobody has tells no date */
	keep_gone(reg, account, serial, 0, journal);
}

int account_is_gone(struct registry *reg, const char *account,
	const char *serial, time_t enabled, bool *ret, struct error *err)
{
	char key[GONE_KEY_LEN];

	gone_key(account, serial, enabled, key);
	return registry_is_reserved(reg, GONE_KIND, key, ret, err);
}
