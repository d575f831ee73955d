/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signed blob from anybody. The seeds are signed for one payload by a signer
 * who is trusted here; no other payload may ever be taken.
 */
#include "token/trust/jws.h"

#include <stdlib.h>
#include <string.h>

#define AT 1767225600 /* 2026-01-01 */

static struct anchors anchors;

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* The root that the seeds' signers lead to; its key is thrown away. */
static const char root_pem[] =
#include "jws-root.h"
	;

static void load_root(void)
{
	struct buf b;

	buf_init(&b, sizeof(root_pem));
	buf_put_str(&b, root_pem);
	if (anchors_parse(&anchors, &b, "root", NULL) < 0)
		abort();
	buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char payload[] = "{\"no\":1}";
	struct jws j;
	struct buf b;

	if (!anchors.n)
		load_root();
	jws_init(&j, 65536);
	buf_init(&b, 65536);
	if (jws_verify((const char *)p, n, &anchors, "mds.fidoalliance.org",
		    AT, &j, NULL) == 0 &&
		(j.payload.n != sizeof(payload) - 1 ||
			memcmp(j.payload.p, payload, j.payload.n) != 0))
		abort();
	(void)jws_payload((const char *)p, n, &b, NULL);
	buf_done(&b);
	jws_done(&j);
	return 0;
}
