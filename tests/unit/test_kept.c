/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a list that others kept, and what a run at AWS keeps from changing. */
#include "bridge/lifecycle/kept.h"
#include "bridge/journal/journal.h"
#include "bridge/lifecycle/move.h"
#include "bridge/lifecycle/settled.h"

#include "tests/unit/listener.h"
#include "tests/unit/unit.h"

#include "base/id.h"
#include "bridge/registry/care.h"

static char place[64];
static struct registry *reg;
static struct listener heard;
static struct run run;
static struct kept kept;
static struct registry_tokens rows;

static int set_up(void **state)
{
	(void)state;
	umask(077);
	enter_place(place);
	OK(registry_init("registry.db", false, &err));
	OK(registry_open(&reg, "registry.db", REGISTRY_WRITE, NULL, &err));
	heard.heard[0] = '\0';
	run = run_of(&heard);
	memset(&kept, 0, sizeof(kept));
	memset(&rows, 0, sizeof(rows));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	registry_tokens_done(&rows);
	registry_free(&reg);
	leave_place(place);
	return 0;
}

/* ---- lists ---- */

static int keep(const char *list, bool only_look)
{
	const struct kept_request q = { reg, "keys.csv", only_look };

	write_text("keys.csv", list);
	memset(&kept, 0, sizeof(kept));
	return lifecycle_keep(&run, &q, &kept, &err);
}

static struct registry_token *row_of(const char *serial)
{
	registry_tokens_done(&rows);
	OK(registry_tokens_by_identifier(reg, REGISTRY_ID_SERIAL, serial, &rows,
		&err));
	assert_int_equal(rows.n, 1);
	return &rows.p[0];
}

static uint64_t events(void)
{
	struct registry_head head;

	OK(registry_head(reg, &head, &err));
	return head.seq;
}

static void each_key_is_a_row_with_what_the_list_says(void **state)
{
	const struct registry_token *t;

	(void)state;
	OK(keep("serial,label,holder,product,lot,price\n"
		"4294967295,blue-1,alice,YubiKey 5,7,50\n"
		"8,,,,,\n", false));
	assert_int_equal(kept.added, 2);
	assert_int_equal(kept.present, 0);
	assert_int_equal(kept.head.seq, events());
	assert_string_equal(heard.heard, "Columns that are not read: price\n");
	t = row_of("4294967295");
	assert_int_equal(t->state, REGISTRY_ASSIGNED);
	assert_string_equal(t->label, "blue-1");
	assert_string_equal(t->holder_name, "alice");
	assert_int_equal(t->holder_kind, REGISTRY_PERSON);
	assert_string_equal(t->model, "YubiKey 5");
	assert_int_equal(t->identifiers_n, 2);
	assert_string_equal(
		registry_token_identifier(t, REGISTRY_ID_LOT), "7");
	assert_int_equal(t->identifiers[0].basis, REGISTRY_SELF_REPORTED);
	t = row_of("8");
	assert_int_equal(t->state, REGISTRY_STOCK);
	assert_null(t->label);
	assert_null(t->holder_name);
	assert_null(t->model);
	assert_int_equal(t->identifiers_n, 1);
}

static void looking_alone_counts_and_writes_nothing(void **state)
{
	(void)state;
	OK(keep("serial\n7\n", false));
	assert_string_equal(heard.heard, "");
	OK(keep("serial,label\n7,\n8,\n9,\n", true));
	assert_int_equal(kept.added, 2);
	assert_int_equal(kept.present, 1);
	assert_int_equal(kept.head.seq, events());
	OK(registry_tokens_all(reg, &rows, &err));
	assert_int_equal(rows.n, 1);
}

static void the_same_list_again_adds_nothing(void **state)
{
	static const char list[] = "serial,label,holder\n7,blue,alice\n8,,\n";
	uint64_t before;

	(void)state;
	OK(keep(list, false));
	before = events();
	OK(keep(list, false));
	assert_int_equal(kept.added, 0);
	assert_int_equal(kept.present, 2);
	assert_int_equal(events(), before);
	assert_int_equal(kept.head.seq, before);
	/* and a list that tells less contradicts nothing */
	OK(keep("serial\n7\n9\n", false));
	assert_int_equal(kept.added, 1);
	assert_int_equal(kept.present, 1);
}

