/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that doctor looks at, and what it gathers there. */
#ifndef TESTS_LOOK_PARTS_H
#define TESTS_LOOK_PARTS_H

#include "base/paths.h"
#include "bridge/doctor/tokens/tokens.h"

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/stat.h>

#define WORKER "/there/tokenbridge-worker"
#define RULES_HERE "/etc/polkit-1/rules.d"
#define RULES_SHARED "/usr/share/polkit-1/rules.d"
#define OURS RULES_HERE "/70-tokenbridge.rules"
#define USB_NODE "/dev/bus/usb/003/017"
#define GROUP_ID 777
#define NONE SIZE_MAX

/* ---- the machine ---- */

#define FACT(f) offsetof(struct tokens_facts, f)

/* What is asked for, how, and the fact that it is. */
static const struct {
	const char *path;
	int mode;
	size_t fact;
} paths[] = {
	{ "/run/udev/control", F_OK, FACT(udevd) },
	{ "/sys/class/hidraw", F_OK, FACT(hidraw) },
	{ "/sys/bus/usb/drivers/usbhid", F_OK, FACT(usbhid) },
	{ WORKER, X_OK, FACT(worker) },
	{ "/run/pcscd/pcscd.comm", F_OK, FACT(pcscd_socket) },
	{ "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy", F_OK,
		FACT(pcscd_polkit) },
	{ USB_NODE, R_OK | W_OK, NONE },
	{ RULES_HERE, R_OK | X_OK, NONE },
};

struct file {
	const char *path;
	mode_t mode;
	off_t size;
	dev_t dev;
	ino_t ino;
};

/* A folder of /proc, and of it what is open. */
struct proc {
	const char *dir, *name; /* name NULL: it has gone */
	const char *fds[4];     /* none: it may not be looked into */
};

struct listing {
	const char *names[12];
	size_t next;
	struct dirent entry;
};

static struct machine {
	bool runs; /* else libc's own are meant */
	bool there[ARRAY_LEN(paths)];
	int rules_errno;
	uid_t uid;
	const char *user;
	gid_t user_gid, own_gid;
	char *members[4]; /* of the group */
	bool has_group;
	gid_t groups[3];
	int groups_n;
	const char *worker;
	struct file files[12];
	size_t files_n;
	struct proc procs[9];
	bool no_proc, no_memory, judge_fails;
	struct listing proc, fd;
	char *found[2][3]; /* polkit's files */
	const char *text;  /* of each of them; NULL: it is not read */
	int opened, closed, globbed, freed;
	char read[512];
	pid_t holder;
	char usb[64];
} m;

static struct tokens_facts facts;
static struct token_facts seen[3];
static struct token tokens[3];
static size_t tokens_n;
static bool judged;

int __real_access(const char *path, int mode);

WRAP(int, access, const char *path, int mode)
{
	size_t i;

	if (!m.runs)
		return __real_access(path, mode);
	for (i = 0; i < ARRAY_LEN(paths); i++)
		if (strcmp(path, paths[i].path) == 0)
			break;
	assert_true(i < ARRAY_LEN(paths));
	assert_int_equal(mode, paths[i].mode);
	errno = m.rules_errno;
	return m.there[i] ? 0 : -1;
}

WRAP(int, stat64, const char *path, struct stat *st)
{
	size_t i;

	assert_true(path[0]);
	for (i = 0; i < m.files_n; i++)
		if (strcmp(path, m.files[i].path) == 0) {
			*st = (struct stat){ .st_mode = m.files[i].mode,
				.st_size = m.files[i].size,
				.st_dev = m.files[i].dev,
				.st_ino = m.files[i].ino };
			return 0;
		}
	return -1;
}

WRAP(uid_t, geteuid, void)
{
	return m.uid;
}

WRAP(gid_t, getegid, void)
{
	return m.own_gid;
}

/* Behind the last is one that is not meant. */
WRAP(int, getgroups, int size, gid_t *groups)
{
	int i;

	assert_int_equal(size, 1024);
	for (i = 0; i < m.groups_n; i++)
		groups[i] = m.groups[i];
	groups[i] = GROUP_ID;
	return m.groups_n;
}

static struct passwd *person(void)
{
	static char name[32];
	static struct passwd pw = { .pw_name = name };

	if (!m.user)
		return NULL;
	snprintf(name, sizeof(name), "%s", m.user);
	pw.pw_gid = m.user_gid;
	return &pw;
}

WRAP(struct passwd *, getpwuid, uid_t uid)
{
	assert_int_equal(uid, m.uid);
	return person();
}

WRAP(struct passwd *, getpwnam, const char *name)
{
	assert_string_equal(name, m.user ? m.user : "uid 1000");
	return person();
}

WRAP(struct group *, getgrnam, const char *name)
{
	static struct group g;

	assert_string_equal(name, "tokenbridge");
	g = (struct group){ .gr_gid = GROUP_ID, .gr_mem = m.members };
	return m.has_group ? &g : NULL;
}

WRAP(char *, process_find, const char *name, const char *built_in)
{
	assert_string_equal(name, "tokenbridge-worker");
	assert_string_equal(built_in, PATH_LIBEXEC "/tokenbridge-worker");
	return m.worker ? strdup(m.worker) : NULL;
}

WRAP(int, glob64, const char *pattern, int flags,
	int (*failed)(const char *path, int why), glob_t *ret)
{
	static const char *const patterns[] = { RULES_HERE "/*.rules",
		RULES_SHARED "/*.rules" };
	size_t n = 0;

	assert_true(m.globbed < 2);
	assert_string_equal(pattern, patterns[m.globbed]);
	assert_int_equal(flags, 0);
	assert_null(failed);
	ret->gl_pathv = m.found[m.globbed++];
	while (ret->gl_pathv[n])
		n++;
	ret->gl_pathc = n;
	return n > 0 ? 0 : GLOB_NOMATCH;
}

