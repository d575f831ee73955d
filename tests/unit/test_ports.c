/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that come and go in any port: which one is given out, when, and to which
 * process. The clock is a double's, and stands still but while it is waited.
 */
#include "bridge/rollout/ports/ports.h"

#include "bridge/run/run.h"
#include "tests/unit/unit.h"
#include "udev/monitor.h"
#include "udev/nodes.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define MONITOR 30
#define CANCEL 31
#define TYPED 32

/* What a key says when it is asked; of those that are there. */
struct key {
	struct node node;
	enum token_problem problem;
	bool is_none; /* a mouse */
	int fails;    /* of asking */
	unsigned asked;
};

static struct {
	int64_t now;
	struct key keys[4];
	size_t n;
	unsigned looks;
	int enumerate, take, open;
	/* from then on; 0: never */
	int64_t event_at, typed_at, cancel_at, replug_at, give_up_at;
	int poll_errno;
	unsigned events;
	pid_t front, own;
} w;

static struct run run = { .cancel_fd = CANCEL };
static struct ports ports;
static struct arrival arrival;
static char folder[32];

/* ---- the clock, and what is waited for ---- */

WRAP(int, clock_gettime, clockid_t clock, struct timespec *ret)
{
	(void)clock;
	*ret = (struct timespec){ w.now / 1000, w.now % 1000 * 1000000 };
	return 0;
}

static bool is_due(int64_t at)
{
	return at && w.now >= at;
}

static int64_t first_of(int64_t a, int64_t b)
{
	return b && b > w.now && b < a ? b : a;
}

WRAP(int, poll, struct pollfd *fds, nfds_t n, int timeout)
{
	int64_t until = w.now + (timeout < 0 ? 100000 : timeout);
	int64_t typed_at = fds[2].fd >= 0 ? w.typed_at : 0;
	int count = 0;

	assert_int_equal(n, 3);
	assert_int_equal(fds[0].fd, MONITOR);
	assert_int_equal(fds[1].fd, CANCEL);
	if (w.poll_errno) {
		errno = w.poll_errno;
		w.poll_errno = 0;
		return -1;
	}
	until = first_of(first_of(first_of(until, w.event_at), typed_at),
		w.cancel_at);
	if (!is_due(w.event_at) && !is_due(typed_at) && !is_due(w.cancel_at))
		w.now = until;
	if (is_due(w.give_up_at))
		fail_msg("it waits still");
	fds[0].revents = is_due(w.event_at) ? POLLIN : 0;
	fds[1].revents = is_due(w.cancel_at) ? POLLIN : 0;
	fds[2].revents = is_due(typed_at) ? POLLIN : 0;
	for (nfds_t i = 0; i < n; i++)
		count += fds[i].revents != 0;
	return count;
}

WRAP(int, monitor_new, struct monitor **ret, struct error *e)
{
	*ret = (void *)&w;
	return w.open < 0 ? error_set(e, -w.open, "no socket") : 0;
}

WRAP(void, monitor_free, struct monitor **m)
{
	*m = NULL;
}

WRAP(int, monitor_fd, const struct monitor *m)
{
	assert_ptr_equal(m, &w);
	return MONITOR;
}

WRAP(int, monitor_take, struct monitor *m, monitor_unplugged_fn *unplugged,
	void *arg, struct monitor_news *ret, struct error *e)
{
	assert_ptr_equal(m, &w);
	assert_true(is_due(w.event_at));
	w.event_at = 0;
	ret->events = w.events;
	if (is_due(w.replug_at)) {
		unplugged(w.keys[0].node.usb_path, w.keys[0].node.usb_dev, arg);
		w.replug_at = 0;
	}
	return w.take < 0 ? error_set(e, -w.take, "it is gone") : 0;
}

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	size_t i;

	w.looks++;
	*ret = calloc(w.n + 1, sizeof(**ret));
	assert_non_null(*ret);
	for (i = 0; i < w.n; i++)
		(*ret)[i] = w.keys[i].node;
	*ret_n = w.n;
	return w.enumerate < 0 ? error_set(e, -w.enumerate, "no sysfs") : 0;
}

static struct key *key_of(const struct node *node)
{
	size_t i;

	for (i = 0; i < w.n; i++)
		if (strcmp(w.keys[i].node.path, node->path) == 0)
			return &w.keys[i];
	fail_msg("'%s' is not there", node->path);
	return NULL;
}

