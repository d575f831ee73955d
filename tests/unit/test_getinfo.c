/* SPDX-License-Identifier: Apache-2.0 */
/* getInfo as JSON: members by name, the rest by number, nothing twice. */
#include "token/fido/getinfo.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "token/fido/private.h"

static int parse(const char *hex, json_t **ret)
{
	unsigned char raw[1024], *p;
	size_t n = strlen(hex) / 2;
	int r;

	assert_int_equal(hex_decode(hex, strlen(hex), raw, sizeof(raw)), n);
	p = copy_of(raw, n);
	r = getinfo_parse(p, n, ret, &err);
	free(p);
	return r;
}

static const struct {
	const char *hex, *want;
} shown[] = {
	{ "a0", "{}" },
	/* everything that CTAP 2.0 to 2.3 names, each once */
	{ "b81f0182665532465f5632684649444f5f325f3002816b6372656450726f"
		"746563740350000102030405060708090a0b0c0d0e0f04a262726bf56963"
		"6c69656e7450696ef4051904b0068202010708081880098263757362636e"
		"66630a81a263616c672664747970656a7075626c69632d6b65790b190400"
		"0cf50d060e1a000507040f182010011103120213a2644649444f066b4649"
		"50532d434d56502d320114181915821b6fcb19b0cbe3acfa011682667061"
		"636b6564646e6f6e6517041818f5181944aaaaaaaa181a8163757362181b"
		"f5181c5168747470733a2f2f612e6578616d706c65181d183f181e44bbbb"
		"bbbb181f820118ff",
	  "{\"versions\":[\"U2F_V2\",\"FIDO_2_0\"],"
	  "\"extensions\":[\"credProtect\"],"
	  "\"aaguid\":\"00010203-0405-0607-0809-0a0b0c0d0e0f\","
	  "\"options\":{\"rk\":true,\"clientPin\":false},"
	  "\"maxMsgSize\":1200,\"pinUvAuthProtocols\":[2,1],"
	  "\"maxCredentialCountInList\":8,\"maxCredentialIdLength\":128,"
	  "\"transports\":[\"usb\",\"nfc\"],"
	  "\"algorithms\":[{\"alg\":-7,\"type\":\"public-key\"}],"
	  "\"maxSerializedLargeBlobArray\":1024,\"forcePINChange\":true,"
	  "\"minPINLength\":6,\"firmwareVersion\":329476,"
	  "\"maxCredBlobLength\":32,\"maxRPIDsForSetMinPINLength\":1,"
	  "\"preferredPlatformUvAttempts\":3,\"uvModality\":2,"
	  "\"certifications\":{\"FIDO\":6,\"FIPS-CMVP-2\":1},"
	  "\"remainingDiscoverableCredentials\":25,"
	  "\"vendorPrototypeConfigCommands\":[\"8055560605607898362\",1],"
	  "\"attestationFormats\":[\"packed\",\"none\"],"
	  "\"uvCountSinceLastPinEntry\":4,\"longTouchForReset\":true,"
	  "\"encIdentifier\":\"aaaaaaaa\",\"transportsForReset\":[\"usb\"],"
	  "\"pinComplexityPolicy\":true,"
	  "\"pinComplexityPolicyURL\":\"https://a.example\","
	  "\"maxPINLength\":63,\"encCredStoreState\":\"bbbbbbbb\","
	  "\"authenticatorConfigCommands\":[1,255]}" },
	/* what nobody has named yet */
	{ "a318631863200161780a",
	  "{\"other\":{\"99\":99,\"-1\":1,\"x\":10}}" },
	{ "a31863a161788301f6410120636e6567647465787407",
	  "{\"other\":{\"99\":{\"x\":[1,null,\"01\"]},\"-1\":\"neg\","
	  "\"text\":7}}" },
	/* members that are not of the form that their name promises */
	{ "a701684649444f5f325f30034573686f727404a162726b0105200c0113a10102"
		"181c41ff",
	  "{\"other\":{\"1\":\"FIDO_2_0\",\"3\":\"73686f7274\","
	  "\"4\":{\"rk\":1},\"5\":-1,\"12\":1,\"19\":{\"1\":2},"
	  "\"28\":\"ff\"}}" },
	{ "a206810109826161f5", "{\"pinUvAuthProtocols\":[1],"
	  "\"other\":{\"9\":[\"a\",true]}}" },
	/* numbers that not every reader keeps */
	{ "a1051b001fffffffffffff", "{\"maxMsgSize\":9007199254740991}" },
	{ "a1051b0020000000000000", "{\"maxMsgSize\":\"9007199254740992\"}" },
	{ "a118633b001ffffffffffffe",
	  "{\"other\":{\"99\":-9007199254740991}}" },
	{ "a118633b0020000000000000",
	  "{\"other\":{\"99\":\"-9007199254740993\"}}" },
	{ "a118633bffffffffffffffff",
	  "{\"other\":{\"99\":\"-18446744073709551616\"}}" },
	/* floats, a tag, simple values */
	{ "a61863fb3ff80000000000001864f97c001865c11a514b67b01866f71867f6"
		"1868f4", "{\"other\":{\"99\":1.5,\"100\":null,"
	  "\"101\":1363896240,\"102\":null,\"103\":null,\"104\":false}}" },
	/* a NUL, a line end and a turned line */
	{ "a10181676100620ae280ae", "{\"versions\":[\"a?b????\"]}" },
};

