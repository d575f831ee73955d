/* SPDX-License-Identifier: Apache-2.0 */
/* Privileges and system calls of the helper. */
#include "bridge/login/agent/sandbox.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

void sandbox_look(const char *user, struct sandbox *ret)
{
	const struct passwd *pw = getpwnam(user);

	*ret = pw ? (struct sandbox){ pw->pw_uid, pw->pw_gid, NULL } :
		    (struct sandbox){ 0, 0, NULL };
}

int sandbox_check(const struct sandbox *s, const char *user, struct error *err)
{
	if (s->uid != 0 && s->gid != 0)
		return 0;
	return error_set(err, ERROR_FAILED,
		"there is no unprivileged user '%s': make it with "
		"systemd-sysusers(8)", user);
}

static int drop(const struct sandbox *s, bool with_parent, struct error *err)
{
	uid_t r, e, saved;

	if (setgroups(0, NULL) < 0 || setresgid(s->gid, s->gid, s->gid) < 0 ||
		setresuid(s->uid, s->uid, s->uid) < 0 ||
		getresuid(&r, &e, &saved) < 0 || r != s->uid || e != s->uid ||
		saved != s->uid || setuid(0) == 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot give up root's privileges");
	/* the change of user has switched both */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 ||
		prctl(PR_SET_PDEATHSIG, with_parent ? SIGKILL : 0) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot give up privileges");
	return 0;
}

static const char *const allowed[] = {
	"read", "write", "readv", "writev", "pread64", "pwrite64", "lseek",
	"recvfrom", "sendto", "recvmsg", "sendmsg", "poll", "ppoll", "close",
	"fstat", "newfstatat", "stat", "statx", "access", "faccessat",
	"faccessat2", "readlink", "readlinkat", "getdents64", "ioctl",
	"flock", "fcntl", "fdatasync", "fsync", "dup", "mmap", "munmap",
	"mremap", "mprotect", "madvise", "brk", "mlock", "munlock", "futex",
	"getrandom", "clock_gettime", "clock_getres", "clock_nanosleep",
	"nanosleep", "gettimeofday", "time", "getpid", "gettid", "getppid",
	"getuid", "geteuid", "getgid", "getegid", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
	"sched_yield", "sched_getaffinity", "sysinfo", "uname", "exit",
	"exit_group", "tgkill",
};

static int add_rules(scmp_filter_ctx ctx)
{
	size_t i;
	int nr, r = 0;

	for (i = 0; r == 0 && i < ARRAY_LEN(allowed); i++) {
		nr = seccomp_syscall_resolve_name(allowed[i]);
		if (nr != __NR_SCMP_ERROR) /* not on this architecture */
			r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	/* reading /proc/locks, to name who holds a node */
	if (r == 0)
		r = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT |
				O_TRUNC, O_RDONLY));
	return r;
}

/* What libseccomp has compiled, as the kernel takes it from each process. */
static int read_program(int fd, struct sock_fprog **ret)
{
	struct sock_fprog *program;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	program = malloc(sizeof(*program) + (size_t)st.st_size);
	if (!program)
		return -ENOMEM;
	program->filter = (struct sock_filter *)(program + 1);
	program->len = (unsigned short)((size_t)st.st_size /
		sizeof(*program->filter));
	if (pread(fd, program->filter, (size_t)st.st_size, 0) != st.st_size) {
		free(program);
		return -EIO;
	}
	*ret = program;
	return 0;
}

static int compile(scmp_filter_ctx ctx, struct sock_fprog **ret)
{
	int fd = memfd_create("seccomp", MFD_CLOEXEC);
	int r = fd < 0 ? -errno : seccomp_export_bpf(ctx, fd);

	if (r == 0)
		r = read_program(fd, ret);
	close_p(&fd);
	return r;
}

/* What is not allowed fails with EPERM: a library that tries goes on without. */
static int make_filter(struct sock_fprog **ret)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int r = ctx ? add_rules(ctx) : -ENOMEM;

	if (r == 0)
		r = compile(ctx, ret);
	if (ctx)
		seccomp_release(ctx);
	return r;
}

void sandbox_prepare(struct sandbox *s)
{
	if (!s->filter)
		(void)make_filter(&s->filter);
}

static int filter(const struct sandbox *s, struct error *err)
{
	struct sock_fprog *made = NULL;
	int r = s->filter ? 0 : make_filter(&made);

	if (r == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER,
		s->filter ? s->filter : made) < 0)
		r = -errno;
	free(made);
	return r < 0 ? error_errno(err, ERROR_FAILED, -r,
		"cannot limit the system calls") : 0;
}

int sandbox_enter(const struct sandbox *s, bool with_parent,
	struct error *err)
{
	int r = drop(s, with_parent, err);

	return r < 0 ? r : filter(s, err);
}
