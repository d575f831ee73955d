/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which questions tokenbridge-auth looks into: its own decisions, with what the
 * kernel, logind, NSS and files say given by a table; and the list of tokens
 * that are plugged in.
 */
#include "base/process.h"
#include "bridge/login/auth/admission.h"
#include "bridge/login/open.h"
#include "bridge/login/peer/limit.h"
#include "bridge/login/seat/word.h"
#include "udev/nodes.h"

#include "tests/unit/unit.h"

#include <fcntl.h>

#define HERE .lives = true, .place = SEAT_SESSION, .known = true,              \
	.is_local = true, .has_seat = true, .active = true, .alone = true

/* ---- what all others say ---- */

static struct world {
	struct peer peer;
	bool no_peer;
	int gid, uid;          /* of setresgid, setresuid */
	unsigned became;       /* root, by both */
	int limit;             /* of limit_take */
	uid_t counted;         /* whose count it was */
	enum login_result who; /* of who_look */
	uid_t who_uid;
	bool listed, unit_listed;
	int lists;             /* an error in place of either list */
	struct seat_facts own, user;
	struct seat_host host;
	bool stands;           /* the word, in the service's file */
	unsigned words;        /* that were asked about, as bits */
} w;

WRAP(bool, peer_look, int socket, struct peer *ret)
{
	assert_int_equal(socket, PROCESS_BARE_FD);
	*ret = w.peer;
	return !w.no_peer;
}

WRAP(int, setresgid, gid_t r, gid_t e, gid_t s)
{
	w.became += r == 0 && e == 0 && s == 0;
	return w.gid;
}

WRAP(int, setresuid, uid_t r, uid_t e, uid_t s)
{
	w.became += r == 0 && e == 0 && s == 0;
	return w.uid;
}

WRAP(int, limit_take, const char *folder, uid_t uid, int *ret_fd,
	struct error *e)
{
	assert_non_null(strstr(folder, "/attempts"));
	w.counted = uid;
	if (w.limit < 0)
		return error_set(e, ERROR_FAILED, "cannot count");
	*ret_fd = 99;
	return w.limit;
}

WRAP(enum login_result, who_look, const struct who_asked *asked,
	deadline_t until, struct who *ret, struct error *e)
{
	assert_null(asked->name);
	assert_false(deadline_passed(until));
	w.who_uid = asked->uid;
	if (w.who == LOGIN_READY)
		ret->user.uid = asked->uid;
	else
		error_set(e, ERROR_FAILED, "nobody knows");
	return w.who;
}

WRAP(int, login_lists_locker, const char *service, bool *ret, struct error *e)
{
	assert_string_equal(service, "swaylock");
	*ret = w.listed;
	return w.lists < 0 ? error_set(e, ERROR_CORRUPT, "no list") : 0;
}

WRAP(int, login_lists_unit, const char *unit, bool *ret, struct error *e)
{
	assert_string_equal(unit, w.host.unit);
	*ret = w.unit_listed;
	return w.lists < 0 ? error_set(e, ERROR_CORRUPT, "no list") : 0;
}

WRAP(void, seat_look, pid_t pid, int pidfd, struct seat_facts *ret)
{
	assert_int_equal(pid, w.peer.pid);
	assert_int_equal(pidfd, w.peer.fd);
	*ret = w.own;
}

WRAP(void, seat_look_user, uid_t uid, struct seat_facts *ret)
{
	assert_int_equal(uid, w.peer.uid);
	*ret = w.user;
}

WRAP(void, seat_look_host, enum seat_word word, pid_t pid, int pidfd,
	uid_t uid, struct seat_host *ret)
{
	assert_int_equal(pid, w.peer.pid);
	assert_int_equal(pidfd, w.peer.fd);
	assert_int_equal(uid, 5);
	w.words |= 1u << word;
	*ret = w.host;
}

WRAP(bool, seat_service_says, const char *service, enum seat_word word)
{
	assert_string_equal(service, "greetd");
	assert_true(w.words & 1u << word);
	return w.stands;
}

static struct auth asked_by(uid_t uid, bool called)
{
	w = (struct world){
		.peer = { .pid = 77, .uid = uid, .fd = 8, .called = called },
		.who = LOGIN_READY, .listed = true, .own = { HERE },
		.user = { HERE },
	};
	w.user.place = SEAT_USER;
	return (struct auth){ .peer = w.peer, .turn = -1,
		.who = { .user = { .uid = 5 } } };
}

