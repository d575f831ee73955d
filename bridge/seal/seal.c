/* SPDX-License-Identifier: Apache-2.0 */
/* Root's side of tokenbridge-seal. */
#include "bridge/seal/seal.h"

#include "base/file.h"
#include "base/paths.h"
#include "base/person.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_MS 45000 /* longer than age and gpg are given there */
#define KEEP_MS 10000
#define END_MS 2000

int seal_path(const char *path, char **ret, struct error *err)
{
	const char *slash = strrchr(path, '/');
	char *whole;
	int r;

	slash = slash ? slash + 1 : path;
	if (!*slash || strcmp(slash, ".") == 0 || strcmp(slash, "..") == 0 ||
		!utf8_is_clean(path, strlen(path)))
		return error_set(err, ERROR_USAGE, "'%s' names no file", path);
	r = file_absolute(path, &whole, err);
	if (r < 0)
		return r;
	if (strlen(whole) >= SEAL_PATH_MAX) {
		free(whole);
		return error_set(err, ERROR_USAGE,
			"the path of the file is too long");
	}
	*ret = whole;
	return 0;
}

/* Who called; only one's own environment says where one's keyring is. */
static int fill_person(struct seal_request *q, struct error *err)
{
	const char *home = secure_getenv("GNUPGHOME");
	struct person person;
	bool other;
	int r = person_who_called(&person, &other, err);

	if (r < 0)
		return r;
	q->uid = other ? person.uid : getuid();
	if (!other && home && strlen(home) < sizeof(q->gpg_home))
		snprintf(q->gpg_home, sizeof(q->gpg_home), "%s", home);
	return 0;
}

static int fill(struct seal_request *q, const struct seal_order *o,
	struct error *err)
{
	CLEANUP(free_p) char *path = NULL, *to = NULL;
	int r;

	r = seal_path(o->path, &path, err);
	if (r == 0)
		r = recipients_join(o->to, &to, err);
	if (r == 0)
		r = fill_person(q, err);
	if (r == 0)
		r = secret_set(&q->secret, o->secret->p, o->secret->n, err);
	if (r < 0)
		return r;
	snprintf(q->path, sizeof(q->path), "%s", path);
	snprintf(q->part, sizeof(q->part), "%s", o->part);
	snprintf(q->replaces, sizeof(q->replaces), "%s", o->replaces);
	snprintf(q->recipients, sizeof(q->recipients), "%s", to);
	return 0;
}

static int start_sealer(struct process *ret, struct error *err)
{
	CLEANUP(free_p) char *path = process_find("tokenbridge-seal",
		PATH_LIBEXEC "/tokenbridge-seal");

	return path ? process_start_bare(ret, path, err) : error_memory(err);
}

static int ask_sealer(const struct process *p, const struct buf *frame,
	int cancel_fd, int64_t ms, char ret_file[SEAL_FILE_LEN], struct error *err)
{
	CLEANUP(buf_done) struct buf answer;
	deadline_t until = deadline_in(ms);
	struct error why;
	int r;

	buf_init(&answer, WIRE_MAX);
	r = wire_send(p->socket, frame->p, frame->n, until, &why);
	if (r >= 0)
		r = wire_receive(p->socket, &answer, cancel_fd, until, &why);
	if (r == -ERROR_INTERRUPTED)
		return error_copy(err, &why);
	if (r < 0)
		return error_set(err, why.code,
			"tokenbridge-seal did not answer: %s", why.text);
	return seal_get_answer(&answer, ret_file, err);
}

int seal_begin(struct sealing *ret, const struct seal_order *o,
	struct error *err)
{
	CLEANUP(seal_request_done) struct seal_request q = { .uid = 0 };
	CLEANUP(buf_done) struct buf frame;
	int r;

	buf_init(&frame, WIRE_MAX);
	r = fill(&q, o, err);
	if (r == 0) {
		seal_put_request(&frame, &q);
		r = buf_check(&frame, "the request to encrypt", err);
	}
	if (r == 0)
		r = start_sealer(&ret->process, err);
	return r < 0 ? r : ask_sealer(&ret->process, &frame, o->cancel_fd, ANSWER_MS,
		ret->file, err);
}

int seal_keep(struct sealing *s, int cancel_fd, struct error *err)
{
	CLEANUP(buf_done) struct buf frame;
	char nothing[SEAL_FILE_LEN];

	buf_init(&frame, 16);
	buf_put_byte(&frame, 1);
	return ask_sealer(&s->process, &frame, cancel_fd, KEEP_MS, nothing, err);
}

void seal_done(struct sealing *s)
{
	process_stop(&s->process, deadline_in(END_MS));
}
