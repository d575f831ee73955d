/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that a session with AWS needs of somebody's settings: endpoints, region,
 * attempts, CA certificates, credentials.
 *
 * They are those of the person who called: where root runs on behalf of another
 * (person_who_called), a process of that person resolves them
 * (tokenbridge-settings), because profiles lie in that person's home, and what
 * they name, a file or a program, is that person's to open and to run, never
 * root's. Root gets values over a socket, bounded, parsed like any input, and
 * checked once more.
 *
 * Keys that stand in root's own environment are not sent down: they are taken
 * here, and only the rest is asked for.
 */
#ifndef AWS_CALLER_SETTINGS_H
#define AWS_CALLER_SETTINGS_H

#include "aws/source/recipe.h"
#include "base/buf.h"
#include "base/person.h"

#define CA_PEM_MAX (1u << 20) /* bytes of a CA bundle */

struct aws_settings {
	struct aws_config config;  /* without the profile's entries */
	struct aws_recipe recipe;  /* what credentials are made of */
	struct buf ca_pem;         /* PEM; empty: the system's certificates */
	bool has_owner;            /* they are another person's */
	struct person owner;
};

/*
 * Whoever they are of. Errors of config_load and recipe_load;
 * ERROR_INTERRUPTED and ERROR_TIMEOUT while another process is waited for,
 * ERROR_FAILED where that one ends or answers what cannot be. *ret is to be
 * ended by settings_done, also after a failure.
 */
int settings_load(struct aws_settings *ret, const struct aws_options *options,
	struct error *err);

/* In this process, with its own environment, home and rights. */
int settings_here(struct aws_settings *ret, const struct aws_options *options,
	struct error *err);

/* Of that person, by tokenbridge-settings. */
int settings_ask(struct aws_settings *ret, const struct aws_options *options,
	const struct person *person, struct error *err);

/* Reads the CA bundle that the configuration names, in this process. */
int settings_read_ca(struct aws_settings *s, struct error *err);

/* Wipes. */
void settings_done(struct aws_settings *s);

#endif
