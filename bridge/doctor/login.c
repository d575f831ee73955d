/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at what logging in rests on, and at one person's chances. */
#include "base/paths.h"
#include "base/text.h"
#include "bridge/doctor/gather.h"
#include "bridge/doctor/pam-rules.h"
#include "bridge/login/counter.h"
#include "bridge/login/db.h"
#include "bridge/login/user.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DAY 86400
#define RECORDS_MAX 16
#define TOKENS_LEN 256

/* One login.db that some service or sshd reads. */
struct record {
	char path[LOGIN_PATH_LEN];
	struct login_db *db; /* owned; NULL: cannot be used */
	char why[ERROR_TEXT_MAX];       /* ... and why */
};

struct login {
	struct findings *f;
	const struct doctor_login_request *q;
	struct local_user user; /* q's, where it is known */
	bool user_known;
	char user_why[ERROR_TEXT_MAX]; /* that could not be found out; "": it could */
	struct pam_services services;
	bool sshd_asks;   /* tokenbridge-keys */
	bool plugged;
	struct record records[RECORDS_MAX];
	size_t records_n;
};

static void login_done(struct login *l)
{
	size_t i;

	for (i = 0; i < l->records_n; i++)
		login_db_free(&l->records[i].db);
	pam_services_done(&l->services);
}

/* ---- login.db ---- */

/* What makes a new one: a host without a registry is brought it. */
static const char *login_remedy(void)
{
	return access(PATH_REGISTRY, F_OK) == 0 || errno != ENOENT ?
		"tokenbridge registry publish, as root" :
		"tokenbridge registry publish, as root; on a host without a "
		"registry `tokenbridge login install FILE`, published anew";
}

/* Unreadable for whoever asks is not bad in itself. */
static enum finding_status login_unreadable(const char *path)
{
	return access(path, R_OK) < 0 && errno == EACCES ? FINDING_UNKNOWN :
		FINDING_FAIL;
}

static void judge_age(struct login *l, const struct record *r)
{
	const struct login_db_info *i = login_db_info(r->db);
	time_t now = time(NULL), age = i->made_at < now ? now - i->made_at : 0;
	bool half = l->q->max_age > 0 && (uint64_t)age > l->q->max_age / 2;
	char old[32], limit[48] = "no age limit";

	text_format_age(age, old, sizeof(old));
	if (l->q->max_age > 0)
		snprintf(limit, sizeof(limit), "login_max_age is %llu days",
			(unsigned long long)(l->q->max_age / DAY));
	findings_add(l->f, half ? FINDING_WARN : FINDING_OK, "login-db",
		r->path, half ? login_remedy() : NULL,
		"made %s ago from generation %llu, %s%s", old,
		(unsigned long long)i->generation, limit,
		half ? ": more than half is over" : "");
	if (!i->rehearsal)
		return;
	half = strcmp(r->path, LOGIN_DB_PATH) == 0;
	findings_add(l->f, half ? FINDING_FAIL : FINDING_WARN, "login-db",
		r->path, "publish it from the registry that counts",
		"it is made from a registry for rehearsals%s", half ?
		", and lets people in" : "");
}

static void judge_mode(struct login *l, const struct record *r)
{
	const struct group *g = getgrnam(LOGIN_GROUP);
	char name[64];
	struct stat st;

	if (stat(r->path, &st) < 0)
		return;
	findings_group_name(st.st_gid, name, sizeof(name));
	if (st.st_mode & 0007)
		findings_add(l->f, FINDING_WARN, "login-db", r->path,
			"chmod o= it",
			"mode %04o: everybody reads who logs in by token",
			(unsigned)st.st_mode & 07777);
	if (g && (st.st_gid != g->gr_gid || !(st.st_mode & S_IRGRP)))
		findings_add(l->f, l->sshd_asks ? FINDING_FAIL : FINDING_WARN,
			"login-db", r->path, login_remedy(),
			"mode %04o, group %s: group '%s' cannot read it, and "
			"sshd's command gets no keys",
			(unsigned)st.st_mode & 07777, name,
			LOGIN_GROUP);
}

