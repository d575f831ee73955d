/* SPDX-License-Identifier: Apache-2.0 */
/* Getting FIDO's metadata. */
#include "bridge/verify/metadata.h"

#include "aws/config/config.h"
#include "aws/http/http.h"
#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FETCH_MS (5 * 60 * 1000)
#define PEM_MAX 65536

/* What one update works on. */
struct update {
	const struct run *run;
	const struct metadata_request *q;
	struct anchors signers;
	struct buf blob;
	struct mds_origin origin;
	uint64_t stored_number; /* 0: none */
	bool unchanged; /* the server says so */
};

bool metadata_is_remote(const char *source)
{
	return strstr(source, "://") != NULL;
}

void metadata_update_done(struct metadata_update *u)
{
	mds_free(&u->mds);
}

static void update_done(struct update *x)
{
	anchors_done(&x->signers);
	buf_done(&x->blob);
}

/* ---- whose signature counts ---- */

static int add_signer(struct update *x, const char *path, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool absent = false;
	int r;

	buf_init(&b, PEM_MAX);
	r = file_read(path, FILE_TRUSTED, &b, &absent, err);
	if (r < 0 || absent)
		return r;
	return anchors_parse(&x->signers, &b, path, err);
}

static int load_signers(struct update *x, struct error *err)
{
	const char *paths = x->q->signers;
	CLEANUP(free_p) char *copy = strdup(paths);
	char *path, *rest;
	int r = 0;

	if (!copy)
		return error_memory(err);
	for (path = strtok_r(copy, " ", &rest); r == 0 && path;
		path = strtok_r(NULL, " ", &rest))
		r = add_signer(x, path, err);
	if (r < 0 || x->signers.n > 0)
		return r;
	return error_set(err, ERROR_FAILED,
		"none of the files of the setting mds_anchors is there (%s): "
		"install ca-certificates, or name the root certificate that "
		"FIDO's metadata is signed under", paths);
}

/* ---- the blob's bytes ---- */

/* The address without its path has to be one that may be talked to. */
static int check_url(const char *url, struct error *err)
{
	struct aws_endpoint endpoint = { .url = "" };
	const char *host = strstr(url, "://") + 3;
	CLEANUP(free_p) char *origin = strndup(url,
		(size_t)(host - url) + strcspn(host, "/"));

	if (!origin)
		return error_memory(err);
	if (strlen(url) >= sizeof(((struct mds_origin *)NULL)->url) ||
		!utf8_is_clean(url, strlen(url)) || strpbrk(url, " @"))
		return error_set(err, ERROR_USAGE,
			"'%s' is no address of metadata", url);
	return config_endpoint_set(&endpoint, origin, "--mds", err);
}

static int take_reply(struct update *x, struct http_reply *reply,
	struct error *err)
{
	x->unchanged = reply->status == 304;
	if (x->unchanged)
		return 0;
	if (reply->status != 200)
		return error_set(err, ERROR_FAILED,
			"'%s' answered %d%s", x->q->source, reply->status,
			reply->status == 429 ?
			": too many requests, try again later" : "");
	memcpy(x->origin.etag, reply->etag, sizeof(x->origin.etag));
	buf_done(&x->blob);
	x->blob = reply->body;
	buf_init(&reply->body, 0);
	return 0;
}

/* By the rules of AWS's own calls, and said before anything is sent; what comes
 * is signed, so that who stands between can only keep it away. */
static int find_way(const struct update *x, struct aws_way *ret,
	struct buf *ret_ca, struct error *err)
{
	struct aws_options o = AWS_OPTIONS_INIT;
	char shown[WAY_PROXY_MAX];
	int r;

	o.ca_bundle = x->q->ca_bundle;
	o.proxy = x->q->proxy;
	r = config_way(&o, ret, err);
	if (r == 0 && ret->ca_bundle)
		r = file_read(ret->ca_bundle, FILE_ANY, ret_ca, NULL, err);
	if (r < 0)
		return r;
	if (ret->ca_bundle)
		run_say(x->run, "certificates are checked by %s, by %s",
			ret->ca_bundle, ret->ca_origin);
	if (!way_is_by_proxy(ret, x->q->source))
		return 0;
	way_show_proxy(ret, shown);
	(ret->proxy_is_systems ? run_say : run_warn)(x->run,
		"it is reached by a proxy: %s, by %s", shown,
		ret->proxy_origin);
	return 0;
}

