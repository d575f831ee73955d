/* SPDX-License-Identifier: Apache-2.0 */
/* A setup with its parts: a place, and somebody who answers by a script. */
#ifndef TESTS_SETUP_PARTS_H
#define TESTS_SETUP_PARTS_H

#include "bridge/setup/step.h"

#include "tests/unit/unit.h"

/* ---- somebody who answers ---- */

struct script {
	char heard[2048];
	const char *answers[4]; /* one after the other; NULL: nobody answers */
	size_t next;
	bool yes;
};

static UNUSED void note(struct script *s, const char *mark, const char *text)
{
	size_t n = strlen(s->heard);

	snprintf(s->heard + n, sizeof(s->heard) - n, "%s%s\n", mark, text);
}

static void script_say(void *self, enum run_tone tone, const char *text)
{
	note(self, tone == RUN_SAYS ? "" : "~ ", text);
}

static int script_ask_text(void *self, const char *prompt, char *ret,
	size_t size, struct error *e)
{
	struct script *s = self;
	const char *answer = s->answers[s->next++];

	note(s, "? ", prompt);
	if (!answer)
		return error_set(e, ERROR_INTERRUPTED, "nobody answers");
	snprintf(ret, size, "%s", answer);
	return 0;
}

static int script_confirm(void *self, const char *question, bool *ret_yes,
	struct error *e)
{
	(void)e;
	note(self, "? ", question);
	*ret_yes = ((struct script *)self)->yes;
	return 0;
}

static const struct people script_people = {
	.say = script_say,
	.ask_text = script_ask_text,
	.confirm = script_confirm,
};

/* A setup with its parts; the registry's folder is the place. */
struct bench {
	char place[64];
	struct script script;
	struct run run;
	struct setup_request q;
	struct setup_result result;
	struct setup s;
};

static UNUSED void open_bench(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	enter_place(b->place);
	b->run = (struct run){ .people = &script_people, .self = &b->script,
		.cancel_fd = -1 };
	b->q.metadata = (struct metadata_request){ .source = "/absent.jwt" };
	b->s = (struct setup){ .run = &b->run, .q = &b->q,
		.result = &b->result };
}

static UNUSED void close_bench(struct bench *b)
{
	setup_result_done(&b->result);
	assert_null(b->result.rows);
	assert_int_equal(b->result.n, 0);
	leave_place(b->place);
}

static UNUSED const struct setup_row *last(const struct bench *b)
{
	assert_true(b->result.n > 0);
	return &b->result.rows[b->result.n - 1];
}

#define ROW(b, want_state, want_step, words)                                   \
	do {                                                                   \
		assert_string_equal(setup_state_name(last(b)->state),          \
			setup_state_name(want_state));                         \
		assert_string_equal(last(b)->step, want_step);                 \
		if (!strstr(last(b)->text, words))                             \
			fail_msg("'%s' does not say '%s'", last(b)->text,      \
				words);                                        \
	} while (0)

#endif
