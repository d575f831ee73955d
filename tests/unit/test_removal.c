/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member account's root loses what it has: what is asked and taken away in
 * which order, what stays and why, and what a run that was broken off owes. AWS
 * is the test's word; registry, journal and the lock are real.
 */
#include "tests/unit/revoke-parts.h"

#include "aws/api/iam-root.h"
#include "bridge/member/removing.h"

#define MEMBER "333333333333"
#define PHONE "arn:aws:iam::" MEMBER ":mfa/phone"
#define PAD "arn:aws:iam::" MEMBER ":mfa/pad"
#define KEY "arn:aws:iam::" MEMBER ":u2f/root/key"
#define DAY 86400
#define WARNED "warning: what follows is done as Root of account " MEMBER      \
	": its log shows it so, and alarms on the use of root will go off\n"

/* What root has at AWS, in the order in which it is taken away. */
enum { AKEY, CERTIFICATE, PASSWORD, VIRTUAL, TABLET, FIDO, THINGS };
static const char *const ids[THINGS] = { "AKIA1", "CERT1", "", PHONE, PAD, KEY };

static struct removal q;
static struct removal_receipt done;
static struct account there;
static struct world {
	bool has[THINGS];
	unsigned lags[THINGS]; /* looks that show it still */
	unsigned hidden[THINGS]; /* looks that do not show it yet */
	time_t used;           /* of the key; 0: never */
	int64_t lasts;         /* seconds, of a session */
	const char *typed;     /* NULL: nobody is there */
	bool ends;             /* the first session, with its first request */
} x;

WRAP(int, sts_assume_root, struct aws_session *s, const char *account,
	enum sts_task task, struct aws_credentials *ret, struct error *e)
{
	assert_ptr_equal(s, aws.session);
	assert_string_equal(account, MEMBER);
	assert_int_equal(task, STS_DELETE_ROOT);
	ret->expires = AWS_NOW + x.lasts;
	return ask('a', e);
}

WRAP(int, aws_session_derive, struct aws_session **ret,
	struct aws_session *from, const struct aws_credentials *c,
	const char *region, struct error *e)
{
	(void)c;
	assert_ptr_equal(from, aws.session);
	assert_null(region);
	*ret = (struct aws_session *)&x;
	return ask('n', e);
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	*s = NULL;
}

WRAP(int, run_ask_text, const struct run *r, const char *prompt, char *ret,
	size_t size, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_string_equal(prompt, "Type the account's number to confirm: ");
	if (!x.typed)
		return error_set(e, ERROR_PIN, "nobody");
	snprintf(ret, size, "%s", x.typed);
	return ask('t', e);
}

/* Whether it is listed still. */
static bool shows(int thing)
{
	if (x.hidden[thing] > 0) {
		x.hidden[thing]--;
		return false;
	}
	if (x.has[thing])
		return true;
	if (x.lags[thing] == 0)
		return false;
	x.lags[thing]--;
	return true;
}

static int act(char question, int thing, struct aws_session *s,
	struct error *e)
{
	int r;

	assert_ptr_equal(s, &x);
	if (x.ends) {
		x.ends = false;
		ask(question, NULL);
		error_set(e, ERROR_REMOTE, "over");
		strcpy(e->foreign, "ExpiredToken");
		return -ERROR_REMOTE;
	}
	r = ask(question, e);
	if (r == 0 && thing < THINGS)
		x.has[thing] = false;
	return r;
}

WRAP(int, iam_list_access_keys, struct aws_session *s, const char *user,
	iam_access_key_fn fn, void *data, struct error *e)
{
	struct iam_access_key key = { .active = true };

	assert_null(user);
	strcpy(key.id, ids[AKEY]);
	if (shows(AKEY))
		OK(fn(data, &key, e));
	return act('k', THINGS, s, e);
}

WRAP(int, iam_root_list_certificates, struct aws_session *s,
	iam_certificate_fn fn, void *data, struct error *e)
{
	char id[IAM_CERTIFICATE_ID_MAX] = "CERT1";

	if (shows(CERTIFICATE)) {
		OK(fn(data, id, e));
		OK(fn(data, id, e)); /* a list that began anew */
	}
	return act('c', THINGS, s, e);
}

