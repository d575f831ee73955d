/* SPDX-License-Identifier: Apache-2.0 */
/* Running what prints keys. */
#include "aws/source/program.h"

#include "aws/keys/answer.h"
#include "base/capture.h"
#include "base/shell.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define PROGRAM_SECONDS 60 /* a person may be asked for a code in it */
#define WORDS_MAX 4096

/* The last line that is not blank: where programs say what went wrong. */
static void last_line(struct buf *b, char *ret, size_t size)
{
	const char *text = buf_str(b), *line = "";
	size_t n = 0, len;

	while (*text) {
		len = strcspn(text, "\r\n");
		if (strspn(text, " \t") < len) {
			line = text;
			n = len;
		}
		text += len + strspn(text + len, "\r\n");
	}
	snprintf(ret, size, "%.*s", (int)n, line);
}

static int say_failure(const struct source_request *q, const char *whose,
	program_advice_fn *advise, int status, struct buf *words,
	struct error *err)
{
	char line[300], advice[400] = "", how[40];

	last_line(words, line, sizeof(line));
	if (advise)
		advise(q, buf_str(words), true, advice, sizeof(advice));
	if (WIFEXITED(status))
		snprintf(how, sizeof(how), "ended with status %d",
			WEXITSTATUS(status));
	else
		snprintf(how, sizeof(how), "was ended by signal %d",
			WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return error_set(err, ERROR_FAILED, "%s %s%s%s%s%s%s", whose, how,
		line[0] ? ": '" : "", line, line[0] ? "'" : "",
		advice[0] ? ": " : "", advice);
}

/* Where it did not run, or did not end: under the setting's name. */
static int say_trouble(const struct source_request *q, const char *argv0,
	const char *whose, program_advice_fn *advise, const struct error *why,
	struct error *err)
{
	char advice[400] = "";

	if (why->code == ERROR_INTERRUPTED)
		return error_copy(err, why);
	if (why->code == ERROR_TIMEOUT && !deadline_passed(q->until))
		return error_set(err, ERROR_TIMEOUT, "%s: '%.200s' did not end "
			"within %d s: run it by hand, and see what it waits "
			"for", whose, argv0, PROGRAM_SECONDS);
	if (advise && why->code == ERROR_UNSUPPORTED)
		advise(q, "", false, advice, sizeof(advice));
	return error_set(err, why->code, "%s: %s%s%s", whose, why->text,
		advice[0] ? ": " : "", advice);
}

char *program_aws_line(const struct config_profile *p, const char *verb,
	const char *noun)
{
	const char *words[] = { "aws", verb, noun ? noun : "--profile",
		noun ? "--profile" : p->name, noun ? p->name : NULL, NULL };

	return shell_line(words);
}

int program_ask(const struct source_request *q, char *const *argv,
	const char *whose, program_advice_fn *advise,
	struct aws_credentials *ret, struct error *err)
{
	const struct capture c = { .argv = argv, .words_max = WORDS_MAX,
		.cancel_fd = q->cancel_fd,
		.until = deadline_min(q->until,
			deadline_in(PROGRAM_SECONDS * 1000)) };
	CLEANUP(buf_done) struct buf out;
	CLEANUP(buf_done) struct buf words;
	struct error why;
	int status = 0, r;

	buf_init(&out, ANSWER_MAX);
	r = capture_run(&c, &out, &words, &status, &why);
	if (r < 0)
		return say_trouble(q, argv[0], whose, advise, &why, err);
	if (status != 0)
		return say_failure(q, whose, advise, status, &words, err);
	r = answer_parse(ANSWER_PROCESS, out.p, out.n, whose, ret, err);
	return r < 0 ? r : answer_check_time(ret, time(NULL), err);
}
