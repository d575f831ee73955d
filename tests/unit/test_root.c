/* SPDX-License-Identifier: Apache-2.0 */
/* Root: what its facts come to, the progress of its set-up, the safe's page. */
#include "bridge/root/judge.h"
#include "bridge/show/root/page.h"
#include "bridge/root/progress.h"

#include "tests/unit/unit.h"

static struct root_judgement judgement;

#define NO AUDIT_NO
#define YES AUDIT_YES
#define UNTOLD AUDIT_NOT_KNOWN

/* Password, keys, certificates, MFA, a virtual device. */
static struct root_sight sight_of(const char *partition,
	const enum audit_answer answers[ROOT_FACTS])
{
	struct root_sight s;
	size_t i;

	memset(&s, 0, sizeof(s));
	strcpy(s.account, "123456789012");
	s.partition = partition_by_name(partition);
	for (i = 0; i < ROOT_FACTS; i++)
		s.fact[i] = (struct audit_fact){ .answer = answers[i],
			.source = "iam:X", .why = "denied" };
	return s;
}

static void what_is_known_of_root_decides_and_nothing_else(void **state)
{
	static const struct {
		const char *partition;
		enum audit_answer answers[ROOT_FACTS];
		enum root_outcome outcome;
	} rows[] = {
		{ "aws", { NO, NO, NO, NO, NO }, ROOT_NOTHING },
		{ "aws", { YES, NO, NO, YES, NO }, ROOT_IN_ORDER },
		{ "aws", { YES, NO, NO, NO, NO }, ROOT_FAILS },
		{ "aws", { YES, NO, NO, YES, YES }, ROOT_FAILS },
		{ "aws", { NO, YES, NO, YES, NO }, ROOT_FAILS },
		{ "aws", { YES, UNTOLD, NO, YES, NO }, ROOT_OPEN },
		{ "aws", { YES, NO, NO, UNTOLD, NO }, ROOT_OPEN },
		{ "aws", { YES, NO, NO, YES, UNTOLD }, ROOT_OPEN },
		{ "aws", { UNTOLD, UNTOLD, UNTOLD, UNTOLD, UNTOLD },
			ROOT_OPEN },
		{ "aws", { UNTOLD, NO, NO, NO, NO }, ROOT_FAILS },
		{ "aws-us-gov", { NO, NO, NO, NO, NO }, ROOT_NOTHING },
		{ "aws-us-gov", { NO, YES, NO, NO, NO }, ROOT_FAILS },
		{ "aws-cn", { UNTOLD, UNTOLD, UNTOLD, UNTOLD, UNTOLD },
			ROOT_NOTHING },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct root_sight s = sight_of(rows[i].partition,
			rows[i].answers);

		root_judge(&s, &judgement);
		if (judgement.outcome != rows[i].outcome)
			fail_msg("row %zu: %s", i,
				root_outcome_names[judgement.outcome]);
	}
}

static void one_device_is_judged_where_all_are_known(void **state)
{
	static const enum audit_answer fine[] = { YES, NO, NO, YES, NO };
	struct root_sight s = sight_of("aws", fine);

	(void)state;
	s.devices_n = 1;
	root_judge(&s, &judgement);
	assert_false(judgement.one_device_asked);
	assert_int_equal(judgement.outcome, ROOT_IN_ORDER);
	s.all_devices = true;
	root_judge(&s, &judgement);
	assert_true(judgement.one_device_asked);
	assert_int_equal(judgement.outcome, ROOT_FAILS);
	s.devices_n = 2;
	root_judge(&s, &judgement);
	assert_int_equal(judgement.outcome, ROOT_IN_ORDER);
}

/* ---- progress ---- */

#define ID "0123456789abcdef0123456789abcdef"

static struct root_progress some_progress(void)
{
	struct root_progress p;

	memset(&p, 0, sizeof(p));
	strcpy(p.account, "123456789012");
	strcpy(p.journal, ID);
	strcpy(p.binding, ID);
	strcpy(p.token, ID);
	strcpy(p.token_name, "'root-1'");
	strcpy(p.method, "fido");
	strcpy(p.device_name, "root-1-12345678");
	p.point = ROOT_ENABLED;
	p.begun = 1790000000;
	p.in_use = p.own = p.had_mfa = IAM_UNKNOWN;
	p.before_n = 1;
	strcpy(p.before[0], "arn:aws:iam::123456789012:mfa/phone");
	return p;
}

static void see(struct root_progress *p, enum root_event event,
	enum root_how how, const char *device)
{
	struct root_observation o = { event, how, 1790000001, "", "", "" };

