/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation number n fails, for n = 1, 2, 3 ... until a run meets no failure:
 * nothing crashes, nothing leaks, and what is not genuine never becomes it.
 * Allocations of OpenSSL, jansson and SQLite fail as well as our own.
 */
#include "token/attest/cbor.h"
#include "token/card/ykoath.h"
#include "token/evidence.h"
#include "token/fido/proof.h"
#include "token/model/advisory.h"

#include "bridge/command/arguments.h"
#include "bridge/event/ssh-key.h"
#include "bridge/journal/journal.h"
#include "bridge/login/judge.h"
#include "bridge/login/store.h"
#include "bridge/settings/option.h"
#include "tests/unit/scarce.h"
#include "tests/unit/unit.h"
#include "tests/unit/vendor.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sqlite3.h>
#include <sys/mman.h>

static long live;      /* blocks of ours that are not freed yet */

/* ---- the wrapped functions (linked with --wrap) ---- */

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
int __real_vasprintf(char **ret, const char *fmt, va_list ap);
void *__real_mmap64(void *at, size_t n, int prot, int flags, int fd, off_t off);

void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);
int __wrap_vasprintf(char **ret, const char *fmt, va_list ap);
void *__wrap_mmap64(void *at, size_t n, int prot, int flags, int fd, off_t off);

static void *count(void *p)
{
	live += p != NULL;
	return p;
}

void *__wrap_malloc(size_t n)
{
	return scarce_fails() ? NULL : count(__real_malloc(n));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return scarce_fails() ? NULL : count(__real_calloc(n, size));
}

void *__wrap_realloc(void *p, size_t n)
{
	void *q = scarce_fails() ? NULL : __real_realloc(p, n);

	live += q && !p;
	return q;
}

void *__wrap_reallocarray(void *p, size_t n, size_t size)
{
	return size && n > SIZE_MAX / size ? NULL : __wrap_realloc(p, n * size);
}

void __wrap_free(void *p)
{
	live -= p != NULL;
	__real_free(p);
}

char *__wrap_strdup(const char *s)
{
	return scarce_fails() ? NULL : count(__real_strdup(s));
}

char *__wrap_strndup(const char *s, size_t n)
{
	return scarce_fails() ? NULL : count(__real_strndup(s, n));
}

int __wrap_vasprintf(char **ret, const char *fmt, va_list ap)
{
	int r = scarce_fails() ? -1 : __real_vasprintf(ret, fmt, ap);

	live += r >= 0;
	return r;
}

/* The pages of a secret. */
void *__wrap_mmap64(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
	return scarce_fails() ? MAP_FAILED :
			 __real_mmap64(at, n, prot, flags, fd, off);
}

/*
 * jansson aborts when it cannot hold a string that it reads, and loses a key
 * when it cannot hold what it writes: its blocks fail only where a row does
 * neither.
 */
static bool spare_json;

static void *json_malloc(size_t n)
{
	return spare_json ? count(__real_malloc(n)) : __wrap_malloc(n);
}

/* OpenSSL keeps what it likes: its blocks are not counted as live */
static void *ssl_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return scarce_fails() ? NULL : __real_malloc(n);
}

static void *ssl_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return scarce_fails() ? NULL : __real_realloc(p, n);
}

static void ssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	__real_free(p);
}

/* ---- what is run ---- */

static struct vendor vendor, untrusted;
static struct anchors anchors;
static struct attestation good, forged, unknown, other_model, vulnerable,
	copied, self;
static struct buf object, file, journal, auth;
static unsigned char *der;
static size_t der_n;
static struct evidence evidence;

/* Never true for what is not genuine, whatever fails. */
static bool is_genuine(const struct attestation *a)
{
	const struct devinfo none = { .present = false };
	struct advisory_source source = { .info = &none };
	struct advisories table = { 0 };
	struct attest_facts facts;
	struct advisory_subject subject;
	struct steps steps = { .n = 0 };

	attest_facts_init(&facts);
	attest_verify(a, &anchors, NULL, VENDOR_AT, &steps, &facts);
	source.leaf = facts.attested ? &facts.leaf : NULL;
	if (advisories_load(NULL, &table, NULL) < 0) {
		attest_facts_done(&facts);
		return false;
	}
	subject = advisory_subject(&table, &source);
	advisory_check(&table, &subject, &steps);
	advisories_done(&table);
	attest_facts_done(&facts);
	return steps_verdict(&steps) == VERDICT_GENUINE;
}

