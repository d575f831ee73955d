/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata: the way through JSON, the index, entries, and what they
 * change in an attestation. */
#include "token/attest/attest.h"
#include "token/trust/jsonscan.h"
#include "token/trust/mds-private.h"

#include "base/encode.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

static struct vendor vendor;

/* ---- the way through JSON ---- */

static void walk(const char *text, const char *want)
{
	struct jsonscan_range all = { text, strlen(text) }, name, value;
	unsigned char *copy = copy_of(text, strlen(text));
	struct jsonscan s;
	struct buf b;
	int r;

	all.p = (const char *)copy;
	buf_init(&b, 4096);
	if (jsonscan_begin(&s, all, '{')) {
		while ((r = jsonscan_member(&s, &name, &value)) == 1)
			buf_printf(&b, "%.*s=%.*s;", (int)name.n, name.p,
				(int)value.n, value.p);
	} else {
		assert_true(jsonscan_begin(&s, all, '['));
		while ((r = jsonscan_element(&s, &value)) == 1)
			buf_printf(&b, "%.*s;", (int)value.n, value.p);
	}
	if (r < 0)
		buf_put_str(&b, "!");
	else if (!jsonscan_is_last(&s))
		buf_put_str(&b, "+");
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
	free(copy);
}

static void test_members_and_elements_are_found(void **state)
{
	static const char *const rows[][2] = {
		{ "{}", "" },
		{ " [ ] ", "" },
		{ "{\"a\":1}", "a=1;" },
		{ "{ \"a\" : 1 , \"b\":[1, {\"c\":\"]}\"}] }",
			"a=1;b=[1, {\"c\":\"]}\"}];" },
		{ "{\"a\":\"\\\"}\"}", "a=\"\\\"}\";" },
		{ "[\"a\",{},[],null,-1.5e3]", "\"a\";{};[];null;-1.5e3;" },
		{ "{} x", "+" },
		{ "{", "!" },
		{ "{\"a\"", "!" },
		{ "{\"a\":", "!" },
		{ "{\"a\":1", "a=1;!" },
		{ "{\"a\":1,", "a=1;!" },
		{ "{\"a\":1 \"b\":2}", "a=1;!" },
		{ "{a:1}", "!" },
		{ "{\"a\" 1}", "!" },
		{ "[1}", "1;!" },
		{ "[[1}]", "!" },
		{ "[\"a", "!" },
		{ "[\"a\\", "!" },
		{ "[\"a\n\"]", "!" },
		{ "[,1]", "!" },
		{ "[1,,2]", "1;!" },
	};
	char deep[2 * JSONSCAN_DEPTH_MAX + 8] = "";
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		walk(rows[i][0], rows[i][1]);
	memset(deep, '[', JSONSCAN_DEPTH_MAX + 2);
	memset(deep + JSONSCAN_DEPTH_MAX + 2, ']', JSONSCAN_DEPTH_MAX + 2);
	walk(deep, "!");
}

/* ---- blobs ---- */

/* A JWS that nobody signed, for mds_open_checked. */
static int open_payload(const char *payload, struct mds **ret)
{
	struct buf b;
	unsigned char *copy;
	int r;

	buf_init(&b, 4 << 20);
	buf_put_str(&b, "e30.");
	base64_encode(&b, BASE64_URL, payload, strlen(payload));
	buf_put_str(&b, ".AA");
	assert_false(buf_failed(&b));
	copy = copy_of(b.p, b.n);
	r = mds_open_checked((char *)copy, b.n, ret, &err);
	free(copy);
	buf_done(&b);
	return r;
}

static void put_certificate(struct buf *b, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);

	assert_true(n > 0);
	base64_encode(b, BASE64_STD, der, (size_t)n);
	OPENSSL_free(der);
}

struct model {
	const char *aaguid;  /* NULL: none */
	X509 *named;         /* whose key identifier it names; NULL: none */
	X509 *root;          /* NULL: none */
	const char *reports; /* JSON inside the list */
	const char *description;
};

static void put_entry(struct buf *b, const struct model *m)
{
	unsigned char id[MDS_KEY_ID_LEN];
	char hex[HEX_LEN(MDS_KEY_ID_LEN)];

	buf_put_str(b, "{");
	if (m->aaguid)
		buf_printf(b, "\"aaguid\":\"%s\",", m->aaguid);
	if (m->named) {
		assert_int_equal(mds_key_id(m->named, id), 0);
		hex_encode(id, sizeof(id), hex);
		buf_printf(b, "\"attestationCertificateKeyIdentifiers\":"
			"[\"%s\"],", hex);
	}
	buf_printf(b, "\"statusReports\":[%s],\"metadataStatement\":{"
		"\"description\":\"%s\",\"attestationRootCertificates\":[",
		m->reports ? m->reports : "{\"status\":\"FIDO_CERTIFIED_L2\"}",
		m->description ? m->description : "a model");
	if (m->root) {
		buf_put_str(b, "\"");
		put_certificate(b, m->root);
		buf_put_str(b, "\"");
	}
	buf_put_str(b, "]}}");
}

