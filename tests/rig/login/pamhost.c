/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pamhost CONFDIR SERVICE USER [OPTION]...: a program that authenticates by
 * PAM with service files from a folder of the test's own. Each message of the
 * conversation, then the result, is one JSON line on standard output.
 *
 *   -i NAME=VALUE  an item: rhost, tty, ruser
 *   -a ANSWER      what prompts are answered, in order; behind the last and for
 *                  the word NULL there is no answer, for FAIL an error
 *   -f FIFO        prompts are answered by what comes through it, one line an
 *                  opening, of which no copy is kept; before pam_end it is
 *                  waited for what comes through FIFO.end
 *   -m FAIL        messages without an answer fail
 *   -n N           so many attempts, each with a handle of its own
 *   -s             PAM_SILENT
 *   -c             also pam_setcred
 *   -C             no conversation function
 *   -u UID         from the first prompt on as that effective uid; an empty
 *                  USER is prompted for
 *   -U UID         as that user for good, once PAM has read its files
 *   -v             says when pam_authenticate is about to be called and how many
 *                  descriptors are open then; success is exit 64, which
 *                  nothing else is
 *   -I             SIGCHLD is ignored, as in hosts that reap themselves
 *
 * What libpam logs is a line too: {"log": priority, "line": text}.
 */
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <jansson.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define ANSWERS_MAX 16
#define LET_IN 64

static struct {
	const char *confdir, *service, *user, *fifo;
	const char *items[ANSWERS_MAX], *answers[ANSWERS_MAX];
	int items_n, answers_n, next;
	int attempts, flags;
	int setcred, no_conversation, messages_fail, uid, becomes, verbose;
} o = { .attempts = 1 };

static void put(json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	printf("%s\n", text ? text : "{}");
	fflush(stdout);
	free(text);
	json_decref(line);
}

static void syslog_line(int priority, const char *format, va_list ap)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, ap);
	put(json_pack("{s:i,s:s}", "log", priority & 7, "line", text));
}

/* In the place of the C library's, for libpam. */
void __syslog_chk(int priority, int flag, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list ap;

	(void)flag;
	va_start(ap, format);
	syslog_line(priority, format, ap);
	va_end(ap);
}

void syslog(int priority, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	syslog_line(priority, format, ap);
	va_end(ap);
}

static const char *style_name(int style)
{
	static const char *const names[] = {
		[PAM_PROMPT_ECHO_OFF] = "secret",
		[PAM_PROMPT_ECHO_ON] = "prompt",
		[PAM_ERROR_MSG] = "error",
		[PAM_TEXT_INFO] = "info",
	};

	return style > 0 && style < 5 ? names[style] : "?";
}

static int is_prompt(int style)
{
	return style == PAM_PROMPT_ECHO_OFF || style == PAM_PROMPT_ECHO_ON;
}

/* Not by stdio, which would keep it in a buffer. */
static char *answer_by_fifo(const char *path)
{
	static char line[256];
	char *copy;
	size_t n = 0;
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && n < sizeof(line) - 1 &&
		(got = read(fd, line + n, sizeof(line) - 1 - n)) > 0)
		n += (size_t)got;
	if (fd >= 0)
		close(fd);
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	copy = strdup(line);
	explicit_bzero(line, sizeof(line));
	return copy;
}

static void wait_for_end(void)
{
	char path[4096];

	if (!o.fifo)
		return;
	snprintf(path, sizeof(path), "%s.end", o.fifo);
	free(answer_by_fifo(path));
}

static int converse(int n, const struct pam_message **messages,
	struct pam_response **ret, void *data)
{
	struct pam_response *replies = calloc((size_t)n, sizeof(*replies));
	int i;

	(void)data;
	for (i = 0; i < n; i++) {
		int style = messages[i]->msg_style;
		const char *answer = NULL;

		put(json_pack("{s:s,s:s}", "style", style_name(style), "text",
			messages[i]->msg));
		if (!is_prompt(style) && o.messages_fail)
			return PAM_CONV_ERR;
		if (!is_prompt(style))
			continue;
		if (o.uid && seteuid((uid_t)o.uid) < 0)
			exit(99);
		if (o.next < o.answers_n)
			answer = o.answers[o.next++];
		if (answer && strcmp(answer, "FAIL") == 0)
			return PAM_CONV_ERR;
		if (answer && strcmp(answer, "NULL") != 0)
			replies[i].resp = strdup(answer);
		if (!answer && o.fifo)
			replies[i].resp = answer_by_fifo(o.fifo);
	}
	*ret = replies;
	return PAM_SUCCESS;
}