WRAP(int, attached_ask, const struct run *r, const struct node *nodes,
	size_t n, struct attached *ret, struct error *e)
{
	struct key *key = key_of(&nodes[0]);

	assert_ptr_equal(r, &run);
	assert_int_equal(n, 1);
	key->asked++;
	if (key->fails < 0)
		return error_set(e, -key->fails, "it was not asked");
	if (key->is_none)
		return 0;
	ret->tokens = calloc(1, sizeof(*ret->tokens));
	assert_non_null(ret->tokens);
	ret->tokens[0].problem = key->problem;
	ret->n = 1;
	return 0;
}

WRAP(pid_t, tcgetpgrp, int fd)
{
	assert_true(fd == TYPED || fd == STDIN_FILENO);
	return w.front;
}

WRAP(pid_t, getpgrp, void)
{
	return w.own;
}

/* ---- what is plugged in ---- */

static struct key *plug_in(const char *port, uint8_t dev, bool fido)
{
	struct key *key = &w.keys[w.n++];

	*key = (struct key){ .node = { .fido = fido, .usb_dev = dev } };
	snprintf(key->node.path, sizeof(key->node.path), "/dev/hidraw%u", dev);
	snprintf(key->node.usb_path, sizeof(key->node.usb_path),
		"/sys/devices/usb1/%s", port);
	return key;
}

static void pull_out_first(void)
{
	memmove(w.keys, w.keys + 1, sizeof(w.keys) - sizeof(w.keys[0]));
	w.n--;
}

static int begin(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.now = 1000000;
	w.events = 1;
	w.front = w.own = 77;
	strcpy(folder, "/tmp/ports.XXXXXX");
	assert_non_null(mkdtemp(folder));
	OK(ports_open(&ports, &run, folder, &err));
	return 0;
}

