/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pamrun CONFDIR USER UID: has libpam authenticate USER, as a program that UID
 * started and that runs as root, by each service that is named on standard
 * input, once for each thing that the stand-ins of modules may return. A line
 * for each service: its name, a blank and a letter for each case, `+` for let
 * in, `-` for refused, `!` where libpam crashed.
 *
 * The cases are those of ours[] x by_unix[] x by_sss[], in that order.
 */
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

static const char *const ours[] = { "0", "7", "9", "unbound" };
/* among them what whoever asks for it can have: no try left, no answer given */
static const char *const by_unix[] = { "0", "7", "10", "11" };
static const char *const by_sss[] = { "0", "7", "10", "19" };
#define CASES (LENGTH(ours) * LENGTH(by_unix) * LENGTH(by_sss))

/* In the place of the C library's: nobody reads what libpam logs. */
void __syslog_chk(int priority, int flag, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority;
	(void)flag;
	(void)format;
}

void syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

static int converse(int n, const struct pam_message **messages,
	struct pam_response **ret, void *data)
{
	(void)messages;
	(void)data;
	*ret = calloc((size_t)n, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* What failed before is of no matter to pam_faillock. */
static void forget_failures(const char *user)
{
	char path[256];

	snprintf(path, sizeof(path), "/var/run/faillock/%s", user);
	(void)unlink(path);
}

typedef void delay_fn(int, unsigned, void *);

static void no_delay(int result, unsigned delay, void *data)
{
	(void)result;
	(void)delay;
	(void)data;
}

static char attempt(const char *confdir, const char *service, const char *user)
{
	const struct pam_conv conv = { converse, NULL };
	pam_handle_t *h = NULL;
	void *delay;
	int code;

	forget_failures(user);
	/* which reads the files, and refuses those that it gives up on */
	if (pam_start_confdir(service, user, &conv,
			strcmp(confdir, "-") == 0 ? NULL : confdir, &h) != PAM_SUCCESS)
		return '-';
	memcpy(&delay, &(delay_fn *){ no_delay }, sizeof(delay));
	pam_set_item(h, PAM_FAIL_DELAY, delay);
	pam_set_item(h, PAM_TTY, "tty1");
	code = pam_authenticate(h, PAM_SILENT);
	pam_end(h, code);
	forget_failures(user);
	return code == PAM_SUCCESS ? '+' : '-';
}

static void each_case(int fd, const char *confdir, const char *service,
	const char *user)
{
	size_t i, k, m;
	char letter;

	for (i = 0; i < LENGTH(ours); i++)
		for (k = 0; k < LENGTH(by_unix); k++)
			for (m = 0; m < LENGTH(by_sss); m++) {
				setenv("STANDIN_OURS", ours[i], 1);
				setenv("STANDIN_UNIX", by_unix[k], 1);
				setenv("STANDIN_SSS", by_sss[m], 1);
				letter = attempt(confdir, service, user);
				if (write(fd, &letter, 1) != 1)
					exit(99);
			}
}

/* In a process of its own, which may crash. */
static void run_service(char *const *argv, const char *service, uid_t uid)
{
	const struct rlimit none = { 0, 0 };
	char letters[CASES + 1];
	int fds[2], status;
	size_t n = 0;
	ssize_t r;
	pid_t pid;

	if (pipe(fds) < 0 || (pid = fork()) < 0)
		exit(99);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		if (setresuid(uid, 0, 0) < 0)
			_exit(99);
		each_case(fds[1], argv[1], service, argv[2]);
		_exit(0);
	}
	close(fds[1]);
	while (n < CASES && (r = read(fds[0], letters + n, CASES - n)) > 0)
		n += (size_t)r;
	close(fds[0]);
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		exit(99);
	while (n < CASES)
		letters[n++] = '!';
	letters[n] = '\0';
	printf("%s %s\n", service, letters);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	char service[256];

	if (argc != 4)
		return 99;
	while (fgets(service, sizeof(service), stdin)) {
		service[strcspn(service, "\n")] = '\0';
		run_service(argv, service, (uid_t)atoi(argv[3]));
	}
	return 0;
}