	strcpy(o.device, device);
	if (how == ROOT_BY_TRAIL)
		strcpy(o.trail, "e-1");
	root_progress_see(p, &o);
}

static void the_strongest_witness_counts(void **state)
{
	struct root_progress p = some_progress();

	(void)state;
	assert_null(root_progress_seen(&p, ROOT_WAS_ENABLED));
	see(&p, ROOT_WAS_ENABLED, ROOT_BY_COUNTS, "");
	assert_string_equal(p.serial, "");
	see(&p, ROOT_WAS_ENABLED, ROOT_BY_TRAIL, "new");
	see(&p, ROOT_WAS_ENABLED, ROOT_BY_LIST, "new");
	assert_int_equal(root_progress_seen(&p, ROOT_WAS_ENABLED)->how,
		ROOT_BY_TRAIL);
	assert_null(root_progress_seen(&p, ROOT_SIGNED_IN));
	assert_string_equal(p.serial, "new");
}

static void what_is_written_is_read_again(void **state)
{
	char folder[64];
	struct root_progress p = some_progress(), got;
	struct root_place place = { .lock = -1 }, other = { .lock = -1 };
	bool found;

	(void)state;
	enter_place(folder);
	see(&p, ROOT_WAS_ENABLED, ROOT_BY_TRAIL, "new");
	OK(root_place_open(&place, "reg.db", p.account, &got, &found, &err));
	assert_false(found);
	OK(root_place_write(&place, &p, &err));
	SAYS(ERROR_BUSY, "another run", root_place_open(&other, "reg.db",
		p.account, &got, &found, &err));
	root_place_done(&other);
	root_place_done(&place);
	OK(root_place_open(&place, "reg.db", p.account, &got, &found, &err));
	assert_true(found);
	assert_int_equal(got.point, ROOT_ENABLED);
	assert_int_equal(got.begun, p.begun);
	assert_int_equal(got.own, IAM_UNKNOWN);
	assert_int_equal(got.before_n, 1);
	assert_string_equal(got.before[0], p.before[0]);
	assert_string_equal(got.device_name, p.device_name);
	assert_int_equal(got.seen_n, 1);
	assert_string_equal(got.seen[0].trail, "e-1");
	assert_string_equal(got.seen[0].device, "new");
	assert_int_equal(got.seen[0].how, ROOT_BY_TRAIL);
	OK(root_place_clear(&place, &err));
	root_place_done(&place);
	OK(root_place_open(&place, "reg.db", p.account, &got, &found, &err));
	assert_false(found);
	root_place_done(&place);
	leave_place(folder);
}

#define UNREAD "the progress of root's set-up cannot be read"

static void what_is_no_progress_is_not_read(void **state)
{
	static const char *const bad[] = { "", "{", "{}", "[]", "{\"v\":2}" };
	struct root_progress got;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++)
		SAYS(ERROR_CORRUPT, UNREAD, root_progress_parse(bad[i],
			strlen(bad[i]), &got, &err));
}

/* The progress with a member of it, or of its observation, as JSON says. */
static int parse_with(const json_t *good, const char *inner, const char *name,
	const char *value)
{
	json_t *o = json_deep_copy(good), *v = value ?
		json_loads(value, JSON_DECODE_ANY, NULL) : NULL;
	json_t *in = inner ? json_array_get(json_object_get(o, inner), 0) : o;
	struct root_progress got;
	char *text;
	int r;

	if (value) {
		assert_non_null(v);
		json_object_set_new(in, name, v);
	} else {
		assert_int_equal(json_object_del(in, name), 0);
	}
	text = json_dumps(o, JSON_COMPACT);
	r = root_progress_parse(text, strlen(text), &got, &err);
	free(text);
	json_decref(o);
	return r;
}

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16
#define A256 A64 A64 A64 A64

