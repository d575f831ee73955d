/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit's outputs share. */
#include "bridge/audit/output/output.h"

#include "base/encode.h"
#include "bridge/hash/chain.h"
#include "bridge/terminal/ui.h"

#include <stdio.h>
#include <string.h>

bool audit_output_is_lost(const struct audit_printer *p)
{
	return ferror(p->to) != 0;
}

bool audit_output_wants_all(const struct audit_printer *p,
	const struct audit *a, enum audit_status status,
	enum audit_severity severity)
{
	(void)p;
	(void)a;
	(void)status;
	(void)severity;
	return true;
}

bool audit_output_wants_shown(const struct audit_printer *p,
	const struct audit *a, enum audit_status status,
	enum audit_severity severity)
{
	(void)p;
	return audit_shows(a, status, severity);
}

uint64_t audit_output_count(const struct audit *a, unsigned statuses)
{
	uint64_t n = 0;
	size_t i;

	if (a->view.statuses)
		statuses &= a->view.statuses;
	for (i = 0; i < AUDIT_STATUSES; i++)
		if (statuses & 1u << i)
			n += audit_found_from(a, (enum audit_status)i,
				a->view.least);
	return n;
}

/* ---- what was not read ---- */

size_t audit_output_gaps(const struct audit *a,
	struct audit_gap ret[AUDIT_GAPS_MAX])
{
	size_t n = 0;

	if (a->not_read && a->accounts_n > 0)
		ret[n++] = (struct audit_gap){ "accounts", "" };
	else if (a->not_read)
		ret[n++] = (struct audit_gap){ "credential report",
			a->report.why_not[0] ? a->report.why_not :
			"rows of it cannot be read" };
	if (a->registry.used && a->registry.why_not[0])
		ret[n++] = (struct audit_gap){ "registry",
			a->registry.why_not };
	return n;
}

bool audit_output_is_complete(const struct audit *a,
	const struct error *failure)
{
	struct audit_gap gaps[AUDIT_GAPS_MAX];

	return !failure && audit_output_gaps(a, gaps) == 0;
}

/* ---- names of findings ---- */

void audit_output_fingerprint(const char *account, enum audit_check check,
	const char *subject, const char *device, char ret[AUDIT_PRINT_LEN])
{
	const char *const parts[] = { account, audit_check_rows[check].name,
		subject, device ? device : "" };
	unsigned char digest[SHA256_LEN];
	CLEANUP(buf_done) struct buf b;
	struct error e;
	size_t i;

	buf_init(&b, 1 << 16);
	for (i = 0; i < ARRAY_LEN(parts); i++)
		buf_put(&b, parts[i], strlen(parts[i]) + 1);
	ret[0] = '\0';
	if (buf_failed(&b) || chain_digest(b.p, b.n, digest, &e) < 0)
		ui_fail();
	else
		hex_encode(digest, sizeof(digest), ret);
}

/* What RFC 3986 leaves as it is in a path. */
static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

static void put_part(char *ret, const char *part)
{
	size_t n = strlen(ret);

	for (; *part && n + 4 < AUDIT_PATH_LEN; part++)
		n += (size_t)snprintf(ret + n, AUDIT_PATH_LEN - n,
			is_unreserved(*part) ? "%c" : "%%%02X",
			(unsigned char)*part);
}

void audit_output_path(const char *account, const char *subject,
	char ret[AUDIT_PATH_LEN])
{
	bool root = strcmp(subject, AUDIT_ROOT_SUBJECT) == 0;

	strcpy(ret, "aws/");
	put_part(ret, account[0] ? account : "unknown");
	strcat(ret, root ? "/iam/root" : "/iam/user/");
	if (!root)
		put_part(ret, subject);
}
