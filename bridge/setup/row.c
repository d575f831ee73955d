/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that setup tells. */
#include "bridge/setup/step.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

const char *setup_state_name(enum setup_state state)
{
	static const char *const names[SETUP_STATES] = {
		[SETUP_ALREADY] = "already",
		[SETUP_DONE] = "done",
		[SETUP_WOULD] = "would",
		[SETUP_NOTE] = "note",
		[SETUP_LEFT] = "left",
		[SETUP_SKIPPED] = "skipped",
	};

	return names[state];
}

void setup_result_done(struct setup_result *r)
{
	free(r->rows);
	r->rows = NULL;
	r->n = 0;
}

size_t setup_count(const struct setup_result *r, enum setup_state state)
{
	size_t i, n = 0;

	for (i = 0; i < r->n; i++)
		n += r->rows[i].state == state;
	return n;
}

void setup_row(struct setup *s, enum setup_state state, const char *step,
	const char *remedy, const char *command, const char *fmt, ...)
{
	struct setup_result *r = s->result;
	struct setup_row *grown = reallocarray(r->rows, r->n + 1,
		sizeof(*grown));
	struct setup_row *row;
	va_list ap;

	if (!grown) {
		r->failed = true;
		return;
	}
	r->rows = grown;
	row = &grown[r->n++];
	row->state = state;
	row->step = step;
	snprintf(row->remedy, sizeof(row->remedy), "%s", remedy ? remedy : "");
	snprintf(row->command, sizeof(row->command), "%s",
		command ? command : "");
	va_start(ap, fmt);
	vsnprintf(row->text, sizeof(row->text), fmt, ap);
	va_end(ap);
	utf8_sanitise(row->text);
	utf8_sanitise(row->remedy);
	utf8_sanitise(row->command);
}
