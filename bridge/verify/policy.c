/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding by a policy. */
#include "bridge/verify/policy.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/verify/policy-words.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void policy_init(struct policy *p)
{
	memset(p, 0, sizeof(*p));
	p->verdicts = policy_verdict_bit(VERDICT_GENUINE) |
		policy_verdict_bit(VERDICT_VULNERABLE);
}

void policy_done(struct policy *p)
{
	size_t i;

	free(p->file);
	for (i = 0; i < POLICY_KEY_COUNT; i++)
		free(p->value[i]);
	policy_init(p);
}

/* What the judges share. */
struct judge {
	const struct policy *policy;
	const struct policy_facts *facts;
	struct policy_refusals *ret;
};

static void policy_refuse(struct judge *j, enum policy_key key, size_t line,
	const char *fmt, ...) PRINTF(4, 5);
static void policy_refuse(struct judge *j, enum policy_key key, size_t line,
	const char *fmt, ...)
{
	struct policy_refusal *r = &j->ret->rows[j->ret->n++];
	int n = 0;
	va_list ap;

	r->key = key;
	r->line = line;
	if (line)
		n = snprintf(r->text, sizeof(r->text), "%.200s:%zu: ",
			j->policy->file, line);
	va_start(ap, fmt);
	vsnprintf(r->text + n, sizeof(r->text) - (size_t)n, fmt, ap);
	va_end(ap);
	utf8_sanitise(r->text);
}

/* A lock that no key opens, or every key: nobody's word makes it one. */
static void judge_credential(struct judge *j)
{
	if (j->facts->verifiable != POLICY_NO)
		return;
	j->ret->never = true;
	policy_refuse(j, POLICY_VERDICTS, 0, "the token is %s: its new "
		"credential's algorithm is none that is verified here, so that "
		"it could prove nothing", verdict_name(j->facts->verdict));
}

static void judge_verdict(struct judge *j)
{
	enum verdict v = j->facts->verdict;
	bool never = policy_is_never(v);

	if (j->facts->claims_only || (j->policy->verdicts & policy_verdict_bit(v)))
		return;
	j->ret->never |= never;
	policy_refuse(j, POLICY_VERDICTS,
		never ? 0 : j->policy->line[POLICY_VERDICTS],
		"the token is %s: %s", verdict_name(v), verdict_meaning(v));
}

static bool is_model(const struct policy_model *m,
	const struct policy_facts *f)
{
	const struct advisory_subject *s = &f->subject;

	if (m->product)
		return s->product && strcmp(s->product, m->product) == 0 &&
			(s->product_signed || f->claims_only);
	return s->has_aaguid && memcmp(s->aaguid, m->aaguid, 16) == 0 &&
		(f->aaguid_proved || f->claims_only);
}

/* What speaks U2F claims no AAGUID; its attestation may prove one. */
static bool is_open(const struct policy_model *m, const struct policy_facts *f)
{
	return f->claims_only && !m->product && !f->subject.has_aaguid;
}

static void judge_model(struct judge *j)
{
	const struct policy *p = j->policy;
	const struct policy_facts *f = j->facts;
	char aaguid[AAGUID_TEXT_LEN] = "no AAGUID";
	size_t i;

	for (i = 0; i < p->models_n; i++)
		if (is_model(&p->models[i], f) || is_open(&p->models[i], f))
			return;
	if (p->models_n == 0)
		return;
	if (f->subject.has_aaguid)
		aaguid_format(f->subject.aaguid, aaguid);
	policy_refuse(j, POLICY_MODELS, p->line[POLICY_MODELS],
		"not among the models: this token is %s%s, %s%s",
		f->subject.product ? f->subject.product : "of no known product",
		f->subject.product && !f->subject.product_signed ?
		" (self-reported)" : "", aaguid,
		f->subject.has_aaguid && !f->aaguid_proved ?
		" (not proved)" : "");
}

/* The product's own minimum, else that of all. */
static uint32_t minimum_of(const struct policy *p, const char *product,
	size_t *ret_line)
{
	size_t i;

	*ret_line = p->line[POLICY_FIRMWARE];
	for (i = 0; product && i < p->firmwares_n; i++)
		if (strcmp(p->firmwares[i].product, product) == 0) {
			*ret_line = p->firmwares[i].line;
			return p->firmwares[i].minimum;
		}
	return p->firmware;
}

/* The version that counts: with firmware_signed only what is proved. */
struct known {
	enum advisory_basis basis;
	uint32_t low, high;
};

static void refuse_firmware(struct judge *j, size_t line, uint32_t minimum,
	const struct known *k)
{
	char want[PRODUCT_FIRMWARE_LEN], is[PRODUCT_FIRMWARE_LEN];

	product_firmware_format(minimum, want);
	product_firmware_format(k->low, is);
	if (k->basis == ADVISORY_UNKNOWN)
		policy_refuse(j, POLICY_FIRMWARE, line,
			"minimum firmware %s, this "
			"token does not tell its own",
			want);
	else
		policy_refuse(j, POLICY_FIRMWARE, line,
			"minimum firmware %s, this "
			"token has %s%s (%s)",
			want, is, k->low < k->high ? " or later" : "",
			k->basis == ADVISORY_BY_AAGUID
				? "by its AAGUID"
				: advisory_basis_name(k->basis));
}

