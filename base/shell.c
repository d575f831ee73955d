/* SPDX-License-Identifier: Apache-2.0 */
/* Words for a shell. */
#include "base/shell.h"

#include <string.h>

#define LINE_MAX_BYTES 65536

static const char plain[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	"abcdefghijklmnopqrstuvwxyz_@%+=:,./-";

void shell_put(struct buf *b, const char *word)
{
	if (word[0] && word[strspn(word, plain)] == '\0') {
		buf_put_str(b, word);
		return;
	}
	buf_put_byte(b, '\'');
	for (; *word; word++)
		if (*word == '\'') /* ends, an escaped one, begins again */
			buf_put_str(b, "'\\''");
		else
			buf_put_byte(b, (unsigned char)*word);
	buf_put_byte(b, '\'');
}

char *shell_line(const char *const *words)
{
	CLEANUP(buf_done) struct buf b;
	size_t i;

	buf_init(&b, LINE_MAX_BYTES);
	for (i = 0; words[i]; i++) {
		if (i > 0)
			buf_put_byte(&b, ' ');
		shell_put(&b, words[i]);
	}
	return buf_failed(&b) ? NULL : buf_steal(&b);
}
