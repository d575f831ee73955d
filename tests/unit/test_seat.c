/* SPDX-License-Identifier: Apache-2.0 */
/* Who is known to be at this machine, over plain data. */
#include "bridge/login/seat/word.h"

#include "tests/unit/unit.h"

#define VT(n) { 4, n }
#define PTS(n) { 136, n }
#define NO_TTY { 0, 0 }

#define SESSION .lives = true, .place = SEAT_SESSION, .known = true
#define MANAGER .lives = true, .place = SEAT_MANAGER, .known = true
#define HERE .is_local = true, .has_seat = true, .active = true
#define GETTY(n) .lives = true, .place = SEAT_GETTY, .getty_vt = (n)
#define FREE .node_is_roots = true
#define USER .place = SEAT_USER, .known = true

/* ... and NULL where the person is known to be here. */
static const struct {
	const char *what;
	struct seat_facts f;
	const char *why;
} rows[] = {
	{ "nothing is known", { 0 }, "has ended" },
	{ "a service, cron", { .lives = true }, "in no session" },
	{ "a place that nobody knows", { .lives = true, .place = 17, .known =
		true, HERE, .alone = true }, "in no session" },

	{ "at the seat, on a console", { SESSION, HERE, .tty = VT(5),
		.alone = true }, NULL },
	{ "the same, another session is remote: this one cannot be",
		{ SESSION, HERE, .tty = VT(5) }, NULL },
	{ "at the seat, without a terminal", { SESSION, HERE, .tty = NO_TTY },
		NULL },
	{ "at the seat, in a terminal window", { SESSION, HERE, .tty = PTS(1),
		.alone = true }, NULL },
	{ "the same, while a remote session lives: who has attached to it?",
		{ SESSION, HERE, .tty = PTS(1) }, "over the network too" },
	{ "the last pseudo terminal there can be", { SESSION, HERE,
		.tty = { 143, 255 } }, "over the network too" },
	{ "an old one", { SESSION, HERE, .tty = { 3, 0 } },
		"over the network too" },
	{ "no pseudo terminal", { SESSION, HERE, .tty = { 144, 0 } }, NULL },
	{ "left behind by a session that has closed", { SESSION, .is_local =
		true, .has_seat = true, .tty = VT(5), .alone = true },
		"in front" },
	{ "without a seat, as of cron", { SESSION, .is_local = true, .active =
		true, .alone = true }, "no seat" },
	{ "by ssh", { SESSION, .active = true, .tty = PTS(1) },
		"over the network" },
	{ "remote, whatever seat it has", { SESSION, .has_seat = true, .active =
		true, .alone = true }, "over the network" },
	{ "a process that has ended since", { .place = SEAT_SESSION, .known =
		true, HERE, .tty = VT(5), .alone = true }, "has ended" },

	{ "a desktop's terminal", { MANAGER, HERE, .tty = PTS(2), .alone =
		true }, NULL },
	{ "a desktop's agent", { MANAGER, HERE, .tty = NO_TTY, .alone = true },
		NULL },
	{ "who could also have been started by ssh", { MANAGER, HERE, .tty =
		NO_TTY }, "over the network too" },
	{ "a user who only lingers", { .lives = true, .place = SEAT_MANAGER,
		.alone = true }, "no session here" },
	{ "whose session is in the background", { MANAGER, .is_local = true,
		.has_seat = true, .alone = true }, "in front" },
	{ "whose first session is by ssh", { MANAGER, .active = true },
		"over the network" },
	{ "whose first session has no seat", { MANAGER, .is_local = true,
		.active = true, .alone = true }, "no seat" },

	{ "a user at a seat, by whichever of his programs", { USER, HERE },
		NULL },
	{ "one who only lingers", { .place = SEAT_USER, HERE },
		"no session here" },
	{ "one who is there from afar alone", { USER, .has_seat = true,
		.active = true }, "over the network" },
	{ "one without a seat", { USER, .is_local = true, .active = true },
		"no seat" },
	{ "one whose session is in the background", { USER, .is_local = true,
		.has_seat = true }, "in front" },

	{ "a login prompt", { GETTY(2), FREE, .tty = VT(2),
		.active_vt = 2 }, NULL },
	{ "on the last console", { GETTY(63), FREE, .tty = VT(63),
		.active_vt = 63 }, NULL },
	{ "on a serial line", { .lives = true, .place = SEAT_GETTY, .tty =
		{ 4, 64 }, .node_is_roots = true }, "no console" },
	{ "with another terminal", { GETTY(2), FREE, .tty = VT(3),
		.active_vt = 2 },
		"not that of the login prompt" },
	{ "with a pseudo terminal of that number", { GETTY(2),
		FREE, .tty = PTS(2), .active_vt = 2 },
		"not that of the login prompt" },
	{ "without a terminal", { GETTY(2), FREE, .active_vt = 2 },
		"not that of the login prompt" },
	{ "where somebody has logged in", { GETTY(2), .tty = VT(2),
		.active_vt = 2 },
		"has logged in" },
	{ "behind another console", { GETTY(2), FREE, .tty = VT(2),
		.active_vt = 1 },
		"another console" },
	{ "while nobody knows which is in front", { GETTY(2), FREE,
		.tty = VT(2) },
		"another console" },
	{ "what only a session has counts nothing there", { .lives = true,
		.place = SEAT_GETTY, .known = true, HERE, .alone = true },
		"no console" },
};

