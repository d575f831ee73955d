/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One profile out of the two shared files. Settings of the credentials file go
 * before those of the config file, as in the SDKs.
 */
#include "aws/config/config.h"

#include "aws/config/ini.h"
#include "base/file.h"
#include "base/text.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROFILE_ENTRIES_MAX 1000

static const struct {
	const char *variable;
	const char *below_home;
} files[CONFIG_FILES] = {
	[CONFIG_FILE] = { "AWS_CONFIG_FILE", ".aws/config" },
	[CREDENTIALS_FILE] = { "AWS_SHARED_CREDENTIALS_FILE",
		".aws/credentials" },
};

const char *config_getenv(const char *name)
{
	const char *value;

	if (getuid() != geteuid() || getgid() != getegid())
		return NULL;
	value = secure_getenv(name);
	return value && *value ? value : NULL;
}

/* The caller's home directory, NULL where it has none. Owned. */
static char *home_directory(void)
{
	const char *home = config_getenv("HOME");
	struct passwd pw, *found = NULL;
	char room[4096];

	if (home)
		return strdup(home);
	if (getpwuid_r(geteuid(), &pw, room, sizeof(room), &found) != 0 ||
		!found)
		return NULL;
	return strdup(pw.pw_dir);
}

/* Owned; NULL without memory or without a home directory. */
static char *file_path(enum config_file file)
{
	CLEANUP(free_p) char *home = NULL;
	const char *set = config_getenv(files[file].variable);

	if (set && strncmp(set, "~/", 2) != 0)
		return strdup(set);
	home = home_directory();
	if (!home)
		return NULL;
	return text_format("%s/%s", home,
		set ? set + 2 : files[file].below_home);
}

static bool key_is_secret(const char *key)
{
	return strcmp(key, "aws_secret_access_key") == 0 ||
		strcmp(key, "aws_session_token") == 0 ||
		strcmp(key, "aws_security_token") == 0;
}

struct collect {
	struct config_profile *profile;
	enum config_file file;
	const char *name; /* of the file */
};

static bool section_is_profile(const struct collect *c, const char *section)
{
	static const char prefix[] = "profile ";
	const char *name = c->profile->name;

	if (c->file == CREDENTIALS_FILE)
		return strcmp(section, name) == 0;
	if (strncmp(section, prefix, strlen(prefix)) == 0)
		return strcmp(section + strlen(prefix), name) == 0;
	return strcmp(section, "default") == 0 && strcmp(name, section) == 0;
}

static int collect_section(void *data, const char *section, size_t line,
	struct error *err)
{
	struct collect *c = data;

	(void)line;
	(void)err;
	if (section_is_profile(c, section))
		c->profile->found = true;
	return 0;
}

static int fill_entry(struct config_entry *e, const struct ini_item *item,
	struct error *err)
{
	e->key = strdup(item->key);
	if (!e->key)
		return error_memory(err);
	if (key_is_secret(item->key))
		return secret_set(&e->secret, item->value, item->value_n, err);
	e->value = strndup(item->value, item->value_n);
	return e->value ? 0 : error_memory(err);
}

static int collect_item(void *data, const struct ini_item *item,
	struct error *err)
{
	struct collect *c = data;
	struct config_profile *p = c->profile;
	const struct config_entry *before;
	struct config_entry *grown, *e;

	if (item->subkey || !section_is_profile(c, item->section))
		return 0;
	before = config_profile_entry(p, c->file, item->key);
	if (before)
		return error_set(err, ERROR_MALFORMED,
			"'%s' line %zu: '%s' is given twice in profile '%s', "
			"first in line %zu", c->name, item->line, item->key,
			p->name, before->line);
	if (p->count >= PROFILE_ENTRIES_MAX)
		return error_set(err, ERROR_MALFORMED,
			"'%s' line %zu: profile '%s' has more than %d settings",
			c->name, item->line, p->name, PROFILE_ENTRIES_MAX);
	/* entries hold pointers only: moving them leaves no secret behind */
	grown = reallocarray(p->entries, p->count + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	p->entries = grown;
	e = &grown[p->count++];
	*e = (struct config_entry){ .file = c->file, .line = item->line };
	return fill_entry(e, item, err);
}

int config_profile_parse(struct config_profile *p, enum config_file file,
	const unsigned char *bytes, size_t n, const char *name,
	struct error *err)
{
	struct collect c = { .profile = p, .file = file, .name = name };
	struct ini_events events = {
		.item = collect_item,
		.section = collect_section,
		.data = &c,
	};

