/* SPDX-License-Identifier: Apache-2.0 */
/* What a process that asks an account sends, and what it must not. */
#include "tests/unit/child-parts.h"

#define OUT_OF_ORDER "stop 888 0; not-read 1: what the process that asked it " \
	"says is out of order; "

static void has_result(void)
{
	c.to = open("/dev/null", O_WRONLY | O_CLOEXEC);
}

static void a_line_has_its_only_newline_at_its_end(void **state)
{
	static const char *const bad[] = { "", "line", "a\nb\n", "\n\n",
		"a\nb" };
	size_t i;

	(void)state;
	w.record.kind = RECORD_BEGUN;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		c.at = CHILD_BEGINS;
		w.line = bad[i];
		OK(child_hear(&f, &c, &err));
		did("stop 888 0; not-read 1: the process that asked it sent no "
			"line; ");
		assert_int_equal(c.at, CHILD_NONE);
	}
	c.at = CHILD_BEGINS;
	w.line = "\n";
	OK(child_hear(&f, &c, &err));
	assert_int_equal(c.at, CHILD_WAITS);
}

static void who_hangs_up_has_ended(void **state)
{
	(void)state;
	w.hear = ERROR_REFUSED;
	OK(child_hear(&f, &c, &err));
	did("stop 888 2000; not-read 1: the process that asked it ended before "
		"it was done; ");
	assert_int_equal(c.at, CHILD_NONE);
}

static void what_cannot_be_read_ends_it(void **state)
{
	(void)state;
	w.parse = ERROR_MALFORMED;
	OK(child_hear(&f, &c, &err));
	did("stop 888 0; not-read 1: says no; ");
	w.parse = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "says no", child_hear(&f, &c, &err));
}

/* ---- findings ---- */

static void its_findings_are_counted_and_kept(void **state)
{
	(void)state;
	has_result();
	w.record.kind = RECORD_FINDING;
	strcpy(w.record.finding.account, TWO);
	w.record.finding.status = AUDIT_FAIL;
	OK(child_hear(&f, &c, &err));
	did("write line\\n; ");
	assert_int_equal(c.findings, 1);
	assert_false(c.has_unknown);
	w.record.finding.status = AUDIT_UNKNOWN;
	OK(child_hear(&f, &c, &err));
	assert_true(c.has_unknown);
	w.record.finding.status = AUDIT_FAIL;
	OK(child_hear(&f, &c, &err));
	assert_true(c.has_unknown);
	assert_int_equal(c.findings, 3);
	assert_int_equal(c.at, CHILD_ASKS);
	assert_false(c.spoiled);
}

static void one_that_cannot_be_kept_spoils_the_result(void **state)
{
	(void)state;
	has_result();
	w.record.kind = RECORD_FINDING;
	strcpy(w.record.finding.account, TWO);
	w.write = ERROR_FAILED;
	OK(child_hear(&f, &c, &err));
	did("write line\\n; stop 888 0; partly 1: says no; partly 1: what was "
		"found out could not be written; ");
	assert_true(c.spoiled);
	assert_true(told[1].has_rows);
}

static void what_is_of_another_account_ends_it(void **state)
{
	(void)state;
	w.record.kind = RECORD_FINDING;
	strcpy(w.record.finding.account, ONE);
	OK(child_hear(&f, &c, &err));
	did("stop 888 0; not-read 1: a finding of account '" ONE
		"' was told of it; ");
	assert_int_equal(c.findings, 0);
	c.at = CHILD_ASKS;
	w.record.kind = RECORD_END;
	strcpy(w.record.end.account.id, ONE);
	OK(child_hear(&f, &c, &err));
	did("stop 888 0; not-read 1: the end of account '" ONE
		"' was told of it; ");
}

