/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the person sits who wants to log in. Whoever is not known to be at
 * this machine could have a token touched by somebody who is. The kernel and
 * logind are asked about the process; nothing that the process says of itself
 * (PAM_TTY, a display) counts.
 */
#ifndef BRIDGE_LOGIN_SEAT_SEAT_H
#define BRIDGE_LOGIN_SEAT_SEAT_H

#include <stdbool.h>
#include <sys/types.h>

/* What the process runs in, by its control group. */
enum seat_place {
	SEAT_NOWHERE,  /* none of the others: a service, cron, a container */
	SEAT_SESSION,  /* the scope of a session */
	SEAT_MANAGER,  /* user@UID.service: terminals and agents of desktops */
	SEAT_GETTY,    /* getty@ttyN.service: a login prompt */
	SEAT_USER,     /* whatever runs as the user: who he is, is what is known */
};

/* A terminal, as /proc/PID/stat numbers it. */
struct seat_tty {
	unsigned major, minor; /* 0, 0: none */
};

/* What is known of the process. All zeros is what is least known. */
struct seat_facts {
	bool lives;    /* it is still the process that was asked about */
	enum seat_place place;
	struct seat_tty tty; /* which controls it */

	/* of its session; with SEAT_MANAGER of the user's display session, with
	 * SEAT_USER of one of his that is here, if there is one */
	bool known;    /* there is one */
	bool is_local; /* not over a network */
	bool has_seat;
	bool active;   /* in front, at its seat */
	/* of all other sessions of that user: none comes over a network, but
	 * such as are closing */
	bool alone;

	/* with SEAT_GETTY */
	unsigned getty_vt;  /* N; 0: it is none of a virtual console */
	unsigned active_vt; /* the console that is in front; 0: not known */
	bool node_is_roots; /* /dev/ttyN: nobody has logged in there */
};

/*
 * NULL where the person is known to be at this machine; else why not, in words
 * for the log and for the person, to go behind "not known to be here: ". Pure.
 */
const char *seat_judge(const struct seat_facts *f);

/*
 * The controlling terminal from a line of /proc/PID/stat (proc(5)); false where
 * it makes no sense. Pure.
 */
bool seat_parse_stat(const char *line, struct seat_tty *ret);

/* N of "getty@ttyN.service", 1 to 63; 0 where it is none. Pure. */
unsigned seat_parse_getty(const char *unit);

/* N of "ttyN", the same. Pure. */
unsigned seat_parse_vt(const char *name);

/*
 * Gathers what is known of the process behind a descriptor of pidfd_open(2):
 * it is asked about by its number, and afterwards has to live still.
 */
void seat_look(pid_t pid, int pidfd, struct seat_facts *ret);

/*
 * Gathers what is known of a user, whose programs ask for himself alone: what
 * is granted is of no use to anybody but them.
 */
void seat_look_user(uid_t uid, struct seat_facts *ret);

/* ---- of seat_look ---- */

/* What a system without logind lacks: place, session and the user's others. */
void seat_ask_logind(pid_t pid, struct seat_facts *f);
void seat_ask_user(uid_t uid, struct seat_facts *f);

#endif
