/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that have neither session nor terminal when they ask: display
 * managers, the host of an agent. What an administrator says of one by `seat=`
 * in the service's own PAM file, and what has to be so beside that.
 */
#ifndef BRIDGE_LOGIN_SEAT_WORD_H
#define BRIDGE_LOGIN_SEAT_WORD_H

#include "bridge/login/seat/seat.h"

#include <stddef.h>

#define SEAT_UNIT_LEN 256

enum seat_word {
	SEAT_GREETER, /* a display manager, while its greeter is in front */
	SEAT_PEER,    /* descriptor 0 is a socket from somebody who is here */
	SEAT_UNLOCK,  /* the user's own session, in front and locked */
	SEAT_WORDS,
};

/* What is known; all zeros is what is least known. */
struct seat_host {
	bool lives;
	enum seat_place place; /* of the program itself */
	char unit[SEAT_UNIT_LEN]; /* "": none */
	bool stands;     /* the word, in the service's own file */
	bool listed;     /* with SEAT_GREETER: the unit is an administrator's */
	/* of the first seat, or with SEAT_UNLOCK of the user's sessions: the one
	 * in front */
	bool known, is_local, is_greeter, is_locked;
	/* with SEAT_PEER */
	bool has_peer;
	struct seat_facts peer;
};

/*
 * NULL where the word holds; else why not, as seat_judge says it. It is for
 * programs that run in no session: who runs in one is where that is. Pure.
 */
const char *seat_judge_word(enum seat_word word, const struct seat_host *host);

/*
 * Whether the n bytes of a PAM file have a line of our module with seat=WORD, as
 * libpam reads it. What they include does not count: the word is of one service,
 * not of all that share a file. Without memory there is none. Pure.
 */
bool seat_file_says(const char *p, size_t n, enum seat_word word);

/* Whether the service's file, in the first of pam_folders that has one, does. */
bool seat_service_says(const char *service, enum seat_word word);

/* Fills all but `stands` and `listed`; uid is the user's. */
void seat_look_host(enum seat_word word, pid_t pid, int pidfd, uid_t uid,
	struct seat_host *ret);

/* ---- of seat_look_host ---- */

void seat_ask_host(enum seat_word word, pid_t pid, uid_t uid,
	struct seat_host *host);

#endif
