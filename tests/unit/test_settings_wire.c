/* SPDX-License-Identifier: Apache-2.0 */
/* What root and tokenbridge-settings put for each other, the other one gets. */
#include "aws/caller/wire.h"

#include <stdlib.h>

#include "tests/unit/unit.h"

#define ID "AKIAIOSFODNN7EXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

static void a_request_comes_through_whole_or_not_at_all(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct settings_request q;
	struct buf b, cut;
	size_t i;

	(void)state;
	empty_environment();
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_CONFIG_FILE", "", 1);
	setenv("AWS_SECRET_ACCESS_KEY", KEY, 1);
	o.profile = "admin";
	o.endpoint_url = "https://a.example";
	buf_init(&b, WIRE_MAX);
	settings_put_request(&b, 1000, &o);
	/* a key is never sent down */
	assert_null(memmem(b.p, b.n, KEY, strlen(KEY)));
	OK(settings_get_request(&b, &q, &err));
	assert_int_equal(q.uid, 1000);
	assert_string_equal(q.options.profile, "admin");
	assert_string_equal(q.options.endpoint_url, "https://a.example");
	assert_null(q.options.region);
	assert_false(q.options.without_credentials);
	for (i = 0; settings_variables[i]; i++)
		if (strcmp(settings_variables[i], "AWS_REGION") == 0)
			assert_string_equal(q.values[i], "eu-west-1");
		else if (strcmp(settings_variables[i], "AWS_CONFIG_FILE") == 0)
			assert_string_equal(q.values[i], "");
		else
			assert_null(q.values[i]);
	assert_true(i < ARRAY_LEN(q.values));
	settings_request_done(&q);
	for (i = 0; i < b.n; i++) {
		buf_init(&cut, b.n);
		buf_put(&cut, b.p, i);
		SAYS(ERROR_MALFORMED, "a malformed request for settings",
			settings_get_request(&cut, &q, &err));
		settings_request_done(&q);
		buf_done(&cut);
	}
	buf_put_byte(&b, 0);
	SAYS(ERROR_MALFORMED, "a malformed request for settings",
		settings_get_request(&b, &q, &err));
	settings_request_done(&q);
	buf_done(&b);
}

static void fill(struct aws_settings *s)
{
	*s = (struct aws_settings){ .config = { .attempts = 7,
		.region = "eu-west-1", .note = "a note",
		.form = { .dual = true } } };
	buf_init(&s->ca_pem, CA_PEM_MAX);
	s->config.profile.name = strdup("admin");
	assert_int_equal(credentials_set(&s->recipe.keys, ID, KEY, strlen(KEY),
				 "TOKEN", 5, "profile 'admin'", NULL),
		0);
	s->recipe.keys.expires = 1789132483;
	buf_put_str(&s->ca_pem, "PEM");
	assert_int_equal(way_set_ca(&s->config.way, "/ca.pem", "AWS_CA_BUNDLE",
				 NULL),
		0);
	assert_int_equal(way_set_proxy(&s->config.way, "http://a:b@p:1",
				 "https_proxy", NULL),
		0);
	strcpy(s->config.way.bypass, "x.example");
	/* what a person's process says is never the system's */
	s->config.way.ca_is_systems = s->config.way.proxy_is_systems = true;
}

static void an_answer_comes_through_whole_or_not_at_all(void **state)
{
	struct aws_settings s, got;
	struct buf b, cut;
	size_t i, ca = 0;

	(void)state;
	fill(&s);
	assert_int_equal(config_endpoint_set(&s.config.endpoints[AWS_IAM],
				 "https://a.example", "profile", NULL),
		0);
	buf_init(&b, WIRE_MAX);
	settings_put_answer(&b, &s, NULL);
	got = (struct aws_settings){ .has_owner = true };
	OK(settings_get_answer(&b, &got, &ca, &err));
	assert_string_equal(got.config.profile.name, "admin");
	assert_string_equal(got.config.region, "eu-west-1");
	assert_string_equal(got.config.note, "a note");
	assert_int_equal(got.config.attempts, 7);
	assert_string_equal(got.config.endpoints[AWS_IAM].url,
		"https://a.example/");
	assert_string_equal(got.config.endpoints[AWS_IAM].origin, "profile");
	assert_true(got.config.endpoints[AWS_IAM].overridden);
	/* made here, not taken over */
	assert_string_equal(got.config.endpoints[AWS_STS].url,
		"https://sts.eu-west-1.api.aws/");
	assert_false(got.config.endpoints[AWS_STS].overridden);
	assert_string_equal(got.recipe.keys.key_id, ID);
	assert_string_equal(secret_str(&got.recipe.keys.key), KEY);
	assert_string_equal(secret_str(&got.recipe.keys.token), "TOKEN");
	assert_int_equal(got.recipe.keys.expires, 1789132483);
	assert_int_equal(ca, 3);
	assert_string_equal(got.config.way.ca_bundle, "/ca.pem");
	assert_string_equal(got.config.way.ca_origin, "AWS_CA_BUNDLE");
	assert_false(got.config.way.ca_is_systems);
	assert_string_equal(got.config.way.proxy, "http://a:b@p:1");
	assert_string_equal(got.config.way.proxy_origin, "https_proxy");
	assert_false(got.config.way.proxy_is_systems);
	assert_string_equal(got.config.way.bypass, "x.example");
	settings_done(&got);
	for (i = 0; i < b.n; i++) {
		buf_init(&cut, b.n);
		buf_put(&cut, b.p, i);
		got = (struct aws_settings){ .has_owner = true };
		SAYS(ERROR_MALFORMED, "tokenbridge-settings sent a malformed answer",
			settings_get_answer(&cut, &got, &ca, &err));
		settings_done(&got);
		buf_done(&cut);
	}
	settings_done(&s);
	buf_done(&b);
}

static void a_failure_is_told_in_clean_words(void **state)
{
	struct error e = { .code = ERROR_USAGE, .text = "a\nb" };
	struct aws_settings got = { .has_owner = true };
	struct buf b;
	size_t ca;

	(void)state;
	buf_init(&b, WIRE_MAX);
	settings_put_answer(&b, NULL, &e);
	FAILS(ERROR_USAGE, settings_get_answer(&b, &got, &ca, &err));
	assert_string_equal(err.text, "a?b");
	b.p[0] = ERROR_VERDICT + 1;
	SAYS(ERROR_MALFORMED, "tokenbridge-settings sent a malformed answer",
		settings_get_answer(&b, &got, &ca, &err));
	settings_done(&got);
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_comes_through_whole_or_not_at_all),
		cmocka_unit_test(an_answer_comes_through_whole_or_not_at_all),
		cmocka_unit_test(a_failure_is_told_in_clean_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
