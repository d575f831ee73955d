/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Root as AWS shows it, and what is believed of a step in the console: a list,
 * CloudTrail's event, a number that grew.
 */
#include "tests/unit/unit.h"

#include "bridge/root/sight.h"
#include "bridge/root/watch.h"

#define ACCOUNT "123456789012"
#define NOW 1769904000
#define OURS ((struct aws_session *)(uintptr_t)16)
#define REGIONS ((struct aws_session *)(uintptr_t)32)
#define PHONE "arn:aws:iam::" ACCOUNT ":mfa/phone"
#define KEY "arn:aws:iam::" ACCOUNT ":u2f/root/key"
#define OTHER_KEY "arn:aws:iam::" ACCOUNT ":u2f/root/other"

/* What AWS answers; `failing` is not. */
static struct world {
	char failing;
	int code;
	const char *foreign;
	char asked[64];
	const char *partition;
	struct iam_account_summary summary;
	const char *virtuals[3]; /* root's; "-" before somebody else's */
	size_t virtuals_n;
	const char *devices[3];  /* by root's own list */
	size_t devices_n;
	size_t certifications;
	unsigned users, each;    /* how many, with how many devices each */
	struct cloudtrail_event events[3];
	size_t events_n;
	size_t kept;
	int pause;
	unsigned pauses;
} w;

static char said[2048];

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(said);

	(void)self;
	snprintf(said + n, sizeof(said) - n, "%s%s\n", tone == RUN_WARNS ?
		"warning: " : tone == RUN_PROGRESS ? "~ " : "", text);
}

static const struct people people = { .say = hear };
static const struct run run = { .people = &people, .cancel_fd = -1 };

static int ask(char what, struct error *e)
{
	size_t n = strlen(w.asked);

	assert_true(n + 1 < sizeof(w.asked));
	w.asked[n] = what;
	w.asked[n + 1] = '\0';
	if (what != w.failing)
		return 0;
	error_set(e, w.code, "AWS says no");
	snprintf(e->foreign, sizeof(e->foreign), "%s", w.foreign);
	return -w.code;
}

static void fails_at(char what, int code, const char *foreign)
{
	w.failing = what;
	w.code = code;
	w.foreign = foreign;
}

static void asked_is(const char *want)
{
	assert_string_equal(w.asked, want);
	w.asked[0] = '\0';
}

WRAP(const struct partition *, aws_session_partition,
	const struct aws_session *s)
{
	assert_ptr_equal(s, OURS);
	return partition_by_name(w.partition);
}

WRAP(time_t, aws_now, const struct aws_session *s)
{
	assert_ptr_equal(s, OURS);
	return NOW;
}

WRAP(int, aws_session_derive, struct aws_session **ret,
	const struct aws_session *from, const struct aws_credentials *keys,
	const char *region, struct error *e)
{
	assert_ptr_equal(from, OURS);
	assert_null(keys);
	assert_non_null(region);
	*ret = REGIONS;
	return ask('+', e);
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	*s = NULL;
}

WRAP(int, iam_get_account_summary, struct aws_session *s,
	struct iam_account_summary *ret, struct error *e)
{
	assert_ptr_equal(s, OURS);
	*ret = w.summary;
	return ask('s', e);
}

WRAP(int, iam_list_virtual_mfa_devices, struct aws_session *s,
	enum iam_assignment which, iam_virtual_fn fn, void *data,
	struct error *e)
{
	struct iam_virtual_device d;
	size_t i;

