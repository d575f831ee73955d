/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stretch of words is scanned, then read. What is in quotes is known by the
 * number of quotes before it, which is odd there.
 */
#include "aws/report/csv/block.h"

#include <stdlib.h>
#include <string.h>

#define STRETCH 32 /* words: what is scanned stays in the nearest cache */

/* How it stands between two words. */
struct reading_state {
	uint64_t inside;  /* all ones: in quotes */
	uint64_t start;   /* 1: the next byte begins a field */
	uint64_t closed;  /* 1: the last byte closed quotes */
	uint32_t ends;    /* so far */
	uint32_t *row, *odd;
};

void csv_block_free(struct csv_block **b)
{
	if (!b || !*b)
		return;
	free((*b)->rows);
	free((*b)->odd);
	free((*b)->ends);
	free((*b)->before);
	free(*b);
	*b = NULL;
}

int csv_block_new(struct csv_block **ret, size_t size, struct error *err)
{
	CLEANUP(csv_block_free) struct csv_block *b = calloc(1, sizeof(*b));
	size_t words = size / SCAN_WORD + 3;

	if (!b)
		return error_memory(err);
	b->size = size;
	/* as long as there are bytes; what is not used costs nothing */
	b->rows = malloc((size + 1) * sizeof(*b->rows));
	b->odd = malloc((size + 1) * sizeof(*b->odd));
	b->ends = calloc(words, sizeof(*b->ends));
	b->before = calloc(words, sizeof(*b->before));
	if (!b->rows || !b->odd || !b->ends || !b->before)
		return error_memory(err);
	*ret = steal(&b);
	return 0;
}

static inline uint32_t *put_bits(uint32_t *to, uint32_t at, uint64_t bits)
{
	for (; bits; bits &= bits - 1)
		*to++ = at + (uint32_t)__builtin_ctzll(bits);
	return to;
}

/* Bit i: an odd number of bits up to i. */
static inline uint64_t prefix_xor(uint64_t x)
{
	unsigned shift;

	for (shift = 1; shift < 64; shift *= 2)
		x ^= x << shift;
	return x;
}

/*
 * Of the bits behind a closing quote those that are no CRLF: what comes before
 * the newline of a record is no text.
 */
static uint64_t not_crlf(const unsigned char *p, const unsigned char *end,
	uint64_t bits)
{
	uint64_t left = bits;
	unsigned i;

	for (; bits; bits &= bits - 1) {
		i = (unsigned)__builtin_ctzll(bits);
		if (end - p > i + 1 && p[i] == '\r' && p[i + 1] == '\n')
			left &= ~((uint64_t)1 << i);
	}
	return left;
}

/* Takes away what is in quotes; returns what is odd about the quotes. */
static uint64_t read_quotes(struct reading_state *s, struct scan_word *w,
	const unsigned char *p, const unsigned char *end)
{
	uint64_t inside = prefix_xor(w->quote) ^ s->inside;
	uint64_t open = w->quote & inside, close = w->quote & ~inside;
	uint64_t behind = close << 1 | s->closed, ends, odd;

	odd = w->newline & inside;
	w->comma &= ~inside;
	w->newline &= ~inside;
	ends = w->comma | w->newline;
	odd |= open & ~(ends << 1 | s->start);
	odd |= not_crlf(p, end, behind & ~ends);
	s->inside = (uint64_t)0 - (inside >> 63);
	s->closed = close >> 63;
	return odd;
}

static inline void read_word(struct csv_block *b, struct reading_state *s,
	struct scan_word *w, uint32_t at, const unsigned char *end)
{
	uint64_t ends, odd = w->odd;

	if (w->quote | s->inside | s->closed)
		odd |= read_quotes(s, w, b->p + at, end);
	ends = w->comma | w->newline;
	s->start = ends >> 63;
	b->ends[at / SCAN_WORD] = ends;
	b->before[at / SCAN_WORD] = s->ends;
	s->ends += (uint32_t)__builtin_popcountll(ends);
	s->row = put_bits(s->row, at, w->newline);
	if (odd)
		s->odd = put_bits(s->odd, at, odd);
	b->quoted |= w->quote != 0;
}

/* Nothing is said of bytes behind the last. */
static void cut_word(struct scan_word *w, size_t n)
{
	uint64_t keep = n < SCAN_WORD ? ((uint64_t)1 << n) - 1 : UINT64_MAX;

	w->comma &= keep;
	w->newline &= keep;
	w->quote &= keep;
	w->odd &= keep;
}

CSV_CLONES
void csv_block_scan(struct csv_block *b, const struct scan_way *way,
	const unsigned char *p, size_t n)
{
	struct reading_state s = { .start = 1, .row = b->rows, .odd = b->odd };
	struct scan_word words[STRETCH];
	size_t all = (n + SCAN_WORD - 1) / SCAN_WORD, from, i, k;

	b->p = p;
	b->quoted = false;
	for (from = 0; from < all; from += k) {
		k = all - from < STRETCH ? all - from : STRETCH;
		way->scan(p + from * SCAN_WORD, k, words);
		if (from + k == all)
			cut_word(&words[k - 1], n - (all - 1) * SCAN_WORD);
		for (i = 0; i < k; i++)
			read_word(b, &s, &words[i],
				(uint32_t)((from + i) * SCAN_WORD), p + n);
	}
	/* whoever looks for a field's end may look beyond */
	b->ends[all] = b->ends[all + 1] = 0;
	b->rows_n = (size_t)(s.row - b->rows);
	*s.odd = UINT32_MAX;
}
