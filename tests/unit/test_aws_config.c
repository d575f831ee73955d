/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings and credentials: what wins over what, what is refused. Files lie in
 * a directory of their own, the environment is emptied before each case.
 */
#include "aws/text/ini.h"
#include "aws/config/section.h"
#include "aws/query/session.h"

#include "base/buf.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ID "AKIAIOSFODNN7EXAMPLE"
#define ID2 "AKIAI44QH8DHBEXAMPLE"
#define KEY "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
#define KEYS(id) "aws_access_key_id = " id "\naws_secret_access_key=" KEY "\n"

static char home[] = "/tmp/tokenbridge-test-XXXXXX";

static const char *const variables[] = {
	"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION",
	"AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE",
	"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
	"AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION", "AWS_ENDPOINT_URL",
	"AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS",
	"AWS_ENDPOINT_URL_CLOUDTRAIL", "AWS_ENDPOINT_URL_ORGANIZATIONS",
	"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_CA_BUNDLE",
	"AWS_MAX_ATTEMPTS", "AWS_USE_FIPS_ENDPOINT",
	"AWS_USE_DUALSTACK_ENDPOINT", "AWS_WEB_IDENTITY_TOKEN_FILE",
	"AWS_CONTAINER_CREDENTIALS_FULL_URI",
	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
};

static void write_file(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/.aws/%s", home, name);
	assert_int_equal(file_write_atomic(path, text, strlen(text), 0600,
				 false, NULL),
		0);
}

