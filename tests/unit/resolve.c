/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve [PROFILE [REGION [ENDPOINT-URL]]] ("" leaves one out): what our
 * settings come to in this environment, a line each, for configurations.py.
 */
#include "aws/caller/settings.h"
#include "aws/http/http.h"

#include <stdio.h>

static const char *argument(int argc, char **argv, int i)
{
	return i < argc && argv[i][0] ? argv[i] : NULL;
}

static void put_roles(const struct aws_recipe *r)
{
	const struct role_step *s;
	size_t i;

	for (i = 0; i < r->count; i++) {
		s = &r->steps[i];
		printf("%s%s|%s|%s|%s|%s|%u", i ? " " : "",
			i == 0 && r->web_token.n ? secret_str(&r->web_token) :
			"role", s->arn, s->session_name, s->external_id,
			s->mfa_serial, s->duration);
	}
	printf("\n");
}

static void put(const struct aws_settings *s)
{
	const struct aws_credentials *keys = &s->recipe.keys;
	enum aws_service i;

	printf("ok\n%s\n%s\n%s\n", keys->key_id, secret_str(&keys->key),
		secret_str(&keys->token));
	put_roles(&s->recipe);
	printf("%s\n%s\n", keys->origin, s->config.region);
	for (i = 0; i < AWS_SERVICES; i++)
		printf("%s\n%s\n", s->config.endpoints[i].url,
			s->config.endpoints[i].region);
}

int main(int argc, char **argv)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_settings s;
	struct error e;
	int r;

	o.profile = argument(argc, argv, 1);
	o.region = argument(argc, argv, 2);
	o.endpoint_url = argument(argc, argv, 3);
	r = http_global_init(&e);
	if (r < 0)
		return 1;
	r = settings_here(&s, &o, &e);
	if (r < 0)
		printf("error\n%s\n%s\n", error_name(-r), e.text);
	else
		put(&s);
	settings_done(&s);
	return 0;
}
