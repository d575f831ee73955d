/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live audit's users: which are joined with the report's rows, how few
 * questions decide about each, and what an answer that does not come leaves.
 */
#include "tests/unit/gather-parts.h"

#include "aws/many/calls.h"
#include "aws/rights/rights.h"

#define OURS ((struct aws_session *)(uintptr_t)32)
#define CALLS ((struct calls *)(uintptr_t)48)
#define RIGHTS ((struct rights *)(uintptr_t)64)

/* What AWS has, and which question is not answered. */
static struct world {
	char failing;
	char asked[64];        /* questions, a letter each */
	const char *users[4];
	time_t created[4];
	size_t users_n;
	const char *devices;   /* of each user: f FIDO, v virtual, a letter
	                          each */
	bool password, key, other_id, no_user;
	enum rights_answer rights;
	size_t certifications;
	bool stopped;
} w;

static int ask(char what, struct error *e)
{
	size_t n = strlen(w.asked);

	assert_true(n + 1 < sizeof(w.asked));
	w.asked[n] = what;
	w.asked[n + 1] = '\0';
	return what == w.failing ? answered(e) : 0;
}

/* As the queue does where it runs at once. */
static int answer(char what, ask_done_fn done, void *data, struct error *err_)
{
	struct error e;
	int r = ask(what, &e);

	return done(data, r < 0 ? &e : NULL, err_);
}

WRAP(int, calls_new, struct calls **ret, struct aws_session *s,
	const struct calls_options *options, struct error *e)
{
	(void)e;
	assert_ptr_equal(s, OURS);
	assert_int_equal(options->rate, 5);
	assert_non_null(options->renew);
	*ret = CALLS;
	return 0;
}

WRAP(int, calls_run, struct calls *c, struct error *e)
{
	(void)e;
	assert_ptr_equal(c, CALLS);
	return 0;
}

WRAP(void, calls_free, struct calls **c)
{
	*c = NULL;
}

WRAP(void, calls_stop, struct calls *c, const struct error *why)
{
	assert_ptr_equal(c, CALLS);
	assert_string_equal(why->text, "AWS says no");
	w.stopped = true;
}

WRAP(int, iam_list_users, struct aws_session *s, iam_user_fn fn, void *data,
	struct error *e)
{
	struct iam_user user;
	size_t i;
	int r = ask('L', e);

	assert_ptr_equal(s, OURS);
	for (i = 0; r == 0 && i < w.users_n; i++) {
		memset(&user, 0, sizeof(user));
		strcpy(user.name, w.users[i]);
		snprintf(user.id, sizeof(user.id), "ID%s", w.users[i]);
		snprintf(user.arn, sizeof(user.arn), "arn:%s", w.users[i]);
		user.created = w.created[i];
		r = fn(data, &user, e);
	}
	return r;
}

WRAP(int, iam_ask_mfa_devices, struct calls *c, const char *user,
	iam_device_fn fn, ask_done_fn done, void *data, struct error *e)
{
	struct iam_device d;
	const char *p;

	assert_ptr_equal(c, CALLS);
	for (p = w.devices ? w.devices : ""; *p; p++) {
		memset(&d, 0, sizeof(d));
		d.kind = *p == 'f' ? DEVICE_FIDO : DEVICE_VIRTUAL;
		snprintf(d.serial, sizeof(d.serial), "%s-%c%d", user, *p,
			(int)(p - w.devices));
		OK(fn(data, &d, e));
	}
	return answer('d', done, data, e);
}

WRAP(int, iam_ask_login_profile, struct calls *c, const char *user,
	bool *ret_exists, ask_done_fn done, void *data, struct error *e)
{
	assert_ptr_equal(c, CALLS);
	assert_non_null(user);
	*ret_exists = w.password;
	return answer('p', done, data, e);
}

