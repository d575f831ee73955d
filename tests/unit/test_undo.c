/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Taking back what an enrollment began: by where it stands, by who has the
 * device now, and by what the token says. And what is recorded where it went
 * forward.
 */
#include "tests/unit/revoke-parts.h"

#include "bridge/mfa/bare.h"
#include "bridge/mfa/sequence.h"
#include "bridge/prompt/oath.h"
#include "token/worker/oath.h"

#define LINES "An administrator can remove it with:\n  aws iam "               \
	"delete-virtual-mfa-device --serial-number " DEVICE("a") "\n"

static struct journal j;
static struct sequence s;
static enum sequence_undo undone;
static struct {
	struct sight sights[3]; /* one look after the other; the last stays */
	size_t looks;
	bool no_card, no_oath, locked, stays_locked, empty, undeleted;
	bool others;     /* what the application holds is of other devices */
	bool listed;     /* ListMFADevices has it */
	unsigned from;   /* ... from that look on */
} x;

WRAP(int, account_look, struct account *c, const struct sight_of *of,
	struct sight *ret, struct error *e)
{
	assert_ptr_equal(c, &aws);
	assert_string_equal(of->serial, DEVICE("a"));
	assert_string_equal(of->user_id, "IDalice");
	*ret = x.sights[x.looks];
	if (x.looks + 1 < ARRAY_LEN(x.sights))
		x.looks++;
	return ask('L', e);
}

WRAP(int, account_device_is_assigned, struct account *c, const char *user,
	const char *serial, bool *ret, struct error *e)
{
	(void)c;
	assert_string_equal(user, "alice");
	assert_string_equal(serial, DEVICE("a"));
	x.looks++;
	*ret = x.listed && x.looks >= x.from;
	return ask('d', e);
}

WRAP(int, iam_delete_virtual_mfa_device, struct aws_session *session,
	const char *serial, struct error *e)
{
	(void)session;
	assert_string_equal(serial, DEVICE("a"));
	return ask('X', e);
}

WRAP(int, oath_find, struct worker *worker, const struct oath_search *search,
	struct oath_card **ret, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)worker;
	(void)until;
	assert_int_equal(cancel_fd, run.cancel_fd);
	assert_string_equal(search->token.id, "0a1b2c3d");
	assert_int_equal(search->token.serial, 1001);
	assert_true(search->token.has_serial && !search->config);
	*ret = NULL;
	if (!x.no_card) {
		*ret = calloc(1, sizeof(**ret));
		assert_non_null(*ret);
		(*ret)->has_oath = !x.no_oath;
		(*ret)->applet.locked = x.locked;
		strcpy((*ret)->applet.id, "ffffffff");
		(*ret)->applet.n = x.empty ? 0 : 2;
		strcpy((*ret)->applet.accounts[1].name, x.others ?
			DEVICE("b") : DEVICE("a"));
	}
	return ask('O', e);
}

WRAP(int, prompt_oath_password, const struct run *r, struct worker *worker,
	const struct card_place *at, const char *who, struct error *e)
{
	(void)worker;
	assert_ptr_equal(r, &run);
	assert_string_equal(at->id, "ffffffff");
	assert_string_equal(who, "token 1001");
	x.locked = x.stays_locked;
	return ask('W', e);
}

WRAP(int, oath_delete, struct worker *worker, const struct oath_target *t,
	bool *ret_deleted, int cancel_fd, deadline_t until, struct error *e)
{
	(void)worker;
	(void)cancel_fd;
	(void)until;
	assert_string_equal(t->name, DEVICE("a"));
	assert_string_equal(t->place.id, "ffffffff");
	*ret_deleted = !x.undeleted;
	return ask('D', e);
}

static void stands(enum journal_point point)
{
	struct journal_facts f = { .kind = JOURNAL_ENROLL,
		.token_serial = 1001 };

	if (j.path)
		(void)journal_end(&j, NULL); /* it may be over */
	journal_done(&j);
	j = (struct journal){ .fd = -1, .begun = AWS_NOW };
	strcpy(f.account, ACCOUNT);
	strcpy(f.user, "alice");
	strcpy(f.user_id, "IDalice");
	strcpy(f.serial, DEVICE("a"));
	strcpy(f.oath_id, "0a1b2c3d");
	strcpy(f.oath_account, DEVICE("a"));
	strcpy(f.method, "totp");
	new_id(f.binding);
	new_id(j.id);
	OK(journal_begin(&j, registry_path(reg), &f, &err));
	if (point != JOURNAL_INTENT)
		OK(journal_point(&j, point, &err));
	j.since -= 60;
	x.looks = 0;
	asked[0] = said[0] = '\0';
}

