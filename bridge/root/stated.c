/* SPDX-License-Identifier: Apache-2.0 */
/* A person's word. */
#include "bridge/root/stated.h"

#include "base/person.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TRIES 3

void stated_by(char ret[64])
{
	struct person p;
	uid_t uid = person_login_uid();

	if (person_by_uid(uid, &p, NULL) == 0)
		snprintf(ret, 64, "%.50s", p.name);
	else
		snprintf(ret, 64, "uid %u", (unsigned)uid);
}

static bool read_answer(const char *line, enum audit_answer *ret)
{
	static const struct {
		const char *word;
		enum audit_answer answer;
	} words[] = {
		{ "y", AUDIT_YES }, { "yes", AUDIT_YES },
		{ "n", AUDIT_NO }, { "no", AUDIT_NO },
		{ "?", AUDIT_NOT_KNOWN },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++)
		if (strcasecmp(line, words[i].word) == 0) {
			*ret = words[i].answer;
			return true;
		}
	return false;
}

int stated_ask(const struct run *run, const char *question,
	enum audit_answer *ret, struct error *err)
{
	char prompt[512], line[16];
	struct error e;
	int i, r;

	snprintf(prompt, sizeof(prompt), "%s [y/n/?] ", question);
	for (i = 0; i < TRIES; i++) {
		r = run_ask_text(run, prompt, line, sizeof(line), &e);
		if (r == -ERROR_INTERRUPTED || r == -ERROR_FAILED)
			return error_copy(err, &e);
		if (r == -ERROR_PIN)
			break;
		if (r == 0 && read_answer(line, ret))
			return 0;
	}
	return error_set(err, ERROR_USAGE, "nobody answers: run it at a "
		"terminal, or let AWS be asked with --profile NAME");
}
