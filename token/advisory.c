/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware advisories. */
#include "token/advisory.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS 8
#define ROWS_MAX 1024

static int parse_version(const char *p, size_t n, uint8_t ret[3])
{
	uint64_t v;
	size_t i, k;

	for (i = 0; i < 3; i++) {
		for (k = 0; k < n && p[k] != '.'; k++)
			;
		if (text_parse_u64_n(p, k, 255, &v) < 0 || (i < 2 && k == n))
			return -1;
		ret[i] = (uint8_t)v;
		k += i < 2;
		p += k;
		n -= k;
	}
	return n == 0 ? 0 : -1;
}

struct column {
	const char *p;
	size_t n;
};

static int split(const char *p, size_t n, struct column c[COLUMNS])
{
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		const char *tab = memchr(p, '\t', n);

		c[i].p = p;
		c[i].n = tab ? (size_t)(tab - p) : n;
		if (c[i].n == 0 || !tab != (i == COLUMNS - 1))
			return -1;
		if (tab) {
			n -= c[i].n + 1;
			p = tab + 1;
		}
	}
	return 0;
}

static int copy(char *ret, size_t size, const struct column *c)
{
	if (c->n >= size || !text_is_clean(c->p, c->n))
		return -1;
	memcpy(ret, c->p, c->n);
	ret[c->n] = '\0';
	return 0;
}

static bool is_severity(const char *s)
{
	static const char *const names[] = { "low", "medium", "high",
		"critical" };
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return false;
}

static int parse_row(const char *p, size_t n, struct advisory *a)
{
	struct column c[COLUMNS];

	memset(a, 0, sizeof(*a));
	if (split(p, n, c) < 0 || copy(a->id, sizeof(a->id), &c[0]) < 0 ||
		copy(a->alias, sizeof(a->alias), &c[1]) < 0 ||
		copy(a->product, sizeof(a->product), &c[2]) < 0 ||
		parse_version(c[3].p, c[3].n, a->from) < 0 ||
		parse_version(c[4].p, c[4].n, a->before) < 0 ||
		copy(a->affects, sizeof(a->affects), &c[5]) < 0 ||
		copy(a->severity, sizeof(a->severity), &c[6]) < 0 ||
		copy(a->link, sizeof(a->link), &c[7]) < 0)
		return -1;
	return is_severity(a->severity) &&
			memcmp(a->from, a->before, 3) < 0 ? 0 : -1;
}

static bool in_order(const struct advisory *a, const struct advisory *b)
{
	int d = strcmp(a->id, b->id);

	return d < 0 || (d == 0 && strcmp(a->product, b->product) < 0);
}

static void parse_comment(const char *p, size_t n, char date[11])
{
	static const char mark[] = "# date\t";

	if (n == sizeof(mark) - 1 + 10 &&
		memcmp(p, mark, sizeof(mark) - 1) == 0) {
		memcpy(date, p + sizeof(mark) - 1, 10);
		date[10] = '\0';
	}
}

int advisory_parse(const char *p, size_t n, struct advisory **ret,
	size_t *ret_n, char ret_date[11], struct error *err)
{
	CLEANUP(free_p) struct advisory *rows = NULL;
	char date[11] = "";
	size_t used = 0, line, len;

	rows = calloc(ROWS_MAX, sizeof(*rows));
	if (!rows)
		return error_memory(err);
	for (line = 1; n > 0; line++) {
		const char *end = memchr(p, '\n', n);

		len = end ? (size_t)(end - p) : n;
		if (len && p[0] == '#')
			parse_comment(p, len, date);
		else if (used == ROWS_MAX || parse_row(p, len, &rows[used]) < 0)
			return error_set(err, ERROR_MALFORMED,
				"table of advisories, line %zu: not eight "
				"columns of the right form", line);
		else if (used && !in_order(&rows[used - 1], &rows[used]))
			return error_set(err, ERROR_MALFORMED,
				"table of advisories, line %zu: out of order",
				line);
		else
			used++;
		len += end != NULL;
		p += len;
		n -= len;
	}
	memcpy(ret_date, date, sizeof(date));
	*ret_n = used;
	*ret = steal(&rows);
	return 0;
}

void advisory_date(char ret[11])
{
	CLEANUP(free_p) struct advisory *rows = NULL;
	const char *table;
	size_t n, table_n;

	ret[0] = '\0';
	table = advisory_builtin(&table_n);
	(void)advisory_parse(table, table_n, &rows, &n, ret, NULL);
}