WRAP(int, iam_ask_access_keys, struct calls *c, const char *user,
	iam_access_key_fn fn, ask_done_fn done, void *data, struct error *e)
{
	struct iam_access_key key;

	assert_ptr_equal(c, CALLS);
	assert_non_null(user);
	memset(&key, 0, sizeof(key));
	OK(fn(data, &key, e)); /* one that is inactive */
	key.active = true;
	if (w.key)
		OK(fn(data, &key, e));
	return answer('k', done, data, e);
}

WRAP(int, iam_ask_user, struct calls *c, const char *name,
	struct iam_user *ret, bool *ret_found, ask_done_fn done, void *data,
	struct error *e)
{
	assert_ptr_equal(c, CALLS);
	snprintf(ret->id, sizeof(ret->id), "ID%s", w.other_id ? "x" : name);
	*ret_found = !w.no_user;
	return answer('u', done, data, e);
}

static void certify(struct iam_fido_device *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (; ret->count < w.certifications; ret->count++) {
		strcpy(ret->certifications[ret->count].name,
			ret->count ? "FIDO-FIPS-140-2" : "FIDO");
		strcpy(ret->certifications[ret->count].level,
			ret->count ? "L2" : "L1");
	}
}

WRAP(int, iam_get_mfa_device, struct aws_session *s, const char *user,
	const char *serial, struct iam_fido_device *ret, struct error *e)
{
	assert_ptr_equal(s, OURS);
	assert_non_null(user);
	assert_non_null(serial);
	certify(ret);
	return ask('1', e);
}

WRAP(int, iam_ask_mfa_device, struct calls *c, const char *user,
	const char *serial, struct iam_fido_device *ret, ask_done_fn done,
	void *data, struct error *e)
{
	assert_ptr_equal(c, CALLS);
	assert_non_null(user);
	assert_non_null(serial);
	certify(ret);
	return answer('2', done, data, e);
}

WRAP(enum rights_answer, rights_of, const struct rights *r, const char *name,
	const char *id, const char **why)
{
	assert_ptr_equal(r, RIGHTS);
	assert_true(!id[0] || strncmp(id, "ID", 2) == 0);
	assert_non_null(name);
	*why = w.rights == RIGHTS_NOT_KNOWN ? "unread" : NULL;
	return w.rights;
}

WRAP(void, audit_user, struct audit *a, const struct audit_user *u)
{
	assert_ptr_equal(a, &audited);
	assert_string_equal(u->account, ACCOUNT);
	note_row("%s%s%s%s: MFA %s; password %s", u->name, u->gone ? " gone" :
		"", u->was ? " was " : "", u->was ? u->was : "",
		fact_text(u->mfa), fact_text(u->password));
	if (u->devices)
		note_row("; %zu %s, %zu fido", u->devices, or_none(u->kinds),
			u->fido);
	if (audit_asks(a, AUDIT_ADMIN_MFA_MISSING))
		note_row("; key %s; rights %s%s", fact_text(u->key),
			fact_text(u->rights), u->bounded ? " bounded" : "");
	if (u->reported.has)
		note_row("; report %d/%d%s", u->reported.mfa,
			u->reported.password, u->reported.other ? " other" :
			"");
	note_row("\n");
}

WRAP(void, audit_certified, struct audit *a, const struct audit_device *d)
{
	assert_ptr_equal(a, &audited);
	note_row("%s %s: %s; certified %s %s; bound %s\n", d->user,
		or_none(d->serial), fact_text(d->at_aws),
		d->certified.source ? fact_text(d->certified) : "-",
		or_none(d->certifications), d->bound.source ?
		fact_text(d->bound) : "-");
}

#define MFA AUDIT_BIT(AUDIT_USER_MFA_MISSING)
#define ADMIN AUDIT_BIT(AUDIT_ADMIN_MFA_MISSING)
#define RESISTANT AUDIT_BIT(AUDIT_USER_NOT_RESISTANT)
#define ONE AUDIT_BIT(AUDIT_USER_ONE_DEVICE)
#define CERTIFIED AUDIT_BIT(AUDIT_USER_UNCERTIFIED)
#define LIST "iam:ListMFADevices"
#define PROFILE "iam:GetLoginProfile"

