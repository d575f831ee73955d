/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many questions at once, over an HTTP that answers them in any order: each ends
 * once, whatever becomes of it and of the others.
 */
#include "aws/api/iam.h"
#include "aws/http/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define USERS 50

/* ---- HTTP that answers in any order ---- */

struct http_exchange {
	struct http_exchange *next;
	struct http *h;
	const struct http_request *request;
	struct http_reply *reply;
	void *data;
	bool over;
};

struct http {
	struct http_exchange *first;
	unsigned under_way;
};

/* How each user's questions go. */
static struct {
	unsigned throttled; /* so often, first */
	unsigned lost;      /* so often, then */
	unsigned pages;     /* of devices, one in each; 0: one page of none */
	bool hostile, circle;
	bool every_other; /* is lost */
} fate[USERS];
static unsigned asked[USERS], sent, broken_off, under_way_most, seed;
static unsigned interrupt_after; /* steps; 0: never */

#include "http-double.h"

void http_free(struct http **h)
{
	assert_true(!h || !*h || !(*h)->first);
	free_p(h);
}

int http_post(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	(void)h;
	(void)request;
	(void)ret;
	return error_set(err, ERROR_UNREACHABLE, "not one alone");
}

int http_get(struct http *h, const struct http_request *request,
	struct http_reply *ret, struct error *err)
{
	return http_post(h, request, ret, err);
}

int http_begin(struct http *h, const struct http_request *request,
	struct http_reply *reply, void *data, struct http_exchange **ret,
	struct error *err)
{
	struct http_exchange *x = calloc(1, sizeof(*x));

	(void)err;
	*x = (struct http_exchange){ h->first, h, request, reply, data,
		false };
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, request->reply_max);
	h->first = *ret = x;
	sent++;
	if (++h->under_way > under_way_most)
		under_way_most = h->under_way;
	return 0;
}

int http_step(struct http *const *list, size_t n, deadline_t until,
	struct error *err)
{
	struct http_exchange *x;
	size_t i, at;