static void its_end_is_kept_then_it_is_over(void **state)
{
	(void)state;
	has_result();
	q.state = "s";
	w.record.kind = RECORD_END;
	strcpy(w.record.end.account.id, TWO);
	w.record.end.account.state = AUDIT_ACCOUNT_READ;
	OK(child_hear(&f, &c, &err));
	did("write line\\n; end 1; stop 888 2000; finish " TWO "; ");
	assert_true(told[1].over);
	assert_true(told[1].finished);
	c.at = CHILD_ASKS;
	accounts[1].state = AUDIT_ACCOUNT_NOT_ASKED;
	has_result();
	w.write = ERROR_FAILED;
	OK(child_hear(&f, &c, &err));
	did("write line\\n; stop 888 0; not-read 1: says no; partly 1: what "
		"was found out could not be written; ");
}

/* ---- what it wants ---- */

static void begin(bool limited)
{
	w.record.kind = RECORD_BEGUN;
	w.record.limited = limited;
	c.at = CHILD_BEGINS;
	OK(child_hear(&f, &c, &err));
	did("");
	assert_int_equal(c.at, CHILD_WAITS);
}

static void three_refused_reports_in_a_row_make_a_pause(void **state)
{
	(void)state;
	begin(true);
	begin(true);
	assert_int_equal(f.limited, 2);
	assert_int_equal(f.pause, 0);
	begin(false);
	assert_int_equal(f.limited, 0);
	begin(true);
	begin(true);
	assert_int_equal(f.pause, 0);
	begin(true);
	assert_int_equal(f.limited, 0);
	assert_int_equal(f.pause, 30000);
}

static void what_is_out_of_order_ends_it(void **state)
{
	static const struct {
		enum record_kind kind;
		enum child_at at;
	} rows[] = {
		{ RECORD_HEAD, CHILD_BEGINS }, { RECORD_BEGUN, CHILD_WAITS },
		{ RECORD_BEGUN, CHILD_ASKS }, { RECORD_ROOT, CHILD_ASKS },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		c.at = rows[i].at;
		w.record.kind = rows[i].kind;
		OK(child_hear(&f, &c, &err));
		did(OUT_OF_ORDER);
		assert_int_equal(c.at, CHILD_NONE);
	}
	assert_false(c.wants_root);
}

static void keys_are_given_at_once_or_wanted(void **state)
{
	(void)state;
	w.record.kind = RECORD_RENEW;
	OK(child_hear(&f, &c, &err));
	did("enter 1; give theirs none; ");
	assert_false(c.wants_keys);
	w.enter = ERROR_UNREACHABLE;
	w.again = true;
	OK(child_hear(&f, &c, &err));
	assert_true(c.wants_keys);
	did("enter 1; ");
	w.again = false;
	w.enter = ERROR_REFUSED; /* it is ended once */
	SAYS(ERROR_REFUSED, "says no", child_hear(&f, &c, &err));
	did("enter 1; stop 888 0; not-read 1: says no; ");
}

static void root_is_given_where_it_was_asked_for(void **state)
{
	(void)state;
	q.assume_root = true;
	w.record.kind = RECORD_ROOT;
	OK(child_hear(&f, &c, &err));
	did("root 1; send \\0\\0\\0\\0\\0; ");
	assert_false(c.wants_root);
	w.root = ERROR_UNREACHABLE;
	w.again = true;
	OK(child_hear(&f, &c, &err));
	assert_true(c.wants_root);
	did("root 1; ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_line_has_its_only_newline_at_its_end),
		TEST(who_hangs_up_has_ended),
		TEST(what_cannot_be_read_ends_it),
		TEST(its_findings_are_counted_and_kept),
		TEST(one_that_cannot_be_kept_spoils_the_result),
		TEST(what_is_of_another_account_ends_it),
		TEST(its_end_is_kept_then_it_is_over),
		TEST(three_refused_reports_in_a_row_make_a_pause),
		TEST(what_is_out_of_order_ends_it),
		TEST(keys_are_given_at_once_or_wanted),
		TEST(root_is_given_where_it_was_asked_for),
	};

	return cmocka_run_group_tests_name("child hear", tests, NULL, NULL);
}
