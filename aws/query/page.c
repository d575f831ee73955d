/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paged lists. A service that hands out markers in a circle would keep us for
 * ever: each marker is compared with one that is kept from page 1, 2, 4, 8 ...
 * (Brent), so that any circle is found within twice its length.
 */
#include "aws/query/page.h"

#include "aws/query/field.h"

#include <stdlib.h>
#include <string.h>

void pages_done(struct pages *p)
{
	free_p(&p->marker);
	free_p(&p->kept);
}

static int page_comes_again(const struct pages *p, struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the answers to '%s:%s' do not end: the list's marker came "
		"again or there are more than %d pages",
		aws_service_name(p->op->service), p->op->action, PAGES_MAX);
}

static int set_marker(struct pages *p, const char *marker, struct error *err)
{
	bool keep = (p->count & (p->count - 1)) == 0;

	if (p->count >= PAGES_MAX || (p->kept && strcmp(p->kept, marker) == 0))
		return page_comes_again(p, err);
	free_p(&p->marker);
	p->marker = strdup(marker);
	if (p->marker && keep) {
		free_p(&p->kept);
		p->kept = strdup(marker);
	}
	return p->marker && p->kept ? 0 : error_memory(err);
}

/* What the page says about the next one. */
static int next_page(struct pages *p, const struct xml_node *result,
	struct error *err)
{
	bool more;
	const struct field fields[] = { FIELD_BOOL("IsTruncated", &more) };
	const char *marker, *word;
	int r;

	r = field_read(result, fields, ARRAY_LEN(fields), p->op, err);
	if (r < 0)
		return r;
	marker = xml_text(result, "Marker");
	/* a marker without a word on the end means that there is more */
	word = xml_text(result, "IsTruncated");
	if ((!word || !*word) && marker && *marker)
		more = true;
	if (!more) {
		free_p(&p->marker);
		return 0;
	}
	if (!marker || !*marker)
		return call_lacks(p->op, "the marker of the next page", err);
	return set_marker(p, marker, err);
}

/* A page without its list is no empty list: AWS writes that as one. */
static int each_member(const struct pages *p, const struct xml_node *result,
	const char *list, page_fn fn, void *data, struct error *err)
{
	const struct xml_node *all = list ? xml_child(result, list) : NULL, *m;
	int r;

	if (!list)
		return 0;
	if (!all)
		return call_lacks(p->op, list, err);
	m = xml_child(all, "member");
	for (; m; m = xml_again(m)) {
		r = fn(data, m, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int pages_take(struct pages *p, const struct xml_node *result,
	const char *list, page_fn fn, void *data, struct error *err)
{
	int r;

	p->count++;
	r = next_page(p, result, err);
	return r < 0 ? r : each_member(p, result, list, fn, data, err);
}

static int one_page(struct aws_session *s, struct pages *p,
	const struct param *params, const char *list, page_fn fn, void *data,
	struct error *err)
{
	CLEANUP(reply_done) struct reply reply = { .xml = NULL };
	int r;

	r = call(s, p->op, params, &reply, err);
	return r < 0 ? r : pages_take(p, reply.result, list, fn, data, err);
}

int page_each(struct aws_session *s, const struct operation *op,
	struct param *params, const char *list, page_fn fn, void *data,
	struct error *err)
{
	CLEANUP(pages_done) struct pages pages = { .op = op };
	struct param *marker = params;
	int r;

	while (strcmp(marker->name, "Marker") != 0)
		marker++;
	do {
		marker->value = pages.marker;
		r = one_page(s, &pages, params, list, fn, data, err);
		if (r < 0)
			return r;
	} while (pages.marker);
	return 0;
}
