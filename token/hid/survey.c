/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many tokens at once, a thread for each. The kernel's write to a node ends when
 * the token has taken the report, which takes as long as a report does, and 5 s
 * where it takes none: a loop over all of them would wait for each in turn.
 */
#include "token/hid/survey.h"

#include "base/random.h"
#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define GET_INFO 0x04     /* CTAP 2.1 section 6.4 */
#define BUSY_MS 100       /* after which a token that was busy is asked again */
#define TRIES 2           /* more, after an error */
#define STOP_MS 400       /* behind the deadline: to tell a token to stop */
#define STACK (256 * 1024)

void survey_init(struct survey *s)
{
	memset(s, 0, sizeof(*s));
	s->hid.fd = -1;
	buf_init(&s->get_info, HID_MESSAGE_MAX);
}

void survey_done(struct survey *s)
{
	hid_done(&s->hid);
	buf_done(&s->get_info);
}

/* ---- one token ---- */

/* Page by page; a token that does not know the command has none. What makes no
 * sense is told, and no reason not to use the token: nothing rests on it that is
 * not proved otherwise. */
static int read_config(struct survey *s)
{
	CLEANUP(buf_done) struct buf reply;
	struct devinfo info = { 0 };
	uint8_t page = 0;
	int r;

	buf_init(&reply, HID_MESSAGE_MAX);
	do {
		r = hid_transact(&s->hid, HID_YUBICO_READ_CONFIG, &page, 1,
			&reply, &s->error);
		if (r == -ERROR_UNSUPPORTED && page == 0)
			return 0;
		if (r < 0)
			return r;
		if (devinfo_parse(reply.p, reply.n, &info, &s->error) < 0) {
			snprintf(s->devinfo.unreadable,
				sizeof(s->devinfo.unreadable), "%.95s",
				s->error.text);
			return 0;
		}
	} while (info.more && ++page < DEVINFO_PAGES_MAX);
	s->devinfo = info;
	return 0;
}

static int ask_once(struct survey *s, const unsigned char nonce[HID_NONCE])
{
	static const unsigned char command = GET_INFO;
	int r;

	r = hid_init(&s->hid, nonce, &s->error);
	if (s->brief)
		return r;
	if (r == 0 && s->config)
		r = read_config(s);
	if (r == 0 && (s->hid.capabilities & HID_CAP_CBOR))
		r = hid_transact(&s->hid, HID_CBOR, &command, 1, &s->get_info,
			&s->error);
	return r;
}

/* A process that was killed may have left the token in the middle of its
 * command: that ends by itself. Another CTAPHID error is as of a report that
 * came too late, and is believed when it comes again. */
static bool is_asked_again(int r, unsigned *tries)
{
	return r == -ERROR_BUSY || (r == -ERROR_FAILED && (*tries)++ < TRIES);
}

static void ask(struct survey *s, const unsigned char nonce[HID_NONCE])
{
	unsigned tries = 0;
	int r;

	while (is_asked_again(r = ask_once(s, nonce), &tries) &&
		deadline_left(s->hid.until) > 2 * BUSY_MS)
		if (deadline_sleep(deadline_in(BUSY_MS), s->hid.cancel_fd)) {
			error_set(&s->error, ERROR_INTERRUPTED, "interrupted");
			return;
		}
	if (r == 0)
		s->error.code = 0;
}

/* ---- a thread for each ---- */

/* What a thread works on: its own, for it may have to be left behind. */
struct interview {
	struct survey survey;
	unsigned char nonce[HID_NONCE];
	pthread_t thread;
};

static void *run_interview(void *arg)
{
	struct interview *i = arg;

	ask(&i->survey, i->nonce);
	return NULL;
}

/* Takes over *s. NULL: there is none; *s says why, or was not to be asked. */
static struct interview *interview_start(struct survey *s)
{
	struct interview *i;

	if (s->error.code)
		return NULL;
	i = calloc(1, sizeof(*i));
	if (!i) {
		error_memory(&s->error);
		return NULL;
	}
	if (random_bytes(i->nonce, sizeof(i->nonce), &s->error) < 0) {
		free(i);
		return NULL;
	}
	i->survey = *s;
	if (thread_start(&i->thread, run_interview, i, STACK) == 0)
		return i;
	free(i);
	error_set(&s->error, ERROR_FAILED, "no thread for '%s'", s->hid.path);
	return NULL;
}

static bool join_until(pthread_t thread, deadline_t until)
{
	int left = deadline_left(until);
	struct timespec end;

	if (until == DEADLINE_NEVER)
		return pthread_join(thread, NULL) == 0;
	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += left / 1000;
	end.tv_nsec += left % 1000 * 1000000L;
	end.tv_sec += end.tv_nsec / 1000000000L;
	end.tv_nsec %= 1000000000L;
	return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &end) == 0;
}

/* One that is stuck in the kernel keeps its memory and its descriptor: the
 * program's end is that of it, too. */
static void interview_end(struct interview *i, struct survey *s,
	deadline_t until)
{
	if (join_until(i->thread, until)) {
		*s = i->survey;
		free(i);
		return;
	}
	error_set(&s->error, ERROR_TIMEOUT,
		"the token at '%s' takes no report: it hangs; unplug it and "
		"plug it in again", s->hid.path);
	pthread_detach(i->thread);
	s->hid.fd = -1;
	buf_init(&s->get_info, HID_MESSAGE_MAX);
}

static int check_interrupted(const struct survey *list, size_t n,
	struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].error.code == ERROR_INTERRUPTED)
			return error_copy(err, &list[i].error);
	return 0;
}

static void ask_alone(struct survey *s)
{
	unsigned char nonce[HID_NONCE];

	if (s->error.code)
		return;
	if (random_bytes(nonce, sizeof(nonce), &s->error) == 0)
		ask(s, nonce);
}

int survey_run(struct survey *list, size_t n, int cancel_fd, deadline_t until,
	struct error *err)
{
	CLEANUP(free_p) struct interview **running = calloc(n + 1,
		sizeof(struct interview *));
	deadline_t end = until == DEADLINE_NEVER ? until : until + STOP_MS;
	size_t i;

	if (!running)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		list[i].hid.until = until;
		list[i].hid.cancel_fd = cancel_fd;
	}
	if (n == 1)
		ask_alone(&list[0]);
	for (i = 0; n > 1 && i < n; i++)
		running[i] = interview_start(&list[i]);
	for (i = 0; n > 1 && i < n; i++)
		if (running[i])
			interview_end(running[i], &list[i], end);
	return check_interrupted(list, n, err);
}
