/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a bundle: all its parts, one after the other. */
#include "bridge/ledger/checker.h"

#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* ---- the other parts ---- */

static int read_facts(struct checker *c, struct error *err)
{
	struct error why;
	struct buf b;
	int r;

	buf_init(&b, 65536);
	r = checker_read(c, BUNDLE_FACTS, &b, err);
	if (r > 0 && bundle_facts_parse(b.p, b.n, &c->ret->facts, &why) < 0)
		checker_problem(c, BUNDLE_FACTS ": %s", why.text);
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
	r = checker_read(c, BUNDLE_NAMES, &b, err);
	if (r > 0 && bundle_names_parse(b.p, b.n, &names, &why) < 0)
		checker_problem(c, BUNDLE_NAMES ": %s", why.text);
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
		return error_access(err, errno, "cannot read '%s'", q->path);
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
