/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of a credential report from a file. */
#ifndef BRIDGE_AUDIT_FILE_FILE_H
#define BRIDGE_AUDIT_FILE_FILE_H

#include "bridge/audit/run.h"

/*
 * Reads a credential report from a file ("-": standard input) and judges its
 * rows as they pass. generated 0: the file has to tell, or nobody does.
 */
int audit_read_report(struct audit *a, const char *path, time_t generated,
	struct error *err);

#endif
