/* DeviceInfo: the TLVs of Yubico's READ_CONFIG, same for all interfaces. */
#ifndef TOKEN_DEVINFO_H
#define TOKEN_DEVINFO_H

#include "token.h"

enum devinfo_from { DEVINFO_FIDO, DEVINFO_CCID, DEVINFO_OTP };

/* length byte and TLVs of one page; later pages exist from firmware 5.7 */
void devinfo_page(struct token *t, unsigned page, enum devinfo_from from,
		  GByteArray *out);
/* the number an interface tells: which may be told to be false */
uint32_t devinfo_serial(struct token *t, enum devinfo_from from);

#endif
