/* SPDX-License-Identifier: Apache-2.0 */
/*
 * XML as a small tree. Everything of one document lies in an arena, so that
 * ending it is one walk over blocks, however deep the document was.
 */
#include "aws/query/xml.h"

#include "aws/http/memory.h"
#include "base/buf.h"

#include <expat.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#define BLOCK_MIN 16384
#define SECRETS_MAX 16        /* more of them are not kept */
#define SECRET_TEXT_MAX 65536 /* bytes of one */

struct block {
	struct block *next;
	size_t used, size;
	max_align_t room[];
};

struct item {
	struct xml_node node; /* first: a node is its item */
	struct item *parent;
	struct item *last;    /* child */
};

struct xml {
	struct block *blocks;
	struct item *root;
	struct item *secrets[SECRETS_MAX];
	size_t secret_count;
};

enum keep { KEEP_TEXT, KEEP_SECRET, KEEP_NOTHING };

static const struct {
	const char *name;
	enum keep keep;
} special[] = {
	{ "Base32StringSeed", KEEP_SECRET },
	{ "SecretAccessKey", KEEP_SECRET },
	{ "SessionToken", KEEP_SECRET },
	{ "QRCodePNG", KEEP_NOTHING },
};

struct builder {
	struct xml *xml;
	XML_Parser parser;
	struct item *at;      /* the element that is open */
	enum keep keep;
	struct buf text;      /* of the element that is open */
	struct secret secret; /* the same of a secret one */
	size_t depth, elements;
	const char *why;      /* what stopped it; NULL: nothing of ours */
};

static void *arena_alloc(struct xml *x, size_t n)
{
	size_t align = _Alignof(max_align_t);
	struct block *b = x->blocks;
	void *p;

	n = (n + align - 1) / align * align;
	if (!b || b->size - b->used < n) {
		size_t size = n > BLOCK_MIN ? n : BLOCK_MIN;

		b = memory_alloc(sizeof(*b) + size);
		if (!b)
			return NULL;
		*b = (struct block){ .next = x->blocks, .size = size };
		x->blocks = b;
	}
	p = (unsigned char *)b->room + b->used;
	b->used += n;
	return p;
}

static const char *arena_copy(struct xml *x, const void *p, size_t n)
{
	char *s = arena_alloc(x, n + 1);

	if (!s)
		return NULL;
	memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

void xml_free(struct xml **x)
{
	struct block *b, *next;
	size_t i;

	if (!x || !*x)
		return;
	for (i = 0; i < (*x)->secret_count; i++)
		secret_done(&(*x)->secrets[i]->node.secret);
	for (b = (*x)->blocks; b; b = next) {
		next = b->next;
		memory_free(b);
	}
	memory_free(*x);
	*x = NULL;
}

static const char no_memory[] = "cannot allocate memory";

/* Ends the parsing; `why` NULL: does not. */
static void xml_stop(struct builder *b, const char *why)
{
	if (b->why || !why)
		return;
	b->why = why;
	XML_StopParser(b->parser, XML_FALSE);
}

static enum keep keep_of(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(special); i++)
		if (strcmp(special[i].name, name) == 0)
			return special[i].keep;
	return KEEP_TEXT;
}

static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static struct item *add_item(struct builder *b, const char *name)
{
	struct item *i = arena_alloc(b->xml, sizeof(*i));
	const char *copy = arena_copy(b->xml, name, strlen(name));

	if (!i || !copy)
		return NULL;
	*i = (struct item){
		.node = { .name = copy, .text = "" },
		.parent = b->at,
	};
	if (!b->at)
		b->xml->root = i;
	else if (b->at->last)
		b->at->last->node.next = &i->node;
	else
		b->at->node.child = &i->node;
	if (b->at)
		b->at->last = i;
	return i;
}

/* What forbids this element; NULL: nothing. */
static const char *open_element(struct builder *b, const char *name)
{
	if (++b->depth > XML_DEPTH_MAX)
		return "elements are nested too deeply";
	if (++b->elements > XML_ELEMENTS_MAX)
		return "too many elements";
	if (strlen(name) > XML_NAME_MAX)
		return "the name of an element is too long";
	b->at = add_item(b, name);
	if (!b->at)
		return no_memory;
	b->keep = keep_of(name);
	buf_reset(&b->text);
	secret_done(&b->secret);
	return NULL;
}

static void XMLCALL on_start(void *data, const XML_Char *name,
	const XML_Char **attributes)
{
	struct builder *b = data;

	(void)attributes;
	if (!b->why)
		xml_stop(b, open_element(b, local_name(name)));
}

/* Grows by doubling; secrets are short. */
static bool secret_append(struct secret *s, const char *p, size_t n)
{
	struct secret grown = SECRET_INIT;
	size_t used = s->n;

	if (n > SECRET_TEXT_MAX - used)
		return false;
	if (!s->p || used + n >= s->size) {
		if (secret_new(&grown, 2 * (used + n), NULL) < 0)
			return false;
		if (used > 0)
			memcpy(grown.p, s->p, used);
		secret_move(s, &grown);
	}
	memcpy(s->p + used, p, n);
	s->n = used + n;
	s->p[s->n] = '\0';
	return true;
}

