/* SPDX-License-Identifier: Apache-2.0 */
/* The file metadata.blob. */
#include "token/trust/mds-cache.h"

#include "base/file.h"
#include "base/text.h"
#include "token/trust/mds-private.h"
#include "token/trust/trust.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "metadata.blob"
#define VERSION 1
#define LINE_MAX_ 4096

static char *path_in(const char *dir)
{
	return text_format("%s/" NAME, dir);
}

/* ---- reading ---- */

/* A file in two: the blob, and the line behind it. */
static bool split_cache(struct buf *b, struct jsonscan_range *ret_blob,
	struct jsonscan_range *ret_line)
{
	const char *text = buf_str(b), *end;
	size_t n = b->n;

	if (n == 0 || text[n - 1] != '\n')
		return false;
	end = memrchr(text, '\n', n - 1);
	if (!end)
		return false;
	*ret_blob = (struct jsonscan_range){ text, (size_t)(end - text) };
	*ret_line = (struct jsonscan_range){ end + 1, n - ret_blob->n - 2 };
	return ret_line->n <= LINE_MAX_;
}

static bool get_value(json_t *o, const char *name, char *ret, size_t size)
{
	json_t *s = json_object_get(o, name);
	size_t n = json_string_length(s);

	if (!json_is_string(s) || n >= size ||
		!utf8_is_clean(json_string_value(s), n))
		return false;
	memcpy(ret, json_string_value(s), n + 1);
	return true;
}

static bool mds_cache_read_line(struct jsonscan_range line,
	struct mds_info *info, struct mds_origin *origin, char sha256[65])
{
	json_t *o = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
	char at[TEXT_TIME_LEN];
	bool good;

	good = json_integer_value(json_object_get(o, "v")) == VERSION &&
		get_value(o, "sha256", sha256, 65) &&
		get_value(o, "signer", info->signer, sizeof(info->signer)) &&
		get_value(o, "anchor", info->anchor, sizeof(info->anchor)) &&
		get_value(o, "anchorSha256", info->anchor_sha256,
			sizeof(info->anchor_sha256)) &&
		get_value(o, "url", origin->url, sizeof(origin->url)) &&
		get_value(o, "etag", origin->etag, sizeof(origin->etag)) &&
		get_value(o, "fetchedAt", at, sizeof(at)) &&
		text_parse_time(at, strlen(at), &info->fetched_at) == 0;
	json_decref(o);
	return good;
}

/* Whether the file holds what was stored, and what its line says. */
static int check_cache(const char *path, struct buf *b,
	struct jsonscan_range *ret_blob, struct mds_info *ret_info,
	struct mds_origin *ret_origin, struct error *err)
{
	struct jsonscan_range line;
	char want[65], is[65];

	if (!split_cache(b, ret_blob, &line) ||
		!mds_cache_read_line(line, ret_info, ret_origin, want))
		return error_set(err, ERROR_CORRUPT,
			"'%s' is damaged: `tokenbridge trust update` gets a "
			"new one", path);
	mds_hash(*ret_blob, is);
	if (strcmp(want, is) != 0)
		return error_set(err, ERROR_CORRUPT,
			"'%s' does not hold what was stored: `tokenbridge "
			"trust update` gets a new one", path);
	return 0;
}

static int load_cache(const char *path, struct buf *b, struct mds **ret,
	struct mds_origin *origin, struct error *err)
{
	CLEANUP(mds_free) struct mds *m = NULL;
	struct mds_info info = { 0 };
	struct jsonscan_range blob;
	struct error e;
	int r = check_cache(path, b, &blob, &info, origin, err);

	if (r < 0)
		return r;
	if (mds_open_checked(blob.p, blob.n, &m, &e) < 0)
		return error_set(err, ERROR_CORRUPT,
			"'%s' holds no metadata that can be read: `tokenbridge "
			"trust update` gets a new one", path);
	info.number = m->info.number;
	info.next_update = m->info.next_update;
	info.entries = m->info.entries;
	info.skipped = m->info.skipped;
	m->info = info;
	*ret = steal(&m);
	return 0;
}

int mds_cache_load(const char *dir, struct mds **ret,
	struct mds_origin *ret_origin, struct error *err)
{
	CLEANUP(free_p) char *path = path_in(dir);
	CLEANUP(buf_done) struct buf b;
	struct mds_origin origin = { "", "" };
	bool absent = false;
	int r;

