/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules for JSON objects: a list of members, each with the form that its value
 * must have. For the tables of body.c and event.c only, hence short names.
 */
#ifndef BRIDGE_EVENT_RULE_H
#define BRIDGE_EVENT_RULE_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

#define RULE_WORD_MAX 32

/* Whether v is of the form; `with` is the rule's. */
typedef bool rule_form_fn(const json_t *v, const void *with);

struct rule {
	const char *name; /* NULL ends a list */
	rule_form_fn *form;
	const void *with;
	bool optional;
};

/* A list whose entries are all of one form. */
struct rule_list {
	rule_form_fn *form;
	const struct rule *rules; /* where the entries are objects */
};

#define MUST(name, form) { name, rule_form_##form, NULL, false }
#define MAY(name, form) { name, rule_form_##form, NULL, true }
#define MUST_WORD(name, words) { name, rule_form_one_of, words, false }
#define MAY_LIST(name, of) { name, rule_form_list, &(of), true }
#define END { NULL, NULL, NULL, false }

rule_form_fn rule_form_id;     /* 32 lower-case hex digits */
rule_form_fn rule_form_sha;    /* 64 */
rule_form_fn rule_form_text;   /* clean, 1 to TEXT_MAX bytes */
rule_form_fn rule_form_word;   /* [a-z0-9-], 1 to RULE_WORD_MAX */
rule_form_fn rule_form_one_of; /* `with`: words, NULL behind */
rule_form_fn rule_form_bytes;  /* base64url of 1 to EVENT_BYTES_MAX bytes */
rule_form_fn rule_form_number; /* 0 to EVENT_SEQ_MAX */
rule_form_fn rule_form_u32;
rule_form_fn rule_form_int;    /* 32 bits */
rule_form_fn rule_form_bool;
rule_form_fn rule_form_object; /* `with`: its rules */
rule_form_fn rule_form_any_object;
rule_form_fn rule_form_list;   /* `with`: struct rule_list */

/*
 * Whether o has the members that the rules want, in their form; others are
 * allowed. ERROR_MALFORMED, naming the member; `what` is the event's type.
 */
int rule_check(const struct rule *rules, const json_t *o, const char *what,
	struct error *err);

/*
 * Whether every string and every member name is free of control characters,
 * also of members that no rule knows (the log is shown on terminals), and
 * nothing is nested deeper than 16, v itself being at `depth`.
 */
bool rule_is_clean(const json_t *v, unsigned depth);

#endif
