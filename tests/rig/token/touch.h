/*
 * The finger: who waits for a touch, and when one comes. One touch serves the
 * operation that has waited longest, whatever interface it came by.
 */
#ifndef TOKEN_TOUCH_H
#define TOKEN_TOUCH_H

#include <glib.h>
#include <stdbool.h>

enum touch_mode { TOUCH_GIVE, TOUCH_DELAY, TOUCH_WITHHOLD, TOUCH_ASK };

struct touch {
	enum touch_mode mode;
	unsigned ms;		/* of TOUCH_DELAY */
	unsigned granted;	/* touches given ahead of their use */
	unsigned used;
	gint64 polled, since;	/* U2F asks again and again: see touch_poll */
	GQueue waiting;		/* of struct touch_wait */
};

struct touch_wait;
typedef void touch_done(void *arg, bool touched);

const char *touch_mode_name(enum touch_mode mode);
/* false when there is no such mode; waits under way follow the new one */
bool touch_set(struct touch *t, const char *mode, unsigned ms);

/* A touch that is there already (mode give, or one granted before)? Uses it. */
bool touch_now(struct touch *t);
/* For an interface that polls: true once the touch has come; uses it. */
bool touch_poll(struct touch *t);
/* Call done later: with true on a touch, with false after timeout ms. */
struct touch_wait *touch_want(struct touch *t, unsigned timeout,
			      touch_done *done, void *arg);
/* The operation is given up: done will not be called. NULL is allowed. */
void touch_cancel(struct touch_wait *w);
/* One touch: for whoever waits, or kept for the next. */
void touch_grant(struct touch *t);
bool touch_is_wanted(const struct touch *t);

#endif
