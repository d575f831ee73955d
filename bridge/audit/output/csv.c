/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit as CSV (RFC 4180: CRLF, every field in quotes), a row a finding.
 * A spreadsheet takes what begins like a formula for one, in quotes or not: such
 * a field, and one that begins with ', has a ' in front, which who reads it back
 * takes off. csv-raw has not.
 */
#include "bridge/audit/output/output.h"

#include "base/text.h"
#include "base/utf8.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char head[] =
	"\"check\",\"status\",\"severity\",\"account\",\"subject\","
	"\"device\",\"observed\",\"source\",\"time\",\"remedy\","
	"\"remedyKind\",\"alsoKnownAs\",\"literal\",\"missingPermission\","
	"\"line\",\"endpoint\",\"mutes\",\"muteReason\",\"muteOwner\","
	"\"muteExpires\",\"change\"\r\n";

/* Those of ASCII, and of full width, which are read as the same. */
static bool looks_like_formula(const char *s)
{
	static const char *const wide[] = { "\uff1d", "\uff0b", "\uff0d",
		"\uff20" };
	size_t i;

	if (*s && strchr("=+-@\t\r\n'", *s))
		return true;
	for (i = 0; i < ARRAY_LEN(wide); i++)
		if (strncmp(s, wide[i], strlen(wide[i])) == 0)
			return true;
	return false;
}

/* Behind another field, or the first one. */
static void put_field(const struct audit_printer *p, bool first,
	const char *text)
{
	char clean[AUDIT_ARN];
	size_t n;

	text = text ? text : "";
	/* only a device's name may be anything */
	if (!utf8_is_clean(text, strlen(text))) {
		snprintf(clean, sizeof(clean), "%s", text);
		utf8_sanitise(clean);
		text = clean;
	}
	fputs(first ? "\"" : ",\"", p->to);
	if (p->how == &audit_csv && looks_like_formula(text))
		fputc('\'', p->to);
	for (; (n = strcspn(text, "\"")), text[n]; text += n + 1) {
		fwrite(text, 1, n + 1, p->to);
		fputc('"', p->to);
	}
	fwrite(text, 1, n, p->to);
	fputc('"', p->to);
}

static void put_when(const struct audit_printer *p, time_t t)
{
	char text[TEXT_TIME_LEN] = "";

	if (t)
		text_format_time(t, text);
	put_field(p, false, text);
}

static void put_aliases(const struct audit_printer *p, enum audit_check check)
{
	char text[256] = "";
	const char *name;
	size_t i, n = 0;

	for (i = 0; n < sizeof(text) && (name = audit_output_alias(check, i));
		i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
			i ? " | " : "", name);
	put_field(p, false, text);
}

static void put_mute(const struct audit_printer *p,
	const struct audit_finding *f)
{
	const struct audit_mute *m = f->mute;

	put_field(p, false, f->status == AUDIT_MUTED ?
		audit_status_names[f->mutes] : "");
	put_field(p, false, m ? m->reason : "");
	put_field(p, false, m ? m->owner : "");
	put_when(p, m ? m->expires : 0);
}

static void csv_begin(struct audit_printer *p, const struct audit *a)
{
	(void)a;
	fputs(head, p->to);
}

static void csv_row(struct audit_printer *p, const struct audit *a,
	const struct audit_finding *f)
{
	char line[24] = "";

	if (f->line)
		snprintf(line, sizeof(line), "%" PRIu64, f->line);
	put_field(p, true, audit_check_rows[f->check].name);
	put_field(p, false, audit_status_names[f->status]);
	put_field(p, false, audit_severity_names[f->severity]);
	put_field(p, false, f->account);
	put_field(p, false, f->subject);
	put_field(p, false, f->device);
	put_field(p, false, f->seen);
	put_field(p, false, f->source);
	put_when(p, f->when);
	put_field(p, false, f->remedy);
	put_field(p, false, audit_remedy_names[f->remedy_kind]);
	put_aliases(p, f->check);
	put_field(p, false, f->literal);
	put_field(p, false, f->missing);
	put_field(p, false, line);
	put_field(p, false, a->endpoint);
	put_mute(p, f);
	put_field(p, false, audit_change_names[f->change]);
	fputs("\r\n", p->to);
}

static void csv_end(struct audit_printer *p, const struct audit *a,
	int exit_status, const struct error *failure)
{
	(void)p;
	(void)a;
	(void)exit_status;
	(void)failure;
}

const struct audit_output audit_csv = { "csv", csv_begin,
	audit_output_wants_shown, csv_row, csv_end, audit_output_is_lost };
const struct audit_output audit_csv_raw = { "csv-raw", csv_begin,
	audit_output_wants_shown, csv_row, csv_end, audit_output_is_lost };
