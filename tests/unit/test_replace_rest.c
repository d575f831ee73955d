/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Once more where something of a replacement is done: what the registry and
 * the journals tell of the new device, and when nothing is left to do.
 */
#include "tests/unit/replace-parts.h"

static const struct bound {
	const char *account, *user_id, *device;
} hers = { ACCOUNT, "IDalice", NEW };

/* At that time; ret_id NULL: nobody asks. */
static void bind_at(time_t at, const struct bound *b, char ret_id[ID_LEN])
{
	struct event_draft d = { .type = EVENT_BINDING_ADDED, .time = at };
	char id[ID_LEN], name[ID_LEN];
	struct registry_head head;
	json_t *body;

	new_id(id);
	OK(registry_name_put(reg, "aws-device", b->device, name, &err));
	body = json_pack("{s:s,s:s,s:s,s:s,s:s}", "binding", id, "kind",
		"aws", "account", b->account, "user", b->user_id, "device",
		name);
	d.body = body;
	OK(registry_actor(reg, NULL, NULL, &d.actor, &err));
	OK(registry_append(reg, &d, &head, &err));
	json_decref(body);
	if (ret_id)
		strcpy(ret_id, id);
}

/* No journal is a replacement's, and AWS has the old device no more. */
static void old_is_gone(void)
{
	x.devices[0] = DEVICE("c");
	q.old = OLD;
}

/* ---- what was made since it began ---- */

static void only_what_was_bound_since_is_the_new_one(void **state)
{
	static const struct bound others[] = {
		{ ACCOUNT, "IDbob", NEW },
		{ ELSEWHERE, "IDalice", NEW },
	};
	struct journal_facts f;
	char id[ID_LEN];
	size_t i;

	(void)state;
	bind_at(AWS_NOW, &hers, NULL);
	f = facts_of(JOURNAL_REPLACE);
	leave(&f);
	for (i = 0; i < ARRAY_LEN(others); i++)
		bind_at(AWS_NOW, &others[i], NULL);
	goes("ulSER", "");
	/* one that was taken away since is none */
	f = facts_of(JOURNAL_REPLACE);
	leave(&f);
	bind_at(AWS_NOW, &hers, id);
	unbind(id);
	goes("ulSER", "");
	/* the last one is it */
	f = facts_of(JOURNAL_REPLACE);
	leave(&f);
	bind_at(AWS_NOW, &(struct bound){ ACCOUNT, "IDalice", DEVICE("x") },
		NULL);
	bind_at(AWS_NOW, &hers, NULL);
	goes("ulSR", THERE);
}

static void a_journal_without_its_beginning_is_corrupt(void **state)
{
	struct journal_facts f = facts_of(JOURNAL_REPLACE);

	(void)state;
	strcpy(f.after, "soon");
	leave(&f);
	FAILS(ERROR_CORRUPT, go());
	assert_string_equal(err.text, "a journal of the replacement of '" OLD
		"' does not say when it began");
	assert_string_equal(asked, "ulS");
	q.stolen = true;
	x.half_gone = true;
	FAILS(ERROR_CORRUPT, go());
	assert_string_equal(asked, "ulSR");
	q.stolen = false;
	x.devices_n = 8;
	for (size_t i = 1; i < 8; i++)
		x.devices[i] = DEVICE("b");
	FAILS(ERROR_CORRUPT, go());
	assert_string_equal(asked, "ulS");
}

/* A new key is not looked for where it is there already. */
static void what_is_made_is_not_to_be_plugged_in(void **state)
{
	struct journal_facts f = facts_of(JOURNAL_REPLACE);

	(void)state;
	leave(&f);
	bind_at(AWS_NOW, &hers, NULL);
	old_is_gone();
	goes("ulSR", THERE);
	assert_true(done.old_first);
}

/* ---- the revocation alone is left ---- */

static void what_aws_kept_is_taken_once_more(void **state)
{
	struct journal_facts f = facts_of(JOURNAL_REVOKE);

	(void)state;
	leave(&f);
	bind_at(AWS_NOW, &hers, NULL);
	old_is_gone();
	goes("ulR", THERE);
	assert_true(done.made_before);
	assert_false(done.done_before);
	fails_at('R', ERROR_REMOTE, "AccessDenied");
	stops("ulR", false);
}

