/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of the AWS command line tools: which profile, region, endpoints, CA
 * bundle and attempts, from options, environment and the two shared files.
 *
 * The environment is not looked at (every variable reads as unset) where real
 * and effective uid or gid differ.
 */
#ifndef AWS_CONFIG_CONFIG_H
#define AWS_CONFIG_CONFIG_H

#include "aws/config/partition.h"
#include "aws/config/service.h"
#include "aws/config/way.h"
#include "base/deadline.h"
#include "base/secret.h"

/* What a program gives. Strings are borrowed for the call; NULL: not given. */
struct aws_options {
	const char *profile;      /* --profile: also drops credentials that
	                             stand in the environment */
	const char *region;       /* --region */
	const char *endpoint_url; /* --endpoint-url, for every service */
	/* by the system's settings, before all others: */
	const char *ca_bundle;    /* PEM file of CA certificates */
	const char *proxy;        /* URL */
	const char *user_agent;   /* NULL: "tokenbridge" */
	bool without_credentials; /* settings alone */
	bool for_other;           /* root asks for the person who called it */
	int cancel_fd;            /* readable: ERROR_INTERRUPTED; -1: none */
	deadline_t until;         /* of everything this session does */
	int64_t call_timeout_ms;  /* of one attempt; 0: 60 s */
	int64_t hand_back_ms;     /* of one attempt, after which there is no
	                             other; 0: as above, and there is */
	size_t report_max;        /* bytes of a GetCredentialReport reply;
	                             0: 64 MiB. All others: 4 MiB */
};

#define AWS_OPTIONS_INIT { .cancel_fd = -1, .until = DEADLINE_NEVER }

enum config_file { CONFIG_FILE, CREDENTIALS_FILE, CONFIG_FILES };

/* Where one of them was looked for. */
struct config_place {
	char *path;           /* owned; NULL: who asks has no home directory */
	const char *variable; /* that names it; NULL: it is the usual place */
	bool absent;
};

/* A setting of a profile. Exactly one of value and secret is filled. */
struct config_entry {
	char *key;            /* owned */
	char *value;          /* owned; NULL for the secret keys */
	struct secret secret; /* aws_secret_access_key, aws_session_token */
	enum config_file file;
	size_t line;
};

/* One profile out of both files. */
struct config_profile {
	char *name;                   /* owned */
	bool found;                   /* it has a section in either file */
	struct config_place places[CONFIG_FILES];
	struct config_entry *entries; /* owned */
	size_t count;
};

/* Where requests of a service go. */
struct aws_endpoint {
	char url[ENDPOINT_MAX];   /* "https://iam.amazonaws.com/" */
	char region[REGION_MAX];  /* that they are signed for */
	bool overridden;          /* not AWS's own: say so wherever it counts */
	bool plain;               /* http, to a loopback address */
	char origin[80];          /* who said so: "--endpoint-url",
	                             "AWS_ENDPOINT_URL_IAM", "profile" ...;
	                             "" where not overridden */
};

struct aws_config {
	struct config_profile profile;
	bool profile_explicit;    /* by --profile */
	bool for_other;           /* root asks for the person who called it */
	char region[REGION_MAX];  /* "us-east-1" where nothing says another */
	const struct partition *partition;
	struct endpoint_form form;
	struct aws_endpoint endpoints[AWS_SERVICES];
	struct aws_way way;       /* CA bundle and proxy */
	unsigned attempts;        /* 0: not set, the defaults hold */
	char note[256];           /* what a person has to know of it; or "" */
};

/*
 * Reads all of it, as the AWS command line would. ERROR_USAGE for a setting
 * that is wrong (a profile that is in neither file, two variables that name two
 * profiles, a region or URL that cannot be one), ERROR_REFUSED for
 * plain http to an address that is not loopback (127.0.0.0/8, ::1,
 * localhost), ERROR_MALFORMED for a file that cannot be parsed (names file and
 * line), ERROR_UNSUPPORTED for FIPS or dual stack together with an endpoint of
 * one's own. *ret is to be ended by config_done, also after a failure.
 *
 * Order for endpoints: --endpoint-url, AWS_ENDPOINT_URL_IAM / _STS /
 * _CLOUDTRAIL / _ORGANIZATIONS, AWS_ENDPOINT_URL, the profile's `services` section, the profile's
 * endpoint_url; AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true leaves the first one
 * only. Region: option, AWS_REGION, AWS_DEFAULT_REGION, profile. A file that
 * is named and absent is said in ->note. CA bundle: option, AWS_CA_BUNDLE, profile,
 * REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE. Proxy: option, https_proxy, all_proxy, in
 * capitals too; it is dropped where no endpoint is reached by it.
 */