static struct mds *metadata_of(const struct model *models, size_t n)
{
	struct mds *m = NULL;
	struct buf b;
	size_t i;

	buf_init(&b, 1 << 20);
	buf_put_str(&b, "{\"no\":9,\"nextUpdate\":\"2027-01-01\","
		"\"entries\":[");
	for (i = 0; i < n; i++) {
		buf_put_str(&b, i ? "," : "");
		put_entry(&b, &models[i]);
	}
	buf_put_str(&b, "]}");
	OK(open_payload(buf_str(&b), &m));
	buf_done(&b);
	return m;
}

static void test_what_is_no_blob_is_refused(void **state)
{
	static const char *const rows[][2] = {
		{ "", "no JSON object" },
		{ "[]", "no JSON object" },
		{ "{", "not JSON" },
		{ "{} ", "the blob has no 'no'" },
		{ "{\"no\":1}", "the blob has no 'nextUpdate'" },
		{ "{\"no\":1,\"nextUpdate\":\"2027-01-01\"}",
			"the blob has no 'entries'" },
		{ "{\"no\":-1,\"nextUpdate\":\"2027-01-01\",\"entries\":[]}",
			"'no' is no number" },
		{ "{\"no\":1,\"nextUpdate\":\"2027-13-01\",\"entries\":[]}",
			"'nextUpdate' is no date" },
		{ "{\"no\":1,\"nextUpdate\":\"2027-01-01\",\"entries\":{}}",
			"'entries' is no list" },
		{ "{\"no\":1,\"no\":2,\"nextUpdate\":\"2027-01-01\","
		  "\"entries\":[]}", "the blob's payload, byte 9: a member for the "
			"second time" },
		{ "{\"no\":1,\"nextUpdate\":\"2027-01-01\",\"entries\":[}",
			"not JSON" },
	};
	struct mds *m = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		SAYS(ERROR_MALFORMED, rows[i][1],
			open_payload(rows[i][0], &m));
	assert_null(m);
}

#define OTHER "00000000-0000-4000-8000-000000000001"
#define MODEL "d7781e5d-e353-46aa-afe2-3ca49f13332a"

static void test_entries_are_found_by_aaguid_and_by_key(void **state)
{
	const struct model models[] = { { .aaguid = OTHER },
		{ .named = vendor.middle }, { .aaguid = MODEL } };
	unsigned char ids[1][MDS_KEY_ID_LEN];
	struct mds_query q = { .aaguid = (const uint8_t *)VENDOR_AAGUID };
	struct mds *m = metadata_of(models, ARRAY_LEN(models));
	size_t i = 99;

	(void)state;
	assert_int_equal(mds_info(m)->entries, 3);
	assert_true(mds_next(m, &q, 0, &i));
	assert_int_equal(i, 2);
	assert_false(mds_next(m, &q, 3, &i));
	q.aaguid = NULL;
	assert_true(mds_next(m, &q, 0, &i)); /* all that name keys */
	assert_int_equal(i, 1);
	assert_int_equal(mds_key_id(vendor.middle, ids[0]), 0);
	q.key_ids = ids;
	q.key_ids_n = 1;
	assert_true(mds_next(m, &q, 0, &i));
	assert_int_equal(i, 1);
	assert_true(mds_entry_names_key(m, 1, ids[0]));
	assert_int_equal(mds_key_id(vendor.leaf, ids[0]), 0);
	assert_false(mds_next(m, &q, 0, &i));
	mds_free(&m);
}

static void test_an_aaguid_has_one_form(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{ "d7781e5d-e353-46aa-afe2-3ca49f13332a", true },
		{ "D7781E5D-E353-46AA-AFE2-3CA49F13332A", true },
		{ "d7781e5d+e353-46aa-afe2-3ca49f13332a", false },
		{ "d7781e5d-e353-46aa-afe2+3ca49f13332a", false },
		{ "d7781e5d-e353-46aa-afe2-3ca49f13332", false },
		{ "d7781e5d-e353-46aa-afe2-3ca49f13332aa", false },
		{ "d7781e5de35346aaafe23ca49f13332a", false },
		{ "d7781e5d-e353-46aa-afe2-3ca49f13332g", false },
		{ "", false },
	};
	uint8_t aaguid[16];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(cases); i++) {
		size_t n = strlen(cases[i].text);
		unsigned char *copy = copy_of(cases[i].text, n);

		assert_int_equal(mds_aaguid((const char *)copy, n, aaguid),
			cases[i].good);
		free(copy);
	}
}

