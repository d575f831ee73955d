/* SPDX-License-Identifier: Apache-2.0 */
/* Files of PAM's modules, and of the program that runs. */
#ifndef TESTS_MODULE_PARTS_H
#define TESTS_MODULE_PARTS_H

#include "base/paths.h"
#include "bridge/doctor/gather.h"

#include "tests/unit/doctor-found.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* ---- the machine ---- */

static struct thing {
	const char *path;
	int error;       /* errno */
	struct stat st;
} things[3];

static struct file {
	unsigned char p[1024];
	size_t n;
	bool absent;
	int error;
	bool is_stdin;
} module, own;

static char read_paths[2048];

WRAP(int, stat64, const char *path, struct stat *st)
{
	size_t i;

	errno = ENOENT;
	for (i = 0; i < ARRAY_LEN(things); i++)
		if (things[i].path && strcmp(things[i].path, path) == 0) {
			*st = things[i].st;
			if (!things[i].error)
				return 0; /* and errno is left over */
			errno = things[i].error;
		}
	return -1;
}

WRAP(int, file_read, const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e)
{
	assert_int_equal(trust, FILE_ANY);
	assert_int_equal(b->max, 16 << 20);
	assert_false(*ret_absent);
	strcat(strcat(read_paths, path), " ");
	*ret_absent = module.absent;
	if (module.error)
		return error_set(e, module.error, "no");
	buf_put(b, module.p, module.n);
	return 0;
}

int __real_open64(const char *path, int flags, mode_t mode);

/* The program that runs, as far as it is looked at. */
WRAP(int, open64, const char *path, int flags, mode_t mode)
{
	int fd;

	if (strcmp(path, "/proc/self/exe") != 0)
		return __real_open64(path, flags, mode);
	if (own.error) {
		errno = own.error;
		return -1;
	}
	fd = memfd_create("file", MFD_CLOEXEC);
	assert_int_equal(write(fd, own.p, own.n), own.n);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	if (!own.is_stdin || fd == 0)
		return fd;
	assert_int_equal(dup2(fd, 0), 0);
	close(fd);
	return 0;
}

/* ---- modules ---- */

static ElfW(Ehdr) header(void)
{
	ElfW(Ehdr) h = { .e_machine = EM_X86_64, .e_type = ET_DYN };

	memcpy(h.e_ident, ELFMAG, SELFMAG);
	h.e_ident[EI_CLASS] = ELFCLASS64;
	h.e_ident[EI_DATA] = ELFDATA2LSB;
	return h;
}

/* Function and all in n bytes, with the header before. */
static void make_module(const ElfW(Ehdr) *h, const char *function, size_t n)
{
	memset(&module, 0, sizeof(module));
	assert_true(n <= sizeof(module.p));
	module.n = n;
	if (function)
		memcpy(module.p + n - strlen(function) - 1, function,
			strlen(function) + 1);
	memcpy(module.p, h, sizeof(*h));
}

#define AUTH "pam_sm_authenticate"

static int set_up(void **state)
{
	ElfW(Ehdr) h = header();

	(void)state;
	memset(things, 0, sizeof(things));
	memset(&own, 0, sizeof(own));
	read_paths[0] = '\0';
	memcpy(own.p, &h, sizeof(h));
	own.n = sizeof(h);
	make_module(&h, AUTH, 200);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	return 0;
}

static UNUSED bool is_missing(const char *name, enum pam_type type)
{
	const struct pam_line line = { .module = name };
	struct pam_entry entry = { .line = &line };
	struct pam_stack stack = { .entries = &entry, .n = 1 };

	read_paths[0] = '\0';
	pam_modules_mark(&stack, type);
	return entry.missing;
}

#endif
