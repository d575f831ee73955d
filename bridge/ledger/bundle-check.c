/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking a bundle. Whoever changed it may have changed anything: no name leads
 * out of it, no link is followed, and one thing that is wrong does not keep
 * the others from being looked at.
 */
#include "bridge/ledger/bundle.h"

#include "base/encode.h"
#include "base/file.h"
#include "base/text.h"
#include "bridge/hash/chain.h"
#include "bridge/ledger/story.h"
#include "bridge/run/json.h"
#include "bridge/verify/verify.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct checker {
	const struct bundle_check_request *q;
	struct bundle_checked *ret;
	json_t *files;    /* owned, as all here: names that SHA256SUMS has */
	json_t *names;    /* "KIND/ID": value */
	json_t *evidence; /* SHA-256 that given events name: their rp, or null */
	json_t *trails;   /* ... of what is no token's, and not judged */
	struct story *story;
	struct story_names story_names;
	/* along the chain */
	bool begun;
	bool met; /* the expected head */
	struct registry_head last;
};

void bundle_checked_done(struct bundle_checked *c)
{
	json_decref(c->events);
	json_decref(c->evidence);
	json_decref(c->problems);
	memset(c, 0, sizeof(*c));
}

static void checker_done(struct checker *c)
{
	json_decref(c->files);
	json_decref(c->names);
	json_decref(c->evidence);
	json_decref(c->trails);
	story_free(&c->story);
}

static void problem(struct checker *c, const char *fmt, ...) PRINTF(2, 3);
static void problem(struct checker *c, const char *fmt, ...)
{
	struct error text;
	va_list ap;

	va_start(ap, fmt);
	error_setv(&text, ERROR_CORRUPT, fmt, ap); /* cut and made clean */
	va_end(ap);
	json_row(&c->ret->problems, json_string(text.text));
}

/* ---- files ---- */

static char *path_of(const struct checker *c, const char *name)
{
	return text_format("%s/%s", c->q->path, name);
}

/*
 * A regular file of the bundle, into b. 0 where it cannot be read, which is a
 * problem; negative without memory, or interrupted.
 */
static int read_file(struct checker *c, const char *name, struct buf *b,
	struct error *err)
{
	CLEANUP(free_p) char *path = path_of(c, name);
	CLEANUP(close_p) int fd = -1;
	struct error why;
	struct stat st;

	if (!path)
		return error_memory(err);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		problem(c, "%s: %s", name, fd < 0 && errno == ENOENT ?
			"it is missing" : "it is no file that can be read");
		return 0;
	}
	if (file_read_fd(fd, name, b, &why) == 0)
		return 1;
	if (why.code == ERROR_INTERRUPTED)
		return error_copy(err, &why);
	problem(c, "%s: %s", name, why.text);
	return 0;
}

static int check_sum(struct checker *c, const struct bundle_sum *sum,
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	struct buf b;
	int r;

	if (json_object_set_new(c->files, sum->name, json_true()) < 0)
		return error_memory(err);
	buf_init(&b, BUNDLE_FILE_MAX);
	r = read_file(c, sum->name, &b, err);
	if (r > 0 && chain_digest(b.p, b.n, sha, err) < 0)
		r = -ERROR_FAILED;
	if (r > 0 && memcmp(sha, sum->sha, sizeof(sha)) != 0)
		problem(c, "%s: its SHA-256 is not the one in " BUNDLE_SUMS,
			sum->name);
	buf_done(&b);
	return r < 0 ? r : 0;
}

/* Its own hash is what somebody wrote down elsewhere. */
static int check_seal(struct checker *c, const struct buf *b,
	struct error *err)
{
	unsigned char sha[SHA256_LEN], given[SHA256_LEN];
	const char *want = c->q->sha256;
	int r;

