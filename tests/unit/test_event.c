/* SPDX-License-Identifier: Apache-2.0 */
/* Events: what may be written, what is read back, what is refused. */
#include "base/text.h"
#include "bridge/event/event.h"
#include "bridge/registry/registry.h"

#include "tests/unit/unit.h"

#define ID "0123456789abcdef0123456789abcdef"
#define ID2 "fedcba9876543210fedcba9876543210"
#define SHA ID ID2

/* One body of every type, with every member that the table knows. */
static const struct {
	enum event_type type;
	const char *body;
	int required; /* members that may not be missing */
} bodies[] = {
	{ EVENT_REGISTRY_INIT, "{'rehearsal':true,'program':'tokenbridge'}",
		1 },
	{ EVENT_REGISTRY_RESTORED, "{'seq':7,'hash':'" SHA "','lost_first':8,"
		"'lost_last':9,'reason':'" ID "'}", 2 },
	{ EVENT_HOLDER_ADDED, "{'holder':'" ID "','kind':'place',"
		"'custodians':['" ID "','" ID2 "'],'bag':'A 17'}", 2 },
	{ EVENT_TOKEN_ADDED, "{'token':'" ID "','state':'stock','holder':'"
		ID2 "','model':'Key','aaguid':'" ID "','firmware':'5.7.4',"
		"'firmware_signed':true,'identifiers':[{'kind':'serial',"
		"'value':'1','basis':'attested'}],'joins':[{'a':'fido',"
		"'b':'ccid','by':'same-usb-parent'}]}", 2 },
	{ EVENT_TOKEN_IDENTIFIED, "{'token':'" ID "','model':'Key'}", 1 },
	{ EVENT_TOKEN_ASSIGNED, "{'token':'" ID "','holder':'" ID2
		"','reason':'" ID "'}", 2 },
	{ EVENT_TOKEN_STATE, "{'token':'" ID "','state':'handed-over',"
		"'evidence':'" SHA "','reason':'" ID "'}", 2 },
	{ EVENT_TOKEN_BAG, "{'token':'" ID "','state':'sealed','bag':'" ID2
		"','custodians':['" ID "','" ID2 "'],'reason':'" ID "'}", 2 },
	{ EVENT_TOKEN_VERIFIED, "{'token':'" ID "','verdict':20,'evidence':'"
		SHA "','advisories':['YSA-2024-03']}", 2 },
	{ EVENT_CREDENTIAL_ADDED, "{'token':'" ID "','rp':'tokenbridge:id',"
		"'credential':'AQID','public_key':'pQEC','alg':-7,'counter':3,"
		"'resident':false,'uv':true,'aaguid':'" ID "','evidence':'"
		SHA "','reason':'" ID "'}", 7 },
	{ EVENT_CREDENTIAL_USED, "{'token':'" ID "','rp':'tokenbridge:id',"
		"'credential':'AQID','counter':4294967295,'evidence':'" SHA
		"'}", 4 },
	{ EVENT_CREDENTIAL_REMOVED, "{'token':'" ID "','rp':'tokenbridge:id',"
		"'credential':'AQID','reason':'" ID "'}", 3 },
	{ EVENT_BINDING_ADDED, "{'binding':'" ID "','kind':'aws','user':"
		"'AIDAEXAMPLE','token':'" ID2 "','account':'123456789012',"
		"'device':'" ID "','method':'hardware-totp','rp':'r',"
		"'credential':'AQ','local_user':'" ID "','oath_account':'" ID
		"','basis':'cloudtrail','evidence':'" SHA "','reason':'" ID
		"'}", 3 },
	{ EVENT_BINDING_REMOVED, "{'binding':'" ID "','evidence':'" SHA
		"','reason':'" ID "'}", 1 },
	{ EVENT_NAME_ERASED, "{'names':[{'kind':'label','id':'" ID "'}],"
		"'reason':'" ID "'}", 1 },
	{ EVENT_CHECKPOINT, "{'seq':1,'hash':'" SHA "'}", 2 },
	{ EVENT_HOLDER_RECIPIENTS, "{'holder':'" ID "','count':2}", 2 },
	{ EVENT_BINDING_WITNESSED, "{'binding':'" ID "','basis':'seen-in-trail',"
		"'trail':'" SHA "','event':'sign-in'}", 3 },
	{ EVENT_MFA_COUNTED, "{'account':'123456789012','part':0,'parts':1,"
		"'users':[{'user':'AIDAEXAMPLE','devices':2,'kinds':['fido',"
		"'virtual'],'seen':'2026-01-31T23:59:59Z'}],'bundle':'" SHA
		"'}", 4 },
	{ EVENT_ROOT_REMOVED, "{'account':'123456789012','removed':['password',"
		"'device'],'device':'" ID "','basis':'stated','reason':'" ID
		"'}", 2 },
};

