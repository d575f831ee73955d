/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of AWS by the environment and the shared files, one row each: what
 * comes of it, or the sentence that refuses it; and the way to AWS, by whose
 * word and to which hosts.
 */
#include "aws/config/config.h"
#include "aws/config/path.h"

#include "tests/unit/unit.h"

#include <sys/stat.h>

static char place[64];

static int enter(void **state)
{
	(void)state;
	empty_environment();
	enter_place(place);
	setenv("HOME", place, 1);
	return mkdir(".aws", 0700);
}

static int leave(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

static void set_all(const char *const (*pairs)[2])
{
	for (; (*pairs)[0]; pairs++)
		setenv((*pairs)[0], (*pairs)[1], 1);
}

/* ---- what is refused ---- */

static const struct {
	const char *const set[4][2];
	const char *config; /* NULL: there is no file */
	int code;
	const char *words;
} wrong[] = {
	{ { { "AWS_PROFILE", "a" }, { "AWS_DEFAULT_PROFILE", "b" } },
		NULL, ERROR_USAGE, "AWS_PROFILE is 'a' and "
		"AWS_DEFAULT_PROFILE is 'b': AWS's own tools differ on "
		"which one counts, so unset one of them" },
	{ { { "AWS_PROFILE", "" } }, NULL, ERROR_USAGE,
		"AWS_PROFILE is set and names no profile: unset it" },
	{ { { "AWS_DEFAULT_PROFILE", "" } }, NULL, ERROR_USAGE,
		"AWS_DEFAULT_PROFILE is set and names no profile: "
		"unset it" },
	{ { { "AWS_PROFILE", "a" } }, "[profile b]\nregion=x\n",
		ERROR_USAGE, "/.aws/credentials' (which is not there): "
		"name one that is there by --profile" },
	{ { { "AWS_PROFILE", "a" } }, NULL, ERROR_USAGE,
		"/.aws/config' (which is not there) nor in '" },
	{ { { "AWS_REGION", "" } }, "[default]\nregion = eu-west-1\n",
		ERROR_USAGE, "'' is not the name of a region, which "
		"looks like us-east-1" },
	{ { { NULL, NULL } }, "[default]\nregion =\n", ERROR_USAGE,
		"'' is not the name of a region" },
	{ { { NULL, NULL } }, "[default]\nca_bundle =\n", ERROR_USAGE,
		"ca_bundle of profile 'default' is empty: take it "
		"out" },
	{ { { "https_proxy", "ftp://a" } }, NULL, ERROR_USAGE,
		"the proxy that https_proxy names is not of the form "
		"http://HOST:PORT" },
	{ { { "AWS_MAX_ATTEMPTS", "101" } }, NULL, ERROR_USAGE,
		"AWS_MAX_ATTEMPTS or max_attempts is '101', which is "
		"not a number from 1 to 100" },
	{ { { NULL, NULL } }, "[default]\nmax_attempts = 0\n",
		ERROR_USAGE, "is '0', which is not a number" },
	{ { { "AWS_USE_FIPS_ENDPOINT", "perhaps" } }, NULL,
		ERROR_USAGE, "AWS_USE_FIPS_ENDPOINT is 'perhaps', "
		"which is neither true nor false" },
	{ { { NULL, NULL } }, "[default]\nuse_dualstack_endpoint = "
		"perhaps\n", ERROR_USAGE, "use_dualstack_endpoint is "
		"'perhaps', which is neither true nor false" },
	{ { { NULL, NULL } }, "[default]\n"
		"ignore_configured_endpoint_urls = 2\n", ERROR_USAGE,
		"ignore_configured_endpoint_urls is '2'" },
	{ { { "AWS_STS_REGIONAL_ENDPOINTS", "global" } }, NULL,
		ERROR_USAGE, "AWS_STS_REGIONAL_ENDPOINTS or "
		"sts_regional_endpoints is 'global', which is neither "
		"regional nor legacy" },
	{ { { NULL, NULL } }, "[default]\nendpoint_url = iam\n",
		ERROR_USAGE, "the endpoint 'iam' (endpoint_url of the "
		"profile) is not of the form https://HOST[:PORT]" },
	{ { { "AWS_ENDPOINT_URL_STS", "http://a.example" } }, NULL,
		ERROR_REFUSED, "the endpoint 'http://a.example' "
		"(AWS_ENDPOINT_URL_STS) is plain http to another "
		"machine, which is refused: use https" },
	{ { { "AWS_ENDPOINT_URL", "https://a.example" },
		{ "AWS_USE_DUALSTACK_ENDPOINT", "true" } }, NULL,
		ERROR_UNSUPPORTED, "AWS_ENDPOINT_URL and a FIPS or "
		"dual-stack endpoint cannot be asked for together" },
	{ { { "AWS_ENDPOINT_URL_CLOUDTRAIL", "https://a.example" },
		{ "AWS_USE_FIPS_ENDPOINT", "true" } }, NULL,
		ERROR_UNSUPPORTED, "AWS_ENDPOINT_URL_CLOUDTRAIL and a "
		"FIPS or dual-stack endpoint cannot be asked for "
		"together" },
	{ { { NULL, NULL } }, "[default]\nservices = x\n"
		"[services y]\niam =\n  endpoint_url = https://a\n",
		ERROR_USAGE, "the profile wants the services section "
		"'x', which is not in '" },
	{ { { NULL, NULL } }, "[default]\nservices =\n", ERROR_USAGE,
		"the profile wants the services section ''" },
	{ { { NULL, NULL } }, "[default]\nservices = x\n"
		"[services x]\n", ERROR_USAGE, "the services section "
		"'x'" },
	{ { { NULL, NULL } }, "[default]\nservices = x\n"
		"[services x]\niam =\n  endpoint_url = iam\n",
		ERROR_USAGE, "the endpoint 'iam' (endpoint_url of the "
		"profile's services)" },
};

static void what_is_wrong_is_said_by_its_name(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_config c;
	size_t i;

	for (i = 0; i < ARRAY_LEN(wrong); i++) {
		enter(state);
		set_all(wrong[i].set);
		if (wrong[i].config)
			write_text(".aws/config", wrong[i].config);
		SAYS(wrong[i].code, wrong[i].words, config_load(&c, &o, &err));
		config_done(&c);
		leave(state);
	}
}

static void who_has_no_home_is_told_so(void **state)
{
	struct config_place none = { .path = NULL };
	char *url = NULL;

	(void)state;
	SAYS(ERROR_USAGE, "the profile wants the services section 'x', which "
		"is not in '~/.aws/config'", config_services_load(&none, "x",
			AWS_IAM, &url, &err));
	assert_null(url);
}

static void what_has_no_room_is_refused(void **state)
{
	char host[300], list[WAY_BYPASS_MAX + 1];
	struct aws_options o = AWS_OPTIONS_INIT;
	struct aws_endpoint e = { .url = "" };
	struct aws_config c;
	struct aws_way w = { .ca_bundle = NULL };

	(void)state;
	strcpy(host, "https://");
	memset(host + 8, 'a', ENDPOINT_MAX / 2 - 9);
	host[ENDPOINT_MAX / 2 - 1] = '\0';
	OK(config_endpoint_set(&e, host, "test", &err));
	assert_int_equal(strlen(e.url), ENDPOINT_MAX / 2);
	strcat(host, "a");
	SAYS(ERROR_USAGE, "is not of the form", config_endpoint_set(&e, host,
		"test", &err));
	memset(list, 'a', sizeof(list));
	list[WAY_BYPASS_MAX - 1] = '\0';
	setenv("no_proxy", list, 1);
	OK(config_load(&c, &o, &err));
	assert_int_equal(strlen(c.way.bypass), WAY_BYPASS_MAX - 1);
	config_done(&c);
	memset(list, 'a', sizeof(list));
	list[WAY_BYPASS_MAX] = '\0';
	setenv("no_proxy", list, 1);
	SAYS(ERROR_USAGE, "no_proxy is longer than 2047 bytes",
		config_load(&c, &o, &err));
	config_done(&c);
	list[WAY_PROXY_MAX - 1] = '\0';
	OK(way_set_proxy(&w, list, "https_proxy", &err));
	list[WAY_PROXY_MAX - 1] = 'a';
	list[WAY_PROXY_MAX] = '\0';
	FAILS(ERROR_USAGE, way_set_proxy(&w, list, "https_proxy", &err));
	way_done(&w);
}

/* ---- what comes of it ---- */

static void each_setting_is_taken_from_its_place(void **state)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	static const struct {
		const char *const set[4][2];
		const char *config;
		const char *region, *ca, *ca_origin, *proxy, *proxy_origin;
		unsigned attempts;
	} cases[] = {
		{ { { NULL, NULL } }, "", "us-east-1", NULL, "", "", "", 0 },
		{ { { "AWS_MAX_ATTEMPTS", "100" } }, "[default]\n"
			"max_attempts=7\n", "us-east-1", NULL, "", "", "",
			100 },
		{ { { "AWS_MAX_ATTEMPTS", "" } }, "[default]\n"
			"max_attempts=1\n", "us-east-1", NULL, "", "", "", 1 },
		{ { { "AWS_REGION", "eu-west-2" }, { "AWS_DEFAULT_REGION",
			"eu-west-3" } }, "", "eu-west-2", NULL, "", "", "",
			0 },
		{ { { "AWS_CA_BUNDLE", "/a" }, { "CURL_CA_BUNDLE", "/c" } },
			"[default]\nca_bundle=/b\n", "us-east-1", "/a",
			"AWS_CA_BUNDLE", "", "", 0 },
		{ { { "CURL_CA_BUNDLE", "/c" } }, "[default]\nca_bundle=/b\n",
			"us-east-1", "/b", "ca_bundle of the profile", "", "",
			0 },
		{ { { "REQUESTS_CA_BUNDLE", "/r" }, { "CURL_CA_BUNDLE",
			"/c" } }, "", "us-east-1", "/r", "REQUESTS_CA_BUNDLE",
			"", "", 0 },
		{ { { "AWS_CA_BUNDLE", "" }, { "CURL_CA_BUNDLE", "/c" } }, "",
			"us-east-1", "/c", "CURL_CA_BUNDLE", "", "", 0 },
		{ { { "HTTPS_PROXY", "http://b" }, { "https_proxy",
			"http://a" } }, "", "us-east-1", NULL, "", "http://a",
			"https_proxy", 0 },
		{ { { "ALL_PROXY", "http://b" } }, "", "us-east-1", NULL, "",
			"http://b", "ALL_PROXY", 0 },
		/* one that is empty ends the search */
		{ { { "https_proxy", "" }, { "all_proxy", "http://a" } }, "",
			"us-east-1", NULL, "", "", "", 0 },
		/* and one that leads nowhere is dropped */
		{ { { "https_proxy", "http://a" }, { "no_proxy", "*" } }, "",
			"us-east-1", NULL, "", "", "", 0 },
		{ { { "https_proxy", "http://a" }, { "NO_PROXY",
			"amazonaws.com" } }, "", "us-east-1", NULL, "", "", "",
			0 },
		/* but not where it leads to one of the services */
		{ { { "https_proxy", "http://a" }, { "no_proxy",
			"us-east-1.amazonaws.com" } }, "", "us-east-1", NULL,
			"", "http://a", "https_proxy", 0 },
		{ { { "https_proxy", "http://a" }, { "no_proxy",
			"iam.amazonaws.com,sts.us-east-1.amazonaws.com,"
			"organizations.us-east-1.amazonaws.com" } }, "",
			"us-east-1", NULL, "", "http://a", "https_proxy", 0 },
	};
	struct aws_config c;
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		enter(state);
		set_all(cases[i].set);
		write_text(".aws/config", cases[i].config);
		OK(config_load(&c, &o, &err));
		assert_string_equal(c.region, cases[i].region);
		if (!cases[i].ca)
			assert_null(c.way.ca_bundle);
		else
			assert_string_equal(c.way.ca_bundle, cases[i].ca);
		assert_string_equal(c.way.ca_origin, cases[i].ca_origin);
		assert_string_equal(c.way.proxy, cases[i].proxy);
		assert_string_equal(c.way.proxy_origin, cases[i].proxy_origin);
		assert_int_equal(c.attempts, cases[i].attempts);
		assert_int_equal(way_is_foreign(&c.way),
			cases[i].ca || cases[i].proxy[0]);
		assert_string_equal(c.note, "");
		config_done(&c);
		leave(state);
	}
}

