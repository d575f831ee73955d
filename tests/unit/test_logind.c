/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What logind's answers come to, with a logind that says whatever a table
 * says, failures too. The virtual machine asks the real one.
 */
#include "bridge/login/seat/word.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>

#define MANY 4

struct session {
	const char *name;
	int remote;        /* or a negative error */
	const char *seat;  /* NULL: it has none, which is an error */
	const char *state; /* NULL: likewise */
	const char *class;
	int uid;           /* negative: an error */
	int locked;        /* negative: the bus does not say */
};

static struct world {
	struct session sessions[MANY];
	const char *of_pid, *unit; /* NULL: none */
	int owner;                 /* of the unit; negative: an error */
	const char *display;       /* of a user; NULL: none */
	int lists;                 /* an error in place of a user's sessions */
	const char *front;         /* at the first seat */
	int bus;                   /* 0, or why there is none */
	int asked_active;          /* which list was asked for last */
	unsigned timeout_set;
	pid_t pid;                 /* that is asked about; 0: 77 */
} w;

static const struct session *find(const char *name)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		if (w.sessions[i].name && strcmp(w.sessions[i].name, name) == 0)
			return &w.sessions[i];
	return NULL;
}

static int give(const char *s, char **ret)
{
	if (!s)
		return -ENODATA;
	*ret = strdup(s);
	assert_non_null(*ret);
	return 0;
}

WRAP(int, sd_session_get_state, const char *session, char **ret)
{
	const struct session *s = find(session);

	return s ? give(s->state, ret) : -ENXIO;
}

WRAP(int, sd_session_get_seat, const char *session, char **ret)
{
	const struct session *s = find(session);

	return s ? give(s->seat, ret) : -ENXIO;
}

WRAP(int, sd_session_get_class, const char *session, char **ret)
{
	const struct session *s = find(session);

	return s ? give(s->class, ret) : -ENXIO;
}

WRAP(int, sd_session_is_remote, const char *session)
{
	const struct session *s = find(session);

	return s ? s->remote : -ENXIO;
}

WRAP(int, sd_session_get_uid, const char *session, uid_t *ret)
{
	const struct session *s = find(session);

	if (!s || s->uid < 0)
		return -ENXIO;
	*ret = (uid_t)s->uid;
	return 0;
}

WRAP(int, sd_uid_get_sessions, uid_t uid, int active, char ***ret)
{
	int i, n = 0;

	w.asked_active = active;
	if (w.lists < 0)
		return w.lists;
	*ret = calloc(MANY + 1, sizeof(**ret));
	assert_non_null(*ret);
	for (i = 0; i < MANY; i++)
		if (w.sessions[i].name && w.sessions[i].uid == (int)uid)
			give(w.sessions[i].name, &(*ret)[n++]);
	return n;
}

WRAP(int, sd_uid_get_display, uid_t uid, char **ret)
{
	(void)uid;
	return give(w.display, ret);
}

WRAP(int, sd_pid_get_session, pid_t pid, char **ret)
{
	assert_int_equal(pid, w.pid ? w.pid : 77);
	return give(w.of_pid, ret);
}

WRAP(int, sd_pid_get_unit, pid_t pid, char **ret)
{
	assert_int_equal(pid, w.pid ? w.pid : 77);
	return give(w.unit, ret);
}

WRAP(int, sd_pid_get_owner_uid, pid_t pid, uid_t *ret)
{
	assert_int_equal(pid, w.pid ? w.pid : 77);
	if (w.owner < 0)
		return w.owner;
	*ret = (uid_t)w.owner;
	return 0;
}

WRAP(int, sd_seat_get_active, const char *seat, char **ret, uid_t *uid)
{
	assert_string_equal(seat, "seat0");
	assert_null(uid);
	return give(w.front, ret);
}

WRAP(int, sd_bus_open_system, sd_bus **ret)
{
	*ret = NULL;
	return w.bus;
}

