/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file: its form, and what each rule refuses. */
#include "bridge/verify/policy.h"

#include "bridge/verify/record.h"
#include "tests/unit/unit.h"

#define OLD_NFC "2fc0579f-8113-47ea-b116-bb5a8db9202a"
#define NEW_NFC "d7781e5d-e353-46aa-afe2-3ca49f13332a"

static struct policy policy;
static struct policy_refusals refusals;

static int strndup_fails_at; /* counted from 1; 0: not at all */

char *__real_strndup(const char *s, size_t n);
WRAP(char *, strndup, const char *s, size_t n)
{
	return strndup_fails_at > 0 && --strndup_fails_at == 0 ? NULL :
		__real_strndup(s, n);
}

static int set_up(void **state)
{
	(void)state;
	policy_init(&policy);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	policy_done(&policy);
	return 0;
}

static int parse(const char *s)
{
	unsigned char *p = copy_of(s, strlen(s));
	int r;

	policy_done(&policy);
	r = policy_parse((char *)p, strlen(s), "p.policy", &policy, &err);
	free(p);
	return r;
}

/* A sound YubiKey 5 NFC with a PIN, wholly attested. */
static struct policy_facts good(void)
{
	struct policy_facts f = { .verdict = VERDICT_GENUINE,
		.aaguid_proved = true,
		.subject = { .product = "yubikey-5", .product_signed = true,
			.has_aaguid = true,
			.basis = ADVISORY_SIGNED, .low = 0x050704,
			.high = 0x050704, .proof = ADVISORY_SIGNED,
			.proof_low = 0x050704, .proof_high = 0x050704 },
		.certification = POLICY_L2, .pin = POLICY_YES,
		.always_uv = POLICY_YES, .pin_length = 6,
		.copyable = POLICY_NO, .method = "totp" };

	assert_int_equal(aaguid_parse(NEW_NFC, 36, f.subject.aaguid), 0);
	return f;
}

/* The one refusal, or NULL. */
static const char *decide(const struct policy_facts *f)
{
	memset(&refusals, 0xff, sizeof(refusals));
	policy_decide(&policy, f, &refusals);
	if (refusals.n == 0)
		return NULL;
	assert_int_equal(refusals.n, 1);
	return refusals.rows[0].text;
}

static void accepts(const char *text, const struct policy_facts *f)
{
	OK(parse(text));
	if (decide(f))
		fail_msg("'%s': %s", text, refusals.rows[0].text);
}

static void refuses(const char *text, const struct policy_facts *f,
	const char *words)
{
	OK(parse(text));
	if (!decide(f))
		fail_msg("'%s' accepts it", text);
	if (!strstr(refusals.rows[0].text, words))
		fail_msg("'%s' does not say '%s'", refusals.rows[0].text,
			words);
	assert_false(refusals.never);
}

/* ---- the file ---- */

static void without_a_file_the_defaults_hold(void **state)
{
	static const struct {
		enum verdict verdict;
		bool accepted, never;
	} rows[] = {
		{ VERDICT_GENUINE, true, false },
		{ VERDICT_VULNERABLE, true, false },
		{ VERDICT_UNKNOWN_VENDOR, false, false },
		{ VERDICT_SELF_ATTESTED, false, false },
		{ VERDICT_NOT_ATTESTED, false, false },
		{ VERDICT_FORGED, false, true },
		{ VERDICT_COMPROMISED, false, true },
		{ VERDICT_UNDECIDED, false, false },
		{ VERDICT_NOT_THIS_TOKEN, false, true },
	};
	struct policy_facts f;
	size_t i;

	(void)state;
	OK(policy_load(NULL, &policy, &err));
	assert_null(policy.file);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		/* nothing else is asked of a token */
		f = (struct policy_facts){ .verdict = rows[i].verdict };
		assert_int_equal(!decide(&f), rows[i].accepted);
		assert_int_equal(refusals.never, rows[i].never);
		assert_int_equal(policy_is_never(rows[i].verdict),
			rows[i].never);
		if (!rows[i].accepted)
			assert_int_equal(refusals.rows[0].line, 0);
	}
}

static void an_empty_file_is_the_defaults(void **state)
{
	struct policy_facts f = { .verdict = VERDICT_VULNERABLE };
	size_t i;

	(void)state;
	OK(parse("\n# words = x\n  \t\n"));
	assert_string_equal(policy.file, "p.policy");
	assert_null(decide(&f));
	f.verdict = VERDICT_UNDECIDED;
	assert_non_null(decide(&f));
	for (i = 0; i < POLICY_KEY_COUNT; i++)
		assert_int_equal(policy.line[i], 0);
}

