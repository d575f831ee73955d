/* SPDX-License-Identifier: Apache-2.0 */
/* What comes back: the head's few lines that count, the body, a failure. */
#include "aws/http/exchange.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* The value of a header line where it has this name; NULL else. */
static const char *header_value(const char *line, size_t n, const char *name,
	size_t *ret_n)
{
	size_t len = strlen(name);

	if (n <= len || strncasecmp(line, name, len) != 0 || line[len] != ':')
		return NULL;
	line += len + 1;
	n -= len + 1;
	while (n > 0 && strchr(" \t", *line))
		line++, n--;
	while (n > 0 && strchr(" \t\r\n", line[n - 1]))
		n--;
	*ret_n = n;
	return line;
}

static void keep_request_id(struct http_reply *r, const char *line, size_t n)
{
	static const char *const names[] = { "x-amzn-RequestId",
		"x-amz-request-id" };
	const char *value;
	size_t i, len;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		value = header_value(line, n, names[i], &len);
		if (!value)
			continue;
		snprintf(r->request_id, sizeof(r->request_id), "%.*s",
			(int)len, value);
		utf8_sanitise(r->request_id);
	}
}

static void keep_date(struct http_reply *r, const char *line, size_t n)
{
	char date[40];
	const char *value;
	size_t len;

	value = header_value(line, n, "Date", &len);
	if (!value || len >= sizeof(date))
		return;
	memcpy(date, value, len);
	date[len] = '\0';
	if (text_parse_http_date(date, &r->date) < 0)
		return;
	r->has_date = true;
	r->date_at = deadline_now();
}

static void keep_etag(struct http_reply *r, const char *line, size_t n)
{
	const char *value;
	size_t len;

	value = header_value(line, n, "ETag", &len);
	if (!value || len >= sizeof(r->etag))
		return;
	snprintf(r->etag, sizeof(r->etag), "%.*s", (int)len, value);
	utf8_sanitise(r->etag);
}

/* "HTTP/1.1 100 Continue" */
static bool is_interim(const char *line, size_t n)
{
	const char *blank = memchr(line, ' ', n);

	return blank && blank + 1 < line + n && blank[1] == '1';
}

static size_t on_header(char *p, size_t size, size_t n, void *data)
{
	struct http_exchange *x = data;

	n *= size;
	/* behind the body, whoever wrote the body wrote them */
	if (x->past_head)
		return n;
	/* a status line begins a new reply: an interim one came before */
	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		x->interim = is_interim(p, n);
		x->reply->has_date = false;
		x->reply->request_id[0] = '\0';
		x->reply->etag[0] = '\0';
	}
	if (n > 0 && strchr("\r\n", p[0]))
		x->past_head = !x->interim;
	keep_etag(x->reply, p, n);
	keep_request_id(x->reply, p, n);
	keep_date(x->reply, p, n);
	return n;
}

static size_t on_body(char *p, size_t size, size_t n, void *data)
{
	struct http_exchange *x = data;

	n *= size;
	buf_put(&x->reply->body, p, n);
	if (!buf_failed(&x->reply->body))
		return n;
	x->too_large = true;
	return 0;
}

void exchange_set_reply(struct http_exchange *x)
{
	CURL *c = x->easy;

	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->detail);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
}

int exchange_timed_out(struct error *err)
{
	return error_set(err, ERROR_TIMEOUT, "no answer in time");
}

static const struct {
	CURLcode code;
	const char *advice;
} advices[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, "does DNS work here, is a proxy needed "
		"(https_proxy); else, is the name (at AWS, the region) one "
		"that there is" },
	{ CURLE_COULDNT_RESOLVE_PROXY, "see https_proxy in the environment" },
	{ CURLE_COULDNT_CONNECT, "is there a way out, or is a proxy needed "
		"(https_proxy)" },
	{ CURLE_PEER_FAILED_VERIFICATION, "where a proxy re-signs TLS, name "
		"its CA by AWS_CA_BUNDLE" },
	{ CURLE_SSL_CACERT_BADFILE, "see AWS_CA_BUNDLE" },
};

/* The proxy's word, where it would not let us by; 0. */
static int proxy_refusal(const struct http_exchange *x)
{
	long status = 0;

	(void)curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 400 && status < 500 ? (int)status : 0;
}

static int refused_by_proxy(const struct http_exchange *x, int status,
	struct error *err)
{
	int r = error_set(err, ERROR_UNREACHABLE, "cannot reach '%s': the proxy "
		"answers %d: %s", x->request->url, status, status == 407 ?
		"it wants a name and a password, which are wrong or missing in "
		"https_proxy=http://NAME:PASSWORD@HOST:PORT (as in a URL, %40 "
		"for @)" : "it lets nobody by to there");
	if (err)
		err->status = status;
	return r;
}

int exchange_unreachable(const struct http_exchange *x, CURLcode code,
	struct error *err)
{
	const char *advice = NULL;
	size_t i;

	if (code == CURLE_OPERATION_TIMEDOUT &&
		deadline_passed(x->request->until))
		return exchange_timed_out(err);
	if (x->too_large)
		return error_set(err, ERROR_UNREACHABLE,
			"the answer of '%s' is larger than %zu bytes",
			x->request->url, x->request->reply_max);
	/* on_ready refused to send a second time */
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return error_set(err, ERROR_UNREACHABLE,
			"'%s' closed the connection and gave no answer",
			x->request->url);
	if (x->sent > 0)
		return error_set(err, ERROR_UNREACHABLE,
			"lost the connection to '%s': %.200s", x->request->url,
			x->detail[0] ? x->detail : curl_easy_strerror(code));
	if (proxy_refusal(x))
		return refused_by_proxy(x, proxy_refusal(x), err);
	for (i = 0; i < ARRAY_LEN(advices); i++)
		if (advices[i].code == code)
			advice = advices[i].advice;
	return error_set(err, ERROR_UNREACHABLE,
		"cannot reach '%s': %.200s%s%s", x->request->url,
		x->detail[0] ? x->detail : curl_easy_strerror(code),
		advice ? ": " : "", advice ? advice : "");
}
