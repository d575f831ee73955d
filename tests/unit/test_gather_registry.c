/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live audit's lists against the registry: whose device is known, which
 * binding is gone or moved, what nobody has, and what was not read.
 */
#include "tests/unit/gather-parts.h"

#include "aws/query/call.h"
#include "bridge/audit/known/sights.h"
#include "bridge/journal/journal.h"

#include <sys/stat.h>

static struct journal_seen *seen; /* the journals; owned by the test */
static size_t seen_n;
static struct error unread;       /* of one of them; code 0: none */
static unsigned waits;
static const char *lately;        /* what a list has by now; NULL: nothing */

WRAP(void, audit_device, struct audit *a, const struct audit_device *d)
{
	assert_ptr_equal(a, &audited);
	assert_string_equal(d->account, ACCOUNT);
	note_row("device %s %s %s%s; at AWS %s; bound %s; run %s\n", d->user,
		or_none(d->serial), or_none(d->kind), d->alone ? " alone" : "",
		fact_text(d->at_aws), fact_text(d->bound), or_none(d->run));
}

WRAP(void, audit_binding, struct audit *a, const struct audit_binding *b)
{
	assert_ptr_equal(a, &audited);
	assert_string_equal(b->account, ACCOUNT);
	note_row("binding %s %s%s; at AWS %s; moved %s %s; run %s\n",
		or_none(b->user), or_none(b->device), b->erased ? " erased" :
		"", fact_text(b->at_aws), b->moved.source ?
		fact_text(b->moved) : "-", or_none(b->owner), or_none(b->run));
}

WRAP(void, audit_orphan, struct audit *a, const struct audit_orphan *o)
{
	assert_ptr_equal(a, &audited);
	assert_string_equal(o->account, ACCOUNT);
	note_row("orphan %s; unassigned %s; first %ld; run %s\n",
		or_none(o->serial), fact_text(o->unassigned), o->first ?
		(long)(o->first - NOW) : 0L, or_none(o->run));
}

WRAP(void, audit_unfinished, struct audit *a, const struct audit_unfinished *u)
{
	assert_ptr_equal(a, &audited);
	assert_string_equal(u->account, ACCOUNT);
	note_row("unfinished %s %s %s; age %s; why %s; ends by %s; %s\n",
		u->user, or_none(u->device), or_none(u->kind),
		or_none(u->age), or_none(u->why), or_none(u->command),
		fact_text(u->told));
}

WRAP(int, journal_see_all, struct journal_sights *ret,
	const char *registry_path, struct error *e)
{
	assert_string_equal(registry_path, "/r.db");
	ret->p = seen;
	ret->n = seen_n;
	ret->unread = unread;
	return answered(e);
}

WRAP(void, journal_sights_done, struct journal_sights *list)
{
	(void)list;
}

