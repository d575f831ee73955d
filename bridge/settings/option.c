/* SPDX-License-Identifier: Apache-2.0 */
/* Values of settings, from files and the environment. */
#include "bridge/settings/option.h"

#include "base/file.h"
#include "base/keyvalue.h"
#include "base/paths.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_MAX 65536

int option_set(struct options *o, enum option_id id, const char *value,
	unsigned from, struct error *err)
{
	char *copy = strdup(value);

	if (!copy)
		return error_memory(err);
	free(o->value[id]);
	o->value[id] = copy;
	o->from[id] = from;
	return 0;
}

void options_done(struct options *o)
{
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		free(o->value[i]);
	free(o->arguments);
	memset(o, 0, sizeof(*o));
}

static int setting_of(const char *p, size_t n)
{
	int i;

	for (i = 0; i < OPTION_COUNT; i++)
		if (option_rows[i].setting &&
			strlen(option_rows[i].setting) == n &&
			memcmp(option_rows[i].setting, p, n) == 0)
			return i;
	return -1;
}

static bool is_path(const struct option_row *row)
{
	return row->argument && (strcmp(row->argument, "PATH") == 0 ||
		strcmp(row->argument, "DIR") == 0 ||
		strcmp(row->argument, "FILE") == 0);
}

/* No shell reads a file: ~/ is whose file it is, and the system's is nobody's. */
static int expand_home(char **value, const char *name, size_t line,
	enum option_source from, struct error *err)
{
	const char *home = secure_getenv("HOME");
	char *path;

	if (from != FROM_USER_FILE || !home || home[0] != '/' ||
		strncmp(*value, "~/", 2) != 0)
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: '%s' begins with ~, and no home is "
			"meant here: write the whole path", name, line, *value);
	path = text_format("%s/%s", home, *value + 2);
	if (!path)
		return error_memory(err);
	free(*value);
	*value = path;
	return 0;
}

static int take_setting(struct options *o, const struct keyvalue *kv,
	const char *name, enum option_source from, bool *seen,
	struct error *err)
{
	CLEANUP(free_p) char *copy = NULL;
	int id, r = 0;

	id = setting_of(kv->name, kv->name_n);
	if (id < 0)
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: unknown setting '%.*s'", name,
			kv->line, (int)kv->name_n, kv->name);
	if (!(option_rows[id].from & from))
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: '%s' may stand only in %s", name,
			kv->line, option_rows[id].setting, PATH_SYSTEM_FILE);
	if (kv->value_n == 0 || seen[id])
		return error_set(err, ERROR_USAGE,
			"'%s', line %zu: '%s' is %s", name, kv->line,
			option_rows[id].setting,
			seen[id] ? "set twice" : "empty");
	seen[id] = true;
	copy = strndup(kv->value, kv->value_n);
	if (!copy)
		return error_memory(err);
	if (copy[0] == '~' && is_path(&option_rows[id]))
		r = expand_home(&copy, name, kv->line, from, err);
	if (r == 0 && !o->value[id])
		r = option_set(o, (enum option_id)id, copy, from, err);
	return r;
}

int options_parse_file(struct options *o, const char *p, size_t n,
	const char *name, enum option_source from, struct error *err)
{
	struct keyvalue_reader reader = { p, n, name, 0 };
	bool seen[OPTION_COUNT] = { false };
	struct keyvalue kv;
	int r;

	while ((r = keyvalue_next(&reader, &kv, err)) > 0) {
		r = take_setting(o, &kv, name, from, seen, err);
		if (r < 0)
			break;
	}
	return r;
}

static int load_file(struct options *o, const char *path,
	enum option_source from, bool must_exist, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool absent;
	int r;

	buf_init(&b, CONFIG_MAX);
	r = file_read(path, FILE_TRUSTED, &b, must_exist ? NULL : &absent,
		err);
	if (r < 0)
		return r;
	return options_parse_file(o, buf_str(&b), b.n, path, from, err);
}

static int load_environment(struct options *o, struct error *err)
{
	const char *value;
	int i, r = 0;

	for (i = 0; r == 0 && i < OPTION_COUNT; i++) {
		if (!option_rows[i].variable || o->value[i])
			continue;
		value = secure_getenv(option_rows[i].variable);
		if (value && *value)
			r = option_set(o, (enum option_id)i, value,
				FROM_ENVIRONMENT, err);
	}
	return r;
}

static int load_user_file(struct options *o, struct error *err)
{
	const char *config = secure_getenv("XDG_CONFIG_HOME");
	const char *home = secure_getenv("HOME");
	CLEANUP(free_p) char *path = NULL;

	if (config && config[0] == '/')
		path = text_format("%s/tokenbridge.conf", config);
	else if (home && home[0] == '/')
		path = text_format("%s/.config/tokenbridge.conf", home);
	else
		return 0;
	if (!path)
		return error_memory(err);
	return load_file(o, path, FROM_USER_FILE, false, err);
}

static int set_fallbacks(struct options *o, struct error *err)
{
	int i, r = 0;

	for (i = 0; r == 0 && i < OPTION_COUNT; i++)
		if (!o->value[i] && option_rows[i].fallback)
			r = option_set(o, (enum option_id)i,
				option_rows[i].fallback, 0, err);
	return r;
}

int options_load_system(struct options *o, struct error *err)
{
	int r = load_file(o, PATH_SYSTEM_FILE, FROM_SYSTEM_FILE, false, err);

	return r < 0 ? r : set_fallbacks(o, err);
}

int options_load(struct options *o, struct error *err)
{
	bool same = getuid() == geteuid() && getgid() == getegid();
	const char *system = PATH_SYSTEM_FILE;
	int r = 0;

	if (same && o->value[OPTION_CONFIG])
		system = o->value[OPTION_CONFIG];
	if (same)
		r = load_environment(o, err);
	if (r == 0 && same)
		r = load_user_file(o, err);
	if (r == 0)
		r = load_file(o, system, FROM_SYSTEM_FILE,
			strcmp(system, PATH_SYSTEM_FILE) != 0,
			err);
	return r < 0 ? r : set_fallbacks(o, err);
}

int option_number(const struct options *o, enum option_id id, uint64_t max,
	uint64_t *ret, struct error *err)
{
	if (text_parse_u64(o->value[id], max, ret) == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%s' for %s: a number of at most %llu is wanted",
		o->value[id], option_rows[id].name ? option_rows[id].name :
			option_rows[id].setting,
		(unsigned long long)max);
}