static void test_the_worst_report_in_force_counts(void **state)
{
	static const struct {
		const char *reports;
		const char *worst; /* NULL: none */
		int level;
	} rows[] = {
		{ "{\"status\":\"FIDO_CERTIFIED\"}", NULL, 1 },
		{ "{\"status\":\"FIDO_CERTIFIED_L3plus\"},"
		  "{\"status\":\"FIDO_CERTIFIED_L1\"}", NULL, 7 },
		{ "{\"status\":\"FIDO_CERTIFIED_L2\","
		  "\"effectiveDate\":\"2099-01-01\"}", NULL, 0 },
		{ "{\"status\":\"REVOKED\",\"effectiveDate\":\"2025-01-01\"},"
		  "{\"status\":\"RETIRED\",\"effectiveDate\":\"2025-06-01\"}",
			"REVOKED", 0 },
		{ "{\"status\":\"RETIRED\",\"effectiveDate\":\"2025-06-01\"},"
		  "{\"status\":\"UPDATE_AVAILABLE\","
		  "\"effectiveDate\":\"2025-01-01\"}", "RETIRED", 0 },
		{ "{\"status\":\"REVOKED\",\"effectiveDate\":\"2099-01-01\"}",
			NULL, 0 },
		/* no date that can be read: in force for ever */
		{ "{\"status\":\"REVOKED\",\"effectiveDate\":\"soon\"}",
			"REVOKED", 0 },
		{ "{\"status\":\"REVOKED\",\"effectiveDate\":7}", "REVOKED",
			0 },
		{ "{\"status\":\"WHAT\"}", "WHAT", 0 },
	};
	struct mds_entry e;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct model model = { .aaguid = MODEL,
			.reports = rows[i].reports };
		struct mds *m = metadata_of(&model, 1);
		const struct mds_status *worst;

		OK(mds_entry_load(m, 0, &e, &err));
		worst = mds_entry_worst(&e, NULL, 0, VENDOR_AT);
		if (rows[i].worst)
			assert_string_equal(worst ? worst->name : "",
				rows[i].worst);
		else
			assert_null(worst);
		assert_int_equal(mds_entry_level(&e, VENDOR_AT), rows[i].level);
		mds_entry_done(&e);
		mds_free(&m);
	}
	assert_string_equal(mds_level_name(0), "NOT_FIDO_CERTIFIED");
	assert_string_equal(mds_level_name(7), "FIDO_CERTIFIED_L3plus");
	assert_string_equal(mds_level_name(8), "NOT_FIDO_CERTIFIED");
	assert_string_equal(mds_level_name(-1), "NOT_FIDO_CERTIFIED");
}

static void test_an_entry_that_is_not_right_is_refused(void **state)
{
	static const struct {
		const char *entry, *member; /* that is said to be wrong */
	} rows[] = {
		{ "{\"aaguid\":\"" MODEL "\"}", "metadataStatement" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":{}}",
			"statusReports" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":{},"
		  "\"statusReports\":{}}", "statusReports" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":{},"
		  "\"statusReports\":[]}", "statusReports" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":{},"
		  "\"statusReports\":[{}]}", "status" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":{},"
		  "\"statusReports\":[{\"status\":7}]}", "status" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":[],"
		  "\"statusReports\":[{\"status\":\"REVOKED\"}]}",
			"metadataStatement" },
		{ "{\"aaguid\":\"" MODEL "\",\"metadataStatement\":{"
		  "\"attestationRootCertificates\":\"\"},"
		  "\"statusReports\":[{\"status\":\"REVOKED\"}]}",
			"attestationRootCertificates" },
		{ "{\"aaguid\":\"" MODEL "\",\"aaguid\":\"" OTHER "\","
		  "\"metadataStatement\":{},"
		  "\"statusReports\":[{\"status\":\"REVOKED\"}]}", "members" },
	};
	char payload[1024], want[128];
	struct mds_entry e;
	struct mds *m = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		snprintf(payload, sizeof(payload), "{\"no\":1,\"nextUpdate\":"
			"\"2027-01-01\",\"entries\":[%s]}", rows[i].entry);
		OK(open_payload(payload, &m));
		snprintf(want, sizeof(want), "the metadata entry's '%s' is "
			"missing or malformed", rows[i].member);
		SAYS(ERROR_MALFORMED, want, mds_entry_load(m, 0, &e, &err));
		assert_int_equal(mds_count_unreadable(m), 1);
		mds_free(&m);
	}
}

/* A certificate that cannot be read, as some vendors have sent in, is passed
 * over and counted; line breaks within one are not in the way. */
static void test_roots_that_cannot_be_read_are_counted(void **state)
{
	struct buf b, root;
	struct mds_entry e;
	struct mds *m = NULL;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&root, 65536);
	put_certificate(&root, vendor.root);
	buf_printf(&b, "{\"no\":1,\"nextUpdate\":\"2027-01-01\",\"entries\":[{"
		"\"aaguid\":\"" MODEL "\",\"statusReports\":[{\"status\":"
		"\"REVOKED\"}],\"metadataStatement\":{"
		"\"attestationRootCertificates\":[\"AAAA\",7,\"\","
		"\" %.20s\\r\\n\\t%s \",\"%.40s\"]}}]}", buf_str(&root),
		buf_str(&root) + 20, buf_str(&root));
	OK(open_payload(buf_str(&b), &m));
	OK(mds_entry_load(m, 0, &e, &err));
	assert_int_equal(e.anchors.n, 1);
	assert_int_equal(e.anchors_skipped, 4);
	assert_int_equal(X509_cmp(e.anchors.rows[0].cert, vendor.root), 0);
	mds_entry_done(&e);
	mds_free(&m);
	buf_done(&b);
	buf_done(&root);
}

