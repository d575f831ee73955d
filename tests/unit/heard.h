/* SPDX-License-Identifier: Apache-2.0 */
/* A run in which nobody can be asked: what it says is noted, a line each. */
#ifndef TESTS_HEARD_H
#define TESTS_HEARD_H

#include "bridge/run/run.h"

#include <stdio.h>
#include <string.h>

static char said[8192];
static unsigned forgotten; /* how often secrets were */

static void hear(void *self, enum run_tone tone, const char *text)
{
	size_t n = strlen(said);

	assert_ptr_equal(self, said);
	snprintf(said + n, sizeof(said) - n, "%s%s\n",
		tone == RUN_WARNS ? "warning: " : "", text);
}

static void forget(void *self)
{
	assert_ptr_equal(self, said);
	forgotten++;
}

static const struct people listeners = { .say = hear,
	.forget_secrets = forget };
static const __attribute__((unused)) struct run run = {
	.people = &listeners, .self = said, .cancel_fd = -1 };

#endif
