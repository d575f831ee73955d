/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Witnesses of what a person does in the console. A single new device seen in a
 * list, or in CloudTrail with its serial, is it; a number that grew could be
 * somebody else's doing, and is marked so.
 */
#include "bridge/root/watch.h"

#include "base/encode.h"

#include <stdio.h>
#include <string.h>

#define TRAIL_PAUSE_MS 2000 /* AWS allows two look-ups a second and region */
#define FIRST_PAUSE_MS 1000
#define LAST_PAUSE_MS 15000
#define CLOCK_SLACK 5       /* seconds that services' clocks differ */
#define COUNTED_USERS 200   /* more of them are not gone through */

void watch_init(struct watch *w, const struct run *run,
	struct aws_session *session, struct registry *reg,
	const char *account, bool by_root)
{
	memset(w, 0, sizeof(*w));
	w->run = run;
	w->session = session;
	w->reg = reg;
	w->account = account;
	w->by_root = by_root;
	w->blind = !session;
}

void watch_done(struct watch *w)
{
	size_t i;

	for (i = 0; i < CLOUDTRAIL_SIGN_IN_REGIONS; i++)
		aws_session_free(&w->trail[i]);
}

static time_t watch_now(const struct watch *w)
{
	time_t t = w->session ? aws_now(w->session) : -1;

	return t > 0 ? t : time(NULL);
}

static int watch_look(struct watch *w, struct error *err)
{
	const struct root_look q = { .session = w->session,
		.account = w->account, .by_root = w->by_root };
	int r = root_look(&q, &w->sight, err);

	w->blind = w->sight.fact[ROOT_MFA].answer == AUDIT_NOT_KNOWN &&
		w->sight.fact[ROOT_VIRTUAL].answer == AUDIT_NOT_KNOWN &&
		w->trail_denied;
	return r;
}

/* ---- counting ---- */

struct counting {
	struct watch *w;
	int64_t users, devices;
};

static int count_device(void *data, const struct iam_device *device,
	struct error *err)
{
	struct counting *c = data;

	(void)device;
	(void)err;
	c->devices++;
	return 0;
}

static int count_user(void *data, const struct iam_user *user,
	struct error *err)
{
	struct counting *c = data;

	if (++c->users > COUNTED_USERS)
		return error_set(err, ERROR_UNSUPPORTED, "too many users");
	return iam_list_mfa_devices(c->w->session, user->name, count_device, c,
		err);
}

/*
 * How many devices are root's: those in use less those of all users. Two
 * numbers that are not of the same moment, so that it is no more than inferred;
 * IAM_UNKNOWN where it cannot be had.
 */
static int count_own(struct watch *w, int64_t in_use, int64_t *ret,
	struct error *err)
{
	struct counting c = { .w = w };
	struct error e;
	int r;

	*ret = IAM_UNKNOWN;
	if (in_use < 0)
		return 0;
	r = iam_list_users(w->session, count_user, &c, &e);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &e);
	if (r == 0 && in_use >= c.devices)
		*ret = in_use - c.devices;
	return 0;
}

int watch_before(struct watch *w, struct root_progress *p, struct error *err)
{
	size_t i;
	int r;

	p->begun = watch_now(w);
	p->in_use = p->own = p->had_mfa = IAM_UNKNOWN;
	p->before_n = 0;
	if (!w->session)
		return 0;
	r = watch_look(w, err);
	if (r < 0)
		return r;
	p->begun = watch_now(w);
	p->in_use = w->sight.in_use;
	if (w->sight.fact[ROOT_MFA].answer != AUDIT_NOT_KNOWN)
		p->had_mfa = w->sight.fact[ROOT_MFA].answer == AUDIT_YES;
	for (i = 0; i < w->sight.devices_n && p->before_n <
			ARRAY_LEN(p->before); i++)
		memcpy(p->before[p->before_n++], w->sight.devices[i].serial,
			sizeof(p->before[0]));
	return count_own(w, p->in_use, &p->own, err);
}