static int end(void **state)
{
	char command[64];

	(void)state;
	arrival_done(&arrival);
	ports_done(&ports);
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static int waits(bool keys)
{
	arrival_done(&arrival);
	return ports_wait(&ports, TYPED, keys, &arrival, &err);
}

/* Whose it is, so many milliseconds later. */
static void comes(const char *port, const char *key, int64_t after)
{
	int64_t begun = w.now;

	w.give_up_at = begun + 20000;
	assert_int_equal(waits(true), PORTS_KEY);
	assert_string_equal(arrival.port, port);
	assert_string_equal(arrival.key, key);
	assert_int_equal(arrival.attached.n, 1);
	assert_ptr_equal(arrival.attached.chosen, arrival.attached.tokens);
	assert_int_equal(w.now - begun, after);
	assert_int_equal(arrival.since, w.now);
}

/* Not within that time, in which somebody types at last. */
static void nothing_comes(int64_t ms)
{
	w.typed_at = w.now + ms;
	w.give_up_at = w.typed_at + 20000;
	assert_int_equal(waits(true), PORTS_TYPED);
	assert_int_equal(arrival.attached.n, 0);
	w.typed_at = 0;
}

/* ---- once each ---- */

static void what_is_there_comes_first_and_once(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	plug_in("1-4.2", 17, true);
	comes("1-2", "1-2:4", 0);
	comes("1-4.2", "1-4.2:17", 0);
	nothing_comes(5000);
	assert_int_equal(w.keys[0].asked, 1);
	assert_true(ports_has(&ports, "1-2:4"));
	assert_false(ports_has(&ports, "1-2:5"));
}

static void an_event_is_looked_at_when_all_of_them_came(void **state)
{
	(void)state;
	nothing_comes(50);
	plug_in("1-2", 4, true);
	w.event_at = w.now + 10;
	comes("1-2", "1-2:4", 110);
	/* one of nothing brings no look before its time */
	nothing_comes(10);
	w.looks = 0;
	w.events = 0;
	w.event_at = w.now + 10;
	nothing_comes(500);
	assert_int_equal(w.looks, 0);
}

/* Events may be lost. */
static void without_an_event_it_is_looked_each_second(void **state)
{
	(void)state;
	nothing_comes(50);
	plug_in("1-2", 4, true);
	comes("1-2", "1-2:4", 950);
	w.looks = 0;
	nothing_comes(10500);
	assert_int_equal(w.looks, 10);
}

static void another_key_in_the_same_port_is_another(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	comes("1-2", "1-2:4", 0);
	pull_out_first();
	w.event_at = w.now + 10;
	nothing_comes(500);
	assert_false(ports_has(&ports, "1-2:4"));
	assert_int_equal(ports.plugs.n, 0);
	plug_in("1-2", 5, true);
	w.event_at = w.now + 10;
	comes("1-2", "1-2:5", 110);
}

/* Which enumerating does not show. */
static void one_that_went_and_came_back_comes_again(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	comes("1-2", "1-2:4", 0);
	w.event_at = w.replug_at = w.now + 10;
	comes("1-2", "1-2:4", 110);
}

static void it_is_offered_again_for_the_asking(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	comes("1-2", "1-2:4", 0);
	ports_offer_again(&ports, "1-9:9");
	nothing_comes(2000);
	ports_offer_again(&ports, "1-2:4");
	w.give_up_at = w.now + 20000;
	assert_int_equal(waits(true), PORTS_KEY);
	assert_int_equal(w.keys[0].asked, 2);
}

static void its_nodes_may_change_and_it_is_the_same(void **state)
{
	struct key *key = plug_in("1-2", 4, true);

	(void)state;
	comes("1-2", "1-2:4", 0);
	key->node.openable = !key->node.openable;
	nothing_comes(5000);
	assert_int_equal(key->asked, 2);
}

static void a_mouse_is_asked_once(void **state)
{
	struct key *mouse = plug_in("1-1", 3, false);

	(void)state;
	mouse->is_none = true;
	plug_in("1-2", 4, true);
	comes("1-2", "1-2:4", 0);
	nothing_comes(5000);
	assert_int_equal(mouse->asked, 1);
}

/* ---- what is wrong with it ---- */

static void a_problem_has_some_time_to_pass(void **state)
{
	struct key *key = plug_in("1-2", 4, true);

	(void)state;
	key->problem = TOKEN_NO_PERMISSION;
	comes("1-2", "1-2:4", 1500);
	assert_int_equal(key->asked, 11); /* each 150 ms */
	nothing_comes(5000);
	assert_int_equal(key->asked, 11);
}

static void what_is_usable_later_comes_then(void **state)
{
	struct key *key = plug_in("1-2", 4, true);

	(void)state;
	key->problem = TOKEN_NO_PERMISSION;
	nothing_comes(200);
	key->problem = TOKEN_USABLE;
	comes("1-2", "1-2:4", 100);
}

/* It was shown as a problem: usable, it is news. */
static void a_problem_that_ends_comes_again(void **state)
{
	struct key *key = plug_in("1-2", 4, true);

	(void)state;
	key->problem = TOKEN_NO_PERMISSION;
	comes("1-2", "1-2:4", 1500);
	key->node.openable = !key->node.openable;
	key->problem = TOKEN_USABLE;
	w.give_up_at = w.now + 20000;
	assert_int_equal(waits(true), PORTS_KEY);
}

static void one_that_is_held_is_waited_for(void **state)
{
	struct key *key = plug_in("1-2", 4, true);

	(void)state;
	key->problem = TOKEN_HELD;
	nothing_comes(4500);
	assert_int_equal(key->asked, 5); /* each second */
	key->problem = TOKEN_USABLE;
	comes("1-2", "1-2:4", 500);
}

static void a_key_of_another_process_is_left_to_it(void **state)
{
	struct ports other;
	struct key *key = plug_in("1-2", 4, true);

	(void)state;
	comes("1-2", "1-2:4", 0);
	other = ports;
	OK(ports_open(&ports, &run, folder, &err));
	nothing_comes(2500);
	assert_int_equal(key->asked, 1);
	ports_done(&other);
	comes("1-2", "1-2:4", 500);
}

static void who_lets_it_go_lets_its_port_go(void **state)
{
	struct ports other;

	(void)state;
	plug_in("1-2", 4, true);
	plug_in("1-3", 6, true);
	comes("1-2", "1-2:4", 0);
	comes("1-3", "1-3:6", 0);
	pull_out_first();
	w.event_at = w.now + 10;
	nothing_comes(500);
	plug_in("1-2", 9, true);
	other = ports;
	OK(ports_open(&ports, &run, folder, &err));
	/* the port of the one that is still in it is not free */
	comes("1-2", "1-2:9", 0);
	nothing_comes(3000);
	ports_done(&other);
}

/* ---- keys that wait, lines, ends ---- */

static void keys_wait_while_they_are_not_wanted(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	w.typed_at = w.now + 3000;
	w.give_up_at = w.now + 20000;
	assert_int_equal(waits(false), PORTS_TYPED);
	assert_int_equal(w.keys[0].asked, 0);
	assert_true(ports_has(&ports, "1-2:4"));
	w.typed_at = 0;
	comes("1-2", "1-2:4", 0);
}

static void a_line_goes_before_a_key(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	w.typed_at = w.now;
	assert_int_equal(waits(true), PORTS_TYPED);
	assert_int_equal(w.looks, 0);
}

static void in_the_background_nothing_is_typed(void **state)
{
	(void)state;
	assert_int_equal(ports_in_front(-1), -1);
	assert_int_equal(ports_in_front(TYPED), TYPED);
	w.front = -1; /* no terminal */
	assert_int_equal(ports_in_front(TYPED), TYPED);
	w.front = 78;
	assert_int_equal(ports_in_front(TYPED), -1);
	assert_int_equal(ports_in_front(STDIN_FILENO), -1);
	w.front = 0;
	assert_int_equal(ports_in_front(TYPED), -1);
	plug_in("1-2", 4, true);
	w.typed_at = w.now;
	w.event_at = w.now;
	assert_int_equal(waits(true), PORTS_KEY);
}

static void it_is_interrupted_before_all_else(void **state)
{
	(void)state;
	w.typed_at = w.event_at = w.cancel_at = w.now;
	FAILS(ERROR_INTERRUPTED, waits(true));
	w.typed_at = w.event_at = w.cancel_at = 0;
	w.poll_errno = EINTR; /* that is none */
	plug_in("1-2", 4, true);
	assert_int_equal(waits(true), PORTS_KEY);
}

static void what_fails_ends_it(void **state)
{
	struct ports none;
	struct key *key;

	(void)state;
	w.poll_errno = ENOMEM;
	SAYS(ERROR_FAILED, "cannot wait for plug and unplug", waits(true));
	w.event_at = w.now;
	w.take = -ERROR_FAILED;
	SAYS(ERROR_FAILED, "it is gone", waits(true));
	w.enumerate = -ERROR_REMOTE;
	SAYS(ERROR_REMOTE, "no sysfs", waits(true));
	w.take = w.enumerate = 0;
	key = plug_in("1-2", 4, true);
	key->fails = -ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, "it was not asked", waits(true));
	w.open = -ERROR_UNSUPPORTED;
	SAYS(ERROR_UNSUPPORTED, "no socket", ports_open(&none, &run, folder,
		&err));
	ports_done(&none);
}