/* An entry of 4 MiB is read, a larger one is not. */
static void test_an_entry_has_its_bound(void **state)
{
	static const char head[] = "{\"aaguid\":\"" MODEL "\","
		"\"statusReports\":[{\"status\":\"REVOKED\"}],"
		"\"metadataStatement\":{\"x\":\"", tail[] = "\"}}";
	size_t n = MDS_ENTRY_MAX - strlen(head) - strlen(tail), i;
	struct mds_entry e;
	struct mds *m = NULL;
	struct mds_row row;
	char *text = malloc(MDS_ENTRY_MAX + 2);

	(void)state;
	assert_non_null(text);
	for (i = 0; i < 2; i++, n++) {
		strcpy(text, head);
		memset(text + strlen(head), 'x', n);
		strcpy(text + strlen(head) + n, tail);
		OK(open_payload("{\"no\":1,\"nextUpdate\":\"2027-01-01\","
			"\"entries\":[{\"aaguid\":\"" MODEL "\"}]}", &m));
		row = m->rows[0];
		m->rows[0].text = (struct jsonscan_range){ text, strlen(text) };
		if (i == 0) {
			OK(mds_entry_load(m, 0, &e, &err));
			mds_entry_done(&e);
		} else {
			SAYS(ERROR_MALFORMED, "'size' is missing or malformed",
				mds_entry_load(m, 0, &e, &err));
		}
		m->rows[0] = row;
		mds_free(&m);
	}
	free(text);
}

/* As many entries, and reports of one, as are looked at; and one more. */
static void test_a_blob_has_its_bounds(void **state)
{
	struct mds_entry e;
	struct mds *m = NULL;
	struct buf b, reports;
	size_t i;

	(void)state;
	buf_init(&b, 4 << 20);
	buf_put_str(&b, "{\"no\":1,\"nextUpdate\":\"2027-01-01\","
		"\"entries\":[{\"aaguid\":\"" MODEL "\"}");
	for (i = 1; i < MDS_ENTRIES_MAX; i++)
		buf_put_str(&b, ",{\"aaguid\":\"" MODEL "\"}");
	buf_put_str(&b, "]}");
	OK(open_payload(buf_str(&b), &m));
	assert_int_equal(mds_info(m)->entries, MDS_ENTRIES_MAX);
	mds_free(&m);
	b.n -= 2;
	buf_put_str(&b, ",{\"aaguid\":\"" MODEL "\"}]}");
	SAYS(ERROR_MALFORMED, "too many entries", open_payload(buf_str(&b),
		&m));
	assert_null(m);
	buf_done(&b);
	buf_init(&reports, 65536);
	for (i = 0; i < MDS_STATUSES_MAX; i++)
		buf_printf(&reports, "%s{\"status\":\"REVOKED\"}", i ? "," : "");
	for (i = 0; i < 2; i++) {
		const struct model model = { .aaguid = MODEL,
			.reports = buf_str(&reports) };

		m = metadata_of(&model, 1);
		if (i == 0) {
			OK(mds_entry_load(m, 0, &e, &err));
			assert_int_equal(e.statuses_n, MDS_STATUSES_MAX);
			mds_entry_done(&e);
		} else {
			SAYS(ERROR_MALFORMED, "'statusReports'",
				mds_entry_load(m, 0, &e, &err));
		}
		mds_free(&m);
		buf_put_str(&reports, ",{\"status\":\"REVOKED\"}");
	}
	buf_done(&reports);
}

/* A report about one certificate says nothing of the vendor's other batches. */
static void test_a_report_may_be_about_one_key(void **state)
{
	unsigned char ids[3][MDS_KEY_ID_LEN];
	struct model model = { .aaguid = MODEL };
	const struct mds_status *worst;
	struct mds_entry e;
	struct buf reports;
	struct mds *m;

	(void)state;
	buf_init(&reports, 65536);
	buf_put_str(&reports, "{\"status\":\"ATTESTATION_KEY_COMPROMISE\","
		"\"certificate\":\"");
	put_certificate(&reports, vendor.leaf);
	buf_put_str(&reports, "\"}");
	model.reports = buf_str(&reports);
	m = metadata_of(&model, 1);
	OK(mds_entry_load(m, 0, &e, &err));
	assert_true(e.statuses[0].has_certificate);
	assert_int_equal(mds_key_id(vendor.root, ids[0]), 0);
	assert_int_equal(mds_key_id(vendor.middle, ids[1]), 0);
	assert_int_equal(mds_key_id(vendor.leaf, ids[2]), 0);
	assert_null(mds_entry_worst(&e, ids, 0, VENDOR_AT));
	assert_null(mds_entry_worst(&e, ids, 2, VENDOR_AT));
	worst = mds_entry_worst(&e, ids, 3, VENDOR_AT);
	assert_non_null(worst);
	assert_string_equal(worst->name, "ATTESTATION_KEY_COMPROMISE");
	mds_entry_done(&e);
	mds_free(&m);
	/* another status is about the model, whatever stands beside it */
	memcpy(strstr(buf_str(&reports), "ATTESTATION_KEY_COMPROMISE"),
		"REVOKED\", \"x\":\"xxxxxxxxxxx", 26);
	m = metadata_of(&model, 1);
	OK(mds_entry_load(m, 0, &e, &err));
	assert_non_null(mds_entry_worst(&e, ids, 0, VENDOR_AT));
	mds_entry_done(&e);
	mds_free(&m);
	buf_done(&reports);
}

