/* SPDX-License-Identifier: Apache-2.0 */
/* The programs behind PAM's services, as far as their names tell. */
#ifndef BRIDGE_DOCTOR_PAM_HOST_H
#define BRIDGE_DOCTOR_PAM_HOST_H

#include <stdbool.h>

enum pam_host {
	HOST_UNTRIED, /* what becomes of it is not known */
	HOST_TRIED,   /* runs as root, and asks from a person's session */
	HOST_SSHD,
	HOST_GREETER, /* a display manager: neither session nor terminal yet */
	HOST_AGENT,   /* polkit's helper where systemd starts it: the same */
	HOST_AGENT_UNKNOWN, /* ... where it cannot be seen who starts it */
	HOST_LOCKER,  /* a screen locker, which runs as the user */
	HOSTS,
};

/* Looks for polkit's helper where the name alone does not tell. */
enum pam_host pam_host_of(const char *service);

/*
 * Why our line refuses everybody there, for a sentence behind the service's
 * name; NULL where it does not.
 */
const char *pam_host_refusal(enum pam_host host);

/* The argument of our line that has it served all the same; NULL: none. */
const char *pam_host_argument(enum pam_host host);

#endif
