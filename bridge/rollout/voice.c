/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of one key among several: with its port and its person. */
#include "bridge/rollout/session.h"

#include "base/text.h"

#include <stdlib.h>

static void voice_say(void *self, enum run_tone tone, const char *text)
{
	const struct voice *v = self;

	if (tone == RUN_WARNS)
		run_warn(v->inner, "%s%s", v->words, text);
	else if (tone == RUN_PROGRESS)
		run_progress(v->inner, "%s%s", v->words, text);
	else if (tone == RUN_WAITS)
		run_waits(v->inner, "%s%s", v->words, text);
	else if (tone == RUN_STEPS)
		v->inner->people->say(v->inner->self, tone, text);
	else
		run_say(v->inner, "%s%s", v->words, text);
}

static int voice_ask_secret(void *self, enum run_secret which, const char *of,
	const char *prompt, struct secret *ret, struct error *err)
{
	const struct voice *v = self;
	CLEANUP(free_p) char *text = text_format("%s%s", v->words, prompt);

	return run_ask_secret(v->inner, which, of, text ? text : prompt, ret,
		err);
}

static void voice_forget_secrets(void *self)
{
	const struct voice *v = self;

	run_forget_secrets(v->inner);
}

static int voice_ask_text(void *self, const char *prompt, char *ret,
	size_t size, struct error *err)
{
	const struct voice *v = self;

	return run_ask_text(v->inner, prompt, ret, size, err);
}

static int voice_ask_codes(void *self, const struct run_codes *q,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err)
{
	const struct voice *v = self;

	return run_ask_codes(v->inner, q, ret_first, ret_second, err);
}

static int voice_check_eyes(void *self, struct error *err)
{
	const struct voice *v = self;

	return run_check_eyes(v->inner, err);
}

static int voice_confirm(void *self, const char *question, bool *ret_yes,
	struct error *err)
{
	const struct voice *v = self;

	return run_confirm(v->inner, question, ret_yes, err);
}

static int voice_result(void *self, json_t *object, const char *text,
	bool *ret_closed, struct error *err)
{
	const struct voice *v = self;

	return run_result(v->inner, object, text, ret_closed, err);
}

struct run voice_run(struct voice *v)
{
	static const struct people people = {
		.say = voice_say,
		.ask_secret = voice_ask_secret,
		.forget_secrets = voice_forget_secrets,
		.ask_text = voice_ask_text,
		.ask_codes = voice_ask_codes,
		.check_eyes = voice_check_eyes,
		.confirm = voice_confirm,
		.result = voice_result,
	};
	struct run run = *v->inner;

	run.people = &people;
	run.self = v;
	return run;
}