static void test_entries_of_other_protocols_are_no_fault(void **state)
{
	static const char payload[] = "{\"no\":3,\"nextUpdate\":\"2027-01-01"
		"\",\"entries\":[{\"aaid\":\"4e4e#4005\"},{\"x\":1},"
		"7,{\"aaguid\":\"" MODEL "\"},{\"x\":\"aaid\"}]}";
	struct mds *m = NULL;

	(void)state;
	OK(open_payload(payload, &m));
	assert_int_equal(mds_info(m)->entries, 1);
	assert_int_equal(mds_info(m)->skipped, 3);
	assert_int_equal(mds_info(m)->number, 3);
	mds_free(&m);
}

/* ---- the verification steps ---- */

struct verification {
	struct vendor_answer w;
	struct attest_facts facts;
	struct steps steps;
};

static time_t fetched_at, next_update; /* of the metadata; 0: as it is */

/* A statement judged with these models, and an anchor where one is given. */
static enum verdict verify_with(struct verification *c,
	const struct model *models, size_t n, X509 *leaf, X509 *anchor)
{
	struct mds *m = metadata_of(models, n);
	struct anchors anchors;
	struct attestation a;

	m->info.fetched_at = fetched_at;
	if (next_update)
		m->info.next_update = next_update;
	c->w.x5c[0] = leaf;
	c->steps.n = 0;
	attestation_init(&a);
	attest_facts_init(&c->facts);
	vendor_answer_build(&c->w, &a);
	vendor_anchors(&anchors, &anchor, anchor ? 1 : 0);
	attest_verify(&a, &anchors, m, VENDOR_AT, &c->steps, &c->facts);
	anchors_done(&anchors);
	attestation_done(&a);
	mds_free(&m);
	return steps_verdict(&c->steps);
}

static enum verdict verify_model(struct verification *c,
	const struct model *models, size_t n, X509 *leaf)
{
	return verify_with(c, models, n, leaf, NULL);
}

static const struct step *step_of(const struct verification *c,
	const char *name)
{
	size_t i;

	for (i = 0; i < c->steps.n; i++)
		if (strcmp(c->steps.rows[i].name, name) == 0)
			return &c->steps.rows[i];
	fail_msg("no step '%s'", name);
	return NULL;
}

/* How the step on its model ends. */
static void model_says(const struct verification *c, enum step_status status,
	const char *want)
{
	const struct step *step = step_of(c, "model");

	assert_int_equal(step->status, status);
	if (!strstr(step->text, want))
		fail_msg("'%s' is not in '%s'", want, step->text);
}

/* A leaf of the vendor's without the AAGUID extension. */
static X509 *nameless_leaf(void)
{
	struct vendor_cert what = vendor_leaf_cert;

	memset(what.extensions, 0, sizeof(what.extensions));
	return vendor_cert(&what, vendor.leaf_key, vendor.middle,
		vendor.middle_key);
}

static void test_a_models_own_entry_proves_what_the_leaf_does_not_name(
	void **state)
{
	const struct model own[] = { { .aaguid = MODEL,
		.root = vendor.middle } };
	X509 *leaf = nameless_leaf();
	struct verification c = { 0 };

	(void)state;
	vendor_answer_init(&c.w, &vendor);
	assert_int_equal(verify_model(&c, own, 1, leaf), VERDICT_GENUINE);
	assert_true(c.facts.aaguid_proved);
	model_says(&c, STEP_PASS, ", whose own metadata entry the chain ends "
		"in");
	assert_int_equal(c.facts.metadata_number, 9);
	assert_int_equal(c.facts.certification, 4);
	assert_int_equal(strlen(c.facts.metadata_entry), 64);
	attest_facts_done(&c.facts);
	X509_free(leaf);
}

static void test_another_models_entry_proves_nothing(void **state)
{
	const struct model other[] = { { .aaguid = OTHER,
		.root = vendor.middle } };
	X509 *leaf = nameless_leaf();
	struct verification c = { 0 };

	(void)state;
	vendor_answer_init(&c.w, &vendor);
	assert_int_equal(verify_model(&c, other, 1, leaf),
		VERDICT_UNKNOWN_VENDOR);
	assert_false(c.facts.attested);
	attest_facts_done(&c.facts);
	X509_free(leaf);
}

