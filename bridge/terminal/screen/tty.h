/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The terminal's modes, and the signals that would stop or end us while they
 * are not what they were. For this room only, but tty_obeys().
 */
#ifndef BRIDGE_TERMINAL_SCREEN_TTY_H
#define BRIDGE_TERMINAL_SCREEN_TTY_H

#include "base/error.h"

#include <stdbool.h>
#include <termios.h>

/* By TERM it knows what escape sequences are: not where that is not set, empty
 * or "dumb" (terminfo(5)). */
bool tty_obeys(void);

/* `when` as for tcsetattr(3), which a signal does not break off here. */
void tty_set_modes(int tty, int when, const struct termios *modes);

struct tty_size {
	unsigned columns, rows;
};

/* 80 by 24 where nothing tells. */
struct tty_size tty_size(int tty);

/*
 * Whatever stops or ends this process by default (Ctrl-Z, Ctrl-\) waits, to do
 * so with the modes as they were. SIGINT, SIGTERM and SIGHUP come by the cancel
 * descriptor; SIGTTIN and SIGTTOU stop us only in the background, where the
 * terminal is not ours. Who holds them keeps the mask before, and sets it back.
 */
void tty_hold_signals(void);
/* A descriptor that is readable while one of them waits; the caller closes it. */
int tty_open_signals(int *ret_fd, struct error *err);
/* The one that waits; 0: none. */
int tty_held_signal(int signal_fd);
/* Lets it have its way: modes and screen are as they were by now. Returns when
 * the process goes on; the others are let through, too. */
void tty_let_signal(int signo);

#endif
