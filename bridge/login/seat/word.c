/* SPDX-License-Identifier: Apache-2.0 */
/* An administrator's word, and what holds with it. Pure. */
#include "bridge/login/seat/word.h"

#include "base/util.h"
#include "bridge/login/pam/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODULE "pam_tokenbridge.so"

static const char *const words[] = {
	[SEAT_GREETER] = "greeter",
	[SEAT_PEER] = "peer",
	[SEAT_UNLOCK] = "unlock",
};

/* ---- what has to hold ---- */

static bool host_lives(const struct seat_host *h)
{
	return h->lives;
}

static bool runs_nowhere(const struct seat_host *h)
{
	return h->place == SEAT_NOWHERE;
}

static bool word_stands(const struct seat_host *h)
{
	return h->stands;
}

static bool unit_is_listed(const struct seat_host *h)
{
	return h->unit[0] && h->listed;
}

static bool front_is_known(const struct seat_host *h)
{
	return h->known;
}

static bool front_is_local(const struct seat_host *h)
{
	return h->is_local;
}

static bool front_is_greeter(const struct seat_host *h)
{
	return h->is_greeter;
}

static bool front_is_locked(const struct seat_host *h)
{
	return h->is_locked;
}

static bool peer_is_there(const struct seat_host *h)
{
	return h->has_peer;
}

#define OF(word) (1u << (word))
#define ALL ~0u

static const struct {
	unsigned words;
	bool (*holds)(const struct seat_host *h);
	const char *why; /* where it does not */
} rules[] = {
	{ ALL, host_lives, "the program that asked has ended" },
	{ ALL, runs_nowhere, "the program runs in a session of its own" },
	{ ALL, word_stands,
		"seat= does not stand in the service's own PAM file" },
	{ OF(SEAT_GREETER), unit_is_listed,
		"the program's unit is not among greeter_units" },
	{ OF(SEAT_GREETER), front_is_known,
		"no session is in front at the first seat" },
	{ OF(SEAT_GREETER), front_is_local,
		"the session in front comes over the network" },
	{ OF(SEAT_GREETER), front_is_greeter,
		"the session in front is no greeter" },
	{ OF(SEAT_UNLOCK), front_is_known,
		"no session of the user is in front at a seat" },
	{ OF(SEAT_UNLOCK), front_is_local,
		"the session in front comes over the network" },
	{ OF(SEAT_UNLOCK), front_is_locked, "the session is not locked" },
	{ OF(SEAT_PEER), peer_is_there,
		"nobody is at the other end of a socket" },
};

const char *seat_judge_word(enum seat_word word, const struct seat_host *host)
{
	size_t i;

	if (word >= SEAT_WORDS)
		return "seat= has no such word";
	for (i = 0; i < ARRAY_LEN(rules); i++)
		if ((rules[i].words & OF(word)) && !rules[i].holds(host))
			return rules[i].why;
	return word == SEAT_PEER ? seat_judge(&host->peer) : NULL;
}

/* ---- the service's own file ---- */

/* "/lib/security/pam_tokenbridge.so" is, "xpam_tokenbridge.so" is not. */
static bool is_module(const char *word)
{
	const char *slash = strrchr(word, '/');

	return strcmp(slash ? slash + 1 : word, MODULE) == 0;
}

/* TYPE CONTROL MODULE ARGUMENT... */
static bool line_says(char *line, const char *word)
{
	const char *module, *w;

	(void)pam_text_word(&line);
	(void)pam_text_word(&line);
	module = pam_text_word(&line);
	if (!module || !is_module(module))
		return false;
	while ((w = pam_text_word(&line)))
		if (strcmp(w, word) == 0)
			return true;
	return false;
}

/* In one that libpam cuts in two it does not stand as it seems to. */
static bool take_says(struct pam_text *t, const char *p, size_t n,
	const char *word)
{
	bool cut;

	if (!pam_text_take(t, p, n, 1))
		return false;
	cut = t->cut;
	return line_says(pam_text_end(t), word) && !cut;
}

bool seat_file_says(const char *p, size_t n, enum seat_word word)
{
	CLEANUP(free_p) char *room = malloc(n + 2);
	struct pam_text t = { .begin = room, .to = room };
	char wanted[32];
	bool says = false;
	size_t len;

	if (!room || word >= SEAT_WORDS || memchr(p, 0, n))
		return false;
	snprintf(wanted, sizeof(wanted), "seat=%s", words[word]);
	for (; !says && n > 0; p += len, n -= len) {
		const char *end = memchr(p, '\n', n);

		len = end ? (size_t)(end - p) + 1 : n;
		says = take_says(&t, p, len, wanted);
	}
	return says;
}
