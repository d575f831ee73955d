#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""configurations.py RESOLVE: what the program RESOLVE makes of generated AWS
configurations (variables, ~/.aws/config, ~/.aws/credentials), against botocore:
the same keys out of the same source, roles, region and endpoints, or an error
of both. botocore's calls of STS are caught and answered here; a machine's and a
container's service are the rig's. TAP on standard
output; exit 77 without botocore. Where one side has an answer and the other an
error on purpose, DISAGREE says so and why; never another key."""
import collections
import contextlib
import datetime
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "rig"))
from iam.metadata import Metadata  # noqa: E402  pylint: disable=C0413

KEYS = [(f"AKIAEXAMPLE{n:09d}", f"secret/{n}+{'x' * 30}") for n in range(20)]
# What the command line, the container and the machine give
SERVED = {"AccessKeyId": "ASIAEXAMPLESERVED000", "SecretAccessKey": "s/" * 20,
          "SessionToken": "SERVED"}
ROOM = pathlib.Path(tempfile.mkdtemp(prefix="tokenbridge-test-"))

Case = collections.namedtuple(
    "Case", "name env config credentials profile region url files where",
    defaults=({}, None, None, None, None, None, {}, False))

# Where endpoints.json and the rule sets of botocore contradict each other, by
# which version of it asks whom
NOT_ASKED = {("cn-north-1", "fips"), ("cn-northwest-1", "fips"),
             ("aws-global", "fips"), ("aws-global", "dual stack"),
             ("eusc-de-east-1", "dual stack"),
             ("us-isof-south-1", "dual stack"),
             ("eu-isoe-west-1", "dual stack")}

# Where we mean to differ: pattern of what botocore says, of what we say, why.
# Only ever an error of ours against an answer of theirs.
DISAGREE = [
    (r"^ok", r"^error usage .* names '.*', which is not there",
     "a named file that is absent: botocore goes on to the next source"),
    (r"^ok", r"^error usage AWS_SECRET_ACCESS_KEY is set and "
     r"AWS_ACCESS_KEY_ID is not", "half a key, which botocore passes over"),
    (r"^ok", r"^error usage .* has aws_secret_access_key and no "
     r"aws_access_key_id", "half a key, which botocore passes over"),
    (r"^ok", r"^error usage AWS_PROFILE is '.*' and AWS_DEFAULT_PROFILE is",
     "botocore and version 2 of the command line differ on which counts"),
    (r"^ok", r"^error usage AWS_\w+ is '.*', which is neither true nor false",
     "botocore takes every word but true for false"),
    (r"^ok", r"^error refused the endpoint .* plain http",
     "plain http goes to this machine only"),
    (r"^ok", r"^error usage the endpoint .* is not of the form",
     "no path, no query: libcurl would sign them wrongly"),
    (r"^ok", r"^error permission cannot open",
     "a file that may not be read, which botocore passes over"),
    (r"^ok", r"^error malformed the (access key id|secret access key|session "
     r"token)", "what can be no key is not sent"),
    (r"^ok", r"^error malformed '.*' is not a text in UTF-8",
     "a NUL in a value, which a file has not but for a fault"),
    (r"^ok", r"^error usage '.*' is not the name of a region",
     "a region's name is a label in lower case"),
    (r"^ok", r"^error usage ca_bundle of .* is empty",
     "what older versions pass over, and newer ones refuse"),
    (r"^ok", r"^error unsupported '.*' (names|holds) keys in a form",
     "files of what was before botocore, which it still reads"),
    (r"^ok", r"^error usage (the )?duration_seconds of profile",
     "what is no duration, which botocore passes over"),
    (r"^ok", r"^error usage the (external_id|mfa_serial|role_session_name) of "
     r".* cannot be one", "STS would refuse it"),
    (r"^ok", r"^error usage '(external_id|role_arn|role_session_name)' of .* "
     r"is longer than", "STS would refuse it"),
    (r"^ok", r"^error usage '(duration_seconds|role_session_name)' of .* is "
     r"empty", "what is there and says nothing"),
    (r"^ok", r"^error usage profile 'default' has 'sso_\w+' and neither",
     "half of a sign-in, which botocore passes over"),
    (r"^ok", r"^error usage the role_arn of .* cannot be one",
     "an ARN of something else than a role, which STS would refuse"),
    (r"^ok", r"^error usage .* is role number 9 of a chain",
     "a chain that is too long"),
    (r"^ok", r"^error malformed '.*' holds no token of a web identity",
     "a token that STS would refuse"),
    (r"^ok", r"^error refused AWS_\w+ names '.*' by plain http",
     "plain http goes to the machine's own service only"),
    (r"^ok", r"^error usage AWS_CONTAINER_CREDENTIALS_FULL_URI is",
     "an address with a user's name"),
    (r"^ok", r"^error malformed credential_process .* gave no '?\w+",
     "JSON that is nearly right"),
    (r"^ok", r"^error malformed credential_process .* no JSON object",
     "a name that comes twice"),
    (r"^ok", r"^error unsupported AWS_ENDPOINT_URL and a FIPS",
     "FIPS was asked for, and somebody's own endpoint is not known to be"),
]


# An error of theirs against an answer of ours: of what is not asked
NOT_LOOKED_AT = r"InvalidIMDSEndpoint|error ValueError invalid literal for int"


def keys(number, prefix=""):
    """Two settings, or variables."""
    one, two = KEYS[number]
    return (f"aws_access_key_id = {one}\naws_secret_access_key = {two}\n")


def env_keys(number, **more):
    one, two = KEYS[number]
    return {"AWS_ACCESS_KEY_ID": one, "AWS_SECRET_ACCESS_KEY": two, **more}


ROLE = "arn:aws:iam::123456789012:role/"
SERVICE = Metadata(SERVED)
# What profiles and variables name
FILES = {
    "jwt": "a.b.c",
    "keys.json": json.dumps({
        "Version": 1, "AccessKeyId": KEYS[15][0],
        "SecretAccessKey": KEYS[15][1], "SessionToken": "PROGRAM",
        "Expiration": "2099-01-01T00:00:00Z"}),
}


def container(**more):
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": SERVICE.url + "x", **more}


def machine(**more):
    return {"AWS_EC2_METADATA_DISABLED": "false",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": SERVICE.url, **more}


def sections(profiles):
    """{name: {key: value}} as ~/.aws/config."""
    return "".join(f"[profile {name}]\n" + "".join(
        f"{key} = {value}\n" for key, value in settings.items())
        for name, settings in profiles.items())


# ---- the configurations ----

def of_roles():
    """role_arn, and what it is assumed with."""
    static = {"aws_access_key_id": KEYS[1][0],
              "aws_secret_access_key": KEYS[1][1]}
    base = {"role_arn": ROLE + "a", "source_profile": "b"}
    named = {"role_arn": ROLE + "a", "credential_source": "Environment"}
    web = {"role_arn": ROLE + "w", "web_identity_token_file":
           str(ROOM / "home/jwt")}
    b = {"b": static}
    for name, profiles in {
            "a profile with keys": {"a": base, **b},
            "a profile of a program": {"a": base, "b": {
                "credential_process": f"cat {ROOM}/home/keys.json"}},
            "a profile of a web identity": {"a": base, "b": web},
            "a profile that signed in": {"a": base, "b": {
                "login_session": "x"}},
            "a profile of IAM Identity Center": {"a": base, "b": {
                "sso_account_id": "123456789012", "sso_role_name": "x",
                "sso_region": "us-east-1",
                "sso_start_url": "https://corp.example"}},
            "a profile without anything": {"a": base, "b": {"output": "x"}},
            "a profile with half a key": {"a": base, "b": {
                "aws_access_key_id": KEYS[1][0]}},
            "no such profile": {"a": base},
            "itself, with keys": {"a": {**base, **static,
                                        "source_profile": "a"}},
            "itself, without keys": {"a": {**base, "source_profile": "a"}},
            "a loop of two": {"a": base, "b": {**base,
                                               "source_profile": "a"}},
            "a loop behind": {"a": base, "b": {**base,
                                               "source_profile": "c"},
                              "c": base},
            "a loop that has keys": {"a": base, "b": {
                **base, **static, "source_profile": "a"}},
            "a chain of three": {
                "a": base, "b": {"role_arn": ROLE + "b",
                                 "source_profile": "c"},
                "c": {"role_arn": ROLE + "c", "source_profile": "d"},
                "d": static},
            "a chain that ends at a source": {
                "a": base, "b": {"role_arn": ROLE + "b",
                                 "credential_source": "EcsContainer"}},
            "keys beside a role of its own": {"a": base, "b": {
                **static, "role_arn": ROLE + "b", "source_profile": "c"}},
            "keys beside a web identity": {"a": base, "b": {**static, **web}},
            "neither": {"a": {"role_arn": ROLE + "a"}},
            "both": {"a": {**base, "credential_source": "Environment"}, **b},
            "keys and neither": {"a": {"role_arn": ROLE + "a", **static}},
            "an empty profile's name": {"a": {**base, "source_profile": ""},
                                        **b},
            "an empty source's name": {"a": {**named,
                                             "credential_source": ""}},
            "the environment": {"a": named},
            "the environment in capitals": {"a": {
                **named, "credential_source": "ENVIRONMENT"}},
            "the container": {"a": {**named,
                                    "credential_source": "EcsContainer"}},
            "the machine": {"a": {
                **named, "credential_source": "Ec2InstanceMetadata"}},
            "the shared config": {"a": {**named,
                                        "credential_source": "SharedConfig"}},
            "a chain of eight": {f"{'abcdefgh'[n]}": {
                "role_arn": f"{ROLE}{n}", "source_profile":
                "bcdefghi"[n]} for n in range(8)} | {"i": static},
            "a chain of nine": {f"{'abcdefghi'[n]}": {
                "role_arn": f"{ROLE}{n}", "source_profile":
                "bcdefghij"[n]} for n in range(9)} | {"j": static},
            }.items():
        for said, profile, env in [
                ("option", "a", {}), ("variable", None, {"AWS_PROFILE": "a"}),
                ("option and keys", "a", env_keys(3)),
                ("option and services", "a", {**container(), **machine()}),
                ("variable and token", None, {
                    "AWS_PROFILE": "a", "AWS_WEB_IDENTITY_TOKEN_FILE":
                    str(ROOM / "home/jwt"), "AWS_ROLE_ARN": ROLE + "v"})]:
            yield Case(f"role by {name}, {said}", env, sections(profiles),
                       None, profile, files=FILES)
    for key, values in {
            "external_id": ["4711", "a/b:c", "x", "", "a b", "a" * 1225],
            "mfa_serial": ["arn:aws:iam::123456789012:mfa/x", "GAHT12345678",
                           "x", "", "a b c d e f"],
            "duration_seconds": ["900", "43200", "899", "43201", "", "x",
                                 "1h", "3600.0"],
            "role_session_name": ["alice", "a", "", "a b", "a" * 64,
                                  "a" * 65, "a@b.c,d=e+f-g_h"],
            "role_arn": [ROLE + "path/x", "x", "arn:aws:iam::1:user/x" * 2,
                         "", ROLE + "x" * 2100]}.items():
        for value in values:
            yield Case(f"role with {key} {value[:30]}", {}, sections(
                {"a": {**base, key: value}, **b}), None, "a")
    yield Case("role out of both files", {}, sections({
        "a": {"source_profile": "b", "external_id": "old"}, **b}),
        f"[a]\nrole_arn = {ROLE}a\nexternal_id = new\n", "a")


def of_web_identities():
    jwt = str(ROOM / "home/jwt")
    file, arn = {"AWS_WEB_IDENTITY_TOKEN_FILE": jwt}, {
        "AWS_ROLE_ARN": ROLE + "v"}
    name = {"AWS_ROLE_SESSION_NAME": "pod"}
    there = {"web_identity_token_file": jwt, "role_arn": ROLE + "p",
             "role_session_name": "own", "duration_seconds": "900"}
    for said, env in {"nothing": {}, "all": {**file, **arn, **name},
                      "no name": {**file, **arn}, "no role": file,
                      "no file": arn, "an empty file's name": {
                          "AWS_WEB_IDENTITY_TOKEN_FILE": "", **arn},
                      "an empty role": {**file, "AWS_ROLE_ARN": ""},
                      "a role and a name": {**arn, **name},
                      "no such file": {
                          "AWS_WEB_IDENTITY_TOKEN_FILE": "/none", **arn}
                      }.items():
        for config in ("", sections({"default": there}), sections({
                "default": {"web_identity_token_file": jwt}}), sections({
                    "default": {"role_arn": ROLE + "p"}})):
            for profile in (None, "default"):
                yield Case(f"web identity by {said}, {len(config)} {profile}",
                           env, config, "", profile, files=FILES)
    for text in ("a.b.c\n", "", "abc", "a b c d", "x" * 20000, "x" * 20001):
        yield Case(f"web identity's token {text[:10]!r} {len(text)}",
                   {**file, **arn}, files={"jwt": text})


def of_programs():
    """How the line is split, and what is printed."""
    keys_file = str(ROOM / "home/keys.json")
    for line in [f"cat {keys_file}", f"'cat' \"{keys_file}\"",
                 f"c\\at {keys_file}", f"cat\t{keys_file}", "", "'",
                 f"cat $HOME/keys.json", "cat ~/keys.json",
                 f"cat {keys_file} # x", f"cat {keys_file}; true",
                 f"/none/such {keys_file}", "false", f"cat '' {keys_file}",
                 f"env cat {keys_file}", '"cat" "a\\"b"',
                 f"sh -c 'cat {keys_file}; exit 1'",
                 f"sh -c 'cat {keys_file}; echo x >&2'"]:
        yield Case(f"program {line}", {}, sections(
            {"default": {"credential_process": line}}), files=FILES)
    whole = {"Version": 1, "AccessKeyId": KEYS[15][0],
             "SecretAccessKey": KEYS[15][1]}
    for text in [json.dumps(whole), json.dumps({**whole, "Version": 2}),
                 json.dumps({**whole, "Version": "1"}),
                 json.dumps({**whole, "Version": 1.0}),
                 json.dumps({**whole, "Version": True}),
                 json.dumps({"Version": 1}), "[]", "", "x",
                 json.dumps({**whole, "SessionToken": None}),
                 json.dumps({**whole, "SessionToken": ""}),
                 json.dumps({**whole, "Expiration": None}),
                 json.dumps({**whole, "Expiration": "2001-01-01T00:00:00Z"}),
                 json.dumps({**whole, "Expiration": "soon"}),
                 json.dumps({**whole, "Expiration":
                             "2099-01-01T00:00:00+02:00"}),
                 json.dumps({**whole, "AccountId": "123456789012"}),
                 json.dumps({**whole, "Other": [1, {}]}),
                 json.dumps(whole)[:-1] + ', "Version": 1}',
                 json.dumps(whole) + "x", " " + json.dumps(whole) + "\n"]:
        yield Case(f"program that prints {text[-60:]}", {}, sections(
            {"default": {"credential_process": f"cat {keys_file}"}}),
            files={"keys.json": text})


def of_people():
    """Whole files, as manuals show them and people carry them along."""
    one, two = keys(1), keys(2)
    sso = ("[sso-session corp]\nsso_region = us-east-1\nsso_start_url = "
           "https://corp.example/start\nsso_registration_scopes = "
           "sso:account:access\n")
    s3 = ("s3 =\n  max_concurrent_requests = 20\n  max_queue_size = 10000\n"
          "  multipart_threshold = 64MB\n  addressing_style = path\n")
    services = ("[services local]\niam =\n  endpoint_url = "
                "https://localhost:4566\ns3 =\n  endpoint_url = "
                "http://127.0.0.1:9000\n")
    more = ("cli_pager =\ncli_timestamp_format = iso8601\ncli_auto_prompt = "
            "on-partial\noutput = yaml-stream\ndefaults_mode = in-region\n"
            "retry_mode = adaptive\nmax_attempts = 5\ntcp_keepalive = true\n"
            "parameter_validation = false\nsigv4a_signing_region_set = *\n"
            "request_min_compression_size_bytes = 10240\n"
            "account_id_endpoint_mode = preferred\nsts_regional_endpoints = "
            "regional\nuser_agent_appid = mine\n")
    top = ("[plugins]\ncli_legacy_plugin_path = x\nendpoint = "
           "awscli_plugin_endpoint\n[preview]\nsdb = true\n")
    for name, config in {
            "nested s3 before the keys": f"[default]\n{s3}{one}",
            "nested s3 behind them": f"[default]\n{one}{s3}",
            "nested s3 by tabs": f"[default]\n{one}" +
                                 s3.replace("  ", "\t"),
            "nested s3 and a comment in it":
                f"[default]\n{s3}  # mine\n{one}",
            "nested s3 and an empty line in it":
                f"[default]\n{s3}\n  payload_signing_enabled = true\n{one}",
            "two nested": f"[default]\n{s3}s3api =\n  a = b\n{one}",
            "all settings of the SDKs": f"[default]\n{more}{one}",
            "plugins and previews": f"{top}[default]\n{one}",
            "a sign-in beside": f"{sso}[default]\n{one}",
            "services that are named":
                f"[default]\nservices = local\n{one}{services}",
            "services before": f"{services}[default]\nservices = local\n"
                               f"{one}",
            "services of nobody": f"{services}[default]\n{one}",
            "services that are not there":
                f"[default]\nservices = other\n{one}{services}",
            "services in quotes": f"[default]\nservices = local\n{one}" +
                                  services.replace("local", '"local"'),
            "services and an endpoint":
                f"[default]\nservices = local\nendpoint_url = "
                f"https://localhost:1\n{one}{services}",
            "CRLF": f"{sso}[default]\n{s3}{more}{one}".replace("\n", "\r\n"),
            "a boxed comment": f"##########\n#  mine  #\n##########\n"
                               f"[default]\n{one}",
            "a commented section": f"[default]\n{one}#[default]\n#{two}",
            "an old key beside a new one":
                f"[default]\n{one}# aws_access_key_id = x\n",
            "blanks behind": "[default]\n" + one.replace("\n", "  \t\n"),
            "keys in quotes": "[default]\n" + one.replace("= ", '= "').replace(
                "\n", '"\n'),
            "export before": "[default]\n" + "".join(
                f"export {row}\n" for row in one.upper().splitlines()),
            "a merge's marks": f"<<<<<<< HEAD\n[default]\n{one}=======\n"
                               f"[default]\n{two}>>>>>>> x\n",
            "a profile with blanks": f'[profile "my team"]\n{one}',
            "a profile without its word": f"[corp]\n{one}[default]\n{two}",
            "a profile twice": f"[profile corp]\n{one}[profile corp]\n{two}",
            "a profile in both spellings":
                f"[profile corp]\n{one}[profile 'corp']\n{two}",
            "a profile of another letter case":
                f"[profile Corp]\n{one}[Profile corp]\n{two}",
            }.items():
        for profile in (None, "corp", "my team"):
            yield Case(f"as people have it: {name}, profile {profile}", {},
                       config, None, profile, where="services" in name)
    yield Case("as people have it: a fresh sign-in", {}, sso + sections({
        "corp": {"sso_session": "corp", "sso_account_id": "123456789012",
                 "sso_role_name": "ReadOnly"}}), None, "corp")
    role = {"role_arn": ROLE + "Admin", "source_profile": "base",
            "mfa_serial": "arn:aws:iam::123456789012:mfa/alice",
            "duration_seconds": "3600 ", "region": "eu-west-1",
            "role_session_name": "alice"}
    for name, credentials in {"base": f"[base]\n{one}", "default and base":
                              f"[default]\n{two}\n[base]\n{one}",
                              "no base": f"[default]\n{two}"}.items():
        yield Case(f"as people have it: a role out of both files, {name}", {},
                   sections({"admin": role}) + s3, credentials, "admin")


def of_services():
    """A container's and a machine's."""
    url = SERVICE.url
    for env in [
            container(), machine(), {**container(), **machine()},
            container(AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="x y"),
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI":
             url.replace("127.0.0.1", "localhost") + "x"},
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/"},
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI":
             url.replace("http://", "http://a@")},
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": ""},
            container(AWS_CONTAINER_AUTHORIZATION_TOKEN="Basic x"),
            container(AWS_CONTAINER_AUTHORIZATION_TOKEN="a\r\nb: c"),
            container(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/none"),
            container(AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(
                ROOM / "home/jwt")),
            machine(AWS_EC2_METADATA_DISABLED="true"),
            machine(AWS_EC2_METADATA_DISABLED="TRUE"),
            machine(AWS_EC2_METADATA_DISABLED="yes"),
            machine(AWS_EC2_METADATA_SERVICE_ENDPOINT=url.rstrip("/")),
            machine(AWS_EC2_METADATA_SERVICE_ENDPOINT="x"),
            machine(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="IPv6"),
            machine(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="both"),
            machine(AWS_METADATA_SERVICE_TIMEOUT="3"),
            machine(AWS_METADATA_SERVICE_TIMEOUT="x"),
            machine(AWS_METADATA_SERVICE_NUM_ATTEMPTS="2")]:
        for there in ("", "[default]\n" + keys(2)):
            yield Case(f"service {env} {'and keys' if there else ''}", env,
                       None, there, files=FILES)
    yield Case("a machine by its profile", {
        "AWS_EC2_METADATA_DISABLED": "false"}, sections({"default": {
            "ec2_metadata_service_endpoint": url}}))
    yield Case("a machine with a profile by option", machine(),
               "[profile a]\n", None, "a")

def of_sources():
    """Which of several places wins: every pair and none, with and without a
    profile by option or variable."""
    places = {
        "env": {"env": env_keys(1)},
        "env session": {"env": env_keys(2, AWS_SESSION_TOKEN="NEW")},
        "both tokens": {"env": env_keys(2, AWS_SESSION_TOKEN="NEW",
                                        AWS_SECURITY_TOKEN="OLD")},
        "credentials": {"credentials": "[default]\n" + keys(3) +
                        "[corp]\n" + keys(4)},
        "config": {"config": "[default]\n" + keys(5) +
                   "[profile corp]\n" + keys(6)},
        "regions": {"config": "[default]\nregion = eu-west-1\n"
                    "[profile corp]\nregion = eu-west-3\n"},
        "role": {"config": "[profile corp]\nrole_arn = arn:aws:iam::"
                 "123456789012:role/x\nsource_profile = default\n"},
        "sso": {"config": "[profile corp]\nsso_account_id = 123456789012\n"
                "sso_role_name = x\nsso_region = us-east-1\n"
                "sso_start_url = https://corp.example\n"},
        "process": {"config": "[profile corp]\ncredential_process = "
                    "/bin/false\n"},
        "web": {"config": "[profile corp]\nweb_identity_token_file = "
                f"{ROOM}/home/jwt\n"
                "role_arn = arn:aws:iam::123456789012:role/x\n"},
        "keys of a program": {"config": "[profile corp]\ncredential_process "
                              f"= cat {ROOM}/home/keys.json\n"},
        "login": {"config": "[profile corp]\nlogin_session = x\n"},
        "container": {"env": container()},
        "machine": {"env": machine()},
    }
    who = {"": {}, "option": {"profile": "corp"},
           "variable": {"env": {"AWS_PROFILE": "corp"}},
           "default": {"env": {"AWS_DEFAULT_PROFILE": "corp"}}}
    pairs = [(a,) for a in places] + [
        pair for pair in itertools.combinations(places, 2)
        if {"credentials", "env", "container", "role"} & set(pair)]
    for pair, (said, chosen) in itertools.product(pairs, who.items()):
        parts = [places[name] for name in pair] + [chosen]
        env = {}
        for part in parts:
            env.update(part.get("env", {}))
        config = "".join(part.get("config", "") for part in parts)
        yield Case(f"{' and '.join(pair)}, profile {said or 'none'}", env,
                   config, "".join(p.get("credentials", "") for p in parts),
                   chosen.get("profile"), files=FILES)


def of_sections():
    """How a section may be written, and which of two counts."""
    one, two = keys(1) + "region = eu-west-1\n", keys(2)
    for name, config in {
            "both spellings of default": f"[default]\n{one}"
                                         f"[profile default]\n{two}",
            "the other way round": f"[profile default]\n{one}"
                                   f"[default]\n{two}",
            "default in quotes": f'[profile "default"]\n{one}',
            "default twice": f"[default]\n{one}[default]\n{two}",
            "a key twice": f"[default]\n{one}{two}",
            "a key twice elsewhere": f"[default]\n{one}[x]\na=1\na=2\n",
            "a section twice elsewhere": f"[default]\n{one}[x]\n[x]\n",
            "DEFAULT alone": f"[DEFAULT]\n{one}",
            "DEFAULT before": f"[DEFAULT]\n{one}[default]\noutput = json\n",
            "DEFAULT behind": f"[default]\noutput = json\n[DEFAULT]\n{one}",
            "DEFAULT and more": f"[DEFAULT]\n{one}[default]\n{two}",
            "DEFAULT twice": f"[DEFAULT]\na=1\n[DEFAULT]\na=2\n[default]\n"
                             f"{two}",
            "blanks in the brackets": f"[ default ]\n{one}",
            "text behind the bracket": f"[default] # mine\n{one}",
            "two brackets": f"[default]]\n{one}",
            "an indented section": f"  [default]\n{one}",
            "an indented file": "  [default]\n" + "".join(
                f"  {line}\n" for line in one.splitlines()),
            "no bracket": f"[default\n{one}",
            "an empty section": f"[]\n{one}",
            "a line that is none": f"[default]\n{one}nonsense\n",
            "no section": one,
            "colons": f"[default]\n{one.replace('=', ':')}",
            "capitals": f"[default]\n{one.upper().split('REGION')[0]}",
            "no blanks": f"[default]\n{one.replace(' = ', '=')}",
            "comments": f"# a\n[default]\n; b\n  # c\n{one}# d\n",
            "a comment behind a value": f"[default]\n{one[:-1]} # mine\n",
            "returns": f"[default]\n{one}".replace("\n", "\r\n"),
            "returns alone": f"[default]\n{one}".replace("\n", "\r"),
            "a mark of byte order": f"\ufeff[default]\n{one}",
            "blanks of other kinds": f"[default]\n{one[:-1]}\u00a0\u3000\n",
            "blank lines": f"\n\n[default]\n\n{one}\n\n",
            "a nested block": f"[default]\ns3 =\n  region = x\n{one}",
            "a nested block without =": f"[default]\ns3 =\n  x: 1\n{one}",
            "a nested key": f"[default]\n{one}aws_session_token =\n  x = 1\n",
            "a second line of the region": f"[default]\n{one}  more\n",
            "a second line of a key": f"[default]\n{two}  more\n",
            "a second line elsewhere": f"[default]\noutput = json\n  b\n{one}",
            "a region that comes below": f"[default]\n{two}region =\n  x\n",
            "an empty region": f"[default]\n{two}region =\n",
            "half a key": "[default]\naws_access_key_id = " + KEYS[1][0],
            "the other half": "[default]\naws_secret_access_key = x",
            "an empty key": f"[default]\n{two.replace(KEYS[2][0], '')}",
            "an unclosed quote elsewhere": f'[default]\n{one}[profile "x]\n',
            "a text of other letters": f"[default]\n{one}role = é中\n",
            }.items():
        yield Case(f"config with {name}", {}, config)
        if "profile" not in config:
            yield Case(f"credentials with {name}", {}, "", config)
    for section, profile in [
            ("profile corp", "corp"), ('profile "corp"', "corp"),
            ("profile 'corp'", "corp"), ("profile  corp", "corp"),
            ("profile\tcorp", "corp"), ("profile c\\orp", "corp"),
            ('profile c"or"p', "corp"), ("profile my corp", "my"),
            ("profile my corp", "my corp"), ('profile "my corp"', "my corp"),
            ("profiles corp", "corp"), ("profile corp ", "corp"),
            (" profile corp", "corp"), ("Profile corp", "corp"),
            ("profile", "profile"), ("corp", "corp"),
            ("profile Corp", "corp"), ('profile "corp', "corp"),
            ("profile corp\\", "corp"), ("profile ''", "''"),
            ('profile "a\\"b"', 'a"b'), ('profile "a\\b"', "a\\b")]:
        yield Case(f"config's [{section}] for '{profile}'", {},
                   f"[{section}]\n{one}", None, profile)
    for section, profile in [("corp", "corp"), ("profile corp", "corp"),
                             ("profile corp", "profile corp"),
                             ('"corp"', "corp"), (" corp", "corp"),
                             ("Corp", "corp")]:
        yield Case(f"credentials' [{section}] for '{profile}'", {}, None,
                   f"[{section}]\n{one}", profile)
    yield Case("two spellings of a profile", {}, f"[profile corp]\n{one}"
               f'[profile "corp"]\n{two}', None, "corp")
    yield Case("settings of both files", {}, f"[profile corp]\n{one}",
               f"[corp]\n{two}region = eu-north-1\n", "corp")
    yield Case("an empty region hides the other", {}, f"[default]\n{one}",
               f"[default]\n{two}region =\n")


def of_places():
    """Files that are named by variables."""
    here, alt = "[default]\n" + keys(1), "[default]\n" + keys(2)
    for variable, usual in (("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
                            ("AWS_CONFIG_FILE", "config")):
        for path in ["$HOME/alt", "${HOME}/alt", "~/alt", "$ALT/alt",
                     "${ALT}/alt", "$NOBODY/alt", "~nobodyatall/alt",
                     "$HOME/none", "/none/at/all", "", "/dev/null", "$",
                     "~", "$HOMEX/alt", "${HOME/alt", "$HOME$EMPTY/alt",
                     str(ROOM / "home/alt")]:
            for other in ("", here):
                yield Case(f"{variable}={path}"
                           f"{' and the usual one' if other else ''}",
                           {variable: path, "ALT": str(ROOM / "home"),
                            "EMPTY": ""},
                           files={"alt": alt}, **{usual: other})
        yield Case(f"{variable} absent, the other file has keys",
                   {variable: "$HOME/none"}, here, here)
        yield Case(f"{variable} absent, keys in the environment",
                   env_keys(3, **{variable: "$HOME/none"}))


def of_profiles():
    """Names of profiles that are not there."""
    here = "[default]\n" + keys(1) + "[profile corp]\n" + keys(2)
    for env in [{"AWS_PROFILE": ""}, {"AWS_DEFAULT_PROFILE": ""},
                {"AWS_PROFILE": "none"}, {"AWS_PROFILE": "default"},
                {"AWS_PROFILE": "corp", "AWS_DEFAULT_PROFILE": "corp"},
                {"AWS_PROFILE": "corp", "AWS_DEFAULT_PROFILE": "default"},
                env_keys(3, AWS_PROFILE="none"),
                env_keys(3, AWS_PROFILE="corp")]:
        for config in ("", here):
            yield Case(f"{env} {'with' if config else 'without'} profiles",
                       env, config)
    for profile in ("none", "default", "corp"):
        for config in ("", here):
            yield Case(f"--profile {profile} "
                       f"{'with' if config else 'without'} profiles",
                       env_keys(3), config, None, profile)


def of_values():
    """Settings that are there and empty, or odd."""
    for key in ["role_arn", "source_profile", "credential_process",
                "sso_account_id", "sso_role_name", "sso_session",
                "sso_start_url", "web_identity_token_file", "login_session",
                "region", "services", "endpoint_url", "ca_bundle"]:
        for where in ("config", "credentials"):
            yield Case(f"{key} empty in {where}", {},
                       **{where: "[default]\n" + keys(1) + f"{key} =\n"})
    for env in [
            {"AWS_ACCESS_KEY_ID": KEYS[1][0]},
            {"AWS_SECRET_ACCESS_KEY": "x"},
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "x"},
            {"AWS_ACCESS_KEY_ID": KEYS[1][0], "AWS_SECRET_ACCESS_KEY": ""},
            env_keys(1, AWS_SECURITY_TOKEN="", AWS_SESSION_TOKEN="NEW"),
            env_keys(1, AWS_SECURITY_TOKEN="OLD", AWS_SESSION_TOKEN=""),
            env_keys(1, AWS_CREDENTIAL_EXPIRATION="2099-01-01 00:00:00+00:00"),
            env_keys(1, AWS_CREDENTIAL_EXPIRATION="2099-01-01T00:00:00Z"),
            env_keys(1, AWS_CREDENTIAL_EXPIRATION="2099-01-01T00:00:00.5"
                     "+00:00"),
            {"AWS_CREDENTIAL_FILE": "~/old"},
            {"AWS_CREDENTIAL_FILE": "~/none"},
            {"BOTO_CONFIG": "~/boto"}, {"BOTO_CONFIG": "~/none"},
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/"},
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x", "AWS_ROLE_ARN": "arn:x"},
            {"AWS_WEB_IDENTITY_TOKEN_FILE": ""}]:
        for there in ("", "[default]\n" + keys(2)):
            yield Case(f"{env} {'with' if there else 'without'} a profile",
                       env, None, there,
                       files={"old": "AWSAccessKeyId=" + KEYS[7][0] +
                              "\nAWSSecretKey=x\n",
                              "boto": "[Credentials]\n" + keys(8)})
    yield Case("~/.boto", files={".boto": "[Credentials]\n" + keys(8)})
    yield Case("~/.boto and keys", credentials="[default]\n" + keys(1),
               files={".boto": "[Credentials]\n" + keys(8)})
    both = "aws_security_token = OLD\naws_session_token = NEW\n"
    yield Case("two tokens", {}, None, "[default]\n" + keys(1) + both)
    yield Case("two tokens in config", {}, "[default]\n" + keys(1) + both)


def of_endpoints():
    """Regions, partitions, and who may say where."""
    base = "[default]\n" + keys(1)
    for region in ["us-east-1", "us-west-2", "eu-central-1", "ap-east-1",
                   "cn-north-1", "cn-northwest-1", "us-gov-east-1",
                   "us-gov-west-1", "eusc-de-east-1", "us-iso-east-1",
                   "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1",
                   "aws-global", "il-central-1"]:
        for name, env in {
                "": {}, "fips": {"AWS_USE_FIPS_ENDPOINT": "true"},
                "dual stack": {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
                "legacy": {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"}}.items():
            if (region, name) in NOT_ASKED:
                continue
            yield Case(f"{region} {name}",
                       {**env, "AWS_DEFAULT_REGION": region}, base)
    says = {
        "variable": ({"AWS_ENDPOINT_URL": "https://a.example"}, ""),
        "own variable": ({"AWS_ENDPOINT_URL_IAM": "https://b.example:1"}, ""),
        "profile": ({}, "endpoint_url = https://c.example/\n"),
        "services": ({}, "services = x\n[services x]\niam =\n"
                     "  endpoint_url = https://d.example\n"),
        "services without iam": ({}, "services = x\n[services x]\ns3 =\n"
                                 "  endpoint_url = https://d.example\n"),
        "no such services": ({}, "services = y\n[services x]\niam =\n"
                             "  endpoint_url = https://d.example\n"),
        "empty services": ({}, "services = x\n[services x]\n"),
        "services in capitals": ({}, "services = x\n[services x]\nIAM =\n"
                                 "  Endpoint_URL = https://d.example\n"),
        "services in quotes": ({}, 'services = a b\n[services "a b"]\niam =\n'
                               "  endpoint_url = https://d.example\n"),
    }
    for (one, (env, text)), ignore in itertools.product(
            says.items(), ("", "true", "false")):
        more = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ignore} if ignore \
            else {}
        yield Case(f"endpoint by {one}, ignoring {ignore or 'not set'}",
                   {**env, **more}, base + text)
    for one, two in itertools.permutations(("variable", "own variable",
                                            "profile"), 2):
        yield Case(f"endpoint by {one} and {two}",
                   {**says[one][0], **says[two][0]},
                   base + says[one][1] + says[two][1])
    for value in ("", "false", "0", "yes", "TRUE", "no"):
        for variable in ("AWS_USE_FIPS_ENDPOINT",
                         "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
            yield Case(f"{variable}={value}", {variable: value},
                       base + ("use_fips_endpoint = true\n"
                               if "FIPS" in variable else
                               "endpoint_url = https://c.example/\n"))
    for url in ("https://a.example/path", "http://a.example",
                "http://127.0.0.1:1", "a.example", "https://"):
        yield Case(f"endpoint {url}", {"AWS_ENDPOINT_URL": url}, base)
    yield Case("fips and an endpoint", {"AWS_ENDPOINT_URL": "https://a.example",
                                        "AWS_USE_FIPS_ENDPOINT": "true"}, base)
    for value in ("legacy", "regional", "Legacy", "other"):
        yield Case(f"sts_regional_endpoints = {value}",
                   {"AWS_DEFAULT_REGION": "eu-west-1"},
                   base + f"sts_regional_endpoints = {value}\n")
    for region in ("", "no region", "EU-WEST-1"):
        yield Case(f"AWS_DEFAULT_REGION={region}",
                   {"AWS_DEFAULT_REGION": region}, base + "region=eu-west-3\n")
    yield Case("--region", {"AWS_DEFAULT_REGION": "eu-west-1"}, base,
               region="eu-north-1")
    yield Case("--endpoint-url", {"AWS_ENDPOINT_URL": "https://a.example"},
               base, url="https://z.example")
    yield Case("AWS_REGION first", {"AWS_REGION": "eu-west-1",
                                    "AWS_DEFAULT_REGION": "eu-west-2"}, base)


# ---- the two who answer ----

def write(case):
    home = ROOM / "home"
    subprocess.run(["rm", "-rf", home], check=True)
    (home / ".aws").mkdir(parents=True)
    files = {".aws/config": case.config, ".aws/credentials": case.credentials,
             **case.files}
    for name, text in files.items():
        if text is not None:
            (home / name).write_bytes(text.encode())
    aws = ROOM / "bin/aws"
    aws.parent.mkdir(exist_ok=True)
    aws.write_text("#!/bin/sh\ncat <<E\n" + json.dumps({
        "Version": 1, **SERVED}) + "\nE\n")
    aws.chmod(0o755)
    return {"HOME": str(home), "PATH": f"{ROOM}/bin:{os.environ['PATH']}",
            "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true",
            **case.env}


def ask_us(program, case, env):
    done = subprocess.run([program, case.profile or "", case.region or "",
                           case.url or ""], env=env, capture_output=True,
                          check=True)
    lines = done.stdout.decode().split("\n")
    if lines[0] == "error":
        return f"error {lines[1]} {lines[2]}"
    origin = "roles" if lines[4] else next(
        name for words, name in ORIGINS if words in lines[5])
    return ("ok", *lines[1:5], origin, *lines[6:7],
            *(lines[7:7 + 2 * len(SERVICES)] if case.where else ()))


# By words of our origin, what botocore calls it
ORIGINS = [
    ("environment", "env"), ("of the credentials file",
                             "shared-credentials-file"),
    ("of the config file", "config-file"),
    ("credential_process", "custom-process"),
    ("IAM Identity Center", "sso"), ("the sign-in", "login"),
    ("the container's service", "container-role"),
    ("this machine's role", "iam-role")]


class Calls:
    """STS in place of AWS: what was asked of it, and by whose keys."""

    def __init__(self):
        self.steps, self.first = [], None

    def answer(self, client, operation, params):
        shape = client.meta.service_model.operation_model(
            operation).input_shape
        report = botocore.validate.ParamValidator().validate(params, shape)
        if report.has_errors():
            raise ValueError(report.generate_report())
        signer = client._request_signer._credentials
        if operation == "AssumeRoleWithWebIdentity":
            kind, self.first = params["WebIdentityToken"].rstrip("\n"), None
        else:
            kind = "role"
            if not self.steps:
                self.first = signer
        name = params["RoleSessionName"]
        self.steps.append("|".join(map(str, (
            kind, params["RoleArn"],
            "" if name.startswith("botocore-session-") else name,
            params.get("ExternalId", ""), params.get("SerialNumber", ""),
            params.get("DurationSeconds", 0)))))
        if kind == "role" and len(self.steps) > 1 and \
                signer.access_key != f"ASIAROLE{len(self.steps) - 1:012d}":
            raise AssertionError("a role is not assumed from the one before")
        return {"AssumedRoleUser": {"Arn": "", "AssumedRoleId": ""},
                "Credentials": {
                    "AccessKeyId": f"ASIAROLE{len(self.steps):012d}",
                    "SecretAccessKey": "x", "SessionToken": "y",
                    "Expiration": datetime.datetime.now(
                        datetime.timezone.utc) + datetime.timedelta(hours=1)}}


def ask_botocore(case, env):
    """The words of the version 2 of the command line for a region; the rest is
    botocore's own."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(env)
    calls = Calls()
    try:
        session = botocore.session.Session(profile=case.profile, session_vars={
            "region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None,
                       None)})
        session.register_component("data_loader", LOADER)
        region = case.region or session.get_config_variable("region")
        with caught(calls):
            made = keys_of(session, calls)
        if isinstance(made, str):
            return made
        if region is None:
            region = "us-east-1"  # so we do, for one endpoint serves all
        elif not region or "\n" in region or isinstance(region, dict):
            return "error region"
        made += [region]
        for service in SERVICES if case.where else ():
            # CloudTrail has no host of the whole partition
            lone = service == "cloudtrail" and region == "aws-global"
            client = session.create_client(
                service, region_name="us-east-1" if lone else region,
                endpoint_url=case.url)
            url, signed = where(client)
            made += [url.rstrip("/") + "/", signed]
        return ("ok", *made)
    except Exception as problem:  # pylint: disable=broad-except
        return f"error {type(problem).__name__} {problem}"
    finally:
        os.environ.clear()
        os.environ.update(before)