WRAP(int, call_wait, struct aws_session *s, int64_t ms, deadline_t until,
	struct error *e)
{
	(void)s;
	assert_in_range(ms, 15000, 30000);
	assert_true(until == DEADLINE_NEVER);
	waits++;
	return answered(e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d = { .kind = DEVICE_VIRTUAL };
	int r = answered(e);

	(void)s;
	note_row("asked %s again\n", user);
	if (r < 0 || !lately)
		return r;
	strcpy(d.user, user);
	strcpy(d.serial, lately);
	return fn(data, &d, e);
}

#define DEVICE(name) "arn:aws:iam::" ACCOUNT ":mfa/" name
#define ALL                                                                    \
	(AUDIT_BIT(AUDIT_DEVICE_UNKNOWN) | AUDIT_BIT(AUDIT_DEVICE_GONE) |      \
		AUDIT_BIT(AUDIT_DEVICE_MOVED))
#define UNIQUE_LEN 8

static struct registry_binding bound[4];
static struct registry_bindings bindings;

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void bind(const char *user, const char *name, const char *device,
	time_t since)
{
	bound[bindings.n] = (struct registry_binding){ .kind = REGISTRY_AWS,
		.user = text(user), .user_name = text(name),
		.device = text(device), .since = since };
	strcpy(bound[bindings.n++].account, ACCOUNT);
}

static void add_person(const char *name)
{
	char id[UNIQUE_LEN];
	struct live_person *p = live_person_add(&live.people, name,
		strlen(name), "arn", 3);

	assert_non_null(p);
	snprintf(id, sizeof(id), "ID%.4s", name);
	p->id = strdup(id);
	p->devices = 1;
}

static void hold(size_t owner, const char *serial)
{
	OK(live_held_add(&live.devices, owner, serial, "virtual", NOW + 3,
		&err));
}

static int begin(void **state)
{
	(void)state;
	begin_audit(ALL);
	memset(&unread, 0, sizeof(unread));
	seen = NULL;
	seen_n = waits = 0;
	lately = NULL;
	memset(bound, 0, sizeof(bound));
	bindings = (struct registry_bindings){ bound, 0 };
	live.bindings = &bindings;
	audited.registry.path = "/r.db";
	add_person("alice");
	add_person("bob");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	end_audit();
	return 0;
}

#define OLD (NOW - 300) /* the lists have it by now */

static void a_device_is_known_by_a_binding_in_force_of_this_account(
	void **state)
{
	(void)state;
	hold(0, DEVICE("a"));
	hold(1, DEVICE("b"));
	live.people.p[1].devices = 2;
	hold(1, DEVICE("c"));
	bind("IDalic", "alice", DEVICE("a"), OLD);
	bind("IDbob", "bob", DEVICE("b"), OLD);
	bound[1].removed = NOW;
	bind("IDbob", "bob", DEVICE("c"), OLD);
	strcpy(bound[2].account, "210987654321");
	bind("IDbob", "bob", DEVICE("c"), OLD);
	bound[3].kind = REGISTRY_PAM;
	OK(live_compare_registry(&live, &err));
	rows_are("device alice " DEVICE("a") " virtual alone; at AWS yes by "
		"iam:ListMFADevices +3; bound yes by registry +0; run -\n"
		"device bob " DEVICE("b") " virtual; at AWS yes by "
		"iam:ListMFADevices +3; bound no by registry +0; run -\n"
		"device bob " DEVICE("c") " virtual; at AWS yes by "
		"iam:ListMFADevices +3; bound no by registry +0; run -\n"
		"binding alice " DEVICE("a") "; at AWS yes by "
		"iam:ListMFADevices +3; moved no by iam:ListMFADevices +3 "
		"alice; run -\n");
	assert_int_equal(audited.registry.bindings, 1);
	assert_int_equal(audited.registry.elsewhere, 1);
	assert_int_equal(audited.notes_n, 0);
	assert_int_equal(waits, 0);
}

static void roots_devices_are_of_the_list_that_told_them(void **state)
{
	static const struct {
		bool by_root;
		struct aws_session *assumed;
		const char *source;
	} ways[] = {
		{ false, NULL, "iam:ListVirtualMFADevices" },
		{ true, NULL, "iam:ListMFADevices" },
		{ false, (struct aws_session *)(uintptr_t)16,
			"iam:ListMFADevices as Root, by sts:AssumeRoot" },
	};
	char want[512];
	size_t i;

	(void)state;
	hold(ROOT_OWNER, DEVICE("r"));
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		live.by_root = ways[i].by_root;
		live.root_session = ways[i].assumed;
		OK(live_compare_registry(&live, &err));
		snprintf(want, sizeof(want), "device <root_account> "
			DEVICE("r") " virtual; at AWS yes by %s +3; bound no "
			"by registry +0; run -\n", ways[i].source);
		rows_are(want);
	}
	live.root_session = NULL;
}

static void what_is_not_listed_is_a_row_of_its_own(void **state)
{
	(void)state;
	live.people.p[1].devices_why = strdup("AWS says no");
	live.people.p[1].devices_denied = true;
	gap(&live.people_gap, false);
	gap(&live.virtual_gap, true);
	gap(&live.root_devices_gap, false);
	OK(live_compare_registry(&live, &err));
	rows_are("device bob - -; at AWS unknown by iam:ListMFADevices "
		"(AWS says no, denied); bound no by registry +0; run -\n"
		"device (users not listed) - -; at AWS unknown by "
		"iam:ListUsers (AWS says no); bound no by registry +0; run -\n"
		"device <root_account> - -; at AWS unknown by "
		"iam:ListVirtualMFADevices (AWS says no, denied); bound no by "
		"registry +0; run -\n"
		"device <root_account> - -; at AWS unknown by "
		"iam:ListMFADevices (AWS says no); bound no by registry +0; "
		"run -\n");
	/* root has a list of its own, or the partition has no root */
	gap(&live.root_devices_gap, false);
	live.root_devices_gap.there = live.people_gap.there = false;
	live.by_root = true;
	free_p(&live.people.p[1].devices_why);
	OK(live_compare_registry(&live, &err));
	rows_are("");
	live.by_root = false;
	live.root = ROOT_NONE;
	OK(live_compare_registry(&live, &err));
	rows_are("");
}

