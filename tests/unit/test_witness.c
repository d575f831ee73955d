/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CloudTrail as the witness of what stands in a registry: which bindings it is
 * asked for, since when, and what is recorded of its answer.
 */
#include "tests/unit/asked.h"
#include "tests/unit/heard.h"
#include "tests/unit/test_registry.h"

#include "aws/config/partition.h"
#include "bridge/mfa/witness.h"

#define ACCOUNT "123456789012"
#define OTHER "210987654321"
#define KEY(name) "arn:aws:iam::" ACCOUNT ":u2f/user/alice/" name
#define ROOTS "arn:aws:iam::" ACCOUNT ":u2f/root/key"

static struct place place;
static struct registry *reg;
static struct event_actor actor;
static struct account account;
static struct cloudtrail_event trail[4];
static size_t trail_n;
static time_t now, since;
static time_t skew; /* of AWS's clock */
static int derived; /* sessions that are open */
static char regions[64];       /* that were asked */
static const char *home;       /* which of them tells events; NULL: each */
static const char *looked_for; /* the name of the events */
static const char *partition;

WRAP(time_t, aws_now, struct aws_session *s)
{
	(void)s;
	return time(NULL) + skew;
}

WRAP(const struct partition *, aws_session_partition,
	const struct aws_session *s)
{
	(void)s;
	return partition_by_name(partition);
}

WRAP(int, aws_session_derive, struct aws_session **ret,
	const struct aws_session *from, const struct aws_credentials *keys,
	const char *region, struct error *e)
{
	(void)from;
	assert_null(keys);
	snprintf(regions + strlen(regions), sizeof(regions) - strlen(regions),
		"%s ", region);
	*ret = (struct aws_session *)&derived;
	derived++;
	return ask('s', e);
}

WRAP(void, aws_session_free, struct aws_session **s)
{
	derived -= *s != NULL;
	*s = NULL;
}

WRAP(int, cloudtrail_lookup, struct aws_session *s, const char *event_name,
	time_t from, cloudtrail_event_fn fn, void *data, struct error *e)
{
	size_t i;

	assert_ptr_equal(s, &derived);
	assert_string_equal(event_name, looked_for);
	since = from;
	for (i = 0; i < trail_n && (!home || strstr(regions, home)); i++)
		if (fn(data, &trail[i], e) < 0)
			return -(int)e->code;
	return ask('t', e);
}

static int begin(void **state)
{
	(void)state;
	place_make(&place);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	OK(registry_actor(reg, NULL, NULL, &actor, &err));
	strcpy(account.caller.account, ACCOUNT);
	asked[0] = said[0] = regions[0] = '\0';
	memset(&failing, 0, sizeof(failing));
	looked_for = "EnableMFADevice";
	partition = "aws";
	home = NULL;
	trail_n = 0;
	skew = 0;
	now = time(NULL);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	assert_int_equal(derived, 0);
	registry_free(&reg);
	place_remove(&place);
	return 0;
}

/* begun NULL: its event does not say when its run began. */
static void bind(const char *in, const char *user, const char *device,
	const char *basis, const char *begun, const char *evidence,
	char ret[ID_LEN])
{
	char name[ID_LEN], journal[ID_LEN];
	struct event_draft d = { .type = EVENT_BINDING_ADDED, .actor = actor,
		.journal = journal };
	json_t *body;

	new_id(ret);
	new_id(journal);
	OK(registry_name_put(reg, "aws-device", device, name, &err));
	body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s*,s:s*}", "binding", ret,
		"kind", "aws", "account", in, "user", user, "device", name,
		"basis", basis, "begun", begun, "evidence", evidence);
	assert_non_null(body);
	d.body = body;
	OK(registry_append(reg, &d, NULL, &err));
	json_decref(body);
}

static const char *ago(int seconds)
{
	static char text[2][TEXT_TIME_LEN];
	static int turn;

	turn = !turn;
	text_format_time(now - seconds, text[turn]);
	return text[turn];
}

static void tell(const char *serial, const char *by, int seconds_ago)
{
	static const char raw[] = "{\"eventName\":\"EnableMFADevice\"}";
	struct cloudtrail_event *e = &trail[trail_n++];

	memset(e, 0, sizeof(*e));
	strcpy(e->name, "EnableMFADevice");
	strcpy(e->account, ACCOUNT);
	strcpy(e->actor_type, by);
	strcpy(e->serial, serial);
	e->time = now - seconds_ago;
	e->raw = raw;
	e->raw_n = sizeof(raw) - 1;
}