static int begin_undo(void **state)
{
	begin(state);
	memset(&x, 0, sizeof(x));
	j = (struct journal){ .fd = -1 };
	s = (struct sequence){ .run = &run, .aws = &aws, .reg = reg,
		.journal = &j, .actor = w.actor };
	return 0;
}

static int end(void **state)
{
	journal_done(&j);
	return finish(state);
}

static int undo(bool patient)
{
	return sequence_undo(&s, patient, &undone, &err);
}

static void sees(enum sight_at at)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(x.sights); i++) {
		x.sights[i] = (struct sight){ .at = at };
		if (at == SIGHT_HIS || at == SIGHT_OTHERS)
			strcpy(x.sights[i].user, at == SIGHT_HIS ? "alice" :
				"bob");
	}
}

/* What the only journal says of itself; NULL: there is none. */
static void owes(const char *cause, enum journal_point point)
{
	struct journal_sights list = { .p = NULL };

	OK(journal_see_all(&list, registry_path(reg), &err));
	assert_int_equal(list.n, cause != NULL);
	if (cause) {
		assert_string_equal(list.p[0].journal.cause, cause);
		assert_int_equal(list.p[0].journal.point, point);
	}
	journal_sights_done(&list);
}

/* ---- at AWS ---- */

static void by_where_it_stands_and_who_has_it(void **state)
{
	static const struct {
		enum journal_point point;
		enum sight_at at;
		const char *asked;
		enum sequence_undo undone;
	} rows[] = {
		{ JOURNAL_INTENT, SIGHT_FREE, "", SEQUENCE_UNDONE },
		{ JOURNAL_IDENTITY, SIGHT_FREE, "", SEQUENCE_UNDONE },
		{ JOURNAL_CREATE_SENT, SIGHT_ABSENT, "L", SEQUENCE_UNDONE },
		{ JOURNAL_CREATED, SIGHT_FREE, "LX", SEQUENCE_UNDONE },
		{ JOURNAL_CREATED, SIGHT_UNSEEN, "LX", SEQUENCE_UNDONE },
		{ JOURNAL_PUT_SENT, SIGHT_FREE, "LXOD", SEQUENCE_UNDONE },
		{ JOURNAL_PROVED, SIGHT_ABSENT, "LOD", SEQUENCE_UNDONE },
		{ JOURNAL_ENABLE_SENT, SIGHT_HIS, "L", SEQUENCE_ASSIGNED },
		{ JOURNAL_ENABLE_SENT, SIGHT_FREE, "LXOD", SEQUENCE_UNDONE },
		{ JOURNAL_UNDO, SIGHT_FREE, "LXOD", SEQUENCE_UNDONE },
		{ JOURNAL_ORPHAN, SIGHT_FREE, "LX", SEQUENCE_UNDONE },
		{ JOURNAL_ORPHAN, SIGHT_ABSENT, "L", SEQUENCE_UNDONE },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		stands(rows[i].point);
		sees(rows[i].at);
		OK(undo(false));
		asked_is(rows[i].asked);
		assert_int_equal(undone, rows[i].undone);
		assert_string_equal(said, "");
		if (undone == SEQUENCE_ASSIGNED)
			owes("", JOURNAL_ENABLE_SENT);
		else
			owes(NULL, 0);
	}
}

