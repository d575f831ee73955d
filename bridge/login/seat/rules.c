/* SPDX-License-Identifier: Apache-2.0 */
/* Who is known to be at this machine, and what /proc and units say. Pure. */
#include "bridge/login/seat/seat.h"

#include "base/text.h"
#include "base/util.h"

#include <stdlib.h>
#include <string.h>

#define VT_MAX 63
#define VT_MAJOR 4
/* Documentation/admin-guide/devices.txt: pseudo terminals, old and new */
#define PTY_OLD 3
#define PTY_FIRST 136
#define PTY_LAST 143

static bool lives(const struct seat_facts *f)
{
	return f->lives;
}

static bool never(const struct seat_facts *f)
{
	(void)f;
	return false;
}

static bool is_known(const struct seat_facts *f)
{
	return f->known;
}

static bool is_local(const struct seat_facts *f)
{
	return f->is_local;
}

static bool has_seat(const struct seat_facts *f)
{
	return f->has_seat;
}

static bool is_active(const struct seat_facts *f)
{
	return f->active;
}

static bool is_pty(const struct seat_tty *t)
{
	return t->major == PTY_OLD ||
		(t->major >= PTY_FIRST && t->major <= PTY_LAST);
}

/*
 * Behind a pseudo terminal (tmux, screen) may be whoever has attached to it,
 * and whatever runs under the user's manager may have been started by any of
 * the user's sessions.
 */
static bool is_no_other_session(const struct seat_facts *f)
{
	return f->alone || (f->place == SEAT_SESSION && !is_pty(&f->tty));
}

static bool is_console(const struct seat_facts *f)
{
	return f->getty_vt > 0;
}

static bool has_own_terminal(const struct seat_facts *f)
{
	return f->tty.major == VT_MAJOR && f->tty.minor == f->getty_vt;
}

static bool is_free(const struct seat_facts *f)
{
	return f->node_is_roots;
}

static bool is_in_front(const struct seat_facts *f)
{
	return f->active_vt == f->getty_vt;
}

#define IN(place) (1u << (place))
#define SESSION IN(SEAT_SESSION)
#define MANAGER IN(SEAT_MANAGER)
#define GETTY IN(SEAT_GETTY)
#define USER IN(SEAT_USER)

/* All that are for the process's place have to hold. */
static const struct {
	unsigned places;
	bool (*holds)(const struct seat_facts *f);
	const char *why; /* where it does not */
} rules[] = {
	{ ~USER, lives, "the program that asked has ended" },
	{ ~(SESSION | MANAGER | GETTY | USER), never,
		"it runs in no session of this machine" },
	{ SESSION | MANAGER | USER, is_known, "the user has no session here" },
	{ SESSION | MANAGER | USER, is_local,
		"the session comes over the network" },
	{ SESSION | MANAGER | USER, has_seat, "the session has no seat" },
	{ SESSION | MANAGER | USER, is_active,
		"the session is not the one in front at its seat" },
	{ SESSION | MANAGER, is_no_other_session,
		"the user has a session over the network too" },
	{ GETTY, is_console, "the login prompt is on no console" },
	{ GETTY, has_own_terminal,
		"the terminal is not that of the login prompt" },
	{ GETTY, is_free, "somebody has logged in on this console already" },
	{ GETTY, is_in_front, "another console is in front" },
};

const char *seat_judge(const struct seat_facts *f)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(rules); i++)
		if ((rules[i].places & IN(f->place)) && !rules[i].holds(f))
			return rules[i].why;
	return NULL;
}

/* ---- what is read ---- */

/* "PID (NAME) STATE PPID PGRP SESSION TTY ...": a name may hold all of that. */
bool seat_parse_stat(const char *line, struct seat_tty *ret)
{
	const char *p = strrchr(line, ')');
	uint64_t number;
	size_t n;
	int i;

	for (i = 0; p && i < 5; i++) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	n = p ? strcspn(p, " ") : 0;
	if (n == 0 || text_parse_u64_n(p, n, UINT32_MAX, &number) < 0)
		return false;
	ret->major = (unsigned)(number >> 8 & 0xfff);
	ret->minor = (unsigned)((number & 0xff) | (number >> 12 & 0xfff00));
	return true;
}

static unsigned parse_number(const char *p, size_t n)
{
	uint64_t vt;

	if (n == 0 || p[0] == '0' || text_parse_u64_n(p, n, VT_MAX, &vt) < 0)
		return 0;
	return (unsigned)vt;
}

unsigned seat_parse_vt(const char *name)
{
	if (strncmp(name, "tty", 3) != 0)
		return 0;
	return parse_number(name + 3, strlen(name + 3));
}

unsigned seat_parse_getty(const char *unit)
{
	static const char begin[] = "getty@tty", end[] = ".service";
	size_t n = strlen(unit);

	if (n < strlen(begin) + strlen(end) ||
		strncmp(unit, begin, strlen(begin)) != 0 ||
		strcmp(unit + n - strlen(end), end) != 0)
		return 0;
	return parse_number(unit + strlen(begin),
		n - strlen(begin) - strlen(end));
}
