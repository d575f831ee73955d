/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many requests may be under way and how fast they may follow each other:
 * pure, by the caller's clock in milliseconds.
 *
 * The window of what is under way begins at GOVERNOR_FIRST, for else a short
 * run is mostly its beginning, and doubles with every round trip, until a request
 * is throttled for the first time or the window is as large as it may be; from
 * the first throttle on it grows by one a round trip, and is halved by every
 * throttle.
 *
 * A window alone is too coarse for a service that allows fewer requests than
 * one round trip after the other: so the pace, in requests a second, has a
 * ceiling from the beginning, and falls to what was answered in the last second
 * when one is throttled. It rises again by the square of the time
 * since, so that it stays long near what the service allows and finds out soon
 * when that has become more; and the slower, the more often it has fallen from
 * about the same pace, until it is past that.
 */
#ifndef AWS_MANY_GOVERNOR_H
#define AWS_MANY_GOVERNOR_H

#include <stdbool.h>
#include <stdint.h>

/* A short run is mostly its beginning: fifty questions take four round trips from
 * eight on, as they would from sixteen, and five from four on. More at first would
 * be a burst to a service that allows few. */
#define GOVERNOR_FIRST 8
#define GOVERNOR_SLOTS 10 /* of the second that is measured */

struct governor {
	/* how it was made */
	unsigned most;
	double ceiling;       /* requests a second; 0: none */
	/* what it knows */
	double window;
	double pace;          /* 0: none */
	double allowance;     /* requests that may go now */
	int64_t counted;      /* when allowance was counted */
	bool throttled;       /* once at least */
	bool searching;       /* what the service allows is not known */
	int64_t cut;          /* when window and pace fell last */
	double edge;          /* from what pace; 0: not yet */
	unsigned steady;      /* how often it had been about the same before */
	int64_t hold;         /* nothing goes before */
	int64_t answered;     /* when a request was not throttled, last */
	unsigned vain;        /* throttled since */
	unsigned slots[GOVERNOR_SLOTS]; /* answered in each tenth */
	int64_t slot;         /* the last one's number */
};

/* most 0 is 1; rate 0: no ceiling. */
void governor_init(struct governor *g, unsigned most, unsigned rate,
	int64_t now);
/*
 * 0: one more may be sent now. Else the milliseconds until that may be so;
 * -1: not before one of those under way is answered.
 */
int64_t governor_wait(struct governor *g, unsigned under_way, int64_t now);
/* One more was sent. */
void governor_sent(struct governor *g, int64_t now);
/* It was answered; it got no answer (lost, 5xx), which halves the window; it was
 * throttled, having been sent at `sent`. */
void governor_answered(struct governor *g, int64_t now);
void governor_lost(struct governor *g);
void governor_throttled(struct governor *g, int64_t sent, int64_t now);
/* Whether nothing but throttling has come for so long. */
bool governor_is_in_vain(const struct governor *g, int64_t patience,
	int64_t now);

#endif
