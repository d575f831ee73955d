/* SPDX-License-Identifier: Apache-2.0 */
/* A verb's row: its name, and what is typed checked by it. Pure. */
#ifndef BRIDGE_COMMAND_VERB_H
#define BRIDGE_COMMAND_VERB_H

#include "bridge/command/command.h"

/* Whether it stands for verbs and cannot be run itself. */
static inline bool verb_is_head(const struct verb *v)
{
	return v->run == NULL;
}

/* Whether the option means something there. */
bool verb_has_option(const struct verb *v, enum option_id id);

/* Whether id means nothing beside the other options of the line. */
bool verb_excludes(const struct verb *v, const struct options *o,
	enum option_id id);

/* ERROR_USAGE: an option of the line means nothing there, or nothing beside the
 * others. */
int verb_check_options(const struct verb *v, const struct options *o,
	struct error *err);

/*
 * ERROR_USAGE: too few or too many of the verb's own arguments (NULL at the
 * end), with the option that the first one too many is probably the value of.
 */
int verb_check_arguments(const struct verb *v, char *const *arguments,
	struct error *err);

/* What the option takes there; v NULL: of most. */
struct value_taken verb_takes(const struct verb *v, enum option_id id);

/* ERROR_USAGE: a --format that it does not have. */
int verb_check_format(const struct verb *v, const char *format,
	struct error *err);

/* "registry move" */
#define VERB_TITLE_LEN 40
void verb_title(const struct verb *v, char ret[VERB_TITLE_LEN]);
/* "LOCALUSER [FINGERPRINT]", "" */
#define VERB_USAGE_LEN 64
void verb_usage(const struct verb *v, char ret[VERB_USAGE_LEN]);

/*
 * "; did you mean --json?" where an option of v (NULL: any) is near enough to
 * `word` (with its dashes, without its value), else "".
 */
#define VERB_HINT_LEN 64
void verb_hint_option(const struct verb *v, const char *word,
	char ret[VERB_HINT_LEN]);

#endif
