/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the audit's page, and what is in the folder beside its code:
 * page.css, page.js, and the policy by which a browser takes these two, by their
 * hashes, and nothing else from anywhere.
 */
#ifndef BRIDGE_AUDIT_PAGE_PAGE_H
#define BRIDGE_AUDIT_PAGE_PAGE_H

#include "bridge/audit/output/output.h"
#include "bridge/audit/rows/accounts.h"
#include "bridge/audit/rows/group.h"

/* Made by embed.py. */
extern const char audit_page_style[], audit_page_script[], audit_page_policy[];

#define AUDIT_KINDS_MAX 8

/* Of an output, from its beginning to its end. */
struct audit_page {
	struct audit_accounts accounts;
	struct audit_rows *rows;
	struct {
		char name[32]; /* "fido" */
		uint64_t users;
	} kinds[AUDIT_KINDS_MAX];
	size_t kinds_n;
	uint64_t kind_not_told; /* users with MFA, and nobody said of what kind */
};

/* A text in an element of its own, which keeps its direction. */
void audit_page_put(FILE *f, const char *text);
/* A sentence whose words in backquotes are code. */
void audit_page_sentence(FILE *f, const char *text);
/* A word of a table, marked by its colour. */
void audit_page_chip(FILE *f, const char *word);

/* A picture of parts of a whole. */
struct audit_part {
	const char *style; /* "bad" */
	uint64_t n;
};
void audit_page_bar(FILE *f, const char *title, const struct audit_part *part,
	size_t n);

/* Sections. */
void audit_page_tiles(FILE *f, const struct audit *a,
	const struct audit_page *page);
void audit_page_coverage(FILE *f, const struct audit *a,
	const struct audit_page *page);
void audit_page_todo(FILE *f, const struct audit_groups *groups);
void audit_page_table(FILE *f, const struct audit *a,
	const struct audit_row *const *rows, size_t n);
/* Nothing where the run was not held against such a file. */
void audit_page_earlier(FILE *f, const struct audit *a);
void audit_page_mutes(FILE *f, const struct audit *a);
void audit_page_sources(FILE *f, const struct audit *a);
void audit_page_references(FILE *f, const struct audit *a);

#endif