/* ---- who asks ---- */

static void only_root_or_whom_systemd_brings_is_heard(void **state)
{
	static const struct {
		uid_t uid;
		bool called, no_peer;
		int gid, change;
		bool heard;
	} rows[] = {
		{ 0, false, false, 0, 0, true },
		{ 0, true, false, 0, 0, true },
		{ 5, true, false, 0, 0, true },
		{ 5, false, false, 0, 0, false },
		{ 0, false, true, 0, 0, false },
		{ 5, true, true, 0, 0, false },
		{ 0, false, false, -1, 0, false },
		{ 0, false, false, 0, -1, false },
	};
	struct auth a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		a = asked_by(rows[i].uid, rows[i].called);
		w.no_peer = rows[i].no_peer;
		w.gid = rows[i].gid;
		w.uid = rows[i].change;
		assert_int_equal(auth_take_root(&a), rows[i].heard ?
			LOGIN_READY : LOGIN_NOT_ROOT);
		assert_int_equal(w.became == 2, rows[i].heard ||
			rows[i].change < 0);
		assert_string_equal(a.answer.text, rows[i].heard ? "" :
			"the caller is not root");
		assert_int_equal(auth_is_for_himself(&a), rows[i].uid != 0);
	}
}

static void a_users_programs_are_counted_whoever_he_is(void **state)
{
	struct auth a = asked_by(1000, true);

	(void)state;
	assert_int_equal(auth_admit_user(&a), LOGIN_READY);
	assert_int_equal(w.who_uid, 1000);
	assert_int_equal(w.counted, 1000);
	assert_int_equal(a.turn, 99);
	assert_int_equal(a.who.user.uid, 1000);
	/* all whom nobody knows share one count */
	a = asked_by(1000, true);
	w.who = LOGIN_UNKNOWN_USER;
	assert_int_equal(auth_admit_user(&a), LOGIN_UNKNOWN_USER);
	assert_int_equal(w.counted, (uid_t)-1);
	assert_string_equal(a.answer.text, "nobody knows");
	a = asked_by(1000, true);
	w.who = LOGIN_NO_RECORD;
	assert_int_equal(auth_admit_user(&a), LOGIN_NO_RECORD);
	assert_int_equal(w.counted, (uid_t)-1);
}

static void who_asks_too_often_hears_that_alone(void **state)
{
	static const enum login_result who[] = { LOGIN_READY,
		LOGIN_UNKNOWN_USER };
	struct auth a;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(who); i++) {
		a = asked_by(1000, true);
		w.who = who[i];
		w.limit = LIMIT_REACHED;
		assert_int_equal(auth_admit_user(&a), LOGIN_TOO_OFTEN);
		assert_false(a.quiet);
		assert_string_equal(a.answer.text,
			"the user's programs have asked too often");
		w.limit = LIMIT_STANDS;
		assert_int_equal(auth_admit_user(&a), LOGIN_TOO_OFTEN);
		assert_true(a.quiet);
		w.limit = -ERROR_FAILED;
		assert_int_equal(auth_admit_user(&a), LOGIN_FAILED);
		assert_string_equal(a.answer.text, "cannot count");
	}
}

static void what_is_not_roots_claims_nothing_but_a_listed_service(void **state)
{
	struct auth a = asked_by(1000, true);

	(void)state;
	strcpy(a.q.service, "swaylock");
	strcpy(a.q.remote_host, "host");
	strcpy(a.q.login_db, "/tmp/own.db");
	a.q.flags = LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY | LOGIN_SEAT_PEER;
	assert_int_equal(auth_check_claims(&a), LOGIN_READY);
	assert_int_equal(a.q.flags, LOGIN_VERIFY);
	assert_string_equal(a.q.login_db, "");
	assert_string_equal(a.q.remote_host, "");
	assert_string_equal(a.q.service, "swaylock");
	w.listed = false;
	assert_int_equal(auth_check_claims(&a), LOGIN_NOT_LISTED);
	assert_string_equal(a.answer.text,
		"the service is not among locker_services");
	w.listed = true;
	w.lists = -1;
	assert_int_equal(auth_check_claims(&a), LOGIN_FAILED);
	assert_string_equal(a.answer.text, "no list");
}

