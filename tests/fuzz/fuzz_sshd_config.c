/* SPDX-License-Identifier: Apache-2.0 */
/* sshd_config: parsed and judged; what it includes is itself. */
#include "bridge/doctor/sshd.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct input {
	const uint8_t *p;
	size_t n;
	unsigned left; /* of includes */
};

static int include(const char *pattern, struct sshd_config *c, void *arg,
	struct error *err)
{
	struct input *in = arg;

	if (!*pattern || c->in_match || c->depth > 16)
		abort();
	if (in->left == 0)
		return 0;
	in->left--;
	return sshd_config_parse(in->p, in->n, c, include, in, err);
}

static void judge(const struct sshd_config *c)
{
	static const struct path_step steps[] = {
		{ "/usr/tokenbridge-keys", 0, 0100755 },
		{ "/", 0, 040777 },
	};
	const struct sshd_facts facts = {
		.expected = "/usr/tokenbridge-keys",
		.group = "readers",
		.steps = steps,
		.steps_n = 2,
	};
	struct findings f = { 0 };

	sshd_judge(c, &facts, &f);
	if (f.n == 0)
		abort();
	findings_done(&f);
}

static void split(const uint8_t *p, size_t n)
{
	char *value = malloc(n + 1), *words[4];
	size_t i, k;

	if (!value)
		return;
	memcpy(value, p, n);
	value[n] = '\0';
	k = sshd_words(value, words, 4);
	for (i = 0; i < k; i++)
		if (words[i] < value || words[i] + strlen(words[i]) > value + n)
			abort();
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct input in = { p, n, 20 };
	struct sshd_config c = { 0 };

	if (n > SSHD_FILE_MAX)
		return 0;
	if (sshd_config_parse(p, n, &c, include, &in, NULL) == 0)
		judge(&c);
	if (c.in_match || c.depth != 0)
		abort();
	sshd_config_done(&c);
	split(p, n);
	return 0;
}