static void flags_are_true_by_one_word(void **state)
{
	static const struct {
		const char *value;
		bool is;
	} cases[] = { { "true", true }, { "TRUE", true }, { "false", false },
		{ "False", false }, { "0", false }, { "no", false },
		{ "off", false }, { "", false } };
	struct aws_config c = { .attempts = 0 };
	bool got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		setenv("AWS_FLAG", cases[i].value, 1);
		got = !cases[i].is;
		OK(config_flag(&c, "AWS_FLAG", "flag", &got, &err));
		assert_int_equal(got, cases[i].is);
	}
	unsetenv("AWS_FLAG");
	got = true;
	OK(config_flag(&c, "AWS_FLAG", "flag", &got, &err));
	assert_false(got);
}

/* ---- the way ---- */

static void the_system_s_word_goes_before_all_others(void **state)
{
	struct aws_options o = { .ca_bundle = "/sys.pem",
		.proxy = "http://sys" };
	struct aws_way w = { .ca_bundle = NULL };

	(void)state;
	setenv("AWS_CA_BUNDLE", "/mine.pem", 1);
	setenv("https_proxy", "http://mine", 1);
	setenv("no_proxy", "a.example", 1);
	OK(config_way(&o, &w, &err));
	assert_string_equal(w.ca_bundle, "/sys.pem");
	assert_string_equal(w.ca_origin, "ca_bundle of the system's settings");
	assert_string_equal(w.proxy, "http://sys");
	assert_string_equal(w.proxy_origin, "proxy of the system's settings");
	assert_string_equal(w.bypass, "");
	assert_true(w.ca_is_systems && w.proxy_is_systems);
	assert_false(way_is_foreign(&w));
	way_done(&w);
	o.proxy = NULL;
	OK(config_way(&o, &w, &err));
	assert_string_equal(w.proxy, "http://mine");
	assert_string_equal(w.bypass, "a.example");
	assert_false(w.proxy_is_systems);
	assert_true(way_is_foreign(&w));
	way_done(&w);
	o.proxy = "nonsense://";
	SAYS(ERROR_USAGE, "the proxy that proxy of the system's settings names",
		config_way(&o, &w, &err));
	assert_null(w.ca_bundle);
}