/* ---- CloudTrail ---- */

struct trailing {
	const struct watch *w;
	struct root_progress *p;
	enum root_event event;
	bool found;
};

static bool is_before(const struct root_progress *p, const char *serial)
{
	size_t i;

	for (i = 0; i < p->before_n; i++)
		if (strcmp(p->before[i], serial) == 0)
			return true;
	return false;
}

static bool fits_method(const struct root_progress *p, const char *serial)
{
	enum device_kind kind = device_kind(serial);

	if (strcmp(p->method, "fido") == 0)
		return kind == DEVICE_FIDO;
	if (strcmp(p->method, "virtual") == 0)
		return kind == DEVICE_VIRTUAL;
	return kind == DEVICE_HARDWARE;
}

static bool is_seen_already(const struct root_progress *p, const char *trail)
{
	size_t i;

	for (i = 0; i < p->seen_n; i++)
		if (strcmp(p->seen[i].trail, trail) == 0)
			return true;
	return false;
}

/* With this device and no other, behind its registration. */
static bool is_sign_in(const struct root_progress *p,
	const struct cloudtrail_event *e)
{
	const struct root_observation *enabled =
		root_progress_seen(p, ROOT_WAS_ENABLED);

	if (strcmp(e->login, "Success") != 0 ||
		strcmp(e->mfa_used, "Yes") != 0 ||
		(enabled && e->time < enabled->when))
		return false;
	if (!e->mfa_identifier[0])
		return p->before_n == 0 && !p->had_mfa;
	return p->serial[0] ? strcmp(e->mfa_identifier, p->serial) == 0 :
		!is_before(p, e->mfa_identifier) &&
		fits_method(p, e->mfa_identifier) && p->had_mfa == 0;
}

/* Whether the event is the one that is waited for. */
static bool is_it(const struct trailing *t, const struct cloudtrail_event *e)
{
	const struct root_progress *p = t->p;

	if (strcmp(e->actor_type, "Root") != 0 || e->error_code[0] ||
		strcmp(e->account, t->w->account) != 0 ||
		e->time + CLOCK_SLACK < p->begun || is_seen_already(p, e->id))
		return false;
	if (t->event == ROOT_SIGNED_IN)
		return is_sign_in(p, e);
	if (t->event == ROOT_WAS_REMOVED)
		return strcmp(e->serial, p->serial) == 0;
	return e->serial[0] && !is_before(p, e->serial) &&
		fits_method(p, e->serial) &&
		(!p->serial[0] || strcmp(p->serial, e->serial) == 0);
}

/* CloudTrail forgets after 90 days. */
static int keep_event(const struct trailing *t,
	const struct cloudtrail_event *e, struct root_observation *o,
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	int r;

	if (!t->w->reg || !e->raw)
		return 0;
	r = registry_evidence_put(t->w->reg, e->raw, e->raw_n, sha, err);
	if (r == 0)
		hex_encode(sha, sizeof(sha), o->evidence);
	return r;
}

static int on_event(void *data, const struct cloudtrail_event *e,
	struct error *err)
{
	struct trailing *t = data;
	struct root_observation o = { .event = t->event,
		.how = ROOT_BY_TRAIL, .when = e->time };
	int r;

	if (!is_it(t, e))
		return 0;
	r = keep_event(t, e, &o, err);
	if (r < 0)
		return r;
	snprintf(o.trail, sizeof(o.trail), "%s", e->id);
	snprintf(o.device, sizeof(o.device), "%s", t->event ==
		ROOT_SIGNED_IN ? e->mfa_identifier : e->serial);
	root_progress_see(t->p, &o);
	t->found = true;
	return 1;
}

