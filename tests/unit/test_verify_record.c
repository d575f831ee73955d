/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verification leaves in the registry; which row a token is found to be,
 * and how many questions that takes; and evidence in a file.
 */
#include "tests/unit/verify-parts.h"

#include "bridge/hash/chain.h"
#include "bridge/verify/moment.h"

#define RECORD .reg = reg

static struct registry_tokens rows;

static const struct registry_token *row_of(const char *id)
{
	registry_tokens_done(&rows);
	OK(registry_tokens_by_id(reg, id, &rows, &err));
	assert_int_equal(rows.n, 1);
	return &rows.p[0];
}

static int bare_finish(void **state)
{
	registry_tokens_done(&rows);
	return finish(state);
}

static const struct registry_identifier *identifier(
	const struct registry_token *t, const char *kind, size_t nth)
{
	size_t i;

	for (i = 0; i < t->identifiers_n; i++)
		if (strcmp(t->identifiers[i].kind, kind) == 0 && nth-- == 0)
			return &t->identifiers[i];
	return NULL;
}

static void is_identified(const struct registry_token *t, const char *kind,
	const char *value, enum registry_basis basis)
{
	const struct registry_identifier *i = identifier(t, kind, 0);

	assert_non_null(i);
	assert_string_equal(i->value, value);
	assert_int_equal(i->basis, basis);
	assert_null(identifier(t, kind, 1));
}

/* ---- what is written down ---- */

static void a_new_token_becomes_a_row(void **state)
{
	const struct registry_token *t;
	char id[ID_LEN];

	(void)state;
	strcpy(token.node.usb_serial, "u1");
	token.node.has_ccid = token.node.has_keyboard = true;
	register_as("alice", "blue", id);
	t = row_of(id);
	assert_int_equal(t->state, REGISTRY_ASSIGNED);
	assert_string_equal(t->holder_name, "alice");
	assert_int_equal(t->holder_kind, REGISTRY_PERSON);
	assert_string_equal(t->label, "blue");
	assert_true(strlen(t->model) > 3);
	assert_string_equal(t->aaguid, VENDOR_AAGUID_HEX);
	assert_string_equal(t->firmware, "5.7.4");
	assert_true(t->firmware_signed);
	assert_int_equal(t->verdict, VERDICT_GENUINE);
	assert_true(t->has_evidence);
	assert_int_equal(t->joins_n, 2);
	assert_string_equal(t->joins[0].a, "fido");
	assert_string_equal(t->joins[0].by, "same-usb-parent");
	assert_int_equal(t->credentials_n, 1);
	assert_string_equal(t->credentials[0].rp, PROOF_RP_ID);
	assert_int_equal(t->credentials[0].alg, COSE_ALG_ES256);
	assert_int_equal(t->credentials[0].counter, 1);
	assert_true(t->credentials[0].has_evidence);
	assert_false(t->credentials[0].resident);
	is_identified(t, REGISTRY_ID_SERIAL, "12345678",
		REGISTRY_SELF_REPORTED);
	is_identified(t, REGISTRY_ID_USB_SERIAL, "u1",
		REGISTRY_SELF_REPORTED);
	is_identified(t, REGISTRY_ID_ATTESTATION, v.facts.leaf.sha256,
		REGISTRY_ATTESTED);
	assert_int_equal(identifier(t, REGISTRY_ID_AAGUID, 0)->basis,
		REGISTRY_ATTESTED);
	assert_null(identifier(t, REGISTRY_ID_AAGUID, 1));
}

static void nobody_s_token_is_in_stock(void **state)
{
	const struct registry_token *t;
	char id[ID_LEN];

	(void)state;
	/* what it says of its model is no proof, and kept */
	token.fido.aaguid[0] ^= 1;
	token.devinfo.has_serial = false;
	register_as(NULL, NULL, id);
	t = row_of(id);
	assert_int_equal(t->state, REGISTRY_STOCK);
	assert_null(t->holder_name);
	assert_null(t->label);
	assert_int_equal(t->joins_n, 0);
	assert_null(identifier(t, REGISTRY_ID_SERIAL, 0));
	assert_null(identifier(t, REGISTRY_ID_USB_SERIAL, 0));
	assert_int_equal(identifier(t, REGISTRY_ID_AAGUID, 0)->basis,
		REGISTRY_ATTESTED);
	assert_int_equal(identifier(t, REGISTRY_ID_AAGUID, 1)->basis,
		REGISTRY_SELF_REPORTED);
}

