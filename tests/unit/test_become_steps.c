/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Giving up root, step by step: each of them that fails is said, and ends it
 * before a person's settings are looked at. What the kernel makes of them is in
 * test_become.c.
 */
#include "aws/caller/become.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#define ALICE 1000
#define GROUP 1001

static char steps[64];   /* a letter each */
static char fails;       /* the step that does */
static uid_t caller;     /* who runs it */
static uid_t ids[3];     /* of the process, as the kernel then says */
static bool comes_back;  /* it can become root again */
static unsigned rules;
static char variables[256];
static int filter;       /* what the handle stands for */

static int step(char c)
{
	steps[strlen(steps)] = c;
	errno = EPERM;
	return fails == c ? -1 : 0;
}

WRAP(uid_t, getuid, void)
{
	return caller;
}

WRAP(int, initgroups, const char *name, gid_t gid)
{
	assert_string_equal(name, "alice");
	assert_int_equal(gid, GROUP);
	return step('i');
}

WRAP(int, setresgid, gid_t r, gid_t e, gid_t s)
{
	assert_true(r == GROUP && e == GROUP && s == GROUP);
	return step('g');
}

WRAP(int, setresuid, uid_t r, uid_t e, uid_t s)
{
	assert_true(r == ALICE && e == ALICE && s == ALICE);
	return step('u');
}

WRAP(int, getresuid, uid_t *r, uid_t *e, uid_t *s)
{
	*r = ids[0];
	*e = ids[1];
	*s = ids[2];
	return step('r');
}

WRAP(int, setuid, uid_t uid)
{
	assert_int_equal(uid, 0);
	step('0');
	return comes_back ? 0 : -1;
}

WRAP(int, prctl, int option, unsigned long a, unsigned long b, unsigned long c,
	unsigned long d)
{
	(void)b; /* not every caller gives them */
	(void)c;
	(void)d;
	assert_int_equal(a, option == PR_SET_DUMPABLE ? 0 :
		option == PR_SET_PDEATHSIG ? SIGKILL : 1);
	return step(option == PR_SET_DUMPABLE ? 'D' :
		option == PR_SET_PDEATHSIG ? 'K' : 'N');
}

WRAP(scmp_filter_ctx, seccomp_init, uint32_t action)
{
	assert_int_equal(action, SCMP_ACT_ALLOW);
	return step('s') < 0 ? NULL : &filter;
}

int __wrap_seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int syscall,
	unsigned n, ...);
int __wrap_seccomp_rule_add(scmp_filter_ctx ctx, uint32_t action, int syscall,
	unsigned n, ...)
{
	static const unsigned long denied[] = { TIOCSTI, TIOCLINUX };
	struct scmp_arg_cmp cmp;
	va_list ap;

	va_start(ap, n);
	cmp = va_arg(ap, struct scmp_arg_cmp);
	va_end(ap);
	assert_ptr_equal(ctx, &filter);
	assert_int_equal(action, SCMP_ACT_ERRNO(EPERM));
	assert_int_equal(syscall, SCMP_SYS(ioctl));
	assert_int_equal(n, 1);
	assert_int_equal(cmp.arg, 1);
	assert_int_equal(cmp.op, SCMP_CMP_MASKED_EQ);
	assert_int_equal(cmp.datum_a, 0xffffffff);
	assert_int_equal(cmp.datum_b, denied[rules++]);
	return step('a') < 0 ? -EINVAL : 0;
}

WRAP(int, seccomp_load, scmp_filter_ctx ctx)
{
	assert_ptr_equal(ctx, &filter);
	return step('l') < 0 ? -EACCES : 0;
}

WRAP(void, seccomp_release, scmp_filter_ctx ctx)
{
	assert_ptr_equal(ctx, &filter);
	step('f');
}

WRAP(int, clearenv, void)
{
	return step('c');
}

WRAP(int, setenv, const char *name, const char *value, int overwrite)
{
	size_t n = strlen(variables);

	assert_int_equal(overwrite, 1);
	snprintf(variables + n, sizeof(variables) - n, "%s=%s ", name, value);
	return step('e');
}

/* ---- what comes of it ---- */

static const struct person alice = { .uid = ALICE, .gid = GROUP,
	.name = "alice", .home = "/home/alice" };

static int begin(void **state)
{
	(void)state;
	memset(steps, 0, sizeof(steps));
	variables[0] = '\0';
	fails = 0;
	rules = 0;
	caller = 0;
	comes_back = false;
	ids[0] = ids[1] = ids[2] = ALICE;
	return 0;
}

static void root_becomes_a_person_in_this_order(void **state)
{
	(void)state;
	OK(become(&alice, &err));
	assert_string_equal(steps, "igur0DKNsaalfceeeee");
	assert_string_equal(variables, "HOME=/home/alice USER=alice "
		"LOGNAME=alice PATH=/usr/local/bin:/usr/bin:/bin "
		"LANG=C.UTF-8 ");
}

static void who_is_that_person_already_gives_up_nothing(void **state)
{
	struct person root = { .uid = 0, .name = "root", .home = "/root" };

	caller = ALICE;
	OK(become(&alice, &err));
	assert_string_equal(steps, "DKNsaalfceeeee");
	/* root too, if it is root whom it is asked for */
	begin(state);
	OK(become(&root, &err));
	assert_string_equal(steps, "DKNsaalfceeeee");
	begin(state);
	caller = ALICE + 1;
	SAYS(ERROR_PERMISSION, "only root can act for 'alice'",
		become(&alice, &err));
	assert_string_equal(steps, "");
}

static void each_step_that_fails_ends_it(void **state)
{
	static const struct {
		char step;
		const char *steps, *words;
	} cases[] = {
		{ 'i', "i", "cannot become 'alice': " },
		{ 'g', "ig", "cannot become 'alice': " },
		{ 'u', "igu", "cannot become 'alice': " },
		{ 'r', "igur", "cannot become 'alice': " },
		{ 'D', "igur0D", "cannot give up privileges: " },
		{ 'K', "igur0DK", "cannot give up privileges: " },
		{ 'N', "igur0DKN", "cannot give up privileges: " },
		{ 's', "igur0DKNs", "cannot limit the system calls: Cannot "
			"allocate memory" },
		{ 'a', "igur0DKNsaf", "cannot limit the system calls: Invalid "
			"argument" },
		{ 'l', "igur0DKNsaalf", "cannot limit the system calls: "
			"Permission denied" },
		{ 'e', "igur0DKNsaalfce", "cannot allocate memory" },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(cases); i++) {
		begin(state);
		fails = cases[i].step;
		SAYS(ERROR_FAILED, cases[i].words, become(&alice, &err));
		assert_string_equal(steps, cases[i].steps);
	}
}

static void an_id_that_is_left_is_a_failure(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(ids); i++) {
		begin(state);
		ids[i] = 0;
		SAYS(ERROR_FAILED, "cannot become 'alice'", become(&alice,
			&err));
		assert_string_equal(steps, "igur");
	}
	begin(state);
	comes_back = true;
	SAYS(ERROR_FAILED, "cannot become 'alice'", become(&alice, &err));
	assert_string_equal(steps, "igur0");
}

#define TEST(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(root_becomes_a_person_in_this_order),
		TEST(who_is_that_person_already_gives_up_nothing),
		TEST(each_step_that_fails_ends_it),
		TEST(an_id_that_is_left_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
