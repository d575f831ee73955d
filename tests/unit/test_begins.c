/* SPDX-License-Identifier: Apache-2.0 */
/* What is begun says nothing yet: all of it is zero but what its header names,
 * and its room has a limit. */
#include "token/evidence.h"
#include "token/fido/io/transport.h"
#include "token/hid/survey.h"
#include "token/trust/jws.h"

#include "tests/unit/unit.h"

/* Room that has nothing in it is taken for zero. */
static void is_empty(struct buf *b, size_t max)
{
	assert_int_equal(b->n, 0);
	assert_int_equal(b->max, max);
	assert_false(buf_failed(b));
	memset(b, 0, sizeof(*b));
}

static void is_zero(const void *p, size_t n)
{
	const unsigned char *c = p;
	size_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(c[i], 0);
}

static void attestations_begin_as_nothing(void **state)
{
	static struct attestation a;
	static struct attest_facts f;

	(void)state;
	memset(&a, 0x55, sizeof(a));
	attestation_init(&a);
	is_empty(&a.client_data, ATTEST_BYTES_MAX);
	is_empty(&a.auth_data, ATTEST_BYTES_MAX);
	is_empty(&a.att_stmt, ATTEST_BYTES_MAX);
	is_zero(&a, sizeof(a));
	memset(&f, 0x55, sizeof(f));
	attest_facts_init(&f);
	is_empty(&f.credential_id, ATTEST_BYTES_MAX);
	is_empty(&f.public_key, ATTEST_BYTES_MAX);
	assert_int_equal(f.certification, -1);
	f.certification = 0;
	is_zero(&f, sizeof(f));
}

static void evidence_begins_without_a_verdict(void **state)
{
	static struct assertion a;
	static struct evidence e;

	(void)state;
	memset(&a, 0x55, sizeof(a));
	assertion_init(&a);
	is_empty(&a.client_data, ATTEST_BYTES_MAX);
	is_empty(&a.credential_id, ATTEST_BYTES_MAX);
	is_empty(&a.auth_data, ATTEST_BYTES_MAX);
	is_empty(&a.signature, ATTEST_BYTES_MAX);
	is_zero(&a, sizeof(a));
	memset(&e, 0x55, sizeof(e));
	evidence_init(&e);
	assert_int_equal(e.verdict, -1);
	e.verdict = 0;
	is_empty(&e.attestation.client_data, ATTEST_BYTES_MAX);
	is_empty(&e.attestation.auth_data, ATTEST_BYTES_MAX);
	is_empty(&e.attestation.att_stmt, ATTEST_BYTES_MAX);
	is_empty(&e.assertion.client_data, ATTEST_BYTES_MAX);
	is_empty(&e.assertion.credential_id, ATTEST_BYTES_MAX);
	is_empty(&e.assertion.auth_data, ATTEST_BYTES_MAX);
	is_empty(&e.assertion.signature, ATTEST_BYTES_MAX);
	is_zero(&e, sizeof(e));
}

static void transports_begin_without_a_descriptor(void **state)
{
	static struct survey s;
	static struct transport t;
	static struct jws j;

	(void)state;
	memset(&s, 0x55, sizeof(s));
	survey_init(&s);
	assert_int_equal(s.hid.fd, -1);
	s.hid.fd = 0;
	is_empty(&s.get_info, HID_MESSAGE_MAX);
	is_zero(&s, sizeof(s));
	memset(&t, 0x55, sizeof(t));
	transport_init(&t);
	assert_int_equal(t.hid.fd, -1);
	t.hid.fd = 0;
	is_empty(&t.get_info, HID_MESSAGE_MAX);
	is_empty(&t.sent, HID_MESSAGE_MAX);
	is_empty(&t.reply, HID_MESSAGE_MAX);
	is_zero(&t, sizeof(t));
	memset(&j, 0x55, sizeof(j));
	jws_init(&j, 77);
	is_empty(&j.payload, 77);
	is_zero(&j, sizeof(j));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attestations_begin_as_nothing),
		cmocka_unit_test(evidence_begins_without_a_verdict),
		cmocka_unit_test(transports_begin_without_a_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