	(void)until;
	if (interrupt_after && --interrupt_after == 0)
		return error_set(err, ERROR_INTERRUPTED, "interrupted");
	for (i = 0; i < n; i++) {
		assert_non_null(list[i]->first);
		seed = seed * 1103515245 + 12345;
		at = (seed >> 16) % list[i]->under_way;
		for (x = list[i]->first; at > 0; at--)
			x = x->next;
		x->over = true;
	}
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

static const char throttling[] = "<ErrorResponse><Error><Code>Throttling</Code>"
	"<Message>Rate exceeded</Message></Error></ErrorResponse>";

static void answer_devices(struct http_reply *r, unsigned user, unsigned page)
{
	unsigned pages = fate[user].pages;

	buf_printf(&r->body, "<ListMFADevicesResponse><ListMFADevicesResult>"
		"<MFADevices>");
	if (pages)
		buf_printf(&r->body, "<member><UserName>user%u</UserName>"
			"<SerialNumber>serial%u-%u</SerialNumber></member>",
			user, user, page);
	buf_printf(&r->body, "</MFADevices>");
	if (fate[user].circle || page + 1 < pages)
		buf_printf(&r->body, "<IsTruncated>true</IsTruncated>"
			"<Marker>%u</Marker>", fate[user].circle ? 7 : page + 1);
	buf_printf(&r->body, "</ListMFADevicesResult></ListMFADevicesResponse>");
}

static unsigned number_behind(const char *form, const char *name)
{
	const char *at = strstr(form, name);

	return at ? (unsigned)strtoul(at + strlen(name), NULL, 10) : 0;
}

static int answer(struct http_exchange *x, struct error *err)
{
	char form[1024];
	unsigned user;

	snprintf(form, sizeof(form), "%.*s", (int)x->request->body_n,
		(const char *)x->request->body);
	user = number_behind(form, "UserName=user");
	assert_true(user < USERS);
	asked[user]++;
	x->reply->sent = true;
	x->reply->status = 200;
	if (fate[user].throttled) {
		fate[user].throttled--;
		x->reply->status = 400;
		buf_put_str(&x->reply->body, throttling);
	} else if (fate[user].lost) {
		fate[user].lost--;
		return error_set(err, ERROR_UNREACHABLE, "lost");
	} else if (fate[user].every_other && asked[user] % 2) {
		return error_set(err, ERROR_UNREACHABLE, "lost");
	} else if (fate[user].hostile) {
		buf_put_str(&x->reply->body, "<!DOCTYPE a [<!ENTITY b \"c\">]>"
			"<a>&b;</a>");
	} else if (strstr(form, "ListMFADevices")) {
		answer_devices(x->reply, user, number_behind(form, "Marker="));
	} else if (strstr(form, "=GetUser&")) {
		buf_printf(&x->reply->body, "<GetUserResponse><GetUserResult>"
			"<User><UserName>user%u</UserName><UserId>AIDA%u"
			"</UserId><Arn>arn:aws:iam::123456789012:user/user%u"
			"</Arn></User></GetUserResult></GetUserResponse>",
			user, user, user);
	} else if (strstr(form, "=GetMFADevice&")) {
		/* of another device than was asked for where it is user1 */
		buf_printf(&x->reply->body, "<GetMFADeviceResponse>"
			"<GetMFADeviceResult><UserName>user%u</UserName>"
			"<SerialNumber>arn:aws:iam::123456789012:u2f/user/"
			"user%u/key</SerialNumber></GetMFADeviceResult>"
			"</GetMFADeviceResponse>", user, user ? 9 : 0);
	} else if (strstr(form, "=ListAccessKeys&")) {
		buf_printf(&x->reply->body, "<ListAccessKeysResponse>"
			"<ListAccessKeysResult><AccessKeyMetadata><member>"
			"<UserName>user%u</UserName><AccessKeyId>"
			"AKIAIOSFODNN7EXAMPLE</AccessKeyId><Status>Inactive"
			"</Status></member></AccessKeyMetadata>"
			"</ListAccessKeysResult></ListAccessKeysResponse>",
			user);
	} else {
		buf_printf(&x->reply->body, "<GetLoginProfileResponse>"
			"<GetLoginProfileResult><LoginProfile><UserName>"
			"user%u</UserName></LoginProfile>"
			"</GetLoginProfileResult></GetLoginProfileResponse>",
			user);
	}
	return 0;
}

int http_end(struct http_exchange **x, struct error *err)
{
	struct http_exchange **at = &(*x)->h->first;
	int r;

	while (*at != *x)
		at = &(*at)->next;
	*at = (*x)->next;
	(*x)->h->under_way--;
	if ((*x)->over) {
		r = answer(*x, err);
	} else {
		broken_off++;
		r = error_set(err, ERROR_INTERRUPTED, "interrupted");
	}
	free_p(x);
	return r;
}

/* ---- who asks ---- */

struct user {
	struct calls *c;
	char name[16];
	unsigned ended, devices;
	bool exists;
	int code;        /* of the error; 0: answered */
	char text[200];
	bool asks_on;    /* for the password, behind the devices */
	int result;      /* of `done` */
	bool stops;
};

static struct user users[USERS];
static unsigned ends, stop_after; /* so many ends; 0: never */

static int on_end(void *data, const struct error *e, struct error *err)
{
	struct user *u = data;
	struct error why;
	int r = u->result;

	u->ended++;
	u->stops |= ++ends == stop_after;
	u->code = e ? e->code : 0;
	snprintf(u->text, sizeof(u->text), "%.199s", e ? e->text : "");
	if (u->asks_on) {
		u->asks_on = false;
		u->ended--;
		return iam_ask_login_profile(u->c, u->name, &u->exists, on_end,
			u, err);
	}
	if (u->stops) {
		error_set(&why, ERROR_REFUSED, "no more");
		calls_stop(u->c, &why);
	}
	return r < 0 ? error_set(err, (enum error_code)-r, "not so") : 0;
}

static int on_device(void *data, const struct iam_device *d, struct error *err)
{
	struct user *u = data;
	char wanted[32];

	(void)err;
	snprintf(wanted, sizeof(wanted), "serial%s-%u", u->name + 4,
		u->devices++);
	assert_string_equal(d->serial, wanted);
	return 0;
}

static void ask_all(struct calls *c)
{
	unsigned i;

	for (i = 0; i < USERS; i++) {
		users[i].c = c;
		snprintf(users[i].name, sizeof(users[i].name), "user%u", i);
		assert_int_equal(iam_ask_mfa_devices(c, users[i].name,
					 on_device, on_end, &users[i], NULL),
			0);
	}
}

static struct calls *new_calls(struct calls_options options)
{
	struct calls *c = NULL;

