/* SPDX-License-Identifier: Apache-2.0 */
/* FIDO's metadata for people and programs. */
#include "bridge/show/metadata.h"

#include "base/text.h"
#include "bridge/run/json.h"

#include <stdio.h>
#include <time.h>

json_t *show_metadata_json(const struct mds *m)
{
	const struct mds_info *i = mds_info(m);
	char due[TEXT_TIME_LEN];

	text_format_time(i->next_update, due);
	return json_pack("{s:I,s:s%,s:o,s:I,s:I,s:o,s:o,s:o}",
		"number", (json_int_t)i->number,
		"nextUpdate", due, (size_t)10,
		"fetchedAt", json_of_time(i->fetched_at),
		"entries", (json_int_t)i->entries,
		"skipped", (json_int_t)i->skipped,
		"signer", json_of_text(i->signer),
		"anchor", json_of_text(i->anchor),
		"anchorSha256", json_of_text(i->anchor_sha256));
}

void show_metadata_line(const struct mds *m, char ret[METADATA_LINE_LEN])
{
	const struct mds_info *i = mds_info(m);
	char due[TEXT_TIME_LEN], age[32];
	time_t now = time(NULL);

	text_format_time(i->next_update, due);
	text_format_age(now > i->fetched_at ? now - i->fetched_at : 0, age,
		sizeof(age));
	snprintf(ret, METADATA_LINE_LEN, "metadata %llu: %zu model%s, checked "
		"%s ago, next due %.10s%s; signed by '%s' under '%s'",
		(unsigned long long)i->number, i->entries,
		text_plural(i->entries), age, due,
		i->next_update < now ? " (overdue)" : "",
		i->signer, i->anchor);
}
