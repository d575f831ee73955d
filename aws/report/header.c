/* SPDX-License-Identifier: Apache-2.0 */
/* Headers are rare: what tells rows from them is what has to be quick. */
#include "aws/report/header.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define REQUIRED 4 /* the first so many columns */
#define ROW_OF_ROOT "<root_account>"

static const char *const column_names[REPORT_COLUMNS] = {
	[REPORT_USER] = "user",
	[REPORT_ARN] = "arn",
	[REPORT_PASSWORD_ENABLED] = "password_enabled",
	[REPORT_MFA_ACTIVE] = "mfa_active",
	[REPORT_USER_CREATION_TIME] = "user_creation_time",
	[REPORT_PASSWORD_LAST_USED] = "password_last_used",
	[REPORT_PASSWORD_LAST_CHANGED] = "password_last_changed",
	[REPORT_PASSWORD_NEXT_ROTATION] = "password_next_rotation",
	[REPORT_ACCESS_KEY_1_ACTIVE] = "access_key_1_active",
	[REPORT_ACCESS_KEY_1_LAST_ROTATED] = "access_key_1_last_rotated",
	[REPORT_ACCESS_KEY_1_LAST_USED_DATE] = "access_key_1_last_used_date",
	[REPORT_ACCESS_KEY_1_LAST_USED_REGION] =
		"access_key_1_last_used_region",
	[REPORT_ACCESS_KEY_1_LAST_USED_SERVICE] =
		"access_key_1_last_used_service",
	[REPORT_ACCESS_KEY_2_ACTIVE] = "access_key_2_active",
	[REPORT_ACCESS_KEY_2_LAST_ROTATED] = "access_key_2_last_rotated",
	[REPORT_ACCESS_KEY_2_LAST_USED_DATE] = "access_key_2_last_used_date",
	[REPORT_ACCESS_KEY_2_LAST_USED_REGION] =
		"access_key_2_last_used_region",
	[REPORT_ACCESS_KEY_2_LAST_USED_SERVICE] =
		"access_key_2_last_used_service",
	[REPORT_CERT_1_ACTIVE] = "cert_1_active",
	[REPORT_CERT_1_LAST_ROTATED] = "cert_1_last_rotated",
	[REPORT_CERT_2_ACTIVE] = "cert_2_active",
	[REPORT_CERT_2_LAST_ROTATED] = "cert_2_last_rotated",
	[REPORT_ADDITIONAL_CREDENTIALS_INFO] = "additional_credentials_info",
};

const char *report_column_name(enum report_column column)
{
	return column < REPORT_COLUMNS ? column_names[column] : "";
}

/* Upper and lower case are the same: spreadsheets and people change them. */
static int column_of(struct report_field f)
{
	int i;

	for (i = 0; i < REPORT_COLUMNS; i++)
		if (f.n == strlen(column_names[i]) &&
			strncasecmp(f.p, column_names[i], f.n) == 0)
			return i;
	return -1;
}

/* Whether a field's length and first letter could be those of a column. */
static bool may_be_column(struct report_field f)
{
	static const uint32_t lengths = 1u << 3 | 1u << 4 | 1u << 10 |
		1u << 13 | 1u << 16 | 1u << 18 | 1u << 19 | 1u << 21 |
		1u << 22 | 1u << 25 | 1u << 27 | 1u << 29 | 1u << 30;
	static const uint32_t letters = 1u << ('a' & 31) | 1u << ('c' & 31) |
		1u << ('m' & 31) | 1u << ('p' & 31) | 1u << ('u' & 31);

	return f.n < 32 && (lengths >> f.n & 1) &&
		(letters >> (f.p[0] & 31) & 1);
}

bool header_has_name(struct report_field f)
{
	return may_be_column(f) && column_of(f) >= 0;
}

/* Bits of the required columns that it names. */
static unsigned required_of(const struct record *c)
{
	unsigned seen = 0;
	size_t i;
	int column;

	for (i = 0; i < c->count; i++) {
		column = column_of(c->field[i]);
		if (column >= 0 && column < REQUIRED)
			seen |= 1u << column;
	}
	return seen;
}

bool header_is(const struct record *c)
{
	return required_of(c) == (1u << REQUIRED) - 1;
}

/* A row, also one of a user named "user" to which the next header is glued, so
 * that all its names are somewhere in the record. */
static bool has_arn(const struct header *h, const struct record *c)
{
	size_t i;

	for (i = 0; i < h->place_count; i++)
		if (h->places[i].column == REPORT_ARN)
			break;
	return i < h->place_count && h->places[i].index < c->count &&
		c->field[h->places[i].index].n > 4 &&
		memcmp(c->field[h->places[i].index].p, "arn:", 4) == 0;
}

bool header_may_be(const struct header *h, const struct record *c)
{
	size_t i;

	if (header_has_name(c->field[0]))
		return !has_arn(h, c);
	for (i = 0; i < h->place_count; i++) {
		const struct header_place *at = &h->places[i];

		if ((at->column != REPORT_USER &&
			    at->column != REPORT_MFA_ACTIVE) ||
			at->index >= c->count)
			continue;
		if (header_has_name(c->field[at->index]))
			return !has_arn(h, c);
	}
	return false;
}

