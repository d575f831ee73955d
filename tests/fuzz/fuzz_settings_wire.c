/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An answer of tokenbridge-settings that may be anything, and a request that
 * may be: what comes through has the form that a person's settings must have.
 */
#include "aws/caller/wire.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void read_answer(const struct buf *b)
{
	struct aws_settings s = { .has_owner = true };
	enum aws_service i;
	size_t ca = 0;

	if (settings_get_answer(b, &s, &ca, NULL) == 0) {
		if (ca > CA_PEM_MAX || !region_is_well_formed(s.config.region) ||
			text_check(s.config.profile.name, "profile", NULL) < 0)
			abort();
		for (i = 0; i < AWS_SERVICES; i++)
			if (strncmp(s.config.endpoints[i].url, "https://", 8) !=
					0 &&
				!s.config.endpoints[i].plain)
				abort();
	}
	settings_done(&s);
}

static void read_request(const struct buf *b)
{
	struct settings_request q;
	size_t i;

	if (settings_get_request(b, &q, NULL) == 0)
		for (i = 0; settings_variables[i]; i++)
			if (q.values[i] &&
				strlen(q.values[i]) >= SETTINGS_VALUE_MAX)
				abort();
	settings_request_done(&q);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct buf b;

	if (n == 0 || n > WIRE_MAX)
		return 0;
	buf_init(&b, WIRE_MAX);
	buf_put(&b, p + 1, n - 1);
	if (p[0] & 1)
		read_answer(&b);
	else
		read_request(&b);
	buf_done(&b);
	return 0;
}