static void a_proxy_is_for_https_and_hosts_that_the_list_does_not_name(
	void **state)
{
	static const struct {
		const char *bypass, *url;
		bool by_proxy;
	} cases[] = {
		{ "", "https://a.example/", true },
		{ "", "http://127.0.0.1/", false },
		{ "", "nonsense", false },
		{ "*", "https://a.example/", false },
		{ "*,b", "https://a.example/", true },
		{ "example", "https://a.example/", false },
		{ ".example", "https://a.example/", false },
		{ "A.EXAMPLE", "https://a.example/", false },
		{ "xample", "https://a.example/", true },
		{ "b.a.example", "https://a.example/", true },
		{ "b,\t a.example ,c", "https://a.example:8443/", false },
		{ ".", "https://a.example/", true },
		{ " , ", "https://a.example/", true },
		{ "192.0.2.1", "https://192.0.2.1/", false },
		{ "0.2.1", "https://192.0.2.1/", true },
	};
	struct aws_way w;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		w = (struct aws_way){ .proxy = "http://p" };
		strcpy(w.bypass, cases[i].bypass);
		if (way_is_by_proxy(&w, cases[i].url) != cases[i].by_proxy)
			fail_msg("'%s' %s", cases[i].bypass, cases[i].url);
	}
	w = (struct aws_way){ .bypass = "" };
	assert_false(way_is_by_proxy(&w, "https://a.example/"));
}

