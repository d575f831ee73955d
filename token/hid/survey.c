/* SPDX-License-Identifier: Apache-2.0 */
/* Many tokens in one loop. */
#include "token/hid/survey.h"

#include <errno.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define GET_INFO 0x04 /* CTAP 2.1 section 6.4 */
#define BUSY_MS 100   /* after which a token that was busy is asked again */

void survey_init(struct survey *s)
{
	memset(s, 0, sizeof(*s));
	s->hid.fd = -1;
	buf_init(&s->get_info, HID_MESSAGE_MAX);
	buf_init(&s->reply, HID_MESSAGE_MAX);
	s->again = DEADLINE_NEVER;
}

void survey_done(struct survey *s)
{
	hid_done(&s->hid);
	buf_done(&s->get_info);
	buf_done(&s->reply);
}

/* ---- the questions ---- */

static int ask(struct survey *s, uint32_t cid, uint8_t command, const void *p,
	size_t n)
{
	s->in = hid_receive_begin(cid, command, &s->reply);
	return hid_send(&s->hid, cid, command, p, n, &s->error);
}

static int ask_init(struct survey *s)
{
	if (RAND_bytes(s->nonce, sizeof(s->nonce)) != 1)
		return error_set(&s->error, ERROR_FAILED, "no random numbers");
	return ask(s, HID_BROADCAST, HID_INIT, s->nonce, sizeof(s->nonce));
}

static int ask_config(struct survey *s)
{
	return ask(s, s->hid.cid, HID_YUBICO_READ_CONFIG, &s->page, 1);
}

static int ask_get_info(struct survey *s)
{
	static const unsigned char command = GET_INFO;

	return ask(s, s->hid.cid, HID_CBOR, &command, 1);
}

/* ---- the answers: 1 where the step is over, 0 where it is asked again ---- */

static int take_init(struct survey *s)
{
	int r = hid_take_init(&s->hid, &s->reply, s->nonce, &s->error);

	if (r == 0) /* another's: ours is still to come */
		s->in = hid_receive_begin(HID_BROADCAST, HID_INIT, &s->reply);
	return r;
}

static int take_config(struct survey *s)
{
	int r = devinfo_parse(s->reply.p, s->reply.n, &s->devinfo, &s->error);

	if (r < 0 || !s->devinfo.more || ++s->page >= DEVINFO_PAGES_MAX)
		return r < 0 ? r : 1;
	return ask_config(s);
}

static int take_get_info(struct survey *s)
{
	buf_reset(&s->get_info);
	buf_put(&s->get_info, s->reply.p, s->reply.n);
	return buf_check(&s->get_info, "getInfo", &s->error) < 0 ?
		-s->error.code : 1;
}

static bool always(const struct survey *s)
{
	(void)s;
	return true;
}

static bool wants_config(const struct survey *s)
{
	return s->config;
}

static bool has_cbor(const struct survey *s)
{
	return s->hid.capabilities & HID_CAP_CBOR;
}

static const struct step {
	bool (*is_due)(const struct survey *s);
	int (*ask)(struct survey *s);
	int (*take)(struct survey *s);
} steps[] = {
	[SURVEY_INIT] = { always, ask_init, take_init },
	[SURVEY_CONFIG] = { wants_config, ask_config, take_config },
	[SURVEY_GET_INFO] = { has_cbor, ask_get_info, take_get_info },
};

/* ---- one token's turn ---- */

/* Asks what is due from this step on. */
static int go_on(struct survey *s, enum survey_step from)
{
	for (s->step = from; s->step < SURVEY_DONE; s->step++)
		if (steps[s->step].is_due(s))
			return steps[s->step].ask(s);
	return 0;
}

static void begin(struct survey *s)
{
	memset(&s->error, 0, sizeof(s->error));
	memset(&s->devinfo, 0, sizeof(s->devinfo));
	s->page = 0;
	s->again = DEADLINE_NEVER;
	(void)go_on(s, SURVEY_INIT);
}

/* What the token refuses: some of it is no failure. */
static void settle(struct survey *s)
{
	if (s->error.code == ERROR_BUSY) {
		/* a process that was killed may have left it in the middle of
		 * its command: that ends by itself */
		s->again = deadline_in(BUSY_MS);
	} else if (s->error.code == ERROR_UNSUPPORTED &&
		s->step == SURVEY_CONFIG && s->page == 0) {
		memset(&s->error, 0, sizeof(s->error));
		(void)go_on(s, SURVEY_GET_INFO);
	}
}

static void take_report(struct survey *s)
{
	unsigned char report[HID_REPORT];
	int r;

	r = hid_read(&s->hid, report, &s->error);
	if (r == 0)
		r = hid_receive_next(&s->in, report, s->hid.path, &s->error);
	if (r > 0)
		r = steps[s->step].take(s);
	if (r > 0)
		r = go_on(s, s->step + 1);
	if (r < 0)
		settle(s);
}

/* ---- the loop ---- */

static bool is_waiting(const struct survey *s)
{
	return s->again != DEADLINE_NEVER;
}

static bool is_asked(const struct survey *s)
{
	return s->error.code == 0 && s->step != SURVEY_DONE;
}

struct loop {
	struct survey *list;
	size_t n;
	struct pollfd *fds; /* n, and the cancel descriptor's */
	deadline_t until;
};

/* Whether there is anything to wait for; *ret_wake: until when. */
static bool set_up_poll(struct loop *l, deadline_t *ret_wake)
{
	bool any = false;
	size_t i;

	*ret_wake = l->until;
	for (i = 0; i < l->n; i++) {
		const struct survey *s = &l->list[i];

		l->fds[i].fd = is_asked(s) ? s->hid.fd : -1;
		any = any || is_asked(s) || is_waiting(s);
		*ret_wake = deadline_min(*ret_wake, s->again);
	}
	return any;
}

static void turn(struct loop *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		struct survey *s = &l->list[i];

		if (l->fds[i].fd >= 0 && l->fds[i].revents)
			take_report(s);
		else if (is_waiting(s) && deadline_passed(s->again))
			begin(s);
	}
}

/* Those that have not answered by now. */
static void give_up(struct loop *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!is_asked(&l->list[i]))
			continue;
		hid_cancel(&l->list[i].hid);
		hid_late(&l->list[i].hid, false, &l->list[i].error);
	}
}

static int follow(struct loop *l, struct error *err)
{
	deadline_t wake;
	int r;

	while (set_up_poll(l, &wake)) {
		do {
			r = poll(l->fds, l->n + 1, deadline_left(wake));
		} while (r < 0 && errno == EINTR);
		if (r > 0 && l->fds[l->n].revents) {
			give_up(l);
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		}
		if (r > 0 || !deadline_passed(l->until))
			turn(l);
		if (deadline_passed(l->until))
			break;
	}
	give_up(l);
	return 0;
}

int survey_run(struct survey *list, size_t n, int cancel_fd, deadline_t until,
	struct error *err)
{
	CLEANUP(free_p) struct pollfd *fds = calloc(n + 1, sizeof(*fds));
	struct loop l = { list, n, fds, until };
	size_t i;

	if (!fds)
		return error_memory(err);
	for (i = 0; i < n; i++) {
		fds[i].events = POLLIN;
		list[i].step = SURVEY_DONE;
		list[i].hid.until = until;
		if (list[i].error.code == 0)
			begin(&list[i]);
	}
	fds[n] = (struct pollfd){ .fd = cancel_fd, .events = POLLIN };
	return follow(&l, err);
}
