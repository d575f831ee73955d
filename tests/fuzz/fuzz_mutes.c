/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mute lists, ours and Prowler's: refused with a sentence, or rules that may be
 * matched with anything and mute nothing that passes.
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

static void check_rule(const struct mute_rule *r)
{
	require(r->says.reason && r->says.owner && r->says.source);
	require((r->mutes & ~r->checks) == 0);
	require(r->checks != 0 && r->block > 0);
	require(!(r->statuses & (1u << AUDIT_PASS)));
	if (r->mutes & (AUDIT_BIT(AUDIT_ROOT_MFA_MISSING) |
			AUDIT_BIT(AUDIT_ROOT_MFA_VIRTUAL)))
		require(*r->says.reason && *r->says.owner && r->says.expires);
}

static void check_match(struct audit_mutes *m, const char *subject)
{
	struct audit_finding f = { .check = AUDIT_USER_MFA_MISSING };
	int status;

	snprintf(f.account, sizeof(f.account), "123456789012");
	snprintf(f.subject, sizeof(f.subject), "%s", subject);
	for (status = 0; status < AUDIT_STATUSES; status++) {
		f.status = (enum audit_status)status;
		if (audit_mutes_find(m, &f, 1))
			require(status == AUDIT_FAIL ||
				status == AUDIT_UNKNOWN);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct audit_mutes *m = NULL;
	struct error err;
	size_t i;

	if (audit_mutes_parse(&m, "mutes", (const char *)p, n, &err) < 0) {
		require(!m && utf8_is_clean(err.text, strlen(err.text)));
		return 0;
	}
	for (i = 0; i < m->n; i++)
		check_rule(&m->rules[i]);
	check_match(m, "alice");
	check_match(m, "<root_account>");
	check_match(m, "(users not listed)");
	audit_mutes_free(&m);
	return 0;
}
