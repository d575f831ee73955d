/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token's initial PIN: whom it is for, which file it goes into, what a run
 * that was broken off left, and in which order it is written down, encrypted and
 * set. And the keys that a holder's PINs are encrypted for.
 */
#include "tests/unit/asked.h"
#include "tests/unit/heard.h"
#include "tests/unit/test_registry.h"

#include "bridge/initial/pin.h"
#include "bridge/initial/recipients.h"
#include "bridge/journal/journal.h"
#include "bridge/prompt/pin.h"
#include "bridge/seal/seal.h"
#include "token/fido/care.h"

#define AGE "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

static struct place place;
static struct registry *reg;
static struct token token;
static struct initial_pin_request q;
static struct initial_pin done;
static struct recipients to;
static char output[160], second[160];
static enum journal_point sealed_at; /* what stood on disk when it was set */
static bool forces;

WRAP(bool, token_serial, const struct token *t, uint32_t *ret)
{
	assert_ptr_equal(t, &token);
	*ret = t->devinfo.serial;
	return t->devinfo.serial > 0;
}

WRAP(void, attached_who, const struct token *t, const char *label,
	char ret[ATTACHED_WHO_LEN])
{
	assert_true(t == &token && !label);
	strcpy(ret, "key 1");
}

WRAP(void, fido_set_deadline, struct fido *f, deadline_t until)
{
	assert_ptr_equal(f, q.fido);
	assert_in_range(until - deadline_now(), 1, 10000);
}

WRAP(int, care_random_pin, size_t n, struct secret *ret, struct error *e)
{
	assert_int_equal(n, q.digits);
	OK(secret_set(ret, "83729164", 8, e));
	return ask('r', e);
}

WRAP(int, seal_begin, struct sealing *ret, const struct seal_order *o,
	struct error *e)
{
	assert_int_equal(o->to->n, 1);
	assert_string_equal(o->path, output);
	assert_int_equal(o->part[0], '.');
	assert_string_equal(o->part + 9, ".part");
	assert_int_equal(o->secret->n, 8);
	assert_int_equal(o->cancel_fd, run.cancel_fd);
	strcpy(ret->file, "1-2-3.000000004");
	return ask('b', e);
}

WRAP(int, seal_keep, struct sealing *s, int cancel_fd, struct error *e)
{
	(void)s;
	assert_int_equal(cancel_fd, run.cancel_fd);
	return ask('k', e);
}

WRAP(void, seal_done, struct sealing *s)
{
	(void)s;
}

static size_t journals(struct journal *ret)
{
	struct journal_sights list = { .p = NULL };
	size_t n;

	OK(journal_see_all(&list, registry_path(reg), &err));
	n = list.n;
	if (n > 0 && ret) {
		*ret = list.p[0].journal;
		ret->path = NULL;
	}
	journal_sights_done(&list);
	return n;
}

WRAP(int, care_set_pin, struct fido *f, const struct secret *old,
	const struct secret *pin, struct error *e)
{
	struct journal j;

	assert_true(f == q.fido && !old);
	assert_int_equal(pin->n, 8);
	if (q.output) {
		assert_int_equal(journals(&j), 1);
		sealed_at = j.point;
		assert_string_equal(j.facts.output, output);
		assert_string_equal(j.facts.holder, "alice");
		assert_string_equal(j.facts.file, "1-2-3.000000004");
		assert_int_equal(j.facts.token_serial, token.devinfo.serial);
	}
	return ask('s', e);
}

WRAP(int, pin_force_change, const struct run *r, const struct token *t,
	struct fido *f, const struct secret *pin, bool *ret_forced,
	struct error *e)
{
	assert_true(r == &run && t == &token && f == q.fido);
	assert_int_equal(pin->n, 8);
	*ret_forced = forces;
	return ask('f', e);
}

WRAP(int, run_show_secret, const struct run *r, const char *title,
	const struct secret *secret, struct error *e)
{
	assert_ptr_equal(r, &run);
	assert_string_equal(title, "The initial PIN of key 1 for alice:");
	assert_int_equal(secret->n, 8);
	return ask('S', e);
}

