/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people at a terminal: they read standard error, are asked on /dev/tty,
 * and get results on standard output, as text or as lines of JSON. A script
 * stands in for them where secrets come by descriptors.
 */
#ifndef BRIDGE_TERMINAL_PEOPLE_H
#define BRIDGE_TERMINAL_PEOPLE_H

#include "bridge/run/run.h"
#include "bridge/terminal/script.h"

struct terminal {
	bool json;     /* results are lines of JSON */
	int cancel_fd; /* readable: questions end with ERROR_INTERRUPTED */
	struct script script[RUN_SECRETS]; /* by enum run_secret */
	int codes_fd;  /* where a script gives codes; -1: they are asked */
};

#define TERMINAL_INIT { .cancel_fd = -1, .script = { \
	[RUN_PIN] = { .fd = -1, .name = "--pin-fd", .of = "PIN" }, \
	[RUN_NEW_PIN] = { .fd = -1, .name = "--new-pin-fd", .of = "PIN" }, \
	[RUN_OATH_PASSWORD] = { .fd = -1, .name = "--oath-password-fd", \
		.of = "password" } }, \
	.codes_fd = -1 }

/* A run that these people follow; t is borrowed for its life. */
struct run terminal_run(struct terminal *t);

#endif
