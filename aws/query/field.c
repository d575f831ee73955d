/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a reply. */
#include "aws/query/field.h"

#include "base/text.h"

#include <string.h>
#include <strings.h>

static int field_wrong(const struct field *f, const struct operation *op,
	struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"the answer to '%s:%s' holds a '%s' that cannot be read",
		aws_service_name(op->service), op->action, f->name);
}

static bool set_string(const struct field *f, const char *text)
{
	size_t n = strlen(text);

	if (n >= f->size || !utf8_is_clean(text, n))
		return false;
	memcpy(f->room, text, n + 1);
	return true;
}

static bool set_time(const struct field *f, const char *text)
{
	time_t *room = f->room;

	*room = 0;
	return !*text || text_parse_time(text, strlen(text), room) == 0;
}

static bool set_count(const struct field *f, const char *text)
{
	int64_t *room = f->room;
	uint64_t v;

	*room = -1;
	if (!*text)
		return true;
	if (text_parse_u64(text, INT64_MAX, &v) < 0)
		return false;
	*room = (int64_t)v;
	return true;
}

static bool set_bool(const struct field *f, const char *text)
{
	bool *room = f->room;

	*room = strcasecmp(text, "true") == 0;
	return *room || !*text || strcasecmp(text, "false") == 0;
}

int field_set(const struct field *field, const char *text,
	const struct operation *op, struct error *err)
{
	static bool (*const set[])(const struct field *f, const char *text) = {
		[FIELD_IS_STRING] = set_string,
		[FIELD_IS_TIME] = set_time,
		[FIELD_IS_COUNT] = set_count,
		[FIELD_IS_BOOL] = set_bool,
	};

	return set[field->type](field, text) ? 0 : field_wrong(field, op, err);
}

static int read_one(const struct xml_node *node, const struct field *f,
	const struct operation *op, struct error *err)
{
	const struct xml_node *child = xml_child(node, f->name);

	if (child && xml_again(child))
		return field_wrong(f, op, err);
	if (f->required && (!child || child->text_n == 0))
		return call_lacks(op, f->name, err);
	return field_set(f, child ? child->text : "", op, err);
}

int field_read(const struct xml_node *node, const struct field *fields,
	size_t count, const struct operation *op, struct error *err)
{
	size_t i;
	int r = 0;

	if (!node)
		return call_lacks(op, "its result", err);
	for (i = 0; i < count && r >= 0; i++)
		r = read_one(node, &fields[i], op, err);
	return r;
}

int field_names(const struct operation *op, const char *field,
	const char *told, const char *asked, struct error *err)
{
	if (!asked || !told[0] || strcasecmp(told, asked) == 0)
		return 0;
	return error_set(err, ERROR_MALFORMED,
		"the answer to '%s:%s' has the %s '%.80s', and '%.80s' was "
		"asked for", aws_service_name(op->service), op->action, field,
		told, asked);
}