static void a_list_that_contradicts_the_registry_is_refused(void **state)
{
	uint64_t before;

	(void)state;
	OK(keep("serial,label,holder\n7,blue,alice\n8,,\n", false));
	before = events();
	SAYS(ERROR_CONFLICT, "'keys.csv', line 3: the list says the label "
		"'red' of serial 7, the registry says 'blue': nothing was "
		"imported", keep("serial,label\n9,\n7,red\n", false));
	SAYS(ERROR_CONFLICT, "line 2: the list says the holder 'bob' of serial "
		"7, the registry says 'alice': nothing",
		keep("serial,holder\n7,bob\n", false));
	SAYS(ERROR_CONFLICT, "line 2: the list says the holder 'bob' of serial "
		"8, the registry says none: nothing",
		keep("serial,holder\n8,bob\n", false));
	SAYS(ERROR_CONFLICT, "line 2: the list says the label 'x' of serial "
		"8, the registry says none: nothing",
		keep("serial,label\n8,x\n", true));
	SAYS(ERROR_CONFLICT, "'keys.csv', line 3: the label 'blue' is that of "
		"token ", keep("serial,label\n9,\n10,blue\n", false));
	assert_int_equal(events(), before);
	assert_int_equal(kept.added, 0);
}

static void move_to(const char *what, enum registry_state to)
{
	CLEANUP(moved_done) struct moved moved = { .changed = false };
	const struct move_request q = { .place = { reg, NULL }, .what = what,
		.to = to };

	OK(to == REGISTRY_RETIRED ? lifecycle_retire(&run, &q, &moved, &err) :
		lifecycle_move(&run, &q, &moved, &err));
	assert_true(moved.changed);
}

static void the_number_of_a_retired_key_may_come_again(void **state)
{
	(void)state;
	OK(keep("serial,label\n7,blue\n", false));
	move_to("7", REGISTRY_RETIRED);
	SAYS(ERROR_CONFLICT, "the label 'blue' is that of token",
		keep("serial,label\n7,blue\n", false));
	OK(keep("serial,label\n7,red\n", false));
	assert_int_equal(kept.added, 1);
	assert_int_equal(kept.present, 0);
}

static void a_list_that_is_not_there_leaves_the_head_told(void **state)
{
	const struct kept_request q = { reg, "absent.csv", false };

	(void)state;
	SAYS(ERROR_FAILED, "absent.csv",
		lifecycle_keep(&run, &q, &kept, &err));
	assert_int_equal(kept.added, 0);
	assert_int_equal(kept.head.seq, events());
}

/* ---- moves ---- */

static void what_is_so_already_is_no_change(void **state)
{
	CLEANUP(moved_done) struct moved moved = { .changed = false };
	const struct move_request q = { .place = { reg, NULL }, .what = "7",
		.to = REGISTRY_ASSIGNED,
		.holder = { "alice", REGISTRY_PERSON } };
	uint64_t before;

	(void)state;
	OK(keep("serial,holder\n7,alice\n", false));
	before = events();
	OK(lifecycle_move(&run, &q, &moved, &err));
	assert_false(moved.changed);
	assert_false(moved.stays_at_aws);
	assert_int_equal(moved.head.seq, before);
	assert_int_equal(events(), before);
	assert_string_equal(moved.holder, "alice");
}

static void another_holder_is_a_change_and_the_stock_has_none(void **state)
{
	CLEANUP(moved_done) struct moved moved = { .changed = false };
	CLEANUP(moved_done) struct moved back = { .changed = false };
	struct move_request q = { .place = { reg, NULL }, .what = "7",
		.to = REGISTRY_ASSIGNED, .reason = "left",
		.holder = { "bob", REGISTRY_PERSON } };

	(void)state;
	OK(keep("serial,holder\n7,alice\n", false));
	OK(lifecycle_move(&run, &q, &moved, &err));
	assert_true(moved.changed);
	assert_int_equal(moved.to, REGISTRY_ASSIGNED);
	assert_string_equal(moved.holder, "bob");
	assert_string_equal(moved.row.holder_name, "alice");
	assert_int_equal(moved.head.seq, events());
	assert_string_equal(row_of("7")->holder_name, "bob");
	q.to = REGISTRY_STOCK;
	OK(lifecycle_move(&run, &q, &back, &err));
	assert_null(back.holder);
	assert_string_equal(back.row.holder_name, "bob");
	assert_int_equal(row_of("7")->state, REGISTRY_STOCK);
}

