/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The people at a terminal: they read standard error, are asked on /dev/tty,
 * and get results on standard output, as text or as lines of JSON. A script
 * stands in for them where secrets come by descriptors.
 */
#ifndef BRIDGE_TERMINAL_PEOPLE_H
#define BRIDGE_TERMINAL_PEOPLE_H

#include "bridge/run/run.h"

struct terminal {
	bool json;     /* results are lines of JSON */
	int cancel_fd; /* readable: questions end with ERROR_INTERRUPTED */
	/* by enum run_secret: where a script gives it; -1: it is asked */
	int secret_fd[RUN_NEW_PIN + 1];
};

#define TERMINAL_INIT { .cancel_fd = -1, .secret_fd = { -1, -1 } }

/* A run that these people follow; t is borrowed for its life. */
struct run terminal_run(struct terminal *t);

#endif
