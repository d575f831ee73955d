/* SPDX-License-Identifier: Apache-2.0 */
/* A removal's rows, and its requests until AWS has answered. */
#include "bridge/member/removing.h"

#include "bridge/run/json.h"

#define SENDS 3 /* of one act whose answer is lost */

const char *removal_outcome_name(enum removal_outcome outcome)
{
	static const char *const names[] = {
		[REMOVAL_DONE] = "removed",
		[REMOVAL_OFF] = "deactivated",
		[REMOVAL_GONE] = "gone",
		[REMOVAL_KEPT] = "kept",
		[REMOVAL_LEFT] = "not-removed",
	};

	return names[outcome];
}

void removing_tell(struct removing *x, enum removal_outcome outcome,
	const char *what, const char *subject, const char *text, char *command)
{
	x->ret->done += outcome == REMOVAL_DONE ||
		outcome == REMOVAL_OFF || outcome == REMOVAL_GONE;
	x->ret->left += outcome == REMOVAL_LEFT || outcome == REMOVAL_KEPT;
	json_row(&x->ret->rows, json_pack("{s:s,s:s,s:o,s:s,s:o}",
		"outcome", removal_outcome_name(outcome),
		"what", what,
		"subject", json_of_text(subject),
		"text", text,
		"command", json_of_text(command)));
	free_p(&command);
}

static bool is_lost(const struct error *e)
{
	return e->code == ERROR_UNREACHABLE || e->code == ERROR_TIMEOUT ||
		e->code == ERROR_MALFORMED;
}

int removing_send(struct removing *x, passing_fn *send, void *data,
	struct error *err)
{
	struct error e;
	int i, r;

	for (i = 1;; i++) {
		r = passing_send(x->q->run, send, data, false, &e);
		if (r == 0 || !is_lost(&e) || i == SENDS)
			return r < 0 ? error_copy(err, &e) : 0;
		r = run_pause(x->q->run, 1000 * i, err);
		if (r < 0)
			return r;
	}
}
