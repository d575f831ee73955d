/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads what a damaged registry file still holds, page by page and without
 * SQLite: a leaf page stands for itself, so nothing above it has to be whole.
 * Nothing that comes out of here is believed before it has been checked:
 * events by the chain, evidence by its name, names by their form.
 *
 * SQLite file format, sections 1.6 (b-tree pages), 1.7 (overflow pages) and
 * 2.1 (records).
 */
#ifndef BRIDGE_REGISTRY_SQLITE_REPAIR_SALVAGE_H
#define BRIDGE_REGISTRY_SQLITE_REPAIR_SALVAGE_H

#include "bridge/registry/registry.h"

/* Everything is borrowed for the length of the call. */
struct salvage_event {
	char stream[ID_LEN];
	uint64_t seq;
	const unsigned char *hash; /* SHA256_LEN bytes */
	const unsigned char *p;
	size_t n;
};

struct salvage_name {
	const char *kind;
	const char *id;
	const char *value;
};

/*
 * What is called for each row, NULL where it is not wanted. A negative return
 * value ends the search and is returned.
 */
struct salvage_sink {
	int (*event)(const struct salvage_event *e, void *arg,
		struct error *err);
	int (*name)(const struct salvage_name *n, void *arg,
		struct error *err);
	int (*evidence)(const unsigned char sha[SHA256_LEN], const void *p,
		size_t n, void *arg, struct error *err);
	/* an event of this number was there, says an index */
	void (*number)(const char stream[ID_LEN], uint64_t seq,
		void *arg);
	void *arg;
};

/* All pages of a file of n bytes. The same row may come more than once. */
int salvage_file(const unsigned char *file, size_t n,
	const struct salvage_sink *sink, struct error *err);

#endif
