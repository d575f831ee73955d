/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libcurl.
 *
 * Every request has an easy handle of its own, which is ended with the request
 * and takes its copies of key, request and reply along into the wiping heap;
 * the connection stays, in the multi handle.
 *
 * What libcurl 7.88 signs wrongly is never sent: no header twice, none
 * suppressed, no date of our own, no path but /, no query.
 */
#include "aws/http/http.h"

#include "aws/http/memory.h"
#include "base/text.h"

#include <curl/curl.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/select.h>
#include <unistd.h>

#define CONNECT_TIMEOUT_MS 15000L
#define IDLE_MAX_S 50L /* an older connection is not used again */
#define POLL_MS 1000
#define POLL_BLIND_MS 20 /* where libcurl has nothing to wait for */
#define KEPT_MAX 64L     /* connections */
#define HEADER_MAX (32u << 10) /* session tokens have no stated limit */

struct http {
	CURLM *multi;           /* owned */
	struct buf ca_pem;      /* owned */
	char *user_agent;       /* owned */
	int cancel_fd;
	unsigned connections;
	struct http_exchange *first; /* under way, or over; the callers' */
};

enum method { METHOD_POST, METHOD_GET, METHOD_PUT };

/* One request under way. */
struct http_exchange {
	struct http *h;
	struct http_exchange *next;
	void *data;
	bool over;
	bool late;      /* its deadline passed, by our own clock */
	CURLcode code;  /* when it is over */
	const struct http_request *request;
	struct http_reply *reply;
	CURL *easy;
	enum method method;
	struct curl_slist *headers;
	unsigned sent;  /* times that sending began */
	bool interim;   /* the head under way is one of 100 to 199 */
	bool past_head; /* what still comes as a header is a trailer */
	bool too_large;
	char detail[CURL_ERROR_SIZE];
};

bool http_available(void)
{
	return true;
}

int http_global_init(struct error *err)
{
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, memory_alloc,
		    memory_free, memory_realloc, memory_strdup,
		    memory_calloc) != CURLE_OK)
		return error_set(err, ERROR_FAILED, "cannot set up libcurl");
	return 0;
}

/*
 * OpenSSL writes to sockets that may be dead, and with CURLOPT_NOSIGNAL
 * libcurl leaves SIGPIPE to the program: it is held back meanwhile, and one
 * that came is taken away.
 */
struct quiet {
	sigset_t pipe, before;
	bool pending; /* before us: not ours to take */
};

static void quiet_begin(struct quiet *q)
{
	sigset_t now;

	sigemptyset(&q->pipe);
	sigaddset(&q->pipe, SIGPIPE);
	sigemptyset(&now);
	sigpending(&now);
	q->pending = sigismember(&now, SIGPIPE) == 1;
	pthread_sigmask(SIG_BLOCK, &q->pipe, &q->before);
}

static void quiet_end(struct quiet *q)
{
	static const struct timespec at_once = { 0, 0 };

	if (!q->pending)
		while (sigtimedwait(&q->pipe, NULL, &at_once) < 0 &&
			errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &q->before, NULL);
}

void http_free(struct http **h)
{
	struct quiet quiet;

	if (!h || !*h)
		return;
	quiet_begin(&quiet);
	if ((*h)->multi)
		curl_multi_cleanup((*h)->multi);
	quiet_end(&quiet);
	buf_done(&(*h)->ca_pem);
	free_p(&(*h)->user_agent);
	free_p(h);
}

int http_new(struct http **ret, const struct http_options *options,
	struct error *err)
{
	CLEANUP(http_free) struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return error_memory(err);
	h->cancel_fd = options->cancel_fd;
	h->multi = curl_multi_init();
	h->user_agent = strdup(options->user_agent);
	if (options->ca_pem) {
		buf_init(&h->ca_pem, options->ca_pem->n);
		buf_put(&h->ca_pem, options->ca_pem->p, options->ca_pem->n);
	}
	if (h->multi)
		curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, KEPT_MAX);
	if (!h->multi || !h->user_agent || buf_failed(&h->ca_pem))
		return error_memory(err);
	*ret = steal(&h);
	return 0;
}

void http_reply_done(struct http_reply *r)
{
	buf_done(&r->body);
}

unsigned http_connections(const struct http *h)
{
	return h->connections;
}

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

static bool add_header(struct http_exchange *x, const char *name, const char *value)
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
static bool set_transport(const struct http *h, struct http_exchange *x)
{
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
	if (!set_proxy(x, plain))
		return false;
	if (h->ca_pem.n > 0)
		ok = curl_easy_setopt(c, CURLOPT_CAINFO_BLOB, &ca) ==
				CURLE_OK &&
			curl_easy_setopt(c, CURLOPT_CAPATH, NULL) == CURLE_OK;
	curl_easy_setopt(c, CURLOPT_USERAGENT, h->user_agent);
	return ok;
}