	assert_ptr_equal(s, OURS);
	assert_int_equal(which, IAM_ASSIGNED);
	for (i = 0; i < w.virtuals_n; i++) {
		memset(&d, 0, sizeof(d));
		d.assigned = true;
		d.of_root = w.virtuals[i][0] != '-';
		strcpy(d.serial, w.virtuals[i] + !d.of_root);
		OK(fn(data, &d, e));
	}
	return ask('v', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d;
	size_t i, n = user ? w.each : w.devices_n;

	assert_ptr_equal(s, OURS);
	for (i = 0; i < n; i++) {
		memset(&d, 0, sizeof(d));
		strcpy(d.serial, user ? "x" : w.devices[i]);
		d.enabled = NOW - 9;
		OK(fn(data, &d, e));
	}
	return user ? 0 : ask('d', e);
}

WRAP(int, iam_get_mfa_device, struct aws_session *s, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *e)
{
	assert_ptr_equal(s, OURS);
	assert_null(user);
	assert_non_null(serial);
	memset(ret, 0, sizeof(*ret));
	ret->count = w.certifications;
	strcpy(ret->certifications[0].name, "FIDO");
	return ask('c', e);
}

WRAP(int, iam_list_users, struct aws_session *s, iam_user_fn fn, void *data,
	struct error *e)
{
	struct iam_user user = { .name = "alice" };
	unsigned i;
	int r = ask('u', e);

	assert_ptr_equal(s, OURS);
	for (i = 0; r == 0 && i < w.users; i++)
		r = fn(data, &user, e);
	return r;
}

WRAP(int, cloudtrail_lookup, struct aws_session *s, const char *name,
	time_t since, cloudtrail_event_fn fn, void *data, struct error *e)
{
	size_t i;
	int r = ask(name[0], e);

	assert_ptr_equal(s, REGIONS);
	assert_true(since == NOW - 5);
	for (i = 0; r == 0 && i < w.events_n; i++)
		r = fn(data, &w.events[i], e);
	return r;
}

WRAP(int, registry_evidence_put, struct registry *reg, const void *p, size_t n,
	unsigned char ret[SHA256_LEN], struct error *e)
{
	assert_non_null(reg);
	assert_int_equal(n, 3);
	assert_memory_equal(p, "raw", 3);
	memset(ret, 0xab, SHA256_LEN);
	w.kept++;
	return ask('!', e);
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_in_range(ms, 1000, 15000);
	assert_true(++w.pauses < 50);
	return w.pause ? error_set(e, w.pause, "Ctrl-C") : 0;
}

/* ---- looking ---- */

static struct root_sight sight;

static int look(bool by_root, bool assumed)
{
	const struct root_look q = { .session = OURS, .account = ACCOUNT,
		.by_root = by_root, .assumed = assumed };

	w.asked[0] = '\0';
	return root_look(&q, &sight, &err);
}

/* As a letter each: Yes, No, ?. */
static void facts_are(const char *want)
{
	char got[ROOT_FACTS + 1] = "";
	size_t i;

	for (i = 0; i < ROOT_FACTS; i++)
		got[i] = "?NY"[sight.fact[i].answer];
	assert_string_equal(got, want);
}

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.partition = "aws";
	w.summary = (struct iam_account_summary){ .root_password = 1,
		.devices_in_use = 4 };
	said[0] = '\0';
	return 0;
}

static void facts_are_aws_s_and_each_by_itself(void **state)
{
	(void)state;
	OK(look(false, false));
	asked_is("sv");
	facts_are("YNNNN");
	assert_string_equal(sight.fact[ROOT_PASSWORD].source,
		"iam:GetAccountSummary");
	assert_true(sight.fact[ROOT_PASSWORD].when == NOW);
	assert_string_equal(sight.fact[ROOT_VIRTUAL].source,
		"iam:ListVirtualMFADevices");
	assert_int_equal(sight.in_use, 4);
	assert_false(sight.all_devices);
	assert_int_equal(sight.failure.code, 0);
	w.summary = (struct iam_account_summary){ .root_password = -1,
		.root_access_keys = 2, .root_certificates = 1, .root_mfa = 1 };
	w.virtuals[0] = "-" PHONE "-bobs";
	w.virtuals[1] = w.virtuals[2] = PHONE;
	w.virtuals_n = 3;
	OK(look(false, false));
	facts_are("?YYYY");
	assert_string_equal(sight.fact[ROOT_PASSWORD].why, "AWS did not say");
	assert_int_equal(sight.devices_n, 1);
	assert_string_equal(sight.devices[0].serial, PHONE);
	/* a partition without a root is not asked about */
	w.partition = "aws-cn";
	OK(look(true, false));
	asked_is("");
	assert_int_equal(sight.in_use, IAM_UNKNOWN);
}

