/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One device by another, with a real registry and real journals: what is
 * enrolled and revoked is the test's word.
 */
#ifndef TESTS_REPLACE_PARTS_H
#define TESTS_REPLACE_PARTS_H

#include "tests/unit/revoke-parts.h"

#include "bridge/account/instead.h"
#include "bridge/enroll/pair.h"
#include "bridge/revoke/replace.h"

#define OLD DEVICE("old")
#define NEW DEVICE("new")
#define NOT_OURS "another's" /* reason in a journal that stays */
#define THERE "The new device '" NEW "' is there already.\n"

static struct replace_request q;
static struct replaced done;
static struct world {
	bool unknown;           /* AWS has no alice */
	const char *devices[9]; /* hers */
	size_t devices_n;
	bool half_gone;         /* a failing revocation has begun */
	enum sight_at at;       /* of NEW */
	char owed[40];          /* the journal's number while it is at work */
} x;

WRAP(int, iam_get_user, struct aws_session *s, const char *name,
	struct iam_user *ret, bool *ret_found, struct error *e)
{
	assert_ptr_equal(s, aws.session);
	assert_string_equal(name, "alice");
	memset(ret, 0, sizeof(*ret));
	*ret_found = !x.unknown;
	strcpy(ret->name, "alice");
	strcpy(ret->id, "IDalice");
	return ask('u', e);
}

WRAP(int, iam_list_mfa_devices, struct aws_session *s, const char *user,
	iam_device_fn fn, void *data, struct error *e)
{
	assert_ptr_equal(s, aws.session);
	assert_string_equal(user, "alice");
	return tell_devices(x.devices, x.devices_n, fn, data, e);
}

WRAP(void, instead_user, const struct account *c, struct registry *r,
	const char *name, char ret[INSTEAD_LEN])
{
	assert_true(c == &aws && r == reg);
	assert_string_equal(name, "alice");
	strcpy(ret, "; did you mean 'alicia'?");
}

WRAP(int, attached_find, const struct run *r, const struct wanted *wanted,
	struct attached *a, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_ptr_equal(wanted, &q.enroll.wanted);
	a->chosen = NULL;
	return ask('f', e);
}

WRAP(int, attached_check, const struct token *t, struct error *e)
{
	assert_null(t);
	return ask('c', e);
}

WRAP(int, account_look, struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(of->user, "alice");
	assert_string_equal(of->user_id, "IDalice");
	assert_string_equal(of->serial, NEW);
	*ret = (struct sight){ .at = x.at };
	return ask('L', e);
}

WRAP(int, revoke_settle, struct revoke_work *work, struct error *e)
{
	assert_true(work->run == &run && work->aws == &aws &&
		work->reg == reg);
	assert_string_equal(work->actor.host, q.enroll.actor.host);
	assert_null(work->receipt);
	return ask('S', e);
}

/* The number that the journal of the replacement has, "" none. */
static UNUSED void look_owed(char ret[40])
{
	CLEANUP(journal_sights_done) struct journal_sights list = { .p = NULL };
	size_t i;

	ret[0] = '\0';
	OK(journal_see_all(&list, place.db, &err));
	for (i = 0; i < list.n; i++) {
		if (list.p[i].journal.facts.kind != JOURNAL_REPLACE ||
			list.p[i].journal.facts.reason[0])
			continue;
		assert_string_equal(ret, "");
		assert_string_equal(list.p[i].journal.facts.serial, OLD);
		strcpy(ret, list.p[i].journal.facts.after);
	}
}

WRAP(int, mfa_enroll, const struct run *r, const struct mfa_request *m,
	struct mfa_enrolled *ret, struct error *e)
{
	char id[ID_LEN];
	int failed = ask('E', e);

	assert_ptr_equal(r, &run);
	assert_non_null(m->kept);
	assert_true(m->aws == &aws && m->reg == reg);
	look_owed(x.owed);
	if (failed < 0)
		return failed;
	bind_device(NULL, ACCOUNT, "IDalice", "alice", NEW, id);
	strcpy(ret->facts.serial, NEW);
	return 0;
}

WRAP(int, mfa_revoke, const struct run *r, const struct mfa_revocation *m,
	struct mfa_revoked *ret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_true(m->aws == &aws && m->reg == reg && m->last &&
		!m->by_the_way);
	assert_string_equal(m->actor.host, q.enroll.actor.host);
	assert_string_equal(m->user, "alice");
	assert_string_equal(m->device, OLD);
	assert_string_equal(m->reason, q.reason ? q.reason : "replaced");
	assert_non_null(m->after);
	look_owed(x.owed);
	if (x.owed[0])
		assert_string_equal(m->after, x.owed);
	if (x.half_gone || failing.question != 'R')
		strcpy(ret->facts.serial, m->device);
	return ask('R', e);
}

static UNUSED int begin_replace(void **state)
{
	char id[ID_LEN];

	begin(state);
	x = (struct world){ .devices = { OLD, DEVICE("b") }, .devices_n = 2,
		.at = SIGHT_HIS };
	q = (struct replace_request){ .enroll = { .aws = &aws, .reg = reg,
		.actor = w.actor, .user = "alice", .method = "totp" },
		.old = "old" };
	memset(&iam, 0, sizeof(iam));
	bind_device(NULL, ACCOUNT, "IDalice", "alice", OLD, id);
	return 0;
}

static UNUSED int go(void)
{
	said[0] = asked[0] = x.owed[0] = '\0';
	memset(&done, 0, sizeof(done));
	return replace_device(&run, &q, &done, &err);
}

static UNUSED void goes(const char *questions, const char *words)
{
	OK(go());
	assert_string_equal(asked, questions);
	assert_string_equal(said, words);
}

/* It fails with AWS's "no", and the journal stays or does not. */
static UNUSED void stops(const char *questions, bool owed)
{
	char number[40];

	SAYS((int)failing.error.code, "AWS says no", go());
	assert_string_equal(asked, questions);
	look_owed(number);
	assert_int_equal(number[0] != '\0', owed);
}

static UNUSED void nothing_is_owed(void)
{
	char number[40];

	look_owed(number);
	assert_string_equal(number, "");
}

static UNUSED void forget_journals(void)
{
	CLEANUP(journal_list_done) struct journal_list list = { .p = NULL };
	size_t i;

	OK(journal_open_all(&list, place.db, &err));
	for (i = 0; i < list.n; i++)
		OK(journal_end(&list.p[i], &err));
}

/* One of an earlier run, of what has happened by now. */
static UNUSED struct journal_facts facts_of(enum journal_kind kind)
{
	struct journal_facts f = { .kind = kind };
	struct registry_head head;

	strcpy(f.account, ACCOUNT);
	strcpy(f.user, "alice");
	strcpy(f.user_id, "IDalice");
	strcpy(f.serial, OLD);
	OK(registry_head(reg, &head, &err));
	snprintf(f.after, sizeof(f.after), "%llu",
		(unsigned long long)head.seq);
	return f;
}

static UNUSED void leave(const struct journal_facts *f)
{
	struct journal j = { .fd = -1 };

	OK(id_new(j.id, &err));
	OK(journal_begin(&j, place.db, f, &err));
	journal_done(&j);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, begin_replace, finish)

#endif
