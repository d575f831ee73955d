/* SPDX-License-Identifier: Apache-2.0 */
/* The trust store's directory of anchors. */
#include "token/trust/trust.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "token/trust/certificate.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX 65536

static int load_file(const char *dir, const char *name, struct anchors *a,
	struct error *err)
{
	CLEANUP(free_p) char *path = text_format("%s/%s", dir, name);
	CLEANUP(buf_done) struct buf b;
	size_t before = a->n;
	int r;

	buf_init(&b, PEM_MAX);
	if (!path)
		return error_memory(err);
	r = file_read(path, FILE_TRUSTED, &b, NULL, err);
	if (r == 0)
		r = anchors_parse(a, &b, path, err);
	if (r == 0 && (a->n != before + 1 ||
			      strncmp(a->rows[before].sha256, name, 64) != 0))
		r = error_set(err, ERROR_CORRUPT,
			"'%s' does not hold the one certificate that its name "
			"says", path);
	return r;
}

static bool is_anchor_name(const char *name)
{
	unsigned char raw[32];

	return strlen(name) == 68 && strcmp(name + 64, ".pem") == 0 &&
		hex_decode(name, 64, raw, sizeof(raw)) == 32;
}

static int check_dir(DIR *d, const char *dir, struct error *err)
{
	struct stat st;

	if (fstat(dirfd(d), &st) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot stat '%s'", dir);
	if ((st.st_uid != 0 && st.st_uid != geteuid()) || st.st_mode & 022)
		return error_set(err, ERROR_PERMISSION,
			"'%s' must belong to root or to you and be writable by "
			"nobody else", dir);
	return 0;
}

static void closedir_p(DIR **d)
{
	if (*d)
		closedir(*d);
}

int trust_load(const char *dir, struct anchors *ret, struct error *err)
{
	CLEANUP(anchors_done) struct anchors a = { NULL, 0 };
	CLEANUP(closedir_p) DIR *d = opendir(dir);
	struct dirent *e;
	int r;

	if (!d && errno == ENOENT) {
		*ret = (struct anchors){ NULL, 0 };
		return 0;
	}
	if (!d)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot open the trust store '%s'", dir);
	r = check_dir(d, dir, err);
	while (r == 0 && (e = readdir(d)))
		if (is_anchor_name(e->d_name))
			r = load_file(dir, e->d_name, &a, err);
	if (r < 0)
		return r;
	*ret = a;
	a = (struct anchors){ NULL, 0 };
	return 0;
}

static int store_anchor(const char *dir, const struct anchor *row,
	bool *ret_new, struct error *err)
{
	CLEANUP(free_p) char *path =
		text_format("%s/%s.pem", dir, row->sha256);
	BIO *bio = BIO_new(BIO_s_mem());
	struct error e;
	char *pem;
	long n;
	int r = -ERROR_FAILED;

	if (path && bio && PEM_write_bio_X509(bio, row->cert) == 1) {
		n = BIO_get_mem_data(bio, &pem);
		r = file_write_atomic(path, pem, (size_t)n, 0644,
			/* exclusive= */ true, &e);
	} else {
		error_memory(&e);
	}
	BIO_free(bio);
	*ret_new = r == 0;
	return r == 0 || r == -ERROR_CONFLICT ? 0 : error_copy(err, &e);
}

/*
 * Certificates are no secret: who runs `verify` must be able to read them,
 * whatever the umask. Folders above, which may hold the registry too, can be
 * passed through and not read.
 */
int trust_make_dir(const char *dir, struct error *err)
{
	bool there = access(dir, F_OK) == 0;
	mode_t old = umask(066);
	int r;

	r = file_make_dirs(dir, 0755, err);
	umask(old);
	if (r == 0 && !there && chmod(dir, 0755) < 0)
		r = error_errno(err, ERROR_FAILED, errno,
			"cannot open '%s' to other users", dir);
	return r;
}

int trust_add(const char *dir, const char *pem_path, struct anchors *ret,
	size_t *ret_new, struct error *err)
{
	CLEANUP(anchors_done) struct anchors a = { NULL, 0 };
	CLEANUP(buf_done) struct buf b;
	size_t i, added = 0;
	bool is_new;
	int r;

	buf_init(&b, PEM_MAX);
	r = file_read(pem_path, FILE_ANY, &b, NULL, err);
	if (r == 0)
		r = anchors_parse(&a, &b, pem_path, err);
	if (r == 0)
		r = trust_make_dir(dir, err);
	for (i = 0; r == 0 && i < a.n; i++) {
		r = store_anchor(dir, &a.rows[i], &is_new, err);
		added += is_new;
	}
	if (r < 0)
		return r;
	*ret = a;
	*ret_new = added;
	a = (struct anchors){ NULL, 0 };
	return 0;
}

int trust_remove(const char *dir, const char *prefix, char ret_sha256[65],
	struct error *err)
{
	CLEANUP(anchors_done) struct anchors a = { NULL, 0 };
	CLEANUP(free_p) char *path = NULL;
	const struct anchor *hit = NULL;
	size_t i, n = strlen(prefix);
	int r;

	if (n < 8 || n > 64)
		return error_set(err, ERROR_USAGE,
			"'%s': name an anchor by 8 to 64 hex digits of its "
			"SHA-256, as `trust show` prints it", prefix);
	r = trust_load(dir, &a, err);
	if (r < 0)
		return r;
	for (i = 0; i < a.n; i++) {
		if (strncasecmp(a.rows[i].sha256, prefix, n) != 0)
			continue;
		if (hit)
			return error_set(err, ERROR_FAILED,
				"several anchors begin with '%s'", prefix);
		hit = &a.rows[i];
	}
	if (!hit)
		return error_set(err, ERROR_FAILED,
			"no anchor begins with '%s'", prefix);
	path = text_format("%s/%s.pem", dir, hit->sha256);
	if (!path)
		return error_memory(err);
	if (unlink(path) < 0)
		return error_access(err, errno, "cannot remove '%s'", path);
	memcpy(ret_sha256, hit->sha256, 65);
	return file_sync_dir_of(path, err);
}
