/* SPDX-License-Identifier: Apache-2.0 */
/* Two codes, typed on the terminal or given by a script. */
#ifndef BRIDGE_TERMINAL_SCREEN_CODES_H
#define BRIDGE_TERMINAL_SCREEN_CODES_H

#include "bridge/run/run.h"

/*
 * As ask_codes of struct people, on /dev/tty; a second code is expected within
 * 30 s, which are counted down where the line can be drawn anew.
 */
int codes_ask(const struct run_codes *q, int cancel_fd,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err);

/* The same out of a descriptor: two lines, once. */
int codes_read(const struct run_codes *q, int fd,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err);

/*
 * Two lines of six characters; blanks in them do not count. ERROR_USAGE, which
 * repeats nothing of it. Pure.
 */
int codes_parse(const char *p, size_t n, char ret_first[RUN_CODE_LEN],
	char ret_second[RUN_CODE_LEN], struct error *err);

#endif
