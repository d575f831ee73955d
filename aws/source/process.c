/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that a program of the person's prints: credential_process. */
#include "aws/source/source.h"

#include "aws/source/program.h"
#include "aws/text/words.h"
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The words as an array, behind which their room is kept by the caller. */
static char **point(char *room, size_t count)
{
	char **argv = calloc(count + 1, sizeof(*argv));
	size_t i;

	for (i = 0; argv && i < count; i++) {
		argv[i] = room;
		room += strlen(room) + 1;
	}
	return argv;
}

static int run_line(const struct source_request *q, const char *line,
	const char *whose, struct aws_credentials *ret, struct error *err)
{
	CLEANUP(free_wiped_p) char *room = NULL;
	CLEANUP(free_p) char **argv = NULL;
	size_t n = strlen(line) + 1, count = 0;
	bool ok;

	room = calloc(1, n);
	if (!room)
		return error_memory(err);
	ok = words_split(line, room, &count) && count > 0;
	argv = ok ? point(room, count) : NULL;
	if (!ok)
		return error_set(err, ERROR_USAGE,
			"%s is no command: a quote is open, or it is empty",
			whose);
	return argv ? program_ask(q, argv, whose, NULL, ret, err) :
		error_memory(err);
}

static int load_process(const struct source_request *q, struct aws_recipe *ret,
	bool *ret_found, struct error *err)
{
	static const char key[] = "credential_process";
	const struct config_profile *p = &q->config->profile;
	const char *line = config_profile_get(p, key);
	char whose[ORIGIN_MAX];
	int r;

	if (!config_profile_has(p, key))
		return 0;
	snprintf(whose, sizeof(whose), "credential_process of profile '%.40s'",
		p->name);
	r = run_line(q, line ? line : "", whose, &ret->keys, err);
	*ret_found = r >= 0;
	return r;
}

const struct credential_source source_process = { "process", load_process };
