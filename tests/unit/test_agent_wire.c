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

static void an_order_that_makes_no_sense_is_refused(void **state)
{
	struct agent_order o;

	(void)state;
	put_order(AGENT_LOOK, NULL);
	frame.p[0] = 'z';
	FAILS(ERROR_MALFORMED, read_order(frame.n, &o));
	agent_order_done(&o);
	put_order(AGENT_LOOK, NULL);
	frame.p[1] = 0; /* whether facts of the PIN are wanted */
	OK(read_order(frame.n, &o));
	assert_false(o.pin_facts);
	agent_order_done(&o);
	frame.p[1] = 2;
	FAILS(ERROR_MALFORMED, read_order(frame.n, &o));
	agent_order_done(&o);
	/* one with nothing to sign */
	agent_order_init(&o);
	o.kind = AGENT_LOOK;
	buf_reset(&frame);
	agent_order_write(&o, &frame);
	FAILS(ERROR_MALFORMED, read_order(frame.n, &o));
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

static void comes_back(const struct agent_report *r)
{
	struct agent_report back;

	buf_reset(&frame);
	agent_report_write(r, &frame);
	OK(read_report(frame.n, &back));
	assert_int_equal(back.kind, r->kind);
	assert_int_equal(back.facts.brief, r->facts.brief);
	assert_int_equal(back.facts.ctap2, r->facts.ctap2);
	assert_int_equal(back.facts.has_pin, r->facts.has_pin);
	assert_int_equal(back.facts.always_uv, r->facts.always_uv);
	assert_int_equal(back.facts.pin_change_forced,
		r->facts.pin_change_forced);
	assert_int_equal(back.is_signed, r->is_signed);
	assert_int_equal(back.credential, r->credential);
	assert_int_equal(back.code, r->code);
	agent_report_done(&back);
}

static void each_kind_and_each_fact_comes_back_by_itself(void **state)
{
	static const enum agent_report_kind kinds[] = { AGENT_BUSY,
		AGENT_LOOKED, AGENT_TOUCH, AGENT_PROVED, AGENT_FAILED };
	struct agent_report r;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		agent_report_init(&r);
		r.kind = kinds[i];
		r.is_signed = kinds[i] == AGENT_PROVED;
		r.credential = r.is_signed ? 0 : AGENT_NO_CREDENTIAL;
		r.code = kinds[i] == AGENT_FAILED ? ERROR_PIN : 0;
		comes_back(&r);
		agent_report_done(&r);
	}
	agent_report_init(&r);
	r.kind = AGENT_LOOKED;
	r.credential = CREDENTIALS - 1;
	for (i = 0; i < 6; i++) {
		r.facts = (struct agent_facts){ .ctap2 = i == 0,
			.has_pin = i == 1, .always_uv = i == 2,
			.pin_change_forced = i == 3, .brief = i == 5 };
		r.is_signed = i == 4;
		comes_back(&r);
	}
	/* a bit that stands for nothing */
	frame.p[1] = 64;
	FAILS(ERROR_MALFORMED, read_report(frame.n, &r));
	agent_report_done(&r);
}

static void tries_are_a_number_or_not_known(void **state)
{
	static const struct {
		int32_t is, comes;
	} rows[] = { { 0, 0 }, { 1, 1 }, { 254, 254 }, { 255, -1 },
		{ 256, -1 }, { -1, -1 }, { -5, -1 } };
	struct agent_report r, back;
	size_t i;

	(void)state;
	fill_report(&r);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		r.facts.pin_retries = rows[i].is;
		buf_reset(&frame);
		agent_report_write(&r, &frame);
		OK(read_report(frame.n, &back));
		assert_int_equal(back.facts.pin_retries, rows[i].comes);
		agent_report_done(&back);
	}
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
	r.kind = AGENT_WANTS_PIN;
	r.facts = (struct agent_facts){ .always_uv = true };
	comes_back(&r);
	r.credential = AGENT_NO_CREDENTIAL; /* for what? */
	is_refused(&r);
	r.credential = 1;
	r.facts.brief = true; /* it was asked just now */
	is_refused(&r);
	r.facts = (struct agent_facts){ .has_pin = true }; /* it does not */
	is_refused(&r);
	r.kind = AGENT_FAILED;
	r.code = ERROR_FAILED;
	strcpy(r.text, "a\nb");
	is_refused(&r);
	agent_report_done(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_comes_back_as_it_was_written),
		cmocka_unit_test(an_order_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_cut_order_is_refused),
		cmocka_unit_test(a_report_comes_back_as_it_was_written),
		cmocka_unit_test(each_kind_and_each_fact_comes_back_by_itself),
		cmocka_unit_test(tries_are_a_number_or_not_known),
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
