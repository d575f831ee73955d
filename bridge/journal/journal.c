/* SPDX-License-Identifier: Apache-2.0 */
/* Journals of sequences. */
#include "bridge/journal/journal.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/registry/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define VERSION 1
#define FILE_MAX 65536
#define SUFFIX ".journal"

static const char *const kind_names[] = {
	[JOURNAL_ENROLL] = "enroll",
	[JOURNAL_REVOKE] = "revoke",
};

static const char *const point_names[] = {
	[JOURNAL_INTENT] = "intent",
	[JOURNAL_IDENTITY] = "identity",
	[JOURNAL_CREATE_SENT] = "create-sent",
	[JOURNAL_CREATED] = "created",
	[JOURNAL_PUT_SENT] = "put-sent",
	[JOURNAL_PROVED] = "proved",
	[JOURNAL_ENABLE_SENT] = "enable-sent",
	[JOURNAL_ENABLED] = "enabled",
	[JOURNAL_UNDO] = "undo",
	[JOURNAL_DEACTIVATE_SENT] = "deactivate-sent",
	[JOURNAL_DEACTIVATED] = "deactivated",
	[JOURNAL_DELETED] = "deleted",
	[JOURNAL_ACCOUNT_GONE] = "account-gone",
};

#define MEMBER(name, field)                                                    \
	{ name, offsetof(struct journal_facts, field),                         \
		sizeof(((struct journal_facts *)NULL)->field) }

static const struct {
	const char *name;
	size_t offset, size;
} members[] = {
	MEMBER("account", account),
	MEMBER("partition", partition),
	MEMBER("endpoint", endpoint),
	MEMBER("user", user),
	MEMBER("userId", user_id),
	MEMBER("deviceName", device_name),
	MEMBER("serial", serial),
	MEMBER("oathId", oath_id),
	MEMBER("oathAccount", oath_account),
	MEMBER("token", token),
	MEMBER("binding", binding),
	MEMBER("holder", holder),
	MEMBER("evidence", evidence),
	MEMBER("reason", reason),
};

const char *journal_point_name(enum journal_point point)
{
	return point_names[point];
}

static char *directory_of(const char *registry_path)
{
	if (strcmp(registry_path, REGISTRY_SYSTEM_PATH) == 0)
		return strdup(PATH_STATE "/journal");
	return text_format("%s.journal", registry_path);
}

/* ---- one line ---- */

static json_t *line_json(const struct journal *j)
{
	const char *base = (const char *)&j->facts;
	char when[TEXT_TIME_LEN];
	json_t *o;
	size_t i;

	text_format_time(j->since, when);
	o = json_pack("{s:i,s:s,s:s,s:s,s:s}", "v", VERSION, "journal", j->id,
		"kind", kind_names[j->facts.kind], "point",
		point_names[j->point], "time", when);
	for (i = 0; o && i < ARRAY_LEN(members); i++)
		if (base[members[i].offset])
			json_object_set_new(o, members[i].name,
				json_string(base + members[i].offset));
	if (o && j->facts.token_serial)
		json_object_set_new(o, "tokenSerial",
			json_integer(j->facts.token_serial));
	return o;
}

static int write_line(struct journal *j, struct error *err)
{
	json_t *o = line_json(j);
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	char *line = text ? text_format("%s\n", text) : NULL;
	off_t before = lseek(j->fd, 0, SEEK_END);
	int r;

	r = line ? file_write_fd(j->fd, line, strlen(line), j->path, err) :
		   error_memory(err);
	if (r == 0 && fsync(j->fd) < 0)
		r = error_errno(err, ERROR_FAILED, errno, "cannot sync '%s'",
			j->path);
	/* half a line would make the next one part of it */
	if (r < 0 && before >= 0)
		(void)!ftruncate(j->fd, before);
	free(line);
	free(text);
	json_decref(o);
	return r;
}

static int corrupt(size_t line, const char *why, struct error *err)
{
	return error_set(err, ERROR_CORRUPT, "journal, line %zu: %s", line,
		why);
}

static int word(const char *const *names, size_t n, const json_t *s)
{
	size_t i;

	for (i = 0; json_is_string(s) && i < n; i++)
		if (strcmp(names[i], json_string_value(s)) == 0)
			return (int)i;
	return -1;
}

