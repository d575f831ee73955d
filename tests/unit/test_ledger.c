/* SPDX-License-Identifier: Apache-2.0 */
/* What the record tells: rows picked out, events told. */
#include "bridge/ledger/filter.h"
#include "bridge/ledger/story.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- filters ---- */

static struct registry_binding aws_of(const char *account, const char *id,
	const char *name, time_t removed)
{
	struct registry_binding b = {
		.kind = REGISTRY_AWS,
		.user = strdup(id),
		.user_name = name ? strdup(name) : NULL,
		.removed = removed,
	};

	strcpy(b.account, account);
	return b;
}

static struct registry_binding pam_of(const char *uid, const char *name)
{
	return (struct registry_binding){
		.kind = REGISTRY_PAM,
		.user = strdup(uid),
		.user_name = strdup(name),
	};
}

static struct registry_token token_of(const char *label, const char *holder,
	enum registry_state state)
{
	return (struct registry_token){
		.state = state,
		.label = label ? strdup(label) : NULL,
		.holder_name = holder ? strdup(holder) : NULL,
		.verdict = -1,
	};
}

static void bind(struct registry_token *t, struct registry_binding b)
{
	t->bindings.p = reallocarray(t->bindings.p, t->bindings.n + 1,
		sizeof(b));
	t->bindings.p[t->bindings.n++] = b;
}

static void what_is_not_said_fits_and_what_is_not_known_does_not(void **state)
{
	struct registry_token t = token_of("blue-1", "alice",
		REGISTRY_ASSIGNED);
	struct registry_token bare = token_of(NULL, NULL, REGISTRY_STOCK);
	static const struct {
		struct row_filter f;
		bool fits, fits_bare;
	} rows[] = {
		{ { 0 }, true, true },
		{ { .holder = "alice" }, true, false },
		{ { .holder = "alic" }, false, false },
		{ { .label = "blue-1" }, true, false },
		{ { .state = "assigned" }, true, false },
		{ { .state = "stock" }, false, true },
		{ { .holder = "alice", .state = "stock" }, false, false },
		{ { .holder = "alice", .label = "blue-1",
			.state = "assigned" }, true, false },
		{ { .user = "alice" }, false, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(filter_fits(&rows[i].f, &t), rows[i].fits);
		assert_int_equal(filter_fits(&rows[i].f, &bare),
			rows[i].fits_bare);
	}
	registry_token_done(&t);
	registry_token_done(&bare);
}

static void a_user_is_one_of_a_binding_in_force(void **state)
{
	struct registry_token t = token_of(NULL, NULL, REGISTRY_STOCK);
	static const struct {
		const char *user;
		bool fits;
	} rows[] = {
		{ "alice", true }, { "AIDA1", true }, { "games", true },
		{ "bob", false }, { "AIDA2", false }, { "5", false },
	};
	size_t i;

	(void)state;
	bind(&t, aws_of("123456789012", "AIDA1", "alice", 0));
	bind(&t, aws_of("123456789012", "AIDA2", "bob", 1));
	bind(&t, pam_of("5", "games"));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row_filter f = { .user = rows[i].user };

		assert_int_equal(filter_fits(&f, &t), rows[i].fits);
	}
	registry_token_done(&t);
}

static void a_binding_without_a_token_has_a_user_and_no_more(void **state)
{
	struct registry_binding b = pam_of("5", "games");
	static const struct row_filter none = { 0 }, user = { .user = "games" },
		other = { .user = "bob" },
		holder = { .user = "games", .holder = "alice" },
		label = { .label = "x" }, word = { .state = "stock" };

	(void)state;
	assert_true(filter_fits_binding(&none, &b));
	assert_true(filter_fits_binding(&user, &b));
	assert_false(filter_fits_binding(&other, &b));
	assert_false(filter_fits_binding(&holder, &b));
	assert_false(filter_fits_binding(&label, &b));
	assert_false(filter_fits_binding(&word, &b));
	registry_binding_done(&b);
}

static void lists_keep_what_fits_in_its_order(void **state)
{
	struct registry_tokens list = { calloc(4,
		sizeof(struct registry_token)), 4 };
	const struct row_filter f = { .holder = "alice" };

	(void)state;
	list.p[0] = token_of("a", "alice", REGISTRY_ASSIGNED);
	list.p[1] = token_of("b", "bob", REGISTRY_ASSIGNED);
	list.p[2] = token_of("c", NULL, REGISTRY_STOCK);
	list.p[3] = token_of("d", "alice", REGISTRY_LOST);
	filter_tokens(&f, &list);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.p[0].label, "a");
	assert_string_equal(list.p[1].label, "d");
	registry_tokens_done(&list);
}

