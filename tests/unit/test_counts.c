/* SPDX-License-Identifier: Apache-2.0 */
/* What an audit counted: written as events, and the newest of each user told. */
#include "tests/unit/test_registry.h"

#include "bridge/audit/keep/record.h"
#include "bridge/ledger/counts.h"

#include <jansson.h>

#define ACCOUNT "123456789012"
#define OTHER "210987654321"
#define CALLER "arn:aws:iam::" ACCOUNT ":user/auditor"
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SEEN 1767225600 /* 2026-01-01T00:00:00Z */

static struct audit_counted counted;
static struct audit run = { .counted = &counted };

static void count(const char *user, size_t devices, const char *kinds)
{
	OK(audit_counted_add(&counted, user, devices, kinds, SEEN, &err));
}

static struct registry_head write_counts(struct registry *reg,
	const char *bundle)
{
	struct registry_head head = { .seq = 0 };

	OK(audit_record(&run, reg, "OPS-1", bundle, &head, &err));
	return head;
}

static int begin(void **state)
{
	strcpy(run.aws.account, ACCOUNT);
	strcpy(run.aws.caller, CALLER);
	return setup(state);
}

static int finish(void **state)
{
	audit_counted_done(&counted);
	return teardown(state);
}

/* ---- written ---- */

static void only_a_whole_run_is_recorded(void **state)
{
	static const struct {
		bool at_end, not_read, narrowed, listed;
		size_t missing;
		const char *says;
	} rows[] = {
		{ true, false, false, true, 0, NULL },
		{ false, false, false, true, 0, "did not come to its end" },
		{ true, true, false, true, 0, "did not read all there is" },
		{ true, false, true, true, 0, "not all users" },
		{ true, false, false, false, 0, "not all users" },
		{ true, false, false, true, 1, "the devices of 1 user are" },
		{ true, false, false, true, 2, "the devices of 2 users are" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct audit_counted c = { .missing = rows[i].missing };
		const struct audit a = { .not_read = rows[i].not_read,
			.narrowed = rows[i].narrowed,
			.listed = rows[i].listed, .counted = &c };

		if (rows[i].says)
			SAYS(ERROR_REFUSED, rows[i].says, audit_record_check(&a,
				rows[i].at_end, &err));
		else
			OK(audit_record_check(&a, rows[i].at_end, &err));
	}
}

/* The events of counts from number `first` on: users in each. */
struct parts {
	int n, users[4];
	json_int_t of;
	json_t *first; /* owned; the body */
};

static int see_part(const struct event *e, const struct registry_head *head,
	const unsigned char *bytes, size_t n, void *arg, struct error *why)
{
	struct parts *p = arg;
	const json_t *body = e->body;

	(void)head;
	(void)bytes;
	(void)n;
	(void)why;
	if (e->type != EVENT_MFA_COUNTED)
		return 0;
	assert_in_range(p->n, 0, ARRAY_LEN(p->users) - 1);
	assert_int_equal(json_integer_value(json_object_get(body, "part")),
		p->n);
	p->of = json_integer_value(json_object_get(body, "parts"));
	p->users[p->n++] = (int)json_array_size(json_object_get(body, "users"));
	if (!p->first)
		p->first = json_deep_copy(body);
	return 0;
}

static struct parts parts_from(struct registry *reg, uint64_t first)
{
	struct parts p = { .n = 0 };

	OK(registry_events(reg, first, see_part, &p, &err));
	return p;
}

static void an_event_holds_two_hundred_users(void **state)
{
	static const struct {
		int users, parts, last;
	} rows[] = {
		{ 0, 1, 0 }, { 1, 1, 1 }, { 200, 1, 200 }, { 201, 2, 1 },
		{ 401, 3, 1 },
	};
	struct place *place = *state;
	struct registry *reg = open_rw(place->db);
	struct registry_head head = { .seq = 0 };
	char user[32];
	int i, k = 0;

	for (i = 0; i < (int)ARRAY_LEN(rows); i++) {
		uint64_t first = head.seq + 1;
		struct parts p;

		for (; k < rows[i].users; k++) {
			snprintf(user, sizeof(user), "AIDA%04d", k);
			count(user, 1, "fido");
		}
		head = write_counts(reg, NULL);
		p = parts_from(reg, first);
		assert_int_equal(p.n, rows[i].parts);
		assert_int_equal(p.of, rows[i].parts);
		assert_int_equal(p.users[p.n - 1], rows[i].last);
		json_decref(p.first);
	}
	registry_free(&reg);
}

static void an_event_says_what_was_counted_and_what_it_rests_on(void **state)
{
	struct place *place = *state;
	struct registry *reg = open_rw(place->db);
	json_t *want;
	struct parts p;

	count("AIDA2", 0, "never said");
	count("AIDA1", 3, "fido, virtual");
	audit_counted_sort(&counted);
	write_counts(reg, SHA);
	p = parts_from(reg, 0);
	want = json_pack("{s:s,s:i,s:i,s:[{s:s,s:i,s:[s,s],s:s},"
		"{s:s,s:i,s:[],s:s}],s:s}",
		"account", ACCOUNT, "part", 0, "parts", 1, "users",
		"user", "AIDA1", "devices", 3, "kinds", "fido", "virtual",
		"seen", "2026-01-01T00:00:00Z",
		"user", "AIDA2", "devices", 0, "kinds",
		"seen", "2026-01-01T00:00:00Z", "bundle", SHA);
	assert_true(json_equal(p.first, want));
	json_decref(p.first);
	json_decref(want);
	registry_free(&reg);
}

/* ---- told ---- */

/* Whom it names, in order, with numbers of devices: "AIDA1=2 AIDA2=0". */
static void told(struct registry *reg, const struct counts_wanted *w,
	const char *want)
{
	char text[200] = "";
	json_t *list = NULL, *row;
	size_t i, n = 0;

	OK(counts_find(reg, w, &list, &err));
	json_array_foreach(list, i, row)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s=%d",
			i ? " " : "", json_string_value(json_object_get(row,
				"userId")), (int)json_integer_value(
				json_object_get(row, "devices")));
	assert_string_equal(text, want);
	json_decref(list);
}

