/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prompts that wait: for a token to be plugged in again, for a touch, for the
 * password of an OATH application, and for another run's turn to end.
 */
#include "tests/unit/unit.h"

#include "bridge/journal/turn.h"
#include "bridge/prompt/code.h"
#include "bridge/prompt/oath.h"
#include "bridge/prompt/replug.h"
#include "token/card/totp.h"

#define MOMENT 1769904005 /* 5 s into a step */
#define NODES_MAX 4

/* What is plugged in, look after look; the last one stays. */
static struct look {
	struct node nodes[NODES_MAX];
	size_t n;
} looks[8];

static struct world {
	size_t look, looks_n;
	enum token_problem problem; /* of the token that is back */
	uint32_t serial;            /* ... 0: it has none */
	uint16_t product;
	unsigned passes;   /* the deadline, at which question; 0: never */
	unsigned asked_passed, pauses;
	int pause, list, enumerate, code, unlock; /* codes of what fails */
	unsigned late;     /* touches that come a step too late */
	time_t now;
	uint64_t steps[4]; /* that codes were asked of */
	size_t codes;
	unsigned right;    /* which password is; 0: none */
	unsigned unlocks;
	int secret;        /* code of asking for one */
	unsigned busy;     /* how often another run has the turn */
	int lock;
} w;

static char said[4096];

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(said);

	(void)self;
	(void)tone;
	snprintf(said + n, sizeof(said) - n, "%s\n", text);
}

static int give_secret(void *self, enum run_secret which, const char *of,
	const char *prompt, struct secret *ret, struct error *e)
{
	(void)self;
	assert_int_equal(which, RUN_OATH_PASSWORD);
	assert_string_equal(of, "AbC");
	hear(NULL, RUN_SAYS, prompt);
	if (w.secret)
		return error_set(e, w.secret, "nobody is there");
	return secret_set(ret, "x", 1, e);
}

static const struct people people = { .say = hear,
	.ask_secret = give_secret };
static struct run run = { .people = &people, .touch_ms = 5000,
	.cancel_fd = -1 };

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	const struct look *l = &looks[w.look];

	if (w.enumerate)
		return error_set(e, w.enumerate, "no udev");
	if (w.look + 1 < w.looks_n)
		w.look++;
	*ret = (struct node *)copy_of(l->nodes, l->n * sizeof(*l->nodes));
	*ret_n = l->n;
	return 0;
}

WRAP(int, token_list, const struct node *nodes, size_t n, int cancel_fd,
	int64_t ms, struct token **ret, size_t *ret_n, struct error *e)
{
	struct token *t;

	assert_int_equal(n, 1);
	assert_int_equal(cancel_fd, -1);
	assert_true(ms > 0);
	if (w.list)
		return error_set(e, w.list, "it does not answer");
	t = calloc(1, sizeof(*t));
	assert_non_null(t);
	t->node = nodes[0];
	t->node.product = w.product;
	t->problem = w.problem;
	strcpy(t->problem_text, w.problem ? "it is held" : "");
	t->identified = true;
	t->devinfo.has_serial = w.serial != 0;
	t->devinfo.serial = w.serial;
	*ret = t;
	*ret_n = 1;
	return 0;
}

WRAP(bool, deadline_passed, deadline_t d)
{
	assert_true(d != DEADLINE_NEVER);
	return ++w.asked_passed == w.passes;
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_in_range(ms, 50, 500);
	assert_true(++w.pauses < 50);
	return w.pause ? error_set(e, w.pause, "Ctrl-C") : 0;
}

WRAP(time_t, time, time_t *t)
{
	if (t)
		*t = w.now;
	return w.now;
}

