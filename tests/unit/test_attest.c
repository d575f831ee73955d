/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps from signature to metadata, on statements that a vendor of our own
 * signs with OpenSSL: a vector is one way of doing it right or wrong.
 */
#include "token/attest/attest.h"

#include "tests/unit/unit.h"
#include "tests/unit/vectors.h"
#include "token/attest/cbor.h"

#include <openssl/pem.h>

static const struct step *find(const struct steps *steps, const char *name)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		if (strcmp(steps->rows[i].name, name) == 0)
			return &steps->rows[i];
	return NULL;
}

static void print(const struct steps *steps)
{
	size_t i;

	for (i = 0; i < steps->n; i++)
		print_error("  %s %s %s: %s\n", steps->rows[i].name,
			step_status_name(steps->rows[i].status),
			verdict_name(steps->rows[i].verdict),
			steps->rows[i].text);
}

/* What must hold of every answer, whatever its verdict. */
static void check_facts(const struct vector *s, const struct steps *steps,
	const struct attest_facts *f)
{
	const struct step *chain = find(steps, "chain");
	size_t i;

	assert_int_equal(f->attested, chain && chain->status == STEP_PASS);
	if (f->aaguid_proved)
		assert_true(f->attested && f->has_leaf && f->leaf.has_aaguid);
	assert_int_equal(f->attested, f->anchor_sha256[0] != '\0');
	for (i = 0; i < steps->n; i++)
		assert_null(strpbrk(steps->rows[i].text, "\n\x1b\xff"));
	/* only a step that says so lets such a key be judged at all */
	assert_int_equal(f->unverifiable && find(steps, "chain"),
		find(steps, "credential") != NULL);
	if (steps_verdict(steps) != VERDICT_GENUINE)
		return;
	assert_false(f->unverifiable);
	assert_int_equal(f->flags, s->w.flags);
	assert_int_equal(f->counter, s->w.counter);
	assert_int_equal(f->alg, s->w.credential_alg);
	assert_int_equal(f->credential_id.n, strlen(s->w.credential_id));
	/* what a leaf that the chain proves names is proved */
	assert_int_equal(f->aaguid_proved, f->leaf.has_aaguid);
	assert_memory_equal(f->aaguid, f->leaf.has_aaguid ? f->leaf.aaguid :
		s->w.aaguid, 16);
}

/* ---- every step to the letter ---- */

static const char *said_path; /* TOKENBRIDGE_SAID=write writes it anew */
static struct buf said;

/* Certificates are made anew in each run: their hashes are left out, and the
 * lengths of statements, of which their signatures are of some bytes. */
static void note_step(struct step *step)
{
	static const char sha[] = "SHA-256 ";
	char *p = step->text, *hit = strstr(p, "statement: CBOR"), *digit;

	buf_printf(&said, "  %s %s %s: ", step->name,
		step_status_name(step->status), verdict_name(step->verdict));
	if (hit)
		for (digit = hit; *digit; digit++)
			if (*digit >= '0' && *digit <= '9')
				*digit = '#';
	while ((hit = strstr(p, sha))) {
		hit += strlen(sha);
		buf_put(&said, p, (size_t)(hit - p));
		assert_int_equal(strspn(hit, "0123456789abcdef"), 16);
		buf_put_str(&said, "...");
		p = hit + 16;
	}
	buf_printf(&said, "%s\n", p);
}

static void note_steps(const char *name, struct steps *steps)
{
	size_t i;

	buf_printf(&said, "%s\n", name);
	for (i = 0; i < steps->n; i++)
		note_step(&steps->rows[i]);
}

