/* SPDX-License-Identifier: Apache-2.0 */
/* The portable way, eight bytes at a time in a register, and the choice. */
#include "aws/report/csv/scan.h"

#include <endian.h>
#include <string.h>

#define ONES 0x0101010101010101u
#define HIGH 0x8080808080808080u

/* The high bit of every byte of w that is c, and of no other. */
static inline uint64_t bytes_that_are(uint64_t w, unsigned char c)
{
	uint64_t x = w ^ (ONES * c);

	return ~(((x & ~HIGH) + ~HIGH) | x | ~HIGH);
}

/* The high bits of eight bytes, side by side: no two products meet in a bit. */
static inline uint64_t gather(uint64_t high)
{
	return (high >> 7) * 0x0102040810204080u >> 56;
}

static void scan_eight(const unsigned char *p, unsigned at,
	struct scan_word *ret)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	w = le64toh(w);
	ret->comma |= gather(bytes_that_are(w, ',')) << at;
	ret->newline |= gather(bytes_that_are(w, '\n')) << at;
	ret->quote |= gather(bytes_that_are(w, '"')) << at;
	ret->odd |= gather(bytes_that_are(w, '\0') | (w & HIGH)) << at;
}

static void scan_registers(const unsigned char *p, size_t words,
	struct scan_word *ret)
{
	unsigned at;

	for (; words > 0; words--, p += SCAN_WORD, ret++) {
		memset(ret, 0, sizeof(*ret));
		for (at = 0; at < SCAN_WORD; at += 8)
			scan_eight(p + at, at, ret);
	}
}

const struct scan_way scan_portable = { "portable", scan_registers };

const struct scan_way *scan_way(size_t i)
{
	const struct scan_way *way;
	size_t k;
	bool has;

	for (k = 0;; k++) {
		has = scan_special(k, &way);
		if (!way)
			return i == 0 ? &scan_portable : NULL;
		if (has && i-- == 0)
			return way;
	}
}
