/* SPDX-License-Identifier: Apache-2.0 */
/* What a run was held against, for outputs: mutes, an earlier run. */
#ifndef BRIDGE_AUDIT_OUTPUT_BESIDE_H
#define BRIDGE_AUDIT_OUTPUT_BESIDE_H

#include "bridge/audit/run.h"
#include "bridge/terminal/page.h"

#include <jansson.h>

/* New references; null where there is none. */
json_t *beside_mute_json(const struct audit_finding *f);
json_t *beside_mutes_json(const struct audit *a);
json_t *beside_earlier_json(const struct audit *a);

/* Lines for people; nothing where there is none. */
void beside_print_mutes(struct page *o, const struct audit *a);
void beside_print_earlier(struct page *o, const struct audit *a);

#endif
