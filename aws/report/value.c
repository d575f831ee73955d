/* SPDX-License-Identifier: Apache-2.0 */
/* What the fields of a credential report hold. */
#include "aws/report/report.h"

#include "base/text.h"

#include <string.h>

static const struct {
	const char *text;
	enum report_value value;
} words[] = {
	{ "true", REPORT_TRUE },
	{ "false", REPORT_FALSE },
	{ "N/A", REPORT_NA },
	{ "no_information", REPORT_NO_INFORMATION },
	{ "not_supported", REPORT_NOT_SUPPORTED },
};

static bool value_is_word(struct report_field f, const char *word)
{
	return f.n == strlen(word) && strncasecmp(f.p, word, f.n) == 0;
}

enum report_value report_time(struct report_field field, time_t *ret)
{
	size_t i;

	if (!field.p)
		return REPORT_UNKNOWN;
	for (i = 0; i < ARRAY_LEN(words); i++)
		if (value_is_word(field, words[i].text))
			return words[i].value;
	if (text_parse_time(field.p, field.n, ret) == 0)
		return REPORT_DATE;
	return REPORT_OTHER;
}

/* Four letters, upper and lower case the same: no other byte has their bits. */
static uint32_t four_letters(const char *p)
{
	uint32_t w;

	memcpy(&w, p, sizeof(w));
	return w | 0x20202020u;
}

enum report_value report_value(struct report_field field)
{
	time_t ignored;

	/* nearly all that are asked for */
	if (field.n == 4 && four_letters(field.p) == four_letters("true"))
		return REPORT_TRUE;
	if (field.n == 5 && four_letters(field.p) == four_letters("fals") &&
		(field.p[4] | 0x20) == 'e')
		return REPORT_FALSE;
	return report_time(field, &ignored);
}

bool report_row_is_root(const struct report_row *row)
{
	return value_is_word(row->field[REPORT_USER], "<root_account>");
}