static void what_the_vendor_signed_counts_before_its_own_words(void **state)
{
	struct vendor_cert what = vendor_leaf_cert;
	const struct registry_token *t;
	char id[ID_LEN];

	(void)state;
	what.extensions[4] = (struct vendor_extension){
		"1.3.6.1.4.1.45724.1.1.2", "040400bc614f", false };
	w.leaf = vendor_cert(&what, vendor.leaf_key, vendor.middle,
		vendor.middle_key);
	register_as("alice", NULL, id);
	X509_free(w.leaf);
	t = row_of(id);
	assert_string_equal(identifier(t, REGISTRY_ID_SERIAL, 0)->value,
		"12345679");
	assert_int_equal(identifier(t, REGISTRY_ID_SERIAL, 0)->basis,
		REGISTRY_ATTESTED);
	assert_string_equal(identifier(t, REGISTRY_ID_SERIAL, 1)->value,
		"12345678");
	assert_int_equal(identifier(t, REGISTRY_ID_SERIAL, 1)->basis,
		REGISTRY_SELF_REPORTED);
}

static struct record record_of(const char *holder, const char *journal)
{
	struct record r = { .reg = reg, .journal = journal,
		.holder = { holder, REGISTRY_PERSON } };

	OK(registry_actor(reg, NULL, NULL, &r.actor, &err));
	return r;
}

static void a_known_token_is_used_and_not_made_again(void **state)
{
	const struct registry_token *t;
	char id[ID_LEN], journal[ID_LEN];
	struct record r;

	(void)state;
	register_as("alice", NULL, id);
	w.has = "A";
	w.counter = 9;
	OK(verify_as((struct verify_request){ RECORD }));
	new_id(journal);
	r = record_of("alice", journal);
	r.label = "green";
	OK(record_verification(&r, &v, &err));
	assert_string_equal(r.token, id);
	t = row_of(id);
	assert_string_equal(t->label, "green");
	assert_int_equal(t->credentials_n, 1);
	assert_int_equal(t->credentials[0].counter, 9);
	assert_string_equal(t->holder_name, "alice");
	/* ... and goes to another holder, for a reason */
	w.counter = 10;
	OK(verify_as((struct verify_request){ RECORD }));
	new_id(journal);
	r = record_of("bob", journal);
	r.reason = "hired";
	OK(record_verification(&r, &v, &err));
	t = row_of(id);
	assert_string_equal(t->holder_name, "bob");
	assert_string_equal(t->label, "green");
	assert_int_equal(t->state, REGISTRY_ASSIGNED);
}

static void a_key_that_proves_nothing_is_no_credential(void **state)
{
	char journal[ID_LEN];
	struct record r;

	(void)state;
	OK(verify_as((struct verify_request){ RECORD }));
	new_id(journal);
	r = record_of("alice", journal);
	v.facts.unverifiable = true;
	v.facts.alg = -48;
	SAYS(ERROR_UNSUPPORTED, "a credential of COSE algorithm -48 proves "
		"nothing here", record_verification(&r, &v, &err));
}

/* ---- which row it is ---- */

/* Rows of one model without a serial number, each with its credential. */
static void register_all(const char *letters, char ids[][ID_LEN])
{
	char id[2] = "";
	size_t i;

	token.devinfo.has_serial = false;
	for (i = 0; letters[i]; i++) {
		world();
		id[0] = letters[i];
		w.id = id;
		register_as("alice", NULL, ids[i]);
	}
	world();
}

static struct identification found;

static int find(const char *holder)
{
	w.asked[0] = '\0';
	identification_done(&found);
	return identification_find(&run, &(struct identify_request){ &token,
		FIDO, reg, holder }, &found, &err);
}

static void one_without_a_serial_number_is_asked_for_all(void **state)
{
	char ids[4][ID_LEN];

	(void)state;
	register_all("ABCD", ids);
	w.has = "B";
	OK(find(NULL));
	assert_true(found.found);
	assert_string_equal(found.row.id, ids[1]);
	assert_memory_equal(found.credential->id, "B", 1);
	assert_int_equal(strlen(w.asked), 5); /* in one question */
	w.fits = 1;
	w.has = "X";
	OK(find(NULL));
	assert_false(found.found);
	assert_null(found.credential);
	assert_int_equal(strlen(w.asked), 8); /* each by itself */
	w.fits = 3;
	w.has = "D";
	OK(find(NULL));
	assert_string_equal(found.row.id, ids[3]);
	w.has = "A";
	OK(find(NULL));
	assert_string_equal(found.row.id, ids[0]);
	w.fails = 'q';
	SAYS(ERROR_TOUCH, "step q fails", find(NULL));
	assert_false(found.found);
	/* another model is asked for none of them */
	world();
	w.has = "A";
	token.fido.aaguid[0] ^= 1;
	OK(find(NULL));
	assert_false(found.found);
	assert_string_equal(w.asked, "");
	assert_string_equal(said, "");
	identification_done(&found);
}