/* The chain holds by an administrator's anchor, not by the entry's. */
static void test_an_entry_that_the_chain_misses_proves_nothing(void **state)
{
	X509 *leaf = nameless_leaf();
	struct model entry = { .aaguid = MODEL };
	struct verification c = { 0 };

	(void)state;
	vendor_answer_init(&c.w, &vendor);
	assert_int_equal(verify_with(&c, &entry, 1, leaf, vendor.middle),
		VERDICT_GENUINE);
	assert_false(c.facts.aaguid_proved);
	model_says(&c, STEP_UNKNOWN, "the certificate names no model: AAGUID ");
	assert_int_equal(c.facts.certification, -1);
	attest_facts_done(&c.facts);
	/* but what is known against the model that it claims to be counts */
	entry.reports = "{\"status\":\"REVOKED\"}";
	assert_int_equal(verify_with(&c, &entry, 1, leaf, vendor.middle),
		VERDICT_COMPROMISED);
	attest_facts_done(&c.facts);
	X509_free(leaf);
}

/* What the step says, without the digest that differs in every run. */
static void metadata_says(const struct verification *c, enum step_status status,
	const char *want)
{
	const struct step *step = NULL;
	char text[sizeof(step->text)];
	char *hex;
	size_t i;

	for (i = 0; i < c->steps.n; i++)
		if (strcmp(c->steps.rows[i].name, "metadata") == 0)
			step = &c->steps.rows[i];
	assert_non_null(step);
	assert_int_equal(step->status, status);
	strcpy(text, step->text);
	hex = strstr(text, "SHA-256 ");
	if (hex)
		memmove(hex + 8, hex + 24, strlen(hex + 24) + 1);
	assert_string_equal(text, want);
}

#define IS "'a model': FIDO_CERTIFIED_L2 (metadata 9, "
#define AS "; entry SHA-256 )"

static void test_what_metadata_says_has_its_age(void **state)
{
	static const struct {
		time_t fetched, next;
		const char *reports;
		enum verdict verdict;
		enum step_status status;
		const char *text;
	} rows[] = {
		{ 0, 0, NULL, VERDICT_GENUINE, STEP_PASS, IS
			"of unknown age" AS },
		{ VENDOR_AT - 12 * 86400, 0, NULL, VERDICT_GENUINE, STEP_PASS,
			IS "12 days old" AS },
		{ VENDOR_AT, VENDOR_AT, NULL, VERDICT_GENUINE, STEP_PASS,
			IS "0 s old" AS },
		{ VENDOR_AT + 1, VENDOR_AT - 1, NULL, VERDICT_GENUINE,
			STEP_WARN, IS "0 s old, overdue" AS "; `tokenbridge "
			"trust update` gets the newest" },
		{ 1, 0, "{\"status\":\"REVOKED\"}", VERDICT_COMPROMISED,
			STEP_FAIL, "'a model': REVOKED (metadata 9, 20453 days "
			"old" AS " " },
		{ 1, 0, "{\"status\":\"NEW\"}", VERDICT_GENUINE, STEP_WARN,
			"'a model': NEW, a status not known here, "
			"NOT_FIDO_CERTIFIED (metadata 9, 20453 days old" AS
			" " },
	};
	struct model own[] = { { .aaguid = MODEL, .root = vendor.middle } };
	struct verification c = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fetched_at = rows[i].fetched;
		next_update = rows[i].next;
		own[0].reports = rows[i].reports;
		vendor_answer_init(&c.w, &vendor);
		assert_int_equal(verify_model(&c, own, 1, vendor.leaf),
			rows[i].verdict);
		metadata_says(&c, rows[i].status, rows[i].text);
		attest_facts_done(&c.facts);
	}
	fetched_at = next_update = 0;
}

static void test_of_two_entries_that_fit_the_compromised_one_counts(
	void **state)
{
	const struct model two[] = {
		{ .aaguid = MODEL, .root = vendor.middle },
		{ .aaguid = MODEL, .root = vendor.root,
			.reports = "{\"status\":\"REVOKED\"}" },
		{ .aaguid = MODEL, .root = vendor.root },
	};
	struct verification c = { 0 };

	(void)state;
	vendor_answer_init(&c.w, &vendor);
	assert_int_equal(verify_model(&c, two, 3, vendor.leaf),
		VERDICT_COMPROMISED);
	attest_facts_done(&c.facts);
}

static void test_of_two_entries_that_fit_the_least_certified_counts(
	void **state)
{
	static const char *const reports[] = {
		"{\"status\":\"FIDO_CERTIFIED_L2\"}",
		"{\"status\":\"FIDO_CERTIFIED_L1\"}",
		"{\"status\":\"FIDO_CERTIFIED_L3\"}",
	};
	struct model three[] = {
		{ .aaguid = MODEL, .root = vendor.root },
		{ .aaguid = MODEL, .root = vendor.root },
		{ .aaguid = MODEL, .root = vendor.root },
	};
	struct verification c = { 0 };
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(three); i++) {
		for (k = 0; k < ARRAY_LEN(three); k++)
			three[k].reports = reports[(i + k) % ARRAY_LEN(three)];
		vendor_answer_init(&c.w, &vendor);
		assert_int_equal(verify_model(&c, three, 3, vendor.leaf),
			VERDICT_GENUINE);
		assert_int_equal(c.facts.certification, 2);
		attest_facts_done(&c.facts);
	}
}