static void clean(void)
{
	live.rights = NULL;
	live_people_done(&live.reported);
	end_audit();
}

/* One user, alice, and these checks. */
static void again(unsigned checks)
{
	clean();
	memset(&w, 0, sizeof(w));
	begin_audit(checks);
	live.s = OURS;
	live.begun = NOW;
	audited.rate = 5;
	w.users[0] = "alice";
	w.users_n = 1;
	w.created[0] = NOW - 301;
}

static int begin(void **state)
{
	(void)state;
	again(MFA);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	clean();
	return 0;
}

static void gather(const char *asked)
{
	OK(live_list_people(&live, &err));
	OK(live_ask_people(&live, &err));
	assert_string_equal(w.asked, asked);
}

/* A row of the report. */
static struct live_person *report(const char *name, time_t created,
	enum audit_answer mfa, enum audit_answer password)
{
	char arn[64];
	struct live_person *p;

	snprintf(arn, sizeof(arn), "arn:%s", name);
	p = live_person_add(&live.reported, name, strlen(name), arn,
		strlen(arn));
	assert_non_null(p);
	p->reported_created = created;
	p->reported_mfa = mfa;
	p->reported_password = password;
	live.report_read = true;
	return p;
}

static void a_device_decides_and_else_the_password(void **state)
{
	(void)state;
	w.devices = "v";
	gather("Ld");
	rows_are("alice: MFA yes by " LIST " +7; password unknown by " PROFILE
		"; 1 virtual, 0 fido\n");
	assert_true(audited.listed);
	assert_int_equal(audited.aws.users, 1);
	again(MFA);
	w.password = true;
	gather("Ldp");
	rows_are("alice: MFA no by " LIST " +7; password yes by " PROFILE
		" +7\n");
	again(MFA);
	gather("Ldp");
	rows_are("alice: MFA no by " LIST " +7; password no by " PROFILE
		" +7\n");
	/* nobody is asked about where no check needs it */
	again(AUDIT_BIT(AUDIT_ROOT_MFA_MISSING));
	gather("");
	rows_are("");
}

static void a_fresh_report_saves_questions(void **state)
{
	(void)state;
	live.report_is_fresh = true;
	audited.report.generated = NOW - 5;
	report("alice", NOW - 301, AUDIT_YES, AUDIT_YES);
	gather("L");
	rows_are("alice: MFA yes by credential report +-5; password yes by "
		"credential report +-5; report 2/2\n");
	/* not having MFA is asked for, the password is known */
	again(MFA);
	live.report_is_fresh = true;
	report("alice", NOW - 301, AUDIT_NO, AUDIT_YES);
	gather("Ld");
	assert_int_equal(live.changed, 0);
	/* no password: nothing is to be asked */
	again(MFA);
	live.report_is_fresh = true;
	report("alice", NOW - 301, AUDIT_NO, AUDIT_NO);
	gather("L");
	/* an old one only tells which question is the shorter way */
	again(MFA);
	report("alice", NOW - 301, AUDIT_NO, AUDIT_NO);
	gather("Lp");
	again(MFA);
	w.password = true;
	report("alice", NOW - 301, AUDIT_NO, AUDIT_NO);
	gather("Lpd");
	again(MFA);
	report("alice", NOW - 301, AUDIT_YES, AUDIT_YES);
	w.devices = "f";
	gather("Ld");
	/* one of an earlier user of the name tells nothing */
	again(MFA);
	live.report_is_fresh = true;
	report("alice", NOW - 302, AUDIT_YES, AUDIT_NO);
	gather("Ldp");
	assert_non_null(strstr(rows, "; report 2/1 other\n"));
	assert_int_equal(live.made_since, 1);
	rows[0] = '\0';
}