static const char *basis_of(const char *id)
{
	static char text[64];
	struct registry_bindings list = { NULL, 0 };
	size_t i;

	text[0] = '\0';
	OK(registry_bindings_all(reg, &list, &err));
	for (i = 0; i < list.n; i++)
		if (strcmp(list.p[i].id, id) == 0)
			snprintf(text, sizeof(text), "%s", list.p[i].basis);
	registry_bindings_done(&list);
	return text;
}

static struct witnessed look(const char *own)
{
	struct witnessed w;

	OK(witness_all(&account, reg, &actor, own, &w, &err));
	return w;
}

static void each_binding_has_its_own_run(void **state)
{
	char a[ID_LEN], b[ID_LEN], c[ID_LEN];
	struct witnessed w;

	(void)state;
	bind(ACCOUNT, "AIDA1", KEY("a"), REGISTRY_BASIS_NAME, ago(600), NULL, a);
	bind(ACCOUNT, "AIDA1", KEY("b"), REGISTRY_BASIS_NAME, ago(300), NULL, b);
	bind(ACCOUNT, "AIDA2", KEY("c"), REGISTRY_BASIS_NAME, ago(900), NULL, c);
	tell(KEY("a"), "IAMUser", 500);
	tell(KEY("b"), "IAMUser", 500); /* before its run */
	tell(KEY("c"), "IAMUser", 800);
	w = look(b);
	assert_int_equal(w.found, 2);
	assert_int_equal(w.waiting, 1);
	assert_false(w.own);
	assert_int_equal(w.why.code, 0);
	assert_true(w.head.stream[0]);
	assert_int_equal(since, now - 900 - WITNESS_SLACK_S);
	assert_string_equal(regions, "us-east-1 ");
	assert_string_equal(basis_of(a), REGISTRY_BASIS_TRAIL);
	assert_string_equal(basis_of(b), REGISTRY_BASIS_NAME);
	assert_string_equal(basis_of(c), REGISTRY_BASIS_TRAIL);
	/* what is settled is asked for no more, and told twice it is once */
	trail_n = 0;
	tell(KEY("b"), "IAMUser", 200);
	tell(KEY("b"), "IAMUser", 200);
	w = look(b);
	assert_int_equal(w.found, 1);
	assert_int_equal(w.waiting, 0);
	assert_true(w.own);
	assert_int_equal(since, now - 300 - WITNESS_SLACK_S);
	asked_is("stst");
	w = look(NULL);
	assert_int_equal(w.found + w.waiting, 0);
	asked_is("");
}

static void what_cannot_be_told_is_not_asked_for(void **state)
{
	char id[ID_LEN];
	struct witnessed w;

	(void)state;
	bind(OTHER, "AIDA1", KEY("a"), REGISTRY_BASIS_NAME, ago(60), NULL, id);
	bind(ACCOUNT, "AIDA1", KEY("b"), REGISTRY_BASIS_TRAIL, ago(60), NULL,
		id);
	bind(ACCOUNT, "AIDA1", KEY("c"), REGISTRY_BASIS_NAME, NULL, NULL, id);
	bind(ACCOUNT, "AIDA1", KEY("d"), REGISTRY_BASIS_NAME, "soon", NULL, id);
	bind(ACCOUNT, "AIDA1", KEY("e"), REGISTRY_BASIS_NAME, ago(60), NULL,
		id);
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding", id));
	w = look(NULL);
	assert_int_equal(w.found + w.waiting, 0);
	asked_is("");
}

static void roots_run_began_as_its_record_says(void **state)
{
	static const char *const bases[] = { REGISTRY_BASIS_LISTED,
		REGISTRY_BASIS_COUNTED, REGISTRY_BASIS_STATED };
	unsigned char sha[SHA256_LEN];
	char id[3][ID_LEN], none[ID_LEN], text[64], hex[EVENT_SHA_LEN];
	struct witnessed w;
	size_t i;

	(void)state;
	snprintf(text, sizeof(text), "{\"begunAt\":\"%s\"}", ago(400));
	OK(registry_evidence_put(reg, text, strlen(text), sha, &err));
	hex_encode(sha, SHA256_LEN, hex);
	for (i = 0; i < 3; i++)
		bind(ACCOUNT, ACCOUNT, ROOTS, bases[i], NULL, hex, id[i]);
	bind(ACCOUNT, ACCOUNT, ROOTS, REGISTRY_BASIS_LISTED, NULL, NULL, none);
	bind(ACCOUNT, ACCOUNT, ROOTS, REGISTRY_BASIS_NAME, ago(60), hex, none);
	tell(ROOTS, "IAMUser", 300);
	w = look(NULL);
	assert_int_equal(w.waiting, 3);
	assert_int_equal(w.found, 0);
	assert_int_equal(since, now - 400 - WITNESS_SLACK_S);
	tell(ROOTS, "Root", 300);
	w = look(id[1]);
	assert_int_equal(w.found, 3);
	assert_true(w.own);
	for (i = 0; i < 3; i++)
		assert_string_equal(basis_of(id[i]), REGISTRY_BASIS_TRAIL);
	assert_string_equal(basis_of(none), REGISTRY_BASIS_NAME);
}

