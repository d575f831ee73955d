/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a policy file. */
#include "bridge/verify/policy-words.h"

#include "base/file.h"
#include "base/keyvalue.h"
#include "base/text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX 65536
#define PIN_LENGTH_MAX 63 /* CTAP 2.1 section 6.5.1 */

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

static const char *read_verdicts(struct policy *p, size_t field, char *value)
{
	const char *word;
	unsigned bit;

	(void)field;
	p->verdicts = 0;
	while ((word = next_word(&value))) {
		bit = policy_verdict_bit_of(word);
		if (!bit)
			return "verdicts that may be accepted: genuine, "
			       "genuine-but-vulnerable, unknown-maker, "
			       "self-attested, not-attested, undecided "
			       "(forged, compromised and not-this-token never)";
		if (p->verdicts & bit)
			return "a verdict is named twice";
		p->verdicts |= bit;
	}
	return NULL;
}

static const char *read_models(struct policy *p, size_t field, char *value)
{
	const char *word;

	(void)field;
	while ((word = next_word(&value))) {
		struct policy_model *m = &p->models[p->models_n];

		if (p->models_n++ == POLICY_MODELS_MAX)
			return "too many models";
		m->product = product_by_name(word);
		if (!m->product && aaguid_parse(word, strlen(word),
					   m->aaguid) < 0)
			return "AAGUIDs, or " PRODUCT_NAMES;
	}
	return NULL;
}

static const char *read_minimum(const char *value, uint32_t *ret)
{
	if (product_firmware_parse(value, strlen(value), ret) < 0)
		return "a version like 5.7.0";
	return NULL;
}

static const char *read_version(struct policy *p, size_t field, char *value)
{
	return read_minimum(value, (uint32_t *)((char *)p + field));
}

static const char *read_yes(struct policy *p, size_t field, char *value)
{
	bool *ret = (bool *)((char *)p + field);

	if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return "yes or no";
	*ret = value[0] == 'y';
	return NULL;
}

static const char *read_certification(struct policy *p, size_t field,
	char *value)
{
	(void)field;
	return policy_level_of(value, &p->certification) ? NULL :
		"fido-certified, L1, L1+, L2, L2+, L3 or L3+";
}

static const char *read_pin_length(struct policy *p, size_t field, char *value)
{
	(void)field;
	if (text_parse_u64(value, PIN_LENGTH_MAX, &p->pin_length) < 0 ||
		p->pin_length < 4)
		return "a number from 4 to 63";
	return NULL;
}

static const char *read_methods(struct policy *p, size_t field, char *value)
{
	const char *word, *name;

	(void)field;
	while ((word = next_word(&value))) {
		unsigned bit = policy_method_bit(word, &name);

		if (!bit)
			return "fido, totp, hardware-totp, virtual";
		if (p->methods & bit)
			return "a method is named twice";
		p->methods |= bit;
	}
	return NULL;
}

static const char *read_default_method(struct policy *p, size_t field,
	char *value)
{
	(void)field;
	return policy_method_bit(value, &p->default_method) ? NULL :
		"fido, totp, hardware-totp or virtual";
}

/* ---- lines ---- */

#define FIELD(name) offsetof(struct policy, name)

static const struct {
	const char *name;
	const char *fallback;
	const char *(*read)(struct policy *p, size_t field, char *value);
	size_t field;
} keys[POLICY_KEY_COUNT] = {
	[POLICY_VERDICTS] = { "verdicts", "genuine genuine-but-vulnerable",
		read_verdicts, FIELD(verdicts) },
	[POLICY_MODELS] = { "models", "any", read_models, FIELD(models) },
	[POLICY_FIRMWARE] = { "firmware", "any", read_version,
		FIELD(firmware) },
	[POLICY_FIRMWARE_SIGNED] = { "firmware_signed", "no", read_yes,
		FIELD(firmware_signed) },
	[POLICY_CERTIFICATION] = { "certification", "any",
		read_certification, FIELD(certification) },
	[POLICY_PIN] = { "pin", "no", read_yes, FIELD(pin) },
	[POLICY_PIN_LENGTH] = { "pin_length", "any", read_pin_length,
		FIELD(pin_length) },
	[POLICY_ALWAYS_UV] = { "always_uv", "no", read_yes,
		FIELD(always_uv) },
	[POLICY_HARDWARE_BOUND] = { "hardware_bound", "no", read_yes,
		FIELD(hardware_bound) },
	[POLICY_METHODS] = { "methods", "any", read_methods, FIELD(methods) },
	[POLICY_DEFAULT_METHOD] = { "default_method", "none",
		read_default_method, FIELD(default_method) },
};

const char *policy_key_name(size_t key)
{
	return key < POLICY_KEY_COUNT ? keys[key].name : NULL;
}

const char *policy_key_default(enum policy_key key)
{
	return keys[key].fallback;
}

static int policy_key_of(const char *name)
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
		return "firmware. and a product: " PRODUCT_NAMES;
	for (i = 0; i < p->firmwares_n; i++)
		if (strcmp(p->firmwares[i].product, product) == 0)
			return "it is there twice";
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
	int key = policy_key_of(name);

	if (strncmp(name, prefix, sizeof(prefix) - 1) == 0)
		return add_firmware(p, name + sizeof(prefix) - 1, value, line);
	if (key < 0)
		return "unknown key";
	if (p->line[key])
		return "it is there twice";
	p->line[key] = line;
	p->value[key] = steal(kept);
	return keys[key].read(p, keys[key].field, value);
}

static int policy_take_key(struct policy *p, const struct keyvalue *kv,
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
		(policy_method_bit(p->default_method, &same) & p->methods))
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
		r = policy_take_key(&policy, &kv, name, err);
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