static void judge_counters(struct login *l, const struct record *r)
{
	CLEANUP(free_p) char *path = counters_path(r->path);
	CLEANUP(counters_done) struct counters c = COUNTERS_INIT;
	struct error e;

	if (!path) {
		l->f->failed = true;
		return;
	}
	if (counters_open(&c, path, login_db_info(r->db)->counters, &e) < 0)
		findings_add(l->f, login_unreadable(path), "login-counters",
			path, login_remedy(),
			"%s; every login by token is refused "
			"(PAM_AUTHINFO_UNAVAIL)", e.text);
	else if (c.read_only)
		findings_add(l->f, FINDING_WARN, "login-counters", path,
			"mount it for writing",
			"its file system is read-only: counters are compared "
			"and not saved");
	else
		findings_add(l->f, FINDING_OK, "login-counters", path, NULL,
			"it is the file that login.db names, closed to others");
}

/* One name in a login.db, and what NSS says of it. */
static int judge_name(const char *name, void *arg)
{
	struct login *l = arg;
	struct local_user u;
	struct error e;
	bool found;

	if (local_user_look(name, &u, &found, &e) < 0)
		findings_add(l->f, FINDING_UNKNOWN, "login-name", name, NULL,
			"%s", e.text);
	else if (!found)
		findings_add(l->f, FINDING_WARN, "login-name", name,
			"take the key away: `tokenbridge revoke --local`",
			"login.db has a key of this user, whom the machine "
			"does not know: whoever is given the name gets it");
	else if (strcmp(u.name, name) != 0)
		findings_add(l->f, FINDING_FAIL, "login-name", name,
			"take it away and bind it anew: `tokenbridge revoke "
			"--local`, `tokenbridge pam-enroll`",
			"login.db has a key under this name, and NSS calls the "
			"user '%s': by any other name he has none", u.name);
	return 0;
}

/* At a login all rows are looked at, whoever it is. */
static bool judge_rows(struct login *l, const struct record *r)
{
	CLEANUP(login_credentials_done) struct login_credentials none = { 0 };
	struct error e;

	if (login_db_credentials(r->db, USER_NAMED("-"), &none, &e) == 0)
		return true;
	findings_add(l->f, FINDING_FAIL, "login-db", r->path, login_remedy(),
		"%s; every login by token is refused (PAM_AUTHINFO_UNAVAIL)",
		e.text);
	return false;
}

static void judge_names(struct login *l, const struct record *r)
{
	struct error e;

	if (login_db_names(r->db, judge_name, l, &e) < 0)
		findings_add(l->f, FINDING_FAIL, "login-name", r->path,
			login_remedy(), "%s", e.text);
}

static bool is_missing(const char *path)
{
	return access(path, F_OK) < 0 && errno == ENOENT;
}

/* Nobody has set logging in up, so there is nothing to miss. */
static bool is_unused(const struct login *l, const struct record *r)
{
	return l->services.n == 0 && !l->sshd_asks && is_missing(r->path);
}

static void look_record(struct login *l, struct record *r)
{
	struct error e;
	int x = login_db_open(&r->db, r->path, &e);

	if (x == 0) {
		judge_mode(l, r);
		judge_counters(l, r);
		x = login_db_check_age(r->db, time(NULL), l->q->max_age, &e);
	}
	if (x == 0) {
		judge_age(l, r);
		if (judge_rows(l, r))
			judge_names(l, r);
		return;
	}
	login_db_free(&r->db);
	snprintf(r->why, sizeof(r->why), "%s", e.text);
	if (is_unused(l, r)) {
		findings_add(l->f, FINDING_OK, "login-db", r->path, NULL,
			"it is not there, and nothing asks for it");
		return;
	}
	/* how to make it is the remedy's to say */
	findings_add(l->f, login_unreadable(r->path), "login-db", r->path,
		login_remedy(), "%s; every login by token is refused "
		"(PAM_AUTHINFO_UNAVAIL)", is_missing(r->path) ?
		"it is not there" : e.text);
}

static const char *service_db(const struct login *l, const char *login_db)
{
	return login_db[0] ? login_db : l->q->login_db;
}