/* JSON with ' for ". */
static json_t *json(const char *s)
{
	char *copy = strdup(s), *p;
	json_t *v;

	for (p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	v = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(v);
	free(copy);
	return v;
}

static void every_type_has_a_body_that_passes(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_LEN(bodies), EVENT_TYPE_COUNT);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		json_t *body = json(bodies[i].body);

		assert_int_equal(bodies[i].type, i);
		if (event_check_body(bodies[i].type, body, &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(event_type_of(
			event_type_name(bodies[i].type)), i);
		json_decref(body);
	}
}

static void only_the_required_members_may_not_be_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		json_t *body = json(bodies[i].body), *less;
		const char *key;
		json_t *v;
		int required = 0;
		char words[128];

		json_object_foreach(body, key, v) {
			less = json_deep_copy(body);
			json_object_del(less, key);
			snprintf(words, sizeof(words), "event %s: member '%s' "
				"is missing", event_type_name(bodies[i].type),
				key);
			if (event_check_body(bodies[i].type, less, &err) < 0) {
				assert_string_equal(err.text, words);
				required++;
			}
			json_decref(less);
		}
		assert_int_equal(required, bodies[i].required);
		json_decref(body);
	}
}

static void every_member_is_checked_for_its_form(void **state)
{
	json_t *bad[] = { json_null(), json_string("a\x01"), json_real(1.5),
		json_integer(-2147483649LL), json_string(""), json_array(),
		json_object() };
	static const char unclean[] = "the body holds control characters";

	(void)state;
	json_array_append_new(bad[5], json_integer(1));
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		json_t *body = json(bodies[i].body), *wrong, *v;
		const char *key;
		char words[128];

		json_object_foreach(body, key, v)
			for (size_t k = 0; k < ARRAY_LEN(bad); k++) {
				snprintf(words, sizeof(words), ": member '%s' "
					"is not of the right form", key);
				wrong = json_deep_copy(body);
				json_object_set(wrong, key, bad[k]);
				SAYS(ERROR_MALFORMED, k == 1 ? unclean : words,
					event_check_body(bodies[i].type,
						wrong, &err));
				json_decref(wrong);
			}
		json_decref(body);
	}
	for (size_t k = 0; k < ARRAY_LEN(bad); k++)
		json_decref(bad[k]);
}

