/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks, and from where: which questions are looked into at all. */
#include "bridge/login/auth/admission.h"

#include "base/paths.h"
#include "base/process.h"
#include "base/utf8.h"
#include "bridge/login/open.h"
#include "bridge/login/peer/limit.h"
#include "bridge/login/seat/word.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_MS 5000 /* for NSS, before anything was asked for */
#define ATTEMPTS PATH_RUN "/attempts"

void auth_say(struct auth *a, const char *text)
{
	snprintf(a->answer.text, sizeof(a->answer.text), "%.*s",
		LOGIN_ITEM_LEN - 1, text);
	utf8_sanitise(a->answer.text);
}

enum login_result auth_refuse(struct auth *a, enum login_result result,
	const struct error *why)
{
	auth_say(a, why->text);
	return result;
}

bool auth_is_for_himself(const struct auth *a)
{
	return a->peer.uid != 0;
}

/*
 * Real root too: a child with a user's real uid can be killed by that user. That
 * others than root ask is for systemd's socket alone: a line that they have made
 * may have been handed to a program of root's.
 */
enum login_result auth_take_root(struct auth *a)
{
	if (peer_look(PROCESS_BARE_FD, &a->peer) &&
		(a->peer.uid == 0 || a->peer.called) &&
		setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0)
		return LOGIN_READY;
	auth_say(a, "the caller is not root");
	return LOGIN_NOT_ROOT;
}

/* Numbers that are nobody's (of containers) share one count. */
static enum login_result take_turn(struct auth *a, bool known)
{
	struct error e;
	int r = limit_take(ATTEMPTS, known ? a->peer.uid : (uid_t)-1, &a->turn,
		&e);

	if (r < 0)
		return auth_refuse(a, LOGIN_FAILED, &e);
	a->quiet = r == LIMIT_STANDS;
	if (r == LIMIT_FREE)
		return LOGIN_READY;
	auth_say(a, "the user's programs have asked too often");
	return LOGIN_TOO_OFTEN;
}

/* Who is not root: all that can be known of him without reading a byte. */
enum login_result auth_admit_user(struct auth *a)
{
	const struct who_asked asked = { .uid = a->peer.uid };
	struct error e = { 0 };
	enum login_result result = who_look(&asked, deadline_in(NAME_MS),
		&a->who, &e), turn;

	turn = take_turn(a, result == LOGIN_READY);
	if (turn != LOGIN_READY)
		return turn;
	return result == LOGIN_READY ? result : auth_refuse(a, result, &e);
}

enum login_result auth_check_claims(struct auth *a)
{
	struct error e;
	bool listed = false;

	login_request_distrust(&a->q);
	if (login_lists_locker(a->q.service, &listed, &e) < 0)
		return auth_refuse(a, LOGIN_FAILED, &e);
	if (listed)
		return LOGIN_READY;
	auth_say(a, "the service is not among locker_services");
	return LOGIN_NOT_LISTED;
}

/* By whichever of his tokens. */
static bool always_needs_pin(const struct auth *a)
{
	size_t i;

	if (a->q.flags & LOGIN_VERIFY)
		return true;
	for (i = 0; i < a->credentials.n; i++)
		if (!a->credentials.p[i].verify_required)
			return false;
	return a->credentials.n > 0;
}

static const char *why_not_by_word(const struct auth *a, enum seat_word word)
{
	struct seat_host host;

	seat_look_host(word, a->peer.pid, a->peer.fd, a->who.user.uid, &host);
	host.stands = seat_service_says(a->q.service, word);
	if (word == SEAT_GREETER &&
		login_lists_unit(host.unit, &host.listed, NULL) < 0)
		host.listed = false;
	return seat_judge_word(word, &host);
}

/* What the line says of the service counts where its program has no session. */
static const char *why_not_by_line(const struct auth *a, const char *why)
{
	static const struct {
		enum login_flag flag;
		enum seat_word word;
	} rows[] = {
		{ LOGIN_SEAT_GREETER, SEAT_GREETER },
		{ LOGIN_SEAT_PEER, SEAT_PEER },
		{ LOGIN_SEAT_UNLOCK, SEAT_UNLOCK },
	};
	size_t i;

	for (i = 0; why && i < ARRAY_LEN(rows); i++)
		if (a->q.flags & (uint32_t)rows[i].flag)
			why = why_not_by_word(a, rows[i].word);
	return why;
}

/* NULL where the person is known to be at this machine. */
static const char *why_not_here(const struct auth *a)
{
	struct seat_facts facts;
	const char *why;

	if (auth_is_for_himself(a)) {
		seat_look_user(a->peer.uid, &facts);
		return seat_judge(&facts);
	}
	if (a->q.remote_host[0] || strcmp(a->q.service, "sshd") == 0)
		return "the login comes over the network";
	seat_look(a->peer.pid, a->peer.fd, &facts);
	why = seat_judge(&facts);
	return why && facts.place == SEAT_NOWHERE ? why_not_by_line(a, why) :
						    why;
}

enum login_result auth_check_place(struct auth *a)
{
	const char *why = why_not_here(a);

	a->from_afar = why != NULL;
	if (!why || ((a->q.flags & LOGIN_REMOTE_ALLOWED) &&
			     !always_needs_pin(a)))
		return LOGIN_READY;
	auth_say(a, a->q.flags & LOGIN_REMOTE_ALLOWED ?
		"a PIN is never asked for from afar" : why);
	return LOGIN_NOT_LOCAL;
}
