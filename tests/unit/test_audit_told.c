/* SPDX-License-Identifier: Apache-2.0 */
/* What the registry told an audit: written as it is, read or refused whole. */
#include "bridge/audit/known/told.h"

#include "tests/unit/unit.h"

#include <jansson.h>

#define DEVICE "arn:aws:iam::123456789012:mfa/alice"
#define TIME "2026-11-22T02:48:15Z"
#define ACCOUNT "123456789012"

static const char whole[] = "{'v':1,'account':'" ACCOUNT "','anyToken':true,"
	"'inUse':2,'handedOver':1,'elsewhere':2,'whyNot':'locked',"
	"'tokensWhyNot':'damaged','judgedBy':{'metadata':171,'metadataNext':"
	"'2026-12-01T00:00:00Z','advisories':'2026-11-22','advisoriesAdded':"
	"'2026-11-23'},'bindings':[{'user':'AIDA1','userName':'alice',"
	"'device':'" DEVICE "','since':'" TIME "'},{'user':'AIDA2','userName':"
	"null,'device':null,'since':'" TIME "'}],'devices':[{'serial':'" DEVICE
	"','token':1,'totp':true},{'serial':'" DEVICE "2','token':0,'totp':"
	"false}],'tokens':[{'name':'blue','inUse':true,'firmware':'5.7.4',"
	"'vulnerable':'yes','why':null,'advisories':'YSA-2024-03','severity':"
	"'high','accepted':true,'verdict':'genuine','verdictTime':'" TIME "'},"
	"{'name':'red','inUse':false,'firmware':null,'vulnerable':'unknown',"
	"'why':'there is no evidence of what it is','advisories':null,"
	"'severity':'low','accepted':false,'verdict':null,'verdictTime':null}"
	"]}";

static struct known known;
static struct registry_bindings list;
static struct audit_registry_source source;
static struct known_told told;

static json_t *base(void)
{
	char text[sizeof(whole)];
	json_error_t e;
	json_t *o;
	size_t i;

	memcpy(text, whole, sizeof(whole));
	for (i = 0; text[i]; i++)
		if (text[i] == '\'')
			text[i] = '"';
	o = json_loads(text, 0, &e);
	if (!o)
		fail_msg("%s at %d", e.text, e.position);
	return o;
}

/* Takes o. */
static int read_object(json_t *o)
{
	char *text = json_dumps(o, 0);
	unsigned char *copy = copy_of(text, strlen(text));
	int r;

	known_init(&known);
	memset(&list, 0, sizeof(list));
	memset(&source, 0, sizeof(source));
	told = (struct known_told){ &known, &list, false, &source };
	r = known_told_parse((char *)copy, strlen(text), &told, &err);
	free(copy);
	free(text);
	json_decref(o);
	return r;
}

static void forget(void)
{
	known_done(&known);
	registry_bindings_done(&list);
}

static json_t *written(const char *account)
{
	struct buf b;
	json_t *o;

	buf_init(&b, 1u << 20);
	OK(known_told_write(&told, account, &b, &err));
	assert_int_equal(b.p[b.n - 1], '\n');
	o = json_loadb(buf_str(&b), b.n, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	buf_done(&b);
	return o;
}

static void all_of_it_is_read(void **state)
{
	(void)state;
	OK(read_object(base()));
	assert_int_equal(known.n, 2);
	assert_string_equal(known.tokens[0].name, "blue");
	assert_true(known.tokens[0].in_use && known.tokens[0].accepted);
	assert_false(known.tokens[1].in_use || known.tokens[1].accepted);
	assert_string_equal(known.tokens[0].firmware, "5.7.4");
	assert_int_equal(known.tokens[0].vulnerable, AUDIT_YES);
	assert_int_equal(known.tokens[1].vulnerable, AUDIT_NOT_KNOWN);
	assert_int_equal(known.tokens[0].doubt, KNOWN_NO_DOUBT);
	assert_int_equal(known.tokens[1].doubt, KNOWN_NO_EVIDENCE);
	assert_string_equal(known.tokens[0].verdict, "genuine");
	assert_null(known.tokens[1].verdict);
	assert_int_equal(known.tokens[0].verdict_time, 1795315695);
	assert_int_equal(known.tokens[1].verdict_time, 0);
	assert_int_equal(known.devices_n, 2);
	assert_int_equal(known.devices[0].token, 1);
	assert_true(known.devices[0].is_totp);
	assert_false(known.devices[1].is_totp);
	assert_string_equal(known.devices[1].account, ACCOUNT);
	assert_int_equal(known.basis.metadata, 171);
	assert_string_equal(known.basis.advisories_added, "2026-11-23");
	assert_string_equal(known.why_not, "damaged");
	assert_string_equal(source.why_not, "locked");
	assert_true(source.has_tokens && told.has_list);
	assert_int_equal(source.tokens, 2);
	assert_int_equal(source.handed_over, 1);
	/* two of the account, and two of which only that they are there */
	assert_int_equal(list.n, 4);
	assert_string_equal(list.p[0].user, "AIDA1");
	assert_string_equal(list.p[0].user_name, "alice");
	assert_string_equal(list.p[0].account, ACCOUNT);
	assert_null(list.p[1].device);
	assert_null(list.p[2].user);
	assert_string_equal(list.p[3].account, "");
	forget();
}

static void it_is_written_as_it_was_read(void **state)
{
	json_t *want = base(), *is, *devices;

	(void)state;
	OK(read_object(base()));
	is = written(ACCOUNT);
	if (!json_equal(want, is))
		fail_msg("%s", json_dumps(is, 0));
	json_decref(is);
	/* of another account: how many there are, and tokens in use alone */
	is = written("210987654321");
	assert_int_equal(json_integer_value(json_object_get(is, "elsewhere")),
		4);
	assert_int_equal(json_array_size(json_object_get(is, "bindings")), 0);
	assert_int_equal(json_array_size(json_object_get(is, "devices")), 0);
	assert_int_equal(json_array_size(json_object_get(is, "tokens")), 1);
	json_decref(is);
	/* one that was taken away is none */
	list.p[0].removed = 1;
	is = written(ACCOUNT);
	assert_int_equal(json_array_size(json_object_get(is, "bindings")), 1);
	json_decref(is);
	/* a token that nothing is known of but a device of the account */
	known.tokens[0].in_use = known.tokens[1].in_use = false;
	known.devices_n = 1;
	is = written(ACCOUNT);
	devices = json_object_get(is, "devices");
	assert_int_equal(json_array_size(json_object_get(is, "tokens")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(
		devices, 0), "token")), 0);
	json_decref(is);
	known.devices_n = 2;
	forget();
	json_decref(want);
	/* what is not there is null, and no 0 or "" */
	want = base();
	json_object_set_new(want, "bindings", json_null());
	json_object_set_new(want, "elsewhere", json_integer(0));
	devices = json_object_get(want, "judgedBy");
	json_object_set_new(devices, "metadata", json_null());
	json_object_set_new(devices, "metadataNext", json_null());
	json_object_set_new(devices, "advisories", json_null());
	json_object_set_new(want, "whyNot", json_null());
	json_object_set_new(want, "tokensWhyNot", json_null());
	json_object_set_new(want, "anyToken", json_false());
	OK(read_object(json_deep_copy(want)));
	assert_false(told.has_list);
	assert_int_equal(list.n, 0);
	is = written(ACCOUNT);
	if (!json_equal(want, is))
		fail_msg("%s", json_dumps(is, 0));
	json_decref(is);
	json_decref(want);
	forget();
}