/* A record that says no time is as good as none. */
static void a_record_of_root_without_a_time_is_left_alone(void **state)
{
	static const char *const texts[] = { "{}", "{\"begunAt\":\"soon\"}",
		"no JSON" };
	unsigned char sha[SHA256_LEN];
	char id[ID_LEN], hex[EVENT_SHA_LEN];
	struct witnessed w;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		OK(registry_evidence_put(reg, texts[i], strlen(texts[i]), sha,
			&err));
		hex_encode(sha, SHA256_LEN, hex);
		bind(ACCOUNT, ACCOUNT, ROOTS, REGISTRY_BASIS_LISTED, NULL, hex,
			id);
	}
	w = look(NULL);
	assert_int_equal(w.found + w.waiting, 0);
	asked_is("");
}

static void a_clock_that_is_behind_awss_is_allowed_for(void **state)
{
	char id[ID_LEN];

	(void)state;
	bind(ACCOUNT, "AIDA1", KEY("a"), REGISTRY_BASIS_NAME, ago(60), NULL, id);
	tell(KEY("a"), "IAMUser", -300);
	assert_int_equal(look(NULL).found, 0);
	skew = -1000;
	assert_int_equal(look(NULL).found, 0);
	skew = 300;
	assert_int_equal(look(NULL).found, 1);
}

static void what_aws_does_not_answer_is_no_error(void **state)
{
	static const struct {
		char question;
		int code;
		bool error;
	} rows[] = {
		{ 's', ERROR_UNSUPPORTED, false }, { 't', ERROR_REMOTE, false },
		{ 't', ERROR_UNREACHABLE, false }, { 't', ERROR_TIMEOUT, false },
		{ 't', ERROR_MALFORMED, false }, { 't', ERROR_CORRUPT, true },
		{ 't', ERROR_INTERRUPTED, true },
	};
	char id[ID_LEN];
	struct witnessed w;
	size_t i;

	(void)state;
	bind(ACCOUNT, "AIDA1", KEY("a"), REGISTRY_BASIS_NAME, ago(60), NULL, id);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		asked[0] = '\0';
		fails_at(rows[i].question, rows[i].code, "");
		if (rows[i].error) {
			SAYS(rows[i].code, "AWS says no", witness_all(&account,
				reg, &actor, NULL, &w, &err));
			continue;
		}
		w = look(NULL);
		assert_int_equal(w.why.code, rows[i].code);
		assert_string_equal(w.why.text, "AWS says no");
		assert_int_equal(w.waiting, 1);
	}
}

static void what_came_of_it_is_said(void **state)
{
	char a[ID_LEN], b[ID_LEN];
	struct witnessed w;

	(void)state;
	witness_look(&run, &account, reg, &actor, NULL, &w);
	assert_string_equal(said, "");
	bind(ACCOUNT, "AIDA1", KEY("a"), REGISTRY_BASIS_NAME, ago(60), NULL, a);
	bind(ACCOUNT, "AIDA1", KEY("b"), REGISTRY_BASIS_NAME, ago(60), NULL, b);
	tell(KEY("a"), "IAMUser", 30);
	fails_at('t', ERROR_REMOTE, "");
	witness_look(&run, &account, reg, &actor, NULL, &w);
	assert_string_equal(said, "CloudTrail tells of 1 device that rested on "
		"less until now.\nCloudTrail was not asked for the enabling: "
		"AWS says no\n");
	said[0] = asked[0] = '\0';
	memset(&failing, 0, sizeof(failing));
	witness_look(&run, &account, reg, &actor, NULL, &w);
	assert_string_equal(said, "CloudTrail does not tell of the enabling "
		"yet, which may take a quarter of an hour: enroll, `registry "
		"adopt --from-aws` and `audit --record` look again.\n");
	said[0] = asked[0] = '\0';
	fails_at('t', ERROR_CORRUPT, "");
	witness_look(&run, &account, reg, &actor, NULL, &w);
	assert_string_equal(said, "warning: what CloudTrail tells is not "
		"recorded: AWS says no\n");
}

/* ---- root's sign-ins ---- */

