/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP over libcurl against a server that says exactly what it is told to, and
 * hands over what it was asked, byte for byte.
 */
#include "aws/http/http.h"

#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define SIZE(n) "Content-Length: " n "\r\n"
#define SOON 20000

/* What one connection is answered, request by request; the last one closes. */
struct answers {
	const char *of[4];
	bool silent; /* to the last request: it stays open, and nothing comes */
	bool drops;  /* one more request is heard, and then it is closed */
};

static struct http *http;
static struct http_reply reply;
static struct secret key, token;
static pid_t server;
static int asked_fd;
static char url[64], asked[65536];

/* ---- a libcurl that fails ---- */

static bool curl_starts_not, curl_stops;

CURLcode __real_curl_global_init_mem(long flags, curl_malloc_callback m,
	curl_free_callback f, curl_realloc_callback r, curl_strdup_callback s,
	curl_calloc_callback c);
WRAP(CURLcode, curl_global_init_mem, long flags, curl_malloc_callback m,
	curl_free_callback f, curl_realloc_callback r, curl_strdup_callback s,
	curl_calloc_callback c)
{
	return curl_starts_not ? CURLE_FAILED_INIT :
		__real_curl_global_init_mem(flags, m, f, r, s, c);
}

CURLMcode __real_curl_multi_perform(CURLM *multi, int *ret_running);
WRAP(CURLMcode, curl_multi_perform, CURLM *multi, int *ret_running)
{
	return curl_stops ? CURLM_INTERNAL_ERROR :
		__real_curl_multi_perform(multi, ret_running);
}

/* ---- the server ---- */

/* One request whole, its body by Content-Length; false: the peer is gone. */
static bool hear(int fd, int to)
{
	static char p[65536];
	size_t n = 0, body = 0;
	const char *end, *length;
	ssize_t k;

	for (;;) {
		p[n] = '\0';
		end = strstr(p, "\r\n\r\n");
		length = strstr(p, "Content-Length: ");
		if (end && length && length < end)
			body = (size_t)atoi(length + 16);
		if (end && n >= (size_t)(end - p) + 4 + body)
			break;
		k = read(fd, p + n, sizeof(p) - 1 - n);
		if (k <= 0)
			return false;
		n += (size_t)k;
	}
	p[n] = '\n';
	return write(to, p, n + 1) == (ssize_t)n + 1;
}

static void serve(int listener, int to, const struct answers *a, size_t n)
{
	size_t i, k;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < n; i++) {
		fd = accept(listener, NULL, NULL);
		for (k = 0; k < ARRAY_LEN(a->of) && a[i].of[k]; k++) {
			if (!hear(fd, to))
				break;
			if (write(fd, a[i].of[k], strlen(a[i].of[k])) < 0)
				break;
		}
		if (a[i].silent)
			pause();
		if (a[i].drops)
			hear(fd, to);
		close(fd);
	}
	_exit(0);
}

