/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is shown to people and as JSON, to the letter: on standard output and,
 * between its lines, on standard error. The words stand in shown/; with
 * TOKENBRIDGE_SAID=write they are written there anew, for a person to read the
 * difference.
 */
#ifndef TESTS_UNIT_SHOWN_H
#define TESTS_UNIT_SHOWN_H

#include "tests/unit/unit.h"

#include <fcntl.h>

static const char *folder;
static int kept[2] = { -1, -1 }; /* the two, while something is shown */
static char place[64];

static UNUSED void shown_folder(int argc, char **argv)
{
	if (argc != 2)
		exit(2);
	folder = argv[1];
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

/* What is shown from here on goes into a file. */
static UNUSED void begin_show(void)
{
	int i, fd = open("shown", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
		O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	fflush(stdout);
	for (i = 0; i < 2; i++) {
		kept[i] = dup(i + 1);
		assert_int_equal(dup2(fd, i + 1), i + 1);
	}
	close(fd);
}

/* It is what stands in the folder under that name. */
static UNUSED void end_show(const char *name)
{
	const char *how = getenv("TOKENBRIDGE_SAID");
	struct buf is, want;
	char path[1024];
	int i;

	fflush(stdout);
	for (i = 0; i < 2; i++) {
		assert_int_equal(dup2(kept[i], i + 1), i + 1);
		close(kept[i]);
	}
	buf_init(&is, 1 << 20);
	buf_init(&want, 1 << 20);
	OK(file_read("shown", FILE_ANY, &is, NULL, &err));
	snprintf(path, sizeof(path), "%s/%s.txt", folder, name);
	if (how && strcmp(how, "write") == 0)
		write_file(path, is.p, is.n, 0644);
	OK(file_read(path, FILE_ANY, &want, NULL, &err));
	assert_string_equal(buf_str(&is), buf_str(&want));
	buf_done(&is);
	buf_done(&want);
}

static UNUSED int begin(void **state)
{
	(void)state;
	enter_place(place);
	return 0;
}

static UNUSED int finish(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

#endif