static void who_has_it_meanwhile_keeps_it(void **state)
{
	(void)state;
	stands(JOURNAL_CREATED);
	sees(SIGHT_OTHERS);
	SAYS(ERROR_CONFLICT, "device '" DEVICE("a") "' of 'alice' is enabled "
		"for 'bob' by now: nothing was done to it", undo(false));
	asked_is("L");
	owes("device '" DEVICE("a") "' of 'alice' is enabled for 'bob' by now: "
		"nothing was done to it", JOURNAL_CREATED);
	assert_string_equal(j.remedy, "tokenbridge revoke bob " DEVICE("a")
		" --account " ACCOUNT);
	stands(JOURNAL_CREATED);
	strcpy(x.sights[0].user, "-bob");
	FAILS(ERROR_CONFLICT, undo(false));
	assert_string_equal(j.remedy, "tokenbridge revoke --account " ACCOUNT
		" -- -bob " DEVICE("a"));
	/* root is revoked by nobody */
	stands(JOURNAL_CREATED);
	x.sights[0].of_root = true;
	FAILS(ERROR_CONFLICT, undo(false));
	assert_null(strstr(j.remedy, "revoke"));
	stands(JOURNAL_CREATED);
	sees(SIGHT_HIS);
	SAYS(ERROR_CONFLICT, "device '" DEVICE("a") "' of an unfinished "
		"enrollment of 'alice' is in use: somebody else enabled it",
		undo(false));
	stands(JOURNAL_ENABLE_SENT);
	sees(SIGHT_UNSEEN);
	SAYS(ERROR_FAILED, "AWS does not tell who has '" DEVICE("a") "'",
		undo(false));
	error_set(&x.sights[0].why, ERROR_REMOTE, "you may not");
	stands(JOURNAL_ENABLE_SENT);
	SAYS(ERROR_REMOTE, "you may not", undo(false));
	/* what was left over and is somebody's now is owed by nobody */
	stands(JOURNAL_ORPHAN);
	sees(SIGHT_OTHERS);
	OK(undo(false));
	assert_string_equal(said, "Device '" DEVICE("a") "', which was left "
		"over, is 'bob's by now.\n");
	owes(NULL, 0);
	/* renamed, it is the user all the same */
	stands(JOURNAL_ENABLE_SENT);
	sees(SIGHT_HIS);
	strcpy(x.sights[0].user, "alicia");
	OK(undo(false));
	assert_string_equal(said, "IAM user 'alice' is 'alicia' by now.\n");
	assert_string_equal(j.facts.user, "alicia");
}

static void a_request_that_was_lost_may_arrive_still(void **state)
{
	(void)state;
	stands(JOURNAL_CREATE_SENT);
	sees(SIGHT_ABSENT);
	j.since = time(NULL);
	OK(undo(false));
	asked_is(".L");
	stands(JOURNAL_CREATED);
	j.since = time(NULL);
	OK(undo(false));
	asked_is("L");
	stands(JOURNAL_CREATE_SENT);
	j.since = time(NULL) - 5;
	OK(undo(false));
	asked_is("L");
	stands(JOURNAL_CREATE_SENT);
	/* the clock was set back: how long ago it was is not known */
	j.since = time(NULL) + 100;
	OK(undo(false));
	asked_is(".L");
	stands(JOURNAL_CREATE_SENT);
	j.since = time(NULL);
	fails_at('.', ERROR_INTERRUPTED, "");
	SAYS(ERROR_INTERRUPTED, "AWS says no", undo(false));
}

static void no_is_believed_after_the_third_time(void **state)
{
	const char *const twice = "AWS does not show the device yet: asking "
		"again in 6 s.\nAWS does not show the device yet: asking again "
		"in 14 s.\n";
	bool assigned;

	(void)state;
	stands(JOURNAL_ENABLE_SENT);
	sees(SIGHT_FREE);
	OK(undo(true));
	asked_is("L.L.LXOD");
	assert_string_equal(said, twice);
	stands(JOURNAL_ENABLE_SENT);
	sees(SIGHT_FREE);
	x.sights[1] = (struct sight){ .at = SIGHT_HIS, .user = "alice" };
	OK(undo(true));
	asked_is("L.L");
	assert_int_equal(undone, SEQUENCE_ASSIGNED);
	stands(JOURNAL_CREATED);
	sees(SIGHT_FREE);
	OK(undo(true));
	asked_is("LX");
	/* the same of one that went forward */
	stands(JOURNAL_ENABLED);
	OK(sequence_settle_enabled(&s, &assigned, &err));
	assert_false(assigned);
	asked_is("d.d.d");
	assert_string_equal(said, twice);
	x.listed = true;
	x.from = 5;
	OK(sequence_settle_enabled(&s, &assigned, &err));
	assert_true(assigned);
	asked_is("d.d");
	fails_at('d', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", sequence_settle_enabled(&s,
		&assigned, &err));
}

