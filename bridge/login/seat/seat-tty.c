/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals that only a person at this machine can have. */
#include "bridge/login/seat/seat.h"

#include <string.h>

static bool is_number(const char *s)
{
	return *s && strspn(s, "0123456789") == strlen(s);
}

bool seat_tty_is_console(const char *tty)
{
	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	if (strncmp(tty, "tty", 3) == 0)
		return is_number(tty + 3);
	return tty[0] == ':' && is_number(tty + 1);
}
