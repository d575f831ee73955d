/* SPDX-License-Identifier: Apache-2.0 */
/* Nobody follows, and nobody is there to be asked. */
#include "bridge/run/run.h"

static int nobody_answers(struct error *err)
{
	return error_set(err, ERROR_PIN,
		"one of many accounts is worked on, and nobody can be asked");
}

static void nobody_say(void *self, enum run_tone tone, const char *text)
{
	(void)self;
	(void)tone;
	(void)text;
}

static int nobody_secret(void *self, enum run_secret which, const char *of,
	const char *prompt, struct secret *ret, struct error *err)
{
	(void)self;
	(void)which;
	(void)of;
	(void)prompt;
	(void)ret;
	return nobody_answers(err);
}

static void nobody_forget(void *self)
{
	(void)self;
}

static int nobody_text(void *self, const char *prompt, char *ret, size_t size,
	struct error *err)
{
	(void)self;
	(void)prompt;
	(void)ret;
	(void)size;
	return nobody_answers(err);
}

static int nobody_codes(void *self, const struct run_codes *q,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err)
{
	(void)self;
	(void)q;
	(void)ret_first;
	(void)ret_second;
	return nobody_answers(err);
}

static int nobody_looks(void *self, struct error *err)
{
	(void)self;
	return nobody_answers(err);
}

static int nobody_confirms(void *self, const char *question, bool *ret_yes,
	struct error *err)
{
	(void)self;
	(void)question;
	*ret_yes = false;
	(void)err;
	return 0;
}

static int nobody_reads(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *err)
{
	(void)self;
	(void)object;
	(void)text;
	(void)ret_closed;
	(void)err;
	return 0;
}

const struct people run_nobody = {
	.say = nobody_say,
	.ask_secret = nobody_secret,
	.forget_secrets = nobody_forget,
	.ask_text = nobody_text,
	.ask_codes = nobody_codes,
	.check_eyes = nobody_looks,
	.confirm = nobody_confirms,
	.result = nobody_reads,
};
