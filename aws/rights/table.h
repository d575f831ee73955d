/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owners of policies (users, groups, policies themselves) by name, each with the
 * bits of its own documents and with the names of what it has of others. Pure.
 */
#ifndef AWS_RIGHTS_TABLE_H
#define AWS_RIGHTS_TABLE_H

#include "base/error.h"

/* A list of names; owned. */
struct rights_names {
	char **p;
	size_t n;
};

struct rights_owner {
	char *name;     /* owned; of a policy: its ARN */
	char *id;       /* owned; "": none */
	unsigned bits;  /* of its own documents */
	char *boundary; /* owned ARN; NULL: none */
	struct rights_names policies; /* ARNs */
	struct rights_names groups;
};

struct rights_table {
	struct rights_owner *p; /* owned; by name once sorted */
	size_t n, size;
};

/* A new row; NULL without memory. Holds until the next one. */
struct rights_owner *rights_owner_add(struct rights_table *t,
	const char *name);
int rights_names_add(struct rights_names *list, const char *name,
	struct error *err);
/* Sorts; before that nothing is found. */
void rights_table_sort(struct rights_table *t);
const struct rights_owner *rights_owner_find(const struct rights_table *t,
	const char *name);
void rights_table_done(struct rights_table *t);

#endif
