/* SPDX-License-Identifier: Apache-2.0 */
/* A session with AWS. */
#include "aws/query/session-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALL_TIMEOUT_MS 60000
#define REPORT_MAX (64u << 20)

/* A session may have to ask for its settings again. */
static const char **strings_of(struct aws_options *o, size_t i)
{
	const char **const all[] = { &o->profile, &o->region,
		&o->endpoint_url, &o->ca_bundle, &o->proxy, &o->user_agent,
		NULL };

	return all[i];
}

static void options_free(struct aws_options *o)
{
	const char **s;
	size_t i;

	for (i = 0; (s = strings_of(o, i)); i++) {
		free((char *)*s);
		*s = NULL;
	}
}

static int options_keep(struct aws_options *to, const struct aws_options *from,
	struct error *err)
{
	struct aws_options all = *from;
	const char **s;
	size_t i;

	*to = *from;
	for (i = 0; (s = strings_of(to, i)); i++)
		*s = NULL;
	for (i = 0; (s = strings_of(to, i)); i++) {
		if (!*strings_of(&all, i))
			continue;
		*s = strdup(*strings_of(&all, i));
		if (!*s)
			return error_memory(err);
	}
	return 0;
}

void aws_session_free(struct aws_session **s)
{
	if (!s || !*s)
		return;
	http_free(&(*s)->http);
	credentials_done(&(*s)->taken);
	credentials_done(&(*s)->mfa);
	wipe((*s)->code, sizeof((*s)->code));
	settings_done(&(*s)->settings);
	options_free(&(*s)->options);
	free_p(&(*s)->user_agent);
	free_p(s);
}

int aws_session_blank(struct aws_session **ret,
	const struct aws_options *options, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return error_memory(err);
	s->cancel_fd = options->cancel_fd;
	s->until = options->until;
	s->call_timeout_ms = options->call_timeout_ms ?
		options->call_timeout_ms : CALL_TIMEOUT_MS;
	if (options->hand_back_ms)
		aws_session_hand_back(s, options->hand_back_ms);
	s->report_max = options->report_max ? options->report_max :
		REPORT_MAX;
	s->user_agent = strdup(options->user_agent ? options->user_agent :
		"tokenbridge");
	if (!s->user_agent)
		return error_memory(err);
	r = options_keep(&s->options, options, err);
	if (r < 0)
		return r;
	*ret = steal(&s);
	return 0;
}

int aws_session_new(struct aws_session **ret,
	const struct aws_options *options, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = NULL;
	int r = aws_session_blank(&s, options, err);

	if (r >= 0)
		r = settings_load(&s->settings, options, err);
	if (r < 0)
		return r;
	*ret = steal(&s);
	return 0;
}

/* ---- one made of another ---- */

static int copy_keys(struct aws_credentials *to,
	const struct aws_credentials *from, struct error *err)
{
	return credentials_set(to, from->key_id, from->key.p, from->key.n,
		from->token.p, from->token.n, from->origin, err);
}

/* Endpoints are made anew for the region; overridden ones stay. */
static int set_place(struct aws_config *to, const struct aws_config *from,
	const char *region, struct error *err)
{
	enum aws_service i;

	if (!region_is_well_formed(region) ||
		partition_of_region(region) != from->partition)
		return error_set(err, ERROR_USAGE,
			"'%s' is no region of partition '%s'", region,
			from->partition->name);
	memset(to, 0, sizeof(*to));
	snprintf(to->region, sizeof(to->region), "%s", region);
	to->partition = from->partition;
	to->form = from->form;
	to->attempts = from->attempts;
	to->way = from->way;
	to->way.ca_bundle = NULL;
	if (from->way.ca_bundle)
		to->way.ca_bundle = strdup(from->way.ca_bundle);
	if (from->way.ca_bundle && !to->way.ca_bundle)
		return error_memory(err);
	config_endpoints_own(to);
	for (i = 0; i < AWS_SERVICES; i++) {
		struct aws_endpoint *e = &to->endpoints[i];
		char signs[REGION_MAX];

		if (!from->endpoints[i].overridden)
			continue;
		memcpy(signs, e->region, sizeof(signs));
		*e = from->endpoints[i];
		memcpy(e->region, signs, sizeof(signs));
	}
	to->profile.name = strdup(from->profile.name);
	return to->profile.name ? 0 : error_memory(err);
}