static int take_members(const json_t *o, struct journal *j, size_t line,
	struct error *err)
{
	char *base = (char *)&j->facts;
	const json_t *s;
	size_t i;

	for (i = 0; i < ARRAY_LEN(members); i++) {
		s = json_object_get(o, members[i].name);
		if (!s)
			continue;
		if (!json_is_string(s) ||
			json_string_length(s) >= members[i].size ||
			!utf8_is_clean(json_string_value(s),
				json_string_length(s)))
			return corrupt(line, members[i].name, err);
		memcpy(base + members[i].offset, json_string_value(s),
			json_string_length(s) + 1);
	}
	s = json_object_get(o, "tokenSerial");
	if (s && (!json_is_integer(s) || json_integer_value(s) < 1 ||
			 json_integer_value(s) > UINT32_MAX))
		return corrupt(line, "tokenSerial", err);
	j->facts.token_serial = (uint32_t)json_integer_value(s);
	return 0;
}

static int take_line(const json_t *o, struct journal *j, size_t line,
	struct error *err)
{
	const char *id = json_string_value(json_object_get(o, "journal"));
	const char *when = json_string_value(json_object_get(o, "time"));
	int kind, point;

	if (json_integer_value(json_object_get(o, "v")) != VERSION)
		return corrupt(line, "another version", err);
	kind = word(kind_names, ARRAY_LEN(kind_names),
		json_object_get(o, "kind"));
	point = word(point_names, ARRAY_LEN(point_names),
		json_object_get(o, "point"));
	if (!id || !event_id_is_valid(id) || kind < 0 || point < 0 || !when ||
		text_parse_time(when, strlen(when), &j->since) < 0)
		return corrupt(line, "a member is missing or malformed", err);
	if (line > 1 && (strcmp(j->id, id) != 0 ||
				(int)j->facts.kind != kind))
		return corrupt(line, "another journal's", err);
	memcpy(j->id, id, EVENT_ID_LEN);
	memset(&j->facts, 0, sizeof(j->facts));
	j->facts.kind = (enum journal_kind)kind;
	j->point = (enum journal_point)point;
	return take_members(o, j, line, err);
}

int journal_parse(const char *p, size_t n, struct journal *ret,
	struct error *err)
{
	struct journal j = *ret;
	const char *end;
	size_t line;
	int r = 0;

	for (line = 1; r == 0 && (end = memchr(p, '\n', n)); line++) {
		json_t *o = json_loadb(p, (size_t)(end - p),
			JSON_REJECT_DUPLICATES, NULL);

		r = json_is_object(o) ? take_line(o, &j, line, err) :
					corrupt(line, "not a JSON object", err);
		json_decref(o);
		n -= (size_t)(end - p) + 1;
		p = end + 1;
	}
	if (r == 0 && line == 1) /* not even the intent was written */
		r = corrupt(1, "cut off", err);
	if (r == 0)
		*ret = j;
	return r;
}

/* ---- files ---- */

int journal_begin(struct journal *j, const char *registry_path,
	const struct journal_facts *facts, struct error *err)
{
	CLEANUP(free_p) char *dir = directory_of(registry_path);
	struct stat st;
	int r;

	if (!dir)
		return error_memory(err);
	j->facts = *facts;
	j->fd = -1;
	r = file_make_dirs(dir, 0700, err);
	if (r < 0)
		return r;
	j->path = text_format("%s/%s" SUFFIX, dir, j->id);
	if (!j->path)
		return error_memory(err);
	j->fd = open(j->path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL |
		O_CLOEXEC, 0600);
	if (j->fd < 0 || flock(j->fd, LOCK_EX | LOCK_NB) < 0)
		return error_errno(err, errno == EACCES ? ERROR_PERMISSION :
							  ERROR_FAILED,
			errno, "cannot make the journal '%s'", j->path);
	/* another run may have taken the empty file for a stillborn one */
	if (fstat(j->fd, &st) < 0 || st.st_nlink == 0)
		return error_set(err, ERROR_FAILED,
			"the journal '%s' was removed by another run: try "
			"again", j->path);
	r = journal_point(j, JOURNAL_INTENT, err);
	if (r == 0)
		r = file_sync_dir_of(j->path, err);
	if (r < 0)
		unlink(j->path);
	return r;
}

