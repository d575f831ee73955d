/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's side of tokenbridge-worker: which of its cards is the token's,
 * what it is asked for, and what becomes of one that fails. This program is its
 * own worker, by that name.
 */
#include "token/worker/oath.h"
#include "token/worker/otp.h"
#include "token/worker/wire.h"

#include "base/process.h"
#include "tests/unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

/* ---- a worker that answers from a table ---- */

#define CALLS_MAX 8

static struct {
	struct oath_card cards[3];
	size_t n;
	unsigned held;
} lists[CALLS_MAX];
static size_t lists_n, lists_at;
static int call_fails;
static struct buf asked; /* the last request */
static struct buf given; /* what is answered to all but a list */
static bool is_real;

char *__wrap_process_find(const char *name, const char *built_in);
int __wrap_worker_call(struct worker *w, struct buf *request,
	struct buf *reply, int cancel_fd, deadline_t until, int grace_ms,
	struct error *e);
int __real_worker_call(struct worker *w, struct buf *request,
	struct buf *reply, int cancel_fd, deadline_t until, int grace_ms,
	struct error *e);

static void put_list(struct buf *reply)
{
	size_t at = lists_at + 1 < lists_n ? lists_at++ : lists_at, i;
	struct buf all;

	buf_init(&all, WIRE_MAX);
	for (i = 0; i < lists[at].n; i++)
		worker_put_card(&all, &lists[at].cards[i]);
	worker_put_cards(reply, &all, (unsigned)lists[at].n, lists[at].held);
	buf_done(&all);
}

int __wrap_worker_call(struct worker *w, struct buf *request,
	struct buf *reply, int cancel_fd, deadline_t until, int grace_ms,
	struct error *e)
{
	if (is_real)
		return __real_worker_call(w, request, reply, cancel_fd, until,
			grace_ms, e);
	assert_int_equal(grace_ms, request->p[0] == WORKER_OTP ? 10000 : 0);
	buf_reset(&asked);
	buf_put(&asked, request->p, request->n);
	if (call_fails)
		return error_set(e, call_fails, "the worker says no");
	if (request->p[0] == WORKER_CARDS)
		put_list(reply);
	else
		buf_put(reply, given.p, given.n);
	return 0;
}

static int fresh_worker(void **state)
{
	(void)state;
	memset(lists, 0, sizeof(lists));
	lists_n = 1;
	lists_at = 0;
	call_fails = 0;
	is_real = false;
	buf_init(&asked, WIRE_MAX);
	buf_init(&given, WIRE_MAX);
	return 0;
}

static int drop_bufs(void **state)
{
	(void)state;
	buf_done(&asked);
	buf_done(&given);
	return 0;
}

static void put_card(size_t list, const char *reader, enum card_join join,
	bool has_oath)
{
	struct oath_card *c = &lists[list].cards[lists[list].n++];

	*c = (struct oath_card){ .join = join, .has_oath = has_oath };
	strcpy(c->reader, reader);
}

static struct worker worker = WORKER_INIT;
static const struct oath_search by_usb = { .token = { 1, 2, false, 0, "" } };

static int find_card(const struct oath_search *q, char reader[128],
	int64_t ms)
{
	struct oath_card *card = NULL;
	int r = oath_find(&worker, q, &card, -1, deadline_in(ms), &err);

	strcpy(reader, r == 0 && card ? card->reader : "");
	if (r < 0)
		assert_null(card);
	free(card);
	return r;
}

/* ---- which card ---- */

static void the_best_join_is_the_token_s_card(void **state)
{
	char reader[128];

	(void)state;
	put_card(0, "other", CARD_OTHER, true);
	put_card(0, "serial", CARD_SAME_SERIAL, true);
	put_card(0, "usb", CARD_SAME_USB, false);
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "usb");
	lists[0].cards[2].join = CARD_SAME_ID;
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "usb");
	lists[0].cards[2].join = CARD_OTHER;
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "serial");
}

/* A key has several slots: the one with the applet is meant. */
static void of_two_that_are_joined_alike_the_one_with_the_applet(void **state)
{
	char reader[128];

	(void)state;
	put_card(0, "bare", CARD_SAME_USB, false);
	put_card(0, "oath", CARD_SAME_USB, true);
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "oath");
	lists[0].cards[0].has_oath = true;
	lists[0].cards[1].has_oath = false;
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "bare");
}

