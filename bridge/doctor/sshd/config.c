/* SPDX-License-Identifier: Apache-2.0 */
/* sshd's settings: from bytes to what counts. */
#include "bridge/doctor/sshd/config.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 16 /* of Include, as sshd has it */
#define BLANKS " \t\r\n"

static void value_done(struct sshd_value *v)
{
	free(v->text);
	*v = (struct sshd_value){ 0 };
}

void sshd_config_done(struct sshd_config *c)
{
	int i;

	for (i = 0; i < SSHD_SETTINGS; i++) {
		value_done(&c->value[i]);
		value_done(&c->global[i]);
		value_done(&c->matched[i]);
	}
	value_done(&c->wrong);
	value_done(&c->unknown);
	value_done(&c->passed);
	value_done(&c->subsystems);
	*c = (struct sshd_config){ 0 };
}

/* ---- lines ---- */

/* A line of the file that is read. */
struct config_line {
	struct sshd_config *c;
	const char *file;
	unsigned number;
	const struct sshd_keyword *keyword;
	char *rest;               /* behind the keyword */
	struct sshd_words words;  /* of the rest */
	sshd_include *include;
	void *arg;
};

static int set_value(struct sshd_value *to, const struct config_line *l,
	const char *text, struct error *err)
{
	char *copy = strdup(text);

	if (!copy)
		return error_memory(err);
	value_done(to);
	to->text = copy;
	to->number = l->number;
	snprintf(to->file, sizeof(to->file), "%s", l->file);
	return 0;
}

/* The first one is told. */
static int note_line(struct sshd_value *to, const struct config_line *l,
	const char *why, struct error *err)
{
	return to->text ? 0 : set_value(to, l, why, err);
}

static int note_wrong(const struct config_line *l, const char *why,
	struct error *err)
{
	return note_line(&l->c->wrong, l, why, err);
}

/* ---- values ---- */

bool sshd_command_is(const char *command, const char *program)
{
	CLEANUP(sshd_words_done) struct sshd_words w = { 0 };
	const char *name;
	bool whole;

	if (!command || sshd_split(command, false, &w, &whole, NULL) < 0 ||
		w.n == 0)
		return false;
	name = strrchr(w.word[0], '/');
	return name && strcmp(name + 1, program) == 0;
}

static bool is_list(enum sshd_kind kind)
{
	return kind == KIND_LIST || kind == KIND_USERS;
}

static bool takes_words(enum sshd_kind kind)
{
	return kind == KIND_WORDS || is_list(kind);
}

/* Where the line's value goes; NULL: nowhere, as another one is there. */
static struct sshd_value *place_of(const struct config_line *l)
{
	struct sshd_config *c = l->c;
	struct sshd_value *to = (c->person ? c->matched : c->global) +
		l->keyword->setting;

	if (l->keyword->kind == KIND_HASH) /* the last one counts */
		value_done(to);
	return !to->text || is_list(l->keyword->kind) ? to : NULL;
}

/* Behind what other lines say. */
static int append_value(struct sshd_value *to, const char *text,
	struct error *err)
{
	char *all = text_format("%s\n%s", to->text, text);

	if (!all)
		return error_memory(err);
	free(to->text);
	to->text = all;
	return 0;
}

static int note_value(const struct config_line *l, struct error *err)
{
	const enum sshd_setting s = l->keyword->setting;
	CLEANUP(free_p) char *text = l->keyword->kind == KIND_COMMAND ?
		strdup(l->rest) : sshd_words_join(&l->words,
			is_list(l->keyword->kind) ? '\n' : ' ');
	struct sshd_value *to = place_of(l);

	if (!text)
		return error_memory(err);
	if (takes_words(l->keyword->kind) && l->words.n == 0)
		return 0;
	if (!to && s == SSHD_KEYS_COMMAND && !l->c->person &&
		sshd_command_is(text, l->c->wanted))
		return note_line(&l->c->passed, l, text, err);
	if (!to)
		return 0;
	if (l->c->active == SSHD_MAYBE) {
		l->c->unsure[s] = true;
		return 0;
	}
	return to->text ? append_value(to, text, err) :
		set_value(to, l, text, err);
}

/* sshd 9.2 refuses a second one of the same name, later ones pass it over. */
static int note_subsystem(const struct config_line *l, struct error *err)
{
	struct sshd_value *to = &l->c->subsystems;
	const char *name = l->words.word[0], *p;
	size_t n;

	if (l->c->person) /* what is for everybody was read before */
		return 0;
	for (p = to->text ? to->text : ""; *p; p += n + (p[n] == '\n')) {
		n = strcspn(p, "\n");
		if (strlen(name) == n && memcmp(p, name, n) == 0)
			return note_line(&l->c->unknown, l,
				"a second Subsystem of one name", err);
	}
	return to->text ? append_value(to, name, err) :
		set_value(to, l, name, err);
}

/* ---- Include and Match ---- */

static int include_one(const struct config_line *l, const char *pattern,
	struct error *err)
{
	struct sshd_config *c = l->c;
	const enum sshd_truth active = c->active;
	const bool match_only = c->match_only, never = c->never;
	int r;

	if (c->depth == DEPTH_MAX)
		return note_wrong(l, "files include each other too deeply",
			err);
	/* as sshd has it: what is in a block that does not match is read for
	 * its syntax only */
	c->never = !match_only && active == SSHD_NO;
	c->depth++;
	r = l->include(pattern, c, l->arg, err);
	c->depth--;
	c->active = active;
	c->match_only = match_only;
	c->never = never;
	return r;
}

