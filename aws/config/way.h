/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to AWS: a CA bundle in place of the system's certificates, and a
 * proxy. Whoever says either can stand between: so each says who said it.
 */
#ifndef AWS_CONFIG_WAY_H
#define AWS_CONFIG_WAY_H

#include "base/error.h"

#define WAY_ORIGIN_MAX 80
#define WAY_PROXY_MAX 512     /* bytes of a proxy's URL, with NUL */
#define WAY_BYPASS_MAX 2048   /* of a list of hosts */

struct aws_way {
	char *ca_bundle;      /* owned path; NULL: the system's certificates */
	char ca_origin[WAY_ORIGIN_MAX];    /* "AWS_CA_BUNDLE" ... */
	bool ca_is_systems;   /* by the system's settings */
	char proxy[WAY_PROXY_MAX];         /* may hold a password; "": none */
	char proxy_origin[WAY_ORIGIN_MAX]; /* "https_proxy" ... */
	bool proxy_is_systems;
	char bypass[WAY_BYPASS_MAX];       /* no_proxy: hosts without it */
};

/* Wipes. */
void way_done(struct aws_way *w);

/*
 * Sets one of them after checking its form; `name` says who said so, also in
 * the error. ERROR_USAGE.
 */
int way_set_proxy(struct aws_way *w, const char *url, const char *name,
	struct error *err);
int way_set_ca(struct aws_way *w, const char *path, const char *name,
	struct error *err);

/*
 * Whether a request to this URL goes by the proxy: https to a host that the
 * list does not name. That is `*`, or names with commas or blanks between them:
 * a host, and every host below it, a dot in front or not; an address, exactly.
 */
bool way_is_by_proxy(const struct aws_way *w, const char *url);

/* The proxy without its user and password, for people. */
void way_show_proxy(const struct aws_way *w, char ret[WAY_PROXY_MAX]);

/* Whether anything of it was said by somebody else than the system. */
bool way_is_foreign(const struct aws_way *w);

#endif
