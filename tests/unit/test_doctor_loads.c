/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a module of PAM's can be loaded, and has the function. */
#include "tests/unit/module-parts.h"

/* ---- what they have ---- */

static void each_type_has_its_function(void **state)
{
	static const char *const functions[PAM_TYPES] = { AUTH,
		"pam_sm_acct_mgmt", "pam_sm_chauthtok",
		"pam_sm_open_session" };
	ElfW(Ehdr) h = header();
	int type, has;

	(void)state;
	for (has = 0; has < PAM_TYPES; has++) {
		make_module(&h, functions[has], 200);
		for (type = 0; type < PAM_TYPES; type++)
			assert_int_equal(is_missing("/m", (enum pam_type)type),
				type != has);
	}
	make_module(&h, NULL, 200);
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
	/* a longer name is another one, and so is one that is cut off */
	make_module(&h, AUTH "s", 200);
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
	make_module(&h, AUTH, 200);
	module.n--;
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
}

static void what_may_not_be_read_may_have_it(void **state)
{
	(void)state;
	module.error = ERROR_PERMISSION;
	assert_false(is_missing("/m", PAM_TYPE_AUTH));
	module.absent = true;
	assert_false(is_missing("/m", PAM_TYPE_AUTH));
	module.error = ERROR_FAILED;
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
	module.absent = false;
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
	module.error = 0;
	module.absent = true;
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
}

static bool loads(ElfW(Ehdr) h)
{
	make_module(&h, AUTH, 200);
	return !is_missing("/m", PAM_TYPE_AUTH);
}

static void a_module_is_made_for_this_machine(void **state)
{
	ElfW(Ehdr) h[6];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(h); i++)
		h[i] = header();
	assert_true(loads(h[0]));
	h[0].e_ident[EI_CLASS] = ELFCLASS32;
	h[1].e_ident[EI_DATA] = ELFDATA2MSB;
	h[2].e_machine = EM_AARCH64;
	h[3].e_type = ET_EXEC;
	for (i = 0; i < 4; i++)
		assert_false(loads(h[i]));
	/* where it is not known what this one is */
	own.n--;
	for (i = 0; i < 4; i++)
		assert_true(loads(h[i]));
	own.n++;
	own.error = EACCES;
	for (i = 0; i < 4; i++)
		assert_true(loads(h[i]));
	own.error = 0;
	own.is_stdin = true;
	for (i = 0; i < 4; i++)
		assert_false(loads(h[i]));
	/* but a library it has to be */
	h[4].e_ident[0] = 0;
	h[5].e_ident[SELFMAG - 1] = 0;
	assert_false(loads(h[4]));
	assert_false(loads(h[5]));
}

static void it_has_at_least_a_header(void **state)
{
	ElfW(Ehdr) h = header();

	(void)state;
	assert_true(sizeof(AUTH) <= offsetof(ElfW(Ehdr), e_flags) -
		offsetof(ElfW(Ehdr), e_entry));
	memcpy((unsigned char *)&h + offsetof(ElfW(Ehdr), e_entry), AUTH,
		sizeof(AUTH));
	make_module(&h, NULL, sizeof(h));
	assert_false(is_missing("/m", PAM_TYPE_AUTH));
	module.n--;
	assert_true(is_missing("/m", PAM_TYPE_AUTH));
}

#define SIZE 400
#define PART sizeof(ElfW(Phdr))

/* A module of SIZE bytes with that table, which has room for two. */
static bool loads_parts(size_t at, uint16_t n, ElfW(Phdr) first,
	ElfW(Phdr) second)
{
	ElfW(Ehdr) h = header();
	unsigned char *p = module.p + at;

	h.e_phoff = at;
	h.e_phnum = n;
	make_module(&h, NULL, SIZE);
	memcpy(module.p + sizeof(h), AUTH, sizeof(AUTH));
	if (at <= SIZE) {
		memcpy(p, &first, PART);
		memcpy(p + PART, &second, PART);
	}
	return !is_missing("/m", PAM_TYPE_AUTH);
}

static void all_parts_that_are_loaded_stand_in_the_file(void **state)
{
	static const struct {
		uint32_t type;
		size_t at, n;
		bool loads;
	} rows[] = {
		{ PT_LOAD, 0, SIZE, true },
		{ PT_LOAD, 0, SIZE + 1, false },
		{ PT_LOAD, 100, SIZE - 100, true },
		{ PT_LOAD, 100, SIZE - 99, false },
		{ PT_LOAD, SIZE, 0, true },
		{ PT_LOAD, SIZE, 1, false },
		{ PT_LOAD, SIZE + 1, 0, false },
		{ PT_NOTE, 0, SIZE + 1, true },
		{ PT_NOTE, SIZE + 1, 0, true },
	};
	const ElfW(Phdr) good = { .p_type = PT_LOAD, .p_filesz = SIZE };
	size_t i, at = SIZE - 2 * PART;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		const ElfW(Phdr) p = { .p_type = rows[i].type,
			.p_offset = rows[i].at, .p_filesz = rows[i].n };

		assert_int_equal(loads_parts(at, 2, p, good), rows[i].loads);
		assert_int_equal(loads_parts(at, 2, good, p), rows[i].loads);
		assert_true(loads_parts(at, 1, good, p));
		assert_true(loads_parts(at, 0, p, p));
	}
	/* the table, too */
	assert_true(loads_parts(SIZE - PART, 1, good, good));
	assert_false(loads_parts(SIZE - PART + 1, 1, good, good));
	assert_false(loads_parts(SIZE - PART, 2, good, good));
	assert_false(loads_parts(SIZE, 1, good, good));
	assert_false(loads_parts(SIZE + 1, 1, good, good));
	assert_false(loads_parts((size_t)-1, 1, good, good));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_type_has_its_function),
		TEST(what_may_not_be_read_may_have_it),
		TEST(a_module_is_made_for_this_machine),
		TEST(it_has_at_least_a_header),
		TEST(all_parts_that_are_loaded_stand_in_the_file),
	};

	return cmocka_run_group_tests_name("doctor loads", tests, NULL,
		NULL);
}
