/*
 * The vhci transport: each token is a USB device of the kernel's virtual host
 * controller. One end of a socket pair is handed to vhci_hcd, which sends USB
 * transfers over it; no network and no other program is involved.
 */
#include "ctaphid.h"
#include "transport.h"
#include "sysfs.h"
#include "usbccid.h"
#include "usbdesc.h"
#include "usbgadget.h"
#include "usbip.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROLLER "platform/vhci_hcd.0"
#define VHCI "/sys/devices/" CONTROLLER

enum { PORT_FREE = 4, FULL_SPEED = 2 };

/* how long a replug waits for the port that the token had */
#define RETRY_MS 10
#define RETRIES 100

struct node {
	int port;			/* of the controller; -1: none yet */
	unsigned tries;
	guint retry;
	struct usbip *usb;		/* NULL: not attached */
	struct usbccid *ccid;
};

/* the number of the bus for keys that are not SuperSpeed */
static int bus;

static bool vhci_open(void)
{
	g_autoptr(GDir) d = g_dir_open(VHCI, 0, NULL);
	const char *name;

	while (d && (name = g_dir_read_name(d))) {
		g_autofree char *folder = g_build_filename(VHCI, name, NULL);
		g_autofree char *speed = sysfs_read(folder, "speed");

		if (g_str_has_prefix(name, "usb") && speed &&
		    !strcmp(speed, "480"))
			sscanf(name, "usb%d", &bus);
	}
	if (!bus)
		fprintf(stderr, "softtoken: no " VHCI ": is the module "
			"vhci_hcd loaded?\n");
	return bus;
}

static void vhci_close(void)
{
}

/* --- ports ------------------------------------------------------------- */

/* a device of the port below /sys/devices */
static char *device_path(int port)
{
	return g_strdup_printf(CONTROLLER "/usb%d/%d-%d", bus, bus, port + 1);
}

static char *hid_phys(const struct node *n, int interface)
{
	return g_strdup_printf("usb-vhci_hcd.0-%d/input%d", n->port + 1,
			       interface);
}

/* the device that was there has gone too: a new one would be taken for it */
static bool is_deserted(int port)
{
	g_autofree char *path = device_path(port);
	g_autofree char *full = g_strconcat("/sys/devices/", path, NULL);

	return access(full, F_OK);
}

/* The port the token had, if it may be used; any else if there was none or
 * it is not given back. -1: none. */
static int choose_port(const struct node *n)
{
	g_autofree char *text = sysfs_read(VHCI, "status");
	g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
	bool any = n->port < 0 || n->tries > RETRIES;
	unsigned port, state;

	for (size_t i = 0; lines[i]; i++)
		if (sscanf(lines[i], "hs %u %u", &port, &state) == 2 &&
		    state == PORT_FREE && (any || (int)port == n->port) &&
		    is_deserted((int)port))
			return (int)port;
	return -1;
}

/* --- the device -------------------------------------------------------- */

static int control(void *arg, const uint8_t setup[8], const uint8_t *out,
		   size_t n, GByteArray *in)
{
	return usbgadget_control(arg, setup, out, n, in);
}

static unsigned out_ms(void *arg, unsigned endpoint)
{
	const struct token *t = arg;

	return endpoint == EP_FIDO_OUT ? t->report_ms : 0;
}

/* it took its time already */
static void out(void *arg, unsigned endpoint, const uint8_t *p, size_t size)
{
	struct token *t = arg;
	struct node *n = t->node;

	if (endpoint == EP_FIDO_OUT && size == HID_REPORT)
		ctaphid_report(t->hid, p);
	else if (endpoint == EP_CCID_OUT && n->ccid)
		usbccid_out(n->ccid, p, size);
}

static gboolean unplug(void *arg)
{
	transport_unplug(arg);
	return G_SOURCE_REMOVE;
}

static void gone(void *arg)
{
	g_idle_add(unplug, arg);
}

static void send_message(struct token *t, unsigned endpoint, const uint8_t *p,
			 size_t size)
{
	usbip_send(((struct node *)t->node)->usb, endpoint, p, size);
}

static void send_reports(struct token *t, const uint8_t *p, size_t size)
{
	for (; size; p += HID_REPORT, size -= HID_REPORT)
		send_message(t, EP_FIDO_IN, p, HID_REPORT);
}