/* What each line should be, until the first that is not. */
static void every_step_says_what_stands_in_the_file(void **state)
{
	const char *how = getenv("TOKENBRIDGE_SAID");
	const char *is, *should;
	size_t n, m, line = 1;
	struct buf want;

	(void)state;
	assert_false(buf_failed(&said));
	if (how && strcmp(how, "write") == 0) {
		write_file(said_path, said.p, said.n, 0644);
		return;
	}
	buf_init(&want, 1 << 20);
	OK(file_read(said_path, FILE_ANY, &want, NULL, &err));
	is = buf_str(&said);
	should = buf_str(&want);
	for (; *is || *should; is += n + (is[n] != 0),
		should += m + (should[m] != 0), line++) {
		n = strcspn(is, "\n");
		m = strcspn(should, "\n");
		if (n != m || memcmp(is, should, n) != 0)
			fail_msg("%s, line %zu:\n%.*s\n%.*s", said_path, line,
				(int)m, should, (int)n, is);
	}
	buf_done(&want);
	buf_done(&said);
}

static void run_row(void **state)
{
	const struct vector_row *row = *state;
	struct steps steps = { .n = 0 };
	struct attest_facts facts;
	struct anchors anchors;
	struct attestation a;
	const struct step *step;
	struct vector s;

	vector_build(row, &s, &a);
	vendor_anchors(&anchors, s.anchors, s.anchors_n);
	attest_facts_init(&facts);
	attest_verify(&a, &anchors, NULL, s.at, &steps, &facts);
	step = find(&steps, row->step);
	if (steps_verdict(&steps) != row->verdict || !step ||
		step->status != row->status)
		print(&steps);
	assert_string_equal(verdict_name(steps_verdict(&steps)),
		verdict_name(row->verdict));
	assert_non_null(step);
	assert_int_equal(step->status, row->status);
	check_facts(&s, &steps, &facts);
	note_steps(row->name, &steps);
	attest_facts_done(&facts);
	anchors_done(&anchors);
	attestation_done(&a);
	vector_done(&s);
}

/* ---- the attestation object ---- */

static void good(struct attestation *ret)
{
	struct vendor_answer w;

	attestation_init(ret);
	vendor_answer_init(&w, &vendor);
	vendor_answer_build(&w, ret);
}

static void assert_same(const struct attestation *a,
	const struct attestation *b)
{
	assert_string_equal(a->fmt, b->fmt);
	assert_int_equal(a->auth_data.n, b->auth_data.n);
	assert_memory_equal(a->auth_data.p, b->auth_data.p, b->auth_data.n);
	assert_int_equal(a->att_stmt.n, b->att_stmt.n);
	assert_memory_equal(a->att_stmt.p, b->att_stmt.p, b->att_stmt.n);
}

static void an_attestation_object_comes_back_as_it_was(void **state)
{
	struct attestation a, b;
	struct buf o;

	(void)state;
	good(&a);
	attestation_init(&b);
	buf_init(&o, ATTEST_BYTES_MAX);
	attestation_put_object(&o, &a);
	assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL), 0);
	assert_same(&b, &a);
	buf_done(&o);
	attestation_done(&a);
	attestation_done(&b);
}

static void the_order_of_the_members_does_not_matter(void **state)
{
	struct attestation a, b;
	struct buf o;

	(void)state;
	good(&a);
	attestation_init(&b);
	buf_init(&o, ATTEST_BYTES_MAX);
	tcbor_put_head(&o, TCBOR_MAP, 4);
	tcbor_put_text(&o, "authData");
	tcbor_put_bytes(&o, a.auth_data.p, a.auth_data.n);
	tcbor_put_text(&o, "unknown");
	tcbor_put_text(&o, "attStmt");
	tcbor_put_text(&o, "attStmt");
	buf_put(&o, a.att_stmt.p, a.att_stmt.n);
	tcbor_put_text(&o, "fmt");
	tcbor_put_text(&o, a.fmt);
	assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL), 0);
	assert_same(&b, &a);
	buf_done(&o);
	attestation_done(&a);
	attestation_done(&b);
}

