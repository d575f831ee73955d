/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a CSV as bits, 64 at a time. There are several ways to the same
 * bits, which the machine that it runs on has or has not: the compiler makes
 * each for its own kind of processor, and which one there is, is asked when it
 * runs.
 */
#ifndef AWS_REPORT_CSV_SCAN_H
#define AWS_REPORT_CSV_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCAN_WORD 64 /* bytes */

/* Bit i is byte i. */
struct scan_word {
	uint64_t comma;
	uint64_t newline;
	uint64_t quote;
	uint64_t odd; /* NUL, or beyond ASCII */
};

struct scan_way {
	const char *name; /* "avx2" */
	/* `words` times 64 bytes at p, which need not be aligned. */
	void (*scan)(const unsigned char *p, size_t words,
		struct scan_word *ret);
};

/* Of any machine. */
extern const struct scan_way scan_portable;

/* The i-th way of this machine, the fastest first and the portable one last;
 * NULL behind it. */
const struct scan_way *scan_way(size_t i);

/* Those of this kind of machine, whether this one has them or not: true where
 * it has the i-th. *ret is NULL behind the last. */
bool scan_special(size_t i, const struct scan_way **ret);

#endif