static void two_cards_that_are_alike_are_a_conflict(void **state)
{
	char reader[128];

	(void)state;
	put_card(0, "one", CARD_SAME_SERIAL, true);
	put_card(0, "two", CARD_SAME_SERIAL, true);
	SAYS(ERROR_CONFLICT, "two smart cards say that they are this token's "
		"('one', 'two'): unplug one", find_card(&by_usb, reader, 5000));
	/* below a better one they do not matter */
	put_card(0, "best", CARD_SAME_USB, true);
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "best");
	/* neither do two of which nothing says that they are the token's */
	lists[0].cards[0].join = lists[0].cards[1].join = CARD_OTHER;
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "best");
}

static void a_card_that_comes_late_is_waited_for(void **state)
{
	const struct oath_search by_serial = { .token = { 0, 0, true, 7, "" } };
	struct oath_card *card = NULL;
	int64_t begun = deadline_now();
	char reader[128];
	int fds[2];

	(void)state;
	put_card(0, "other", CARD_OTHER, true);
	put_card(2, "own", CARD_SAME_USB, true);
	lists_n = 3;
	OK(find_card(&by_usb, reader, 20000));
	assert_string_equal(reader, "own");
	assert_in_range(deadline_now() - begun, 400, 15000);
	/* a second, and three for a key that hides its card for a while */
	lists_n = 1;
	lists_at = 0;
	begun = deadline_now();
	OK(find_card(&by_usb, reader, 20000));
	assert_string_equal(reader, "");
	assert_in_range(deadline_now() - begun, 1000, 2900);
	begun = deadline_now();
	OK(find_card(&by_serial, reader, 20000));
	assert_string_equal(reader, "");
	assert_in_range(deadline_now() - begun, 3000, 15000);
	begun = deadline_now();
	OK(find_card(&by_serial, reader, 10));
	assert_true(deadline_now() - begun < 1000);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	SAYS(ERROR_INTERRUPTED, "interrupted", oath_find(&worker, &by_usb,
		&card, fds[0], deadline_in(20000), &err));
	assert_null(card);
	close(fds[0]);
	close(fds[1]);
}

static void a_reader_that_another_program_holds_is_said(void **state)
{
	char reader[128];

	(void)state;
	lists[0].held = 1;
	put_card(0, "other", CARD_OTHER, true);
	SAYS(ERROR_BUSY, "another program holds a smart-card reader for itself "
		"(often gpg's scdaemon: run `gpgconf --kill scdaemon`), so the "
		"token's OATH application cannot be reached",
		find_card(&by_usb, reader, 5000));
	/* not where the token's own is there all the same */
	put_card(0, "own", CARD_SAME_USB, true);
	OK(find_card(&by_usb, reader, 5000));
	assert_string_equal(reader, "own");
	call_fails = ERROR_UNSUPPORTED;
	SAYS(ERROR_UNSUPPORTED, "the worker says no",
		find_card(&by_usb, reader, 5000));
}

/* ---- what it is asked for ---- */

static const struct oath_target target = { { 3, 4, true, 5, "id" }, "alice" };

static void assert_asked(enum worker_operation op, const char *name,
	const void *data, size_t n)
{
	struct wire_reader r = { asked.p, asked.n, false };
	struct worker_account a;

	assert_int_equal(wire_get_be(&r, 1), op);
	OK(worker_get_account(&r, &a, &err));
	assert_string_equal(a.name, name);
	assert_string_equal(a.place.id, "id");
	assert_int_equal(a.place.usb_dev, 4);
	assert_int_equal(a.data_n, n);
	if (n)
		assert_memory_equal(a.data, data, n);
}

static void each_act_is_its_own_request(void **state)
{
	const struct oath_response x = { true, { 9 }, 4, 6 };
	const unsigned char challenge[8] = "1234567";
	struct secret key = SECRET_INIT;
	struct oath_response got;
	bool deleted = false;

	(void)state;
	OK(secret_set(&key, "seed", 4, &err));
	OK(oath_put(&worker, &target, &key, -1, deadline_in(1000), &err));
	assert_asked(WORKER_OATH_PUT, "alice", "seed", 4);
	secret_done(&key);
	worker_put_deleted(&given, true);
	OK(oath_delete(&worker, &target, &deleted, -1, deadline_in(1000),
		&err));
	assert_true(deleted);
	assert_asked(WORKER_OATH_DELETE, "alice", NULL, 0);
	buf_reset(&given);
	worker_put_deleted(&given, false);
	OK(oath_delete(&worker, &target, &deleted, -1, deadline_in(1000),
		&err));
	assert_false(deleted);
	buf_reset(&given);
	worker_put_response(&given, &x);
	OK(oath_calculate(&worker, &target, challenge, &got, -1,
		deadline_in(1000), &err));
	assert_asked(WORKER_OATH_CALCULATE, "alice", challenge, 8);
	assert_int_equal(got.hmac[0], 9);
	OK(oath_code(&worker, &target, challenge, &got, -1, deadline_in(1000),
		&err));
	assert_asked(WORKER_OATH_CODE, "alice", challenge, 8);
}

