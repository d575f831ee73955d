/* SPDX-License-Identifier: Apache-2.0 */
/* Who would be locked out by a reset, and what is written down of it. */
#include "tests/unit/reset-parts.h"

/* ---- who would be locked out ---- */

static struct registry_binding *bind(struct registry_token *row,
	enum registry_binding_kind kind, char *user, char *user_name)
{
	struct registry_binding *b = &row->bindings.p[row->bindings.n++];

	*b = (struct registry_binding){ .kind = kind, .user = user,
		.user_name = user_name };
	strcpy(b->account, "123456789012");
	return b;
}

static char uid[] = "1000", unique[] = "AIDA1", alice[] = "alice";
static char site_alice[] = "site:alice";

/* Two rows with all kinds of bindings, and the lines about them. */
#define HEAD "The registry shows that these log in with this token:\n"

static void add_bindings(void)
{
	add_row(ROW, NULL, NULL);
	add_credential('A', site, 0);
	bind(w.rows, REGISTRY_PAM, uid, alice)->removed = 9;
	bind(w.rows, REGISTRY_AWS, unique, alice)->method = 3;
	bind(w.rows, REGISTRY_AWS, unique, NULL)->method = 1;
	bind(w.rows, REGISTRY_PAM, uid, alice);
	add_row(OTHER, NULL, NULL);
	add_credential('B', site, 0);
	bind(&w.rows[1], REGISTRY_SSH, uid, NULL);
	bind(&w.rows[1], REGISTRY_OATH, uid, alice)->oath_account = site_alice;
	bind(&w.rows[1], REGISTRY_OATH, uid, alice);
	w.has = "AB";
	assert_found("01", "AB");
	w.steps[0] = '\0';
}

#define FIRST "  IAM user alice of account 123456789012 (hardware-totp)\n"     \
	"  IAM user AIDA1 of account 123456789012 (fido)\n"                    \
	"  local user alice (pam)\n"
#define SECOND "  local user 1000 (ssh)\n"                                     \
	"  OATH credential site:alice\n"                                       \
	"  OATH credential without a name\n"

static void each_binding_in_force_is_told_and_forbids_it(void **state)
{
	(void)state;
	add_bindings();
	FAILS(ERROR_REFUSED, reset_check_bindings(&run, &found, &err));
	assert_string_equal(err.text, "the token is not reset while the "
		"registry shows bindings (6 of them): take them away first: "
		"`tokenbridge revoke --token 01234567`");
	assert_string_equal(said, HEAD FIRST SECOND);
}

static void without_one_in_force_nothing_is_told(void **state)
{
	(void)state;
	OK(reset_check_bindings(&run, &found, &err));
	add_row(ROW, NULL, NULL);
	add_credential('A', site, 0);
	bind(w.rows, REGISTRY_PAM, uid, alice)->removed = 9;
	w.has = "A";
	assert_found("0", "A");
	OK(reset_check_bindings(&run, &found, &err));
	assert_string_equal(said, "");
}

static void what_is_bound_since_forbids_it_too(void **state)
{
	(void)state;
	add_bindings();
	/* gone by now, all of them */
	OK(reset_check_again(&run, reg, &found, &err));
	assert_string_equal(w.steps, "rows of 0123\nrows of fedc\n");
	assert_string_equal(said, "");
	memcpy(w.now, w.rows, sizeof(w.now));
	w.now_n = 2;
	w.lists = 0;
	SAYS(ERROR_REFUSED, "(12 of them)",
		reset_check_again(&run, reg, &found, &err));
	assert_string_equal(said, HEAD FIRST SECOND FIRST SECOND);
	assert_int_equal(w.lists, 2);
}

static void a_registry_that_cannot_be_read_again_forbids_it(void **state)
{
	(void)state;
	add_bindings();
	memcpy(w.now, w.rows, sizeof(w.now));
	w.now_n = 2;
	w.by_id = -ERROR_CORRUPT;
	SAYS(ERROR_CORRUPT, "no row",
		reset_check_again(&run, reg, &found, &err));
	assert_string_equal(w.steps, "rows of 0123\n");
	assert_string_equal(said, "");
}

/* ---- afterwards ---- */

static void what_it_still_holds_is_an_error(void **state)
{
	(void)state;
	add_bindings();
	w.has = "";
	OK(reset_check_gone(&found, fido, &err));
	assert_string_equal(w.steps, "has A of tokenbridge:id\n"
		"has B of tokenbridge:id\n");
	w.steps[0] = '\0';
	w.has = "A";
	FAILS(ERROR_FAILED, reset_check_gone(&found, fido, &err));
	assert_string_equal(err.text, "the token says that it was reset, and "
		"that it still holds a credential of before");
	assert_string_equal(w.steps, "has A of tokenbridge:id\n");
	w.has = "B";
	FAILS(ERROR_FAILED, reset_check_gone(&found, fido, &err));
	w.has = "A";
	w.fails_at = 'A';
	SAYS(ERROR_CONFLICT, "it does not say",
		reset_check_gone(&found, fido, &err));
	w.has = "";
	w.steps[0] = '\0';
	SAYS(ERROR_CONFLICT, "it does not say",
		reset_check_gone(&found, fido, &err));
	assert_string_equal(w.steps, "has A of tokenbridge:id\n");
}

#define REMOVED(n, row, id) "journal-" #n " {\"token\":\"" row "\",\"rp\":"    \
	"\"tokenbridge:id\",\"credential\":\"" id                              \
	"\",\"reason\":\"id-of-it\"}\n"

static void each_credential_is_written_down_as_gone(void **state)
{
	(void)state;
	add_bindings();
	OK(reset_record(&ours, reg, &found, "sold", &err));
	assert_string_equal(w.steps, "reason sold\n" REMOVED(1, ROW, "QQ")
		REMOVED(2, OTHER, "Qg") "head 2\n");
	w.steps[0] = '\0';
	found.held_n = 0;
	OK(reset_record(&ours, reg, &found, NULL, &err));
	assert_string_equal(w.steps, "reason FIDO reset\n");
}

static void fails_so(int *how, const char *words, const char *steps)
{
	*how = -ERROR_CONFLICT;
	w.steps[0] = '\0';
	w.journals = 0;
	SAYS(ERROR_CONFLICT, words,
		reset_record(&ours, reg, &found, "sold", &err));
	assert_string_equal(w.steps, steps);
	*how = 0;
}

static void nothing_is_written_behind_what_fails(void **state)
{
	(void)state;
	add_bindings();
	fails_so(&w.actor, "nobody", "");
	fails_so(&w.name, "no name", "reason sold\n");
	fails_so(&w.id, "no randomness", "reason sold\n");
	fails_so(&w.record, "not written", "reason sold\n"
		REMOVED(1, ROW, "QQ"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_binding_in_force_is_told_and_forbids_it),
		TEST(without_one_in_force_nothing_is_told),
		TEST(what_is_bound_since_forbids_it_too),
		TEST(a_registry_that_cannot_be_read_again_forbids_it),
		TEST(what_it_still_holds_is_an_error),
		TEST(each_credential_is_written_down_as_gone),
		TEST(nothing_is_written_behind_what_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
