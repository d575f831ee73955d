/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The payload of a metadata blob: indexed, looked through and read. What a
 * signature would keep out gets in here.
 */
#include "base/encode.h"
#include "token/trust/mds.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void look_through(const struct mds *m)
{
	static const uint8_t aaguid[16] = { 0xd7, 0x78, 0x1e, 0x5d };
	unsigned char ids[1][MDS_KEY_ID_LEN] = { { 0 } };
	const struct mds_query queries[] = {
		{ .aaguid = aaguid },
		{ .key_ids = ids, .key_ids_n = 1 },
		{ .aaguid = NULL },
	};
	size_t i, at;

	for (i = 0; i < ARRAY_LEN(queries); i++)
		for (at = 0; mds_next(m, &queries[i], at, &at); at++)
			if (at >= mds_info(m)->entries)
				abort();
}

static void read_entries(const struct mds *m)
{
	const struct mds_status *worst;
	struct mds_entry e;
	size_t i, bad = 0;

	for (i = 0; i < mds_info(m)->entries; i++) {
		if (mds_entry_load(m, i, &e, NULL) < 0) {
			bad++;
			continue;
		}
		worst = mds_entry_worst(&e, NULL, 0, 1767225600);
		if (strlen(e.sha256) != 64 || e.statuses_n == 0 ||
			(worst && worst->weight == MDS_NEUTRAL))
			abort();
		mds_level_name(mds_entry_level(&e, 1767225600));
		mds_entry_done(&e);
	}
	if (bad != mds_count_unreadable(m))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct mds *m = NULL;
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_put_str(&b, "e30.");
	base64_encode(&b, BASE64_URL, p, n);
	buf_put_str(&b, ".AA");
	if (!buf_failed(&b) && mds_open_checked(buf_str(&b), b.n, &m, NULL) ==
		0) {
		look_through(m);
		read_entries(m);
	}
	mds_free(&m);
	buf_done(&b);
	return 0;
}
