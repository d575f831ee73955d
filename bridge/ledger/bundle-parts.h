/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a bundle (docs/FORMATS.md), read as they are written: strictly,
 * so that a changed byte is never another way of saying the same. Pure.
 */
#ifndef BRIDGE_LEDGER_BUNDLE_PARTS_H
#define BRIDGE_LEDGER_BUNDLE_PARTS_H

#include "base/buf.h"
#include "bridge/event/event.h"
#include "bridge/registry/head.h"

#include <time.h>

#define BUNDLE_README "README"
#define BUNDLE_FACTS "bundle.json"
#define BUNDLE_CHAIN "chain"
#define BUNDLE_NAMES "names.json"
#define BUNDLE_EVIDENCE "evidence/" /* and SHA-256, ".json" */
#define BUNDLE_SUMS "SHA256SUMS"

#define BUNDLE_FILE_MAX (256u * 1024 * 1024)
#define BUNDLE_NAME_LEN 100

/* ---- SHA256SUMS, as sha256sum(1) writes it ---- */

struct bundle_sum {
	unsigned char sha[SHA256_LEN];
	char name[BUNDLE_NAME_LEN];
};

/*
 * The next line; 1, or 0 at the end. ERROR_MALFORMED for every other form, for
 * names that lead out of the bundle, and for one that does not sort behind
 * `before` (NULL: the first).
 */
int bundle_sum_next(const char **p, size_t *n, const char *before,
	struct bundle_sum *ret, struct error *err);
void bundle_sum_write(const struct bundle_sum *sum, struct buf *b);

/* ---- chain ---- */

/* "SEQ HASH" of an event that is not given, "SEQ HASH EVENT" of one that is. */
struct bundle_link {
	uint64_t seq;
	unsigned char hash[SHA256_LEN];
	const unsigned char *event; /* borrowed; NULL: not given */
	size_t event_n;
};

int bundle_link_next(const char **p, size_t *n, struct bundle_link *ret,
	struct error *err);
void bundle_link_write(const struct bundle_link *link, struct buf *b);

/* ---- bundle.json ---- */

struct bundle_facts {
	char token[ID_LEN];
	struct registry_head head; /* of the last event of the chain */
	bool rehearsal;
	time_t made_at;
};

json_t *bundle_facts_json(const struct bundle_facts *f);
/* ERROR_MALFORMED; ERROR_UNSUPPORTED for a later version. */
int bundle_facts_parse(const void *p, size_t n, struct bundle_facts *ret,
	struct error *err);

/* ---- names.json ---- */

/*
 * {"v": 1, "names": [{kind, id, value}, ...]} as an object "KIND/ID": value,
 * new. ERROR_MALFORMED.
 */
int bundle_names_parse(const void *p, size_t n, json_t **ret,
	struct error *err);

#endif
