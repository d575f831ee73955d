/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept here: the registry, and FIDO's metadata. */
#include "bridge/setup/step.h"

#include "base/text.h"
#include "bridge/registry/registry.h"
#include "token/trust/mds-cache.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char REGISTRY[] = "registry";
static const char METADATA[] = "metadata";

/* ---- the registry ---- */

static void say_there(struct setup *s, const struct registry *reg)
{
	bool rehearsal = registry_is_rehearsal(reg);

	if (s->q->rehearsal && !rehearsal)
		setup_row(s, SETUP_LEFT, REGISTRY, "name another path, where "
			"none is yet: the mark is made with the registry "
			"alone", NULL, "'%s' is there, and not marked for "
			"rehearsal", s->result->registry);
	else
		setup_row(s, SETUP_ALREADY, REGISTRY, NULL, NULL,
			"'%s' is there, of station %s%s", s->result->registry,
			registry_station(reg), rehearsal ?
			", for rehearsal" : "");
}

static void say_absent(struct setup *s, bool *ret_todo)
{
	const char *path = s->result->registry;

	/* a path that was typed in answer is one of whoever typed it */
	if (s->q->registry && s->q->registry_is_systems && geteuid() != 0) {
		setup_row(s, SETUP_LEFT, REGISTRY, "root makes it: `sudo "
			"tokenbridge registry init`",
			"sudo tokenbridge registry init",
			"there is no registry '%s'", path);
		return;
	}
	*ret_todo = true;
	snprintf(s->question, sizeof(s->question),
		"make the %sregistry '%s', which %s alone may write",
		s->q->rehearsal ? "rehearsal " : "", path,
		geteuid() == 0 ? "root" : "you");
}

int setup_look_registry(struct setup *s, bool *ret_todo, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *path = s->result->registry;
	bool absent = false;
	struct error why;
	int r;

	(void)err;
	if (!path[0]) {
		setup_row(s, SETUP_WOULD, REGISTRY, NULL, NULL,
			"ask who may write the registry: name it by "
			"--registry");
		return 0;
	}
	r = registry_open(&reg, path, REGISTRY_READ, &absent, &why);
	if (r == 0 && absent)
		say_absent(s, ret_todo);
	else if (r == 0)
		say_there(s, reg);
	else
		setup_row(s, SETUP_LEFT, REGISTRY, registry_is_closed(path) ?
			"run this as who may read it, or name another by "
			"--registry" : NULL, NULL, "%s", why.text);
	return 0;
}

int setup_act_registry(struct setup *s, struct error *err)
{
	CLEANUP(registry_free) struct registry *reg = NULL;
	const char *path = s->result->registry;
	int r = registry_init(path, s->q->rehearsal, err);

	if (r == 0)
		r = registry_open(&reg, path, REGISTRY_READ, NULL, err);
	if (r == 0)
		setup_row(s, SETUP_DONE, REGISTRY, "back it up every day: "
			"`man tokenbridge-registry`, BACKUP", NULL,
			"made the %sregistry '%s' of station %s",
			registry_is_rehearsal(reg) ? "rehearsal " : "", path,
			registry_station(reg));
	return r;
}

/* ---- metadata ---- */

static bool may_write(const char *dir)
{
	char parent[SETUP_PATH_LEN], *end;

	if (geteuid() == 0 || access(dir, W_OK) == 0)
		return true;
	snprintf(parent, sizeof(parent), "%s", dir);
	end = strrchr(parent, '/');
	if (errno != ENOENT || !end || end == parent)
		return false;
	*end = '\0';
	return access(parent, W_OK) == 0;
}

static void say_stored(struct setup *s, const struct mds_info *i,
	enum setup_state state)
{
	char due[TEXT_TIME_LEN];

	text_format_time(i->next_update, due);
	setup_row(s, state, METADATA, NULL, NULL,
		"FIDO's metadata number %llu, %zu model%s, next due %.10s%s",
		(unsigned long long)i->number, i->entries,
		text_plural(i->entries), due,
		i->next_update < time(NULL) ? " (overdue)" : "");
}

int setup_look_metadata(struct setup *s, bool *ret_todo, struct error *err)
{
	const struct metadata_request *q = &s->q->metadata;
	CLEANUP(mds_free) struct mds *mds = NULL;
	struct error why;
	int r = mds_cache_load(q->dir, &mds, NULL, &why);

	(void)err;
	if (mds && mds_info(mds)->next_update >= time(NULL)) {
		say_stored(s, mds_info(mds), SETUP_ALREADY);
		return 0;
	}
	if (!may_write(q->dir)) {
		setup_row(s, SETUP_LEFT, METADATA, "root gets it: `sudo "
			"tokenbridge trust update`",
			"sudo tokenbridge trust update", "%s", r < 0 ?
			why.text : mds ? "FIDO's metadata is overdue" :
			"there is no metadata of FIDO: verdicts rest on "
			"vendors' certificates alone, or are undecided");
		return 0;
	}
	*ret_todo = true;
	snprintf(s->question, sizeof(s->question),
		"get FIDO's metadata from %.200s", q->source);
	return 0;
}

int setup_act_metadata(struct setup *s, struct error *err)
{
	CLEANUP(metadata_update_done) struct metadata_update u = { NULL };
	int r;

	run_waits(s->run, "Getting FIDO's metadata");
	r = metadata_update(s->run, &s->q->metadata, &u, err);
	if (r < 0)
		return r;
	say_stored(s, mds_info(u.mds), u.changed ? SETUP_DONE : SETUP_ALREADY);
	return 0;
}