static void words_outside_the_list_are_refused(void **state)
{
	static const struct {
		enum event_type type;
		const char *member, *body;
	} wrong[] = {
		{ EVENT_TOKEN_STATE, "state",
			"{'token':'" ID "','state':'stolen'}" },
		{ EVENT_TOKEN_STATE, "token",
			"{'token':'0123','state':'lost'}" },
		{ EVENT_TOKEN_STATE, "token",
			"{'token':'0123456789ABCDEF0123456789abcdef',"
			"'state':'lost'}" },
		{ EVENT_TOKEN_BAG, "state",
			"{'token':'" ID "','state':'none'}" },
		{ EVENT_TOKEN_BAG, "state",
			"{'token':'" ID "','state':'open'}" },
		{ EVENT_TOKEN_VERIFIED, "verdict",
			"{'token':'" ID "','verdict':19}" },
		{ EVENT_TOKEN_VERIFIED, "verdict",
			"{'token':'" ID "','verdict':28}" },
		{ EVENT_BINDING_ADDED, "account", "{'binding':'" ID "',"
			"'kind':'aws','user':'A','account':'12345678901x'}" },
		{ EVENT_BINDING_ADDED, "method", "{'binding':'" ID "',"
			"'kind':'aws','user':'A','method':'none'}" },
		{ EVENT_BINDING_ADDED, "credential", "{'binding':'" ID "',"
			"'kind':'aws','user':'A','credential':'AR'}" },
			/* loose bits */
		{ EVENT_TOKEN_IDENTIFIED, "identifiers", "{'token':'" ID "',"
			"'identifiers':[{'kind':'Serial','value':'1','basis':"
			"'proved'}]}" },
		{ EVENT_TOKEN_IDENTIFIED, "identifiers", "{'token':'" ID "',"
			"'identifiers':[{'kind':'serial','value':'1'}]}" },
	};
	char words[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		json_t *body = json(wrong[i].body);

		snprintf(words, sizeof(words), "member '%s' is not of the "
			"right form", wrong[i].member);
		SAYS(ERROR_MALFORMED, words, event_check_body(wrong[i].type,
			body, &err));
		json_decref(body);
	}
}

/* ---- writing and reading back ---- */

static void what_is_built_reads_back_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		json_t *body = json(bodies[i].body);
		struct event_draft d = { .type = bodies[i].type,
			.journal = ID2, .step = 5, .time = 1767225599,
			.actor = { 1000, ID, "", ID2 }, .body = body };
		struct event e = EVENT_INIT;
		struct buf b;

		buf_init(&b, EVENT_MAX);
		assert_int_equal(event_build(&b, ID, 42, &d, &err), 0);
		assert_int_equal(event_parse(b.p, b.n, &e, &err), 0);
		assert_int_equal(e.type, bodies[i].type);
		assert_string_equal(e.stream, ID);
		assert_int_equal(e.seq, 42);
		assert_string_equal(e.journal, ID2);
		assert_int_equal(e.step, 5);
		assert_int_equal(e.time, 1767225599);
		assert_int_equal(e.actor.uid, 1000);
		assert_string_equal(e.actor.host, ID);
		assert_string_equal(e.actor.caller, "");
		assert_string_equal(e.actor.ticket, ID2);
		assert_true(event_says(&e, &d));
		event_done(&e);
		buf_done(&b);
		json_decref(body);
	}
}

static void the_bytes_are_as_documented(void **state)
{
	json_t *body = json("{'rehearsal':false}");
	struct event_draft d = { .type = EVENT_REGISTRY_INIT, .journal = ID2,
		.time = 1767225599, .actor = { .uid = 0 }, .body = body };
	struct buf b;

	(void)state;
	buf_init(&b, EVENT_MAX);
	assert_int_equal(event_build(&b, ID, 0, &d, &err), 0);
	assert_string_equal(buf_str(&b),
		"{\"v\":1,\"stream\":\"" ID "\",\"seq\":0,\"journal\":\"" ID2
		"\",\"step\":0,\"time\":\"2025-12-31T23:59:59Z\","
		"\"type\":\"registry.init\",\"actor\":{\"uid\":0},"
		"\"body\":{\"rehearsal\":false}}");
	buf_done(&b);
	json_decref(body);
}