/* Why it is not asked any more; others' failures pass. */
static int trail_failed(struct watch *w, const struct error *e,
	struct error *err)
{
	if (e->code == ERROR_INTERRUPTED || e->code == ERROR_FAILED ||
		e->code == ERROR_CORRUPT || e->code == ERROR_BUSY ||
		e->code == ERROR_PERMISSION)
		return error_copy(err, e);
	if (strncmp(e->foreign, "AccessDenied", 12) == 0 ||
		strcmp(e->foreign, "UnauthorizedOperation") == 0) {
		w->trail_denied = true;
		snprintf(w->note, sizeof(w->note), "the caller may not ask "
			"CloudTrail (cloudtrail:LookupEvents)");
	}
	return 0;
}

static int look_in_region(struct watch *w, size_t i, const char *name,
	struct trailing *t, struct error *err)
{
	struct error e;
	int r = 0;

	if (!w->trail[i])
		r = aws_session_derive(&w->trail[i], w->session, NULL,
			cloudtrail_sign_in_regions[i], &e);
	if (r == 0)
		r = cloudtrail_lookup(w->trail[i], name, t->p->begun -
			CLOCK_SLACK, on_event, t, &e);
	return r < 0 ? trail_failed(w, &e, err) : 0;
}

/*
 * Root's sign-ins are told in one of three regions, what it does to IAM in the
 * first. Other partitions have their own home.
 */
static int look_in_trail(struct watch *w, enum root_event event,
	struct root_progress *p, bool *ret_found, struct error *err)
{
	static const char *const names[] = {
		[ROOT_WAS_ENABLED] = "EnableMFADevice",
		[ROOT_SIGNED_IN] = "ConsoleLogin",
		[ROOT_WAS_REMOVED] = "DeactivateMFADevice",
	};
	struct trailing t = { .w = w, .p = p, .event = event };
	size_t i, n = event == ROOT_SIGNED_IN ? CLOUDTRAIL_SIGN_IN_REGIONS : 1;
	int r = 0;

	if (!w->session || w->trail_denied || !deadline_passed(w->next_trail))
		return 0;
	if (strcmp(aws_session_partition(w->session)->name, "aws") != 0) {
		w->trail_denied = true;
		return 0;
	}
	for (i = 0; r == 0 && !t.found && !w->trail_denied && i < n; i++)
		r = look_in_region(w, i, names[event], &t, err);
	w->next_trail = deadline_in(TRAIL_PAUSE_MS);
	*ret_found = t.found;
	return r;
}

/* ---- lists and numbers ---- */

static void see(struct watch *w, struct root_progress *p,
	enum root_event event, enum root_how how, const char *device)
{
	struct root_observation o = { .event = event, .how = how,
		.when = watch_now(w) };

	snprintf(o.device, sizeof(o.device), "%s", device);
	root_progress_see(p, &o);
}

/* It explains what the numbers say, too. */
static void pass_over(struct root_progress *p, const char *serial)
{
	if (p->before_n < ARRAY_LEN(p->before))
		snprintf(p->before[p->before_n++], sizeof(p->before[0]), "%s",
			serial);
	p->had_mfa = 1;
	p->own += p->own >= 0;
	p->in_use += p->in_use >= 0;
}

/* A new one of the wanted kind in a list; another kind is told, once. */
static bool see_in_list(struct watch *w, struct root_progress *p)
{
	size_t i;

	for (i = 0; i < w->sight.devices_n; i++) {
		const struct root_device *d = &w->sight.devices[i];

		if (is_before(p, d->serial))
			continue;
		if (fits_method(p, d->serial)) {
			see(w, p, ROOT_WAS_ENABLED, ROOT_BY_LIST, d->serial);
			return true;
		}
		run_warn(w->run, "root has a new device '%s', which is %s: "
			"that is not the one that was to be registered",
			d->serial, root_device_words(d->kind));
		pass_over(p, d->serial);
	}
	return false;
}

