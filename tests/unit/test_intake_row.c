/* SPDX-License-Identifier: Apache-2.0 */
/* Receiving: which row of the list a key is, and which keys are none. */
#include "tests/unit/intake-parts.h"

#define NOT_LISTED(serial, label, why) "= not-on-list  " serial "  " label     \
	"  " why "\n"
#define NO_LABEL NOT_LISTED("-         ", "-",                                 \
	"no label of the list is left for a key of this model")

static char label_1[] = "blue-1", label_2[] = "blue-2", label_3[] = "blue-3";

/* What is told of the key, between the question for it and the end. */
static void told(const char *questions, const char *words)
{
	const char *from, *to;
	char is[1024];

	OK(go());
	assert_string_equal(asked, questions);
	from = strchr(said, '\n') + 1;
	to = strstr(from, "Unplug it.\n");
	if (!to)
		to = strstr(from, "Head: ");
	assert_non_null(to);
	snprintf(is, sizeof(is), "%.*s", (int)(to - from), from);
	assert_string_equal(is, words);
}

static int begin_rows(void **state)
{
	begin(state);
	views[1] = "a";
	return 0;
}

/* ---- by a serial number ---- */

static int begin_serials(void **state)
{
	begin_rows(state);
	rows[0] = (struct intake_row){ .line = 2, .has_serial = true,
		.serial = 1001 };
	rows[1] = (struct intake_row){ .line = 3, .has_serial = true,
		.serial = 1002, .label = label_2, .has_aaguid = true };
	memset(rows[1].aaguid, 1, 16);
	list.n = 2;
	x.has_serial = true;
	x.serial = 1002;
	return 0;
}

static void a_number_says_which_row_it_is(void **state)
{
	(void)state;
	told("AqqnlcovmRtn.t", "= taken        1002        blue-2  token "
		"01234567\n");
	assert_string_equal(x.purpose, "blue-2");
	assert_int_equal(left, 1);
	assert_non_null(strstr(said, "= missing      1001        -  line "
		"2\n"));
	x.serial = 1001;
	told("AqqnlcovmRtn.t", "= taken        1001        -  token "
		"01234567\n");
	assert_string_equal(x.purpose, "for the stock");
	assert_string_equal(x.reason, "-");
	x.serial = 1003;
	told("Aqqnlctn.t", NOT_LISTED("1003      ", "-",
		"its serial number is not on the list"));
	assert_int_equal(left, 2);
}

static void a_number_that_is_done_is_no_new_one(void **state)
{
	(void)state;
	x.known[0] = "1002";
	told("Aqqnlctn.t", "= again        1002        blue-2  it is in the "
		"registry already\n");
	assert_int_equal(left, 1);
}

static void another_model_than_on_the_list_is_not_taken(void **state)
{
	(void)state;
	x.model = 2;
	told("Aqqnlctn.t", "= wrong-model  1002        blue-2  it says that "
		"it is another model than on the list\n");
	/* what speaks U2F names none: its attestation does */
	x.u2f = true;
	told("AqqnlcovmRtn.t", "= taken        1002        blue-2  token "
		"01234567\n");
	x.proved = 2;
	told("Aqqnlcovmtn.t", "= wrong-model  1002        blue-2  its "
		"attestation names another model than the list\n");
	/* no model is asked for */
	x.serial = 1001;
	told("AqqnlcovmRtn.t", "= taken        1001        -  token "
		"01234567\n");
}

static void a_refused_one_is_told_with_the_reason(void **state)
{
	(void)state;
	fails_at('m', ERROR_VERDICT, "");
	told("Aqqnlcovmtn.t", "= refused      1002        blue-2  AWS says "
		"no\n");
}

/* ---- by a label ---- */

static int begin_labels(void **state)
{
	begin_rows(state);
	rows[0] = (struct intake_row){ .line = 2, .label = label_1,
		.has_aaguid = true };
	rows[1] = (struct intake_row){ .line = 3, .label = label_2,
		.has_aaguid = true };
	rows[2] = (struct intake_row){ .line = 4, .label = label_3 };
	memset(rows[0].aaguid, 1, 16);
	memset(rows[1].aaguid, 2, 16);
	list.n = 3;
	return 0;
}

#define TAKEN(label) "= taken        -           " label "  token 01234567\n"

static void the_next_label_of_its_model_is_its_own(void **state)
{
	(void)state;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-1"));
	x.model = x.proved = 2;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-2"));
	assert_string_equal(x.purpose, "blue-2");
	x.model = x.proved = 3;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-3"));
	/* one that is given is none */
	x.model = x.proved = 1;
	x.known[0] = "blue-1";
	told("AqqqnlcoivmRtn.t", TAKEN("blue-3"));
	x.known[1] = "blue-3";
	told("Aqqqnlcoitn.t", NO_LABEL);
}

static void what_names_no_model_is_known_by_its_attestation(void **state)
{
	(void)state;
	x.u2f = true;
	x.proved = 2;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-2"));
	assert_string_equal(x.purpose, "for the stock");
	assert_string_equal(x.reason, "blue-2");
	list.n = 2;
	x.proved = 3;
	told("Aqqnlcoivmtn.t", NO_LABEL);
	x.known[0] = "blue-1";
	x.known[1] = "blue-2";
	list.n = 3;
	rows[2].label = NULL;
	rows[2].has_serial = true;
	told("Aqqqnlcoitn.t", NO_LABEL);
	/* it says another model than it proves */
	x.u2f = false;
	x.known[0] = x.known[1] = NULL;
	told("Aqqqnlcoivmtn.t", "= wrong-model  -           blue-1  its "
		"attestation names another model than the list\n");
}

static void one_that_proves_to_be_registered_is_no_new_one(void **state)
{
	(void)state;
	x.found = x.found_credential = true;
	told("Aqqqnlcoitn.t", "= again        -           -  token 01234567"
		"  it is in the registry already\n");
	/* only a number points at it */
	x.found_credential = false;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-1"));
	x.found = false;
	x.found_credential = true;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-1"));
}

/* The list has no numbers at all: then a number is no word on the row. */
static void a_number_counts_where_the_list_has_some(void **state)
{
	(void)state;
	x.has_serial = true;
	x.serial = 1001;
	told("AqqqnlcoivmRtn.t", "= taken        1001        blue-1  token "
		"01234567\n");
	rows[1] = (struct intake_row){ .line = 3, .has_serial = true,
		.serial = 1002 };
	told("Aqqqnlctn.t", NOT_LISTED("1001      ", "-",
		"its serial number is not on the list"));
	/* and one without a number is the next label there too */
	x.has_serial = false;
	told("AqqqnlcoivmRtn.t", TAKEN("blue-1"));
}

#define SERIALS(name) cmocka_unit_test_setup(name, begin_serials)
#define LABELS(name) cmocka_unit_test_setup(name, begin_labels)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERIALS(a_number_says_which_row_it_is),
		SERIALS(a_number_that_is_done_is_no_new_one),
		SERIALS(another_model_than_on_the_list_is_not_taken),
		SERIALS(a_refused_one_is_told_with_the_reason),
		LABELS(the_next_label_of_its_model_is_its_own),
		LABELS(what_names_no_model_is_known_by_its_attestation),
		LABELS(one_that_proves_to_be_registered_is_no_new_one),
		LABELS(a_number_counts_where_the_list_has_some),
	};

	return cmocka_run_group_tests_name("intake row", tests, NULL, NULL);
}
