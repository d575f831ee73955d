/* SPDX-License-Identifier: Apache-2.0 */
/* When a touch is asked for. */
#include "bridge/login/auth/touch.h"

/* For a token that says nothing while it waits, as CTAPHID does not allow. */
#define PROMPT_MS 150

void touch_prompt(struct prove *x, const struct plugged *t)
{
	if (!x->cued)
		x->prompt(LOGIN_PROMPT_TOUCH, t->credential->token, x->arg);
	x->cued = true;
}

void touch_begin(struct prove *x, struct plugged *t)
{
	t->prompt_at = deadline_in(PROMPT_MS);
	if (!t->facts.brief)
		touch_prompt(x, t);
}

static const struct plugged *first_due(const struct prove *x)
{
	const struct plugged *first = NULL;
	size_t i;

	for (i = 0; i < x->tokens->n && !x->cued; i++) {
		const struct plugged *t = &x->tokens->p[i];

		if (t->state == PLUGGED_PROVING &&
			(!first || t->prompt_at < first->prompt_at))
			first = t;
	}
	return first;
}

void touch_prompt_if_due(struct prove *x)
{
	const struct plugged *t = first_due(x);

	if (t && deadline_passed(t->prompt_at))
		touch_prompt(x, t);
}

deadline_t touch_due(const struct prove *x)
{
	const struct plugged *t = first_due(x);

	return t ? t->prompt_at : DEADLINE_NEVER;
}
