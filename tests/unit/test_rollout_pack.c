/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticking keys off: whose each is, by its number or by the registry, and what
 * is left. And initial PINs: who gets one, and what keeps a key from it.
 */
#include "tests/unit/rollout-parts.h"

#include "tests/unit/one-token.h"

#include "bridge/initial/pin.h"
#include "bridge/initial/recipients.h"
#include "bridge/rollout/pin.h"
#include "bridge/verify/identify.h"

static const char three[] = HEAD
	"," A "alice,Alice A.,totp,blue-1,1001\n"
	"," A "bob,,totp,,\n"
	"," A "dave,,hardware-totp,,GAKT12345678\n";

#define ROW "0123456789abcdef0123456789abcdef"

static struct rollout_packing p;
static int line[2];
static struct world {
	uint32_t keys[6];   /* serial numbers of those that come; 0: none told */
	size_t keys_n, came;
	const char *row;    /* that the key proves to be; NULL: none */
	const char *waits;  /* behind the keys: t typed, i broken off */
	size_t left;
	/* initial PINs */
	size_t recipients, least, digits;
	int why;            /* there are none: of that code */
	bool forced, changed;
	char file[128];
} world;

WRAP(int, ports_open, struct ports *ret, const struct run *r, const char *dir,
	struct error *e)
{
	(void)ret;
	assert_ptr_equal(r, &run);
	assert_non_null(strstr(dir, "registry.db"));
	return ask('P', e);
}

WRAP(void, ports_done, struct ports *ports)
{
	(void)ports;
}

WRAP(void, arrival_done, struct arrival *a)
{
	(void)a;
}

WRAP(int, ports_wait, struct ports *ports, int typed_fd, bool keys,
	struct arrival *ret, struct error *e)
{
	(void)ports;
	assert_int_equal(typed_fd, line[0]);
	assert_true(keys);
	memset(ret, 0, sizeof(*ret));
	if (world.came < world.keys_n) {
		token.devinfo.serial = world.keys[world.came++];
		ret->attached.chosen = &token;
		strcpy(ret->port, "1-2");
		return PORTS_KEY;
	}
	if (*world.waits == 't') {
		assert_int_equal(write(line[1], "\n", 1), 1);
		return PORTS_TYPED;
	}
	return error_set(e, *world.waits == 'i' ? ERROR_INTERRUPTED :
		ERROR_FAILED, "no more");
}

WRAP(int, identification_find, const struct run *r,
	const struct identify_request *i, struct identification *ret,
	struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_true(i->token == &token && i->reg == reg);
	assert_ptr_equal(i->fido, opened);
	ret->found = world.row != NULL;
	if (world.row)
		strcpy(ret->row.id, world.row);
	return ask('i', e);
}

WRAP(int, initial_recipients, struct registry *of, const char *holder,
	char ret_id[ID_LEN], struct recipients *ret, struct error *e)
{
	(void)ret_id;
	assert_ptr_equal(of, q.reg);
	assert_non_null(holder);
	ret->n = world.recipients;
	return world.why ? error_set(e, world.why, "none") : 0;
}

WRAP(void, recipients_done, struct recipients *r)
{
	r->n = 0;
}

WRAP(size_t, initial_pin_least, const struct token *t)
{
	assert_ptr_equal(t, &token);
	return world.least;
}

WRAP(int, initial_pin_make, const struct run *r,
	const struct initial_pin_request *i, struct initial_pin *ret,
	struct error *e)
{
	assert_true(r == &run && i->reg == q.reg && i->token == &token);
	assert_ptr_equal(i->fido, opened);
	assert_false(i->no_force);
	snprintf(world.file, sizeof(world.file), "%s", i->output);
	world.digits = i->digits;
	ret->forced = world.forced;
	ret->changed = world.changed;
	ret->file = world.changed ? strdup("/p/f.pin") : NULL;
	return ask('m', e);
}

static void row_is(size_t i, enum row_state s, uint32_t serial,
	const char *row)
{
	x.state.rows[i].state = s;
	x.state.rows[i].serial = serial;
	strcpy(x.state.rows[i].token, row);
	OK(state_write(&x.state, i, &err));
}

static int begin(void **state)
{
	(void)state;
	begin_rollout(three);
	open_registry();
	memset(&world, 0, sizeof(world));
	memset(&token, 0, sizeof(token));
	assert_int_equal(pipe(line), 0);
	p = (struct rollout_packing){ .plan = &plan, .plan_path = q.plan_path,
		.reg = reg, .typed_fd = line[0] };
	world.waits = "t";
	return 0;
}

static int end(void **state)
{
	close(line[0]);
	close(line[1]);
	return finish(state);
}

/* With the state of these rows written, and let go. */
static int pack(const uint32_t *keys, size_t n)
{
	memcpy(world.keys, keys, n * sizeof(*keys));
	world.keys_n = n;
	world.came = 0;
	world.left = 99;
	asked[0] = said[0] = heard[0] = '\0';
	return rollout_pack(&run, &p, &world.left, &err);
}

