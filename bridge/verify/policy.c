/* SPDX-License-Identifier: Apache-2.0 */
/* The policy file. */
#include "bridge/verify/policy.h"

#include "base/file.h"
#include "base/keyvalue.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536
#define PIN_LENGTH_MAX 63 /* CTAP 2.1 section 6.5.1 */

static const enum verdict verdicts[] = { VERDICT_GENUINE, VERDICT_VULNERABLE,
	VERDICT_UNKNOWN_VENDOR, VERDICT_SELF_ATTESTED, VERDICT_NOT_ATTESTED,
	VERDICT_UNDECIDED };
static const char *const methods[] = { "fido", "totp", "hardware-totp" };
static const struct {
	enum policy_certification level;
	const char *name;
} levels[] = {
	{ POLICY_FIDO_CERTIFIED, "fido-certified" },
	{ POLICY_L1, "L1" },
	{ POLICY_L1_PLUS, "L1+" },
	{ POLICY_L2, "L2" },
	{ POLICY_L2_PLUS, "L2+" },
	{ POLICY_L3, "L3" },
	{ POLICY_L3_PLUS, "L3+" },
};

bool policy_is_never(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i] == v)
			return false;
	return true;
}

static unsigned verdict_bit(enum verdict v)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(verdicts); i++)
		if (verdicts[i] == v)
			return 1u << i;
	return 0;
}

/* ---- values ---- */

/* The next word of a list; NULL behind the last. Writes into the text. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");
	size_t n = strcspn(word, " \t");

	*rest = word + n + (word[n] != '\0');
	word[n] = '\0';
	return n ? word : NULL;
}

/* Each says why a value is none, or NULL. */

static const char *read_verdicts(struct policy *p, char *value)
{
	const char *word;
	size_t i;
	unsigned bit;

	p->verdicts = 0;
	while ((word = next_word(&value))) {
		for (i = 0, bit = 0; i < ARRAY_LEN(verdicts); i++)
			if (strcmp(word, verdict_name(verdicts[i])) == 0)
				bit = verdict_bit(verdicts[i]);
		if (!bit)
			return "verdicts that may be accepted: genuine, "
			       "genuine-but-vulnerable, unknown-maker, "
			       "self-attested, not-attested, undecided "
			       "(forged, compromised and not-this-token never)";
		if (p->verdicts & bit)
			return "a verdict stands twice";
		p->verdicts |= bit;
	}
	return NULL;
}

static const char *read_models(struct policy *p, char *value)
{
	const char *word;

	while ((word = next_word(&value))) {
		struct policy_model *m = &p->models[p->models_n];

		if (p->models_n++ == POLICY_MODELS_MAX)
			return "too many models";
		m->product = product_by_name(word);
		if (!m->product && aaguid_parse(word, strlen(word),
					   m->aaguid) < 0)
			return "AAGUIDs, or yubikey-neo, yubikey-4, yubikey-5, "
			       "yubikey-5-fips, yubikey-bio, security-key";
	}
	return NULL;
}

static const char *read_minimum(const char *value, uint32_t *ret)
{
	if (product_firmware_parse(value, strlen(value), ret) < 0)
		return "a version like 5.7.0";
	return NULL;
}

static const char *read_firmware(struct policy *p, char *value)
{
	return read_minimum(value, &p->firmware);
}

static const char *read_yes(const char *value, bool *ret)
{
	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "yes or no";
	*ret = value[0] == 'y';
	return NULL;
}

static const char *read_firmware_signed(struct policy *p, char *value)
{
	return read_yes(value, &p->firmware_signed);
}

static const char *read_certification(struct policy *p, char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(levels); i++)
		if (strcmp(value, levels[i].name) == 0) {
			p->certification = levels[i].level;
			return NULL;
		}
	return "fido-certified, L1, L1+, L2, L2+, L3 or L3+";
}

static const char *read_pin(struct policy *p, char *value)
{
	return read_yes(value, &p->pin);
}