static void a_binding_is_gone_only_by_lists_that_were_read_whole(void **state)
{
	static const struct {
		struct live_gap *gap;
		const char *source;
	} gaps[] = {
		{ &live.people_gap, "iam:ListUsers" },
		{ &live.devices_gap, "iam:ListMFADevices" },
		{ &live.root_devices_gap, "iam:ListMFADevices" },
	};
	char want[512];
	size_t i;

	(void)state;
	audited.checks = AUDIT_BIT(AUDIT_DEVICE_GONE);
	bind("IDalic", "alice", DEVICE("a"), OLD);
	OK(live_compare_registry(&live, &err));
	rows_are("binding alice " DEVICE("a") "; at AWS no by "
		"iam:ListMFADevices +7; moved - -; run -\n");
	/* the list of all virtual devices has what users' lists may lack */
	OK(live_held_add(&live.virtuals, ROOT_OWNER, DEVICE("a"), "virtual",
		NOW, &err));
	OK(live_compare_registry(&live, &err));
	rows_are("binding alice " DEVICE("a") "; at AWS unknown by "
		"iam:ListMFADevices +7 (the list of all virtual devices has "
		"it, and no user's own list); moved - -; run -\n");
	live_holding_done(&live.virtuals);
	for (i = 0; i < ARRAY_LEN(gaps); i++) {
		gap(gaps[i].gap, true);
		live.by_root = true; /* no rows for the gaps of devices */
		OK(live_compare_registry(&live, &err));
		snprintf(want, sizeof(want), "binding alice " DEVICE("a")
			"; at AWS unknown by %s (AWS says no, denied); moved "
			"- -; run -\n", gaps[i].source);
		assert_non_null(strstr(rows, want));
		rows[0] = '\0';
		gaps[i].gap->there = false;
	}
	/* one whose device was erased is not known */
	bound[0].device = NULL;
	bound[0].user_name = NULL;
	OK(live_compare_registry(&live, &err));
	rows_are("binding - - erased; at AWS unknown by registry +0; moved "
		"- -; run -\n");
}

static void what_is_young_is_asked_for_again_and_never_called_gone(
	void **state)
{
	(void)state;
	audited.checks = AUDIT_BIT(AUDIT_DEVICE_GONE);
	bind("IDbob", "robert", DEVICE("b"), NOW - 299);
	bind("IDgone", "carol", DEVICE("c"), NOW - 299);
	OK(live_compare_registry(&live, &err));
	rows_are("asked bob again\n"
		"binding robert " DEVICE("b") "; at AWS unknown by "
		"iam:ListMFADevices +7 (it was bound less than five minutes "
		"ago, and AWS's lists may not have it yet: they were asked "
		"twice); moved - -; run -\n"
		"binding carol " DEVICE("c") "; at AWS unknown by "
		"iam:ListMFADevices +7 (it was bound less than five minutes "
		"ago, and AWS's lists may not have it yet: they were asked "
		"twice); moved - -; run -\n");
	assert_int_equal(waits, 1);
	/* the list has it by now */
	bindings.n = 1;
	lately = DEVICE("b");
	OK(live_compare_registry(&live, &err));
	rows_are("asked bob again\n"
		"binding robert " DEVICE("b") "; at AWS yes by "
		"iam:ListMFADevices +7; moved no by iam:ListMFADevices +7 "
		"bob; run -\n");
	assert_int_equal(waits, 2);
	/* and where it is there nobody waits */
	OK(live_compare_registry(&live, &err));
	assert_int_equal(waits, 2);
	rows[0] = '\0';
	/* nor where no check needs it */
	live_holding_done(&live.devices);
	audited.checks = AUDIT_BIT(AUDIT_DEVICE_MOVED);
	OK(live_compare_registry(&live, &err));
	assert_int_equal(waits, 2);
	assert_null(strstr(rows, " again\n"));
}