static void test_a_u2f_model_is_known_by_its_vendors_key(void **state)
{
	static const struct {
		int named; /* 0 leaf, 1 its CA, 2 somebody else's */
		enum verdict verdict;
	} rows[] = {
		{ 0, VERDICT_GENUINE },
		{ 1, VERDICT_GENUINE },
		{ 2, VERDICT_UNKNOWN_VENDOR },
	};
	X509 *const named[] = { vendor.leaf, vendor.middle, vendor.root };
	struct verification c = { 0 };
	size_t i;

	(void)state;
	vendor_answer_u2f(&c.w, &vendor);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const struct model model = { .named = named[rows[i].named],
			.root = vendor.middle };

		assert_int_equal(verify_model(&c, &model, 1, vendor.leaf),
			rows[i].verdict);
		attest_facts_done(&c.facts);
	}
}

/* ... and by any entry that can be read, whatever stands before it. */
static void test_a_u2f_model_is_found_behind_an_entry_that_cannot_be_read(
	void **state)
{
	const struct model models[] = {
		{ .named = vendor.middle, .root = vendor.middle,
			.reports = "{}" },
		{ .named = vendor.middle, .root = vendor.middle },
	};
	struct verification c = { 0 };

	(void)state;
	vendor_answer_u2f(&c.w, &vendor);
	assert_int_equal(verify_model(&c, models, 2, vendor.leaf),
		VERDICT_GENUINE);
	assert_int_equal(c.facts.certification, 4);
	attest_facts_done(&c.facts);
	assert_int_equal(verify_model(&c, models, 1, vendor.leaf),
		VERDICT_UNKNOWN_VENDOR);
	attest_facts_done(&c.facts);
}

/* Zeros in an answer are no claim. */
static void test_what_names_no_model_claims_none(void **state)
{
	const struct model model = { .named = vendor.middle,
		.root = vendor.middle };
	X509 *leaf = nameless_leaf();
	struct verification c = { 0 };

	(void)state;
	vendor_answer_u2f(&c.w, &vendor);
	assert_int_equal(verify_model(&c, &model, 1, leaf), VERDICT_GENUINE);
	assert_string_equal(c.steps.rows[2].name, "model");
	assert_int_equal(c.steps.rows[2].status, STEP_UNKNOWN);
	assert_string_equal(c.steps.rows[2].text,
		"neither the certificate nor the answer names a model");
	attest_facts_done(&c.facts);
	X509_free(leaf);
}

/* Its statement signs no AAGUID: what the answer claims is anybody's word. */
static void test_a_u2f_answer_proves_no_model_by_claiming_it(void **state)
{
	const struct model own = { .aaguid = MODEL, .root = vendor.middle };
	X509 *leaf = nameless_leaf();
	struct verification c = { 0 };

	(void)state;
	vendor_answer_u2f(&c.w, &vendor);
	memcpy(c.w.aaguid, VENDOR_AAGUID, 16);
	c.w.flags |= AUTHDATA_UV;
	assert_int_equal(verify_with(&c, &own, 1, leaf, vendor.middle),
		VERDICT_GENUINE);
	assert_true(c.facts.attested);
	assert_false(c.facts.aaguid_proved);
	model_says(&c, STEP_UNKNOWN, "the certificate names no model: AAGUID ");
	assert_int_equal(c.facts.certification, -1);
	/* nor that the user was verified */
	assert_int_equal(c.facts.flags, AUTHDATA_UP | AUTHDATA_AT);
	attest_facts_done(&c.facts);
	X509_free(leaf);
}

static void test_a_u2f_leaf_proves_the_model_that_it_names(void **state)
{
	struct model own = { .aaguid = MODEL, .root = vendor.middle };
	struct verification c = { 0 };

	(void)state;
	vendor_answer_u2f(&c.w, &vendor);
	assert_int_equal(verify_model(&c, &own, 1, vendor.leaf),
		VERDICT_GENUINE);
	assert_true(c.facts.aaguid_proved);
	model_says(&c, STEP_PASS, " by the certificate, a U2F answer names "
		"none");
	assert_memory_equal(c.facts.aaguid, VENDOR_AAGUID, 16);
	assert_int_equal(c.facts.certification, 4);
	attest_facts_done(&c.facts);
	own.reports = "{\"status\":\"REVOKED\"}";
	assert_int_equal(verify_model(&c, &own, 1, vendor.leaf),
		VERDICT_COMPROMISED);
	attest_facts_done(&c.facts);
}

/* Nothing is known of its model, good or bad, and nothing passes for lack of
 * a report. */
