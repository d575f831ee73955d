/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers why a token cannot be used. */
#include "bridge/doctor/tokens/tokens.h"

#include "base/file.h"
#include "base/paths.h"
#include "base/process.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MAX 1024
#define POLKIT_FILE_MAX 1048576
#define POLKIT_RULES "/etc/polkit-1/rules.d"
#define POLKIT_OURS "70-tokenbridge.rules"
#define POLKIT_ACTIONS "/usr/share/polkit-1/actions/org.debian.pcsc-lite.policy"

static void tokens_facts_done(struct tokens_facts *t)
{
	free(t->tokens);
	t->tokens = NULL;
	t->n = 0;
}

static bool path_is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ---- who asks ---- */

static bool group_lists(const struct group *g, const char *user)
{
	char **member = g->gr_mem;

	while (*member && strcmp(*member, user) != 0)
		member++;
	return *member != NULL;
}

bool tokens_group_lists(const char *user, bool *ret_exists)
{
	const struct group *g = getgrnam(TOKENS_GROUP);
	const struct passwd *pw = getpwnam(user);

	*ret_exists = g != NULL;
	return g && (group_lists(g, user) || (pw && pw->pw_gid == g->gr_gid));
}

static bool group_in_force_here(gid_t gid)
{
	gid_t groups[GROUPS_MAX];
	int i, n = getgroups(GROUPS_MAX, groups);

	for (i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

static void look_person(struct tokens_facts *t)
{
	const struct passwd *pw = getpwuid(geteuid());
	const struct group *g = getgrnam(TOKENS_GROUP);

	if (pw)
		snprintf(t->user, sizeof(t->user), "%s", pw->pw_name);
	else
		snprintf(t->user, sizeof(t->user), "uid %u",
			(unsigned)geteuid());
	t->root = geteuid() == 0;
	t->group_lists_user = tokens_group_lists(t->user, &t->group_exists);
	t->group_in_force = g && group_in_force_here(g->gr_gid);
}

/* ---- the machine ---- */

/* As udev does: the first folder that has a file of the name decides. */
static enum rule_state look_rule(const char *name)
{
	static const char *const folders[] = { "/etc/udev/rules.d",
		"/run/udev/rules.d", "/usr/local/lib/udev/rules.d",
		"/usr/lib/udev/rules.d", "/lib/udev/rules.d" };
	char path[256];
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (stat(path, &st) == 0)
			return S_ISREG(st.st_mode) && st.st_size > 0 ?
				RULE_THERE : RULE_MASKED;
	}
	return RULE_ABSENT;
}

static bool speaks_of_pcsc(const char *path)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, POLKIT_FILE_MAX);
	return file_read(path, FILE_ANY, &b, NULL, NULL) == 0 &&
		memmem(b.p, b.n, "org.debian.pcsc-lite", 20) != NULL;
}

static void look_polkit_file(const char *path, struct tokens_facts *t)
{
	if (!speaks_of_pcsc(path))
		return;
	if (strcmp(strrchr(path, '/') + 1, POLKIT_OURS) == 0)
		t->polkit_ours = true;
	else
		t->polkit_rule = true;
}

static void look_polkit(struct tokens_facts *t)
{
	static const char *const patterns[] = { POLKIT_RULES "/*.rules",
		"/usr/share/polkit-1/rules.d/*.rules" };
	glob_t found;
	size_t i, k;

	for (i = 0; i < ARRAY_LEN(patterns); i++) {
		if (glob(patterns[i], 0, NULL, &found) != 0)
			continue;
		for (k = 0; k < found.gl_pathc; k++)
			look_polkit_file(found.gl_pathv[k], t);
		globfree(&found);
	}
}

static void look_machine(struct tokens_facts *t)
{
	CLEANUP(free_p) char *worker = process_find("tokenbridge-worker",
		PATH_LIBEXEC "/tokenbridge-worker");
	size_t i;

	t->udevd = path_is_there("/run/udev/control");
	t->hidraw = path_is_there("/sys/class/hidraw");
	t->usbhid = path_is_there("/sys/bus/usb/drivers/usbhid");
	for (i = 0; i < RULES; i++)
		t->rules[i] = look_rule(rule_names[i]);
	t->worker = worker && access(worker, X_OK) == 0;
	t->built_pcsc = BUILT_WITH_PCSC;
	t->built_ykpers = BUILT_WITH_YKPERS;
	t->pcscd_socket = path_is_there("/run/pcscd/pcscd.comm");
	t->pcscd_polkit = path_is_there(POLKIT_ACTIONS);
	look_polkit(t);
	t->polkit_hidden = access(POLKIT_RULES, R_OK | X_OK) < 0 &&
		errno == EACCES;
}

