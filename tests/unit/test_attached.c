/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the attached tokens is meant, and how it is told of. */
#include "bridge/attached/attached.h"
#include "bridge/registry/lookup.h"
#include "token/fido/io/reader.h"
#include "udev/nodes.h"

#include "tests/unit/unit.h"

#include "tests/unit/heard.h"

#define ID "0123456789abcdef0123456789abcdef"
#define TEXT(s) ((char *)(uintptr_t)(s))

/* ---- what is plugged in ---- */

static struct node nodes[4], on_readers[2];
static size_t nodes_n, on_readers_n;
static struct token there[4];
static size_t there_n, looks, held_for; /* looks after which it is free */
static struct fido *const open_one = (struct fido *)there;
static size_t seen_n;    /* nodes that were asked */
static char seen[4][16]; /* their paths */
static int answer;       /* of proof_has_credential, from the second on */
static const char *has;  /* whose id the token of open_one + i has */
static char asked[64];
static int64_t given_ms;
static unsigned pauses;

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	(void)e;
	*ret = calloc(4, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, nodes, sizeof(nodes));
	*ret_n = nodes_n;
	return 0;
}

WRAP(int, reader_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	(void)e;
	*ret = calloc(2, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, on_readers, sizeof(on_readers));
	*ret_n = on_readers_n;
	return 0;
}

static void list_tokens(const struct node *list, size_t n, struct token **ret,
	size_t *ret_n)
{
	size_t i;

	seen_n = n;
	for (i = 0; i < n && i < 4; i++)
		snprintf(seen[i], sizeof(seen[i]), "%.15s", list[i].path);
	if (++looks > held_for)
		for (i = 0; i < there_n; i++)
			if (there[i].problem == TOKEN_HELD)
				there[i].problem = TOKEN_USABLE;
	*ret = calloc(4, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, there, sizeof(there));
	*ret_n = there_n;
}

WRAP(int, token_list, const struct node *list, size_t n, int cancel_fd,
	int64_t ms, struct token **ret, size_t *ret_n, struct error *e)
{
	(void)cancel_fd;
	(void)e;
	assert_int_equal(ms, ATTACHED_ANSWER_MS);
	list_tokens(list, n, ret, ret_n);
	return 0;
}

WRAP(int, token_list_open, const struct node *list, size_t n, int cancel_fd,
	int64_t ms, struct token **ret, struct fido ***ret_open, size_t *ret_n,
	struct error *e)
{
	size_t i;

	(void)cancel_fd;
	(void)e;
	assert_int_equal(ms, ATTACHED_ANSWER_MS);
	list_tokens(list, n, ret, ret_n);
	*ret_open = calloc(4, sizeof(struct fido *));
	assert_non_null(*ret_open);
	for (i = 0; i < there_n; i++)
		if (there[i].problem == TOKEN_USABLE)
			(*ret_open)[i] = (struct fido *)&there[i];
	return 0;
}

WRAP(void, token_close_all, struct fido ***open, size_t n)
{
	(void)n;
	free(*open);
	*open = NULL;
}

WRAP(void, fido_set_deadline, struct fido *f, deadline_t until)
{
	(void)f;
	given_ms = deadline_left(until);
}

WRAP(int, fido_open, struct fido **ret, const char *path, uint16_t vendor,
	int cancel_fd, deadline_t lock_until, deadline_t until, struct error *e)
{
	(void)cancel_fd;
	(void)e;
	assert_string_equal(path, "/dev/hidraw0");
	assert_int_equal(vendor, 0x1209);
	assert_in_range(deadline_left(lock_until), 4000, 5000);
	assert_in_range(deadline_left(until), 14000, 15000);
	*ret = open_one;
	return 0;
}

WRAP(int, proof_has_credential, struct fido *f, const char *rp_id,
	const struct fido_id *id, deadline_t until, bool *ret_has,
	struct error *e)
{
	const struct token *t = (const struct token *)f;
	size_t n = strlen(asked);

