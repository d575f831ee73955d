/* SPDX-License-Identifier: Apache-2.0 */
/* What logging in needs of this machine besides PAM's files and login.db. */
#include "bridge/doctor/gather.h"

#include "base/file.h"
#include "base/paths.h"
#include "bridge/doctor/sshd.h"
#include "token/token.h"
#include "udev/nodes.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELPER PATH_LIBEXEC "/tokenbridge-auth"
#define KEYS PATH_LIBEXEC "/tokenbridge-keys"
#define GROUPS_MAX 1024

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

/* ---- sshd ---- */

struct sshd_look {
	const char *folder; /* of relative patterns */
	struct findings *f;
};

static int host_read_sshd(const char *path, struct sshd_config *c,
	struct sshd_look *look, struct error *err);

static int host_on_include(const char *pattern, struct sshd_config *c,
	void *arg, struct error *err)
{
	struct sshd_look *look = arg;
	char path[SSHD_WORD_MAX + 256];
	glob_t found;
	size_t i;
	int r = 0;

	if (pattern[0] == '/')
		snprintf(path, sizeof(path), "%s", pattern);
	else
		snprintf(path, sizeof(path), "%s/%s", look->folder, pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return 0;
	for (i = 0; r == 0 && i < found.gl_pathc; i++)
		r = host_read_sshd(found.gl_pathv[i], c, look, err);
	globfree(&found);
	return r;
}

static int host_read_sshd(const char *path, struct sshd_config *c,
	struct sshd_look *look, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;

	buf_init(&b, SSHD_FILE_MAX);
	if (file_read(path, FILE_ANY, &b, NULL, &e) < 0) {
		findings_add(look->f, FINDING_UNKNOWN, "sshd-settings", path,
			"run as root", "%s", e.text);
		return 0;
	}
	return sshd_config_parse(b.p, b.n, c, host_on_include, look, err);
}

/* The file itself and every directory above, as sshd looks at them. */
static size_t take_steps(const char *path, struct path_step *steps, size_t max)
{
	CLEANUP(free_p) char *real = realpath(path, NULL);
	struct stat st;
	size_t n = 0;
	char *slash;

	while (real && n < max && stat(real, &st) == 0) {
		snprintf(steps[n].path, sizeof(steps[n].path), "%s", real);
		steps[n].uid = st.st_uid;
		steps[n].mode = st.st_mode;
		n++;
		slash = strrchr(real, '/');
		if (!slash || strcmp(real, "/") == 0)
			break;
		slash[slash == real] = '\0';
	}
	return n;
}

static bool is_member(const struct passwd *pw, const char *group)
{
	const struct group *g = getgrnam(group);
	gid_t groups[GROUPS_MAX];
	int i, n = GROUPS_MAX;

	if (!g || getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
		return false;
	for (i = 0; i < n; i++)
		if (groups[i] == g->gr_gid)
			return true;
	return false;
}

/* Name of the command that is set, "" without one. */
static void command_of(const struct sshd_config *c, char *ret, size_t size)
{
	char value[SSHD_WORD_MAX], *word;

	ret[0] = '\0';
	if (!c->value[SSHD_KEYS_COMMAND])
		return;
	snprintf(value, sizeof(value), "%s", c->value[SSHD_KEYS_COMMAND]);
	if (sshd_words(value, &word, 1) == 1)
		snprintf(ret, size, "%s", word);
}

static bool host_judge_sshd(const struct sshd_config *c, struct findings *f)
{
	struct path_step steps[PATH_STEPS_MAX];
	struct sshd_facts facts = {
		.expected = KEYS,
		.group = LOGIN_GROUP,
		.steps = steps,
	};
	const char *user = c->value[SSHD_KEYS_COMMAND_USER];
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	char command[SSHD_WORD_MAX];

	command_of(c, command, sizeof(command));
	facts.steps_n = take_steps(command, steps, ARRAY_LEN(steps));
	facts.executable = facts.steps_n > 0 && S_ISREG(steps[0].mode) &&
		(steps[0].mode & S_IXOTH);
	facts.user_known = pw != NULL;
	if (pw) {
		facts.user_uid = pw->pw_uid;
		facts.in_group = is_member(pw, LOGIN_GROUP);
	}
	return sshd_judge(c, &facts, f);
}

/* The folder that a file lies in; NULL without memory. */
static char *folder_of(const char *path)
{
	char *folder = strdup(path), *slash;

	slash = folder ? strrchr(folder, '/') : NULL;
	if (slash)
		*slash = '\0';
	else if (folder && path[0])
		strcpy(folder, ".");
	return folder;
}

int host_look_sshd(const struct doctor_login_request *q, bool *ret_uses_keys,
	struct findings *f, struct error *err)
{
	CLEANUP(sshd_config_done) struct sshd_config c = { 0 };
	const char *path = q->sshd_config;
	CLEANUP(free_p) char *folder = folder_of(path);
	struct sshd_look look = { folder, f };
	int r;

	if (!folder)
		return error_memory(err);
	*ret_uses_keys = false;
	if (!q->sshd_config_named && access(path, F_OK) < 0 &&
		errno == ENOENT) {
		findings_add(f, FINDING_OK, "sshd-settings", path, NULL,
			"it is not there: no sshd is set up here");
		return 0;
	}
	r = host_read_sshd(path, &c, &look, err);
	if (r == 0)
		*ret_uses_keys = host_judge_sshd(&c, f);
	return r;
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