static int fresh(void **state)
{
	char path[128];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	setenv("HOME", home, 1);
	setenv("PATH", "/nonexistent", 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	snprintf(path, sizeof(path), "%s/.aws", home);
	assert_int_equal(file_make_dirs(path, 0700, NULL), 0);
	write_file("config", "");
	write_file("credentials", "");
	return 0;
}

static void env_keys(void)
{
	setenv("AWS_ACCESS_KEY_ID", ID2, 1);
	setenv("AWS_SECRET_ACCESS_KEY", KEY, 1);
}

static struct aws_session *open_session(const struct aws_options *o)
{
	struct aws_session *s = NULL;
	struct error err;

	if (aws_session_new(&s, o, &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static void refused(const struct aws_options *o, int code, const char *part)
{
	struct aws_session *s = NULL;
	struct error err;

	assert_int_equal(aws_session_new(&s, o, &err), -code);
	assert_null(s);
	if (!strstr(err.text, part))
		fail_msg("'%s' is not in '%s'", part, err.text);
	assert_null(strstr(err.text, KEY));
}

/* ---- The INI dialect ---- */

static int log_item(void *data, const struct ini_item *item,
	struct error *err)
{
	(void)err;
	buf_printf(data, "%zu[%s]%s%s%s=%.*s\n", item->line, item->section,
		item->key, item->subkey ? "." : "",
		item->subkey ? item->subkey : "", (int)item->value_n,
		item->value);
	return 0;
}

static int parse(const char *text, size_t n, struct buf *out,
	struct error *err)
{
	struct ini_events events = { .item = log_item, .data = out };

	buf_init(out, 1 << 20);
	return ini_parse((const unsigned char *)text, n, "config", &events,
		err);
}

static void the_dialect_is_the_command_line_s(void **state)
{
	static const struct {
		const char *text, *expected;
	} rows[] = {
		{ "", "" },
		{ "[a]\nKey = v\n", "2[a]key=v\n" },
		{ "[a]\r\nk=v\r\n", "2[a]k=v\n" },
		{ "[a]\rk=v\rl=w", "2[a]k=v\n3[a]l=w\n" },
		{ "[a]\nk =\xc2\xa0v \xe3\x80\x80\n", "2[a]k=v\n" },
		{ "[a]\nk: v = w", "2[a]k=v = w\n" },
		{ "[a]\n# c\n; d\n\n  \nk=v # no comment\n",
			"6[a]k=v # no comment\n" },
		{ "[profile \"my  name\"]\nk=v\n",
			"2[profile \"my  name\"]k=v\n" },
		{ "[ profile x ] # y\nk=v\n", "2[ profile x ]k=v\n" },
		{ "[a]b] c\nk=v\n", "2[a]b]k=v\n" },
		{ "[a]\n  k=1\n  l=2\n", "2[a]k=1\n3[a]l=2\n" },
		{ "[a]\ns3 =\n  x = 1\n  y=2\nz=3\n",
			"2[a]s3=\n\n2[a]s3.x=1\n2[a]s3.y=2\n5[a]z=3\n" },
		{ "[a]\nk = v\n  more\nl = 1\n",
			"2[a]k=v\nmore\n4[a]l=1\n" },
		{ "[a]\nk = v\n\n  more\n\nl = 1\n",
			"2[a]k=v\n\nmore\n6[a]l=1\n" },
		{ "[a]\nk =\n  X = 1\n", "2[a]k=\n\n2[a]k.X=1\n" },
		{ "[DEFAULT]\nk=1\n[a]\n[DEFAULT]\nl=2\n",
			"2[DEFAULT]k=1\n5[DEFAULT]l=2\n" },
		{ "[a]\nk=\n[b]\n  x=1\n", "2[a]k=\n4[b]x=1\n" },
	};
	struct buf out;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(parse(rows[i].text, strlen(rows[i].text),
					 &out, NULL),
			0);
		assert_string_equal(buf_str(&out), rows[i].expected);
		buf_done(&out);
	}
}

static void a_line_that_is_none_is_named(void **state)
{
#define ROW(text, part) { text, sizeof(text) - 1, part }
	static const struct {
		const char *text;
		size_t n;
		const char *part;
	} rows[] = {
		ROW("k=v\n", "line 1: a setting before"),
		ROW("[a]\nk\n", "line 2: neither"),
		ROW("[a\n", "line 1: a setting before"),
		ROW("[]\n", "line 1"),
		ROW("[a]\n= v\n", "line 2"),
		ROW("[a]\nk=\0v\n", "not a text in UTF-8"),
		ROW("[a]\nk=\xff\n", "not a text in UTF-8"),
		ROW("\xef\xbb\xbf[a]\nk=v\n", "line 1: a byte order mark"),
		ROW("[a]\nk=v\n[b]\n[a]\n", "line 4: this section has come"),
		ROW("[a]\nk=v\nK=v\n", "line 3: 'k' is given twice"),
		ROW("[a]\nk=\n  v\n", "line 2: a nested line without '='"),
		ROW("[DEFAULT]\nk=v\n[DEFAULT]\nk=v\n", "line 4: 'k' is given"),
	};
	struct buf out;
	struct error err;
	char *long_line;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(parse(rows[i].text, rows[i].n, &out, &err),
			-ERROR_MALFORMED);
		if (!strstr(err.text, rows[i].part))
			fail_msg("'%s' is not in '%s'", rows[i].part,
				err.text);
		buf_done(&out);
	}
	long_line = malloc(INI_LINE_MAX + 8);
	memset(long_line, 'x', INI_LINE_MAX + 8);
	assert_int_equal(parse(long_line, INI_LINE_MAX + 8, &out, &err),
		-ERROR_MALFORMED);
	assert_non_null(strstr(err.text, "too long"));
	free(long_line);
}

/* ---- Profiles, regions ---- */

static void the_region_comes_from_the_nearest_place(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;

	fresh(state);
	env_keys();
	s = open_session(&o);
	assert_string_equal(aws_session_region(s), "us-east-1");
	assert_string_equal(aws_session_profile(s), "default");
	aws_session_free(&s);

	write_file("config", "[default]\nregion = eu-west-1\n");
	s = open_session(&o);
	assert_string_equal(aws_session_region(s), "eu-west-1");
	aws_session_free(&s);

	setenv("AWS_DEFAULT_REGION", "cn-north-1", 1);
	s = open_session(&o);
	assert_string_equal(aws_session_partition(s)->name, "aws-cn");
	aws_session_free(&s);

	setenv("AWS_REGION", "us-gov-west-1", 1);
	s = open_session(&o);
	assert_string_equal(aws_session_region(s), "us-gov-west-1");
	assert_string_equal(aws_session_endpoint(s, AWS_IAM)->url,
		"https://iam.us-gov.amazonaws.com/");
	aws_session_free(&s);

	o.region = "eu-north-1";
	s = open_session(&o);
	assert_string_equal(aws_session_region(s), "eu-north-1");
	assert_string_equal(aws_session_endpoint(s, AWS_STS)->url,
		"https://sts.eu-north-1.amazonaws.com/");
	assert_string_equal(aws_session_endpoint(s, AWS_STS)->region,
		"eu-north-1");
	assert_string_equal(aws_session_endpoint(s, AWS_IAM)->region,
		"us-east-1");
	assert_false(aws_session_is_overridden(s));
	aws_session_free(&s);

	o.region = "eu north";
	refused(&o, ERROR_USAGE, "not the name of a region");
}

static void a_named_profile_drops_the_environment_s_keys(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;

	fresh(state);
	write_file("credentials", "[alice]\n" KEYS(ID));
	env_keys();
	setenv("AWS_PROFILE", "alice", 1);
	s = open_session(&o);
	assert_string_equal(aws_session_credentials(s)->key_id, ID2);
	assert_string_equal(aws_session_credentials(s)->origin,
		"environment");
	aws_session_free(&s);

	o.profile = "alice";
	s = open_session(&o);
	assert_string_equal(aws_session_credentials(s)->key_id, ID);
	assert_string_equal(secret_str(&aws_session_credentials(s)->key), KEY);
	assert_string_equal(aws_session_credentials(s)->origin,
		"profile 'alice' of the credentials file");
	aws_session_free(&s);
}

static void a_profile_that_is_nowhere_is_refused(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	fresh(state);
	env_keys();
	setenv("AWS_PROFILE", "carol", 1);
	refused(&o, ERROR_USAGE, "'carol' is neither");
	unsetenv("AWS_PROFILE");
	setenv("AWS_DEFAULT_PROFILE", "carol", 1);
	refused(&o, ERROR_USAGE, "'carol' is neither");
	/* two names are one where they are the same */
	setenv("AWS_PROFILE", "carol", 1);
	refused(&o, ERROR_USAGE, "'carol' is neither");
	setenv("AWS_PROFILE", "carom", 1);
	refused(&o, ERROR_USAGE, "AWS's own tools differ");
	setenv("AWS_PROFILE", "carok", 1);
	refused(&o, ERROR_USAGE, "AWS's own tools differ");
	o.profile = "bob";
	refused(&o, ERROR_USAGE, "'bob' is neither");
}

static void both_files_make_one_profile(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;

	fresh(state);
	o.profile = "alice";
	write_file("config", "[default]\nregion=eu-west-1\n"
		"[profile alice]\nregion = eu-west-3\n" KEYS(ID2)
		"s3 =\n  region = x\n[profile bob]\nregion=us-west-2\n");
	s = open_session(&o);
	assert_string_equal(aws_session_region(s), "eu-west-3");
	assert_string_equal(aws_session_credentials(s)->key_id, ID2);
	aws_session_free(&s);

	write_file("credentials", "[bob]\n[alice]\nregion = eu-south-1\n"
		KEYS(ID) "aws_session_token = TOKEN\n");
	s = open_session(&o);
	assert_string_equal(aws_session_region(s), "eu-south-1");
	assert_string_equal(aws_session_credentials(s)->key_id, ID);
	assert_string_equal(secret_str(&aws_session_credentials(s)->token),
		"TOKEN");
	aws_session_free(&s);
}

static void files_may_lie_elsewhere(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;

	fresh(state);
	write_file("other", "[default]\n" KEYS(ID));
	setenv("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/other", 1);
	s = open_session(&o);
	assert_string_equal(aws_session_credentials(s)->key_id, ID);
	aws_session_free(&s);
}

static void a_key_given_twice_is_an_error(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	fresh(state);
	write_file("credentials", "[default]\n" KEYS(ID) KEYS(ID2));
	refused(&o, ERROR_MALFORMED,
		"line 4: 'aws_access_key_id' is given twice");
}

/* ---- Credentials ---- */

static void a_section_has_its_name_as_a_shell_has_words(void **state)
{
	static const struct {
		const char *section, *profile; /* NULL: none */
	} rows[] = {
		{ "default", "default" }, { "profile default", "default" },
		{ "profile x", "x" }, { "profile  \"x y\" ", "x y" },
		{ "profile 'x \"y'", "x \"y" }, { "profile x\\ y", "x y" },
		{ "profile \"a\\b\\\"\"", "a\\b\"" },
		{ "profiles x", "x" }, { "profile ''", "" },
		{ "profile", NULL }, { "profile x y", NULL },
		{ " profile x", NULL }, { "Profile x", NULL },
		{ "profile \"x", NULL }, { "profile x\\", NULL },
		{ "x", NULL },
	};
	char name[INI_NAME_MAX], longest[INI_NAME_MAX + 1] = "profile ";
	size_t i;

	(void)state;
	memset(longest + 8, 'x', INI_NAME_MAX - 8);
	longest[INI_NAME_MAX] = '\0';
	assert_false(section_profile(longest, name));
	longest[INI_NAME_MAX - 1] = '\0';
	assert_true(section_profile(longest, name));
	assert_int_equal(strlen(name), INI_NAME_MAX - 9);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (section_profile(rows[i].section, name) !=
			(rows[i].profile != NULL))
			fail_msg("%s", rows[i].section);
		if (rows[i].profile)
			assert_string_equal(name, rows[i].profile);
	}
}

static void a_file_that_is_named_and_absent_is_said(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;

	fresh(state);
	write_file("config", "[default]\n" KEYS(ID));
	setenv("AWS_SHARED_CREDENTIALS_FILE", "${HOME}/.aws/none", 1);
	refused(&o, ERROR_USAGE, "/.aws/none', which is not there");
	env_keys();
	s = open_session(&o);
	assert_string_equal(aws_session_credentials(s)->key_id, ID2);
	assert_non_null(strstr(aws_session_note(s),
		"AWS_SHARED_CREDENTIALS_FILE names '"));
	aws_session_free(&s);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	refused(&o, ERROR_USAGE, "names '', which is not there");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	s = open_session(&o);
	assert_string_equal(aws_session_credentials(s)->key_id, ID);
	assert_string_equal(aws_session_note(s), "");
	aws_session_free(&s);
}

static void keys_are_looked_at_before_they_are_used(void **state)
{
	static const struct {
		const char *text;
		int code;
		const char *part;
	} rows[] = {
		{ "", ERROR_USAGE, "no AWS credentials" },
		{ "aws_access_key_id = " ID "\n", ERROR_USAGE,
			"no aws_secret_access_key" },
		{ "aws_access_key_id = AKIA\naws_secret_access_key = " KEY,
			ERROR_MALFORMED, "'AKIA'" },
		{ "aws_access_key_id = " ID "\naws_secret_access_key = a b",
			ERROR_MALFORMED, "holds a character" },
		{ "aws_access_key_id = " ID "\naws_secret_access_key =\n",
			ERROR_MALFORMED, "empty" },
		{ KEYS(ID) "aws_session_token = a\xc3\xa9\n", ERROR_MALFORMED,
			"session token" },
	};
	struct aws_options o = AWS_OPTIONS_INIT;
	char text[512];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fresh(state);
		snprintf(text, sizeof(text), "[default]\n%s", rows[i].text);
		write_file("credentials", text);
		refused(&o, rows[i].code, rows[i].part);
	}
	fresh(state);
	setenv("AWS_ACCESS_KEY_ID", ID, 1);
	refused(&o, ERROR_USAGE, "AWS_SECRET_ACCESS_KEY is not");
	unsetenv("AWS_ACCESS_KEY_ID");
	setenv("AWS_SECRET_ACCESS_KEY", KEY, 1);
	refused(&o, ERROR_USAGE, "AWS_ACCESS_KEY_ID is not");
}

