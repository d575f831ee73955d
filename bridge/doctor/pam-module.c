/* SPDX-License-Identifier: Apache-2.0 */
/* The files of modules that lines of PAM name. */
#include "bridge/doctor/gather.h"

#include "base/file.h"
#include "base/paths.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODULE_MAX (16 << 20)

/* ---- are they there ---- */

static bool is_there(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* Where libpam finds it: one without a folder in its own, then in /lib. */
static void module_path(const char *module, char *ret, size_t size)
{
	static const char *const folders[] = { PATH_PAM_MODULES,
		PATH_PAM_SYSTEM, "/lib/security" };
	const char *isa = strstr(module, "$ISA");
	size_t i;

	if (module[0] == '/' && isa && !is_there(module)) {
		snprintf(ret, size, "%.*s/lib/security%s", (int)(isa - module),
			module, isa + 4);
		return;
	}
	snprintf(ret, size, "%s", module);
	for (i = 0; module[0] != '/' && i < ARRAY_LEN(folders); i++) {
		snprintf(ret, size, "%s/%s", folders[i], module);
		if (is_there(ret))
			return;
	}
}

/* Of the program that runs; false where it cannot be read. */
static bool read_own_header(ElfW(Ehdr) *ret)
{
	CLEANUP(close_p) int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, ret, sizeof(*ret)) == sizeof(*ret);
}

static bool is_for_this_machine(const ElfW(Ehdr) *h)
{
	ElfW(Ehdr) own;

	return !read_own_header(&own) ||
		(h->e_ident[EI_CLASS] == own.e_ident[EI_CLASS] &&
			h->e_ident[EI_DATA] == own.e_ident[EI_DATA] &&
			h->e_machine == own.e_machine && h->e_type == ET_DYN);
}

/* What is loaded of it stands in the file. */
static bool has_all_parts(const struct buf *b, const ElfW(Ehdr) *h)
{
	ElfW(Phdr) part;
	size_t i, at = h->e_phoff;

	for (i = 0; i < h->e_phnum; i++, at += sizeof(part)) {
		if (at > b->n || b->n - at < sizeof(part))
			return false;
		memcpy(&part, b->p + at, sizeof(part));
		if (part.p_type == PT_LOAD && (part.p_offset > b->n ||
				b->n - part.p_offset < part.p_filesz))
			return false;
	}
	return true;
}

static bool can_be_loaded(const struct buf *b)
{
	ElfW(Ehdr) h;

	if (b->n < sizeof(h))
		return false;
	memcpy(&h, b->p, sizeof(h));
	return memcmp(h.e_ident, ELFMAG, SELFMAG) == 0 &&
		is_for_this_machine(&h) && has_all_parts(b, &h);
}

/* Whether it can have that function: what may not be read may have it. */
static bool may_have(const char *path, const char *function)
{
	CLEANUP(buf_done) struct buf b;
	bool absent = false;
	struct error e;
	int r;

	buf_init(&b, MODULE_MAX);
	r = file_read(path, FILE_ANY, &b, &absent, &e);
	if (r == 0 && absent)
		return false;
	if (r < 0)
		return r == -ERROR_PERMISSION;
	return can_be_loaded(&b) &&
		memmem(b.p, b.n, function, strlen(function) + 1) != NULL;
}

void pam_modules_mark(struct pam_stack *stack, enum pam_type type)
{
	static const char *const functions[PAM_TYPES] = {
		[PAM_TYPE_AUTH] = "pam_sm_authenticate",
		[PAM_TYPE_ACCOUNT] = "pam_sm_acct_mgmt",
		[PAM_TYPE_PASSWORD] = "pam_sm_chauthtok",
		[PAM_TYPE_SESSION] = "pam_sm_open_session",
	};
	char path[LOGIN_PATH_LEN];
	size_t i;

	for (i = 0; i < stack->n; i++) {
		struct pam_entry *e = &stack->entries[i];

		if (e->line->kind != PAM_LINE_MODULE || !e->line->module)
			continue;
		module_path(e->line->module, path, sizeof(path));
		e->missing = !may_have(path, functions[type]);
	}
}

/* ---- is ours in good hands ---- */

static void judge_module(const char *path, struct findings *f)
{
	struct stat st;

	if (stat(path, &st) < 0) {
		findings_add(f, errno == ENOENT || errno == ENOTDIR ?
			FINDING_FAIL : FINDING_UNKNOWN, "pam-module", path,
			"install it there, or mend the line",
			"%s: a line that PAM cannot load fails "
			"(PAM_MODULE_UNKNOWN)", strerror(errno));
		return;
	}
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022))
		findings_add(f, FINDING_FAIL, "pam-module", path,
			"chown root, chmod 644",
			"it has owner %u and mode %04o: whoever can change it "
			"gets every password", (unsigned)st.st_uid,
			(unsigned)st.st_mode & 07777);
	else
		findings_add(f, FINDING_OK, "pam-module", path, NULL,
			"it is there and root's alone to change");
}

void pam_modules_judge(const struct pam_stack *stack, struct findings *f)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < stack->n; i++) {
		const struct pam_entry *e = &stack->entries[i];

		if (!pam_line_is_ours(e->line))
			continue;
		module_path(e->line->module, path, sizeof(path));
		if (!findings_have(f, "pam-module", path))
			judge_module(path, f);
	}
}
