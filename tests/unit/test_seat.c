/* SPDX-License-Identifier: Apache-2.0 */
/* Which terminals only a person at this machine can have. */
#include "bridge/login/seat/seat.h"

#include "tests/unit/unit.h"

static void virtual_consoles_and_displays_of_this_machine_are_consoles(
	void **state)
{
	static const char *const rows[] = { "tty1", "tty0", "tty63",
		"/dev/tty1", "/dev/tty12", ":0", ":1", ":10" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (!seat_tty_is_console(rows[i]))
			fail_msg("'%s' is a console", rows[i]);
}

static void every_other_terminal_is_not(void **state)
{
	static const char *const rows[] = { "", "tty", "/dev/tty", "/dev/",
		"pts/1", "/dev/pts/1", "/dev/pts/tty1", "ttyS0", "/dev/ttyS0",
		"ttyUSB0", "ttyACM0", "hvc0", "console", "/dev/console",
		"localhost:10.0", "localhost:0", "host:0", ":", "::1", ":0.0",
		":10.0", ":-1", ":a", "tty1 ", " tty1", "tty-1", "tty1x",
		"ttyx1", "TTY1", "tty1/../pts/1", "dev/tty1", "//dev/tty1",
		"/dev//tty1", "/dev/dev/tty1", "unix:0", "ssh", "cron", "0" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (seat_tty_is_console(rows[i]))
			fail_msg("'%s' is no console", rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			virtual_consoles_and_displays_of_this_machine_are_consoles),
		cmocka_unit_test(every_other_terminal_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
