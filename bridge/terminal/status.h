/* SPDX-License-Identifier: Apache-2.0 */
/* Exit codes, the interface of scripts: this file alone knows them. */
#ifndef BRIDGE_TERMINAL_STATUS_H
#define BRIDGE_TERMINAL_STATUS_H

#include "base/error.h"

enum status {
	STATUS_DONE = 0,
	STATUS_ERROR = 1,
	STATUS_USAGE = 2,
	STATUS_FINDINGS = 3,
	STATUS_NO_TOKEN = 4,
	STATUS_REFUSED = 6,
	STATUS_PIN = 7,
	STATUS_TOUCH = 8,
	STATUS_AWS = 9,
	STATUS_INCOMPLETE = 10,
	/* 20 to 27: see enum verdict */
	STATUS_INTERRUPTED = 130,
};

/* What a program that fails with this error exits with; never 0. */
int status_of_error(const struct error *e);

#endif
