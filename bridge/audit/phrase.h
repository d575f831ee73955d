/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a finding is said: its reason's row of words (rules/words.h), whose places
 * in braces are filled in, and what it rests on. For this room only.
 */
#ifndef BRIDGE_AUDIT_PHRASE_H
#define BRIDGE_AUDIT_PHRASE_H

#include "bridge/audit/finding.h"
#include "bridge/audit/rules/words.h"

/* The places of texts, in the order of their names. */
enum place {
	PLACE_DEVICES,
	PLACE_KIND,
	PLACE_DEVICE,
	PLACE_CREDENTIALS,
	PLACE_KEYS,
	PLACE_NAMESAKE,
	PLACE_OWNER,
	PLACE_RUN,
	PLACE_AGE,
	PLACE_WHY,
	PLACE_STATE,
	PLACE_COUNT,
	PLACE_MEMBER,
	PLACE_SEEDED,
	PLACE_CERTIFICATIONS,
	PLACE_FIRMWARE,
	PLACE_ADVISORIES,
	PLACE_VERDICT,
	PLACE_DAY,
	PLACE_COMMAND_USER,
	PLACE_COMMAND_DEVICE,
	PLACE_COMMAND_ACCOUNT,
	PLACE_COMMAND_OWNER,
	PLACE_COMMAND,
	PLACES,
};

/* What a finding is about, as far as words need it; all of it is borrowed. */
struct phrase {
	const char *account;
	const char *subject;
	const char *device;
	const struct audit_fact *facts[AUDIT_BASES];
	const struct audit_reported *reported; /* NULL: nothing */
	const char *places[PLACES];            /* NULL: "" */
};

/* Fills the whole finding in. Sets places that follow from the rest. */
void phrase_say(struct phrase *s, enum audit_reason reason,
	struct audit_finding *f);
/* Adds to a text of a finding, which is cut where its array ends. */
void phrase_add(char *text, size_t size, const char *fmt, ...) PRINTF(3, 4);

/* Names that a shell and a reader take as they are; NULL is none. */
bool phrase_is_plain_user(const char *user);
bool phrase_is_plain_device(const char *serial);
/* The user and ->device in commands, or words in their place. */
void phrase_name_in_commands(struct phrase *s, const char *user);

#endif