static const struct otp_place usb_place = { .bus = 3, .dev = 9 };

static void what_the_worker_refuses_is_refused(void **state)
{
	const unsigned char challenge[8] = "1234567";
	struct oath_response got = { .digits = 77 };
	struct secret key = SECRET_INIT;
	struct otp_interface *list = NULL;
	bool deleted = true;
	size_t n;

	(void)state;
	call_fails = ERROR_CONFLICT;
	SAYS(ERROR_CONFLICT, "the worker says no", oath_put(&worker, &target,
		&key, -1, deadline_in(1000), &err));
	SAYS(ERROR_CONFLICT, "the worker says no", oath_delete(&worker,
		&target, &deleted, -1, deadline_in(1000), &err));
	assert_true(deleted);
	SAYS(ERROR_CONFLICT, "the worker says no", oath_code(&worker, &target,
		challenge, &got, -1, deadline_in(1000), &err));
	SAYS(ERROR_CONFLICT, "the worker says no", oath_calculate(&worker,
		&target, challenge, &got, -1, deadline_in(1000), &err));
	assert_int_equal(got.digits, 77);
	SAYS(ERROR_CONFLICT, "the worker says no", otp_interfaces(&worker,
		&usb_place, &list, &n, -1, deadline_in(1000), &err));
	assert_null(list);
}

static void interfaces_are_what_the_worker_tells(void **state)
{
	const struct otp_interface sent = { .has_serial = true, .serial = 7 };
	struct otp_interface *list = NULL;
	size_t n = 0;

	(void)state;
	worker_put_interfaces(&given, &sent, 1);
	OK(otp_interfaces(&worker, &usb_place, &list, &n, -1, deadline_in(1000),
		&err));
	assert_int_equal(asked.n, 3);
	assert_memory_equal(asked.p, ((const uint8_t[]){ WORKER_OTP, 3, 9 }), 3);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].serial, 7);
	free(list);
}

static void a_password_is_kept_once_it_was_right(void **state)
{
	const struct card_place place = { 3, 4, false, 0, "id" };
	struct secret password = SECRET_INIT;
	struct wire_reader r;
	struct worker_account a;

	(void)state;
	OK(secret_set(&password, "tulip", 5, &err));
	call_fails = ERROR_PIN_WRONG;
	SAYS(ERROR_PIN_WRONG, "the worker says no", oath_unlock(&worker,
		&place, &password, -1, deadline_in(1000), &err));
	assert_string_equal(secret_str(&password), "tulip");
	assert_string_equal(worker.access.id, "");
	assert_int_equal(worker.access.password.n, 0);
	call_fails = 0;
	OK(oath_unlock(&worker, &place, &password, -1, deadline_in(1000),
		&err));
	assert_asked(WORKER_OATH_UNLOCK, "", NULL, 0);
	assert_int_equal(password.n, 0);
	assert_null(password.p);
	/* from then on it goes with every request */
	worker_put_deleted(&given, true);
	OK(oath_delete(&worker, &target, &(bool){ false }, -1,
		deadline_in(1000), &err));
	r = (struct wire_reader){ asked.p + 1, asked.n - 1, false };
	OK(worker_get_account(&r, &a, &err));
	assert_string_equal(a.key.id, "id");
	assert_int_equal(a.key.n, 5);
	assert_memory_equal(a.key.p, "tulip", 5);
	worker_done(&worker);
	assert_int_equal(worker.access.password.n, 0);
	assert_string_equal(worker.access.id, "");
}

/* ---- the process ---- */

static char place_dir[64], worker_path[128];

char *__wrap_process_find(const char *name, const char *built_in)
{
	assert_string_equal(name, "tokenbridge-worker");
	assert_non_null(strstr(built_in, "/tokenbridge-worker"));
	return strdup(worker_path);
}

/* Answers each request with its number and its own pid; 'd' is not answered,
 * 'e' ends it. */
static int be_worker(void)
{
	struct buf request, reply;
	unsigned char number = 0;

	buf_init(&request, WIRE_MAX);
	buf_init(&reply, WIRE_MAX);
	while (wire_receive(0, &request, -1, deadline_in(60000), NULL) == 0) {
		if (request.n && request.p[0] == 'e')
			return 0;
		if (request.n && request.p[0] == 'd')
			continue;
		buf_reset(&reply);
		buf_put_byte(&reply, 0);
		buf_put_byte(&reply, ++number);
		buf_put_be(&reply, (uint64_t)getpid(), 4);
		if (wire_send(0, reply.p, reply.n, deadline_in(5000), NULL) < 0)
			return 1;
	}
	return 0;
}

