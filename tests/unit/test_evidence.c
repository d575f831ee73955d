/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence: it comes back as it was written, says what is wrong with it, and
 * no byte of what was signed can change without being seen.
 */
#include "token/evidence.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"
#include "token/fido/proof.h"

#include <jansson.h>

static struct vendor vendor;
static struct anchors anchors;
static struct buf good; /* the file */

static int parse(const char *p, size_t n, struct evidence *e)
{
	unsigned char *c = copy_of(p, n);
	int r = evidence_parse(c, n, e, &err);

	free(c);
	return r;
}

/* Parses and forgets. */
static int try(const char *text)
{
	struct evidence e;
	int r;

	evidence_init(&e);
	r = parse(text, strlen(text), &e);
	evidence_done(&e);
	return r;
}

static int try_json(json_t *root)
{
	char *text = json_dumps(root, JSON_COMPACT);
	int r = try(text);

	free(text);
	return r;
}

static json_t *load(void)
{
	json_t *o = json_loadb((char *)good.p, good.n, JSON_REJECT_DUPLICATES,
		NULL);

	assert_non_null(o);
	return o;
}

static void assert_same(const struct buf *a, const struct buf *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->p, b->p, b->n);
}

static void it_comes_back_as_it_was_written(void **state)
{
	struct evidence is, want;

	(void)state;
	evidence_init(&is);
	vendor_evidence(&vendor, &want);
	evidence_done(&want);
	vendor_evidence(&vendor, &want);
	buf_reset(&good);
	OK(evidence_write(&want, &good, &err));
	OK(parse((char *)good.p, good.n, &is));
	assert_string_equal(is.attestation.rp_id, want.attestation.rp_id);
	assert_string_equal(is.attestation.fmt, want.attestation.fmt);
	assert_same(&is.attestation.client_data, &want.attestation.client_data);
	assert_same(&is.attestation.auth_data, &want.attestation.auth_data);
	assert_same(&is.attestation.att_stmt, &want.attestation.att_stmt);
	assert_true(is.has_assertion);
	assert_string_equal(is.assertion.rp_id, want.assertion.rp_id);
	assert_same(&is.assertion.client_data, &want.assertion.client_data);
	assert_same(&is.assertion.credential_id,
		&want.assertion.credential_id);
	assert_same(&is.assertion.auth_data, &want.assertion.auth_data);
	assert_same(&is.assertion.signature, &want.assertion.signature);
	assert_int_equal(is.made_at, want.made_at);
	assert_int_equal(is.verdict, want.verdict);
	assert_string_equal(is.anchor_sha256, want.anchor_sha256);
	assert_string_equal(is.advisories, want.advisories);
	assert_string_equal(is.local_advisories, "2026-11-20");
	assert_true(is.has_claims);
	assert_memory_equal(is.claimed_aaguid, want.claimed_aaguid, 16);
	assert_string_equal(is.claimed_firmware, want.claimed_firmware);
	assert_int_equal(is.claimed_serial, want.claimed_serial);
	evidence_done(&is);
	evidence_done(&want);
}

static void every_verdict_comes_back(void **state)
{
	static const int verdicts[] = { -1, 0, 20, 21, 22, 23, 24, 25, 26, 27 };
	struct evidence e, is;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, EVIDENCE_MAX);
	vendor_evidence(&vendor, &e);
	for (i = 0; i < ARRAY_LEN(verdicts); i++) {
		e.verdict = verdicts[i];
		OK(evidence_write(&e, &b, &err));
		evidence_init(&is);
		OK(parse((char *)b.p, b.n, &is));
		assert_int_equal(is.verdict, verdicts[i]);
		evidence_done(&is);
	}
	evidence_done(&e);
	buf_done(&b);
}

static void the_least_evidence_comes_back(void **state)
{
	struct evidence e, is;
	struct buf b;

	(void)state;
	buf_init(&b, EVIDENCE_MAX);
	vendor_evidence(&vendor, &e);
	e.has_assertion = e.has_claims = false;
	e.anchor_sha256[0] = e.advisories[0] = '\0';
	e.local_advisories[0] = '\0';
	e.verdict = -1;
	OK(evidence_write(&e, &b, &err));
	evidence_init(&is);
	OK(parse((char *)b.p, b.n, &is));
	assert_false(is.has_assertion);
	assert_false(is.has_claims);
	assert_string_equal(is.anchor_sha256, "");
	evidence_done(&is);
	evidence_done(&e);
	buf_done(&b);
}

