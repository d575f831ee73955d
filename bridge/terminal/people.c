/* SPDX-License-Identifier: Apache-2.0 */
/* The people at a terminal. */
#include "bridge/terminal/people.h"

#include "base/text.h"
#include "bridge/terminal/screen/codes.h"
#include "bridge/terminal/screen/screen.h"
#include "bridge/terminal/ui.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define STEP_INDENT 4 /* of a step's later lines: behind "12. " */

static void terminal_say(void *self, enum run_tone tone, const char *text)
{
	(void)self;
	if (tone == RUN_PROGRESS)
		ui_progress(text);
	else if (tone == RUN_WAITS)
		ui_waits(text);
	else if (tone == RUN_WARNS)
		ui_warn("%s", text);
	else if (tone == RUN_STEPS)
		ui_say_wrapped(STEP_INDENT, text);
	else
		ui_say("%s", text);
}

static int terminal_ask_secret(void *self, enum run_secret which,
	const char *of, const char *prompt, struct secret *ret,
	struct error *err)
{
	struct terminal *t = self;

	if (t->script[which].fd >= 0)
		return script_secret(&t->script[which], of, ret, err);
	ui_end_progress();
	return ui_ask_secret(prompt, t->cancel_fd, ret, err);
}

static int terminal_show_secret(void *self, const char *title,
	const struct secret *secret, struct error *err)
{
	const struct terminal *t = self;

	return ui_show_secret(title, secret, t->cancel_fd, err);
}

static void terminal_forget_secrets(void *self)
{
	struct terminal *t = self;

	size_t i;

	for (i = 0; i < RUN_SECRETS; i++)
		script_forget(&t->script[i]);
}

static int terminal_ask_text(void *self, const char *prompt, char *ret,
	size_t size, struct error *err)
{
	const struct terminal *t = self;

	ui_end_progress();
	return ui_ask_text(prompt, t->cancel_fd, ret, size, err);
}

static int terminal_ask_codes(void *self, const struct run_codes *q,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err)
{
	const struct terminal *t = self;

	if (t->codes_fd >= 0)
		return codes_read(q, t->codes_fd, ret_first, ret_second, err);
	ui_end_progress();
	return codes_ask(q, t->cancel_fd, ret_first, ret_second, err);
}

static int terminal_check_eyes(void *self, struct error *err)
{
	(void)self;
	return screen_check(err);
}

static int terminal_confirm(void *self, const char *question, bool *ret_yes,
	struct error *err)
{
	const struct terminal *t = self;

	ui_end_progress();
	return ui_confirm(question, t->cancel_fd, ret_yes, err);
}

/*
 * Not through stdio: a reader that is gone is no error here, and a run that is
 * broken off does not wait for one that has stopped reading; what can be
 * written at once still is, as the last word of a run is a result too.
 */
static int put_line(const struct terminal *t, const char *line,
	bool *ret_closed, struct error *err)
{
	struct pollfd fds[2] = {
		{ .fd = STDOUT_FILENO, .events = POLLOUT },
		{ .fd = t->cancel_fd, .events = POLLIN },
	};
	size_t left = strlen(line);
	ssize_t n;

	while (left > 0) {
		n = poll(fds, 2, -1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot wait for standard output");
		if (!fds[0].revents)
			return error_set(err, ERROR_INTERRUPTED, "interrupted");
		/* that much never blocks where poll says so: pipe(7) */
		n = write(STDOUT_FILENO, line, left < PIPE_BUF ? left :
			PIPE_BUF);
		if (n < 0 && errno == EPIPE) {
			*ret_closed = true;
			return 0;
		}
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return error_errno(err, ERROR_FAILED, errno,
				"cannot write to standard output");
		line += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* The text as people read it; NULL: no memory. */
static char *shown_lines(const char *text)
{
	CLEANUP(free_p) char *lines = NULL;
	size_t n;
	FILE *f = open_memstream(&lines, &n);

	if (!f)
		return NULL;
	ui_write_lines(f, text);
	return fclose(f) == 0 ? steal(&lines) : NULL;
}

static int terminal_result(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *err)
{
	const struct terminal *t = self;
	CLEANUP(free_p) char *json = NULL;
	CLEANUP(free_p) char *lines = NULL;

	if (t->json ? !object : !text)
		return 0;
	if (t->json) {
		json = json_dumps(object, JSON_COMPACT);
		lines = json ? text_format("%s\n", json) : NULL;
	} else {
		lines = shown_lines(text);
	}
	return lines ? put_line(t, lines, ret_closed, err) : error_memory(err);
}

struct run terminal_run(struct terminal *t)
{
	static const struct people people = {
		.say = terminal_say,
		.ask_secret = terminal_ask_secret,
		.show_secret = terminal_show_secret,
		.forget_secrets = terminal_forget_secrets,
		.ask_text = terminal_ask_text,
		.ask_codes = terminal_ask_codes,
		.check_eyes = terminal_check_eyes,
		.confirm = terminal_confirm,
		.result = terminal_result,
	};

	return (struct run){
		.people = &people,
		.self = t,
		.scripted = {
			[RUN_PIN] = t->script[RUN_PIN].fd >= 0,
			[RUN_NEW_PIN] = t->script[RUN_NEW_PIN].fd >= 0,
			[RUN_OATH_PASSWORD] =
				t->script[RUN_OATH_PASSWORD].fd >= 0,
		},
		.cancel_fd = t->cancel_fd,
	};
}
