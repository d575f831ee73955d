/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One profile out of the two shared files. Settings of the credentials file go
 * before those of the config file, as in the SDKs. Within a file one section is
 * the profile, whole; only DEFAULT adds what it lacks.
 */
#include "aws/config/config.h"

#include "aws/config/path.h"
#include "aws/config/section.h"
#include "base/file.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *variable;
	const char *below_home;
} files[CONFIG_FILES] = {
	[CONFIG_FILE] = { "AWS_CONFIG_FILE", ".aws/config" },
	[CREDENTIALS_FILE] = { "AWS_SHARED_CREDENTIALS_FILE",
		".aws/credentials" },
};

/* A variable that is set and empty names no file, and not the usual one. */
static int find_place(enum config_file file, struct config_place *ret,
	struct error *err)
{
	const char *set = config_variable(files[file].variable);
	CLEANUP(free_p) char *home = NULL;

	if (set) {
		ret->variable = files[file].variable;
		ret->path = path_expand(set);
		return ret->path ? 0 : error_memory(err);
	}
	home = path_home();
	if (!home)
		return 0;
	ret->path = text_format("%s/%s", home, files[file].below_home);
	return ret->path ? 0 : error_memory(err);
}

static bool key_is_secret(const char *key)
{
	return strcmp(key, "aws_secret_access_key") == 0 ||
		strcmp(key, "aws_session_token") == 0 ||
		strcmp(key, "aws_security_token") == 0;
}

/* One file's settings of the profile, and what its DEFAULT gives besides. */
struct collect {
	struct config_profile *profile;
	enum config_file file;
	bool active; /* the section under way is the profile */
	bool found;  /* one was */
	struct config_profile defaults; /* without a name */
};

static bool section_is_profile(const struct collect *c, const char *section)
{
	char name[INI_NAME_MAX];

	if (c->file == CREDENTIALS_FILE)
		return strcmp(section, c->profile->name) == 0;
	return section_profile(section, name) &&
		strcmp(name, c->profile->name) == 0;
}

static void entry_done(struct config_entry *e)
{
	free_p(&e->key);
	free_p(&e->value);
	secret_done(&e->secret);
}

/* Several sections may be one profile: only the last one is. */
static void forget_file(struct config_profile *p, enum config_file file)
{
	size_t i, kept = 0;

	for (i = 0; i < p->count; i++)
		if (p->entries[i].file == file)
			entry_done(&p->entries[i]);
		else
			p->entries[kept++] = p->entries[i];
	p->count = kept;
}

static int collect_section(void *data, const char *section, size_t line,
	struct error *err)
{
	struct collect *c = data;

	(void)line;
	(void)err;
	c->active = section_is_profile(c, section);
	if (c->active) {
		forget_file(c->profile, c->file);
		c->found = true;
	}
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

static struct config_entry *add_setting(struct config_profile *p,
	enum config_file file, size_t line)
{
	/* entries hold pointers only: moving them leaves no secret behind */
	struct config_entry *grown = reallocarray(p->entries, p->count + 1,
		sizeof(*grown));

	if (!grown)
		return NULL;
	p->entries = grown;
	grown += p->count++;
	*grown = (struct config_entry){ .file = file, .line = line };
	return grown;
}

static int collect_item(void *data, const struct ini_item *item,
	struct error *err)
{
	struct collect *c = data;
	bool is_default = strcmp(item->section, INI_DEFAULT) == 0;
	struct config_entry *e;

	if (item->subkey || (!is_default && !c->active))
		return 0;
	e = add_setting(is_default ? &c->defaults : c->profile, c->file,
		item->line);
	return e ? fill_entry(e, item, err) : error_memory(err);
}

/* DEFAULT may stand behind the profile: so this comes last. */
static int inherit(struct collect *c, struct error *err)
{
	struct config_profile *from = &c->defaults;
	struct config_entry *e;
	size_t i;

	for (i = 0; c->found && i < from->count; i++) {
		if (config_profile_entry(c->profile, c->file,
			    from->entries[i].key))
			continue;
		e = add_setting(c->profile, c->file, from->entries[i].line);
		if (!e)
			return error_memory(err);
		/* handed over whole */
		*e = from->entries[i];
		from->entries[i] = (struct config_entry){ .file = c->file };
	}
	return 0;
}

int config_profile_parse(struct config_profile *p, enum config_file file,
	const unsigned char *bytes, size_t n, const char *name,
	struct error *err)
{
	struct collect c = { .profile = p, .file = file };
	struct ini_events events = {
		.item = collect_item,
		.section = collect_section,
		.data = &c,
	};
	int r = ini_parse(bytes, n, name, &events, err);

	if (r >= 0)
		r = inherit(&c, err);
	config_profile_done(&c.defaults);
	p->found |= c.found;
	return r;
}

/*
 * The bytes of a file into b. One that is not there, and the null device, is
 * empty.
 */
static int read_place(struct config_place *place, struct buf *b,
	struct error *err)
{
	if (place->variable && strcmp(place->path, "/dev/null") == 0)
		return 0;
	place->absent = !place->path || !place->path[0];
	return place->absent ? 0 :
		file_read(place->path, FILE_ANY, b, &place->absent, err);
}

static int load_place(struct config_profile *p, enum config_file file,
	struct error *err)
{
	struct config_place *place = &p->places[file];
	CLEANUP(buf_done) struct buf bytes;
	int r;

	buf_init(&bytes, INI_FILE_MAX);
	r = find_place(file, place, err);
	if (r >= 0)
		r = read_place(place, &bytes, err);
	if (r < 0 || place->absent)
		return r;
	return config_profile_parse(p, file, bytes.p, bytes.n, place->path,
		err);
}

int config_profile_load(struct config_profile *ret, const char *name,
	struct error *err)
{
	enum config_file file;
	int r = 0;

	*ret = (struct config_profile){ .name = strdup(name) };
	if (!ret->name)
		return error_memory(err);
	for (file = 0; file < CONFIG_FILES && r >= 0; file++)
		r = load_place(ret, file, err);
	return r;
}

void config_profile_forget(struct config_profile *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		entry_done(&p->entries[i]);
	free_p(&p->entries);
	p->count = 0;
}

void config_profile_done(struct config_profile *p)
{
	size_t i;

	config_profile_forget(p);
	for (i = 0; i < CONFIG_FILES; i++)
		free_p(&p->places[i].path);
	free_p(&p->name);
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

bool config_profile_has(const struct config_profile *p, const char *key)
{
	return config_profile_entry(p, CREDENTIALS_FILE, key) ||
		config_profile_entry(p, CONFIG_FILE, key);
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