/* ---- where he is ---- */

static void a_person_who_is_here_may_do_all(void **state)
{
	struct auth a = asked_by(0, false);

	(void)state;
	assert_int_equal(auth_check_place(&a), LOGIN_READY);
	assert_false(a.from_afar);
	a = asked_by(1000, true);
	w.own.lives = false; /* of no matter for a user's own */
	assert_int_equal(auth_check_place(&a), LOGIN_READY);
	assert_false(a.from_afar);
	a = asked_by(1000, true);
	w.user.active = false;
	assert_int_equal(auth_check_place(&a), LOGIN_NOT_LOCAL);
	assert_true(a.from_afar);
}

static void the_network_is_never_here_whatever_logind_says(void **state)
{
	struct auth a = asked_by(0, false);

	(void)state;
	strcpy(a.q.remote_host, "h");
	assert_int_equal(auth_check_place(&a), LOGIN_NOT_LOCAL);
	assert_string_equal(a.answer.text,
		"the login comes over the network");
	assert_true(a.from_afar);
	a = asked_by(0, false);
	strcpy(a.q.service, "sshd");
	assert_int_equal(auth_check_place(&a), LOGIN_NOT_LOCAL);
	assert_true(a.from_afar);
	a = asked_by(0, false);
	strcpy(a.q.service, "sshd2");
	assert_int_equal(auth_check_place(&a), LOGIN_READY);
}

/* From afar a touch may be allowed, and a PIN never is. */
static void from_afar_a_touch_may_do_and_a_pin_never_does(void **state)
{
	static const struct {
		uint32_t flags;
		bool verify[3];
		size_t n;
		bool ready;
	} rows[] = {
		{ 0, { false }, 1, false },
		{ LOGIN_VERIFY, { false }, 1, false },
		{ LOGIN_REMOTE_ALLOWED, { false }, 1, true },
		{ LOGIN_REMOTE_ALLOWED, { false }, 0, true },
		{ LOGIN_REMOTE_ALLOWED, { true }, 1, false },
		{ LOGIN_REMOTE_ALLOWED, { true, true, true }, 3, false },
		{ LOGIN_REMOTE_ALLOWED, { true, true, false }, 3, true },
		{ LOGIN_REMOTE_ALLOWED, { false, true, true }, 3, true },
		{ LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY, { false }, 1, false },
		{ LOGIN_REMOTE_ALLOWED | LOGIN_VERIFY, { false }, 0, false },
	};
	struct login_credential c[3];
	struct auth a;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		memset(c, 0, sizeof(c));
		for (k = 0; k < ARRAY_LEN(c); k++)
			c[k].verify_required = rows[i].verify[k];
		a = asked_by(0, false);
		a.q.flags = rows[i].flags;
		a.credentials.p = c;
		a.credentials.n = rows[i].n;
		strcpy(a.q.remote_host, "h");
		assert_int_equal(auth_check_place(&a), rows[i].ready ?
			LOGIN_READY : LOGIN_NOT_LOCAL);
		assert_true(a.from_afar);
		assert_string_equal(a.answer.text, rows[i].ready ? "" :
			rows[i].flags & LOGIN_REMOTE_ALLOWED ?
			"a PIN is never asked for from afar" :
			"the login comes over the network");
	}
}

static const struct seat_host good_host = { .lives = true,
	.place = SEAT_NOWHERE, .unit = "greetd.service", .known = true,
	.is_local = true, .is_greeter = true, .is_locked = true,
	.has_peer = true, .peer = { HERE } };

static enum login_result place_by(uint32_t flags, enum seat_place place,
	bool stands, bool listed)
{
	struct auth a = asked_by(0, false);

	strcpy(a.q.service, "greetd");
	a.q.flags = flags;
	w.host = good_host;
	w.own = (struct seat_facts){ .lives = true, .place = place };
	w.stands = stands;
	w.unit_listed = listed;
	return auth_check_place(&a);
}

