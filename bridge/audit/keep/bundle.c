/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of evidence: written whole, opened only as it was written. */
#include "bridge/audit/keep/bundle.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/hash/chain.h"
#include "bridge/run/json.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define FORM 2 /* of which docs/FORMATS.md is the description */
#define MANIFEST_MAX 1048576
#define FILES_MAX 10000
#define NAME_LEN 100

void audit_bundle_done(struct audit_bundle *e)
{
	folder_done(&e->folder);
	free_p(&e->path);
	json_decref(e->facts);
	e->facts = e->files = NULL;
}

static int digest_hex(const void *p, size_t n, char ret[2 * SHA256_LEN + 1],
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	int r = chain_digest(p, n, sha, err);

	if (r >= 0)
		hex_encode(sha, sizeof(sha), ret);
	return r;
}

/* ---- writing ---- */

int audit_bundle_begin(struct audit_bundle *e, const char *path, struct error *err)
{
	int r = folder_begin(&e->folder, path, err);

	if (r < 0)
		return r;
	e->path = strdup(e->folder.temp);
	e->files = json_object();
	e->facts = json_pack("{s:i,s:o}", "v", FORM, "files", e->files);
	return e->path && e->facts ? 0 : error_memory(err);
}

static int audit_bundle_note(struct audit_bundle *e, const char *name, const void *p,
	size_t n, struct error *err)
{
	char hex[2 * SHA256_LEN + 1];
	int r = digest_hex(p, n, hex, err);

	if (r < 0)
		return r;
	return json_object_set_new(e->files, name, json_string(hex)) < 0 ?
		error_memory(err) : 0;
}

int audit_bundle_add(struct audit_bundle *e, const char *name, const void *p, size_t n,
	struct error *err)
{
	int r = folder_add(&e->folder, name, p, n, err);

	return r < 0 ? r : audit_bundle_note(e, name, p, n, err);
}

int audit_bundle_copy(struct audit_bundle *e, const char *name, const char *from,
	bool *ret_absent, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool absent = false;
	int r;

	buf_init(&b, AUDIT_BUNDLE_FILE_MAX);
	if (strcmp(from, "-") == 0)
		r = file_read_fd(STDIN_FILENO, "standard input", &b, err);
	else
		r = file_read(from, FILE_ANY, &b, ret_absent ? &absent : NULL,
			err);
	if (ret_absent)
		*ret_absent = absent;
	if (r < 0 || absent)
		return r;
	return audit_bundle_add(e, name, b.p, b.n, err);
}

int audit_bundle_drop(struct audit_bundle *e, const char *name,
	struct error *err)
{
	int r = folder_drop(&e->folder, name, err);

	if (r >= 0)
		(void)json_object_del(e->files, name);
	return r;
}

static char *audit_bundle_path(const struct audit_bundle *e, const char *name)
{
	return text_format("%s/%s", e->path, name);
}

static int audit_bundle_read(const struct audit_bundle *e, const char *name,
	struct buf *b, struct error *err)
{
	CLEANUP(free_p) char *path = audit_bundle_path(e, name);

	if (!path)
		return error_memory(err);
	return file_read(path, FILE_ANY, b, NULL, err);
}

void audit_bundle_say(struct audit_bundle *e, const char *member, json_t *value)
{
	if (json_object_set_new(e->facts, member, value) < 0) {
		json_decref(e->facts);
		e->facts = e->files = NULL;
	}
}