static void a_proxy_has_a_form_and_its_password_is_not_shown(void **state)
{
	static const struct {
		const char *url, *shown; /* NULL: refused */
	} cases[] = {
		{ "http://p:8080", "http://p:8080" }, { "p", "p" },
		{ "SOCKS5h://p", "SOCKS5h://p" }, { "socks4a://p",
			"socks4a://p" },
		{ "http://u:secret@p:1", "http://p:1" },
		{ "http://u:se@cret@p", "http://p" },
		{ "u:secret@p", "p" },
		{ "", NULL }, { "http://", NULL }, { "ftp://p", NULL },
		{ "httpx://p", NULL }, { "htt://p", NULL },
		{ "http://p q", NULL }, { "http://p\x7f", NULL },
		{ "http://p\x01", NULL }, { "http://p~!", "http://p~!" },
	};
	char shown[WAY_PROXY_MAX];
	struct aws_way w;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		w = (struct aws_way){ .proxy_is_systems = true };
		if (!cases[i].shown) {
			SAYS(ERROR_USAGE, "the proxy that X names is not of "
				"the form http://HOST:PORT",
				way_set_proxy(&w, cases[i].url, "X", &err));
			continue;
		}
		OK(way_set_proxy(&w, cases[i].url, "X", &err));
		assert_string_equal(w.proxy_origin, "X");
		assert_false(w.proxy_is_systems);
		way_show_proxy(&w, shown);
		assert_string_equal(shown, cases[i].shown);
	}
}