	if (!want)
		return 0;
	if (hex_decode(want, strlen(want), given, sizeof(given)) !=
		sizeof(given))
		return error_set(err, ERROR_USAGE,
			"--sha256 '%s': 64 hex digits are wanted", want);
	r = chain_digest(b->p, b->n, sha, err);
	if (r == 0 && memcmp(sha, given, sizeof(sha)) != 0)
		problem(c, BUNDLE_SUMS ": it does not have the SHA-256 that "
			"was given");
	return r;
}

/* ---- lines, one after the other ---- */

enum { LINE_END, LINE_DONE, LINE_BAD };

/* Reads one and checks it: LINE_DONE and where the next one begins, LINE_END,
 * LINE_BAD with *why, or an error. */
typedef int line_fn(struct checker *c, const char **p, size_t *n, void *arg,
	struct error *why, struct error *err);

/* *ret_whole: up to the end. */
static int walk_lines(struct checker *c, const char *name, struct buf *b,
	line_fn *each, void *arg, bool *ret_whole, struct error *err)
{
	const char *p = buf_str(b);
	size_t n = b->n, line = 1;
	struct error why;
	int r;

	while ((r = each(c, &p, &n, arg, &why, err)) == LINE_DONE)
		line++;
	if (r == LINE_BAD)
		problem(c, "%s, line %zu: %s", name, line, why.text);
	*ret_whole = r == LINE_END;
	return r < 0 ? r : 0;
}

/* They are sorted: arg is the name before, "" of the first. */
static int check_sum_line(struct checker *c, const char **p, size_t *n,
	void *arg, struct error *why, struct error *err)
{
	char *before = arg;
	struct bundle_sum sum;
	int r = bundle_sum_next(p, n, before[0] ? before : NULL, &sum, why);

	if (r <= 0)
		return r < 0 ? LINE_BAD : LINE_END;
	memcpy(before, sum.name, BUNDLE_NAME_LEN);
	r = check_sum(c, &sum, err);
	return r < 0 ? r : LINE_DONE;
}

static int check_sums(struct checker *c, struct error *err)
{
	char before[BUNDLE_NAME_LEN] = "";
	CLEANUP(buf_done) struct buf b;
	bool whole;
	int r;

	buf_init(&b, BUNDLE_FILE_MAX);
	r = read_file(c, BUNDLE_SUMS, &b, err);
	r = r > 0 ? check_seal(c, &b, err) : r;
	return r < 0 ? r : walk_lines(c, BUNDLE_SUMS, &b, check_sum_line,
		before, &whole, err);
}

/* What is there and not listed: `below` is "" or a directory with its slash. */
static int check_folder(struct checker *c, const char *below,
	struct error *err)
{
	CLEANUP(free_p) char *path = path_of(c, below);
	const struct dirent *entry;
	DIR *d = path ? opendir(path) : NULL;
	int r = path ? 0 : error_memory(err);

	while (r == 0 && d && (entry = readdir(d))) {
		CLEANUP(free_p) char *name = NULL;
		const char *own = entry->d_name;

		if (strcmp(own, ".") == 0 || strcmp(own, "..") == 0 ||
			(!below[0] && (strcmp(own, BUNDLE_SUMS) == 0 ||
				strcmp(own, "evidence") == 0)))
			continue;
		name = text_format("%s%s", below, own);
		if (!name)
			r = error_memory(err);
		else if (!json_object_get(c->files, name))
			problem(c, "%s: it is not in " BUNDLE_SUMS, name);
	}
	if (d)
		closedir(d);
	return r;
}

/* ---- the chain ---- */

static void remember_evidence(struct checker *c, const struct event *e)
{
	const char *hex = event_str(e->body, "evidence");
	const char *rp = e->type == EVENT_CREDENTIAL_ADDED ?
		event_str(e->body, "rp") : NULL;

	if (e->type == EVENT_BINDING_WITNESSED)
		json_member(&c->trails, event_str(e->body, "trail"),
			json_true());
	/* the credential's own event says what it is for */
	if (hex && (rp || !json_object_get(c->evidence, hex)))
		json_member(&c->evidence, hex, json_of_text(rp));
}

