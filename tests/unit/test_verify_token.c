/* SPDX-License-Identifier: Apache-2.0 */
/* Is it genuine, which row is it, and what is written down of that. */
#include "tests/unit/verify-parts.h"

#define RECORD .reg = reg

/* ---- a token that nobody knows ---- */

static void a_new_token_is_attested(void **state)
{
	struct verify_request q = { .purpose = "touch 1 of 2" };

	(void)state;
	OK(verify_as(q));
	assert_string_equal(w.steps, "m");
	assert_string_equal(w.what, "to prove what it is: touch 1 of 2");
	assert_string_equal(w.purpose, "identity");
	assert_null(w.label);
	assert_false(w.verify);
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	assert_true(v.has_evidence && v.fresh);
	assert_false(v.known || v.proved || v.evidence.has_assertion);
	assert_ptr_equal(v.token, &token);
	assert_int_equal(v.evidence.verdict, VERDICT_GENUINE);
	assert_true(v.evidence.made_at > VENDOR_AT);
	assert_int_equal(v.evidence.claimed_serial, 12345678);
	assert_int_equal(strlen(v.evidence.anchor_sha256), 64);
	assert_string_equal(v.evidence.advisories, trust.advisories.date);
	assert_string_equal(v.evidence.local_advisories, "");
	assert_ptr_equal(v.advisories, &trust.advisories);
	assert_true(v.subject.has_aaguid);
	has_step("signature", STEP_PASS, VERDICT_GENUINE, "");
	has_step("chain", STEP_PASS, VERDICT_GENUINE, "");
	has_step("holder", STEP_SKIPPED, VERDICT_GENUINE,
		"there is no registry");
	assert_null(step_of("liveness"));
	assert_null(step_of("evidence"));
	assert_null(step_of("serial"));
	q.purpose = "";
	q.enterprise = true;
	OK(verify_as(q));
	assert_string_equal(w.steps, "em");
	assert_string_equal(w.what, "to prove what it is");
	has_step("serial", STEP_WARN, VERDICT_GENUINE, "enterprise attestation "
		"was asked for, and the token gave none");
}

static void why_its_serial_number_is_not_known_is_told(void **state)
{
	static const char words[] = "the token's configuration cannot be read, "
		"so its serial number is not known: it does not answer\n";

	(void)state;
	OK(verify_as((struct verify_request){ .purpose = "" }));
	assert_null(strstr(said, "configuration"));
	strcpy(token.devinfo.unreadable, "it does not answer");
	OK(verify_as((struct verify_request){ .purpose = "" }));
	token.devinfo.unreadable[0] = '\0';
	assert_non_null(strstr(said, words));
}

static void what_is_known_of_the_registry_is_told(void **state)
{
	(void)state;
	OK(verify_as((struct verify_request){ RECORD }));
	has_step("holder", STEP_SKIPPED, VERDICT_GENUINE,
		"the registry does not know it");
	OK(verify_as((struct verify_request){ .registry_unknown = true }));
	has_step("holder", STEP_UNKNOWN, VERDICT_GENUINE,
		"the registry cannot be read");
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	OK(verify_as((struct verify_request){ .registry_closed = "ask root" }));
	has_step("holder", STEP_SKIPPED, VERDICT_GENUINE, "ask root");
}

static void what_breaks_off_is_told(void **state)
{
	static const struct {
		char step;
		const char *steps;
		bool enterprise;
	} rows[] = { { 'm', "m" }, { 'e', "e", true } };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		w.fails = rows[i].step;
		SAYS(ERROR_TOUCH, "fails", verify_as((struct verify_request){
			RECORD, .enterprise = rows[i].enterprise }));
		assert_string_equal(w.steps, rows[i].steps);
		assert_int_equal(v.verdict, VERDICT_UNDECIDED);
		assert_false(v.has_evidence);
		assert_null(step_of("holder"));
	}
}