SERVICES = ("iam", "sts", "organizations", "cloudtrail")
ANY_CALL = {"iam": "list_users", "sts": "get_caller_identity",
            "organizations": "list_accounts", "cloudtrail": "lookup_events"}


def served(method, is_there):
    """In place of a provider's load(): what the command line gives is what
    botocore would have asked for."""
    def load(self):
        if not is_there(self):
            return None
        return botocore.credentials.Credentials(*SERVED.values(),
                                                method=method)
    return load


@contextlib.contextmanager
def caught(calls):
    """No call of botocore's leaves this process, and nobody is asked for a
    code."""
    all_ = botocore.credentials
    put = [
        (botocore.client.BaseClient, "_make_api_call",
         lambda client, *more: calls.answer(client, *more)),
        (all_.SSOProvider, "load", served(
            "sso", lambda self: self._load_sso_config())),
        (all_.LoginProvider, "load", served(
            "login", lambda self: "login_session" in self._load_config().get(
                "profiles", {}).get(self._profile_name, {})))]
    real = [getattr(where_, name) for where_, name, _ in put]
    for where_, name, ours in put:
        setattr(where_, name, ours)
    all_.AssumeRoleProvider.__init__.__defaults__ = (
        lambda prompt: "123456", None, None)
    try:
        yield
    finally:
        for (where_, name, _), old in zip(put, real):
            setattr(where_, name, old)


