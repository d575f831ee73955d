/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a service, out of its file and those that it includes. */
#include "bridge/doctor/pam/stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LEVELS_MAX 16    /* of includes, as PAM has it */
#define ENTRIES_MAX 1024

/* ---- stacks ---- */

void pam_stack_done(struct pam_stack *stack)
{
	free(stack->entries);
	*stack = (struct pam_stack){ 0 };
}

#define ANY_TYPE (-1)

struct build {
	struct pam_stack *stack;
	const char *service;
	enum pam_type type;
	pam_file_get *get;
	void *arg;
	size_t files; /* read so far */
};

/* Where a line stands. */
struct place {
	const char *file;
	int type;        /* enum pam_type that an include asks for; ANY_TYPE */
	unsigned depth;  /* of includes */
	unsigned level;  /* of substacks */
};

static int too_many(const struct build *b, struct error *err)
{
	return error_set(err, ERROR_FAILED,
		"PAM's service '%s' has senselessly many lines and includes",
		b->service);
}

static int add_entry(struct build *b, const struct pam_line *line,
	const struct place *at, const char *wrong, struct error *err)
{
	struct pam_stack *s = b->stack;
	struct pam_entry *grown;

	if (s->n == ENTRIES_MAX)
		return too_many(b, err);
	grown = reallocarray(s->entries, s->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	s->entries = grown;
	grown[s->n++] = (struct pam_entry){ .line = line, .file = at->file,
		.level = at->level, .wrong = wrong };
	return 0;
}

/* The first trouble is the one that is told. */
static void note_trouble(struct build *b, const char *why, const char *file,
	unsigned number)
{
	if (b->stack->trouble)
		return;
	b->stack->trouble = why;
	b->stack->trouble_file = file;
	b->stack->trouble_number = number;
}

static int add_file(struct build *b, const char *name, struct place at,
	bool *ret_whole, struct error *err);

/* *ret_whole: PAM goes on behind the line. */
static int add_include(struct build *b, const struct pam_line *line,
	const struct place *at, bool *ret_whole, struct error *err)
{
	struct place inner = *at;
	bool there = false;
	int r = 0;

	inner.depth++;
	if (line->kind != PAM_LINE_FILE)
		inner.type = (int)b->type;
	/* a jump counts a substack as one line, this one */
	if (line->kind == PAM_LINE_SUBSTACK)
		r = add_entry(b, line, at, NULL, err);
	inner.level += line->kind == PAM_LINE_SUBSTACK;
	if (r == 0)
		r = add_file(b, line->module, inner, &there, err);
	if (r < 0 || there)
		return r;
	if (line->kind == PAM_LINE_FILE && at->type == ANY_TYPE) {
		*ret_whole = false;
		note_trouble(b, "the file that it includes cannot be read",
			at->file, line->number);
		return 0;
	}
	return add_entry(b, line, at,
		"the file that it includes cannot be read", err);
}

static int build_line(struct build *b, const struct pam_line *line,
	const struct place *at, bool *ret_whole, struct error *err)
{
	int type = !line->type_unknown ? (int)line->type :
		at->type != ANY_TYPE ? at->type : PAM_TYPE_AUTH;

	if (line->kind == PAM_LINE_FILE)
		type = (int)b->type;
	else if (at->type != ANY_TYPE && type != at->type)
		return 0;
	if (line->fatal) {
		*ret_whole = false;
		note_trouble(b, line->fatal, at->file, line->number);
		return 0;
	}
	if (type != (int)b->type)
		return 0;
	if (line->kind != PAM_LINE_MODULE)
		return add_include(b, line, at, ret_whole, err);
	return add_entry(b, line, at, line->wrong, err);
}

static bool is_of_service(const struct build *b, const struct pam_line *line)
{
	return !line->service || strcasecmp(line->service, b->service) == 0;
}

static void note_mentions(struct build *b, const struct pam_file *file)
{
	size_t i;

	for (i = 0; i < file->n; i++)
		if (is_of_service(b, &file->lines[i]) && file->lines[i].mentions)
			b->stack->mentions = true;
}

/* Lines up to where PAM gives up are its lines all the same. */
static int add_file(struct build *b, const char *name, struct place at,
	bool *ret_whole, struct error *err)
{
	const struct pam_file *file = NULL;
	size_t i;
	int r = 0;

	if (b->files++ == ENTRIES_MAX)
		return too_many(b, err);
	at.file = name;
	if (at.depth < LEVELS_MAX)
		file = b->get(name, b->arg, &at.file);
	*ret_whole = file != NULL;
	if (file && file->cut_number > 0)
		note_trouble(b, "it is longer than the 1,023 bytes that PAM "
			"takes for one line", at.file, file->cut_number);
	if (file)
		note_mentions(b, file);
	for (i = 0; r == 0 && file && *ret_whole && i < file->n; i++)
		if (is_of_service(b, &file->lines[i]))
			r = build_line(b, &file->lines[i], &at, ret_whole, err);
	if (r == 0 && *ret_whole && file->fatal) {
		*ret_whole = false;
		note_trouble(b, file->fatal, at.file, file->fatal_number);
	}
	return r;
}

int pam_stack_build(struct pam_stack *ret, const char *file,
	const char *service, enum pam_type type, pam_file_get *get, void *arg,
	struct error *err)
{
	CLEANUP(pam_stack_done) struct pam_stack stack = { 0 };
	struct build b = { &stack, service, type, get, arg, 0 };
	bool whole;
	int r;

	snprintf(stack.service, sizeof(stack.service), "%s", service);
	r = add_file(&b, file, (struct place){ .type = ANY_TYPE }, &whole,
		err);

	if (r < 0)
		return r;
	*ret = stack;
	stack = (struct pam_stack){ 0 };
	return 0;
}

const struct pam_line *pam_stack_ours(const struct pam_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->n; i++)
		if (pam_line_is_ours(stack->entries[i].line))
			return stack->entries[i].line;
	return NULL;
}