static void a_cut_attestation_object_is_malformed_at_every_byte(void **state)
{
	struct attestation a, b;
	struct error e;
	struct buf o;
	size_t n;

	(void)state;
	good(&a);
	good(&b);
	strcpy(b.fmt, "kept");
	buf_init(&o, ATTEST_BYTES_MAX);
	attestation_put_object(&o, &a);
	for (n = 0; n < o.n; n++) {
		/* a copy of its own, so that a byte too far is seen */
		unsigned char *cut = malloc(n ? n : 1);

		memcpy(cut, o.p, n);
		assert_int_equal(attestation_parse_object(cut, n, &b, &e),
			-ERROR_MALFORMED);
		free(cut);
	}
	assert_string_equal(b.fmt, "kept");
	assert_int_equal(b.auth_data.n, a.auth_data.n);
	buf_done(&o);
	attestation_done(&a);
	attestation_done(&b);
}

/* {"fmt": FMT, "attStmt": [], "authData": h'78'} */
static int parse_list_of(const char *fmt, struct attestation *ret)
{
	struct buf o;
	int r;

	buf_init(&o, 4096);
	tcbor_put_head(&o, TCBOR_MAP, 3);
	tcbor_put_text(&o, "fmt");
	tcbor_put_text(&o, fmt);
	tcbor_put_text(&o, "attStmt");
	vendor_hex(&o, "80");
	tcbor_put_text(&o, "authData");
	tcbor_put_bytes(&o, "x", 1);
	r = attestation_parse_object(o.p, o.n, ret, NULL);
	buf_done(&o);
	return r;
}

static void a_statement_that_is_not_read_may_be_of_any_form(void **state)
{
	static const char *const known[] = { "packed", "fido-u2f", "tpm",
		"none" };
	struct attestation b;
	size_t i;

	(void)state;
	attestation_init(&b);
	for (i = 0; i < ARRAY_LEN(known); i++) {
		assert_true(attest_understands(known[i]));
		assert_int_equal(parse_list_of(known[i], &b),
			-ERROR_MALFORMED);
	}
	assert_false(attest_understands("compound"));
	assert_int_equal(parse_list_of("compound", &b), 0);
	assert_string_equal(b.fmt, "compound");
	assert_int_equal(b.att_stmt.n, 1);
	attestation_done(&b);
}

static void other_items_are_no_attestation_object(void **state)
{
	static const char *const hex[] = {
		"", "00", "a0", "80", "60", "f6", "a1",
		/* {"fmt":"none","attStmt":{},"authData":"x"} */
		"a363666d74646e6f6e656761747453746d74a068617574684461746161"
		"78",
		/* attStmt is a list */
		"a363666d74646e6f6e656761747453746d74806861757468446174614178",
		/* fmt is bytes */
		"a363666d74446e6f6e656761747453746d74a06861757468446174614178",
		/* fmt holds a NUL */
		"a363666d746461006e656761747453746d74a06861757468446174614178",
		/* indefinite */
		"bf63666d74646e6f6e656761747453746d74a06861757468446174614178"
		"ff",
		/* a byte behind it */
		"a363666d74646e6f6e656761747453746d74a06861757468446174614178"
		"00",
		/* the key authData in indefinite pieces */
		"a363666d74646e6f6e656761747453746d74a07f6861757468446174"
		"61ff4178",
	};
	struct attestation b;
	struct error e;
	struct buf o;
	size_t i;

	(void)state;
	attestation_init(&b);
	buf_init(&o, 4096);
	for (i = 0; i < ARRAY_LEN(hex); i++) {
		buf_reset(&o);
		vendor_hex(&o, hex[i]);
		assert_int_equal(attestation_parse_object(o.p, o.n, &b, &e),
			-ERROR_MALFORMED);
		assert_true(e.text[0]);
	}
	buf_done(&o);
	attestation_done(&b);
}

/* The three members among others: as many as the first byte counts. */
static void more_members_than_the_first_byte_counts_are_refused(void **state)
{
	struct attestation b;
	size_t n, i;
	struct buf o;

	(void)state;
	attestation_init(&b);
	for (n = 23; n <= 25; n++) {
		buf_init(&o, 4096);
		tcbor_put_head(&o, TCBOR_MAP, n);
		for (i = 3; i < n; i++) {
			char key[] = { (char)('a' + i), '\0' };

			tcbor_put_text(&o, key);
			vendor_hex(&o, "00");
		}
		tcbor_put_text(&o, "fmt");
		tcbor_put_text(&o, "none");
		tcbor_put_text(&o, "attStmt");
		vendor_hex(&o, "a0");
		tcbor_put_text(&o, "authData");
		tcbor_put_bytes(&o, "x", 1);
		assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL),
			n == 23 ? 0 : -ERROR_MALFORMED);
		buf_done(&o);
	}
	attestation_done(&b);
}

