/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of audit is held against, and what it leaves behind. */
#include "bridge/command/audit-keep.h"

#include "bridge/audit/lists/lists.h"

int audit_take_lists(const struct app *app, struct audit *a, struct error *err)
{
	const char *mutes = option(&app->options, OPTION_MUTE);
	const char *earlier = option(&app->options, OPTION_SINCE);
	int r = 0;

	if (mutes)
		r = audit_mutes_read(&a->mutes, mutes, err);
	if (r >= 0 && earlier)
		r = audit_earlier_read(&a->earlier, earlier, err);
	return r;
}
