/* SPDX-License-Identifier: Apache-2.0 */
/* All that doctor_login looks at, as a table says. */
#ifndef TESTS_LOGIN_LOOK_PARTS_H
#define TESTS_LOGIN_LOOK_PARTS_H

#include "base/paths.h"
#include "bridge/doctor/gather.h"
#include "bridge/doctor/pam-rules.h"
#include "bridge/login/counter.h"
#include "bridge/login/db.h"

#include "tests/unit/doctor-found.h"

#include <errno.h>
#include <grp.h>
#include <sys/stat.h>

#define DB "/l/login.db"
#define COUNTERS DB ".counters"
#define DAY 86400
#define NOW ((time_t)1000 * DAY)
#define SERVICES_MAX 20

#define PUBLISH "tokenbridge registry publish, as root"
#define INSTALL PUBLISH "; on a host without a registry `tokenbridge login " \
	"install FILE`, published anew"
#define REFUSED "; every login by token is refused (PAM_AUTHINFO_UNAVAIL)"

/* ---- the machine ---- */

static struct world {
	struct pam_service services[SERVICES_MAX];
	size_t services_n;
	bool sshd, plugged;
	bool no_pam, no_sshd, no_memory; /* that part fails */
	int registry, there, readable, counters_readable; /* errno */
	int open, age, rows, counters;   /* errors of login.db's parts */
	int list, ssh_list, names_list;
	bool no_path;         /* no memory for that of the counters */
	bool read_only;
	bool brief;           /* errors have one letter */
	struct login_db_info info;
	int stat_errno;
	struct stat st;
	bool no_group;
	const char *names[5]; /* that login.db has */
	int nss;              /* an error of its */
	struct login_credential *credentials; /* of the user */
	size_t credentials_n, ssh_keys;
	unsigned uncounted;   /* a bit for each slot */
	/* what came of it */
	char steps[512];
	char foreseen[1024];
	unsigned opened, freed, done, counters_opened;
	size_t given;         /* credentials that came back */
} w;

static struct doctor_login_request q;

static void step(const char *what)
{
	assert_true(strlen(w.steps) + strlen(what) < sizeof(w.steps));
	strcat(w.steps, what);
}

static int answer(int code, const char *words, struct error *e)
{
	return code ? error_set(e, code, "%s", w.brief ? "?" : words) : 0;
}

WRAP(int, pam_services_look, struct pam_services *ret,
	const struct doctor_login_request *request, struct findings *f,
	struct error *e)
{
	step("P");
	assert_ptr_equal(request, &q);
	assert_ptr_equal(f, &found);
	ret->list = w.services;
	ret->n = w.services_n;
	return answer(w.no_pam ? ERROR_FAILED : 0, "no PAM", e);
}

WRAP(void, pam_services_done, struct pam_services *s)
{
	(void)s;
	w.done++;
}

WRAP(int, host_look_sshd, const struct doctor_login_request *request,
	bool *ret_uses_keys, struct findings *f, struct error *e)
{
	step("S");
	assert_ptr_equal(request, &q);
	assert_ptr_equal(f, &found);
	*ret_uses_keys = w.sshd;
	return answer(w.no_sshd ? ERROR_FAILED : 0, "no sshd", e);
}

WRAP(void, host_look_helper, struct findings *f)
{
	step("h");
	f->failed = w.no_memory;
}

WRAP(void, host_look_selinux, struct findings *f)
{
	step("x");
	assert_ptr_equal(f, &found);
}

WRAP(void, host_look_socket, bool needed, struct findings *f)
{
	step(needed ? "K" : "k");
	assert_ptr_equal(f, &found);
}

WRAP(void, host_look_nodes, bool *ret_plugged, struct findings *f)
{
	step("n");
	assert_ptr_equal(f, &found);
	*ret_plugged = w.plugged;
}

/* Also of what goes well an errno is left over. */
WRAP(int, access, const char *path, int mode)
{
	int is, other = ENOENT;

	if (strcmp(path, PATH_REGISTRY) == 0) {
		assert_int_equal(mode, F_OK);
		is = w.registry;
	} else if (mode == R_OK) {
		is = strstr(path, ".counters") ? w.counters_readable :
			w.readable;
		other = EACCES;
	} else {
		assert_int_equal(mode, F_OK);
		is = w.there;
	}
	errno = is ? is : other;
	return is ? -1 : 0;
}