static void who_is_at_this_machine(void **state)
{
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		why = seat_judge(&rows[i].f);
		if (!why != !rows[i].why || (why && !strstr(why, rows[i].why)))
			fail_msg("%s: %s, not %s", rows[i].what,
				why ? why : "here", rows[i].why);
	}
}

/* Whatever else is known: each of these alone keeps out. */
static void what_is_not_known_is_never_here(void **state)
{
	const struct seat_facts all = { GETTY(2), FREE, .tty = VT(2),
		.active_vt = 2, .known = true, HERE, .alone = true };
	struct seat_facts f;
	int place;

	(void)state;
	for (place = SEAT_NOWHERE; place <= SEAT_GETTY; place++) {
		f = all;
		f.place = (enum seat_place)place;
		assert_true(!seat_judge(&f) == (place != SEAT_NOWHERE));
		f.lives = false;
		assert_non_null(seat_judge(&f));
	}
}

static void the_controlling_terminal_stands_behind_the_name(void **state)
{
	static const struct {
		const char *line;
		bool good;
		struct seat_tty tty;
	} lines[] = {
		{ "1234 (sudo) S 1 1234 1234 1029 1234 4194560 7", true,
			{ 4, 5 } },
		{ "1234 (sudo) S 1 1234 1234 34817 -1 0", true, { 136, 1 } },
		{ "1234 (sudo) S 1 1234 1234 0 -1 0", true, { 0, 0 } },
		/* minor 256 and up is in the high bits */
		{ "1 (x) S 1 1 1 1083392 -1", true, { 136, 256 } },
		{ "1 (x) S 1 1 1 1029", true, { 4, 5 } },
		/* a program may be called whatever it likes */
		{ "1 (a) S 1 1 1 1029 b) S 1 1 1 34816 1", true, { 136, 0 } },
		{ "1 ( ) S 1 1 1 1029 -1 () R 1 2 3 0 -1", true, { 0, 0 } },
		{ "", false, { 0, 0 } },
		{ "1234 (sudo)", false, { 0, 0 } },
		{ "1234 (sudo) S 1 1234 1234", false, { 0, 0 } },
		{ "1234 (sudo) S 1 1234 1234 ", false, { 0, 0 } },
		{ "1234 (sudo) S 1 1234 1234 -1 0", false, { 0, 0 } },
		{ "1234 (sudo) S 1 1234 1234 4294967296 0", false, { 0, 0 } },
		{ "1234 sudo S 1 1234 1234 1029 0", false, { 0, 0 } },
	};
	struct seat_tty tty;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(lines); i++) {
		tty = (struct seat_tty){ 77, 77 };
		if (seat_parse_stat(lines[i].line, &tty) != lines[i].good)
			fail_msg("'%s'", lines[i].line);
		if (!lines[i].good)
			continue;
		assert_int_equal(tty.major, lines[i].tty.major);
		assert_int_equal(tty.minor, lines[i].tty.minor);
	}
}

static void only_a_getty_of_a_console_is_one(void **state)
{
	static const char *const others[] = { "", "getty@", "getty@.service",
		"getty@tty.service", "getty@tty0.service",
		"getty@tty64.service", "getty@tty01.service",
		"getty@tty99999999999.service", "getty@tty1.service.d",
		"getty@tty1.scope", "getty@tty1", "getty@tty1x.service",
		"getty@tty-1.service", "getty@tty1.service\n",
		"getty@ttyS0.service", "getty@pts-1.service",
		"serial-getty@tty1.service", "autovt@tty1.service",
		"console-getty.service", "xgetty@tty1.service",
		"Getty@tty1.service", "getty@TTY1.service" };
	size_t i;

	(void)state;
	assert_int_equal(seat_parse_getty("getty@tty1.service"), 1);
	assert_int_equal(seat_parse_getty("getty@tty12.service"), 12);
	assert_int_equal(seat_parse_getty("getty@tty63.service"), 63);
	for (i = 0; i < ARRAY_LEN(others); i++)
		if (seat_parse_getty(others[i]) != 0)
			fail_msg("'%s' is none", others[i]);
}