static void set_callbacks(struct http_exchange *x)
{
	CURL *c = x->easy;

	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, x->detail);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, on_ready);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, x);
	curl_easy_setopt(c, CURLOPT_SSL_CTX_FUNCTION, on_tls);
}

/* The settings whose failure would change what is sent. */
static bool set_request(struct http_exchange *x)
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

static int http_timed_out(struct error *err)
{
	return error_set(err, ERROR_TIMEOUT, "no answer in time");
}

static int http_interrupted(struct error *err)
{
	return error_set(err, ERROR_INTERRUPTED, "interrupted");
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

static int http_unreachable(const struct http_exchange *x, CURLcode code,
	struct error *err)
{
	const char *advice = NULL;
	size_t i;

	if (code == CURLE_OPERATION_TIMEDOUT &&
		deadline_passed(x->request->until))
		return http_timed_out(err);
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
	for (i = 0; i < ARRAY_LEN(advices); i++)
		if (advices[i].code == code)
			advice = advices[i].advice;
	return error_set(err, ERROR_UNREACHABLE,
		"cannot reach '%s': %.200s%s%s", x->request->url,
		x->detail[0] ? x->detail : curl_easy_strerror(code),
		advice ? ": " : "", advice ? advice : "");
}

/* ---- under way ---- */

/* Nothing begins behind the deadline or after a Ctrl-C. */
static int may_begin(const struct http *h, const struct http_request *request,
	struct error *err)
{
	if (h->cancel_fd >= 0 && deadline_sleep(0, h->cancel_fd))
		return http_interrupted(err);
	return deadline_passed(request->until) ? http_timed_out(err) : 0;
}

static void exchange_drop(struct http_exchange **x)
{
	struct http_exchange **at = &(*x)->h->first;

	while (*at && *at != *x)
		at = &(*at)->next;
	if (*at)
		*at = (*x)->next;
	curl_easy_cleanup((*x)->easy);
	curl_slist_free_all((*x)->headers);
	free_p(x);
}

static int exchange_begin(struct http_exchange *x, struct error *err)
{
	set_callbacks(x);
	if (!set_transport(x->h, x) || !add_headers(x) || !set_request(x) ||
		curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x) != CURLE_OK)
		return error_set(err, ERROR_FAILED,
			"libcurl cannot send this request");
	if (curl_multi_add_handle(x->h->multi, x->easy) != CURLM_OK)
		return error_memory(err);
	return 0;
}

static int exchange_new(struct http *h, const struct http_request *request,
	enum method method, struct http_reply *reply,
	struct http_exchange **ret, struct error *err)
{
	struct http_exchange *x;
	struct quiet quiet;
	int r;

	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, request->reply_max);
	r = may_begin(h, request, err);
	if (r < 0)
		return r;
	x = calloc(1, sizeof(*x));
	if (!x)
		return error_memory(err);
	*x = (struct http_exchange){ .h = h, .request = request,
		.reply = reply, .method = method, .next = h->first };
	h->first = x;
	quiet_begin(&quiet);
	x->easy = curl_easy_init();
	r = x->easy ? exchange_begin(x, err) : error_memory(err);
	if (r < 0)
		exchange_drop(&x);
	quiet_end(&quiet);
	*ret = x;
	return r;
}

int http_begin(struct http *h, const struct http_request *request,
	struct http_reply *reply, void *data, struct http_exchange **ret,
	struct error *err)
{
	struct http_exchange *x = NULL;
	int r = exchange_new(h, request, METHOD_POST, reply, &x, err);

	if (r < 0)
		return r;
	x->data = data;
	*ret = x;
	return 0;
}

struct http_exchange *http_over(const struct http *h)
{
	struct http_exchange *x = h->first;

	while (x && !x->over)
		x = x->next;
	return x;
}

void *http_data(const struct http_exchange *x)
{
	return x->data;
}

