/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON. */
#include "bridge/run/json.h"

#include "base/text.h"

json_t *json_of_text(const char *s)
{
	return s && *s ? json_string(s) : json_null();
}

json_t *json_of_time(time_t t)
{
	char text[TEXT_TIME_LEN];

	if (t == 0)
		return json_null();
	text_format_time(t, text);
	return json_string(text);
}