static void ids_that_are_too_long_are_not_asked_for(void **state)
{
	char ids[2][ID_LEN];

	(void)state;
	token.devinfo.has_serial = false;
	w.id = "Long";
	register_as("alice", NULL, ids[0]);
	w.id = "S";
	register_as("alice", NULL, ids[1]);
	token.fido.max_id = 1;
	w.has = "L";
	OK(find(NULL));
	assert_false(found.found);
	assert_string_equal(w.asked, "S ");
	token.fido.max_id = 4;
	OK(find(NULL));
	assert_true(found.found);
	assert_string_equal(found.row.id, ids[0]);
	identification_done(&found);
}

static void a_serial_number_points_at_its_row(void **state)
{
	char ids[2][ID_LEN];

	(void)state;
	w.id = "A";
	register_as("alice", NULL, ids[0]);
	token.devinfo.serial = 5;
	w.id = "B";
	register_as("bob", NULL, ids[1]);
	w.has = "AB";
	OK(find(NULL));
	assert_string_equal(found.row.id, ids[1]);
	assert_string_equal(w.asked, "B ");
	w.has = "";
	OK(find(NULL));
	assert_string_equal(found.row.id, ids[1]);
	assert_null(found.credential);
	/* one that nobody has is asked for those that told none */
	token.devinfo.serial = 6;
	OK(find(NULL));
	assert_false(found.found);
	assert_string_equal(w.asked, "");
	identification_done(&found);
}

static void it_is_said_how_far_it_is(void **state)
{
	char ids[4][ID_LEN];

	(void)state;
	register_all("ABCD", ids);
	w.fits = 1;
	w.slow_ms = 600;
	OK(find(NULL));
	if (!strstr(said, "for the registered credentials: 2 of 4, about ") ||
		strncmp(said, "Asking ", 7) != 0)
		fail_msg("%s", said);
	assert_null(strstr(said, "4 of 4"));
	assert_null(strstr(said, "1 of 4"));
}

/* ---- evidence in a file ---- */

static struct evidence saved;
static char sha_text[HEX_LEN(SHA256_LEN)];

static void save(void)
{
	unsigned char sha[SHA256_LEN];
	struct buf b;

	buf_init(&b, EVIDENCE_MAX);
	OK(evidence_write(&saved, &b, &err));
	spill("e", b.p, b.n);
	OK(chain_digest(b.p, b.n, sha, &err));
	hex_encode(sha, sizeof(sha), sha_text);
	buf_done(&b);
}

static int judge(const char *sha256, const char *rp, int at)
{
	verification_done(&v);
	verification_init(&v);
	return verify_file(&(struct verify_saved){ "e", sha256, rp,
		{ .kind = (unsigned)at, .time = VENDOR_AT }, &trust }, &v, &err);
}

static void what_was_saved_is_judged_again(void **state)
{
	(void)state;
	vendor_evidence(&vendor, &saved);
	save();
	OK(judge(NULL, NULL, MOMENT_TIME));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	has_step("file", STEP_WARN, VERDICT_GENUINE,
		"its unsigned parts are not protected: give --sha256");
	has_step("liveness", STEP_PASS, VERDICT_GENUINE, "touched, counter");
	assert_true(v.proof.counter > 0);
	OK(judge(sha_text, PROOF_RP_ID, MOMENT_MADE));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	has_step("file", STEP_PASS, VERDICT_GENUINE,
		"the file has the SHA-256 that was given");
	sha_text[0] = sha_text[0] == 'a' ? 'b' : 'a';
	OK(judge(sha_text, NULL, MOMENT_NOW));
	assert_int_equal(v.verdict, VERDICT_FORGED);
	has_step("file", STEP_FAIL, VERDICT_FORGED,
		"the file does not have the SHA-256 that was given");
	SAYS(ERROR_USAGE, "--sha256 'abc': 64 hex digits are wanted",
		judge("abc", NULL, MOMENT_NOW));
	SAYS(ERROR_USAGE, "64 hex digits are wanted", judge("aabb", NULL,
		MOMENT_NOW));
	spill("e", "{", 1);
	SAYS(ERROR_MALFORMED, "'e': ", judge(NULL, NULL, MOMENT_NOW));
	assert_int_equal(unlink("e"), 0);
	FAILS(ERROR_FAILED, judge(NULL, NULL, MOMENT_NOW));
	evidence_done(&saved);
}

