/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials of AWS, from the first of a table of sources that has some.
 *
 * One more source is one more file of this room and one more row in sources.c.
 * All of them run in the process of the person whose settings they are: see
 * aws/caller/settings.h. So a source may open what that person's files name and
 * run what they say, and hands up nothing but keys.
 */
#ifndef AWS_SOURCE_CREDENTIALS_H
#define AWS_SOURCE_CREDENTIALS_H

#include "aws/config/config.h"

#include <time.h>

#define ACCESS_KEY_ID_MAX 129 /* with NUL */

struct aws_credentials {
	char key_id[ACCESS_KEY_ID_MAX];
	struct secret key;   /* secret access key, owned */
	struct secret token; /* session token, owned; empty: long-term keys */
	time_t expires;      /* 0: not known */
	char origin[96];     /* "environment", "profile 'alice' of ..." */
};

/*
 * One place where credentials may come from. load() leaves *ret_found false
 * and *ret alone where this place has none; it fails where the place is named
 * by the settings but cannot be used.
 */
struct credential_source {
	const char *name;
	int (*load)(const struct aws_config *config,
		struct aws_credentials *ret, bool *ret_found,
		struct error *err);
};

/* Long-term keys or a session, AWS_ACCESS_KEY_ID and so on. */
extern const struct credential_source source_environment;
/* No keys, and an error where a file that is named is not there. */
extern const struct credential_source source_named_file;
/* Keys in the credentials file, and in the config file. */
extern const struct credential_source source_credentials_file;
extern const struct credential_source source_config_file;
/* Places that are recognised and not supported: the error says what to do. */
extern const struct credential_source source_role;
extern const struct credential_source source_web_identity;
extern const struct credential_source source_sso;
extern const struct credential_source source_login;
extern const struct credential_source source_process;
extern const struct credential_source source_old_file;
extern const struct credential_source source_boto;
extern const struct credential_source source_container;
extern const struct credential_source source_sso_half;

/*
 * Asks the sources in the order of the SDKs. ERROR_USAGE where none has any,
 * ERROR_UNSUPPORTED where the settings name a source that is not supported
 * (the text names it and the command that makes keys of it), ERROR_MALFORMED
 * where a half or an impossible key is found. *ret must be all zero; it is
 * untouched on failure.
 */
int credentials_load(struct aws_credentials *ret,
	const struct aws_config *config, struct error *err);
/* Wipes. */
void credentials_done(struct aws_credentials *c);

/*
 * What a person can do whose credentials come from elsewhere: the command that
 * makes three variables of them, as the end of a sentence. `named`: they are
 * the profile's, not the environment's or the machine's.
 */
#define WAY_OUT_MAX 400
void credentials_way_out(const struct aws_config *config, bool named,
	char ret[WAY_OUT_MAX]);

/*
 * Fills *ret from the parts (token may be NULL or empty) after checking their
 * form. `origin` is also what the error names. For the sources.
 */
int credentials_set(struct aws_credentials *ret, const char *key_id,
	const void *key, size_t key_n, const void *token, size_t token_n,
	const char *origin, struct error *err);

#endif
