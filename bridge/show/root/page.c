/* SPDX-License-Identifier: Apache-2.0 */
/* The page for the safe. */
#include "bridge/show/root/page.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 80
#define NAME_WIDTH 14

static size_t columns_of(const char *s, size_t n)
{
	size_t i, columns = 0;

	for (i = 0; i < n; i++)
		columns += ((unsigned char)s[i] & 0xc0) != 0x80;
	return columns;
}

/* Bytes of s that fit in a line: up to the last blank, else cut. */
static size_t line_bytes(const char *s, size_t room)
{
	size_t i, end = 0;

	for (i = 0; s[i]; i++) {
		if (s[i] == ' ')
			end = i;
		/* not within a character */
		if (((unsigned char)s[i] & 0xc0) != 0x80 &&
			columns_of(s, i) >= room)
			return end ? end : i;
	}
	return i;
}

/* "Name          value", with the value over as many lines as it takes. */
static void put_page_row(struct buf *b, const char *name, const char *value)
{
	CLEANUP(free_p) char *clean = strdup(value);
	const char *p = clean;

	if (!clean) {
		b->failed = true;
		return;
	}
	utf8_sanitise(clean);
	do {
		size_t n = line_bytes(p, WIDTH - NAME_WIDTH);

		buf_printf(b, "%-*s%.*s\n", NAME_WIDTH, name, (int)n, p);
		p += n + (p[n] == ' ');
		name = "";
	} while (*p);
}

static void put_format(struct buf *b, const char *name, const char *fmt, ...)
	PRINTF(3, 4);
static void put_format(struct buf *b, const char *name, const char *fmt, ...)
{
	CLEANUP(free_p) char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		text = NULL;
	va_end(ap);
	if (text)
		put_page_row(b, name, text);
	else
		b->failed = true;
}

static void put_seen(struct buf *b, const struct root_progress *p,
	enum root_event event, const char *name)
{
	static const char *const words[] = {
		[ROOT_BY_TRAIL] = "seen in CloudTrail",
		[ROOT_BY_LIST] = "seen in AWS's list",
		[ROOT_BY_COUNTS] = "inferred from AWS's numbers",
		[ROOT_BY_WORD] = "stated by a person",
	};
	const struct root_observation *o = root_progress_seen(p, event);
	char when[TEXT_TIME_LEN];

	if (!o)
		return;
	text_format_time(o->when, when);
	put_format(b, name, "%s, %s%s%s", when, words[o->how],
		o->trail[0] ? ", event " : "", o->trail);
}

static void put_key(struct buf *b, const struct root_key *k, size_t number)
{
	const struct registry_token *row = &k->row;
	const char *serial = registry_token_identifier(row,
		REGISTRY_ID_SERIAL);

	buf_printf(b, "\nKey %zu\n", number);
	put_page_row(b, "  label", row->label ? row->label : "-");
	put_page_row(b, "  serial", serial ? serial : "-");
	put_page_row(b, "  model", row->model ? row->model : "-");
	put_page_row(b, "  registry id", k->progress.token[0] ? k->progress.token :
		"-");
	put_page_row(b, "  device", k->progress.serial[0] ? k->progress.serial :
		k->progress.device_name);
	put_seen(b, &k->progress, ROOT_WAS_ENABLED, "  registered");
	put_seen(b, &k->progress, ROOT_SIGNED_IN, "  signed in");
}

static void put_safe(struct buf *b, const struct root_receipt *r)
{
	const char *first = r->bag.custodians[0], *second =
		r->bag.custodians[1];

	put_page_row(b, "Safe", r->place ? r->place : "-");
	put_page_row(b, "Bag", r->bag.bag ? r->bag.bag : "-");
	put_format(b, "Custodians", "%s%s%s", first ? first : "-",
		second ? " and " : "", second ? second : "");
}

void root_page(const struct root_receipt *r, struct buf *b)
{
	char when[TEXT_TIME_LEN], head[REGISTRY_HEAD_LEN] = "-";
	size_t i;

	text_format_time(r->when, when);
	if (r->head.stream[0])
		registry_head_format(&r->head, head);
	buf_put_str(b, "AWS ROOT USER: HARDWARE KEYS\n\n");
	put_page_row(b, "Account", r->account);
	put_page_row(b, "Printed", when);
	put_safe(b, r);
	for (i = 0; i < r->keys_n; i++)
		put_key(b, &r->keys[i], i + 1);
	if (r->open_n > 0)
		buf_put_str(b, "\nNot finished\n");
	for (i = 0; i < r->open_n; i++)
		put_page_row(b, "  -", r->open[i]);
	buf_put_str(b, "\n");
	put_page_row(b, "Registry", head);
	buf_put_str(b, "\nOpened by two people only. Write date, names, reason "
		"and the new bag's number:\n\n");
	for (i = 0; i < 6; i++)
		buf_put_str(b, "____________  ____________________________  "
			"____________________  __________\n\n");
}
