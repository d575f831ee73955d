/* SPDX-License-Identifier: Apache-2.0 */
/* Text inside XML and HTML. */
#include "bridge/audit/rows/escape.h"

#include "base/utf8.h"

#include <string.h>

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void audit_escape(FILE *f, const char *text)
{
	const char *end = text + strlen(text), *entity;
	uint32_t cp;
	size_t n;

	for (; text < end; text += n) {
		entity = entity_of(*text);
		n = utf8_next(text, (size_t)(end - text), &cp);
		if (entity)
			fputs(entity, f);
		else if (n == 0)
			fputs("[U+FFFD]", f);
		else if (utf8_is_clean(text, n))
			fwrite(text, 1, n, f);
		else
			fprintf(f, "[U+%04X]", (unsigned)cp);
		n = n ? n : 1;
	}
}

void audit_escape_attribute(FILE *f, const char *name, const char *text)
{
	fprintf(f, " %s=\"", name);
	audit_escape(f, text);
	fputc('"', f);
}