static void a_second_question_that_fails_leaves_it_unknown(void **state)
{
	(void)state;
	audited.checks = AUDIT_BIT(AUDIT_DEVICE_GONE);
	bind("IDbob", "bob", DEVICE("b"), NOW);
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_compare_registry(&live,
		&err));
	rows_are("");
	memset(&fails, 0, sizeof(fails));
	/* no more calls are made */
	gap(&live.stopped, false);
	OK(live_compare_registry(&live, &err));
	assert_null(strstr(rows, " again\n"));
}

static void a_device_has_moved_by_the_id_of_whoever_has_it(void **state)
{
	(void)state;
	audited.checks = AUDIT_BIT(AUDIT_DEVICE_MOVED);
	hold(1, DEVICE("a"));
	bind("IDalic", "alice", DEVICE("a"), OLD);
	OK(live_compare_registry(&live, &err));
	assert_non_null(strstr(rows, "; moved yes by iam:ListMFADevices +3 "
		"bob; run -\n"));
	rows[0] = '\0';
	/* a new name of the same user is no other one */
	bound[0].user = text("IDbob");
	OK(live_compare_registry(&live, &err));
	assert_non_null(strstr(rows, "; moved no by iam:ListMFADevices +3 "
		"bob; run -\n"));
	rows[0] = '\0';
	/* nothing is known of whose id was not told */
	free_p(&live.people.p[1].id);
	OK(live_compare_registry(&live, &err));
	assert_non_null(strstr(rows, "; moved unknown by iam:ListMFADevices "
		"+3 (the list of whoever has it could not be read) -; run "
		"-\n"));
	rows[0] = '\0';
	live_holding_done(&live.devices);
	hold(ROOT_OWNER, DEVICE("a"));
	OK(live_compare_registry(&live, &err));
	assert_non_null(strstr(rows, "; moved yes by iam:ListMFADevices +3 "
		"<root_account>; run -\n"));
	rows[0] = '\0';
	live.by_root = true;
	bound[0].user = text(ACCOUNT);
	OK(live_compare_registry(&live, &err));
	assert_non_null(strstr(rows, "; moved no by iam:ListMFADevices +3 "
		"<root_account>; run -\n"));
	rows[0] = '\0';
	bound[0].user = NULL;
	live.by_root = false;
}

static void roots_bindings_are_left_out_where_root_is_not_asked(void **state)
{
	(void)state;
	bind(ACCOUNT, "root", DEVICE("r"), OLD);
	bind("IDx", "root", "arn:aws:iam::" ACCOUNT ":u2f/root/key", OLD);
	OK(live_compare_registry(&live, &err));
	rows_are("");
	assert_int_equal(audited.notes_n, 1);
	assert_string_equal(audited.notes[0], "device-gone is not asked for 2 "
		"devices of root: root's devices are listed for root only");
	assert_int_equal(audited.registry.bindings, 2);
	bindings.n = 1;
	OK(live_compare_registry(&live, &err));
	assert_non_null(strstr(audited.notes[1], " for 1 device of root"));
	/* root that has no MFA at all has no such device */
	live.root_mfa = AUDIT_NO;
	OK(live_compare_registry(&live, &err));
	rows_are("binding root " DEVICE("r") "; at AWS no by "
		"iam:ListMFADevices +7; moved - -; run -\n");
	live.root_mfa = AUDIT_YES;
	live.by_root = true;
	OK(live_compare_registry(&live, &err));
	rows_are("binding root " DEVICE("r") "; at AWS no by "
		"iam:ListMFADevices +7; moved - -; run -\n");
}

static void a_registry_that_was_not_read_knows_nothing(void **state)
{
	(void)state;
	live.bindings = NULL;
	OK(live_compare_registry(&live, &err));
	rows_are("");
	audited.registry.used = true;
	strcpy(audited.registry.why_not, "it is damaged");
	OK(live_compare_registry(&live, &err));
	rows_are("device (all devices) - -; at AWS unknown by -; bound unknown "
		"by registry (it is damaged); run -\n"
		"binding (all bindings) -; at AWS unknown by registry (it is "
		"damaged); moved - -; run -\n");
}

/* ---- journals ---- */

static void known_binder(struct known *k, enum journal_kind kind, bool running,
	const char *want)
{
	const struct known_place at = { ACCOUNT, "" };
	const char *is;

	k->runs.p[0].journal.facts.kind = kind;
	k->runs.p[0].running = running;
	is = known_binder_of(k, &at, DEVICE("b"));
	assert_string_equal(is ? is : "-", want ? want : "-");
	assert_null(known_binder_of(k, &at, DEVICE("c")));
}

