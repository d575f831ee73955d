/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a token may be registered for anything. */
#include "bridge/admission.h"

#include "bridge/ui.h"

#include <string.h>

int admission_check(const struct app *app, enum verdict v, struct error *err)
{
	static const enum verdict never[] = { VERDICT_FORGED,
		VERDICT_COMPROMISED, VERDICT_NOT_THIS_TOKEN };
	const char *force = option(&app->options, OPTION_FORCE);
	bool forceable = true;
	size_t i;
	int r;

	if (v == VERDICT_GENUINE)
		return 0;
	if (v == VERDICT_VULNERABLE) {
		ui_warn("%s", verdict_meaning(v));
		return 0;
	}
	for (i = 0; i < ARRAY_LEN(never); i++)
		forceable &= v != never[i];
	if (force && forceable) {
		ui_warn("verdict %s accepted by --force: %s", verdict_name(v),
			force);
		return 0;
	}
	r = error_set(err, ERROR_VERDICT,
		"the token is %s: %s%s", verdict_name(v), verdict_meaning(v),
		forceable ? "; --force REASON accepts it" : "");
	if (err)
		err->verdict = (int)v;
	return r;
}

int admission_check_row(const struct registry_token *row, const char *holder,
	struct error *err)
{
	if (row->state == REGISTRY_LOST || row->state == REGISTRY_RETIRED)
		return error_set(err, ERROR_REFUSED,
			"the registry says that this token is %s",
			registry_state_names[row->state]);
	if (row->holder[0] && (!row->holder_name ||
				      strcmp(row->holder_name, holder) != 0))
		return error_set(err, ERROR_REFUSED,
			"this token is %s's, not %s's: it is not registered "
			"for anybody else", row->holder_name ?
			row->holder_name : "somebody else", holder);
	return 0;
}
