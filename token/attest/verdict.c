/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts and steps. */
#include "token/attest/verdict.h"

#include "base/text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* In order of precedence. */
static const struct {
	enum verdict verdict;
	const char *name;
	const char *meaning;
} verdicts[] = {
	{ VERDICT_FORGED, "forged",
		"it is not what a genuine token signed: do not use it" },
	{ VERDICT_COMPROMISED, "compromised",
		"its vendor's metadata says that this model or its attestation "
		"key is broken: do not use it" },
	{ VERDICT_NOT_THIS_TOKEN, "not-this-token",
		"it does not prove to be the token that the registry knows" },
	{ VERDICT_NOT_ATTESTED, "not-attested",
		"it says nothing about its vendor that can be checked" },
	{ VERDICT_SELF_ATTESTED, "self-attested",
		"it vouches only for itself" },
	{ VERDICT_UNDECIDED, "undecided",
		"it cannot be judged here: the steps that fail or are unknown "
		"say why" },
	{ VERDICT_UNKNOWN_VENDOR, "unknown-maker",
		"its certificate leads to no vendor that is trusted here" },
	{ VERDICT_VULNERABLE, "genuine-but-vulnerable",
		"it is genuine, and its firmware falls under an advisory" },
	{ VERDICT_GENUINE, "genuine",
		"its vendor vouches for it, and nothing is known against it" },
};

static size_t rank(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i].verdict == v)
			break;
	return i;
}

void steps_add(struct steps *s, const char *name, enum step_status status,
	enum verdict verdict, const char *fmt, ...)
{
	struct step *row;
	va_list ap;

	if (s->n == STEPS_MAX) {
		row = &s->rows[STEPS_MAX - 1];
		if (rank(verdict) < rank(row->verdict))
			row->verdict = verdict;
		return;
	}
	row = &s->rows[s->n++];
	row->name = name;
	row->status = status;
	row->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(row->text, sizeof(row->text), fmt, ap);
	va_end(ap);
	utf8_sanitise(row->text); /* words of the token may be in it */
}

static bool passed(const struct steps *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->rows[i].status == STEP_PASS &&
			strcmp(s->rows[i].name, name) == 0)
			return true;
	return false;
}

static bool names(const struct steps *s, enum verdict v)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->rows[i].verdict == v)
			return true;
	return false;
}

enum verdict steps_verdict(const struct steps *s)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i].verdict != VERDICT_GENUINE &&
			verdicts[i].verdict != VERDICT_VULNERABLE &&
			names(s, verdicts[i].verdict))
			return verdicts[i].verdict;
	if (!passed(s, "signature") || !passed(s, "chain"))
		return VERDICT_UNDECIDED;
	return names(s, VERDICT_VULNERABLE) ? VERDICT_VULNERABLE :
					      VERDICT_GENUINE;
}

const char *verdict_name(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i].verdict == v)
			return verdicts[i].name;
	return "undecided";
}

const char *verdict_meaning(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i].verdict == v)
			return verdicts[i].meaning;
	return "";
}

const char *step_status_name(enum step_status status)
{
	static const char *const names_[] = {
		[STEP_PASS] = "pass",
		[STEP_WARN] = "warn",
		[STEP_FAIL] = "fail",
		[STEP_UNKNOWN] = "unknown",
		[STEP_SKIPPED] = "not-asked",
	};

	return names_[status];
}
