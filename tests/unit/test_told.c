/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getInfo as a struct: what we read is what libfido2 reads of the same bytes,
 * and what it refuses for its form we refuse.
 */
#include "token/fido/told.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "token/fido/private.h"

/* ---- both readers ---- */

static void put_reply(struct buf *b, const char *hex)
{
	unsigned char raw[1024];
	size_t n = strlen(hex) / 2;

	assert_int_equal(hex_decode(hex, strlen(hex), raw, sizeof(raw)), n);
	buf_put_byte(b, 0);
	buf_put(b, raw, n);
}

static int read_ours(const char *hex, uint8_t capabilities,
	struct fido_info *ret)
{
	const struct hid h = { .protocol = 2, .version = { 5, 7, 4 },
		.capabilities = capabilities };
	CLEANUP(buf_done) struct buf reply;

	buf_init(&reply, HID_MESSAGE_MAX);
	put_reply(&reply, hex);
	return told_read(&h, &reply, ret, &err);
}

/* On its way in libfido2 finds the reply in memory: see transport.h. */
static int read_theirs(const char *hex, struct fido_info *ret)
{
	CLEANUP(fido_free) struct fido *f = calloc(1, sizeof(*f));
	int r;

	assert_non_null(f);
	fido_init(FIDO_DISABLE_U2F_FALLBACK);
	transport_init(&f->transport);
	f->transport.hid.protocol = 2;
	memcpy(f->transport.hid.version, (uint8_t[]){ 5, 7, 4 }, 3);
	f->transport.hid.capabilities = HID_CAP_CBOR;
	put_reply(&f->transport.get_info, hex);
	f->dev = fido_dev_new();
	r = transport_open(&f->transport, f->dev, NULL);
	if (r == 0)
		r = fido_read_from_libfido2(f, NULL);
	if (r == 0)
		*ret = f->info;
	return r;
}

/* ---- what is read ---- */

/* The members that CTAP 2.1 names, each once. */
static const char all[] =
	"b40182665532465f5632684649444f5f325f3002826b6372656450726f746563"
	"746b686d61632d7365637265740350000102030405060708090a0b0c0d0e0f04"
	"a562726bf5627576f468616c776179735576f569636c69656e7450696ef4706d"
	"616b654372656455764e6f74527164f5051904b0068202010708081880098263"
	"757362636e66630a83a263616c672664747970656a7075626c69632d6b6579a2"
	"63616c672764747970656a7075626c69632d6b6579a263616c67390100647479"
	"70656a7075626c69632d6b65790b1904000cf50d060e1a000507040f18201001"
	"1103120213a2644649444f066b464950532d434d56502d3201141819";

static void each_member_is_where_it_belongs(void **state)
{
	struct fido_info i;

	(void)state;
	OK(read_ours("a90181684649444f5f325f3004a5626570f568637265644d676d74f4"
		"69617574686e72436667f569636c69656e7450696ef56f7365744d69"
		"6e50494e4c656e677468f4051904b007080818800cf50d080e1a0005"
		"070414182a",
		HID_CAP_CBOR | HID_CAP_WINK, &i));
	assert_true(i.ctap2 && i.pin_change_forced);
	assert_int_equal(i.hid_protocol, 2);
	assert_int_equal(i.hid_version[1], 7);
	assert_int_equal(i.hid_capabilities, HID_CAP_CBOR | HID_CAP_WINK);
	assert_int_equal(i.client_pin, FIDO_ON);
	assert_int_equal(i.enterprise, FIDO_ON);
	assert_int_equal(i.credential_management, FIDO_OFF);
	assert_int_equal(i.config, FIDO_ON);
	assert_int_equal(i.min_pin_settable, FIDO_OFF);
	assert_int_equal(i.always_uv, FIDO_ABSENT);
	assert_int_equal(i.max_message, 1200);
	assert_int_equal(i.max_list, 8);
	assert_int_equal(i.max_id, 128);
	assert_string_equal(i.versions, "FIDO_2_0");
	assert_int_equal(i.min_pin_length, 8);
	assert_int_equal(i.firmware, 0x050704);
	assert_int_equal(i.resident_left, 42);
	assert_int_equal(i.pin_retries, -1);
}

static void a_key_without_cbor_is_a_u2f_key(void **state)
{
	struct fido_info i;

	(void)state;
	OK(read_ours("", HID_CAP_WINK, &i));
	assert_false(i.ctap2);
	assert_string_equal(i.versions, "U2F_V2");
	assert_int_equal(i.client_pin, FIDO_ABSENT);
	assert_int_equal(i.resident_left, -1);
	FAILS(ERROR_MALFORMED, read_ours("", HID_CAP_CBOR, &i));
}