const char *header_strange(const unsigned char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r\n", *p) && *p)
		p++, n--;
	if ((n >= 2 && (memcmp(p, "\xff\xfe", 2) == 0 ||
			       memcmp(p, "\xfe\xff", 2) == 0 || !p[1])) ||
		(n >= 1 && !p[0]))
		return "this is not UTF-8 but UTF-16 or binary: save it as "
		       "UTF-8";
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b)
		return "this is packed by gzip: zcat FILE | tokenbridge audit "
		       "--report -";
	if (n >= 4 && memcmp(p, "PK\3\4", 4) == 0)
		return "this is a ZIP archive or a workbook: unpack it, or "
		       "save it as CSV";
	if (n >= 2 && *p == '<' && strncmp((const char *)p, ROW_OF_ROOT,
				n < strlen(ROW_OF_ROOT) ? n :
				strlen(ROW_OF_ROOT)) != 0)
		return "this is HTML or XML, not a credential report";
	if (n >= 1 && (*p == '{' || *p == '['))
		return "this is other JSON than 'aws iam get-credential-report' "
		       "prints";
	return NULL;
}

void header_layout(const struct header *h, struct report_layout *ret)
{
	unsigned char *const at[REQUIRED] = {
		[REPORT_USER] = &ret->user,
		[REPORT_ARN] = &ret->arn,
		[REPORT_PASSWORD_ENABLED] = &ret->password,
		[REPORT_MFA_ACTIVE] = &ret->mfa,
	};
	const struct header_place *place;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	ret->columns = (unsigned char)h->columns;
	for (i = 0; i < h->place_count; i++) {
		place = &h->places[i];
		if (place->column >= REQUIRED)
			continue;
		*at[place->column] = place->index;
		if (place->index >= ret->wanted)
			ret->wanted = place->index + 1;
	}
}

static void no_header(const struct record *c, char why[HEADER_WHY])
{
	const char *strange = header_strange(c->p, c->n);
	unsigned seen = required_of(c);
	size_t i;

	if (strange || seen == 0) {
		snprintf(why, HEADER_WHY, "%s", strange ? strange :
			"no header of a credential report (user,arn,...)");
		return;
	}
	for (i = 0; i < REQUIRED; i++)
		if (!(seen >> i & 1))
			break;
	snprintf(why, HEADER_WHY, "the header has no column '%s', without "
		"which nothing can be said", column_names[i]);
}

/* The first field that occurs before; NULL: none. */
static const struct report_field *column_twice(const struct record *c)
{
	size_t i, k;

	for (i = 0; i < c->count; i++)
		for (k = 0; k < i; k++)
			if (c->field[i].n == c->field[k].n &&
				c->field[i].n > 0 &&
				strncasecmp(c->field[i].p, c->field[k].p,
					c->field[i].n) == 0)
				return &c->field[i];
	return NULL;
}

static bool header_is_good(const struct record *c, char why[HEADER_WHY])
{
	const struct report_field *twice;

	if (c->problem || c->count > REPORT_FIELDS_MAX) {
		snprintf(why, HEADER_WHY, "%s", c->problem ? c->problem :
			"the header has too many columns");
		return false;
	}
	twice = column_twice(c);
	if (twice)
		snprintf(why, HEADER_WHY, "the header has the column '%.*s' "
			"twice", twice->n > 80 ? 80 : (int)twice->n, twice->p);
	return !twice;
}

bool header_read(struct header *ret, const struct record *c,
	char why[HEADER_WHY])
{
	size_t i;
	int column;

	if (!header_is(c)) {
		no_header(c, why);
		return false;
	}
	if (!header_is_good(c, why))
		return false;
	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < c->count; i++) {
		column = column_of(c->field[i]);
		if (column < 0)
			continue;
		ret->places[ret->place_count].column = (unsigned char)column;
		ret->places[ret->place_count].index = (unsigned char)i;
		ret->place_count++;
	}
	ret->columns = c->count;
	return true;
}

size_t header_glued(const struct record *c)
{
	const unsigned char *p = c->p;
	size_t end = c->last_end, n, i, at;
	bool quoted = end > c->last_at && p[end - 1] == '"';

	end -= quoted ? 1 : 0;
	for (i = 0; i < REPORT_COLUMNS; i++) {
		n = strlen(column_names[i]) + (quoted ? 1 : 0);
		if (end < c->last_at + n)
			continue;
		at = end - n;
		if (quoted && p[at] != '"')
			continue;
		if (strncasecmp((const char *)p + end -
				    strlen(column_names[i]), column_names[i],
			    strlen(column_names[i])) != 0)
			continue;
		if (at >= c->last_at + 3 && memcmp(p + at - 3, RECORD_BOM, 3) == 0)
			at -= 3;
		return at;
	}
	return 0;
}
