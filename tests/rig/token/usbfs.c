/* The raw USB node. */
#include "usbfs.h"

#include "hidraw.h"
#include "otp.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <linux/usbdevice_fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

struct usbfs {
	struct token *t;
	UMockdevTestbed *bed;
	char *dev, *path;
	UMockdevIoctlBase *io;
	GQueue done;			/* URBs to reap */
	bool detached;			/* usbhid, from the keyboard */
	bool gone;
};

/* --- transfers --------------------------------------------------------- */

enum { GET_REPORT = 1, SET_REPORT = 9, FEATURE = 3 };

/* a control transfer: 8 bytes of setup, then the data; length or -errno */
static long control(struct usbfs *u, UMockdevIoctlData *buffer, size_t n)
{
	const uint8_t *s = buffer->data;
	uint8_t r[8];

	if (n < 8 || !u->t->p.otp || s[4] != 0)
		return -EPIPE;
	if (s[0] == 0x21 && s[1] == SET_REPORT && s[3] == FEATURE && n >= 16) {
		otp_set_report(u->t, s + 8);
		return 8;
	}
	if (s[0] == 0xa1 && s[1] == GET_REPORT && s[3] == FEATURE && n >= 16) {
		otp_get_report(u->t, r);
		umockdev_ioctl_data_update(buffer, 8, r, sizeof r);
		return 8;
	}
	return -EPIPE;
}

static long submit(struct usbfs *u, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *urb, *buffer;
	struct usbdevfs_urb *v;
	size_t at = offsetof(struct usbdevfs_urb, buffer);
	gint status = 0, length = 0;
	long r;

	urb = umockdev_ioctl_data_resolve(arg, 0, sizeof *v, NULL);
	if (!urb)
		return -EFAULT;
	v = (struct usbdevfs_urb *)urb->data;
	buffer = umockdev_ioctl_data_resolve(urb, at,
					     (size_t)v->buffer_length, NULL);
	r = buffer && v->type == USBDEVFS_URB_TYPE_CONTROL ?
	    control(u, buffer, (size_t)v->buffer_length) : -EPIPE;
	if (r < 0)
		status = (gint)r;
	else
		length = (gint)r;
	umockdev_ioctl_data_update(urb, offsetof(struct usbdevfs_urb, status),
				   (guint8 *)&status, sizeof status);
	umockdev_ioctl_data_update(urb, offsetof(struct usbdevfs_urb,
						 actual_length),
				   (guint8 *)&length, sizeof length);
	if (buffer)
		umockdev_ioctl_data_unref(buffer);
	g_queue_push_tail(&u->done, urb);
	return 0;
}

static long reap(struct usbfs *u, UMockdevIoctlData *arg)
{
	UMockdevIoctlData *urb = g_queue_pop_head(&u->done), *where;

	if (!urb)
		return -EAGAIN;
	where = umockdev_ioctl_data_resolve(arg, 0, sizeof(void *), NULL);
	umockdev_ioctl_data_set_ptr(where, 0, urb);
	umockdev_ioctl_data_unref(where);
	umockdev_ioctl_data_unref(urb);
	return 0;
}

static long get_driver(struct usbfs *u, UMockdevIoctlData *arg)
{
	struct usbdevfs_getdriver g = { 0 };
	UMockdevIoctlData *d;

	d = umockdev_ioctl_data_resolve(arg, 0, sizeof g, NULL);
	if (!d)
		return -EFAULT;
	memcpy(&g, d->data, sizeof g);
	if (u->detached && g.interface == 0) {
		umockdev_ioctl_data_unref(d);
		return -ENODATA;
	}
	g_strlcpy(g.driver, "usbhid", sizeof g.driver);
	umockdev_ioctl_data_update(d, 0, (guint8 *)&g, sizeof g);
	umockdev_ioctl_data_unref(d);
	return 0;
}

static long driver_ioctl(struct usbfs *u, UMockdevIoctlData *arg)
{
	struct usbdevfs_ioctl i;
	UMockdevIoctlData *d;

	d = umockdev_ioctl_data_resolve(arg, 0, sizeof i, NULL);
	if (!d)
		return -EFAULT;
	memcpy(&i, d->data, sizeof i);
	umockdev_ioctl_data_unref(d);
	if (i.ifno == 0)
		u->detached = (unsigned)i.ioctl_code == USBDEVFS_DISCONNECT;
	return 0;
}

