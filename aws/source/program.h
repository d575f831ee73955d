/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that a program prints, by the protocol of credential_process. */
#ifndef AWS_SOURCE_PROGRAM_H
#define AWS_SOURCE_PROGRAM_H

#include "aws/source/recipe.h"

/* What a program said that ended badly, and what to do about it: "" nothing. */
typedef void program_advice_fn(const struct source_request *q,
	const char *words, bool is_there, char *ret, size_t size);

/*
 * Runs it, as this process's user; see base/capture.h. `whose` names it in
 * errors and becomes the keys' origin; `advise` may be NULL. ERROR_FAILED where
 * it ends badly, with the first line of its standard error that says something;
 * those of capture_run and answer_parse; ERROR_FAILED for keys that are over.
 */
int program_ask(const struct source_request *q, char *const *argv,
	const char *whose, program_advice_fn *advise,
	struct aws_credentials *ret, struct error *err);

/* `aws VERB [NOUN] --profile NAME`, as a shell takes it, for an advice; a new
 * string, NULL without memory. */
char *program_aws_line(const struct config_profile *p, const char *verb,
	const char *noun);

#endif