static void holder_is_known(void)
{
	struct recipients_changed changed;

	OK(recipients_add(&to, AGE, strlen(AGE), &err));
	OK(initial_set_recipients(&run, reg, "alice", &to, &changed, &err));
	assert_true(changed.changed && changed.head.seq > 0);
}

static int begin(void **state)
{
	(void)state;
	place_make(&place);
	OK(registry_init(place.db, false, &err));
	reg = open_rw(place.db);
	memset(&token, 0, sizeof(token));
	memset(&failing, 0, sizeof(failing));
	memset(&done, 0, sizeof(done));
	said[0] = asked[0] = '\0';
	snprintf(output, sizeof(output), "%s/a.pin", place.dir);
	snprintf(second, sizeof(second), "%s/b.pin", place.dir);
	token.devinfo.serial = 1001;
	forces = true;
	q = (struct initial_pin_request){ .reg = reg, .token = &token,
		.fido = (struct fido *)&token, .holder = "alice",
		.output = output, .digits = 8 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	initial_pin_done(&done);
	recipients_done(&to);
	registry_free(&reg);
	place_remove(&place);
	return 0;
}

static int make(void)
{
	initial_pin_done(&done);
	said[0] = asked[0] = '\0';
	return initial_pin_make(&run, &q, &done, &err);
}

/* ---- whom it is for ---- */

static void a_holder_is_to_have_a_key(void **state)
{
	char holder[ID_LEN];

	(void)state;
	SAYS(ERROR_FAILED, "the registry knows no holder 'alice'", make());
	add_holder(reg, "alice", holder);
	SAYS(ERROR_REFUSED, "the registry has no key of 'alice' to encrypt "
		"for: `tokenbridge registry recipient`; or show the PIN by "
		"--show", make());
	OK(registry_name_set(reg, "recipients", holder, "junk", &err));
	SAYS(ERROR_CORRUPT, "the recipients of 'alice' in the registry cannot "
		"be read (", make());
	assert_non_null(strstr(err.text, "): `tokenbridge registry recipient` "
		"writes them anew"));
	asked_is("");
	assert_int_equal(journals(NULL), 0);
}

static void keys_of_a_holder_are_taken_away(void **state)
{
	struct recipients_changed changed;
	struct recipients none = { .n = 0 }, read = { .n = 0 };
	struct registry_head head;
	char id[ID_LEN];

	(void)state;
	SAYS(ERROR_FAILED, "the registry knows no holder 'alice'",
		initial_set_recipients(&run, reg, "alice", &none, &changed,
			&err));
	holder_is_known();
	/* the holder, and the keys */
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 2);
	OK(initial_recipients(reg, "alice", id, &read, &err));
	assert_int_equal(read.n, 1);
	assert_string_equal(read.text[0], AGE);
	recipients_done(&read);
	OK(initial_set_recipients(&run, reg, "alice", &none, &changed, &err));
	assert_true(changed.changed);
	assert_string_equal(changed.holder, id);
	OK(initial_recipients(reg, "alice", id, &read, &err));
	assert_int_equal(read.n, 0);
	OK(initial_set_recipients(&run, reg, "alice", &none, &changed, &err));
	assert_false(changed.changed);
	OK(registry_head(reg, &head, &err));
	assert_int_equal(head.seq, 3);
}

static void somebody_elses_token_gets_none(void **state)
{
	char id[ID_LEN], holder[ID_LEN];

	(void)state;
	holder_is_known();
	add_token(reg, "1001", id);
	OK(initial_pin_check(&run, &q, &err));
	add_holder(reg, "Eve", holder);
	add(reg, EVENT_TOKEN_ASSIGNED, json_pack("{s:s,s:s}", "token", id,
		"holder", holder));
	SAYS(ERROR_REFUSED, "the registry says that this token is Eve's: "
		"`tokenbridge registry move` gives it to 'alice'", make());
	SAYS(ERROR_REFUSED, "Eve's", initial_pin_check(&run, &q, &err));
	asked_is("");
	/* by no number nobody's row is found, and a retired one is no row */
	token.devinfo.serial = 0;
	OK(initial_pin_check(&run, &q, &err));
	token.devinfo.serial = 1001;
	add(reg, EVENT_TOKEN_STATE, json_pack("{s:s,s:s}", "token", id,
		"state", "retired"));
	OK(initial_pin_check(&run, &q, &err));
}

