/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libcurl.
 *
 * Every request has an easy handle of its own, which is ended with the request
 * and takes its copies of key, request and reply along into the wiping heap;
 * the connection stays, in the multi handle.
 */
#include "aws/http/exchange.h"

#include "aws/http/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>

#define POLL_MS 1000
#define POLL_BLIND_MS 20 /* where libcurl has nothing to wait for */
#define KEPT_MAX 64L     /* connections */
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
static int http_interrupted(struct error *err)
{
	return error_set(err, ERROR_INTERRUPTED, "interrupted");
}

/* ---- under way ---- */

/* Nothing begins behind the deadline or after a Ctrl-C. */
static int may_begin(const struct http *h, const struct http_request *request,
	struct error *err)
{
	if (h->cancel_fd >= 0 && deadline_sleep(0, h->cancel_fd))
		return http_interrupted(err);
	return deadline_passed(request->until) ? exchange_timed_out(err) : 0;
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
	exchange_set_reply(x);
	if (!exchange_set_request(x) ||
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
	if (curl_multi_fdset(h->multi, &in, &out, &strange, &last) !=
			CURLM_OK || last < 0)
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
		return exchange_timed_out(err);
	if (x->code != CURLE_OK)
		return exchange_unreachable(x, x->code, err);
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