static void begin(const struct answers *a, size_t n)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), to[2];

	assert_int_equal(bind(listener, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(
		getsockname(listener, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(pipe(to), 0);
	server = fork();
	assert_true(server >= 0);
	if (server == 0)
		serve(listener, to[1], a, n);
	close(listener);
	close(to[1]);
	asked_fd = to[0];
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/",
		ntohs(at.sin_port));
}
#define BEGIN(...) \
	begin((const struct answers[]){ __VA_ARGS__ }, \
		ARRAY_LEN(((const struct answers[]){ __VA_ARGS__ })))

/* Ends the server; all that it was asked stands in `asked`. */
static void end_server(void)
{
	size_t n = 0;
	ssize_t k;

	if (server <= 0)
		return;
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	server = 0;
	while ((k = read(asked_fd, asked + n, sizeof(asked) - 1 - n)) > 0)
		n += (size_t)k;
	asked[n] = '\0';
	close(asked_fd);
}

static int set_up(void **state)
{
	const struct http_options o = { .user_agent = "us/1",
		.cancel_fd = -1 };

	(void)state;
	unsetenv("http_proxy");
	memset(&reply, 0, sizeof(reply));
	OK(http_new(&http, &o, &err));
	OK(secret_set(&key, "a-key", 5, &err));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	end_server();
	http_reply_done(&reply);
	http_free(&http);
	secret_done(&key);
	secret_done(&token);
	return 0;
}

static struct http_request some_request(void)
{
	return (struct http_request){ .url = url, .proxy = "",
		.content_type = "text/x", .body = "Action=A", .body_n = 8,
		.reply_max = 64, .until = deadline_in(SOON) };
}

static int post(const struct http_request *q)
{
	http_reply_done(&reply);
	memset(&reply, 0, sizeof(reply));
	return http_post(http, q, &reply, &err);
}

static size_t times(const char *part)
{
	const char *p;
	size_t n = 0;

	for (p = asked; (p = strstr(p, part)); p++)
		n++;
	return n;
}

static void assert_asked(const char *part)
{
	if (times(part) != 1)
		fail_msg("'%s' stands %zu times in:\n%s", part, times(part),
			asked);
}

/* ---- what is sent ---- */

static void a_post_says_what_it_was_given_and_nothing_twice(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .of = { OK_HEAD SIZE("2") "\r\nhi" } });
	q = some_request();
	OK(secret_set(&token, "a-token", 7, &err));
	q.sign = "aws:amz:eu-west-1:sts";
	q.key_id = "AKIAEXAMPLE";
	q.key = &key;
	q.token = &token;
	q.target = "Some.Target";
	OK(post(&q));
	assert_int_equal(reply.status, 200);
	assert_true(reply.sent);
	assert_int_equal(reply.body.n, 2);
	assert_memory_equal(reply.body.p, "hi", 2);
	assert_false(reply.has_date);
	assert_string_equal(reply.request_id, "");
	assert_int_equal(http_connections(http), 1);
	end_server();
	assert_asked("POST / HTTP/1.1\r\n");
	assert_asked("User-Agent: us/1\r\n");
	assert_asked("Content-Type: text/x\r\n");
	assert_asked("X-Amz-Target: Some.Target\r\n");
	assert_asked("X-Amz-Security-Token: a-token\r\n");
	assert_asked("Authorization: AWS4-HMAC-SHA256 "
		"Credential=AKIAEXAMPLE/");
	assert_asked("/eu-west-1/sts/aws4_request");
	assert_asked("\r\n\r\nAction=A\n");
	assert_int_equal(times("a-key"), 0);
	assert_int_equal(times("If-None-Match"), 0);
}

static void an_unsigned_post_has_neither_key_token_nor_target(void **state)
{
	const struct http_header more[] = { { "X-A", "1" }, { "X-B", "~ !" },
		{ NULL, NULL } };
	struct http_request q;

	(void)state;
	BEGIN({ .of = { OK_HEAD SIZE("0") "\r\n" } });
	q = some_request();
	q.headers = more;
	q.body_n = 3;
	OK(post(&q));
	assert_int_equal(reply.body.n, 0);
	end_server();
	assert_asked("X-A: 1\r\n");
	assert_asked("X-B: ~ !\r\n");
	assert_asked("\r\n\r\nAct\n");
	assert_int_equal(times("Authorization"), 0);
	assert_int_equal(times("X-Amz-"), 0);
}

static void a_header_with_a_line_end_is_never_sent(void **state)
{
	static const char *const values[] = { "a\nX-B: 2", "\x7f", "\x1f",
		"\xc3\xa9" };
	struct http_header more[] = { { "X-A", NULL }, { NULL, NULL } };
	struct http_request q;
	size_t i;

	(void)state;
	BEGIN({ .of = { OK_HEAD SIZE("0") "\r\n" } });
	q = some_request();
	q.headers = more;
	for (i = 0; i < ARRAY_LEN(values); i++) {
		more[0].value = values[i];
		SAYS(ERROR_FAILED, "libcurl cannot send this request",
			post(&q));
		assert_false(reply.sent);
	}
	end_server();
	assert_string_equal(asked, "");
}

static void a_get_asks_for_what_differs_and_a_put_sends_nothing(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .of = { "HTTP/1.1 304 Not Modified\r\nETag:  \"b\" \r\n\r\n",
		OK_HEAD SIZE("0") "ETag: W/\"c\"\r\n\r\n",
		OK_HEAD SIZE("0") "\r\n" } });
	q = some_request();
	q.etag = "\"a\"";
	OK(http_get(http, &q, &reply, &err));
	assert_int_equal(reply.status, 304);
	assert_string_equal(reply.etag, "\"b\"");
	http_reply_done(&reply);
	q.etag = "";
	OK(http_get(http, &q, &reply, &err));
	assert_string_equal(reply.etag, "W/\"c\"");
	http_reply_done(&reply);
	OK(http_put(http, &q, &reply, &err));
	assert_string_equal(reply.etag, "");
	assert_int_equal(http_connections(http), 1);
	end_server();
	assert_asked("If-None-Match: \"a\"\r\n");
	assert_int_equal(times("GET / HTTP/1.1\r\n"), 2);
	assert_asked("PUT / HTTP/1.1\r\n");
	assert_asked("Content-Length: 0\r\n");
	assert_int_equal(times("Action"), 0);
	assert_int_equal(times("Content-Type: text/x"), 0);
}