	assert_string_equal(rp_id, REGISTRY_RP_ID);
	assert_in_range(deadline_left(until), 9000, 10000);
	snprintf(asked + n, sizeof(asked) - n, "%s:%.*s ", t->node.path + 5,
		(int)id->n, (const char *)id->p);
	if (answer && t == &there[1])
		return error_set(e, answer, "it sleeps");
	*ret_has = has && strlen(has) == id->n &&
		memcmp(has, id->p, id->n) == 0 && t == &there[0];
	return 0;
}

WRAP(int, run_pause, const struct run *r, int64_t ms, struct error *e)
{
	(void)r;
	assert_int_equal(ms, 100);
	return ++pauses > 40 ? error_set(e, ERROR_INTERRUPTED, "interrupted") :
		0;
}

/* ---- a registry ---- */

static struct registry *const reg = (struct registry *)nodes;
static struct registry_credential credentials[2];
static struct registry_identifier identifiers[2];
static struct registry_token rows[2];
static size_t rows_n;
static int lookup_fails;

static char *copy(const char *s)
{
	char *p = s ? strdup(s) : NULL;

	assert_true(p || !s);
	return p;
}

WRAP(int, registry_lookup, struct registry *r, const char *what,
	struct registry_tokens *ret, struct error *e)
{
	size_t i, k;

	(void)what;
	assert_ptr_equal(r, reg);
	if (lookup_fails)
		return error_set(e, lookup_fails, "it means two things");
	ret->p = calloc(2, sizeof(*ret->p));
	assert_non_null(ret->p);
	for (i = 0; i < rows_n; i++) {
		struct registry_token *t = &ret->p[i];

		strcpy(t->id, ID);
		t->label = copy(rows[i].label);
		t->identifiers = calloc(2, sizeof(*t->identifiers));
		t->identifiers_n = rows[i].identifiers_n;
		for (k = 0; k < t->identifiers_n; k++) {
			t->identifiers[k].kind = copy(identifiers[k].kind);
			t->identifiers[k].value = copy(identifiers[k].value);
		}
		t->credentials = calloc(2, sizeof(*t->credentials));
		t->credentials_n = rows[i].credentials_n;
		for (k = 0; k < t->credentials_n; k++) {
			t->credentials[k] = credentials[k];
			t->credentials[k].rp = copy(credentials[k].rp);
			t->credentials[k].id = (unsigned char *)copy(
				(const char *)credentials[k].id);
		}
	}
	ret->n = rows_n;
	return 0;
}

WRAP(void, registry_hint_label, struct registry *r, const char *what,
	char ret[REGISTRY_HINT_LEN])
{
	(void)r;
	snprintf(ret, REGISTRY_HINT_LEN, "; did you mean '%s-1'?", what);
}

/* ---- asking ---- */

static struct attached found;
static struct fido *opened;

static void plug(size_t i, uint32_t serial)
{
	snprintf(there[i].node.path, NODE_PATH_LEN, "/dev/hidraw%zu", i);
	strcpy(there[i].node.product_name, "Solo 4");
	there[i].node.vendor = 0x1209;
	there[i].fido.aaguid[0] = 0xaa;
	there[i].devinfo.present = there[i].devinfo.has_serial = serial > 0;
	there[i].devinfo.serial = serial;
	there_n = i + 1;
}

static int set_up(void **state)
{
	(void)state;
	memset(there, 0, sizeof(there));
	memset(nodes, 0, sizeof(nodes));
	memset(rows, 0, sizeof(rows));
	there_n = nodes_n = on_readers_n = looks = held_for = rows_n = 0;
	has = NULL;
	answer = lookup_fails = 0;
	asked[0] = '\0';
	pauses = 0;
	opened = NULL;
	return 0;
}