static bool is_in_place(const struct checker *c, const struct event *e,
	uint64_t seq)
{
	return e->seq == seq && strcmp(e->stream,
		c->ret->facts.head.stream) == 0;
}

static int tell_given(struct checker *c, const struct event *e,
	const struct bundle_link *link, struct error *err)
{
	struct registry_head at = { .seq = link->seq };
	json_t *entry = NULL;
	const char *token;
	int r;

	memcpy(at.hash, link->hash, sizeof(at.hash));
	r = story_tell(c->story, e, &at, link->event, link->event_n, &entry,
		err);
	if (r < 0)
		return r;
	token = event_str(entry, "token");
	if (token && strcmp(token, c->ret->facts.token) == 0) {
		remember_evidence(c, e);
		json_row(&c->ret->events, json_incref(entry));
	}
	json_decref(entry);
	return 0;
}

static int check_given(struct checker *c, const struct bundle_link *link,
	struct error *err)
{
	CLEANUP(event_done) struct event e = EVENT_INIT;
	unsigned long long seq = link->seq;
	unsigned char hash[SHA256_LEN];
	struct error why;
	int r;

	c->ret->given++;
	r = chain_next(link->seq ? c->last.hash : NULL, link->event,
		link->event_n, hash, err);
	if (r < 0)
		return r;
	if (memcmp(hash, link->hash, sizeof(hash)) != 0)
		problem(c, BUNDLE_CHAIN ": event %llu does not fit the chain",
			seq);
	else if (event_parse(link->event, link->event_n, &e, &why) < 0)
		problem(c, BUNDLE_CHAIN ": event %llu: %s", seq, why.text);
	else if (!is_in_place(c, &e, link->seq))
		problem(c, BUNDLE_CHAIN ": event %llu is in another event's "
			"place", seq);
	else
		return tell_given(c, &e, link, err);
	return 0;
}

static void check_expected(struct checker *c)
{
	const struct registry_head *want = c->q->head;

	if (!want || want->seq != c->last.seq)
		return;
	c->met = true;
	if (memcmp(want->hash, c->last.hash, SHA256_LEN) != 0)
		problem(c, BUNDLE_CHAIN ": event %llu is not the one of the "
			"head that was given",
			(unsigned long long)want->seq);
}

static int check_link(struct checker *c, const struct bundle_link *link,
	struct error *err)
{
	uint64_t wanted = c->begun ? c->last.seq + 1 : 0;
	int r = 0;

	if (link->seq != wanted)
		problem(c, BUNDLE_CHAIN ": event %llu stands where event %llu "
			"should", (unsigned long long)link->seq,
			(unsigned long long)wanted);
	if (link->seq == 0 && !link->event)
		problem(c, BUNDLE_CHAIN ": event 0 is not given");
	if (link->event)
		r = check_given(c, link, err);
	c->begun = true;
	c->ret->links++;
	c->last.seq = link->seq;
	memcpy(c->last.hash, link->hash, sizeof(c->last.hash));
	check_expected(c);
	return r;
}

static void check_end(struct checker *c)
{
	const struct registry_head *head = &c->ret->facts.head;
	const struct registry_head *want = c->q->head;

	if (!c->begun || c->last.seq != head->seq ||
		memcmp(c->last.hash, head->hash, SHA256_LEN) != 0)
		problem(c, BUNDLE_CHAIN ": it does not end at the head that "
			"stands in " BUNDLE_FACTS);
	if (want && strcmp(want->stream, head->stream) != 0)
		problem(c, BUNDLE_FACTS ": its head is of station %s, the one "
			"that was given of %s", head->stream, want->stream);
	else if (want && !c->met)
		problem(c, BUNDLE_CHAIN ": it ends before event %llu, which "
			"the head that was given is of",
			(unsigned long long)want->seq);
}

