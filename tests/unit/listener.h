/* SPDX-License-Identifier: Apache-2.0 */
/* Who follows a run of a test: it notes what it hears, and answers what it was
 * told to. */
#ifndef TESTS_LISTENER_H
#define TESTS_LISTENER_H

#include "bridge/run/run.h"

#include <stdio.h>
#include <string.h>

struct listener {
	char heard[1024];
	bool yes;
};

static void script_say(void *self, enum run_tone tone, const char *text)
{
	static const char *const marks[] = {
		[RUN_SAYS] = "",
		[RUN_WARNS] = "! ",
		[RUN_PROGRESS] = ".. ",
		[RUN_WAITS] = "~ ",
		[RUN_STEPS] = "> ",
	};
	struct listener *s = self;
	size_t n = strlen(s->heard);

	snprintf(s->heard + n, sizeof(s->heard) - n, "%s%s\n", marks[tone],
		text);
}

static int script_ask_secret(void *self, enum run_secret which,
	const char *of, const char *prompt, struct secret *ret, struct error *e)
{
	(void)self;
	(void)which;
	(void)of;
	(void)prompt;
	(void)ret;
	return error_set(e, ERROR_PIN, "nobody is there");
}

static void script_forget_secrets(void *self)
{
	(void)self;
}

static int script_ask_text(void *self, const char *prompt, char *ret,
	size_t size, struct error *e)
{
	(void)self;
	(void)e;
	snprintf(ret, size, "%s", prompt);
	return 0;
}

static int script_ask_codes(void *self, const struct run_codes *q,
	char first[RUN_CODE_LEN], char second[RUN_CODE_LEN], struct error *e)
{
	(void)self;
	(void)q;
	(void)first;
	(void)second;
	return error_set(e, ERROR_USAGE, "nobody is there");
}

static int script_check_eyes(void *self, struct error *e)
{
	(void)self;
	return error_set(e, ERROR_USAGE, "nobody is there");
}

static int script_confirm(void *self, const char *question, bool *ret_yes,
	struct error *e)
{
	(void)question;
	(void)e;
	*ret_yes = ((struct listener *)self)->yes;
	return 0;
}

static int script_result(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *e)
{
	(void)object;
	(void)ret_closed;
	(void)e;
	script_say(self, RUN_SAYS, text);
	return 0;
}

static const struct people script_people = {
	script_say, script_ask_secret,
	script_forget_secrets, script_ask_text, script_ask_codes,
	script_check_eyes, script_confirm, script_result, NULL,
};

static struct run run_of(struct listener *s)
{
	return (struct run){ .people = &script_people, .self = s,
		.cancel_fd = -1 };
}

#endif
