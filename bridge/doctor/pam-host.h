/* SPDX-License-Identifier: Apache-2.0 */
/* The programs behind PAM's services, as far as their names tell. */
#ifndef BRIDGE_DOCTOR_PAM_HOST_H
#define BRIDGE_DOCTOR_PAM_HOST_H

#include <stdbool.h>
#include <stdint.h>

/* By which programs are served that are not root's. */
#define PAM_SOCKET_UNIT "tokenbridge-auth.socket"

enum pam_host {
	HOST_OTHER,   /* what becomes of it is not known */
	HOST_PLAIN,   /* runs as root, and asks from a person's session */
	HOST_JOBS,    /* starts what nobody is asked for: no auth line decides */
	HOST_SSHD,
	HOST_GREETER, /* a display manager: neither session nor terminal yet */
	HOST_AGENT,   /* polkit's helper where systemd starts it: the same, and
	                 it sees no devices */
	HOST_AGENT_UNKNOWN, /* ... where it cannot be seen who starts it */
	HOST_LOCKER,  /* a screen locker, which runs as the user */
	HOSTS,
};

/* What the machine has for the program of a service. */
struct pam_program {
	enum pam_host host;
	bool listed;    /* by greeter_units or by locker_services */
	bool called;    /* root listens for programs that are not root's */
};

/* By the name; looks for polkit's helper where that alone does not tell. */
enum pam_host pam_host_of(const char *service);

/* The unit of a display manager, "greetd.service"; NULL: it is not known. */
const char *pam_host_unit(const char *service);

/* Whether a session of somebody's is unlocked by that display manager. */
bool pam_host_unlocks(const char *service);

/* Whether the program itself was run by a test, and not only one in its place. */
bool pam_host_tried(const char *service);

/* What a program needs that has neither session nor terminal. */
struct pam_need {
	const char *why;      /* for a sentence behind the service's name */
	uint32_t seats;       /* one of enum login_flag's for `seat` */
	const char *argument;
};

/* NULL: it needs none. */
const struct pam_need *pam_host_need(enum pam_host host);

#endif