static void test_a_model_whose_entry_cannot_be_read_is_undecided(void **state)
{
	const struct model own[] = {
		{ .aaguid = MODEL, .root = vendor.middle, .reports = "{}" },
		{ .aaguid = OTHER, .root = vendor.middle },
	};
	struct verification c = { 0 };
	const struct step *step;

	(void)state;
	vendor_answer_init(&c.w, &vendor);
	assert_int_equal(verify_model(&c, own, 2, vendor.leaf),
		VERDICT_UNDECIDED);
	step = step_of(&c, "chain");
	assert_int_equal(step->status, STEP_FAIL);
	assert_int_equal(step->verdict, VERDICT_UNDECIDED);
	assert_non_null(strstr(step->text, "leads to none of the trusted "
		"certificates (0 added here, the model's metadata cannot be "
		"read): "));
	metadata_says(&c, STEP_UNKNOWN, "the model's entry cannot be read "
		"(metadata 9, of unknown age)");
	attest_facts_done(&c.facts);
	/* where the administrator's anchor holds the chain, too */
	assert_int_equal(verify_with(&c, own, 2, vendor.leaf, vendor.middle),
		VERDICT_UNDECIDED);
	assert_int_equal(step_of(&c, "chain")->status, STEP_PASS);
	metadata_says(&c, STEP_UNKNOWN, "the model's entry cannot be read "
		"(metadata 9, of unknown age)");
	attest_facts_done(&c.facts);
	/* another model's is no hindrance */
	assert_int_equal(verify_with(&c, &own[1], 1, vendor.leaf,
		vendor.middle), VERDICT_GENUINE);
	metadata_says(&c, STEP_UNKNOWN, "the model is not in it (metadata 9, "
		"of unknown age)");
	attest_facts_done(&c.facts);
	assert_int_equal(verify_model(&c, &own[1], 1, vendor.leaf),
		VERDICT_UNKNOWN_VENDOR);
	assert_non_null(strstr(step_of(&c, "chain")->text,
		"(0 added here, none in the metadata): "));
	attest_facts_done(&c.facts);
}

/* What a certificate says that nobody vouches for passes nothing. */
static void test_where_the_chain_leads_to_nobody_nothing_passes(void **state)
{
	const struct model entry = { .aaguid = MODEL };
	struct verification c = { 0 };

	(void)state;
	vendor_answer_init(&c.w, &vendor);
	assert_int_equal(verify_model(&c, &entry, 1, vendor.leaf),
		VERDICT_UNKNOWN_VENDOR);
	assert_int_equal(step_of(&c, "chain")->status, STEP_FAIL);
	assert_int_equal(step_of(&c, "model")->status, STEP_UNKNOWN);
	assert_int_equal(step_of(&c, "metadata")->status, STEP_UNKNOWN);
	assert_non_null(strstr(step_of(&c, "metadata")->text,
		"is the model that is claimed, and not proved"));
	attest_facts_done(&c.facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_where_the_chain_leads_to_nobody_nothing_passes),
		cmocka_unit_test(
			test_a_model_whose_entry_cannot_be_read_is_undecided),
		cmocka_unit_test(test_roots_that_cannot_be_read_are_counted),
		cmocka_unit_test(test_an_entry_has_its_bound),
		cmocka_unit_test(test_a_blob_has_its_bounds),
		cmocka_unit_test(
			test_a_u2f_model_is_found_behind_an_entry_that_cannot_be_read),
		cmocka_unit_test(test_members_and_elements_are_found),
		cmocka_unit_test(
			test_a_u2f_answer_proves_no_model_by_claiming_it),
		cmocka_unit_test(
			test_a_u2f_leaf_proves_the_model_that_it_names),
		cmocka_unit_test(test_what_is_no_blob_is_refused),
		cmocka_unit_test(test_entries_are_found_by_aaguid_and_by_key),
		cmocka_unit_test(test_an_aaguid_has_one_form),
		cmocka_unit_test(test_the_worst_report_in_force_counts),
		cmocka_unit_test(test_an_entry_that_is_not_right_is_refused),
		cmocka_unit_test(test_a_report_may_be_about_one_key),
		cmocka_unit_test(test_entries_of_other_protocols_are_no_fault),
		cmocka_unit_test(
			test_a_models_own_entry_proves_what_the_leaf_does_not_name),
		cmocka_unit_test(test_another_models_entry_proves_nothing),
		cmocka_unit_test(test_what_metadata_says_has_its_age),
		cmocka_unit_test(
			test_an_entry_that_the_chain_misses_proves_nothing),
		cmocka_unit_test(
			test_of_two_entries_that_fit_the_compromised_one_counts),
		cmocka_unit_test(
			test_of_two_entries_that_fit_the_least_certified_counts),
		cmocka_unit_test(test_a_u2f_model_is_known_by_its_vendors_key),
		cmocka_unit_test(test_what_names_no_model_claims_none),
	};
	int r;

	vendor_init(&vendor);
	r = cmocka_run_group_tests(tests, NULL, NULL);
	vendor_done(&vendor);
	return r;
}
