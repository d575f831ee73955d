/* SPDX-License-Identifier: Apache-2.0 */
/* Where the person sits, in a build without logind: by the terminal alone. */
#include "bridge/login/seat/seat.h"

bool seat_is_local(pid_t pid, const char *tty, const char **ret_why)
{
	(void)pid;
	*ret_why = "nothing says that the person is at this machine";
	return seat_tty_is_console(tty);
}