/* Last arc of the device id under 1.3.6.1.4.1.41482.1; 0 if none. */
static int device_arc(const struct leaf *leaf)
{
	static const char prefix[] = "1.3.6.1.4.1.41482.1.";
	uint64_t v;

	if (!leaf || strncmp(leaf->device_id, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	if (text_parse_u64(leaf->device_id + sizeof(prefix) - 1, 99, &v) < 0)
		return 0;
	return (int)v;
}

/* The same arc from what the token says of itself. */
static int claimed_arc(const struct devinfo *info, uint16_t vendor)
{
	if (vendor != 0x1050 || !info->present || !info->has_version)
		return 0;
	if (info->form_factor == 6 || info->form_factor == 7)
		return 9;
	if (info->security_key || !info->has_serial)
		return 1;
	return info->version[0] >= 5 ? 7 : info->version[0] == 4 ? 5 : 0;
}

static const char *product_of(int arc, bool fips, const uint8_t *fw)
{
	switch (arc) {
	case 1:
		return "security-key";
	case 5:
		return fw && fw[0] == 4 && fw[1] == 4 ? "yubikey-4-fips" : NULL;
	case 7:
		return fips ? "yubikey-5-fips" : "yubikey-5";
	case 9:
		return "yubikey-bio";
	default:
		return NULL;
	}
}

struct advisory_subject advisory_subject(const struct leaf *leaf,
	const struct devinfo *info, uint16_t vendor,
	const uint8_t hid_version[3])
{
	struct advisory_subject s = { 0 };
	int arc = device_arc(leaf);

	if (leaf && leaf->has_firmware) {
		memcpy(s.firmware, leaf->firmware, 3);
		s.has_firmware = s.firmware_signed = true;
	} else if (info->has_version) {
		memcpy(s.firmware, info->version, 3);
		s.has_firmware = true;
	} else if (vendor == 0x1050 && hid_version) {
		memcpy(s.firmware, hid_version, 3);
		s.has_firmware = true;
	}
	s.product_signed = arc != 0;
	if (arc == 0)
		arc = claimed_arc(info, vendor);
	s.product = product_of(arc, (leaf && leaf->fips) || info->fips,
		s.has_firmware ? s.firmware : NULL);
	return s;
}

bool advisory_applies(const struct advisory *a,
	const struct advisory_subject *s)
{
	return s->product && s->has_firmware &&
		strcmp(s->product, a->product) == 0 &&
		memcmp(s->firmware, a->from, 3) >= 0 &&
		memcmp(s->firmware, a->before, 3) < 0;
}

static void add_hit(const struct advisory *a, const struct advisory_subject *s,
	struct steps *steps)
{
	steps_add(steps, "firmware", STEP_WARN, VERDICT_VULNERABLE,
		"%s (%s, %s): %s; fixed in %u.%u.%u, this is %s with %s "
		"firmware %u.%u.%u; %s", a->id, a->alias, a->severity,
		a->affects, a->before[0], a->before[1], a->before[2],
		s->product, s->firmware_signed ? "signed" : "self-reported",
		s->firmware[0], s->firmware[1], s->firmware[2], a->link);
}

void advisory_check(const struct advisory_subject *s, struct steps *steps)
{
	CLEANUP(free_p) struct advisory *rows = NULL;
	char date[11];
	const char *table;
	size_t n, i, hits = 0, table_n;
	struct error e;

	table = advisory_builtin(&table_n);
	if (advisory_parse(table, table_n, &rows, &n, date, &e) < 0) {
		steps_add(steps, "firmware", STEP_UNKNOWN, VERDICT_UNDECIDED,
			"%s", e.text);
		return;
	}
	for (i = 0; i < n; i++)
		if (advisory_applies(&rows[i], s)) {
			add_hit(&rows[i], s, steps);
			hits++;
		}
	if (hits)
		return;
	if (!s->has_firmware)
		steps_add(steps, "firmware", STEP_UNKNOWN, VERDICT_GENUINE,
			"the token does not tell its firmware; table of %s",
			date);
	else if (!s->product)
		steps_add(steps, "firmware", STEP_UNKNOWN, VERDICT_GENUINE,
			"%s firmware %u.%u.%u of a product that the table of "
			"%s does not know",
			s->firmware_signed ? "signed" : "self-reported",
			s->firmware[0], s->firmware[1], s->firmware[2], date);
	else
		steps_add(steps, "firmware", STEP_PASS, VERDICT_GENUINE,
			"no advisory for %s with %s firmware %u.%u.%u; table "
			"of %s", s->product,
			s->firmware_signed ? "signed" : "self-reported",
			s->firmware[0], s->firmware[1], s->firmware[2], date);
}