WRAP(int, sd_bus_set_method_call_timeout, sd_bus *bus, uint64_t us)
{
	(void)bus;
	assert_in_range(us, 1, 10000000);
	w.timeout_set++;
	return 0;
}

WRAP(sd_bus *, sd_bus_flush_close_unref, sd_bus *bus)
{
	return bus;
}

WRAP(int, sd_bus_get_property_trivial, sd_bus *bus, const char *destination,
	const char *path, const char *interface, const char *member,
	sd_bus_error *error, char type, void *ret)
{
	const struct session *s;

	(void)bus;
	(void)error;
	assert_string_equal(destination, "org.freedesktop.login1");
	assert_string_equal(interface, "org.freedesktop.login1.Session");
	assert_string_equal(member, "LockedHint");
	assert_int_equal(type, 'b');
	assert_true(w.timeout_set > 0);
	/* "_31": sessions are called by a digit here */
	assert_memory_equal(path, "/org/freedesktop/login1/session/_3", 34);
	s = find(path + 34);
	if (!s || s->locked < 0)
		return -EIO;
	*(int *)ret = s->locked;
	return 0;
}

/* ---- a session ---- */

#define HERE(n) { .name = n, .seat = "seat0", .state = "active",               \
	.class = "user", .uid = 5 }

/* Whoever is fully here; then one answer is another, or fails. */
static const struct row {
	const char *what;
	struct session s;
	bool is_local, has_seat, active, alone;
} rows[] = {
	{ "all is well", HERE("1"), true, true, true, true },
	{ "remote", { .name = "1", .remote = 1, .seat = "seat0", .state =
		"active", .uid = 5 }, false, true, true, false },
	{ "it is not said whether it is remote", { .name = "1", .remote = -EIO,
		.seat = "seat0", .state = "active", .uid = 5 },
		false, true, true, false },
	{ "no seat", { .name = "1", .state = "active", .uid = 5 },
		true, false, true, true },
	{ "a seat without a name", { .name = "1", .seat = "", .state = "active",
		.uid = 5 }, true, false, true, true },
	{ "in the background", { .name = "1", .seat = "seat0", .state =
		"online", .uid = 5 }, true, true, false, true },
	{ "closing", { .name = "1", .seat = "seat0", .state = "closing",
		.uid = 5 }, true, true, false, true },
	{ "no state is said", { .name = "1", .seat = "seat0", .uid = 5 },
		true, true, false, true },
	{ "root's", { .name = "1", .seat = "seat0", .state = "active",
		.uid = 0 }, true, true, true, true },
	{ "whose it is is not said", { .name = "1", .seat = "seat0", .state =
		"active", .uid = -1 }, true, true, true, false },
};

static void is_looked_at(void **state)
{
	const struct row *row = *state;
	struct seat_facts f = { .place = SEAT_NOWHERE };

	w = (struct world){ .sessions = { row->s }, .of_pid = "1",
		.unit = "user@5.service", .owner = 5 };
	seat_ask_logind(77, &f);
	assert_int_equal(f.place, SEAT_SESSION);
	assert_true(f.known);
	assert_int_equal(f.is_local, row->is_local);
	assert_int_equal(f.has_seat, row->has_seat);
	assert_int_equal(f.active, row->active);
	assert_int_equal(f.alone, row->alone);
	assert_true(w.asked_active < 0 || row->s.uid < 0);
}

/* ---- the user's other sessions ---- */

static bool is_alone_with(struct session other)
{
	struct seat_facts f = { .place = SEAT_NOWHERE };

	other.name = "2";
	other.uid = 5;
	w = (struct world){ .sessions = { HERE("1"), other }, .of_pid = "1" };
	seat_ask_logind(77, &f);
	return f.alone;
}