static void a_whole_file_is_read_with_its_lines(void **state)
{
	struct policy_facts f = good();

	(void)state;
	OK(parse("# ours\n"
		 "verdicts = genuine\n"
		 "models=yubikey-5  " NEW_NFC "\t\r\n"
		 " firmware = 5.7.0 \n"
		 "firmware.yubikey-5-fips = 5.7.2\n"
		 "firmware_signed = yes\n"
		 "certification = L1+\n"
		 "pin = yes\n"
		 "pin_length = 6\n"
		 "always_uv = yes\n"
		 "hardware_bound = yes\n"
		 "methods = totp hardware-totp\n"
		 "default_method = totp"));
	assert_int_equal(policy.line[POLICY_VERDICTS], 2);
	assert_int_equal(policy.models_n, 2);
	assert_int_equal(policy.firmware, 0x050700);
	assert_int_equal(policy.firmwares[0].line, 5);
	assert_int_equal(policy.line[POLICY_DEFAULT_METHOD], 13);
	assert_string_equal(policy.default_method, "totp");
	assert_string_equal(policy.value[POLICY_METHODS],
		"totp hardware-totp");
	assert_null(decide(&f));
}

static void a_bad_line_is_named_and_changes_nothing(void **state)
{
	static const struct {
		const char *line, *words;
	} rows[] = {
		{ "pin", "not of the form" },
		{ "= yes", "not of the form" },
		{ "pin =", "it is empty" },
		{ "pin = \x1b", "not of the form" },
		{ "pin\x7f = yes", "not of the form" },
		{ "\xff = yes", "not of the form" },
		{ "pins = yes", "'pins': unknown key" },
		{ "Pin = yes", "unknown key" },
		{ "pin = Yes", "'pin': yes or no" },
		{ "pin = 1", "yes or no" },
		{ "pin = yes yes", "yes or no" },
		{ "always_uv = maybe", "yes or no" },
		{ "hardware_bound = true", "yes or no" },
		{ "firmware_signed = on", "yes or no" },
		{ "pin_length = 3", "from 4 to 63" },
		{ "pin_length = 64", "from 4 to 63" },
		{ "pin_length = +6", "from 4 to 63" },
		{ "firmware = 5.7", "a version like" },
		{ "firmware = 5.7.256", "a version like" },
		{ "firmware = v5.7.0", "a version like" },
		{ "firmware.yubikey-5 = 5", "a version like" },
		{ "firmware.yubikey-9 = 5.7.0", "and a product" },
		{ "firmware. = 5.7.0", "and a product" },
		{ "models = yubikey-9", "AAGUIDs, or" },
		{ "models = 2fc0579f-8113-47ea-b116-bb5a8db9202", "AAGUIDs" },
		{ "verdicts = forged", "never" },
		{ "verdicts = genuine compromised", "never" },
		{ "verdicts = not-this-token", "never" },
		{ "verdicts = good", "genuine-but-vulnerable" },
		{ "verdicts = genuine genuine", "is named twice" },
		{ "certification = L4", "fido-certified, L1" },
		{ "certification = l1", "fido-certified, L1" },
		{ "methods = sms", "fido, totp" },
		{ "methods = fido,totp", "fido, totp" },
		{ "methods = fido fido", "is named twice" },
		{ "default_method = fido totp", "fido, totp" },
		{ "methods = fido\ndefault_method = totp", "not among" },
		{ "pin = yes\npin = yes", "'pin': it is there twice" },
		{ "pin = no\npin = yes", "'pin': it is there twice" },
		{ "firmware.yubikey-5 = 5.7.0\nfirmware.yubikey-5 = 5.7.0",
		  "it is there twice" },
	};
	char text[512], line[32];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(text, sizeof(text), "# one\n\n%s\n", rows[i].line);
		snprintf(line, sizeof(line), "'p.policy', line %d: ",
			strchr(rows[i].line, '\n') ? 4 : 3);
		if (parse(text) != -ERROR_USAGE)
			fail_msg("'%s' is taken", rows[i].line);
		if (!strstr(err.text, line) ||
			!strstr(err.text, rows[i].words))
			fail_msg("'%s' does not say '%s%s'", err.text, line,
				rows[i].words);
		assert_null(policy.file);
		assert_int_equal(policy.line[POLICY_PIN], 0);
	}
}

