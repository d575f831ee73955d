/* USB and HID descriptors. */
#include "usbdesc.h"

const uint8_t fido_descriptor[FIDO_DESCRIPTOR] = {
	0x06, 0xd0, 0xf1,	/* usage page: FIDO */
	0x09, 0x01,		/* usage: U2F/CTAPHID */
	0xa1, 0x01,
	0x09, 0x20, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40,
	0x81, 0x02,		/* input, 64 bytes */
	0x09, 0x21, 0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08, 0x95, 0x40,
	0x91, 0x02,		/* output, 64 bytes */
	0xc0
};

const uint8_t keyboard_descriptor[KEYBOARD_DESCRIPTOR] = {
	0x05, 0x01, 0x09, 0x06, 0xa1, 0x01, 0x05, 0x07, 0x19, 0xe0, 0x29,
	0xe7, 0x15, 0x00, 0x25, 0x01, 0x75, 0x01, 0x95, 0x08, 0x81, 0x02,
	0x95, 0x01, 0x75, 0x08, 0x81, 0x01, 0x95, 0x05, 0x75, 0x01, 0x05,
	0x08, 0x19, 0x01, 0x29, 0x05, 0x91, 0x02, 0x95, 0x01, 0x75, 0x03,
	0x91, 0x01, 0x95, 0x06, 0x75, 0x08, 0x15, 0x00, 0x25, 0x65, 0x05,
	0x07, 0x19, 0x00, 0x29, 0x65, 0x81, 0x00,
	0x09, 0x03, 0x75, 0x08, 0x95, 0x08, 0xb1, 0x02,	/* 8, feature */
	0xc0
};

int usb_keyboard_interface(const struct token *t)
{
	return t->p.otp ? 0 : -1;
}

int usb_fido_interface(const struct token *t)
{
	return t->p.otp ? 1 : 0;
}

int usb_ccid_interface(const struct token *t)
{
	return t->p.ccid ? usb_fido_interface(t) + 1 : -1;
}

unsigned usb_interfaces(const struct token *t)
{
	return 1u + t->p.otp + t->p.ccid;
}

static void put_interface(GByteArray *b, int n, unsigned endpoints,
			  unsigned class, unsigned sub, unsigned protocol)
{
	const uint8_t d[] = { 9, 4, (uint8_t)n, 0, (uint8_t)endpoints,
			      (uint8_t)class, (uint8_t)sub, (uint8_t)protocol,
			      0 };

	put(b, d, sizeof d);
}

static void put_hid(GByteArray *b, size_t report)
{
	const uint8_t d[] = { 9, 0x21, 0x10, 1, 0, 1, 0x22, (uint8_t)report,
			      (uint8_t)(report >> 8) };

	put(b, d, sizeof d);
}

static void put_endpoint(GByteArray *b, unsigned address, unsigned type,
			 unsigned size, unsigned interval)
{
	const uint8_t d[] = { 7, 5, (uint8_t)address, (uint8_t)type,
			      (uint8_t)size, (uint8_t)(size >> 8),
			      (uint8_t)interval };

	put(b, d, sizeof d);
}

/* CCID 1.1 section 5.1; the values of a YubiKey 5 */
static void put_ccid(GByteArray *b)
{
	static const uint8_t d[] = {
		54, 0x21, 0x00, 0x01,
		0,			/* bMaxSlotIndex */
		7,			/* 5 V, 3 V, 1.8 V */
		2, 0, 0, 0,		/* T=1 */
		0xa0, 0x0f, 0, 0, 0xa0, 0x0f, 0, 0, 0,	/* 4 MHz */
		0x00, 0xb0, 0x04, 0, 0x00, 0xb0, 0x04, 0, 0,	/* bit/s */
		0xf6, 0x0b, 0, 0,	/* dwMaxIFSD */
		0, 0, 0, 0, 0, 0, 0, 0,
		0xfe, 0x00, 0x04, 0,	/* all automatic, extended APDUs */
		CCID_MESSAGE_MAX & 0xff, CCID_MESSAGE_MAX >> 8, 0, 0,
		0xff, 0xff, 0, 0, 0, 1
	};

	G_STATIC_ASSERT(sizeof d == 54);
	put(b, d, sizeof d);
}

void usb_device_descriptor(const struct token *t, GByteArray *out)
{
	const struct profile *p = &t->p;
	const uint8_t d[] = {
		18, 1, 0, 2, 0, 0, 0, 64, (uint8_t)p->vid,
		(uint8_t)(p->vid >> 8), (uint8_t)p->pid,
		(uint8_t)(p->pid >> 8),
		(uint8_t)(p->fw[1] << 4 | (p->fw[2] & 15)), p->fw[0], 1, 2,
		t->usb_serial ? 3 : 0, 1
	};

	put(out, d, sizeof d);
}

void usb_configuration(const struct token *t, GByteArray *out)
{
	g_autoptr(GByteArray) c = g_byte_array_new();
	uint8_t head[] = { 9, 2, 0, 0, (uint8_t)usb_interfaces(t), 1, 0, 0x80,
			   15 };

	if (t->p.otp) {
		put_interface(c, usb_keyboard_interface(t), 1, 3, 1, 1);
		put_hid(c, sizeof keyboard_descriptor);
		put_endpoint(c, EP_KEYBOARD_IN, 3, KEYBOARD_REPORT, 10);
	}
	put_interface(c, usb_fido_interface(t), 2, 3, 0, 0);
	put_hid(c, sizeof fido_descriptor);
	put_endpoint(c, EP_FIDO_OUT, 3, 64, 2);
	put_endpoint(c, EP_FIDO_IN, 3, 64, 2);
	if (t->p.ccid) {
		put_interface(c, usb_ccid_interface(t), 3, 0x0b, 0, 0);
		put_ccid(c);
		put_endpoint(c, EP_CCID_OUT, 2, 64, 0);
		put_endpoint(c, EP_CCID_IN, 2, 64, 0);
		put_endpoint(c, EP_CCID_EVENT, 3, 8, 32);
	}
	head[2] = (uint8_t)(c->len + sizeof head);
	head[3] = (uint8_t)((c->len + sizeof head) >> 8);
	put(out, head, sizeof head);
	put(out, c->data, c->len);
}

char *usb_string(const struct token *t, unsigned index)
{
	switch (index) {
	case 1: return g_strdup(t->p.manufacturer);
	case 2: return g_strdup(t->p.product);
	case 3: return t->usb_serial ? g_strdup_printf("%08X", t->serial) :
				       NULL;
	}
	return NULL;
}
