/* SPDX-License-Identifier: Apache-2.0 */
/* What doubles were asked, in its order, as one text. */
#ifndef TESTS_STEPS_H
#define TESTS_STEPS_H

#include "base/util.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char steps[32768];

static void PRINTF(1, 2) step(const char *how, ...)
{
	size_t n = strlen(steps);
	va_list v;

	va_start(v, how);
	vsnprintf(steps + n, sizeof(steps) - n, how, v);
	va_end(v);
}

#endif