static const struct record *find_record(const struct login *l,
	const char *path)
{
	size_t i;

	for (i = 0; i < l->records_n; i++)
		if (strcmp(l->records[i].path, path) == 0)
			return &l->records[i];
	return NULL;
}

static void want_record(struct login *l, const char *path)
{
	struct record *r = &l->records[l->records_n];

	if (l->records_n == RECORDS_MAX || find_record(l, path))
		return;
	l->records_n++;
	snprintf(r->path, sizeof(r->path), "%s", path);
	look_record(l, r);
}

/* Those that services name; the setting's where somebody reads it. */
static void look_records(struct login *l)
{
	const struct pam_service *s;
	size_t i;

	for (i = 0; i < l->services.n; i++) {
		s = &l->services.list[i];
		if (pam_stack_ours(&s->stack))
			want_record(l, service_db(l, s->login_db));
	}
	if (l->sshd_asks || l->records_n == 0)
		want_record(l, service_db(l, ""));
}

/* ---- one person ---- */

static int count_key(const struct login_ssh_key *key, void *arg)
{
	(void)key;
	++*(size_t *)arg;
	return 0;
}

/* What a login.db knows of the user. */
struct known {
	struct login_credentials list;
	size_t ssh_keys;
	bool verify;
	char tokens[TOKENS_LEN];
	char why[ERROR_TEXT_MAX]; /* nothing is known */
	size_t uncounted;         /* credentials whose counter cannot be read */
	char counter_why[ERROR_TEXT_MAX]; /* ... the last of them */
};

/* The counters of the user's credentials, as a login looks at them. */
static void ask_counters(const struct record *r, struct known *k)
{
	CLEANUP(counters_done) struct counters c = COUNTERS_INIT;
	CLEANUP(free_p) char *path = counters_path(r->path);
	struct error e;
	uint32_t counter;
	size_t i;

	if (!path || counters_open(&c, path, login_db_info(r->db)->counters,
			NULL) < 0)
		return; /* that is a row of its own */
	for (i = 0; i < k->list.n; i++) {
		const struct login_credential *x = &k->list.p[i];

		if (counters_read(&c, x->slot, x->id, x->id_n, &counter,
				&e) == 0)
			continue;
		k->uncounted++;
		snprintf(k->counter_why, sizeof(k->counter_why), "%s", e.text);
	}
}

static void add_token(struct known *k, const char *token)
{
	size_t n = strlen(k->tokens);

	if (!strstr(k->tokens, token) && n < sizeof(k->tokens))
		snprintf(k->tokens + n, sizeof(k->tokens) - n, "%s%s",
			n ? " or " : "", token);
}

static void ask_record(const struct login *l, const struct record *r,
	struct known *k)
{
	const struct user_names names = local_user_names(&l->user);
	struct error e = { 0 };
	size_t i;
	int x = 0;

	memset(k, 0, sizeof(*k));
	if (!r->db) {
		snprintf(k->why, sizeof(k->why), "%s", r->why);
		return;
	}
	x = login_db_credentials(r->db, &names, &k->list, &e);
	if (x == 0)
		x = login_db_ssh_keys(r->db, &names, NULL, count_key,
			&k->ssh_keys, &e);
	if (x < 0)
		snprintf(k->why, sizeof(k->why), "%s", e.text);
	ask_counters(r, k);
	for (i = 0; i < k->list.n; i++) {
		k->verify = k->verify || k->list.p[i].verify_required;
		add_token(k, k->list.p[i].token);
	}
}

static void tell_known(struct login *l, const struct record *r)
{
	struct known k;

	if (!r->db)
		return; /* that is a row of its own */
	ask_record(l, r, &k);
	if (k.why[0])
		findings_add(l->f, FINDING_UNKNOWN, "user", l->q->user, NULL,
			"what '%s' says of the user is not known: %s", r->path,
			k.why);
	else
		findings_add(l->f, FINDING_OK, "user", l->q->user, NULL,
			"'%s' has %zu key%s for PAM%s%s%s; %zu for ssh",
			r->path, k.list.n, k.list.n == 1 ? "" : "s",
			k.list.n ? ", of token " : "", k.tokens,
			k.verify ? ", with PIN" : "", k.ssh_keys);
	if (k.uncounted > 0)
		findings_add(l->f, FINDING_FAIL, "login-counters", l->q->user,
			login_remedy(), "%zu of the user's %zu: %s; a login by "
			"it is refused (PAM_AUTHINFO_UNAVAIL)", k.uncounted,
			k.list.n, k.counter_why);
	login_credentials_done(&k.list);
}