static void XMLCALL on_text(void *data, const XML_Char *p, int n)
{
	struct builder *b = data;

	if (b->why || b->keep == KEEP_NOTHING)
		return;
	if (b->keep == KEEP_TEXT)
		buf_put(&b->text, p, (size_t)n);
	else if (!secret_append(&b->secret, p, (size_t)n))
		xml_stop(b, "a secret is too long");
	if (buf_failed(&b->text))
		xml_stop(b, no_memory);
}

static bool xml_is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool keep_text(struct builder *b)
{
	const unsigned char *p = b->text.p;
	size_t n = b->text.n;

	while (n > 0 && xml_is_blank(p[0]))
		p++, n--;
	while (n > 0 && xml_is_blank(p[n - 1]))
		n--;
	if (n == 0)
		return true;
	b->at->node.text = arena_copy(b->xml, p, n);
	b->at->node.text_n = n;
	return b->at->node.text != NULL;
}

/* Hands a secret to the element; more than SECRETS_MAX are not kept. */
static void keep_secret(struct builder *b)
{
	struct xml *x = b->xml;

	if (!b->secret.p || x->secret_count == SECRETS_MAX)
		return;
	secret_move(&b->at->node.secret, &b->secret);
	x->secrets[x->secret_count++] = b->at;
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct builder *b = data;

	(void)name;
	if (b->why)
		return;
	/* text around child elements is layout */
	if (!b->at->node.child) {
		if (b->keep == KEEP_TEXT && !keep_text(b))
			xml_stop(b, no_memory);
		if (b->keep == KEEP_SECRET)
			keep_secret(b);
	}
	secret_done(&b->secret);
	buf_reset(&b->text);
	b->keep = KEEP_NOTHING;
	b->at = b->at->parent;
	b->depth--;
}

static void XMLCALL on_doctype(void *data, const XML_Char *name,
	const XML_Char *sysid, const XML_Char *pubid, int internal)
{
	(void)name;
	(void)sysid;
	(void)pubid;
	(void)internal;
	xml_stop(data, "a document type declaration");
}

static void XMLCALL on_instruction(void *data, const XML_Char *target,
	const XML_Char *text)
{
	(void)target;
	(void)text;
	xml_stop(data, "a processing instruction");
}

static int xml_run(struct builder *b, const void *p, size_t n,
	struct error *err)
{
	enum XML_Status status;

	XML_SetUserData(b->parser, b);
	XML_SetElementHandler(b->parser, on_start, on_end);
	XML_SetCharacterDataHandler(b->parser, on_text);
	XML_SetDoctypeDeclHandler(b->parser, on_doctype, NULL);
	XML_SetProcessingInstructionHandler(b->parser, on_instruction);
	status = XML_Parse(b->parser, p, (int)n, XML_TRUE);
	if (status == XML_STATUS_OK && !b->why)
		return 0;
	return error_set(err, ERROR_MALFORMED, "not usable XML: line %llu: %s",
		(unsigned long long)EXPAT_LINE_NUMBER(b->parser), b->why ?
		b->why : XML_ErrorString(XML_GetErrorCode(b->parser)));
}

int xml_parse(struct xml **ret, const void *p, size_t n, struct error *err)
{
	static const XML_Memory_Handling_Suite memory = {
		memory_alloc, memory_realloc, memory_free,
	};
	CLEANUP(xml_free) struct xml *x = memory_calloc(1, sizeof(*x));
	struct builder b = { .xml = x, .keep = KEEP_NOTHING };
	int r;

	if (n == 0 || n > INT_MAX)
		return error_set(err, ERROR_MALFORMED,
			"an XML document of %zu bytes", n);
	if (!x)
		return error_memory(err);
	b.parser = XML_ParserCreate_MM(NULL, &memory, NULL);
	if (!b.parser)
		return error_memory(err);
	/* no encoding that expat knows becomes longer than three times */
	buf_init(&b.text, 3 * n);
	r = xml_run(&b, p, n, err);
	XML_ParserFree(b.parser);
	buf_done(&b.text);
	secret_done(&b.secret);
	if (r < 0)
		return r;
	*ret = steal(&x);
	return 0;
}

const struct xml_node *xml_root(const struct xml *x)
{
	return &x->root->node;
}

const struct xml_node *xml_child(const struct xml_node *node, const char *name)
{
	const struct xml_node *c = node ? node->child : NULL;

	while (c && strcmp(c->name, name) != 0)
		c = c->next;
	return c;
}

const struct xml_node *xml_again(const struct xml_node *node)
{
	const struct xml_node *c = node->next;

	while (c && strcmp(c->name, node->name) != 0)
		c = c->next;
	return c;
}

const char *xml_text(const struct xml_node *node, const char *name)
{
	const struct xml_node *c = xml_child(node, name);

	return c ? c->text : NULL;
}
