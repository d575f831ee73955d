/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's files against SHA256SUMS. */
#include "bridge/ledger/checker.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/hash/chain.h"

#include <dirent.h>
#include <string.h>

static int check_sum(struct checker *c, const struct bundle_sum *sum,
	struct error *err)
{
	unsigned char sha[SHA256_LEN];
	struct buf b;
	int r;

	if (json_object_set_new(c->files, sum->name, json_true()) < 0)
		return error_memory(err);
	buf_init(&b, BUNDLE_FILE_MAX);
	r = checker_read(c, sum->name, &b, err);
	if (r > 0 && chain_digest(b.p, b.n, sha, err) < 0)
		r = -ERROR_FAILED;
	if (r > 0 && memcmp(sha, sum->sha, sizeof(sha)) != 0)
		checker_problem(c, "%s: its SHA-256 is not the one in "
			BUNDLE_SUMS, sum->name);
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
		checker_problem(c, BUNDLE_SUMS ": it does not have the SHA-256 "
			"that was given");
	return r;
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

int check_sums(struct checker *c, struct error *err)
{
	char before[BUNDLE_NAME_LEN] = "";
	CLEANUP(buf_done) struct buf b;
	bool whole;
	int r;

	buf_init(&b, BUNDLE_FILE_MAX);
	r = checker_read(c, BUNDLE_SUMS, &b, err);
	r = r > 0 ? check_seal(c, &b, err) : r;
	return r < 0 ? r : checker_walk(c, BUNDLE_SUMS, &b, check_sum_line,
		before, &whole, err);
}

int check_folder(struct checker *c, const char *below,
	struct error *err)
{
	CLEANUP(free_p) char *path = checker_path(c, below);
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
			checker_problem(c, "%s: it is not in " BUNDLE_SUMS,
				name);
	}
	if (d)
		closedir(d);
	return r;
}
