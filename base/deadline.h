/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Absolute deadlines in milliseconds on CLOCK_BOOTTIME: a wait may span a
 * suspend, and the wall clock may jump.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#define DEADLINE_NEVER INT64_MAX

typedef int64_t deadline_t;

/* Milliseconds since boot. */
int64_t deadline_now(void);
deadline_t deadline_in(int64_t ms);
/* Milliseconds left, 0 when passed, at most INT_MAX; -1 for NEVER (poll()). */
int deadline_left(deadline_t d);
bool deadline_passed(deadline_t d);
/* The earlier one. */
deadline_t deadline_min(deadline_t a, deadline_t b);
/*
 * Sleeps until d or until fd is readable (fd < 0: none). True when fd is.
 */
bool deadline_sleep(deadline_t d, int fd);

#endif