def keys_of(session, calls):
    """Keys, roles and source, or an error."""
    found = session.get_credentials()
    if not found:
        return "error none"
    frozen = found.get_frozen_credentials()
    if not calls.steps:
        return [frozen.access_key, frozen.secret_key, frozen.token or "", "",
                found.method]
    first = calls.first
    return [first.access_key if first else "", first.secret_key if first else
            "", first.token or "" if first else "", " ".join(calls.steps),
            "roles"]


def where(client):
    """URL and signing region of a call that is not sent."""
    seen = {}

    def stop(request, **_):
        seen["url"] = request.url
        seen["region"] = request.context.get("signing", {}).get(
            "region") or client.meta.region_name
        raise InterruptedError

    client.meta.events.register_first("before-sign.*.*", stop)
    try:
        getattr(client, ANY_CALL[client.meta.service_model.service_name])()
    except InterruptedError:
        pass
    return seen["url"], seen["region"]


def judge(ours, theirs):
    """None, or why these two are not the same."""
    if ours == theirs or isinstance(ours, str) and isinstance(theirs, str):
        return None
    # the command line would say what is wrong with such a profile
    if not isinstance(ours, str) and ours[5] in ("sso", "login"):
        return None
    mine = ours if isinstance(ours, str) else "ok"
    other = theirs if isinstance(theirs, str) else "ok"
    if mine == "ok" and ours[5] != "iam-role" and \
            re.search(NOT_LOOKED_AT, other):
        return None
    for theirs_like, ours_like, _ in DISAGREE:
        if mine != "ok" and re.search(theirs_like, other) and \
                re.search(ours_like, mine, re.S):
            return None
    return f"we say {ours}, botocore {theirs}"


