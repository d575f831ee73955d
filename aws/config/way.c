/* SPDX-License-Identifier: Apache-2.0 */
/* CA bundle and proxy. */
#include "aws/config/way.h"

#include "aws/text/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void way_done(struct aws_way *w)
{
	free_p(&w->ca_bundle);
	wipe(w, sizeof(*w));
}

int way_set_ca(struct aws_way *w, const char *path, const char *name,
	struct error *err)
{
	char *copy = strdup(path);

	if (!copy)
		return error_memory(err);
	free_p(&w->ca_bundle);
	w->ca_bundle = copy;
	w->ca_is_systems = false;
	snprintf(w->ca_origin, sizeof(w->ca_origin), "%s", name);
	return 0;
}

/* A scheme that libcurl has for proxies, or none. What follows it. */
static const char *behind_scheme(const char *url)
{
	static const char *const schemes[] = { "http", "https", "socks4",
		"socks4a", "socks5", "socks5h" };
	const char *mark = strstr(url, "://");
	size_t i;

	if (!mark)
		return url;
	for (i = 0; i < ARRAY_LEN(schemes); i++)
		if (strlen(schemes[i]) == (size_t)(mark - url) &&
			strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return mark + 3;
	return NULL;
}

int way_set_proxy(struct aws_way *w, const char *url, const char *name,
	struct error *err)
{
	const char *rest = behind_scheme(url);
	const char *p;

	for (p = url; *p > ' ' && *p <= '~'; p++)
		;
	/* what it is stands nowhere: it may hold a password */
	if (!rest || !*rest || *p || strlen(url) >= sizeof(w->proxy))
		return error_set(err, ERROR_USAGE,
			"the proxy that %s names is not of the form "
			"http://HOST:PORT", name);
	snprintf(w->proxy, sizeof(w->proxy), "%s", url);
	snprintf(w->proxy_origin, sizeof(w->proxy_origin), "%s", name);
	w->proxy_is_systems = false;
	return 0;
}

/* An IPv4 address: nothing is below one. */
static bool is_numeric(const struct url *u)
{
	return strspn(u->host, "0123456789.") >= u->host_n;
}

/* "example.com" and ".example.com" are that host and all below it. */
static bool names_host(const char *item, size_t item_n, const struct url *u)
{
	size_t rest;

	if (item_n > 0 && *item == '.')
		item++, item_n--;
	if (item_n == 0 || item_n > u->host_n)
		return false;
	rest = u->host_n - item_n;
	return strncasecmp(item, u->host + rest, item_n) == 0 &&
		(rest == 0 || (u->host[rest - 1] == '.' && !is_numeric(u)));
}

bool way_is_by_proxy(const struct aws_way *w, const char *url)
{
	static const char between[] = ", \t";
	const char *item = w->bypass;
	struct url u;
	size_t n;

	if (!w->proxy[0] || !url_parse(url, &u) || u.plain ||
		strcmp(w->bypass, "*") == 0)
		return false;
	for (; *item; item += n) {
		item += strspn(item, between);
		n = strcspn(item, between);
		if (names_host(item, n, &u))
			return false;
	}
	return true;
}

void way_show_proxy(const struct aws_way *w, char ret[WAY_PROXY_MAX])
{
	const char *rest = behind_scheme(w->proxy);
	const char *at = strrchr(w->proxy, '@');

	if (rest && at && at >= rest)
		snprintf(ret, WAY_PROXY_MAX, "%.*s%s",
			(int)(rest - w->proxy), w->proxy, at + 1);
	else
		snprintf(ret, WAY_PROXY_MAX, "%s", w->proxy);
}

bool way_is_foreign(const struct aws_way *w)
{
	return (w->ca_bundle && !w->ca_is_systems) ||
		(w->proxy[0] && !w->proxy_is_systems);
}
