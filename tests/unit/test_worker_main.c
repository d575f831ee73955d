/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tokenbridge-worker answers, with readers and applets of our own: which
 * card an act is done on, and what is done when it is not the one of before.
 */
#include "token/worker/pcsc.h"
#include "token/worker/wire.h"
#include "token/worker/yubikey.h"

#include "tests/unit/unit.h"

#include <signal.h>
#include <sys/socket.h>

/* ---- readers and their cards ---- */

struct fake {
	const char *reader;
	struct card_place place; /* USB device; the id is the applet's */
	bool absent, has_oath;
	const char *password;    /* NULL: none */
	bool locked;             /* still, in this transaction */
	bool broken;             /* answers nothing that makes sense */
	int list_fails;          /* an error's code */
	bool has_config;         /* management tells config_serial */
	uint32_t config_serial;
	const char *accounts[4];
	enum pcsc_visited last;  /* what the last visit said */
	unsigned visits, configs;
};

static struct fake fakes[40];
static size_t fakes_n;
static unsigned held_readers;
static int pcsc_fails;
static char done[512]; /* what was done on cards */

static void note_done(const char *fmt, const char *a, const char *b)
{
	size_t n = strlen(done);

	snprintf(done + n, sizeof(done) - n, fmt, a, b);
}

int __wrap_pcsc_new(struct pcsc **ret, struct error *e);
void __wrap_pcsc_free(struct pcsc **p);
int __wrap_pcsc_each(struct pcsc *p, pcsc_visit visit, void *context,
	unsigned *ret_held, struct error *e);
int __wrap_yubikey_read(const struct otp_place *place,
	struct otp_interface ret[OTP_INTERFACES_MAX], size_t *ret_n,
	struct error *e);
int __wrap_ykoath_read_config(const struct card *c, struct devinfo *info,
	struct error *e);
int __wrap_ykoath_select(const struct card *c, struct oath_applet *ret,
	bool *ret_present, struct error *e);
int __wrap_ykoath_unlock(const struct card *c, struct oath_applet *a,
	const void *password, size_t n, struct error *e);
int __wrap_ykoath_list(const struct card *c, struct oath_applet *a,
	struct error *e);
int __wrap_ykoath_put(const struct card *c, const char *name,
	const struct secret *key, struct error *e);
int __wrap_ykoath_delete(const struct card *c, const char *name,
	struct error *e);
int __wrap_ykoath_calculate(const struct card *c, const char *name,
	const unsigned char challenge[8], bool whole,
	struct oath_response *ret, struct error *e);
void __wrap_process_harden(void);
int __real_main(void);
int __wrap_main(void);

void __wrap_process_harden(void)
{
}

int __wrap_pcsc_new(struct pcsc **ret, struct error *e)
{
	(void)e;
	*ret = NULL;
	return 0;
}

void __wrap_pcsc_free(struct pcsc **p)
{
	(void)p;
}

int __wrap_pcsc_each(struct pcsc *p, pcsc_visit visit, void *context,
	unsigned *ret_held, struct error *e)
{
	size_t i;
	int r;

	(void)p;
	if (pcsc_fails)
		return error_set(e, pcsc_fails, "pcscd is away");
	*ret_held = held_readers;
	for (i = 0; i < fakes_n; i++) {
		struct pcsc_reader reader = { fakes[i].reader,
			fakes[i].place };
		struct card card = { NULL, &fakes[i] };

		if (fakes[i].absent)
			continue;
		/* a reader tells its USB device, and nothing else */
		reader.place.id[0] = '\0';
		reader.place.has_serial = false;
		fakes[i].locked = fakes[i].password != NULL;
		fakes[i].visits++;
		r = visit(context, &reader, &card, e);
		if (r < 0)
			return r;
		fakes[i].last = (enum pcsc_visited)r;
		if (r == PCSC_DONE)
			break;
	}
	return 0;
}

int __wrap_yubikey_read(const struct otp_place *place,
	struct otp_interface ret[OTP_INTERFACES_MAX], size_t *ret_n,
	struct error *e)
{
	assert_int_equal(place->bus, 3);
	assert_int_equal(place->dev, 9);
	if (pcsc_fails)
		return error_set(e, pcsc_fails, "no keyboard");
	ret[0] = (struct otp_interface){ .has_serial = true, .serial = 77 };
	*ret_n = 1;
	return 0;
}

