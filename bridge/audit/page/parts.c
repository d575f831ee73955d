/* SPDX-License-Identifier: Apache-2.0 */
/* What the sections of the audit's page are made of. */
#include "bridge/audit/page/page.h"

#include "bridge/audit/rows/escape.h"
#include "bridge/terminal/ui.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WHOLE 1000 /* units that a bar is wide */

void audit_page_put(FILE *f, const char *text)
{
	if (!*text)
		return;
	fputs("<bdi>", f);
	audit_escape(f, text);
	fputs("</bdi>", f);
}

void audit_page_sentence(FILE *f, const char *text)
{
	CLEANUP(free_p) char *copy = strdup(text);
	char *rest = copy, *part;
	bool code = false;

	if (!copy) {
		ui_fail();
		return;
	}
	/* an odd backquote is none */
	while ((part = strsep(&rest, "`"))) {
		if (code && rest) {
			fputs("<code>", f);
			audit_page_put(f, part);
			fputs("</code>", f);
		} else {
			fputs(code ? "`" : "", f);
			audit_page_put(f, part);
		}
		code = !code;
	}
}

void audit_page_chip(FILE *f, const char *word)
{
	fprintf(f, "<span class=\"chip %s\">%s</span>", word, word);
}

void audit_page_bar(FILE *f, const char *title, const struct audit_part *part,
	size_t n)
{
	uint64_t all = 0, before = 0;
	size_t i;

	for (i = 0; i < n; i++)
		all += part[i].n;
	fprintf(f, "<svg class=\"bar\" role=\"img\" viewBox=\"0 0 %d 12\" "
		"preserveAspectRatio=\"none\"><title>", WHOLE);
	audit_escape(f, title);
	fputs("</title>", f);
	for (i = 0; i < n && all > 0; i++) {
		double from = (double)before * WHOLE / (double)all;
		double wide = (double)part[i].n * WHOLE / (double)all;

		before += part[i].n;
		if (part[i].n == 0)
			continue;
		/* one of thousands is seen, too */
		fprintf(f, "<rect class=\"%s\" x=\"%.1f\" y=\"0\" "
			"width=\"%.1f\" height=\"12\"/>", part[i].style,
			from, wide < 4 ? 4.0 : wide);
	}
	if (all == 0)
		fprintf(f, "<rect class=\"idle\" x=\"0\" y=\"0\" "
			"width=\"%d\" height=\"12\"/>", WHOLE);
	fputs("</svg>", f);
}
