/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PAM's folders of a machine, under the directory where the test is; and memory
 * that runs out.
 */
#ifndef TESTS_PAM_PLACE_H
#define TESTS_PAM_PLACE_H

#include "bridge/doctor/pam-folder.h"

#include "tests/unit/doctor-found.h"

#include <errno.h>
#include <sys/stat.h>

/* ---- files ---- */

/* One path that is not what lies there. */
static struct {
	const char *path;
	int error;         /* errno of stat() */
	struct stat st;
	int read;          /* an error of file_read */
} odd;

static size_t reads; /* of files */

/* "/etc/pam.conf" is ./etc/pam.conf. */
static const char *here(const char *path)
{
	static const char *const begins[] = { "/etc/pam.", "/usr/lib/pam.d",
		"/usr/etc/pam.d", "/mine" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(begins); i++)
		if (strncmp(path, begins[i], strlen(begins[i])) == 0)
			return path + 1;
	return path;
}

static bool is_odd(const char *path)
{
	return odd.path && strcmp(odd.path, path) == 0;
}

int __real_stat64(const char *path, struct stat *st);

WRAP(int, stat64, const char *path, struct stat *st)
{
	if (is_odd(path) && odd.error) {
		errno = odd.error;
		return -1;
	}
	if (is_odd(path) && odd.st.st_mode) {
		*st = odd.st;
		return 0;
	}
	return __real_stat64(here(path), st);
}

int __real_file_read(const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e);

WRAP(int, file_read, const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e)
{
	assert_int_equal(trust, FILE_ANY);
	reads++;
	if (is_odd(path) && odd.read)
		return error_set(e, odd.read, "'%s' says no", path);
	return __real_file_read(here(path), trust, b, ret_absent, e);
}

/* ---- memory ---- */

/* Number `at` of the calls of that kind gets none: the first letter of the
 * function's name. */
static struct {
	char kind;
	unsigned at;
} lack;
static size_t lacked; /* nor is an array of things of that size grown */

static bool lacks(char kind)
{
	return lack.kind == kind && lack.at > 0 && --lack.at == 0;
}

static long held; /* blocks that were taken and not given back */

static void *hold(void *p)
{
	held += p != NULL;
	return p;
}

void *__real_malloc(size_t n);

WRAP(void *, malloc, size_t n)
{
	return hold(__real_malloc(n));
}

void *__real_calloc(size_t n, size_t size);

/* Nobody here wants more than one of a thing. */
WRAP(void *, calloc, size_t n, size_t size)
{
	assert_int_equal(n, 1);
	return lacks('c') ? NULL : hold(__real_calloc(n, size));
}

void *__real_realloc(void *p, size_t n);

WRAP(void *, realloc, void *p, size_t n)
{
	held += p == NULL;
	return __real_realloc(p, n);
}

void *__real_reallocarray(void *p, size_t n, size_t size);

WRAP(void *, reallocarray, void *p, size_t n, size_t size)
{
	if (lacks('r') || size == lacked)
		return NULL;
	held += p == NULL;
	return __real_reallocarray(p, n, size);
}

char *__real_strdup(const char *s);

WRAP(char *, strdup, const char *s)
{
	return lacks('s') ? NULL : hold(__real_strdup(s));
}

int __real_vasprintf(char **ret, const char *fmt, va_list ap);

WRAP(int, vasprintf, char **ret, const char *fmt, va_list ap)
{
	if (lacks('v'))
		return -1;
	held++;
	return __real_vasprintf(ret, fmt, ap);
}

void __real_free(void *p);

WRAP(void, free, void *p)
{
	held -= p != NULL;
	__real_free(p);
}

/* ---- the place ---- */

static char place[64];

static void begin_place(void)
{
	memset(&odd, 0, sizeof(odd));
	memset(&lack, 0, sizeof(lack));
	lacked = 0;
	forget();
	held = 0;
	reads = 0;
	enter_place(place);
	assert_int_equal(system("mkdir -p etc/pam.d usr/lib/pam.d "
		"usr/etc/pam.d mine"), 0);
}

static void end_place(void)
{
	leave_place(place);
	forget();
	assert_int_equal(held, 0);
}

#endif