/* "assertion.signature": the object that holds the last name */
static json_t *holder_of(json_t *root, const char *path, const char **ret_name)
{
	const char *dot = strchr(path, '.');
	char first[64];

	if (!dot) {
		*ret_name = path;
		return root;
	}
	snprintf(first, sizeof(first), "%.*s", (int)(dot - path), path);
	*ret_name = dot + 1;
	return json_object_get(root, first);
}

static const struct {
	const char *path;
	bool must; /* be there */
} members[] = {
	{ "v", true }, { "rpId", true }, { "origin", true },
	{ "clientDataJSON", true }, { "attestationObject", true },
	{ "credentialPublicKey", true }, { "basis", true },
	{ "madeAt", true }, { "assertion", false }, { "getInfo", false },
	{ "assertion.credentialId", true },
	{ "assertion.clientDataJSON", true },
	{ "assertion.authenticatorData", true },
	{ "assertion.signature", true },
	{ "getInfo.aaguid", true }, { "getInfo.firmware", false },
	{ "getInfo.serial", false }, { "getInfo.unsigned", false },
	{ "basis.verdict", false }, { "basis.anchor", false },
	{ "basis.advisories", false }, { "basis.localAdvisories", false },
};

static void a_missing_member_is_named(void **state)
{
	const char *name;
	json_t *root, *o;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(members); i++) {
		root = load();
		o = holder_of(root, members[i].path, &name);
		assert_int_equal(json_object_del(o, name), 0);
		if (members[i].must)
			SAYS(ERROR_MALFORMED, name, try_json(root));
		else
			OK(try_json(root));
		json_decref(root);
	}
}

static void a_member_of_another_type_is_malformed(void **state)
{
	json_t *const others[] = { json_null(), json_array(), json_true(),
		json_real(1.5), json_string("\x1f*"), json_object(),
		json_integer(-1) };
	const char *name;
	json_t *root, *o;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(members); i++)
		for (k = 0; k < ARRAY_LEN(others); k++) {
			root = load();
			o = holder_of(root, members[i].path, &name);
			if (strcmp(name, "unsigned") == 0 ||
				(json_is_object(others[k]) &&
					strcmp(name, "basis") == 0)) {
				json_decref(root);
				continue;
			}
			json_object_set(o, name, others[k]);
			if (try_json(root) >= 0)
				fail_msg("%s, row %zu", members[i].path, k);
			assert_true(err.code == ERROR_MALFORMED ||
				strcmp(name, "v") == 0);
			json_decref(root);
		}
	for (k = 0; k < ARRAY_LEN(others); k++)
		json_decref(others[k]);
}

static void texts_that_do_not_fit_are_malformed(void **state)
{
	static const struct {
		const char *path;
		const char *value;
	} rows[] = {
		{ "rpId", "0123456789012345678901234567890123456789012345678901"
			  "234567890123" },
		{ "rpId", "a\nb" }, { "madeAt", "yesterday" },
		{ "madeAt", "2026-02-30T00:00:00Z" },
		{ "basis.verdict", "excellent" }, { "basis.verdict", "" },
		{ "getInfo.aaguid", "d7781e5de35346aaafe23ca49f13332a" },
		{ "getInfo.aaguid", "d7781e5d-e353-46aa-afe2-3ca49f13332" },
		{ "getInfo.aaguid", "d7781e5d-e353-46aa-afe2-3ca49f13332g" },
		{ "getInfo.aaguid", "-d7781e5de353-46aa-afe2-3ca49f13332a" },
		{ "getInfo.firmware", "123456789012" },
		{ "getInfo.clientPin", "yes" },
		{ "getInfo.alwaysUv", "no" },
		{ "getInfo.minPINLength", "4" },
		{ "clientDataJSON", "e30=" }, { "clientDataJSON", "e3" },
		{ "attestationObject", "oA" }, { "attestationObject", "" },
		{ "credentialPublicKey", "oA" },
		{ "assertion.signature", "e30 " },
	};
	const char *name;
	json_t *root, *o;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		root = load();
		o = holder_of(root, rows[i].path, &name);
		json_object_set_new(o, name, json_string(rows[i].value));
		if (try_json(root) != -ERROR_MALFORMED)
			fail_msg("%s: %s", rows[i].path, rows[i].value);
		json_decref(root);
	}
}

