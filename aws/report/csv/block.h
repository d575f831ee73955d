/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many records of a CSV at once: where they and their fields end, found with no
 * look at what is in them. It knows nothing of the records before: the caller
 * promises that the first byte begins one.
 */
#ifndef AWS_REPORT_CSV_BLOCK_H
#define AWS_REPORT_CSV_BLOCK_H

#include "aws/report/csv/scan.h"
#include "base/error.h"

struct csv_block {
	const unsigned char *p; /* borrowed: what was scanned */
	bool quoted;            /* there is a quote somewhere */
	/* Offsets of the newlines that end a record. */
	uint32_t *rows;
	size_t rows_n;
	/*
	 * Offsets of what makes a record odd, ascending; behind the last one
	 * UINT32_MAX. NUL, a byte beyond ASCII, a newline in quotes, a quote
	 * in quotes, and what breaches RFC 4180. All other records are their
	 * fields with commas between them, some of which stand in quotes.
	 */
	uint32_t *odd;
	/* Where fields end, a bit a byte, and how many did before each word. */
	uint64_t *ends;
	uint32_t *before;
	size_t size;
};

/* Room for `size` bytes. */
int csv_block_new(struct csv_block **ret, size_t size, struct error *err);
void csv_block_free(struct csv_block **b);

/* n of at most its size; bytes up to the next multiple of 64 can be read. */
void csv_block_scan(struct csv_block *b, const struct scan_way *way,
	const unsigned char *p, size_t n);

/* How many fields end in [0, at]. */
static inline uint32_t csv_ends_upto(const struct csv_block *b, uint32_t at)
{
	uint64_t upto = ((uint64_t)2 << at % 64) - 1;

	return b->before[at / 64] +
		(uint32_t)__builtin_popcountll(b->ends[at / 64] & upto);
}

/* The ends of [at, at + 64), at's as bit 0. */
static inline uint64_t csv_ends_from(const struct csv_block *b, uint32_t at)
{
	const uint64_t *w = &b->ends[at / 64];

	return w[0] >> at % 64 | w[1] << 1 << (63 - at % 64);
}

#endif