static const char *read_pin_length(struct policy *p, char *value)
{
	if (text_parse_u64(value, PIN_LENGTH_MAX, &p->pin_length) < 0 ||
		p->pin_length < 4)
		return "a number from 4 to 63";
	return NULL;
}

static const char *read_always_uv(struct policy *p, char *value)
{
	return read_yes(value, &p->always_uv);
}

static const char *read_hardware_bound(struct policy *p, char *value)
{
	return read_yes(value, &p->hardware_bound);
}

static unsigned method_bit(const char *name, const char **ret)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(methods); i++)
		if (strcmp(name, methods[i]) == 0) {
			*ret = methods[i];
			return 1u << i;
		}
	return 0;
}

static const char *read_methods(struct policy *p, char *value)
{
	const char *word, *name;

	while ((word = next_word(&value))) {
		unsigned bit = method_bit(word, &name);

		if (!bit)
			return "fido, totp, hardware-totp";
		if (p->methods & bit)
			return "a method stands twice";
		p->methods |= bit;
	}
	return NULL;
}

static const char *read_default_method(struct policy *p, char *value)
{
	return method_bit(value, &p->default_method) ? NULL :
		"fido, totp or hardware-totp";
}

/* ---- lines ---- */

static const struct {
	const char *name;
	const char *fallback;
	const char *(*read)(struct policy *p, char *value);
} keys[POLICY_KEY_COUNT] = {
	[POLICY_VERDICTS] = { "verdicts", "genuine genuine-but-vulnerable",
		read_verdicts },
	[POLICY_MODELS] = { "models", "any", read_models },
	[POLICY_FIRMWARE] = { "firmware", "any", read_firmware },
	[POLICY_FIRMWARE_SIGNED] = { "firmware_signed", "no",
		read_firmware_signed },
	[POLICY_CERTIFICATION] = { "certification", "any",
		read_certification },
	[POLICY_PIN] = { "pin", "no", read_pin },
	[POLICY_PIN_LENGTH] = { "pin_length", "any", read_pin_length },
	[POLICY_ALWAYS_UV] = { "always_uv", "no", read_always_uv },
	[POLICY_HARDWARE_BOUND] = { "hardware_bound", "no",
		read_hardware_bound },
	[POLICY_METHODS] = { "methods", "any", read_methods },
	[POLICY_DEFAULT_METHOD] = { "default_method", "none",
		read_default_method },
};

const char *policy_key_name(size_t key)
{
	return key < POLICY_KEY_COUNT ? keys[key].name : NULL;
}

const char *policy_key_default(enum policy_key key)
{
	return keys[key].fallback;
}

void policy_init(struct policy *p)
{
	memset(p, 0, sizeof(*p));
	p->verdicts = verdict_bit(VERDICT_GENUINE) |
		verdict_bit(VERDICT_VULNERABLE);
}

void policy_done(struct policy *p)
{
	size_t i;

	free(p->file);
	for (i = 0; i < POLICY_KEY_COUNT; i++)
		free(p->value[i]);
	policy_init(p);
}

static int key_of(const char *name)
{
	int i;

	for (i = 0; i < POLICY_KEY_COUNT; i++)
		if (strcmp(keys[i].name, name) == 0)
			return i;
	return -1;
}

/* firmware.PRODUCT */
static const char *add_firmware(struct policy *p, const char *name,
	const char *value, size_t line)
{
	struct policy_firmware *f = &p->firmwares[p->firmwares_n];
	const char *product = product_by_name(name);
	size_t i;

	if (!product)
		return "firmware. and a product: yubikey-neo, yubikey-4, "
		       "yubikey-5, yubikey-5-fips, yubikey-bio, security-key";
	for (i = 0; i < p->firmwares_n; i++)
		if (strcmp(p->firmwares[i].product, product) == 0)
			return "it stands twice";
	if (p->firmwares_n == POLICY_FIRMWARES_MAX)
		return "too many products";
	f->product = product;
	f->line = line;
	p->firmwares_n++;
	return read_minimum(value, &f->minimum);
}