static void a_failure_leaves_what_was_read_before(void **state)
{
	(void)state;
	OK(parse("pin = yes\n"));
	FAILS(ERROR_USAGE, policy_parse("x", 1, "other", &policy, &err));
	assert_true(policy.pin);
	assert_string_equal(policy.file, "p.policy");
	OK(policy_parse("", 0, "other", &policy, &err));
	assert_false(policy.pin);
}

static void without_memory_nothing_is_read(void **state)
{
	int at;

	(void)state;
	for (at = 1; at <= 3; at++) {
		strndup_fails_at = at;
		SAYS(ERROR_FAILED, "memory", parse("pin = yes\n"));
		assert_int_equal(strndup_fails_at, 0);
		assert_null(policy.file);
	}
	OK(parse("pin = yes\n"));
}

static void numbers_and_products_are_taken_to_their_bounds(void **state)
{
	static const char *const products[] = { "security-key", "yubikey-neo",
		"yubikey-plus", "yubikey-edge", "yubikey-4", "yubikey-5",
		"yubikey-5-fips", "yubikey-bio", "yubikey-6" };
	char text[1024] = "";
	size_t i, n = 0;

	(void)state;
	OK(parse("pin_length = 4\n"));
	assert_int_equal(policy.pin_length, 4);
	OK(parse("pin_length = 63\n"));
	assert_int_equal(policy.pin_length, 63);
	for (i = 0; i < ARRAY_LEN(products); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"firmware.%s = 5.7.%zu\n", products[i], i);
	OK(parse(text));
	assert_int_equal(policy.firmwares_n, ARRAY_LEN(products));
	for (i = 0; i < ARRAY_LEN(products); i++) {
		assert_string_equal(policy.firmwares[i].product, products[i]);
		assert_int_equal(policy.firmwares[i].minimum, 0x050700 + i);
		assert_int_equal(policy.firmwares[i].line, i + 1);
	}
	/* the last one too is known to be there */
	strcat(text, "firmware.yubikey-6 = 5.7.0\n");
	SAYS(ERROR_USAGE, "'firmware.yubikey-6': it is there twice",
		parse(text));
}

static void lists_are_bounded(void **state)
{
	char text[POLICY_MODELS_MAX * 40 + 100] = "models =";
	int i;

	(void)state;
	for (i = 0; i < POLICY_MODELS_MAX; i++)
		strcat(text, " " OLD_NFC);
	OK(parse(text));
	assert_int_equal(policy.models_n, POLICY_MODELS_MAX);
	strcat(text, " yubikey-5");
	SAYS(ERROR_USAGE, "too many models", parse(text));
}

static void the_file_must_be_there_and_trusted(void **state)
{
	char place[64];

	(void)state;
	enter_place(place);
	SAYS(ERROR_FAILED, "x.policy", policy_load("x.policy", &policy, &err));
	write_text("x.policy", "pin = yes\n");
	OK(policy_load("x.policy", &policy, &err));
	assert_true(policy.pin);
	assert_int_equal(chmod("x.policy", 0620), 0);
	SAYS(ERROR_PERMISSION, "x.policy",
		policy_load("x.policy", &policy, &err));
	leave_place(place);
}

/* ---- the rules ---- */

static void verdicts_are_those_of_the_line_and_some_never(void **state)
{
	struct policy_facts f = good();

	(void)state;
	f.verdict = VERDICT_VULNERABLE;
	accepts("verdicts = genuine-but-vulnerable\n", &f);
	refuses("\nverdicts = genuine\n", &f,
		"p.policy:2: the token is genuine-but-vulnerable");
	assert_int_equal(refusals.rows[0].line, 2);
	f.verdict = VERDICT_GENUINE;
	refuses("verdicts = undecided\n", &f, "the token is genuine:");
	f.verdict = VERDICT_UNDECIDED;
	accepts("verdicts = genuine undecided\n", &f);
	f.verdict = VERDICT_FORGED;
	OK(parse("verdicts = genuine genuine-but-vulnerable unknown-maker "
		 "self-attested not-attested undecided\n"));
	assert_non_null(decide(&f));
	assert_true(refusals.never);
	assert_int_equal(refusals.rows[0].line, 0);
}

