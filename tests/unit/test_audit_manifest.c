/* SPDX-License-Identifier: Apache-2.0 */
/* The manifest of an audit's evidence: which are read, and which are not. */
#include "bridge/audit/keep/bundle.h"

#include "tests/unit/unit.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define BASE                                                                   \
	"{'v':2,'files':{},'program':'1.0','made':'now','checks':null,"        \
	"'account':null,'generated':null,'partition':null,'region':null,"      \
	"'endpoint':null,'origin':null,'caBundle':null,'proxy':null,"          \
	"'registry':null,'head':null,'mutes':null,'since':null,"               \
	"'report':null,'requests':0,'connections':0,'record':false,"           \
	"'live':true}"
#define TEN "aaaaaaaaaa"
#define NAME_98 TEN TEN TEN TEN TEN TEN TEN TEN TEN "aaaaaaaa"

static size_t deleted;

void __real_json_delete(json_t *o);

WRAP(void, json_delete, json_t *o)
{
	deleted += json_is_object(o);
	__real_json_delete(o);
}

static json_t *good(void)
{
	char text[] = BASE, *at;
	json_t *o;

	while ((at = strchr(text, '\'')))
		*at = '"';
	o = json_loads(text, 0, NULL);
	assert_non_null(o);
	return o;
}

static int parse(json_t *o)
{
	char *text = json_dumps(o, 0);
	size_t n = strlen(text);
	char *alone = (char *)copy_of(text, n);
	json_t *facts = NULL;
	int r;

	memset(&err, 0, sizeof(err));
	deleted = 0;
	r = audit_bundle_parse(alone, n, &facts, &err);
	assert_int_equal(deleted, r < 0);
	if (r == 0)
		assert_true(json_equal(facts, o));
	else
		assert_null(facts);
	json_decref(facts);
	free(alone);
	free(text);
	return r;
}

/* With that member as this text of JSON; NULL: without it. */
static void with(const char *member, const char *value, bool fits)
{
	json_t *o = good();

	if (value)
		json_object_set_new(o, member, json_loads(value,
			JSON_DECODE_ANY, NULL));
	else
		json_object_del(o, member);
	if ((parse(o) == 0) != fits)
		fail_msg("%s: %s", member, value ? value : "-");
	if (!fits) {
		assert_int_equal(err.code, ERROR_MALFORMED);
		assert_string_equal(err.text, "'audit.json' is no manifest of "
			"an audit's evidence");
	}
	json_decref(o);
}

static void each_member_has_its_form(void **state)
{
	static const char *const texts[] = { "checks", "account", "generated",
		"partition", "region", "endpoint", "origin", "caBundle",
		"proxy", "registry", "head", "mutes", "since", "report" };
	static const char *const needed[] = { "program", "made" };
	static const char *const numbers[] = { "requests", "connections" };
	static const char *const flags[] = { "record", "live" };
	size_t i;

	(void)state;
	with("other", "1", true);
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		with(texts[i], NULL, false);
		with(texts[i], "\"a text\"", true);
		with(texts[i], "\"a\\u0007b\"", false);
		with(texts[i], "1", false);
	}
	for (i = 0; i < ARRAY_LEN(needed); i++) {
		with(needed[i], NULL, false);
		with(needed[i], "null", false);
		with(needed[i], "1", false);
		with(needed[i], "\"a\\u0007b\"", false);
	}
	for (i = 0; i < ARRAY_LEN(numbers); i++) {
		with(numbers[i], NULL, false);
		with(numbers[i], "null", false);
		with(numbers[i], "-1", false);
		with(numbers[i], "1.5", false);
		with(numbers[i], "1", true);
	}
	for (i = 0; i < ARRAY_LEN(flags); i++) {
		with(flags[i], NULL, false);
		with(flags[i], "null", false);
		with(flags[i], "true", true);
		with(flags[i], "false", true);
	}
	with("files", NULL, false);
	with("files", "[]", false);
	with("v", NULL, false);
	with("v", "\"2\"", false);
	with("v", "2.0", false);
}

static void a_file_has_a_plain_name(void **state)
{
	static const struct {
		const char *name;
		bool fits;
	} rows[] = {
		{ "a", true }, { "az09._-", true }, { "a/b", true },
		{ "a.b/c.d", true }, { "a/-", true }, { "a..", true },
		{ "", false }, { ".", false }, { ".a", false }, { "/a", false },
		{ "a/", false }, { "a/.b", false }, { "a/..", false },
		{ "a/b/c", false }, { "a//b", false }, { "A", false },
		{ "a b", false }, { "a:b", false },
		{ NAME_98, true }, { NAME_98 "a", true },
		{ NAME_98 "aa", false },
	};
	char text[300];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "{\"%s\":\"" ABC "\"}",
			rows[i].name);
		with("files", text, rows[i].fits);
		snprintf(text, sizeof(text), "{\"z\":\"" ABC "\",\"%s\":\"" ABC
			"\"}", rows[i].name);
		with("files", text, rows[i].fits);
	}
	with("files", "{\"a\":\"" ABC "0\"}", false);
	with("files", "{\"a\":\"a" ABC "\"}", false);
	with("files", "{\"a\":\"abc\"}", false);
	with("files", "{\"a\":null}", false);
	with("files", "{\"a\":\"BA7816BF8F01CFEA414140DE5DAE2223"
		"B00361A396177A9CB410FF61F20015AD\"}", false);
	with("files", "{\"a\":\"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ag\"}", false);
}

static void ten_thousand_files_are_read(void **state)
{
	json_t *o = good(), *files = json_object_get(o, "files");
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		json_object_set_new(files, name, json_string(ABC));
	}
	assert_int_equal(parse(o), 0);
	json_object_set_new(files, "more", json_string(ABC));
	assert_int_equal(parse(o), -ERROR_MALFORMED);
	json_decref(o);
}

static void another_form_is_left_to_another_version(void **state)
{
	static const char *const texts[] = { "{\"v\":1}", "{\"v\":3}" };
	json_t *facts = NULL;
	size_t i;

	(void)state;
	deleted = 0;
	for (i = 0; i < ARRAY_LEN(texts); i++)
		SAYS(ERROR_UNSUPPORTED, i == 0 ? "'audit.json' is of version "
			"1 of the form of evidence, and this program reads "
			"version 2: the program that made it reads it" :
			"is of version 3 of", audit_bundle_parse(texts[i],
			strlen(texts[i]), &facts, &err));
	assert_int_equal(deleted, 2);
	SAYS(ERROR_MALFORMED, "is no manifest", audit_bundle_parse("{\"v\":3,"
		"\"v\":3}", 13, &facts, &err));
	SAYS(ERROR_MALFORMED, "is no manifest", audit_bundle_parse("", 0,
		&facts, &err));
	SAYS(ERROR_MALFORMED, "is no manifest", audit_bundle_parse("{\"v\":2}",
		7, &facts, &err));
	assert_null(facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member_has_its_form),
		cmocka_unit_test(a_file_has_a_plain_name),
		cmocka_unit_test(ten_thousand_files_are_read),
		cmocka_unit_test(another_form_is_left_to_another_version),
	};

	return cmocka_run_group_tests_name("audit manifest", tests, NULL,
		NULL);
}
