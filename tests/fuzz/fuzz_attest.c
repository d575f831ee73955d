/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attestation object from anybody, judged with one anchor that the input
 * cannot have a key for: it must never be genuine.
 */
#include "token/attest.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

/* P-256, self-signed, its key thrown away. */
static const char anchor_pem[] =
	"-----BEGIN CERTIFICATE-----\n"
	"MIIBeDCCAR+gAwIBAgIUVYJ94pd0XVDN730OezvOLV5H0t4wCgYIKoZIzj0EAwIw\n"
	"ETEPMA0GA1UEAwwGQW5jaG9yMCAXDTI2MTEyMjAzNDQyMloYDzIwNjUwMzIyMDM0\n"
	"NDIyWjARMQ8wDQYDVQQDDAZBbmNob3IwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
	"AASvzDBD6skFR1fNHiQDH4xvttZNBGlTwb72qGgqh6Fj+BYAZYSZLFoVNyrldnq3\n"
	"QqW0nt0qJROWALLUffVcs40Vo1MwUTAdBgNVHQ4EFgQUvKFmjXovPU47+GsepIwN\n"
	"lZuzMxYwHwYDVR0jBBgwFoAUvKFmjXovPU47+GsepIwNlZuzMxYwDwYDVR0TAQH/\n"
	"BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB46mh5BGP19HVvk+anKkHswQ+XuBYh\n"
	"UsxFK34V3iI2fQIgRCvy4igAwEnjDWu73PDZg4ulqF18oTqYgYlOSC2k0TI=\n"
	"-----END CERTIFICATE-----\n";

static struct anchors anchors;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	BIO *bio = BIO_new_mem_buf(anchor_pem, -1);

	(void)argc;
	(void)argv;
	anchors.rows = calloc(1, sizeof(*anchors.rows));
	anchors.n = 1;
	if (!bio || !anchors.rows ||
		!(anchors.rows[0].cert = PEM_read_bio_X509(bio, NULL, NULL,
			NULL)))
		abort();
	BIO_free(bio);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct attest_facts facts;
	struct steps steps = { .n = 0 };
	struct attestation a;

	attestation_init(&a);
	attest_facts_init(&facts);
	if (attestation_parse_object(p, n, &a, NULL) == 0) {
		memcpy(a.rp_id, "tokenbridge:id", 15);
		buf_put_str(&a.client_data, "{}");
		attest_verify(&a, &anchors, 1767225600, &steps, &facts);
		if (facts.attested ||
			steps_verdict(&steps) == VERDICT_GENUINE)
			abort();
	}
	attest_facts_done(&facts);
	attestation_done(&a);
	return 0;
}
