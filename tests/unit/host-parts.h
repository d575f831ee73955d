/* SPDX-License-Identifier: Apache-2.0 */
/* A file for other hosts, as a station writes it; and a place for it. */
#ifndef TESTS_HOST_PARTS_H
#define TESTS_HOST_PARTS_H

#include "bridge/login/host/install.h"

#include "base/encode.h"
#include "bridge/hash/chain.h"
#include "bridge/login/counter.h"

#include "tests/unit/unit.h"

#define STATION "00112233445566778899aabbccddeeff"
#define OTHER "ffeeddccbbaa99887766554433221100"
#define TOKEN "aabbccdd00112233445566778899aabb"

static char place[64];

/* ---- what a station says ---- */

/* COSE_Key: the base point of P-256, which is on its curve. */
static const unsigned char key[] = {
	0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20,
	0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
	0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0,
	0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x22, 0x58, 0x20,
	0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a,
	0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce,
	0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
};

#define SSH_LINE "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc" \
	"2guY29tAAAAIGtra2tra2tra2tra2tra2tra2tra2tra2tra2tra2trAAAABHNzaDo="
/* As ssh-keygen -lf prints of that line. */
#define SSH_FINGERPRINT "SHA256:ZE5TabYjtY2XJ0X0n3sXJoaZOaALYBjvz7uVX3qLELg"

struct said {
	uint64_t generation;
	time_t made_at;
	const char *station;
	bool rehearsal;
	const char *users[4]; /* who log in; their credential is their name */
	bool ssh;             /* the first has an ssh key, too */
	uint32_t counter;
	const char *rp;       /* NULL: ours */
};

static void add_user(struct login_write *w, const struct said *s, size_t i)
{
	OK(login_write_credential(w, &(struct login_write_credential){
		.user = s->users[i],
		.token = TOKEN,
		.aaguid = i ? "" : OTHER,
		.id = (const unsigned char *)s->users[i],
		.id_n = strlen(s->users[i]),
		.public_key = key,
		.public_key_n = sizeof(key),
		.counter = s->counter,
		.verify_required = i == 1,
		.rp = s->rp ? s->rp : LOGIN_RP,
	}, &err));
}

static UNUSED void publish(const struct said *s, struct buf *ret)
{
	struct hostfile_info info = {
		.made_at = s->made_at,
		.generation = s->generation,
		.rehearsal = s->rehearsal,
	};
	struct login_write *w = NULL;
	size_t i;

	snprintf(info.station, sizeof(info.station), "%s", s->station);
	memset(info.head, 0x5a, sizeof(info.head));
	OK(login_write_new_apart(&w, "out", &err));
	for (i = 0; i < ARRAY_LEN(s->users) && s->users[i]; i++)
		add_user(w, s, i);
	if (s->ssh)
		OK(login_write_ssh_key(w, &(struct login_write_ssh_key){
			.user = s->users[0],
			.fingerprint = SSH_FINGERPRINT,
			.token = "",
			.line = SSH_LINE,
		}, &err));
	buf_init(ret, HOSTFILE_MAX);
	OK(hostfile_put(w, &info, ret, &err));
	login_write_free(&w);
}

static struct said plain(void)
{
	return (struct said){ .generation = 9, .made_at = 1700000000,
		.station = STATION, .users = { "alice", "bob" }, .ssh = true,
		.counter = 5 };
}

/* ---- a place of their own ---- */

static int set_up(void **state)
{
	(void)state;
	enter_place(place);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	leave_place(place);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
