/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that are good, and not for the row that was served: they may stay where
 * they are plugged in, and are looked at again for each row that follows.
 */
#include "bridge/rollout/session.h"

#include <stdio.h>
#include <string.h>

static struct aside *aside_find(struct session *x, const char *key)
{
	size_t i;

	for (i = 0; i < x->aside_n; i++)
		if (strcmp(x->aside[i].key, key) == 0)
			return &x->aside[i];
	return NULL;
}

bool session_put_aside(struct session *x, const char *key, size_t row)
{
	struct aside *a = aside_find(x, key);
	bool known = a;

	if (!a && x->aside_n == ASIDE_MAX) { /* the oldest is long gone */
		x->aside_n--;
		memmove(x->aside, x->aside + 1,
			x->aside_n * sizeof(*x->aside));
	}
	if (!a)
		a = &x->aside[x->aside_n++];
	snprintf(a->key, sizeof(a->key), "%s", key);
	a->row = row;
	return known;
}

void session_take_from_aside(struct session *x, const char *key)
{
	struct aside *a = aside_find(x, key);

	if (a)
		*a = x->aside[--x->aside_n];
}

int session_offer_aside(struct session *x, size_t row, struct error *err)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < x->aside_n; i++) {
		if (x->aside[i].row == row)
			continue;
		x->aside[i].row = row;
		r = scout_offer_again(&x->scout, x->aside[i].key, err);
	}
	return r;
}