static void another_session_counts_unless_it_is_local_or_gone(void **state)
{
	struct seat_facts f = { .place = SEAT_NOWHERE };

	(void)state;
	assert_true(is_alone_with((struct session){ .state = "online" }));
	assert_true(is_alone_with((struct session){ .state = "closing",
		.remote = 1 }));
	assert_true(is_alone_with((struct session){ .remote = -ENXIO }));
	assert_false(is_alone_with((struct session){ .state = "active",
		.remote = 1 }));
	assert_false(is_alone_with((struct session){ .state = "online",
		.remote = 1 }));
	assert_false(is_alone_with((struct session){ .state = "online",
		.remote = -EIO }));
	assert_false(is_alone_with((struct session){ .remote = 1 }));
	/* a list that is not to be had holds anything */
	w = (struct world){ .sessions = { HERE("1") }, .of_pid = "1",
		.lists = -EIO };
	seat_ask_logind(77, &f);
	assert_true(f.known && f.active);
	assert_false(f.alone);
}

/* ---- without a session ---- */

static struct seat_facts place_of(const char *unit, int owner)
{
	struct seat_facts f = { .place = SEAT_NOWHERE };

	w = (struct world){ .sessions = { HERE("1") }, .unit = unit,
		.owner = owner, .display = "1" };
	seat_ask_logind(77, &f);
	return f;
}

static void a_users_manager_stands_for_his_display_session(void **state)
{
	struct seat_facts f = place_of("user@5.service", 5);

	(void)state;
	assert_int_equal(f.place, SEAT_MANAGER);
	assert_true(f.known && f.is_local && f.has_seat && f.active && f.alone);
	/* somebody else's, or one that only looks so */
	assert_int_equal(place_of("user@5.service", 6).place, SEAT_NOWHERE);
	assert_int_equal(place_of("user@5.service", -EIO).place, SEAT_NOWHERE);
	assert_int_equal(place_of("user@55.service", 5).place, SEAT_NOWHERE);
	assert_int_equal(place_of("cron.service", 5).place, SEAT_NOWHERE);
	f = place_of(NULL, 5);
	assert_int_equal(f.place, SEAT_NOWHERE);
	assert_false(f.known);
	/* who has no display session is not known to be anywhere */
	w = (struct world){ .sessions = { HERE("1") }, .owner = 5,
		.unit = "user@5.service" };
	f = (struct seat_facts){ .place = SEAT_NOWHERE };
	seat_ask_logind(77, &f);
	assert_int_equal(f.place, SEAT_MANAGER);
	assert_false(f.known);
	assert_true(f.alone);
}

static void a_getty_is_told_by_its_unit(void **state)
{
	(void)state;
	assert_int_equal(place_of("getty@tty5.service", 0).place, SEAT_GETTY);
	assert_int_equal(place_of("getty@tty5.service", 0).getty_vt, 5);
	assert_int_equal(place_of("getty@ttyS0.service", 0).getty_vt, 0);
	assert_int_equal(place_of("serial-getty@ttyS0.service", 0).place,
		SEAT_NOWHERE);
	assert_int_equal(place_of("getty-tty5.service", 0).place,
		SEAT_NOWHERE);
}

/* ---- a user, whatever runs ---- */

static struct seat_facts user_with(const struct session *sessions, size_t n,
	const char *display)
{
	struct seat_facts f = { .place = SEAT_USER };

	w = (struct world){ .display = display };
	memcpy(w.sessions, sessions, n * sizeof(*sessions));
	seat_ask_user(5, &f);
	return f;
}

static void any_session_that_is_here_will_do_for_a_user(void **state)
{
	const struct session away[] = {
		{ .name = "1", .remote = 1, .state = "active", .uid = 5 },
		{ .name = "2", .seat = "seat0", .state = "online", .uid = 5 },
	}, here[] = { away[0], away[1], HERE("3") };
	struct seat_facts f;

	(void)state;
	f = user_with(here, 3, "1");
	assert_int_equal(f.place, SEAT_USER);
	assert_null(seat_judge(&f));
	assert_true(w.asked_active < 0);
	/* why not is said of the first of them */
	f = user_with(away, 2, "1");
	assert_string_equal(seat_judge(&f), "the session comes over the "
		"network");
	f = user_with(away, 2, "2");
	assert_non_null(strstr(seat_judge(&f), "in front"));
	f = user_with(away, 0, NULL);
	assert_non_null(seat_judge(&f));
	assert_false(f.known);
	/* the display session is enough where no list is to be had */
	f = (struct seat_facts){ .place = SEAT_USER };
	w = (struct world){ .sessions = { HERE("1") }, .display = "1",
		.lists = -EIO };
	seat_ask_user(5, &f);
	assert_null(seat_judge(&f));
}

