/* SPDX-License-Identifier: Apache-2.0 */
/* Where the outputs go: standard output, and files that appear whole. */
#ifndef BRIDGE_AUDIT_OUTPUT_PLACES_H
#define BRIDGE_AUDIT_OUTPUT_PLACES_H

#include "base/newfile.h"
#include "bridge/audit/output/output.h"

#define AUDIT_PLACES_MAX 16

struct audit_places {
	struct audit_printer printer[AUDIT_PLACES_MAX + 1]; /* one more for who
	                               wants the rows beside the outputs */
	struct newfile *file[AUDIT_PLACES_MAX]; /* NULL: standard output */
	char *name[AUDIT_PLACES_MAX];           /* owned; NULL likewise */
	size_t n;
};

/*
 * Adds "FORMAT=FILE" for each line of a list; the file "-" is standard output,
 * which one output may have. Files are made beside their names, so that what
 * cannot be written is told before anything is asked.
 */
int audit_places_add(struct audit_places *p, const char *list,
	struct error *err);
bool audit_places_has_stdout(const struct audit_places *p);
/* ERROR_USAGE where one of them is the file at `path`, which is read. */
int audit_places_spare(const struct audit_places *p, const char *path,
	struct error *err);

/* Gives all files their names; the first failure is told, the others go on. */
int audit_places_publish(struct audit_places *p, struct error *err);
/* Removes what was not published. */
void audit_places_done(struct audit_places *p);

#endif
