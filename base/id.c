/* SPDX-License-Identifier: Apache-2.0 */
/* Ids. */
#include "base/id.h"

#include "base/encode.h"
#include "base/random.h"

#include <string.h>

int id_new(char ret[ID_LEN], struct error *err)
{
	unsigned char id[(ID_LEN - 1) / 2];
	int r = random_bytes(id, sizeof(id), err);

	if (r == 0)
		hex_encode(id, sizeof(id), ret);
	return r;
}

bool id_is_valid(const char *s)
{
	return strlen(s) == ID_LEN - 1 &&
		strspn(s, "0123456789abcdef") == ID_LEN - 1;
}