static void members_have_their_names_and_the_rest_its_numbers(void **state)
{
	json_t *o;
	char *s;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(shown); i++) {
		o = NULL;
		OK(parse(shown[i].hex, &o));
		s = json_dumps(o, JSON_COMPACT);
		assert_string_equal(s, shown[i].want);
		free(s);
		json_decref(o);
	}
}

static const struct {
	const char *hex, *words;
} refused[] = {
	{ "", "cut off" },
	{ "a1", "cut off" },
	{ "a10501ff", "ends at byte" },
	{ "8101", "getInfo is no map" },
	{ "05", "getInfo is no map" },
	{ "a205010502", "'5' stands twice" },
	{ "a2050105626f6b", "'5' stands twice" }, /* whatever its form */
	{ "a104a262726bf562726bf4", "'rk' stands twice" },
	{ "a1186381a201010102", "'1' stands twice" },
	{ "a1f501", "neither text nor a number" },
	{ "a1186381a1410101", "neither text nor a number" },
	{ "bf0501ff", "indefinite" },
	{ "a118638181818181818181818100", "nested too deep" },
	{ "a1055bffffffffffffffff", "cut off" },
};

static void what_is_no_map_of_members_is_malformed(void **state)
{
	json_t *o = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(refused); i++) {
		SAYS(ERROR_MALFORMED, refused[i].words,
			parse(refused[i].hex, &o));
		assert_null(o);
	}
}

static void every_cut_of_a_good_answer_is_refused(void **state)
{
	const char *hex = shown[1].hex;
	char cut[1024];
	json_t *o = NULL;
	size_t n;

	(void)state;
	for (n = 0; n < strlen(hex); n += 2) {
		snprintf(cut, sizeof(cut), "%.*s", (int)n, hex);
		FAILS(ERROR_MALFORMED, parse(cut, &o));
		assert_null(o);
	}
}

static void a_token_that_has_none_says_so(void **state)
{
	struct fido f = { .info = { .ctap2 = false } };
	json_t *o = NULL;

	(void)state;
	buf_init(&f.transport.get_info, 64);
	SAYS(ERROR_UNSUPPORTED, "a U2F key has no getInfo",
		getinfo_of(&f, &o, &err));
	f.info.ctap2 = true;
	SAYS(ERROR_UNSUPPORTED, "getInfo in full is read over USB only",
		getinfo_of(&f, &o, &err));
	buf_put(&f.transport.get_info, "\x30\xa0", 2);
	SAYS(ERROR_FAILED, "the token answers getInfo with status 0x30",
		getinfo_of(&f, &o, &err));
	assert_null(o);
	buf_reset(&f.transport.get_info);
	buf_put(&f.transport.get_info, "\0\xa0", 2);
	OK(getinfo_of(&f, &o, &err));
	assert_int_equal(json_object_size(o), 0);
	json_decref(o);
	buf_done(&f.transport.get_info);
}

static void a_channel_says_what_it_can(void **state)
{
	struct fido_info i = { .hid_protocol = 2, .hid_version = { 5, 7, 4 },
		.hid_capabilities = HID_CAP_WINK | HID_CAP_CBOR |
			HID_CAP_NMSG };
	json_t *o = getinfo_channel(&i);
	char *s = json_dumps(o, JSON_COMPACT);

	(void)state;
	assert_string_equal(s, "{\"protocol\":2,\"deviceVersion\":\"5.7.4\","
		"\"capabilities\":[\"wink\",\"cbor\"]}");
	free(s);
	json_decref(o);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			members_have_their_names_and_the_rest_its_numbers),
		cmocka_unit_test(what_is_no_map_of_members_is_malformed),
		cmocka_unit_test(every_cut_of_a_good_answer_is_refused),
		cmocka_unit_test(a_token_that_has_none_says_so),
		cmocka_unit_test(a_channel_says_what_it_can),
	};

	return cmocka_run_group_tests_name("getinfo", tests, NULL, NULL);
}
