/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program of somebody else's writes: run without a shell, bounded in
 * time and in bytes.
 */
#ifndef BASE_CAPTURE_H
#define BASE_CAPTURE_H

#include "base/buf.h"
#include "base/deadline.h"

struct capture {
	char *const *argv; /* ends with NULL; [0] is looked for along PATH */
	size_t words_max;  /* bytes of its standard error that are kept */
	int cancel_fd;     /* readable: ERROR_INTERRUPTED; -1: none */
	deadline_t until;
};

/*
 * Runs it with this environment, default signals, /dev/null as standard input
 * and no other descriptor of ours; it may ask a person at /dev/tty. `out` is
 * initialised with its limit; more is ERROR_MALFORMED. *words (which this
 * initialises, and the caller ends) is the beginning of its standard error.
 * *ret_status is as of wait(2). Once it has ended, what it left running has two
 * seconds to close both.
 *
 * ERROR_UNSUPPORTED where there is no such program, ERROR_TIMEOUT and
 * ERROR_INTERRUPTED after it was killed.
 */
int capture_run(const struct capture *c, struct buf *out, struct buf *words,
	int *ret_status, struct error *err);

#endif