static void what_aws_answers_to_the_deletion(void **state)
{
	static const struct {
		int code;
		const char *foreign, *asked;
		enum sequence_undo undone;
	} rows[] = {
		{ ERROR_REMOTE, "NoSuchEntity", "LXOD", SEQUENCE_UNDONE },
		{ ERROR_REMOTE, "AccessDenied", "LXOD", SEQUENCE_ORPHAN },
	};
	size_t i;

	(void)state;
	sees(SIGHT_FREE);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		stands(JOURNAL_PROVED);
		fails_at('X', rows[i].code, rows[i].foreign);
		OK(undo(false));
		asked_is(rows[i].asked);
		assert_int_equal(undone, rows[i].undone);
	}
	assert_string_equal(said, "warning: the unassigned device '" DEVICE("a")
		"' stays in account " ACCOUNT ": AWS says no\n" LINES);
	owes("AWS says no", JOURNAL_ORPHAN);
	assert_string_equal(j.facts.oath_account, "");
	stands(JOURNAL_PROVED);
	fails_at('X', ERROR_UNREACHABLE, "");
	SAYS(ERROR_UNREACHABLE, "AWS says no", undo(false));
	asked_is("LX");
	owes("", JOURNAL_PROVED);
	/* in use after all */
	fails_at('X', ERROR_REMOTE, "DeleteConflict");
	stands(JOURNAL_ENABLE_SENT);
	x.sights[1] = (struct sight){ .at = SIGHT_HIS, .user = "alice" };
	OK(undo(false));
	assert_int_equal(undone, SEQUENCE_ASSIGNED);
	stands(JOURNAL_PROVED);
	SAYS(ERROR_CONFLICT, "is in use: somebody else enabled it",
		undo(false));
	stands(JOURNAL_PROVED);
	sees(SIGHT_FREE);
	SAYS(ERROR_CONFLICT, "AWS says that device '" DEVICE("a") "' is in "
		"use, and not whose it is", undo(false));
	fails_at('L', ERROR_UNREACHABLE, "");
	stands(JOURNAL_PROVED);
	SAYS(ERROR_UNREACHABLE, "AWS says no", undo(false));
	asked_is("L");
}

static void what_may_be_anothers_is_not_deleted(void **state)
{
	(void)state;
	stands(JOURNAL_CREATE_SENT);
	sees(SIGHT_FREE);
	j.facts.did |= JOURNAL_EXACT_NAME;
	OK(undo(false));
	asked_is("L");
	assert_int_equal(undone, SEQUENCE_ORPHAN);
	assert_string_equal(said, "warning: the unassigned device '" DEVICE("a")
		"' stays in account " ACCOUNT ": its name may have been given "
		"by others too, and AWS's answer to its making was never "
		"seen\n" LINES);
	/* where AWS has said that it is ours it is */
	stands(JOURNAL_CREATED);
	j.facts.did |= JOURNAL_EXACT_NAME | JOURNAL_DID_CREATE;
	OK(undo(false));
	asked_is("LX");
}

/* ---- in the token ---- */

static void the_account_goes_with_it(void **state)
{
	static const struct {
		bool no_oath, empty, undeleted;
		const char *asked;
		bool did;
	} rows[] = {
		{ false, false, false, "LXOD", true },
		{ false, false, true, "LXOD", false },
		{ true, false, false, "LXO", false },
		{ false, true, false, "LXO", false },
	};
	size_t i;

	(void)state;
	sees(SIGHT_FREE);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		x.no_oath = rows[i].no_oath;
		x.empty = rows[i].empty;
		x.undeleted = rows[i].undeleted;
		stands(JOURNAL_PROVED);
		OK(undo(false));
		asked_is(rows[i].asked);
		assert_int_equal((j.facts.did & JOURNAL_DID_ACCOUNT) != 0,
			rows[i].did);
	}
	x.empty = false;
	x.others = true;
	stands(JOURNAL_PROVED);
	OK(undo(false));
	asked_is("LXO");
	x.others = false;
	x.locked = true;
	stands(JOURNAL_PROVED);
	OK(undo(false));
	asked_is("LXOWOD");
	/* it stays locked */
	x.locked = true;
	fails_at('W', ERROR_PIN, "");
	stands(JOURNAL_PROVED);
	OK(undo(false));
	asked_is("LXOW");
	assert_int_equal(undone, SEQUENCE_OWED);
	owes("AWS says no", JOURNAL_UNDO);
	x.locked = true;
	fails_at('W', ERROR_INTERRUPTED, "");
	stands(JOURNAL_PROVED);
	SAYS(ERROR_INTERRUPTED, "AWS says no", undo(false));
}

