/* SPDX-License-Identifier: Apache-2.0 */
/* Reads sshd's settings, and looks at what they name. */
#include "bridge/doctor/gather.h"

#include "base/file.h"
#include "base/paths.h"
#include "bridge/doctor/sshd-rules.h"

#include <errno.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS PATH_LIBEXEC "/" SSHD_OUR_COMMAND
#define GROUPS_MAX 1024
#define PATTERN_LEN 4096

/* ---- the files ---- */

#define SSHD_FOLDER "/etc/ssh" /* of relative patterns, whoever names them */

struct sshd_look {
	bool told;          /* what cannot be read */
	struct findings *f;
};

static int host_read_sshd(const char *path, struct sshd_config *c,
	struct sshd_look *look, struct error *err);

static int host_on_include(const char *pattern, struct sshd_config *c,
	void *arg, struct error *err)
{
	struct sshd_look *look = arg;
	char path[PATTERN_LEN];
	glob_t found;
	size_t i;
	int r = 0;

	/* sshd takes ~ for a name like any other */
	if (pattern[0] == '/' || pattern[0] == '~')
		snprintf(path, sizeof(path), "%s", pattern);
	else
		snprintf(path, sizeof(path), SSHD_FOLDER "/%s", pattern);
	if (glob(path, 0, NULL, &found) != 0)
		return 0;
	for (i = 0; r == 0 && i < found.gl_pathc; i++)
		r = host_read_sshd(found.gl_pathv[i], c, look, err);
	globfree(&found);
	return r;
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int host_read_sshd(const char *path, struct sshd_config *c,
	struct sshd_look *look, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	bool absent;

	buf_init(&b, SSHD_FILE_MAX);
	if (is_folder(path)) /* sshd reads nothing of it */
		return 0;
	if (file_read(path, FILE_ANY, &b, &absent, &e) < 0) {
		if (!look->told)
			findings_add(look->f, FINDING_UNKNOWN, "sshd-settings",
				path, "run as root", "%s", e.text);
		return 0;
	}
	if (absent && !look->told)
		findings_add(look->f, FINDING_FAIL, "sshd-settings", path,
			"take it out, or put the file there",
			"it is not there: sshd does not start");
	return sshd_config_parse(b.n ? b.p : (const unsigned char *)"", b.n,
		path, c, host_on_include, look, err);
}

/* Twice, as sshd does. */
static int read_settings(const char *path, const struct sshd_person *who,
	struct sshd_config *c, struct sshd_look *look, struct error *err)
{
	int r;

	sshd_config_begin(c, SSHD_OUR_COMMAND);
	r = host_read_sshd(path, c, look, err);
	look->told = true;
	if (r < 0)
		return r;
	sshd_config_match(c, who);
	r = host_read_sshd(path, c, look, err);
	return r < 0 ? r : sshd_config_end(c, err);
}

/* ---- who logs in ---- */

/* The groups of a user: names that live as long as the array. */
struct group_names {
	char *name[GROUPS_MAX];
	size_t n;
};

static void group_names_done(struct group_names *g)
{
	while (g->n > 0)
		free(g->name[--g->n]);
}

/* False where they are not known. */
static bool read_groups(const char *user, struct group_names *ret)
{
	const struct passwd *pw = getpwnam(user);
	gid_t groups[GROUPS_MAX];
	const struct group *g;
	int i, n = GROUPS_MAX;

	ret->n = 0;
	if (!pw || getgrouplist(pw->pw_name, pw->pw_gid, groups, &n) < 0)
		return false;
	for (i = 0; i < n; i++) {
		g = getgrgid(groups[i]);
		if (!g)
			continue;
		ret->name[ret->n] = strdup(g->gr_name);
		if (!ret->name[ret->n])
			return false;
		ret->n++;
	}
	return true;
}

/* ---- what they name ---- */

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

/* What sshd minds of the person's shell; NULL: nothing. */
static const char *judge_shell(const struct passwd *pw)
{
	struct stat st;

	if (stat(pw->pw_shell[0] ? pw->pw_shell : "/bin/sh", &st) < 0)
		return errno == ENOENT || errno == ENOTDIR ?
			"is not there" : NULL;
	return S_ISREG(st.st_mode) && (st.st_mode & 0111) ? NULL :
		"may not be executed";
}

static bool is_locked(const char *user)
{
	const struct spwd *sp = getspnam(user);

	return sp && sp->sp_pwdp && sp->sp_pwdp[0] == '!';
}

static void look_person(const struct sshd_person *who,
	struct sshd_facts *facts)
{
	const struct passwd *pw = who->name ? getpwnam(who->name) : NULL;

	if (!pw)
		return;
	facts->who = who;
	facts->person_uid = pw->pw_uid;
	facts->shell_wrong = judge_shell(pw);
	facts->locked = is_locked(who->name);
}

/* A file that is not there, or that root's sshd could not read either. */
static bool revoked_is_gone(const struct sshd_value *v)
{
	struct stat st;

	if (!v->text || v->text[0] != '/')
		return false;
	return stat(v->text, &st) < 0 ? errno == ENOENT || errno == ENOTDIR ||
		errno == ELOOP : S_ISDIR(st.st_mode);
}

/* sshd looks for it in the folder where it was started. */
static bool is_relative(const struct sshd_value *v)
{
	return v->text && v->text[0] != '/' && strcasecmp(v->text, "none") != 0;
}

static bool host_judge_sshd(const struct sshd_config *c,
	const struct sshd_person *who, struct findings *f)
{
	struct path_step steps[PATH_STEPS_MAX];
	struct sshd_facts facts = {
		.expected = KEYS,
		.group = LOGIN_GROUP,
		.person = who->name,
		.steps = steps,
	};
	const char *command = c->value[SSHD_KEYS_COMMAND].text;
	const char *user = c->value[SSHD_KEYS_COMMAND_USER].text;
	const struct passwd *pw = user ? getpwnam(user) : NULL;
	CLEANUP(sshd_words_done) struct sshd_words w = { 0 };
	bool whole;

	if (command && sshd_split(command, false, &w, &whole, NULL) == 0 &&
		w.n > 0)
		facts.steps_n = take_steps(w.word[0], steps, ARRAY_LEN(steps));
	facts.executable = facts.steps_n > 0 && S_ISREG(steps[0].mode) &&
		(steps[0].mode & S_IXOTH);
	facts.user_known = pw != NULL;
	if (pw) {
		facts.user_uid = pw->pw_uid;
		facts.in_group = is_member(pw, LOGIN_GROUP);
	}
	look_person(who, &facts);
	facts.revoked_gone = revoked_is_gone(&c->value[SSHD_REVOKED]);
	facts.revoked_is_relative = is_relative(&c->value[SSHD_REVOKED]);
	return sshd_judge(c, &facts, f);
}

int host_look_sshd(const struct doctor_login_request *q, bool *ret_uses_keys,
	struct findings *f, struct error *err)
{
	CLEANUP(sshd_config_done) struct sshd_config c = { 0 };
	CLEANUP(group_names_done) struct group_names groups = { .n = 0 };
	const char *path = q->sshd_config;
	struct sshd_look look = { false, f };
	struct sshd_person who = { .name = q->user };
	int r;

	*ret_uses_keys = false;
	if (!q->sshd_config_named && access(path, F_OK) < 0 &&
		errno == ENOENT) {
		findings_add(f, FINDING_OK, "sshd-settings", path, NULL,
			"it is not there: no sshd is set up here");
		return 0;
	}
	if (q->user && read_groups(q->user, &groups)) {
		who.groups = (const char *const *)groups.name;
		who.groups_n = groups.n;
	}
	r = read_settings(path, &who, &c, &look, err);
	if (r == 0)
		*ret_uses_keys = host_judge_sshd(&c, &who, f);
	return r;
}
