/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up root for a person. */
#include "aws/caller/become.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

static int take_ids(const struct person *p, struct error *err)
{
	uid_t r, e, saved;

	if (initgroups(p->name, p->gid) < 0 ||
		setresgid(p->gid, p->gid, p->gid) < 0 ||
		setresuid(p->uid, p->uid, p->uid) < 0 ||
		getresuid(&r, &e, &saved) < 0 || r != p->uid || e != p->uid ||
		saved != p->uid || setuid(0) == 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot become '%s'", p->name);
	return 0;
}

/* Only the lower half of the number counts to the kernel, so only it here. */
static int deny_typing(struct error *err)
{
	static const unsigned long denied[] = { TIOCSTI, TIOCLINUX };
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;
	int r = ctx ? 0 : -ENOMEM;

	for (i = 0; r == 0 && i < ARRAY_LEN(denied); i++)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
			SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_MASKED_EQ,
				0xffffffff, denied[i]));
	if (r == 0)
		r = seccomp_load(ctx);
	if (ctx)
		seccomp_release(ctx);
	return r < 0 ? error_errno(err, ERROR_FAILED, -r,
		"cannot limit the system calls") : 0;
}

static int make_environment(const struct person *p, struct error *err)
{
	const char *const rows[][2] = {
		{ "HOME", p->home },
		{ "USER", p->name },
		{ "LOGNAME", p->name },
		{ "PATH", "/usr/local/bin:/usr/bin:/bin" },
		{ "LANG", "C.UTF-8" },
	};
	size_t i;

	clearenv();
	for (i = 0; i < ARRAY_LEN(rows); i++)
		if (setenv(rows[i][0], rows[i][1], 1) < 0)
			return error_memory(err);
	return 0;
}

int become(const struct person *person, struct error *err)
{
	int r = 0;

	if (getuid() == 0 && person->uid != 0)
		r = take_ids(person, err);
	else if (getuid() != person->uid)
		r = error_set(err, ERROR_PERMISSION,
			"only root can act for '%s'",
			person->name);
	if (r < 0)
		return r;
	/* the change of user has switched both */
	if (prctl(PR_SET_DUMPABLE, 0) < 0 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot give up privileges");
	r = deny_typing(err);
	return r < 0 ? r : make_environment(person, err);
}
