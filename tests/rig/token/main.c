/* softtoken: software security keys for tests. See README.md. */
#include "backend.h"
#include "cert.h"
#include "control.h"
#include "transport.h"
#include "token.h"
#include "vpcd.h"

#include <getopt.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	const char *make_ca, *ca_name, *ca, *state, *control;
	const struct transport *transport;
	bool intermediate, profiles;
	unsigned vpcd;
	GPtrArray *specs;		/* of json_t */
};

static const char usage[] =
	"usage: softtoken --make-ca DIR [--ca-name NAME] [--intermediate]\n"
	"       softtoken --profiles\n"
	"       softtoken [--ca DIR] [--state DIR] [--control SOCKET]\n"
	"                 [--vpcd PORT] [--transport umockdev|uhid|vhci]\n"
	"                 --token SPEC...\n"
	"SPEC is name=NAME,profile=PROFILE,option=value... or a JSON object.\n";

/* "a=b,c=d" as an object of strings */
static json_t *parse_spec(const char *s)
{
	g_auto(GStrv) part = NULL;
	json_t *j;

	if (*s == '{')
		return json_loads(s, JSON_REJECT_DUPLICATES, NULL);
	j = json_object();
	part = g_strsplit(s, ",", -1);
	for (size_t i = 0; part[i]; i++) {
		char *eq = strchr(part[i], '=');

		if (!eq) {
			json_decref(j);
			return NULL;
		}
		*eq = 0;
		json_object_set_new(j, part[i], json_string(eq + 1));
	}
	return j;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "make-ca", required_argument, NULL, 'm' },
		{ "ca-name", required_argument, NULL, 'n' },
		{ "intermediate", no_argument, NULL, 'i' },
		{ "profiles", no_argument, NULL, 'p' },
		{ "ca", required_argument, NULL, 'a' },
		{ "state", required_argument, NULL, 's' },
		{ "control", required_argument, NULL, 'c' },
		{ "vpcd", required_argument, NULL, 'v' },
		{ "transport", required_argument, NULL, 'd' },
		{ "token", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 }
	};
	json_t *spec;
	int opt;

	while ((opt = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (opt) {
		case 'm': o->make_ca = optarg; break;
		case 'n': o->ca_name = optarg; break;
		case 'i': o->intermediate = true; break;
		case 'p': o->profiles = true; break;
		case 'a': o->ca = optarg; break;
		case 's': o->state = optarg; break;
		case 'c': o->control = optarg; break;
		case 'v': o->vpcd = (unsigned)atoi(optarg); break;
		case 'd': o->transport = transport_find(optarg); break;
		case 't':
			spec = parse_spec(optarg);
			if (!spec)
				return false;
			g_ptr_array_add(o->specs, spec);
			break;
		default:
			return false;
		}
	return optind == argc && o->transport && (o->make_ca || o->profiles ||
					     o->specs->len);
}

static int list_profiles(void)
{
	const struct profile *p;

	for (size_t i = 0; (p = profile_at(i)); i++)
		printf("%-14s %04x:%04x %d.%d.%d %s\n", p->name, p->vid,
		       p->pid, p->fw[0], p->fw[1], p->fw[2], p->product);
	return 0;
}

/* --- the daemon -------------------------------------------------------- */

struct daemon {
	GMainLoop *loop;
	const struct transport *transport;
	GPtrArray *tokens;
	struct control *control;
	char *folder;			/* made for the control socket */
	pid_t parent;
};

static gboolean quit(void *arg)
{
	struct daemon *d = arg;

	g_main_loop_quit(d->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean on_stdin(int fd, GIOCondition condition, void *arg)
{
	char waste[256];

	(void)condition;
	if (read(fd, waste, sizeof waste) > 0)
		return G_SOURCE_CONTINUE;
	quit(arg);
	return G_SOURCE_REMOVE;
}

/* whoever started us may die without closing our standard input */
static gboolean check_parent(void *arg)
{
	struct daemon *d = arg;

	if (getppid() != d->parent)
		quit(d);
	return G_SOURCE_CONTINUE;
}

static bool start_tokens(struct daemon *d, const struct options *o)
{
	unsigned readers = 0;

	for (guint i = 0; i < o->specs->len; i++) {
		struct token *t = token_new(o->specs->pdata[i], o->state,
					    o->ca);

		if (!t)
			return false;
		g_ptr_array_add(d->tokens, t);
		transport_add(d->transport, t);
		if (t->p.ccid && o->vpcd && !t->vpcd_port)
			t->vpcd_port = o->vpcd + readers++;
		if (t->p.ccid && t->vpcd_port && !t->card)
			t->card = vpcd_card_new(t, t->vpcd_port);
		if (t->backend_command && !(t->backend =
		    backend_start(t, t->backend_command)))
			return false;
		if (!t->start_unplugged)
			transport_plug(t);
	}
	return true;
}

static bool start_control(struct daemon *d, const char *path)
{
	g_autofree char *own = NULL;

	if (!path) {
		d->folder = g_dir_make_tmp("softtoken.XXXXXX", NULL);
		own = g_build_filename(d->folder, "control", NULL);
		path = own;
	}
	d->control = control_new(path, d->tokens);
	if (!d->control)
		return false;
	json_t *list = json_array();
	json_t *ready;
	char *s;

	for (guint i = 0; i < d->tokens->len; i++)
		json_array_append_new(list,
				      transport_describe(d->tokens->pdata[i]));
	ready = json_pack("{s:s, s:s, s:o}", "transport", d->transport->name, "control",
			  path, "tokens", list);
	if (d->transport->ready)
		d->transport->ready(ready);
	s = json_dumps(ready, JSON_COMPACT);
	puts(s);
	fflush(stdout);
	free(s);
	json_decref(ready);
	return true;
}

static void stop_daemon(struct daemon *d)
{
	control_free(d->control);
	for (guint i = 0; i < d->tokens->len; i++) {
		struct token *t = d->tokens->pdata[i];

		transport_remove(t);
		card_free(t->card);
		backend_stop(t->backend);
		token_save(t);
		token_free(t);
	}
	d->transport->close();
	if (d->folder)
		rmdir(d->folder);
}

/* umockdev sends events about devices that it looks up through libudev: it
 * needs its own preload library in this process too */
static void preload(char **argv)
{
	if (getenv("SOFTTOKEN_PRELOADED"))
		return;
	setenv("SOFTTOKEN_PRELOADED", "1", 1);
	setenv("LD_PRELOAD", "libumockdev-preload.so.0", 1);
	execv("/proc/self/exe", argv);
	perror("softtoken: /proc/self/exe");
	_exit(1);
}

static int serve(const struct options *o, char **argv)
{
	struct daemon d = { .tokens = g_ptr_array_new(), .transport = o->transport };
	int rc = 1;

	if (d.transport->preload)
		preload(argv);
	d.parent = getppid();
	d.loop = g_main_loop_new(NULL, FALSE);
	if (o->state)
		g_mkdir_with_parents(o->state, 0700);
	signal(SIGPIPE, SIG_IGN);
	if (!d.transport->open())
		return 1;
	g_unix_signal_add(SIGTERM, quit, &d);
	g_unix_signal_add(SIGINT, quit, &d);
	g_unix_fd_add(0, G_IO_IN | G_IO_HUP, on_stdin, &d);
	g_timeout_add_seconds(1, check_parent, &d);
	if (start_tokens(&d, o) && start_control(&d, o->control)) {
		g_main_loop_run(d.loop);
		rc = 0;
	}
	stop_daemon(&d);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o = {
		.ca_name = "Example Tokens", .specs = g_ptr_array_new(),
		.transport = &umockdev_transport
	};
	int rc;

	if (!parse_options(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	if (o.profiles)
		rc = list_profiles();
	else if (o.make_ca)
		rc = !cert_make_ca(o.make_ca, o.ca_name, o.intermediate);
	else
		rc = serve(&o, argv);
	for (guint i = 0; i < o.specs->len; i++)
		json_decref(o.specs->pdata[i]);
	fflush(stdout);
	/* umockdev's thread never ends and holds the testbed: do not let
	 * destructors race with it */
	_exit(rc);
}
