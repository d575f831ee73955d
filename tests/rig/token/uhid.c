/*
 * The uhid transport: the FIDO interface of a token as a HID device that the
 * kernel makes at our word. There is no USB device above it, so programs see
 * vendor and product numbers but no USB strings.
 */
#include "ctaphid.h"
#include "transport.h"
#include "sysfs.h"
#include "usbdesc.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <linux/input.h>
#include <linux/uhid.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UHID "/dev/uhid"

static unsigned tokens;

struct node {
	int fd;
	guint source;
	bool open;			/* somebody has the hidraw node */
	char *phys;			/* how to find it in sysfs */
};

static bool uhid_open(void)
{
	if (!access(UHID, W_OK))
		return true;
	fprintf(stderr, "softtoken: " UHID ": %s; is the module uhid loaded?\n",
		g_strerror(errno));
	return false;
}

static void uhid_close(void)
{
}

static void say(struct node *n, const struct uhid_event *e)
{
	if (write(n->fd, e, sizeof *e) != sizeof *e)
		fprintf(stderr, "softtoken: " UHID ": %s\n",
			g_strerror(errno));
}

static void send_reports(struct token *t, const uint8_t *p, size_t size)
{
	struct node *n = t->node;

	while (n->open && size) {
		struct uhid_event e = { .type = UHID_INPUT2 };

		e.u.input2.size = HID_REPORT;
		memcpy(e.u.input2.data, p, HID_REPORT);
		say(n, &e);
		p += HID_REPORT;
		size -= HID_REPORT;
	}
}

/* the kernel keeps what was sent until it is read, even after an unplug */
static bool drained(struct token *t)
{
	(void)t;
	return true;
}

static void output(struct token *t, const struct uhid_output_req *r)
{
	/* a report of id 0 comes with the id in front */
	if (r->size == 1 + HID_REPORT)
		transport_report(t, r->data + 1);
}

/* FIDO knows no reports by control transfer */
static void refuse(struct node *n, const struct uhid_event *e)
{
	struct uhid_event r = { 0 };

	if (e->type == UHID_GET_REPORT) {
		r.type = UHID_GET_REPORT_REPLY;
		r.u.get_report_reply.id = e->u.get_report.id;
		r.u.get_report_reply.err = EIO;
	} else {
		r.type = UHID_SET_REPORT_REPLY;
		r.u.set_report_reply.id = e->u.set_report.id;
		r.u.set_report_reply.err = EIO;
	}
	say(n, &r);
}

static gboolean readable(int fd, GIOCondition condition, void *arg)
{
	struct token *t = arg;
	struct node *n = t->node;
	struct uhid_event e;

	(void)condition;
	if (read(fd, &e, sizeof e) <= 0)
		return G_SOURCE_CONTINUE;
	switch (e.type) {
	case UHID_OPEN:
	case UHID_CLOSE:
		n->open = e.type == UHID_OPEN;
		break;
	case UHID_OUTPUT:
		output(t, &e.u.output);
		break;
	case UHID_GET_REPORT:
	case UHID_SET_REPORT:
		refuse(n, &e);
		break;
	}
	return G_SOURCE_CONTINUE;
}

static void add(struct token *t)
{
	struct node *n = g_new0(struct node, 1);

	n->fd = -1;
	n->phys = g_strdup_printf("softtoken-%d-%u/input0", (int)getpid(),
				  ++tokens);
	t->node = n;
}

static void take_away(struct token *t)
{
	struct node *n = t->node;

	g_free(n->phys);
	g_free(n);
	t->node = NULL;
}

static void attach(struct token *t)
{
	struct node *n = t->node;
	struct uhid_event e = { .type = UHID_CREATE2 };
	struct uhid_create2_req *c = &e.u.create2;

	n->fd = open(UHID, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (n->fd < 0)
		g_error(UHID ": %s", g_strerror(errno));
	g_snprintf((char *)c->name, sizeof c->name, "%s %s",
		   t->p.manufacturer, t->p.product);
	g_strlcpy((char *)c->phys, n->phys, sizeof c->phys);
	if (t->usb_serial)
		g_snprintf((char *)c->uniq, sizeof c->uniq, "%08X",
			   t->serial);
	c->bus = BUS_USB;
	c->vendor = t->p.vid;
	c->product = t->p.pid;
	c->rd_size = FIDO_DESCRIPTOR;
	memcpy(c->rd_data, fido_descriptor, FIDO_DESCRIPTOR);
	n->open = false;
	say(n, &e);
	n->source = g_unix_fd_add(n->fd, G_IO_IN, readable, t);
}

static void detach(struct token *t)
{
	struct node *n = t->node;

	g_source_remove(n->source);
	close(n->fd);
	n->fd = -1;
}

static bool permission(struct token *t, const char *mode)
{
	return sysfs_permission(((struct node *)t->node)->phys, mode);
}

static void event(struct token *t, const char *action)
{
	sysfs_event(((struct node *)t->node)->phys, action);
}

static json_t *nodes(const struct token *t)
{
	const struct node *n = t->node;
	g_autofree char *path = sysfs_hidraw_path(n->phys);

	return json_pack("{s:s?, s:n, s:n, s:n}", "hidraw", path,
			 "otp_hidraw", "usb", "devpath");
}

const struct transport uhid_transport = {
	.name = "uhid",
	.open = uhid_open,
	.close = uhid_close,
	.add = add,
	.remove = take_away,
	.attach = attach,
	.detach = detach,
	.send = send_reports,
	.drained = drained,
	.permission = permission,
	.event = event,
	.nodes = nodes,
};