static void a_lost_key_keeps_its_holder_and_a_retired_one_its_end(void **state)
{
	CLEANUP(moved_done) struct moved moved = { .changed = false };
	CLEANUP(moved_done) struct moved again = { .changed = false };
	struct move_request q = { .place = { reg, NULL }, .what = "7",
		.to = REGISTRY_LOST };

	(void)state;
	OK(keep("serial,holder\n7,alice\n", false));
	OK(lifecycle_move(&run, &q, &moved, &err));
	assert_string_equal(moved.holder, "alice");
	assert_false(moved.stays_at_aws);
	move_to("7", REGISTRY_RETIRED);
	q.to = REGISTRY_RETIRED;
	OK(lifecycle_retire(&run, &q, &again, &err));
	assert_false(again.changed);
	assert_int_equal(again.head.seq, events());
	SAYS(ERROR_FAILED, "99", lifecycle_retire(&run, &(struct move_request){
		.place = { reg, NULL }, .what = "99",
		.to = REGISTRY_RETIRED }, &(struct moved){ .changed = false },
		&err));
}

/* ---- runs that are not finished ---- */

/* One that nobody owns any more. */
static void leave_journal(const struct journal_facts *facts,
	enum journal_point point)
{
	struct journal j = { .fd = -1 };

	OK(id_new(j.id, &err));
	OK(journal_begin(&j, "registry.db", facts, &err));
	if (point != JOURNAL_INTENT)
		OK(journal_point(&j, point, &err));
	journal_done(&j);
}

static struct journal_facts some_facts(void)
{
	return (struct journal_facts){ .kind = JOURNAL_REVOKE,
		.user = "alice", .account = "123456789012",
		.serial = "arn:aws:iam::123456789012:mfa/x" };
}

static int check(bool insist)
{
	heard.heard[0] = '\0';
	return lifecycle_check_settled(&run, reg, row_of("7"), insist, &err);
}

static void a_run_that_concerns_the_token_is_named_with_its_end(void **state)
{
	struct journal_facts facts = some_facts();

	(void)state;
	OK(keep("serial,label\n7,\n8,\n", false));
	OK(check(false));
	facts.token_serial = 8;
	leave_journal(&facts, JOURNAL_INTENT);
	OK(check(false));
	facts.token_serial = 7;
	leave_journal(&facts, JOURNAL_INTENT);
	SAYS(ERROR_REFUSED, "a revocation of 'alice' with token serial 7 is "
		"not finished; what ends it: `tokenbridge revoke alice "
		"arn:aws:iam::123456789012:mfa/x --account 123456789012`",
		check(false));
	assert_string_equal(heard.heard, "");
	OK(check(true));
	assert_non_null(strstr(heard.heard, "! a revocation of 'alice' with "
		"token serial 7 is not finished; what ends it: `"));
}

static void the_rows_id_counts_before_the_number(void **state)
{
	struct journal_facts facts = some_facts();

	(void)state;
	OK(keep("serial,label\n7,blue\n8,\n", false));
	strcpy(facts.token, row_of("8")->id);
	facts.token_serial = 7;
	leave_journal(&facts, JOURNAL_INTENT);
	OK(check(false));
	strcpy(facts.token, row_of("7")->id);
	facts.token_serial = 8;
	facts.kind = JOURNAL_ENROLL;
	leave_journal(&facts, JOURNAL_CREATE_SENT);
	SAYS(ERROR_REFUSED, "an enrollment of 'alice' with token 'blue' is "
		"not finished", check(false));
}

static void an_applet_that_nothing_else_names_is_found_by_its_id(void **state)
{
	struct journal_facts facts = some_facts();
	struct event_draft d = { .type = EVENT_TOKEN_IDENTIFIED };
	json_t *body;

	(void)state;
	OK(keep("serial\n7\n", false));
	body = json_pack("{s:s,s:[{s:s,s:s,s:s}]}", "token", row_of("7")->id,
		"identifiers", "kind", REGISTRY_ID_OATH_DEVICE, "value",
		"a1b2c3d4e5f60718", "basis", "self-reported");
	assert_non_null(body);
	d.body = body;
	OK(registry_actor(reg, NULL, NULL, &d.actor, &err));
	OK(registry_append(reg, &d, NULL, &err));
	json_decref(body);
	/* that there is no number is no number 0 */
	strcpy(facts.oath_id, "ffffffffffffffff");
	leave_journal(&facts, JOURNAL_INTENT);
	OK(check(false));
	strcpy(facts.oath_id, "a1b2c3d4e5f60718");
	leave_journal(&facts, JOURNAL_INTENT);
	FAILS(ERROR_REFUSED, check(false));
}

