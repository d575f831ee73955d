/* SPDX-License-Identifier: Apache-2.0 */
/* The progress of root's set-up: corrupt, or whole and bounded. */
#include "bridge/root/progress.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void check_text(const char *s, size_t size)
{
	size_t n = strnlen(s, size);

	if (n == size || !utf8_is_clean(s, n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct root_progress got;
	json_t *o;
	size_t i;

	if (root_progress_parse((const char *)p, n, &got, NULL) < 0)
		return 0;
	check_text(got.account, sizeof(got.account));
	check_text(got.token_name, sizeof(got.token_name));
	check_text(got.device_name, sizeof(got.device_name));
	check_text(got.serial, sizeof(got.serial));
	if (got.before_n > 8 || got.seen_n > ROOT_OBSERVATIONS_MAX)
		abort();
	for (i = 0; i < got.before_n; i++)
		check_text(got.before[i], sizeof(got.before[i]));
	for (i = 0; i < got.seen_n; i++) {
		check_text(got.seen[i].device, sizeof(got.seen[i].device));
		check_text(got.seen[i].by, sizeof(got.seen[i].by));
	}
	o = root_progress_record(&got);
	if (!o)
		abort();
	json_decref(o);
	return 0;
}