/* *kept is taken over where it is a key's value. */
static const char *add_value(struct policy *p, const char *name, char *value,
	char **kept, size_t line)
{
	static const char prefix[] = "firmware.";
	int key = key_of(name);

	if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		return add_firmware(p, name + sizeof(prefix) - 1, value, line);
	if (key < 0)
		return "unknown key";
	if (p->line[key])
		return "it stands twice";
	p->line[key] = line;
	p->value[key] = steal(kept);
	return keys[key].read(p, value);
}

static int take_key(struct policy *p, const struct keyvalue *kv,
	const char *name, struct error *err)
{
	CLEANUP(free_p) char *key = strndup(kv->name, kv->name_n);
	CLEANUP(free_p) char *value = strndup(kv->value, kv->value_n);
	CLEANUP(free_p) char *kept = strndup(kv->value, kv->value_n);
	const char *why = "it is empty";

	if (!key || !value || !kept)
		return error_memory(err);
	if (kv->value_n > 0)
		why = add_value(p, key, value, &kept, kv->line);
	return why ? error_set(err, ERROR_USAGE, "'%s', line %zu: '%s': %s",
		name, kv->line, key, why) : 0;
}

/* What no line alone shows. */
static int check_whole(const struct policy *p, const char *name,
	struct error *err)
{
	const char *same;

	if (!p->methods || !p->default_method ||
		(method_bit(p->default_method, &same) & p->methods))
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%s', line %zu: default_method '%s' is not among the methods "
		"of line %zu", name, p->line[POLICY_DEFAULT_METHOD],
		p->default_method, p->line[POLICY_METHODS]);
}

int policy_parse(const char *p, size_t n, const char *name,
	struct policy *ret, struct error *err)
{
	CLEANUP(policy_done) struct policy policy;
	struct keyvalue_reader reader = { p, n, name, 0 };
	struct keyvalue kv;
	int r;

	policy_init(&policy);
	policy.file = strdup(name);
	if (!policy.file)
		return error_memory(err);
	while ((r = keyvalue_next(&reader, &kv, err)) > 0) {
		r = take_key(&policy, &kv, name, err);
		if (r < 0)
			break;
	}
	if (r == 0)
		r = check_whole(&policy, name, err);
	if (r < 0)
		return r;
	policy_done(ret);
	*ret = policy;
	policy_init(&policy);
	return 0;
}

int policy_load(const char *path, struct policy *ret, struct error *err)
{
	CLEANUP(buf_done) struct buf b;
	int r;

	buf_init(&b, FILE_MAX);
	if (!path)
		return 0;
	r = file_read(path, FILE_TRUSTED, &b, NULL, err);
	return r < 0 ? r : policy_parse(buf_str(&b), b.n, path, ret, err);
}

/* ---- deciding ---- */

/* What the judges share. */
struct judge {
	const struct policy *policy;
	const struct policy_facts *facts;
	struct policy_refusals *ret;
};

static void refuse(struct judge *j, enum policy_key key, size_t line,
	const char *fmt, ...) PRINTF(4, 5);
