/* SPDX-License-Identifier: Apache-2.0 */
/* The trust store's directory of anchors. */
#include "token/trust.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "token/leaf.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PEM_MAX 65536

void anchors_done(struct anchors *a)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		X509_free(a->rows[i].cert);
	free(a->rows);
	a->rows = NULL;
	a->n = 0;
}

static time_t to_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return timegm(&tm);
}

/* Takes cert over, whatever happens. */
static int append(struct anchors *a, X509 *cert, struct error *err)
{
	struct anchor *rows, *row;

	if (a->n == TRUST_ANCHORS_MAX) {
		X509_free(cert);
		return error_set(err, ERROR_FAILED,
			"more than %d trust anchors", TRUST_ANCHORS_MAX);
	}
	rows = reallocarray(a->rows, a->n + 1, sizeof(*rows));
	if (!rows) {
		X509_free(cert);
		return error_memory(err);
	}
	a->rows = rows;
	row = &rows[a->n];
	memset(row, 0, sizeof(*row));
	if (leaf_fingerprint(cert, row->sha256) < 0) {
		X509_free(cert);
		return error_set(err, ERROR_FAILED, "cannot hash a certificate");
	}
	row->cert = cert;
	leaf_name(X509_get_subject_name(cert), row->subject,
		sizeof(row->subject));
	row->not_before = to_time(X509_get0_notBefore(cert));
	row->not_after = to_time(X509_get0_notAfter(cert));
	a->n++;
	return 0;
}

static int parse_pem(const char *path, struct buf *b, struct anchors *a,
	struct error *err)
{
	BIO *bio = BIO_new_mem_buf(buf_str(b), (int)b->n);
	size_t before = a->n;
	X509 *cert;
	int r = 0;

	if (!bio)
		return error_memory(err);
	if (b->n && memmem(b->p, b->n, "PRIVATE KEY", 11))
		r = error_set(err, ERROR_REFUSED,
			"'%s' holds a private key: give a file with "
			"certificates only", path);
	while (r == 0 && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		r = append(a, cert, err);
	if (r == 0 && ERR_GET_REASON(ERR_peek_last_error()) !=
		PEM_R_NO_START_LINE)
		r = error_set(err, ERROR_MALFORMED,
			"'%s': certificate %zu is no PEM certificate", path,
			a->n - before + 1);
	if (r == 0 && a->n == before)
		r = error_set(err, ERROR_MALFORMED,
			"'%s' holds no PEM certificate", path);
	ERR_clear_error();
	BIO_free(bio);
	return r;
}

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
		r = parse_pem(path, &b, a, err);
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

static int store(const char *dir, const struct anchor *row, bool *ret_new,
	struct error *err)
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
static int make_public_dir(const char *dir, struct error *err)
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
		r = parse_pem(pem_path, &b, &a, err);
	if (r == 0)
		r = make_public_dir(dir, err);
	for (i = 0; r == 0 && i < a.n; i++) {
		r = store(dir, &a.rows[i], &is_new, err);
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
		return error_errno(err, errno == EACCES ? ERROR_PERMISSION :
							  ERROR_FAILED,
			errno, "cannot remove '%s'", path);
	memcpy(ret_sha256, hit->sha256, 65);
	return file_sync_dir_of(path, err);
}
