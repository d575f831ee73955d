/* SPDX-License-Identifier: Apache-2.0 */
/* How what was broken off in a rollout ended. */
#include "tests/unit/settle-parts.h"

static void settles(enum row_state want, const char *steps)
{
	w.steps[0] = '\0';
	OK(session_settle_row(&x, 1, &err));
	assert_int_equal(rows[1].state, want);
	assert_string_equal(w.steps, steps);
}

static void an_enrollment_ended_if_its_binding_was_written(void **state)
{
	(void)state;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_string_equal(rows[1].text, "");
	assert_string_equal(rows[1].device, "alice");
	assert_string_equal(rows[1].token, TOKEN);
	assert_int_equal(w.lists, 3);
	w.bindings[1].device = NULL;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_string_equal(rows[1].device, "");
	begin(state);
	w.bindings_n = 1;
	settles(ROW_OPEN, "write 1 open\n");
	assert_string_equal(rows[1].device, "GAKT1");
	assert_string_equal(rows[1].text, "");
	begin(state);
	w.bindings_n = 2;
	strcpy(w.from.binding, RUN); /* the first one of all */
	strcpy(w.bindings[0].token, TOKEN);
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	begin(state);
	w.from.binding[0] = '\0';
	w.bindings[0].id[0] = '\0';
	settles(ROW_OPEN, "write 1 open\n");
	assert_string_equal(rows[1].token, "");
}

static void the_number_is_the_tokens_where_it_has_one(void **state)
{
	static char number[] = "4294967295", more[] = "4294967296";
	static char seven[] = "7";

	(void)state;
	w.known.value = number;
	w.tokens[0].identifiers_n = 1;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_int_equal(rows[1].serial, UINT32_MAX);
	w.known.value = more;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_int_equal(rows[1].serial, UINT32_MAX);
	w.known.value = seven;
	w.by_id = -ERROR_CORRUPT;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_int_equal(rows[1].serial, UINT32_MAX);
	w.by_id = 0;
	w.tokens_n = 2;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_int_equal(rows[1].serial, UINT32_MAX);
	w.tokens_n = 1;
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_int_equal(rows[1].serial, 7);
}

static void an_undoing_ended_if_nobody_has_the_device(void **state)
{
	(void)state;
	rows[1].state = ROW_UNDOING;
	settles(ROW_DONE, "write 1 done\n");
	assert_string_equal(rows[1].device, device);
	rows[1].state = ROW_UNDOING;
	rows[1].serial = 7;
	w.bindings_n = 1;
	w.bindings[0].removed = 9;
	settles(ROW_OPEN, "write 1 open\n");
	assert_string_equal(rows[1].device, "");
	assert_string_equal(rows[1].journal, "");
	assert_int_equal(rows[1].serial, 0);
}

/* ---- what is owed still ---- */

static struct journal *owe(const char *id, enum journal_point point,
	const char *cause)
{
	struct journal *j = &w.journals[w.journals_n++].journal;

	snprintf(j->id, sizeof(j->id), "%s", id);
	snprintf(j->cause, sizeof(j->cause), "%s", cause);
	j->point = point;
	return j;
}

static void an_enrollment_is_owed_by_its_own_journal(void **state)
{
	(void)state;
	owe(BOUND, JOURNAL_INTENT, "");
	owe(RUN, JOURNAL_ORPHAN, "");
	settles(ROW_DONE, "pin 1\nwrite 1 done\n");
	assert_string_equal(said, "");
	begin(state);
	owe(RUN, JOURNAL_CREATED, "AWS said\001no");
	owe(BOUND, JOURNAL_INTENT, "another");
	settles(ROW_BEGUN, "");
	assert_string_equal(rows[1].text, "AWS said?no");
	assert_string_equal(said, "warning: line 5: the enrollment of 'alice' "
		"is not finished: AWS said\001no\n");
	begin(state);
	owe(BOUND, JOURNAL_INTENT, "another");
	owe(RUN, JOURNAL_CREATED, "");
	settles(ROW_BEGUN, "");
	assert_string_equal(rows[1].text, "it was broken off");
}