static void a_word_counts_for_a_program_without_a_session_alone(void **state)
{
	static const struct {
		enum login_flag flag;
		enum seat_word word;
	} rows[] = {
		{ LOGIN_SEAT_GREETER, SEAT_GREETER },
		{ LOGIN_SEAT_PEER, SEAT_PEER },
		{ LOGIN_SEAT_UNLOCK, SEAT_UNLOCK },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(place_by(rows[i].flag, SEAT_NOWHERE, true,
			true), LOGIN_READY);
		assert_int_equal(w.words, 1u << rows[i].word);
		assert_int_equal(place_by(rows[i].flag, SEAT_NOWHERE, false,
			true), LOGIN_NOT_LOCAL);
		assert_int_equal(place_by(rows[i].flag, SEAT_SESSION, true,
			true), LOGIN_NOT_LOCAL);
		assert_int_equal(w.words, 0);
		/* the list is of greeters */
		assert_int_equal(place_by(rows[i].flag, SEAT_NOWHERE, true,
			false), rows[i].word == SEAT_GREETER ?
			LOGIN_NOT_LOCAL : LOGIN_READY);
	}
	assert_int_equal(place_by(0, SEAT_NOWHERE, true, true),
		LOGIN_NOT_LOCAL);
	assert_int_equal(w.words, 0);
	/* the first word that holds is enough, and no other is asked about */
	assert_int_equal(place_by(LOGIN_SEAT_GREETER | LOGIN_SEAT_UNLOCK,
		SEAT_NOWHERE, true, true), LOGIN_READY);
	assert_int_equal(w.words, 1u << SEAT_GREETER);
	assert_int_equal(place_by(LOGIN_SEAT_GREETER | LOGIN_SEAT_UNLOCK,
		SEAT_NOWHERE, true, false), LOGIN_READY);
	assert_int_equal(w.words, 1u << SEAT_GREETER | 1u << SEAT_UNLOCK);
}

static void a_list_that_cannot_be_read_lists_nobody(void **state)
{
	struct auth a = asked_by(0, false);

	(void)state;
	strcpy(a.q.service, "greetd");
	a.q.flags = LOGIN_SEAT_GREETER;
	w.host = good_host;
	w.own = (struct seat_facts){ .lives = true };
	w.stands = w.unit_listed = true;
	w.lists = -1;
	assert_int_equal(auth_check_place(&a), LOGIN_NOT_LOCAL);
	assert_non_null(strstr(a.answer.text, "greeter_units"));
}

/* ---- tokens that are plugged in ---- */

static unsigned started;
static bool start_fails;
static struct node nodes[PLUGGED_MAX + 2];
static size_t nodes_n;

WRAP(int, nodes_visit, nodes_each_fn *each, void *arg, struct node **ret,
	size_t *ret_n, struct error *e)
{
	size_t i;
	int r = 0;

	/* one that is behind the last one is none */
	*ret = calloc(nodes_n + 1, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, nodes, nodes_n * sizeof(**ret));
	(*ret)[nodes_n].fido = true;
	*ret_n = nodes_n;
	for (i = 0; r == 0 && i < nodes_n; i++)
		if (nodes[i].fido)
			r = each(&nodes[i], arg, e);
	return r;
}

/* A node whose path is "closed" cannot be opened. */
WRAP(int, agent_start, const struct agent_setting *setting,
	const struct node *node, int *ret_socket, int *ret_fd, struct error *e)
{
	assert_true(node->fido);
	/* each has neither line nor node of those before it */
	assert_int_equal(setting->close_n, 1 + 2 * started);
	*ret_socket = *ret_fd = -1;
	if (strcmp(node->path, "closed") == 0)
		return 0;
	if (start_fails)
		return error_set(e, ERROR_FAILED, "cannot start");
	*ret_socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
	*ret_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	started++;
	return 0;
}

static void plug(size_t n)
{
	size_t i;

	memset(nodes, 0, sizeof(nodes));
	started = 0;
	start_fails = false;
	nodes_n = n;
	for (i = 0; i < n; i++) {
		nodes[i].fido = true;
		snprintf(nodes[i].path, sizeof(nodes[i].path), "/dev/hidraw%zu",
			i);
		snprintf(nodes[i].product_name, sizeof(nodes[i].product_name),
			"Key\n%zu", i);
	}
}

/* Each is heard of while nothing is known of the next one. */
static void hear_of(struct plugged *t, void *arg)
{
	struct plugged_list *list = arg;

	assert_ptr_equal(t, &list->p[list->n - 1]);
	assert_int_equal(list->n, started);
	assert_int_equal(t->state, PLUGGED_STARTED);
	t->state = PLUGGED_LOOKING;
}