static void words_are_clean_and_as_many_as_fit(void **state)
{
	char list[16] = "";

	(void)state;
	told_word(list, sizeof(list), "one");
	told_word(list, sizeof(list), "");
	told_word(list, sizeof(list), "two words");
	told_word(list, sizeof(list), "\x1b[2J");
	told_word(list, sizeof(list), "too-long");
	told_word(list, sizeof(list), "three");
	assert_string_equal(list, "one ?[2J three");
}

static void algorithms_have_their_names_or_numbers(void **state)
{
	struct fido_info i = { .ctap2 = true };
	static const int64_t algs[] = { -7, -8, -35, -257, -47, 1 };
	size_t k;

	(void)state;
	for (k = 0; k < ARRAY_LEN(algs); k++)
		told_algorithm(&i, algs[k]);
	assert_string_equal(i.algorithms, "es256 eddsa es384 rs256 -47 1");
}

/* ---- beside libfido2 ---- */

static const char *const same[] = {
	all,
	"a0",
	/* bytes behind it */
	"a000", "a10519040000ff",
	/* an option that is no flag is passed over, and so is a certification
	   that is no number */
	"a104a362726bf5627576016568656c6c6ff4",
	"a113a1644649444ff5",
	/* what nobody has named yet */
	"a218631863187801",
	/* words with what is no word in them */
	"a10182656120620a636164",
	/* an algorithm that has no name here */
	"a10a81a263616c67390fff64747970656a7075626c69632d6b6579",
};

static void what_is_read_is_what_libfido2_reads(void **state)
{
	struct fido_info ours, theirs;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(same); i++) {
		print_message("%s\n", same[i]);
		OK(read_theirs(same[i], &theirs));
		OK(read_ours(same[i], HID_CAP_CBOR, &ours));
		/* both end up in the same struct, by other ways */
		theirs.hid_capabilities = ours.hid_capabilities;
		assert_memory_equal(&ours, &theirs, sizeof(ours));
	}
}

/* Twice, and in the wrong order. */
static const char *const misplaced[] = { "a205010502", "a207080501" };
/* A member that does not have its form. */
static const char *const refused[] = {
	"a104a262726bf562726bf4", "a104a2627576f562726bf4",
	"a10163553246", "a1018101", "a1026161", "a10281f5", "a103453132333435",
	"a10366616161616161", "a10401", "a105f5", "a1056161", "a106816161",
	"a107f5", "a10820", "a1096161", "a1098101", "a10a01", "a10a8101",
	"a10bf5", "a10c01", "a10d20", "a10e6161", "a10ff5", "a1106161", "a11120",
	"a112f5", "a1146161",
};
static const char *const maps_not[] = { "80", "01" };

static void are_refused(const char *const *list, size_t n, const char *words)
{
	struct fido_info i;
	char want[64];
	size_t k;

	for (k = 0; k < n; k++) {
		print_message("%s\n", list[k]);
		assert_true(read_theirs(list[k], &i) < 0);
		/* of a map of one member its number is the second byte */
		snprintf(want, sizeof(want), words,
			strtol((char[]){ list[k][2], list[k][3], 0 }, NULL,
				16));
		SAYS(ERROR_MALFORMED, want, read_ours(list[k], HID_CAP_CBOR,
			&i));
	}
}

static void a_form_that_libfido2_refuses_is_refused(void **state)
{
	(void)state;
	are_refused(misplaced, ARRAY_LEN(misplaced), "getInfo: '5' stands "
		"twice, or in the wrong place");
	are_refused(refused, ARRAY_LEN(refused),
		"getInfo: member %ld does not have its form");
	are_refused(maps_not, ARRAY_LEN(maps_not), "getInfo is no map");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member_is_where_it_belongs),
		cmocka_unit_test(a_key_without_cbor_is_a_u2f_key),
		cmocka_unit_test(words_are_clean_and_as_many_as_fit),
		cmocka_unit_test(algorithms_have_their_names_or_numbers),
		cmocka_unit_test(what_is_read_is_what_libfido2_reads),
		cmocka_unit_test(a_form_that_libfido2_refuses_is_refused),
	};

	return cmocka_run_group_tests_name("told", tests, NULL, NULL);
}
