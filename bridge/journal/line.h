/* SPDX-License-Identifier: Apache-2.0 */
/* A journal's lines. For this room only. */
#ifndef BRIDGE_JOURNAL_LINE_H
#define BRIDGE_JOURNAL_LINE_H

#include "bridge/journal/journal.h"

#include <jansson.h>

/* Where the journal stands, as one line. New object. */
json_t *journal_line(const struct journal *j);

#endif
