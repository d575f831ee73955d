/* SPDX-License-Identifier: Apache-2.0 */
/* Refusals that pass. */
#include "bridge/account/passing.h"

#include <string.h>

/* With a pause behind each attempt but the last: 20 s. */
static const int64_t pauses[] = { 1000, 2000, 4000, 6000, 7000 };

static const struct {
	const char *code;
	bool just_made; /* only then */
} passing[] = {
	{ "EntityTemporarilyUnmodifiable", false },
	{ "ConcurrentModification", false },
	{ "NoSuchEntity", true },
};

bool passing_refusal(const struct error *e, bool just_made)
{
	size_t i;

	for (i = 0; e->code == ERROR_REMOTE && i < ARRAY_LEN(passing); i++)
		if (strcmp(e->foreign, passing[i].code) == 0)
			return just_made || !passing[i].just_made;
	return false;
}

int passing_send(const struct run *run, passing_fn *send, void *data,
	bool just_made, struct error *err)
{
	struct error e;
	size_t i;
	int r;

	for (i = 0;; i++) {
		r = send(data, &e);
		if (r >= 0)
			return r;
		if (i == ARRAY_LEN(pauses) || !passing_refusal(&e, just_made))
			return error_copy(err, &e);
		if (i == 0)
			run_say(run, "AWS is not ready for that yet: asking "
				"again for 20 s.");
		r = run_pause(run, pauses[i], err);
		if (r < 0)
			return r;
	}
}
