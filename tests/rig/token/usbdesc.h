/* What a token's USB interfaces are: descriptors, as its profile has them. */
#ifndef TOKEN_USBDESC_H
#define TOKEN_USBDESC_H

#include "token.h"

/* endpoint addresses */
enum {
	EP_KEYBOARD_IN = 0x81, EP_FIDO_OUT = 0x04, EP_FIDO_IN = 0x84,
	EP_CCID_OUT = 0x02, EP_CCID_IN = 0x82, EP_CCID_EVENT = 0x83
};

enum { KEYBOARD_REPORT = 8 };
/* dwMaxCCIDMessageLength */
enum { CCID_MESSAGE_MAX = 3072 };

enum { FIDO_DESCRIPTOR = 34, KEYBOARD_DESCRIPTOR = 71 };
extern const uint8_t fido_descriptor[FIDO_DESCRIPTOR];
extern const uint8_t keyboard_descriptor[KEYBOARD_DESCRIPTOR];

/* The number of the token's interface, or -1 when it has none of the kind. */
int usb_keyboard_interface(const struct token *t);
int usb_fido_interface(const struct token *t);
int usb_ccid_interface(const struct token *t);
unsigned usb_interfaces(const struct token *t);

void usb_device_descriptor(const struct token *t, GByteArray *out);
void usb_configuration(const struct token *t, GByteArray *out);
/* String index of the device descriptor: 1 manufacturer, 2 product, 3 serial
 * (only where the key tells it over USB). Caller frees; NULL: no such. */
char *usb_string(const struct token *t, unsigned index);

#endif
