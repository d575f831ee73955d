/* SPDX-License-Identifier: Apache-2.0 */
/* In a build without logind nobody is known to be at this machine. */
#include "bridge/login/seat/word.h"

void seat_ask_logind(pid_t pid, struct seat_facts *f)
{
	(void)pid;
	(void)f;
}

void seat_ask_user(uid_t uid, struct seat_facts *f)
{
	(void)uid;
	(void)f;
}

void seat_ask_host(enum seat_word word, pid_t pid, uid_t uid,
	struct seat_host *host)
{
	(void)word;
	(void)pid;
	(void)uid;
	(void)host;
}
