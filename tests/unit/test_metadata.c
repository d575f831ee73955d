/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Getting FIDO's metadata: by which way, what is asked, whose signature counts
 * and what is stored. The network and the store are a table's.
 */
#include "bridge/verify/metadata.h"

#include "aws/config/config.h"
#include "aws/http/http.h"
#include "tests/unit/unit.h"
#include "tests/unit/heard.h"
#include "tests/unit/vendor.h"

#include <openssl/pem.h>

#define URL "https://mds.example/"
#define BLOB "header.payload.signature"

static struct world {
	const char *stored;  /* etag of what is stored; NULL: none */
	const char *from;    /* whence it came */
	bool damaged;        /* what is stored */
	const char *proxy, *bypass, *ca; /* by the settings */
	bool systems;        /* says that */
	int status, connect, get, way, open, store, confirm; /* errors */
	const char *body;
	bool same;           /* as what is stored */
	/* what came of it */
	char etag[128], asked[128], by[128], ca_text[64];
	char blob[64], etag_stored[128], url_stored[256];
	size_t signers, connections;
	uint64_t number;
	unsigned stores, confirms;
	int live;            /* metadata not given back */
} w;

static const struct metadata_request *asked;
static const struct mds_info info = { .number = 41 };

static int fails(int code, const char *text, struct error *e)
{
	return code ? error_set(e, code, "%s", text) : 0;
}

/* ---- the store ---- */

WRAP(int, mds_cache_load, const char *dir, struct mds **ret,
	struct mds_origin *ret_origin, struct error *e)
{
	assert_string_equal(dir, "/trust");
	assert_null(e);
	if (w.damaged)
		return -ERROR_CORRUPT;
	if (!w.stored)
		return 0;
	w.live++;
	*ret = (struct mds *)&w;
	snprintf(ret_origin->etag, sizeof(ret_origin->etag), "%s", w.stored);
	snprintf(ret_origin->url, sizeof(ret_origin->url), "%s", w.from);
	return 0;
}

WRAP(void, mds_free, struct mds **m)
{
	w.live -= *m != NULL;
	*m = NULL;
}

WRAP(const struct mds_info *, mds_info, const struct mds *m)
{
	assert_non_null(m);
	return &info;
}

WRAP(size_t, mds_count_unreadable, const struct mds *m)
{
	assert_non_null(m);
	return 3;
}

WRAP(int, mds_open, const char *p, size_t n, const struct anchors *signers,
	time_t at, struct mds **ret, struct error *e)
{
	assert_int_equal(at, 1234);
	/* two of them are too much memory */
	assert_int_equal(w.live, 0);
	snprintf(w.blob, sizeof(w.blob), "%.*s", (int)n, p);
	w.signers = signers->n;
	if (w.open)
		return fails(w.open, "its signature does not hold", e);
	w.live++;
	*ret = (struct mds *)&w;
	return 0;
}

WRAP(bool, mds_cache_has, const char *dir, const struct buf *blob)
{
	assert_string_equal(dir, "/trust");
	assert_int_equal(blob->n, strlen(w.blob));
	return w.same;
}

WRAP(int, mds_cache_store, const char *dir, struct buf *blob, struct mds *m,
	time_t at, const struct mds_origin *origin, uint64_t stored_number,
	struct error *e)
{
	assert_string_equal(dir, "/trust");
	assert_int_equal(blob->n, strlen(w.blob));
	assert_ptr_equal(m, &w);
	assert_int_equal(at, 1234);
	w.stores++;
	w.number = stored_number;
	snprintf(w.etag_stored, sizeof(w.etag_stored), "%s", origin->etag);
	snprintf(w.url_stored, sizeof(w.url_stored), "%s", origin->url);
	return fails(w.store, "no room", e);
}

WRAP(int, mds_cache_confirm, const char *dir, time_t at, struct error *e)
{
	assert_string_equal(dir, "/trust");
	assert_int_equal(at, 1234);
	w.confirms++;
	return fails(w.confirm, "no room", e);
}

