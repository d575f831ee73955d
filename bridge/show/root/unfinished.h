/* SPDX-License-Identifier: Apache-2.0 */
/* Set-ups of root that are not finished. */
#ifndef BRIDGE_SHOW_ROOT_UNFINISHED_H
#define BRIDGE_SHOW_ROOT_UNFINISHED_H

#include "bridge/root/progress.h"

/* A row each, a new reference; NULL without memory. */
json_t *show_root_unfinished_json(const struct root_sights *list);
void show_root_unfinished_text(const struct root_sights *list);

#endif
