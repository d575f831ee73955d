/* SPDX-License-Identifier: Apache-2.0 */
/* Requests for settings, and answers. */
#include "aws/caller/wire.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 2
#define ATTEMPTS_MAX 100
#define KEY_MAX 256

const char *const settings_variables[] = {
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE",
	"AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION", "AWS_DEFAULT_REGION",
	"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS",
	"AWS_ENDPOINT_URL_ORGANIZATIONS", "AWS_ENDPOINT_URL_CLOUDTRAIL",
	"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT",
	"AWS_USE_DUALSTACK_ENDPOINT", "AWS_STS_REGIONAL_ENDPOINTS",
	"AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
	"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
	"NO_PROXY",
	"AWS_MAX_ATTEMPTS", "AWS_CREDENTIAL_FILE", "BOTO_CONFIG",
	"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_EC2_METADATA_DISABLED",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT",
	"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "AWS_IMDS_USE_IPV6",
	"AWS_METADATA_SERVICE_TIMEOUT", "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
	NULL,
};

/* ---- strings that may be absent ---- */

static void put_optional(struct buf *b, const char *s)
{
	buf_put_byte(b, s != NULL);
	if (s)
		wire_put_str(b, s);
}

/* Copies into room, NUL behind it; its place there, or SIZE_MAX: absent. */
static size_t get_optional(struct wire_reader *r, struct buf *room)
{
	char value[SETTINGS_VALUE_MAX];
	size_t at = room->n;

	if (!wire_get_flag(r) || r->failed)
		return SIZE_MAX;
	wire_get_str(r, value, sizeof(value));
	buf_put(room, value, strlen(value) + 1);
	wipe(value, sizeof(value));
	return at;
}

/* ---- the request ---- */

void settings_put_request(struct buf *b, uint32_t uid,
	const struct aws_options *options)
{
	const char *const *name;

	buf_put_byte(b, VERSION);
	buf_put_be(b, uid, 4);
	buf_put_byte(b, options->without_credentials);
	put_optional(b, options->profile);
	put_optional(b, options->region);
	put_optional(b, options->endpoint_url);
	for (name = settings_variables; *name; name++)
		put_optional(b, config_variable(*name));
}

static const char *at(const struct buf *room, size_t place)
{
	return place == SIZE_MAX ? NULL : (const char *)room->p + place;
}

int settings_get_request(const struct buf *b, struct settings_request *ret,
	struct error *err)
{
	struct wire_reader r = { b->p, b->n, false };
	size_t option[3], value[ARRAY_LEN(ret->values)], i, n;

	*ret = (struct settings_request){ .options = AWS_OPTIONS_INIT };
	buf_init(&ret->room, WIRE_MAX);
	if (wire_get_be(&r, 1) != VERSION)
		r.failed = true;
	ret->uid = (uint32_t)wire_get_be(&r, 4);
	ret->options.without_credentials = wire_get_flag(&r);
	for (i = 0; i < ARRAY_LEN(option); i++)
		option[i] = get_optional(&r, &ret->room);
	for (n = 0; settings_variables[n]; n++)
		value[n] = get_optional(&r, &ret->room);
	if (!wire_done(&r) || buf_failed(&ret->room))
		return error_set(err, ERROR_MALFORMED,
			"a malformed request for settings");
	/* the room does not move any more */
	ret->options.profile = at(&ret->room, option[0]);
	ret->options.region = at(&ret->room, option[1]);
	ret->options.endpoint_url = at(&ret->room, option[2]);
	for (i = 0; i < n; i++)
		ret->values[i] = at(&ret->room, value[i]);
	return 0;
}

void settings_request_done(struct settings_request *q)
{
	buf_done(&q->room);
}

/* ---- the answer ---- */

static void put_endpoint(struct buf *b, const struct aws_endpoint *e)
{
	wire_put_str(b, e->overridden ? e->url : "");
	wire_put_str(b, e->overridden ? e->origin : "");
}

static void put_credentials(struct buf *b, const struct aws_credentials *c)
{
	bool there = c->key_id[0] != '\0';

	buf_put_byte(b, there);
	if (!there)
		return;
	wire_put_str(b, c->key_id);
	wire_put_bytes(b, c->key.p, c->key.n);
	wire_put_bytes(b, c->token.p, c->token.n);
	buf_put_be(b, (uint64_t)c->expires, 8);
	buf_put_byte(b, c->renewable);
	wire_put_str(b, c->origin);
}

