/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The INI dialect of ~/.aws/config and ~/.aws/credentials: sections, `key =
 * value` or `key: value`, comment lines in # or ;, and one level of nesting
 * (lines indented deeper than an empty key above them).
 */
#ifndef AWS_CONFIG_INI_H
#define AWS_CONFIG_INI_H

#include "base/error.h"

#define INI_FILE_MAX (1u << 20) /* bytes of a file that is read at all */
#define INI_LINE_MAX 16384      /* bytes of a line (session tokens are long) */
#define INI_NAME_MAX 256        /* bytes of a section's or key's name */

/* One setting. The strings are borrowed for the call; value is not one. */
struct ini_item {
	const char *section; /* "default", "profile alice", quotes resolved */
	const char *key;     /* lower case */
	const char *subkey;  /* of a nested line, lower case; else NULL */
	const char *value;   /* trimmed; value_n bytes, no NUL behind them */
	size_t value_n;
	size_t line;         /* from 1 */
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
 * line 3: ...") for a line without `=`, a setting before the first section, an
 * unclosed bracket, a NUL byte, a line or name that is too long. Values never
 * stand in an error's text: they may be secret.
 */
int ini_parse(const unsigned char *p, size_t n, const char *name,
	const struct ini_events *events, struct error *err);

#endif
