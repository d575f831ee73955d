/* SPDX-License-Identifier: Apache-2.0 */
/* What keys of pam_u2f were made for. */
#include "bridge/local/u2f-origin.h"

#include "base/text.h"

#include <string.h>
#include <unistd.h>

/* It stands in what a key signs, and in no need of being escaped there. */
static int check_origin(const char *s, struct error *err)
{
	size_t i, n = strlen(s);

	for (i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\')
			break;
	if (i == n && n > 0 && n <= TEXT_MAX)
		return 0;
	return error_set(err, ERROR_USAGE,
		"'%.64s' is no origin of pam_u2f's: 1 to %d characters of "
		"ASCII, no blank, quote or backslash", s, TEXT_MAX);
}

static char *default_origin(void)
{
	char host[256] = "";

	if (gethostname(host, sizeof(host) - 1) < 0 || !host[0])
		return NULL;
	return text_format("pam://%s", host);
}

int u2f_origin_find(const struct mapping_request *q, struct mapped_list *ret,
	struct error *err)
{
	int r;

	ret->origin = q->origin ? strdup(q->origin) : default_origin();
	if (ret->origin)
		ret->appid = strdup(q->appid ? q->appid : ret->origin);
	if (!ret->appid)
		return error_set(err, ERROR_FAILED, "this machine's name is "
			"not to be had, which is pam_u2f's origin: say it by "
			"--origin");
	r = check_origin(ret->origin, err);
	return r < 0 ? r : check_origin(ret->appid, err);
}
