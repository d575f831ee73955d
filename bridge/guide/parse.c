/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file of steps. */
#include "bridge/guide/parse.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static const char *const words[GUIDE_WORDS] = {
	[GUIDE_ACCOUNT] = "account",
	[GUIDE_DEVICE_NAME] = "device-name",
	[GUIDE_SERIAL] = "serial",
	[GUIDE_TOKEN] = "token",
	[GUIDE_DEVICE] = "device",
	[GUIDE_USER] = "user",
	[GUIDE_EMAIL_HINT] = "email-hint",
	[GUIDE_ROOT_SIGN_IN] = "root-sign-in",
	[GUIDE_USER_SIGN_IN] = "user-sign-in",
};

/* A piece of a line; borrowed, no NUL behind it. */
struct piece {
	const char *p;
	size_t n;
};

struct parser {
	struct guide *g;
	struct buf step;   /* the step that is being read; empty: none */
	struct piece rest; /* of the file */
	size_t line;
	const char *name;  /* of the file */
	struct error *err;
};

int guide_word_find(const char *p, size_t n)
{
	int i;

	for (i = 0; i < GUIDE_WORDS; i++)
		if (strlen(words[i]) == n && memcmp(words[i], p, n) == 0)
			return i;
	return -1;
}

const char *guide_word_name(enum guide_word word)
{
	return words[word];
}

static int wrong(const struct parser *x, const char *why)
{
	return error_set(x->err, ERROR_MALFORMED, "'%s', line %zu: %s", x->name,
		x->line, why);
}

/* Takes what stands before the next `mark`, which goes, too. */
static struct piece cut_at(struct piece *rest, char mark)
{
	const char *end = rest->n ? memchr(rest->p, mark, rest->n) : NULL;
	struct piece one = { rest->p, end ? (size_t)(end - rest->p) : rest->n };
	size_t gone = one.n + (end != NULL);

	rest->p += gone;
	rest->n -= gone;
	return one;
}

static bool starts_with(const struct piece *s, const char *head)
{
	return s->n >= strlen(head) && memcmp(s->p, head, strlen(head)) == 0;
}

static bool fits_name(const struct piece *s, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	size_t i;

	for (i = 0; i < s->n; i++)
		if (!memchr(letters, s->p[i], sizeof(letters) - 1))
			return false;
	return s->n > 0 && s->n < size;
}

static void copy_name(char *ret, const struct piece *s)
{
	memcpy(ret, s->p, s->n);
	ret[s->n] = '\0';
}

static struct guide_rows *last_sequence(struct guide *g)
{
	return g->n > 0 ? &g->sequences[g->n - 1] : NULL;
}

static struct guide_rows *find_rows(struct guide *g, const struct piece *s)
{
	size_t i;

	for (i = 0; i < g->n; i++)
		if (strlen(g->sequences[i].name) == s->n &&
			memcmp(g->sequences[i].name, s->p, s->n) == 0)
			return &g->sequences[i];
	return NULL;
}

const struct guide_rows *guide_find(const struct guide *g, const char *name)
{
	const struct piece s = { name, strlen(name) };

	return find_rows((struct guide *)g, &s);
}

/* ---- the text of a step ---- */

/* Braces hold a word that there is; quotes come in pairs. */
static const char *what_is_wrong(struct piece s)
{
	size_t quotes = 0;

	while (s.n > 0) {
		struct piece before = cut_at(&s, '{'), word;
		size_t i;

		for (i = 0; i < before.n; i++)
			quotes += before.p[i] == '"';
		if (before.n && memchr(before.p, '}', before.n))
			return "a brace that nothing opened";
		if (before.p + before.n == s.p && s.n == 0)
			break; /* no brace any more */
		if (s.n == 0 || !memchr(s.p, '}', s.n))
			return "a brace that is not closed";
		word = cut_at(&s, '}');
		if (guide_word_find(word.p, word.n) < 0)
			return "a word in braces that there is not";
	}
	return quotes % 2 ? "a quote that is not closed" : NULL;
}