/* ---- programs without a session ---- */

static struct seat_host host_of(enum seat_word word, const struct world *with)
{
	struct seat_host h = { .place = SEAT_NOWHERE };

	w = *with;
	seat_ask_host(word, 77, 5, &h);
	return h;
}

static void a_greeter_is_the_session_in_front(void **state)
{
	struct world with = { .sessions = { { .name = "c1", .seat = "seat0",
		.state = "active", .class = "greeter", .uid = 70 } },
		.front = "c1", .unit = "greetd.service" };
	struct seat_host h = host_of(SEAT_GREETER, &with);
	char unit[SEAT_UNIT_LEN + 1];

	(void)state;
	assert_true(h.known && h.is_local && h.is_greeter);
	assert_false(h.is_locked);
	assert_string_equal(h.unit, "greetd.service");
	with.sessions[0].class = "user";
	h = host_of(SEAT_GREETER, &with);
	assert_true(h.known && h.is_local && !h.is_greeter);
	with.sessions[0].class = NULL;
	assert_false(host_of(SEAT_GREETER, &with).is_greeter);
	with.sessions[0].remote = 1;
	h = host_of(SEAT_GREETER, &with);
	assert_true(h.known && !h.is_local);
	with.sessions[0].remote = -EIO;
	assert_false(host_of(SEAT_GREETER, &with).is_local);
	with.sessions[0].state = "closing";
	assert_false(host_of(SEAT_GREETER, &with).known);
	with.front = NULL;
	assert_false(host_of(SEAT_GREETER, &with).known);
	/* a unit whose name has no room is none */
	memset(unit, 'x', SEAT_UNIT_LEN);
	unit[SEAT_UNIT_LEN] = '\0';
	with.unit = unit;
	assert_string_equal(host_of(SEAT_GREETER, &with).unit, "");
	unit[SEAT_UNIT_LEN - 1] = '\0';
	assert_string_equal(host_of(SEAT_GREETER, &with).unit, unit);
	with.unit = NULL;
	assert_string_equal(host_of(SEAT_GREETER, &with).unit, "");
}

static bool is_locked_with(const struct world *with)
{
	struct seat_host h = host_of(SEAT_UNLOCK, with);

	assert_false(h.is_greeter);
	return h.is_locked;
}

static void a_lock_counts_for_a_session_that_is_here(void **state)
{
	const struct session locked = { .name = "1", .seat = "seat0",
		.state = "active", .uid = 5, .locked = 1 };
	struct world with = { .sessions = { locked } };
	struct seat_host h = host_of(SEAT_UNLOCK, &with);

	(void)state;
	assert_true(h.known && h.is_local && h.is_locked);
	assert_int_equal(w.timeout_set, 1);
	with.bus = -EACCES;
	assert_false(is_locked_with(&with));
	with.bus = 0;
	with.sessions[0].locked = -1;
	assert_false(is_locked_with(&with));
	with.sessions[0].locked = 0;
	h = host_of(SEAT_UNLOCK, &with);
	assert_true(h.known && h.is_local && !h.is_locked);
	/* the second one is locked */
	with.sessions[1] = locked;
	with.sessions[1].name = "2";
	assert_true(is_locked_with(&with));
	with.sessions[1].uid = 6;
	assert_false(is_locked_with(&with));
	/* one that is elsewhere is not */
	with.sessions[0] = locked;
	with.sessions[0].remote = 1;
	h = host_of(SEAT_UNLOCK, &with);
	assert_true(h.known && !h.is_local && !h.is_locked);
	with.sessions[0] = locked;
	with.sessions[0].seat = NULL;
	h = host_of(SEAT_UNLOCK, &with);
	assert_false(h.known || h.is_locked);
	with.sessions[0] = locked;
	with.sessions[0].state = "online";
	h = host_of(SEAT_UNLOCK, &with);
	assert_false(h.known || h.is_locked);
	with.sessions[0] = locked;
	with.lists = -EIO;
	assert_false(is_locked_with(&with));
}