/* ---- the network ---- */

WRAP(int, config_way, const struct aws_options *o, struct aws_way *ret,
	struct error *e)
{
	assert_ptr_equal(o->ca_bundle, asked->ca_bundle);
	assert_ptr_equal(o->proxy, asked->proxy);
	if (w.ca)
		ret->ca_bundle = strdup(w.ca);
	strcpy(ret->ca_origin, "ca_bundle of /etc");
	snprintf(ret->proxy, sizeof(ret->proxy), "%s", w.proxy ? w.proxy : "");
	strcpy(ret->proxy_origin, "https_proxy");
	snprintf(ret->bypass, sizeof(ret->bypass), "%s", w.bypass ? w.bypass :
		"");
	ret->proxy_is_systems = w.systems;
	return fails(w.way, "no way", e);
}

WRAP(int, http_new, struct http **ret, const struct http_options *o,
	struct error *e)
{
	w.connections++;
	snprintf(w.ca_text, sizeof(w.ca_text), "%.*s", (int)o->ca_pem->n,
		o->ca_pem->n ? (const char *)o->ca_pem->p : "");
	assert_string_equal(o->user_agent, "tokenbridge");
	assert_int_equal(o->cancel_fd, -1);
	*ret = (struct http *)&w;
	return fails(w.connect, "no library", e);
}

WRAP(void, http_free, struct http **h)
{
	*h = NULL;
}

WRAP(int, http_get, struct http *h, const struct http_request *q,
	struct http_reply *ret, struct error *e)
{
	assert_ptr_equal(h, &w);
	assert_int_equal(q->reply_max, MDS_BLOB_MAX);
	assert_true(q->repeatable);
	assert_in_range(q->until - deadline_now(), 200000, 300000);
	snprintf(w.asked, sizeof(w.asked), "%s", q->url);
	snprintf(w.etag, sizeof(w.etag), "%s", q->etag);
	snprintf(w.by, sizeof(w.by), "%s", q->proxy);
	if (w.get)
		return fails(w.get, "'mds.example' does not answer", e);
	ret->status = w.status;
	strcpy(ret->etag, "\"new\"");
	buf_init(&ret->body, 4096);
	buf_put_str(&ret->body, w.body);
	return 0;
}

/* ---- one update ---- */

static struct metadata_update done;

static void world(void)
{
	w = (struct world){ .status = 200, .body = BLOB, .from = URL };
	said[0] = '\0';
}

static int update_from(const char *source, const char *signers)
{
	struct metadata_request q = { .dir = "/trust", .source = source,
		.signers = signers, .at = 1234 };
	int r;

	asked = &q;
	memset(&done, 0, sizeof(done));
	r = metadata_update(&run, &q, &done, &err);
	if (r < 0)
		assert_null(done.mds);
	metadata_update_done(&done);
	assert_int_equal(w.live, 0);
	return r;
}

static int update(void)
{
	return update_from(URL, "root.pem");
}

static void what_the_server_has_is_checked_and_stored(void **state)
{
	(void)state;
	world();
	w.body = BLOB " \r\n\t\n";
	OK(update());
	assert_string_equal(said, "getting " URL "\n");
	assert_string_equal(w.asked, URL);
	assert_string_equal(w.etag, "");
	assert_string_equal(w.by, "");
	assert_string_equal(w.ca_text, "");
	assert_string_equal(w.blob, BLOB);
	assert_int_equal(w.signers, 1);
	assert_int_equal(w.stores, 1);
	assert_int_equal(w.number, 0);
	assert_string_equal(w.etag_stored, "\"new\"");
	assert_string_equal(w.url_stored, URL);
	assert_true(done.changed);
	assert_int_equal(done.unreadable, 3);
	/* what is damaged is replaced as if there were none */
	world();
	w.damaged = true;
	OK(update());
	assert_int_equal(w.number, 0);
}

