/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a bundle: refused with a clean sentence, or written again byte
 * by byte as they were read. The first byte says which part it is.
 */
#include "bridge/ledger/bundle-parts.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void is_said(const struct error *err)
{
	require(err->code && utf8_is_clean(err->text, strlen(err->text)));
}

static void read_sums(const char *p, size_t n)
{
	char before[BUNDLE_NAME_LEN] = "";
	struct bundle_sum sum;
	struct error err;
	struct buf b;
	const char *at;
	int r;

	buf_init(&b, n + 1);
	for (at = p; (r = bundle_sum_next(&p, &n, before[0] ? before : NULL,
		&sum, &err)) > 0; at = p) {
		require(sum.name[0] && !strstr(sum.name, ".."));
		buf_reset(&b);
		bundle_sum_write(&sum, &b);
		require((size_t)(p - at) == b.n && !memcmp(at, b.p, b.n));
		strcpy(before, sum.name);
	}
	if (r < 0)
		is_said(&err);
	else
		require(n == 0);
	buf_done(&b);
}

static void read_links(const char *p, size_t n)
{
	struct bundle_link link;
	struct error err;
	struct buf b;
	const char *at;
	int r;

	buf_init(&b, n + 1);
	for (at = p; (r = bundle_link_next(&p, &n, &link, &err)) > 0; at = p) {
		buf_reset(&b);
		bundle_link_write(&link, &b);
		require((size_t)(p - at) == b.n && !memcmp(at, b.p, b.n));
	}
	if (r < 0)
		is_said(&err);
	buf_done(&b);
}

static void read_facts(const char *p, size_t n)
{
	struct bundle_facts f, again;
	struct error err;
	char *text;
	json_t *o;

	if (bundle_facts_parse(p, n, &f, &err) < 0) {
		is_said(&err);
		return;
	}
	o = bundle_facts_json(&f);
	text = json_dumps(o, 0);
	require(text != NULL);
	if (f.made_at > 0)
		require(bundle_facts_parse(text, strlen(text), &again, NULL) ==
			0 && again.made_at == f.made_at &&
			!strcmp(again.token, f.token) &&
			again.head.seq == f.head.seq);
	free(text);
	json_decref(o);
}

static void read_names(const char *p, size_t n)
{
	json_t *names = NULL;
	struct error err;

	if (bundle_names_parse(p, n, &names, &err) < 0) {
		require(!names);
		is_said(&err);
	}
	json_decref(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const parts[])(const char *p, size_t n) = {
		read_sums, read_links, read_facts, read_names,
	};

	if (n > 0)
		parts[p[0] % ARRAY_LEN(parts)]((const char *)p + 1, n - 1);
	return 0;
}