static void the_environment_may_hold_a_session(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;

	fresh(state);
	env_keys();
	setenv("AWS_SECURITY_TOKEN", "OLD", 1);
	setenv("AWS_CREDENTIAL_EXPIRATION", "2026-09-11T13:14:43+00:00", 1);
	s = open_session(&o);
	assert_string_equal(secret_str(&aws_session_credentials(s)->token),
		"OLD");
	assert_int_equal(aws_session_credentials(s)->expires, 1789132483);
	aws_session_free(&s);
	/* Python's form, and one that is none: nothing rests on it */
	setenv("AWS_SESSION_TOKEN", "NEW", 1);
	setenv("AWS_CREDENTIAL_EXPIRATION",
		"2026-09-11 13:14:43.500000+00:00", 1);
	s = open_session(&o);
	assert_string_equal(secret_str(&aws_session_credentials(s)->token),
		"OLD");
	assert_int_equal(aws_session_credentials(s)->expires, 1789132483);
	aws_session_free(&s);
	unsetenv("AWS_SECURITY_TOKEN");
	setenv("AWS_CREDENTIAL_EXPIRATION", "soon", 1);
	s = open_session(&o);
	assert_string_equal(secret_str(&aws_session_credentials(s)->token),
		"NEW");
	assert_int_equal(aws_session_credentials(s)->expires, 0);
	aws_session_free(&s);
}

