/* SPDX-License-Identifier: Apache-2.0 */
/* What taking back the last key of a rollout does, and tells. */
#include "tests/unit/settle-parts.h"

static void done_last(void)
{
	rows[1].state = ROW_DONE;
	rows[1].serial = 1;
	strcpy(rows[1].token, TOKEN);
	strcpy(x.last_key, "1001");
	w.bindings_n = 0;
	w.revoked.head.seq = 12;
	x.last = 1;
}

#define REVOKED "write 1 undoing\nrevoke GAKT1 of alice\nwrite 1 open\n"
#define TOLD(token, has) "draw 1001 undone\ntell undone 1 GAKT1 " token " "    \
	has "\n"

static void nothing_done_is_nothing_to_undo(void **state)
{
	(void)state;
	OK(session_undo(&x, &err));
	assert_string_equal(said, "There is nothing to undo: this run has "
		"enrolled no key yet, or its last one is undone.\n");
	said[0] = '\0';
	done_last();
	x.may_undo = RIGHT_DENIED;
	OK(session_undo(&x, &err));
	assert_string_equal(said, "warning: these credentials may not undo "
		"what was enrolled\n");
	assert_string_equal(w.steps, "");
	assert_int_equal(x.last, 1);
}

static void what_is_undone_is_told_as_it_was(void **state)
{
	(void)state;
	done_last();
	OK(session_undo(&x, &err));
	assert_string_equal(w.steps, REVOKED "forget label of 0123\n"
		TOLD("0123", "1 1"));
	assert_string_equal(said, "");
	assert_int_equal(rows[1].state, ROW_OPEN);
	assert_string_equal(rows[1].device, "");
	assert_int_equal(x.last, 3);
	assert_true(x.has_head);
	assert_int_equal(x.head.seq, 12);
}

static void a_label_stays_where_it_is_all_that_is_known(void **state)
{
	(void)state;
	done_last();
	rows[1].serial = 0;
	OK(session_undo(&x, &err));
	assert_string_equal(w.steps, REVOKED TOLD("0123", "0 0"));
	begin(state);
	done_last();
	rows[1].token[0] = '\0';
	OK(session_undo(&x, &err));
	assert_string_equal(w.steps, REVOKED TOLD("", "1 1"));
}

static void a_revocation_that_fails_is_settled_as_it_ended(void **state)
{
	(void)state;
	done_last();
	w.revoke = -ERROR_REMOTE;
	w.revoked.account_left = true;
	w.bindings_n = 3;
	OK(session_undo(&x, &err));
	assert_string_equal(said, "warning: it failed\n");
	assert_string_equal(w.steps, "write 1 undoing\n"
		"revoke GAKT1 of alice\nwrite 1 done\n");
	assert_int_equal(x.last, 1);
	assert_false(x.has_head);
	begin(state);
	done_last();
	w.revoke = -ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "it failed", session_undo(&x, &err));
	assert_string_equal(said, "");
	assert_string_equal(w.steps,
		"write 1 undoing\nrevoke GAKT1 of alice\n");
	assert_int_equal(rows[1].state, ROW_UNDOING);
}

static void an_account_that_is_left_on_the_key_is_told(void **state)
{
	(void)state;
	done_last();
	w.revoked.account_left = true;
	strcpy(w.revoked.left.text, "it is not plugged in");
	OK(session_undo(&x, &err));
	assert_string_equal(said, "warning: the key still has an account that "
		"is worth nothing at AWS: it is not plugged in\n");
	assert_true(x.has_head);
}

static void fails_so(int *how, const char *steps)
{
	begin(NULL);
	done_last();
	*how = -ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "it failed", session_undo(&x, &err));
	assert_string_equal(w.steps, steps);
}

static void nothing_follows_what_fails(void **state)
{
	(void)state;
	fails_so(&w.write, "write 1 undoing\n");
	fails_so(&w.see, "write 1 undoing\nrevoke GAKT1 of alice\n");
	assert_int_equal(x.last, 1);
	fails_so(&w.forget, REVOKED "forget label of 0123\n");
	fails_so(&w.draw, REVOKED "forget label of 0123\n"
		"draw 1001 undone\n");
	fails_so(&w.tell, REVOKED "forget label of 0123\n"
		TOLD("0123", "1 1"));
	assert_int_equal(x.last, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_done_is_nothing_to_undo),
		TEST(what_is_undone_is_told_as_it_was),
		TEST(a_label_stays_where_it_is_all_that_is_known),
		TEST(a_revocation_that_fails_is_settled_as_it_ended),
		TEST(an_account_that_is_left_on_the_key_is_told),
		TEST(nothing_follows_what_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