#define PACK(...)                                                              \
	pack((const uint32_t[]){ __VA_ARGS__ },                                \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

/* ---- ticking off ---- */

static void keys_are_ticked_off_by_their_number(void **state)
{
	(void)state;
	row_is(0, ROW_DONE, 1001, ROW);
	row_is(1, ROW_DONE, 1002, "");
	row_is(2, ROW_SKIPPED, 1003, "");
	state_done(&x.state);
	with_json = true;
	OK(PACK(1001, 1001, 1003));
	told("packed       Alice A. (alice)  blue-1  line 2\n"
		"{\"changed\":true,\"packed\":{\"holder\":\"Alice A.\","
		"\"label\":\"blue-1\",\"line\":2,\"port\":\"1-2\",\"result\":"
		"\"packed\",\"serial\":1001,\"text\":null,\"user\":\"alice\"},"
		"\"version\":1}\n"
		"again        Alice A. (alice)  blue-1  line 2\n"
		"{\"changed\":false,\"packed\":{\"holder\":\"Alice A.\","
		"\"label\":\"blue-1\",\"line\":2,\"port\":\"1-2\",\"result\":"
		"\"again\",\"serial\":1001,\"text\":null,\"user\":\"alice\"},"
		"\"version\":1}\n"
		"not-in-plan  1-2: this rollout has given it to nobody\n"
		"{\"changed\":false,\"packed\":{\"holder\":null,\"label\":null,"
		"\"line\":null,\"port\":\"1-2\",\"result\":\"not-in-plan\","
		"\"serial\":1003,\"text\":\"this rollout has given it to "
		"nobody\",\"user\":null},\"version\":1}\n");
	heard_is("Insert a key that is to be packed: 2 left.\n"
		"Insert a key that is to be packed: 1 left.\n"
		"Insert a key that is to be packed: 1 left.\n"
		"Insert a key that is to be packed: 1 left.\n"
		"1 keys are packed, 2 of the plan are not.\n");
	asked_is("Pccc");
	assert_int_equal(world.left, 2);
	assert_true(written(0).packed);
	assert_false(written(1).packed);
	/* the last one ends it */
	with_json = false;
	OK(PACK(1002, 1001));
	told("packed       bob (bob)  -  line 3\n");
	assert_int_equal(world.left, 1);
}

static void a_key_without_a_number_is_known_by_the_registry(void **state)
{
	(void)state;
	row_is(0, ROW_DONE, 0, ROW);
	row_is(1, ROW_UNDOING, 0, "fedcba9876543210fedcba9876543210");
	state_done(&x.state);
	OK(PACK(0));
	told("not-in-plan  1-2: this rollout has given it to nobody\n");
	asked_is("Pcoi");
	world.row = "fedcba9876543210fedcba9876543210";
	OK(PACK(0));
	told("not-in-plan  1-2: this rollout has given it to nobody\n");
	world.row = ROW;
	OK(PACK(0));
	told("packed       Alice A. (alice)  blue-1  line 2\n");
	assert_int_equal(world.left, 2);
}

static void what_cannot_be_asked_is_told(void **state)
{
	static const char all[] = "coi";
	size_t i;

	(void)state;
	row_is(0, ROW_DONE, 0, ROW);
	state_done(&x.state);
	for (i = 0; all[i]; i++) {
		fails_at(all[i], ERROR_BUSY, "");
		OK(PACK(0));
		told("failed       1-2: AWS says no\n");
		fails_at(all[i], ERROR_INTERRUPTED, "");
		OK(PACK(0));
		told("");
	}
	failing.question = 0;
	world.waits = "i";
	OK(PACK(0));
	world.waits = "f";
	SAYS(ERROR_FAILED, "no more", PACK(0));
	assert_int_equal(world.left, 99);
	fails_at('P', ERROR_FAILED, "");
	SAYS(ERROR_FAILED, "AWS says no", PACK(0));
	closes = true;
	failing.question = 0;
	OK(PACK(0));
}

static void who_packs_begins_no_rollout(void **state)
{
	(void)state;
	assert_int_equal(unlink(x.state.path), 0);
	state_done(&x.state);
	SAYS(ERROR_FAILED, "the rollout of 'plan.csv' has not begun: "
		"`tokenbridge rollout` without --pack does", PACK(0));
	asked_is("");
	plan_complain(&plan, &plan.rows[0], PLAN_USER, "no");
	SAYS(ERROR_MALFORMED, "no; nothing was done", PACK(0));
}

/* ---- initial PINs ---- */

static int give(bool again)
{
	asked[0] = heard[0] = '\0';
	x.passed[0] = false;
	return (again ? session_give_owed_pin : session_give_pin)(&x, &run, 0,
		&token, &err);
}

static void owes(bool owed)
{
	x.state.rows[0].pin_owed = owed;
	OK(state_write(&x.state, 0, &err));
}

static void a_registered_key_gets_its_pin(void **state)
{
	(void)state;
	q.pin_folder = "/p";
	row_is(0, ROW_DONE, 1001, ROW);
	OK(give(false));
	asked_is(""); /* none is owed */
	owes(true);
	world.changed = world.forced = true;
	OK(give(false));
	asked_is("om");
	heard_is("it has an initial PIN, which has to be changed first: "
		"'/p/f.pin', encrypted for Alice A..\n");
	assert_string_equal(world.file, "/p/1001.pin");
	assert_int_equal(world.digits, 8);
	assert_false(written(0).pin_owed);
	row_is(0, ROW_DONE, 0, ROW);
	owes(true);
	world.forced = false;
	world.least = 9;
	OK(give(false));
	heard_is("it has an initial PIN, which nothing forces to be changed: "
		"'/p/f.pin', encrypted for Alice A..\n");
	assert_string_equal(world.file, "/p/01234567.pin");
	assert_int_equal(world.digits, 9);
	owes(true);
	world.changed = false;
	world.least = 4;
	OK(give(false));
	heard_is("");
	assert_int_equal(world.digits, 8);
	/* one that it has is left as it is */
	owes(true);
	token.fido.client_pin = FIDO_ON;
	OK(give(false));
	asked_is("");
	heard_is("warning: it has a PIN already, and gets no other one\n");
	assert_false(written(0).pin_owed);
}

static void what_keeps_a_key_from_its_pin_is_said(void **state)
{
	static const char all[] = "om";
	size_t i;

	(void)state;
	q.pin_folder = "/p";
	row_is(0, ROW_DONE, 1001, ROW);
	for (i = 0; all[i]; i++) {
		owes(true);
		fails_at(all[i], ERROR_BUSY, "");
		OK(give(false));
		heard_is("warning: it has no initial PIN: AWS says no. Plug it "
			"in again to give it one, or `tokenbridge pin "
			"initial`\n");
		assert_true(x.passed[0]);
		assert_true(written(0).pin_owed);
		fails_at(all[i], ERROR_INTERRUPTED, "");
		SAYS(ERROR_INTERRUPTED, "AWS says no", give(false));
		fails_at(all[i], ERROR_CORRUPT, "");
		SAYS(ERROR_CORRUPT, "AWS says no", give(false));
		assert_false(x.passed[0]);
	}
	/* of a key without a PIN that is no word on the one it has */
	fails_at('m', ERROR_CONFLICT, "");
	OK(give(false));
	assert_true(written(0).pin_owed);
	token.fido.client_pin = FIDO_ON;
	OK(give(true));
	heard_is("warning: AWS says no\n");
	assert_false(written(0).pin_owed);
	/* ... and it is another's failure where it has one */
	owes(true);
	fails_at('m', ERROR_BUSY, "");
	OK(give(true));
	assert_true(written(0).pin_owed);
}

static void a_key_that_is_plugged_in_again_gets_what_is_owed(void **state)
{
	(void)state;
	row_is(0, ROW_DONE, 1001, ROW);
	world.recipients = 1;
	OK(give(true));
	asked_is(""); /* nobody wants PINs */
	q.pin_folder = "/p";
	OK(give(true));
	asked_is("om");
	world.recipients = 0;
	OK(give(true));
	asked_is("");
	/* one that has a PIN is owed none */
	world.recipients = 1;
	token.fido.client_pin = FIDO_ON;
	OK(give(true));
	asked_is("");
	token.fido.client_pin = FIDO_OFF;
	world.why = ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "none", give(true));
	world.why = ERROR_FAILED;
	OK(give(true));
	asked_is("");
}