static int find(struct wanted w)
{
	int r;

	attached_done(&found);
	r = attached_find_open(&run, &w, &found, &opened, &err);
	if (r == 0)
		assert_non_null(found.chosen);
	return r;
}

static size_t chosen(void)
{
	return (size_t)(found.chosen - found.tokens);
}

static struct wanted named(const char *name)
{
	return (struct wanted){ .name = name };
}

static struct wanted in_registry(const char *name)
{
	return (struct wanted){ .name = name, .reg = reg };
}

static void the_only_one_is_meant_or_it_has_to_be_named(void **state)
{
	(void)state;
	SAYS(ERROR_NO_TOKEN, "no token is plugged in, or its USB device does "
		"not reach this machine: `tokenbridge doctor tokens` looks",
		find(named(NULL)));
	SAYS(ERROR_NO_TOKEN, "no token is plugged in, and none lies on a reader "
		"that libfido2 can use, or its",
		find((struct wanted){ .readers = true }));
	SAYS(ERROR_NO_TOKEN, "no attached token is '7'; `tokenbridge list` shows "
		"those that are there", find(named("7")));
	SAYS(ERROR_NO_TOKEN, "no attached token is 'x'; did you mean 'x-1'? "
		"`tokenbridge list`", find(in_registry("x")));
	plug(0, 1001);
	OK(find(named(NULL)));
	assert_int_equal(chosen(), 0);
	assert_ptr_equal(opened, open_one);
	assert_in_range(given_ms, 9000, 10000);
	plug(1, 0);
	SAYS(ERROR_NO_TOKEN, "2 tokens are plugged in: unplug all but one, or "
		"name it: --token 1001, --token /dev/hidraw1",
		find(named(NULL)));
	OK(find(named("1001")));
	assert_int_equal(chosen(), 0);
	OK(find(named("/dev/hidraw1")));
	assert_int_equal(chosen(), 1);
	SAYS(ERROR_NO_TOKEN, "no attached token is '1002'", find(named("1002")));
	plug(2, 1001);
	SAYS(ERROR_NO_TOKEN, "several attached tokens are '1001': Solo 4, serial "
		"1001 at /dev/hidraw0, Solo 4, serial 1001 at /dev/hidraw2; "
		"name one by its path", find(named("1001")));
}

static void one_that_is_held_is_waited_for_where_it_may_be_it(void **state)
{
	(void)state;
	plug(0, 1001);
	plug(1, 0);
	there[1].problem = TOKEN_HELD;
	strcpy(there[1].problem_text, "held by ykman");
	held_for = 3;
	OK(find(named("1001")));
	assert_int_equal(looks, 1);
	looks = 0;
	SAYS(ERROR_NO_TOKEN, "no attached token is '1002'; `tokenbridge list`",
		find(named("1002")));
	assert_int_equal(looks, 4);
	assert_int_equal(pauses, 3);
	/* until somebody breaks it off */
	there[1].problem = TOKEN_HELD;
	held_for = 1000;
	SAYS(ERROR_INTERRUPTED, "interrupted", find(named("1002")));
	/* nobody is named: nothing to wait for */
	looks = 0;
	there_n = 0;
	SAYS(ERROR_NO_TOKEN, "no token is plugged in", find(named(NULL)));
	assert_int_equal(looks, 1);
}

static void add_row(const char *label, const char *kind, const char *value)
{
	rows[rows_n].label = TEXT(label);
	rows[rows_n].identifiers_n = kind ? 1 : 0;
	identifiers[0].kind = TEXT(kind);
	identifiers[0].value = TEXT(value);
	rows_n++;
}