static void says(const char *user, const struct registry_tokens *tokens,
	const struct registry_bindings *others, const char *want)
{
	const struct row_filter f = { .user = user };
	char text[FILTER_USERS_LEN];

	filter_users(&f, tokens, others, text);
	assert_string_equal(text, want);
}

static void who_goes_by_a_name_is_said(void **state)
{
	struct registry_token t = token_of(NULL, NULL, REGISTRY_STOCK);
	struct registry_tokens tokens = { &t, 1 };
	struct registry_binding b = pam_of("5", "bob");
	struct registry_bindings others = { &b, 1 };

	(void)state;
	bind(&t, aws_of("123456789012", "AIDA1", "alice", 0));
	bind(&t, aws_of("123456789012", "AIDA1", "alice", 0));
	says("alice", &tokens, &others,
		"'alice' is an IAM user of account 123456789012");
	says("bob", &tokens, &others, "'bob' is a local user");
	says("carol", &tokens, &others, "");
	says(NULL, &tokens, &others, "");
	bind(&t, aws_of("210987654321", "AIDA2", "alice", 0));
	bind(&t, pam_of("6", "alice"));
	says("alice", &tokens, &others, "'alice' is an IAM user of account "
		"123456789012 and 210987654321, and a local user");
	registry_token_done(&t);
	registry_binding_done(&b);
}

/* ---- stories ---- */

#define TOKEN "11111111111111111111111111111111"
#define ALICE "22222222222222222222222222222222"
#define BOB "33333333333333333333333333333333"
#define BINDING "44444444444444444444444444444444"

/* Every id has a name but ones that were erased. */
static int names_get(void *arg, const char *kind, const char *id, char **ret,
	struct error *err)
{
	(void)arg;
	(void)err;
	*ret = strcmp(id, ALICE) == 0 ? strdup("alice") :
		strcmp(id, BOB) == 0 ? NULL : text_format("%s %.2s", kind, id);
	return 0;
}

static const struct story_names names = { names_get, NULL, NULL };

