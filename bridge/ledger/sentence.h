/* SPDX-License-Identifier: Apache-2.0 */
/* An event in one sentence, for people. Pure. */
#ifndef BRIDGE_LEDGER_SENTENCE_H
#define BRIDGE_LEDGER_SENTENCE_H

#include "bridge/event/event.h"

/*
 * Of an event and of its entry (story.h), whose names are put in; a new string,
 * NULL without memory. Lower case, no full stop.
 */
json_t *sentence_of(const struct event *e, const json_t *entry);

#endif