int config_load(struct aws_config *ret, const struct aws_options *options,
	struct error *err);
void config_done(struct aws_config *c);

/*
 * Loads one profile by name; one that is in neither file has found = false.
 * *ret is to be ended by config_profile_done, also after a failure.
 */
int config_profile_load(struct config_profile *ret, const char *name,
	struct error *err);
void config_profile_done(struct config_profile *p);
/* Wipes and drops its entries, once everything is made of them. */
void config_profile_forget(struct config_profile *p);

/*
 * The value of a key, the credentials file first; NULL where not set or empty.
 * One that has several lines, or a nested block, still has its newline, so
 * that no check of a form lets it pass.
 */
const char *config_profile_get(const struct config_profile *p,
	const char *key);
/* Whether a key stands in either file, with whatever value. */
bool config_profile_has(const struct config_profile *p, const char *key);
/* The entry of a key in one of the files; NULL where not set. */
const struct config_entry *config_profile_entry(
	const struct config_profile *p, enum config_file file,
	const char *key);

/*
 * One file's settings of one profile out of its bytes, added to *p. Pure: the
 * part of the above that a fuzzer runs. `name` is the file, for errors.
 * Where several sections are this profile, the last one counts, and it alone.
 */
int config_profile_parse(struct config_profile *p, enum config_file file,
	const unsigned char *bytes, size_t n, const char *name,
	struct error *err);

/*
 * A service's endpoint_url out of a `[services NAME]` section; *ret is NULL
 * where there is none, else owned by the caller. *ret_found: there is such a
 * section, and it is not empty. Pure.
 */
int config_services_parse(const unsigned char *bytes, size_t n,
	const char *name, const char *services, enum aws_service service,
	char **ret, bool *ret_found, struct error *err);

/* The same out of the config file on disk; ERROR_USAGE where it is not found. */
int config_services_load(const struct config_place *place,
	const char *services, enum aws_service service, char **ret,
	struct error *err);

/*
 * Checks an endpoint URL and writes it with its final slash. See config_load
 * for the errors; `origin` names the setting in them.
 */
int config_endpoint_set(struct aws_endpoint *ret, const char *url,
	const char *origin, struct error *err);

/*
 * All endpoints of a configuration whose profile, region and partition stand;
 * `option` is --endpoint-url or NULL. Signing regions included.
 */
int config_endpoints_load(struct aws_config *c, const char *option,
	struct error *err);

/*
 * CA bundle and proxy that the system's settings name go before all others. For
 * root, who takes nobody's word for them.
 */
int config_take_systems(struct aws_config *c, const struct aws_options *options,
	struct error *err);
/*
 * The way for who has no profile and no AWS: what the system's settings say
 * (o->ca_bundle, o->proxy), else the environment's proxy. *ret is empty before,
 * and on failure; the caller ends it by way_done.
 */
int config_way(const struct aws_options *o, struct aws_way *ret,
	struct error *err);
/* Forgets a proxy that leads to none of the endpoints. */
void config_drop_proxy(struct aws_config *c);

/* AWS's own endpoints, by ->region, ->partition and ->form. */
void config_endpoints_own(struct aws_config *c);

/*
 * A yes-or-no setting, from the environment, else from the profile; false
 * where not set. ERROR_USAGE where it is neither true nor false.
 */
int config_flag(const struct aws_config *c, const char *variable,
	const char *key, bool *ret, struct error *err);

/* A variable of the environment; NULL where unset, empty or not trusted. */
const char *config_getenv(const char *name);
/* The same, but "" where it is set and empty. */
const char *config_variable(const char *name);

#endif
