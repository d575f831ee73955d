/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is. */
#include "bridge/journal/turn.h"

#include "base/file.h"
#include "base/text.h"
#include "bridge/journal/journal.h"

#define LIMIT_MS (10 * 60 * 1000)
#define POLL_MS 200

static char *turn_path(const char *registry_path, const char *account)
{
	CLEANUP(free_p) char *folder = journal_directory(registry_path);

	return folder ? text_format("%s/%s.turn", folder, account) : NULL;
}

int turn_take(const struct run *run, const char *registry_path,
	const char *account, int *ret_fd, struct error *err)
{
	CLEANUP(free_p) char *path = turn_path(registry_path, account);
	deadline_t until = deadline_in(LIMIT_MS);
	struct error e;
	bool said = false;
	int r;

	if (!path)
		return error_memory(err);
	for (;;) {
		r = file_lock(path, ret_fd, &e);
		if (r != -ERROR_BUSY)
			return r < 0 ? error_copy(err, &e) : 0;
		if (deadline_passed(until))
			return error_set(err, ERROR_BUSY, "another run has had "
				"an unassigned device in account %s for ten "
				"minutes, and one at a time is safe: try again",
				account);
		if (!said)
			run_say(run, "Another run is about to enable a device "
				"in account %s: waiting for it.", account);
		said = true;
		r = run_pause(run, POLL_MS, err);
		if (r < 0)
			return r;
	}
}
