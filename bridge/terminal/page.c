/* SPDX-License-Identifier: Apache-2.0 */
/* Text for people on any stream. */
#include "bridge/terminal/page.h"

#include "base/utf8.h"
#include "bridge/terminal/wrap.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 80
#define WIDTH_MIN 40
#define PAGE_LINE_MAX (1U << 20)

void page_init(struct page *p, FILE *f)
{
	size_t width = ui_width(f);

	p->f = f;
	buf_init(&p->line, PAGE_LINE_MAX);
	p->width = WIDTH;
	if (width >= WIDTH_MIN)
		p->width = width < PAGE_WIDTH_MAX ? width : PAGE_WIDTH_MAX;
}

void page_done(struct page *p)
{
	buf_done(&p->line);
}

static void page_putv(struct page *p, enum ui_style style, const char *fmt,
	va_list ap)
{
	CLEANUP(free_p) char *text = NULL;
	const char *on = style == UI_PLAIN ? "" : ui_style(p->f, style);

	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		ui_fail();
		return;
	}
	utf8_sanitise(text);
	buf_put_str(&p->line, on);
	buf_put_str(&p->line, text);
	if (*on)
		buf_put_str(&p->line, ui_style(p->f, UI_PLAIN));
}

void page_put(struct page *p, enum ui_style style, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	page_putv(p, style, fmt, ap);
	va_end(ap);
}

void page_end(struct page *p, size_t indent)
{
	const char *text = buf_str(&p->line);
	size_t n, before = 0;

	ui_end_progress();
	do {
		n = wrap_break(text, p->width - before);
		fprintf(p->f, "%*s%.*s\n", (int)before, "", (int)n, text);
		text += n + (text[n] == ' ');
		before = indent;
	} while (*text);
	if (buf_failed(&p->line))
		ui_fail();
	buf_reset(&p->line);
}

void page_line(struct page *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	page_putv(p, UI_PLAIN, fmt, ap);
	va_end(ap);
	page_end(p, wrap_indent(buf_str(&p->line), p->width));
}
