/* SPDX-License-Identifier: Apache-2.0 */
/* Form encoding. */
#include "aws/text/form.h"

#include <string.h>

static void put_encoded(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-_.~";
	static const char digits[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char code[3] = { '%', digits[c >> 4], digits[c & 15] };

		if (strchr(plain, *s))
			buf_put_byte(b, c);
		else
			buf_put(b, code, sizeof(code));
	}
}

void form_put(struct buf *b, const char *name, const char *value)
{
	if (b->n > 0)
		buf_put_byte(b, '&');
	put_encoded(b, name);
	buf_put_byte(b, '=');
	put_encoded(b, value);
}