static void attest_good(void)
{
	if (!is_genuine(&good))
		assert_true(scarce.met);
}

static void attest_bad(const struct attestation *a)
{
	assert_false(is_genuine(a));
}

static void attest_forged(void)
{
	attest_bad(&forged);
}

static void attest_unknown(void)
{
	attest_bad(&unknown);
}

static void attest_other_model(void)
{
	attest_bad(&other_model);
}

static void attest_vulnerable(void)
{
	attest_bad(&vulnerable);
}

static void attest_copied(void)
{
	attest_bad(&copied);
}

static void attest_self(void)
{
	attest_bad(&self);
}

static void parse_object(void)
{
	struct attestation a;

	attestation_init(&a);
	if (attestation_parse_object(object.p, object.n, &a, &err) == 0) {
		/* success is whole */
		assert_int_equal(a.auth_data.n, good.auth_data.n);
		assert_int_equal(a.att_stmt.n, good.att_stmt.n);
	} else {
		assert_true(scarce.met);
	}
	attestation_done(&a);
}

static void write_evidence(void)
{
	struct buf b;

	spare_json = true;
	buf_init(&b, EVIDENCE_MAX);
	if (evidence_write(&evidence, &b, &err) == 0) {
		assert_string_equal(buf_str(&b), buf_str(&file));
	} else {
		assert_true(scarce.met);
	}
	buf_done(&b);
}

static void parse_evidence(void)
{
	struct evidence e;

	spare_json = true;
	evidence_init(&e);
	if (evidence_parse(file.p, file.n, &e, &err) == 0) {
		assert_int_equal(e.attestation.auth_data.n,
			good.auth_data.n);
		assert_int_equal(e.assertion.signature.n,
			evidence.assertion.signature.n);
		assert_true(e.has_claims);
	} else {
		assert_true(scarce.met);
	}
	evidence_done(&e);
}

static void prove_wrong_key(void)
{
	struct proof_facts facts = { 0 };
	struct steps steps = { .n = 0 };

	steps_add(&steps, "signature", STEP_PASS, VERDICT_GENUINE, "x");
	steps_add(&steps, "chain", STEP_PASS, VERDICT_GENUINE, "x");
	proof_verify(&evidence.assertion, auth.p, auth.n, -1, &steps, &facts);
	assert_int_equal(steps_verdict(&steps), VERDICT_NOT_THIS_TOKEN);
}

static void load_leaf(void)
{
	struct leaf leaf;
	X509 *cert = NULL;

	if (leaf_load(der, der_n, &cert, &leaf, &err) == 0)
		assert_true(leaf.has_aaguid && leaf.has_firmware);
	else
		assert_true(scarce.met && !cert);
	X509_free(cert);
}

static void load_cbor(void)
{
	cbor_item_t *item = NULL;

	if (tcbor_load(object.p, object.n, &item, &err) < 0)
		assert_true(scarce.met && !item);
	tcbor_done(&item);
}

static void load_trust(void)
{
	struct anchors a = { NULL, 0 };

	if (trust_load("store", &a, &err) == 0)
		assert_int_equal(a.n, 2);
	else
		assert_true(scarce.met && a.n == 0 && !a.rows);
	anchors_done(&a);
}

static void add_trust(void)
{
	struct anchors a = { NULL, 0 };
	size_t added;

	if (trust_add("store", "both.pem", &a, &added, &err) == 0)
		assert_int_equal(a.n, 2);
	else
		assert_true(scarce.met && !a.rows);
	anchors_done(&a);
}

static int transmit(void *context, const unsigned char *apdu, size_t n,
	struct buf *reply, uint16_t *ret_sw, struct error *e)
{
	static const char selected[] = "\x79\3\5\7\4\x71\x08" "12345678";

	(void)context;
	(void)n;
	(void)e;
	buf_reset(reply);
	if (apdu[1] == 0xa4)
		buf_put(reply, selected, sizeof(selected) - 1);
	else
		buf_put(reply, "\x72\6\x21" "alice", 8);
	*ret_sw = 0x9000;
	return buf_check(reply, "a reply", e);
}

