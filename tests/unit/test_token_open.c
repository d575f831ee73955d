/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that stay open once they were asked: which are opened, by what, and
 * what one that fails is to the others.
 */
#include "token/asking.h"

#include "tests/unit/unit.h"

struct fido {
	bool is_open;
};

#define CANCEL 77

static struct token made[3];
static size_t made_n;
static int asking_fails, survey_fails[3], reader_fails;
static struct fido opened[4];
static struct survey *surveys;
static const struct fido_info info = { .ctap2 = true, .hid_protocol = 2 };
static const struct devinfo devinfo = { .present = true };

WRAP(int, asking_run, struct asking *ret, const struct node *nodes, size_t n,
	int cancel_fd, deadline_t until, struct error *e)
{
	size_t i;

	assert_non_null(nodes);
	assert_int_equal(n, made_n);
	assert_int_equal(cancel_fd, CANCEL);
	assert_in_range(deadline_left(until), 4000, 5000);
	if (asking_fails)
		return error_set(e, asking_fails, "nothing can be asked");
	ret->tokens = calloc(n + 1, sizeof(*ret->tokens));
	ret->surveys = surveys = calloc(n + 1, sizeof(*ret->surveys));
	memcpy(ret->tokens, made, n * sizeof(*made));
	for (i = 0; i < n; i++)
		survey_init(&ret->surveys[i]);
	ret->n = n;
	return 0;
}

WRAP(int, fido_from_survey, struct fido **ret, struct survey *s,
	struct error *e)
{
	size_t i = (size_t)(s - surveys);

	assert_true(i < made_n);
	if (survey_fails[i])
		return error_set(e, survey_fails[i], "survey %zu fails", i);
	opened[i].is_open = true;
	*ret = &opened[i];
	return 0;
}

WRAP(int, fido_open, struct fido **ret, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *e)
{
	assert_string_equal(path, "nfc:a");
	assert_int_equal(vendor, 0x1050);
	assert_int_equal(cancel_fd, CANCEL);
	/* it never waits for another process */
	assert_int_equal(deadline_left(lock_until), 0);
	assert_in_range(deadline_left(until), 4000, 5000);
	if (reader_fails)
		return error_set(e, reader_fails, "it was taken away");
	opened[3].is_open = true;
	*ret = &opened[3];
	return 0;
}

WRAP(void, fido_free, struct fido **f)
{
	if (*f)
		(*f)->is_open = false;
	*f = NULL;
}

WRAP(const struct fido_info *, fido_info, const struct fido *f)
{
	assert_true(f->is_open);
	return &info;
}

WRAP(const struct devinfo *, fido_devinfo, const struct fido *f)
{
	assert_true(f->is_open);
	return &devinfo;
}

/* ---- what comes of it ---- */

static const struct node nodes[3];
static struct token *tokens;
static struct fido **open;
static size_t n;

static int start(void **state)
{
	(void)state;
	memset(made, 0, sizeof(made));
	memset(opened, 0, sizeof(opened));
	memset(survey_fails, 0, sizeof(survey_fails));
	asking_fails = reader_fails = 0;
	made[0].identified = made[1].identified = true;
	strcpy(made[2].node.path, "nfc:a");
	made[2].node.vendor = 0x1050;
	made_n = 3;
	tokens = NULL;
	open = NULL;
	return 0;
}

static int end(void **state)
{
	(void)state;
	token_close_all(&open, n);
	free(tokens);
	assert_null(open);
	assert_false(opened[0].is_open || opened[1].is_open ||
		opened[3].is_open);
	return 0;
}

static int list_open(void)
{
	return token_list_open(nodes, made_n, CANCEL, 5000, &tokens, &open, &n,
		&err);
}

static void each_that_answered_stays_open(void **state)
{
	(void)state;
	made[1].problem = TOKEN_HELD;
	OK(list_open());
	assert_int_equal(n, 3);
	assert_ptr_equal(open[0], &opened[0]);
	assert_null(open[1]);
	assert_int_equal(tokens[1].problem, TOKEN_HELD);
	/* one on a reader is opened only now, and asked on the way */
	assert_ptr_equal(open[2], &opened[3]);
	assert_true(tokens[2].identified);
	assert_true(tokens[2].fido.ctap2);
	assert_true(tokens[2].devinfo.present);
}

static void what_is_wrong_with_one_is_that_one_s_problem(void **state)
{
	static const struct {
		int code;
		enum token_problem problem;
	} cases[] = {
		{ ERROR_BUSY, TOKEN_HELD }, { ERROR_NO_TOKEN, TOKEN_GONE },
		{ ERROR_MALFORMED, TOKEN_BROKEN },
		{ ERROR_TIMEOUT, TOKEN_BROKEN },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		start(state);
		survey_fails[0] = cases[i].code;
		reader_fails = cases[i].code;
		OK(list_open());
		assert_null(open[0]);
		assert_ptr_equal(open[1], &opened[1]);
		assert_null(open[2]);
		assert_int_equal(tokens[0].problem, cases[i].problem);
		assert_string_equal(tokens[0].problem_text, "survey 0 fails");
		assert_int_equal(tokens[2].problem, cases[i].problem);
		assert_string_equal(tokens[2].problem_text,
			"it was taken away");
		assert_false(tokens[2].identified);
		end(state);
	}
}

static void who_interrupts_ends_it_and_closes_all(void **state)
{
	(void)state;
	survey_fails[1] = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "survey 1 fails", list_open());
	assert_null(tokens);
	assert_null(open);
	assert_false(opened[0].is_open);
	survey_fails[1] = 0;
	reader_fails = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "it was taken away", list_open());
	assert_null(open);
	asking_fails = ERROR_FAILED;
	SAYS(ERROR_FAILED, "nothing can be asked", list_open());
	assert_null(open);
}

static void none_is_an_empty_list(void **state)
{
	(void)state;
	made_n = 0;
	OK(list_open());
	assert_int_equal(n, 0);
	assert_non_null(tokens);
	assert_non_null(open);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_that_answered_stays_open),
		cmocka_unit_test(what_is_wrong_with_one_is_that_one_s_problem),
		TEST(who_interrupts_ends_it_and_closes_all),
		TEST(none_is_an_empty_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