	return ini_parse(bytes, n, name, &events, err);
}

/* Runs `use` over a file's bytes, where there is such a file. */
static int with_file(enum config_file file,
	int (*use)(void *data, const struct buf *bytes, const char *path,
		struct error *err),
	void *data, struct error *err)
{
	CLEANUP(free_p) char *path = file_path(file);
	CLEANUP(buf_done) struct buf bytes;
	bool absent = false;
	int r;

	buf_init(&bytes, INI_FILE_MAX);
	if (!path)
		return 0;
	r = file_read(path, FILE_ANY, &bytes, &absent, err);
	if (r < 0 || absent)
		return r;
	return use(data, &bytes, path, err);
}

static int use_profile(void *data, const struct buf *bytes, const char *path,
	struct error *err)
{
	struct collect *c = data;

	return config_profile_parse(c->profile, c->file, bytes->p, bytes->n,
		path, err);
}

int config_profile_load(struct config_profile *ret, const char *name,
	struct error *err)
{
	struct collect c = { .profile = ret };
	int r = 0;

	*ret = (struct config_profile){ .name = strdup(name) };
	if (!ret->name)
		return error_memory(err);
	for (c.file = 0; c.file < CONFIG_FILES && r >= 0; c.file++)
		r = with_file(c.file, use_profile, &c, err);
	return r;
}

void config_profile_forget_secrets(struct config_profile *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		secret_done(&p->entries[i].secret);
}

void config_profile_done(struct config_profile *p)
{
	size_t i;

	for (i = 0; i < p->count; i++) {
		free_p(&p->entries[i].key);
		free_p(&p->entries[i].value);
		secret_done(&p->entries[i].secret);
	}
	free_p(&p->entries);
	free_p(&p->name);
	p->count = 0;
}

const struct config_entry *config_profile_entry(
	const struct config_profile *p, enum config_file file, const char *key)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		if (p->entries[i].file == file &&
			strcmp(p->entries[i].key, key) == 0)
			return &p->entries[i];
	return NULL;
}

const char *config_profile_get(const struct config_profile *p,
	const char *key)
{
	const struct config_entry *e =
		config_profile_entry(p, CREDENTIALS_FILE, key);

	if (!e)
		e = config_profile_entry(p, CONFIG_FILE, key);
	return e && e->value && *e->value ? e->value : NULL;
}

struct services {
	const char *section; /* name behind "services " */
	const char *service; /* "iam" */
	char *url;           /* owned until handed over */
};

static int services_item(void *data, const struct ini_item *item,
	struct error *err)
{
	static const char prefix[] = "services ";
	struct services *s = data;

	if (!item->subkey || strcmp(item->subkey, "endpoint_url") != 0 ||
		strcmp(item->key, s->service) != 0 ||
		strncmp(item->section, prefix, strlen(prefix)) != 0 ||
		strcmp(item->section + strlen(prefix), s->section) != 0)
		return 0;
	free_p(&s->url);
	s->url = strndup(item->value, item->value_n);
	return s->url ? 0 : error_memory(err);
}

int config_services_parse(const unsigned char *bytes, size_t n,
	const char *name, const char *services, enum aws_service service,
	char **ret, struct error *err)
{
	struct services s = {
		.section = services,
		.service = aws_service_name(service),
	};
	struct ini_events events = { .item = services_item, .data = &s };
	int r = ini_parse(bytes, n, name, &events, err);

	if (r < 0) {
		free_p(&s.url);
		return r;
	}
	*ret = s.url;
	return 0;
}

struct services_use {
	const char *section;
	enum aws_service service;
	char *url;
};

static int use_services(void *data, const struct buf *bytes, const char *path,
	struct error *err)
{
	struct services_use *u = data;

	return config_services_parse(bytes->p, bytes->n, path, u->section,
		u->service, &u->url, err);
}

int config_services_load(const char *services, enum aws_service service,
	char **ret, struct error *err)
{
	struct services_use u = { services, service, NULL };
	int r = with_file(CONFIG_FILE, use_services, &u, err);

	if (r < 0)
		return r;
	*ret = u.url;
	return 0;
}