int __wrap_ykoath_read_config(const struct card *c, struct devinfo *info,
	struct error *e)
{
	struct fake *f = c->context;

	(void)e;
	f->configs++;
	*info = (struct devinfo){ .present = f->has_config,
		.has_serial = f->has_config, .serial = f->config_serial };
	return 0;
}

int __wrap_ykoath_select(const struct card *c, struct oath_applet *ret,
	bool *ret_present, struct error *e)
{
	const struct fake *f = c->context;

	if (f->broken)
		return error_set(e, ERROR_MALFORMED, "a card that makes no "
			"sense");
	*ret_present = f->has_oath;
	if (!f->has_oath)
		return 0;
	memset(ret, 0, sizeof(*ret));
	strcpy(ret->id, f->place.id);
	ret->has_serial = f->place.has_serial;
	ret->serial = f->place.serial;
	ret->locked = f->locked;
	return 0;
}

int __wrap_ykoath_unlock(const struct card *c, struct oath_applet *a,
	const void *password, size_t n, struct error *e)
{
	struct fake *f = c->context;

	if (n != strlen(f->password) || memcmp(password, f->password, n) != 0)
		return error_set(e, ERROR_PIN_WRONG, "a wrong password");
	a->locked = f->locked = false;
	return 0;
}

int __wrap_ykoath_list(const struct card *c, struct oath_applet *a,
	struct error *e)
{
	const struct fake *f = c->context;

	if (f->list_fails)
		return error_set(e, f->list_fails, "no list");
	for (a->n = 0; !a->locked && f->accounts[a->n]; a->n++)
		strcpy(a->accounts[a->n].name, f->accounts[a->n]);
	return 0;
}

int __wrap_ykoath_put(const struct card *c, const char *name,
	const struct secret *key, struct error *e)
{
	const struct fake *f = c->context;

	(void)e;
	note_done("put %s %s;", f->reader, name);
	note_done("key %s%s;", secret_str(key), "");
	return 0;
}

int __wrap_ykoath_delete(const struct card *c, const char *name,
	struct error *e)
{
	const struct fake *f = c->context;

	(void)e;
	note_done("delete %s %s;", f->reader, name);
	return 0;
}

int __wrap_ykoath_calculate(const struct card *c, const char *name,
	const unsigned char challenge[8], bool whole,
	struct oath_response *ret, struct error *e)
{
	const struct fake *f = c->context;

	(void)e;
	note_done("calculate %s %s;", f->reader, name);
	*ret = (struct oath_response){ .whole = whole,
		.truncated = challenge[7], .digits = 6 };
	return 0;
}

/* ---- asking ---- */

static struct buf answer_bytes;

/* Sends the requests, hangs up, and takes the last answer. */
static int ask_main(struct buf *const *requests, size_t n)
{
	struct sigaction pipe_was;
	sigset_t mask;
	int pair[2], kept = dup(0), r = -ERROR_FAILED;
	size_t i;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	for (i = 0; i < n; i++)
		OK(wire_send(pair[1], requests[i]->p, requests[i]->n,
			deadline_in(5000), &err));
	assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	sigaction(SIGPIPE, NULL, &pipe_was);
	assert_int_equal(dup2(pair[0], 0), 0);
	close(pair[0]);
	assert_int_equal(__real_main(), 0);
	assert_int_equal(dup2(kept, 0), 0);
	close(kept);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	for (i = 0; i < n; i++) {
		r = wire_receive(pair[1], &answer_bytes, -1, deadline_in(5000),
			&err);
		if (r == 0)
			r = worker_get_result(&answer_bytes, &err);
	}
	close(pair[1]);
	return r;
}

static int ask_one(struct buf *request)
{
	struct buf *const all[] = { request };
	int r = ask_main(all, 1);

	buf_done(request);
	return r;
}

static const struct card_place here = { 1, 2, false, 0, "this" };