static void an_undoing_is_owed_by_a_revocation_of_the_device(void **state)
{
	struct journal *j;

	(void)state;
	rows[1].state = ROW_UNDOING;
	w.bindings_n = 0;
	j = owe(RUN, JOURNAL_ORPHAN, "");
	j->facts.kind = JOURNAL_REVOKE;
	strcpy(j->facts.serial, device);
	settles(ROW_UNDOING, "");
	assert_string_equal(said, "warning: line 5: the undoing of 'alice' is "
		"not finished: it was broken off\n");
	j->facts.kind = JOURNAL_REVOKE_USER;
	settles(ROW_OPEN, "write 1 open\n");
	begin(state);
	rows[1].state = ROW_UNDOING;
	w.bindings_n = 0;
	j = owe(RUN, JOURNAL_INTENT, "");
	j->facts.kind = JOURNAL_REVOKE;
	strcpy(j->facts.serial, "GAKT2");
	settles(ROW_OPEN, "write 1 open\n");
}

static void a_cause_is_kept_as_far_as_there_is_room(void **state)
{
	char cause[JOURNAL_CAUSE_LEN];

	(void)state;
	memset(cause, 'x', sizeof(cause));
	cause[sizeof(cause) - 1] = '\0';
	assert_true(sizeof(cause) > sizeof(rows[1].text));
	owe(RUN, JOURNAL_CREATED, cause);
	settles(ROW_BEGUN, "");
	assert_int_equal(strlen(rows[1].text), sizeof(rows[1].text) - 1);
}

static void fails_so(int *how, enum row_state from, const char *steps)
{
	*how = -ERROR_CONFLICT;
	rows[1].state = from;
	w.steps[0] = '\0';
	SAYS(ERROR_CONFLICT, "it failed", session_settle_row(&x, 1, &err));
	assert_string_equal(w.steps, steps);
	*how = 0;
}

static void what_cannot_be_known_is_not_settled(void **state)
{
	(void)state;
	fails_so(&w.see, ROW_BEGUN, "");
	fails_so(&w.origin, ROW_BEGUN, "");
	fails_so(&w.all, ROW_BEGUN, "");
	assert_int_equal(rows[1].state, ROW_BEGUN);
	fails_so(&w.by_device, ROW_UNDOING, "");
	assert_int_equal(rows[1].state, ROW_UNDOING);
	fails_so(&w.write, ROW_UNDOING, "write 1 done\n");
	fails_so(&w.pin, ROW_BEGUN, "pin 1\n");
	fails_so(&w.write, ROW_BEGUN, "pin 1\nwrite 1 done\n");
	/* a journal that counts is none where the folder cannot be read */
	owe(RUN, JOURNAL_CREATED, "");
	fails_so(&w.see, ROW_BEGUN, "");
	assert_string_equal(said, "");
}

/* ---- all rows ---- */

static void settles_all(enum row_state first, enum row_state second,
	const char *steps)
{
	begin(NULL);
	strcpy(rows[0].journal, RUN);
	strcpy(rows[0].device, device);
	rows[0].state = first;
	rows[1].state = second;
	rows[2].state = ROW_SKIPPED;
	OK(session_settle(&x, &err));
	assert_string_equal(w.steps, steps);
	assert_int_equal(rows[2].state, ROW_OPEN);
}

static void journals_come_first_and_only_where_a_row_needs_it(void **state)
{
	(void)state;
	settles_all(ROW_OPEN, ROW_DONE, "");
	settles_all(ROW_FAILED, ROW_DONE, "");
	assert_int_equal(rows[0].state, ROW_OPEN);
	assert_int_equal(rows[1].state, ROW_DONE);
	settles_all(ROW_BEGUN, ROW_OPEN, "recover\npin 0\nwrite 0 done\n");
	settles_all(ROW_OPEN, ROW_UNDOING, "recover\nwrite 1 done\n");
	settles_all(ROW_BEGUN, ROW_UNDOING, "recover\npin 0\nwrite 0 done\n"
		"write 1 done\n");
}

static void what_fails_ends_it(void **state)
{
	(void)state;
	rows[2].state = ROW_SKIPPED;
	w.recover = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "it failed", session_settle(&x, &err));
	assert_string_equal(w.steps, "recover\n");
	w.recover = 0;
	w.see = -ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "it failed", session_settle(&x, &err));
	assert_int_equal(rows[2].state, ROW_SKIPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_enrollment_ended_if_its_binding_was_written),
		TEST(the_number_is_the_tokens_where_it_has_one),
		TEST(an_undoing_ended_if_nobody_has_the_device),
		TEST(an_enrollment_is_owed_by_its_own_journal),
		TEST(an_undoing_is_owed_by_a_revocation_of_the_device),
		TEST(a_cause_is_kept_as_far_as_there_is_room),
		TEST(what_cannot_be_known_is_not_settled),
		TEST(journals_come_first_and_only_where_a_row_needs_it),
		TEST(what_fails_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
