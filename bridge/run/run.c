/* SPDX-License-Identifier: Apache-2.0 */
/* What every act carries. */
#include "bridge/run/run.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void speak(const struct run *run, enum run_tone tone, const char *fmt,
	va_list ap)
{
	CLEANUP(free_p) char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	run->people->say(run->self, tone, text ? text : fmt);
}

void run_say(const struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(run, RUN_SAYS, fmt, ap);
	va_end(ap);
}

void run_warn(const struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(run, RUN_WARNS, fmt, ap);
	va_end(ap);
}

void run_progress(const struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(run, RUN_PROGRESS, fmt, ap);
	va_end(ap);
}

void run_waits(const struct run *run, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(run, RUN_WAITS, fmt, ap);
	va_end(ap);
}

static void speak_of(const struct run *run, enum run_tone tone,
	const char *fmt, ...) PRINTF(3, 4);
static void speak_of(const struct run *run, enum run_tone tone,
	const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	speak(run, tone, fmt, ap);
	va_end(ap);
}

void run_step(const struct run *run, unsigned number, const char *text)
{
	speak_of(run, RUN_STEPS, "%2u. %s", number, text);
}

int run_ask_secret(const struct run *run, enum run_secret which,
	const char *of, const char *prompt, struct secret *ret,
	struct error *err)
{
	return run->people->ask_secret(run->self, which, of, prompt, ret, err);
}

int run_show_secret(const struct run *run, const char *title,
	const struct secret *secret, struct error *err)
{
	if (!run->people->show_secret)
		return error_set(err, ERROR_PIN,
			"there is no terminal to show it on");
	return run->people->show_secret(run->self, title, secret, err);
}

bool run_is_code(const char *s)
{
	return strlen(s) == RUN_CODE_LEN - 1 &&
		text_is_digits(s, RUN_CODE_LEN - 1);
}

void run_forget_secrets(const struct run *run)
{
	run->people->forget_secrets(run->self);
}

int run_ask_text(const struct run *run, const char *prompt, char *ret,
	size_t size, struct error *err)
{
	return run->people->ask_text(run->self, prompt, ret, size, err);
}

int run_ask_codes(const struct run *run, const struct run_codes *q,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err)
{
	return run->people->ask_codes(run->self, q, ret_first, ret_second,
		err);
}

int run_check_eyes(const struct run *run, struct error *err)
{
	return run->people->check_eyes(run->self, err);
}

int run_confirm(const struct run *run, const char *question, bool *ret_yes,
	struct error *err)
{
	return run->people->confirm(run->self, question, ret_yes, err);
}

int run_result(const struct run *run, json_t *object, const char *text,
	bool *ret_closed, struct error *err)
{
	return run->people->result(run->self, object, text, ret_closed, err);
}

deadline_t run_touch_deadline(const struct run *run)
{
	return deadline_in(run->touch_ms);
}

int run_pause(const struct run *run, int64_t ms, struct error *err)
{
	if (deadline_sleep(deadline_in(ms), run->cancel_fd))
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	return 0;
}
