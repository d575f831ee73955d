/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The result of an earlier run: refused with a sentence, or rows that are each
 * still there when the same is found again.
 */
#include "bridge/audit/lists/lists.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void check_again(struct audit_earlier *e)
{
	struct audit_finding f = { .account = "" };
	size_t i;

	for (i = 0; i < e->n; i++) {
		const struct audit_past *p = &e->p[i];

		require(p->status == AUDIT_FAIL || p->status == AUDIT_UNKNOWN);
		if (p->check < 0 || strlen(p->account) >= sizeof(f.account) ||
			strlen(p->subject) >= sizeof(f.subject))
			continue;
		f.check = (enum audit_check)p->check;
		f.status = p->status;
		f.device = *p->device ? p->device : NULL;
		snprintf(f.account, sizeof(f.account), "%s", p->account);
		snprintf(f.subject, sizeof(f.subject), "%s", p->subject);
		require(audit_earlier_meet(e, &f) == AUDIT_UNCHANGED);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct audit_covered all = { ~0u, true, "123456789012" };
	struct audit_earlier *e = NULL;
	struct error err;

	if (audit_earlier_parse(&e, "last", (const char *)p, n, &err) < 0) {
		require(!e && utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	check_again(e);
	audit_earlier_end(e, &all);
	audit_earlier_free(&e);
	return 0;
}
