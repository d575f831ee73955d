/* SPDX-License-Identifier: Apache-2.0 */
/* Heads as text. */
#include "bridge/registry/head.h"

#include "base/encode.h"
#include "base/text.h"
#include "bridge/event/event.h"

#include <stdio.h>
#include <string.h>
#include <syslog.h>

void registry_head_format(const struct registry_head *head,
	char ret[REGISTRY_HEAD_LEN])
{
	char hash[HEX_LEN(SHA256_LEN)];

	hex_encode(head->hash, SHA256_LEN, hash);
	snprintf(ret, REGISTRY_HEAD_LEN, "%s:%llu:%s", head->stream,
		(unsigned long long)head->seq, hash);
}

static int head_parse(const char *s, struct registry_head *h)
{
	const char *seq = strchr(s, ':');
	const char *hash = seq ? strchr(seq + 1, ':') : NULL;

	if (!hash || seq - s != ID_LEN - 1)
		return -1;
	memcpy(h->stream, s, ID_LEN - 1);
	h->stream[ID_LEN - 1] = '\0';
	if (!id_is_valid(h->stream) ||
		text_parse_u64_n(seq + 1, (size_t)(hash - seq - 1),
			(uint64_t)EVENT_SEQ_MAX, &h->seq) < 0)
		return -1;
	return hex_decode(hash + 1, strlen(hash + 1), h->hash, SHA256_LEN) ==
			SHA256_LEN ? 0 : -1;
}

int registry_head_parse(const char *s, struct registry_head *ret,
	struct error *err)
{
	struct registry_head h;

	if (head_parse(s, &h) < 0)
		return error_set(err, ERROR_USAGE,
			"'%s' is not a registry head: one is written "
			"STREAM:NUMBER:HASH, in hex digits", s);
	*ret = h;
	return 0;
}

void registry_log_head(const struct registry_head *head)
{
	char text[REGISTRY_HEAD_LEN];

	registry_head_format(head, text);
	openlog("tokenbridge", LOG_PID, LOG_AUTHPRIV);
	syslog(LOG_NOTICE, "registry head %s", text);
	closelog();
}