static void select_oath(void)
{
	const struct card c = { .transmit = transmit };
	struct oath_applet a;
	bool present = false;

	if (ykoath_select(&c, &a, &present, &err) == 0 &&
		ykoath_list(&c, &a, &err) == 0) {
		assert_true(present);
		assert_int_equal(strlen(a.id), 22);
		assert_int_equal(a.n, 1);
	} else {
		assert_true(scarce.met);
	}
}

static void parse_journal(void)
{
	struct journal j = { .fd = -1 };

	spare_json = true;
	if (journal_parse((char *)journal.p, journal.n, &j, &err) == 0)
		assert_string_equal(j.facts.user, "alice");
	else
		assert_true(scarce.met);
}

static void begin_journal(void)
{
	static const struct journal_facts facts = { .user = "alice" };
	struct journal j = { .id = "00112233445566778899aabbccddeeff" };
	struct journal_list list = { NULL, 0, 0 };

	if (journal_begin(&j, "registry.db", &facts, &err) == 0) {
		journal_done(&j);
		spare_json = true;
		if (journal_open_all(&list, "registry.db", &err) == 0)
			assert_int_equal(list.n, 1);
		else
			assert_true(scarce.met && !list.p);
		journal_list_done(&list);
	} else {
		assert_true(scarce.met);
		journal_done(&j);
	}
	unlink("registry.db.journal/00112233445566778899aabbccddeeff.journal");
}

static void parse_options(void)
{
	static const char text[] = "registry = /srv/registry.db\n";
	char *argv[] = { (char *)"tokenbridge", (char *)"--token",
		(char *)"123", (char *)"list", NULL };
	struct options o;

	memset(&o, 0, sizeof(o));
	if (options_parse(&o, verbs, 4, argv, &err) < 0 ||
		options_parse_file(&o, text, strlen(text), "f",
			FROM_USER_FILE, &err) < 0)
		assert_true(scarce.met);
	else
		assert_string_equal(option(&o, OPTION_REGISTRY),
			"/srv/registry.db");
	options_done(&o);
}

/* ---- login ---- */

#define COUNTERS "00112233445566778899aabbccddeeff"

static struct counters counters;
static uint32_t slot;

static void read_pin(void)
{
	struct secret pin = SECRET_INIT;

	if (login_pin_read((const unsigned char *)"1234", 4, &pin, &err) == 0)
		assert_string_equal(secret_str(&pin), "1234");
	else
		assert_true(scarce.met && !pin.p);
	secret_done(&pin);
}

static void write_request(void)
{
	const struct login_request q = { .user = "alice" };
	struct login_request back = { .user = "" };
	struct buf b;

	buf_init(&b, 1000);
	login_request_write(&q, &b);
	if (!buf_failed(&b))
		OK(login_request_read(b.p, b.n, &back, &err));
	else
		assert_true(scarce.met);
	buf_done(&b);
}

/* A user whom the file knows is never one who has nothing. */
static void ask_login_db(void)
{
	struct login_credentials list = { NULL, 77 };
	struct login_db *db = NULL;

	if (login_db_open(&db, "login.db", &err) < 0) {
		assert_true(scarce.met && !db);
		return;
	}
	assert_int_equal(login_db_info(db)->generation, 42);
	if (login_db_credentials(db, USER_NAMED("alice"), &list, &err) == 0)
		assert_true(list.n == 1 && list.p[0].id_n == 2 &&
			list.p[0].verify_required);
	else
		assert_true(scarce.met && !list.p && list.n == 77);
	login_credentials_done(&list);
	login_db_free(&db);
}

static int see_key(const struct login_ssh_key *key, void *arg)
{
	assert_string_equal(key->line, "type one");
	++*(int *)arg;
	return 0;
}

static void ask_ssh_keys(void)
{
	struct login_db *db = NULL;
	int seen = 0;

	if (login_db_open(&db, "login.db", &err) < 0)
		assert_true(scarce.met && !db);
	else if (login_db_ssh_keys(db, USER_NAMED("alice"), NULL, see_key,
		&seen, &err) <
		0)
		assert_true(scarce.met);
	else
		assert_int_equal(seen, 1);
	login_db_free(&db);
}

