/* SPDX-License-Identifier: Apache-2.0 */
/* A bundle's pieces of evidence, judged again. */
#include "bridge/ledger/checker.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/verify/verify.h"

#include <string.h>

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
	checker_problem(c, BUNDLE_EVIDENCE "%s.json: %s", hex, why.text);
	return false;
}

static void note_verdicts(struct checker *c, const char *hex,
	const struct verification *made, const struct verification *now)
{
	int recorded = made->evidence.verdict;

	if (made->verdict == VERDICT_FORGED ||
		made->verdict == VERDICT_NOT_THIS_TOKEN)
		checker_problem(c, BUNDLE_EVIDENCE "%s.json: it is %s", hex,
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
	CLEANUP(free_p) char *path = name ? checker_path(c, name) : NULL;
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
			checker_problem(c, "%s: no event names it", name);
	}
}

int check_evidence(struct checker *c, struct error *err)
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