def main():
    number = bad = 0
    for make in (of_sources, of_sections, of_places, of_profiles, of_values,
                 of_endpoints, of_roles, of_web_identities, of_programs,
                 of_people,
                 of_services):
        for case in make():
            number += 1
            if make in (of_endpoints, of_values):
                case = case._replace(where=True)
            env = write(case)
            SERVICE.requests.clear()
            why = judge(ask_us(sys.argv[1], case, env),
                        ask_botocore(case, env))
            name = re.sub(r"[#\s]+", " ", case.name)
            print(f"{'not ok' if why else 'ok'} {number} - {name}"
                  f"{': ' + why if why else ''}")
            bad += why is not None
    subprocess.run(["rm", "-rf", ROOM], check=True)
    print(f"1..{number}")
    return 1 if bad else 0


# that of tests/run, whose version is written down, if it is not this one
PYTHON = os.environ.pop("TB_PYTHON", None)
if PYTHON and PYTHON != sys.executable:
    os.execv(PYTHON, [PYTHON, *sys.argv])
try:
    import botocore.client
    import botocore.credentials
    import botocore.loaders
    import botocore.session
    import botocore.validate
except ImportError:
    print("botocore is not here")
    sys.exit(77)
if tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 44):
    SERVICES = SERVICES[:2]  # older ones have other rules for the rest
LOADER = botocore.loaders.create_loader()  # reads each model once
with SERVICE:
    STATUS = main()
sys.exit(STATUS)
