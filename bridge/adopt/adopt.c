/* SPDX-License-Identifier: Apache-2.0 */
/* What stands at AWS on the first day. */
#include "bridge/adopt/adopting.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/account/sight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_MS 1000
#define RESERVE_S 60 /* asked for again before that is over */
#define AGAIN_MS 20000

void adopting_done(struct adopting *a)
{
	free(a->users);
	registry_bindings_done(&a->bindings);
	journal_sights_done(&a->open);
}

void adopted_done(struct adopted *a)
{
	free(a->p);
	a->p = NULL;
	a->n = 0;
}

const char *adoption_name(enum adoption a)
{
	static const char *const names[] = {
		[ADOPT_NEW] = "adopted",
		[ADOPT_PRESENT] = "present",
		[ADOPT_ELSEWHERE] = "elsewhere",
		[ADOPT_UNDERWAY] = "underway",
		[ADOPT_NOT_PROVED] = "not-proved",
		[ADOPT_OTHER] = "other",
	};

	return names[a];
}

/* A place more behind n of them, at every power of two for as many again. */
static void *one_more(void *p, size_t n, size_t size)
{
	if (n & (n - 1))
		return p;
	return reallocarray(p, n ? 2 * n : 1, size);
}

/* ---- what there is ---- */

static int adopt_user(void *data, const struct iam_user *user,
	struct error *err)
{
	struct adopting *a = data;
	struct iam_user *p;

	if (!user->name[0])
		return 0;
	p = one_more(a->users, a->users_n, sizeof(*p));
	if (!p)
		return error_memory(err);
	a->users = p;
	a->users[a->users_n++] = *user;
	return 0;
}

int adopting_add(struct adopting *a, const struct adopted_device *d,
	struct error *err)
{
	struct adopted_device *p = one_more(a->ret->p, a->ret->n, sizeof(*p));

	if (!p)
		return error_memory(err);
	a->ret->p = p;
	a->ret->p[a->ret->n++] = *d;
	return 0;
}

static int adopt_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct adopting *a = data;
	struct adopted_device d = { .kind = device->kind,
		.enabled = device->enabled };

	memcpy(d.user, a->user->name, sizeof(d.user));
	memcpy(d.user_id, a->user->id, sizeof(d.user_id));
	memcpy(d.serial, device->serial, sizeof(d.serial));
	return adopting_add(a, &d, err);
}

/* Root's virtual device; AWS shows root's other devices to root alone. */
static int adopt_root(void *data, const struct iam_virtual_device *device,
	struct error *err)
{
	struct adopting *a = data;
	struct adopted_device d = { .kind = DEVICE_VIRTUAL,
		.enabled = device->enabled };

	if (!device->of_root)
		return 0;
	strcpy(d.user, "root");
	snprintf(d.user_id, sizeof(d.user_id), "%s",
		a->q->aws->caller.account);
	memcpy(d.serial, device->serial, sizeof(d.serial));
	return adopting_add(a, &d, err);
}

/* One who is gone since the list was made has none. */
static int ask_user(struct adopting *a, struct error *err)
{
	struct error e;
	int r = iam_list_mfa_devices(a->q->aws->session, a->user->name,
		adopt_device, a, &e);

	if (r < 0 && strcmp(e.foreign, "NoSuchEntity") != 0)
		return error_copy(err, &e);
	return 0;
}

static int ask_users(struct adopting *a, struct error *err)
{
	deadline_t tell = deadline_in(PROGRESS_MS);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < a->users_n; i++) {
		a->user = &a->users[i];
		r = ask_user(a, err);
		if (r < 0 || !deadline_passed(tell))
			continue;
		run_progress(a->run, "Asked for the devices of %zu of %zu "
			"users", i + 1, a->users_n);
		tell = deadline_in(PROGRESS_MS);
	}
	return r;
}

static int ask_aws(struct adopting *a, struct error *err)
{
	struct aws_session *s = a->q->aws->session;
	int r = iam_list_users(s, adopt_user, a, err);

	a->ret->users = a->users_n;
	if (r == 0)
		r = iam_list_virtual_mfa_devices(s, IAM_ASSIGNED, adopt_root,
			a, err);
	return r < 0 ? r : ask_users(a, err);
}

/* ---- what is known of it ---- */

static bool is_underway(const struct adopting *a, const char *serial)
{
	size_t i;

	for (i = 0; i < a->open.n; i++)
		if (strcmp(a->open.p[i].journal.facts.serial, serial) == 0)
			return true;
	return false;
}

static const struct registry_binding *find_bound(const struct adopting *a,
	const char *serial)
{
	const char *account = a->q->aws->caller.account;
	size_t i;

	for (i = 0; i < a->bindings.n; i++) {
		const struct registry_binding *b = &a->bindings.p[i];

		if (!b->removed && b->kind == REGISTRY_AWS && b->device &&
			strcmp(b->account, account) == 0 &&
			strcmp(b->device, serial) == 0)
			return b;
	}
	return NULL;
}

static void take_bound(struct adopted_device *d,
	const struct registry_binding *b)
{
	d->what = b->user && strcmp(b->user, d->user_id) == 0 ?
		ADOPT_PRESENT : ADOPT_ELSEWHERE;
	memcpy(d->token, b->token, sizeof(d->token));
	memcpy(d->binding, b->id, sizeof(d->binding));
}

