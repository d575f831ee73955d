/* SPDX-License-Identifier: Apache-2.0 */
/* The position in a stream: what syslog, receipts and bundles show. */
#ifndef BRIDGE_REGISTRY_HEAD_H
#define BRIDGE_REGISTRY_HEAD_H

#include "base/id.h"

#include <stdint.h>

struct registry_head {
	char stream[ID_LEN];
	uint64_t seq;
	unsigned char hash[SHA256_LEN];
};

#define REGISTRY_HEAD_LEN 120
/* "stream:seq:hash" in lower-case hex. */
void registry_head_format(const struct registry_head *head,
	char ret[REGISTRY_HEAD_LEN]);
/* ERROR_USAGE. */
int registry_head_parse(const char *s, struct registry_head *ret,
	struct error *err);

/*
 * Writes the head into the system's log, so that a chain which is rewritten or
 * cut later shows even where only this machine's logs are kept.
 */
void registry_log_head(const struct registry_head *head);

#endif
