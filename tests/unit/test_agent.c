/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process of one token: which questions it asks the token, in which order
 * and for how long, and what it reports. The token answers as a table says.
 */
#include "bridge/login/agent/agent.h"

#include "base/wire.h"
#include "bridge/login/agent/wire.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* ---- the token, and what both processes see ---- */

static struct world {
	int sandbox, open, ask;  /* errors */
	unsigned busy;           /* openings until it is free */
	int has;                 /* the credential; -1: none */
	bool signs_silently, forgets; /* forgets: when it is touched */
	unsigned blinks;         /* how often it says that it waits */
	bool looks;              /* ... all the same without a touch */
	bool learns_not;
	struct fido_info info, learnt;
	struct devinfo devinfo;
	int retries;
	/* what came of it */
	unsigned openings, retries_asked, freed, brief, learned;
	uint16_t vendor;
	void (*on_touch)(void *arg);
	void *on_touch_arg;
	char asked[16];          /* a digit for each credential */
	char pin[32];
	bool touch, with_parent;
	int64_t patience;        /* as the token was given */
} *w;

static struct login_credential list[3];
static const struct login_credentials credentials = { list, 3 };
static const struct sandbox sandbox = { 1, 2, NULL };
static const struct node node = { .path = "node", .vendor = 0x1050 };
#define FIDO ((struct fido *)w)

WRAP(int, sandbox_enter, const struct sandbox *s, bool with_parent,
	struct error *e)
{
	assert_ptr_equal(s, &sandbox);
	w->with_parent = with_parent;
	return w->sandbox ? error_set(e, ERROR_FAILED, "no sandbox") : 0;
}

