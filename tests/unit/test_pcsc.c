/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over smart-card readers, with a pcscd of our own: what is called in
 * which order, and what each of its answers comes to.
 */
#include "tests/unit/pcsc-alone.h"

static char names[ALL_OF_THEM][8];
static char long_name[2][PCSC_READER_LEN + 1];
static struct pcsc *pcsc;
static unsigned held;

static int start(void **state)
{
	(void)state;
	memset(readers, 0, sizeof(readers));
	memset(establish, 0, sizeof(establish));
	memset(list, 0, sizeof(list));
	readers_n = establishes = lists = 0;
	clock_is_over = false;
	protocol = SCARD_PROTOCOL_T1;
	transmits = SCARD_S_SUCCESS;
	calls[0] = '\0';
	return pcsc_new(&pcsc, &err);
}

static int end(void **state)
{
	(void)state;
	pcsc_free(&pcsc);
	return pcsc ? -1 : 0;
}

static void add_reader(const char *name, int visit)
{
	readers[readers_n].name = name;
	readers[readers_n++].visit = visit;
}

static int see(void *context, const struct pcsc_reader *r,
	const struct card *card, struct error *e)
{
	size_t i = number_of(r->name);

	assert_ptr_equal(context, &pcsc);
	assert_non_null(card);
	note("see:%zu", i);
	if (r->place.usb_bus)
		note("@%u.%u", r->place.usb_bus, r->place.usb_dev);
	note(" ");
	return readers[i].visit < 0 ? error_set(e, -readers[i].visit,
		"the visit's own word") : readers[i].visit;
}

static int walk(void)
{
	calls[0] = '\0';
	held = 99;
	return pcsc_each(pcsc, see, &pcsc, &held, &err);
}

static void calls_are(const char *want)
{
	assert_string_equal(calls, want);
}

static void walks_by(const char *want)
{
	OK(walk());
	calls_are(want);
}

static void each_is_visited_in_a_transaction(void **state)
{
	(void)state;
	add_reader("A", PCSC_PASS);
	add_reader("B", PCSC_KEEP);
	walks_by("context connect:0 begin:0 see:0 end:0 disconnect:0 "
		"connect:1 begin:1 see:1 end:1 ");
	assert_int_equal(held, 0);
	/* what is wanted is open already; the other one is opened again */
	walks_by("connect:0 begin:0 see:0 end:0 disconnect:0 "
		"begin:1 see:1 end:1 ");
	calls[0] = '\0';
	pcsc_free(&pcsc);
	calls_are("disconnect:1 release ");
	pcsc_free(&pcsc);
	pcsc_free(NULL);
	calls_are("disconnect:1 release ");
}

static void a_visit_ends_the_walk(void **state)
{
	(void)state;
	add_reader("A", PCSC_DONE);
	add_reader("B", PCSC_KEEP);
	walks_by("context connect:0 begin:0 see:0 end:0 ");
	readers[0].visit = -ERROR_MALFORMED;
	SAYS(ERROR_MALFORMED, "the visit's own word", walk());
	calls_are("begin:0 see:0 end:0 ");
}

static void only_one_that_was_kept_and_reset_is_opened_anew(void **state)
{
	(void)state;
	add_reader("A", PCSC_KEEP);
	readers[0].begin[0] = SCARD_E_NO_SMARTCARD;
	walks_by("context connect:0 begin:0 disconnect:0 ");
	OK(walk());
	readers[0].begins = 0;
	readers[0].begin[0] = SCARD_W_RESET_CARD;
	walks_by("begin:0 disconnect:0 connect:0 begin:0 see:0 end:0 ");
	/* and is away by now: nothing is left to disconnect */
	readers[0].begins = readers[0].connects = 0;
	readers[0].connect[0] = SCARD_E_NO_SMARTCARD;
	walks_by("begin:0 disconnect:0 connect:0 ");
	walks_by("connect:0 begin:0 see:0 end:0 ");
}

static void a_reader_that_went_is_let_go(void **state)
{
	(void)state;
	add_reader("A", PCSC_KEEP);
	add_reader("B", PCSC_KEEP);
	OK(walk());
	readers_n = 1;
	walks_by("disconnect:1 begin:0 see:0 end:0 ");
	readers_n = 0;
	list[lists] = SCARD_E_NO_READERS_AVAILABLE;
	walks_by("disconnect:0 ");
}