static void a_console_has_a_number(void **state)
{
	static const char *const others[] = { "", "tty", "tty0", "tty01",
		"tty64", "tty1 ", " tty1", "tty1x", "ttyS1", "/dev/tty1", ":1",
		"console", "tty99999999999" };
	size_t i;

	(void)state;
	assert_int_equal(seat_parse_vt("tty1"), 1);
	assert_int_equal(seat_parse_vt("tty63"), 63);
	for (i = 0; i < ARRAY_LEN(others); i++)
		if (seat_parse_vt(others[i]) != 0)
			fail_msg("'%s' is none", others[i]);
}

/* ---- an administrator's word ---- */

#define HOST .lives = true, .stands = true
#define UNIT .unit = "greetd.service", .listed = true
#define FRONT .known = true, .is_local = true

static const struct {
	const char *what;
	enum seat_word word;
	struct seat_host h;
	const char *why;
} hosts[] = {
	{ "a display manager behind its greeter", SEAT_GREETER, { HOST, UNIT,
		FRONT, .is_greeter = true }, NULL },
	{ "one that has ended", SEAT_GREETER, { .stands = true, UNIT, FRONT,
		.is_greeter = true }, "has ended" },
	{ "a program in a session", SEAT_GREETER, { HOST, UNIT, FRONT,
		.is_greeter = true, .place = SEAT_SESSION },
		"session of its own" },
	{ "below a user's manager", SEAT_UNLOCK, { HOST, FRONT, .is_locked =
		true, .place = SEAT_MANAGER }, "session of its own" },
	{ "a word from a file that others include", SEAT_GREETER, { .lives =
		true, UNIT, FRONT, .is_greeter = true }, "own PAM file" },
	{ "another service's unit", SEAT_GREETER, { HOST, .unit =
		"cron.service", FRONT, .is_greeter = true }, "greeter_units" },
	{ "no unit at all", SEAT_GREETER, { HOST, .listed = true, FRONT,
		.is_greeter = true }, "greeter_units" },
	{ "while somebody works there", SEAT_GREETER, { HOST, UNIT, FRONT },
		"no greeter" },
	{ "while nothing is in front", SEAT_GREETER, { HOST, UNIT, .is_local =
		true, .is_greeter = true }, "in front at the first seat" },
	{ "behind a greeter from afar", SEAT_GREETER, { HOST, UNIT, .known =
		true, .is_greeter = true }, "over the network" },
	{ "a locked session is no greeter", SEAT_GREETER, { HOST, UNIT, FRONT,
		.is_locked = true }, "no greeter" },

	{ "the user's locked session", SEAT_UNLOCK, { HOST, FRONT, .is_locked =
		true }, NULL },
	{ "one that is not locked", SEAT_UNLOCK, { HOST, FRONT }, "not locked" },
	{ "one from afar", SEAT_UNLOCK, { HOST, .known = true, .is_locked =
		true }, "over the network" },
	{ "somebody else's is in front", SEAT_UNLOCK, { HOST, .is_local = true,
		.is_locked = true }, "no session of the user" },
	{ "a greeter is no lock", SEAT_UNLOCK, { HOST, FRONT, .is_greeter =
		true }, "not locked" },
	{ "a word from a file that others include", SEAT_UNLOCK, { .lives =
		true, FRONT, .is_locked = true }, "own PAM file" },

	{ "who asks for somebody at a seat", SEAT_PEER, { HOST, .has_peer =
		true, .peer = { SESSION, HERE, .tty = NO_TTY } }, NULL },
	{ "... for a desktop's agent", SEAT_PEER, { HOST, .has_peer = true,
		.peer = { MANAGER, HERE, .alone = true } }, NULL },
	{ "... who is also there from afar", SEAT_PEER, { HOST, .has_peer =
		true, .peer = { MANAGER, HERE } }, "over the network too" },
	{ "... from afar", SEAT_PEER, { HOST, .has_peer = true, .peer =
		{ SESSION, .active = true } }, "over the network" },
	{ "... who has gone", SEAT_PEER, { HOST, .has_peer = true, .peer =
		{ .place = SEAT_SESSION, .known = true, HERE } }, "has ended" },
	{ "... for a service", SEAT_PEER, { HOST, .has_peer = true, .peer =
		{ .lives = true } }, "in no session" },
	{ "who has no socket", SEAT_PEER, { HOST, .peer = { SESSION, HERE } },
		"other end" },
	{ "a word from a file that others include", SEAT_PEER, { .lives = true,
		.has_peer = true, .peer = { SESSION, HERE } }, "own PAM file" },
	{ "no such word", SEAT_WORDS, { HOST, UNIT, FRONT, .is_greeter = true,
		.is_locked = true, .has_peer = true }, "no such word" },
};