static void a_call_that_fails_leaves_its_facts_unknown(void **state)
{
	(void)state;
	fails_at('s', ERROR_REMOTE, "AccessDenied");
	OK(look(false, false));
	asked_is("sv");
	facts_are("????N");
	assert_string_equal(sight.fact[ROOT_KEYS].why, "AWS says no");
	assert_true(sight.fact[ROOT_KEYS].denied);
	assert_int_equal(sight.failure.code, ERROR_REMOTE);
	assert_int_equal(sight.in_use, IAM_UNKNOWN);
	fails_at('v', ERROR_UNREACHABLE, "");
	OK(look(false, false));
	facts_are("YNNN?");
	assert_false(sight.fact[ROOT_VIRTUAL].denied);
	/* what came before the failure is there all the same */
	w.virtuals[0] = PHONE;
	w.virtuals_n = 1;
	OK(look(false, false));
	facts_are("YNNNY");
	/* root's own list knows what the summary did not tell */
	fails_at('s', ERROR_REMOTE, "UnauthorizedOperation");
	w.virtuals_n = 0;
	w.devices[0] = KEY;
	w.devices_n = 1;
	OK(look(true, true));
	facts_are("???YN");
	assert_true(sight.fact[ROOT_KEYS].denied);
	fails_at('d', ERROR_REMOTE, "AccessDeniedException");
	OK(look(true, false));
	assert_false(sight.all_devices);
	assert_int_equal(sight.failure.code, ERROR_REMOTE);
	for (const char *p = "svd"; *p; p++) {
		fails_at(*p, ERROR_INTERRUPTED, "");
		SAYS(ERROR_INTERRUPTED, "AWS says no", look(true, false));
		fails_at(*p, ERROR_FAILED, "");
		SAYS(ERROR_FAILED, "AWS says no", look(true, false));
	}
}