static void set_item(pam_handle_t *h, const char *text)
{
	static const struct {
		const char *name;
		int item;
	} names[] = {
		{ "rhost=", PAM_RHOST },
		{ "tty=", PAM_TTY },
		{ "ruser=", PAM_RUSER },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(text, names[i].name, strlen(names[i].name)) == 0)
			pam_set_item(h, names[i].item,
				text + strlen(names[i].name));
}

typedef void delay_fn(int, unsigned, void *);

/* The delay after a refusal is the host's to keep. */
static void no_delay(int result, unsigned delay, void *data)
{
	(void)result;
	(void)delay;
	(void)data;
}

static int descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	int n = 0;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n - 3; /* ".", ".." and the directory itself */
}

static int attempt(void)
{
	struct pam_conv conv = { o.no_conversation ? NULL : converse, NULL };
	pam_handle_t *h = NULL;
	int i, code, cred = -1;
	void *delay;

	code = pam_start_confdir(o.service, *o.user ? o.user : NULL, &conv, o.confdir, &h);
	if (code != PAM_SUCCESS) {
		fprintf(stderr, "pam_start: %d\n", code);
		exit(99);
	}
	if (o.becomes && (setgroups(0, NULL) < 0 ||
			setresgid(65534, 65534, 65534) < 0 ||
			setresuid((uid_t)o.becomes, (uid_t)o.becomes,
				(uid_t)o.becomes) < 0))
		exit(99);
	memcpy(&delay, &(delay_fn *){ no_delay }, sizeof(delay));
	pam_set_item(h, PAM_FAIL_DELAY, delay);
	for (i = 0; i < o.items_n; i++)
		set_item(h, o.items[i]);
	if (o.verbose)
		put(json_pack("{s:i}", "begun", descriptors()));
	code = pam_authenticate(h, o.flags);
	if (o.setcred && code == PAM_SUCCESS)
		cred = pam_setcred(h, PAM_ESTABLISH_CRED);
	if (o.attempts == 1)
		put(json_pack("{s:i,s:i,s:i}", "result", code, "setcred", cred,
			"descriptors", descriptors()));
	wait_for_end();
	pam_end(h, code);
	return code;
}

static void parse(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "i:a:f:m:n:scCu:U:Iv")) != -1)
		switch (c) {
		case 'i': o.items[o.items_n++] = optarg; break;
		case 'a': o.answers[o.answers_n++] = optarg; break;
		case 'f': o.fifo = optarg; break;
		case 'm': o.messages_fail = 1; break;
		case 'n': o.attempts = atoi(optarg); break;
		case 's': o.flags |= (int)PAM_SILENT; break;
		case 'c': o.setcred = 1; break;
		case 'C': o.no_conversation = 1; break;
		case 'u': o.uid = atoi(optarg); break;
		case 'v': o.verbose = 1; break;
		case 'U': o.becomes = atoi(optarg); break;
		case 'I': signal(SIGCHLD, SIG_IGN); break;
		default: exit(99);
		}
	if (argc - optind != 3)
		exit(99);
	o.confdir = argv[optind];
	o.service = argv[optind + 1];
	o.user = argv[optind + 2];
}

static long resident_kib(void)
{
	long pages = 0, size;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f && fscanf(f, "%ld %ld", &size, &pages) != 2)
		pages = 0;
	if (f)
		fclose(f);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv)
{
	int i, code = PAM_ABORT, bad = 0, before, after;
	long kib_before = 0;

	parse(argc, argv);
	if (o.attempts == 1)
		return attempt() != PAM_SUCCESS ? 1 : o.verbose ? LET_IN : 0;
	code = attempt(); /* libraries are loaded by now */
	before = descriptors();
	kib_before = resident_kib();
	for (i = 1; i < o.attempts; i++) {
		o.next = 0;
		code = attempt();
		bad += code != PAM_SUCCESS;
	}
	after = descriptors();
	put(json_pack("{s:i,s:i,s:i,s:i,s:i,s:i}", "result", code, "bad", bad,
		"descriptors_before", before, "descriptors", after,
		"kib_before", (int)kib_before, "kib", (int)resident_kib()));
	return bad ? 1 : 0;
}