static int check_chain_line(struct checker *c, const char **p, size_t *n,
	void *arg, struct error *why, struct error *err)
{
	struct bundle_link link;
	int r = bundle_link_next(p, n, &link, why);

	(void)arg;
	if (r <= 0)
		return r < 0 ? LINE_BAD : LINE_END;
	r = check_link(c, &link, err);
	return r < 0 ? r : LINE_DONE;
}

static int check_chain(struct checker *c, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	bool whole;
	int r;

	buf_init(&b, BUNDLE_FILE_MAX);
	r = read_file(c, BUNDLE_CHAIN, &b, err);
	if (r >= 0)
		r = walk_lines(c, BUNDLE_CHAIN, &b, check_chain_line, NULL,
			&whole, err);
	if (r == 0 && whole)
		check_end(c);
	return r;
}

/* ---- the other parts ---- */

static int read_facts(struct checker *c, struct error *err)
{
	struct error why;
	struct buf b;
	int r;

	buf_init(&b, 65536);
	r = read_file(c, BUNDLE_FACTS, &b, err);
	if (r > 0 && bundle_facts_parse(b.p, b.n, &c->ret->facts, &why) < 0)
		problem(c, BUNDLE_FACTS ": %s", why.text);
	else if (r > 0)
		c->ret->has_facts = true;
	buf_done(&b);
	return r < 0 ? r : 0;
}

static int read_names(struct checker *c, struct error *err)
{
	json_t *names = NULL;
	struct error why;
	struct buf b;
	int r;

	buf_init(&b, BUNDLE_FILE_MAX);
	r = read_file(c, BUNDLE_NAMES, &b, err);
	if (r > 0 && bundle_names_parse(b.p, b.n, &names, &why) < 0)
		problem(c, BUNDLE_NAMES ": %s", why.text);
	buf_done(&b);
	if (names) {
		json_decref(c->names);
		c->names = names;
	}
	return r < 0 ? r : 0;
}

static int name_get(void *arg, const char *kind, const char *id, char **ret,
	struct error *err)
{
	const struct checker *c = arg;
	CLEANUP(free_p) char *key = text_format("%s/%s", kind, id);
	const char *value = key ? event_str(c->names, key) : NULL;

	*ret = value ? strdup(value) : NULL;
	return key && (!value || *ret) ? 0 : error_memory(err);
}

/* ---- evidence ---- */

/* *ret is the verdict; false: it cannot be read, which is a problem. */
static bool judge_piece(struct checker *c, const char *path, const char *hex,
	const char *rp, bool now, struct verification *v)
{
	const struct verify_saved q = {
		.path = path,
		.sha256 = hex,
		.rp_id = rp,
		.at = { .kind = now ? MOMENT_NOW : MOMENT_MADE },
		.trust = c->q->trust,
	};
	struct error why;

	if (verify_file(&q, v, &why) == 0)
		return true;
	problem(c, BUNDLE_EVIDENCE "%s.json: %s", hex, why.text);
	return false;
}

static void note_verdicts(struct checker *c, const char *hex,
	const struct verification *made, const struct verification *now)
{
	int recorded = made->evidence.verdict;

	if (made->verdict == VERDICT_FORGED ||
		made->verdict == VERDICT_NOT_THIS_TOKEN)
		problem(c, BUNDLE_EVIDENCE "%s.json: it is %s", hex,
			verdict_name(made->verdict));
	c->ret->undecided |= made->verdict == VERDICT_UNDECIDED;
	json_row(&c->ret->evidence, json_pack("{s:s,s:o,s:o,s:s,s:s}",
		"sha256", hex,
		"madeAt", json_of_time(made->evidence.made_at),
		"verdict", json_of_text(recorded < 0 ? NULL :
			verdict_name((enum verdict)recorded)),
		"verdictMade", verdict_name(made->verdict),
		"verdictNow", verdict_name(now->verdict)));
}