/* ---- what it is ---- */

static void as_many_digits_as_the_token_takes(void **state)
{
	static const struct {
		size_t digits;
		uint64_t least;
		const char *words; /* NULL: it is taken */
	} rows[] = {
		{ 6, 4, NULL }, { 63, 4, NULL }, { 8, 8, NULL },
		{ 5, 4, "--length: for this token 6 to 63 digits" },
		{ 64, 4, "--length: for this token 6 to 63 digits" },
		{ 7, 8, "--length: for this token 8 to 63 digits" },
	};
	size_t i;

	(void)state;
	holder_is_known();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		q.digits = rows[i].digits;
		token.fido.min_pin_length = rows[i].least;
		if (rows[i].words)
			SAYS(ERROR_USAGE, rows[i].words, initial_pin_check(
				&run, &q, &err));
		else
			OK(initial_pin_check(&run, &q, &err));
	}
	assert_int_equal(initial_pin_least(&token), 8);
}

static void it_is_encrypted_before_it_is_set(void **state)
{
	(void)state;
	holder_is_known();
	OK(make());
	asked_is("rbksf");
	assert_int_equal(sealed_at, JOURNAL_PIN_SENT);
	assert_true(done.changed && done.forced);
	assert_string_equal(done.file, output);
	assert_int_equal(done.recipients, 1);
	assert_int_equal(done.program, SEAL_AGE);
	assert_int_equal(done.problem.code, 0);
	assert_int_equal(journals(NULL), 0);
	q.no_force = true;
	OK(make());
	asked_is("rbks");
	assert_false(done.forced);
	/* it is set, whatever becomes of the rest */
	q.no_force = false;
	forces = false;
	fails_at('f', ERROR_UNSUPPORTED, "");
	OK(make());
	assert_string_equal(said, "warning: the PIN is set, but need not be "
		"changed: AWS says no\n");
	assert_int_equal(done.problem.code, ERROR_UNSUPPORTED);
	assert_int_equal(journals(NULL), 0);
}

static void it_may_be_shown_instead(void **state)
{
	char holder[ID_LEN];

	(void)state;
	add_holder(reg, "alice", holder);
	q.output = NULL;
	OK(make());
	asked_is("rSsf");
	assert_null(done.file);
	assert_int_equal(done.recipients, 0);
	fails_at('s', ERROR_BUSY, "");
	SAYS(ERROR_BUSY, "AWS says no; what was shown is not the token's PIN, "
		"unless it has one now: run the command again", make());
	assert_false(done.changed);
	fails_at('S', ERROR_USAGE, "");
	SAYS(ERROR_USAGE, "AWS says no", make());
	asked_is("rS");
}

static void each_failure_leaves_what_is_owed(void **state)
{
	static const struct {
		char question;
		const char *asked, *words;
		size_t owed;
		enum journal_point point;
	} rows[] = {
		{ 'r', "r", "AWS says no", 0, 0 },
		{ 'b', "rb", "AWS says no", 0, 0 },
		{ 'k', "rbk", "AWS says no", 1, JOURNAL_SEALED },
		{ 's', "rbks", "AWS says no; what was encrypted is not the "
			"token's PIN, unless it has one now: run the command "
			"again", 1, JOURNAL_PIN_SENT },
	};
	struct journal j;
	size_t i;

	(void)state;
	holder_is_known();
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		fails_at(rows[i].question, ERROR_BUSY, "");
		SAYS(ERROR_BUSY, rows[i].words, make());
		asked_is(rows[i].asked);
		assert_int_equal(journals(&j), rows[i].owed);
		if (rows[i].owed)
			assert_int_equal(j.point, rows[i].point);
	}
	/* the same command begins anew */
	failing.question = 0;
	OK(make());
	assert_non_null(strstr(said, "A run that was broken off is begun anew: "
		"what '"));
	assert_int_equal(journals(NULL), 0);
	/* another file: what the first one holds was never set */
	fails_at('s', ERROR_BUSY, "");
	FAILS(ERROR_BUSY, make());
	failing.question = 0;
	q.output = second;
	strcpy(output, second);
	OK(make());
	assert_non_null(strstr(said, "/a.pin' holds a PIN that was never set: "
		"remove it\n"));
	assert_int_equal(journals(NULL), 0);
}

