/* SPDX-License-Identifier: Apache-2.0 */
/* The arguments of a PAM line. Pure. */
#ifndef BRIDGE_LOGIN_PAM_OPTIONS_H
#define BRIDGE_LOGIN_PAM_OPTIONS_H

#include "bridge/login/wire.h"

struct pam_options {
	bool no_user_ok;     /* who certainly has no token is passed over */
	bool remote_allowed;
	bool remote_denied;  /* said explicitly, and then for good */
	bool verify;         /* the user must be verified */
	uint32_t seats;      /* LOGIN_SEAT_... */
	bool debug;
	uint32_t timeout_ms; /* for the touch */
	uint32_t wait_ms;    /* for a token to be plugged in */
	char login_db[LOGIN_PATH_LEN];
	char prompt[LOGIN_ITEM_LEN]; /* "": the usual words */
};

/* What a line that does nothing unsafe may still be told, for the log. */
typedef void pam_options_note(const char *text, void *arg);

/*
 * ERROR_USAGE, naming the argument, for one that is unknown or unsafe: a line
 * that is not understood lets nobody in.
 */
int pam_options_parse(int argc, const char *const *argv,
	struct pam_options *ret, pam_options_note *note, void *arg,
	struct error *err);

#endif