static void what_changed_since_the_report_is_counted(void **state)
{
	(void)state;
	report("alice", NOW - 301, AUDIT_YES, AUDIT_YES);
	gather("Ldp");
	assert_int_equal(live.changed, 1);
	assert_int_equal(live.gone, 0);
	again(MFA);
	w.devices = "f";
	report("alice", NOW - 301, AUDIT_NOT_KNOWN, AUDIT_YES);
	gather("Ld");
	assert_int_equal(live.changed, 0);
	/* who is in the report alone is gone, if AWS says so */
	again(MFA);
	report("zoe", NOW - 900, AUDIT_NO, AUDIT_YES);
	w.failing = 'd';
	w.users_n = 0;
	fail_next(ERROR_REMOTE, "NoSuchEntity");
	gather("Ld");
	rows_are("zoe gone: MFA unknown by " LIST " +7 (AWS says no); password "
		"unknown by " PROFILE "; report 1/2\n");
	assert_int_equal(live.gone, 1);
	assert_int_equal(live.made_since, 0);
}

static void a_user_with_a_new_name_is_the_same_one(void **state)
{
	(void)state;
	report("alicia", NOW - 301, AUDIT_YES, AUDIT_YES);
	w.devices = "f";
	gather("Ld");
	assert_non_null(strstr(rows, "alice was alicia: MFA yes"));
	assert_int_equal(live.renamed, 1);
	assert_int_equal(live.people.n, 1);
	/* two that could be meant are none */
	again(MFA);
	report("alicia", NOW - 301, AUDIT_YES, AUDIT_YES);
	report("alix", NOW - 301, AUDIT_YES, AUDIT_YES);
	w.devices = "f";
	gather("Lddd");
	assert_int_equal(live.renamed, 0);
	assert_int_equal(live.people.n, 3);
	again(MFA);
	report("alicia", NOW - 301, AUDIT_YES, AUDIT_YES);
	w.users[1] = "bob";
	w.created[1] = NOW - 301;
	w.users_n = 2;
	w.devices = "f";
	gather("Lddd");
	assert_int_equal(live.renamed, 0);
	/* nor one whose own name is in the report, or whose second is not */
	again(MFA);
	report("alice", NOW - 301, AUDIT_YES, AUDIT_YES);
	report("alicia", NOW - 301, AUDIT_YES, AUDIT_YES);
	w.devices = "f";
	gather("Ldd");
	assert_int_equal(live.renamed, 0);
	again(MFA);
	report("alicia", NOW - 302, AUDIT_YES, AUDIT_YES);
	w.devices = "f";
	gather("Ldd");
	assert_int_equal(live.renamed, 0);
	/* where the time is not told the ARN has to do */
	again(MFA);
	report("alice", 0, AUDIT_YES, AUDIT_YES);
	w.devices = "f";
	gather("Ld");
	assert_null(strstr(rows, "other"));
	again(MFA);
	free(report("alice", 0, AUDIT_YES, AUDIT_YES)->arn);
	live.reported.p[0].arn = strdup("arn:path/alice");
	w.devices = "f";
	gather("Ld");
	assert_non_null(strstr(rows, "other"));
	rows[0] = '\0';
}

static void users_that_are_not_listed_are_a_row(void **state)
{
	(void)state;
	w.failing = 'L';
	fail_next(ERROR_REMOTE, "AccessDenied");
	gather("L");
	assert_string_equal(rows, "(users not listed): MFA unknown by "
		"iam:ListUsers (AWS says no, denied); password unknown by "
		"iam:ListUsers (AWS says no, denied)\n");
	assert_false(audited.listed);
	again(MFA);
	gap(&live.stopped, false);
	OK(live_list_people(&live, &err));
	assert_string_equal(w.asked, "");
	assert_true(live.people_gap.there);
	again(MFA);
	w.failing = 'L';
	fail_next(ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_list_people(&live, &err));
}