static void what_was_made_for_a_site_proves_nothing(void **state)
{
	(void)state;
	vendor_evidence(&vendor, &saved);
	save();
	OK(judge(NULL, PROOF_RP_LOGIN, MOMENT_TIME));
	assert_int_equal(v.verdict, VERDICT_FORGED);
	assert_non_null(strstr(v.steps.rows[v.steps.n - 1].text, ""));
	assert_int_equal(steps_verdict(&v.steps), VERDICT_FORGED);
	evidence_done(&saved);
}

static void each_part_says_what_it_was_made_for(void **state)
{
	static const struct {
		const char *made, *asserted, *rp;
		bool forged, other;
	} cases[] = {
		{ "webauthn.create", "webauthn.get", NULL, false, false },
		{ "webauthn.get", "webauthn.get", NULL, true, false },
		{ "webauthn.create", "webauthn.create", NULL, false, true },
		{ "webauthn.create", "webauthn.get", "https://a.example", true,
			true },
	};
	char made[128], asserted[128];
	struct vendor_answer answer;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		const char *rp = cases[i].rp ? cases[i].rp : VENDOR_RP_ID;
		const struct step *s;

		snprintf(made, sizeof(made), "{\"type\":\"%s\",\"origin\":"
			"\"%s\"}", cases[i].made, rp);
		snprintf(asserted, sizeof(asserted), "{\"type\":\"%s\","
			"\"origin\":\"%s\"}", cases[i].asserted, rp);
		vendor_answer_init(&answer, &vendor);
		evidence_init(&saved);
		answer.client_data = answer.asked_client_data = made;
		vendor_answer_build(&answer, &saved.attestation);
		saved.has_assertion = true;
		vendor_assertion(answer.credential_key, VENDOR_RP_ID,
			asserted, answer.credential_id, AUTHDATA_UP, 7,
			&saved.assertion);
		save();
		OK(judge(NULL, NULL, MOMENT_NOW));
		s = step_with("the attestation was not made for an identity "
			"credential of 'tokenbridge:id'");
		assert_int_equal(s != NULL, cases[i].forged);
		if (s)
			assert_int_equal(s->verdict, VERDICT_FORGED);
		s = step_with("the assertion was not made for "
			"'tokenbridge:id'");
		assert_int_equal(s != NULL, cases[i].other);
		if (s)
			assert_int_equal(s->verdict, VERDICT_NOT_THIS_TOKEN);
		SAYS(ERROR_USAGE, "--at made: the evidence does not say when "
			"it was made", judge(NULL, NULL, MOMENT_MADE));
		evidence_done(&saved);
	}
}

static void an_assertion_is_by_the_attested_credential(void **state)
{
	struct vendor_answer answer;

	(void)state;
	vendor_answer_init(&answer, &vendor);
	vendor_evidence_of(&vendor, &answer, &saved);
	buf_reset(&saved.assertion.credential_id);
	buf_put(&saved.assertion.credential_id, "other", 5);
	save();
	OK(judge(NULL, NULL, MOMENT_NOW));
	assert_int_equal(v.verdict, VERDICT_NOT_THIS_TOKEN);
	has_step("liveness", STEP_FAIL, VERDICT_NOT_THIS_TOKEN,
		"the assertion is by another credential");
	/* without one there is nothing to say of it */
	saved.has_assertion = false;
	save();
	OK(judge(NULL, NULL, MOMENT_NOW));
	assert_null(step_of("liveness"));
	assert_int_equal(v.verdict, VERDICT_GENUINE);
	evidence_done(&saved);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, bare_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_token_becomes_a_row),
		TEST(nobody_s_token_is_in_stock),
		TEST(what_the_vendor_signed_counts_before_its_own_words),
		TEST(a_known_token_is_used_and_not_made_again),
		TEST(a_key_that_proves_nothing_is_no_credential),
		TEST(one_without_a_serial_number_is_asked_for_all),
		TEST(ids_that_are_too_long_are_not_asked_for),
		TEST(a_serial_number_points_at_its_row),
		TEST(it_is_said_how_far_it_is),
		TEST(what_was_saved_is_judged_again),
		TEST(what_was_made_for_a_site_proves_nothing),
		TEST(each_part_says_what_it_was_made_for),
		TEST(an_assertion_is_by_the_attested_credential),
	};

	make_trust();
	verification_init(&v);
	return cmocka_run_group_tests_name("verify record", tests, NULL, NULL);
}
