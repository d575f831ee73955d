/* SPDX-License-Identifier: Apache-2.0 */
/* URLs of http and https, taken apart strictly: no user, no fragment. Pure. */
#ifndef AWS_TEXT_URL_H
#define AWS_TEXT_URL_H

#include <stdbool.h>
#include <stddef.h>

/* The pieces; they point into the text. */
struct url {
	bool plain;       /* http */
	const char *host; /* with the brackets of an IPv6 address */
	size_t host_n;
	const char *port; /* digits; port_n may be 0 */
	size_t port_n;
	const char *path; /* with what is behind it: "", "/", "/a?b=c" */
};

/* False, *ret untouched, where s is none. */
bool url_parse(const char *s, struct url *ret);

/* localhost, ::1, or 127.0.0.0/8 in four decimal numbers. */
bool url_is_loopback(const struct url *u);
/* Whether the host is this one, letters of either case alike. */
bool url_host_is(const struct url *u, const char *host);

#endif