	assert_int_equal(calls_new(&c, session, &options, NULL), 0);
	return c;
}

static void all_ended_once(int code)
{
	unsigned i;

	for (i = 0; i < USERS; i++) {
		assert_int_equal(users[i].ended, 1);
		if (code >= 0)
			assert_int_equal(users[i].code, code);
	}
}

static int set_up(void **state)
{
	(void)state;
	memset(fate, 0, sizeof(fate));
	memset(asked, 0, sizeof(asked));
	memset(users, 0, sizeof(users));
	ends = stop_after = sent = broken_off = under_way_most = interrupt_after = 0;
	seed = 1;
	return open_session();
}

static int tear_down(void **state)
{
	(void)state;
	aws_session_free(&session);
	return 0;
}

/* ---- tests ---- */

static void each_is_answered_once_whatever_the_order(void **state)
{
	struct calls *c;
	struct calls_figures f;
	unsigned i, round;

	(void)state;
	for (round = 0; round < 20; round++) {
		memset(users, 0, sizeof(users));
		seed = round;
		under_way_most = 0;
		for (i = 0; i < USERS; i++)
			fate[i].pages = i % 4;
		c = new_calls((struct calls_options){ .most = 7 });
		ask_all(c);
		assert_int_equal(calls_run(c, NULL), 0);
		all_ended_once(0);
		for (i = 0; i < USERS; i++)
			assert_int_equal(users[i].devices, i % 4);
		assert_int_equal(under_way_most, 7);
		calls_figures(c, &f);
		assert_int_equal(f.under_way_most, 7);
		assert_int_equal(f.answered, USERS);
		assert_int_equal(f.under_way + f.waiting, 0);
		calls_free(&c);
	}
	assert_int_equal(aws_session_requests(session), sent);
}

static void what_done_asks_is_answered_before_what_waits(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 1 });
	unsigned i;

	(void)state;
	users[0].asks_on = true;
	users[1].result = -ERROR_REFUSED;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), -ERROR_REFUSED);
	assert_true(users[0].exists);
	assert_int_equal(asked[0], 2);
	for (i = 2; i < USERS; i++)
		assert_int_equal(asked[i], 0);
	all_ended_once(-1);
	calls_free(&c);
}

static void one_hostile_answer_is_that_ones_alone(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 16 });
	unsigned i;

	(void)state;
	fate[17].hostile = true;
	fate[18].circle = true;
	fate[18].pages = 1;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(-1);
	for (i = 0; i < USERS; i++)
		assert_int_equal(users[i].code, i == 17 ? ERROR_UNREACHABLE :
			i == 18 ? ERROR_MALFORMED : 0);
	calls_free(&c);
}

static void what_is_throttled_is_asked_until_it_is_answered(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 16 });
	struct calls_figures f;

	(void)state;
	fate[3].throttled = 1;
	fate[4].throttled = 7; /* more than five, which end a call alone */
	fate[4].pages = 2;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(0);
	assert_int_equal(users[4].devices, 2);
	assert_int_equal(asked[4], 9);
	calls_figures(c, &f);
	assert_int_equal(f.throttled, 8);
	assert_int_equal(f.sent, sent);
	calls_free(&c);
}