static void cards_that_are_not_there_are_passed(void **state)
{
	static const struct {
		LONG rv;
		int code; /* 0: none */
		unsigned held;
		const char *words;
	} cases[] = {
		{ SCARD_E_NO_SMARTCARD, 0, 0, NULL },
		{ SCARD_W_REMOVED_CARD, 0, 0, NULL },
		{ (LONG)SCARD_W_UNPOWERED_CARD, 0, 0, NULL },
		{ (LONG)SCARD_W_UNRESPONSIVE_CARD, 0, 0, NULL },
		{ SCARD_E_UNKNOWN_READER, 0, 0, NULL },
		{ SCARD_E_READER_UNAVAILABLE, 0, 0, NULL },
		{ SCARD_E_SHARING_VIOLATION, 0, 1, NULL },
		{ SCARD_E_NO_SERVICE, ERROR_UNSUPPORTED, 0,
			"pcscd does not run, so OATH applications cannot be "
			"reached: install pcscd and start it (systemctl start "
			"pcscd.socket)" },
		{ SCARD_E_SERVICE_STOPPED, ERROR_UNSUPPORTED, 0,
			"pcscd does not run" },
		{ (LONG)SCARD_W_SECURITY_VIOLATION, ERROR_PERMISSION, 0,
			"pcscd refuses you: its polkit rule lets in only who "
			"sits at this machine; run as root" },
		{ SCARD_F_COMM_ERROR, ERROR_FAILED, 0,
			"taking the smart card: RPC transport error." },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		start(state);
		add_reader("A", PCSC_KEEP);
		add_reader("B", PCSC_KEEP);
		readers[0].connect[0] = cases[i].rv;
		if (cases[i].code) {
			SAYS(cases[i].code, cases[i].words, walk());
			calls_are("context connect:0 ");
		} else {
			walks_by("context connect:0 connect:1 begin:1 see:1 "
				"end:1 ");
		}
		assert_int_equal(held, cases[i].held);
		end(state);
	}
}

static void a_reset_passes_and_is_waited_for(void **state)
{
	static const LONG passing[] = { SCARD_E_PROTO_MISMATCH,
		SCARD_W_RESET_CARD };
	size_t i;

	for (i = 0; i < ARRAY_LEN(passing); i++) {
		start(state);
		add_reader("A", PCSC_KEEP);
		readers[0].connect[0] = readers[0].connect[1] = passing[i];
		walks_by("context connect:0 wait connect:0 wait connect:0 "
			"begin:0 see:0 end:0 ");
		end(state);
	}
	start(state);
	add_reader("A", PCSC_KEEP);
	readers[0].connect[0] = SCARD_W_RESET_CARD;
	clock_is_over = true;
	SAYS(ERROR_NO_TOKEN,
		"the token's smart card went away (taking the smart card)",
		walk());
	calls_are("context connect:0 ");
}

static void pcscd_may_have_been_started_again(void **state)
{
	(void)state;
	add_reader("A", PCSC_KEEP);
	OK(walk());
	list[lists] = SCARD_E_INVALID_HANDLE;
	walks_by("disconnect:0 release context connect:0 begin:0 see:0 "
		"end:0 ");
	/* between the first question for its readers and the second */
	list[lists + 1] = SCARD_E_SERVICE_STOPPED;
	walks_by("disconnect:0 release context connect:0 begin:0 see:0 "
		"end:0 ");
	pcsc_free(&pcsc);
	start(state);
	/* or cannot be reached: no context, so none to release */
	establish[0] = establish[1] = SCARD_E_NO_SERVICE;
	SAYS(ERROR_UNSUPPORTED, "pcscd does not run", walk());
	calls_are("context context ");
	list[0] = list[1] = SCARD_F_INTERNAL_ERROR;
	SAYS(ERROR_FAILED, "reaching pcscd: Internal error.", walk());
	calls_are("context release context ");
}

static void no_more_stay_open_than_there_are_places(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ALL_OF_THEM; i++) {
		snprintf(names[i], sizeof(names[i]), "R%zu", i);
		add_reader(names[i], PCSC_KEEP);
	}
	OK(walk());
	assert_non_null(strstr(calls, "see:31 "));
	assert_null(strstr(calls, "connect:32 "));
	/* one that is not wanted any more makes room */
	readers[5].visit = PCSC_PASS;
	OK(walk());
	assert_non_null(strstr(calls, "see:32 "));
	assert_null(strstr(calls, "connect:33 "));
}