int aws_session_derive(struct aws_session **ret,
	const struct aws_session *from, const struct aws_credentials *keys,
	const char *region, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = calloc(1, sizeof(*s));
	const struct aws_config *config = &from->settings.config;
	int r;

	if (!s)
		return error_memory(err);
	s->cancel_fd = from->cancel_fd;
	s->until = from->until;
	s->call_timeout_ms = from->call_timeout_ms;
	s->report_max = from->report_max;
	s->user_agent = strdup(from->user_agent);
	buf_init(&s->settings.ca_pem, CA_PEM_MAX);
	buf_put(&s->settings.ca_pem, from->settings.ca_pem.p,
		from->settings.ca_pem.n);
	if (!s->user_agent || buf_failed(&s->settings.ca_pem))
		return error_memory(err);
	r = set_place(&s->settings.config, config,
		region ? region : config->region, err);
	if (r == 0)
		r = copy_keys(&s->taken,
			keys ? keys : aws_session_credentials(from), err);
	if (r < 0)
		return r;
	s->taken.expires = (keys ? keys :
		aws_session_credentials(from))->expires;
	*ret = steal(&s);
	return 0;
}

int aws_session_new_played(struct aws_session **ret,
	const struct aws_played *p, struct error *err)
{
	CLEANUP(aws_session_free) struct aws_session *s = calloc(1, sizeof(*s));
	struct aws_endpoint *e;
	enum aws_service i;

	if (!s)
		return error_memory(err);
	s->cancel_fd = p->cancel_fd;
	s->until = DEADLINE_NEVER;
	s->settings.config.partition = partition_by_name(p->partition);
	if (!s->settings.config.partition)
		return error_set(err, ERROR_MALFORMED,
			"'%s' is no partition of AWS that is known",
			p->partition);
	snprintf(s->settings.config.region, REGION_MAX, "%s", p->region);
	for (i = 0; p->endpoint[0] && i < AWS_SERVICES; i++) {
		e = &s->settings.config.endpoints[i];
		e->overridden = true;
		snprintf(e->url, sizeof(e->url), "%s", p->endpoint);
		snprintf(e->origin, sizeof(e->origin), "%s", p->origin);
	}
	*ret = steal(&s);
	return 0;
}

const char *aws_session_region(const struct aws_session *s)
{
	return s->settings.config.region;
}

const char *aws_session_profile(const struct aws_session *s)
{
	return s->settings.config.profile.name;
}

const char *aws_session_owner(const struct aws_session *s, uid_t *ret_uid)
{
	if (!s->settings.has_owner)
		return NULL;
	*ret_uid = s->settings.owner.uid;
	return s->settings.owner.name;
}

void aws_session_hand_back(struct aws_session *s, int64_t ms)
{
	s->call_timeout_ms = ms;
	s->hands_back = true;
}

const char *aws_session_note(const struct aws_session *s)
{
	return s->settings.config.note;
}

const struct partition *aws_session_partition(const struct aws_session *s)
{
	return s->settings.config.partition;
}

const struct aws_endpoint *aws_session_endpoint(const struct aws_session *s,
	enum aws_service service)
{
	return &s->settings.config.endpoints[service];
}

const struct aws_credentials *aws_session_credentials(
	const struct aws_session *s)
{
	return s->taken.key_id[0] ? &s->taken : &s->settings.recipe.keys;
}

const struct aws_recipe *aws_session_recipe(const struct aws_session *s)
{
	return &s->settings.recipe;
}

bool aws_session_is_overridden(const struct aws_session *s)
{
	enum aws_service i;

	for (i = 0; i < AWS_SERVICES; i++)
		if (s->settings.config.endpoints[i].overridden)
			return true;
	return false;
}

const struct aws_way *aws_session_way(const struct aws_session *s)
{
	return &s->settings.config.way;
}

void aws_session_set_deadline(struct aws_session *s, deadline_t until)
{
	s->until = until;
}

time_t aws_now(const struct aws_session *s)
{
	if (!s->clock.known)
		return -1;
	/* what was kept is as of its own reply, whenever it is read */
	if (s->tape)
		return s->clock.date;
	return s->clock.date +
		(time_t)((deadline_now() - s->clock.date_at) / 1000);
}

bool aws_clock_skew(const struct aws_session *s, int64_t *ret)
{
	if (!s->clock.known)
		return false;
	*ret = (int64_t)time(NULL) - (int64_t)aws_now(s);
	return true;
}

const char *aws_session_request_id(const struct aws_session *s)
{
	return s->request_id;
}

unsigned aws_session_connections(const struct aws_session *s)
{
	return s->http ? http_connections(s->http) : 0;
}

unsigned aws_session_requests(const struct aws_session *s)
{
	return s->requests;
}