static void a_question_without_an_answer_leaves_it_unknown(void **state)
{
	(void)state;
	w.failing = 'd';
	w.devices = "fv"; /* before the list broke off */
	w.password = true;
	fail_next(ERROR_REMOTE, "AccessDenied");
	gather("Ldp");
	rows_are("alice: MFA unknown by " LIST " (AWS says no, denied); "
		"password yes by " PROFILE " +7\n");
	assert_string_equal(live.people.p[0].devices_why, "AWS says no");
	assert_true(live.people.p[0].devices_denied);
	assert_true(live.devices_gap.there);
	/* a new user may not be known to IAM yet, and is not gone */
	again(MFA);
	w.created[0] = NOW - 300;
	w.failing = 'd';
	fail_next(ERROR_REMOTE, "NoSuchEntity");
	gather("Ldp");
	assert_null(strstr(rows, "gone"));
	again(MFA);
	w.failing = 'd';
	fail_next(ERROR_REMOTE, "NoSuchEntity");
	gather("Ld");
	assert_non_null(strstr(rows, "alice gone: "));
	assert_null(live.people.p[0].devices_why);
	again(MFA);
	w.failing = 'p';
	fail_next(ERROR_UNREACHABLE, "");
	gather("Ldp");
	rows_are("alice: MFA no by " LIST " +7; password unknown by " PROFILE
		" (AWS says no)\n");
	assert_int_equal(live.lost, 1);
	/* an answer ends the row of those that were lost */
	again(MFA);
	live.lost = 2;
	gather("Ldp");
	assert_int_equal(live.lost, 0);
	/* what ends all calls stops the queue */
	again(MFA);
	w.failing = 'd';
	fail_next(ERROR_REMOTE, "ExpiredToken");
	gather("Ldp");
	assert_true(w.stopped);
	again(MFA);
	w.failing = 'd';
	fail_next(ERROR_INTERRUPTED, "");
	OK(live_list_people(&live, &err));
	SAYS(ERROR_INTERRUPTED, "AWS says no", live_ask_people(&live, &err));
	rows[0] = '\0';
}

static void what_can_be_phished_wants_to_know_of_a_password(void **state)
{
	(void)state;
	again(RESISTANT);
	w.devices = "fv";
	w.password = true;
	gather("Ldp");
	rows_are("alice: MFA yes by " LIST " +7; password yes by " PROFILE
		" +7; 2 fido, virtual, 1 fido\n");
	again(RESISTANT);
	w.devices = "ff";
	gather("Ld");
	again(RESISTANT);
	gather("Ld");
	/* where there are virtual ones only nothing better can be had */
	again(RESISTANT);
	live.devices_are = DEVICES_VIRTUAL;
	w.devices = "v";
	gather("Ld");
	again(ONE);
	w.devices = "v";
	gather("Ld");
	assert_int_equal(live.people.p[0].devices, 1);
}

static void an_administrator_without_mfa_is_made_sure_of(void **state)
{
	(void)state;
	again(ADMIN);
	live.rights = RIGHTS;
	live.rights_when = NOW + 1;
	w.rights = RIGHTS_YES;
	w.password = true;
	gather("Ldkpu");
	rows_are("alice: MFA no by " LIST " +7; password yes by " PROFILE
		" +7; key no by iam:ListAccessKeys +7; rights yes by "
		"iam:GetAccountAuthorizationDetails +1\n");
	/* a key is enough */
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.key = true;
	gather("Ldku");
	assert_non_null(strstr(rows, "; key yes by iam:ListAccessKeys +7"));
	/* neither: nobody has to be asked about */
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	gather("Ldkp");
	/* with MFA, or without the rights, nothing more */
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.devices = "v";
	gather("Ld");
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_BOUNDED;
	gather("L");
	assert_non_null(strstr(rows, "; rights no by "
		"iam:GetAccountAuthorizationDetails bounded\n"));
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_NO;
	gather("L");
	assert_null(strstr(rows, "bounded"));
	/* rights that are not known are asked about as far as that helps */
	again(ADMIN);
	live.rights = RIGHTS;
	w.key = true;
	gather("Ldk");
	assert_non_null(strstr(rows, "; rights unknown by "
		"iam:GetAccountAuthorizationDetails (unread)\n"));
	again(ADMIN);
	gap(&live.rights_gap, true);
	gather("Ldkp");
	assert_non_null(strstr(rows, "; rights unknown by "
		"iam:GetAccountAuthorizationDetails (AWS says no, denied)\n"));
	rows[0] = '\0';
}

