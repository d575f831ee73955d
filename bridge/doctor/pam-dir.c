/* SPDX-License-Identifier: Apache-2.0 */
/* PAM's services of this machine, found and looked at one by one. */
#include "bridge/doctor/gather.h"

#include "base/file.h"
#include "base/paths.h"
#include "base/text.h"
#include "bridge/doctor/pam-folder.h"
#include "bridge/doctor/pam-rules.h"
#include "bridge/doctor/pam/modules.h"
#include "bridge/login/open.h"
#include "bridge/login/pam/lines.h"
#include "bridge/login/pam/options.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER "other"               /* takes the place of one that is nowhere */

/* ---- services ---- */

/* Files that others include, by the names that distributions give them. */
static bool is_fragment(const char *name)
{
	static const char *const beginnings[] = { "common-", "system-auth",
		"system-login", "system-local-login", "system-remote-login",
		"system-services", "password-auth", "postlogin",
		"fingerprint-auth", "smartcard-auth" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(beginnings); i++)
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

/* Left behind by editors and packages: PAM would read them all the same, but
 * no program calls itself so. */
static bool is_leftover(const char *name)
{
	static const char *const ends[] = { "~", ".bak", ".old", ".orig",
		".pacnew", ".pacorig", ".pacsave", ".swp" };
	size_t i, n = strlen(name), k;

	for (i = 0; i < ARRAY_LEN(ends); i++) {
		k = strlen(ends[i]);
		if (n >= k && strcmp(name + n - k, ends[i]) == 0)
			return true;
	}
	return name[0] == '.' || strstr(name, ".dpkg-") ||
		strstr(name, ".rpm") || strstr(name, ".ucf-");
}

/* Whoever lists a service as a locker's knows what it is. */
static struct pam_program program_of(const struct pam_services *s,
	const char *name)
{
	struct pam_program p = { .host = pam_host_of(name),
		.called = s->called };
	const char *unit = pam_host_unit(name);
	bool locker = login_list_has(s->q->locker_services, name);

	if (p.host == HOST_OTHER && locker)
		p.host = HOST_LOCKER;
	p.listed = p.host == HOST_LOCKER ? locker :
		unit && login_list_has(s->q->greeter_units, unit);
	return p;
}

static int take_service(struct pam_services *s, const char *name,
	struct pam_stack *stack, struct error *err)
{
	const struct pam_line *line = pam_stack_ours(stack);
	struct pam_service *grown, *to;
	struct pam_options o = { 0 };

	grown = reallocarray(s->list, s->n + 1, sizeof(*grown));
	if (!grown)
		return error_memory(err);
	s->list = grown;
	to = &grown[s->n++];
	*to = (struct pam_service){ .stack = *stack };
	*stack = (struct pam_stack){ 0 };
	snprintf(to->name, sizeof(to->name), "%s", name);
	to->program = program_of(s, name);
	/* who is not root gets the system's */
	if (line && to->program.host != HOST_LOCKER &&
		pam_options_parse(line->argument_count, line->arguments, &o,
			pam_ignore_note, NULL, NULL) == 0)
		snprintf(to->login_db, sizeof(to->login_db), "%s", o.login_db);
	return 0;
}

static bool is_plain_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		!(st.st_mode & S_IWOTH);
}

/* One that cannot be read may have them. */
static bool has_words(const char *path)
{
	CLEANUP(buf_done) struct buf b;
	bool begins = true, comment = false;
	size_t i;

	buf_init(&b, PAM_FILE_MAX);
	if (file_read(path, FILE_ANY, &b, NULL, NULL) < 0)
		return true;
	for (i = 0; i < b.n; i++) {
		comment = begins ? b.p[i] == '#' : comment;
		begins = b.p[i] == '\n';
		if (!comment && !strchr(" \t\n\v\f\r", b.p[i]))
			return true;
	}
	return false;
}

/* The lines of that service alone, whatever libpam does without any. */
static int lines_of(struct pam_services *s, const char *name,
	enum pam_type type, struct pam_stack *ret, struct error *err)
{
	struct pam_folder *d = s->folder;
	CLEANUP(free_p) char *path = pam_folder_service(d, name);
	int r;

	if (!path)
		return error_memory(err);
	r = pam_stack_build(ret, path, name, type, pam_folder_get, d, err);
	if (r == 0) {
		ret->has_file = is_plain_file;
		ret->has_words = has_words;
		pam_modules_mark(ret, type);
	}
	return r;
}

/* What PAM makes of it: where a service has no lines of the type, those of
 * `other` take their place; where `other` cannot be read, nothing goes. */
static int service_stack(struct pam_services *s, const char *name,
	enum pam_type type, struct pam_stack *ret, struct error *err)
{
	CLEANUP(pam_stack_done) struct pam_stack other = { 0 };
	int r = lines_of(s, name, type, ret, err);

	if (r == 0)
		r = lines_of(s, OTHER, type, &other, err);
	if (r < 0 || ret->trouble)
		return r;
	if (ret->n == 0) {
		pam_stack_done(ret);
		*ret = other;
		other = (struct pam_stack){ 0 };
		snprintf(ret->service, sizeof(ret->service), "%s", name);
	} else {
		ret->trouble = other.trouble;
		ret->trouble_file = other.trouble_file;
		ret->trouble_number = other.trouble_number;
	}
	return 0;
}

