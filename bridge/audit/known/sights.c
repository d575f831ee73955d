/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual devices that were listed as nobody's. */
#include "bridge/audit/known/sights.h"

#include "base/file.h"
#include "base/keyvalue.h"
#include "base/paths.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

void sights_init(struct sights *s)
{
	memset(s, 0, sizeof(*s));
}

void sights_done(struct sights *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->p[i].serial);
	free_p(&s->p);
	free_p(&s->endpoint);
	s->n = 0;
}

static int sight_append(struct sights *s, const char *serial, size_t n,
	time_t first, struct error *err)
{
	struct sight *grown = reallocarray(s->p, s->n + 1, sizeof(*grown));

	if (!grown)
		return error_memory(err);
	s->p = grown;
	s->p[s->n] = (struct sight){ strndup(serial, n), first };
	if (!s->p[s->n].serial)
		return error_memory(err);
	s->n++;
	return 0;
}

int sights_add(struct sights *s, const char *serial, time_t first,
	struct error *err)
{
	return sight_append(s, serial, strlen(serial), first, err);
}

time_t sights_first(const struct sights *s, const char *serial)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->p[i].serial, serial) == 0)
			return s->p[i].first;
	return 0;
}

/* ---- the file ---- */

static bool sight_line_is(const struct keyvalue *line, const char *name)
{
	return line->name_n == strlen(name) &&
		memcmp(line->name, name, line->name_n) == 0;
}

static int sights_take(struct sights *s, const struct keyvalue *line,
	const char *file, struct error *err)
{
	time_t first;

	if (sight_line_is(line, "endpoint") && !s->endpoint) {
		s->endpoint = strndup(line->value, line->value_n);
		return s->endpoint ? 0 : error_memory(err);
	}
	if (text_parse_time(line->name, line->name_n, &first) < 0 ||
		first <= 0 || line->value_n == 0)
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: no time and device", file, line->line);
	return sight_append(s, line->value, line->value_n, first, err);
}

int sights_parse(const char *p, size_t n, const char *file,
	struct sights *ret, struct error *err)
{
	struct keyvalue_reader reader = { p, n, file, 0 };
	CLEANUP(sights_done) struct sights s;
	struct keyvalue line;
	int r;

	sights_init(&s);
	while ((r = keyvalue_next(&reader, &line, err)) > 0) {
		r = sights_take(&s, &line, file, err);
		if (r < 0)
			break;
	}
	if (r < 0)
		return r;
	*ret = s;
	sights_init(&s);
	return 0;
}

char *sights_path(const char *registry_path, const char *account)
{
	if (strcmp(registry_path, PATH_REGISTRY) == 0)
		return text_format(PATH_STATE "/journal/%s.orphans", account);
	return text_format("%s.journal/%s.orphans", registry_path, account);
}

int sights_read(const char *path, const char *endpoint, struct sights *ret,
	struct error *err)
{
	CLEANUP(sights_done) struct sights s;
	CLEANUP(buf_done) struct buf b;
	bool absent = false;
	int r;

	sights_init(&s);
	buf_init(&b, SIGHTS_MAX);
	r = file_read(path, FILE_TRUSTED, &b, &absent, err);
	if (r >= 0 && !absent)
		r = sights_parse((const char *)b.p, b.n, path, &s, err);
	if (r < 0)
		return r;
	if (strcmp(s.endpoint ? s.endpoint : "", endpoint) != 0)
		return 0;
	*ret = s;
	sights_init(&s);
	return 0;
}

int sights_write(const char *path, const struct sights *s, struct error *err)
{
	CLEANUP(free_p) char *folder = strndup(path,
		(size_t)(strrchr(path, '/') - path));
	CLEANUP(buf_done) struct buf b;
	char when[TEXT_TIME_LEN];
	size_t i;
	int r;

	buf_init(&b, SIGHTS_MAX);
	if (!folder)
		return error_memory(err);
	if (s->endpoint && s->endpoint[0])
		buf_printf(&b, "endpoint = %s\n", s->endpoint);
	for (i = 0; i < s->n; i++) {
		text_format_time(s->p[i].first, when);
		buf_printf(&b, "%s = %s\n", when, s->p[i].serial);
	}
	if (buf_failed(&b))
		return error_memory(err);
	r = file_make_dirs(folder, 0700, err);
	return r < 0 ? r : file_write_atomic(path, b.p, b.n, 0600, false, err);
}