static int real_call(const char *text, int64_t ms, unsigned *ret_number,
	pid_t *ret_pid)
{
	struct wire_reader r;
	struct buf request, reply;
	int done;

	buf_init(&request, 100);
	buf_init(&reply, WIRE_MAX);
	buf_put_str(&request, text);
	done = worker_call(&worker, &request, &reply, -1, deadline_in(ms), 0,
		&err);
	/* a seed may have been in it */
	assert_int_equal(request.n, 0);
	r = (struct wire_reader){ reply.p, reply.n, false };
	if (done == 0) {
		*ret_number = (unsigned)wire_get_be(&r, 1);
		*ret_pid = (pid_t)wire_get_be(&r, 4);
	}
	buf_done(&request);
	buf_done(&reply);
	return done;
}

static void one_worker_serves_until_it_fails(void **state)
{
	unsigned number = 0;
	pid_t first = 0, pid = 0;
	struct buf request, reply;

	(void)state;
	is_real = true;
	OK(real_call("x", 20000, &number, &first));
	assert_int_equal(number, 1);
	OK(real_call("x", 20000, &number, &pid));
	assert_int_equal(number, 2);
	assert_int_equal(pid, first);
	/* one that does not answer is killed, and the next call has another */
	SAYS(ERROR_TIMEOUT, "a helper process did not answer in time",
		real_call("d", 200, &number, &pid));
	assert_int_equal(kill(first, 0), -1);
	assert_int_equal(errno, ESRCH);
	OK(real_call("x", 20000, &number, &pid));
	assert_int_equal(number, 1);
	assert_int_not_equal(pid, first);
	SAYS(ERROR_FAILED, "a helper process ended before it answered",
		real_call("e", 20000, &number, &pid));
	/* one that was killed while nothing was asked of it is none either */
	OK(real_call("x", 20000, &number, &pid));
	kill(pid, SIGKILL);
	assert_true(deadline_sleep(deadline_in(20000), worker.process.pidfd));
	OK(real_call("x", 20000, &number, &first));
	assert_int_equal(number, 1);
	assert_int_not_equal(first, pid);
	worker_done(&worker);
	assert_int_equal(kill(first, 0), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	/* what does not fit is not sent */
	buf_init(&request, 3);
	buf_init(&reply, 3);
	buf_put_str(&request, "long");
	SAYS(ERROR_FAILED, "a request is larger than 3 bytes",
		worker_call(&worker, &request, &reply, -1, deadline_in(1000),
			0, &err));
	assert_int_equal(worker.process.pid, 0);
	buf_done(&request);
}

static void a_worker_that_is_not_there_is_named(void **state)
{
	char kept[sizeof(worker_path)];
	struct buf request, reply;

	(void)state;
	is_real = true;
	strcpy(kept, worker_path);
	strcpy(worker_path, "/nowhere/tokenbridge-worker");
	buf_init(&request, 10);
	buf_init(&reply, 10);
	buf_put_str(&request, "x");
	SAYS(ERROR_FAILED, "cannot start '/nowhere/tokenbridge-worker'",
		worker_call(&worker, &request, &reply, -1, deadline_in(1000),
			0, &err));
	buf_done(&request);
	strcpy(worker_path, kept);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fresh_worker, drop_bufs)

static int with_a_place(int (*run)(void))
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int failed;

	if (n <= 0)
		return 1;
	self[n] = '\0';
	enter_place(place_dir);
	snprintf(worker_path, sizeof(worker_path), "%s/worker", place_dir);
	assert_int_equal(symlink(self, worker_path), 0);
	failed = run();
	leave_place(place_dir);
	return failed;
}

static int run_all(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_best_join_is_the_token_s_card),
		TEST(of_two_that_are_joined_alike_the_one_with_the_applet),
		TEST(two_cards_that_are_alike_are_a_conflict),
		TEST(a_card_that_comes_late_is_waited_for),
		TEST(a_reader_that_another_program_holds_is_said),
		TEST(each_act_is_its_own_request),
		TEST(what_the_worker_refuses_is_refused),
		TEST(interfaces_are_what_the_worker_tells),
		TEST(a_password_is_kept_once_it_was_right),
		TEST(one_worker_serves_until_it_fails),
		TEST(a_worker_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	return slash && strcmp(slash, "/worker") == 0 ? be_worker() :
		with_a_place(run_all);
}