WRAP(int, oath_code, struct worker *worker, const struct oath_target *t,
	const unsigned char challenge[8], struct oath_response *ret,
	int cancel_fd, deadline_t until, struct error *e)
{
	uint64_t step = 0;
	int i;

	(void)worker;
	assert_string_equal(t->name, "AWS:alice");
	assert_int_equal(cancel_fd, -1);
	assert_in_range(until - deadline_now(), 1, 5000);
	for (i = 0; i < 8; i++)
		step = step << 8 | challenge[i];
	w.steps[w.codes++] = step;
	if (w.code)
		return error_set(e, w.code, "the card says no");
	if (w.late > 0) {
		w.late--;
		w.now += 30;
	}
	ret->truncated = 7;
	return 0;
}

WRAP(int, oath_unlock, struct worker *worker, const struct card_place *place,
	struct secret *password, int cancel_fd, deadline_t until,
	struct error *e)
{
	(void)worker;
	(void)until;
	assert_string_equal(place->id, "AbC");
	assert_int_equal(password->n, 1);
	assert_int_equal(cancel_fd, -1);
	if (w.unlock)
		return error_set(e, w.unlock, "the card says no");
	return ++w.unlocks == w.right ? 0 : error_set(e, ERROR_PIN_WRONG,
		"it is not its password");
}

WRAP(int, file_lock, const char *path, int *ret_fd, struct error *e)
{
	assert_string_equal(path, "/r.db.journal/123456789012.turn");
	if (w.lock)
		return error_set(e, w.lock, "no such folder");
	if (w.busy > 0) {
		w.busy--;
		return error_set(e, ERROR_BUSY, "another has it");
	}
	*ret_fd = 77;
	return 0;
}

/* ---- plugged in again ---- */

#define PORT "/sys/devices/usb1/1-2"

static struct node node_of(const char *name, const char *port, uint8_t dev)
{
	struct node n = { .fido = true, .vendor = 0x1050, .product = 0x407,
		.usb_dev = dev };

	snprintf(n.syspath, sizeof(n.syspath), "/sys/%s", name);
	strcpy(n.usb_path, port);
	return n;
}

static struct token token, back;

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	memset(looks, 0, sizeof(looks));
	memset(&token, 0, sizeof(token));
	memset(&back, 0, sizeof(back));
	said[0] = '\0';
	w.now = MOMENT;
	w.product = 0x407;
	token.node = node_of("hidraw0", PORT, 5);
	run.scripted[RUN_OATH_PASSWORD] = false;
	return 0;
}

static void has_serial(uint32_t serial)
{
	token.identified = true;
	token.devinfo.has_serial = serial != 0;
	w.serial = token.devinfo.serial = serial;
}

static void see(const struct node *a, const struct node *b)
{
	struct look *l = &looks[w.looks_n++];

	if (a)
		l->nodes[l->n++] = *a;
	if (b)
		l->nodes[l->n++] = *b;
}

static int wait_for_it(void)
{
	w.look = 0;
	w.asked_passed = w.pauses = 0;
	said[0] = '\0';
	return replug_wait(&run, &token, NULL, 30000, &back, &err);
}

static void a_token_is_back_when_it_was_gone_and_is_there_anew(void **state)
{
	struct node again = node_of("hidraw3", PORT, 6);

	(void)state;
	see(&token.node, NULL);
	see(&token.node, NULL); /* not unplugged yet */
	see(NULL, NULL);
	see(&again, NULL);
	OK(wait_for_it());
	assert_string_equal(back.node.syspath, "/sys/hidraw3");
	assert_int_equal(w.pauses, 2);
	assert_non_null(strstr(said, "Unplug "));
	assert_non_null(strstr(said, " and plug it in again into the same "
		"port, within 30 s; then touch it at once.\n"));
	/* the kernel may give it the name that it had */
	again = node_of("hidraw0", PORT, 6);
	looks[3].nodes[0] = again;
	OK(wait_for_it());
	assert_int_equal(back.node.usb_dev, 6);
}