/* ---- what comes back ---- */

static void the_head_is_kept_whatever_case_and_blanks(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .of = {
		"HTTP/1.1 403 Forbidden\r\n" SIZE("0")
		"dAtE: \t Thu, 01 Jan 2026 00:00:00 GMT \r\n"
		"X-AMZN-REQUESTID:id-1\r\n\r\n",
		"HTTP/1.1 500 No\r\n" SIZE("0")
		"x-amz-request-id: id-2\r\nDate: yesterday\r\n\r\n",
		OK_HEAD SIZE("0") "Dates: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
		"x-amz-request-ids: id-3\r\nETag-x: \"a\"\r\n"
		"Date: Thu, 01 Jan 2026 00:00:00 GMT, and more of it\r\n\r\n",
	} });
	q = some_request();
	OK(post(&q));
	assert_int_equal(reply.status, 403);
	assert_true(reply.has_date);
	assert_int_equal(reply.date, 1767225600);
	assert_true(reply.date_at > 0 && reply.date_at <= deadline_now());
	assert_string_equal(reply.request_id, "id-1");
	OK(post(&q));
	assert_int_equal(reply.status, 500);
	assert_false(reply.has_date);
	assert_string_equal(reply.request_id, "id-2");
	OK(post(&q));
	assert_false(reply.has_date);
	assert_string_equal(reply.request_id, "");
	assert_string_equal(reply.etag, "");
}

static void a_long_tag_is_none_and_a_long_id_is_cut(void **state)
{
	struct http_request q;
	char text[512], x[200];

	(void)state;
	memset(x, 'x', sizeof(x) - 1);
	x[sizeof(x) - 1] = '\0';
	snprintf(text, sizeof(text), OK_HEAD SIZE("0") "ETag: %.127s\r\n"
		"x-amzn-RequestId: %.100s\r\n\r\n", x, x);
	BEGIN({ .of = { text } }, { .of = { OK_HEAD SIZE("0") "\r\n" } });
	q = some_request();
	OK(post(&q));
	assert_int_equal(strlen(reply.etag), 127);
	assert_int_equal(strlen(reply.request_id), 63);
	end_server();
	snprintf(text, sizeof(text), OK_HEAD SIZE("0") "ETag: %.128s\r\n\r\n",
		x);
	BEGIN({ .of = { text } });
	OK(post(&q));
	assert_string_equal(reply.etag, "");
}

static void an_interim_reply_and_a_trailer_are_no_head(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .of = {
		"HTTP/1.1 100 Continue\r\nx-amzn-RequestId: id-1\r\n"
		"ETag: \"a\"\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n"
		OK_HEAD "Transfer-Encoding: chunked\r\nTrailer: Date\r\n\r\n"
		"2\r\nhi\r\n0\r\nx-amz-request-id: id-2\r\nETag: \"b\"\r\n"
		"Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n" } });
	q = some_request();
	OK(post(&q));
	assert_int_equal(reply.status, 200);
	assert_int_equal(reply.body.n, 2);
	assert_false(reply.has_date);
	assert_string_equal(reply.request_id, "");
	assert_string_equal(reply.etag, "");
}

static void a_body_may_have_all_that_was_allowed_and_no_byte_more(void **state)
{
	static const char *const letters = "0123456789abcdef";
	struct http_request q;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), OK_HEAD SIZE("64") "\r\n%s%s%s%s",
		letters, letters, letters, letters);
	BEGIN({ .of = { text, OK_HEAD SIZE("65") "\r\n"
		"0123456789abcdef0123456789abcdef"
		"0123456789abcdef0123456789abcdef!" } });
	q = some_request();
	OK(post(&q));
	assert_int_equal(reply.body.n, 64);
	SAYS(ERROR_UNREACHABLE, "/' is larger than 64 bytes", post(&q));
	assert_true(reply.sent);
}

/* ---- what goes wrong ---- */