static void a_draft_is_checked_before_it_is_written(void **state)
{
	json_t *body = json("{'rehearsal':false}");
	const struct event_draft good = { .type = EVENT_REGISTRY_INIT,
		.journal = ID2, .time = 1, .body = body };
	static const char *const words[] = {
		"event: stream, number or journal is not an id",
		"event: stream, number or journal is not an id",
		"event: the time is not after 1970",
		"unknown event type",
		"event registry.init: the body is not an object",
		"event: the actor's host, caller or ticket is not an id",
		"event: the actor's host, caller or ticket is not an id",
		"event: the actor's host, caller or ticket is not an id",
		"event token.added: member 'token' is missing",
		"event registry.init: the body holds control characters or is "
			"nested too deeply",
	};
	struct event_draft d[10] = { good, good, good, good, good, good, good,
		good, good, good };
	json_t *unclean = json("{'rehearsal':false,'x':'a\\u009bb'}");
	struct buf b;

	(void)state;
	d[0].journal = "x";
	d[1].journal = NULL;
	d[2].time = 0;
	d[3].type = EVENT_UNKNOWN;
	d[4].body = NULL;
	strcpy(d[5].actor.host, "alice-laptop");
	strcpy(d[6].actor.caller, "alice");
	strcpy(d[7].actor.ticket, "OPS-1");
	d[8].type = EVENT_TOKEN_ADDED;
	d[9].body = unclean;
	buf_init(&b, EVENT_MAX);
	for (size_t i = 0; i < ARRAY_LEN(d); i++)
		SAYS(ERROR_MALFORMED, words[i], event_build(&b, ID, 0, &d[i],
			&err));
	SAYS(ERROR_MALFORMED, words[0], event_build(&b, "x", 0, &good, &err));
	SAYS(ERROR_MALFORMED, words[0], event_build(&b, ID, EVENT_SEQ_MAX + 1,
		&good, &err));
	assert_int_equal(b.n, 0);
	OK(event_build(&b, ID, EVENT_SEQ_MAX, &good, &err));
	json_decref(unclean);
	buf_done(&b);
	json_decref(body);
}

static void an_event_larger_than_the_limit_is_not_built(void **state)
{
	json_t *body = json("{'rehearsal':false}"), *list = json_array();
	struct event_draft d = { .type = EVENT_REGISTRY_INIT, .journal = ID2,
		.time = 1, .body = body };
	struct buf b;

	(void)state;
	for (int i = 0; i < 2100; i++)
		json_array_append_new(list, json_string(ID));
	json_object_set_new(body, "more", list);
	buf_init(&b, EVENT_MAX);
	SAYS(ERROR_FAILED, "the event", event_build(&b, ID, 0, &d, &err));
	buf_done(&b);
	json_decref(body);
}

/* ---- refusing ---- */

#define TOP(v, stream, seq, journal, step, time, type, actor, body, more)      \
	"{'v':" v ",'stream':" stream ",'seq':" seq ",'journal':" journal      \
	",'step':" step ",'time':" time ",'type':" type ",'actor':" actor      \
	",'body':" body more "}"
#define T "'2026-01-31T23:59:59Z'"
#define I "'registry.init'"
#define B "{'rehearsal':true}"
#define A "{'uid':0}"
#define Q(s) "'" s "'"

