/* SPDX-License-Identifier: Apache-2.0 */
/* URLs. */
#include "aws/text/url.h"

#include "base/text.h"

#include <string.h>

static bool parse_host(const char **s, struct url *u)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

	u->host = *s;
	if (**s == '[') {
		u->host_n = strspn(*s + 1, "0123456789abcdefABCDEF:.") + 2;
		if (u->host_n < 4 || (*s)[u->host_n - 1] != ']')
			return false;
	} else {
		u->host_n = strspn(*s, name);
		if (u->host_n == 0)
			return false;
	}
	*s += u->host_n;
	return true;
}

static bool parse_port(const char **s, struct url *u)
{
	uint64_t port;

	u->port = *s;
	u->port_n = 0;
	if (**s != ':')
		return true;
	u->port = *s + 1;
	u->port_n = strspn(u->port, "0123456789");
	*s = u->port + u->port_n;
	return text_parse_u64_n(u->port, u->port_n, 65535, &port) == 0 &&
		port > 0;
}

/* Printable ASCII without a blank; '#' begins what is never sent. */
static bool parse_path(const char *s, struct url *u)
{
	u->path = s;
	if (*s && *s != '/')
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s > '~' || *s == '#')
			return false;
	return true;
}

bool url_parse(const char *s, struct url *ret)
{
	struct url u = { .plain = false };

	if (strncmp(s, "https://", 8) == 0) {
		s += 8;
	} else if (strncmp(s, "http://", 7) == 0) {
		u.plain = true;
		s += 7;
	} else {
		return false;
	}
	if (!parse_host(&s, &u) || !parse_port(&s, &u) || !parse_path(s, &u))
		return false;
	*ret = u;
	return true;
}

/* 127.0.0.0/8 in four decimal numbers; shorter forms are read by nobody twice
 * the same way. */
static bool is_loopback_v4(const char *s, size_t n)
{
	uint64_t octet;
	size_t i, len;
	const char *dot;

	for (i = 0; i < 4; i++) {
		dot = n > 0 ? memchr(s, '.', n) : NULL;
		len = dot ? (size_t)(dot - s) : n;
		if ((i < 3) != (dot != NULL) || len > 3 ||
			text_parse_u64_n(s, len, 255, &octet) < 0)
			return false;
		if (i == 0 && octet != 127)
			return false;
		if (len > 1 && s[0] == '0')
			return false;
		s += len + (dot ? 1 : 0);
		n -= len + (dot ? 1 : 0);
	}
	return true;
}

bool url_host_is(const struct url *u, const char *host)
{
	return strlen(host) == u->host_n &&
		strncasecmp(host, u->host, u->host_n) == 0;
}

bool url_is_loopback(const struct url *u)
{
	return url_host_is(u, "localhost") || url_host_is(u, "[::1]") ||
		is_loopback_v4(u->host, u->host_n);
}
