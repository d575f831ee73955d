/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as the file of signature counters: refused, or a counter that is
 * written comes back and one that falls is not granted.
 */
#include "bridge/login/counter.h"
#include "bridge/login/judge.h"

#include "tests/fuzz/scratch.h"

#define FILE_ID "00112233445566778899aabbccddeeff"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void require(bool good)
{
	if (!good)
		abort();
}

static void log_in(const char *path, uint32_t slot)
{
	struct counters c = COUNTERS_INIT;
	struct login_credential who = { .id = "a", .id_n = 1, .slot = slot };
	uint32_t before, after;
	bool unsaved = false;
	struct error err;

	if (counters_open(&c, path, FILE_ID, NULL) < 0) {
		require(c.fd == -1);
		return;
	}
	if (counters_read(&c, slot, "a", 1, &before, NULL) < 0) {
		require(login_judge_counter(&c, &who, UINT32_MAX, 0, &unsaved,
			&err) == LOGIN_NO_RECORD);
	} else {
		require(login_judge_counter(&c, &who, before, 0, &unsaved,
			&err) == (before ? LOGIN_COUNTER : LOGIN_GRANTED));
		if (before < UINT32_MAX)
			require(login_judge_counter(&c, &who, before + 1, 0,
				&unsaved, &err) == LOGIN_GRANTED &&
				counters_read(&c, slot, "a", 1, &after,
					NULL) == 0 && after == before + 1);
		require(login_judge_counter(&c, &who, before, 0, &unsaved,
			&err) == LOGIN_COUNTER || before == UINT32_MAX);
	}
	require(!unsaved);
	counters_done(&c);
}

static void publish(const char *path)
{
	struct counters c = COUNTERS_INIT;
	char id[COUNTER_ID_LEN] = FILE_ID;
	uint32_t slot, counter;

	if (counters_make(&c, path, id, NULL) < 0) {
		require(c.fd == -1 && !c.keys);
		return;
	}
	require(strlen(id) == 32);
	require(counters_slot(&c, "new", 3, 9, &slot, NULL) == 0);
	require(slot < c.slots);
	require(counters_read(&c, slot, "new", 3, &counter, NULL) == 0 &&
		counter == 9);
	counters_done(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const char *path = scratch_file(p, n);
	uint32_t slot;

	for (slot = 0; slot < 3; slot++)
		log_in(path, slot);
	publish(path);
	return 0;
}