static int parse(const char *s, struct event *ret)
{
	char *copy = strdup(s), *p;
	int r;

	for (p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	r = event_parse((unsigned char *)copy, strlen(copy), ret, &err);
	free(copy);
	return r;
}

#define BODY(body) TOP("1", Q(ID), "0", Q(ID), "0", T, I, A, body, "")
#define ACTOR(actor) TOP("1", Q(ID), "0", Q(ID), "0", T, I, actor, B, "")
#define TYPE(type) TOP("1", Q(ID), "0", Q(ID), "0", T, type, A, B, "")
#define TIME(time) TOP("1", Q(ID), "0", Q(ID), "0", time, I, A, B, "")
#define FORM "is not of the right form"

static const struct {
	const char *event, *member, *words;
} damaged[] = {
	{ "", NULL, "event: not a JSON object: " },
	{ "{", NULL, "event: not a JSON object: " },
	{ "[]", NULL, "event: not a JSON object: another type" },
	{ "1", NULL, "event: not a JSON object: '[' or '{' expected" },
	{ "null", NULL, "event: not a JSON object: '[' or '{' "
		"expected" },
	{ "{}", "v", "is missing" },
	{ "{'v':1}", "stream", "is missing" },
	{ TOP("0", Q(ID), "0", Q(ID), "0", T, I, A, B, ""), NULL,
		"event: version 0 does not exist" },
	{ TOP("'1'", Q(ID), "0", Q(ID), "0", T, I, A, B, ""), "v",
		FORM },
	{ TOP("1", "'x'", "0", Q(ID), "0", T, I, A, B, ""), "stream",
		FORM },
	{ TOP("1", Q(ID), "-1", Q(ID), "0", T, I, A, B, ""), "seq",
		FORM },
	{ TOP("1", Q(ID), "0.0", Q(ID), "0", T, I, A, B, ""), "seq",
		FORM },
	{ TOP("1", Q(ID), "9007199254740992", Q(ID), "0", T, I, A, B,
		""), "seq", FORM },
	{ TOP("1", Q(ID), "0", "''", "0", T, I, A, B, ""), "journal",
		FORM },
	{ TOP("1", Q(ID), "0", Q(ID), "4294967296", T, I, A, B, ""),
		"step", FORM },
	{ TIME("'2026-01-31'"), "time", FORM },
	{ TIME("'2026-02-30T00:00:00Z'"), "time", FORM },
	{ TIME("'2026-01-31T23:59:59+00:00'"), "time", FORM },
	{ TIME("'2026-01-31T23:59:59.5Z'"), "time", FORM },
	{ TIME("0"), "time", FORM },
	{ TYPE("'Registry Init'"), "type", FORM },
	{ TYPE("''"), "type", FORM },
	{ TYPE("'.init'"), "type", FORM },
	{ TYPE("'init.'"), "type", FORM },
	{ TYPE("1"), "type", FORM },
	{ ACTOR("{}"), "actor", FORM },
	{ ACTOR("{'uid':-1}"), "actor", FORM },
	{ ACTOR("{'uid':0,'host':'alice'}"), "actor", FORM },
	{ ACTOR("{'uid':0,'caller':'alice'}"), "actor", FORM },
	{ ACTOR("{'uid':0,'ticket':'alice'}"), "actor", FORM },
	{ BODY("[]"), "body", FORM },
	{ BODY("{}"), NULL, "event registry.init: member 'rehearsal' "
		"is missing" },
	{ TOP("1", Q(ID), "0", Q(ID), "0", T, I, A, B, ",'x':1"), NULL,
		"event: unknown member at the top" },
	{ TOP("1", Q(ID), "0", Q(ID), "0", T, I, A, B, ",'v':1"), NULL,
		"duplicate object key" },
	{ BODY("{'rehearsal':true,'rehearsal':false}"), NULL,
		"duplicate object key" },
	{ BODY("{'rehearsal':true,'x':'a\\nb'}"), NULL, "event: "
		"control characters, or nested too deeply" },
	{ BODY("{'rehearsal':true,'x':['a\\u009bb']}"), NULL,
		"event: control characters, or nested too deeply" },
	{ BODY("{'rehearsal':true,'x':'a\\u0000b'}"), NULL,
		"event: not a JSON object: " },
	{ BODY("{'rehearsal':true,'a\\u009bb':1}"), NULL, "event: "
		"control characters, or nested too deeply" },
	{ BODY("{'rehearsal':true,'x':'\xff'}"), NULL,
		"event: not a JSON object: " },
	{ BODY("{'rehearsal':true,'x':[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]"
		"]]]]]]]}"), NULL, "event: control characters, or "
		"nested too deeply" },
	{ BODY(B) "x", NULL, "end of file expected" },
	{ TOP("1", Q(ID), "0", Q(ID), "0", T, "'later.type'", A, "7",
		""), "body", FORM },
};

static void damaged_events_are_refused(void **state)
{
	char words[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
		struct event e = { .seq = 77 };

		snprintf(words, sizeof(words), "event : member '%s' %s",
			damaged[i].member ? damaged[i].member : "", damaged[i].words);
		SAYS(ERROR_MALFORMED, damaged[i].member ? words : damaged[i].words,
			parse(damaged[i].event, &e));
		assert_int_equal(e.seq, 77); /* untouched */
	}
}

static void an_event_has_no_more_bytes_than_there_may_be(void **state)
{
	static const char end[] = ",'later':''}}";
	char text[EVENT_MAX + 2] = TOP("1", Q(ID), "0", Q(ID), "0", T, I, A,
		"{'rehearsal':true", "") "      ";
	struct event e = EVENT_INIT;
	size_t n = strlen(text) - strlen("}      ");

	(void)state;
	/* blanks between the members */
	memset(text + n, ' ', EVENT_MAX + 1 - n);
	strcpy(text + EVENT_MAX - strlen(end), end);
	OK(parse(text, &e));
	event_done(&e);
	memset(text + n, ' ', EVENT_MAX + 1 - n);
	strcpy(text + EVENT_MAX + 1 - strlen(end), end);
	SAYS(ERROR_MALFORMED, "event: longer than 65536 bytes", parse(text,
		&e));
}

static void a_good_event_is_taken(void **state)
{
	struct event e = EVENT_INIT;

	(void)state;
	assert_int_equal(parse(TOP("1", Q(ID), "0", Q(ID), "0", T, I, A, B,
		""), &e), 0);
	event_done(&e);
}

static void a_later_version_is_not_called_damage(void **state)
{
	struct event e = EVENT_INIT;

	(void)state;
	SAYS(ERROR_UNSUPPORTED, "event: version 2 was written by a newer "
		"program", parse(TOP("2", Q(ID), "0", Q(ID), "0", T, I, A, B,
		",'x':1"), &e));
}

static void unknown_types_and_members_are_kept(void **state)
{
	struct event e = EVENT_INIT;

	(void)state;
	assert_int_equal(parse(TOP("1", Q(ID), "3", Q(ID), "0", T,
		"'token.painted'", A, "{'colour':'red'}", ""), &e), 0);
	assert_int_equal(e.type, EVENT_UNKNOWN);
	assert_string_equal(e.type_name, "token.painted");
	assert_string_equal(event_str(e.body, "colour"), "red");
	event_done(&e);
	assert_int_equal(parse(TOP("1", Q(ID), "3", Q(ID), "0", T, I,
		"{'uid':0,'seat':1}", "{'rehearsal':true,'later':[1]}", ""),
		&e), 0);
	event_done(&e);
}

static void bytes_go_both_ways(void **state)
{
	json_t *o = json_pack("{s:o}", "x", event_bytes_new("\0\xff\x10", 3));
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	event_bytes(o, "x", &b);
	assert_int_equal(b.n, 3);
	assert_memory_equal(b.p, "\0\xff\x10", 3);
	event_bytes(o, "y", &b);
	assert_int_equal(b.n, 0);
	buf_done(&b);
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_has_a_body_that_passes),
		cmocka_unit_test(only_the_required_members_may_not_be_missing),
		cmocka_unit_test(every_member_is_checked_for_its_form),
		cmocka_unit_test(words_outside_the_list_are_refused),
		cmocka_unit_test(what_is_built_reads_back_the_same),
		cmocka_unit_test(the_bytes_are_as_documented),
		cmocka_unit_test(a_draft_is_checked_before_it_is_written),
		cmocka_unit_test(an_event_larger_than_the_limit_is_not_built),
		cmocka_unit_test(damaged_events_are_refused),
		cmocka_unit_test(an_event_has_no_more_bytes_than_there_may_be),
		cmocka_unit_test(a_good_event_is_taken),
		cmocka_unit_test(a_later_version_is_not_called_damage),
		cmocka_unit_test(unknown_types_and_members_are_kept),
		cmocka_unit_test(bytes_go_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