static void runs_of_this_account_and_endpoint_are_told(void **state)
{
	static struct journal_seen list[5];
	struct known known = { .n = 0 };
	size_t i;

	(void)state;
	memset(list, 0, sizeof(list));
	for (i = 0; i < ARRAY_LEN(list); i++) {
		struct journal *j = &list[i].journal;

		j->facts.kind = JOURNAL_REVOKE;
		j->begun = NOW - 2 * 3600;
		j->since = NOW - 60;
		strcpy(j->facts.account, ACCOUNT);
		strcpy(j->facts.user, "bob");
		strcpy(j->facts.serial, DEVICE("b"));
		strcpy(j->remedy, "end it");
	}
	strcpy(list[0].journal.cause, "denied");
	list[1].running = true;
	list[2].journal.facts.kind = JOURNAL_PIN;
	strcpy(list[3].journal.facts.account, "210987654321");
	strcpy(list[4].journal.facts.endpoint, "http://e");
	seen = list;
	seen_n = ARRAY_LEN(list);
	known.runs = (struct journal_sights){ .p = list, .n = 1 };
	audited.checks = AUDIT_BIT(AUDIT_RUN_UNFINISHED);
	live_see_unfinished(&live);
	rows_are("unfinished bob " DEVICE("b") " revocation; age 2 h; why "
		"denied; ends by end it; yes by journal +-60\n");
	audited.endpoint = "http://e";
	live_see_unfinished(&live);
	rows_are("unfinished bob " DEVICE("b") " revocation; age 2 h; why -; "
		"ends by end it; yes by journal +-60\n");
	audited.endpoint = NULL;
	seen_n = 0;
	error_set(&unread, ERROR_CORRUPT, "one is damaged");
	live_see_unfinished(&live);
	rows_are("unfinished (unfinished runs) - -; age -; why -; ends by -; "
		"unknown by journal (one is damaged)\n");
	fail_next(ERROR_FAILED, "");
	live_see_unfinished(&live);
	rows_are("unfinished (unfinished runs) - -; age -; why -; ends by -; "
		"unknown by journal (AWS says no)\n");
	audited.checks = ALL;
	live_see_unfinished(&live);
	rows_are("");
	/* one that has a device in hand stands beside it and its binding */
	memset(&fails, 0, sizeof(fails));
	memset(&unread, 0, sizeof(unread));
	live.known = &known;
	hold(1, DEVICE("b"));
	bind("IDbob", "bob", DEVICE("b"), OLD);
	OK(live_compare_registry(&live, &err));
	rows_are("device bob " DEVICE("b") " virtual alone; at AWS yes by "
		"iam:ListMFADevices +3; bound yes by registry +0; run -\n"
		"binding bob " DEVICE("b") "; at AWS yes by iam:ListMFADevices "
		"+3; moved no by iam:ListMFADevices +3 bob; run "
		"revocation\n");
	/* a binding comes by an enrollment, and goes while a run is at it */
	known_binder(&known, JOURNAL_ENROLL, false, "enrollment");
	known_binder(&known, JOURNAL_REPLACE, false, NULL);
	known_binder(&known, JOURNAL_REVOKE, true, "revocation");
	known_binder(&known, JOURNAL_PIN, true, NULL);
}

/* ---- virtual devices that nobody has ---- */

