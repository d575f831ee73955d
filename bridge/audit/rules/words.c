/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said for each reason, by subject. A new reason is an enumerator, a
 * judge that finds it, and its row in one of these tables.
 */
#include "bridge/audit/rules/words.h"

#include "base/util.h"

const struct audit_words *audit_words_of(enum audit_reason reason)
{
	static const struct audit_vocabulary *const all[] = {
		&audit_words_of_tokens,
		&audit_words_of_devices,
		&audit_words_of_root,
		&audit_words_of_users,
	};
	size_t i = 0;

	/* the last one begins with the first reason */
	while (reason < all[i]->first)
		i++;
	return &all[i]->words[reason - all[i]->first];
}
