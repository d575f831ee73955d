/* SPDX-License-Identifier: Apache-2.0 */
/* How many at once, and how fast. */
#include "aws/many/governor.h"

#include <string.h>

#define SLOT_MS 100
#define SECOND_MS (SLOT_MS * GOVERNOR_SLOTS)
#define HOLD_MS 1000    /* after the first throttle: the burst has to end */
#define FALL 0.93       /* of what was answered: the service's own edge */
#define FALL_HARD 0.5   /* where nothing was answered since */
#define PACE_MIN 0.5
#define PACE_FIRST 5.0  /* where next to nothing was answered before */
#define KNOWN 10.0      /* answers in a second that tell what is allowed */
#define BURST 2.0       /* requests that may follow each other at once ... */
#define BURST_S 0.02    /* ... or so many seconds of them ... */
#define BURST_FIRST_S 0.05 /* ... until one was throttled: a round trip's worth */
#define RISE 0.02       /* of the pace, a second ... */
#define RISE_SQUARE 0.003 /* ... and the more the longer it went well */
#define RISE_SEARCHING 0.7
#define FLATTEST 0.2
#define USUAL 20.0      /* slower ones find out slower: by calls, not time */
#define VAIN_MIN 5
#define ABOUT 1.15      /* so much more is no longer the same pace */
#define STEADY_MOST 4

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

/* Requests that may follow each other at once. */
static double burst(const struct governor *g)
{
	return larger(BURST, g->pace * (g->throttled ? BURST_S :
		BURST_FIRST_S));
}

void governor_init(struct governor *g, unsigned most, unsigned rate,
	int64_t now)
{
	memset(g, 0, sizeof(*g));
	g->most = most ? most : 1;
	g->ceiling = rate;
	g->pace = rate;
	g->window = smaller(GOVERNOR_FIRST, g->most);
	g->allowance = burst(g);
	g->counted = g->answered = g->cut = now;
	g->slot = now / SLOT_MS;
}

/* Forgets the tenths that are over a second old. */
static void turn(struct governor *g, int64_t now)
{
	int64_t slot = now / SLOT_MS;

	if (slot - g->slot > GOVERNOR_SLOTS)
		g->slot = slot - GOVERNOR_SLOTS;
	for (; g->slot < slot; g->slot++)
		g->slots[(g->slot + 1) % GOVERNOR_SLOTS] = 0;
}

static double answered_in_a_second(struct governor *g, int64_t now)
{
	unsigned n = 0;
	int i;

	turn(g, now);
	for (i = 0; i < GOVERNOR_SLOTS; i++)
		n += g->slots[i];
	return n;
}

/* Of the pace, a second. */
static double rise(const struct governor *g, int64_t now)
{
	double since = (double)(now - g->cut) / 1000;

	if (!g->throttled || now <= g->hold)
		return 0;
	if (g->searching)
		return RISE_SEARCHING;
	return (RISE + RISE_SQUARE * since * since) / (1 + g->steady) *
		smaller(larger(g->pace / USUAL, FLATTEST), 1);
}

/* Pace and allowance as they have become. */
static void count(struct governor *g, int64_t now)
{
	double seconds = (double)(now - g->counted) / 1000;

	if (seconds <= 0)
		return;
	g->counted = now;
	g->pace *= 1 + seconds * rise(g, now);
	if (g->pace > g->edge * ABOUT)
		g->steady = 0;
	if (g->ceiling > 0)
		g->pace = smaller(g->pace, g->ceiling);
	g->allowance = smaller(g->allowance + seconds * g->pace, burst(g));
}

int64_t governor_wait(struct governor *g, unsigned under_way, int64_t now)
{
	count(g, now);
	if (now < g->hold)
		return g->hold - now;
	if (under_way > 0 && under_way + 1 > (unsigned)g->window)
		return -1;
	if (g->pace <= 0 || g->allowance >= 1)
		return 0;
	return 1 + (int64_t)((1 - g->allowance) * 1000 / g->pace);
}

void governor_sent(struct governor *g, int64_t now)
{
	count(g, now);
	g->allowance -= 1;
}

void governor_answered(struct governor *g, int64_t now)
{
	turn(g, now);
	g->slots[g->slot % GOVERNOR_SLOTS]++;
	g->answered = now;
	g->vain = 0;
	g->window += g->throttled ? 1 / g->window : 1;
	if (g->window > g->most)
		g->window = g->most;
}

void governor_lost(struct governor *g)
{
	g->window = larger(g->window / 2, 1);
}

/* What the service seems to allow. */
static double fallen(const struct governor *g, double seen, bool in_vain)
{
	if (in_vain)
		return g->pace * FALL_HARD;
	if (!g->throttled) {
		seen = larger(seen, PACE_FIRST);
		return FALL * (g->pace > 0 ? smaller(g->pace, seen) : seen);
	}
	/* a second may hold less than its share */
	return FALL * smaller(g->pace, larger(seen + 1, g->pace / 2));
}

/* From which pace it falls, and whether that is news. */
static void note_edge(struct governor *g)
{
	bool again = g->pace < g->edge * ABOUT && g->edge < g->pace * ABOUT;

	g->steady = again ? g->steady + (g->steady < STEADY_MOST) : 0;
	g->edge = g->pace;
}

void governor_throttled(struct governor *g, int64_t sent, int64_t now)
{
	double seen = answered_in_a_second(g, now);
	bool first = !g->throttled, in_vain = g->answered <= g->cut && !first;

	g->vain++;
	/* it was on its way when the last one made us slower */
	if (!first && sent <= g->cut)
		return;
	note_edge(g);
	g->pace = larger(fallen(g, seen, in_vain), PACE_MIN);
	g->searching = in_vain || (first && (seen < KNOWN ||
		now - g->cut < SECOND_MS));
	g->throttled = true;
	g->window = larger(g->window / 2, 1);
	g->allowance = 0;
	g->cut = g->counted = now;
	if (first)
		g->hold = now + HOLD_MS;
}

bool governor_is_in_vain(const struct governor *g, int64_t patience,
	int64_t now)
{
	return g->vain >= VAIN_MIN && now - g->answered >= patience;
}