/* The bundle's path is for people to read: its bytes come behind. */
static void put_way(struct buf *b, const struct aws_way *w)
{
	wire_put_str(b, w->ca_bundle ? w->ca_bundle : "");
	wire_put_str(b, w->ca_origin);
	wire_put_str(b, w->proxy);
	wire_put_str(b, w->proxy_origin);
	wire_put_str(b, w->bypass);
}

static void put_recipe(struct buf *b, const struct aws_recipe *r)
{
	size_t i;

	put_credentials(b, &r->keys);
	wire_put_bytes(b, r->web_token.p, r->web_token.n);
	buf_put_be(b, r->count, 1);
	for (i = 0; i < r->count; i++) {
		wire_put_str(b, r->steps[i].arn);
		wire_put_str(b, r->steps[i].session_name);
		wire_put_str(b, r->steps[i].external_id);
		wire_put_str(b, r->steps[i].mfa_serial);
		buf_put_be(b, r->steps[i].duration, 4);
	}
}

void settings_put_answer(struct buf *b, const struct aws_settings *s,
	const struct error *e)
{
	const struct aws_config *c = &s->config;
	enum aws_service i;

	if (e) {
		buf_put_byte(b, (unsigned char)e->code);
		wire_put_str(b, e->text);
		return;
	}
	buf_put_byte(b, 0);
	wire_put_str(b, c->profile.name);
	wire_put_str(b, c->region);
	wire_put_str(b, c->note);
	buf_put_be(b, c->attempts, 1);
	buf_put_byte(b, c->form.fips);
	buf_put_byte(b, c->form.dual);
	buf_put_byte(b, c->form.legacy);
	for (i = 0; i < AWS_SERVICES; i++)
		put_endpoint(b, &c->endpoints[i]);
	put_way(b, &c->way);
	put_recipe(b, &s->recipe);
	buf_put_be(b, s->ca_pem.n, 4);
}

static int malformed_answer(struct error *err)
{
	return error_set(err, ERROR_MALFORMED,
		"tokenbridge-settings sent a malformed answer");
}

/* Its words are cleaned by error_set. */
static int get_error(struct wire_reader *r, int code, struct error *err)
{
	char text[sizeof(err->text)];

	wire_get_str(r, text, sizeof(text));
	if (!wire_done(r) || code > ERROR_VERDICT)
		return malformed_answer(err);
	return error_set(err, code, "%s", text);
}

static int get_endpoint(struct wire_reader *r, struct aws_endpoint *ret,
	struct error *err)
{
	char url[ENDPOINT_MAX], origin[sizeof(ret->origin)];

	wire_get_str(r, url, sizeof(url));
	wire_get_str(r, origin, sizeof(origin));
	if (r->failed || !url[0])
		return 0;
	if (text_check(origin, "origin", NULL) < 0)
		return malformed_answer(err);
	return config_endpoint_set(ret, url, origin, err);
}

/* Nothing in it is the system's, whatever a person's process says. */
static int get_way(struct wire_reader *r, struct aws_way *w, struct error *err)
{
	char path[SETTINGS_VALUE_MAX], ca[WAY_ORIGIN_MAX];
	char proxy[WAY_PROXY_MAX], who[WAY_ORIGIN_MAX];
	int done = 0;

	wire_get_str(r, path, sizeof(path));
	wire_get_str(r, ca, sizeof(ca));
	wire_get_str(r, proxy, sizeof(proxy));
	wire_get_str(r, who, sizeof(who));
	wire_get_str(r, w->bypass, sizeof(w->bypass));
	if (r->failed || (path[0] && text_check(ca, "origin", NULL) < 0) ||
		(proxy[0] && text_check(who, "origin", NULL) < 0))
		return malformed_answer(err);
	if (path[0])
		done = way_set_ca(w, path, ca, err);
	if (done >= 0 && proxy[0])
		done = way_set_proxy(w, proxy, who, err);
	wipe(proxy, sizeof(proxy));
	return done;
}

static int get_credentials(struct wire_reader *r, struct aws_credentials *ret,
	struct error *err)
{
	struct aws_credentials c = { .expires = 0 };
	char key_id[ACCESS_KEY_ID_MAX], origin[sizeof(c.origin)];
	const unsigned char *key, *token;
	size_t key_n, token_n;
	uint64_t expires;
	bool renewable;
	int code;