/* ---- the kernel's own word, beside logind's ---- */

static int pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void a_process_counts_while_it_lives(void **state)
{
	int own = pidfd_of(getpid()), other;
	struct seat_facts f;
	struct seat_tty tty;
	char line[1024];
	FILE *stat = fopen("/proc/self/stat", "re");
	pid_t child;

	(void)state;
	assert_true(own >= 0);
	assert_non_null(stat);
	assert_non_null(fgets(line, sizeof(line), stat));
	fclose(stat);
	assert_true(seat_parse_stat(line, &tty));
	w = (struct world){ .sessions = { HERE("1") }, .of_pid = "1",
		.pid = getpid() };
	seat_look(getpid(), own, &f);
	assert_true(f.lives && f.known && f.active);
	assert_int_equal(f.place, SEAT_SESSION);
	assert_int_equal(f.tty.major, tty.major);
	assert_int_equal(f.tty.minor, tty.minor);
	seat_look(getpid(), -1, &f);
	assert_false(f.lives);
	child = fork();
	if (child == 0)
		_exit(0);
	other = pidfd_of(child);
	assert_int_equal(waitpid(child, NULL, 0), child);
	/* its number may be another's by now */
	w.pid = getpid();
	seat_look(getpid(), other, &f);
	assert_false(f.lives);
	/* one of which the kernel says nothing is nowhere, whatever is said */
	w.pid = child;
	seat_look(child, other, &f);
	assert_false(f.lives);
	assert_int_equal(f.place, SEAT_NOWHERE);
	close(own);
	close(other);
}

static struct seat_host peer_of(int zero)
{
	int kept = fcntl(0, F_DUPFD_CLOEXEC, 10), own = pidfd_of(getpid());
	struct seat_host h;

	w = (struct world){ .sessions = { HERE("1") }, .of_pid = "1",
		.pid = getpid() };
	assert_int_equal(dup2(zero, 0), 0);
	seat_look_host(SEAT_PEER, getpid(), own, 5, &h);
	assert_int_equal(dup2(kept, 0), 0);
	close(kept);
	close(own);
	assert_true(h.lives);
	assert_int_equal(h.place, SEAT_SESSION);
	return h;
}

static void a_peer_is_who_made_the_socket_while_he_holds_it(void **state)
{
	int pair[2], null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct seat_host h;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
		pair), 0);
	h = peer_of(pair[0]);
	assert_true(h.has_peer && h.peer.lives);
	assert_null(seat_judge(&h.peer));
	assert_false(h.known || h.is_greeter || h.is_locked);
	close(pair[1]);
	assert_false(peer_of(pair[0]).has_peer);
	close(pair[0]);
	h = peer_of(null);
	assert_false(h.has_peer || h.peer.lives);
	close(null);
}

/* ---- files of services, which are a table's ---- */

static struct {
	const char *path, *text; /* text NULL: it cannot be read */
} files[3];
static size_t files_n;

static size_t file_of(const char *path)
{
	size_t i;

	for (i = 0; i < files_n && strcmp(files[i].path, path) != 0; i++)
		;
	return i;
}

int __real_access(const char *path, int how);
WRAP(int, access, const char *path, int how)
{
	if (!strstr(path, "/pam.d/"))
		return __real_access(path, how);
	return file_of(path) < files_n ? 0 : -1;
}

int __real_file_read(const char *path, enum file_trust kind, struct buf *b,
	bool *ret_absent, struct error *e);
