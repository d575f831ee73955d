/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a receipt. */
#include "bridge/revoke/receipt.h"

#include "bridge/run/json.h"

void revoke_receipt_init(struct revoke_receipt *r)
{
	*r = (struct revoke_receipt){ json_array(), json_array() };
}

void revoke_receipt_done(struct revoke_receipt *r)
{
	json_decref(r->rows);
	json_decref(r->krl);
	r->rows = r->krl = NULL;
}

const char *revoke_outcome_name(enum revoke_outcome outcome)
{
	static const char *const names[] = {
		[REVOKE_DONE] = "revoked",
		[REVOKE_GONE] = "gone",
		[REVOKE_KEPT] = "kept",
		[REVOKE_LEFT] = "not-revoked",
		[REVOKE_UNREACHED] = "not-reached",
	};

	return names[outcome];
}

void revoke_tell(struct revoke_receipt *r, const struct revoke_row *row)
{
	r->done += row->outcome == REVOKE_DONE;
	r->changed |= row->outcome == REVOKE_DONE;
	r->left += row->outcome == REVOKE_LEFT;
	r->unreached += row->outcome == REVOKE_UNREACHED;
	json_row(&r->rows, json_pack("{s:s,s:s,s:o,s:o,s:o,s:o,s:o}",
		"outcome", revoke_outcome_name(row->outcome),
		"what", row->what,
		"subject", json_of_text(row->subject),
		"user", json_of_text(row->user),
		"account", json_of_text(row->account),
		"text", json_of_text(row->text),
		"command", json_of_text(row->command)));
}