static const struct {
	const char *inner, *name, *value;
	bool good;
} members[] = {
	{ NULL, "v", "2", false }, { NULL, "v", "\"1\"", false },
	{ NULL, "v", NULL, false },
	{ NULL, "point", "\"lead\"", false },
	{ NULL, "point", "3", false }, { NULL, "point", NULL, false },
	{ NULL, "point", "\"removing\"", true },
	{ NULL, "begunAt", "null", true },
	{ NULL, "begunAt", "\"today\"", false },
	{ NULL, "begunAt", "7", false },
	{ NULL, "account", "\"12345678901\"", false },
	{ NULL, "account", "\"1234567890123\"", false },
	{ NULL, "account", "7", false },
	{ NULL, "journal", "\"" A16 A16 "\"", true },
	{ NULL, "journal", "\"" A16 "aaaaaaaaaaaaaaa\"", false },
	{ NULL, "journal", "\"" A16 "aaaaaaaaaaaaaaag\"", false },
	{ NULL, "journal", "\"\"", false },
	{ NULL, "binding", "\"\"", false },
	{ NULL, "binding", NULL, false },
	{ NULL, "token", "\"\"", true }, { NULL, "token", NULL, true },
	{ NULL, "token", "\"x\"", false },
	{ NULL, "method", "\"\"", false },
	{ NULL, "deviceName", "\"\"", false },
	{ NULL, "deviceName", "\"a\\u0007\"", false },
	{ NULL, "device", "\"" A256 A256 A256 A256 A256 A256 A256 A256
		A256 "\"", false },
	{ NULL, "inUseBefore", "-1", true },
	{ NULL, "inUseBefore", "-2", false },
	{ NULL, "inUseBefore", "\"0\"", false },
	{ NULL, "ownBefore", "0.5", false },
	{ NULL, "mfaBefore", NULL, false },
	{ NULL, "devicesBefore", "{}", false },
	{ NULL, "devicesBefore", NULL, false },
	{ NULL, "devicesBefore", "[]", true },
	{ NULL, "devicesBefore", "[7]", false },
	{ NULL, "devicesBefore", "[\"a\\u0007\"]", false },
	{ NULL, "devicesBefore", "[\"" A256 A256 A256 A256 A256 A256
		A256 A256 A256 "\"]", false },
	{ NULL, "observed", "{}", false },
	{ NULL, "observed", NULL, false },
	{ NULL, "observed", "[]", true },
	{ NULL, "observed", "[7]", false },
	{ "observed", "event", "\"seen\"", false },
	{ "observed", "event", "\"removed\"", true },
	{ "observed", "how", "\"guessed\"", false },
	{ "observed", "how", "\"stated\"", true },
	{ "observed", "when", "\"today\"", false },
	{ "observed", "trailEvent", "null", true },
	{ "observed", "trailEvent", "7", false },
	{ "observed", "statedBy", "\"a\\u0007\"", false },
	{ "observed", "evidence", "\"" A256 "\"", false },
};

/* As it is written, with one observation. New reference. */
static json_t *good_progress(void)
{
	struct root_progress p = some_progress(), got;
	struct root_place at = { .lock = -1 };
	char folder[64];
	bool found;
	json_t *good;

	enter_place(folder);
	see(&p, ROOT_WAS_ENABLED, ROOT_BY_TRAIL, "new");
	OK(root_place_open(&at, "reg.db", p.account, &got, &found, &err));
	OK(root_place_write(&at, &p, &err));
	good = json_load_file(at.path, 0, NULL);
	assert_non_null(good);
	root_place_done(&at);
	leave_place(folder);
	return good;
}

static void each_member_of_progress_is_looked_at(void **state)
{
	json_t *good = good_progress();
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(members); i++) {
		int r = parse_with(good, members[i].inner, members[i].name,
			members[i].value);

		if ((r == 0) != members[i].good)
			fail_msg("%s: %s", members[i].name, members[i].value ?
				members[i].value : "missing");
		if (r < 0)
			assert_string_equal(err.text, UNREAD);
	}
	json_decref(good);
}

static const struct {
	const char *inner, *name;
	size_t room; /* bytes */
} rooms[] = {
	{ NULL, "endpoint", 255 }, { NULL, "method", 15 },
	{ NULL, "deviceName", 64 }, { NULL, "device", IAM_SERIAL_MAX },
	{ NULL, "devicesBefore", IAM_SERIAL_MAX },
	{ "observed", "device", IAM_SERIAL_MAX },
	{ "observed", "trailEvent", 63 }, { "observed", "statedBy", 63 },
	{ "observed", "evidence", 64 },
};

/* What there is room for, and a byte more. */
static void texts_of_progress_are_bounded(void **state)
{
	char value[IAM_SERIAL_MAX + 8];
	json_t *good = good_progress();
	bool list;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rooms); i++)
		for (k = 0; k < 2; k++) {
			char much[IAM_SERIAL_MAX + 2] = "";

			memset(much, 'a', rooms[i].room + k);
			list = strcmp(rooms[i].name, "devicesBefore") == 0;
			snprintf(value, sizeof(value), "%s\"%s\"%s",
				list ? "[" : "", much, list ? "]" : "");
			if ((parse_with(good, rooms[i].inner, rooms[i].name,
				    value) == 0) != (k == 0))
				fail_msg("%s, %zu bytes", rooms[i].name,
					rooms[i].room + k);
		}
	json_decref(good);
}