WRAP(int, file_read, const char *path, enum file_trust kind, struct buf *b,
	bool *ret_absent, struct error *e)
{
	size_t i = file_of(path);

	if (!strstr(path, "/pam.d/"))
		return __real_file_read(path, kind, b, ret_absent, e);
	assert_true(i < files_n);
	assert_int_equal(kind, FILE_TRUSTED);
	if (!files[i].text)
		return -ERROR_PERMISSION;
	buf_put_str(b, files[i].text);
	return 0;
}

static void the_first_file_of_a_service_says_it(void **state)
{
	static const char ours[] =
		"auth required pam_tokenbridge.so seat=greeter\n";
	static const struct {
		const char *etc, *lib, *usr; /* "": not there */
		bool says;
	} cases[] = {
		{ ours, "", "", true }, { "", ours, "", true },
		{ "", "", ours, true }, { "", "", "", false },
		{ "# none\n", ours, ours, false }, { NULL, ours, ours, false },
		{ "", NULL, ours, false }, { "", "# none\n", ours, false },
		{ ours, "# none\n", NULL, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const char *const all[][2] = {
			{ "/etc/pam.d/greetd", cases[i].etc },
			{ "/usr/lib/pam.d/greetd", cases[i].lib },
			{ "/usr/etc/pam.d/greetd", cases[i].usr } };
		size_t k;

		files_n = 0;
		for (k = 0; k < 3; k++) {
			if (all[k][1] && !all[k][1][0])
				continue;
			files[files_n].path = all[k][0];
			files[files_n++].text = all[k][1];
		}
		if (seat_service_says("greetd", SEAT_GREETER) != cases[i].says)
			fail_msg("row %zu", i);
		assert_false(seat_service_says("greetd", SEAT_UNLOCK));
		assert_false(seat_service_says("greet", SEAT_GREETER));
	}
	files_n = 0;
}

/* Its own session, and the words of logind on the person's. */
static void a_host_is_asked_for_the_word_that_its_line_has(void **state)
{
	int own = pidfd_of(getpid());
	struct seat_host h;

	(void)state;
	w = (struct world){ .sessions = { { "2", 0, "seat0", "active", "user",
		5, 1 } }, .pid = getpid(), .unit = "lock.service" };
	seat_look_host(SEAT_UNLOCK, getpid(), own, 5, &h);
	assert_true(h.lives);
	assert_true(h.known && h.is_locked && !h.has_peer);
	assert_string_equal(h.unit, "lock.service");
	close(own);
}

static void a_service_that_is_no_file_name_says_nothing(void **state)
{
	static const char *const names[] = { "", ".", "..", "../pam.d/login",
		".hidden", "a/b", "no-such-service-at-all" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(names); i++)
		assert_false(seat_service_says(names[i], SEAT_GREETER));
}

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(
			another_session_counts_unless_it_is_local_or_gone),
		cmocka_unit_test(a_users_manager_stands_for_his_display_session),
		cmocka_unit_test(a_getty_is_told_by_its_unit),
		cmocka_unit_test(any_session_that_is_here_will_do_for_a_user),
		cmocka_unit_test(a_greeter_is_the_session_in_front),
		cmocka_unit_test(a_lock_counts_for_a_session_that_is_here),
		cmocka_unit_test(a_process_counts_while_it_lives),
		cmocka_unit_test(
			a_peer_is_who_made_the_socket_while_he_holds_it),
		cmocka_unit_test(a_service_that_is_no_file_name_says_nothing),
		cmocka_unit_test(the_first_file_of_a_service_says_it),
		cmocka_unit_test(a_host_is_asked_for_the_word_that_its_line_has),
	};
	struct CMUnitTest tests[ARRAY_LEN(rows) + ARRAY_LEN(others)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].what,
			.test_func = is_looked_at,
			.initial_state = (void *)&rows[i] };
	memcpy(tests + i, others, sizeof(others));
	return cmocka_run_group_tests_name("logind", tests, NULL, NULL);
}