/* Root had none and has one; or one more of the devices in use is root's. */
static int see_in_numbers(struct watch *w, struct root_progress *p,
	bool *ret_found, struct error *err)
{
	int64_t own = IAM_UNKNOWN;
	int r;

	if (w->sight.all_devices)
		return 0;
	*ret_found = p->had_mfa == 0 &&
		w->sight.fact[ROOT_MFA].answer == AUDIT_YES;
	if (!*ret_found && p->own >= 0 && w->sight.in_use > p->in_use) {
		r = count_own(w, w->sight.in_use, &own, err);
		if (r < 0)
			return r;
		*ret_found = own > p->own;
	}
	/* a virtual one would be in the list */
	if (*ret_found && strcmp(p->method, "virtual") == 0)
		*ret_found = false;
	if (*ret_found)
		see(w, p, ROOT_WAS_ENABLED, ROOT_BY_COUNTS, "");
	return 0;
}

int watch_enabled(struct watch *w, struct root_progress *p, bool *ret_found,
	struct error *err)
{
	int r;

	*ret_found = false;
	if (!w->session)
		return 0;
	r = watch_look(w, err);
	if (r == 0)
		*ret_found = see_in_list(w, p);
	if (r == 0 && !*ret_found)
		r = look_in_trail(w, ROOT_WAS_ENABLED, p, ret_found, err);
	if (r == 0 && !*ret_found)
		r = see_in_numbers(w, p, ret_found, err);
	return r;
}

int watch_signed_in(struct watch *w, struct root_progress *p,
	bool *ret_found, struct error *err)
{
	*ret_found = false;
	return look_in_trail(w, ROOT_SIGNED_IN, p, ret_found, err);
}

int watch_strengthen(struct watch *w, struct root_progress *p,
	struct error *err)
{
	const struct root_observation *o =
		root_progress_seen(p, ROOT_WAS_ENABLED);
	bool found = false;

	w->next_trail = 0;
	return o && o->how == ROOT_BY_TRAIL ? 0 :
		look_in_trail(w, ROOT_WAS_ENABLED, p, &found, err);
}

int watch_removed(struct watch *w, struct root_progress *p, bool *ret_found,
	struct error *err)
{
	size_t i;
	int r;

	*ret_found = false;
	if (!w->session)
		return 0;
	r = watch_look(w, err);
	if (r < 0 || w->sight.fact[ROOT_VIRTUAL].answer == AUDIT_NOT_KNOWN)
		return r;
	for (i = 0; i < w->sight.devices_n; i++)
		if (strcmp(w->sight.devices[i].serial, p->serial) == 0)
			return 0;
	see(w, p, ROOT_WAS_REMOVED, ROOT_BY_LIST, p->serial);
	*ret_found = true;
	return 0;
}

/* ---- waiting ---- */

static void tell_wait(struct watch *w, const char *what, int64_t begun,
	int64_t *next)
{
	int64_t ms = deadline_now() - begun;

	if (ms < *next)
		return;
	run_progress(w->run, "Waiting for %s, %lld s (Ctrl-C ends; the same "
		"command goes on from here)", what, (long long)(ms / 1000));
	*next = ms < 15000 ? 15000 : 2 * ms;
}

/* Only CloudTrail tells of a sign-in. */
static bool can_be_seen(const struct watch *w, watch_fn *look)
{
	return !w->blind && (look != watch_signed_in || !w->trail_denied);
}

int watch_wait(struct watch *w, watch_fn *look, const char *what,
	deadline_t until, struct root_progress *p, bool *ret_found,
	struct error *err)
{
	int64_t begun = deadline_now(), next = 0, pause = FIRST_PAUSE_MS;
	int r;

	w->next_trail = 0;
	for (;;) {
		r = look(w, p, ret_found, err);
		if (r < 0 || *ret_found || deadline_passed(until) ||
			!can_be_seen(w, look))
			return r;
		tell_wait(w, what, begun, &next);
		r = run_pause(w->run, pause, err);
		if (r < 0)
			return r;
		pause = pause * 3 / 2 < LAST_PAUSE_MS ? pause * 3 / 2 :
			LAST_PAUSE_MS;
	}
}
