/* SPDX-License-Identifier: Apache-2.0 */
/* The steps in their order, and what they come to. */
#include "bridge/setup/step.h"

#include "base/person.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const setup_step_words[SETUP_STEPS] = { "tokens", "group",
	"registry", "metadata", "aws" };

static const struct setup_step steps[] = {
	{ "tokens", SETUP_TOKENS, setup_look_tokens, NULL, NULL },
	{ "group", SETUP_GROUP, setup_look_group, setup_act_group, NULL },
	{ "registry", SETUP_REGISTRY, setup_look_registry, setup_act_registry,
		"tokenbridge registry init" },
	{ "metadata", SETUP_METADATA, setup_look_metadata, setup_act_metadata,
		"tokenbridge trust update" },
	{ "aws", SETUP_AWS, setup_look_aws, NULL, NULL },
	{ "clock", SETUP_AWS, setup_look_clock, NULL, NULL },
	{ "rights", SETUP_AWS, setup_look_rights, NULL, NULL },
};
#define STEPS ARRAY_LEN(steps)

/* ---- words ---- */

static int find_word(const char *p, size_t n)
{
	int i;

	for (i = 0; i < SETUP_STEPS; i++)
		if (strlen(setup_step_words[i]) == n &&
			memcmp(setup_step_words[i], p, n) == 0)
			return i;
	return -1;
}

int setup_parse_steps(const char *list, unsigned *ret, struct error *err)
{
	unsigned bits = 0;

	while (list && *list) {
		size_t n = strcspn(list, ",");
		int i = find_word(list, n);

		if (i < 0)
			return error_set(err, ERROR_USAGE,
				"--without: there is no step '%.*s'; there "
				"are: tokens, group, registry, metadata, aws",
				(int)n, list);
		bits |= 1U << i;
		list += n + (list[n] == ',');
	}
	*ret = bits;
	return 0;
}

/* ---- one step ---- */

/* What is to be done, by a person's word. */
static int decide(struct setup *s, const struct setup_step *step, bool *todo,
	struct error *err)
{
	const struct setup_request *q = s->q;
	bool yes = q->yes;
	int r = 0;

	if (q->only_look) {
		setup_row(s, SETUP_WOULD, step->name, NULL, NULL, "%s",
			s->question);
		*todo = false;
		return 0;
	}
	if (!yes && !q->asks)
		return error_set(err, ERROR_USAGE,
			"nobody can be asked '%s?': say --yes, or --without %s",
			s->question, step->name);
	if (!yes) {
		char question[sizeof(s->question) + 16];

		snprintf(question, sizeof(question), "%c%s? [y/N] ",
			s->question[0] - 'a' + 'A', s->question + 1);
		r = run_confirm(s->run, question, &yes, err);
	}
	if (r == 0 && !yes)
		setup_row(s, SETUP_SKIPPED, step->name, NULL, step->command,
			"not wanted now: %s", s->question);
	*todo = yes;
	return r;
}

static int look_step(struct setup *s, size_t i, bool *ret_todo,
	struct error *err)
{
	const struct setup_step *step = &steps[i];
	int r;

	*ret_todo = false;
	if (s->q->without & step->bit) {
		/* the clock and the rights go with their account */
		if (find_word(step->name, strlen(step->name)) >= 0)
			setup_row(s, SETUP_SKIPPED, step->name, NULL, NULL,
				"left out, as --without says");
		return 0;
	}
	r = step->look(s, ret_todo, err);
	return r < 0 || !*ret_todo ? r : decide(s, step, ret_todo, err);
}

/* A failure is a row of what is left: the others go on. */
static int act_step(struct setup *s, const struct setup_step *step,
	struct error *err)
{
	struct error why;
	int r = step->act(s, &why);

	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0)
		setup_row(s, SETUP_LEFT, step->name, "the same command again "
			"goes on from here", NULL, "%s", why.text);
	return 0;
}

static int go_through(struct setup *s, struct error *err)
{
	bool todo[STEPS];
	size_t i;
	int r = setup_ask(s, err);

	for (i = 0; r == 0 && i < STEPS; i++)
		r = look_step(s, i, &todo[i], err);
	for (i = 0; r == 0 && i < STEPS; i++)
		if (todo[i])
			r = act_step(s, &steps[i], err);
	return r == 0 && s->result->failed ? error_memory(err) : r;
}

int setup(const struct run *run, const struct setup_request *q,
	struct setup_result *ret, struct error *err)
{
	struct setup s = { .run = run, .q = q, .result = ret };
	int r;

	snprintf(ret->role, sizeof(ret->role), "%s", q->role ? q->role : "");
	snprintf(ret->registry, sizeof(ret->registry), "%s",
		q->registry ? q->registry : "");
	r = go_through(&s, err);
	account_done(&s.aws);
	return r;
}

/* ---- the next command ---- */

/*
 * What a role's work begins with; what stands behind it: r registry, p profile;
 * k: it takes a key that is plugged in.
 */
static const struct begin {
	const char *role, *command, *options;
} begins[] = {
	{ "auditor", "tokenbridge audit", "rp" },
	{ "enroller", "tokenbridge verify --record", "rk" },
	{ "revoker", "tokenbridge registry show", "r" },
	{ "root-observer", "tokenbridge root --check", "rp" },
	{ "self", "tokenbridge verify", "rk" },
	{ "", "tokenbridge verify", "rk" },
};

static const struct begin *begin_of(const struct setup_result *r)
{
	const struct begin *b = begins;

	while (b->role[0] && strcmp(b->role, r->role) != 0)
		b++;
	return b;
}

bool setup_wants_key(const struct setup_result *r)
{
	return setup_count(r, SETUP_LEFT) + setup_count(r, SETUP_WOULD) == 0 &&
		strchr(begin_of(r)->options, 'k') != NULL;
}

void setup_next(const struct setup_result *r, const char *again,
	const char *registry_option, const char *profile_option,
	char ret[SETUP_COMMAND_LEN])
{
	const struct begin *b;
	struct person person;
	bool called = false;
	size_t i;

	if (geteuid() == 0 && person_who_called(&person, &called, NULL) < 0)
		called = false;
	for (i = 0; i < r->n; i++) {
		if (r->rows[i].state != SETUP_LEFT &&
			r->rows[i].state != SETUP_WOULD)
			continue;
		snprintf(ret, SETUP_COMMAND_LEN, "%s%.500s",
			called && !r->rows[i].command[0] ? "sudo " : "",
			r->rows[i].command[0] ? r->rows[i].command : again);
		return;
	}
	b = begin_of(r);
	snprintf(ret, SETUP_COMMAND_LEN, "%s%s%s%s", called ? "sudo " : "",
		b->command, strchr(b->options, 'r') ? registry_option : "",
		strchr(b->options, 'p') ? profile_option : "");
}