static void models_are_told_by_what_is_proved(void **state)
{
	struct policy_facts f = good();

	(void)state;
	accepts("models = " NEW_NFC "\n", &f);
	accepts("models = security-key yubikey-5\n", &f);
	refuses("models = " OLD_NFC "\n", &f, "p.policy:1: not among the "
		"models: this token is yubikey-5, " NEW_NFC);
	refuses("models = yubikey-5-fips\n", &f, "not among the models");
	f.aaguid_proved = false;
	refuses("models = " NEW_NFC "\n", &f, "(not proved)");
	f.subject.product_signed = false;
	refuses("models = yubikey-5\n", &f, "yubikey-5 (self-reported)");
	f.subject.product = NULL;
	f.subject.has_aaguid = false;
	refuses("models = yubikey-5 " NEW_NFC "\n", &f,
		"of no known product, no AAGUID");
}

static void old_firmware_is_refused_at_the_border(void **state)
{
	struct policy_facts f = good();

	(void)state;
	accepts("firmware = 5.7.4\n", &f);
	refuses("firmware = 5.7.5\n", &f, "p.policy:1: minimum firmware "
		"5.7.5, this token has 5.7.4 (signed)");
	f.subject.basis = ADVISORY_SELF_REPORTED;
	f.subject.low = f.subject.high = 0x050403;
	f.subject.proof = ADVISORY_UNKNOWN;
	refuses("\n\n\n\n\n\nfirmware = 5.7.0\n", &f, "p.policy:7: minimum "
		"firmware 5.7.0, this token has 5.4.3 (self-reported)");
	accepts("firmware = 5.4.3\n", &f);
	f.subject.basis = ADVISORY_UNKNOWN;
	f.subject.low = 0;
	f.subject.high = PRODUCT_FIRMWARE_MAX;
	refuses("firmware = 0.0.0\n", &f, "does not tell its own");
	accepts("pin = yes\n", &f);
	f.subject.basis = ADVISORY_BY_AAGUID;
	f.subject.low = 0x050700;
	accepts("firmware = 5.7.0\n", &f);
	refuses("firmware = 5.7.4\n", &f, "5.7.0 or later (by its AAGUID)");
}

static void a_products_own_minimum_goes_before_that_of_all(void **state)
{
	struct policy_facts f = good();

	(void)state;
	accepts("firmware = 5.8.0\nfirmware.yubikey-5 = 5.7.4\n", &f);
	refuses("firmware = 5.7.0\nfirmware.yubikey-5 = 5.7.5\n", &f,
		"p.policy:2: minimum firmware 5.7.5");
	accepts("firmware.yubikey-5-fips = 5.8.0\n", &f);
	f.subject.product = NULL;
	refuses("firmware = 5.8.0\nfirmware.yubikey-5 = 5.7.4\n", &f,
		"p.policy:1");
}

static void where_it_must_be_signed_the_tokens_word_does_not_count(
	void **state)
{
	struct policy_facts f = good();

	(void)state;
	accepts("firmware_signed = yes\nfirmware = 5.7.4\n", &f);
	f.subject.basis = ADVISORY_SELF_REPORTED;
	f.subject.proof = ADVISORY_UNKNOWN;
	accepts("firmware_signed = no\nfirmware = 5.7.4\n", &f);
	refuses("firmware = 5.7.4\nfirmware_signed = yes\n", &f,
		"p.policy:2: the firmware must be signed");
	refuses("firmware_signed = yes\n", &f, "must be signed");
	/* proved to be 5.7.0 or later, and says 5.7.4 */
	f.subject.proof = ADVISORY_BY_AAGUID;
	f.subject.proof_low = 0x050700;
	f.subject.proof_high = PRODUCT_FIRMWARE_MAX;
	accepts("firmware_signed = yes\nfirmware = 5.7.0\n", &f);
	refuses("firmware_signed = yes\nfirmware = 5.7.4\n", &f,
		"this token has 5.7.0 or later (by its AAGUID)");
}