static void each_token_gets_a_process_that_knows_no_other(void **state)
{
	struct agent_setting setting = { .close_fds = { 0 }, .close_n = 1 };
	struct plugged_list list = { .n = 0 };

	(void)state;
	plug(4);
	nodes[1].fido = false;
	strcpy(nodes[2].path, "closed");
	OK(plugged_start(&list, &setting, hear_of, &list, &err));
	assert_int_equal(started, 2);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.nodes_n, 4);
	assert_string_equal(list.p[0].path, "/dev/hidraw0");
	assert_string_equal(list.p[1].path, "/dev/hidraw3");
	assert_null(strchr(list.p[1].product, '\n'));
	assert_int_equal(setting.close_n, 5);
	assert_int_equal(setting.close_fds[1], list.p[0].socket);
	assert_int_equal(setting.close_fds[2], list.p[0].fd);
	assert_int_equal(setting.close_fds[3], list.p[1].socket);
	assert_int_equal(setting.close_fds[4], list.p[1].fd);
	assert_int_equal(list.p[0].state, PLUGGED_LOOKING);
	plugged_done(&list);
	assert_int_equal(list.n, 0);
	assert_null(list.nodes);
	/* they are closed */
	assert_int_equal(fcntl(setting.close_fds[1], F_GETFD), -1);
	assert_int_equal(fcntl(setting.close_fds[4], F_GETFD), -1);
}

static void more_tokens_than_there_is_room_for_are_none(void **state)
{
	struct agent_setting setting = { .close_fds = { 0 }, .close_n = 1 };
	struct plugged_list list = { .n = 0 };

	(void)state;
	plug(PLUGGED_MAX + 2);
	OK(plugged_start(&list, &setting, hear_of, &list, &err));
	assert_int_equal(list.n, PLUGGED_MAX);
	assert_int_equal(started, PLUGGED_MAX);
	assert_null(plugged_add(&list, -1, -1, "/dev/hidraw99", "Key"));
	assert_int_equal(list.n, PLUGGED_MAX);
	plugged_done(&list);
	plug(2);
	start_fails = true;
	setting.close_n = 1;
	SAYS(ERROR_FAILED, "cannot start", plugged_start(&list, &setting,
		hear_of, &list, &err));
	assert_int_equal(list.n, 0);
	plugged_done(&list);
}

static void what_was_dropped_says_why_and_hears_no_more(void **state)
{
	struct plugged_list list = { .n = 0 };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct plugged *t = plugged_add(&list, fd, -1, "/dev/hidraw0", "Key");
	char why[512];

	(void)state;
	memset(why, 'x', sizeof(why) - 1);
	why[sizeof(why) - 1] = '\0';
	plugged_drop(t, LOGIN_BUSY, why);
	assert_int_equal(t->state, PLUGGED_DROPPED);
	assert_int_equal(t->result, LOGIN_BUSY);
	assert_int_equal(strlen(t->why), sizeof(t->why) - 1);
	assert_int_equal(t->socket, -1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	plugged_drop(t, LOGIN_FALSE, "second");
	assert_string_equal(t->why, "second");
	plugged_drop(t, LOGIN_FAILED, t->why);
	assert_string_equal(t->why, "second");
	assert_int_equal(t->result, LOGIN_FAILED);
	plugged_done(&list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_root_or_whom_systemd_brings_is_heard),
		cmocka_unit_test(a_users_programs_are_counted_whoever_he_is),
		cmocka_unit_test(who_asks_too_often_hears_that_alone),
		cmocka_unit_test(
			what_is_not_roots_claims_nothing_but_a_listed_service),
		cmocka_unit_test(a_person_who_is_here_may_do_all),
		cmocka_unit_test(
			the_network_is_never_here_whatever_logind_says),
		cmocka_unit_test(
			from_afar_a_touch_may_do_and_a_pin_never_does),
		cmocka_unit_test(
			a_word_counts_for_a_program_without_a_session_alone),
		cmocka_unit_test(a_list_that_cannot_be_read_lists_nobody),
		cmocka_unit_test(each_token_gets_a_process_that_knows_no_other),
		cmocka_unit_test(more_tokens_than_there_is_room_for_are_none),
		cmocka_unit_test(what_was_dropped_says_why_and_hears_no_more),
	};

	return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
