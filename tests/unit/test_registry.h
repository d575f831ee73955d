/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the registry share: a directory, and things to put in. */
#ifndef TESTS_TEST_REGISTRY_H
#define TESTS_TEST_REGISTRY_H

#include "tests/unit/unit.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/registry/care.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

struct place {
	char dir[64];
	char db[128];
	char backup[128];
	char out[128];
};

static UNUSED void place_remove(struct place *p)
{
	char command[256];

	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s",
		p->dir, p->dir);
	assert_int_equal(system(command), 0);
}

static UNUSED void place_make(struct place *p)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(p->dir, sizeof(p->dir), "%s/registry.XXXXXX",
		tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->db, sizeof(p->db), "%s/registry.db", p->dir);
	snprintf(p->backup, sizeof(p->backup), "%s/backup.db", p->dir);
	snprintf(p->out, sizeof(p->out), "%s/out.db", p->dir);
}

static UNUSED int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	place_make(p);
	OK(registry_init(p->db, false, &err));
	*state = p;
	return 0;
}

static UNUSED int teardown(void **state)
{
	place_remove(*state);
	free(*state);
	return 0;
}

static UNUSED struct registry *open_rw(const char *path)
{
	struct registry *reg = NULL;

	OK(registry_open(&reg, path, REGISTRY_WRITE, NULL, &err));
	return reg;
}

static UNUSED struct registry *open_ro(const char *path)
{
	struct registry *reg = NULL;

	OK(registry_open(&reg, path, REGISTRY_READ, NULL, &err));
	return reg;
}

static UNUSED void new_id(char ret[ID_LEN])
{
	OK(id_new(ret, &err));
}

/* Appends an event by itself; the body is given away. */
static UNUSED struct registry_head add(struct registry *reg,
	enum event_type type, json_t *body)
{
	struct event_draft d = { .type = type, .body = body };
	struct registry_head head;

	assert_non_null(body);
	OK(registry_actor(reg, NULL, NULL, &d.actor, &err));
	OK(registry_append(reg, &d, &head, &err));
	json_decref(body);
	return head;
}

static UNUSED void add_holder(struct registry *reg, const char *name,
	char ret[ID_LEN])
{
	OK(registry_name_put(reg, "holder", name, ret, &err));
	add(reg, EVENT_HOLDER_ADDED, json_pack("{s:s, s:s}", "holder", ret,
		"kind", "person"));
}

static UNUSED void add_token(struct registry *reg, const char *serial,
	char ret[ID_LEN])
{
	new_id(ret);
	add(reg, EVENT_TOKEN_ADDED, json_pack(
		"{s:s, s:s, s:s, s:[{s:s, s:s, s:s}], s:[{s:s, s:s, s:s}]}",
		"token", ret, "state", "stock", "model", "YubiKey 5",
		"identifiers", "kind", "serial", "value", serial, "basis",
		"self-reported", "joins", "a", "fido", "b", "otp", "by",
		"same-serial"));
}

/* n tokens with a name and evidence each, serials from `first` on. */
static UNUSED void fill(struct registry *reg, int first, int n)
{
	unsigned char sha[SHA256_LEN], evidence[1500];
	char id[ID_LEN], text[64], hex[EVENT_SHA_LEN];

	for (int i = first; i < first + n; i++) {
		memset(evidence, 'a' + i % 26, sizeof(evidence));
		memcpy(evidence, &i, sizeof(i));
		OK(registry_evidence_put(reg, evidence, sizeof(evidence), sha,
			&err));
		hex_encode(sha, SHA256_LEN, hex);
		snprintf(text, sizeof(text), "%d", i);
		add_token(reg, text, id);
		snprintf(text, sizeof(text), "label %d", i);
		OK(registry_name_set(reg, "label", id, text, &err));
		add(reg, EVENT_TOKEN_VERIFIED, json_pack("{s:s, s:i, s:s}",
			"token", id, "verdict", 0, "evidence", hex));
	}
}

/* The registry opens, verifies, and ends at this number or later. */
static UNUSED struct registry_report assert_whole(const char *path)
{
	struct registry *reg = open_rw(path);
	struct registry_report report;

	OK(registry_verify(reg, NULL, NULL, NULL, &report, &err));
	registry_free(&reg);
	return report;
}

/* Changes the file behind the registry's back. */
static UNUSED void tamper(const char *path, const char *sql)
{
	sqlite3 *db;
	char *text = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &text);
	if (text)
		fail_msg("%s: %s", sql, text);
	sqlite3_close(db);
}

static UNUSED void slurp(const char *path, struct buf *b)
{
	buf_init(b, 1 << 28);
	OK(file_read(path, FILE_ANY, b, NULL, &err));
}

/* One to be damaged: its good file is kept here. */
struct damage_place {
	struct place place;
	struct buf good;
	char damaged[128];
};

/* It has a backup of its first n entries, and further() puts in the rest. */
static UNUSED int setup_damage(void **state, int n,
	void (*further)(struct registry *reg))
{
	struct damage_place *p = calloc(1, sizeof(*p));
	struct registry *reg;

	assert_non_null(p);
	place_make(&p->place);
	OK(registry_init(p->place.db, false, &err));
	snprintf(p->damaged, sizeof(p->damaged), "%s/damaged.db",
		p->place.dir);
	reg = open_rw(p->place.db);
	fill(reg, 0, n);
	OK(registry_backup(reg, p->place.backup, &err));
	further(reg);
	registry_free(&reg);
	slurp(p->place.db, &p->good);
	*state = p;
	return 0;
}

static UNUSED int teardown_damage(void **state)
{
	struct damage_place *p = *state;

	place_remove(&p->place);
	buf_done(&p->good);
	free(p);
	return 0;
}

static UNUSED void spill(const char *path, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	OK(file_write_fd(fd, p, n, path, &err));
	close(fd);
}

static UNUSED void copy(const char *from, const char *to)
{
	struct buf b;

	slurp(from, &b);
	spill(to, b.p, b.n);
	buf_done(&b);
}

#endif