static void a_serial_fits_32_bits(void **state)
{
	static const struct {
		json_int_t serial;
		bool taken;
	} rows[] = { { 0, false }, { -1, false }, { 1, true },
		{ UINT32_MAX, true }, { (json_int_t)UINT32_MAX + 1, false } };
	json_t *root;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		root = load();
		json_object_set_new(json_object_get(root, "getInfo"), "serial",
			json_integer(rows[i].serial));
		assert_int_equal(try_json(root),
			rows[i].taken ? 0 : -ERROR_MALFORMED);
		json_decref(root);
	}
}

static void unknown_members_are_allowed(void **state)
{
	json_t *root = load();

	(void)state;
	json_object_set_new(root, "note", json_string("x"));
	json_object_set_new(json_object_get(root, "basis"), "x", json_null());
	json_object_set_new(json_object_get(root, "getInfo"), "x",
		json_array());
	json_object_set_new(json_object_get(root, "assertion"), "x",
		json_true());
	OK(try_json(root));
	json_decref(root);
}

static void what_is_not_one_object_is_malformed(void **state)
{
	static const char *const rows[] = { "", "{", "{}x", "[]", "null", "1",
		"\"v\"", "{\"v\":1,\"v\":1}", "{\"v\":1,}", "{'v':1}",
		"\xff\xfe{}", "{\"v\":1}\n{\"v\":1}", "{\"v\":\"\\u0000\"}" };
	char *twice;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		FAILS(ERROR_MALFORMED, try(rows[i]));
	twice = text_format("{\"rpId\":\"%s\",%s", VENDOR_RP_ID,
		buf_str(&good) + 1);
	SAYS(ERROR_MALFORMED, "line", try(twice));
	free(twice);
}

static void a_cut_file_is_malformed_at_every_byte(void **state)
{
	struct evidence e;
	size_t n;

	(void)state;
	for (n = 0; n + 1 < good.n; n += 7) {
		evidence_init(&e);
		FAILS(ERROR_MALFORMED, parse((char *)good.p, n, &e));
		evidence_done(&e);
	}
}

static void another_version_is_said(void **state)
{
	json_t *root = load();

	(void)state;
	json_object_set_new(root, "v", json_integer(2));
	SAYS(ERROR_UNSUPPORTED, "version 2", try_json(root));
	json_decref(root);
}

static void a_file_too_large_is_refused(void **state)
{
	char *big = malloc(EVIDENCE_MAX + 1);
	struct evidence e;

	(void)state;
	memset(big, ' ', EVIDENCE_MAX + 1);
	memcpy(big, good.p, good.n);
	evidence_init(&e);
	OK(parse(big, EVIDENCE_MAX, &e));
	FAILS(ERROR_MALFORMED, parse(big, EVIDENCE_MAX + 1, &e));
	evidence_done(&e);
	memset(big, '[', EVIDENCE_MAX);
	evidence_init(&e);
	FAILS(ERROR_MALFORMED, parse(big, EVIDENCE_MAX, &e));
	evidence_done(&e);
	free(big);
}

static void an_attestation_as_large_as_a_token_may_send_is_written(
	void **state)
{
	struct evidence e, is;
	struct buf b;

	(void)state;
	buf_init(&b, EVIDENCE_MAX);
	vendor_evidence(&vendor, &e);
	while (e.attestation.client_data.n < ATTEST_BYTES_MAX)
		buf_put_byte(&e.attestation.client_data, ' ');
	while (e.assertion.client_data.n < ATTEST_BYTES_MAX)
		buf_put_byte(&e.assertion.client_data, ' ');
	OK(evidence_write(&e, &b, &err));
	evidence_init(&is);
	OK(parse((char *)b.p, b.n, &is));
	assert_same(&is.attestation.client_data, &e.attestation.client_data);
	evidence_done(&is);
	evidence_done(&e);
	buf_done(&b);
}

