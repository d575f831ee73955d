/* SPDX-License-Identifier: Apache-2.0 */
/* The CA bundle's bytes. */
#include "aws/caller/settings.h"

#include "base/file.h"

int settings_read_ca(struct aws_settings *s, struct error *err)
{
	const char *path = s->config.way.ca_bundle;
	struct error why;

	buf_reset(&s->ca_pem);
	if (!path)
		return 0;
	if (file_read(path, FILE_ANY, &s->ca_pem, NULL, &why) < 0)
		return error_set(err, ERROR_USAGE,
			"the CA bundle '%.200s' cannot be read: %.200s", path,
			why.text);
	if (s->ca_pem.n > 0)
		return 0;
	return error_set(err, ERROR_USAGE,
		"the CA bundle '%.200s' is empty", path);
}