static void what_is_lost_is_asked_three_times(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 16 });
	unsigned i;

	(void)state;
	fate[5].lost = 2;
	fate[6].lost = 3;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(-1);
	for (i = 0; i < USERS; i++)
		assert_int_equal(users[i].code,
			i == 6 ? ERROR_UNREACHABLE : 0);
	assert_int_equal(asked[5], 3);
	assert_int_equal(asked[6], 3);
	calls_free(&c);
}

static void each_page_has_its_own_attempts(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 16 });

	(void)state;
	fate[7].pages = 4;
	fate[7].every_other = true;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(0);
	assert_int_equal(users[7].devices, 4);
	assert_int_equal(asked[7], 8);
	calls_free(&c);
}

static void a_list_is_read_to_its_end_before_others_begin(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 1 });

	(void)state;
	fate[0].pages = 3;
	users[0].result = -ERROR_REFUSED;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), -ERROR_REFUSED);
	assert_int_equal(users[0].devices, 3);
	assert_int_equal(asked[1], 0);
	calls_free(&c);
}

static void a_service_that_is_away_is_found_out_with_few_requests(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 16 });
	unsigned i;

	(void)state;
	for (i = 10; i < USERS; i++)
		fate[i].lost = 100;
	stop_after = 13; /* three without an answer */
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(-1);
	/* three times each, and what was under way when it went away */
	assert_true(sent <= 10 + 3 * 3 + 16);
	calls_free(&c);
}

static void stopping_ends_what_is_under_way_too(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 8 });
	unsigned i, answered = 0;

	(void)state;
	users[20].stops = true;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(-1);
	for (i = 0; i < USERS; i++) {
		answered += users[i].code == 0;
		if (users[i].code)
			assert_string_equal(users[i].text, "no more");
	}
	assert_true(answered >= 8 && answered < 35);
	assert_int_equal(broken_off, 7);
	calls_free(&c);
}

static void a_person_who_interrupts_ends_all(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 8 });
	struct error e;

	(void)state;
	interrupt_after = 12;
	ask_all(c);
	assert_int_equal(calls_run(c, &e), -ERROR_INTERRUPTED);
	all_ended_once(-1);
	assert_int_equal(users[USERS - 1].code, ERROR_INTERRUPTED);
	assert_true(broken_off > 0);
	calls_free(&c);
}

static void what_was_never_run_ends_with_the_queue(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 8 });

	(void)state;
	ask_all(c);
	calls_free(&c);
	all_ended_once(ERROR_INTERRUPTED);
	assert_int_equal(sent, 0);
}

static void nothing_is_sent_behind_the_deadline(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 8 });

	(void)state;
	aws_session_set_deadline(session, deadline_in(-1));
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	all_ended_once(ERROR_TIMEOUT);
	assert_string_equal(users[0].text,
		"the deadline passed before all was answered");
	assert_int_equal(sent, 0);
	calls_free(&c);
}

static void a_name_that_cannot_be_is_not_asked(void **state)
{
	struct calls *c = new_calls((struct calls_options){ .most = 8 });

	(void)state;
	assert_int_equal(iam_ask_mfa_devices(c, "a b", on_device, on_end,
				 &users[0], NULL),
		-ERROR_USAGE);
	assert_int_equal(users[0].ended, 0);
	calls_free(&c);
}

struct keeper {
	unsigned times;
	bool fails;
};

static int on_renew(void *self, struct error *err)
{
	struct keeper *k = self;

	k->times++;
	return k->fails ? error_set(err, ERROR_REFUSED, "somebody else's") : 0;
}

static void keys_are_renewed_before_the_first_request(void **state)
{
	struct keeper k = { .times = 0 };
	struct calls *c = new_calls((struct calls_options){ .most = 8,
		.renew = on_renew, .self = &k });

	(void)state;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), 0);
	assert_int_equal(k.times, 1);
	all_ended_once(0);
	calls_free(&c);
}

static void where_they_cannot_be_nothing_is_sent(void **state)
{
	struct keeper k = { .fails = true };
	struct calls *c = new_calls((struct calls_options){ .most = 8,
		.renew = on_renew, .self = &k });

	(void)state;
	ask_all(c);
	assert_int_equal(calls_run(c, NULL), -ERROR_REFUSED);
	all_ended_once(ERROR_REFUSED);
	assert_int_equal(sent, 0);
	calls_free(&c);
}

