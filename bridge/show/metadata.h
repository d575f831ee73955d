/* SPDX-License-Identifier: Apache-2.0 */
/* FIDO's metadata, as JSON and as a line of text. */
#ifndef BRIDGE_SHOW_METADATA_H
#define BRIDGE_SHOW_METADATA_H

#include "token/trust/mds.h"

#include <jansson.h>

/* Members for --json: number, nextUpdate, entries ... New object. */
json_t *show_metadata_json(const struct mds *m);
/* One line for people. */
#define METADATA_LINE_LEN 512
void show_metadata_line(const struct mds *m, char ret[METADATA_LINE_LEN]);

#endif
