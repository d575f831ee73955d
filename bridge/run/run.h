/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every act carries: the people who follow it and are asked, on whose
 * ticket it happens, how long a touch may take, and what breaks it off. It
 * knows no options: a terminal, lines of JSON and a test's script are three
 * kinds of people.
 */
#ifndef BRIDGE_RUN_RUN_H
#define BRIDGE_RUN_RUN_H

#include "base/deadline.h"
#include "base/secret.h"

#include <jansson.h>

enum run_tone {
	RUN_SAYS,
	RUN_WARNS,
	RUN_PROGRESS, /* the next line of progress may take its place */
	RUN_WAITS,    /* progress that is worth nothing in a log: what is waited
	                 for just now */
	RUN_STEPS,    /* something to do, "12. TEXT": of any length */
};

/* Which secret is asked for: a script gives each by a descriptor of its own. */
enum run_secret {
	RUN_PIN,
	RUN_NEW_PIN,
	RUN_OATH_PASSWORD,
	RUN_SECRETS, /* how many */
};

#define RUN_CODE_LEN 7 /* six digits and a NUL */
/* Whether s is a code: six digits. */
bool run_is_code(const char *s);

/* Two codes that a device shows one after the other. Everything is borrowed. */
struct run_codes {
	const char *of; /* on the prompts: "of the token GAKT12345678" */
	/*
	 * What the device has to be given first, NULL: nothing. Shown to the
	 * eyes of a person alone, and taken away again when the codes are
	 * there or the run ends: `picture` as a QR code, `text` (base32) to be
	 * typed in its place, under the name `name`.
	 */
	const struct secret *picture, *text;
	const char *name;
	/*
	 * 0 takes what was typed, without blanks: `first` alone (`second` is
	 * NULL), then both. ERROR_MALFORMED says why they are asked for anew,
	 * other errors end it.
	 */
	int (*check)(void *data, const char *first, const char *second,
		struct error *err);
	void *data;
};

/* Whoever follows an act. No function is NULL, but where it says so. */
struct people {
	/* A text for people: lines without the last one's end. */
	void (*say)(void *self, enum run_tone tone, const char *text);
	/*
	 * A secret of 1 to 255 bytes; the caller wipes it. `of` is whose it
	 * is: the same text as long as it is the same one's. ERROR_PIN where
	 * nobody can be asked or nobody answers, ERROR_INTERRUPTED.
	 */
	int (*ask_secret)(void *self, enum run_secret which, const char *of,
		const char *prompt, struct secret *ret, struct error *err);
	/* Wipes what was kept because the same one may be asked again. */
	void (*forget_secrets)(void *self);
	/*
	 * A line of text, shown while it is typed. ERROR_PIN as above,
	 * ERROR_USAGE where it has no room.
	 */
	int (*ask_text)(void *self, const char *prompt, char *ret, size_t size,
		struct error *err);
	/*
	 * Two codes, of which a device shows the second one up to 30 s after
	 * the first: the caller wipes them. ERROR_USAGE where nobody can be
	 * asked; what a script gives is asked for once.
	 */
	int (*ask_codes)(void *self, const struct run_codes *q,
		char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
		struct error *err);
	/* Whether something can be shown to a person's eyes alone. ERROR_USAGE
	   says why not. */
	int (*check_eyes)(void *self, struct error *err);
	/* Yes or no; nobody there, or anything but yes, is no. */
	int (*confirm)(void *self, const char *question, bool *ret_yes,
		struct error *err);
	/*
	 * One result of several, as soon as there is one: `object` (borrowed)
	 * for programs, `text` for people, either NULL where it has none.
	 * *ret_closed: nobody reads any more, which is no error.
	 */
	int (*result)(void *self, json_t *object, const char *text,
		bool *ret_closed, struct error *err);
	/*
	 * Shows a secret to the person at the terminal, until a key is pressed,
	 * and leaves nothing of it there. `title` says what it is. ERROR_PIN
	 * where there is no terminal, ERROR_INTERRUPTED. NULL: these
	 * people have none.
	 */
	int (*show_secret)(void *self, const char *title,
		const struct secret *secret, struct error *err);
};

/* Nobody: hears nothing, and whatever is asked is ERROR_PIN. For an act on one
 * of many accounts. */
extern const struct people run_nobody;

struct run {
	const struct people *people; /* borrowed */
	void *self;                  /* their argument; borrowed */
	/* Answers come from a script: no wrong one is asked for again, and none of a
	   token's last tries is spent. */
	bool scripted[RUN_SECRETS];
	const char *ticket;          /* of the events; borrowed; NULL: none */
	int64_t touch_ms;            /* a person's time for one touch */
	int cancel_fd;               /* readable: break off; -1: never */
};

void run_say(const struct run *run, const char *fmt, ...) PRINTF(2, 3);
void run_warn(const struct run *run, const char *fmt, ...) PRINTF(2, 3);
void run_progress(const struct run *run, const char *fmt, ...) PRINTF(2, 3);
void run_waits(const struct run *run, const char *fmt, ...) PRINTF(2, 3);
/* One thing after the other that a person is to do somewhere else. */
void run_step(const struct run *run, unsigned number, const char *text);

/* As the members of struct people. */
int run_ask_secret(const struct run *run, enum run_secret which,
	const char *of, const char *prompt, struct secret *ret,
	struct error *err);
int run_show_secret(const struct run *run, const char *title,
	const struct secret *secret, struct error *err);
/* When the last act that wants a token's PIN is behind it. */
void run_forget_secrets(const struct run *run);
int run_ask_text(const struct run *run, const char *prompt, char *ret,
	size_t size, struct error *err);
int run_ask_codes(const struct run *run, const struct run_codes *q,
	char ret_first[RUN_CODE_LEN], char ret_second[RUN_CODE_LEN],
	struct error *err);
int run_check_eyes(const struct run *run, struct error *err);
int run_confirm(const struct run *run, const char *question, bool *ret_yes,
	struct error *err);
int run_result(const struct run *run, json_t *object, const char *text,
	bool *ret_closed, struct error *err);

/* When a touch that is asked for now has to have happened. */
deadline_t run_touch_deadline(const struct run *run);

/* Waits; ERROR_INTERRUPTED when the run is broken off. */
int run_pause(const struct run *run, int64_t ms, struct error *err);

#endif