static void who_is_another_by_now_is_no_administrator(void **state)
{
	(void)state;
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.key = w.other_id = true;
	gather("Ldku");
	assert_non_null(strstr(rows, "; rights unknown by "
		"iam:GetAccountAuthorizationDetails (the user was deleted and "
		"made again while this ran)\n"));
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.key = w.no_user = true;
	gather("Ldku");
	assert_non_null(strstr(rows, "alice gone: "));
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.key = true;
	w.failing = 'u';
	fail_next(ERROR_REMOTE, "AccessDenied");
	gather("Ldku");
	assert_non_null(strstr(rows, "; rights unknown by iam:GetUser (AWS "
		"says no, denied)\n"));
	/* a key that was seen is there, wherever the list broke off */
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.key = true;
	w.failing = 'k';
	fail_next(ERROR_REMOTE, "AccessDenied");
	gather("Ldku");
	assert_non_null(strstr(rows, "; key yes by iam:ListAccessKeys +7"));
	again(ADMIN);
	live.rights = RIGHTS;
	w.rights = RIGHTS_YES;
	w.failing = 'k';
	fail_next(ERROR_REMOTE, "AccessDenied");
	gather("Ldkp");
	assert_non_null(strstr(rows, "; key unknown by iam:ListAccessKeys "
		"(AWS says no, denied)"));
	rows[0] = '\0';
}

static void who_has_a_virtual_device_need_not_be_asked(void **state)
{
	(void)state;
	OK(live_held_add(&live.virtuals, ROOT_OWNER, "s", "virtual", NOW,
		&err));
	live.virtuals.p[0].user_id = strdup("IDalice");
	live.virtual_when = NOW + 2;
	gather("L");
	rows_are("alice: MFA yes by iam:ListVirtualMFADevices +2; password "
		"unknown by " PROFILE "\n");
	again(MFA);
	OK(live_held_add(&live.virtuals, ROOT_OWNER, "s", "virtual", NOW,
		&err));
	live.virtuals.p[0].user_id = strdup("IDbob");
	gather("Ldp");
	rows[0] = '\0';
}

static void each_is_counted_for_later_runs(void **state)
{
	struct audit_counted counted = { .n = 0 };

	(void)state;
	audited.counted = &counted;
	w.devices = "fv";
	w.users[1] = "bob";
	w.users_n = 2;
	gather("Ldd");
	assert_int_equal(counted.n, 2);
	assert_string_equal(counted.p[0].user_id, "IDalice");
	assert_int_equal(counted.p[0].devices, 2);
	assert_string_equal(counted.p[0].kinds, "fido, virtual");
	assert_true(counted.p[0].when == NOW + 7);
	assert_int_equal(counted.missing, 0);
	again(MFA);
	audited.counted = &counted;
	w.failing = 'd';
	fail_next(ERROR_REMOTE, "AccessDenied");
	gather("Ldp");
	assert_int_equal(counted.missing, 1);
	assert_int_equal(counted.n, 2);
	audit_counted_done(&counted);
	audited.counted = NULL;
	rows[0] = '\0';
}

static void certify_all(const char *asked)
{
	gather("Ld");
	rows[0] = w.asked[0] = '\0';
	OK(live_ask_certified(&live, &err));
	assert_string_equal(w.asked, asked);
}

