/* SPDX-License-Identifier: Apache-2.0 */
/* What doctor tells of the machine: helper, accounts, socket, SELinux, nodes. */
#include "base/paths.h"
#include "bridge/doctor/gather.h"
#include "token/token.h"
#include "udev/nodes.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#define SOCKET PATH_RUN "/auth"
#define HELPER PATH_LIBEXEC "/tokenbridge-auth"
#define UNIT "tokenbridge-auth.socket"
#define ENABLED "/etc/systemd/system/sockets.target.wants/" UNIT
#define HEAD "Num       RefCount Protocol Flags    Type St Inode Path\n"
#define LISTENS(path) "0000: 00000002 00000000 00010000 0001 01 123 " path "\n"

/* ---- the machine ---- */

static struct stat helper, auth; /* mode 0: not there */
static int helper_errno;
static bool enabled;
static const char *installed; /* the folder that has the unit */
static const char *sockets, *selinux;
static uid_t user_uid;
static bool has_user, has_group;
static struct node nodes[3];
static size_t nodes_n;
static int nodes_fail;
static pid_t holder;
static const char *holder_name;

static int found_or(const struct stat *is, struct stat *st)
{
	errno = ENOENT;
	*st = *is;
	return is->st_mode ? 0 : -1;
}

WRAP(int, lstat64, const char *path, struct stat *st)
{
	if (strcmp(path, SOCKET) == 0)
		return found_or(&auth, st);
	assert_string_equal(path, ENABLED);
	return enabled ? 0 : -1;
}

WRAP(int, stat64, const char *path, struct stat *st)
{
	char unit[128];

	if (strcmp(path, HELPER) == 0) {
		found_or(&helper, st);
		errno = helper_errno;
		return helper_errno ? -1 : 0;
	}
	snprintf(unit, sizeof(unit), "%s/" UNIT, installed ? installed : "");
	return installed && strcmp(path, unit) == 0 ? 0 : -1;
}

WRAP(int, file_read, const char *path, enum file_trust trust, struct buf *b,
	bool *ret_absent, struct error *e)
{
	const char *text = strcmp(path, "/proc/net/unix") == 0 ? sockets :
		selinux;

	(void)trust;
	(void)ret_absent;
	if (!text)
		return error_set(e, ERROR_FAILED, "no");
	buf_put_str(b, text);
	return 0;
}

WRAP(struct passwd *, getpwnam, const char *name)
{
	static struct passwd pw;

	assert_string_equal(name, LOGIN_USER);
	pw.pw_uid = user_uid;
	return has_user ? &pw : NULL;
}

WRAP(struct group *, getgrnam, const char *name)
{
	static struct group gr;

	assert_string_equal(name, LOGIN_GROUP);
	return has_group ? &gr : NULL;
}

WRAP(int, nodes_enumerate, struct node **ret, size_t *ret_n, struct error *e)
{
	if (nodes_fail)
		return error_set(e, nodes_fail, "udev says no");
	*ret = calloc(3, sizeof(**ret));
	assert_non_null(*ret);
	memcpy(*ret, nodes, sizeof(nodes));
	*ret_n = nodes_n;
	return 0;
}

WRAP(pid_t, token_holder, const char *path, char *name, size_t size)
{
	(void)path;
	snprintf(name, size, "%s", holder_name);
	return holder;
}

/* ---- what is told ---- */

static struct findings found;

static int set_up(void **state)
{
	(void)state;
	helper = (struct stat){ .st_mode = S_IFREG | 0755 };
	auth = (struct stat){ .st_mode = S_IFSOCK | 0666 };
	helper_errno = nodes_fail = 0;
	enabled = has_user = has_group = true;
	installed = "/usr/lib/systemd/system";
	sockets = HEAD LISTENS("/run/other") LISTENS(SOCKET);
	selinux = NULL;
	user_uid = 995;
	nodes_n = 0;
	memset(nodes, 0, sizeof(nodes));
	holder = 0;
	holder_name = "";
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	findings_done(&found);
	return 0;
}

static void told(size_t i, enum finding_status status, const char *check,
	const char *text, const char *remedy)
{
	assert_true(i < found.n);
	assert_int_equal(found.rows[i].status, status);
	assert_string_equal(found.rows[i].check, check);
	assert_string_equal(found.rows[i].text, text);
	assert_string_equal(found.rows[i].remedy, remedy ? remedy : "");
}