static void a_token_that_is_not_here_is_waited_for(void **state)
{
	enum sequence_account account;
	struct error why;
	char id[ID_LEN];

	(void)state;
	sees(SIGHT_FREE);
	x.no_card = true;
	stands(JOURNAL_PROVED);
	OK(undo(false));
	assert_int_equal(undone, SEQUENCE_OWED);
	owes("token 1001 is not here: plug it in", JOURNAL_UNDO);
	fails_at('O', ERROR_UNSUPPORTED, "");
	stands(JOURNAL_PROVED);
	OK(undo(false));
	assert_int_equal(undone, SEQUENCE_OWED);
	fails_at('O', ERROR_BUSY, "");
	stands(JOURNAL_PROVED);
	SAYS(ERROR_BUSY, "AWS says no", undo(false));
	failing.question = 0;
	/* one that is lost by the registry is not */
	add_token(reg, "1001", id);
	stands(JOURNAL_PROVED);
	strcpy(j.facts.token, id);
	OK(undo(false));
	assert_int_equal(undone, SEQUENCE_OWED);
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", id, "state",
		"lost"));
	stands(JOURNAL_PROVED);
	strcpy(j.facts.token, id);
	OK(undo(false));
	assert_int_equal(undone, SEQUENCE_UNDONE);
	owes(NULL, 0);
	OK(sequence_remove_account(&s, &account, &why, &err));
	assert_int_equal(account, SEQUENCE_ACCOUNT_LEFT);
	assert_string_equal(why.text, "token 1001 is lost or retired by the "
		"registry: nothing waits for it");
}

static void where_nothing_is_known_of_it_no_token_is_asked(void **state)
{
	enum sequence_account account;
	struct error why;

	(void)state;
	stands(JOURNAL_PROVED);
	j.facts.oath_account[0] = '\0';
	OK(sequence_remove_account(&s, &account, &why, &err));
	strcpy(j.facts.oath_account, DEVICE("a"));
	j.facts.oath_id[0] = '\0';
	j.facts.token_serial = 0;
	OK(sequence_remove_account(&s, &account, &why, &err));
	assert_int_equal(account, SEQUENCE_ACCOUNT_NONE);
	asked_is("");
}

/* ---- rows of which nobody has seen the token ---- */

static void a_bare_row_gives_way(void **state)
{
	char bare[ID_LEN], holder[ID_LEN], id[ID_LEN], seen[ID_LEN];
	struct registry_tokens list = { NULL, 0 };
	struct record record = { .reg = reg, .actor = w.actor };
	char journal[ID_LEN];

	(void)state;
	new_id(bare);
	new_id(journal);
	record.journal = journal;
	add(reg, EVENT_TOKEN_ADDED, json_pack("{s:s,s:s}", "token", bare,
		"state", "adopted"));
	bind_device(bare, ACCOUNT, "IDalice", "alice", DEVICE("a"), id);
	OK(bare_check_device(reg, DEVICE("a"), "alice", &err));
	add_holder(reg, "alice", holder);
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", bare,
		"holder", holder));
	OK(bare_check_device(reg, DEVICE("a"), "alice", &err));
	SAYS(ERROR_CONFLICT, "the registry has '" DEVICE("a") "' as the device "
		"of another token already (", bare_check_device(reg,
			DEVICE("a"), "bob", &err));
	/* its own binding is no other one */
	OK(bare_supersede(&record, DEVICE("a"), id, &err));
	OK(registry_tokens_by_id(reg, bare, &list, &err));
	assert_int_equal(list.p[0].state, REGISTRY_ASSIGNED);
	assert_true(bare_is_row(&list.p[0]));
	registry_tokens_done(&list);
	OK(bare_supersede(&record, DEVICE("a"), journal, &err));
	OK(registry_tokens_by_id(reg, bare, &list, &err));
	assert_int_equal(list.p[0].state, REGISTRY_RETIRED);
	assert_false(bare_is_row(&list.p[0]));
	assert_int_equal(registry_bindings_in_force(&list.p[0].bindings), 0);
	registry_tokens_done(&list);
	OK(bare_check_device(reg, DEVICE("a"), "bob", &err));
	/* a token that was seen keeps its device */
	add_token(reg, "1001", seen);
	bind_device(seen, ACCOUNT, "IDalice", "alice", DEVICE("b"), id);
	FAILS(ERROR_CONFLICT, bare_check_device(reg, DEVICE("b"), "alice",
		&err));
	OK(bare_supersede(&record, DEVICE("b"), journal, &err));
	OK(registry_tokens_by_id(reg, seen, &list, &err));
	assert_int_equal(registry_bindings_in_force(&list.p[0].bindings), 1);
	registry_tokens_done(&list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_undo, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(by_where_it_stands_and_who_has_it),
		TEST(who_has_it_meanwhile_keeps_it),
		TEST(a_request_that_was_lost_may_arrive_still),
		TEST(no_is_believed_after_the_third_time),
		TEST(what_aws_answers_to_the_deletion),
		TEST(what_may_be_anothers_is_not_deleted),
		TEST(the_account_goes_with_it),
		TEST(a_token_that_is_not_here_is_waited_for),
		TEST(where_nothing_is_known_of_it_no_token_is_asked),
		TEST(a_bare_row_gives_way),
	};

	return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
