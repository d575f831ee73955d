/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping files of pam_u2f (its man page, and what pamu2fcfg writes):
 *
 *   USER:HANDLE,KEY,TYPE,OPTIONS[:HANDLE,KEY,TYPE,OPTIONS...]
 *
 * HANDLE is the credential's id in base64, or `*` for one that is resident;
 * KEY the bare numbers of the key in base64; OPTIONS +presence, +verification
 * and +pin, one behind the other. The form of before 1.1, HANDLE,KEY, has the
 * handle in base64url and the key as an uncompressed point in hex. Pure.
 */
#ifndef BRIDGE_LOCAL_U2F_KEYS_H
#define BRIDGE_LOCAL_U2F_KEYS_H

#include "bridge/login/user.h"

#define U2F_BYTES_MAX 1024 /* as much as login.db takes */
#define U2F_KEY_MAX 512
#define U2F_KEYS_MAX 4096

struct u2f_key {
	size_t line, byte;         /* where it stands, from 1 */
	char user[LOCAL_USER_LEN]; /* as it is spelled */
	bool is_old;               /* is asked for by the appid */
	bool is_resident;          /* its id is not written down */
	unsigned char id[U2F_BYTES_MAX];
	size_t id_n;               /* 0: resident */
	unsigned char key[U2F_KEY_MAX]; /* COSE_Key */
	size_t key_n;
	int alg;
	bool verify;               /* +verification, +pin */
};

struct u2f_keys {
	struct u2f_key *p; /* owned; those of one line one behind the other */
	size_t n;
};

void u2f_keys_done(struct u2f_keys *keys);

/*
 * ERROR_MALFORMED and ERROR_UNSUPPORTED name line and byte. A user who has two
 * lines is the former: pam_u2f takes the last one alone, and nobody can say
 * whether that was meant. *ret is empty before; on failure it is still.
 */
int u2f_keys_parse(const char *p, size_t n, struct u2f_keys *ret,
	struct error *err);

#endif
