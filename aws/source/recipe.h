/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person's settings say about credentials: keys, and the roles that are
 * to be assumed with them, one from the other. No call of STS is made here:
 * aws/role/ does that, with the session of whoever wanted the credentials.
 */
#ifndef AWS_SOURCE_RECIPE_H
#define AWS_SOURCE_RECIPE_H

#include "aws/config/config.h"
#include "aws/keys/credentials.h"

/* As STS has them, with NUL. */
#define ROLE_ARN_MAX 2049
#define ROLE_SESSION_NAME_MAX 65
#define ROLE_EXTERNAL_ID_MAX 1225
#define ROLE_SERIAL_MAX 257
#define ROLE_DURATION_MIN 900 /* seconds */
#define ROLE_DURATION_MAX 43200

#define ROLES_MAX 8         /* in a chain */
#define WEB_TOKEN_MAX 20000 /* bytes */

/* A role to assume; "" and 0: not said. */
struct role_step {
	char arn[ROLE_ARN_MAX];
	char session_name[ROLE_SESSION_NAME_MAX];
	char external_id[ROLE_EXTERNAL_ID_MAX];
	char mfa_serial[ROLE_SERIAL_MAX];
	unsigned duration; /* seconds */
};

struct aws_recipe {
	struct aws_credentials keys; /* key_id "": the first role is assumed
	                                with web_token */
	struct secret web_token;     /* owned */
	struct role_step *steps;     /* owned; the first one first */
	size_t count;
};

/* Wipes. */
void recipe_done(struct aws_recipe *r);
/* Neither keys nor a token to begin with. */
bool recipe_is_empty(const struct aws_recipe *r);
/* Moves; *to must be all zero. */
void recipe_move(struct aws_recipe *to, struct aws_recipe *from);

/*
 * Adds a role behind the others, after checking the form of all its parts, as
 * if a person had typed them. ERROR_USAGE; `whose` names it there.
 */
int recipe_add(struct aws_recipe *r, const struct role_step *step,
	const char *whose, struct error *err);

struct credential_source;

/* What sources work with. */
struct source_request {
	const struct aws_config *config;
	int cancel_fd; /* readable: ERROR_INTERRUPTED; -1: none */
	deadline_t until;
	/* the sources that a profile alone decides about, without the
	   environment, NULL at the end; recipe_load puts them in */
	const struct credential_source *const *of_profile;
};

/*
 * Asks the sources in the order of the SDKs. ERROR_USAGE where none has any,
 * ERROR_UNSUPPORTED where the settings name a source that is not supported or
 * a program that is not there, ERROR_MALFORMED where a half or an impossible
 * key is found, ERROR_UNREACHABLE where a service of the machine or the
 * container is named and does not answer, ERROR_FAILED for a program that says
 * no. *ret must be all zero; it is to be ended by recipe_done, also after a
 * failure.
 */
int recipe_load(struct aws_recipe *ret, const struct source_request *q,
	struct error *err);

#endif
