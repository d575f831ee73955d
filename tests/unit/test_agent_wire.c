/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between the login helper and a token's process, which may lie. */
#include "bridge/login/agent/wire.h"

#include "base/wire.h"
#include "tests/unit/unit.h"

#define CREDENTIALS 3

static struct buf frame;

static int make_frame(void **state)
{
	(void)state;
	buf_init(&frame, WIRE_MAX);
	return 0;
}

static int drop_frame(void **state)
{
	(void)state;
	buf_done(&frame);
	return 0;
}

/* ---- orders ---- */

static void put_order(enum agent_order_kind kind, const char *pin)
{
	struct agent_order o;

	agent_order_init(&o);
	o.kind = kind;
	o.pin_facts = true;
	o.credential = 2;
	buf_put_str(&o.client_data, "{}");
	if (pin)
		OK(secret_set(&o.pin, pin, strlen(pin), &err));
	buf_reset(&frame);
	agent_order_write(&o, &frame);
	agent_order_done(&o);
}

static int read_order(size_t n, struct agent_order *ret)
{
	unsigned char *block = copy_of(frame.p, n);
	int r;

	agent_order_init(ret);
	r = agent_order_read(block, n, ret, &err);
	free(block);
	return r;
}

static void an_order_comes_back_as_it_was_written(void **state)
{
	struct agent_order o;

	(void)state;
	put_order(AGENT_PROVE, "1234");
	OK(read_order(frame.n, &o));
	assert_int_equal(o.kind, AGENT_PROVE);
	assert_true(o.pin_facts);
	assert_int_equal(o.credential, 2);
	assert_int_equal(o.client_data.n, 2);
	assert_string_equal(secret_str(&o.pin), "1234");
	agent_order_done(&o);
	put_order(AGENT_LOOK, NULL);
	OK(read_order(frame.n, &o));
	assert_int_equal(o.kind, AGENT_LOOK);
	assert_null(o.pin.p);
	agent_order_done(&o);
}

static void a_cut_order_is_refused(void **state)
{
	struct agent_order o;
	size_t n;

	(void)state;
	put_order(AGENT_PROVE, "1234");
	for (n = 0; n < frame.n; n++) {
		FAILS(ERROR_MALFORMED, read_order(n, &o));
		assert_null(o.pin.p);
		agent_order_done(&o);
	}
}

/* ---- reports ---- */

static void fill_report(struct agent_report *r)
{
	agent_report_init(r);
	r->kind = AGENT_PROVED;
	r->facts = (struct agent_facts){ true, true, false, true, 6, 8,
		12345678 };
	r->credential = 1;
	r->is_signed = true;
	buf_put_str(&r->auth_data, "auth");
	buf_put_str(&r->signature, "sig");
	strcpy(r->text, "text");
}

static int read_report(size_t n, struct agent_report *ret)
{
	unsigned char *block = copy_of(frame.p, n);
	int r;

	agent_report_init(ret);
	r = agent_report_read(block, n, CREDENTIALS, ret, &err);
	free(block);
	return r;
}

static void is_refused(const struct agent_report *r)
{
	struct agent_report back;

	buf_reset(&frame);
	agent_report_write(r, &frame);
	FAILS(ERROR_MALFORMED, read_report(frame.n, &back));
	agent_report_done(&back);
}

static void a_report_comes_back_as_it_was_written(void **state)
{
	struct agent_report r, back;

	(void)state;
	fill_report(&r);
	agent_report_write(&r, &frame);
	OK(read_report(frame.n, &back));
	assert_int_equal(back.kind, AGENT_PROVED);
	assert_memory_equal(&back.facts, &r.facts, sizeof(r.facts));
	assert_int_equal(back.credential, 1);
	assert_true(back.is_signed);
	assert_memory_equal(back.auth_data.p, "auth", 4);
	assert_memory_equal(back.signature.p, "sig", 3);
	assert_string_equal(back.text, "text");
	agent_report_done(&back);
	r.facts.pin_retries = -1;
	buf_reset(&frame);
	agent_report_write(&r, &frame);
	OK(read_report(frame.n, &back));
	assert_int_equal(back.facts.pin_retries, -1);
	agent_report_done(&back);
	agent_report_done(&r);
}

static void a_cut_report_is_refused(void **state)
{
	struct agent_report r, back;
	size_t n;

	(void)state;
	fill_report(&r);
	agent_report_write(&r, &frame);
	for (n = 0; n < frame.n; n++) {
		FAILS(ERROR_MALFORMED, read_report(n, &back));
		agent_report_done(&back);
	}
	agent_report_done(&r);
}

static void a_report_that_makes_no_sense_is_refused(void **state)
{
	struct agent_report r;

	(void)state;
	fill_report(&r);
	r.credential = CREDENTIALS; /* one that there is not */
	is_refused(&r);
	r.credential = AGENT_NO_CREDENTIAL; /* proved for none */
	is_refused(&r);
	r.credential = 1;
	r.is_signed = false; /* proved without a signature */
	is_refused(&r);
	r.is_signed = true;
	r.kind = (enum agent_report_kind)'z';
	is_refused(&r);
	r.kind = AGENT_FAILED; /* without a code */
	is_refused(&r);
	r.code = ERROR_FAILED;
	strcpy(r.text, "a\nb");
	is_refused(&r);
	agent_report_done(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_comes_back_as_it_was_written),
		cmocka_unit_test(a_cut_order_is_refused),
		cmocka_unit_test(a_report_comes_back_as_it_was_written),
		cmocka_unit_test(a_cut_report_is_refused),
		cmocka_unit_test(a_report_that_makes_no_sense_is_refused),
	};
	struct CMUnitTest all[ARRAY_LEN(tests)];
	size_t i;

	for (i = 0; i < ARRAY_LEN(tests); i++) {
		all[i] = tests[i];
		all[i].setup_func = make_frame;
		all[i].teardown_func = drop_frame;
	}
	return cmocka_run_group_tests_name("agent wire", all, NULL, NULL);
}
