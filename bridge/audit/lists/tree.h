/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML as a tree of texts, lists and maps. Nothing else of it is taken: no
 * anchors, no tags, no second document, no key twice, and no plain word that
 * YAML reads as something else than a text (no, 12, 2027-01-31, ~).
 */
#ifndef BRIDGE_AUDIT_LISTS_TREE_H
#define BRIDGE_AUDIT_LISTS_TREE_H

#include "base/error.h"

enum tree_kind { TREE_TEXT, TREE_LIST, TREE_MAP };

struct tree {
	enum tree_kind kind;
	char *key;           /* owned; of a map's member; else NULL */
	char *text;          /* owned; of a text */
	size_t line;         /* from 1; of a member its key's */
	struct tree *first;  /* owned; of a list or a map */
	struct tree *next;   /* owned */
	struct tree *last;   /* of a list or a map */
	size_t n;            /* of these */
};

/* ERROR_USAGE names file and line. */
int tree_parse(struct tree **ret, const char *name, const char *p, size_t n,
	struct error *err);
void tree_free(struct tree **t);

/* A member of a map; NULL where there is none. */
const struct tree *tree_get(const struct tree *map, const char *key);

#endif