static void a_label_finds_its_token_by_the_serial_number(void **state)
{
	(void)state;
	plug(0, 1001);
	plug(1, 1002);
	add_row("blue-2", REGISTRY_ID_SERIAL, "1002");
	OK(find(in_registry("blue-2")));
	assert_int_equal(chosen(), 1);
	assert_string_equal(asked, "");
	lookup_fails = ERROR_USAGE;
	SAYS(ERROR_USAGE, "it means two things", find(in_registry("blue-2")));
	/* a registry that cannot be read names nobody */
	lookup_fails = ERROR_CORRUPT;
	SAYS(ERROR_NO_TOKEN, "no attached token is 'blue-2'",
		find(in_registry("blue-2")));
	OK(find(in_registry("1001")));
	SAYS(ERROR_NO_TOKEN, "2 tokens", find(in_registry(NULL)));
}

static void a_number_of_one_that_names_another_means_neither(void **state)
{
	(void)state;
	plug(0, 1001);
	add_row("1001", REGISTRY_ID_SERIAL, "7");
	SAYS(ERROR_USAGE, "'1001' is the serial number of Solo 4, serial 1001 at "
		"/dev/hidraw0, and names token '1001' (01234567) in the "
		"registry: name the one that is meant by its path, or by the "
		"digits of its id", find(in_registry("1001")));
	OK(find(in_registry("/dev/hidraw0")));
	rows_n = 0;
	OK(find(in_registry("1001")));
	add_row("1001", REGISTRY_ID_SERIAL, "1001");
	OK(find(in_registry("1001")));
}

static void a_row_without_a_number_is_known_by_its_credential(void **state)
{
	(void)state;
	plug(0, 0);
	plug(1, 0);
	add_row("cano-1", NULL, NULL);
	rows[0].credentials_n = 2;
	credentials[0] = (struct registry_credential){ .rp = TEXT("other"),
		.id = (unsigned char *)"xyz", .id_n = 3 };
	credentials[1] = (struct registry_credential){
		.rp = TEXT(REGISTRY_RP_ID), .id = (unsigned char *)"abc",
		.id_n = 3 };
	has = "abc";
	OK(find(in_registry("cano-1")));
	assert_int_equal(chosen(), 0);
	assert_string_equal(asked, "hidraw0:abc hidraw1:abc ");
	/* one that does not answer is not it where another one is */
	answer = ERROR_FAILED;
	OK(find(in_registry("cano-1")));
	has = NULL;
	SAYS(ERROR_FAILED, "no attached token is known to be 'cano-1', and one "
		"did not answer: it sleeps", find(in_registry("cano-1")));
	answer = ERROR_INTERRUPTED;
	SAYS(ERROR_INTERRUPTED, "it sleeps", find(in_registry("cano-1")));
	answer = 0;
	SAYS(ERROR_NO_TOKEN, "no attached token is 'cano-1'",
		find(in_registry("cano-1")));
	/* what was removed is not asked for, nor what cannot be it */
	asked[0] = '\0';
	credentials[1].removed = 1;
	SAYS(ERROR_NO_TOKEN, "no attached", find(in_registry("cano-1")));
	credentials[1].removed = 0;
	rows_n = 0;
	add_row("cano-1", REGISTRY_ID_AAGUID,
		"bb000000-0000-0000-0000-000000000000");
	SAYS(ERROR_NO_TOKEN, "no attached", find(in_registry("cano-1")));
	rows_n = 0;
	add_row("cano-1", REGISTRY_ID_SERIAL, "1001");
	SAYS(ERROR_NO_TOKEN, "no attached", find(in_registry("cano-1")));
	assert_string_equal(asked, "");
	rows_n = 0;
	has = "abc";
	add_row("cano-1", REGISTRY_ID_AAGUID,
		"aa000000-0000-0000-0000-000000000000");
	there[1].problem = TOKEN_BROKEN; /* is not open: not asked */
	OK(find(in_registry("cano-1")));
	assert_string_equal(asked, "hidraw0:abc ");
}

static void put_node(size_t i, const char *path, const char *usb)
{
	strcpy(nodes[i].path, path);
	strcpy(nodes[i].usb_path, usb);
	nodes_n = i + 1;
}

