/* SPDX-License-Identifier: Apache-2.0 */
/* The files and accounts that host_look_sshd looks at, as a table says. */
#ifndef TESTS_SSHD_LOOK_PARTS_H
#define TESTS_SSHD_LOOK_PARTS_H

#include "base/paths.h"
#include "bridge/doctor/gather.h"
#include "bridge/doctor/sshd-rules.h"

#include "tests/unit/doctor-found.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <sys/stat.h>

#define CONFIG "/c/sshd_config"
#define KEYS "/usr/keys"
#define SHELL "/bin/shell"

/* ---- the machine ---- */

static struct world {
	const char *config;   /* NULL: it is not there */
	int config_errno, read;
	unsigned bad;         /* number of the read that fails; 0: by `read` */
	bool is_absent;       /* ... as nothing is there */
	const char *matches[2]; /* of every pattern but "none" */
	const char *real;     /* of the command */
	struct thing {
		const char *path;
		int error;    /* errno */
		mode_t mode;
		uid_t uid;
	} things[6];
	struct passwd person, runner;
	gid_t groups[3];      /* of everybody */
	int groups_n;         /* -1: they are not known */
	bool no_group;
	const char *shadow;   /* NULL: no such row */
	bool no_password;
	unsigned lacks;       /* that strdup() has nothing */
	bool deep;            /* whatever is looked for is there */
	bool uses;
	/* what came of it */
	char steps[512];
	unsigned reads;
	unsigned globs;
	struct sshd_facts facts;
	struct path_step path[PATH_STEPS_MAX];
	char who_groups[64];
	const char *command;
} w;

static struct doctor_login_request q;

static void step(const char *what, const char *of)
{
	size_t n = strlen(w.steps);

	snprintf(w.steps + n, sizeof(w.steps) - n, "%s%s ", what, of);
}

int __real_access(const char *path, int mode);
WRAP(int, access, const char *path, int mode)
{
	/* who counts lines asks for folders of his own */
	if (strcmp(path, CONFIG) != 0)
		return __real_access(path, mode);
	assert_int_equal(mode, F_OK);
	errno = w.config_errno ? w.config_errno : ENOENT;
	return w.config_errno ? -1 : 0;
}

WRAP(int, stat64, const char *path, struct stat *st)
{
	size_t i;

	memset(st, 0, sizeof(*st));
	if (w.deep)
		return 0;
	errno = ENOENT;
	for (i = 0; i < ARRAY_LEN(w.things); i++)
		if (w.things[i].path && strcmp(w.things[i].path, path) == 0) {
			st->st_mode = w.things[i].mode;
			st->st_uid = w.things[i].uid;
			if (!w.things[i].error)
				return 0; /* and errno is left over */
			errno = w.things[i].error;
		}
	return -1;
}

WRAP(int, file_read, const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e)
{
	bool is_config = strcmp(path, CONFIG) == 0;

	assert_int_equal(trust, FILE_ANY);
	assert_int_equal(b->max, SSHD_FILE_MAX);
	step("", path);
	w.reads++;
	if (w.read && (w.bad > 0 ? w.reads == w.bad :
		    is_config == (w.read == ERROR_PERMISSION)))
		return error_set(e, w.read, "'%s' says no", path);
	*ret_absent = is_config ? !w.config : path[1] == 'n';
	if (w.is_absent && w.reads == w.bad)
		*ret_absent = true;
	if (!*ret_absent)
		buf_put_str(b, is_config ? w.config : "UseDNS no\n");
	return 0;
}

WRAP(int, glob64, const char *pattern, int flags,
	int (*failed)(const char *, int), glob_t *ret)
{
	static char paths[ARRAY_LEN(w.matches)][32];
	static char *list[ARRAY_LEN(w.matches)];
	size_t i;

	assert_int_equal(flags, 0);
	assert_null(failed);
	step("*", pattern);
	memset(ret, 0, sizeof(*ret));
	ret->gl_pathv = list;
	for (i = 0; i < ARRAY_LEN(w.matches) && w.matches[i] &&
		!strstr(pattern, "none"); i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s", w.matches[i]);
		list[i] = paths[i];
	}
	ret->gl_pathc = i;
	w.globs += i > 0;
	return i > 0 ? 0 : GLOB_NOMATCH;
}