static void judge_firmware(struct judge *j)
{
	const struct policy *p = j->policy;
	const struct advisory_subject *s = &j->facts->subject;
	struct known k = { s->basis, s->low, s->high };
	size_t line;
	uint32_t minimum = minimum_of(p, s->product, &line);

	if (p->firmware_signed && !j->facts->claims_only) {
		k = (struct known){ s->proof, s->proof_low, s->proof_high };
		if (s->proof == ADVISORY_UNKNOWN) {
			policy_refuse(j, POLICY_FIRMWARE_SIGNED,
				p->line[POLICY_FIRMWARE_SIGNED], "the firmware "
				"must be signed, this token's is not");
			return;
		}
	}
	/* what it does not tell itself its attestation may prove */
	if (j->facts->claims_only && k.basis == ADVISORY_UNKNOWN)
		return;
	if (line && (k.basis == ADVISORY_UNKNOWN || k.low < minimum))
		refuse_firmware(j, line, minimum, &k);
}

static void judge_certification(struct judge *j)
{
	const struct policy *p = j->policy;
	enum policy_certification is = j->facts->certification;
	const char *name = policy_level_name(is);

	if (j->facts->claims_only || is >= p->certification)
		return;
	if (!name)
		name = is == POLICY_CERTIFICATION_UNKNOWN ?
			"this token's is not known (no metadata)" :
			"this token has none";
	policy_refuse(j, POLICY_CERTIFICATION, p->line[POLICY_CERTIFICATION],
		"certification %s is wanted, and %s%s",
		p->value[POLICY_CERTIFICATION],
		is >= POLICY_FIDO_CERTIFIED ? "this token has " : "", name);
}

static void judge_pin(struct judge *j)
{
	const struct policy *p = j->policy;
	const struct policy_facts *f = j->facts;

	if (p->pin && f->pin != POLICY_YES)
		policy_refuse(j, POLICY_PIN, p->line[POLICY_PIN],
			"a PIN must be set, %s", f->pin == POLICY_NO ?
			"and none is: `tokenbridge pin set` sets one" :
			"and whether one is is not known");
	if (p->pin_length && f->pin_length == 0)
		policy_refuse(j, POLICY_PIN_LENGTH, p->line[POLICY_PIN_LENGTH],
			"PINs of at least %llu characters, this token does not "
			"tell its minimum", (unsigned long long)p->pin_length);
	else if (f->pin_length < p->pin_length)
		policy_refuse(j, POLICY_PIN_LENGTH, p->line[POLICY_PIN_LENGTH],
			"PINs of at least %llu characters, this token takes "
			"%llu", (unsigned long long)p->pin_length,
			(unsigned long long)f->pin_length);
	if (p->always_uv && f->always_uv != POLICY_YES)
		policy_refuse(j, POLICY_ALWAYS_UV, p->line[POLICY_ALWAYS_UV],
			"it must always verify the user, %s",
			f->always_uv == POLICY_NO ? "and does not" :
			"and whether it does is not known");
}

static void judge_copyable(struct judge *j)
{
	const struct policy_facts *f = j->facts;

	if (!j->policy->hardware_bound || f->claims_only ||
		f->copyable == POLICY_NO)
		return;
	policy_refuse(j, POLICY_HARDWARE_BOUND,
		j->policy->line[POLICY_HARDWARE_BOUND],
		"its credentials must stay in it, %s",
		f->copyable == POLICY_YES ? "and can be copied (BE or BS is "
		"set)" : "and whether they do is not known");
}

static void judge_method(struct judge *j)
{
	const struct policy *p = j->policy;
	const char *name;

	if (!p->methods || !j->facts->method ||
		(policy_method_bit(j->facts->method, &name) & p->methods))
		return;
	policy_refuse(j, POLICY_METHODS, p->line[POLICY_METHODS],
		"method %.40s is not among: %s", j->facts->method,
		p->value[POLICY_METHODS]);
}

void policy_decide(const struct policy *p, const struct policy_facts *f,
	struct policy_refusals *ret)
{
	static void (*const judges[])(struct judge *) = {
		judge_credential,
		judge_verdict,
		judge_model,
		judge_firmware,
		judge_certification,
		judge_pin,
		judge_copyable,
		judge_method,
	};
	struct judge j = { p, f, ret };
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < ARRAY_LEN(judges); i++)
		judges[i](&j);
}

bool policy_lists(const struct policy *p, const char *method)
{
	const char *name;

	return p->methods & policy_method_bit(method, &name);
}

void policy_decide_method(const struct policy *p, const char *method,
	struct policy_refusals *ret)
{
	const struct policy_facts f = { .method = method };
	struct judge j = { p, &f, ret };

	memset(ret, 0, sizeof(*ret));
	judge_method(&j);
}

void policy_decide_statement(const struct policy *p,
	const struct policy_facts *f, struct policy_refusals *ret)
{
	struct judge j = { p, f, ret };

	memset(ret, 0, sizeof(*ret));
	judge_credential(&j);
	judge_verdict(&j);
	judge_copyable(&j);
}
