/* SPDX-License-Identifier: Apache-2.0 */
/* What one end of tokenbridge-worker puts, the other gets. */
#include "token/worker/wire.h"

#include "tests/unit/unit.h"

/* A copy of the contents in a block of its own, cut to n bytes. */
static struct buf cut_to(const struct buf *b, size_t n)
{
	struct buf c;

	buf_init(&c, n + 1);
	buf_put(&c, b->p, n);
	return c;
}

static const struct card_place a_place = { 3, 17, true, 0x01020304, "id" };

static void same_place(const struct card_place *a, const struct card_place *b)
{
	assert_int_equal(a->usb_bus, b->usb_bus);
	assert_int_equal(a->usb_dev, b->usb_dev);
	assert_int_equal(a->has_serial, b->has_serial);
	assert_int_equal(a->serial, b->serial);
	assert_string_equal(a->id, b->id);
}

static void a_search_comes_through_whole_or_not_at_all(void **state)
{
	const struct oath_search q = { a_place, true };
	struct oath_search got, before;
	struct worker_access access = { "id", SECRET_INIT };
	struct worker_key key = { "", NULL, 0 };
	struct wire_reader r;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, WIRE_MAX);
	OK(secret_set(&access.password, "tulip", 5, &err));
	worker_put_search(&b, &q, &access);
	secret_done(&access.password);
	r = (struct wire_reader){ b.p, b.n, false };
	assert_int_equal(wire_get_be(&r, 1), WORKER_CARDS);
	OK(worker_get_search(&r, &got, &key, &err));
	same_place(&got.token, &a_place);
	assert_true(got.config);
	assert_string_equal(key.id, "id");
	assert_int_equal(key.n, 5);
	assert_memory_equal(key.p, "tulip", 5);
	memset(&before, 0x55, sizeof(before));
	got = before;
	for (i = 1; i < b.n; i++) {
		r = (struct wire_reader){ b.p + 1, i - 1, false };
		SAYS(ERROR_FAILED, "a malformed request",
			worker_get_search(&r, &got, &key, &err));
	}
	buf_put_byte(&b, 0);
	r = (struct wire_reader){ b.p + 1, b.n - 1, false };
	SAYS(ERROR_FAILED, "a malformed request",
		worker_get_search(&r, &got, &key, &err));
	assert_memory_equal(&got, &before, sizeof(got));
	buf_done(&b);
}

static void an_account_comes_through_with_its_data(void **state)
{
	const struct oath_target t = { a_place, "Issuer:alice" };
	const struct worker_access none = { "", SECRET_INIT };
	struct wire_reader r;
	struct worker_account a;
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	worker_put_account(&b, WORKER_OATH_PUT, &t, &none, "key", 3);
	r = (struct wire_reader){ b.p, b.n, false };
	assert_int_equal(wire_get_be(&r, 1), WORKER_OATH_PUT);
	OK(worker_get_account(&r, &a, &err));
	same_place(&a.place, &t.place);
	assert_string_equal(a.name, t.name);
	assert_string_equal(a.key.id, "");
	assert_int_equal(a.key.n, 0);
	assert_int_equal(a.data_n, 3);
	assert_memory_equal(a.data, "key", 3);
	r = (struct wire_reader){ b.p + 1, b.n - 2, false };
	SAYS(ERROR_FAILED, "a malformed request",
		worker_get_account(&r, &a, &err));
	buf_done(&b);
}

static struct oath_card a_card(void)
{
	struct oath_card c = { .reader = "Reader 0", .has_oath = true,
		.join = CARD_SAME_USB,
		.devinfo = { .present = true, .has_serial = true,
			.serial = 7, .has_version = true,
			.version = { 5, 7, 4 }, .has_usb_enabled = true,
			.usb_supported = 0x3ff, .usb_enabled = 0x220,
			.form_factor = 3, .fips = true } };

	memcpy(c.applet.version, "\5\7\4", 3);
	strcpy(c.applet.id, "AAAA");
	c.applet.has_serial = true;
	c.applet.serial = 0xfedcba98;
	c.applet.n = 1;
	c.applet.accounts[0].type = 0x21;
	strcpy(c.applet.accounts[0].name, "alice");
	return c;
}