WRAP(int, iam_root_has_password, struct aws_session *s, bool *ret,
	struct error *e)
{
	*ret = shows(PASSWORD);
	return act('p', THINGS, s, e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	struct iam_device d = { .kind = DEVICE_VIRTUAL };
	int i;

	assert_null(user);
	for (i = VIRTUAL; i <= FIDO; i++) {
		strcpy(d.serial, ids[i]);
		if (shows(i))
			OK(fn(data, &d, e));
	}
	return act('d', THINGS, s, e);
}

WRAP(int, iam_root_key_last_used, struct aws_session *s, const char *id,
	time_t *ret, struct error *e)
{
	assert_string_equal(id, ids[AKEY]);
	*ret = x.used;
	return act('u', THINGS, s, e);
}

WRAP(int, iam_root_delete_key, struct aws_session *s, const char *id,
	struct error *e)
{
	assert_string_equal(id, ids[AKEY]);
	return act('K', AKEY, s, e);
}

WRAP(int, iam_root_delete_certificate, struct aws_session *s, const char *id,
	struct error *e)
{
	assert_string_equal(id, ids[CERTIFICATE]);
	return act('C', CERTIFICATE, s, e);
}

WRAP(int, iam_root_delete_password, struct aws_session *s, struct error *e)
{
	return act('P', PASSWORD, s, e);
}

WRAP(int, iam_root_deactivate, struct aws_session *s, const char *serial,
	struct error *e)
{
	return act('D', strcmp(serial, PHONE) == 0 ? VIRTUAL :
		strcmp(serial, PAD) == 0 ? TABLET : FIDO, s, e);
}

WRAP(int, iam_delete_virtual_mfa_device, struct aws_session *s,
	const char *serial, struct error *e)
{
	assert_ptr_equal(s, there.session);
	assert_true(strcmp(serial, PHONE) == 0 || strcmp(serial, PAD) == 0);
	return ask('X', e);
}

static void has(const char *things)
{
	int i;

	for (i = 0; i < THINGS; i++)
		x.has[i] = strchr(things, "kcpvtf"[i]) != NULL;
}

static int begin_removal(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	memset(&there, 0, sizeof(there));
	there.session = (struct aws_session *)&there;
	x.lasts = 3600;
	q = (struct removal){ .run = &run, .aws = &aws,
		.management = "111111111111", .reg = reg, .actor = w.actor,
		.account = MEMBER, .confirmed = "444444444444\n" MEMBER "\n" };
	return 0;
}

static int end(void **state)
{
	removal_receipt_done(&done);
	return finish(state);
}

static int take(void)
{
	removal_receipt_done(&done);
	asked[0] = said[0] = '\0';
	return removal_run(&q, &done, &err);
}

/* "removed device SERIAL: TEXT; COMMAND", a line each. */
static void receipt_is(const char *want)
{
	char text[2048] = "";
	size_t i, n = 0;
	json_t *row;

	json_array_foreach(done.rows, i, row)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"%s %s %s: %s; %s\n", part(row, "outcome"),
			part(row, "what"), part(row, "subject"),
			part(row, "text"), part(row, "command"));
	assert_string_equal(text, want);
}

static void journals_are(size_t want, const char *cause)
{
	struct journal_list list = { .p = NULL };

	OK(journal_open_all(&list, registry_path(reg), &err));
	assert_int_equal(list.n, want);
	if (want)
		assert_string_equal(list.p[0].cause, cause);
	journal_list_done(&list);
}

/* ---- whether it may be done ---- */

static void only_members_are_rid_of_it(void **state)
{
	(void)state;
	q.management = MEMBER;
	SAYS(ERROR_REFUSED, "account " MEMBER " is the organization's "
		"management account: root's credentials are removed of member "
		"accounts alone", take());
	q.management = "111111111111";
	q.account = ACCOUNT;
	SAYS(ERROR_REFUSED, "account " ACCOUNT " is the one that this is done "
		"from: root's credentials are removed of member accounts alone",
		take());
	asked_is("");
	assert_string_equal(said, "");
}

