/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of a credential report from a file. */
#ifndef BRIDGE_AUDIT_FILE_FILE_H
#define BRIDGE_AUDIT_FILE_FILE_H

#include "bridge/audit/run.h"

/*
 * Reads a credential report from a file ("-": standard input), or all files of a
 * directory in the order of their names, and judges the rows as they pass.
 * generated 0: the file has to tell, or nobody does. Of a directory a file that
 * cannot be read is named in a note, and a->not_read; it is an error where there
 * is no other.
 */
int audit_read_report(struct audit *a, const char *path, time_t generated,
	struct error *err);

#endif