static int judge_device(struct adopting *a, struct adopted_device *d,
	struct error *err)
{
	const struct registry_binding *b = find_bound(a, d->serial);
	bool gone = false;
	int r = 0;

	if (b)
		take_bound(d, b);
	else if (d->kind == DEVICE_SMS || d->kind == DEVICE_UNKNOWN)
		d->what = ADOPT_OTHER;
	else
		r = account_is_gone(a->q->reg, a->q->aws->caller.account,
			d->serial, d->enabled, &gone, err);
	/* what is bound is changed only where its token is to be proved */
	if (gone || ((!b || a->q->user) && is_underway(a, d->serial)))
		d->what = ADOPT_UNDERWAY;
	a->ret->count[d->what]++;
	return r;
}

void adopting_change(struct adopted *ret, struct adopted_device *d,
	enum adoption what)
{
	ret->count[d->what]--;
	d->what = what;
	ret->count[d->what]++;
}

int adopting_judge(struct adopting *a, struct error *err)
{
	size_t i;
	int r;

	registry_bindings_done(&a->bindings);
	journal_sights_done(&a->open);
	memset(a->ret->count, 0, sizeof(a->ret->count));
	r = registry_bindings_all(a->q->reg, &a->bindings, err);
	if (r == 0)
		r = journal_see_all(&a->open, registry_path(a->q->reg), err);
	for (i = 0; r == 0 && i < a->ret->n; i++)
		r = judge_device(a, &a->ret->p[i], err);
	return r;
}

/* ---- the record ---- */

/* A row that nothing is bound to would be nobody's. */
struct one_device {
	struct adopting *a;
	struct adopted_device *d;
};

static int adopt_one(void *data, struct error *err)
{
	const struct one_device *one = data;
	struct adopted_device *d = one->d;
	struct adopting *a = one->a;
	char journal[ID_LEN];
	struct record record = {
		.reg = a->q->reg,
		.journal = journal,
		.actor = a->q->actor,
	};
	int r = id_new(journal, err);

	if (r == 0)
		r = adopting_record(a, &record, d, err);
	if (r < 0)
		return r;
	adopting_change(a->ret, d, ADOPT_NEW);
	a->ret->head = record.head;
	return 0;
}

static bool is_to_write(const struct adopted_device *d)
{
	return d->what == ADOPT_NEW || (d->what == ADOPT_PRESENT &&
		d->proof && !d->token[0]);
}

/* Two at once would adopt each device twice. Here the lock keeps them apart,
 * and ends with the process; other stations are kept away by what is the station's,
 * so that who died does not keep away its next run. */
static int adopt_lock(const struct adopting *a, int *ret_fd, struct error *err)
{
	const char *account = a->q->aws->caller.account;
	CLEANUP(free_p) char *folder =
		journal_directory(registry_path(a->q->reg));
	CLEANUP(free_p) char *path = folder ?
		text_format("%s/%s.adopt", folder, account) : NULL;
	int r;

	if (!path)
		return error_memory(err);
	r = file_make_dirs(folder, 0700, err);
	if (r == 0)
		r = file_lock(path, ret_fd, err);
	return r != -ERROR_BUSY ? r : error_set(err, ERROR_BUSY,
		"another run is adopting devices of account %s: try again when "
		"it is over", account);
}

static int adopt_reserve(struct adopting *a, struct error *err)
{
	char called[40];

	snprintf(called, sizeof(called), "account %s",
		a->q->aws->caller.account);
	return registry_reserve(a->q->reg, "adopt", a->q->aws->caller.account,
		called, registry_station(a->q->reg), RESERVE_S, err);
}

static int adopt_new(struct adopting *a, struct error *err)
{
	deadline_t again = deadline_in(AGAIN_MS);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < a->ret->n; i++) {
		if (!is_to_write(&a->ret->p[i]))
			continue;
		r = registry_together(a->q->reg, adopt_one,
			&(struct one_device){ a, &a->ret->p[i] }, err);
		if (r < 0 || !deadline_passed(again))
			continue;
		r = adopt_reserve(a, err);
		again = deadline_in(AGAIN_MS);
	}
	return r;
}

/* ---- together ---- */

int adopting_write(struct adopting *a, struct error *err)
{
	CLEANUP(close_p) int lock = -1;
	int r, released;

	r = adopt_lock(a, &lock, err);
	if (r == 0)
		r = adopt_reserve(a, err);
	if (r < 0)
		return r;
	r = adopting_judge(a, err);
	if (r == 0)
		r = adopt_new(a, err);
	released = registry_release(a->q->reg, "adopt",
		a->q->aws->caller.account, registry_station(a->q->reg),
		r < 0 ? NULL : err);
	return r < 0 ? r : released;
}

int mfa_adopt(const struct run *run, const struct adopt_request *q,
	struct adopted *ret, struct error *err)
{
	CLEANUP(adopting_done) struct adopting a = { run, q, ret };
	int r;

	r = registry_head(q->reg, &ret->head, err);
	if (r == 0)
		r = ask_aws(&a, err);
	if (r < 0)
		return r;
	return q->only_look ? adopting_judge(&a, err) : adopting_write(&a, err);
}