static void a_connection_that_ends_is_told_from_none(void **state)
{
	struct http_request q;

	(void)state;
	/* closes without a word, and nobody is there any more */
	BEGIN({ .drops = true });
	q = some_request();
	SAYS(ERROR_UNREACHABLE, "lost the connection to 'http://127.0.0.1:",
		post(&q));
	assert_true(reply.sent);
	end_server();
	assert_int_equal(times("POST"), 1);
	SAYS(ERROR_UNREACHABLE, "cannot reach 'http://127.0.0.1:", post(&q));
	assert_false(reply.sent);
	assert_non_null(strstr(err.text, ": is there a way out, or is a proxy "
		"needed (https_proxy)"));
}

static void a_proxy_s_refusal_is_told_as_such(void **state)
{
	static const struct {
		const char *line, *part;
		int status;
	} rows[] = {
		{ "HTTP/1.1 407 Proxy Authentication Required\r\n",
			"wants a name and a password", 407 },
		{ "HTTP/1.1 403 Forbidden\r\n", "lets nobody by to there", 403 },
	};
	struct http_request q;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		BEGIN({ .of = { rows[i].line, SIZE("0") "\r\n" } });
		q = some_request();
		q.url = "https://aws.example/";
		q.proxy = url;
		SAYS(ERROR_UNREACHABLE, rows[i].part, post(&q));
		assert_int_equal(err.status, rows[i].status);
		assert_false(reply.sent);
		end_server();
		assert_int_equal(times("CONNECT"), 1);
	}
}

static void nothing_is_sent_twice_unless_it_may_be(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .of = { OK_HEAD SIZE("0") "\r\n" }, .drops = true },
		{ .of = { OK_HEAD SIZE("0") "\r\n" } });
	q = some_request();
	OK(post(&q));
	SAYS(ERROR_UNREACHABLE, "/' closed the connection and gave no answer",
		post(&q));
	assert_true(reply.sent);
	end_server();
	assert_int_equal(times("POST"), 2);

	BEGIN({ .of = { OK_HEAD SIZE("0") "\r\n" }, .drops = true },
		{ .of = { OK_HEAD SIZE("0") "\r\n" } });
	OK(post(&q));
	q.repeatable = true;
	OK(post(&q));
	end_server();
	assert_int_equal(times("POST"), 3);
}

static void a_silent_server_is_left_at_the_deadline(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .silent = true });
	q = some_request();
	q.until = deadline_in(200);
	SAYS(ERROR_TIMEOUT, "no answer in time", post(&q));
	assert_true(reply.sent);
	assert_true(deadline_passed(q.until));
	/* and nothing begins behind it */
	SAYS(ERROR_TIMEOUT, "no answer in time", post(&q));
	assert_false(reply.sent);
}

static void a_key_of_the_person_breaks_off_and_keeps_from_beginning(void **state)
{
	struct http_options o = { .user_agent = "us/1" };
	struct http_request q;
	int cancel[2];

	(void)state;
	BEGIN({ .silent = true });
	q = some_request();
	assert_int_equal(pipe(cancel), 0);
	http_free(&http);
	o.cancel_fd = cancel[0];
	OK(http_new(&http, &o, &err));
	if (fork() == 0) {
		usleep(200000);
		_exit(write(cancel[1], "x", 1) != 1);
	}
	SAYS(ERROR_INTERRUPTED, "interrupted", post(&q));
	assert_true(reply.sent);
	assert_false(deadline_passed(q.until));
	SAYS(ERROR_INTERRUPTED, "interrupted", post(&q));
	assert_false(reply.sent);
	wait(NULL);
	close(cancel[0]);
	close(cancel[1]);
}

static void a_proxy_counts_for_no_plain_http(void **state)
{
	struct http_request q;

	(void)state;
	BEGIN({ .of = { OK_HEAD SIZE("0") "\r\n",
		OK_HEAD SIZE("0") "\r\n" } });
	q = some_request();
	q.proxy = "http://127.0.0.1:9";
	OK(post(&q));
	setenv("http_proxy", "http://127.0.0.1:9", 1);
	q.proxy = NULL;
	OK(post(&q));
	unsetenv("http_proxy");
	end_server();
	assert_int_equal(times("POST / HTTP/1.1\r\n"), 2);
}

/* ---- several at once ---- */