/* ---- names of files ---- */

static void variables_and_homes_stand_in_a_file_s_name(void **state)
{
	static const char *const cases[][2] = {
		{ "/a/b", "/a/b" }, { "~", "/home/alice" }, { "~/x", "/home/alice/x" },
		{ "a~", "a~" }, { "$HOME/x", "/home/alice/x" },
		{ "${HOME}/x", "/home/alice/x" }, { "$NONE/x", "$NONE/x" },
		{ "${NONE}", "${NONE}" }, { "${HOME", "${HOME" },
		{ "$", "$" }, { "$/x", "$/x" }, { "a$EMPTY/b", "a/b" },
		{ "~daemon/x", "/usr/sbin/x" }, { "~daemon", "/usr/sbin" },
		{ "~nobody-by-that-name/x", "~nobody-by-that-name/x" },
	};
	char *got;
	size_t i;

	(void)state;
	setenv("HOME", "/home/alice", 1);
	setenv("EMPTY", "", 1);
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		got = path_expand(cases[i][0]);
		assert_string_equal(got, cases[i][1]);
		free(got);
	}
	setenv("HOME", "/home/alice//", 1);
	got = path_expand("~/x");
	assert_string_equal(got, "/home/alice/x");
	free(got);
	setenv("HOME", "/", 1);
	got = path_expand("~");
	assert_string_equal(got, "/");
	free(got);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said_by_its_name),
		TEST(who_has_no_home_is_told_so),
		TEST(what_has_no_room_is_refused),
		cmocka_unit_test(each_setting_is_taken_from_its_place),
		TEST(flags_are_true_by_one_word),
		TEST(the_system_s_word_goes_before_all_others),
		TEST(a_proxy_is_for_https_and_hosts_that_the_list_does_not_name
			),
		TEST(a_proxy_has_a_form_and_its_password_is_not_shown),
		TEST(variables_and_homes_stand_in_a_file_s_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