/* "{WORD?} " in front; -1: no condition, -2: one by no word. */
static int take_condition(struct piece *s)
{
	struct piece rest = *s, word;
	int found;

	if (!starts_with(s, "{") || !memchr(s->p, '}', s->n))
		return -1;
	cut_at(&rest, '{');
	word = cut_at(&rest, '}');
	if (word.n == 0 || word.p[word.n - 1] != '?')
		return -1;
	found = guide_word_find(word.p, word.n - 1);
	if (found < 0 || !starts_with(&rest, " "))
		return -2;
	*s = (struct piece){ rest.p + 1, rest.n - 1 };
	return found;
}

static int add_step(const struct parser *x, const char *text, size_t n,
	int needs)
{
	struct guide_rows *rows = last_sequence(x->g);
	struct guide_entry *grown;

	if (rows->n == GUIDE_STEPS_MAX)
		return wrong(x, "too many steps");
	grown = reallocarray(rows->p, rows->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(x->err);
	rows->p = grown;
	grown[rows->n] = (struct guide_entry){ strndup(text, n), needs };
	if (!grown[rows->n].text)
		return error_memory(x->err);
	rows->n++;
	return 0;
}

/* The step that was being read is whole. */
static int end_step(struct parser *x)
{
	struct piece s = { (const char *)x->step.p, x->step.n };
	const char *why;
	int needs, r;

	if (s.n == 0)
		return 0;
	needs = take_condition(&s);
	why = needs == -2 ? "a condition that is none" : what_is_wrong(s);
	if (why || s.n == 0)
		return wrong(x, why ? why : "a step without text");
	r = add_step(x, s.p, s.n, needs);
	buf_reset(&x->step);
	return r;
}

/* ---- lines ---- */

static int add_text(struct parser *x, const struct piece *s)
{
	if (s->n == 0 || s->p[0] == ' ' || s->p[s->n - 1] == ' ')
		return wrong(x, "no text, or blanks around it");
	if (x->step.n > 0)
		buf_put_byte(&x->step, ' ');
	buf_put(&x->step, s->p, s->n);
	return buf_failed(&x->step) ? wrong(x, "a step that is too long") : 0;
}

static int begin_step(struct parser *x, struct piece s)
{
	if (!last_sequence(x->g))
		return wrong(x, "a step outside of a sequence");
	return add_text(x, &s);
}

static int go_on(struct parser *x, struct piece s)
{
	if (x->step.n == 0)
		return wrong(x, "goes on with no step");
	return add_text(x, &s);
}

static int take_in(struct parser *x, struct piece s)
{
	const struct guide_rows *from = find_rows(x->g, &s);
	size_t i;
	int r = 0;

	if (!from || from == last_sequence(x->g))
		return wrong(x, "no such sequence further up");
	for (i = 0; r == 0 && i < from->n; i++)
		r = add_step(x, from->p[i].text, strlen(from->p[i].text),
			from->p[i].needs);
	return r;
}

static int end_sequence(struct parser *x)
{
	const struct guide_rows *rows = last_sequence(x->g);

	return rows && rows->n == 0 ?
		wrong(x, "the sequence before has no steps") : 0;
}

static int begin_sequence(struct parser *x, struct piece s)
{
	const bool is_closed = s.n > 0 && s.p[s.n - 1] == ']';
	struct guide *g = x->g;
	struct piece name = cut_at(&s, ']');

	if (!is_closed || s.n > 0 || !fits_name(&name, GUIDE_NAME_MAX))
		return wrong(x, "not of the form [name]");
	if (find_rows(g, &name) || g->n == GUIDE_SEQUENCES_MAX)
		return wrong(x, "a sequence twice, or too many of them");
	if (end_sequence(x) < 0)
		return -ERROR_MALFORMED;
	copy_name(g->sequences[g->n++].name, &name);
	return 0;
}

static int set_checked(struct parser *x, struct piece s)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	if (x->g->checked[0] || s.n != sizeof(form) - 1)
		return wrong(x, "not one date like 2026-11-29");
	for (i = 0; i < s.n; i++)
		if (form[i] == '-' ? s.p[i] != '-' :
			s.p[i] < '0' || s.p[i] > '9')
			return wrong(x, "not one date like 2026-11-29");
	copy_name(x->g->checked, &s);
	return 0;
}

