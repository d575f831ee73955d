/*
 * USB/IP, the device's end (Documentation/usb/usbip_protocol.rst in the
 * kernel's tree): transfers come in as messages on a socket, whose other end
 * is vhci_hcd's.
 */
#ifndef TOKEN_USBIP_H
#define TOKEN_USBIP_H

#include "bytes.h"

struct usbip;

struct usbip_device {
	/* a control transfer: 0, with what the host reads put into in, or
	 * -1, which stalls it */
	int (*control)(void *arg, const uint8_t setup[8], const uint8_t *out,
		       size_t n, GByteArray *in);
	/* how many ms an OUT transfer takes, which its writer waits for */
	unsigned (*out_ms)(void *arg, unsigned endpoint);
	/* an OUT transfer, which has ended */
	void (*out)(void *arg, unsigned endpoint, const uint8_t *p, size_t n);
	/* the host has hung up */
	void (*gone)(void *arg);
};

/* Takes over fd. */
struct usbip *usbip_new(int fd, const struct usbip_device *device, void *arg);
/* NULL is allowed. The host sees the device vanish. */
void usbip_free(struct usbip *u);
/* Announces an IN endpoint (by its address). A forgetful one drops what
 * nobody listens for, others keep it; an endpoint that was not announced
 * stalls. */
void usbip_endpoint(struct usbip *u, unsigned address, bool forgetful);
/* One message by an IN endpoint, now or when the host asks for it. */
void usbip_send(struct usbip *u, unsigned address, const uint8_t *p,
		size_t n);
/* Has the host taken all messages of this endpoint? */
bool usbip_taken(const struct usbip *u, unsigned address);

#endif
