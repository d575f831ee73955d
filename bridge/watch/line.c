/* SPDX-License-Identifier: Apache-2.0 */
/* What `watch` prints. */
#include "bridge/watch/watch.h"

#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

json_t *watch_line_json(const char *what, const char *time, const char *key,
	json_t *item)
{
	json_t *o = json_pack("{s:i,s:s,s:s,s:s}", "version", 1, "event", what,
		"time", time, "key", key);

	if (o && json_object_update(o, item) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

static const char *text_of(json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* ", assigned, holder alice"; "" where the registry has no row */
static char *registry_words(json_t *row)
{
	const char *state = text_of(row, "state");
	const char *holder = text_of(row, "holder");
	const char *label = text_of(row, "label");

	json_int_t rows = json_integer_value(json_object_get(row, "rows"));

	if (rows == 0) /* nor where nothing can be told */
		return strdup("");
	if (rows > 1)
		return strdup(", several rows in the registry");
	return text_format(", %s%s%s%s%s%s", *label ? "'" : "", label,
		*label ? "' " : "", state, *holder ? ", holder " : "",
		holder);
}

char *watch_line_text(const char *what, const char *time, json_t *item)
{
	json_t *serial = json_object_get(item, "serial");
	const char *node = text_of(item, "node");
	const char *firmware = text_of(item, "firmware");
	const char *problem = text_of(item, "problem");
	char *row = registry_words(json_object_get(item, "registry"));
	char *number = json_is_integer(serial) ? text_format(", serial %lld",
		(long long)json_integer_value(serial)) : strdup("");
	char *ret = NULL;

	if (row && number)
		ret = text_format("%s  %-7s  %s  %s%s%s%s%s%s%s", time, what,
			*node ? node : "-", text_of(item, "product"),
			number, *firmware ? ", firmware " : "", firmware, row,
			*problem ? ": " : "", problem);
	free(row);
	free(number);
	if (ret) /* names of the registry are clean already */
		utf8_sanitise(ret);
	return ret;
}