static void sign_in(const char *serial)
{
	struct cloudtrail_event *e = &trail[trail_n];

	tell("", "Root", 0);
	strcpy(e->name, "ConsoleLogin");
	strcpy(e->login, "Success");
	strcpy(e->mfa_used, "Yes");
	strcpy(e->mfa_identifier, serial);
}

static struct witnessed look_for_sign_ins(void)
{
	struct witnessed w;

	asked[0] = said[0] = regions[0] = '\0';
	witness_sign_ins(&run, &account, reg, &actor, &w);
	return w;
}

static int begin_root(void **state)
{
	int r = begin(state);

	looked_for = "ConsoleLogin";
	return r;
}

static void roots_sign_ins_are_looked_for_where_they_are_told(void **state)
{
	static const char sha[] = "0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef";
	char id[ID_LEN];
	struct witnessed w;

	(void)state;
	w = look_for_sign_ins();
	asked_is("");
	/* none of these: a user's, another account's, an adopted one, gone */
	bind(ACCOUNT, "AIDA1", KEY("a"), REGISTRY_BASIS_NAME, NULL, sha, id);
	bind(OTHER, OTHER, ROOTS, REGISTRY_BASIS_LISTED, NULL, sha, id);
	bind(ACCOUNT, ACCOUNT, ROOTS "0", REGISTRY_BASIS_LISTED, NULL, NULL, id);
	bind(ACCOUNT, ACCOUNT, ROOTS "1", REGISTRY_BASIS_LISTED, NULL, sha, id);
	add(reg, EVENT_BINDING_REMOVED, json_pack("{s:s}", "binding", id));
	w = look_for_sign_ins();
	assert_int_equal(w.waiting + w.found, 0);
	asked_is("");
	assert_string_equal(said, "");
	bind(ACCOUNT, ACCOUNT, ROOTS, REGISTRY_BASIS_LISTED, NULL, sha, id);
	bind(ACCOUNT, ACCOUNT, ROOTS "2", REGISTRY_BASIS_TRAIL, NULL, sha, id);
	sign_in(ROOTS);
	home = "us-west-2";
	w = look_for_sign_ins();
	assert_int_equal(w.found, 1);
	assert_int_equal(w.waiting, 1);
	assert_true(w.head.stream[0]);
	assert_in_range(since, now - 24 * 3600, now - 24 * 3600 + 60);
	asked_is("ststst");
	assert_string_equal(said, "CloudTrail tells that root has signed in "
		"with 1 of its devices: kept as evidence.\nCloudTrail does not "
		"tell yet that root has signed in with 1 of its devices; "
		"`root`, `registry adopt --from-aws` and `audit --record` look "
		"again.\n");
	assert_string_equal(basis_of(id), REGISTRY_BASIS_TRAIL);
	/* the one that is known is not looked for again */
	sign_in(ROOTS "2");
	home = NULL;
	w = look_for_sign_ins();
	assert_int_equal(w.found, 1);
	assert_int_equal(w.waiting, 0);
	asked_is("st");
	assert_null(strstr(said, "yet"));
	w = look_for_sign_ins();
	asked_is("");
}

static void where_no_root_signs_in_or_aws_refuses_nothing_fails(void **state)
{
	static const char sha[] = "0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef";
	char id[ID_LEN];
	struct witnessed w;

	(void)state;
	bind(ACCOUNT, ACCOUNT, ROOTS, REGISTRY_BASIS_LISTED, NULL, sha, id);
	fails_at('t', ERROR_REMOTE, "");
	w = look_for_sign_ins();
	assert_int_equal(w.why.code, ERROR_REMOTE);
	assert_int_equal(w.waiting, 1);
	asked_is("st");
	assert_string_equal(said, "CloudTrail was not asked whether root has "
		"signed in with its devices: AWS says no\n");
	partition = "aws-us-gov";
	w = look_for_sign_ins();
	assert_int_equal(w.waiting, 1);
	asked_is("");
}

#define ROOT(name) cmocka_unit_test_setup_teardown(name, begin_root, finish)
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_binding_has_its_own_run),
		TEST(what_cannot_be_told_is_not_asked_for),
		TEST(roots_run_began_as_its_record_says),
		TEST(a_record_of_root_without_a_time_is_left_alone),
		TEST(a_clock_that_is_behind_awss_is_allowed_for),
		TEST(what_aws_does_not_answer_is_no_error),
		TEST(what_came_of_it_is_said),
		ROOT(roots_sign_ins_are_looked_for_where_they_are_told),
		ROOT(where_no_root_signs_in_or_aws_refuses_nothing_fails),
	};

	return cmocka_run_group_tests_name("witness", tests, NULL, NULL);
}