static int each_include(const struct config_line *l, struct error *err)
{
	size_t i;
	int r = 0;

	if (l->words.n == 0 || !sshd_words_full(&l->words))
		return note_wrong(l, "Include names no file", err);
	for (i = 0; r == 0 && i < l->words.n; i++)
		r = include_one(l, l->words.word[i], err);
	return r;
}

static int take_match(const struct config_line *l, struct error *err)
{
	struct sshd_config *c = l->c;
	const char *why, *newer;

	c->active = sshd_match(l->rest, c->never ? NULL : c->person, &why,
		&newer);
	if (c->never)
		c->active = SSHD_NO;
	c->match_only = false;
	if (newer)
		return note_line(&c->unknown, l, newer, err);
	return why ? note_wrong(l, why, err) : 0;
}

/* ---- reading ---- */

/* Whether sshd of some version may have such a keyword. */
static bool may_be_keyword(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (!((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') &&
			!(*p >= '0' && *p <= '9'))
			return false;
	return true;
}

/* Whether sshd takes the value on every machine, and of every version. */
static bool is_sure(const struct config_line *l)
{
	const char *word = l->words.n ? l->words.word[0] : "";

	switch (l->keyword->kind) {
	case KIND_NAMES:
	case KIND_BARE_NAMES:
		return sshd_names_known(word, l->keyword->choices,
			l->keyword->kind == KIND_BARE_NAMES);
	case KIND_ADDRESS:
		return sshd_host_known(word);
	default:
		return true;
	}
}

static int config_take_value(struct config_line *l, struct error *err)
{
	const char *why;

	if (l->c->active == SSHD_NO && !l->keyword->in_match)
		return l->c->person ? 0 : note_wrong(l,
			"it may not stand in a Match block", err);
	if (l->keyword->kind == KIND_INCLUDE)
		return each_include(l, err);
	if (l->keyword->kind == KIND_MATCH)
		return take_match(l, err);
	why = sshd_value_wrong(l->keyword, l->rest, &l->words);
	if (why)
		return note_wrong(l, why, err);
	if (!is_sure(l))
		return note_line(&l->c->unknown, l, l->words.word[0], err);
	if (l->c->active == SSHD_NO)
		return 0;
	if (l->keyword->kind == KIND_SUBSYSTEM)
		return note_subsystem(l, err);
	return l->keyword->setting == SSHD_SETTINGS ? 0 : note_value(l, err);
}

static int config_take_line(struct config_line *l, char *line,
	struct error *err)
{
	size_t n = strlen(line);
	char *p = line, *name;
	bool whole;
	int r;

	for (; n > 1 && strchr(BLANKS "\f", line[n - 1]); n--)
		line[n - 1] = '\0';
	name = sshd_next_word(&p);
	if (name && !*name)
		name = sshd_next_word(&p);
	if (!name || !*name || *name == '#')
		return 0;
	if (!p || !*p)
		return note_wrong(l, "it has no value", err);
	l->keyword = sshd_keyword_find(name);
	if (!l->keyword && may_be_keyword(name))
		return note_line(&l->c->unknown, l, name, err);
	if (!l->keyword)
		return note_wrong(l, "that is no keyword", err);
	l->rest = p;
	r = sshd_split(p, true, &l->words, &whole, err);
	if (r == 0 && !whole)
		r = note_wrong(l, "a quote is not closed", err);
	else if (r == 0)
		r = config_take_value(l, err);
	sshd_words_done(&l->words);
	return r;
}

/*
 * As sshd loads a file: blanks before each line go, and so does what stands
 * behind a NUL, with the line's end. Owned.
 */
static char *normalise(const unsigned char *p, size_t n)
{
	char *text = malloc(n + 1), *to = text;

	while (text && n > 0) {
		const unsigned char *end = memchr(p, '\n', n);
		size_t len = end ? (size_t)(end - p) + 1 : n, skip = 0, k;

		while (skip < len && strchr(" \t\r", p[skip]) && p[skip])
			skip++;
		k = strnlen((const char *)p + skip, len - skip);
		memcpy(to, p + skip, k);
		to += k;
		p += len;
		n -= len;
	}
	if (text)
		*to = '\0';
	return text;
}

int sshd_config_parse(const unsigned char *p, size_t n, const char *file,
	struct sshd_config *c, sshd_include *include, void *arg,
	struct error *err)
{
	CLEANUP(free_p) char *text = normalise(p, n);
	struct config_line l = { .c = c, .file = file, .include = include,
		.arg = arg };
	char *next = text, *line;
	int r = 0;

	if (!text)
		return error_memory(err);
	while (r == 0 && (line = strsep(&next, "\n"))) {
		l.number++;
		r = config_take_line(&l, line, err);
	}
	return r;
}

void sshd_config_begin(struct sshd_config *c, const char *wanted)
{
	c->wanted = wanted;
	c->active = SSHD_YES;
}

void sshd_config_match(struct sshd_config *c, const struct sshd_person *who)
{
	c->person = who;
	c->active = SSHD_NO;
	c->match_only = true;
}

int sshd_config_end(struct sshd_config *c, struct error *err)
{
	int i;

	for (i = 0; i < SSHD_SETTINGS; i++) {
		const struct sshd_value *from = c->matched[i].text ?
			&c->matched[i] : &c->global[i];

		if (!from->text)
			continue;
		c->value[i] = *from;
		c->value[i].text = strdup(from->text);
		if (!c->value[i].text)
			return error_memory(err);
	}
	return 0;
}