int journal_point(struct journal *j, enum journal_point point,
	struct error *err)
{
	j->point = point;
	j->since = time(NULL);
	return write_line(j, err);
}

int journal_end(struct journal *j, struct error *err)
{
	if (unlink(j->path) < 0)
		return error_errno(err, ERROR_FAILED, errno,
			"cannot remove '%s'", j->path);
	return file_sync_dir_of(j->path, err);
}

void journal_done(struct journal *j)
{
	close_p(&j->fd);
	free(j->path);
	j->path = NULL;
}

void journal_list_done(struct journal_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		journal_done(&list->p[i]);
	free(list->p);
	list->p = NULL;
	list->n = 0;
}

/* A crash before the first line was synced: nothing has been done yet. */
static bool is_stillborn(const struct buf *b)
{
	return b->n == 0 || !memchr(b->p, '\n', b->n);
}

/* 1: opened, 0: passed over */
static int open_one(struct journal *j, bool *ret_owned, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	struct error e;
	int r;

	buf_init(&b, FILE_MAX);
	j->fd = open(j->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (j->fd < 0 && errno == ENOENT)
		return 0; /* finished since we read the directory */
	if (j->fd < 0)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot open the journal '%s'", j->path);
	if (flock(j->fd, LOCK_EX | LOCK_NB) < 0) {
		*ret_owned = true;
		return 0;
	}
	if (access(j->path, F_OK) < 0)
		return 0;
	r = file_read_fd(j->fd, j->path, &b, err);
	if (r < 0)
		return r;
	if (is_stillborn(&b)) {
		unlink(j->path);
		return 0;
	}
	r = journal_parse(buf_str(&b), b.n, j, &e);
	if (r < 0)
		return error_set(err, ERROR_CORRUPT,
			"'%s' cannot be read (%s): find out by hand what it "
			"left undone, then move it away", j->path, e.text);
	if (b.p[b.n - 1] != '\n') /* what we append must not join it */
		return ftruncate(j->fd, (off_t)((char *)memrchr(b.p, '\n',
			b.n) - (char *)b.p) + 1) < 0 ? error_errno(err,
			ERROR_FAILED, errno, "cannot mend '%s'", j->path) : 1;
	return 1;
}

static bool is_journal_name(const char *name)
{
	char id[EVENT_ID_LEN];
	size_t n = strlen(name);

	if (n != EVENT_ID_LEN - 1 + sizeof(SUFFIX) - 1 ||
		strcmp(name + EVENT_ID_LEN - 1, SUFFIX) != 0)
		return false;
	memcpy(id, name, EVENT_ID_LEN - 1);
	id[EVENT_ID_LEN - 1] = '\0';
	return event_id_is_valid(id);
}

static int append(struct journal_list *list, const char *dir, const char *name,
	struct error *err)
{
	struct journal *grown, j = { .fd = -1 };
	bool owned = false;
	int r;

	j.path = text_format("%s/%s", dir, name);
	r = j.path ? open_one(&j, &owned, err) : error_memory(err);
	if (r <= 0) {
		journal_done(&j);
		list->owned_by_others += owned;
		return r;
	}
	grown = reallocarray(list->p, list->n + 1, sizeof(*grown));
	if (!grown) {
		journal_done(&j);
		return error_memory(err);
	}
	list->p = grown;
	list->p[list->n++] = j;
	return 0;
}

int journal_open_all(struct journal_list *ret, const char *registry_path,
	struct error *err)
{
	CLEANUP(free_p) char *dir = directory_of(registry_path);
	struct journal_list list = { NULL, 0, 0 };
	struct dirent *e;
	DIR *d;
	int r = 0;

	if (!dir)
		return error_memory(err);
	d = opendir(dir);
	if (!d && errno != ENOENT)
		return error_errno(err, ERROR_PERMISSION, errno,
			"cannot read '%s'", dir);
	while (d && r == 0 && (e = readdir(d)))
		if (is_journal_name(e->d_name))
			r = append(&list, dir, e->d_name, err);
	if (d)
		closedir(d);
	if (r < 0)
		journal_list_done(&list);
	else
		*ret = list;
	return r;
}