static void how_it_is_set_up_is_told(void **state)
{
	static const struct {
		bool u2f;
		enum fido_option pin, uv, always;
		enum step_status status;
		const char *text;
	} rows[] = {
		{ true, FIDO_ON, FIDO_ON, FIDO_ON, STEP_WARN,
			"U2F only: it has no PIN" },
		{ false, FIDO_ON, FIDO_ABSENT, FIDO_OFF, STEP_PASS,
			"a PIN is set" },
		{ false, FIDO_ON, FIDO_ABSENT, FIDO_ON, STEP_PASS,
			"a PIN is set, the user is always verified" },
		{ false, FIDO_OFF, FIDO_ON, FIDO_OFF, STEP_PASS,
			"biometry is set up" },
		{ false, FIDO_OFF, FIDO_OFF, FIDO_OFF, STEP_WARN,
			"no PIN is set: who finds the token can use it" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		token.fido.ctap2 = !rows[i].u2f;
		token.fido.client_pin = rows[i].pin;
		token.fido.user_verification = rows[i].uv;
		token.fido.always_uv = rows[i].always;
		OK(verify_as((struct verify_request){ .reg = NULL }));
		has_step("posture", rows[i].status, VERDICT_GENUINE,
			rows[i].text);
		assert_string_equal(step_of("posture")->text, rows[i].text);
	}
}

/* ---- what stands between ---- */

static X509 *leaf_with(const char *oid, const char *hex)
{
	struct vendor_cert what = vendor_leaf_cert;
	size_t i;

	for (i = 0; what.extensions[i].oid; i++)
		;
	what.extensions[i] = (struct vendor_extension){ oid, hex, false };
	return vendor_cert(&what, vendor.leaf_key, vendor.middle,
		vendor.middle_key);
}

static void whose_device_it_is_is_compared(void **state)
{
	static const char ours[] = "312e332e362e312e342e312e34313438322e312e37";
	static const struct {
		const char *device_id;
		uint16_t vendor;
		bool reader;
		const char *text; /* NULL: none */
	} rows[] = {
		{ NULL, 0x1050, false, "USB says that it is Yubico's (vendor "
			"1050), and its certificate is not one of theirs" },
		{ NULL, 0x1234, false, NULL },
		{ NULL, 0, false, NULL },
		{ NULL, 0x1050, true, NULL },
		{ ours, 0x1050, false, NULL },
		{ ours, 0x1234, false, "its certificate is one of Yubico's "
			"(USB vendor 1050), and USB says vendor 1234" },
		{ ours, 0, false, NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		struct vendor_cert bare = vendor_leaf_cert;

		/* the vendor of the tests is Yubico, by its extension */
		if (!rows[i].device_id)
			bare.extensions[1].oid = NULL;
		w.leaf = vendor_cert(&bare, vendor.leaf_key, vendor.middle,
			vendor.middle_key);
		token.node.vendor = rows[i].vendor;
		token.node.transport = rows[i].reader ? NODE_NFC : NODE_USB;
		OK(verify_as((struct verify_request){ .reg = NULL }));
		assert_true(v.facts.attested);
		if (rows[i].text)
			has_step("vendor", STEP_WARN, VERDICT_GENUINE,
				rows[i].text);
		else
			assert_null(step_of("vendor"));
		X509_free(w.leaf);
		w.leaf = NULL;
	}
	token.node.transport = NODE_USB;
}

static void a_serial_number_that_differs_is_told(void **state)
{
	/* 12345678 and one more, as an enterprise's certificate has it */
	static const char *const hex[] = { "040400bc614e", "040400bc614f" };
	const struct step *s;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		w.leaf = leaf_with("1.3.6.1.4.1.45724.1.1.2", hex[i]);
		OK(verify_as((struct verify_request){ .enterprise = true }));
		assert_true(v.facts.attested);
		s = step_with("the token says 12345678 of itself, which is "
			"not what its certificate says");
		assert_int_equal(s != NULL, i);
		assert_true(!s || s->status == STEP_WARN);
		assert_null(step_with("enterprise attestation was asked for, "
			"and the token gave none"));
		X509_free(w.leaf);
		w.leaf = NULL;
	}
}

/* ---- a token that is registered ---- */

static void a_registered_token_proves_that_it_is_it(void **state)
{
	char id[ID_LEN], want[128];

	(void)state;
	register_as("alice", "blue", id);
	w.has = "A";
	w.counter = 2;
	OK(verify_as((struct verify_request){ RECORD, .sign_for = "audit",
		.verify_user = true }));
	assert_string_equal(w.steps, "qa");
	assert_string_equal(w.what, "to prove that it is the registered one: "
		"touch 1 of 2");
	assert_string_equal(w.purpose, "audit");
	assert_string_equal(w.label, "blue");
	assert_true(w.verify);
	assert_true(v.known && v.proved && v.has_evidence);
	assert_false(v.fresh);
	assert_true(v.evidence.has_assertion);
	assert_int_equal(v.proof.counter, 2);
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	assert_non_null(v.credential);
	has_step("evidence", STEP_PASS, VERDICT_GENUINE,
		"its stored attestation of 20");
	has_step("evidence", STEP_PASS, VERDICT_GENUINE,
		" is checked again (--fresh asks for a new one)");
	has_step("liveness", STEP_PASS, VERDICT_GENUINE,
		"touched, user verified, counter 2");
	snprintf(want, sizeof(want), "alice, assigned, token %.8s, 0 bindings, "
		"last seen ", id);
	has_step("holder", STEP_PASS, VERDICT_GENUINE, want);
	OK(verify_as((struct verify_request){ RECORD, .purpose = "" }));
	assert_string_equal(w.purpose, "liveness");
	assert_string_equal(w.what, "to prove that it is the registered one");
	assert_false(w.verify);
}

static void one_that_proves_nothing_is_another(void **state)
{
	static const struct {
		enum proves proves;
		uint32_t counter;
		const char *text;
	} rows[] = {
		{ BY_ANOTHER_KEY, 2, "the signature does not hold over this "
			"challenge" },
		{ TRULY, 1, "the signature counter is 1, but 1 was seen "
			"before: this may be a clone" },
		{ NOT_AT_ALL, 2, "the token did not answer for the identity "
			"credential that it said it has" },
	};
	char id[ID_LEN], want[128];
	size_t i;

	(void)state;
	register_as("alice", NULL, id);
	snprintf(want, sizeof(want), "alice (found, not proved), assigned, "
		"token %.8s, 0 bindings", id);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		world();
		w.has = "A";
		w.proves = rows[i].proves;
		w.counter = rows[i].counter;
		OK(verify_as((struct verify_request){ RECORD }));
		assert_int_equal(v.verdict, VERDICT_NOT_THIS_TOKEN);
		assert_true(v.known);
		assert_false(v.proved || v.evidence.has_assertion);
		has_step("liveness", STEP_FAIL, VERDICT_NOT_THIS_TOKEN,
			rows[i].text);
		has_step("holder", STEP_UNKNOWN, VERDICT_GENUINE, want);
	}
	w.fails = 'a';
	SAYS(ERROR_TOUCH, "step a fails", verify_as((struct verify_request){
		RECORD }));
	w.fails = 'q';
	SAYS(ERROR_TOUCH, "step q fails", verify_as((struct verify_request){
		RECORD }));
}