static void a_revocation_of_no_replacement_is_none(void **state)
{
	struct journal_facts f = facts_of(JOURNAL_REVOKE);

	(void)state;
	strcpy(f.after, "");
	leave(&f);
	bind_at(AWS_NOW, &hers, NULL);
	old_is_gone();
	FAILS(ERROR_FAILED, go());
	assert_string_equal(err.text, "'alice' has no device '" OLD "' that "
		"could be replaced: `tokenbridge enroll` makes one");
	assert_string_equal(asked, "ul");
	assert_false(done.done_before);
	strcpy(f.after, "soon");
	leave(&f);
	FAILS(ERROR_CORRUPT, go());
}

static void a_part_is_known_by_its_beginning(void **state)
{
	struct journal_facts f = { .kind = JOURNAL_REPLACE };

	(void)state;
	assert_true(replace_is_part(&f));
	f.kind = JOURNAL_REVOKE;
	assert_false(replace_is_part(&f));
	strcpy(f.after, "1");
	assert_true(replace_is_part(&f));
	f.kind = JOURNAL_ENROLL;
	assert_false(replace_is_part(&f));
}

/* ---- all of it is done ---- */

/* The old one was bound at 1000 and is bound no more; of these the new one
 * came since. */
static void bind_old(time_t at, bool removed)
{
	char id[ID_LEN];

	bind_at(at, &(struct bound){ ACCOUNT, "IDalice", OLD }, id);
	if (removed)
		unbind(id);
}

/* Forgets every binding: another registry. */
static void begin_anew(void **state)
{
	finish(state);
	begin_replace(state);
	finish(state);
	begin(state);
	q.enroll.reg = reg;
	q.enroll.actor = w.actor;
	old_is_gone();
}

static void is_done(bool want, const char *questions)
{
	if (want) {
		goes(questions, "");
		assert_true(done.done_before && done.made_before);
		assert_true(done.gone.gone);
		assert_false(done.old_first);
		assert_string_equal(done.made.facts.serial, NEW);
		assert_string_equal(done.gone.facts.serial, OLD);
		assert_string_equal(done.gone.facts.user, "alice");
		assert_int_equal(done.gone.facts.kind, JOURNAL_REVOKE);
		assert_true(done.gone.head.seq > 0);
		return;
	}
	SAYS(ERROR_FAILED, "that could be replaced", go());
	assert_string_equal(asked, questions);
}

static void what_is_done_is_told_by_the_registry(void **state)
{
	begin_anew(state);
	is_done(false, "ul");
	bind_old(1000, true);
	is_done(false, "ul");
	bind_at(999, &hers, NULL);
	is_done(false, "ul");
	bind_at(1000, &hers, NULL);
	is_done(true, "ulL");
	q.old = "old";
	is_done(true, "ulL");
	/* and by AWS */
	x.at = SIGHT_FREE;
	SAYS(ERROR_FAILED, "'alice' has no device '" OLD "' that could be "
		"replaced", go());
	x.at = SIGHT_HIS;
	fails_at('L', ERROR_TIMEOUT, "");
	SAYS(ERROR_TIMEOUT, "AWS says no", go());
	failing.question = '\0';
	/* one that is in force is no old one */
	bind_old(900, false);
	is_done(false, "ul");
}

static void of_several_bindings_the_last_ones_count(void **state)
{
	static const struct bound x1 = { ACCOUNT, "IDalice", DEVICE("x") };
	char id[ID_LEN];

	begin_anew(state);
	bind_old(1000, true);
	bind_old(2000, true);
	bind_old(1500, true);
	bind_at(1700, &hers, NULL);
	is_done(false, "ul");
	bind_at(2000, &x1, NULL);
	bind_at(2001, &hers, NULL);
	is_done(true, "ulL");
	bind_at(1999, &x1, NULL);
	is_done(true, "ulL");
	bind_at(3000, &x1, id);
	unbind(id);
	is_done(true, "ulL");
	/* another's bindings are no word on hers */
	bind_at(3000, &(struct bound){ ACCOUNT, "IDbob", OLD }, NULL);
	bind_at(3000, &(struct bound){ ELSEWHERE, "IDalice", OLD }, NULL);
	bind_at(3000, &(struct bound){ ACCOUNT, "IDbob", DEVICE("x") }, NULL);
	is_done(true, "ulL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_what_was_bound_since_is_the_new_one),
		TEST(a_journal_without_its_beginning_is_corrupt),
		TEST(what_is_made_is_not_to_be_plugged_in),
		TEST(what_aws_kept_is_taken_once_more),
		TEST(a_revocation_of_no_replacement_is_none),
		TEST(a_part_is_known_by_its_beginning),
		TEST(what_is_done_is_told_by_the_registry),
		TEST(of_several_bindings_the_last_ones_count),
	};

	return cmocka_run_group_tests_name("replace rest", tests, NULL, NULL);
}
