/* SPDX-License-Identifier: Apache-2.0 */
/* A session of receiving, and what is told of it. For this room only. */
#ifndef BRIDGE_LIFECYCLE_INTAKE_LINE_H
#define BRIDGE_LIFECYCLE_INTAKE_LINE_H

#include "bridge/lifecycle/intake.h"
#include "bridge/registry/registry.h"

enum intake_outcome {
	INTAKE_TAKEN,
	INTAKE_AGAIN,
	INTAKE_NOT_LISTED,
	INTAKE_WRONG_MODEL,
	INTAKE_REFUSED, /* by its verdict */
	INTAKE_FAILED,  /* it could not be asked */
	INTAKE_COUNT,
};

struct intake {
	const struct run *run;
	const struct intake_request *q;
	const struct intake_list *list; /* borrowed */
	bool *done;              /* owned, for each row of the list */
	size_t left, before;
	bool has_serials;        /* the list has, in any row */
	struct event_actor actor;
	struct registry_head head;
	bool has_head;
	size_t counts[INTAKE_COUNT];
	struct node last;        /* of the key before; its path "": none */
};

/* One key, as it comes. */
struct intake_key {
	const struct token *token; /* borrowed */
	bool has_serial;
	uint32_t serial;
	const struct intake_row *row; /* NULL: none */
	enum intake_outcome result;
	char id[ID_LEN];     /* of its row in the registry; "" if none */
	const char *verdict;       /* NULL: not asked */
	char text[ERROR_TEXT_MAX];            /* why, where not taken */
};

/* An object of --json and a text for people; NULL without memory. The texts
 * are for free(). */
json_t *intake_key_json(const struct intake_key *k);
char *intake_key_text(const struct intake_key *k);
json_t *intake_summary_json(const struct intake *x);
char *intake_summary_text(const struct intake *x);

#endif
