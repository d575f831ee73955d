/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests share: checks of results, a directory of their own. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define UNUSED __attribute__((unused))

/* What stands for a function that meson.build wraps for this program. */
#define WRAP(type, name, ...)                                                  \
	type __wrap_##name(__VA_ARGS__);                                       \
	type __wrap_##name(__VA_ARGS__)

static UNUSED struct error err;

/* The call succeeds with 0; else its error's text is shown. Of one that may
 * succeed with a number the very number is asserted. */
#define OK(call)                                                               \
	do {                                                                   \
		memset(&err, 0, sizeof(err));                                  \
		if ((call) != 0)                                               \
			fail_msg("%s: %s", #call, err.text);                   \
	} while (0)

/* It fails with this code and a sentence. */
#define FAILS(want, call)                                                      \
	do {                                                                   \
		memset(&err, 0, sizeof(err));                                  \
		assert_int_equal(call, -(want));                               \
		assert_int_equal(err.code, want);                              \
		assert_true(err.text[0]);                                      \
		assert_true(utf8_is_clean(err.text, strlen(err.text)));        \
	} while (0)

/* It fails, and its sentence has these words. */
#define SAYS(want, words, call)                                                \
	do {                                                                   \
		FAILS(want, call);                                             \
		if (!strstr(err.text, words))                                  \
			fail_msg("'%s' does not say '%s'", err.text, words);   \
	} while (0)

/* A copy in a block of its own, so that a byte read too far is seen. */
static UNUSED unsigned char *copy_of(const void *p, size_t n)
{
	unsigned char *c = malloc(n ? n : 1);

	assert_non_null(c);
	if (n)
		memcpy(c, p, n);
	return c;
}

/* A new directory; chdir()s there. */
static UNUSED void enter_place(char place[64])
{
	strcpy(place, "/tmp/tokenbridge-unit-XXXXXX");
	assert_non_null(mkdtemp(place));
	assert_int_equal(chdir(place), 0);
}

static UNUSED void leave_place(const char *place)
{
	char command[256];

	assert_int_equal(chdir("/"), 0);
	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s",
		place, place);
	assert_int_equal(system(command), 0);
}

/* clearenv(), but for where a build that counts lines puts its counts: without
 * it tests/mutate does not see what the program executes. */
static UNUSED void empty_environment(void)
{
	const char *counts = getenv("GCOV_PREFIX");
	char *copy = counts ? strdup(counts) : NULL;

	clearenv();
	if (copy)
		setenv("GCOV_PREFIX", copy, 1);
	free(copy);
}

static UNUSED void write_file(const char *path, const void *p, size_t n,
	mode_t mode)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static UNUSED void write_text(const char *path, const char *s)
{
	write_file(path, s, strlen(s), 0600);
}

static UNUSED void assert_file_is(const char *path, const char *want)
{
	char is[4096];
	FILE *f = fopen(path, "re");
	size_t n;

	assert_non_null(f);
	n = fread(is, 1, sizeof(is) - 1, f);
	fclose(f);
	is[n] = '\0';
	assert_string_equal(is, want);
}

#endif