/* Our module in lines of other types. */
static int look_types(struct pam_services *s, const char *name,
	struct error *err)
{
	int type, r = 0;

	for (type = PAM_TYPE_ACCOUNT; r == 0 && type < PAM_TYPES; type++) {
		CLEANUP(pam_stack_done) struct pam_stack stack = { 0 };

		r = lines_of(s, name, (enum pam_type)type, &stack, err);
		if (r == 0)
			pam_judge_type(name, (enum pam_type)type, &stack,
				s->folder->f);
	}
	return r;
}

static int look_service(struct pam_services *s, const char *name, bool named,
	struct error *err)
{
	CLEANUP(pam_stack_done) struct pam_stack stack = { 0 };
	const struct pam_program program = program_of(s, name);
	struct error e;
	int r;

	r = service_stack(s, name, PAM_TYPE_AUTH, &stack, &e);
	if (r == 0)
		r = look_types(s, name, &e);
	if (r < 0) {
		findings_add(s->folder->f, FINDING_UNKNOWN, "pam-file", name,
			NULL, "%s", e.text);
		return 0;
	}
	if (!named && !pam_is_concerned(&stack))
		return 0;
	if (named && stack.n == 0 && !stack.trouble)
		return error_set(err, ERROR_FAILED,
			"PAM has no service '%s' in '%s'", name,
			s->folder->path);
	pam_judge(name, &program, &stack, s->folder->f);
	return take_service(s, name, &stack, err);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* libpam writes the names of services in small letters. */
static bool is_service_name(const char *name)
{
	const char *p;

	for (p = name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			return false;
	return !is_leftover(name) && !is_fragment(name);
}

/* Whether PAM takes the service's lines out of that folder. */
static bool is_taken_from(const struct pam_services *s, const char *folder,
	const char *name)
{
	CLEANUP(free_p) char *path = pam_folder_service(s->folder, name);
	size_t n = strlen(folder);

	s->folder->f->failed |= !path;
	return path && strncmp(path, folder, n) == 0 && path[n] == '/';
}

static int look_names(struct pam_services *s, const char *folder,
	struct error *err)
{
	const bool vendors = strcmp(folder, s->folder->path) != 0;
	struct dirent **names;
	int i, n, r = 0;

	n = scandir(folder, &names, NULL, by_name);
	if (n < 0 && errno == ENOENT && vendors)
		return 0;
	if (n < 0) {
		findings_add(s->folder->f, FINDING_UNKNOWN, "pam-service",
			folder, NULL, "it cannot be read: %s", strerror(errno));
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (r == 0 && is_service_name(names[i]->d_name) &&
			(!vendors || is_taken_from(s, folder,
				names[i]->d_name)))
			r = look_service(s, names[i]->d_name, false, err);
		free(names[i]);
	}
	free(names);
	return r;
}

static int look_folder(struct pam_services *s, struct error *err)
{
	int r = look_names(s, s->folder->path, err);
	size_t i;

	for (i = 1; r == 0 && s->folder->is_system && i < PAM_FOLDERS; i++)
		r = look_names(s, pam_folders[i], err);
	return r;
}

/* Whether line i of pam.conf is the first one of its service. */
static bool is_first(const struct pam_file *file, size_t i)
{
	const char *name = file->lines[i].service;
	size_t k;

	for (k = 0; name && k < i; k++)
		if (file->lines[k].service &&
			strcasecmp(file->lines[k].service, name) == 0)
			return false;
	return name != NULL;
}

static int look_file(struct pam_services *s, struct error *err)
{
	const struct pam_file *file = pam_folder_file(s->folder);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && file && i < file->n; i++)
		if (is_first(file, i))
			r = look_service(s, file->lines[i].service, false, err);
	return r;
}

/* ---- all of it ---- */

/* In small letters, as libpam looks for it. */
static int look_named(struct pam_services *s, const char *service,
	struct error *err)
{
	CLEANUP(free_p) char *name = strdup(service);
	char *p;

	if (!name)
		return error_memory(err);
	for (p = name; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return look_service(s, name, true, err);
}

int pam_services_look(struct pam_services *ret,
	const struct doctor_login_request *q, struct findings *f,
	struct error *err)
{
	CLEANUP(pam_services_done) struct pam_services s = { .q = q,
		.called = host_is_called() };
	size_t i;
	int r = pam_folder_open(&s.folder, q->pam_dir, f, err);

	if (r == 0 && q->service)
		r = look_named(&s, q->service, err);
	else if (r == 0)
		r = s.folder->is_file ? look_file(&s, err) :
			look_folder(&s, err);
	if (r < 0)
		return r;
	for (i = 0; i < s.n; i++)
		pam_modules_judge(&s.list[i].stack, f);
	if (s.n == 0)
		findings_add(f, FINDING_OK, "pam-service", s.folder->path, NULL,
			"no service asks for a token");
	*ret = s;
	s = (struct pam_services){ 0 };
	return 0;
}

void pam_services_done(struct pam_services *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		pam_stack_done(&s->list[i].stack);
	free(s->list);
	s->list = NULL;
	s->n = 0;
	pam_folder_free(&s->folder);
}
