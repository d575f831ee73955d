/* SPDX-License-Identifier: Apache-2.0 */
/* sshd_config: parsed and judged; what it includes is itself. */
#include "bridge/doctor/sshd-rules.h"

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

	if (!*pattern || c->depth == 0 || c->depth > 16)
		abort();
	if (in->left == 0)
		return 0;
	in->left--;
	return sshd_config_parse(in->p, in->n, "f", c, include, in, err);
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

static void split(const uint8_t *p, size_t n, bool comments)
{
	struct sshd_words w = { 0 };
	char *value = malloc(n + 1);
	bool whole;
	size_t i;

	if (!value)
		return;
	memcpy(value, p, n);
	value[n] = '\0';
	if (sshd_split(value, comments, &w, &whole, NULL) == 0)
		for (i = 0; i < w.n; i++)
			if (strlen(w.word[i]) > n)
				abort();
	(void)sshd_match_list("sk-ssh-ed25519@openssh.com", value);
	sshd_words_done(&w);
	free(value);
}

static void config_read(const uint8_t *p, size_t n,
	const struct sshd_person *who)
{
	struct input in = { p, n, 20 };
	struct sshd_config c = { 0 };

	sshd_config_begin(&c, SSHD_OUR_COMMAND);
	if (sshd_config_parse(p, n, "f", &c, include, &in, NULL) == 0) {
		sshd_config_match(&c, who);
		in.left = 20;
		if (sshd_config_parse(p, n, "f", &c, include, &in, NULL) == 0 &&
			sshd_config_end(&c, NULL) == 0)
			judge(&c);
	}
	if (c.depth != 0)
		abort();
	sshd_config_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const groups[] = { "staff" };

	if (n > SSHD_FILE_MAX)
		return 0;
	config_read(p, n, &(struct sshd_person){ 0 });
	config_read(p, n, &(struct sshd_person){ "alice", groups, 1 });
	split(p, n, false);
	split(p, n, true);
	return 0;
}