static void each_fido_device_is_asked_for_its_certification(void **state)
{
	(void)state;
	again(CERTIFIED | ONE);
	w.devices = "fvf";
	w.certifications = 2;
	certify_all("12");
	rows_are("alice alice-f0: yes by " LIST " +7; certified yes by "
		"iam:GetMFADevice +7 FIDO L1, FIDO-FIPS-140-2 L2; bound no by "
		"registry +0\n"
		"alice alice-f2: yes by " LIST " +7; certified yes by "
		"iam:GetMFADevice +7 FIDO L1, FIDO-FIPS-140-2 L2; bound no by "
		"registry +0\n");
	again(CERTIFIED | ONE);
	w.devices = "f";
	certify_all("1");
	rows_are("alice alice-f0: yes by " LIST " +7; certified no by "
		"iam:GetMFADevice +7 ; bound no by registry +0\n");
	again(CERTIFIED | ONE);
	w.devices = "v";
	certify_all("");
	rows_are("");
	again(ONE);
	w.devices = "f";
	certify_all("");
}

static void a_certification_that_is_not_told_is_unknown(void **state)
{
	(void)state;
	again(CERTIFIED | ONE);
	w.devices = "ff";
	w.failing = '1';
	fail_next(ERROR_REMOTE, "AccessDenied");
	certify_all("1");
	rows_are("");
	assert_string_equal(audited.skipped[AUDIT_USER_UNCERTIFIED], "the "
		"caller may not ask for it: iam:GetMFADevice");
	again(CERTIFIED | ONE);
	w.devices = "ff";
	w.failing = '2';
	fail_next(ERROR_UNREACHABLE, "");
	certify_all("12");
	assert_non_null(strstr(rows, "alice alice-f1: yes by " LIST " +7; "
		"certified unknown by iam:GetMFADevice (AWS says no) ;"));
	/* removed since it was listed */
	again(CERTIFIED | ONE);
	w.devices = "ff";
	w.failing = '1';
	fail_next(ERROR_REMOTE, "NoSuchEntity");
	certify_all("12");
	assert_null(strstr(rows, "alice-f0"));
	assert_non_null(strstr(rows, "alice-f1"));
	/* AWS is away */
	again(CERTIFIED | ONE);
	w.devices = "f";
	gather("Ld");
	rows[0] = w.asked[0] = '\0';
	gap(&live.stopped, false);
	OK(live_ask_certified(&live, &err));
	assert_string_equal(w.asked, "");
	rows_are("alice alice-f0: yes by " LIST " +7; certified unknown by "
		"iam:GetMFADevice (AWS says no) ; bound no by registry +0\n");
	/* a list that was not read whole is a row by itself */
	again(CERTIFIED | ONE);
	w.failing = 'd';
	fail_next(ERROR_REMOTE, "AccessDenied");
	certify_all("");
	rows_are("alice -: unknown by " LIST " (AWS says no, denied); "
		"certified - -; bound -\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_decides_and_else_the_password),
		TEST(a_fresh_report_saves_questions),
		TEST(what_changed_since_the_report_is_counted),
		TEST(a_user_with_a_new_name_is_the_same_one),
		TEST(users_that_are_not_listed_are_a_row),
		TEST(a_question_without_an_answer_leaves_it_unknown),
		TEST(what_can_be_phished_wants_to_know_of_a_password),
		TEST(an_administrator_without_mfa_is_made_sure_of),
		TEST(who_is_another_by_now_is_no_administrator),
		TEST(who_has_a_virtual_device_need_not_be_asked),
		TEST(each_is_counted_for_later_runs),
		TEST(each_fido_device_is_asked_for_its_certification),
		TEST(a_certification_that_is_not_told_is_unknown),
	};

	return cmocka_run_group_tests_name("gather people", tests, NULL, NULL);
}
