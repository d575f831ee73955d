/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evidence of a run of audit: a directory with all that the run read, from
 * which it can be run again. docs/FORMATS.md has the form. Whoever can write
 * to it can make it say anything: its manifest's SHA-256, kept elsewhere, is
 * what protects it.
 */
#ifndef BRIDGE_AUDIT_KEEP_BUNDLE_H
#define BRIDGE_AUDIT_KEEP_BUNDLE_H

#include "base/folder.h"
#include "base/id.h"

#include <jansson.h>
#include <stdint.h>

#define AUDIT_BUNDLE_FILE_MAX (256u << 20)
#define AUDIT_BUNDLE_MANIFEST "audit.json"

/* Names of the parts. */
#define AUDIT_BUNDLE_REPLIES "replies.jsonl"
#define AUDIT_BUNDLE_REPORT "report"
#define AUDIT_BUNDLE_REGISTRY "registry.json"
#define AUDIT_BUNDLE_BESIDE "registry" /* no part: what journals stand beside */
#define AUDIT_BUNDLE_JOURNAL "registry.journal/" /* and a journal's name */
#define AUDIT_BUNDLE_MUTES "mutes"
#define AUDIT_BUNDLE_EARLIER "since.json"
#define AUDIT_BUNDLE_POLICY "policy"
#define AUDIT_BUNDLE_ADVISORIES "advisories.tsv"

struct audit_bundle {
	struct folder folder; /* of one that is written */
	char *path;           /* owned: where its files are now */
	json_t *facts;        /* owned: what the manifest says */
	json_t *files;        /* borrowed, of facts: name to SHA-256 */
};

#define AUDIT_BUNDLE_INIT { .folder = FOLDER_INIT }

void audit_bundle_done(struct audit_bundle *e);

/* ---- writing ---- */

/* A new one at path, 0700. ERROR_CONFLICT where that exists. */
int audit_bundle_begin(struct audit_bundle *e, const char *path, struct error *err);
/* A file of it, 0600. */
int audit_bundle_add(struct audit_bundle *e, const char *name, const void *p, size_t n,
	struct error *err);
/* The same, of a file ("-": standard input); one that is not there is no part
 * of it where ret_absent is not NULL. */
int audit_bundle_copy(struct audit_bundle *e, const char *name, const char *from,
	bool *ret_absent, struct error *err);
/* A file that was added is no part of it after all. */
int audit_bundle_drop(struct audit_bundle *e, const char *name,
	struct error *err);
/* Takes value. */
void audit_bundle_say(struct audit_bundle *e, const char *member, json_t *value);
/* Writes the manifest, and gives the whole its name. */
int audit_bundle_publish(struct audit_bundle *e, char ret_sha[2 * SHA256_LEN + 1],
	struct error *err);

/* Writes the hash into the system's log. */
void audit_bundle_log(const char *sha);

/* ---- reading ---- */

/*
 * Opens one and holds every file against the manifest, and that against `sha`
 * (hex; NULL: nobody says what it has to be). ERROR_CORRUPT where something
 * differs or is missing, ERROR_MALFORMED.
 */
int audit_bundle_open(struct audit_bundle *e, const char *path, const char *sha,
	struct error *err);
/* The manifest's bytes. ERROR_MALFORMED; ERROR_UNSUPPORTED: the form of another
 * version. Pure. */
int audit_bundle_parse(const char *p, size_t n, json_t **ret, struct error *err);

/* A text, NULL where it is null. */
const char *audit_bundle_text(const struct audit_bundle *e, const char *member);
bool audit_bundle_flag(const struct audit_bundle *e, const char *member);
uint64_t audit_bundle_number(const struct audit_bundle *e, const char *member);
/* Where a part is, to be freed; NULL where it is none of it. */
char *audit_bundle_part(const struct audit_bundle *e, const char *name);

#endif
