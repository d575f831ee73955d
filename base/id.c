/* SPDX-License-Identifier: Apache-2.0 */
/* Ids. */
#include "base/id.h"

#include "base/encode.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int id_new(char ret[ID_LEN], struct error *err)
{
	unsigned char id[(ID_LEN - 1) / 2];

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return error_errno(err, ERROR_FAILED, errno,
			"cannot get random bytes");
	hex_encode(id, sizeof(id), ret);
	return 0;
}

bool id_is_valid(const char *s)
{
	return strlen(s) == ID_LEN - 1 &&
		strspn(s, "0123456789abcdef") == ID_LEN - 1;
}
