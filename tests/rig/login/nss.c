/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnss_spelled: answers other spellings of the users in /etc/passwd, as sssd
 * and winbind do: letters of either case, `CORP\games`, `games@corp.example`.
 * A domain of another name shows what else such a module does:
 *
 *   ECHO\games  its entry has the name as it was asked for
 *   LOST\games  its entry has a number that is nobody's
 *   DOWN\games  the daemon behind the module is not there
 *   HANG\games  ... or does not answer
 *   SLOW\games  ... or answers after three seconds
 *   HALF\games  the entry is answered, and its number by no daemon
 *   VOID\games  its entry has no name
 *   LINE\games  ... or one that ends a line
 *   LONG\games  ... or one of 300 bytes
 *
 * And the number 123456791 has the name `games`, which has another.
 */
#include <ctype.h>
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NOBODYS 123456789u
#define UNANSWERED 123456790u
#define ANOTHERS 123456791u

enum nss_status _nss_spelled_getpwnam_r(const char *name, struct passwd *pw,
	char *text, size_t size, int *error);
enum nss_status _nss_spelled_getpwuid_r(uid_t uid, struct passwd *pw,
	char *text, size_t size, int *error);

static enum nss_status find_in_file(const char *name, struct passwd *pw,
	char *text, size_t size, int *error)
{
	struct passwd *found = NULL;
	FILE *f = fopen("/etc/passwd", "re");

	while (f && fgetpwent_r(f, pw, text, size, &found) == 0)
		if (strcmp(pw->pw_name, name) == 0)
			break;
	if (f)
		fclose(f);
	*error = ENOENT;
	return found ? NSS_STATUS_SUCCESS : NSS_STATUS_NOTFOUND;
}

static enum nss_status unavailable(int *error)
{
	*error = ENOENT; /* as sssd's module says it: no socket */
	return NSS_STATUS_UNAVAIL;
}

static char longest[301];

enum nss_status _nss_spelled_getpwnam_r(const char *name, struct passwd *pw,
	char *text, size_t size, int *error)
{
	const char *plain = strchr(name, '\\');
	enum nss_status status;
	char lower[64];
	size_t i;

	if (strncmp(name, "DOWN\\", 5) == 0)
		return unavailable(error);
	while (strncmp(name, "HANG\\", 5) == 0)
		pause();
	if (strncmp(name, "SLOW\\", 5) == 0)
		sleep(3);
	plain = plain ? plain + 1 : name;
	for (i = 0; plain[i] && plain[i] != '@' && i < sizeof(lower) - 1; i++)
		lower[i] = (char)tolower((unsigned char)plain[i]);
	lower[i] = '\0';
	status = find_in_file(lower, pw, text, size, error);
	if (status != NSS_STATUS_SUCCESS)
		return status;
	if (strncmp(name, "ECHO\\", 5) == 0)
		pw->pw_name = (char *)name;
	if (strncmp(name, "VOID\\", 5) == 0)
		pw->pw_name = (char *)"";
	if (strncmp(name, "LINE\\", 5) == 0)
		pw->pw_name = (char *)"games\n";
	if (strncmp(name, "LONG\\", 5) == 0)
		pw->pw_name = memset(longest, 'a', sizeof(longest) - 1);
	if (strncmp(name, "LOST\\", 5) == 0)
		pw->pw_uid = NOBODYS;
	if (strncmp(name, "HALF\\", 5) == 0)
		pw->pw_uid = UNANSWERED;
	return status;
}

enum nss_status _nss_spelled_getpwuid_r(uid_t uid, struct passwd *pw,
	char *text, size_t size, int *error)
{
	enum nss_status status;

	if (uid == ANOTHERS) {
		status = find_in_file("games", pw, text, size, error);
		pw->pw_uid = uid;
		return status;
	}
	*error = ENOENT;
	return uid == UNANSWERED ? unavailable(error) : NSS_STATUS_NOTFOUND;
}