int audit_bundle_publish(struct audit_bundle *e, char ret_sha[2 * SHA256_LEN + 1],
	struct error *err)
{
	CLEANUP(free_p) char *text = e->facts ? json_dumps(e->facts,
		JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;
	CLEANUP(free_p) char *all = text ? text_format("%s\n", text) : NULL;
	char sha[2 * SHA256_LEN + 1];
	int r;

	if (!all)
		return error_memory(err);
	r = digest_hex(all, strlen(all), sha, err);
	if (r >= 0)
		r = folder_add(&e->folder, AUDIT_BUNDLE_MANIFEST, all, strlen(all),
			err);
	if (r >= 0)
		r = folder_publish(&e->folder, err);
	if (r >= 0)
		memcpy(ret_sha, sha, sizeof(sha));
	return r;
}

void audit_bundle_log(const char *sha)
{
	syslog(LOG_NOTICE, "audit evidence %s", sha);
}

/* ---- reading ---- */

static const char *const texts[] = { "program", "made", "checks", "account",
	"generated", "partition", "region", "endpoint", "origin", "caBundle",
	"proxy", "registry", "head", "mutes", "since", "report", NULL };
static const char *const numbers[] = { "requests", "connections", NULL };

/* One directory at most, and none above. */
static bool is_name(const char *name)
{
	size_t n = strlen(name);
	const char *slash = strchr(name, '/');

	return n > 0 && n < NAME_LEN && strspn(name, "abcdefghijklmnopqrstuvwxyz"
		"0123456789._-/") == n && name[0] != '.' && name[0] != '/' &&
		name[n - 1] != '/' && (!slash || (slash[1] != '.' &&
			!strchr(slash + 1, '/')));
}

static bool is_hash(const json_t *v)
{
	const char *s = json_string_value(v);

	return s && strlen(s) == 2 * (size_t)SHA256_LEN &&
		strspn(s, "0123456789abcdef") == 2 * (size_t)SHA256_LEN;
}

static bool is_text_or_null(const json_t *v)
{
	return json_is_null(v) || (json_is_string(v) &&
		utf8_is_clean(json_string_value(v), json_string_length(v)));
}

static bool facts_are_good(json_t *facts)
{
	const json_t *files = json_object_get(facts, "files");
	const char *name;
	json_t *v;
	size_t i;

	if (!json_is_object(files) || json_object_size(files) > FILES_MAX)
		return false;
	for (i = 0; texts[i]; i++)
		if (!is_text_or_null(json_object_get(facts, texts[i])))
			return false;
	for (i = 0; numbers[i]; i++) {
		v = json_object_get(facts, numbers[i]);
		if (!json_is_integer(v) || json_integer_value(v) < 0)
			return false;
	}
	json_object_foreach((json_t *)(uintptr_t)files, name, v)
		if (!is_name(name) || !is_hash(v))
			return false;
	return json_is_string(json_object_get(facts, "program")) &&
		json_is_string(json_object_get(facts, "made")) &&
		json_is_boolean(json_object_get(facts, "record")) &&
		json_is_boolean(json_object_get(facts, "live"));
}

int audit_bundle_parse(const char *p, size_t n, json_t **ret, struct error *err)
{
	json_t *facts = json_loadb(p, n, JSON_REJECT_DUPLICATES, NULL);

	const json_t *v = json_object_get(facts, "v");
	json_int_t form = json_integer_value(v);

	if (json_is_integer(v) && form != FORM) {
		json_decref(facts);
		return error_set(err, ERROR_UNSUPPORTED, "'%s' is of version "
			"%lld of the form of evidence, and this program reads "
			"version %d: the program that made it reads it",
			AUDIT_BUNDLE_MANIFEST, (long long)form, FORM);
	}
	if (!json_is_integer(v) || !facts_are_good(facts)) {
		json_decref(facts);
		return error_set(err, ERROR_MALFORMED, "'%s' is no manifest of "
			"an audit's evidence", AUDIT_BUNDLE_MANIFEST);
	}
	*ret = facts;
	return 0;
}

static int check_hash(const char *what, const char *want, const struct buf *b,
	struct error *err)
{
	char have[2 * SHA256_LEN + 1];
	int r = digest_hex(b->p, b->n, have, err);

	if (r < 0 || strcmp(have, want) == 0)
		return r;
	return error_set(err, ERROR_CORRUPT,
		"'%s' is not as it was: its SHA-256 is %s, and should be %s",
		what, have, want);
}

static int check_files(const struct audit_bundle *e, struct error *err)
{
	const char *name;
	json_t *v;
	int r = 0;

	json_object_foreach(e->files, name, v) {
		CLEANUP(buf_done) struct buf b;

		buf_init(&b, AUDIT_BUNDLE_FILE_MAX);
		r = audit_bundle_read(e, name, &b, err);
		if (r >= 0)
			r = check_hash(name, json_string_value(v), &b, err);
		if (r < 0)
			return r;
	}
	return r;
}

int audit_bundle_open(struct audit_bundle *e, const char *path, const char *sha,
	struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, MANIFEST_MAX);
	e->path = strdup(path);
	if (!e->path)
		return error_memory(err);
	r = audit_bundle_read(e, AUDIT_BUNDLE_MANIFEST, &b, err);
	if (r >= 0 && sha)
		r = check_hash(AUDIT_BUNDLE_MANIFEST, sha, &b, err);
	if (r >= 0)
		r = audit_bundle_parse(buf_str(&b), b.n, &e->facts, err);
	if (r < 0)
		return r;
	e->files = json_object_get(e->facts, "files");
	return check_files(e, err);
}

const char *audit_bundle_text(const struct audit_bundle *e, const char *member)
{
	return json_string_value(json_object_get(e->facts, member));
}

bool audit_bundle_flag(const struct audit_bundle *e, const char *member)
{
	return json_is_true(json_object_get(e->facts, member));
}

uint64_t audit_bundle_number(const struct audit_bundle *e, const char *member)
{
	return (uint64_t)json_integer_value(json_object_get(e->facts, member));
}

char *audit_bundle_part(const struct audit_bundle *e, const char *name)
{
	return json_object_get(e->files, name) ? audit_bundle_path(e, name) : NULL;
}
