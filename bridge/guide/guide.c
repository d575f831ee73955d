/* SPDX-License-Identifier: Apache-2.0 */
/* Steps with their words filled in. */
#include "bridge/guide/guide.h"

#include "base/buf.h"
#include "bridge/guide/parse.h"

#include <stdlib.h>
#include <string.h>

int guide_load(struct guide **ret, struct error *err)
{
	const char *text;
	size_t n;

	text = guide_builtin(&n);
	return guide_parse(text, n, "steps.txt", ret, err);
}

const char *guide_checked(const struct guide *g)
{
	return g->checked;
}

size_t guide_sequences(const struct guide *g)
{
	return g->n;
}

const char *guide_sequence(const struct guide *g, size_t i)
{
	return i < g->n ? g->sequences[i].name : NULL;
}

void guide_steps_done(struct guide_steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		free(steps->text[i]);
	memset(steps, 0, sizeof(*steps));
}

struct filling {
	const struct guide *g;
	const struct guide_values *values;
	struct buf *to;
	struct error *err;
};

static int fill(const struct filling *f, const char *text, bool in_link);

/* The address of this partition; its braces are filled in, too. */
static int fill_link(const struct filling *f, enum guide_word word)
{
	const char *partition = f->values->partition;
	size_t i;

	for (i = 0; partition && i < f->g->links_n; i++)
		if (f->g->links[i].word == word &&
			strcmp(f->g->links[i].partition, partition) == 0)
			return fill(f, f->g->links[i].url, true);
	return error_set(f->err, ERROR_UNSUPPORTED,
		"the console of partition '%s' has no such sign-in, as far as "
		"this program knows",
		partition ? partition : "");
}

/* What was given goes in as it is: braces in it mean nothing. */
static int fill_word(const struct filling *f, const char *p, size_t n,
	bool in_link)
{
	int word = guide_word_find(p, n);

	if (word >= 0 && f->values->value[word]) {
		buf_put_str(f->to, f->values->value[word]);
		return 0;
	}
	if (word >= GUIDE_ROOT_SIGN_IN && !in_link)
		return fill_link(f, (enum guide_word)word);
	return error_set(f->err, ERROR_FAILED,
		"a step of the console needs '%.*s', which is not known",
		(int)n, p);
}

static int fill(const struct filling *f, const char *text, bool in_link)
{
	const char *open, *shut;
	int r = 0;

	while (r == 0 && (open = strchr(text, '{')) != NULL &&
		(shut = strchr(open, '}')) != NULL) {
		buf_put(f->to, text, (size_t)(open - text));
		r = fill_word(f, open + 1, (size_t)(shut - open - 1), in_link);
		text = shut + 1;
	}
	buf_put_str(f->to, text);
	return r;
}

static int fill_step(const struct guide *g, const char *text,
	const struct guide_values *values, char **ret, struct error *err)
{
	CLEANUP(buf_done) struct buf line;
	const struct filling f = { g, values, &line, err };
	int r;

	buf_init(&line, GUIDE_STEP_MAX - 1);
	r = fill(&f, text, false);
	if (r == 0)
		r = buf_check(&line, "a step of the console", err);
	if (r < 0)
		return r;
	*ret = buf_steal(&line);
	return *ret ? 0 : error_memory(err);
}

int guide_steps(const struct guide *g, const char *sequence,
	const struct guide_values *values, struct guide_steps *ret,
	struct error *err)
{
	const struct guide_rows *rows = guide_find(g, sequence);
	struct guide_steps steps = { .n = 0 };
	size_t i;
	int r = 0;

	if (!rows)
		return error_set(err, ERROR_FAILED,
			"there are no steps '%s' for the console", sequence);
	for (i = 0; r == 0 && i < rows->n; i++) {
		const struct guide_entry *e = &rows->p[i];

		if (e->needs >= 0 && !values->value[e->needs])
			continue;
		r = fill_step(g, e->text, values, &steps.text[steps.n], err);
		steps.n += r == 0;
	}
	if (r < 0) {
		guide_steps_done(&steps);
		return r;
	}
	*ret = steps;
	return 0;
}

int guide_address(enum guide_word word, const struct guide_values *values,
	char **ret, struct error *err)
{
	CLEANUP(guide_free) struct guide *g = NULL;
	CLEANUP(buf_done) struct buf line;
	struct filling f = { NULL, values, &line, err };
	int r;

	buf_init(&line, GUIDE_STEP_MAX - 1);
	r = guide_load(&g, err);
	f.g = g;
	if (r == 0)
		r = fill_link(&f, word);
	if (r == 0)
		r = buf_check(&line, "an address of the console", err);
	if (r < 0)
		return r;
	*ret = buf_steal(&line);
	return *ret ? 0 : error_memory(err);
}

int guide_tell(const struct run *run, const char *sequence,
	const struct guide_values *values, unsigned *number,
	struct error *err)
{
	CLEANUP(guide_free) struct guide *g = NULL;
	CLEANUP(guide_steps_done) struct guide_steps steps = { .n = 0 };
	unsigned own = 0;
	size_t i;
	int r;

	r = guide_load(&g, err);
	if (r == 0)
		r = guide_steps(g, sequence, values, &steps, err);
	if (r < 0)
		return r;
	number = number ? number : &own;
	for (i = 0; i < steps.n; i++)
		run_step(run, ++*number, steps.text[i]);
	return 0;
}
