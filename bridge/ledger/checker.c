/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all parts of checking a bundle share. Whoever changed it may have changed
 * anything: no name leads out of it, no link is followed.
 */
#include "bridge/ledger/checker.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

void checker_problem(struct checker *c, const char *fmt, ...)
{
	struct error text;
	va_list ap;

	va_start(ap, fmt);
	error_setv(&text, ERROR_CORRUPT, fmt, ap); /* cut and made clean */
	va_end(ap);
	json_row(&c->ret->problems, json_string(text.text));
}

char *checker_path(const struct checker *c, const char *name)
{
	return text_format("%s/%s", c->q->path, name);
}

int checker_read(struct checker *c, const char *name, struct buf *b,
	struct error *err)
{
	CLEANUP(free_p) char *path = checker_path(c, name);
	CLEANUP(close_p) int fd = -1;
	struct error why;
	struct stat st;

	if (!path)
		return error_memory(err);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		checker_problem(c, "%s: %s", name, fd < 0 && errno == ENOENT ?
			"it is missing" : "it is no file that can be read");
		return 0;
	}
	if (file_read_fd(fd, name, b, &why) == 0)
		return 1;
	if (why.code == ERROR_INTERRUPTED)
		return error_copy(err, &why);
	checker_problem(c, "%s: %s", name, why.text);
	return 0;
}

/* ---- lines, one after the other ---- */

int checker_walk(struct checker *c, const char *name, struct buf *b,
	checker_line_fn *each, void *arg, bool *ret_whole, struct error *err)
{
	const char *p = buf_str(b);
	size_t n = b->n, line = 1;
	struct error why;
	int r;

	while ((r = each(c, &p, &n, arg, &why, err)) == LINE_DONE)
		line++;
	if (r == LINE_BAD)
		checker_problem(c, "%s, line %zu: %s", name, line, why.text);
	*ret_whole = r == LINE_END;
	return r < 0 ? r : 0;
}
