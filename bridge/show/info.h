/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that one token says, as JSON and as text. */
#ifndef BRIDGE_SHOW_INFO_H
#define BRIDGE_SHOW_INFO_H

#include "bridge/info/info.h"

/* The TOKEN of --json with all of it. New object. */
json_t *show_info_json(const struct token *t, const struct info *m);
/* The same for people, on standard output. */
void show_info_text(const struct token *t, const struct info *m);

/* "on", "off", "no" */
const char *show_option_text(enum fido_option o);

#endif
