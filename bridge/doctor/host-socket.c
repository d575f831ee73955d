/* SPDX-License-Identifier: Apache-2.0 */
/* The socket by which programs are served that are not root's. */
#include "bridge/doctor/gather.h"

#include "base/buf.h"
#include "base/file.h"
#include "base/paths.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SOCKET PATH_RUN "/auth"
#define SOCKETS "/proc/net/unix"
#define SOCKETS_MAX (8 << 20)
#define LISTENS "00010000" /* __SO_ACCEPTCON; proc(5) */
#define ENABLED "/etc/systemd/system/sockets.target.wants/" PAM_SOCKET_UNIT

/* "NUM: COUNT PROTOCOL FLAGS TYPE STATE INODE PATH": a call would start a
 * helper, which is more than looking. */
static bool line_listens(const char *line, size_t n)
{
	const char *path = memrchr(line, ' ', n);

	return path && (size_t)(line + n - path - 1) == strlen(SOCKET) &&
		memcmp(path + 1, SOCKET, strlen(SOCKET)) == 0 &&
		memmem(line, n, " " LISTENS " ", strlen(LISTENS) + 2);
}

static bool is_listened_to(void)
{
	CLEANUP(buf_done) struct buf b;
	const char *p, *end;
	size_t n, len;

	buf_init(&b, SOCKETS_MAX);
	if (file_read(SOCKETS, FILE_ANY, &b, NULL, NULL) < 0)
		return false;
	for (p = (const char *)b.p, n = b.n; n > 0; p += len, n -= len) {
		end = memchr(p, '\n', n);
		len = end ? (size_t)(end - p) + 1 : n;
		if (line_listens(p, end ? len - 1 : len))
			return true;
	}
	return false;
}

bool host_is_called(void)
{
	struct stat st;

	return lstat(SOCKET, &st) == 0 && S_ISSOCK(st.st_mode) &&
		st.st_uid == 0 && is_listened_to();
}

static bool is_installed(void)
{
	static const char *const folders[] = { "/etc/systemd/system",
		"/run/systemd/system", "/usr/local/lib/systemd/system",
		"/usr/lib/systemd/system", "/lib/systemd/system" };
	char path[512];
	struct stat st;
	size_t i;

	for (i = 0; i < ARRAY_LEN(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i],
			PAM_SOCKET_UNIT);
		if (stat(path, &st) == 0)
			return true;
	}
	return false;
}

#define ON "`systemctl enable --now " PAM_SOCKET_UNIT "`"

void host_look_socket(bool needed, struct findings *f)
{
	static const char check[] = "login-socket";
	struct stat st;
	bool enabled = lstat(ENABLED, &st) == 0, called = host_is_called();

	if (called && enabled)
		findings_add(f, FINDING_OK, check, PAM_SOCKET_UNIT, NULL,
			"root listens for programs that are not root's, and "
			"will after a start of the machine");
	else if (called)
		findings_add(f, FINDING_WARN, check, PAM_SOCKET_UNIT, ON,
			"root listens for programs that are not root's, but "
			"not after the next start of the machine: it is not "
			"enabled");
	else if (enabled)
		findings_add(f, FINDING_FAIL, check, PAM_SOCKET_UNIT,
			"`systemctl start " PAM_SOCKET_UNIT "`, and see why "
			"it stopped",
			"it is enabled, and nobody listens at '%s': screen "
			"lockers are refused (PAM_AUTHINFO_UNAVAIL)", SOCKET);
	else if (needed)
		findings_add(f, FINDING_FAIL, check, PAM_SOCKET_UNIT,
			is_installed() ? ON : "install tokenbridge's units, "
			"then " ON, "it is %s, and a service needs it: nobody "
			"listens at '%s'", is_installed() ?
			"installed and not enabled" : "not installed", SOCKET);
}