static void an_orphan_and_a_pin_concern_no_token(void **state)
{
	struct journal_facts facts = some_facts();

	(void)state;
	OK(keep("serial\n7\n", false));
	facts.token_serial = 7;
	leave_journal(&facts, JOURNAL_ORPHAN);
	facts.kind = JOURNAL_PIN;
	leave_journal(&facts, JOURNAL_SEALED);
	OK(check(false));
	assert_string_equal(heard.heard, "");
}

static void what_cannot_be_read_is_said_and_does_not_refuse(void **state)
{
	struct journal_facts facts = some_facts();

	(void)state;
	OK(keep("serial\n7\n", false));
	facts.token_serial = 8;
	leave_journal(&facts, JOURNAL_INTENT);
	write_text("registry.db.journal/"
		"00112233445566778899aabbccddeeff.journal", "garbage\n");
	OK(check(false));
	assert_non_null(strstr(heard.heard, "! "));
	assert_non_null(strstr(heard.heard,
		"00112233445566778899aabbccddeeff"));
}

static void a_move_is_refused_while_a_run_has_the_token(void **state)
{
	CLEANUP(moved_done) struct moved moved = { .changed = false };
	CLEANUP(moved_done) struct moved forced = { .changed = false };
	CLEANUP(moved_done) struct moved lost = { .changed = false };
	CLEANUP(moved_done) struct moved retired = { .changed = false };
	CLEANUP(moved_done) struct moved unmoved = { .changed = false };
	struct move_request q = { .place = { reg, NULL }, .what = "7",
		.to = REGISTRY_ASSIGNED,
		.holder = { "bob", REGISTRY_PERSON } };
	struct journal_facts facts = some_facts();

	(void)state;
	OK(keep("serial,holder\n7,alice\n", false));
	facts.token_serial = 7;
	leave_journal(&facts, JOURNAL_INTENT);
	SAYS(ERROR_REFUSED, "is not finished",
		lifecycle_move(&run, &q, &moved, &err));
	SAYS(ERROR_REFUSED, "is not finished", lifecycle_retire(&run,
		&(struct move_request){ .place = { reg, NULL }, .what = "7",
		.to = REGISTRY_RETIRED },
		&unmoved, &err));
	assert_string_equal(row_of("7")->holder_name, "alice");
	q.force = "the run is of a broken host";
	OK(lifecycle_move(&run, &q, &forced, &err));
	assert_non_null(strstr(heard.heard, "! a revocation of 'alice'"));
	/* with a lost one no run goes on */
	q.force = NULL;
	q.to = REGISTRY_LOST;
	OK(lifecycle_move(&run, &q, &lost, &err));
	q.to = REGISTRY_RETIRED;
	OK(lifecycle_retire(&run, &q, &retired, &err));
	assert_true(retired.changed);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(each_key_is_a_row_with_what_the_list_says),
		CASE(looking_alone_counts_and_writes_nothing),
		CASE(the_same_list_again_adds_nothing),
		CASE(a_list_that_contradicts_the_registry_is_refused),
		CASE(the_number_of_a_retired_key_may_come_again),
		CASE(a_list_that_is_not_there_leaves_the_head_told),
		CASE(what_is_so_already_is_no_change),
		CASE(another_holder_is_a_change_and_the_stock_has_none),
		CASE(a_lost_key_keeps_its_holder_and_a_retired_one_its_end),
		CASE(a_run_that_concerns_the_token_is_named_with_its_end),
		CASE(the_rows_id_counts_before_the_number),
		CASE(an_applet_that_nothing_else_names_is_found_by_its_id),
		CASE(an_orphan_and_a_pin_concern_no_token),
		CASE(what_cannot_be_read_is_said_and_does_not_refuse),
		CASE(a_move_is_refused_while_a_run_has_the_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