static void what_is_the_newest_already_is_confirmed(void **state)
{
	(void)state;
	world();
	w.stored = "\"old\"";
	w.status = 304;
	OK(update());
	assert_string_equal(w.etag, "\"old\"");
	assert_int_equal(w.confirms, 1);
	assert_int_equal(w.stores, 0);
	assert_false(done.changed);
	assert_int_equal(done.unreadable, 3);
	/* an older server sends the same once more */
	world();
	w.stored = "\"old\"";
	w.same = true;
	OK(update());
	assert_int_equal(w.stores, 1);
	assert_int_equal(w.number, 41);
	assert_false(done.changed);
	/* of another address its mark says nothing */
	world();
	w.stored = "\"old\"";
	w.from = "https://other.example/";
	OK(update());
	assert_string_equal(w.etag, "");
	assert_true(done.changed);
	/* and without a stored one there is nothing to be confirmed */
	world();
	w.status = 304;
	w.open = ERROR_MALFORMED;
	SAYS(ERROR_MALFORMED, "its signature does not hold", update());
	assert_int_equal(w.confirms, 0);
	assert_string_equal(w.blob, "");
}

static void what_fails_leaves_what_is_stored(void **state)
{
	static const struct {
		size_t at;
		int code, got;
		const char *text;
	} rows[] = {
		{ offsetof(struct world, way), ERROR_USAGE, ERROR_USAGE,
			"no way" },
		{ offsetof(struct world, connect), ERROR_UNSUPPORTED,
			ERROR_UNSUPPORTED, "no library" },
		{ offsetof(struct world, get), ERROR_UNREACHABLE, ERROR_FAILED,
			"'mds.example' does not answer" },
		{ offsetof(struct world, get), ERROR_TIMEOUT, ERROR_TIMEOUT,
			"'mds.example' does not answer" },
		{ offsetof(struct world, open), ERROR_REFUSED, ERROR_REFUSED,
			"its signature does not hold" },
		{ offsetof(struct world, store), ERROR_FAILED, ERROR_FAILED,
			"no room" },
	};
	char want[128];
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		for (k = 0; k < 2; k++) {
			world();
			w.stored = k ? "\"old\"" : NULL;
			*(int *)((char *)&w + rows[i].at) = rows[i].code;
			snprintf(want, sizeof(want), "%s%s", rows[i].text,
				k ? "; metadata 41 stays" : "");
			SAYS(rows[i].got, rows[i].text, update());
			assert_string_equal(err.text, want);
		}
	world();
	w.stored = "\"old\"";
	w.status = 304;
	w.confirm = ERROR_FAILED;
	memset(&done, 0, sizeof(done));
	SAYS(ERROR_FAILED, "no room; metadata 41 stays", metadata_update(&run,
		asked = &(struct metadata_request){ .dir = "/trust",
			.source = URL, .signers = "root.pem", .at = 1234 },
		&done, &err));
	metadata_update_done(&done);
	world();
	w.status = 404;
	SAYS(ERROR_FAILED, "'" URL "' answered 404", update());
	assert_null(strstr(err.text, "too many"));
	w.status = 429;
	SAYS(ERROR_FAILED, "answered 429: too many requests, try again later",
		update());
	assert_int_equal(w.stores, 0);
}

static void the_way_is_said_before_anything_is_sent(void **state)
{
	(void)state;
	world();
	w.ca = "ca.pem";
	w.proxy = "http://me:secret@proxy.example:3128";
	OK(update());
	assert_string_equal(said, "certificates are checked by ca.pem, by "
		"ca_bundle of /etc\nwarning: it is reached by a proxy: "
		"http://proxy.example:3128, by https_proxy\ngetting " URL
		"\n");
	assert_string_equal(w.by, "http://me:secret@proxy.example:3128");
	assert_string_equal(w.ca_text, "certificates\n");
	/* what the system's settings say is no reason to warn */
	world();
	w.proxy = "http://proxy.example:3128";
	w.systems = true;
	OK(update());
	assert_string_equal(said, "it is reached by a proxy: "
		"http://proxy.example:3128, by https_proxy\ngetting " URL
		"\n");
	world();
	w.proxy = "http://proxy.example:3128";
	w.bypass = "mds.example";
	OK(update());
	assert_string_equal(said, "getting " URL "\n");
	assert_string_equal(w.by, "");
	world();
	w.ca = "nowhere.pem";
	FAILS(ERROR_FAILED, update());
	assert_int_equal(w.connections, 0);
}