	buf_init(&b, MDS_BLOB_MAX + LINE_MAX_);
	if (!path)
		return error_memory(err);
	r = file_read(path, FILE_TRUSTED, &b, &absent, err);
	if (r == 0 && absent)
		*ret = NULL;
	else if (r == 0)
		r = load_cache(path, &b, ret, &origin, err);
	if (r == 0 && ret_origin)
		*ret_origin = origin;
	return r;
}

/* ---- writing ---- */

/* Read piece by piece: two blobs are too much memory. */
bool mds_cache_has(const char *dir, const struct buf *blob)
{
	CLEANUP(free_p) char *path = path_in(dir);
	FILE *f = path ? fopen(path, "re") : NULL;
	size_t at = 0, n = 0;
	char piece[4096];

	if (!f)
		return false;
	while (at < blob->n && (n = fread(piece, 1, sizeof(piece), f)) > 0) {
		n = n < blob->n - at ? n : blob->n - at;
		if (memcmp(blob->p + at, piece, n) != 0)
			break;
		at += n;
		/* the line behind it, and no more of a blob */
		if (at == blob->n && n < sizeof(piece) && piece[n] != '\n')
			at = 0;
	}
	fclose(f);
	return at == blob->n;
}

static int put_line(struct buf *b, const struct mds_info *info,
	const struct mds_origin *origin, struct error *err)
{
	char sha256[65], at[TEXT_TIME_LEN];
	json_t *o;
	char *text;

	mds_hash((struct jsonscan_range){ buf_str(b), b->n }, sha256);
	text_format_time(info->fetched_at, at);
	o = json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "v", VERSION,
		"sha256", sha256, "fetchedAt", at, "url", origin->url,
		"etag", origin->etag, "signer", info->signer, "anchor",
		info->anchor, "anchorSha256", info->anchor_sha256);
	text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	json_decref(o);
	if (!text)
		return error_memory(err);
	b->max += LINE_MAX_;
	buf_printf(b, "\n%s\n", text);
	free(text);
	return buf_check(b, "metadata", err);
}

static int write_out(const char *dir, struct buf *b, struct error *err)
{
	CLEANUP(free_p) char *path = path_in(dir);

	if (!path)
		return error_memory(err);
	return file_write_atomic(path, b->p, b->n, 0644,
		/* exclusive= */ false, err);
}

int mds_cache_store(const char *dir, struct buf *blob, struct mds *m,
	time_t fetched_at, const struct mds_origin *origin,
	uint64_t stored_number, struct error *err)
{
	int r;

	if (m->info.number < stored_number)
		return error_set(err, ERROR_REFUSED,
			"metadata %llu is older than %llu, which is stored: "
			"somebody may hold back what is known against a model",
			(unsigned long long)m->info.number,
			(unsigned long long)stored_number);
	m->info.fetched_at = fetched_at;
	r = trust_make_dir(dir, err);
	if (r == 0)
		r = put_line(blob, &m->info, origin, err);
	return r < 0 ? r : write_out(dir, blob, err);
}

int mds_cache_confirm(const char *dir, time_t at, struct error *err)
{
	CLEANUP(free_p) char *path = path_in(dir);
	CLEANUP(buf_done) struct buf b;
	struct mds_origin origin;
	struct mds_info info = { 0 };
	struct jsonscan_range blob;
	int r;

	buf_init(&b, MDS_BLOB_MAX + LINE_MAX_);
	if (!path)
		return error_memory(err);
	r = file_read(path, FILE_TRUSTED, &b, NULL, err);
	/* a new line about bytes that are not those would make them so */
	if (r == 0)
		r = check_cache(path, &b, &blob, &info, &origin, err);
	if (r < 0)
		return r;
	info.fetched_at = at;
	b.n = blob.n;
	r = put_line(&b, &info, &origin, err);
	return r < 0 ? r : write_out(dir, &b, err);
}

int mds_cache_remove(const char *dir, bool *ret_absent, struct error *err)
{
	CLEANUP(free_p) char *path = path_in(dir);

	if (!path)
		return error_memory(err);
	*ret_absent = false;
	if (unlink(path) == 0)
		return file_sync_dir_of(path, err);
	*ret_absent = errno == ENOENT;
	return *ret_absent ? 0 : error_errno(err, ERROR_PERMISSION, errno,
		"cannot remove '%s'", path);
}
