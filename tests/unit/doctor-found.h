/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor has found, row by row. */
#ifndef TESTS_DOCTOR_FOUND_H
#define TESTS_DOCTOR_FOUND_H

#include "bridge/doctor/doctor.h"

#include "tests/unit/unit.h"

static struct findings found;

static UNUSED void forget(void)
{
	findings_done(&found);
	found.failed = false;
}

/* Row number i is that one; remedy NULL: none. */
static UNUSED void told(size_t i, enum finding_status status,
	const char *check, const char *subject, const char *text,
	const char *remedy)
{
	assert_true(i < found.n);
	assert_string_equal(found.rows[i].text, text);
	assert_int_equal(found.rows[i].status, status);
	assert_string_equal(found.rows[i].check, check);
	assert_string_equal(found.rows[i].subject, subject);
	assert_string_equal(found.rows[i].remedy, remedy ? remedy : "");
}

/* It is the only one. */
static UNUSED void one(enum finding_status status, const char *check,
	const char *subject, const char *text, const char *remedy)
{
	assert_int_equal(found.n, 1);
	told(0, status, check, subject, text, remedy);
}

#endif