static void cards_come_through_whole_or_not_at_all(void **state)
{
	struct oath_card card = a_card(), bare = { .reader = "Reader 1" };
	struct buf cards, b, short_;
	struct oath_card *list = NULL;
	size_t n, held, i;

	(void)state;
	buf_init(&cards, WIRE_MAX);
	buf_init(&b, WIRE_MAX);
	worker_put_card(&cards, &card);
	worker_put_card(&cards, &bare);
	worker_put_cards(&b, &cards, 2, 3);
	OK(worker_get_cards(&b, &list, &n, &held, &err));
	assert_int_equal(n, 2);
	assert_int_equal(held, 3);
	assert_memory_equal(&list[0], &card, sizeof(card));
	assert_memory_equal(&list[1], &bare, sizeof(bare));
	free(list);
	list = NULL;
	for (i = 0; i < b.n; i++) {
		short_ = cut_to(&b, i);
		SAYS(ERROR_FAILED, "tokenbridge-worker sent a malformed list of",
			worker_get_cards(&short_, &list, &n, &held, &err));
		assert_null(list);
		buf_done(&short_);
	}
	buf_done(&cards);
	buf_done(&b);
}

static void the_place_of_an_interface_comes_through(void **state)
{
	const struct otp_place sent = { 3, 17 };
	struct otp_place got = { 0, 0 };
	struct wire_reader in;
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	worker_put_place(&b, &sent);
	in = (struct wire_reader){ b.p, b.n, false };
	assert_int_equal(wire_get_be(&in, 1), WORKER_OTP);
	OK(worker_get_place(&in, &got, &err));
	assert_int_equal(got.bus, 3);
	assert_int_equal(got.dev, 17);
	in = (struct wire_reader){ b.p + 1, 1, false };
	FAILS(ERROR_FAILED, worker_get_place(&in, &got, &err));
	buf_done(&b);
}

static void interfaces_come_through_whole_or_not_at_all(void **state)
{
	const struct otp_interface sent[2] = {
		{ true, 7, { 5, 7, 4 }, 300, { { true, false },
			{ true, true } } },
	};
	struct otp_interface *list = NULL;
	struct buf b, short_;
	size_t n, i;

	(void)state;
	buf_init(&b, WIRE_MAX);
	worker_put_interfaces(&b, sent, 2);
	OK(worker_get_interfaces(&b, &list, &n, &err));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].serial, 7);
	assert_int_equal(list[0].programming_sequence, 300);
	assert_true(list[0].has_serial && !list[1].has_serial);
	assert_memory_equal(list[0].version, sent[0].version, 3);
	assert_true(list[0].slots[0].configured && !list[0].slots[0].touch);
	assert_true(list[0].slots[1].configured && list[0].slots[1].touch);
	free(list);
	list = NULL;
	for (i = 0; i < b.n; i++) {
		short_ = cut_to(&b, i);
		SAYS(ERROR_FAILED, "tokenbridge-worker sent a malformed list",
			worker_get_interfaces(&short_, &list, &n, &err));
		assert_null(list);
		buf_done(&short_);
	}
	buf_done(&b);
}

static void an_error_comes_through_and_replaces_the_result(void **state)
{
	struct error e;
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	error_set(&e, ERROR_CONFLICT, "a card that was swapped");
	buf_put_str(&b, "half a result");
	worker_put_error(&b, &e);
	SAYS(ERROR_CONFLICT, "a card that was swapped",
		worker_get_result(&b, &err));
	buf_reset(&b);
	SAYS(ERROR_FAILED, "tokenbridge-worker sent an empty reply",
		worker_get_result(&b, &err));
	buf_put_byte(&b, 200);
	SAYS(ERROR_FAILED, "tokenbridge-worker sent a malformed reply",
		worker_get_result(&b, &err));
	buf_done(&b);
}

static void results_come_through_behind_a_zero(void **state)
{
	const struct oath_response x = { true, { 1, 2, 3 }, 4, 6 };
	struct oath_response got;
	struct buf b;

	(void)state;
	buf_init(&b, WIRE_MAX);
	buf_put_byte(&b, 0);
	worker_put_response(&b, &x);
	OK(worker_get_result(&b, &err));
	OK(worker_get_response(&b, &got, &err));
	assert_true(got.whole);
	assert_memory_equal(got.hmac, x.hmac, 20);
	assert_int_equal(got.truncated, 4);
	assert_int_equal(got.digits, 6);
	b.n--;
	SAYS(ERROR_FAILED, "tokenbridge-worker sent a malformed code",
		worker_get_response(&b, &got, &err));
	buf_reset(&b);
	assert_false(worker_get_deleted(&b));
	worker_put_deleted(&b, true);
	assert_true(worker_get_deleted(&b));
	buf_reset(&b);
	worker_put_deleted(&b, false);
	assert_false(worker_get_deleted(&b));
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_search_comes_through_whole_or_not_at_all),
		cmocka_unit_test(an_account_comes_through_with_its_data),
		cmocka_unit_test(cards_come_through_whole_or_not_at_all),
		cmocka_unit_test(the_place_of_an_interface_comes_through),
		cmocka_unit_test(interfaces_come_through_whole_or_not_at_all),
		cmocka_unit_test(
			an_error_comes_through_and_replaces_the_result),
		cmocka_unit_test(results_come_through_behind_a_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