static void one_with_a_serial_number_may_come_in_any_port(void **state)
{
	struct node again = node_of("hidraw3", PORT "-other", 6);

	(void)state;
	has_serial(1001);
	see(&token.node, NULL);
	see(NULL, NULL);
	see(&again, NULL);
	OK(wait_for_it());
	assert_non_null(strstr(said, " and plug it in again, within 30 s; "));
	/* one without stays in its port */
	has_serial(0);
	w.passes = 4;
	SAYS(ERROR_TIMEOUT, "the token was not plugged in again in time; "
		"nothing was erased", wait_for_it());
}

static void another_token_is_told_of_once_and_left_alone(void **state)
{
	struct node again = node_of("hidraw3", PORT, 6);

	(void)state;
	has_serial(1001);
	w.serial = 1002;
	see(&token.node, NULL);
	see(NULL, NULL);
	see(&again, NULL);
	w.passes = 4;
	SAYS(ERROR_TIMEOUT, "was not plugged in again", wait_for_it());
	assert_non_null(strstr(said, "That is another token ("));
	assert_non_null(strstr(said, "): it stays as it is.\n"));
	assert_null(strstr(strstr(said, "That is another") + 1,
		"That is another"));
	/* of another product, too */
	w.serial = 1001;
	w.product = 0x120;
	SAYS(ERROR_TIMEOUT, "was not plugged in again", wait_for_it());
	/* of another vendor nobody is asked */
	looks[2].nodes[0].vendor = 0x1051;
	w.list = ERROR_FAILED;
	SAYS(ERROR_TIMEOUT, "was not plugged in again", wait_for_it());
	looks[2].nodes[0].vendor = 0x1050;
	looks[2].nodes[0].fido = false;
	SAYS(ERROR_TIMEOUT, "was not plugged in again", wait_for_it());
	looks[2].nodes[0].fido = true;
	SAYS(ERROR_FAILED, "it does not answer", wait_for_it());
}

static void who_does_not_unplug_it_is_told(void **state)
{
	(void)state;
	see(&token.node, NULL);
	w.passes = 3;
	SAYS(ERROR_TIMEOUT, "the token was not unplugged in time; nothing was "
		"erased", wait_for_it());
	assert_int_equal(w.pauses, 2);
	w.passes = 0;
	w.pause = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "Ctrl-C", wait_for_it());
	w.enumerate = ERROR_FAILED;
	SAYS(ERROR_FAILED, "no udev", wait_for_it());
	assert_string_equal(said, "");
}

static void one_that_is_held_is_given_some_seconds(void **state)
{
	struct node again = node_of("hidraw3", PORT, 6);

	(void)state;
	see(&token.node, NULL);
	see(NULL, NULL);
	see(&again, NULL);
	w.problem = TOKEN_HELD;
	w.passes = 4; /* after a pause in which it was held still */
	SAYS(ERROR_BUSY, "it is held", wait_for_it());
	assert_int_equal(w.pauses, 2);
}

/* ---- a code ---- */

static const struct oath_target target = { .name = "AWS:alice" };

static int ask_code(struct oath_response *r, int *left)
{
	said[0] = '\0';
	w.codes = 0;
	return prompt_code(&run, NULL, &target, "token 1001", " to log in", r,
		left, &err);
}

static void a_code_is_of_the_step_in_which_the_touch_comes(void **state)
{
	struct oath_response r;
	int left = 0;

	(void)state;
	OK(ask_code(&r, &left));
	assert_string_equal(said,
		"Touch token 1001 for a code of AWS:alice to log in.\n");
	assert_int_equal(left, 25);
	assert_int_equal(w.codes, 1);
	assert_true(w.steps[0] == MOMENT / 30);
	/* one that was over before the touch is not given */
	w.late = 1;
	OK(ask_code(&r, &left));
	assert_string_equal(said,
		"Touch token 1001 for a code of AWS:alice to log in.\n"
		"The code was over before the touch came. Touch token 1001 "
		"again.\n");
	assert_int_equal(w.codes, 2);
	assert_true(w.steps[1] == w.steps[0] + 1);
	assert_int_equal(left, 25);
	w.code = ERROR_TIMEOUT;
	SAYS(ERROR_TOUCH, "the token was not touched in time", ask_code(&r,
		&left));
	w.code = ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "the card says no", ask_code(&r, &left));
}