static void several_are_under_way_and_each_has_its_own_end(void **state)
{
	struct http_request q;
	struct http_reply replies[3];
	struct http_exchange *x[3] = { NULL }, *over;
	size_t i, n = 0;
	char mark[3] = "";

	(void)state;
	BEGIN({ .of = { OK_HEAD SIZE("1") "\r\n1" } },
		{ .of = { "HTTP/1.1 503 No\r\n" SIZE("1") "\r\n2" } },
		{ .silent = true });
	q = some_request();
	assert_null(http_over(http));
	for (i = 0; i < 3; i++)
		OK(http_begin(http, &q, &replies[i], &mark[i],
			&x[i], &err));
	while (n < 2) {
		OK(http_step(&http, 1, q.until, &err));
		while ((over = http_over(http))) {
			i = (size_t)((char *)http_data(over) - mark);
			mark[i] = 'x';
			OK(http_end(&over, &err));
			assert_null(over);
			x[i] = NULL;
			n++;
		}
	}
	/* the one that the server came to last is under way still */
	for (i = 0; i < 3; i++) {
		if (mark[i]) {
			assert_int_equal(replies[i].body.n, 1);
			assert_int_equal(replies[i].status,
				replies[i].body.p[0] == '1' ? 200 : 503);
		} else {
			SAYS(ERROR_INTERRUPTED, "interrupted",
				http_end(&x[i], &err));
			assert_null(x[i]);
		}
		http_reply_done(&replies[i]);
	}
	OK(http_end(&x[0], &err));
	assert_int_equal(http_connections(http), 3);
}

static void a_step_ends_at_its_time_and_leaves_the_rest(void **state)
{
	struct http_request q;
	struct http_exchange *x = NULL;
	int64_t begun = deadline_now();

	(void)state;
	BEGIN({ .silent = true });
	q = some_request();
	q.until = deadline_in(600);
	OK(http_begin(http, &q, &reply, NULL, &x, &err));
	OK(http_step(&http, 1, deadline_in(50), &err));
	assert_null(http_over(http));
	while (!http_over(http))
		OK(http_step(&http, 1, deadline_in(SOON), &err));
	assert_true(deadline_now() - begun >= 600);
	assert_true(deadline_now() - begun < SOON / 2);
	assert_ptr_equal(http_over(http), x);
	SAYS(ERROR_TIMEOUT, "no answer in time", http_end(&x, &err));
	assert_true(reply.sent);
}

static void a_signal_of_a_dead_socket_is_held_back_no_longer(void **state)
{
	struct http *other = NULL;
	sigset_t before, now;

	(void)state;
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &before), 0);
	assert_int_equal(sigismember(&before, SIGPIPE), 0);
	OK(http_new(&other, &(struct http_options){ .user_agent = "x",
		.cancel_fd = -1 }, &err));
	http_free(&other);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &now), 0);
	assert_int_equal(sigismember(&now, SIGPIPE), 0);
}

static void a_library_that_cannot_go_on_is_said(void **state)
{
	struct http_request q;
	struct http_exchange *x = NULL;

	(void)state;
	BEGIN({ .silent = true });
	q = some_request();
	OK(http_begin(http, &q, &reply, NULL, &x, &err));
	curl_stops = true;
	SAYS(ERROR_UNREACHABLE, "libcurl cannot go on",
		http_step(&http, 1, deadline_in(SOON), &err));
	curl_stops = false;
	(void)http_end(&x, NULL);
}

static int group(void **state)
{
	(void)state;
	curl_starts_not = true;
	SAYS(ERROR_FAILED, "cannot set up libcurl", http_global_init(&err));
	curl_starts_not = false;
	OK(http_global_init(&err));
	assert_true(http_available());
	return 0;
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_post_says_what_it_was_given_and_nothing_twice),
		CASE(an_unsigned_post_has_neither_key_token_nor_target),
		CASE(a_header_with_a_line_end_is_never_sent),
		CASE(a_get_asks_for_what_differs_and_a_put_sends_nothing),
		CASE(the_head_is_kept_whatever_case_and_blanks),
		CASE(a_long_tag_is_none_and_a_long_id_is_cut),
		CASE(an_interim_reply_and_a_trailer_are_no_head),
		CASE(a_body_may_have_all_that_was_allowed_and_no_byte_more),
		CASE(a_connection_that_ends_is_told_from_none),
		CASE(a_proxy_s_refusal_is_told_as_such),
		CASE(nothing_is_sent_twice_unless_it_may_be),
		CASE(a_silent_server_is_left_at_the_deadline),
		CASE(a_key_of_the_person_breaks_off_and_keeps_from_beginning),
		CASE(a_proxy_counts_for_no_plain_http),
		CASE(several_are_under_way_and_each_has_its_own_end),
		CASE(a_signal_of_a_dead_socket_is_held_back_no_longer),
		CASE(a_library_that_cannot_go_on_is_said),
		CASE(a_step_ends_at_its_time_and_leaves_the_rest),
	};

	return cmocka_run_group_tests(tests, group, NULL);
}