/* Marks what has come to its end, or to its deadline. */
static void mark_over(struct http *h)
{
	struct http_exchange *x;
	CURLMsg *message;
	char *of;
	int left;

	while ((message = curl_multi_info_read(h->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		of = NULL;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &of);
		x = (void *)of;
		x->over = true;
		x->code = message->data.result;
	}
	for (x = h->first; x; x = x->next)
		if (!x->over && deadline_passed(x->request->until))
			x->over = x->late = true;
}

static int http_move(struct http *h, struct error *err)
{
	struct quiet quiet;
	CURLMcode code;
	int running;

	quiet_begin(&quiet);
	code = curl_multi_perform(h->multi, &running);
	quiet_end(&quiet);
	if (code != CURLM_OK)
		return error_set(err, ERROR_UNREACHABLE,
			"libcurl cannot go on");
	mark_over(h);
	return 0;
}

/* True where `wanted` is over, or any where that is NULL. */
static int move_all(struct http *const *list, size_t n,
	const struct http_exchange *wanted, struct error *err)
{
	bool over = false;
	size_t i;
	int r = 0;

	for (i = 0; r >= 0 && i < n; i++) {
		r = http_move(list[i], err);
		over |= wanted ? wanted->over : http_over(list[i]) != NULL;
	}
	return r < 0 ? r : over;
}

#define FDS_MAX 1024

/* Adds what one waits for; false where libcurl cannot name it. */
static bool add_fds(const struct http *h, struct curl_waitfd *fds,
	unsigned *n)
{
	fd_set in, out, strange;
	int fd, last = -1;
	short events;

	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_ZERO(&strange);
	if (curl_multi_fdset(h->multi, &in, &out, &strange, &last) != CURLM_OK ||
		last < 0)
		return h->first == NULL;
	for (fd = 0; fd <= last && *n < FDS_MAX; fd++) {
		events = (short)((FD_ISSET(fd, &in) ? CURL_WAIT_POLLIN : 0) |
			(FD_ISSET(fd, &out) ? CURL_WAIT_POLLOUT : 0));
		if (events)
			fds[(*n)++] = (struct curl_waitfd){ .fd = fd,
				.events = events };
	}
	return true;
}

/* How long libcurl can be left alone, and until when what is under way. */
static int64_t wait_limit(struct http *const *list, size_t n, deadline_t until)
{
	const struct http_exchange *x;
	int64_t ms = POLL_MS;
	size_t i;
	long own;
	int left;

	for (i = 0; i < n; i++) {
		if (curl_multi_timeout(list[i]->multi, &own) == CURLM_OK &&
			own >= 0 && own < ms)
			ms = own;
		for (x = list[i]->first; x; x = x->next)
			until = deadline_min(until, x->request->until);
	}
	left = deadline_left(until);
	return left >= 0 && left < ms ? left : ms;
}

/* Until one of them can go on; the first one's libcurl waits for all. */
static int wait_all(struct http *const *list, size_t n, deadline_t until,
	struct error *err)
{
	struct curl_waitfd fds[FDS_MAX];
	unsigned count = 0, cancels;
	int64_t ms = wait_limit(list, n, until);
	size_t i;

	for (i = 0; i < n && count < FDS_MAX; i++)
		if (list[i]->cancel_fd >= 0)
			fds[count++] = (struct curl_waitfd){
				.fd = list[i]->cancel_fd,
				.events = CURL_WAIT_POLLIN };
	cancels = count;
	for (i = 1; i < n; i++)
		if (!add_fds(list[i], fds, &count) && ms > POLL_BLIND_MS)
			ms = POLL_BLIND_MS;
	curl_multi_poll(list[0]->multi, fds, count, (int)ms, NULL);
	for (i = 0; i < cancels; i++)
		if (fds[i].revents)
			return http_interrupted(err);
	return 0;
}

static int step_for(struct http *const *list, size_t n,
	const struct http_exchange *wanted, deadline_t until,
	struct error *err)
{
	int r = move_all(list, n, wanted, err);

	if (r == 0)
		r = wait_all(list, n, until, err);
	if (r == 0)
		r = move_all(list, n, wanted, err);
	return r < 0 ? r : 0;
}

int http_step(struct http *const *list, size_t n, deadline_t until,
	struct error *err)
{
	return step_for(list, n, NULL, until, err);
}

static int exchange_result(struct http_exchange *x, struct error *err)
{
	long status = 0;

	if (!x->over)
		return http_interrupted(err);
	if (x->late)
		return http_timed_out(err);
	if (x->code != CURLE_OK)
		return http_unreachable(x, x->code, err);
	curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	x->reply->status = (int)status;
	return 0;
}

int http_end(struct http_exchange **x, struct error *err)
{
	struct quiet quiet;
	long connects = 0;
	int r;

	if (!*x)
		return 0;
	quiet_begin(&quiet);
	curl_multi_remove_handle((*x)->h->multi, (*x)->easy);
	curl_easy_getinfo((*x)->easy, CURLINFO_NUM_CONNECTS, &connects);
	(*x)->h->connections += (unsigned)connects;
	(*x)->reply->sent = (*x)->sent > 0;
	r = exchange_result(*x, err);
	exchange_drop(x);
	quiet_end(&quiet);
	return r;
}

/* ---- one alone ---- */

static int http_exchange(struct http *h, const struct http_request *request,
	enum method method, struct http_reply *ret, struct error *err)
{
	struct http_exchange *x = NULL;
	int r = exchange_new(h, request, method, ret, &x, err);

	if (r < 0)
		return r;
	while (r >= 0 && !x->over)
		r = step_for(&h, 1, x, request->until, err);
	if (r >= 0)
		return http_end(&x, err);
	http_end(&x, NULL);
	return r;
}

int http_post(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	return http_exchange(h, request, METHOD_POST, ret, err);
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	return http_exchange(h, request, METHOD_GET, ret, err);
}

int http_put(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	return http_exchange(h, request, METHOD_PUT, ret, err);
}