static void a_word_is_not_enough_by_itself(void **state)
{
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(hosts); i++) {
		why = seat_judge_word(hosts[i].word, &hosts[i].h);
		if (!why != !hosts[i].why ||
			(why && !strstr(why, hosts[i].why)))
			fail_msg("%s: %s, not %s", hosts[i].what,
				why ? why : "here", hosts[i].why);
	}
}

static bool says(const char *text, enum seat_word word)
{
	return seat_file_says(text, strlen(text), word);
}

#define OURS "auth required pam_tokenbridge.so "

/* What lies behind the file's bytes is none of them, on any of its lines. */
static void a_file_ends_where_it_ends(void **state)
{
	static const char text[] = "#%PAM-1.0\n" OURS "seat=greeter\n";
	size_t n;

	(void)state;
	for (n = 0; n + 2 < sizeof(text); n++)
		assert_false(seat_file_says(text, n, SEAT_GREETER));
	assert_true(seat_file_says(text, n, SEAT_GREETER));
}

static void the_word_stands_in_a_line_of_ours(void **state)
{
	static const char *const good[] = {
		OURS "seat=greeter", OURS "seat=greeter\n",
		"#%PAM-1.0\n" OURS "wait=20 seat=greeter timeout=5\n",
		OURS "seat=unlock seat=greeter",
		/* as libpam puts words and lines together */
		"auth required pam_tokenbridge.so\\\nseat=greeter\n",
		OURS "\\  \nseat=greeter\n", OURS "\\\n# a word\nseat=greeter\n",
		OURS "\\\n\n  seat=greeter\n", OURS "[seat=greeter]\n",
		"# a word \\\n" OURS "seat=greeter\n",
		"auth [success=done default=die] pam_tokenbridge.so "
			"[cue_prompt=touch it] seat=greeter",
		"auth\t[success=1 default=ignore]\t/lib/security/"
			"pam_tokenbridge.so\tseat=greeter",
		"auth required \\\n pam_tokenbridge.so \\\n seat=greeter\n",
		"auth include x\n" OURS "seat=greeter # a word\n",
	};
	static const char *const bad[] = {
		"", "\n", "auth include common-auth\n", OURS,
		"@include common-auth\n", OURS "seat=unlock",
		"# " OURS "seat=greeter\n", OURS "# seat=greeter\n",
		OURS "seat=greeters", OURS "xseat=greeter", OURS "seat = greeter",
		OURS "seat=GREETER", "auth required pam_unix.so seat=greeter",
		"auth required xpam_tokenbridge.so seat=greeter",
		"auth required pam_unix.so\nseat=greeter",
		"seat=greeter auth required pam_tokenbridge.so",
		OURS "\nseat=greeter", OURS "[x seat=greeter]\n",
		"auth optional pam_echo.so pam_tokenbridge.so seat=greeter\n",
		"auth pam_tokenbridge.so seat=greeter\n",
		OURS "seat=greet\\\ner\n",
		("auth required pam_unix.so x=\\\n"
			"pam_tokenbridge.so.1 seat=greeter"),
	};
	char big[8192];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(good); i++)
		if (!says(good[i], SEAT_GREETER))
			fail_msg("good %zu: %s", i, good[i]);
	for (i = 0; i < ARRAY_LEN(bad); i++)
		if (says(bad[i], SEAT_GREETER))
			fail_msg("bad %zu: %s", i, bad[i]);
	assert_false(seat_file_says(OURS "seat=greeter\n\0",
		sizeof(OURS "seat=greeter\n\0") - 1, SEAT_GREETER));
	assert_false(says(OURS "seat=greeter", SEAT_WORDS));
	/* a line that is too long is not understood, the next one is */
	memset(big, 'x', sizeof(big));
	memcpy(big, OURS, strlen(OURS));
	strcpy(big + 5000, " seat=greeter\n");
	assert_false(says(big, SEAT_GREETER));
	strcat(big, OURS "seat=greeter\n");
	assert_true(says(big, SEAT_GREETER));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_at_this_machine),
		cmocka_unit_test(what_is_not_known_is_never_here),
		cmocka_unit_test(
			the_controlling_terminal_stands_behind_the_name),
		cmocka_unit_test(only_a_getty_of_a_console_is_one),
		cmocka_unit_test(a_console_has_a_number),
		cmocka_unit_test(a_word_is_not_enough_by_itself),
		cmocka_unit_test(a_file_ends_where_it_ends),
		cmocka_unit_test(the_word_stands_in_a_line_of_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