	if (!wire_get_flag(r) || r->failed)
		return 0;
	if (ret->key_id[0]) /* there are some: none were asked for */
		return malformed_answer(err);
	wire_get_str(r, key_id, sizeof(key_id));
	key = wire_get_bytes(r, &key_n);
	token = wire_get_bytes(r, &token_n);
	expires = wire_get_be(r, 8);
	renewable = wire_get_flag(r);
	wire_get_str(r, origin, sizeof(origin));
	if (r->failed || key_n > KEY_MAX || token_n > SESSION_TOKEN_MAX ||
		expires > INT64_MAX || text_check(origin, "origin", NULL) < 0)
		return malformed_answer(err);
	code = credentials_set(&c, key_id, key, key_n, token, token_n, origin,
		err);
	if (code < 0)
		return code;
	c.expires = (time_t)expires;
	c.renewable = renewable;
	*ret = c;
	return 0;
}

static int get_step(struct wire_reader *r, struct aws_recipe *ret,
	struct error *err)
{
	struct role_step s;

	wire_get_str(r, s.arn, sizeof(s.arn));
	wire_get_str(r, s.session_name, sizeof(s.session_name));
	wire_get_str(r, s.external_id, sizeof(s.external_id));
	wire_get_str(r, s.mfa_serial, sizeof(s.mfa_serial));
	s.duration = (unsigned)wire_get_be(r, 4);
	return r->failed ? malformed_answer(err) :
		recipe_add(ret, &s, "the caller's settings", err);
}

static int get_recipe(struct wire_reader *r, struct aws_recipe *ret,
	struct error *err)
{
	bool has_own = ret->keys.key_id[0] != '\0';
	const unsigned char *token;
	size_t count, i, n;
	int done = get_credentials(r, &ret->keys, err);

	if (done < 0)
		return done;
	token = wire_get_bytes(r, &n);
	count = (size_t)wire_get_be(r, 1);
	/* roles of somebody's are not assumed with root's own keys */
	if (r->failed || n > WEB_TOKEN_MAX || count > ROLES_MAX ||
		(has_own && (n > 0 || count > 0)) ||
		(n > 0 && (ret->keys.key_id[0] || count == 0)))
		return malformed_answer(err);
	if (n > 0)
		done = secret_set(&ret->web_token, token, n, err);
	for (i = 0; done >= 0 && i < count; i++)
		done = get_step(r, ret, err);
	return done;
}

static int get_config(struct wire_reader *r, struct aws_config *c,
	struct error *err)
{
	char name[TEXT_MAX + 1];

	wire_get_str(r, name, sizeof(name));
	wire_get_str(r, c->region, sizeof(c->region));
	wire_get_str(r, c->note, sizeof(c->note));
	utf8_sanitise(c->note);
	c->attempts = (unsigned)wire_get_be(r, 1);
	c->form.fips = wire_get_flag(r);
	c->form.dual = wire_get_flag(r);
	c->form.legacy = wire_get_flag(r);
	if (r->failed || text_check(name, "profile", NULL) < 0 ||
		c->attempts > ATTEMPTS_MAX || !region_is_well_formed(c->region))
		return malformed_answer(err);
	c->profile.name = strdup(name);
	if (!c->profile.name)
		return error_memory(err);
	c->partition = partition_of_region(c->region);
	config_endpoints_own(c);
	return 0;
}

int settings_get_answer(const struct buf *b, struct aws_settings *ret,
	size_t *ret_ca, struct error *err)
{
	struct wire_reader r = { b->p, b->n, false };
	int code = (int)wire_get_be(&r, 1), done;
	uint64_t ca;
	enum aws_service i;

	if (r.failed)
		return malformed_answer(err);
	if (code != 0)
		return get_error(&r, code, err);
	done = get_config(&r, &ret->config, err);
	for (i = 0; done >= 0 && i < AWS_SERVICES; i++)
		done = get_endpoint(&r, &ret->config.endpoints[i], err);
	if (done >= 0)
		done = get_way(&r, &ret->config.way, err);
	if (done >= 0)
		done = get_recipe(&r, &ret->recipe, err);
	if (done < 0)
		return done;
	ca = wire_get_be(&r, 4);
	/* a bundle that is named has bytes, and one that is not has none */
	if (!wire_done(&r) || ca > CA_PEM_MAX ||
		(ca > 0) != (ret->config.way.ca_bundle != NULL))
		return malformed_answer(err);
	*ret_ca = (size_t)ca;
	return 0;
}
