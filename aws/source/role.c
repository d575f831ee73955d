/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Roles that profiles name: role_arn with source_profile, which may have a role
 * itself, or with credential_source.
 */
#include "aws/source/source.h"

#include "aws/text/ini.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* The profiles that a chain has been through. */
struct walk {
	const struct config_profile *profile; /* where it is now */
	const struct walk *before;            /* NULL: the first one */
};

int source_setting(const struct config_profile *p, const char *key, char *ret,
	size_t size, bool *ret_found, struct error *err)
{
	const char *value = config_profile_get(p, key);

	*ret_found = config_profile_has(p, key);
	if (!*ret_found)
		return 0;
	if (!value)
		return error_set(err, ERROR_USAGE,
			"'%s' of profile '%.40s' is empty: take it out", key,
			p->name);
	if (strlen(value) >= size)
		return error_set(err, ERROR_USAGE,
			"'%s' of profile '%.40s' is longer than %zu bytes",
			key, p->name, size - 1);
	snprintf(ret, size, "%s", value);
	return 0;
}

static int read_duration(const struct config_profile *p, unsigned *ret,
	struct error *err)
{
	char value[16] = "";
	uint64_t n = 0;
	bool found;
	int r = source_setting(p, "duration_seconds", value, sizeof(value),
		&found, err);

	if (r < 0 || !found)
		return r;
	if (text_parse_u64(value, ROLE_DURATION_MAX, &n) < 0)
		return error_set(err, ERROR_USAGE,
			"duration_seconds of profile '%.40s' is '%s': 900 to "
			"43200 are allowed", p->name, value);
	*ret = (unsigned)n;
	return 0;
}

static int read_step(const struct config_profile *p, struct role_step *s,
	struct error *err)
{
	const struct {
		const char *key;
		char *room;
		size_t size;
	} rows[] = {
		{ "role_arn", s->arn, sizeof(s->arn) },
		{ "role_session_name", s->session_name,
			sizeof(s->session_name) },
		{ "external_id", s->external_id, sizeof(s->external_id) },
		{ "mfa_serial", s->mfa_serial, sizeof(s->mfa_serial) },
	};
	bool found;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < ARRAY_LEN(rows); i++)
		r = source_setting(p, rows[i].key, rows[i].room, rows[i].size,
			&found, err);
	return r < 0 ? r : read_duration(p, &s->duration, err);
}

static bool has_keys(const struct config_profile *p)
{
	return config_profile_has(p, "aws_access_key_id") ||
		config_profile_has(p, "aws_secret_access_key");
}

/* With a token file it is a web identity's. */
static bool has_role(const struct config_profile *p)
{
	return config_profile_has(p, "role_arn") &&
		!config_profile_has(p, "web_identity_token_file");
}

/* A profile may name itself, for its own keys, and then only there. */
static int check_loop(const struct walk *w, const struct config_profile *next,
	struct error *err)
{
	const struct walk *at;

	for (at = w; at; at = at->before)
		if (strcmp(at->profile->name, next->name) == 0)
			break;
	if (!at || (at == w && has_keys(next)))
		return 0;
	return error_set(err, ERROR_USAGE,
		"source_profile of '%.40s' leads back to '%.40s'%s: it has to "
		"end at a profile with keys of its own", w->profile->name,
		next->name, at == w ? ", which has no keys" : "");
}

static int walk_chain(const struct source_request *q, const struct walk *w,
	struct aws_recipe *ret, struct error *err);

/* Keys, or more roles, of the profile that w's names. */
static int take_next(const struct source_request *q, const struct walk *w,
	const struct config_profile *next, struct aws_recipe *ret,
	struct error *err)
{
	struct aws_config config = *q->config; /* borrows */
	const struct source_request inner = { &config, q->cancel_fd,
		q->until, q->of_profile };
	const struct walk here = { next, w };
	bool found = false;
	int r;

