/* Enterprise attestation: a leaf of the token's own, with its serial. */
#include "att.h"
#include "cert.h"

void token_enterprise_leaf(struct token *t, uint8_t d[32], GByteArray *leaf)
{
	g_autoptr(GByteArray) chain = g_byte_array_new();
	g_autoptr(GByteArray) serial = g_byte_array_new();
	g_autoptr(GByteArray) rsa = g_byte_array_new();
	g_autofree char *file = g_strdup_printf("ep-%s-%u", t->p.name,
						t->serial);
	g_autofree char *cn = g_strdup_printf("Soft token (Serial=%u)",
					      t->serial);
	struct leaf l = {
		.org = t->p.manufacturer, .cn = cn, .file = file,
		.aaguid = t->aaguid, .fw = t->p.fw_ext ? t->p.fw : NULL,
		.device_id = t->p.device_id, .serial = serial
	};

	put32(serial, t->serial);
	/* without its CA's key a token has only the batch's leaf to show */
	cert_leaf(t->ca, &l, d, rsa, leaf, chain);
}