static void counts_are_told_of_whom_one_asks_for(void **state)
{
	struct place *place = *state;
	struct registry *reg = open_rw(place->db);
	struct registry_binding one = { .user = (char *)(uintptr_t)"AIDA2" },
		several[2] = { { .user = NULL },
			{ .user = (char *)(uintptr_t)"AIDA3" } };
	struct registry_token token = { .bindings = { several, 2 } };
	const struct registry_tokens none = { NULL, 0 }, tokens = { &token, 1 };
	const struct registry_bindings no = { NULL, 0 }, some = { &one, 1 };

	count("AIDA3", 3, "fido");
	count("AIDA1", 1, "fido");
	count("AIDA2", 2, "fido");
	write_counts(reg, NULL);
	OK(registry_name_set(reg, "aws-user", ACCOUNT "/AIDA1", "alice", &err));
	told(reg, &(struct counts_wanted){ NULL, &none, &no, 0 }, "");
	told(reg, &(struct counts_wanted){ "alice", &none, &no, 0 }, "AIDA1=1");
	told(reg, &(struct counts_wanted){ "AIDA3", &none, &no, 0 }, "AIDA3=3");
	told(reg, &(struct counts_wanted){ "bob", &none, &no, 0 }, "");
	/* whoever is bound, in this account */
	strcpy(one.account, OTHER);
	told(reg, &(struct counts_wanted){ NULL, &none, &some, 0 }, "");
	strcpy(one.account, ACCOUNT);
	told(reg, &(struct counts_wanted){ NULL, &none, &some, 0 }, "AIDA2=2");
	strcpy(several[0].account, ACCOUNT);
	strcpy(several[1].account, ACCOUNT);
	told(reg, &(struct counts_wanted){ "alice", &tokens, &some, 0 },
		"AIDA1=1 AIDA2=2 AIDA3=3");
	/* without an account it is no binding of AWS's */
	several[1].account[0] = '\0';
	told(reg, &(struct counts_wanted){ NULL, &tokens, &no, 0 }, "");
	registry_free(&reg);
}

static void the_newest_count_up_to_a_time_is_told(void **state)
{
	struct place *place = *state;
	struct registry *reg = open_rw(place->db);
	const struct registry_tokens none = { NULL, 0 };
	const struct registry_bindings no = { NULL, 0 };
	struct counts_wanted w = { "AIDA1", &none, &no, 0 };

	count("AIDA1", 1, "fido");
	write_counts(reg, NULL);
	counted.p[0].devices = 2;
	write_counts(reg, NULL);
	told(reg, &w, "AIDA1=2");
	w.at = time(NULL) + 60;
	told(reg, &w, "AIDA1=2");
	w.at = time(NULL) - 60;
	told(reg, &w, "");
	registry_free(&reg);
}

static void all_of_a_count_is_told(void **state)
{
	struct place *place = *state;
	struct registry *reg = open_rw(place->db);
	const struct registry_tokens none = { NULL, 0 };
	const struct registry_bindings no = { NULL, 0 };
	const struct counts_wanted w = { "AIDA1", &none, &no, 0 };
	struct registry_head head;
	json_t *list = NULL, *row, *want, *recorded;

	count("AIDA1", 2, "fido, virtual");
	head = write_counts(reg, NULL);
	OK(counts_find(reg, &w, &list, &err));
	assert_int_equal(json_array_size(list), 1);
	row = json_array_get(list, 0);
	recorded = json_object_get(row, "recorded");
	assert_int_equal(strlen(json_string_value(recorded)), 20);
	want = json_pack("{s:s,s:s,s:n,s:i,s:[s,s],s:s,s:O,s:s,s:I}",
		"account", ACCOUNT, "userId", "AIDA1", "user", "devices", 2,
		"kinds", "fido", "virtual", "seen", "2026-01-01T00:00:00Z",
		"recorded", recorded, "by", CALLER,
		"event", (json_int_t)head.seq);
	assert_true(json_equal(row, want));
	json_decref(list);
	json_decref(want);
	registry_free(&reg);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_a_whole_run_is_recorded),
		TEST(an_event_holds_two_hundred_users),
		TEST(an_event_says_what_was_counted_and_what_it_rests_on),
		TEST(counts_are_told_of_whom_one_asks_for),
		TEST(the_newest_count_up_to_a_time_is_told),
		TEST(all_of_a_count_is_told),
	};

	return cmocka_run_group_tests_name("counts", tests, NULL, NULL);
}
