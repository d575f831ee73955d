/* SPDX-License-Identifier: Apache-2.0 */
/* Access to the members of an event. */
#include "bridge/event/member.h"

#include "base/encode.h"

#include <string.h>

const char *event_str(const json_t *body, const char *name)
{
	return json_string_value(json_object_get(body, name));
}

int64_t event_int(const json_t *body, const char *name, int64_t otherwise)
{
	const json_t *v = json_object_get(body, name);

	return json_is_integer(v) ? json_integer_value(v) : otherwise;
}

bool event_bool(const json_t *body, const char *name)
{
	return json_is_true(json_object_get(body, name));
}

void event_bytes(const json_t *body, const char *name, struct buf *b)
{
	unsigned char out[EVENT_BYTES_MAX];
	const char *s = event_str(body, name);
	ssize_t n;

	buf_reset(b);
	if (!s)
		return;
	n = base64_decode(BASE64_URL, s, strlen(s), out, sizeof(out));
	if (n > 0)
		buf_put(b, out, (size_t)n);
}

json_t *event_bytes_new(const void *p, size_t n)
{
	CLEANUP(buf_done) struct buf b;

	buf_init(&b, EVENT_BYTES_MAX * 2);
	base64_encode(&b, BASE64_URL, p, n);
	return buf_failed(&b) ? NULL : json_string(buf_str(&b));
}