static int on_key(void *data, const struct iam_access_key *key,
	struct error *err)
{
	struct user *u = data;

	(void)err;
	assert_string_equal(key->id, "AKIAIOSFODNN7EXAMPLE");
	assert_false(key->active);
	u->devices++;
	return 0;
}

static void every_question_of_a_user_can_be_one_of_many(void **state)
{
	static const char serial[] = "arn:aws:iam::123456789012:u2f/user/"
		"user0/key";
	struct calls *c = new_calls((struct calls_options){ .most = 8 });
	struct iam_fido_device device = { .count = 1 }, other = { .count = 1 };
	struct iam_user user;
	bool found = false;
	unsigned i;

	(void)state;
	assert_int_equal(iam_ask_user(c, "user0", &user, &found, on_end,
				 &users[0], NULL),
		0);
	assert_int_equal(iam_ask_access_keys(c, "user1", on_key, on_end,
				 &users[1], NULL),
		0);
	assert_int_equal(iam_ask_mfa_device(c, "user0", serial, &device,
				 on_end, &users[2], NULL),
		0);
	assert_int_equal(iam_ask_mfa_device(c, "user1", serial, &other,
				 on_end, &users[3], NULL),
		0);
	assert_int_equal(calls_run(c, NULL), 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(users[i].ended, 1);
		assert_int_equal(users[i].code, i == 3 ? ERROR_MALFORMED : 0);
	}
	assert_true(found);
	assert_string_equal(user.id, "AIDA0");
	assert_int_equal(users[1].devices, 1);
	assert_int_equal(device.count, 0);
	/* an answer about another device leaves nothing behind */
	assert_int_equal(other.count, 1);
	calls_free(&c);
}

static void several_sessions_run_together(void **state)
{
	struct aws_session *one = session, *other = NULL;
	struct calls *list[2] = { NULL, NULL };
	struct calls_options options = { .most = 4 };
	unsigned i;

	(void)state;
	assert_int_equal(aws_session_derive(&other, one, NULL, NULL, NULL), 0);
	assert_int_equal(calls_new(&list[0], one, &options, NULL), 0);
	assert_int_equal(calls_new(&list[1], other, &options, NULL), 0);
	fate[2].throttled = 1; /* the other one does not wait for it */
	for (i = 0; i < USERS; i++) {
		snprintf(users[i].name, sizeof(users[i].name), "user%u", i);
		users[i].c = list[i % 2];
		assert_int_equal(iam_ask_mfa_devices(list[i % 2],
					 users[i].name, on_device, on_end,
					 &users[i], NULL),
			0);
	}
	assert_int_equal(calls_run_all(list, 2, NULL), 0);
	all_ended_once(0);
	assert_int_equal(aws_session_requests(one), USERS / 2 + 1);
	assert_int_equal(aws_session_requests(other), USERS / 2);
	calls_free(&list[0]);
	calls_free(&list[1]);
	aws_session_free(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_is_answered_once_whatever_the_order),
		TEST(what_done_asks_is_answered_before_what_waits),
		TEST(one_hostile_answer_is_that_ones_alone),
		TEST(what_is_throttled_is_asked_until_it_is_answered),
		TEST(what_is_lost_is_asked_three_times),
		TEST(each_page_has_its_own_attempts),
		TEST(a_list_is_read_to_its_end_before_others_begin),
		TEST(a_service_that_is_away_is_found_out_with_few_requests),
		TEST(stopping_ends_what_is_under_way_too),
		TEST(a_person_who_interrupts_ends_all),
		TEST(what_was_never_run_ends_with_the_queue),
		TEST(nothing_is_sent_behind_the_deadline),
		TEST(a_name_that_cannot_be_is_not_asked),
		TEST(keys_are_renewed_before_the_first_request),
		TEST(where_they_cannot_be_nothing_is_sent),
		TEST(every_question_of_a_user_can_be_one_of_many),
		TEST(several_sessions_run_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
