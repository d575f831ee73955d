/* SPDX-License-Identifier: Apache-2.0 */
/* What logging in needs of this machine besides PAM's files and login.db. */
#include "bridge/doctor/gather.h"

#include "base/file.h"
#include "base/paths.h"
#include "token/token.h"
#include "udev/nodes.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SELINUX_ENFORCE "/sys/fs/selinux/enforce"
#define HELPER PATH_LIBEXEC "/tokenbridge-auth"

/* ---- helper and accounts ---- */

static void look_program(struct findings *f)
{
	static const char again[] = "install tokenbridge anew";
	struct stat st;

	if (stat(HELPER, &st) < 0)
		findings_add(f, errno == ENOENT || errno == ENOTDIR ?
			FINDING_FAIL : FINDING_UNKNOWN, "helper", HELPER, again,
			"%s: every login by token fails (PAM_AUTH_ERR)",
			strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022))
		findings_add(f, FINDING_FAIL, "helper", HELPER,
			"chown root, chmod 755",
			"it runs as root, and has owner %u and mode %04o",
			(unsigned)st.st_uid, (unsigned)st.st_mode & 07777);
	else if (!(st.st_mode & S_IXUSR))
		findings_add(f, FINDING_FAIL, "helper", HELPER, "chmod 755",
			"it may not be executed: every login by token fails "
			"(PAM_AUTH_ERR)");
	else
		findings_add(f, FINDING_OK, "helper", HELPER, NULL,
			"it is there and root's alone to change");
}

static void look_accounts(struct findings *f)
{
	const struct passwd *pw = getpwnam(LOGIN_USER);

	if (!pw)
		findings_add(f, FINDING_FAIL, "helper-user", LOGIN_USER,
			"make a system user of that name",
			"this machine has no such user: every login by token "
			"fails (PAM_AUTH_ERR)");
	else if (pw->pw_uid == 0)
		findings_add(f, FINDING_FAIL, "helper-user", LOGIN_USER,
			"give it a number of its own",
			"it is root: what reads from tokens must not be");
	else
		findings_add(f, FINDING_OK, "helper-user", LOGIN_USER, NULL,
			"the helper gives up root for this user");
	if (!getgrnam(LOGIN_GROUP))
		findings_add(f, FINDING_WARN, "login-group", LOGIN_GROUP,
			"make a system group of that name, then `tokenbridge "
			"registry publish`",
			"this machine has no such group: nobody but root reads "
			"login.db, and sshd's command must not run as root");
	else
		findings_add(f, FINDING_OK, "login-group", LOGIN_GROUP, NULL,
			"the group that reads login.db is there");
}

void host_look_helper(struct findings *f)
{
	look_program(f);
	look_accounts(f);
}

/* There is no policy of ours: what its rules say of the helper is not known. */
void host_look_selinux(struct findings *f)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, 16);
	if (file_read(SELINUX_ENFORCE, FILE_ANY, &b, NULL, NULL) == 0 &&
		b.n > 0 && b.p[0] == '1')
		findings_add(f, FINDING_WARN, "selinux", SELINUX_ENFORCE,
			"try it with `setenforce 0`, and keep another way in",
			"SELinux is enforcing, which tokenbridge is not made "
			"for yet: logins by token may be refused");
}

/* ---- tokens ---- */

static void judge_node(const struct node *n, struct findings *f)
{
	char name[64];
	pid_t pid = token_holder(n->path, name, sizeof(name));

	if (pid > 0)
		findings_add(f, FINDING_WARN, "node", n->path,
			"end the other program, or wait for it",
			"%s (pid %ld) holds the token: a login waits for it up "
			"to its time limit", name[0] ? name : "a process",
			(long)pid);
	else
		findings_add_node(f, n, "; nobody holds it");
}

void host_look_nodes(bool *ret_plugged, struct findings *f)
{
	CLEANUP(free_p) struct node *nodes = NULL;
	struct error e;
	size_t i, n;

	*ret_plugged = true;
	if (nodes_enumerate(&nodes, &n, &e) < 0) {
		findings_add(f, FINDING_UNKNOWN, "node", "hidraw", NULL, "%s",
			e.text);
		return;
	}
	*ret_plugged = false;
	for (i = 0; i < n; i++) {
		if (!nodes[i].fido)
			continue;
		*ret_plugged = true;
		judge_node(&nodes[i], f);
	}
	if (!*ret_plugged)
		findings_add(f, FINDING_OK, "node", "hidraw", NULL,
			"no FIDO token is plugged in now");
}