static void certification_is_a_scale_and_unknown_is_refused(void **state)
{
	static const char *const names[] = { "fido-certified", "L1", "L1+",
		"L2", "L2+", "L3", "L3+" };
	struct policy_facts f = good();
	char text[64];
	int want, is;

	(void)state;
	for (want = 0; want < 7; want++)
		for (is = POLICY_CERTIFICATION_UNKNOWN; is <= POLICY_L3_PLUS;
			is++) {
			f.certification = (enum policy_certification)is;
			snprintf(text, sizeof(text), "certification = %s\n",
				names[want]);
			if (is >= want + (int)POLICY_FIDO_CERTIFIED)
				accepts(text, &f);
			else
				refuses(text, &f, names[want]);
		}
	f.certification = POLICY_CERTIFICATION_UNKNOWN;
	refuses("certification = L1\n", &f, "is not known (no metadata)");
	f.certification = POLICY_NOT_CERTIFIED;
	refuses("certification = L1\n", &f, "this token has none");
	f.certification = POLICY_L1;
	refuses("certification = L1+\n", &f, "and this token has L1");
	f.certification = POLICY_CERTIFICATION_UNKNOWN;
	accepts("pin = yes\n", &f);
}

static void how_it_is_set_up_must_be_known(void **state)
{
	struct policy_facts f = good();

	(void)state;
	accepts("pin = yes\npin_length = 6\nalways_uv = yes\n", &f);
	refuses("pin_length = 7\n", &f, "at least 7 characters, this token "
		"takes 6");
	f.pin_length = 0;
	refuses("pin_length = 4\n", &f, "does not tell its minimum");
	f.pin = POLICY_NO;
	refuses("pin = yes\n", &f, "and none is");
	f.pin = POLICY_UNKNOWN;
	refuses("pin = yes\n", &f, "is not known");
	accepts("pin = no\n", &f);
	f.always_uv = POLICY_NO;
	refuses("always_uv = yes\n", &f, "and does not");
	f.always_uv = POLICY_UNKNOWN;
	refuses("always_uv = yes\n", &f, "is not known");
	accepts("always_uv = no\n", &f);
	accepts("hardware_bound = yes\n", &f);
	f.copyable = POLICY_YES;
	refuses("hardware_bound = yes\n", &f, "can be copied");
	f.copyable = POLICY_UNKNOWN;
	refuses("hardware_bound = yes\n", &f, "is not known");
	accepts("hardware_bound = no\n", &f);
}

static void methods_are_those_of_the_line(void **state)
{
	struct policy_facts f = good();

	(void)state;
	accepts("methods = fido totp\n", &f);
	refuses("methods = fido hardware-totp\n", &f,
		"p.policy:1: method totp is not among: fido hardware-totp");
	f.method = "unheard-of";
	refuses("methods = fido totp hardware-totp\n", &f, "unheard-of");
	f.method = NULL;
	accepts("methods = fido\n", &f);
}

static void every_rule_that_refuses_says_so(void **state)
{
	struct policy_facts f = { .verdict = VERDICT_UNDECIDED,
		.subject = { .high = PRODUCT_FIRMWARE_MAX },
		.method = "fido" };
	size_t i;

	(void)state;
	OK(parse("pin = yes\nverdicts = genuine\nmodels = yubikey-5\n"
		 "firmware = 5.7.0\ncertification = L1\npin_length = 8\n"
		 "always_uv = yes\nhardware_bound = yes\nmethods = totp\n"));
	policy_decide(&policy, &f, &refusals);
	assert_int_equal(refusals.n, 9);
	for (i = 0; i < refusals.n; i++) {
		assert_memory_equal(refusals.rows[i].text, "p.policy:", 9);
		assert_int_equal(refusals.rows[i].line,
			policy.line[refusals.rows[i].key]);
	}
	f.copyable = POLICY_YES;
	policy_decide_statement(&policy, &f, &refusals);
	assert_int_equal(refusals.n, 2);
	assert_int_equal(refusals.rows[0].key, POLICY_VERDICTS);
	assert_int_equal(refusals.rows[1].key, POLICY_HARDWARE_BOUND);
	f.copyable = POLICY_NO;
	f.verdict = VERDICT_GENUINE;
	policy_decide_statement(&policy, &f, &refusals);
	assert_int_equal(refusals.n, 0);
}

static void a_credential_that_cannot_be_verified_is_never_taken(void **state)
{
	struct policy_facts f = { .verdict = VERDICT_UNDECIDED,
		.verifiable = POLICY_NO };

	(void)state;
	OK(parse("verdicts = genuine undecided\n"));
	policy_decide(&policy, &f, &refusals);
	assert_int_equal(refusals.n, 1);
	assert_true(refusals.never);
	assert_int_equal(refusals.rows[0].line, 0);
	assert_non_null(strstr(refusals.rows[0].text,
		"its new credential's algorithm is none that is verified "
		"here"));
	policy_decide_statement(&policy, &f, &refusals);
	assert_int_equal(refusals.n, 1);
	assert_true(refusals.never);
	f.verifiable = POLICY_YES;
	policy_decide(&policy, &f, &refusals);
	assert_int_equal(refusals.n, 0);
}