static void a_serial_number_alone_is_another_token(void **state)
{
	char id[ID_LEN], want[128];

	(void)state;
	register_as("alice", NULL, id);
	OK(verify_as((struct verify_request){ RECORD }));
	assert_string_equal(w.steps, "q");
	assert_int_equal(v.verdict, VERDICT_NOT_THIS_TOKEN);
	snprintf(want, sizeof(want), "its serial number is that of a registered "
		"token, but it does not have that token's identity credential: "
		"another token, or FIDO was reset (where you know that: "
		"`tokenbridge registry retire %.8s`, and it is registered "
		"anew)", id);
	has_step("liveness", STEP_FAIL, VERDICT_NOT_THIS_TOKEN, want);
	/* one that is retired has a new life */
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", id,
		"state", "retired"));
	OK(verify_as((struct verify_request){ RECORD }));
	assert_string_equal(w.steps, "qm");
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	assert_false(v.known);
}

static void what_is_asked_for_anew_is_attested_anew(void **state)
{
	char id[ID_LEN];
	int i;

	(void)state;
	register_as("alice", NULL, id);
	for (i = 0; i < 2; i++) {
		w.has = "A";
		w.id = "B";
		w.counter = 5;
		OK(verify_as((struct verify_request){ RECORD, .fresh = i == 0,
			.enterprise = i == 1 }));
		assert_string_equal(w.steps, i ? "qaem" : "qam");
		assert_true(v.known && v.proved && v.fresh);
		assert_false(v.evidence.has_assertion);
		assert_int_equal(v.facts.credential_id.n, 1);
		assert_memory_equal(v.facts.credential_id.p, "B", 1);
	}
}

static void an_attestation_that_is_gone_decides_nothing(void **state)
{
	char id[ID_LEN];

	(void)state;
	register_as("alice", NULL, id);
	w.has = "A";
	w.counter = 2;
	registry_free(&reg);
	tamper(place.db, "DELETE FROM evidence");
	reg = open_rw(place.db);
	OK(verify_as((struct verify_request){ RECORD }));
	has_step("signature", STEP_UNKNOWN, VERDICT_UNDECIDED,
		"the stored attestation is not there any more");
	assert_int_equal(v.verdict, VERDICT_UNDECIDED);
	assert_true(v.proved);
	assert_false(v.has_evidence || v.evidence.has_assertion);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_token_is_attested),
		TEST(why_its_serial_number_is_not_known_is_told),
		TEST(what_is_known_of_the_registry_is_told),
		TEST(what_breaks_off_is_told),
		TEST(how_it_is_set_up_is_told),
		TEST(whose_device_it_is_is_compared),
		TEST(a_serial_number_that_differs_is_told),
		TEST(a_registered_token_proves_that_it_is_it),
		TEST(one_that_proves_nothing_is_another),
		TEST(a_serial_number_alone_is_another_token),
		TEST(what_is_asked_for_anew_is_attested_anew),
		TEST(an_attestation_that_is_gone_decides_nothing),
	};

	make_trust();
	verification_init(&v);
	return cmocka_run_group_tests_name("verify token", tests, NULL, NULL);
}