static void a_claim_that_cannot_be_made_is_told(void **state)
{
	(void)state;
	plug_in("1-2", 4, true);
	assert_int_equal(rmdir(folder), 0);
	SAYS(ERROR_FAILED, "/port-1-2.lock", waits(true));
	assert_int_equal(w.keys[0].asked, 0);
}

static void a_port_is_named_without_the_number_of_its_key(void **state)
{
	static const struct {
		const char *key, *port;
	} rows[] = { { "1-4.2:17", "1-4.2" }, { "1-4.2", "1-4.2" }, { "", "" },
		{ "0003:1050:0407.0005", "0003:1050" } };
	char port[PORT_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		ports_name(rows[i].key, port);
		assert_string_equal(port, rows[i].port);
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_there_comes_first_and_once),
		CASE(an_event_is_looked_at_when_all_of_them_came),
		CASE(without_an_event_it_is_looked_each_second),
		CASE(another_key_in_the_same_port_is_another),
		CASE(one_that_went_and_came_back_comes_again),
		CASE(it_is_offered_again_for_the_asking),
		CASE(its_nodes_may_change_and_it_is_the_same),
		CASE(a_mouse_is_asked_once),
		CASE(a_problem_has_some_time_to_pass),
		CASE(what_is_usable_later_comes_then),
		CASE(a_problem_that_ends_comes_again),
		CASE(one_that_is_held_is_waited_for),
		CASE(a_key_of_another_process_is_left_to_it),
		CASE(who_lets_it_go_lets_its_port_go),
		CASE(keys_wait_while_they_are_not_wanted),
		CASE(a_line_goes_before_a_key),
		CASE(in_the_background_nothing_is_typed),
		CASE(it_is_interrupted_before_all_else),
		CASE(what_fails_ends_it),
		CASE(a_claim_that_cannot_be_made_is_told),
		CASE(a_port_is_named_without_the_number_of_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
