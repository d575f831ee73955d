/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent, and how. What libcurl 7.88 signs wrongly is never sent: no
 * header twice, none suppressed, no date of our own, no path but /, no query.
 */
#include "aws/http/exchange.h"

#include "base/text.h"

#include <openssl/ssl.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 15000L
#define IDLE_MAX_S 50L /* an older connection is not used again */
#define HEADER_MAX (32u << 10) /* session tokens have no stated limit */

/*
 * Connected, nothing sent yet. libcurl sends a request a second time on its
 * own when a reused connection ends before the first byte of the reply: by
 * then the first one may have had its effect.
 */
static int on_ready(void *data, char *remote, char *local, int remote_port,
	int local_port)
{
	struct http_exchange *x = data;

	(void)remote;
	(void)local;
	(void)remote_port;
	(void)local_port;
	if (x->sent > 0 && !x->request->repeatable)
		return CURL_PREREQFUNC_ABORT;
	x->sent++;
	return CURL_PREREQFUNC_OK;
}

/* Decrypted records go back to the heap, wiped, as soon as they are read. */
static CURLcode on_tls(CURL *easy, void *context, void *data)
{
	(void)easy;
	(void)data;
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	return CURLE_OK;
}

static bool add_header(struct http_exchange *x, const char *name,
	const char *value)
{
	CLEANUP(buf_done) struct buf line;
	struct curl_slist *grown;

	buf_init(&line, HEADER_MAX);
	buf_printf(&line, "%s: %s", name, value);
	if (buf_failed(&line))
		return false;
	grown = curl_slist_append(x->headers, buf_str(&line));
	if (!grown)
		return false;
	x->headers = grown;
	return true;
}

static bool is_printable(const char *s)
{
	for (; *s; s++)
		if (*s < ' ' || *s > '~')
			return false;
	return true;
}

static bool add_more_headers(struct http_exchange *x)
{
	const struct http_header *h = x->request->headers;

	for (; h && h->name; h++)
		if (!is_printable(h->value) ||
			!add_header(x, h->name, h->value))
			return false;
	return true;
}

static bool add_headers(struct http_exchange *x)
{
	const struct http_request *q = x->request;

	if (!add_more_headers(x))
		return false;
	if (x->method == METHOD_GET)
		return !q->etag || !q->etag[0] ||
			add_header(x, "If-None-Match", q->etag);
	if (x->method == METHOD_PUT)
		return true;
	if (!add_header(x, "Content-Type", q->content_type))
		return false;
	if (q->target && !add_header(x, "X-Amz-Target", q->target))
		return false;
	if (!q->token || q->token->n == 0)
		return true;
	return add_header(x, "X-Amz-Security-Token", secret_str(q->token));
}

/* Whether the environment belongs to somebody else: no proxy out of it. */
static bool environment_is_foreign(void)
{
	return getauxval(AT_SECURE) || getuid() != geteuid() ||
		getgid() != getegid();
}

/* False: the one that was named would not be used. */
static bool set_proxy(struct http_exchange *x, bool plain)
{
	const char *proxy = x->request->proxy;

	if (plain || (!proxy && environment_is_foreign()))
		proxy = "";
	/* which hosts go without it was decided by whoever named it */
	return !proxy || (curl_easy_setopt(x->easy, CURLOPT_PROXY, proxy) ==
		CURLE_OK && curl_easy_setopt(x->easy, CURLOPT_NOPROXY, "") ==
		CURLE_OK);
}

/* False: the certificates that were named would not be the ones that count. */
static bool set_transport(struct http_exchange *x)
{
	const struct http *h = x->h;
	struct curl_blob ca = { h->ca_pem.p, h->ca_pem.n, CURL_BLOB_NOCOPY };
	CURL *c = x->easy;
	bool ok = true;
	bool plain = strncmp(x->request->url, "http:", 5) == 0;
	long left = deadline_left(x->request->until);

	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
		(long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(c, CURLOPT_SSLVERSION,
		(long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
	if (left >= 0)
		curl_easy_setopt(c, CURLOPT_TIMEOUT_MS,
			left > 0 ? (long)left : 1L);
	curl_easy_setopt(c, CURLOPT_MAXAGE_CONN, IDLE_MAX_S);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, x);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	if (!set_proxy(x, plain))
		return false;
	if (h->ca_pem.n > 0)
		ok = curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &ca) ==
				CURLE_OK &&
			curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
	curl_easy_setopt(c, CURLOPT_USERAGENT, h->user_agent);
	return ok;
}

/* The settings whose failure would change what is sent. */
static bool set_content(struct http_exchange *x)
{
	const struct http_request *q = x->request;
	CURL *c = x->easy;
	bool ok;

	ok = curl_easy_setopt(c, CURLOPT_URL, q->url) == CURLE_OK &&
		curl_easy_setopt(c, CURLOPT_HTTPHEADER, x->headers) == CURLE_OK;
	if (x->method == METHOD_GET)
		return ok && curl_easy_setopt(c, CURLOPT_HTTPGET, 1L) ==
			CURLE_OK;
	if (x->method == METHOD_PUT)
		return ok && curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST,
				     "PUT") == CURLE_OK &&
			curl_easy_setopt(c, CURLOPT_POSTFIELDS, "") == CURLE_OK;
	ok = ok &&
		curl_easy_setopt(c, CURLOPT_POSTFIELDS, q->body) == CURLE_OK &&
		curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE,
			(curl_off_t)q->body_n) == CURLE_OK;
	if (!ok || !q->sign)
		return ok;
	return curl_easy_setopt(c, CURLOPT_AWS_SIGV4, q->sign) == CURLE_OK &&
		curl_easy_setopt(c, CURLOPT_USERNAME, q->key_id) == CURLE_OK &&
		curl_easy_setopt(c, CURLOPT_PASSWORD, secret_str(q->key)) ==
			CURLE_OK;
}

bool exchange_set_request(struct http_exchange *x)
{
	return set_transport(x) && add_headers(x) && set_content(x);
}
