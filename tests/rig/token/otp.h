/* The OTP application behind the keyboard's feature reports. */
#ifndef TOKEN_OTP_H
#define TOKEN_OTP_H

#include "token.h"

void otp_power_up(struct token *t);
/* One feature report to and from the key. */
void otp_set_report(struct token *t, const uint8_t r[8]);
void otp_get_report(struct token *t, uint8_t ret[8]);

#endif
