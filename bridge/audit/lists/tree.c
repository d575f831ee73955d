/* SPDX-License-Identifier: Apache-2.0 */
/* A tree out of libyaml's events. */
#include "bridge/audit/lists/tree.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define DEPTH_MAX 16
#define NODES_MAX 200000
#define KEYS_MAX 10000 /* each is compared with those before it */

struct tree_reading {
	const char *name;
	yaml_parser_t parser;
	yaml_event_t event;
	bool has_event;
	unsigned depth;
	size_t nodes;
};

/* Along `next` without recursion: lists are long, and only so deep. */
void tree_free(struct tree **t)
{
	struct tree *p, *next;

	if (!t)
		return;
	for (p = *t; p; p = next) {
		next = p->next;
		tree_free(&p->first);
		free(p->key);
		free(p->text);
		free(p);
	}
	*t = NULL;
}

const struct tree *tree_get(const struct tree *map, const char *key)
{
	const struct tree *m;

	for (m = map ? map->first : NULL; m; m = m->next)
		if (m->key && strcmp(m->key, key) == 0)
			return m;
	return NULL;
}

static size_t tree_line(const struct tree_reading *r)
{
	return r->event.start_mark.line + 1;
}

static int tree_refuse(const struct tree_reading *r, size_t line,
	const char *why, struct error *err)
{
	return error_set(err, ERROR_USAGE, "'%s', line %zu: %s", r->name, line,
		why);
}

static int tree_next(struct tree_reading *r, struct error *err)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	r->has_event = yaml_parser_parse(&r->parser, &r->event) == 1;
	if (!r->has_event)
		return tree_refuse(r, r->parser.problem_mark.line + 1,
			r->parser.problem ? r->parser.problem : "no YAML",
			err);
	return (int)r->event.type;
}

/* ---- texts ---- */

static bool is_word_of(const char *s, const char *const *words)
{
	for (; *words; words++)
		if (strcasecmp(s, *words) == 0)
			return true;
	return false;
}

/* Digits and what numbers and times are written with, and nothing else. */
static bool is_like_number(const char *s)
{
	size_t n = strspn(s, "0123456789_.:+-");

	return n > 0 && (!s[n] || ((s[n] == 'x' || s[n] == 'o' ||
			s[n] == 'e' || s[n] == 'E' || s[n] == 'T') &&
			s[0] >= '0' && s[0] <= '9')) &&
		strpbrk(s, "0123456789");
}

static bool is_other_than_text(const char *s)
{
	static const char *const words[] = { "", "~", "null", "true", "false",
		"yes", "no", "on", "off", "y", "n", ".inf", "-.inf", ".nan",
		"<<", "=", NULL };

	return is_word_of(s, words) || is_like_number(s);
}

static int tree_text(struct tree_reading *r, char **ret, struct error *err)
{
	char *p = (char *)r->event.data.scalar.value, *end;
	size_t n = r->event.data.scalar.length;

	if (r->event.data.scalar.anchor || r->event.data.scalar.tag)
		return tree_refuse(r, tree_line(r), "an anchor or a tag", err);
	/* several lines are one text */
	while ((end = memchr(p, '\n', n)))
		*end = ' ';
	if (memchr(p, '\0', n) || !utf8_is_clean(p, n))
		return tree_refuse(r, tree_line(r),
			"characters that no text may have", err);
	if (r->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
		is_other_than_text(p))
		return tree_refuse(r, tree_line(r), "a word that YAML takes "
			"for something else than a text: put it in quotes",
			err);
	*ret = strndup(p, n);
	return *ret ? 0 : error_memory(err);
}

/* ---- nodes ---- */

static int tree_node(struct tree_reading *r, struct tree **ret,
	struct error *err);

/* Takes the child over. */
static void tree_hang(struct tree *t, struct tree *child)
{
	if (t->last)
		t->last->next = child;
	else
		t->first = child;
	t->last = child;
	t->n++;
}

static int tree_member(struct tree_reading *r, struct tree *t, bool is_map,
	struct error *err)
{
	CLEANUP(free_p) char *key = NULL;
	struct tree *child = NULL;
	size_t line = tree_line(r);
	int e;