static void a_key_that_is_used_is_not_taken_away_by_the_way(void **state)
{
	static const struct {
		time_t ago; /* 0: never */
		bool goes;
	} rows[] = {
		{ 0, true }, { 90L * DAY + 1, true }, { 90L * DAY, false },
		{ 1, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		has("k");
		x.used = rows[i].ago ? AWS_NOW - rows[i].ago : 0;
		if (rows[i].goes) {
			OK(take());
			receipt_is("removed access-key AKIA1: is not there "
				"any more; -\n");
			continue;
		}
		SAYS(ERROR_REFUSED, "root of account " MEMBER " used its "
			"access key AKIA1 at ", take());
		asked_is("ankcpdu");
		journals_are(0, "");
	}
	SAYS(ERROR_REFUSED, "AKIA1 at 2026-01-31T23:59:59Z: what uses it stops "
		"working; say with --reason why it goes all the same", take());
	fails_at('u', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REFUSED, "when root of account " MEMBER " used its access "
		"key AKIA1 is not known: say with --reason why it goes all "
		"the same", take());
	q.reason = "merged";
	OK(take());
	fails_at('u', ERROR_INTERRUPTED, "");
	has("k");
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
	/* other things are asked for no use */
	failing.question = 0;
	q.reason = NULL;
	has("c");
	OK(take());
}

static void it_is_confirmed_by_the_number(void **state)
{
	static const char what[] = WARNED "Root of account " MEMBER " has: "
		"access keys 1, signing certificates 1, password yes, MFA "
		"devices 2; in the registry 0. All of it goes; a password can "
		"be allowed again from the management account.\n";
	static const char *const not_this[] = { "", "33333333333", ACCOUNT,
		"3333333333333" };
	size_t i;

	(void)state;
	has("kcpvf");
	q.confirmed = "33333333333\n3333333333333\n " MEMBER "\n";
	SAYS(ERROR_USAGE, "nobody is there to confirm it: say --confirm "
		MEMBER, take());
	assert_string_equal(said, what);
	q.confirmed = NULL;
	for (i = 0; i < ARRAY_LEN(not_this); i++) {
		x.typed = not_this[i];
		SAYS(ERROR_REFUSED, "that is not the number " MEMBER ": "
			"nothing was done", take());
	}
	fails_at('t', ERROR_USAGE, "");
	SAYS(ERROR_REFUSED, "that is not the number", take());
	fails_at('t', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
	asked_is("ankcpdut");
	journals_are(0, "");
	failing.question = 0;
	x.typed = MEMBER;
	OK(take());
	q.confirmed = MEMBER;
	has("c");
	x.typed = NULL;
	OK(take());
	assert_non_null(strstr(said, "keys 0, signing certificates 1, password "
		"no, MFA devices 0; in the registry 0."));
}

/* ---- in order ---- */

static void all_of_it_goes_and_mfa_last(void **state)
{
	struct registry_head before;
	char id[ID_LEN];

	(void)state;
	has("kcpvf");
	bind_device(NULL, MEMBER, MEMBER, "<root_account>", PHONE, id);
	bind_device(NULL, MEMBER, MEMBER, "<root_account>", KEY, id);
	bind_device(NULL, ACCOUNT, ACCOUNT, "<root_account>", KEY, id);
	OK(registry_head(reg, &before, &err));
	OK(take());
	assert_non_null(strstr(said, "MFA devices 2; in the registry 2."));
	asked_is("ankcpdu" "Kk" "Cc" "Pp" "kcp" "DdDd" "kcpd");
	receipt_is("removed access-key AKIA1: is not there any more; -\n"
		"removed certificate CERT1: is not there any more; -\n"
		"removed password -: is not there any more; -\n"
		"removed device " KEY ": is not there any more; -\n"
		"deactivated device " PHONE ": deactivated; it stays in the "
		"account without a user until a role of that account deletes it; aws "
		"iam delete-virtual-mfa-device --serial-number " PHONE "\n"
		"gone binding -: a device of root in the registry; -\n"
		"gone binding -: a device of root in the registry; -\n");
	assert_int_equal(done.done, 7);
	assert_int_equal(done.left, 0);
	assert_string_equal(done.account, MEMBER);
	/* one event of all of it, and one of each binding */
	assert_int_equal(done.head.seq, before.seq + 3);
	journals_are(0, "");
	/* nothing is there: nothing is done, nor asked of a person */
	q.confirmed = NULL;
	OK(take());
	asked_is("ankcpd");
	receipt_is("");
	assert_string_equal(said, WARNED);
}

static void who_is_there_deletes_the_virtual_device(void **state)
{
	static const struct {
		int code;
		const char *foreign, *receipt;
		size_t left;
	} rows[] = {
		{ 0, "", "removed device " PHONE ": deactivated and deleted; "
			"-\n", 0 },
		{ ERROR_REMOTE, "NoSuchEntity", "removed device " PHONE ": "
			"deactivated, and not there any more; -\n", 0 },
		{ ERROR_REMOTE, "AccessDenied", "deactivated device " PHONE ": "
			"deactivated; it stays in the account without a user "
			"until a role of that account deletes it: AWS says no; "
			"aws iam delete-virtual-mfa-device --serial-number "
			PHONE "\n", 0 },
		{ ERROR_UNREACHABLE, "", "not-removed device " PHONE ": "
			"deactivated; it stays in the account without a user "
			"until a role of that account deletes it: AWS says no; "
			"aws iam delete-virtual-mfa-device --serial-number "
			PHONE "\n", 1 },
	};
	size_t i;

	(void)state;
	q.there = &there;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		has("v");
		failing.question = 0;
		if (rows[i].code)
			fails_at('X', rows[i].code, rows[i].foreign);
		OK(take());
		receipt_is(rows[i].receipt);
		assert_int_equal(done.left, rows[i].left);
	}
	/* a lost answer is asked for three times */
	asked_is("ankcpdkcpDdkcpdX.X.X");
	journals_are(1, "something of root's could not be taken away");
	/* and the next run knows of it, though AWS lists nothing of root's */
	failing.question = 0;
	OK(take());
	assert_non_null(strstr(said, "Going on with what an earlier run began "
		"in account " MEMBER ".\n"));
	asked_is("ankcpdX");
	receipt_is(rows[0].receipt);
	journals_are(0, "");
	fails_at('X', ERROR_INTERRUPTED, "");
	has("v");
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
}

static void mfa_stays_before_whatever_is_left(void **state)
{
	(void)state;
	has("kpf");
	fails_at('K', ERROR_REMOTE, "AccessDenied");
	OK(take());
	asked_is("ankcpdu" "KPp" "kcpdu");
	receipt_is("not-removed access-key AKIA1: AWS says no; -\n"
		"removed password -: is not there any more; -\n"
		"kept device " KEY ": stays until everything else is gone; "
		"-\n");
	assert_int_equal(done.left, 2);
	assert_int_equal(done.done, 1);
	journals_are(1, "something of root's could not be taken away");
	/* the same command goes on with it */
	failing.question = 0;
	OK(take());
	receipt_is("removed access-key AKIA1: is not there any more; -\n"
		"removed device " KEY ": is not there any more; -\n");
	journals_are(0, "");
}

static void what_comes_meanwhile_is_told(void **state)
{
	(void)state;
	has("f");
	x.lags[PASSWORD] = 0;
	OK(take());
	has("f");
	/* a password that is seen when MFA is about to go */
	fails_at('p', ERROR_REMOTE, "AccessDenied");
	failing.from = 2;
	failing.times = 1;
	OK(take());
	receipt_is("not-removed root -: AWS says no; -\n"
		"kept device " KEY ": stays until everything else is gone; "
		"-\n");
	failing.from = 2;
	failing.error.code = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
	failing.question = 0;
	OK(take());
	/* at the end nobody tells what is there */
	has("c");
	fails_at('d', ERROR_REMOTE, "AccessDenied");
	failing.from = 2;
	OK(take());
	receipt_is("removed certificate CERT1: is not there any more; -\n"
		"not-removed root -: AWS says no; -\n");
	failing.error.code = ERROR_INTERRUPTED;
	has("c");
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
}

static void what_is_there_by_then_is_told(void **state)
{
	(void)state;
	has("cp");
	x.hidden[PASSWORD] = 1;
	OK(take());
	receipt_is("removed certificate CERT1: is not there any more; -\n"
		"not-removed password -: came while this was done; -\n");
	assert_int_equal(done.left, 1);
	/* before MFA goes */
	has("pf");
	x.hidden[PASSWORD] = 1;
	OK(take());
	receipt_is("not-removed password -: came while this was done; -\n"
		"kept device " KEY ": stays until everything else is gone; "
		"-\n");
}

static void what_was_sent_is_written_down_before(void **state)
{
	struct journal_list list = { .p = NULL };

	(void)state;
	q.there = &there;
	q.reason = "first";
	has("kvtf");
	fails_at('X', ERROR_UNREACHABLE, "");
	OK(take());
	q.reason = "second";
	has("k");
	fails_at('K', ERROR_REMOTE, "AccessDenied");
	OK(take());
	OK(journal_open_all(&list, registry_path(reg), &err));
	assert_int_equal(list.n, 1);
	assert_string_equal(list.p[0].facts.reason, "first");
	assert_string_equal(list.p[0].facts.partition, "aws");
	assert_string_equal(list.p[0].facts.account, MEMBER);
	assert_string_equal(list.p[0].facts.user, "<root_account>");
	assert_string_equal(list.p[0].facts.user_id, MEMBER);
	assert_string_equal(list.p[0].facts.taken, PHONE " " PAD);
	assert_int_equal(list.p[0].begun, AWS_NOW);
	journal_list_done(&list);
	/* both are deleted by the run that goes on with it */
	failing.question = 0;
	OK(take());
	receipt_is("removed access-key AKIA1: is not there any more; -\n"
		"removed device " PHONE ": deactivated and deleted; -\n"
		"removed device " PAD ": deactivated and deleted; -\n");
}

static void lists_lag_and_are_asked_again(void **state)
{
	(void)state;
	has("c");
	x.lags[CERTIFICATE] = 3;
	OK(take());
	asked_is("ankcpd" "Cc.c.c.c" "kcpd");
	receipt_is("removed certificate CERT1: is not there any more; -\n");
	has("c");
	x.lags[CERTIFICATE] = 4;
	OK(take());
	asked_is("ankcpd" "Cc.c.c.c" "kcpd");
	receipt_is("not-removed certificate CERT1: AWS took the order, and "
		"lists it all the same; -\n");
	assert_int_equal(done.left, 1);
	fails_at('.', ERROR_INTERRUPTED, "");
	x.lags[CERTIFICATE] = 9;
	SAYS(ERROR_INTERRUPTED, "AWS says no", take());
}

/* ---- sessions ---- */

static void a_session_that_ends_is_made_anew(void **state)
{
	(void)state;
	has("c");
	x.ends = true;
	OK(take());
	asked_is("ank" "ankcpd" "Cc" "kcpd");
	/* of less than two minutes that are left nothing is begun */
	has("c");
	x.lasts = 120;
	OK(take());
	asked_is("ankancanpand" "anCanc" "ankancanpand");
	fails_at('a', ERROR_REMOTE, "AccessDenied");
	SAYS(ERROR_REMOTE, "AWS says no", take());
	asked_is("a");
	fails_at('n', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", take());
	asked_is("an");
}

static void each_list_that_fails_ends_it(void **state)
{
	static const char all[] = "kcpd";
	size_t i;

	(void)state;
	has("kcpvf");
	for (i = 0; all[i]; i++) {
		fails_at(all[i], ERROR_REMOTE, "AccessDenied");
		SAYS(ERROR_REMOTE, "AWS says no", take());
		assert_memory_equal(asked, "ankcpd", 3 + i);
		assert_int_equal(strlen(asked), 3 + i);
	}
	journals_are(0, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_removal, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_members_are_rid_of_it),
		TEST(a_key_that_is_used_is_not_taken_away_by_the_way),
		TEST(it_is_confirmed_by_the_number),
		TEST(all_of_it_goes_and_mfa_last),
		TEST(who_is_there_deletes_the_virtual_device),
		TEST(mfa_stays_before_whatever_is_left),
		TEST(what_comes_meanwhile_is_told),
		TEST(what_is_there_by_then_is_told),
		TEST(what_was_sent_is_written_down_before),
		TEST(lists_lag_and_are_asked_again),
		TEST(a_session_that_ends_is_made_anew),
		TEST(each_list_that_fails_ends_it),
	};

	return cmocka_run_group_tests_name("removal", tests, NULL, NULL);
}
