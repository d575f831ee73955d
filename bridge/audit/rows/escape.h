/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text inside XML and HTML: what has a meaning there is escaped, in elements and
 * in quoted attributes alike. What no line of text may have (base/utf8.h) is
 * shown as [U+202E], since XML 1.0 has no way to write some of it, and the rest
 * would make one name read as another.
 */
#ifndef BRIDGE_AUDIT_ROWS_ESCAPE_H
#define BRIDGE_AUDIT_ROWS_ESCAPE_H

#include <stdio.h>

void audit_escape(FILE *f, const char *text);

/* An attribute of that name (a constant), behind a blank: NAME="text". */
void audit_escape_attribute(FILE *f, const char *name, const char *text);

#endif