/* By NSS, as tokenbridge-auth asks it. */
static void login_find_user(struct login *l)
{
	struct error e;

	if (local_user_look(l->q->user, &l->user, &l->user_known, &e) < 0) {
		snprintf(l->user_why, sizeof(l->user_why), "%s", e.text);
		findings_add(l->f, FINDING_UNKNOWN, "user", l->q->user, NULL,
			"%s; every login by token is refused "
			"(PAM_AUTHINFO_UNAVAIL)", e.text);
	} else if (!l->user_known) {
		findings_add(l->f, FINDING_FAIL, "user", l->q->user, NULL,
			"this machine knows no such user: every login by token "
			"is refused (PAM_USER_UNKNOWN), also with nouserok");
	} else if (strcmp(l->user.name, l->user.asked) != 0) {
		findings_add(l->f, FINDING_OK, "user", l->q->user, NULL,
			"the user is '%s' here, and is looked up under both "
			"names", l->user.name);
	}
}

static void look_user(struct login *l)
{
	size_t i;

	login_find_user(l);
	for (i = 0; l->user_known && i < l->records_n; i++)
		tell_known(l, &l->records[i]);
}

static void login_foresee(struct login *l, const struct pam_service *s)
{
	const struct record *r = find_record(l, service_db(l, s->login_db));
	struct known k = { .why = "it was not read" };
	struct pam_person who = {
		.name = l->q->user,
		.plugged = l->plugged,
		.tokens = k.tokens,
	};

	if (r)
		ask_record(l, r, &k);
	if (l->user_why[0])
		snprintf(k.why, sizeof(k.why), "%s", l->user_why);
	if (k.uncounted > 0 && k.uncounted == k.list.n)
		snprintf(k.why, sizeof(k.why), "%s", k.counter_why);
	who.credentials = k.list.n;
	who.verify = k.verify;
	who.no_record = k.why[0] ? k.why : NULL;
	pam_foresee(s->name, &s->program, &s->stack, &who, l->f);
	login_credentials_done(&k.list);
}

/* ---- all of it ---- */

/* Programs that are not root's, or that see no devices, ask for a token. */
static bool needs_socket(const struct login *l)
{
	size_t i;

	for (i = 0; i < l->services.n; i++) {
		const struct pam_service *s = &l->services.list[i];

		if ((s->program.host == HOST_LOCKER ||
			    s->program.host == HOST_AGENT) &&
			pam_stack_ours(&s->stack))
			return true;
	}
	return false;
}

static int login_look(struct login *l, struct error *err)
{
	size_t i;
	int r;

	r = pam_services_look(&l->services, l->q, l->f, err);
	if (r == 0)
		r = host_look_sshd(l->q, &l->sshd_asks, l->f, err);
	if (r < 0)
		return r;
	host_look_helper(l->f);
	host_look_selinux(l->f);
	host_look_socket(needs_socket(l), l->f);
	look_records(l);
	host_look_nodes(&l->plugged, l->f);
	if (l->q->user)
		look_user(l);
	for (i = 0; (l->user_known || l->user_why[0]) &&
		i < l->services.n; i++)
		login_foresee(l, &l->services.list[i]);
	return l->f->failed ? error_memory(err) : 0;
}

int doctor_login(const struct doctor_login_request *q, struct findings *f,
	struct error *err)
{
	CLEANUP(login_done) struct login l = { .f = f, .q = q };
	int r = 0;

	if (q->user)
		r = text_check(q->user, "local user", err);
	if (r == 0 && q->service)
		r = text_check(q->service, "service", err);
	if (r == 0 && q->service && strchr(q->service, '/'))
		r = error_set(err, ERROR_USAGE,
			"'%s' is no name of a PAM service", q->service);
	return r < 0 ? r : login_look(&l, err);
}
