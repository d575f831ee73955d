/* SPDX-License-Identifier: Apache-2.0 */
/* Other accounts. */
#include "bridge/revoke/elsewhere.h"

#include "base/shell.h"

#include <string.h>

bool elsewhere_is(const struct revoke_work *w,
	const struct registry_binding *b)
{
	return strcmp(b->account, w->aws->caller.account) != 0;
}

void elsewhere_tell(struct revoke_work *w, const struct registry_binding *b)
{
	const char *const words[] = { "tokenbridge", "revoke", "--account",
		b->account, "--", b->user_name ? b->user_name : "", b->device,
		NULL };
	CLEANUP(free_p) char *command = b->user_name ? shell_line(words) :
		NULL;

	revoke_tell(w->receipt, &(struct revoke_row){ REVOKE_UNREACHED,
		"device", b->device, b->user_name, b->account,
		"of another account: run it with credentials of that one",
		command });
}