static void refuse(struct judge *j, enum policy_key key, size_t line,
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

static void judge_verdict(struct judge *j)
{
	enum verdict v = j->facts->verdict;
	bool never = policy_is_never(v);

	if (j->facts->claims_only || (j->policy->verdicts & verdict_bit(v)))
		return;
	j->ret->never |= never;
	refuse(j, POLICY_VERDICTS, never ? 0 : j->policy->line[POLICY_VERDICTS],
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

static void judge_model(struct judge *j)
{
	const struct policy *p = j->policy;
	const struct policy_facts *f = j->facts;
	char aaguid[AAGUID_TEXT_LEN] = "no AAGUID";
	size_t i;

	for (i = 0; i < p->models_n; i++)
		if (is_model(&p->models[i], f))
			return;
	if (p->models_n == 0)
		return;
	if (f->subject.has_aaguid)
		aaguid_format(f->subject.aaguid, aaguid);
	refuse(j, POLICY_MODELS, p->line[POLICY_MODELS],
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
		refuse(j, POLICY_FIRMWARE, line, "minimum firmware %s, this "
			"token does not tell its own", want);
	else
		refuse(j, POLICY_FIRMWARE, line, "minimum firmware %s, this "
			"token has %s%s (%s)", want, is, k->low < k->high ?
			" or later" : "", k->basis == ADVISORY_BY_AAGUID ?
			"by its AAGUID" : advisory_basis_name(k->basis));
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
			refuse(j, POLICY_FIRMWARE_SIGNED,
				p->line[POLICY_FIRMWARE_SIGNED], "the firmware "
				"must be signed, this token's is not");
			return;
		}
	}
	if (line && (k.basis == ADVISORY_UNKNOWN || k.low < minimum))
		refuse_firmware(j, line, minimum, &k);
}

static void judge_certification(struct judge *j)
{
	const struct policy *p = j->policy;
	enum policy_certification is = j->facts->certification;
	const char *name = is == POLICY_CERTIFICATION_UNKNOWN ?
		"this token's is not known (no metadata)" :
		"this token has none";
	size_t i;

	if (j->facts->claims_only || is >= p->certification)
		return;
	for (i = 0; i < ARRAY_LEN(levels); i++)
		if (levels[i].level == is)
			name = levels[i].name;
	refuse(j, POLICY_CERTIFICATION, p->line[POLICY_CERTIFICATION],
		"certification %s is wanted, and %s%s",
		p->value[POLICY_CERTIFICATION],
		is >= POLICY_FIDO_CERTIFIED ? "this token has " : "", name);
}

static void judge_pin(struct judge *j)
{
	const struct policy *p = j->policy;
	const struct policy_facts *f = j->facts;

	if (p->pin && f->pin != POLICY_YES)
		refuse(j, POLICY_PIN, p->line[POLICY_PIN],
			"a PIN must be set, %s", f->pin == POLICY_NO ?
			"and none is: `tokenbridge pin set` sets one" :
			"and whether one is is not known");
	if (p->pin_length && f->pin_length == 0)
		refuse(j, POLICY_PIN_LENGTH, p->line[POLICY_PIN_LENGTH],
			"PINs of at least %llu characters, this token does not "
			"tell its minimum", (unsigned long long)p->pin_length);
	else if (f->pin_length < p->pin_length)
		refuse(j, POLICY_PIN_LENGTH, p->line[POLICY_PIN_LENGTH],
			"PINs of at least %llu characters, this token takes "
			"%llu", (unsigned long long)p->pin_length,
			(unsigned long long)f->pin_length);
	if (p->always_uv && f->always_uv != POLICY_YES)
		refuse(j, POLICY_ALWAYS_UV, p->line[POLICY_ALWAYS_UV],
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
	refuse(j, POLICY_HARDWARE_BOUND,
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
		(method_bit(j->facts->method, &name) & p->methods))
		return;
	refuse(j, POLICY_METHODS, p->line[POLICY_METHODS],
		"method %.40s is not among: %s", j->facts->method,
		p->value[POLICY_METHODS]);
}

void policy_decide(const struct policy *p, const struct policy_facts *f,
	struct policy_refusals *ret)
{
	static void (*const judges[])(struct judge *) = {
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

void policy_decide_statement(const struct policy *p, enum verdict v,
	enum policy_fact copyable, struct policy_refusals *ret)
{
	const struct policy_facts f = { .verdict = v, .copyable = copyable };
	struct judge j = { p, &f, ret };

	memset(ret, 0, sizeof(*ret));
	judge_verdict(&j);
	judge_copyable(&j);
}
