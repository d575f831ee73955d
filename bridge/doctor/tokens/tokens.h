/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a token cannot be used: what was gathered about this machine and its
 * tokens, and what it comes to.
 */
#ifndef BRIDGE_DOCTOR_TOKENS_TOKENS_H
#define BRIDGE_DOCTOR_TOKENS_TOKENS_H

#include "bridge/doctor/doctor.h"
#include "token/token.h"
#include "udev/usb.h"

#define TOKENS_GROUP "tokenbridge"
#define OPENERS_MAX 4

enum rule_state {
	RULE_ABSENT,
	RULE_MASKED, /* an empty file of that name, or /dev/null, hides it */
	RULE_THERE,
};

/* udev's rules that matter here. */
enum rule {
	RULE_FIDO_ID, /* marks FIDO interfaces */
	RULE_UACCESS, /* gives marked ones to the seat's user */
	RULE_OURS,    /* ... and to the group */
	RULES,
};
extern const char *const rule_names[RULES];

/* A process that has a node open. */
struct opener {
	pid_t pid;
	char name[32];
};

struct token_facts {
	const struct token *token; /* borrowed */
	struct usb_state usb;      /* where node.usb_path is not "" */
	struct opener openers[OPENERS_MAX]; /* of the hidraw node, not us */
	size_t openers_n;
	pid_t locked_by;           /* 0: nobody, or not known */
	char usb_node[64];         /* /dev/bus/usb/BUS/DEV or "" */
	bool usb_openable;
};

struct tokens_facts {
	char user[64];       /* who asks */
	bool root;
	bool udevd;
	bool hidraw;         /* the kernel's class is there */
	bool usbhid;         /* ... and the driver for USB */
	enum rule_state rules[RULES];
	bool any_card;       /* the card is looked at though none is here */
	bool group_exists;   /* TOKENS_GROUP */
	bool group_lists_user; /* the group file says so */
	bool group_in_force; /* ... and this process has it */
	bool worker;         /* the program for card and keyboard is there */
	bool built_pcsc;     /* ... and can ask the card */
	bool built_ykpers;   /* ... and the keyboard interface */
	bool pcscd_socket;
	pid_t pcscd;         /* 0: does not run, or is not seen */
	bool pcscd_polkit;   /* it asks polkit who may use readers */
	bool polkit_ours;    /* our rule lets the group in */
	bool polkit_rule;    /* some other rule of this machine speaks of it */
	bool polkit_hidden;  /* the rules may not be read by whoever asks */
	pid_t scdaemon;      /* 0: does not run */
	struct token_facts *tokens; /* owned */
	size_t n;
};

/* Whether the group file lists the user in TOKENS_GROUP. */
bool tokens_group_lists(const char *user, bool *ret_exists);

/* Adds what the facts come to. Pure. */
void tokens_judge(const struct tokens_facts *t, struct findings *f);

#endif
