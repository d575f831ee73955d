/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a damaged registry file, as far as it can be read. */
#ifndef BRIDGE_REGISTRY_SQLITE_REPAIR_IMAGE_H
#define BRIDGE_REGISTRY_SQLITE_REPAIR_IMAGE_H

#include "base/error.h"
#include "bridge/registry/sqlite/file/scratch.h"

#include <stddef.h>

/* What the medium refuses to give reads as zeros. */
struct image {
	unsigned char *p; /* owned; NULL where the file is empty */
	size_t n;
};

void image_done(struct image *m);

/*
 * The damaged file's bytes. Where a write to it was cut short, they are those
 * of a copy beside `output` in which it was undone, which is the caller's;
 * else *ret_copy is left alone. The damaged file is not written to.
 */
int image_read_damaged(const char *damaged, const char *output,
	struct scratch *ret_copy, struct image *ret, struct error *err);

#endif
