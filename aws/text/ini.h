/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The INI dialect of ~/.aws/config and ~/.aws/credentials as the AWS command
 * line reads it, which is Python's RawConfigParser: sections, `key = value` or
 * `key: value`, comment lines in # or ;, a deeper line goes on with the value
 * above it, and a value that begins with its second line is a nested block of
 * `key = value`. The section DEFAULT gives every other one what that lacks.
 */
#ifndef AWS_TEXT_INI_H
#define AWS_TEXT_INI_H

#include "base/error.h"

#define INI_FILE_MAX (1u << 20) /* bytes of a file that is read at all */
#define INI_LINE_MAX 16384      /* bytes of a line (session tokens are long) */
#define INI_NAME_MAX 256        /* bytes of a section's or key's name */
#define INI_NAMES_MAX 4096      /* sections of a file, keys of a section */

#define INI_DEFAULT "DEFAULT"   /* the section that the others inherit from */

/* One setting. The strings are borrowed for the call. */
struct ini_item {
	const char *section; /* as it stands between the brackets */
	const char *key;     /* lower case */
	const char *subkey;  /* of a nested line, as it stands; else NULL */
	const char *value;   /* trimmed; several lines with '\n' between them;
	                        "\n" where a nested block follows */
	size_t value_n;
	size_t line;         /* where the setting begins, from 1 */
};

/* Negative stops the parser and is what it returns. */
typedef int (*ini_fn)(void *data, const struct ini_item *item,
	struct error *err);
/* Called for every section's header, also for empty ones; may be NULL. */
typedef int (*ini_section_fn)(void *data, const char *section, size_t line,
	struct error *err);

struct ini_events {
	ini_fn item;
	ini_section_fn section;
	void *data;
};

/*
 * Parses n bytes. `name` is the file for the error. ERROR_MALFORMED ("'NAME'
 * line 3: ...") for all that the AWS command line refuses the file for: a line
 * that is none, a setting before the first section, a section or a key that
 * comes twice, a nested line without `=`, bytes that are no UTF-8, a byte order
 * mark; and for a NUL byte, and for lines and names that are too long. Values
 * never stand in an error's text: they may be secret.
 */
int ini_parse(const unsigned char *p, size_t n, const char *name,
	const struct ini_events *events, struct error *err);

#endif