static int open_it(struct fido **ret, int fd, const char *path,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *e)
{
	int r = 0;

	if (strcmp(path, "node") != 0 || cancel_fd < 0 ||
		lock_until > deadline_now() || until - deadline_now() > 5000 ||
		until - deadline_now() < 3000 ||
		!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
		_exit(9);
	close(fd);
	w->openings++;
	if (w->openings <= w->busy)
		r = error_set(e, ERROR_BUSY, "pid %u holds it", w->openings);
	else if (w->open)
		r = error_set(e, ERROR_PERMISSION, "it opens not");
	else
		*ret = FIDO;
	return r;
}

WRAP(int, fido_open_fd, struct fido **ret, int fd, const char *path,
	uint16_t vendor, int cancel_fd, deadline_t lock_until,
	deadline_t until, struct error *e)
{
	w->vendor = vendor;
	return open_it(ret, fd, path, cancel_fd, lock_until, until, e);
}

WRAP(int, fido_open_briefly, struct fido **ret, int fd, const char *path,
	int cancel_fd, deadline_t lock_until, deadline_t until,
	struct error *e)
{
	w->brief++;
	return open_it(ret, fd, path, cancel_fd, lock_until, until, e);
}

WRAP(int, fido_learn, struct fido *f, uint16_t vendor, struct error *e)
{
	(void)f;
	w->vendor = vendor;
	w->learned++;
	w->info = w->learnt;
	return w->learns_not ? error_set(e, ERROR_TIMEOUT, "no word") : 0;
}

WRAP(void, fido_on_touch, struct fido *f, void (*told)(void *arg), void *arg)
{
	(void)f;
	w->on_touch = told;
	w->on_touch_arg = arg;
}

WRAP(void, fido_free, struct fido **f)
{
	w->freed += *f != NULL;
	*f = NULL;
}

WRAP(const struct fido_info *, fido_info, const struct fido *f)
{
	(void)f;
	return &w->info;
}

WRAP(const struct devinfo *, fido_devinfo, const struct fido *f)
{
	(void)f;
	return &w->devinfo;
}

WRAP(int, fido_pin_retries, struct fido *f)
{
	(void)f;
	w->retries_asked++;
	return w->retries;
}

WRAP(void, fido_set_deadline, struct fido *f, deadline_t until)
{
	(void)f;
	w->patience = until - deadline_now();
}

WRAP(int, fido_get_assertion, struct fido *f,
	const struct fido_assertion_request *q, struct assertion *ret,
	bool *ret_found, struct error *e)
{
	int i = ((const char *)q->credential.p)[0] - '0';
	unsigned k;

	(void)f;
	if (q->credential.n != 1 || strcmp(q->rp_id, list[i].rp) != 0 ||
		q->client_data->n != 4)
		_exit(8);
	w->asked[strlen(w->asked)] = (char)('0' + i);
	w->touch = q->touch;
	if (q->pin)
		snprintf(w->pin, sizeof(w->pin), "%.*s", (int)q->pin->n,
			(const char *)q->pin->p);
	for (k = 0; k < w->blinks && q->touch; k++)
		w->on_touch(w->on_touch_arg);
	if (w->ask && (q->touch || !w->looks))
		return error_set(e, w->ask, "it will not");
	*ret_found = i == w->has && !(q->touch && w->forgets);
	if (*ret_found && (q->touch || w->signs_silently)) {
		buf_put_str(&ret->auth_data, q->touch ? "touched" : "silent");
		buf_put_str(&ret->signature, "signature");
	}
	return 0;
}

/* ---- the helper's end ---- */

static int line = -1, fd = -1;
static struct agent_report report;

static int begin(void **state)
{
	size_t i;

	(void)state;
	memset(w, 0, sizeof(*w));
	w->has = 1;
	w->signs_silently = true;
	for (i = 0; i < 3; i++) {
		list[i].id[0] = (unsigned char)('0' + i);
		list[i].id_n = 1;
		snprintf(list[i].rp, sizeof(list[i].rp), "rp%zu", i);
	}
	write_text("node", "");
	agent_report_init(&report);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	close_p(&line);
	close_p(&fd);
	agent_report_done(&report);
	while (wait(NULL) > 0)
		;
	return 0;
}

static bool no_pairs;

int __real_socketpair(int domain, int type, int protocol, int pair[2]);

WRAP(int, socketpair, int domain, int type, int protocol, int pair[2])
{
	if (!no_pairs)
		return __real_socketpair(domain, type, protocol, pair);
	errno = EMFILE;
	return -1;
}

static void a_process_that_cannot_be_talked_to_is_none(void **state)
{
	struct agent_setting setting = { .sandbox = &sandbox,
		.credentials = &credentials };

	(void)state;
	no_pairs = true;
	SAYS(ERROR_FAILED, "cannot make a socket: Too many open files",
		agent_start(&setting, &node, &line, &fd, &err));
	no_pairs = false;
	assert_int_equal(line, -1);
	assert_int_equal(fd, -1);
}

static void start(int secret)
{
	struct agent_setting setting = { .sandbox = &sandbox,
		.credentials = &credentials, .close_fds = { secret },
		.close_n = secret >= 0 };

	OK(agent_start(&setting, &node, &line, &fd, &err));
	assert_true(line >= 0 && fd >= 0);
	assert_true(fcntl(line, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

static void order(enum agent_order_kind kind, unsigned credential,
	bool pin_facts, const char *pin)
{
	struct agent_order o;
	struct buf b;

	agent_order_init(&o);
	o.kind = kind;
	o.credential = credential;
	o.pin_facts = pin_facts;
	buf_put_str(&o.client_data, "data");
	if (pin)
		OK(secret_set(&o.pin, pin, strlen(pin), &err));
	buf_init(&b, WIRE_MAX);
	agent_order_write(&o, &b);
	OK(wire_send(line, b.p, b.n, deadline_in(5000), &err));
	buf_done(&b);
	agent_order_done(&o);
}

/* The next report is of that kind. */
static void hear(enum agent_report_kind kind)
{
	struct buf b;

	buf_init(&b, WIRE_MAX);
	OK(wire_receive(line, &b, -1, deadline_in(20000), &err));
	OK(agent_report_read(b.p, b.n, 3, &report, &err));
	assert_int_equal(report.kind, kind);
	buf_done(&b);
}

static void hears_failure(enum error_code code, const char *text)
{
	struct pollfd p = { .fd = line, .events = POLLIN };
	char c;

	hear(AGENT_FAILED);
	assert_int_equal(report.code, code);
	assert_string_equal(report.text, text);
	/* and that is the end of it */
	assert_int_equal(poll(&p, 1, 20000), 1);
	assert_int_equal(recv(line, &c, 1, 0), 0);
}

static void is_text(const struct buf *b, const char *s)
{
	assert_int_equal(b->n, strlen(s));
	assert_memory_equal(b->p, s, strlen(s));
}

static void a_node_that_cannot_be_opened_is_no_token(void **state)
{
	const struct agent_setting setting = { .sandbox = &sandbox };

	(void)state;
	assert_int_equal(unlink("node"), 0);
	OK(agent_start(&setting, &node, &line, &fd, &err));
	assert_int_equal(line, -1);
	assert_int_equal(fd, -1);
	assert_int_equal(w->openings, 0);
}

static void it_finds_the_credential_that_the_token_has(void **state)
{
	(void)state;
	w->info = (struct fido_info){ .ctap2 = true, .client_pin = FIDO_ON,
		.pin_change_forced = true, .min_pin_length = 6 };
	w->devinfo = (struct devinfo){ .has_serial = true, .serial = 77 };
	w->retries = 5;
	start(-1);
	order(AGENT_LOOK, 0, true, NULL);
	hear(AGENT_LOOKED);
	assert_string_equal(w->asked, "01");
	assert_false(w->touch || w->with_parent);
	assert_in_range(w->patience, 3000, 5000);
	assert_int_equal(w->vendor, 0x1050);
	assert_int_equal(report.credential, 1);
	assert_true(report.is_signed);
	is_text(&report.auth_data, "silent");
	is_text(&report.signature, "signature");
	assert_true(report.facts.ctap2 && report.facts.has_pin);
	assert_true(report.facts.pin_change_forced);
	assert_false(report.facts.always_uv);
	assert_int_equal(report.facts.min_pin, 6);
	assert_int_equal(report.facts.pin_retries, 5);
	assert_int_equal(report.facts.serial, 77);
}

static void what_no_pin_needs_is_not_asked(void **state)
{
	static const struct {
		enum fido_option pin, always;
		bool pin_facts;
		int has;
		unsigned asked;
	} rows[] = {
		{ FIDO_ON, FIDO_OFF, false, 1, 0 },
		{ FIDO_ON, FIDO_ON, false, 1, 0 },
		{ FIDO_ON, FIDO_OFF, true, 1, 1 },
		{ FIDO_OFF, FIDO_OFF, true, 1, 0 },
		{ FIDO_ON, FIDO_ON, true, -1, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		begin(NULL);
		w->has = rows[i].has;
		w->retries = 8;
		w->info.client_pin = rows[i].pin;
		w->info.always_uv = rows[i].always;
		w->info.min_pin_length = (uint64_t)UINT32_MAX + 7;
		w->devinfo.serial = 5; /* but it has none */
		start(-1);
		order(AGENT_LOOK, 0, rows[i].pin_facts, NULL);
		hear(AGENT_LOOKED);
		assert_int_equal(w->retries_asked, rows[i].asked);
		assert_int_equal(report.facts.pin_retries, rows[i].asked ? 8 :
			-1);
		assert_int_equal(report.facts.always_uv,
			rows[i].always == FIDO_ON);
		assert_int_equal(report.facts.has_pin, rows[i].pin == FIDO_ON);
		assert_int_equal(w->vendor, rows[i].pin_facts ? 0x1050 : 0);
		assert_int_equal(w->brief, !rows[i].pin_facts);
		assert_int_equal(report.facts.min_pin, UINT32_MAX);
		assert_int_equal(report.facts.serial, 0);
		assert_int_equal(report.credential, rows[i].has < 0 ?
			AGENT_NO_CREDENTIAL : 1u);
		assert_int_equal(report.is_signed, rows[i].has >= 0);
		assert_string_equal(w->asked, rows[i].has < 0 ? "012" : "01");
		finish(NULL);
	}
}

static void u2f_signs_nothing_without_a_touch(void **state)
{
	(void)state;
	w->signs_silently = false;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	assert_int_equal(report.credential, 1);
	assert_false(report.is_signed);
	assert_int_equal(report.signature.n, 0);
}

static void one_that_is_held_is_waited_for_and_told_once(void **state)
{
	(void)state;
	w->busy = 3;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_BUSY);
	assert_int_equal(report.code, ERROR_BUSY);
	assert_string_equal(report.text, "pid 1 holds it");
	hear(AGENT_LOOKED);
	assert_int_equal(w->openings, 4);
	assert_int_equal(report.credential, 1);
}

static void who_is_hung_up_on_ends(void **state)
{
	int status;

	(void)state;
	w->busy = 1000000;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_BUSY);
	close_p(&line);
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(w->openings < 1000);
}

static void what_fails_is_told_and_is_the_end(void **state)
{
	(void)state;
	w->open = 1;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hears_failure(ERROR_PERMISSION, "it opens not");
	finish(NULL);
	begin(NULL);
	w->ask = ERROR_PIN_WRONG;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hears_failure(ERROR_PIN_WRONG, "it will not");
	assert_string_equal(w->asked, "0");
	finish(NULL);
	begin(NULL);
	w->sandbox = 1;
	start(-1);
	hears_failure(ERROR_FAILED, "no sandbox");
	assert_int_equal(w->openings, 0);
	finish(NULL);
	begin(NULL);
	start(-1);
	OK(wire_send(line, "?", 1, deadline_in(5000), &err));
	hears_failure(ERROR_MALFORMED, "a frame between the helper and a "
		"token's process is senseless");
}

static void a_touch_proves_by_the_credential_that_was_named(void **state)
{
	(void)state;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	w->asked[0] = w->asked[1] = '\0';
	order(AGENT_PROVE, 1, false, "123456");
	hear(AGENT_PROVED);
	assert_string_equal(w->asked, "1");
	assert_true(w->touch);
	assert_string_equal(w->pin, "123456");
	/* a person's time is the helper's affair */
	assert_true(w->patience > 300000);
	assert_int_equal(report.credential, 1);
	assert_true(report.is_signed);
	is_text(&report.auth_data, "touched");
	is_text(&report.signature, "signature");
	/* without a PIN there is none */
	w->pin[0] = '\0';
	order(AGENT_PROVE, 1, false, NULL);
	hear(AGENT_PROVED);
	assert_string_equal(w->pin, "");
	/* it is opened once, and closed at the end */
	close_p(&line);
	assert_true(wait(NULL) > 0);
	assert_int_equal(w->openings, 1);
	assert_int_equal(w->freed, 1);
}

/* Its owner wanted it to verify always, since it was bound. */
static void prove_untold(int code, bool untold, enum fido_option always)
{
	finish(NULL);
	begin(NULL);
	w->ask = code;
	w->looks = true;
	w->retries = 7;
	w->info = (struct fido_info){ .ctap2 = true, .untold = untold };
	w->learnt = (struct fido_info){ .ctap2 = true, .client_pin = FIDO_ON,
		.always_uv = always, .min_pin_length = 5 };
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	assert_int_equal(report.facts.brief, untold);
	order(AGENT_PROVE, 1, false, NULL);
}

static void one_that_wants_its_pin_is_asked_who_it_is(void **state)
{
	(void)state;
	prove_untold(ERROR_PIN, true, FIDO_ON);
	hear(AGENT_WANTS_PIN);
	assert_int_equal(w->learned, 1);
	assert_int_equal(w->vendor, 0x1050);
	assert_in_range(w->patience, 3000, 5000);
	assert_int_equal(report.credential, 1);
	assert_true(report.facts.always_uv && report.facts.has_pin);
	assert_false(report.facts.brief || report.is_signed);
	assert_int_equal(report.facts.pin_retries, 7);
	assert_int_equal(report.facts.min_pin, 5);
	/* it does not say so itself */
	prove_untold(ERROR_PIN, true, FIDO_OFF);
	hears_failure(ERROR_PIN, "it will not");
	assert_int_equal(w->learned, 1);
	/* it was asked before, or was pulled */
	prove_untold(ERROR_PIN, false, FIDO_ON);
	hears_failure(ERROR_PIN, "it will not");
	assert_int_equal(w->learned, 0);
	prove_untold(ERROR_NO_TOKEN, true, FIDO_ON);
	hears_failure(ERROR_NO_TOKEN, "it will not");
	assert_int_equal(w->learned, 0);
}

/* Some say so in other words; but not those that have waited for a touch. */
static void one_that_refuses_at_once_may_want_its_pin(void **state)
{
	static const int codes[] = { ERROR_TOUCH, ERROR_FAILED };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(codes); i++) {
		prove_untold(codes[i], true, FIDO_ON);
		hear(AGENT_WANTS_PIN);
		prove_untold(codes[i], true, FIDO_OFF);
		hears_failure((enum error_code)codes[i], "it will not");
		finish(NULL);
		begin(NULL);
		w->blinks = 1;
		w->looks = w->info.untold = true;
		w->ask = codes[i];
		start(-1);
		order(AGENT_LOOK, 0, false, NULL);
		hear(AGENT_LOOKED);
		order(AGENT_PROVE, 1, false, NULL);
		hear(AGENT_TOUCH);
		hears_failure((enum error_code)codes[i], "it will not");
		assert_int_equal(w->learned, 0);
	}
}

static void one_that_does_not_say_who_it_is_fails_as_it_did(void **state)
{
	(void)state;
	w->learns_not = w->looks = true;
	w->learnt.always_uv = FIDO_ON; /* as it may be */
	w->ask = ERROR_PIN;
	w->info.untold = true;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	order(AGENT_PROVE, 1, false, NULL);
	hears_failure(ERROR_PIN, "it will not");
	assert_int_equal(w->learned, 1);
}

static void that_it_waits_for_a_touch_is_told_once_a_proof(void **state)
{
	unsigned i;

	(void)state;
	w->blinks = 3;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	for (i = 0; i < 2; i++) {
		order(AGENT_PROVE, 1, false, NULL);
		hear(AGENT_TOUCH);
		hear(AGENT_PROVED);
	}
}

static void what_cannot_be_proved_is_told(void **state)
{
	(void)state;
	start(-1);
	order(AGENT_PROVE, 1, false, NULL); /* before it was opened */
	hears_failure(ERROR_FAILED, "no such credential");
	finish(NULL);
	begin(NULL);
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	order(AGENT_PROVE, 3, false, NULL);
	hears_failure(ERROR_FAILED, "no such credential");
	finish(NULL);
	begin(NULL);
	w->forgets = true;
	start(-1);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	order(AGENT_PROVE, 1, false, NULL);
	hears_failure(ERROR_MALFORMED, "the token said that it has the "
		"credential, and now that it has not");
}

static void it_keeps_nothing_of_the_helper_s(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	start(ends[0]);
	close(ends[0]);
	order(AGENT_LOOK, 0, false, NULL);
	hear(AGENT_LOOKED);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_that_cannot_be_talked_to_is_none),
		TEST(a_node_that_cannot_be_opened_is_no_token),
		TEST(it_finds_the_credential_that_the_token_has),
		TEST(what_no_pin_needs_is_not_asked),
		TEST(u2f_signs_nothing_without_a_touch),
		TEST(one_that_is_held_is_waited_for_and_told_once),
		TEST(who_is_hung_up_on_ends),
		TEST(what_fails_is_told_and_is_the_end),
		TEST(a_touch_proves_by_the_credential_that_was_named),
		TEST(one_that_wants_its_pin_is_asked_who_it_is),
		TEST(one_that_refuses_at_once_may_want_its_pin),
		TEST(one_that_does_not_say_who_it_is_fails_as_it_did),
		TEST(that_it_waits_for_a_touch_is_told_once_a_proof),
		TEST(what_cannot_be_proved_is_told),
		TEST(it_keeps_nothing_of_the_helper_s),
	};
	char place[64];
	int r;

	w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w == MAP_FAILED)
		return 1;
	enter_place(place);
	r = cmocka_run_group_tests_name("agent", tests, NULL, NULL);
	leave_place(place);
	return r;
}