	if (is_map) {
		if (r->event.type != YAML_SCALAR_EVENT)
			return tree_refuse(r, tree_line(r),
				"a key that is no text", err);
		e = tree_text(r, &key, err);
		if (e < 0)
			return e;
		if (t->n == KEYS_MAX || tree_get(t, key))
			return tree_refuse(r, tree_line(r), "a key twice, or "
				"too many of them", err);
		e = tree_next(r, err);
		if (e < 0)
			return e;
	}
	e = tree_node(r, &child, err);
	if (e < 0)
		return e;
	/* of a map's member where its key is */
	child->line = line;
	child->key = steal(&key);
	tree_hang(t, child);
	return 0;
}

static int tree_members(struct tree_reading *r, struct tree *t,
	struct error *err)
{
	bool is_map = t->kind == TREE_MAP;
	int end = is_map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
	int e;

	if (++r->depth > DEPTH_MAX)
		return tree_refuse(r, t->line, "nested too deeply", err);
	while ((e = tree_next(r, err)) >= 0 && e != end) {
		e = tree_member(r, t, is_map, err);
		if (e < 0)
			return e;
	}
	r->depth--;
	return e < 0 ? e : 0;
}

static int tree_fill(struct tree_reading *r, struct tree *t, struct error *err)
{
	switch (r->event.type) {
	case YAML_SCALAR_EVENT:
		t->kind = TREE_TEXT;
		return tree_text(r, &t->text, err);
	case YAML_SEQUENCE_START_EVENT:
		if (r->event.data.sequence_start.anchor ||
			r->event.data.sequence_start.tag)
			break;
		t->kind = TREE_LIST;
		return tree_members(r, t, err);
	case YAML_MAPPING_START_EVENT:
		if (r->event.data.mapping_start.anchor ||
			r->event.data.mapping_start.tag)
			break;
		t->kind = TREE_MAP;
		return tree_members(r, t, err);
	default:
		break;
	}
	return tree_refuse(r, t->line, "an anchor, an alias or a tag", err);
}

/* Of the event that is there; *ret is the caller's only on success. */
static int tree_node(struct tree_reading *r, struct tree **ret,
	struct error *err)
{
	CLEANUP(tree_free) struct tree *t = calloc(1, sizeof(*t));
	int e;

	if (!t)
		return error_memory(err);
	t->line = tree_line(r);
	if (++r->nodes > NODES_MAX)
		return tree_refuse(r, t->line, "too many parts", err);
	e = tree_fill(r, t, err);
	if (e < 0)
		return e;
	*ret = steal(&t);
	return 0;
}

static int tree_expect(struct tree_reading *r, int type, struct error *err)
{
	int e = tree_next(r, err);

	if (e < 0)
		return e;
	return e == type ? 0 : tree_refuse(r, tree_line(r),
		"one YAML document is wanted", err);
}

static void tree_reading_done(struct tree_reading *r)
{
	if (r->has_event)
		yaml_event_delete(&r->event);
	yaml_parser_delete(&r->parser);
}

static int tree_document(struct tree_reading *r, struct tree **ret,
	struct error *err)
{
	int e = tree_expect(r, YAML_STREAM_START_EVENT, err);

	if (e >= 0)
		e = tree_expect(r, YAML_DOCUMENT_START_EVENT, err);
	if (e >= 0)
		e = tree_next(r, err);
	if (e >= 0)
		e = tree_node(r, ret, err);
	if (e >= 0)
		e = tree_expect(r, YAML_DOCUMENT_END_EVENT, err);
	return e >= 0 ? tree_expect(r, YAML_STREAM_END_EVENT, err) : e;
}

int tree_parse(struct tree **ret, const char *name, const char *p, size_t n,
	struct error *err)
{
	CLEANUP(tree_free) struct tree *t = NULL;
	struct tree_reading r = { .name = name };
	int e;

	if (!yaml_parser_initialize(&r.parser))
		return error_memory(err);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)p, n);
	e = tree_document(&r, &t, err);
	tree_reading_done(&r);
	if (e < 0)
		return e;
	*ret = steal(&t);
	return 0;
}
