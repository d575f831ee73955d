/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands in for AWS, tokens and people answers by the test's word: each
 * question is a letter, and one of them may fail.
 */
#ifndef TESTS_ASKED_H
#define TESTS_ASKED_H

#include "tests/unit/unit.h"

static char asked[128]; /* questions, a letter each */
/* What is answered to the question named so, from the nth on; 0: to none. */
static struct failing {
	char question;
	unsigned from, times; /* times 0: for ever */
	struct error error;
} failing;

static UNUSED int ask(char question, struct error *e)
{
	size_t n = strlen(asked);
	unsigned nth = 0;
	const char *p;

	assert_true(n + 1 < sizeof(asked));
	asked[n] = question;
	asked[n + 1] = '\0';
	for (p = asked; (p = strchr(p, question)); p++)
		nth++;
	if (question != failing.question || nth < failing.from ||
		(failing.times && nth >= failing.from + failing.times))
		return 0;
	return error_copy(e, &failing.error);
}

static UNUSED void fails_at(char question, int code, const char *foreign)
{
	failing = (struct failing){ .question = question, .from = 1 };
	error_set(&failing.error, code, "AWS says no");
	snprintf(failing.error.foreign, sizeof(failing.error.foreign), "%s",
		foreign);
}

static UNUSED void asked_is(const char *want)
{
	assert_string_equal(asked, want);
	asked[0] = '\0';
}

#endif
