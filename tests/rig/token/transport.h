/*
 * A transport is a way in which programs meet the tokens: umockdev's testbed
 * (udev.c), or the kernel's own devices through /dev/uhid (uhid.c) or
 * vhci_hcd (vhci.c). The transport_ functions do what is the same for all.
 */
#ifndef TOKEN_TRANSPORT_H
#define TOKEN_TRANSPORT_H

#include "token.h"

struct transport {
	const char *name;
	bool preload;		/* umockdev's library, in this process too */
	bool (*open)(void);	/* false after a line on stderr */
	void (*close)(void);
	/* what programs need to know, into the ready line */
	void (*ready)(json_t *line);
	/* give the token its place; it is not plugged in yet */
	void (*add)(struct token *t);
	void (*remove)(struct token *t);
	void (*attach)(struct token *t);
	void (*detach)(struct token *t);
	/* reports to whoever has the FIDO node open, else to nobody */
	void (*send)(struct token *t, const uint8_t *p, size_t n);
	/* has the host read what was sent? */
	bool (*drained)(struct token *t);
	bool (*permission)(struct token *t, const char *mode);
	void (*event)(struct token *t, const char *action);
	/* hidraw, otp_hidraw, usb, devpath: paths, null where there is none */
	json_t *(*nodes)(const struct token *t);
};

extern const struct transport umockdev_transport, uhid_transport, vhci_transport;

/* NULL when there is no such transport */
const struct transport *transport_find(const char *name);

void transport_add(const struct transport *d, struct token *t);
void transport_remove(struct token *t);
/* False when it was already so. Both power the token and its card. */
bool transport_plug(struct token *t);
bool transport_unplug(struct token *t);
/* "ok", an octal mode, or what else the transport knows */
bool transport_permission(struct token *t, const char *mode);
/* A named event ("change") for the token's hidraw nodes. */
void transport_event(struct token *t, const char *action);
/* A report of 64 bytes from the host, for the transports. */
void transport_report(struct token *t, const uint8_t *report);
/* for the ready line and "stats"; the caller decrefs */
json_t *transport_describe(const struct token *t);

#endif