static int about_account(enum worker_operation op, const char *password,
	const char *id, const void *data, size_t n)
{
	const struct oath_target t = { here, "alice" };
	struct worker_access access = { "", SECRET_INIT };
	struct buf request;
	int r;

	buf_init(&request, WIRE_MAX);
	if (password) {
		strcpy(access.id, id);
		OK(secret_set(&access.password, password, strlen(password),
			&err));
	}
	worker_put_account(&request, op, &t, &access, data, n);
	r = ask_one(&request);
	secret_done(&access.password);
	return r;
}

static struct oath_card *cards;
static size_t cards_n, held_n;

static int about_cards(const struct oath_search *q, const char *password)
{
	struct worker_access access = { "", SECRET_INIT };
	struct buf request;
	int r;

	buf_init(&request, WIRE_MAX);
	if (password) {
		strcpy(access.id, "this");
		OK(secret_set(&access.password, password, strlen(password),
			&err));
	}
	worker_put_search(&request, q, &access);
	r = ask_one(&request);
	secret_done(&access.password);
	free(cards);
	cards = NULL;
	return r < 0 ? r : worker_get_cards(&answer_bytes, &cards, &cards_n,
		&held_n, &err);
}

static int no_readers(void **state)
{
	(void)state;
	memset(fakes, 0, sizeof(fakes));
	fakes_n = 0;
	held_readers = 0;
	pcsc_fails = 0;
	done[0] = '\0';
	buf_init(&answer_bytes, WIRE_MAX);
	return 0;
}

static int drop_cards(void **state)
{
	(void)state;
	buf_done(&answer_bytes);
	free(cards);
	cards = NULL;
	return 0;
}

static struct fake *reader(const char *name, uint8_t dev, const char *id)
{
	struct fake *f = &fakes[fakes_n++];

	*f = (struct fake){ .reader = name, .has_oath = id != NULL,
		.place = { dev ? 1 : 0, dev, false, 0, "" } };
	if (id)
		strcpy(f->place.id, id);
	return f;
}

/* ---- acts on one applet ---- */

static void an_account_is_put_once_on_the_card_of_before(void **state)
{
	struct fake *other = reader("other", 9, "else");
	struct fake *own = reader("own", 2, "this");
	struct fake *behind = reader("behind", 3, "more");

	(void)state;
	OK(about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "put own alice;key seed;");
	assert_int_equal(other->last, PCSC_PASS);
	assert_int_equal(own->last, PCSC_DONE);
	assert_int_equal(behind->visits, 0);
	assert_int_equal(answer_bytes.n, 0);
	/* where it has that name, nothing is written over */
	done[0] = '\0';
	own->accounts[0] = "bob";
	own->accounts[1] = "alice";
	SAYS(ERROR_CONFLICT, "the token has an OATH credential 'alice' already",
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "");
	own->list_fails = ERROR_MALFORMED;
	SAYS(ERROR_MALFORMED, "no list",
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "");
}

static void a_deletion_says_whether_there_was_anything(void **state)
{
	struct fake *own = reader("own", 2, "this");

	(void)state;
	own->accounts[0] = "alice";
	OK(about_account(WORKER_OATH_DELETE, NULL, NULL, NULL, 0));
	assert_string_equal(done, "delete own alice;");
	assert_true(worker_get_deleted(&answer_bytes));
	done[0] = '\0';
	own->accounts[0] = "alic";
	OK(about_account(WORKER_OATH_DELETE, NULL, NULL, NULL, 0));
	assert_string_equal(done, "");
	assert_int_equal(answer_bytes.n, 1);
	assert_false(worker_get_deleted(&answer_bytes));
	own->list_fails = ERROR_NO_TOKEN;
	SAYS(ERROR_NO_TOKEN, "no list",
		about_account(WORKER_OATH_DELETE, NULL, NULL, NULL, 0));
}