/* As many as there is room for, and one more. */
static void lists_of_progress_are_bounded(void **state)
{
	struct root_progress p = some_progress(), got;
	struct root_place at = { .lock = -1 };
	char folder[64], *text;
	json_t *o, *list;
	bool found;
	size_t i;

	(void)state;
	enter_place(folder);
	for (i = 0; i < ROOT_OBSERVATIONS_MAX + 3; i++)
		see(&p, i < 4 ? ROOT_WAS_ENABLED : ROOT_SIGNED_IN,
			ROOT_BY_LIST, i < 4 ? "old" : "new");
	assert_int_equal(p.seen_n, ROOT_OBSERVATIONS_MAX);
	/* the oldest are forgotten */
	assert_int_equal(p.seen[0].event, ROOT_WAS_ENABLED);
	assert_int_equal(p.seen[1].event, ROOT_SIGNED_IN);
	see(&p, ROOT_WAS_REMOVED, ROOT_BY_LIST, "gone");
	assert_string_equal(p.serial, "new");
	OK(root_place_open(&at, "reg.db", p.account, &got, &found, &err));
	OK(root_place_write(&at, &p, &err));
	o = json_load_file(at.path, 0, NULL);
	list = json_object_get(o, "observed");
	assert_int_equal(json_array_size(list), ROOT_OBSERVATIONS_MAX);
	json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
	text = json_dumps(o, 0);
	SAYS(ERROR_CORRUPT, UNREAD, root_progress_parse(text, strlen(text),
		&got, &err));
	free(text);
	json_array_remove(list, 0);
	list = json_object_get(o, "devicesBefore");
	while (json_array_size(list) < ARRAY_LEN(got.before))
		json_array_append_new(list, json_string("d"));
	text = json_dumps(o, 0);
	OK(root_progress_parse(text, strlen(text), &got, &err));
	assert_int_equal(got.before_n, ARRAY_LEN(got.before));
	free(text);
	json_array_append_new(list, json_string("d"));
	text = json_dumps(o, 0);
	SAYS(ERROR_CORRUPT, UNREAD, root_progress_parse(text, strlen(text),
		&got, &err));
	free(text);
	json_decref(o);
	root_place_done(&at);
	leave_place(folder);
}

static void the_record_has_no_name(void **state)
{
	struct root_progress p = some_progress();
	json_t *o;
	char *text;

	(void)state;
	see(&p, ROOT_WAS_ENABLED, ROOT_BY_LIST, "arn:aws:iam::1:u2f/root/x");
	strcpy(p.seen[0].by, "alice");
	o = root_progress_record(&p);
	text = json_dumps(o, 0);
	assert_non_null(text);
	assert_null(strstr(text, "alice"));
	assert_null(strstr(text, "u2f"));
	assert_non_null(strstr(text, "\"list\""));
	free(text);
	json_decref(o);
}

/* ---- the page ---- */

static void the_page_fits_and_shows_no_control_characters(void **state)
{
	static struct root_receipt r;
	struct buf b;
	const char *p, *end;

	(void)state;
	memset(&r, 0, sizeof(r));
	strcpy(r.account, "123456789012");
	r.keys_n = 1;
	r.keys[0].progress = some_progress();
	memset(r.keys[0].progress.serial, 'x', 200);
	r.place = "safe\x1b[1m";
	r.bag.bag = "A17";
	r.bag.custodians[0] = "alice";
	r.bag.custodians[1] = "bob";
	buf_init(&b, ROOT_PAGE_MAX);
	root_page(&r, &b);
	assert_false(buf_failed(&b));
	for (p = buf_str(&b); (end = strchr(p, '\n')) != NULL; p = end + 1) {
		assert_true(end - p <= 80);
		assert_true(utf8_is_clean(p, (size_t)(end - p)));
	}
	assert_non_null(strstr(buf_str(&b), "alice and bob"));
	assert_non_null(strstr(buf_str(&b), "A17"));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_of_root_decides_and_nothing_else),
		cmocka_unit_test(one_device_is_judged_where_all_are_known),
		cmocka_unit_test(the_strongest_witness_counts),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(what_is_no_progress_is_not_read),
		cmocka_unit_test(each_member_of_progress_is_looked_at),
		cmocka_unit_test(texts_of_progress_are_bounded),
		cmocka_unit_test(lists_of_progress_are_bounded),
		cmocka_unit_test(the_record_has_no_name),
		cmocka_unit_test(the_page_fits_and_shows_no_control_characters),
	};

	return cmocka_run_group_tests_name("root", tests, NULL, NULL);
}