static void names_longer_than_their_place_are_passed(void **state)
{
	(void)state;
	memset(long_name[0], 'x', PCSC_READER_LEN - 1);
	memset(long_name[1], 'y', PCSC_READER_LEN);
	add_reader(long_name[0], PCSC_KEEP);
	add_reader(long_name[1], PCSC_KEEP);
	walks_by("context connect:0 begin:0 see:0 end:0 ");
	walks_by("begin:0 see:0 end:0 ");
}

static void a_reader_tells_its_usb_device_or_nothing(void **state)
{
	(void)state;
	add_reader("A", PCSC_PASS);
	add_reader("B", PCSC_PASS);
	add_reader("C", PCSC_PASS);
	readers[0].channel = readers[1].channel = 0x00200309;
	readers[0].channel_n = 4;
	readers[1].channel_n = 2;
	OK(walk());
	assert_non_null(strstr(calls, "see:0@3.9 "));
	assert_non_null(strstr(calls, "see:1 "));
	assert_non_null(strstr(calls, "see:2 "));
}

/* ---- talking to a card ---- */

static struct buf answer;
static uint16_t word;

static int talk(void *context, const struct pcsc_reader *r,
	const struct card *card, struct error *e)
{
	int done = card->transmit(card->context, (const unsigned char *)"ask",
		3, &answer, &word, e);

	(void)context;
	(void)r;
	return done < 0 ? done : PCSC_PASS;
}

static int ask(const char *answers, DWORD n)
{
	reply = answers;
	reply_n = n;
	return pcsc_each(pcsc, talk, NULL, &held, &err);
}

static void a_card_answers_bytes_and_a_status_word(void **state)
{
	(void)state;
	buf_init(&answer, 64);
	add_reader("A", PCSC_PASS);
	for (protocol = SCARD_PROTOCOL_T0; protocol <= SCARD_PROTOCOL_T1;
		protocol++) {
		OK(ask("abc\x61\x05", 5));
		assert_int_equal(answer.n, 3);
		assert_memory_equal(answer.p, "abc", 3);
		assert_int_equal(word, 0x6105);
		OK(ask("\x90", 2));
		assert_int_equal(answer.n, 0);
		assert_int_equal(word, 0x9000);
	}
	protocol = SCARD_PROTOCOL_T1;
	SAYS(ERROR_MALFORMED, "the smart card answers 0 bytes", ask("", 0));
	SAYS(ERROR_MALFORMED, "the smart card answers 1 bytes", ask("", 1));
	buf_done(&answer);
}

static void a_card_that_goes_while_it_is_asked_is_said(void **state)
{
	static const LONG gone[] = { SCARD_W_REMOVED_CARD, SCARD_W_RESET_CARD,
		SCARD_E_READER_UNAVAILABLE, SCARD_E_NO_SMARTCARD };
	size_t i;

	(void)state;
	buf_init(&answer, 64);
	add_reader("A", PCSC_PASS);
	for (i = 0; i < ARRAY_LEN(gone); i++) {
		transmits = gone[i];
		SAYS(ERROR_NO_TOKEN, "the token's smart card went away "
			"(talking to the smart card)", ask("\x90", 2));
	}
	transmits = SCARD_E_NOT_TRANSACTED;
	SAYS(ERROR_FAILED, "talking to the smart card: Transaction failed.",
		ask("\x90", 2));
	buf_done(&answer);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_is_visited_in_a_transaction),
		TEST(a_visit_ends_the_walk),
		TEST(only_one_that_was_kept_and_reset_is_opened_anew),
		TEST(a_reader_that_went_is_let_go),
		cmocka_unit_test(cards_that_are_not_there_are_passed),
		cmocka_unit_test_teardown(a_reset_passes_and_is_waited_for,
			end),
		TEST(pcscd_may_have_been_started_again),
		TEST(no_more_stay_open_than_there_are_places),
		TEST(names_longer_than_their_place_are_passed),
		TEST(a_reader_tells_its_usb_device_or_nothing),
		TEST(a_card_answers_bytes_and_a_status_word),
		TEST(a_card_that_goes_while_it_is_asked_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