static void socket_is(bool needed, int status, const char *text,
	const char *remedy)
{
	findings_done(&found);
	host_look_socket(needed, &found);
	assert_int_equal(found.n, status >= 0);
	if (status >= 0)
		told(0, (enum finding_status)status, "login-socket", text,
			remedy);
}

#define ON "`systemctl enable --now " UNIT "`"
#define SILENT "it is enabled, and nobody listens at '" SOCKET "': screen " \
	"lockers are refused (PAM_AUTHINFO_UNAVAIL)"
#define NEEDED ", and a service needs it: nobody listens at '" SOCKET "'"

static void the_socket_of_programs_that_are_not_roots(void **state)
{
	static const char *const folders[] = { "/etc/systemd/system",
		"/run/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system" };
	size_t i;

	(void)state;
	socket_is(false, FINDING_OK, "root listens for programs that are not "
		"root's, and will after a start of the machine", NULL);
	enabled = false;
	socket_is(false, FINDING_WARN, "root listens for programs that are not "
		"root's, but not after the next start of the machine: it is "
		"not enabled", ON);
	auth.st_mode = 0;
	socket_is(false, -1, NULL, NULL);
	for (i = 0; i < ARRAY_LEN(folders); i++) {
		installed = folders[i];
		socket_is(true, FINDING_FAIL, "it is installed and not enabled"
			NEEDED, ON);
	}
	installed = NULL;
	socket_is(true, FINDING_FAIL, "it is not installed" NEEDED,
		"install tokenbridge's units, then " ON);
	enabled = true;
	socket_is(true, FINDING_FAIL, SILENT, "`systemctl start " UNIT "`, and "
		"see why it stopped");
}

