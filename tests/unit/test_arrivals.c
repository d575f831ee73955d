/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that are plugged in while somebody waits: the process that looks for
 * them, with nodes that a test lays into memory that both see, and the
 * descriptors that it hands on.
 */
#include "bridge/login/auth/arrivals.h"
#include "udev/nodes.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- what is plugged in, for both processes ---- */

static struct world {
	struct node nodes[PLUGGED_MAX];
	size_t n;
	bool looks_fail;  /* of udev */
	bool none_starts;
	unsigned starts;  /* of tokens' processes */
	int close_n;      /* that the last one was told to close */
} *w;

static struct node node_of(const char *name, uint8_t dev, bool fido)
{
	struct node n = { .fido = fido };

	snprintf(n.syspath, sizeof(n.syspath), "/sys/%s", name);
	snprintf(n.path, sizeof(n.path), "/dev/%s", name);
	snprintf(n.product_name, sizeof(n.product_name), "Key %s", name);
	n.usb_dev = dev;
	return n;
}

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	if (w->looks_fail)
		return error_set(e, ERROR_FAILED, "no udev");
	*ret = calloc(w->n + 1, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, w->nodes, w->n * sizeof(**ret));
	*ret_n = w->n;
	return 0;
}

/* What a token's process is: here a line on which its node was written. */
WRAP(int, agent_start, const struct agent_setting *setting,
	const struct node *node, int *ret_socket, int *ret_fd, struct error *e)
{
	int pair[2];

	w->starts++;
	w->close_n = (int)setting->close_n;
	*ret_socket = *ret_fd = -1;
	if (w->none_starts)
		return error_set(e, ERROR_FAILED, "none starts");
	if (strcmp(node->path, "/dev/closed") == 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
		write(pair[1], node->path, strlen(node->path)) < 0)
		_exit(9);
	*ret_socket = pair[0];
	*ret_fd = pair[1];
	return 0;
}

/* ---- the helper's end ---- */

static struct plugged_list list;
static int line = -1;

static void set_up(const struct node *there, size_t n, int secret)
{
	struct agent_setting setting = { .close_fds = { secret },
		.close_n = secret >= 0 };

	memset(&list, 0, sizeof(list));
	memset(w, 0, sizeof(*w));
	memcpy(w->nodes, there, n * sizeof(*there));
	w->n = n;
	list.nodes = calloc(n + 1, sizeof(*there));
	assert_non_null(list.nodes);
	memcpy(list.nodes, there, n * sizeof(*there));
	list.nodes_n = n;
	OK(arrivals_start(&list, &setting, &line, &err));
}

static void end(void)
{
	int status;

	close(line);
	/* it ends by itself once nobody listens */
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	plugged_done(&list);
}

static bool comes_within(int ms)
{
	struct pollfd p = { .fd = line, .events = POLLIN };

	return poll(&p, 1, ms) == 1;
}

static struct plugged *take(void)
{
	struct plugged *t = NULL;

	assert_true(comes_within(20000));
	OK(arrivals_take(line, &list, &t, &err));
	return t;
}

static void is_told(const char *path)
{
	struct plugged *t = take();
	char text[64] = "";

	assert_non_null(t);
	assert_string_equal(t->path, path);
	assert_int_equal(strncmp(t->product, "Key ", 4), 0);
	assert_int_equal(t->fd, -1);
	assert_true(t->socket >= 0);
	assert_true(fcntl(t->socket, F_GETFD) & FD_CLOEXEC);
	/* it is the line to that token's process, and still open there */
	assert_int_equal(read(t->socket, text, sizeof(text) - 1),
		strlen(path));
	assert_string_equal(text, path);
	assert_int_equal(recv(t->socket, text, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void only_what_was_not_there_is_handed_on_and_once(void **state)
{
	const struct node there[] = { node_of("a", 1, true),
		node_of("b", 2, true) };

	(void)state;
	set_up(there, 2, -1);
	assert_false(comes_within(700));
	assert_int_equal(w->starts, 0);
	w->nodes[2] = node_of("c", 3, true);
	w->nodes[3] = node_of("mouse", 4, false);
	w->n = 4;
	is_told("/dev/c");
	assert_false(comes_within(700));
	assert_int_equal(w->starts, 1);
	/* its process has the line of the watcher to close, and no other's */
	assert_int_equal(w->close_n, 1);
	/* out and in again: the kernel counts it as another device */
	w->nodes[0].usb_dev = 9;
	is_told("/dev/a");
	assert_int_equal(w->starts, 2);
	assert_int_equal(list.n, 2);
	end();
}

static void what_cannot_be_started_is_none_and_the_next_one_comes(void **state)
{
	const struct node none = node_of("", 0, false);

	(void)state;
	set_up(&none, 0, -1);
	w->nodes[0] = node_of("closed", 1, true);
	w->n = 1;
	assert_false(comes_within(700));
	assert_int_equal(w->starts, 1);
	w->none_starts = true;
	w->nodes[1] = node_of("d", 2, true);
	w->n = 2;
	assert_false(comes_within(700));
	assert_int_equal(w->starts, 2);
	w->none_starts = false;
	/* udev that fails for a while loses nothing */
	w->looks_fail = true;
	w->nodes[2] = node_of("e", 3, true);
	w->n = 3;
	assert_false(comes_within(700));
	w->looks_fail = false;
	is_told("/dev/e");
	end();
}

static void the_watcher_keeps_nothing_of_the_tokens_before(void **state)
{
	const struct node none = node_of("", 0, false);
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	set_up(&none, 0, ends[0]);
	close(ends[0]);
	/* when it has looked once it has closed them */
	w->nodes[0] = node_of("f", 1, true);
	w->n = 1;
	is_told("/dev/f");
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(ends[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
	end();
}

static void one_that_has_no_room_is_let_go(void **state)
{
	const struct node none = node_of("", 0, false);

	(void)state;
	set_up(&none, 0, -1);
	while (plugged_add(&list, -1, -1, "/dev/x", "x"))
		;
	w->nodes[0] = node_of("g", 1, true);
	w->n = 1;
	assert_null(take());
	assert_int_equal(list.n, PLUGGED_MAX);
	end();
}

static void a_watcher_that_ends_is_an_error_and_no_token(void **state)
{
	struct plugged *t = NULL;
	int pair[2];

	(void)state;
	memset(&list, 0, sizeof(list));
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		pair), 0);
	/* a message without a descriptor, one that is too short, the end */
	assert_int_equal(send(pair[1], &list.p[0], NODE_PATH_LEN +
		PLUGGED_NAME_LEN, 0), NODE_PATH_LEN + PLUGGED_NAME_LEN);
	SAYS(ERROR_FAILED, "has ended", arrivals_take(pair[0], &list, &t,
		&err));
	assert_int_equal(send(pair[1], "x", 1, 0), 1);
	SAYS(ERROR_FAILED, "has ended", arrivals_take(pair[0], &list, &t,
		&err));
	close(pair[1]);
	SAYS(ERROR_FAILED, "has ended", arrivals_take(pair[0], &list, &t,
		&err));
	assert_null(t);
	assert_int_equal(list.n, 0);
	close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_was_not_there_is_handed_on_and_once),
		cmocka_unit_test(
			what_cannot_be_started_is_none_and_the_next_one_comes),
		cmocka_unit_test(the_watcher_keeps_nothing_of_the_tokens_before),
		cmocka_unit_test(one_that_has_no_room_is_let_go),
		cmocka_unit_test(a_watcher_that_ends_is_an_error_and_no_token),
	};

	w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests_name("arrivals", tests, NULL, NULL);
}
