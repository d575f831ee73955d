/* SPDX-License-Identifier: Apache-2.0 */
/* Lists that come in pages: IsTruncated and Marker, followed to the end. */
#ifndef AWS_QUERY_PAGE_H
#define AWS_QUERY_PAGE_H

#include "aws/query/call.h"

#define PAGES_MAX 10000

/* One member element; negative stops. */
typedef int (*page_fn)(void *data, const struct xml_node *member,
	struct error *err);

/*
 * Calls op until the last page and fn for each member of the result's child
 * `list`. params must hold a row named "Marker", whose value is ignored, and
 * end with a NULL name. ERROR_MALFORMED where a Marker comes again, is absent
 * though there is more, or there are more than PAGES_MAX pages.
 */
int page_each(struct aws_session *s, const struct operation *op,
	struct param *params, const char *list, page_fn fn, void *data,
	struct error *err);

/* The same page by page, for whoever asks by himself. */
struct pages {
	const struct operation *op;
	unsigned count;
	char *marker; /* owned; of the next page, NULL at the end */
	char *kept;   /* owned */
};
void pages_done(struct pages *p);
/* One page's result: keeps the next one's marker, then fn for its members. */
int pages_take(struct pages *p, const struct xml_node *result,
	const char *list, page_fn fn, void *data, struct error *err);

#endif
