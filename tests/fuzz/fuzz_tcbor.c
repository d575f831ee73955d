/* SPDX-License-Identifier: Apache-2.0 */
/* One CBOR item: what our walk over it takes, libcbor takes as well. */
#include "token/attest/cbor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void walk(cbor_item_t *item, unsigned depth)
{
	char text[64];
	int64_t v;
	size_t i, k;

	if (!item || depth > CBOR_DEPTH_MAX + 1)
		return;
	(void)tcbor_int(item, &v);
	(void)tcbor_text(item, text, sizeof(text));
	(void)tcbor_bytes(item, &k);
	(void)tcbor_get(item, "fmt");
	(void)tcbor_get_int(item, -2);
	if (cbor_isa_array(item))
		for (i = 0; i < cbor_array_size(item); i++)
			walk(cbor_array_handle(item)[i], depth + 1);
	if (cbor_isa_map(item))
		for (i = 0; i < cbor_map_size(item); i++)
			walk(cbor_map_handle(item)[i].value, depth + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	size_t len = tcbor_item_length(p, n), again;
	cbor_item_t *item = NULL;
	struct error err;

	if (len > n)
		abort();
	if (len && tcbor_item_length(p, len) != len)
		abort();
	if (tcbor_load(p, n, &item, &err) == 0) {
		if (len != n)
			abort();
		walk(item, 0);
		again = tcbor_item_length(p, n - 1);
		if (again == n)
			abort();
	} else if (item || !err.text[0]) {
		abort();
	}
	tcbor_done(&item);
	return 0;
}