static void a_source_that_cannot_be_used_is_named(void **state)
{
	static const struct {
		const char *config;
		int code;
		const char *part;
		bool before_keys; /* of the credentials file */
	} rows[] = {
		{ "role_arn = arn:aws:iam::123456789012:role/x\n", ERROR_USAGE,
			"neither source_profile nor", true },
		{ "role_arn =\n", ERROR_USAGE, "'role_arn' of profile 'corp' "
			"is empty", true },
		{ "sso_session =\n", ERROR_USAGE, "'sso_session' of profile "
			"'corp' is empty", true },
		{ "sso_account_id = 123456789012\n", ERROR_UNSUPPORTED,
			"cannot run 'aws'", true },
		{ "sso_start_url = https://corp.example\n", ERROR_USAGE,
			"has 'sso_start_url' and neither", false },
		{ "web_identity_token_file = /run/token\n", ERROR_USAGE,
			"('/run/token') and no role", true },
		{ "login_session = arn:aws:iam::123456789012:user/alice\n",
			ERROR_UNSUPPORTED, "cannot run 'aws'", false },
		{ "credential_process = /nonexistent/keys\n",
			ERROR_UNSUPPORTED, "cannot run '/nonexistent/keys'",
			false },
	};
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;
	char text[256];
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fresh(state);
		o.profile = "corp";
		snprintf(text, sizeof(text), "[profile corp]\n%s",
			rows[i].config);
		write_file("config", text);
		refused(&o, rows[i].code, rows[i].part);
		write_file("credentials", "[corp]\n" KEYS(ID));
		if (rows[i].before_keys) {
			refused(&o, rows[i].code, rows[i].part);
		} else {
			s = open_session(&o);
			aws_session_free(&s);
		}
		/* the environment's keys come first where they count */
		env_keys();
		o.profile = NULL;
		setenv("AWS_PROFILE", "corp", 1);
		s = open_session(&o);
		assert_string_equal(aws_session_credentials(s)->key_id, ID2);
		aws_session_free(&s);
	}
	fresh(state);
	o.profile = NULL;
	setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://x", 1);
	refused(&o, ERROR_REFUSED, "names 'x', which is refused");
	setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/run/token", 1);
	refused(&o, ERROR_USAGE, "('/run/token') and no role");
}