static void is_refused(json_t *o, const char *what)
{
	if (read_object(o) != -ERROR_MALFORMED)
		fail_msg("%s is taken", what);
	assert_int_equal(known.n, 0);
	assert_null(known.tokens);
	assert_null(known.devices);
	assert_null(list.p);
	assert_false(told.has_list);
}

/* The object of that name: itself, or the first of a list. */
static json_t *part(json_t *o, const char *name)
{
	json_t *p = name[0] ? json_object_get(o, name) : o;

	return json_is_array(p) ? json_array_get(p, 0) : p;
}

static void no_member_may_lack_or_be_something_else(void **state)
{
	static const char *const parts[] = { "", "judgedBy", "bindings",
		"devices", "tokens" };
	json_t *all = base(), *o;
	const char *name;
	json_t *value;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(parts); i++) {
		json_object_foreach(part(all, parts[i]), name, value) {
			o = base();
			json_object_del(part(o, parts[i]), name);
			/* which of them are there without a list */
			is_refused(o, name);
			o = base();
			json_object_set_new(part(o, parts[i]), name,
				json_real(1.5));
			is_refused(o, name);
		}
	}
	json_decref(all);
}

static void values_have_their_bounds(void **state)
{
	static const struct {
		const char *part, *name, *value;
	} rows[] = {
		{ "", "v", "2" },
		{ "", "v", "0" },
		{ "", "account", "\"1234567890123\"" },
		{ "", "elsewhere", "-1" },
		{ "", "elsewhere", "100000000" },
		{ "", "inUse", "-1" },
		{ "", "bindings", "{}" },
		{ "judgedBy", "metadata", "-1" },
		{ "judgedBy", "metadataNext", "\"tomorrow\"" },
		{ "bindings", "user", "null" },
		{ "bindings", "since", "\"x\"" },
		{ "devices", "serial", "null" },
		{ "devices", "serial", "\"z\"" }, /* behind the next one */
		{ "devices", "token", "2" },
		{ "devices", "token", "-1" },
		{ "devices", "totp", "1" },
		{ "tokens", "name", "null" },
		{ "tokens", "name", "\"\"" },
		{ "tokens", "vulnerable", "\"maybe\"" },
		{ "tokens", "vulnerable", "null" },
		{ "tokens", "why", "\"because\"" },
		{ "tokens", "severity", "\"worst\"" },
		{ "tokens", "severity", "null" },
		{ "tokens", "verdict", "\"fine\"" },
	};
	json_t *o;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		o = base();
		json_object_set_new(part(o, rows[i].part), rows[i].name,
			json_loads(rows[i].value, JSON_DECODE_ANY, NULL));
		is_refused(o, rows[i].name);
	}
	is_refused(json_array(), "a list");
	/* and the last that is right */
	o = base();
	json_object_set_new(part(o, "devices"), "token", json_integer(0));
	json_object_set_new(o, "elsewhere", json_integer(0));
	OK(read_object(o));
	assert_int_equal(list.n, 2);
	forget();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_read),
		cmocka_unit_test(it_is_written_as_it_was_read),
		cmocka_unit_test(no_member_may_lack_or_be_something_else),
		cmocka_unit_test(values_have_their_bounds),
	};

	return cmocka_run_group_tests_name("audit told", tests, NULL, NULL);
}
