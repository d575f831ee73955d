/* SPDX-License-Identifier: Apache-2.0 */
/* --at: the moment that certificates are judged by. */
#ifndef BRIDGE_VERIFY_MOMENT_H
#define BRIDGE_VERIFY_MOMENT_H

#include "base/error.h"

#include <time.h>

struct moment {
	enum {
		MOMENT_NOW,
		MOMENT_MADE, /* when what is judged was made */
		MOMENT_TIME,
	} kind;
	time_t time; /* MOMENT_TIME */
};

/*
 * now, made, or a time in ISO 8601; `may_be_made`: made makes sense.
 * ERROR_USAGE.
 */
int moment_parse(const char *text, bool may_be_made, struct moment *ret,
	struct error *err);

/* The time of it; `made` is what "made" stands for. */
time_t moment_time(const struct moment *m, time_t made);

#endif