static void roots_own_list_is_whole(void **state)
{
	struct audit_root r;

	(void)state;
	w.devices[0] = KEY;
	w.devices[1] = PHONE;
	w.devices_n = 2;
	w.certifications = 1;
	OK(look(true, false));
	asked_is("svdc");
	facts_are("YNNNY");
	assert_true(sight.all_devices);
	assert_int_equal(sight.devices_n, 2);
	assert_true(sight.devices[0].certified_known);
	assert_int_equal(sight.devices[0].certifications_n, 1);
	assert_true(sight.devices[0].enabled == NOW - 9);
	assert_false(sight.devices[1].certified_known);
	r = root_facts(&sight);
	assert_int_equal(r.second.answer, AUDIT_YES);
	assert_string_equal(r.serial, PHONE);
	assert_false(r.old_name);
	/* a session of AssumeRoot may not ask that */
	OK(look(true, true));
	asked_is("svd");
	/* AWS may refuse it: nothing follows */
	fails_at('c', ERROR_REMOTE, "AccessDenied");
	OK(look(true, false));
	assert_false(sight.devices[0].certified_known);
	assert_int_equal(sight.failure.code, 0);
	fails_at('c', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", look(true, false));
	w.failing = 0;
	w.devices[1] = "arn:aws:iam::" ACCOUNT ":mfa/root-account-mfa-device";
	OK(look(true, false));
	assert_true(root_facts(&sight).old_name);
	w.devices_n = 1;
	OK(look(true, false));
	assert_int_equal(root_facts(&sight).second.answer, AUDIT_NO);
	assert_null(root_facts(&sight).serial);
	OK(look(false, false));
	assert_int_equal(root_facts(&sight).second.answer, AUDIT_NOT_KNOWN);
}

static void credentials_are_absent_only_where_all_three_are(void **state)
{
	(void)state;
	w.summary.root_password = 0;
	OK(look(false, false));
	assert_int_equal(root_has_credentials(&sight), AUDIT_NO);
	w.summary.root_certificates = -1;
	OK(look(false, false));
	assert_int_equal(root_has_credentials(&sight), AUDIT_NOT_KNOWN);
	w.summary.root_access_keys = 1;
	OK(look(false, false));
	assert_int_equal(root_has_credentials(&sight), AUDIT_YES);
	sight.partition = partition_by_name("aws-cn");
	assert_int_equal(root_has_credentials(&sight), AUDIT_NO);
	assert_string_equal(root_device_words(DEVICE_FIDO),
		"passkey or security key");
	assert_string_equal(root_device_words(DEVICE_HARDWARE),
		"hardware TOTP");
	assert_string_equal(root_device_words(DEVICE_UNKNOWN), "not virtual");
}

/* ---- watching ---- */

static struct watch watch;
static struct root_progress p;

static void start(const char *method, bool by_root)
{
	watch_init(&watch, &run, OURS, (struct registry *)&w, ACCOUNT,
		by_root);
	memset(&p, 0, sizeof(p));
	strcpy(p.method, method);
	OK(watch_before(&watch, &p, &err));
	w.asked[0] = said[0] = '\0';
}

static bool enabled(void)
{
	bool found = false;

	watch.next_trail = 0;
	OK(watch_enabled(&watch, &p, &found, &err));
	return found;
}

static bool signed_in(void)
{
	bool found = false;

	watch.next_trail = 0;
	OK(watch_signed_in(&watch, &p, &found, &err));
	return found;
}

/* What was seen last: how, and of which device. */
static void seen(enum root_how how, const char *device)
{
	const struct root_observation *o = &p.seen[p.seen_n - 1];

	assert_true(p.seen_n > 0);
	assert_int_equal(o->how, how);
	assert_string_equal(o->device, device);
}

static void what_is_there_before_is_counted(void **state)
{
	(void)state;
	w.users = 3;
	w.each = 1;
	w.virtuals[0] = PHONE;
	w.virtuals_n = 1;
	watch_init(&watch, &run, OURS, NULL, ACCOUNT, false);
	OK(watch_before(&watch, &p, &err));
	asked_is("svu");
	assert_true(p.begun == NOW);
	assert_int_equal(p.in_use, 4);
	assert_int_equal(p.own, 1);
	assert_int_equal(p.had_mfa, 0);
	assert_int_equal(p.before_n, 1);
	assert_string_equal(p.before[0], PHONE);
	/* more users than are gone through, or a number that cannot be */
	w.users = 201;
	OK(watch_before(&watch, &p, &err));
	assert_int_equal(p.own, IAM_UNKNOWN);
	w.users = 200;
	w.each = 0;
	w.summary.devices_in_use = 0;
	OK(watch_before(&watch, &p, &err));
	assert_int_equal(p.own, 0);
	w.users = w.each = 1;
	OK(watch_before(&watch, &p, &err));
	assert_int_equal(p.own, IAM_UNKNOWN);
	w.summary.devices_in_use = -1;
	w.summary.root_mfa = -1;
	w.asked[0] = '\0';
	OK(watch_before(&watch, &p, &err));
	asked_is("sv");
	assert_int_equal(p.had_mfa, IAM_UNKNOWN);
	w.summary.devices_in_use = 1;
	fails_at('u', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", watch_before(&watch, &p, &err));
	fails_at('u', ERROR_REMOTE, "AccessDenied");
	OK(watch_before(&watch, &p, &err));
	assert_int_equal(p.own, IAM_UNKNOWN);
	/* nobody is asked: nothing is known */
	watch_init(&watch, &run, NULL, NULL, ACCOUNT, false);
	w.asked[0] = '\0';
	OK(watch_before(&watch, &p, &err));
	asked_is("");
	assert_true(watch.blind);
	assert_int_equal(p.in_use, IAM_UNKNOWN);
	assert_false(enabled());
	assert_false(signed_in());
}

static void a_new_device_of_the_kind_in_a_list_is_it(void **state)
{
	(void)state;
	w.devices[0] = OTHER_KEY;
	w.devices_n = 1;
	start("fido", true);
	assert_false(enabled());
	/* another kind is told, once */
	w.devices[w.devices_n++] = PHONE;
	assert_false(enabled());
	assert_string_equal(said, "warning: root has a new device '" PHONE
		"', which is virtual: that is not the one that was to be "
		"registered\n");
	assert_false(enabled());
	assert_int_equal(p.before_n, 2);
	assert_int_equal(p.had_mfa, 1);
	w.devices[w.devices_n++] = KEY;
	w.asked[0] = '\0';
	assert_true(enabled());
	seen(ROOT_BY_LIST, KEY);
	assert_null(strchr(w.asked, 'E')); /* CloudTrail need not be asked */
	/* each method has its kind */
	w.devices_n = 1;
	start("virtual", true);
	w.devices[w.devices_n++] = PHONE;
	assert_true(enabled());
	w.devices_n = 1;
	start("hardware-totp", true);
	w.devices[w.devices_n++] = "GAKT12345678";
	assert_true(enabled());
}

static void a_number_that_grew_is_believed_as_such(void **state)
{
	(void)state;
	start("fido", false);
	assert_false(enabled());
	w.summary.root_mfa = 1;
	assert_true(enabled());
	seen(ROOT_BY_COUNTS, "");
	/* one more of the devices in use is root's */
	w.users = 3;
	w.each = 1;
	start("fido", false);
	assert_false(enabled());
	w.summary.devices_in_use = 5;
	assert_true(enabled());
	seen(ROOT_BY_COUNTS, "");
	/* it was a user's */
	w.summary.devices_in_use = 4;
	start("fido", false);
	w.summary.devices_in_use = 5;
	w.users = 4;
	assert_false(enabled());
	/* a virtual one would be in the list */
	w.summary.root_mfa = 0;
	start("virtual", false);
	w.summary.root_mfa = 1;
	assert_false(enabled());
	/* and root's own list is whole */
	w.summary.root_mfa = 0;
	start("fido", true);
	w.summary.root_mfa = 1;
	assert_false(enabled());
}

static struct cloudtrail_event *event(const char *serial)
{
	struct cloudtrail_event *e = &w.events[0];

	memset(e, 0, sizeof(*e));
	w.events_n = 1;
	strcpy(e->id, "e-1");
	strcpy(e->actor_type, "Root");
	strcpy(e->account, ACCOUNT);
	strcpy(e->serial, serial);
	e->time = NOW - 5;
	e->raw = "raw";
	e->raw_n = 3;
	return e;
}

static void an_event_is_believed_only_whole(void **state)
{
	static const struct {
		const char *what;
		size_t offset;
		const char *value;
	} rows[] = {
		{ "actor", offsetof(struct cloudtrail_event, actor_type),
			"IAMUser" },
		{ "error", offsetof(struct cloudtrail_event, error_code),
			"AccessDenied" },
		{ "account", offsetof(struct cloudtrail_event, account),
			"210987654321" },
		{ "no device", offsetof(struct cloudtrail_event, serial), "" },
		{ "kind", offsetof(struct cloudtrail_event, serial), PHONE },
		{ "before", offsetof(struct cloudtrail_event, serial),
			OTHER_KEY },
	};
	size_t i;

	(void)state;
	w.virtuals_n = 0;
	start("fido", false);
	strcpy(p.before[p.before_n++], OTHER_KEY);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		strcpy((char *)event(KEY) + rows[i].offset, rows[i].value);
		if (enabled())
			fail_msg("%s", rows[i].what);
	}
	event(KEY)->time = NOW - 6;
	assert_false(enabled());
	strcpy(p.serial, OTHER_KEY);
	event(KEY);
	assert_false(enabled());
	p.serial[0] = '\0';
	w.asked[0] = '\0';
	assert_true(enabled());
	asked_is("svE!");
	seen(ROOT_BY_TRAIL, KEY);
	assert_string_equal(p.seen[0].trail, "e-1");
	assert_memory_equal(p.seen[0].evidence, "abab", 4);
	assert_true(p.seen[0].when == NOW - 5);
	/* the same event is not seen twice */
	assert_false(enabled());
	assert_int_equal(w.kept, 1);
	/* a registry that does not keep it ends it */
	start("fido", false);
	fails_at('!', ERROR_CORRUPT, "");
	SAYS(ERROR_CORRUPT, "AWS says no", watch_enabled(&watch, &p,
		&(bool){ false }, &err));
	assert_int_equal(p.seen_n, 0);
}

static void a_sign_in_is_with_this_device(void **state)
{
	struct cloudtrail_event *e;

	(void)state;
	start("fido", false);
	strcpy(p.serial, KEY);
	e = event("");
	strcpy(e->login, "Success");
	strcpy(e->mfa_used, "Yes");
	strcpy(e->mfa_identifier, KEY);
	strcpy(e->login, "Failure");
	assert_false(signed_in());
	strcpy(e->login, "Success");
	strcpy(e->mfa_used, "No");
	assert_false(signed_in());
	strcpy(e->mfa_used, "Yes");
	strcpy(e->mfa_identifier, OTHER_KEY);
	assert_false(signed_in());
	strcpy(e->mfa_identifier, KEY);
	w.asked[0] = '\0';
	assert_true(signed_in());
	seen(ROOT_BY_TRAIL, KEY);
	assert_string_equal(w.asked, "C!"); /* sessions were made before */
	/* not before it was registered */
	p.seen_n = 1;
	p.seen[0] = (struct root_observation){ .event = ROOT_WAS_ENABLED,
		.when = NOW - 4 };
	assert_false(signed_in());
	p.seen[0].when = NOW - 5;
	assert_true(signed_in());
	/* without a name, only where there can be no other */
	p.seen_n = 0;
	e->mfa_identifier[0] = '\0';
	p.had_mfa = 1;
	assert_false(signed_in());
	p.had_mfa = 0;
	strcpy(p.before[0], PHONE);
	p.before_n = 1;
	assert_false(signed_in());
	p.before_n = 0;
	assert_true(signed_in());
	/* a device that is not known yet is new, fits, and is the first */
	p.seen_n = 0;
	p.serial[0] = '\0';
	strcpy(e->mfa_identifier, KEY);
	p.had_mfa = 1;
	assert_false(signed_in());
	p.had_mfa = 0;
	strcpy(p.method, "virtual");
	assert_false(signed_in());
	strcpy(p.method, "fido");
	assert_true(signed_in());
}

static void who_may_not_ask_cloudtrail_asks_it_once(void **state)
{
	(void)state;
	start("fido", false);
	fails_at('E', ERROR_REMOTE, "AccessDeniedException");
	assert_false(enabled());
	assert_true(watch.trail_denied);
	assert_string_equal(watch.note, "the caller may not ask CloudTrail "
		"(cloudtrail:LookupEvents)");
	w.asked[0] = '\0';
	assert_false(enabled());
	asked_is("sv");
	/* other failures pass */
	start("fido", false);
	fails_at('E', ERROR_UNREACHABLE, "");
	assert_false(enabled());
	assert_false(watch.trail_denied);
	fails_at('E', ERROR_INTERRUPTED, "");
	watch.next_trail = 0;
	SAYS(ERROR_INTERRUPTED, "AWS says no", watch_enabled(&watch, &p,
		&(bool){ false }, &err));
	/* no more than twice in four seconds; root's sign-ins in all regions */
	w.failing = 0;
	start("fido", false);
	assert_false(enabled());
	w.asked[0] = '\0';
	OK(watch_enabled(&watch, &p, &(bool){ false }, &err));
	asked_is("sv");
	assert_false(signed_in());
	asked_is("C+C+C");
	/* another partition has another home */
	w.partition = "aws-us-gov";
	start("fido", false);
	assert_false(signed_in());
	asked_is("");
	assert_true(watch.trail_denied);
}

static void a_weaker_witness_is_strengthened(void **state)
{
	(void)state;
	start("fido", false);
	w.summary.root_mfa = 1;
	assert_true(enabled());
	seen(ROOT_BY_COUNTS, "");
	event(KEY);
	w.asked[0] = '\0';
	OK(watch_strengthen(&watch, &p, &err));
	asked_is("E!");
	seen(ROOT_BY_TRAIL, KEY);
	OK(watch_strengthen(&watch, &p, &err));
	asked_is("");
}

static void a_device_is_gone_when_the_list_says_so(void **state)
{
	bool found = true;

	(void)state;
	w.virtuals[0] = PHONE;
	w.virtuals_n = 1;
	start("fido", false);
	strcpy(p.serial, PHONE);
	OK(watch_removed(&watch, &p, &found, &err));
	assert_false(found);
	w.virtuals_n = 0;
	fails_at('v', ERROR_UNREACHABLE, "");
	OK(watch_removed(&watch, &p, &found, &err));
	assert_false(found);
	w.failing = 0;
	OK(watch_removed(&watch, &p, &found, &err));
	assert_true(found);
	assert_int_equal(p.seen[0].event, ROOT_WAS_REMOVED);
	seen(ROOT_BY_LIST, PHONE);
}

static int wait_for(watch_fn *fn, deadline_t until, bool *found)
{
	w.pauses = 0;
	said[0] = '\0';
	return watch_wait(&watch, fn, "the new device", until, &p, found, &err);
}

static void waiting_ends_by_the_device_the_deadline_or_blindness(void **state)
{
	bool found = true;

	(void)state;
	start("fido", false);
	OK(wait_for(watch_enabled, deadline_in(0), &found));
	assert_false(found);
	assert_int_equal(w.pauses, 0);
	w.pause = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "Ctrl-C", wait_for(watch_enabled,
		deadline_in(60000), &found));
	assert_string_equal(said, "~ Waiting for the new device, 0 s (Ctrl-C "
		"ends; the same command goes on from here)\n");
	assert_int_equal(w.pauses, 1);
	w.summary.root_mfa = 1;
	OK(wait_for(watch_enabled, deadline_in(60000), &found));
	assert_true(found);
	assert_int_equal(w.pauses, 0);
	/* nobody tells of a sign-in but CloudTrail */
	fails_at('C', ERROR_REMOTE, "AccessDenied");
	OK(wait_for(watch_signed_in, deadline_in(60000), &found));
	assert_false(found);
	assert_int_equal(w.pauses, 0);
	/* nor anything where no witness answers */
	w.failing = 0;
	w.summary.root_mfa = -1;
	watch.trail_denied = true;
	w.pause = 0;
	fails_at('v', ERROR_REMOTE, "AccessDenied");
	OK(wait_for(watch_enabled, deadline_in(60000), &found));
	assert_false(found);
	assert_true(watch.blind);
	assert_int_equal(w.pauses, 0);
	watch_done(&watch);
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(facts_are_aws_s_and_each_by_itself),
		TEST(a_call_that_fails_leaves_its_facts_unknown),
		TEST(roots_own_list_is_whole),
		TEST(credentials_are_absent_only_where_all_three_are),
		TEST(what_is_there_before_is_counted),
		TEST(a_new_device_of_the_kind_in_a_list_is_it),
		TEST(a_number_that_grew_is_believed_as_such),
		TEST(an_event_is_believed_only_whole),
		TEST(a_sign_in_is_with_this_device),
		TEST(who_may_not_ask_cloudtrail_asks_it_once),
		TEST(a_weaker_witness_is_strengthened),
		TEST(a_device_is_gone_when_the_list_says_so),
		TEST(waiting_ends_by_the_device_the_deadline_or_blindness),
	};

	return cmocka_run_group_tests_name("root watch", tests, NULL, NULL);
}
