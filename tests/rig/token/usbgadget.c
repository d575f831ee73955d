/* Control transfers: USB 2.0 section 9.4, HID 1.11 section 7.2. */
#include "usbgadget.h"

#include "otp.h"
#include "usbdesc.h"

#include <string.h>

struct request {
	unsigned value, index, length;
	const uint8_t *out;
	size_t n;
};

enum { DEVICE = 1, CONFIGURATION = 2, STRING = 3, HID = 0x21, REPORT = 0x22 };
enum { OUTPUT = 2, FEATURE = 3 };

static int put_string(const struct token *t, unsigned index, GByteArray *in)
{
	static const uint8_t languages[] = { 4, STRING, 0x09, 0x04 };
	g_autofree char *s = usb_string(t, index);
	g_autofree gunichar2 *wide = NULL;
	glong n = 0;

	if (!index) {
		put(in, languages, sizeof languages);
		return 0;
	}
	wide = s ? g_utf8_to_utf16(s, -1, NULL, &n, NULL) : NULL;
	if (!wide)
		return -1;
	n = MIN(n, 126);
	put8(in, (unsigned)(2 + 2 * n));
	put8(in, STRING);
	for (glong i = 0; i < n; i++) {
		put8(in, wide[i] & 0xff);
		put8(in, wide[i] >> 8);
	}
	return 0;
}

static int get_descriptor(struct token *t, const struct request *r,
			  GByteArray *in)
{
	switch (r->value >> 8) {
	case DEVICE:
		usb_device_descriptor(t, in);
		return 0;
	case CONFIGURATION:
		usb_configuration(t, in);
		return 0;
	case STRING:
		return put_string(t, r->value & 0xff, in);
	}
	return -1;
}

static int get_hid_descriptor(struct token *t, const struct request *r,
			      GByteArray *in)
{
	if (r->value >> 8 != REPORT)
		return -1;
	if ((int)r->index == usb_keyboard_interface(t))
		put(in, keyboard_descriptor, KEYBOARD_DESCRIPTOR);
	else if ((int)r->index == usb_fido_interface(t))
		put(in, fido_descriptor, FIDO_DESCRIPTOR);
	return in->len ? 0 : -1;
}

static int get_report(struct token *t, const struct request *r, GByteArray *in)
{
	uint8_t report[KEYBOARD_REPORT];

	if ((int)r->index != usb_keyboard_interface(t) ||
	    r->value >> 8 != FEATURE)
		return -1;
	otp_get_report(t, report);
	put(in, report, sizeof report);
	return 0;
}

static int set_report(struct token *t, const struct request *r, GByteArray *in)
{
	(void)in;
	if ((int)r->index != usb_keyboard_interface(t))
		return -1;
	if (r->value >> 8 == OUTPUT)	/* the keyboard's lights */
		return 0;
	if (r->value >> 8 != FEATURE || r->n != KEYBOARD_REPORT)
		return -1;
	otp_set_report(t, r->out);
	return 0;
}

static int accept(struct token *t, const struct request *r, GByteArray *in)
{
	(void)t, (void)r, (void)in;
	return 0;
}

static int zeros(struct token *t, const struct request *r, GByteArray *in)
{
	static const uint8_t zero[2];

	(void)t;
	put(in, zero, MIN(r->length, sizeof zero));
	return 0;
}

static int one(struct token *t, const struct request *r, GByteArray *in)
{
	(void)t, (void)r;
	put8(in, 1);
	return 0;
}

static const struct {
	uint8_t type, request;
	int (*serve)(struct token *t, const struct request *r, GByteArray *in);
} requests[] = {
	{ 0x80, 0x06, get_descriptor },
	{ 0x81, 0x06, get_hid_descriptor },
	{ 0xa1, 0x01, get_report },
	{ 0x21, 0x09, set_report },
	{ 0x80, 0x00, zeros },		/* GET_STATUS of device, interface, */
	{ 0x81, 0x00, zeros },
	{ 0x82, 0x00, zeros },		/* endpoint */
	{ 0x80, 0x08, one },		/* GET_CONFIGURATION */
	{ 0x81, 0x0a, zeros },		/* GET_INTERFACE */
	{ 0x00, 0x09, accept },		/* SET_CONFIGURATION */
	{ 0x01, 0x0b, accept },		/* SET_INTERFACE */
	{ 0x00, 0x01, accept },		/* CLEAR_FEATURE: remote wake-up, */
	{ 0x02, 0x01, accept },		/* halt */
	{ 0x00, 0x03, accept },		/* SET_FEATURE */
	{ 0x21, 0x0a, accept },		/* HID: SET_IDLE */
	{ 0x21, 0x0b, accept },		/* SET_PROTOCOL */
	{ 0xa1, 0x02, zeros },		/* GET_IDLE */
	{ 0xa1, 0x03, one },		/* GET_PROTOCOL: reports */
	{ 0x21, 0x01, accept },		/* CCID: ABORT */
};

int usbgadget_control(struct token *t, const uint8_t s[8], const uint8_t *out,
		      size_t n, GByteArray *in)
{
	const struct request r = {
		.value = s[2] | (unsigned)s[3] << 8,
		.index = s[4] | (unsigned)s[5] << 8,
		.length = s[6] | (unsigned)s[7] << 8,
		.out = out, .n = n
	};

	for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
		if (requests[i].type == s[0] && requests[i].request == s[1])
			return requests[i].serve(t, &r, in);
	return -1;
}