static void a_code_is_truncated_and_a_proof_whole(void **state)
{
	struct oath_response x;

	(void)state;
	reader("own", 2, "this");
	OK(about_account(WORKER_OATH_CALCULATE, NULL, NULL, "\0\0\0\0\0\0\0\5",
		8));
	OK(worker_get_response(&answer_bytes, &x, &err));
	assert_true(x.whole);
	assert_int_equal(x.truncated, 5);
	OK(about_account(WORKER_OATH_CODE, NULL, NULL, "\0\0\0\0\0\0\0\6", 8));
	OK(worker_get_response(&answer_bytes, &x, &err));
	assert_false(x.whole);
	assert_int_equal(x.truncated, 6);
	done[0] = '\0';
	SAYS(ERROR_FAILED, "a challenge of 7 bytes",
		about_account(WORKER_OATH_CODE, NULL, NULL, "1234567", 7));
	SAYS(ERROR_FAILED, "a challenge of 9 bytes",
		about_account(WORKER_OATH_CALCULATE, NULL, NULL, "123456789",
			9));
	assert_string_equal(done, "");
}

static void a_locked_applet_is_opened_by_its_own_password_only(void **state)
{
	struct fake *own = reader("own", 2, "this");
	static const char refusal[] =
		"a password protects the OATH application of the token";

	(void)state;
	own->password = "tulip";
	SAYS(ERROR_REFUSED, refusal,
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	/* another applet's is not tried */
	SAYS(ERROR_REFUSED, refusal,
		about_account(WORKER_OATH_PUT, "tulip", "else", "seed", 4));
	SAYS(ERROR_PIN_WRONG, "a wrong password",
		about_account(WORKER_OATH_PUT, "rose", "this", "seed", 4));
	SAYS(ERROR_REFUSED, refusal,
		about_account(WORKER_OATH_UNLOCK, NULL, NULL, NULL, 0));
	assert_string_equal(done, "");
	OK(about_account(WORKER_OATH_UNLOCK, "tulip", "this", NULL, 0));
	assert_string_equal(done, "");
	OK(about_account(WORKER_OATH_PUT, "tulip", "this", "seed", 4));
	assert_string_equal(done, "put own alice;key seed;");
	/* one that is open needs none, and a wrong one does not matter */
	own->password = NULL;
	OK(about_account(WORKER_OATH_UNLOCK, "rose", "this", NULL, 0));
}

static void what_is_plugged_in_elsewhere_by_now_is_found_again(void **state)
{
	struct fake *own = reader("own", 9, "this");

	(void)state;
	reader("next", 3, "else");
	OK(about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "put own alice;key seed;");
	/* looked at first, and acted on once all others were */
	assert_int_equal(own->visits, 2);
	assert_int_equal(own->last, PCSC_DONE);
}

static void the_card_of_before_goes_before_one_that_moved(void **state)
{
	(void)state;
	reader("copy", 9, "this");
	reader("own", 2, "this");
	OK(about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "put own alice;key seed;");
}

static void another_applet_in_the_device_of_before_is_a_conflict(void **state)
{
	static const char conflict[] = "the OATH application of the token was "
		"reset or replaced in between";
	struct fake *own = reader("own", 2, "else");
	struct fake *moved;

	(void)state;
	SAYS(ERROR_CONFLICT, conflict,
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	/* ... also where the one of before is somewhere else by now */
	moved = reader("moved", 9, "this");
	SAYS(ERROR_CONFLICT, conflict,
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_int_equal(moved->visits, 1);
	own->has_oath = false;
	SAYS(ERROR_CONFLICT, conflict,
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	own->broken = true;
	SAYS(ERROR_MALFORMED, "a card that makes no sense",
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "");
	assert_int_equal(own->configs, 0);
}

/* Nothing but the serial number joins a card whose reader tells no USB. */
static void without_usb_the_serial_number_tells_whose_card_it_is(void **state)
{
	const struct card_place by_serial = { 0, 0, true, 4711, "this" };
	const struct oath_target t = { by_serial, "alice" };
	const struct worker_access none = { "", SECRET_INIT };
	struct fake *own = reader("own", 0, "else");
	struct buf request;

	(void)state;
	own->has_config = true;
	own->config_serial = 4711;
	buf_init(&request, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_PUT, &t, &none, "seed", 4);
	SAYS(ERROR_CONFLICT, "was reset or replaced in between",
		ask_one(&request));
	assert_int_equal(own->configs, 1);
	own->config_serial = 4712;
	buf_init(&request, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_PUT, &t, &none, "seed", 4);
	SAYS(ERROR_NO_TOKEN, "no smart card is the token's any more",
		ask_one(&request));
	own->place.has_serial = true; /* the applet's own word goes before */
	own->place.serial = 4711;
	buf_init(&request, WIRE_MAX);
	worker_put_account(&request, WORKER_OATH_PUT, &t, &none, "seed", 4);
	SAYS(ERROR_CONFLICT, "was reset or replaced in between",
		ask_one(&request));
	assert_string_equal(done, "");
}

static void where_no_card_is_the_token_s_that_is_said(void **state)
{
	(void)state;
	SAYS(ERROR_NO_TOKEN, "no smart card is the token's any more",
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	reader("other", 9, "else");
	SAYS(ERROR_NO_TOKEN, "no smart card is the token's any more",
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	pcsc_fails = ERROR_UNSUPPORTED;
	SAYS(ERROR_UNSUPPORTED, "pcscd is away",
		about_account(WORKER_OATH_PUT, NULL, NULL, "seed", 4));
	assert_string_equal(done, "");
}

/* ---- the list ---- */

static void a_list_has_the_token_s_card_and_others_that_may_be(void **state)
{
	const struct oath_search q = { .token = { 1, 2, false, 0, "" } };
	struct fake *known = reader("of another device", 9, "x");
	struct fake *own = reader("own", 2, "this");
	struct fake *any = reader("tells nothing", 0, "else");
	struct fake *bank = reader("bank card", 0, NULL);
	struct fake *broken = reader("broken", 0, "x");

	(void)state;
	own->accounts[0] = "alice";
	broken->broken = true;
	held_readers = 2;
	OK(about_cards(&q, NULL));
	assert_int_equal(held_n, 2);
	assert_int_equal(cards_n, 2);
	assert_string_equal(cards[0].reader, "own");
	assert_int_equal(cards[0].join, CARD_SAME_USB);
	assert_int_equal(cards[0].applet.n, 1);
	assert_string_equal(cards[0].applet.id, "this");
	assert_string_equal(cards[1].reader, "tells nothing");
	assert_int_equal(cards[1].join, CARD_OTHER);
	assert_int_equal(own->last, PCSC_KEEP);
	assert_int_equal(any->last, PCSC_PASS);
	assert_int_equal(bank->last, PCSC_PASS);
	assert_int_equal(broken->last, PCSC_PASS);
	/* by its device alone it is known, so nothing more is asked */
	assert_int_equal(own->configs, 0);
	assert_int_equal(any->configs, 1);
	assert_int_equal(bank->configs, 1);
	assert_int_equal(broken->configs, 0);
	assert_int_equal(known->configs, 0);
	assert_int_equal(known->last, PCSC_PASS);
}

static void a_serial_number_joins_where_no_device_is_told(void **state)
{
	const struct oath_search q = { .token = { 0, 0, true, 4711, "" } };
	struct fake *by_config = reader("config", 0, NULL);
	struct fake *by_applet = reader("applet", 0, "this");

	(void)state;
	by_config->has_config = true;
	by_config->config_serial = 4711;
	by_applet->place.has_serial = true;
	by_applet->place.serial = 4711;
	OK(about_cards(&q, NULL));
	assert_int_equal(cards_n, 2);
	assert_int_equal(cards[0].join, CARD_SAME_SERIAL);
	assert_false(cards[0].has_oath);
	assert_true(cards[0].devinfo.present);
	assert_int_equal(cards[1].join, CARD_SAME_SERIAL);
	/* the applet has told it already */
	assert_int_equal(by_applet->configs, 0);
}

static void the_configuration_is_read_where_it_is_wanted(void **state)
{
	const struct oath_search q = { .token = { 1, 2, false, 0, "" },
		.config = true };
	struct fake *own = reader("own", 2, NULL);

	(void)state;
	own->has_config = true;
	own->config_serial = 5;
	OK(about_cards(&q, NULL));
	assert_int_equal(own->configs, 1);
	assert_int_equal(cards_n, 1);
	assert_int_equal(cards[0].devinfo.serial, 5);
	assert_false(cards[0].has_oath);
}

static void a_locked_one_lists_its_accounts_once_it_is_open(void **state)
{
	const struct oath_search q = { .token = { 1, 2, false, 0, "" } };
	struct fake *own = reader("own", 2, "this");

	(void)state;
	own->password = "tulip";
	own->accounts[0] = "alice";
	OK(about_cards(&q, NULL));
	assert_int_equal(cards_n, 1);
	assert_true(cards[0].applet.locked);
	assert_int_equal(cards[0].applet.n, 0);
	OK(about_cards(&q, "rose"));
	assert_true(cards[0].applet.locked);
	OK(about_cards(&q, "tulip"));
	assert_false(cards[0].applet.locked);
	assert_int_equal(cards[0].applet.n, 1);
}

static void no_more_cards_than_a_list_holds(void **state)
{
	static const struct oath_search q = { .token = { 1, 2, false, 0, "" } };
	size_t i;

	(void)state;
	for (i = 0; i < 33; i++)
		reader("one", 0, "else");
	OK(about_cards(&q, NULL));
	assert_int_equal(cards_n, 32);
	assert_int_equal(fakes[32].last, PCSC_PASS);
	pcsc_fails = ERROR_PERMISSION;
	SAYS(ERROR_PERMISSION, "pcscd is away", about_cards(&q, NULL));
}

/* ---- requests ---- */

static void several_requests_are_answered_one_after_the_other(void **state)
{
	struct buf one, two;
	struct buf *const all[] = { &one, &two };
	struct otp_interface *list;
	size_t n;

	(void)state;
	buf_init(&one, 16);
	buf_init(&two, 16);
	buf_put_byte(&one, 99);
	worker_put_place(&two, &(struct otp_place){ .bus = 3, .dev = 9 });
	OK(ask_main(all, 2));
	OK(worker_get_interfaces(&answer_bytes, &list, &n, &err));
	assert_int_equal(n, 1);
	assert_int_equal(list[0].serial, 77);
	free(list);
	pcsc_fails = ERROR_UNSUPPORTED;
	SAYS(ERROR_UNSUPPORTED, "no keyboard", ask_main(all, 2));
	buf_done(&one);
	buf_done(&two);
}

static void what_is_no_request_is_refused(void **state)
{
	static const struct {
		unsigned char bytes[2];
		size_t n;
		const char *says;
	} rows[] = {
		{ { 0 }, 1, "unknown operation 0" },
		{ { WORKER_OATH_UNLOCK + 1 }, 1, "unknown operation 8" },
		{ { 255 }, 1, "unknown operation 255" },
		{ { 0 }, 0, "unknown operation 0" },
		{ { WORKER_CARDS }, 1, "a malformed request" },
		{ { WORKER_OATH_PUT, 1 }, 2, "a malformed request" },
	};
	struct buf request;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		buf_init(&request, 16);
		buf_put(&request, rows[i].bytes, rows[i].n);
		SAYS(ERROR_FAILED, rows[i].says, ask_one(&request));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, no_readers, drop_cards)

int __wrap_main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_account_is_put_once_on_the_card_of_before),
		TEST(a_deletion_says_whether_there_was_anything),
		TEST(a_code_is_truncated_and_a_proof_whole),
		TEST(a_locked_applet_is_opened_by_its_own_password_only),
		TEST(what_is_plugged_in_elsewhere_by_now_is_found_again),
		TEST(the_card_of_before_goes_before_one_that_moved),
		TEST(another_applet_in_the_device_of_before_is_a_conflict),
		TEST(without_usb_the_serial_number_tells_whose_card_it_is),
		TEST(where_no_card_is_the_token_s_that_is_said),
		TEST(a_list_has_the_token_s_card_and_others_that_may_be),
		TEST(a_serial_number_joins_where_no_device_is_told),
		TEST(the_configuration_is_read_where_it_is_wanted),
		TEST(a_locked_one_lists_its_accounts_once_it_is_open),
		TEST(no_more_cards_than_a_list_holds),
		TEST(several_requests_are_answered_one_after_the_other),
		TEST(what_is_no_request_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