static void open_counters(void)
{
	struct counters c = COUNTERS_INIT;
	uint32_t n = 77;

	if (counters_open(&c, "counters", COUNTERS, &err) < 0)
		assert_true(scarce.met && c.fd == -1);
	else if (counters_read(&c, slot, "a", 1, &n, &err) < 0)
		assert_true(scarce.met && n == 77);
	else
		assert_int_equal(n, 10);
	counters_done(&c);
}

static void make_counters(void)
{
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = COUNTERS;
	uint32_t n = 77;

	unlink("fresh");
	if (counters_make(&c, "fresh", id, &err) < 0)
		assert_true(scarce.met && c.fd == -1 && !c.keys);
	else if (counters_slot(&c, "a", 1, 10, &n, &err) < 0)
		assert_true(scarce.met && n == 77 && c.slots == 0);
	else
		assert_true(n == 0 && c.slots == 1);
	counters_done(&c);
}

/* Whoever has a slot keeps it: a new one would begin with an older counter. */
static void publish_again(void)
{
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = COUNTERS;
	uint32_t n = slot;

	if (counters_make(&c, "counters", id, &err) < 0)
		assert_true(scarce.met && c.fd == -1 && !c.keys);
	else if (counters_slot(&c, "a", 1, 3, &n, &err) < 0)
		assert_true(scarce.met);
	assert_int_equal(n, slot);
	counters_done(&c);
}

/* A clone is never let in; who is let in is saved. */
static void judge_a_clone(void)
{
	struct login_credential c = { .id = "a", .id_n = 1, .slot = slot };
	enum login_result r;
	bool unsaved = false;

	r = login_judge_counter(&counters, &c, 10, deadline_in(1000),
		&unsaved, &err);
	assert_true(r == LOGIN_COUNTER || (scarce.met && r == LOGIN_NO_RECORD));
	assert_false(unsaved);
}

static void judge_a_rise(void)
{
	struct login_credential c = { .id = "b", .id_n = 1, .slot = 1 };
	static uint32_t counter;
	enum login_result r;
	bool unsaved = false;

	r = login_judge_counter(&counters, &c, ++counter, deadline_in(1000),
		&unsaved, &err);
	assert_true(r == LOGIN_GRANTED || (scarce.met && r == LOGIN_NO_RECORD));
	assert_false(unsaved);
}

static void read_ssh_key(void)
{
	static const char line[] = "verify-required "
		"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2"
		"guY29tAAAAIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2trAAAABHNz"
		"aDo=";
	char fingerprint[SSH_FINGERPRINT_LEN] = "";
	struct ssh_key key;
	struct buf b;
	bool empty;

	buf_init(&b, 4096);
	if (ssh_key_parse_line(line, strlen(line), &key, &empty, &err) < 0 ||
		ssh_key_line(key.blob, key.blob_n, true, &b, &err) < 0)
		assert_true(scarce.met);
	else
		assert_string_equal(buf_str(&b), line);
	if (ssh_key_fingerprint((const unsigned char *)"abc", 3, fingerprint,
		    &err) == 0)
		assert_string_equal(fingerprint,
			"SHA256:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0");
	else
		assert_true(scarce.met && !fingerprint[0]);
	buf_done(&b);
}

static void write_a_file(void)
{
	struct buf b;

	buf_init(&b, 16);
	if (file_make_dirs("a/b", 0700, &err) < 0 ||
		file_write_atomic("a/b/f", "x", 1, 0600, false, &err) < 0 ||
		file_read("a/b/f", FILE_PRIVATE, &b, NULL, &err) < 0)
		assert_true(scarce.met);
	else
		assert_string_equal(buf_str(&b), "x");
	buf_done(&b);
}

