/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential report in prepared pieces, by the widest way to scan that this
 * machine has and by the portable one: it must say what it says row by row. The
 * first two bytes are the sizes of the first piece and of the others.
 */
#include "../unit/audit_log.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n);

static void compare(struct buf *want, const unsigned char *p, size_t n,
	size_t first, size_t piece, const struct scan_way *way)
{
	struct buf got;

	buf_init(&got, 16u << 20);
	audit_log_read_pieces(&got, true, p, n, first, piece, way);
	if (got.n != want->n || memcmp(got.p, want->p, got.n) != 0)
		abort();
	buf_done(&got);
}

int LLVMFuzzerTestOneInput(const unsigned char *p, size_t n)
{
	size_t first, piece;
	struct buf want;

	if (n < 2)
		return 0;
	first = (size_t)p[0] * 2 + 1;
	piece = (size_t)p[1] * 16 + 1;
	p += 2;
	n -= 2;
	buf_init(&want, 16u << 20);
	audit_log_read(&want, true, p, n);
	compare(&want, p, n, first, piece, scan_way(0));
	compare(&want, p, n, first, piece, &scan_portable);
	buf_done(&want);
	return 0;
}