/* ---- a password ---- */

static int unlock(void)
{
	const struct card_place at = { .id = "AbC" };

	said[0] = '\0';
	w.unlocks = 0;
	return prompt_oath_password(&run, NULL, &at, "token 1001", &err);
}

#define ASKED "Password of the OATH application of token 1001: \n"
#define WRONG "That is not its password.\n"

static void a_person_has_three_tries_and_a_script_one(void **state)
{
	(void)state;
	w.right = 1;
	OK(unlock());
	assert_string_equal(said, ASKED);
	w.right = 3;
	OK(unlock());
	assert_string_equal(said, ASKED WRONG ASKED WRONG ASKED);
	w.right = 0;
	SAYS(ERROR_PIN_WRONG, "it is not its password", unlock());
	assert_string_equal(said, ASKED WRONG ASKED WRONG ASKED);
	run.scripted[RUN_OATH_PASSWORD] = true;
	SAYS(ERROR_PIN_WRONG, "it is not its password", unlock());
	assert_string_equal(said, ASKED);
	/* what is no wrong password is not asked for again */
	run.scripted[RUN_OATH_PASSWORD] = false;
	w.unlock = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "the card says no", unlock());
	assert_string_equal(said, ASKED);
	w.unlock = 0;
	w.secret = ERROR_PIN;
	SAYS(ERROR_REFUSED, "a password protects the OATH application of token "
		"1001, and there is no terminal to ask on: give it by "
		"--oath-password-fd N", unlock());
	run.scripted[RUN_OATH_PASSWORD] = true;
	SAYS(ERROR_PIN, "nobody is there", unlock());
	run.scripted[RUN_OATH_PASSWORD] = false;
	w.secret = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "nobody is there", unlock());
}

/* ---- whose turn ---- */

static int take_turn(int *fd)
{
	said[0] = '\0';
	w.pauses = w.asked_passed = 0;
	*fd = -1;
	return turn_take(&run, "/r.db", "123456789012", fd, &err);
}

static void a_turn_is_waited_for_and_that_is_said_once(void **state)
{
	static const char waits[] = "Another run is about to enable a device "
		"in account 123456789012: waiting for it.\n";
	int fd;

	(void)state;
	OK(take_turn(&fd));
	assert_int_equal(fd, 77);
	assert_string_equal(said, "");
	w.busy = 3;
	OK(take_turn(&fd));
	assert_int_equal(fd, 77);
	assert_int_equal(w.pauses, 3);
	assert_string_equal(said, waits);
	w.busy = 9;
	w.passes = 3;
	SAYS(ERROR_BUSY, "another run has had an unassigned device in account "
		"123456789012 for ten minutes, and one at a time is safe: try "
		"again", take_turn(&fd));
	assert_int_equal(w.pauses, 2);
	assert_int_equal(fd, -1);
	w.pause = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "Ctrl-C", take_turn(&fd));
	w.lock = ERROR_FAILED;
	SAYS(ERROR_FAILED, "no such folder", take_turn(&fd));
	assert_string_equal(said, "");
}

#define TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_token_is_back_when_it_was_gone_and_is_there_anew),
		TEST(one_with_a_serial_number_may_come_in_any_port),
		TEST(another_token_is_told_of_once_and_left_alone),
		TEST(who_does_not_unplug_it_is_told),
		TEST(one_that_is_held_is_given_some_seconds),
		TEST(a_code_is_of_the_step_in_which_the_touch_comes),
		TEST(a_person_has_three_tries_and_a_script_one),
		TEST(a_turn_is_waited_for_and_that_is_said_once),
	};

	return cmocka_run_group_tests_name("prompts", tests, NULL, NULL);
}
