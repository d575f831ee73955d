/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verification leaves in the registry; which row a token is found to be,
 * and how many questions that takes.
 */
#include "tests/unit/verify-parts.h"

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

/* What a certificate says that leads to nobody is no proof, and no serial
 * number where it says none. */
static void what_nobody_vouches_for_is_the_tokens_own_word(void **state)
{
	struct vendor_cert what = vendor_leaf_cert;
	const struct registry_token *t;
	char journal[ID_LEN];
	struct record r;
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i == 0)
			what.extensions[4] = (struct vendor_extension){
				"1.3.6.1.4.1.45724.1.1.2", "040400bc614f",
				false };
		else
			what = vendor_leaf_cert;
		token.devinfo.serial = i ? 8 : 7;
		w.id = i ? "B" : "A";
		w.leaf = vendor_cert(&what, vendor.leaf_key, NULL, NULL);
		OK(verify_as((struct verify_request){ .reg = reg }));
		X509_free(w.leaf);
		w.leaf = NULL;
		assert_int_equal(v.verdict, VERDICT_UNKNOWN_VENDOR);
		r = (struct record){ .reg = reg, .journal = journal,
			.holder = { "alice", REGISTRY_PERSON } };
		new_id(journal);
		OK(registry_actor(reg, NULL, NULL, &r.actor, &err));
		OK(record_verification(&r, &v, &err));
		t = row_of(r.token);
		is_identified(t, REGISTRY_ID_SERIAL, i ? "8" : "7",
			REGISTRY_SELF_REPORTED);
		is_identified(t, REGISTRY_ID_AAGUID,
			"d7781e5d-e353-46aa-afe2-3ca49f13332a",
			REGISTRY_SELF_REPORTED);
	}
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

static void what_becomes_of_a_token_is_written_with_its_reason(void **state)
{
	const struct registry_token *t;
	char id[ID_LEN], journal[ID_LEN];
	struct record r;

	(void)state;
	register_as("alice", NULL, id);
	new_id(journal);
	r = record_of("bob", journal);
	r.reason = "moved";
	strcpy(r.token, id);
	OK(record_assigned(&r, &err));
	assert_string_equal(row_of(id)->holder_name, "bob");
	OK(record_bag(&r, &(struct record_bag){ REGISTRY_BAG_SEALED, "B7",
		{ "alice", "bob" } }, &err));
	t = row_of(id);
	assert_int_equal(t->bag_state, REGISTRY_BAG_SEALED);
	assert_string_equal(t->bag, "B7");
	assert_string_equal(t->custodians[0], "alice");
	assert_string_equal(t->custodians[1], "bob");
	OK(record_state(&r, REGISTRY_LOST, true, &err));
	assert_int_equal(row_of(id)->state, REGISTRY_LOST);
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

/* A key that stumbles over one credential is asked for the others. */
static void a_list_that_fails_is_asked_for_one_by_one(void **state)
{
	char ids[8][ID_LEN];

	(void)state;
	register_all("ABCDE", ids);
	w.fails = 'q';
	w.fails_by = ERROR_FAILED;
	w.refuses = 'B';
	w.has = "D";
	OK(find(NULL));
	assert_true(found.found);
	assert_string_equal(found.row.id, ids[3]);
	/* the list, then each until it is found */
	assert_true(strlen(w.asked) >= 8 && w.asked[5] == ' ');
	w.has = "";
	said[0] = '\0';
	SAYS(ERROR_FAILED, " did not answer for 1 of 5 registered credentials, "
		"so it may be one of those: step q fails; plug it in again",
		find(NULL));
	assert_false(found.found);
	assert_int_equal(strlen(w.asked), 6 + 5 * 2);
	/* found behind one that was passed over: said */
	w.fits = 1;
	w.has = "A";
	w.refuses = 'E';
	OK(find(NULL));
	w.has = "E";
	SAYS(ERROR_FAILED, " did not answer for 1 of 5 registered", find(NULL));
	/* a time-out is passed over too, anything else is not */
	w.fails_by = ERROR_TIMEOUT;
	SAYS(ERROR_TIMEOUT, " did not answer for 1 of 5 registered", find(NULL));
	w.fails_by = ERROR_NO_TOKEN;
	SAYS(ERROR_NO_TOKEN, "step q fails", find(NULL));
	assert_string_equal(err.text, "step q fails");
	/* four questions in a row are enough */
	w.fails_by = ERROR_FAILED;
	w.refuses = '\0';
	w.has = "";
	SAYS(ERROR_FAILED, "step q fails", find(NULL));
	assert_string_equal(err.text, "step q fails");
	assert_int_equal(strlen(w.asked), 8);
	identification_done(&found);
}

static void who_is_found_behind_one_that_failed_is_said_with_it(void **state)
{
	char ids[4][ID_LEN];
	const char *later;

	(void)state;
	register_all("AB", ids);
	w.fits = 1;
	OK(find(NULL));
	later = w.asked[0] == 'A' ? "B" : "A";
	w.refuses = w.asked[0];
	w.fails = 'q';
	w.fails_by = ERROR_FAILED;
	w.has = later;
	said[0] = '\0';
	OK(find(NULL));
	assert_string_equal(found.row.id, ids[later[0] - 'A']);
	if (!strstr(said, " did not answer for 1 of 2 registered credentials: "
		"step q fails"))
		fail_msg("'%s'", said);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, bare_finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_token_becomes_a_row),
		TEST(nobody_s_token_is_in_stock),
		TEST(what_the_vendor_signed_counts_before_its_own_words),
		TEST(what_nobody_vouches_for_is_the_tokens_own_word),
		TEST(a_known_token_is_used_and_not_made_again),
		TEST(what_becomes_of_a_token_is_written_with_its_reason),
		TEST(a_key_that_proves_nothing_is_no_credential),
		TEST(one_without_a_serial_number_is_asked_for_all),
		TEST(a_list_that_fails_is_asked_for_one_by_one),
		TEST(who_is_found_behind_one_that_failed_is_said_with_it),
		TEST(ids_that_are_too_long_are_not_asked_for),
		TEST(a_serial_number_points_at_its_row),
		TEST(it_is_said_how_far_it_is),
	};

	make_trust();
	verification_init(&v);
	return cmocka_run_group_tests_name("verify record", tests, NULL, NULL);
}