static const struct row {
	const char *name;
	void (*run)(void);
} rows[] = {
	{ "a genuine statement is judged without a crash", attest_good },
	{ "a forged statement never becomes genuine", attest_forged },
	{ "an unknown vendor never becomes genuine", attest_unknown },
	{ "another model never becomes genuine", attest_other_model },
	{ "vulnerable firmware never becomes genuine", attest_vulnerable },
	{ "a copied credential never becomes genuine", attest_copied },
	{ "self attestation never becomes genuine", attest_self },
	{ "a proof by another key never holds", prove_wrong_key },
	{ "an attestation object is parsed whole or not", parse_object },
	{ "evidence is written whole or not", write_evidence },
	{ "evidence is read whole or not", parse_evidence },
	{ "a certificate is read whole or not", load_leaf },
	{ "CBOR is loaded whole or not", load_cbor },
	{ "a trust store is loaded whole or not", load_trust },
	{ "anchors are added, or an error is told", add_trust },
	{ "an OATH applet is read whole or not", select_oath },
	{ "a journal is parsed whole or not", parse_journal },
	{ "a journal is begun, or an error is told", begin_journal },
	{ "options are parsed whole or not", parse_options },
	{ "files are written, or an error is told", write_a_file },
	{ "a PIN is read whole or not", read_pin },
	{ "a login request is written whole or not", write_request },
	{ "a user of login.db is never one without credentials", ask_login_db },
	{ "keys for sshd come whole or with an error", ask_ssh_keys },
	{ "counters are opened and read, or an error is told", open_counters },
	{ "a slot for a counter is made, or an error is told", make_counters },
	{ "publishing again keeps a slot, or tells an error", publish_again },
	{ "a clone's counter never becomes granted", judge_a_clone },
	{ "a counter that rises is saved, or lets nobody in", judge_a_rise },
	{ "an sk key is read and written whole or not", read_ssh_key },
};

static void run_row(void **state)
{
	const struct row *row = *state;
	long n, before;
	int mode;

	row->run(); /* once, so that libraries have made what they keep */
	for (mode = 0; mode < 2; mode++)
		for (n = 1, scarce.met = true; scarce.met; n++) {
			before = live;
			scarce.met = false;
			scarce.onwards = mode == 1;
			scarce.countdown = n;
			spare_json = false;
			row->run();
			scarce.countdown = 0;
			ERR_clear_error();
			if (live != before)
				fail_msg("%ld blocks leak when allocation %ld "
					"fails%s", live - before, n,
					mode ? " and all behind it" : "");
			assert_true(n < 100000);
		}
}

static void make(struct attestation *ret, const struct vendor_cert *leaf,
	const struct vendor *by, uint8_t flags, int model)
{
	struct vendor_answer w;
	X509 *cert = NULL;

	attestation_init(ret);
	vendor_answer_init(&w, by);
	w.flags |= flags;
	w.aaguid[0] ^= (unsigned char)model;
	if (leaf)
		w.x5c[0] = cert = vendor_cert(leaf, by->leaf_key, by->middle,
			by->middle_key);
	vendor_answer_build(&w, ret);
	X509_free(cert);
}

static void make_files(void)
{
	BIO *bio = BIO_new_file("both.pem", "w");
	struct anchors added = { NULL, 0 };
	size_t n;

	assert_int_equal(PEM_write_bio_X509(bio, vendor.root), 1);
	assert_int_equal(PEM_write_bio_X509(bio, vendor.middle), 1);
	BIO_free(bio);
	OK(trust_add("store", "both.pem", &added, &n, &err));
	anchors_done(&added);
}