static void who_listens_is_root_at_that_path(void **state)
{
	static const struct {
		const char *text;
		bool listens;
	} rows[] = {
		{ HEAD LISTENS(SOCKET), true },
		{ LISTENS(SOCKET) LISTENS("/run/other"), true },
		/* the last line without its end */
		{ HEAD "0: 2 0 00010000 0001 01 123 " SOCKET, true },
		{ HEAD, false },
		{ "", false },
		{ HEAD LISTENS(SOCKET "x"), false },
		{ HEAD LISTENS("x" SOCKET), false },
		{ HEAD LISTENS("/run/tokenbridge/autx"), false },
		{ HEAD "0: 2 0 00000000 0001 03 123 " SOCKET "\n", false },
		{ HEAD "0: 2 0 000100001 0001 01 123 " SOCKET "\n", false },
		{ SOCKET, false },
		{ NULL, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		sockets = rows[i].text;
		assert_int_equal(host_is_called(), rows[i].listens);
	}
	sockets = rows[0].text;
	auth.st_uid = 1000;
	assert_false(host_is_called());
	auth.st_uid = 0;
	auth.st_mode = S_IFREG | 0666;
	assert_false(host_is_called());
	auth.st_mode = 0;
	assert_false(host_is_called());
}

static void the_helper_is_roots_and_can_be_executed(void **state)
{
	static const struct {
		mode_t mode;
		uid_t uid;
		int failed;
		enum finding_status status;
		const char *text, *remedy;
	} rows[] = {
		{ S_IFREG | 0755, 0, 0, FINDING_OK,
			"it is there and root's alone to change", NULL },
		{ S_IFREG | 0700, 0, 0, FINDING_OK,
			"it is there and root's alone to change", NULL },
		{ S_IFREG | 0644, 0, 0, FINDING_FAIL, "it may not be executed: "
			"every login by token fails (PAM_AUTH_ERR)",
			"chmod 755" },
		{ S_IFREG | 0775, 0, 0, FINDING_FAIL,
			"it runs as root, and has owner 0 and mode 0775",
			"chown root, chmod 755" },
		{ S_IFREG | 0757, 0, 0, FINDING_FAIL,
			"it runs as root, and has owner 0 and mode 0757",
			"chown root, chmod 755" },
		{ S_IFREG | 04755, 1000, 0, FINDING_FAIL,
			"it runs as root, and has owner 1000 and mode 4755",
			"chown root, chmod 755" },
		{ S_IFDIR | 0755, 0, 0, FINDING_FAIL,
			"it runs as root, and has owner 0 and mode 0755",
			"chown root, chmod 755" },
		{ 0, 0, ENOENT, FINDING_FAIL, "No such file or directory: every "
			"login by token fails (PAM_AUTH_ERR)",
			"install tokenbridge anew" },
		{ 0, 0, ENOTDIR, FINDING_FAIL, "Not a directory: every login by "
			"token fails (PAM_AUTH_ERR)",
			"install tokenbridge anew" },
		{ 0, 0, EACCES, FINDING_UNKNOWN, "Permission denied: every login "
			"by token fails (PAM_AUTH_ERR)",
			"install tokenbridge anew" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		findings_done(&found);
		helper.st_mode = rows[i].mode;
		helper.st_uid = rows[i].uid;
		helper_errno = rows[i].failed;
		host_look_helper(&found);
		assert_int_equal(found.n, 3);
		told(0, rows[i].status, "helper", rows[i].text,
			rows[i].remedy);
		assert_string_equal(found.rows[0].subject, HELPER);
	}
}

static void its_accounts_are_there(void **state)
{
	(void)state;
	host_look_helper(&found);
	told(1, FINDING_OK, "helper-user", "the helper gives up root for this "
		"user", NULL);
	told(2, FINDING_OK, "login-group", "the group that reads login.db is "
		"there", NULL);
	findings_done(&found);
	user_uid = 0;
	has_group = false;
	host_look_helper(&found);
	told(1, FINDING_FAIL, "helper-user", "it is root: what reads from tokens "
		"must not be", "give it a number of its own");
	told(2, FINDING_WARN, "login-group", "this machine has no such group: "
		"nobody but root reads login.db, and sshd's command must not "
		"run as root", "make a system group of that name, then "
		"`tokenbridge registry publish`");
	findings_done(&found);
	has_user = false;
	host_look_helper(&found);
	told(1, FINDING_FAIL, "helper-user", "this machine has no such user: "
		"every login by token fails (PAM_AUTH_ERR)",
		"make a system user of that name");
}

static void selinux_is_told_of_where_it_enforces(void **state)
{
	static const char *const quiet[] = { NULL, "", "0", "2" };
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(quiet); i++) {
		selinux = quiet[i];
		host_look_selinux(&found);
		assert_int_equal(found.n, 0);
	}
	selinux = "1\n";
	host_look_selinux(&found);
	told(0, FINDING_WARN, "selinux", "SELinux is enforcing, which "
		"tokenbridge is not made for yet: logins by token may be "
		"refused", "try it with `setenforce 0`, and keep another way "
		"in");
}

static void nodes_of_tokens(void **state)
{
	bool plugged = false;

	(void)state;
	nodes_fail = ERROR_FAILED;
	host_look_nodes(&plugged, &found);
	assert_true(plugged);
	told(0, FINDING_UNKNOWN, "node", "udev says no", NULL);
	findings_done(&found);
	nodes_fail = 0;
	nodes_n = 1; /* a mouse */
	host_look_nodes(&plugged, &found);
	assert_false(plugged);
	told(0, FINDING_OK, "node", "no FIDO token is plugged in now", NULL);
	findings_done(&found);
	nodes_n = 2;
	nodes[1].fido = true;
	nodes[1].mode = 0660;
	strcpy(nodes[1].group, "plugdev");
	strcpy(nodes[1].path, "/dev/hidraw1");
	host_look_nodes(&plugged, &found);
	assert_true(plugged);
	assert_int_equal(found.n, 1);
	told(0, FINDING_OK, "node", "mode 0660, group plugdev; nobody holds it",
		NULL);
	findings_done(&found);
	holder = 1;
	host_look_nodes(&plugged, &found);
	told(0, FINDING_WARN, "node", "a process (pid 1) holds the token: a "
		"login waits for it up to its time limit", "end the other "
		"program, or wait for it");
	findings_done(&found);
	holder_name = "ykman";
	host_look_nodes(&plugged, &found);
	told(0, FINDING_WARN, "node", "ykman (pid 1) holds the token: a login "
		"waits for it up to its time limit", "end the other program, or "
		"wait for it");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_socket_of_programs_that_are_not_roots),
		TEST(who_listens_is_root_at_that_path),
		TEST(the_helper_is_roots_and_can_be_executed),
		TEST(its_accounts_are_there),
		TEST(selinux_is_told_of_where_it_enforces),
		TEST(nodes_of_tokens),
	};

	return cmocka_run_group_tests_name("doctor host", tests, NULL, NULL);
}