	config.profile = *next;
	config.profile_explicit = true;
	if (!has_keys(next) && has_role(next))
		return walk_chain(&inner, &here, ret, err);
	r = sources_ask(inner.of_profile, &inner, ret, &found, err);
	if (r < 0 || found)
		return r;
	return error_set(err, ERROR_USAGE,
		"profile '%.40s', which '%.40s' names as source_profile, has "
		"no credentials", next->name, w->profile->name);
}

static int take_source_profile(const struct source_request *q,
	const struct walk *w, const char *name, struct aws_recipe *ret,
	struct error *err)
{
	CLEANUP(config_profile_done) struct config_profile next = {
		.name = NULL };
	int r = config_profile_load(&next, name, err);

	if (r >= 0 && !next.found)
		return error_set(err, ERROR_USAGE,
			"profile '%.40s', which '%.40s' names as "
			"source_profile, is not there", name,
			w->profile->name);
	if (r >= 0)
		r = check_loop(w, &next, err);
	return r < 0 ? r : take_next(q, w, &next, ret, err);
}

static int take_credential_source(const struct source_request *q,
	const char *profile, const char *name, struct aws_recipe *ret,
	struct error *err)
{
	static const struct {
		const char *name;
		const struct credential_source *source;
	} rows[] = {
		{ "Environment", &source_environment },
		{ "EcsContainer", &source_container },
		{ "Ec2InstanceMetadata", &source_metadata },
	};
	struct aws_config config = *q->config; /* borrows */
	const struct source_request inner = { &config, q->cancel_fd,
		q->until, q->of_profile };
	bool found = false;
	size_t i;
	int r;

	/* here the environment is what was named */
	config.profile_explicit = false;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			break;
	if (i == ARRAY_LEN(rows))
		return error_set(err, ERROR_USAGE,
			"credential_source of profile '%.40s' is '%.40s': "
			"Environment, EcsContainer and Ec2InstanceMetadata "
			"are known", profile, name);
	r = rows[i].source->load(&inner, ret, &found, err);
	if (r < 0 || found)
		return r;
	return error_set(err, ERROR_USAGE,
		"profile '%.40s' wants credentials from %s, where none are%s",
		profile, name, q->config->for_other && i == 0 ?
		" (behind sudo the environment is root's)" : "");
}

/* What the role is assumed with, first of all. */
static int take_base(const struct source_request *q, const struct walk *w,
	struct aws_recipe *ret, struct error *err)
{
	const struct config_profile *p = w->profile;
	char profile[INI_NAME_MAX] = "", source[32] = "";
	bool has_profile = false, has_source = false;
	int r;

	r = source_setting(p, "source_profile", profile, sizeof(profile),
		&has_profile, err);
	if (r >= 0)
		r = source_setting(p, "credential_source", source,
			sizeof(source), &has_source, err);
	if (r < 0)
		return r;
	if (has_profile == has_source)
		return error_set(err, ERROR_USAGE,
			"profile '%.40s' has role_arn and %s source_profile "
			"%s credential_source: one of them has to say what "
			"the role is assumed with", p->name,
			has_profile ? "both" : "neither",
			has_profile ? "and" : "nor");
	return has_profile ? take_source_profile(q, w, profile, ret, err) :
		take_credential_source(q, p->name, source, ret, err);
}

static int walk_chain(const struct source_request *q, const struct walk *w,
	struct aws_recipe *ret, struct error *err)
{
	struct role_step step = { .duration = 0 };
	char whose[80];
	int r;

	snprintf(whose, sizeof(whose), "profile '%.40s'", w->profile->name);
	r = read_step(w->profile, &step, err);
	if (r >= 0)
		r = take_base(q, w, ret, err);
	return r < 0 ? r : recipe_add(ret, &step, whose, err);
}

static int load_role(const struct source_request *q, struct aws_recipe *ret,
	bool *ret_found, struct error *err)
{
	const struct walk here = { &q->config->profile, NULL };
	int r;

	if (!has_role(&q->config->profile))
		return 0;
	r = walk_chain(q, &here, ret, err);
	*ret_found = r >= 0;
	return r;
}

const struct credential_source source_role = { "role", load_role };