/* ---- what was signed ---- */

static bool is_same(const struct buf *a, const struct buf *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->p, b->p, a->n) == 0);
}

/* Genuine only if attestation and assertion hold for one credential. */
static bool still_genuine(const struct evidence *e)
{
	struct attest_facts facts;
	struct proof_facts proof = { 0 };
	struct steps steps = { .n = 0 };
	bool genuine;

	attest_facts_init(&facts);
	attest_verify(&e->attestation, &anchors, NULL, VENDOR_AT, &steps,
		&facts);
	if (e->has_assertion)
		proof_verify(&e->assertion, facts.public_key.p,
			facts.public_key.n, facts.counter, &steps, &proof);
	genuine = steps_verdict(&steps) == VERDICT_GENUINE &&
		(!e->has_assertion || is_same(&facts.credential_id,
			&e->assertion.credential_id));
	attest_facts_done(&facts);
	return genuine;
}

static const char *const signed_members[] = { "rpId", "clientDataJSON",
	"attestationObject", "credentialPublicKey",
	"assertion.credentialId", "assertion.clientDataJSON",
	"assertion.authenticatorData", "assertion.signature" };

/* Changes one bit of a member that is base64url; true where it is seen. */
static bool is_seen(const char *path, size_t byte, unsigned char bit)
{
	struct evidence e;
	const char *name, *text;
	json_t *root = load(), *o = holder_of(root, path, &name);
	unsigned char raw[8192];
	struct buf b;
	char *file;
	ssize_t n;
	bool seen;

	text = json_string_value(json_object_get(o, name));
	buf_init(&b, EVIDENCE_MAX);
	if (strcmp(name, "rpId") == 0) {
		buf_put_str(&b, text);
		b.p[byte] ^= bit;
	} else {
		n = base64_decode(BASE64_URL, text, strlen(text), raw,
			sizeof(raw));
		assert_true(n > 0 && byte < (size_t)n);
		raw[byte] ^= bit;
		base64_encode(&b, BASE64_URL, raw, (size_t)n);
	}
	json_object_set_new(o, name, json_string(buf_str(&b)));
	file = json_dumps(root, JSON_COMPACT);
	evidence_init(&e);
	seen = !file || evidence_parse(file, strlen(file), &e, NULL) < 0 ||
		!still_genuine(&e);
	evidence_done(&e);
	free(file);
	buf_done(&b);
	json_decref(root);
	return seen;
}

static size_t size_of(const char *path)
{
	const char *name;
	json_t *root = load(), *o = holder_of(root, path, &name);
	size_t n = json_string_length(json_object_get(o, name));

	json_decref(root);
	return strcmp(name, "rpId") == 0 ? n : n * 3 / 4;
}

/*
 * What U2F does not sign: flags, counter and AAGUID; and the unused bits that
 * the certificate's signature claims, which are repaired.
 */
static bool is_unsigned(const char *member, size_t byte)
{
	struct evidence e;
	struct buf object;
	size_t at, end;
	bool is;

	if (strcmp(member, "attestationObject") != 0)
		return false;
	evidence_init(&e);
	OK(parse((char *)good.p, good.n, &e));
	buf_init(&object, EVIDENCE_MAX);
	attestation_put_object(&object, &e.attestation);
	/* the statement stands before the data, its certificate last in it */
	at = object.n - e.attestation.auth_data.n;
	end = at - 2 - sizeof("authData");
	is = (byte >= at + 32 && byte < at + 53) ||
		(byte > 2 && byte < end && object.p[byte - 2] == 0x03 &&
			byte + object.p[byte - 1] == end);
	buf_done(&object);
	evidence_done(&e);
	return is;
}

static void check_every_byte(bool u2f)
{
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(signed_members); i++)
		for (k = 0; k < size_of(signed_members[i]); k++)
			if (!(u2f && is_unsigned(signed_members[i], k)) &&
				!is_seen(signed_members[i], k,
					(unsigned char)(1 << k % 7)))
				fail_msg("%s, byte %zu", signed_members[i], k);
}

static void every_changed_byte_of_what_was_signed_is_seen(void **state)
{
	(void)state;
	check_every_byte(false);
}

