/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret on the terminal's other screen, which takes it away again: as a QR
 * code where that has room, else as text. For this room only.
 */
#ifndef BRIDGE_TERMINAL_SCREEN_SCREEN_H
#define BRIDGE_TERMINAL_SCREEN_SCREEN_H

#include "bridge/run/run.h"
#include "bridge/terminal/screen/qr.h"
#include "bridge/terminal/screen/tty.h"

struct screen {
	const struct run_codes *q; /* borrowed; NULL: nothing is shown */
	int tty;                   /* borrowed */
	struct qr qr;              /* owned; none: there is only text */
	struct tty_size size;      /* that it was drawn for */
	bool has_colour;
	bool is_utf8;
	bool wants_text;
	bool is_inverted;          /* without colours: for a light terminal */
	bool is_on;
};

/* ERROR_USAGE: there is no terminal, or one that cannot take away what it
 * shows. */
int screen_check(struct error *err);

/* Makes the picture; shows nothing yet. */
int screen_open(struct screen *s, int cancel_fd, struct error *err);
void screen_done(struct screen *s);

/*
 * The other screen, and back; `old` are the modes that a fatal signal sets
 * back, which leaves the screen, too.
 */
void screen_enter(struct screen *s, const struct termios *old);
void screen_leave(struct screen *s);

/* Everything anew, a remark (NULL: none) at its end; the cursor stands where a
 * line may follow. */
void screen_draw(struct screen *s, const char *remark);
/* Whether the key was for the screen, so that it has to be drawn anew. */
bool screen_take_key(struct screen *s, char c);
/* Whether the terminal has another size by now. */
bool screen_has_changed(const struct screen *s);

#endif
