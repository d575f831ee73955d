/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual devices that were listed as nobody's, and when first: one list may
 * lag, or show what somebody is about to register. A file beside the registry's
 * journals, one for each account; docs/FORMATS.md has its lines.
 */
#ifndef BRIDGE_AUDIT_KNOWN_SIGHTS_H
#define BRIDGE_AUDIT_KNOWN_SIGHTS_H

#include "base/error.h"

#include <time.h>

#define SIGHTS_MAX (1u << 20) /* bytes of the file */

struct sight {
	char *serial; /* owned */
	time_t first;
};

struct sights {
	struct sight *p; /* owned */
	size_t n;
	char *endpoint;  /* owned; of whose lists they are; "" AWS's own */
};

void sights_init(struct sights *s);
void sights_done(struct sights *s);

/* The file's bytes; ERROR_USAGE names `file` and line. Pure. */
int sights_parse(const char *p, size_t n, const char *file,
	struct sights *ret, struct error *err);
int sights_add(struct sights *s, const char *serial, time_t first,
	struct error *err);
/* When it was first seen; 0: never. */
time_t sights_first(const struct sights *s, const char *serial);

/* The file's path; free() it. NULL without memory. */
char *sights_path(const char *registry_path, const char *account);
/* None, and none of this endpoint, is success with none. */
int sights_read(const char *path, const char *endpoint, struct sights *ret,
	struct error *err);
int sights_write(const char *path, const struct sights *s, struct error *err);

#endif