static bool drained(struct token *t)
{
	return usbip_taken(((struct node *)t->node)->usb, EP_FIDO_IN);
}

static bool hand_over(int fd, int port)
{
	g_autofree char *order = g_strdup_printf("%d %d %d %d", port, fd,
						 0x10000 | (port + 2),
						 FULL_SPEED);

	return sysfs_write(VHCI "/attach", order);
}

static bool connect_port(struct token *t, int port)
{
	static const struct usbip_device device = { control, out_ms, out, gone };
	struct node *n = t->node;
	int pair[2];
	bool taken;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		g_error("socketpair: %s", g_strerror(errno));
	taken = hand_over(pair[1], port);
	close(pair[1]);
	if (!taken) {
		close(pair[0]);
		return false;
	}
	n->port = port;
	n->usb = usbip_new(pair[0], &device, t);
	usbip_endpoint(n->usb, EP_FIDO_IN, true);
	if (t->p.otp)
		usbip_endpoint(n->usb, EP_KEYBOARD_IN, true);
	if (t->p.ccid) {
		usbip_endpoint(n->usb, EP_CCID_IN, false);
		usbip_endpoint(n->usb, EP_CCID_EVENT, true);
	}
	return true;
}

/* The kernel takes a device away in its own time, even where it had it on
 * the same port before: try until there is a place. */
static gboolean try_attach(void *arg)
{
	struct token *t = arg;
	struct node *n = t->node;
	int port = choose_port(n);

	n->tries++;
	if (port < 0 || !connect_port(t, port))
		return G_SOURCE_CONTINUE;
	n->retry = 0;
	return G_SOURCE_REMOVE;
}

/* --- the transport ---------------------------------------------------------- */

static void add(struct token *t)
{
	struct node *n = g_new0(struct node, 1);

	n->port = -1;
	t->node = n;
	if (t->p.ccid)
		n->ccid = usbccid_new(t, send_message);
}

static void take_away(struct token *t)
{
	g_free(t->node);
	t->node = NULL;
}

static void attach(struct token *t)
{
	struct node *n = t->node;

	n->tries = 0;
	if (try_attach(t) == G_SOURCE_CONTINUE)
		n->retry = g_timeout_add(RETRY_MS, try_attach, t);
}

static void detach(struct token *t)
{
	struct node *n = t->node;

	if (n->retry)
		g_source_remove(n->retry);
	n->retry = 0;
	usbip_free(n->usb);
	n->usb = NULL;
}

static bool permission(struct token *t, const char *mode)
{
	g_autofree char *phys = hid_phys(t->node, usb_fido_interface(t));

	return sysfs_permission(phys, mode);
}

static void event(struct token *t, const char *action)
{
	g_autofree char *fido = hid_phys(t->node, usb_fido_interface(t));
	g_autofree char *otp = hid_phys(t->node, usb_keyboard_interface(t));

	sysfs_event(fido, action);
	sysfs_event(otp, action);
}

/* "/dev/bus/usb/001/002" of a device below /sys/devices, or NULL */
static char *usb_node(const char *device)
{
	g_autofree char *folder = g_strconcat("/sys/devices/", device, NULL);
	g_autofree char *busnum = sysfs_read(folder, "busnum");
	g_autofree char *devnum = sysfs_read(folder, "devnum");

	if (!busnum || !devnum)
		return NULL;
	return g_strdup_printf("/dev/bus/usb/%03d/%03d", atoi(busnum),
			       atoi(devnum));
}

static json_t *nodes(const struct token *t)
{
	const struct node *n = t->node;
	g_autofree char *fido_phys = hid_phys(n, usb_fido_interface(t));
	g_autofree char *otp_phys = hid_phys(n, usb_keyboard_interface(t));
	g_autofree char *device = device_path(n->port);
	g_autofree char *fido = n->usb ? sysfs_hidraw_path(fido_phys) : NULL;
	g_autofree char *otp = n->usb ? sysfs_hidraw_path(otp_phys) : NULL;
	g_autofree char *usb = n->usb ? usb_node(device) : NULL;

	return json_pack("{s:s?, s:s?, s:s?, s:s?}", "hidraw", fido,
			 "otp_hidraw", otp, "usb", usb, "devpath",
			 usb ? device : NULL);
}

const struct transport vhci_transport = {
	.name = "vhci",
	.open = vhci_open,
	.close = vhci_close,
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