WRAP(int, stat64, const char *path, struct stat *st)
{
	(void)path;
	*st = w.st;
	errno = w.stat_errno;
	return errno ? -1 : 0;
}

WRAP(struct group *, getgrnam, const char *name)
{
	static struct group g = { .gr_gid = 77 };

	assert_string_equal(name, LOGIN_GROUP);
	return w.no_group ? NULL : &g;
}

WRAP(void, findings_group_name, gid_t gid, char *ret, size_t size)
{
	snprintf(ret, size, "g%u", (unsigned)gid);
}

WRAP(time_t, time, time_t *ret)
{
	assert_null(ret);
	return NOW;
}

/* ---- login.db ---- */

WRAP(int, login_db_open, struct login_db **ret, const char *path,
	struct error *e)
{
	step(" ");
	step(path);
	w.opened++;
	/* it may be open all the same */
	*ret = (struct login_db *)&w;
	return answer(w.open, "it is no login.db", e);
}

WRAP(void, login_db_free, struct login_db **db)
{
	w.freed += *db != NULL;
	*db = NULL;
}

WRAP(const struct login_db_info *, login_db_info, const struct login_db *db)
{
	assert_ptr_equal(db, &w);
	return &w.info;
}

WRAP(int, login_db_check_age, const struct login_db *db, time_t now,
	uint64_t max_age, struct error *e)
{
	step("a");
	assert_ptr_equal(db, &w);
	assert_int_equal(now, NOW);
	assert_int_equal(max_age, q.max_age);
	return answer(w.age, "it is too old", e);
}

/* Who could not be looked up has no names. */
static void assert_user(const struct user_names *user)
{
	assert_int_equal(user->n, 2);
	assert_string_equal(user->p[0], strcmp(q.user, "broken") == 0 ? "" :
		q.user);
}

WRAP(int, login_db_credentials, struct login_db *db,
	const struct user_names *user, struct login_credentials *ret,
	struct error *e)
{
	assert_ptr_equal(db, &w);
	if (user->n == 1 && strcmp(user->p[0], "-") == 0) {
		step("r");
		return answer(w.rows, "a row makes no sense", e);
	}
	step("c");
	assert_user(user);
	*ret = (struct login_credentials){ w.credentials, w.credentials_n };
	return answer(w.list, "no credentials", e);
}

/* What is given is the test's. */
WRAP(void, login_credentials_done, struct login_credentials *list)
{
	assert_true(!list->p || list->p == w.credentials);
	w.given += list->n;
	*list = (struct login_credentials){ NULL, 0 };
}

WRAP(int, login_db_ssh_keys, struct login_db *db, const struct user_names *user,
	const char *fingerprint, login_ssh_key_fn *each, void *arg,
	struct error *e)
{
	const struct login_ssh_key key = { .line = "k" };
	size_t i;

	step("s");
	assert_ptr_equal(db, &w);
	assert_null(fingerprint);
	assert_user(user);
	for (i = 0; i < w.ssh_keys; i++)
		assert_int_equal(each(&key, arg), 0);
	return answer(w.ssh_list, "no ssh keys", e);
}

WRAP(int, login_db_names, struct login_db *db, login_name_fn *each, void *arg,
	struct error *e)
{
	size_t i;

	step("N");
	assert_ptr_equal(db, &w);
	for (i = 0; i < ARRAY_LEN(w.names) && w.names[i]; i++)
		assert_int_equal(each(w.names[i], arg), 0);
	return answer(w.names_list, "no names", e);
}

WRAP(char *, counters_path, const char *path)
{
	char *of = malloc(strlen(path) + sizeof(".counters"));

	assert_non_null(of);
	strcat(strcpy(of, path), ".counters");
	if (!w.no_path)
		return of;
	free(of);
	return NULL;
}

WRAP(int, counters_open, struct counters *ret, const char *path,
	const char *id, struct error *e)
{
	assert_non_null(strstr(path, ".counters"));
	assert_string_equal(id, "c0ffee");
	assert_int_equal(ret->fd, -1);
	ret->read_only = w.read_only;
	w.counters_opened += w.counters == 0;
	return answer(w.counters, "no counters", e);
}

