/* The finger. */
#include "touch.h"

#include <string.h>

struct touch_wait {
	struct touch *touch;
	touch_done *done;
	void *arg;
	guint expiry, finger;	/* timers */
	gint64 since;
};

static const char *const modes[] = {
	[TOUCH_GIVE] = "give", [TOUCH_DELAY] = "delay",
	[TOUCH_WITHHOLD] = "withhold", [TOUCH_ASK] = "ask",
};

/* a client that polls and stays away this long has given up */
#define POLL_GAP (1500 * 1000)

const char *touch_mode_name(enum touch_mode mode)
{
	return modes[mode];
}

static void end(struct touch_wait *w, bool touched)
{
	touch_done *done = w->done;
	void *arg = w->arg;

	if (touched)
		w->touch->used++;
	touch_cancel(w);
	done(arg, touched);
}

void touch_cancel(struct touch_wait *w)
{
	if (!w)
		return;
	g_queue_remove(&w->touch->waiting, w);
	if (w->expiry)
		g_source_remove(w->expiry);
	if (w->finger)
		g_source_remove(w->finger);
	g_free(w);
}

static gboolean expired(void *arg)
{
	struct touch_wait *w = arg;

	w->expiry = 0;
	end(w, false);
	return G_SOURCE_REMOVE;
}

static gboolean finger(void *arg)
{
	struct touch_wait *w = arg;

	w->finger = 0;
	end(w, true);
	return G_SOURCE_REMOVE;
}

/* start the timer of the finger as the mode has it */
static void arm(struct touch_wait *w)
{
	gint64 gone = (g_get_monotonic_time() - w->since) / 1000;
	gint64 ms = w->touch->mode == TOUCH_DELAY ? w->touch->ms - gone : 0;

	if (w->finger)
		g_source_remove(w->finger);
	w->finger = 0;
	if (w->touch->mode == TOUCH_GIVE || w->touch->mode == TOUCH_DELAY)
		w->finger = g_timeout_add(ms > 0 ? (guint)ms : 0, finger, w);
}

bool touch_set(struct touch *t, const char *mode, unsigned ms)
{
	for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
		if (strcmp(modes[i], mode))
			continue;
		t->mode = (enum touch_mode)i;
		t->ms = ms;
		for (GList *l = t->waiting.head; l; l = l->next)
			arm(l->data);
		return true;
	}
	return false;
}

bool touch_now(struct touch *t)
{
	if (t->mode != TOUCH_GIVE && !t->granted)
		return false;
	if (t->mode != TOUCH_GIVE)
		t->granted--;
	t->used++;
	return true;
}

bool touch_poll(struct touch *t)
{
	gint64 now = g_get_monotonic_time();
	bool come;

	if (now - t->polled > POLL_GAP)
		t->since = now;
	t->polled = now;
	come = t->mode == TOUCH_DELAY &&
	       now - t->since >= (gint64)t->ms * 1000;
	if (come)
		t->used++;
	else if (!touch_now(t))
		return false;
	t->polled = 0;
	return true;
}

struct touch_wait *touch_want(struct touch *t, unsigned timeout,
			      touch_done *done, void *arg)
{
	struct touch_wait *w = g_new0(struct touch_wait, 1);

	w->touch = t;
	w->done = done;
	w->arg = arg;
	w->since = g_get_monotonic_time();
	w->expiry = g_timeout_add(timeout, expired, w);
	g_queue_push_tail(&t->waiting, w);
	arm(w);
	return w;
}

void touch_grant(struct touch *t)
{
	struct touch_wait *w = g_queue_peek_head(&t->waiting);

	if (w)
		end(w, true);
	else
		t->granted++;
}

bool touch_is_wanted(const struct touch *t)
{
	return t->waiting.length ||
	       g_get_monotonic_time() - t->polled < POLL_GAP;
}