static void seal(sqlite3 *handle)
{
	struct login_db db = { .db = handle };
	unsigned char digest[SHA256_LEN];
	sqlite3_stmt *stmt;

	OK(ldb_digest(&db, NULL, NULL, digest, &err));
	assert_int_equal(sqlite3_prepare_v2(handle,
		"UPDATE made SET digest = ?1", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_blob(stmt, 1, digest, sizeof(digest), SQLITE_STATIC);
	assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
	sqlite3_finalize(stmt);
}

static void make_login_db(void)
{
	static const char sql[] =
		"PRAGMA application_id = 1953197159; PRAGMA user_version = 1;"
		"CREATE TABLE made (made_at, generation, station, rehearsal,"
		" counters, digest);"
		"CREATE TABLE credentials (user, token, aaguid, id, public_key,"
		" counter, slot, verify_required);"
		"CREATE TABLE ssh_keys (user, fingerprint, token, line);"
		"INSERT INTO made VALUES (1, 42, '', 0, '" COUNTERS "', NULL);"
		"INSERT INTO credentials VALUES ('alice', '00000001', '',"
		" x'0102', x'a5', 0, 0, 1);"
		"INSERT INTO ssh_keys VALUES ('alice', 'f', '', 'type one');";
	sqlite3 *db;

	assert_int_equal(LOGIN_DB_APPLICATION, 1953197159);
	assert_int_equal(sqlite3_open("login.db", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	seal(db);
	sqlite3_close(db);
	assert_int_equal(chmod("login.db", 0600), 0);
}

static void make_login(void)
{
	char id[COUNTER_ID_LEN] = COUNTERS;
	struct counters c = COUNTERS_INIT;
	uint32_t other;

	make_login_db();
	OK(counters_make(&c, "counters", id, &err));
	OK(counters_slot(&c, "a", 1, 9, &slot, &err));
	OK(counters_write(&c, slot, "a", 1, 10, &err));
	OK(counters_slot(&c, "b", 1, 0, &other, &err));
	assert_int_equal(other, 1);
	counters_done(&c);
	OK(counters_open(&counters, "counters", COUNTERS, &err));
}

static char place[64];

static int set_up(void **state)
{
	struct vendor_cert old = vendor_leaf_cert;
	struct vendor_answer w;
	unsigned char *p = NULL;

	(void)state;
	enter_place(place);
	vendor_init(&vendor);
	vendor_init(&untrusted);
	EVP_PKEY_free(untrusted.root_key);
	X509_free(untrusted.root);
	X509_free(untrusted.middle);
	untrusted.root_key = vendor_key("P-256");
	untrusted.root = vendor_cert(&vendor_root_cert, untrusted.root_key,
		NULL, NULL);
	untrusted.middle = vendor_cert(&vendor_middle_cert,
		untrusted.middle_key, untrusted.root, untrusted.root_key);
	vendor_anchors(&anchors, &vendor.root, 1);
	old.extensions[2].hex = "0403050403";
	make(&good, NULL, &vendor, 0, 0);
	make(&forged, NULL, &vendor, 0, 0);
	forged.client_data.p[3] ^= 1;
	make(&unknown, NULL, &untrusted, 0, 0);
	make(&other_model, NULL, &vendor, 0, 1);
	make(&vulnerable, &old, &vendor, 0, 0);
	make(&copied, NULL, &vendor, AUTHDATA_BE, 0);
	attestation_init(&self);
	vendor_answer_init(&w, &vendor);
	w.with_x5c = false;
	w.sign_key = vendor.credential_key;
	vendor_answer_build(&w, &self);
	buf_init(&object, ATTEST_BYTES_MAX);
	attestation_put_object(&object, &good);
	vendor_evidence(&vendor, &evidence);
	buf_init(&file, EVIDENCE_MAX);
	OK(evidence_write(&evidence, &file, &err));
	buf_init(&journal, 4096);
	buf_put_str(&journal, "{\"v\":1,\"journal\":"
		"\"00112233445566778899aabbccddeeff\",\"kind\":\"enroll\","
		"\"point\":\"intent\",\"time\":\"2026-01-01T00:00:00Z\","
		"\"user\":\"alice\"}\n");
	buf_init(&auth, 1024);
	vendor_cose_key(&auth, vendor.leaf_key, COSE_ALG_ES256);
	der_n = (size_t)i2d_X509(vendor.leaf, &p);
	der = p;
	make_files();
	make_login();
	return 0;
}

static int tear_down(void **state)
{
	struct attestation *const all[] = { &good, &forged, &unknown,
		&other_model, &vulnerable, &copied, &self };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(all); i++)
		attestation_done(all[i]);
	evidence_done(&evidence);
	buf_done(&object);
	buf_done(&file);
	buf_done(&journal);
	buf_done(&auth);
	OPENSSL_free(der);
		counters_done(&counters);
	anchors_done(&anchors);
	vendor_done(&vendor);
	vendor_done(&untrusted);
	leave_place(place);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_LEN(rows)];
	size_t i;

	if (CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free) != 1)
		return 1;
	json_set_alloc_funcs(json_malloc, __wrap_free);
	if (!scarce_sqlite((struct scarce_heap){ __real_malloc, __real_realloc,
			__real_free }))
		return 1;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		tests[i] = (struct CMUnitTest){ .name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)&rows[i] };
	return cmocka_run_group_tests_name("memory", tests, set_up,
		tear_down);
}