static int fetch(struct update *x, const struct mds_origin *before,
	struct error *err)
{
	CLEANUP(way_done) struct aws_way way = { .ca_bundle = NULL };
	CLEANUP(buf_done) struct buf ca;
	CLEANUP(http_free) struct http *h = NULL;
	CLEANUP(http_reply_done) struct http_reply reply = { .status = 0 };
	const struct http_options options = {
		.ca_pem = &ca,
		.user_agent = "tokenbridge",
		.cancel_fd = x->run->cancel_fd,
	};
	struct http_request request = {
		.url = x->q->source,
		.etag = strcmp(before->url, x->q->source) == 0 ? before->etag : "",
		.reply_max = MDS_BLOB_MAX,
		.repeatable = true,
		.until = deadline_in(FETCH_MS),
	};
	int r;

	buf_init(&ca, PEM_MAX * 16);
	r = check_url(x->q->source, err);
	if (r == 0)
		r = find_way(x, &way, &ca, err);
	if (r < 0)
		return r;
	request.proxy = way_is_by_proxy(&way, x->q->source) ? way.proxy : "";
	snprintf(x->origin.url, sizeof(x->origin.url), "%s", x->q->source);
	run_say(x->run, "getting %s", x->q->source);
	r = http_new(&h, &options, err);
	if (r == 0)
		r = http_get(h, &request, &reply, err);
	/* nothing of AWS could not be reached */
	if (r == -ERROR_UNREACHABLE && err)
		r = -(err->code = ERROR_FAILED);
	return r < 0 ? r : take_reply(x, &reply, err);
}

/* Line ends behind it come from editors and `echo`. */
static void trim(struct buf *b)
{
	while (b->n > 0 && strchr("\r\n\t ", b->p[b->n - 1]))
		b->n--;
}

static int get_blob(struct update *x, const struct mds_origin *before,
	struct error *err)
{
	int r;

	r = metadata_is_remote(x->q->source) ? fetch(x, before, err) :
		file_read(x->q->source, FILE_ANY, &x->blob, NULL, err);
	if (r == 0)
		trim(&x->blob);
	return r;
}

/* ---- together ---- */

static int confirm_stored(struct update *x, struct mds **stored,
	struct metadata_update *ret, struct error *err)
{
	ret->mds = steal(stored);
	ret->changed = false;
	ret->unreadable = mds_count_unreadable(ret->mds);
	return mds_cache_confirm(x->q->dir, x->q->at, err);
}

static int replace_stored(struct update *x, struct metadata_update *ret,
	struct error *err)
{
	CLEANUP(mds_free) struct mds *m = NULL;
	bool same = false;
	int r;

	r = mds_open(buf_str(&x->blob), x->blob.n, &x->signers, x->q->at, &m, err);
	if (r == 0)
		same = x->stored_number && mds_cache_has(x->q->dir, &x->blob);
	if (r == 0)
		r = mds_cache_store(x->q->dir, &x->blob, m, x->q->at, &x->origin,
			x->stored_number, err);
	if (r < 0)
		return r;
	ret->mds = steal(&m);
	ret->changed = !same;
	ret->unreadable = mds_count_unreadable(ret->mds);
	return 0;
}

static int update_run(struct update *x, struct mds **stored,
	const struct mds_origin *before, struct metadata_update *ret,
	struct error *err)
{
	int r;

	r = load_signers(x, err);
	if (r == 0)
		r = get_blob(x, before, err);
	if (r < 0)
		return r;
	if (x->unchanged && *stored)
		return confirm_stored(x, stored, ret, err);
	mds_free(stored); /* two of them are too much memory */
	return replace_stored(x, ret, err);
}

int metadata_update(const struct run *run, const struct metadata_request *q,
	struct metadata_update *ret, struct error *err)
{
	CLEANUP(update_done) struct update x = {
		.run = run,
		.q = q,
		.signers = { NULL, 0 },
	};
	CLEANUP(mds_free) struct mds *stored = NULL;
	struct mds_origin before = { "", "" };
	struct error e;
	int r;

	buf_init(&x.blob, MDS_BLOB_MAX);
	/* what is damaged is replaced */
	if (mds_cache_load(q->dir, &stored, &before, NULL) == 0 && stored)
		x.stored_number = mds_info(stored)->number;
	r = update_run(&x, &stored, &before, ret, &e);
	if (r == 0)
		return 0;
	if (x.stored_number == 0)
		return error_copy(err, &e);
	return error_set(err, e.code, "%s; metadata %llu stays", e.text,
		(unsigned long long)x.stored_number);
}