static void what_nobody_has_is_remembered_for_the_next_run(void **state)
{
	char place[64], registry[128];
	struct sights sights = { .p = NULL };
	char *path;

	(void)state;
	enter_place(place);
	snprintf(registry, sizeof(registry), "%s/r.db", place);
	OK(mkdir("r.db.journal", 0700));
	audited.checks = AUDIT_BIT(AUDIT_VIRTUAL_ORPHAN);
	audited.registry.path = registry;
	OK(live_held_add(&live.unassigned, ROOT_OWNER, DEVICE("x"), "virtual",
		NOW + 2, &err));
	live_judge_orphans(&live);
	rows_are("orphan " DEVICE("x") "; unassigned yes by "
		"iam:ListVirtualMFADevices +2; first 0; run -\n");
	path = sights_path(registry, ACCOUNT);
	assert_non_null(path);
	assert_int_equal(access(path, F_OK), -1);
	audited.registry.keeps = registry;
	live_judge_orphans(&live);
	assert_int_equal(audited.notes_n, 0);
	live.unassigned.p[0].when = NOW + 900;
	rows[0] = '\0';
	live_judge_orphans(&live);
	rows_are("orphan " DEVICE("x") "; unassigned yes by "
		"iam:ListVirtualMFADevices +900; first 2; run -\n");
	/* the first time stays */
	OK(sights_read(path, "", &sights, &err));
	assert_int_equal(sights.n, 1);
	assert_true(sights_first(&sights, DEVICE("x")) == NOW + 2);
	sights_done(&sights);
	/* of another endpoint nothing was seen */
	audited.registry.keeps = NULL;
	audited.endpoint = "http://e";
	live_judge_orphans(&live);
	rows_are("orphan " DEVICE("x") "; unassigned yes by "
		"iam:ListVirtualMFADevices +900; first 0; run -\n");
	audited.endpoint = NULL;
	/* what is gone is forgotten */
	live_holding_done(&live.unassigned);
	audited.registry.keeps = registry;
	live_judge_orphans(&live);
	rows_are("");
	OK(sights_read(path, "", &sights, &err));
	assert_int_equal(sights.n, 0);
	sights_done(&sights);
	/* what cannot be read or kept is told, and judged all the same */
	OK(unlink(path));
	OK(mkdir(path, 0700));
	OK(live_held_add(&live.unassigned, ROOT_OWNER, DEVICE("y"), "virtual",
		NOW, &err));
	live_judge_orphans(&live);
	rows_are("orphan " DEVICE("y") "; unassigned yes by "
		"iam:ListVirtualMFADevices +0; first 0; run -\n");
	assert_int_equal(audited.notes_n, 2);
	assert_non_null(strstr(audited.notes[0], "virtual-orphan: what was "
		"seen before cannot be read: "));
	assert_non_null(strstr(audited.notes[1], "virtual-orphan: what was "
		"seen cannot be kept, so that the next run knows nothing of "
		"it: "));
	free(path);
	leave_place(place);
}

static void a_list_that_was_not_read_is_told_once(void **state)
{
	(void)state;
	gap(&live.virtual_gap, true);
	live_judge_orphans(&live);
	rows_are("");
	audited.checks = AUDIT_BIT(AUDIT_VIRTUAL_ORPHAN);
	OK(live_held_add(&live.unassigned, ROOT_OWNER, DEVICE("y"), "virtual",
		NOW, &err));
	live_judge_orphans(&live);
	rows_are("orphan -; unassigned unknown by iam:ListVirtualMFADevices "
		"(AWS says no, denied); first 0; run -\n");
}

/* ---- what a failed call leaves ---- */

static void what_fails_ends_the_call_the_rest_or_the_run(void **state)
{
	static const struct {
		int code;
		const char *foreign;
		bool ends, stops, denied;
	} ways[] = {
		{ ERROR_INTERRUPTED, "", true, false, false },
		{ ERROR_FAILED, "", true, false, false },
		{ ERROR_REMOTE, "AccessDenied", false, false, true },
		{ ERROR_REMOTE, "AccessDeniedException", false, false, true },
		{ ERROR_REMOTE, "UnauthorizedOperation", false, false, true },
		{ ERROR_REMOTE, "NoSuchEntity", false, false, false },
		{ ERROR_REFUSED, "AccessDenied", false, false, false },
		{ ERROR_REMOTE, "ExpiredToken", false, true, false },
		{ ERROR_REMOTE, "ExpiredTokenException", false, true, false },
		{ ERROR_REMOTE, "InvalidClientTokenId", false, true, false },
		{ ERROR_REMOTE, "SignatureDoesNotMatch", false, true, false },
		{ ERROR_REMOTE, "RequestExpired", false, true, false },
		{ ERROR_TIMEOUT, "", false, true, false },
		{ ERROR_MALFORMED, "", false, false, false },
		{ ERROR_UNREACHABLE, "", false, false, false },
	};
	struct live_gap g;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		live.stopped.there = false;
		live.lost = 0;
		memset(&g, 0, sizeof(g));
		fail_next(ways[i].code, ways[i].foreign);
		if (ways[i].ends) {
			SAYS(ways[i].code, "AWS says no", live_call_failed(
				&live, &fails, &g, &err));
			assert_false(g.there);
			continue;
		}
		OK(live_call_failed(&live, &fails, &g, &err));
		assert_true(g.there);
		assert_string_equal(g.why, "AWS says no");
		assert_int_equal(g.denied, ways[i].denied);
		assert_int_equal(live.stopped.there, ways[i].stops);
		memset(&g, 0, sizeof(g));
		assert_int_equal(live_no_more_calls(&live, &g), ways[i].stops);
		assert_int_equal(g.there, ways[i].stops);
	}
	/* three without an answer in a row end it, and any answer counts */
	assert_int_equal(live.lost, 1);
	OK(live_call_failed(&live, &fails, &g, &err));
	assert_false(live.stopped.there);
	fail_next(ERROR_REMOTE, "NoSuchEntity");
	OK(live_call_failed(&live, &fails, &g, &err));
	assert_int_equal(live.lost, 0);
	fail_next(ERROR_UNREACHABLE, "");
	for (i = 0; i < 3; i++) {
		assert_false(live.stopped.there);
		OK(live_call_failed(&live, &fails, &g, &err));
	}
	assert_true(live.stopped.there);
}