static void list(struct wanted w, size_t want)
{
	attached_done(&found);
	OK(attached_list(&run, &w, &found, &err));
	assert_int_equal(seen_n, want);
}

static void a_path_is_looked_for_alone(void **state)
{
	struct wanted w = { .name = "/dev/hidraw1", .alone = true };

	(void)state;
	put_node(0, "/dev/hidraw0", "/usb/1");
	put_node(1, "/dev/hidraw1", "/usb/2");
	put_node(2, "/dev/hidraw2", "/usb/1");
	put_node(3, "/dev/hidraw3", "/usb/2");
	list(w, 2);
	assert_string_equal(seen[0], "/dev/hidraw1");
	assert_string_equal(seen[1], "/dev/hidraw3");
	w.alone = false;
	list(w, 4);
	w.alone = true;
	w.name = "1001";
	list(w, 4);
	w.name = NULL;
	list(w, 4);
	nodes[1].usb_path[0] = '\0';
	w.name = "/dev/hidraw1";
	list(w, 4);
}

static void readers_are_looked_at_where_they_are_wanted(void **state)
{
	struct wanted w = { .readers = true };

	(void)state;
	put_node(0, "/dev/hidraw0", "/usb/1");
	strcpy(on_readers[0].path, "pcsc://slot0");
	list(w, 1);
	on_readers_n = 2;
	list(w, 3);
	assert_string_equal(seen[0], "/dev/hidraw0");
	assert_string_equal(seen[1], "pcsc://slot0");
	w.readers = false;
	list(w, 1);
	w.name = "pcsc://slot0";
	list(w, 3);
	OK(attached_look(&run, &found, &err));
	assert_int_equal(seen_n, 1);
	attached_done(&found);
	assert_null(found.tokens);
	assert_int_equal(found.n, 0);
}

static void a_problem_is_an_error_of_its_kind(void **state)
{
	static const int codes[] = {
		[TOKEN_NO_PERMISSION] = ERROR_PERMISSION,
		[TOKEN_HELD] = ERROR_BUSY,
		[TOKEN_NO_FIDO] = ERROR_UNSUPPORTED,
		[TOKEN_BROKEN] = ERROR_FAILED,
		[TOKEN_GONE] = ERROR_NO_TOKEN,
	};
	struct fido *f;
	int i;

	(void)state;
	plug(0, 0);
	OK(attached_check(&there[0], &err));
	strcpy(there[0].problem_text, "the problem");
	for (i = TOKEN_NO_PERMISSION; i <= TOKEN_GONE; i++) {
		there[0].problem = (enum token_problem)i;
		SAYS(codes[i], "the problem", attached_check(&there[0], &err));
		f = NULL;
		if (i == TOKEN_HELD)
			OK(attached_open(&run, &there[0], &f, &err));
		else
			SAYS(codes[i], "the problem", attached_open(&run,
				&there[0], &f, &err));
		assert_int_equal(f != NULL, i == TOKEN_HELD);
		OK(attached_open(&run, &there[0], &(struct fido *){ open_one },
			&err));
	}
	there[0].problem = TOKEN_USABLE;
	f = NULL;
	OK(attached_open(&run, &there[0], &f, &err));
	assert_ptr_equal(f, open_one);
}

static int tear_down(void **state)
{
	(void)state;
	attached_done(&found);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_only_one_is_meant_or_it_has_to_be_named),
		TEST(one_that_is_held_is_waited_for_where_it_may_be_it),
		TEST(a_label_finds_its_token_by_the_serial_number),
		TEST(a_number_of_one_that_names_another_means_neither),
		TEST(a_row_without_a_number_is_known_by_its_credential),
		TEST(a_path_is_looked_for_alone),
		TEST(readers_are_looked_at_where_they_are_wanted),
		TEST(a_problem_is_an_error_of_its_kind),
	};

	return cmocka_run_group_tests_name("attached", tests, NULL, NULL);
}