static void unchanged_it_stays_genuine(void **state)
{
	struct evidence e;

	(void)state;
	evidence_init(&e);
	OK(parse((char *)good.p, good.n, &e));
	assert_true(still_genuine(&e));
	evidence_done(&e);
}

static void use(struct vendor_answer *w)
{
	struct evidence e;

	vendor_evidence_of(&vendor, w, &e);
	buf_reset(&good);
	OK(evidence_write(&e, &good, &err));
	evidence_done(&e);
}

static void of_u2f_it_is_seen_but_where_u2f_signs_nothing(void **state)
{
	struct vendor_answer w;

	vendor_answer_u2f(&w, &vendor);
	w.x5c[0] = vendor_cert(&(struct vendor_cert){ .cn = "x" },
		vendor.leaf_key, vendor.root, vendor.root_key);
	use(&w);
	unchanged_it_stays_genuine(state);
	check_every_byte(true);
	X509_free(w.x5c[0]);
}

static void of_a_tpm_it_is_seen_in_every_structure(void **state)
{
	struct vendor_answer w;

	vendor_answer_tpm(&w, &vendor);
	use(&w);
	unchanged_it_stays_genuine(state);
	check_every_byte(false);
}

static void claims_come_from_the_token(void **state)
{
	struct token t = { .identified = true };
	struct evidence e;

	(void)state;
	evidence_init(&e);
	memcpy(t.fido.aaguid, VENDOR_AAGUID, 16);
	t.devinfo = (struct devinfo){ .present = true, .has_serial = true,
		.serial = 7, .has_version = true, .version = { 5, 7, 4 } };
	evidence_set_claims(&e, &t);
	assert_true(e.has_claims);
	assert_string_equal(e.claimed_firmware, "5.7.4");
	assert_int_equal(e.claimed_serial, 7);
	assert_true(e.has_posture && !e.claimed_pin && !e.claimed_always_uv);
	t.devinfo.has_serial = false;
	t.fido.client_pin = t.fido.always_uv = FIDO_ON;
	t.fido.min_pin_length = 6;
	evidence_set_claims(&e, &t);
	assert_int_equal(e.claimed_serial, 0);
	assert_true(e.claimed_pin && e.claimed_always_uv);
	assert_int_equal(e.claimed_min_pin, 6);
	/* what would make the file unreadable is not written */
	t.fido.min_pin_length = UINT64_MAX;
	evidence_set_claims(&e, &t);
	assert_int_equal(e.claimed_min_pin, 0);
	evidence_done(&e);
}

static int set_up(void **state)
{
	struct evidence e;

	(void)state;
	vendor_init(&vendor);
	vendor_anchors(&anchors, &vendor.root, 1);
	buf_init(&good, EVIDENCE_MAX);
	vendor_evidence(&vendor, &e);
	OK(evidence_write(&e, &good, &err));
	evidence_done(&e);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_done(&good);
	anchors_done(&anchors);
	vendor_done(&vendor);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_back_as_it_was_written),
		cmocka_unit_test(every_verdict_comes_back),
		cmocka_unit_test(the_least_evidence_comes_back),
		cmocka_unit_test(a_missing_member_is_named),
		cmocka_unit_test(a_member_of_another_type_is_malformed),
		cmocka_unit_test(texts_that_do_not_fit_are_malformed),
		cmocka_unit_test(a_serial_fits_32_bits),
		cmocka_unit_test(unknown_members_are_allowed),
		cmocka_unit_test(what_is_not_one_object_is_malformed),
		cmocka_unit_test(a_cut_file_is_malformed_at_every_byte),
		cmocka_unit_test(another_version_is_said),
		cmocka_unit_test(a_file_too_large_is_refused),
		cmocka_unit_test(
			an_attestation_as_large_as_a_token_may_send_is_written),
		cmocka_unit_test(every_changed_byte_of_what_was_signed_is_seen),
		cmocka_unit_test(unchanged_it_stays_genuine),
		cmocka_unit_test(claims_come_from_the_token),
		/* these two leave other evidence behind */
		cmocka_unit_test(of_u2f_it_is_seen_but_where_u2f_signs_nothing),
		cmocka_unit_test(of_a_tpm_it_is_seen_in_every_structure),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
