/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a program, a container's service or a machine's says that keys are, and
 * the lines and addresses by which it was found: keys that come through have
 * the form of keys, words fit their room, and what is addressed is a host.
 */
#include "aws/config/way.h"
#include "aws/keys/answer.h"
#include "aws/text/url.h"
#include "aws/text/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void read_answer(enum answer_form form, const uint8_t *p, size_t n)
{
	struct aws_credentials c = { .expires = 0 };

	if (answer_parse(form, p, n, "somebody", &c, NULL) == 0 &&
		(strlen(c.key_id) < 16 || c.key.n == 0 || !c.renewable ||
			(form == ANSWER_SERVICE && c.expires == 0)))
		abort();
	credentials_done(&c);
}

static void read_words(const char *s)
{
	char *room = malloc(strlen(s) + 1);
	const char *word = room;
	size_t count = 0, i;

	if (!room)
		abort();
	/* the sanitizer sees a word that does not fit */
	if (words_split(s, room, &count))
		for (i = 0; i < count; i++)
			word = words_next(word);
	if (word > room + strlen(s) + 1)
		abort();
	free(room);
}

static void read_way(const char *s)
{
	struct aws_way w = { .ca_bundle = NULL };
	const char *second = s + strlen(s) + 1;
	char shown[WAY_PROXY_MAX];
	struct url u;

	if (url_parse(s, &u) && (u.host_n == 0 || u.host < s ||
		u.path > s + strlen(s)))
		abort();
	if (way_set_proxy(&w, s, "somebody", NULL) == 0) {
		strncpy(w.bypass, second, sizeof(w.bypass) - 1);
		way_show_proxy(&w, shown);
		if (strlen(shown) > strlen(s))
			abort();
		(void)way_is_by_proxy(&w, "https://iam.amazonaws.com/");
	}
	way_done(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text;

	if (n == 0)
		return 0;
	/* two strings, the second one empty where there is no NUL */
	text = calloc(1, n + 2);
	if (!text)
		abort();
	memcpy(text, p + 1, n - 1);
	if (p[0] == 'p')
		read_answer(ANSWER_PROCESS, p + 1, n - 1);
	else if (p[0] == 's')
		read_answer(ANSWER_SERVICE, p + 1, n - 1);
	else if (p[0] == 'w')
		read_words(text);
	else
		read_way(text);
	free(text);
	return 0;
}
