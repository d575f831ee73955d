/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for people on any stream, in lines that fit: as wide as the terminal
 * behind it, at most PAGE_WIDTH_MAX, else 80 columns. Made clean as ui.h says.
 * A word that is longer than a line, such as an ARN, goes on in the next one;
 * only a command in backquotes stays whole, to be copied.
 */
#ifndef BRIDGE_TERMINAL_PAGE_H
#define BRIDGE_TERMINAL_PAGE_H

#include "base/buf.h"
#include "bridge/terminal/ui.h"

#define PAGE_WIDTH_MAX 120

struct page {
	FILE *f; /* borrowed */
	size_t width;
	struct buf line; /* until its end */
};

void page_init(struct page *p, FILE *f);
void page_done(struct page *p);

/* A piece of a line. */
void page_put(struct page *p, enum ui_style style, const char *fmt, ...)
	PRINTF(3, 4);
/* The end of the line, whose later lines begin with so many blanks. */
void page_end(struct page *p, size_t indent);
/* Both, in no style; later lines begin under the first one's words. */
void page_line(struct page *p, const char *fmt, ...) PRINTF(2, 3);

#endif
