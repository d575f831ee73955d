/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 32 or 64 bytes at a time. The compiler is asked for each kind of processor
 * by function (`target`), and by `__builtin_cpu_supports` which one this is:
 * the build's own flags stay those of the oldest. Its `target_clones` cannot
 * do this, because plain C has no word for the mask of a comparison.
 */
#include "aws/report/csv/scan.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw")))

AVX2 static inline uint64_t bits_of(__m256i low, __m256i high)
{
	return (uint32_t)_mm256_movemask_epi8(low) |
		(uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

AVX2 static inline uint64_t bytes_equal(__m256i low, __m256i high, char c)
{
	__m256i want = _mm256_set1_epi8(c);

	return bits_of(_mm256_cmpeq_epi8(low, want),
		_mm256_cmpeq_epi8(high, want));
}

AVX2 static void scan_avx2(const unsigned char *p, size_t words,
	struct scan_word *ret)
{
	__m256i low, high;

	for (; words > 0; words--, p += SCAN_WORD, ret++) {
		low = _mm256_loadu_si256((const void *)p);
		high = _mm256_loadu_si256((const void *)(p + 32));
		ret->comma = bytes_equal(low, high, ',');
		ret->newline = bytes_equal(low, high, '\n');
		ret->quote = bytes_equal(low, high, '"');
		ret->odd = bytes_equal(low, high, '\0') | bits_of(low, high);
	}
}

AVX512 static void scan_avx512(const unsigned char *p, size_t words,
	struct scan_word *ret)
{
	const __m512i comma = _mm512_set1_epi8(',');
	const __m512i newline = _mm512_set1_epi8('\n');
	const __m512i quote = _mm512_set1_epi8('"');
	__m512i v;

	for (; words > 0; words--, p += SCAN_WORD, ret++) {
		v = _mm512_loadu_si512(p);
		ret->comma = _mm512_cmpeq_epi8_mask(v, comma);
		ret->newline = _mm512_cmpeq_epi8_mask(v, newline);
		ret->quote = _mm512_cmpeq_epi8_mask(v, quote);
		/* as a signed byte, not above 0 */
		ret->odd = _mm512_cmple_epi8_mask(v, _mm512_setzero_si512());
	}
}

bool scan_special(size_t i, const struct scan_way **ret)
{
	static const struct scan_way ways[] = {
		{ "avx512", scan_avx512 },
		{ "avx2", scan_avx2 },
	};

	*ret = i < sizeof(ways) / sizeof(ways[0]) ? &ways[i] : NULL;
	if (i == 0)
		return __builtin_cpu_supports("avx512f") &&
			__builtin_cpu_supports("avx512bw");
	return i == 1 && __builtin_cpu_supports("avx2");
}