static void and_is_written_into_no_registry(void **state)
{
	const struct attest_facts facts = { .unverifiable = true, .alg = -48 };
	const struct record_credential c = { "tokenbridge:id", &facts, NULL };
	struct record record = { .reg = NULL };

	(void)state;
	SAYS(ERROR_UNSUPPORTED, "-48 proves nothing here",
		record_credential(&record, RECORD_CREDENTIAL, &c, &err));
}

static void a_method_without_a_token_is_judged_by_the_list_of_methods_only(
	void **state)
{
	static const char text[] = "methods = totp fido\npin = yes\n"
		"certification = L3\n";
	struct policy_refusals got;
	struct policy p;

	(void)state;
	policy_init(&p);
	policy_decide_method(&p, "hardware-totp", &got);
	assert_int_equal(got.n, 0);
	OK(policy_parse(text, strlen(text), "p", &p, &err));
	policy_decide_method(&p, "hardware-totp", &got);
	assert_int_equal(got.n, 1);
	assert_false(got.never);
	assert_string_equal(got.rows[0].text, "p:1: method hardware-totp is "
		"not among: totp fido");
	policy_decide_method(&p, "fido", &got);
	assert_int_equal(got.n, 0);
	policy_done(&p);
}

static void claims_are_taken_for_true_before_anything_is_attested(
	void **state)
{
	struct policy_facts f = { .claims_only = true,
		.subject = { .product = "yubikey-5", .has_aaguid = true,
			.basis = ADVISORY_SELF_REPORTED, .low = 0x050704,
			.high = 0x050704 },
		.pin = POLICY_NO, .method = "totp" };

	(void)state;
	assert_int_equal(aaguid_parse(NEW_NFC, 36, f.subject.aaguid), 0);
	accepts("verdicts = undecided\nmodels = " NEW_NFC "\nfirmware = 5.7.4\n"
		"firmware_signed = yes\ncertification = L3\n"
		"hardware_bound = yes\nmethods = totp\n", &f);
	accepts("models = yubikey-5\n", &f);
	refuses("models = " OLD_NFC "\n", &f, "not among the models");
	refuses("firmware = 5.8.0\nfirmware_signed = yes\n", &f, "5.8.0");
	refuses("pin = yes\n", &f, "and none is");
	refuses("methods = fido\n", &f, "method totp");
	/* what it does not claim, as over U2F, an attestation may prove */
	f.subject.has_aaguid = false;
	f.subject.basis = ADVISORY_UNKNOWN;
	f.subject.low = 0;
	accepts("models = " OLD_NFC "\nfirmware = 5.8.0\n", &f);
	refuses("models = security-key\n", &f, "not among the models");
	f.claims_only = false;
	refuses("models = " OLD_NFC "\n", &f, "no AAGUID");
}

#define T(test) cmocka_unit_test_setup_teardown(test, set_up, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(without_a_file_the_defaults_hold),
		T(an_empty_file_is_the_defaults),
		T(a_whole_file_is_read_with_its_lines),
		T(a_bad_line_is_named_and_changes_nothing),
		T(a_failure_leaves_what_was_read_before),
		T(lists_are_bounded),
		T(without_memory_nothing_is_read),
		T(numbers_and_products_are_taken_to_their_bounds),
		T(the_file_must_be_there_and_trusted),
		T(verdicts_are_those_of_the_line_and_some_never),
		T(models_are_told_by_what_is_proved),
		T(old_firmware_is_refused_at_the_border),
		T(a_products_own_minimum_goes_before_that_of_all),
		T(where_it_must_be_signed_the_tokens_word_does_not_count),
		T(certification_is_a_scale_and_unknown_is_refused),
		T(how_it_is_set_up_must_be_known),
		T(methods_are_those_of_the_line),
		T(every_rule_that_refuses_says_so),
		T(a_credential_that_cannot_be_verified_is_never_taken),
		T(and_is_written_into_no_registry),
		T(a_method_without_a_token_is_judged_by_the_list_of_methods_only),
		T(claims_are_taken_for_true_before_anything_is_attested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