WRAP(void, counters_done, struct counters *c)
{
	(void)c;
	w.counters_opened--;
}

WRAP(int, counters_read, struct counters *c, uint32_t slot,
	const void *credential, size_t n, uint32_t *ret, struct error *e)
{
	(void)c;
	(void)ret;
	assert_ptr_equal(credential, w.credentials[slot].id);
	assert_int_equal(n, w.credentials[slot].id_n);
	return w.uncounted & 1U << slot ?
		error_set(e, ERROR_CORRUPT, "slot %u is bad", slot) : 0;
}

/* ---- people ---- */

/* "ALICE" is alice; of "nobody-x" there is none, and of "broken" no word. */
WRAP(int, local_user_look, const char *name, struct local_user *ret,
	bool *ret_found, struct error *e)
{
	if (strcmp(name, "broken") == 0)
		return answer(ERROR_FAILED, "NSS says no", e);
	*ret_found = strcmp(name, "nobody-x") != 0;
	if (!*ret_found)
		return 0;
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->asked, sizeof(ret->asked), "%s", name);
	snprintf(ret->entry, sizeof(ret->entry), "%s", name);
	snprintf(ret->name, sizeof(ret->name), "%s",
		strcmp(name, "ALICE") == 0 ? "alice" : name);
	return 0;
}

WRAP(struct user_names, local_user_names, const struct local_user *u)
{
	return (struct user_names){ { u->asked, u->name }, 2 };
}

WRAP(void, pam_foresee, const char *service, const struct pam_program *program,
	const struct pam_stack *stack, const struct pam_person *who,
	struct findings *f)
{
	size_t n = strlen(w.foreseen), i = 0;

	assert_ptr_equal(f, &found);
	while (&w.services[i].stack != stack)
		assert_true(++i < w.services_n);
	assert_ptr_equal(service, w.services[i].name);
	assert_ptr_equal(program, &w.services[i].program);
	snprintf(w.foreseen + n, sizeof(w.foreseen) - n,
		"%s: %s, %zu%s%s of %s, %s\n", service, who->name,
		who->credentials, who->verify ? " with PIN" : "",
		who->plugged ? " plugged" : "", who->tokens,
		who->no_record ? who->no_record : "known");
}

/* ---- looking ---- */

static const struct pam_line our_line = { .module = PAM_MODULE_NAME };
static const struct pam_line other_line = { .module = "pam_unix.so" };

static UNUSED struct pam_service *add_service(const char *name,
	enum pam_host host, const struct pam_line *line, const char *db)
{
	static struct pam_entry entries[SERVICES_MAX];
	struct pam_service *s = &w.services[w.services_n];

	assert_true(w.services_n < SERVICES_MAX);
	memset(s, 0, sizeof(*s));
	entries[w.services_n] = (struct pam_entry){ .line = line };
	snprintf(s->name, sizeof(s->name), "%s", name);
	snprintf(s->login_db, sizeof(s->login_db), "%s", db);
	s->program.host = host;
	s->stack.entries = &entries[w.services_n++];
	s->stack.n = 1;
	return s;
}

/* All is well. */
static int set_up(void **state)
{
	(void)state;
	forget();
	memset(&w, 0, sizeof(w));
	w.st = (struct stat){ .st_mode = S_IFREG | 0640, .st_gid = 77 };
	w.info = (struct login_db_info){ .made_at = NOW, .generation = 42,
		.counters = "c0ffee" };
	q = (struct doctor_login_request){ .login_db = DB };
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	forget();
	return 0;
}

static int look(void)
{
	int r;

	forget();
	w.steps[0] = w.foreseen[0] = '\0';
	w.opened = w.freed = w.done = 0;
	w.given = 0;
	r = doctor_login(&q, &found, &err);
	assert_int_equal(w.done, 1);
	assert_int_equal(w.freed, w.opened);
	return r;
}

static UNUSED void looks(const char *steps)
{
	OK(look());
	assert_string_equal(w.steps, steps);
}

#endif
