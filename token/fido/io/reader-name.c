/* SPDX-License-Identifier: Apache-2.0 */
/* libfido2's names of tokens on readers. */
#include "token/fido/io/reader.h"

#include "base/util.h"

#include <string.h>

static const struct {
	const char *prefix;
	enum node_transport transport;
} transports[] = {
	{ "nfc:", NODE_NFC },
	{ "pcsc:", NODE_SMART_CARD },
};

enum node_transport reader_transport(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(transports); i++)
		if (strncmp(path, transports[i].prefix,
			    strlen(transports[i].prefix)) == 0)
			return transports[i].transport;
	return NODE_USB;
}

bool reader_is_path(const char *path)
{
	return reader_transport(path) != NODE_USB;
}