/* ---- a token that has one ---- */

static void broken_off_at(char question, uint32_t serial)
{
	token.devinfo.serial = serial;
	token.fido.client_pin = FIDO_OFF;
	fails_at(question, ERROR_BUSY, "");
	FAILS(ERROR_BUSY, make());
	failing.question = 0;
	token.fido.client_pin = FIDO_ON;
	write_text(output, "x");
}

static void a_pin_that_is_there_is_somebodys(void **state)
{
	(void)state;
	holder_is_known();
	token.fido.client_pin = FIDO_ON;
	SAYS(ERROR_CONFLICT, "the token has a PIN already, and an initial one "
		"is for a token without: `tokenbridge reset` erases it, with "
		"every credential", make());
	broken_off_at('s', 1001);
	SAYS(ERROR_CONFLICT, "/a.pin' holds. Nothing is left to do, but that "
		"it need not be changed: the holder does so by `tokenbridge "
		"pin change`", make());
	assert_int_equal(journals(NULL), 0);
	broken_off_at('k', 1001);
	SAYS(ERROR_CONFLICT, "the token has a PIN meanwhile, by somebody else: "
		"what '", make());
	assert_non_null(strstr(err.text, "/a.pin' holds was never set"));
	assert_int_equal(journals(NULL), 0);
	/* of a token that tells no number nobody can be certain */
	broken_off_at('s', 0);
	SAYS(ERROR_CONFLICT, "that of the run that was broken off, if it is "
		"the same token (it tells no number), and then '", make());
	assert_int_equal(journals(NULL), 0);
}

static void a_file_of_another_token_is_left_alone(void **state)
{
	(void)state;
	holder_is_known();
	broken_off_at('s', 1001);
	token.fido.client_pin = FIDO_OFF;
	token.devinfo.serial = 1002;
	SAYS(ERROR_CONFLICT, "/a.pin' may hold the PIN of the token with "
		"serial number 1001, to which a run that was broken off sent "
		"it: name another file", make());
	token.fido.client_pin = FIDO_ON;
	SAYS(ERROR_CONFLICT, "the token has a PIN already", make());
	assert_int_equal(journals(NULL), 1);
	token.fido.client_pin = FIDO_OFF;
	token.devinfo.serial = 1001;
	OK(make());
	broken_off_at('s', 0);
	token.fido.client_pin = FIDO_OFF;
	SAYS(ERROR_CONFLICT, "/a.pin' may hold the PIN of another token, to "
		"which a run that was broken off sent it, and which tells no "
		"number: where that token takes no PIN of it, `rm -- ", make());
	assert_non_null(strstr(err.text, "`, then run this again; else name "
		"another file"));
	assert_int_equal(journals(NULL), 1);
	/* a person has removed it: nothing is owed any more */
	assert_int_equal(unlink(output), 0);
	OK(make());
	assert_int_equal(journals(NULL), 0);
}

static void a_check_wants_a_new_file(void **state)
{
	(void)state;
	holder_is_known();
	write_text(output, "x");
	SAYS(ERROR_CONFLICT, "/a.pin' is there already, and an initial PIN "
		"goes into a new file", initial_pin_check(&run, &q, &err));
	q.output = "..";
	SAYS(ERROR_USAGE, "'..' names no file", make());
	q.output = ".";
	SAYS(ERROR_USAGE, "'.' names no file", make());
	q.output = "/tmp/";
	SAYS(ERROR_USAGE, "'/tmp/' names no file", make());
	asked_is("");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_holder_is_to_have_a_key),
		TEST(keys_of_a_holder_are_taken_away),
		TEST(somebody_elses_token_gets_none),
		TEST(as_many_digits_as_the_token_takes),
		TEST(it_is_encrypted_before_it_is_set),
		TEST(it_may_be_shown_instead),
		TEST(each_failure_leaves_what_is_owed),
		TEST(a_pin_that_is_there_is_somebodys),
		TEST(a_file_of_another_token_is_left_alone),
		TEST(a_check_wants_a_new_file),
	};

	return cmocka_run_group_tests_name("initial", tests, NULL, NULL);
}