WRAP(void, globfree64, glob_t *found_paths)
{
	assert_true(found_paths->gl_pathc > 0);
	assert_true(w.globs > 0);
	w.globs--;
}

WRAP(struct passwd *, getpwnam, const char *name)
{
	struct passwd *pw = strcmp(name, "alice") == 0 ? &w.person :
		strcmp(name, "runner") == 0 ? &w.runner : NULL;

	return pw && pw->pw_name ? pw : NULL;
}

WRAP(int, getgrouplist, const char *name, gid_t gid, gid_t *groups, int *n)
{
	assert_int_equal(*n, 1024);
	assert_string_equal(name, gid == 100 ? "Alice" : "Runner");
	if (w.groups_n < 0)
		return -1;
	memcpy(groups, w.groups, sizeof(w.groups));
	*n = w.groups_n;
	return *n;
}

/* 9 has no name. */
WRAP(struct group *, getgrgid, gid_t gid)
{
	static char names[10][4];
	static struct group g;

	snprintf(names[gid], sizeof(names[gid]), "g%u", (unsigned)gid);
	g.gr_name = names[gid];
	return gid == 9 ? NULL : &g;
}

WRAP(struct group *, getgrnam, const char *name)
{
	static struct group g = { .gr_gid = 7 };

	assert_string_equal(name, LOGIN_GROUP);
	return w.no_group ? NULL : &g;
}

WRAP(struct spwd *, getspnam, const char *name)
{
	static char text[16];
	static struct spwd sp;

	assert_string_equal(name, "alice");
	snprintf(text, sizeof(text), "%s", w.shadow ? w.shadow : "");
	sp.sp_pwdp = w.no_password ? NULL : text;
	return w.shadow ? &sp : NULL;
}

char *__real_strdup(const char *s);

WRAP(char *, strdup, const char *s)
{
	return w.lacks > 0 && --w.lacks == 0 ? NULL : __real_strdup(s);
}

WRAP(char *, realpath, const char *path, char *ret)
{
	assert_null(ret);
	step("@", path);
	return w.real ? __real_strdup(w.real) : NULL;
}

WRAP(bool, sshd_judge, const struct sshd_config *c,
	const struct sshd_facts *facts, struct findings *f)
{
	size_t i;

	assert_ptr_equal(f, &found);
	w.facts = *facts;
	w.command = c->value[SSHD_KEYS_COMMAND].text ? "set" : "unset";
	memcpy(w.path, facts->steps, facts->steps_n * sizeof(*w.path));
	for (i = 0; facts->who && i < facts->who->groups_n; i++)
		strcat(strcat(w.who_groups, facts->who->groups[i]), " ");
	if (facts->who && !facts->who->groups)
		strcpy(w.who_groups, "unknown");
	return w.uses;
}

/* ---- looking ---- */

static int set_up(void **state)
{
	static char alice[] = "Alice", runner[] = "Runner", shell[] = SHELL;

	(void)state;
	forget();
	w = (struct world){ .config = "", .groups = { 3, 9, 7 }, .groups_n = 3,
		.real = KEYS };
	w.person = (struct passwd){ .pw_name = alice, .pw_uid = 1000,
		.pw_gid = 100, .pw_shell = shell };
	w.runner = (struct passwd){ .pw_name = runner, .pw_uid = 900,
		.pw_gid = 101 };
	q = (struct doctor_login_request){ .sshd_config = CONFIG };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	assert_int_equal(w.globs, 0);
	forget();
	return 0;
}

/* Reads those settings; what is there of the rest stands in w. */
static void look(const char *config)
{
	bool uses = !w.uses;

	forget();
	w.config = config;
	w.steps[0] = w.who_groups[0] = '\0';
	w.reads = 0;
	w.command = NULL;
	OK(host_look_sshd(&q, &uses, &found, &err));
	assert_int_equal(uses, w.uses);
	assert_non_null(w.command);
	assert_int_equal(w.globs, 0);
}

#endif