static void credentials_that_end_stop_the_calls(void **state)
{
	static const struct {
		int code;
		bool ends;
	} ways[] = {
		{ ERROR_REFUSED, true }, { ERROR_INTERRUPTED, true },
		{ ERROR_REMOTE, false }, { ERROR_UNREACHABLE, false },
		{ ERROR_FAILED, false },
	};
	size_t i;

	(void)state;
	OK(live_stay_signed_in(&live, &err));
	assert_false(live.stopped.there);
	for (i = 0; i < ARRAY_LEN(ways); i++) {
		live.stopped.there = false;
		fail_next(ways[i].code, "");
		if (ways[i].ends)
			SAYS(ways[i].code, "AWS says no",
				live_stay_signed_in(&live, &err));
		else
			OK(live_stay_signed_in(&live, &err));
		assert_int_equal(live.stopped.there, !ways[i].ends);
	}
	/* what is over is not renewed */
	fail_next(ERROR_REFUSED, "");
	OK(live_stay_signed_in(&live, &err));
}

static void lists_grow_and_are_found_by_name_serial_and_owner(void **state)
{
	char name[16];
	size_t i;

	(void)state;
	assert_null(live_find_serial(&live.devices, "s"));
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%03zu", (i * 77) % 200);
		hold(i % 3 ? i % 3 : ROOT_OWNER, name);
	}
	live_sort(&live.devices);
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "n%03zu", i);
		assert_non_null(live_find_serial(&live.devices, name));
	}
	assert_null(live_find_serial(&live.devices, "n200"));
	live_sort_by_owner(&live.devices);
	assert_true(live.devices.p[0].owner == ROOT_OWNER);
	for (i = 1; i < 200; i++) {
		const struct live_held *h = &live.devices.p[i];

		assert_true(h[-1].owner + 1 <= h->owner + 1);
		if (h[-1].owner == h->owner)
			assert_true(h[-1].at < h->at);
	}
	assert_ptr_equal(live_find_person(&live.people, "bob"),
		&live.people.p[1]);
	assert_null(live_find_person(&live.people, "carol"));
	aws_clock = -1;
	assert_int_equal(live_time(&live), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_known_by_a_binding_in_force_of_this_account),
		TEST(roots_devices_are_of_the_list_that_told_them),
		TEST(what_is_not_listed_is_a_row_of_its_own),
		TEST(a_binding_is_gone_only_by_lists_that_were_read_whole),
		TEST(what_is_young_is_asked_for_again_and_never_called_gone),
		TEST(a_second_question_that_fails_leaves_it_unknown),
		TEST(a_device_has_moved_by_the_id_of_whoever_has_it),
		TEST(roots_bindings_are_left_out_where_root_is_not_asked),
		TEST(a_registry_that_was_not_read_knows_nothing),
		TEST(runs_of_this_account_and_endpoint_are_told),
		TEST(what_nobody_has_is_remembered_for_the_next_run),
		TEST(a_list_that_was_not_read_is_told_once),
		TEST(what_fails_ends_the_call_the_rest_or_the_run),
		TEST(credentials_that_end_stop_the_calls),
		TEST(lists_grow_and_are_found_by_name_serial_and_owner),
	};

	return cmocka_run_group_tests_name("gather registry", tests, NULL,
		NULL);
}