WRAP(void, globfree64, glob_t *found)
{
	assert_ptr_equal(found->gl_pathv, m.found[m.globbed - 1]);
	m.freed++;
}

WRAP(int, file_read, const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e)
{
	snprintf(m.read + strlen(m.read), sizeof(m.read) - strlen(m.read),
		"%s\n", path);
	assert_int_equal(trust, FILE_ANY);
	assert_int_equal(b->max, 1 << 20);
	assert_null(ret_absent);
	assert_null(e);
	buf_put_str(b, m.text ? m.text : "org.debian.pcsc-lite");
	return m.text ? 0 : -ERROR_FAILED;
}

/* ---- processes ---- */

static const struct proc *proc_of(const char *path, const char *rest)
{
	char is[64];
	size_t i;

	for (i = 0; i < ARRAY_LEN(m.procs) && m.procs[i].dir; i++) {
		snprintf(is, sizeof(is), "/proc/%.20s/%s", m.procs[i].dir,
			rest);
		if (strcmp(is, path) == 0)
			return &m.procs[i];
	}
	fail_msg("'%s' is not to be looked at", path);
	return NULL;
}

FILE *__real_fopen64(const char *path, const char *how);

WRAP(FILE *, fopen64, const char *path, const char *how)
{
	const struct proc *p;
	FILE *f;

	if (!m.runs)
		return __real_fopen64(path, how);
	assert_string_equal(how, "re");
	p = proc_of(path, "comm");
	if (!p->name)
		return NULL;
	f = tmpfile();
	assert_non_null(f);
	fputs(p->name, f);
	rewind(f);
	m.opened++;
	return f;
}

int __real_fclose(FILE *f);

WRAP(int, fclose, FILE *f)
{
	m.closed += m.runs;
	return __real_fclose(f);
}

static void list_procs(struct listing *l)
{
	size_t i;

	memset(l, 0, sizeof(*l));
	for (i = 0; i < ARRAY_LEN(m.procs); i++)
		l->names[i] = m.procs[i].dir;
}

WRAP(DIR *, opendir, const char *path)
{
	const struct proc *p;

	if (strcmp(path, "/proc") == 0) {
		list_procs(&m.proc);
		m.opened += !m.no_proc;
		return m.no_proc ? NULL : (DIR *)&m.proc;
	}
	p = proc_of(path, "fd");
	if (!p->fds[0])
		return NULL;
	memset(&m.fd, 0, sizeof(m.fd));
	memcpy(m.fd.names, p->fds, sizeof(p->fds));
	m.opened++;
	return (DIR *)&m.fd;
}

WRAP(struct dirent *, readdir64, DIR *d)
{
	struct listing *l = (struct listing *)d;
	const char *name = l->names[l->next];

	if (!name)
		return NULL;
	l->next++;
	snprintf(l->entry.d_name, sizeof(l->entry.d_name), "%s", name);
	return &l->entry;
}

WRAP(int, closedir, DIR *d)
{
	assert_non_null(d);
	m.closed++;
	return 0;
}

/* ---- what it is asked of, what it says ---- */

WRAP(void, usb_look, const char *path, struct usb_state *ret)
{
	snprintf(m.usb, sizeof(m.usb), "%s", path);
	ret->milliamps = 30;
}

WRAP(pid_t, token_holder, const char *path, char *name, size_t size)
{
	assert_string_equal(path, "/dev/hidraw3");
	memset(name, 'x', size);
	assert_int_equal(size, 64);
	return m.holder;
}

void *__real_calloc(size_t n, size_t size);

WRAP(void *, calloc, size_t n, size_t size)
{
	if (!m.runs || size != sizeof(struct token_facts))
		return __real_calloc(n, size);
	assert_int_equal(n, tokens_n + 1);
	return m.no_memory ? NULL : __real_calloc(n, size);
}

WRAP(void, tokens_judge, const struct tokens_facts *t, struct findings *f)
{
	facts = *t;
	assert_int_equal(t->n, tokens_n);
	memcpy(seen, t->tokens, t->n * sizeof(*seen));
	judged = true;
	f->failed = m.judge_fails;
}

static int look_with(bool any_card)
{
	const struct doctor_tokens_request q = { tokens, tokens_n, any_card };
	struct findings found = { .n = 0 };
	int r;

	memset(&facts, 0xff, sizeof(facts));
	judged = false;
	m.opened = m.closed = m.globbed = m.freed = 0;
	m.read[0] = '\0';
	m.runs = true;
	r = doctor_tokens(&q, &found, &err);
	m.runs = false;
	return r;
}

static void look(void)
{
	OK(look_with(false));
	assert_true(judged);
	assert_int_equal(m.opened, m.closed);
	assert_int_equal(m.globbed, 2);
	assert_int_equal(m.freed, !!m.found[0][0] + !!m.found[1][0]);
}

static void put_file(const char *path, mode_t mode, off_t size, dev_t dev,
	ino_t ino)
{
	assert_true(m.files_n < ARRAY_LEN(m.files));
	m.files[m.files_n++] = (struct file){ path, mode, size, dev, ino };
}

/* Nothing is here. */
static int set_up(void **state)
{
	(void)state;
	m = (struct machine){ .uid = 1000, .user = "alice", .user_gid = 1000,
		.own_gid = 1000, .worker = WORKER, .text = "",
		.rules_errno = ENOENT };
	memset(tokens, 0, sizeof(tokens));
	tokens_n = 0;
	return 0;
}

#endif