/* The text of an event of this type and body. */
static json_t *tell(struct story *s, unsigned seq, const char *type,
	const char *body)
{
	struct event e = EVENT_INIT;
	struct registry_head head = { .seq = seq };
	json_t *entry = NULL;
	char text[1024];
	struct error err;
	int n = snprintf(text, sizeof(text), "{\"v\":1,\"stream\":\"" TOKEN
		"\",\"seq\":%u,\"journal\":\"" TOKEN "\",\"step\":%u,"
		"\"time\":\"2026-01-31T12:00:0%uZ\",\"type\":\"%s\","
		"\"actor\":{\"uid\":7},\"body\":%s}", seq, seq, seq, type,
		body);

	if (event_parse((const unsigned char *)text, (size_t)n, &e, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(story_tell(s, &e, &head, (const unsigned char *)text,
		(size_t)n, &entry, NULL), 0);
	assert_string_equal(event_str(entry, "stored"), text);
	event_done(&e);
	return entry;
}

static void tells(struct story *s, unsigned seq, const char *type,
	const char *body, const char *want)
{
	json_t *entry = tell(s, seq, type, body);

	assert_string_equal(event_str(entry, "text"), want);
	json_decref(entry);
}

static void an_event_is_told_by_what_was_before(void **state)
{
	struct story *s = NULL;

	(void)state;
	assert_int_equal(story_new(&s, &names, NULL), 0);
	tells(s, 0, "token.added", "{\"token\":\"" TOKEN "\",\"state\":"
		"\"adopted\"}", "token recorded as adopted");
	tells(s, 1, "token.assigned", "{\"token\":\"" TOKEN "\","
		"\"holder\":\"" ALICE "\"}",
		"given to alice (adopted -> assigned)");
	tells(s, 2, "token.state", "{\"token\":\"" TOKEN "\",\"state\":"
		"\"handed-over\"}", "handed over to alice, who proved to "
		"have it (assigned -> handed-over)");
	tells(s, 3, "token.assigned", "{\"token\":\"" TOKEN "\","
		"\"holder\":\"" BOB "\",\"reason\":\"" BOB "\"}",
		"given to (name erased) (handed-over -> assigned); the reason "
		"was erased");
	tells(s, 4, "token.state", "{\"token\":\"" TOKEN "\",\"state\":"
		"\"stock\"}", "back in the stock (assigned -> stock)");
	tells(s, 5, "token.state", "{\"token\":\"" TOKEN "\",\"state\":"
		"\"retired\"}", "retired (stock -> retired)");
	story_free(&s);
}

static void a_binding_that_goes_is_told_by_the_event_that_added_it(
	void **state)
{
	struct story *s = NULL;
	json_t *entry;

	(void)state;
	assert_int_equal(story_new(&s, &names, NULL), 0);
	tells(s, 0, "binding.removed", "{\"binding\":\"" BINDING "\"}",
		"taken away: binding 44444444");
	tells(s, 1, "binding.added", "{\"binding\":\"" BINDING "\","
		"\"kind\":\"aws\",\"user\":\"AIDA1\",\"token\":\""
		TOKEN "\",\"account\":\"123456789012\",\"device\":\""
		TOKEN "\",\"method\":\"totp\"}", "bound: MFA device "
		"aws-device 11 of aws-user 12 in 123456789012 (totp)");
	entry = tell(s, 2, "binding.removed", "{\"binding\":\"" BINDING
		"\",\"aws_request\":\"id-7\"}");
	assert_string_equal(event_str(entry, "text"), "taken away: MFA device "
		"aws-device 11 of aws-user 12 in 123456789012 (totp)");
	assert_string_equal(event_str(entry, "token"), TOKEN);
	assert_string_equal(event_str(entry, "userId"), "AIDA1");
	assert_string_equal(event_str(entry, "requestId"), "id-7");
	json_decref(entry);
	story_free(&s);
}

static void what_a_newer_program_wrote_is_told_by_its_type(void **state)
{
	struct story *s = NULL;

	(void)state;
	assert_int_equal(story_new(&s, &names, NULL), 0);
	tells(s, 0, "token.polished", "{\"token\":7,\"identifiers\":[1,{}],"
		"\"binding\":{},\"verdict\":\"x\"}", "token.polished");
	tells(s, 1, "token.state", "{\"token\":\"" TOKEN "\",\"state\":"
		"\"lost\"}", "lost");
	story_free(&s);
}

static void entries_are_picked_by_token_person_and_time(void **state)
{
	static const struct {
		struct story_filter f;
		bool fits;
	} rows[] = {
		{ { 0 }, true },
		{ { .token = TOKEN }, true },
		{ { .token = ALICE }, false },
		{ { .person = "alice" }, true },
		{ { .person = "bob" }, true },
		{ { .person = "root" }, true },
		{ { .person = "admin" }, true },
		{ { .person = "arn:aws:iam::1:user/admin" }, true },
		{ { .person = "user" }, false },
		{ { .person = "dmin" }, false },
		{ { .since = 1769860800 }, true },
		{ { .since = 1769860801 }, false },
		{ { .until = 1769860800 }, true },
		{ { .until = 1769860799 }, false },
		{ { .token = TOKEN, .person = "carol" }, false },
	};
	json_t *entry = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "token", TOKEN,
		"holder", "alice", "holderBefore", "bob", "operator", "root",
		"caller", "arn:aws:iam::1:user/admin", "time",
		"2026-01-31T12:00:00Z");
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (story_fits(&rows[i].f, entry) != rows[i].fits)
			fail_msg("row %zu", i);
	json_decref(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			what_is_not_said_fits_and_what_is_not_known_does_not),
		cmocka_unit_test(a_user_is_one_of_a_binding_in_force),
		cmocka_unit_test(
			a_binding_without_a_token_has_a_user_and_no_more),
		cmocka_unit_test(lists_keep_what_fits_in_its_order),
		cmocka_unit_test(who_goes_by_a_name_is_said),
		cmocka_unit_test(an_event_is_told_by_what_was_before),
		cmocka_unit_test(
			a_binding_that_goes_is_told_by_the_event_that_added_it),
		cmocka_unit_test(
			what_a_newer_program_wrote_is_told_by_its_type),
		cmocka_unit_test(entries_are_picked_by_token_person_and_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