/* ---- Endpoints ---- */

static void an_endpoint_is_https_or_loopback(void **state)
{
	static const struct {
		const char *url;
		int result;
		const char *kept;
	} rows[] = {
		{ "https://iam.example", 0, "https://iam.example/" },
		{ "https://iam.example:8443/", 0, "https://iam.example:8443/" },
		{ "http://127.0.0.1:5000", 0, "http://127.0.0.1:5000/" },
		{ "http://127.255.0.9", 0, "http://127.255.0.9/" },
		{ "http://localhost:1", 0, "http://localhost:1/" },
		{ "http://LocalHost", 0, "http://LocalHost/" },
		{ "http://[::1]:5000/", 0, "http://[::1]:5000/" },
		{ "https://[2001:db8::1]", 0, "https://[2001:db8::1]/" },
		{ "http://iam.example", -ERROR_REFUSED, NULL },
		{ "http://128.0.0.1", -ERROR_REFUSED, NULL },
		{ "http://127.0.0.1.example", -ERROR_REFUSED, NULL },
		{ "http://localhost.example", -ERROR_REFUSED, NULL },
		{ "http://127.1", -ERROR_REFUSED, NULL },
		{ "http://0127.0.0.1", -ERROR_REFUSED, NULL },
		{ "http://[::2]", -ERROR_REFUSED, NULL },
		{ "http://[::ffff:127.0.0.1]", -ERROR_REFUSED, NULL },
		{ "http://127.0.0.1@evil.example", -ERROR_USAGE, NULL },
		{ "http://127.0.0.1:80@evil.example", -ERROR_USAGE, NULL },
		{ "http://127.0.0.1#.example", -ERROR_USAGE, NULL },
		{ "https://iam.example/path", -ERROR_USAGE, NULL },
		{ "https://iam.example/?q", -ERROR_USAGE, NULL },
		{ "https://iam.example:0", -ERROR_USAGE, NULL },
		{ "https://iam.example:65536", -ERROR_USAGE, NULL },
		{ "https://iam.example:", -ERROR_USAGE, NULL },
		{ "https://", -ERROR_USAGE, NULL },
		{ "https://[]", -ERROR_USAGE, NULL },
		{ "https://[::1", -ERROR_USAGE, NULL },
		{ "ftp://iam.example", -ERROR_USAGE, NULL },
		{ "iam.example", -ERROR_USAGE, NULL },
		{ "HTTP://iam.example", -ERROR_USAGE, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct aws_endpoint e = { .url = "-" };

		if (config_endpoint_set(&e, rows[i].url, "test", NULL) !=
			rows[i].result)
			fail_msg("%s", rows[i].url);
		assert_string_equal(e.url, rows[i].kept ? rows[i].kept : "-");
		assert_int_equal(e.overridden, rows[i].kept != NULL);
	}
}

static void check_endpoint(const struct aws_options *o,
	enum aws_service service, const char *url, const char *origin)
{
	struct aws_session *s = open_session(o);
	const struct aws_endpoint *e = aws_session_endpoint(s, service);

	assert_string_equal(e->url, url);
	assert_string_equal(e->origin, origin);
	assert_int_equal(e->overridden, origin[0] != '\0');
	aws_session_free(&s);
}

static void endpoints_are_overridden_in_the_sdks_order(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	fresh(state);
	env_keys();
	write_file("config", "[default]\nendpoint_url = https://a.example\n");
	check_endpoint(&o, AWS_IAM, "https://a.example/",
		"endpoint_url of the profile");
	write_file("config", "[services x]\niam =\n  endpoint_url = "
		"https://b.example\ns3 =\n  endpoint_url = https://c.example\n"
		"[default]\nservices = x\nendpoint_url = https://a.example\n");
	check_endpoint(&o, AWS_IAM, "https://b.example/",
		"endpoint_url of the profile's services");
	check_endpoint(&o, AWS_STS, "https://a.example/",
		"endpoint_url of the profile");
	setenv("AWS_ENDPOINT_URL", "https://d.example", 1);
	check_endpoint(&o, AWS_IAM, "https://d.example/", "AWS_ENDPOINT_URL");
	setenv("AWS_ENDPOINT_URL_IAM", "https://e.example", 1);
	check_endpoint(&o, AWS_IAM, "https://e.example/",
		"AWS_ENDPOINT_URL_IAM");
	check_endpoint(&o, AWS_STS, "https://d.example/", "AWS_ENDPOINT_URL");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE", 1);
	check_endpoint(&o, AWS_IAM, "https://iam.amazonaws.com/", "");
	o.endpoint_url = "https://f.example";
	check_endpoint(&o, AWS_STS, "https://f.example/", "--endpoint-url");
}

static void fips_and_dual_stack_are_aws_s_own(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	fresh(state);
	env_keys();
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	check_endpoint(&o, AWS_IAM, "https://iam-fips.amazonaws.com/", "");
	setenv("AWS_USE_DUALSTACK_ENDPOINT", "true", 1);
	check_endpoint(&o, AWS_IAM, "https://iam-fips.global.api.aws/", "");
	o.endpoint_url = "https://f.example";
	refused(&o, ERROR_UNSUPPORTED, "together");
	setenv("AWS_USE_FIPS_ENDPOINT", "perhaps", 1);
	refused(&o, ERROR_USAGE, "'perhaps'");
}

static void attempts_are_a_small_number(void **state)
{
	static const char *const bad[] = { "0", "-1", "101", "many", "1 " };
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_session *s;
	size_t i;

	fresh(state);
	env_keys();
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		setenv("AWS_MAX_ATTEMPTS", bad[i], 1);
		refused(&o, ERROR_USAGE, bad[i]);
	}
	setenv("AWS_MAX_ATTEMPTS", "7", 1);
	s = open_session(&o);
	aws_session_free(&s);
}