static int check_piece(struct checker *c, const char *hex, const char *rp,
	struct error *err)
{
	CLEANUP(free_p) char *name = text_format(BUNDLE_EVIDENCE "%s.json",
		hex);
	CLEANUP(free_p) char *path = name ? path_of(c, name) : NULL;
	struct verification made, now;

	if (!path)
		return error_memory(err);
	if (!json_object_get(c->files, name)) { /* pruned before */
		json_row(&c->ret->evidence, json_pack("{s:s,s:n,s:n,s:n,s:n}",
			"sha256", hex, "madeAt", "verdict", "verdictMade",
			"verdictNow"));
		return 0;
	}
	verification_init(&made);
	verification_init(&now);
	if (judge_piece(c, path, hex, rp, false, &made) &&
		judge_piece(c, path, hex, rp, true, &now))
		note_verdicts(c, hex, &made, &now);
	verification_done(&made);
	verification_done(&now);
	return 0;
}

/* A piece that no event names was put there. */
static void check_strays(struct checker *c)
{
	const char *name;
	json_t *value;

	json_object_foreach(c->files, name, value) {
		const size_t n = strlen(BUNDLE_EVIDENCE);
		char hex[HEX_LEN(SHA256_LEN)] = "";

		if (strncmp(name, BUNDLE_EVIDENCE, n) != 0)
			continue;
		if (strlen(name) == n + sizeof(hex) - 1 + strlen(".json"))
			memcpy(hex, name + n, sizeof(hex) - 1);
		if (!json_object_get(c->evidence, hex) &&
			!json_object_get(c->trails, hex))
			problem(c, "%s: no event names it", name);
	}
}

static int check_evidence(struct checker *c, struct error *err)
{
	const char *hex;
	json_t *rp;
	int r = 0;

	json_object_foreach(c->evidence, hex, rp) {
		if (r == 0)
			r = check_piece(c, hex, json_string_value(rp), err);
	}
	check_strays(c);
	return r;
}

/* ---- together ---- */

static int checker_init(struct checker *c, struct error *err)
{
	struct bundle_checked *ret = c->ret;

	c->files = json_object();
	c->names = json_object();
	c->evidence = json_object();
	c->trails = json_object();
	ret->events = json_array();
	ret->evidence = json_array();
	ret->problems = json_array();
	if (!c->files || !c->names || !c->evidence || !c->trails || !ret->events ||
		!ret->evidence || !ret->problems)
		return error_memory(err);
	c->story_names = (struct story_names){ name_get, c, NULL };
	return story_new(&c->story, &c->story_names, err);
}

static int check_all(struct checker *c, struct error *err)
{
	int r;

	r = check_sums(c, err);
	if (r == 0)
		r = check_folder(c, "", err);
	if (r == 0)
		r = check_folder(c, BUNDLE_EVIDENCE, err);
	if (r == 0)
		r = read_facts(c, err);
	if (r == 0)
		r = read_names(c, err);
	if (r < 0 || !c->ret->has_facts)
		return r;
	r = check_chain(c, err);
	return r < 0 ? r : check_evidence(c, err);
}

int bundle_check(const struct bundle_check_request *q,
	struct bundle_checked *ret, struct error *err)
{
	CLEANUP(checker_done) struct checker c = { .q = q, .ret = ret };
	struct stat st;
	int r;

	if (stat(q->path, &st) < 0)
		return error_errno(err, errno == EACCES ? ERROR_PERMISSION :
			ERROR_FAILED, errno, "cannot read '%s'", q->path);
	if (!S_ISDIR(st.st_mode))
		return error_set(err, ERROR_FAILED, "'%s' is no directory",
			q->path);
	r = checker_init(&c, err);
	if (r == 0)
		r = check_all(&c, err);
	if (r < 0)
		return r;
	return ret->events && ret->evidence && ret->problems && c.evidence && c.trails ?
		0 : error_memory(err);
}