/* ---- processes ---- */

static void process_name(const char *pid, char *ret, size_t size)
{
	char path[64];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%.20s/comm", pid);
	f = fopen(path, "re");
	if (f) {
		n = fread(ret, 1, size - 1, f);
		fclose(f);
	}
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
}

static void add_opener(struct token_facts *x, pid_t pid, const char *name)
{
	struct opener *o = &x->openers[x->openers_n];
	size_t i;

	for (i = 0; i < x->openers_n; i++)
		if (x->openers[i].pid == pid)
			return;
	if (x->openers_n == OPENERS_MAX)
		return;
	o->pid = pid;
	snprintf(o->name, sizeof(o->name), "%s", name);
	x->openers_n++;
}

static void match_file(struct tokens_facts *t, const struct stat *file,
	pid_t pid, const char *name)
{
	struct stat st;
	size_t i;

	for (i = 0; i < t->n; i++) {
		const char *path = t->tokens[i].token->node.path;

		if (path[0] && stat(path, &st) == 0 &&
			st.st_ino == file->st_ino && st.st_dev == file->st_dev)
			add_opener(&t->tokens[i], pid, name);
	}
}

/* Open files of processes that we may look into: all for root. */
static void look_files(struct tokens_facts *t, const char *pid,
	const char *name)
{
	char path[64 + 256];
	struct dirent *e;
	struct stat st;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%s", pid,
			e->d_name);
		if (stat(path, &st) == 0 && S_ISCHR(st.st_mode))
			match_file(t, &st, (pid_t)atol(pid), name);
	}
	if (d)
		closedir(d);
}

static void look_processes(struct tokens_facts *t)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char name[32];
	pid_t pid;

	while (d && (e = readdir(d))) {
		pid = (pid_t)atol(e->d_name);
		if (pid <= 0 || pid == getpid())
			continue;
		process_name(e->d_name, name, sizeof(name));
		if (strcmp(name, "pcscd") == 0)
			t->pcscd = pid;
		if (strcmp(name, "scdaemon") == 0)
			t->scdaemon = pid;
		look_files(t, e->d_name, name);
	}
	if (d)
		closedir(d);
}

/* ---- tokens ---- */

static void look_token(struct token_facts *x)
{
	const struct node *n = &x->token->node;
	char name[64];

	if (n->usb_path[0])
		usb_look(n->usb_path, &x->usb);
	if (n->path[0])
		x->locked_by = token_holder(n->path, name, sizeof(name));
	if (n->usb_bus == 0)
		return;
	snprintf(x->usb_node, sizeof(x->usb_node), "/dev/bus/usb/%03u/%03u",
		n->usb_bus, n->usb_dev);
	x->usb_openable = access(x->usb_node, R_OK | W_OK) == 0;
}

static int look_tokens(struct tokens_facts *t,
	const struct doctor_tokens_request *q, struct error *err)
{
	size_t i;

	t->tokens = calloc(q->n + 1, sizeof(*t->tokens));
	if (!t->tokens)
		return error_memory(err);
	t->n = q->n;
	for (i = 0; i < q->n; i++) {
		t->tokens[i].token = &q->tokens[i];
		look_token(&t->tokens[i]);
	}
	return 0;
}

int doctor_tokens(const struct doctor_tokens_request *q, struct findings *f,
	struct error *err)
{
	CLEANUP(tokens_facts_done) struct tokens_facts t = { 0 };
	int r = look_tokens(&t, q, err);

	if (r < 0)
		return r;
	t.any_card = q->any_card;
	look_person(&t);
	look_machine(&t);
	look_processes(&t);
	tokens_judge(&t, f);
	return f->failed ? error_memory(err) : 0;
}