static void who_gets_no_pin_is_said_before(void **state)
{
	const char *const words = "to encrypt a PIN for, of 'Alice A.' first: "
		"their keys get none (`tokenbridge registry recipient`)\n";
	char want[300];

	(void)state;
	OK(session_check_pins(&x, &err));
	heard_is("");
	q.pin_folder = "/p";
	OK(session_check_pins(&x, &err));
	/* who types codes has no key */
	snprintf(want, sizeof(want), "warning: the registry has no key of 2 "
		"holders %s", words);
	heard_is(want);
	x.state.rows[1].state = ROW_DONE;
	OK(session_check_pins(&x, &err));
	snprintf(want, sizeof(want), "warning: the registry has no key of 1 "
		"holder %s", words);
	heard_is(want);
	world.recipients = 1;
	OK(session_check_pins(&x, &err));
	heard_is("");
	world.why = ERROR_FAILED;
	OK(session_check_pins(&x, &err));
	heard_is(want);
	world.why = ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "none", session_check_pins(&x, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys_are_ticked_off_by_their_number),
		TEST(a_key_without_a_number_is_known_by_the_registry),
		TEST(what_cannot_be_asked_is_told),
		TEST(who_packs_begins_no_rollout),
		TEST(a_registered_key_gets_its_pin),
		TEST(what_keeps_a_key_from_its_pin_is_said),
		TEST(a_key_that_is_plugged_in_again_gets_what_is_owed),
		TEST(who_gets_no_pin_is_said_before),
	};

	return cmocka_run_group_tests_name("rollout pack", tests, NULL, NULL);
}