static long capabilities(UMockdevIoctlData *arg)
{
	guint32 caps = USBDEVFS_CAP_ZERO_PACKET | USBDEVFS_CAP_BULK_SCATTER_GATHER
		       | USBDEVFS_CAP_NO_PACKET_SIZE_LIM;
	UMockdevIoctlData *d;

	d = umockdev_ioctl_data_resolve(arg, 0, sizeof caps, NULL);
	if (!d)
		return -EFAULT;
	umockdev_ioctl_data_update(d, 0, (guint8 *)&caps, sizeof caps);
	umockdev_ioctl_data_unref(d);
	return 0;
}

static long ioctl_result(struct usbfs *u, UMockdevIoctlClient *c)
{
	unsigned request = (unsigned)umockdev_ioctl_client_get_request(c);
	UMockdevIoctlData *arg = umockdev_ioctl_client_get_arg(c);

	if (_IOC_TYPE(request) != 'U')
		return -ENOTTY;
	if (u->gone)
		return -ENODEV;
	switch (_IOC_NR(request)) {
	case _IOC_NR(USBDEVFS_GET_CAPABILITIES): return capabilities(arg);
	case _IOC_NR(USBDEVFS_CLAIMINTERFACE):
	case _IOC_NR(USBDEVFS_RELEASEINTERFACE):
	case _IOC_NR(USBDEVFS_SETCONFIGURATION):
	case _IOC_NR(USBDEVFS_SETINTERFACE):
	case _IOC_NR(USBDEVFS_DISCARDURB): return 0;
	case _IOC_NR(USBDEVFS_GETDRIVER): return get_driver(u, arg);
	case _IOC_NR(USBDEVFS_IOCTL): return driver_ioctl(u, arg);
	case _IOC_NR(USBDEVFS_DISCONNECT_CLAIM):
		u->detached = true;
		return 0;
	case _IOC_NR(USBDEVFS_SUBMITURB): return submit(u, arg);
	case _IOC_NR(USBDEVFS_REAPURB):
	case _IOC_NR(USBDEVFS_REAPURBNDELAY): return reap(u, arg);
	}
	return -ENOTTY;
}

static gboolean on_ioctl(UMockdevIoctlBase *io, UMockdevIoctlClient *c,
			 void *arg)
{
	long r;

	(void)io;
	world_lock();
	r = ioctl_result(arg, c);
	world_unlock();
	umockdev_ioctl_client_complete(c, r < 0 ? -1 : r,
				       r < 0 ? (int)-r : 0);
	return TRUE;
}

/* --- life -------------------------------------------------------------- */

struct usbfs *usbfs_new(struct token *t, UMockdevTestbed *bed,
			const char *dev)
{
	g_autofree char *root = umockdev_testbed_get_root_dir(bed);
	g_autofree char *socket = g_strconcat(root, "/ioctl", dev, NULL);
	struct usbfs *u = g_new0(struct usbfs, 1);
	g_autofree char *folder = NULL;

	u->t = t;
	u->bed = bed;
	u->dev = g_strdup(dev);
	u->path = g_strconcat(root, dev, NULL);
	g_queue_init(&u->done);
	folder = g_path_get_dirname(u->path);
	g_mkdir_with_parents(folder, 0755);
	u->io = umockdev_ioctl_base_new();
	g_signal_connect(u->io, "handle-ioctl", G_CALLBACK(on_ioctl), u);
	unlink(socket);
	umockdev_testbed_attach_ioctl(bed, dev, u->io, NULL);
	chmod(socket, 0666);
	/* last, as in hidraw.c. libusb polls the node and then reaps: a
	 * regular file is always ready, which is right, since transfers end at
	 * once */
	g_file_set_contents(u->path, "", 0, NULL);
	chmod(u->path, 0666);
	return u;
}

void usbfs_free(struct usbfs *u)
{
	if (!u)
		return;
	unlink(u->path);
	u->gone = true;
	umockdev_testbed_detach_ioctl(u->bed, u->dev, NULL);
	/* the struct stays: a client may still hold the node open */
}