static void an_empty_fmt_none_object_is_parsed(void **state)
{
	struct attestation b;
	struct buf o;

	(void)state;
	attestation_init(&b);
	buf_init(&o, 4096);
	vendor_hex(&o, "a363666d74646e6f6e656761747453746d74a068617574684461"
		      "74614178");
	assert_int_equal(attestation_parse_object(o.p, o.n, &b, NULL), 0);
	assert_string_equal(b.fmt, "none");
	assert_int_equal(b.att_stmt.n, 1);
	assert_int_equal(b.auth_data.n, 1);
	buf_done(&o);
	attestation_done(&b);
}

static int set_up(void **state)
{
	(void)state;
	vectors_init();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	vectors_done();
	return 0;
}

/* ---- trust ---- */

static void check_chain(const struct anchors *anchors, enum verdict want)
{
	struct steps steps = { .n = 0 };
	struct attest_facts facts;
	struct attestation a;

	good(&a);
	attest_facts_init(&facts);
	attest_verify(&a, anchors, NULL, VENDOR_AT, &steps, &facts);
	assert_int_equal(steps_verdict(&steps), want);
	assert_false(facts.attested);
	attest_facts_done(&facts);
	attestation_done(&a);
}

static void openssl_s_own_store_is_never_asked(void **state)
{
	char place[64], path[96];
	struct anchors none = { 0 }, others;
	FILE *f;

	(void)state;
	enter_place(place);
	snprintf(path, sizeof(path), "%s/root.pem", place);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, vendor.root), 1);
	assert_int_equal(PEM_write_X509(f, vendor.middle), 1);
	fclose(f);
	setenv("SSL_CERT_FILE", path, 1);
	setenv("SSL_CERT_DIR", place, 1);
	check_chain(&none, VERDICT_UNDECIDED);
	vendor_anchors(&others, &untrusted.root, 1);
	check_chain(&others, VERDICT_UNKNOWN_VENDOR);
	anchors_done(&others);
	unsetenv("SSL_CERT_FILE");
	unsetenv("SSL_CERT_DIR");
	leave_place(place);
}

static void add_rows(struct CMUnitTest *tests, const struct vector_row *rows,
	size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)&rows[i] };
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest others[] = {
		cmocka_unit_test(every_step_says_what_stands_in_the_file),
		cmocka_unit_test(an_attestation_object_comes_back_as_it_was),
		cmocka_unit_test(the_order_of_the_members_does_not_matter),
		cmocka_unit_test(
			a_cut_attestation_object_is_malformed_at_every_byte),
		cmocka_unit_test(
			a_statement_that_is_not_read_may_be_of_any_form),
		cmocka_unit_test(other_items_are_no_attestation_object),
		cmocka_unit_test(an_empty_fmt_none_object_is_parsed),
		cmocka_unit_test(
			more_members_than_the_first_byte_counts_are_refused),
		cmocka_unit_test(openssl_s_own_store_is_never_asked),
	};
	static struct CMUnitTest tests[512];
	size_t n = vectors_n + vectors_tpm_n + vectors_algorithms_n;
	size_t all = n + ARRAY_LEN(others);

	if (all > ARRAY_LEN(tests) || argc != 2)
		return 2;
	said_path = argv[1];
	buf_init(&said, 1 << 20);
	add_rows(tests, vectors, vectors_n);
	add_rows(tests + vectors_n, vectors_tpm, vectors_tpm_n);
	add_rows(tests + vectors_n + vectors_tpm_n, vectors_algorithms,
		vectors_algorithms_n);
	memcpy(tests + n, others, sizeof(others));
	return _cmocka_run_group_tests("attest", tests, all, set_up,
		tear_down);
}