static void what_is_no_address_is_not_asked(void **state)
{
	static const char *const bad[] = { "https://a b/", "https://me@a/",
		"https://a/\x1b", "ftp://a/", "https:///" };
	char longest[300];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(bad); i++) {
		world();
		FAILS(ERROR_USAGE, update_from(bad[i], "root.pem"));
		assert_int_equal(w.connections, 0);
	}
	world();
	FAILS(ERROR_REFUSED, update_from("http://a.example/", "root.pem"));
	assert_int_equal(w.connections, 0);
	snprintf(longest, sizeof(longest), URL "%0*d", 255 - (int)strlen(URL),
		0);
	world();
	OK(update_from(longest, "root.pem"));
	assert_string_equal(w.url_stored, longest);
	strcat(longest, "x");
	world();
	SAYS(ERROR_USAGE, "is no address of metadata", update_from(longest,
		"root.pem"));
	assert_true(metadata_is_remote(URL));
	assert_false(metadata_is_remote("/a//b:"));
}

static void a_file_is_read_as_it_stands(void **state)
{
	(void)state;
	world();
	write_text("blob", BLOB "\n");
	OK(update_from("blob", "root.pem"));
	assert_int_equal(w.connections, 0);
	assert_string_equal(w.blob, BLOB);
	assert_string_equal(w.url_stored, "");
	assert_string_equal(w.etag_stored, "");
	assert_string_equal(said, "");
	/* one of blanks alone is nothing */
	world();
	write_text("blob", " \n\n");
	OK(update_from("blob", "root.pem"));
	assert_string_equal(w.blob, "");
	world();
	FAILS(ERROR_FAILED, update_from("absent", "root.pem"));
}

static void somebody_s_signature_must_count(void **state)
{
	(void)state;
	world();
	OK(update_from(URL, "nowhere.pem root.pem  other.pem"));
	assert_int_equal(w.signers, 2);
	world();
	SAYS(ERROR_FAILED, "none of the files of the setting mds_anchors is "
		"there (a.pem b.pem): install ca-certificates, or name the "
		"root certificate that FIDO's metadata is signed under",
		update_from(URL, "a.pem b.pem"));
	assert_int_equal(w.connections, 0);
	FAILS(ERROR_FAILED, update_from(URL, ""));
	write_text("bad.pem", "no certificate");
	FAILS(ERROR_MALFORMED, update_from(URL, "root.pem bad.pem"));
	/* others could write it */
	assert_int_equal(chmod("bad.pem", 0666), 0);
	FAILS(ERROR_PERMISSION, update_from(URL, "root.pem bad.pem"));
	assert_int_equal(w.stores, 0);
}

static void write_cert(const char *path, X509 *cert)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	fclose(f);
	assert_int_equal(chmod(path, 0644), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_server_has_is_checked_and_stored),
		cmocka_unit_test(what_is_the_newest_already_is_confirmed),
		cmocka_unit_test(what_fails_leaves_what_is_stored),
		cmocka_unit_test(the_way_is_said_before_anything_is_sent),
		cmocka_unit_test(what_is_no_address_is_not_asked),
		cmocka_unit_test(a_file_is_read_as_it_stands),
		cmocka_unit_test(somebody_s_signature_must_count),
	};
	struct vendor m;
	char place[64];
	int r;

	vendor_init(&m);
	enter_place(place);
	write_cert("root.pem", m.root);
	write_cert("other.pem", m.middle);
	write_text("ca.pem", "certificates\n");
	r = cmocka_run_group_tests_name("metadata", tests, NULL, NULL);
	leave_place(place);
	vendor_done(&m);
	return r;
}