static void a_broken_file_is_named_with_its_line(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;

	fresh(state);
	env_keys();
	write_file("config", "[default]\nregion = eu-west-1\nnonsense\n");
	refused(&o, ERROR_MALFORMED, ".aws/config' line 3");
}

static void a_foreign_environment_is_not_looked_at(void **state)
{
	fresh(state);
	setenv("AWS_PROFILE", "alice", 1);
	assert_string_equal(config_getenv("AWS_PROFILE"), "alice");
	/* needs the right to become somebody else */
	if (geteuid() != 0)
		skip();
	assert_int_equal(seteuid(65534), 0);
	assert_null(config_getenv("AWS_PROFILE"));
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(65534), 0);
	assert_null(config_getenv("AWS_PROFILE"));
	assert_int_equal(setegid(0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_dialect_is_the_command_line_s),
		cmocka_unit_test(a_line_that_is_none_is_named),
		cmocka_unit_test(the_region_comes_from_the_nearest_place),
		cmocka_unit_test(a_named_profile_drops_the_environment_s_keys),
		cmocka_unit_test(a_profile_that_is_nowhere_is_refused),
		cmocka_unit_test(both_files_make_one_profile),
		cmocka_unit_test(files_may_lie_elsewhere),
		cmocka_unit_test(a_key_given_twice_is_an_error),
		cmocka_unit_test(
			a_section_has_its_name_as_a_shell_has_words),
		cmocka_unit_test(a_file_that_is_named_and_absent_is_said),
		cmocka_unit_test(keys_are_looked_at_before_they_are_used),
		cmocka_unit_test(the_environment_may_hold_a_session),
		cmocka_unit_test(a_source_that_cannot_be_used_is_named),
		cmocka_unit_test(an_endpoint_is_https_or_loopback),
		cmocka_unit_test(endpoints_are_overridden_in_the_sdks_order),
		cmocka_unit_test(fips_and_dual_stack_are_aws_s_own),
		cmocka_unit_test(attempts_are_a_small_number),
		cmocka_unit_test(a_broken_file_is_named_with_its_line),
		cmocka_unit_test(a_foreign_environment_is_not_looked_at),
	};
	char path[160];
	int r;

	if (!mkdtemp(home))
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(path, sizeof(path), "%s/.aws/config", home);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.aws/credentials", home);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.aws/other", home);
	unlink(path);
	snprintf(path, sizeof(path), "%s/.aws", home);
	rmdir(path);
	rmdir(home);
	return r;
}