static bool is_address(const struct piece *s)
{
	return starts_with(s, "https://") && s->n < 200 &&
		!memchr(s->p, ' ', s->n) && !memchr(s->p, '"', s->n);
}

static int add_link(struct parser *x, struct piece s)
{
	struct guide *g = x->g;
	struct piece name = cut_at(&s, ' '), partition = cut_at(&s, ' ');
	struct guide_link *l = &g->links[g->links_n];
	int word = guide_word_find(name.p, name.n);

	if (word != GUIDE_ROOT_SIGN_IN && word != GUIDE_USER_SIGN_IN)
		return wrong(x, "an address of no word");
	if (!fits_name(&partition, sizeof(l->partition)) || !is_address(&s))
		return wrong(x, "not of the form WORD PARTITION https://...");
	if (what_is_wrong(s) || g->links_n == GUIDE_LINKS_MAX)
		return wrong(x, "an address with braces that are none, or too "
			"many of them");
	l->word = (enum guide_word)word;
	copy_name(l->partition, &partition);
	l->url = strndup(s.p, s.n);
	if (!l->url)
		return error_memory(x->err);
	g->links_n++;
	return 0;
}

/* What a line begins with, and who reads the rest. */
static const struct {
	const char *head;
	int (*take)(struct parser *x, struct piece s);
	bool goes_on; /* with the step before */
} kinds[] = {
	{ "- ", begin_step, false },
	{ "  ", go_on, true },
	{ "+ ", take_in, false },
	{ "[", begin_sequence, false },
	{ "checked ", set_checked, false },
	{ "link ", add_link, false },
};

static int take_any_line(struct parser *x, struct piece s)
{
	size_t i;
	int r;

	if (s.n > 0 && !utf8_is_clean(s.p, s.n))
		return wrong(x, "characters that are not clean");
	if (s.n == 0 || s.p[0] == '#')
		return end_step(x);
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!starts_with(&s, kinds[i].head))
			continue;
		r = kinds[i].goes_on ? 0 : end_step(x);
		if (r < 0)
			return r;
		s.p += strlen(kinds[i].head);
		s.n -= strlen(kinds[i].head);
		return kinds[i].take(x, s);
	}
	return wrong(x, "none of the lines that there are");
}

static int parse_all(struct parser *x)
{
	int r = 0;

	while (r == 0 && x->rest.n > 0) {
		x->line++;
		r = take_any_line(x, cut_at(&x->rest, '\n'));
	}
	if (r == 0)
		r = end_step(x);
	if (r == 0)
		r = end_sequence(x);
	if (r == 0 && (!x->g->checked[0] || x->g->n == 0))
		r = wrong(x, "no date, or no sequence");
	return r;
}

int guide_parse(const char *p, size_t n, const char *name, struct guide **ret,
	struct error *err)
{
	CLEANUP(guide_free) struct guide *g = calloc(1, sizeof(*g));
	struct parser x = { .g = g, .rest = { p, n }, .name = name,
		.err = err };
	int r;

	if (!g)
		return error_memory(err);
	if (n > GUIDE_TEXT_MAX)
		return error_set(err, ERROR_MALFORMED,
			"'%s' is larger than %u bytes", name, GUIDE_TEXT_MAX);
	buf_init(&x.step, GUIDE_STEP_MAX - 1);
	r = parse_all(&x);
	buf_done(&x.step);
	if (r < 0)
		return r;
	*ret = steal(&g);
	return 0;
}

void guide_free(struct guide **g)
{
	size_t i, k;

	if (!*g)
		return;
	for (i = 0; i < (*g)->n; i++) {
		for (k = 0; k < (*g)->sequences[i].n; k++)
			free((*g)->sequences[i].p[k].text);
		free((*g)->sequences[i].p);
	}
	for (i = 0; i < (*g)->links_n; i++)
		free((*g)->links[i].url);
	free(*g);
	*g = NULL;
}
