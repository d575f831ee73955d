# SPDX-License-Identifier: Apache-2.0
"""Where credentials come from: roles, web identities, programs, containers,
machines, and the AWS command line; and that they last as long as a run."""
import json
import os
import stat
import subprocess
import time

import pytest

from conftest import PROGRAM, SANITIZERS, Result
from iam.metadata import Metadata
from lines import assigned

MFA = "arn:aws:iam::123456789012:mfa/alice"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Home:
    """A home with ~/.aws, and no keys in the environment."""

    def __init__(self, folder, cloud):
        self.folder, self.iam = folder, cloud
        self.dir = folder / "home"
        self.bin = folder / "bin"
        (self.dir / ".aws").mkdir(parents=True)
        self.bin.mkdir()
        self.keys("base", cloud.credentials())

    def keys(self, profile, who):
        lines = [f"[{profile}]", f"aws_access_key_id={who['AccessKeyId']}",
                 f"aws_secret_access_key={who['SecretAccessKey']}"]
        if who.get("SessionToken"):
            lines.append(f"aws_session_token={who['SessionToken']}")
        with (self.dir / ".aws/credentials").open("a") as file:
            file.write("\n".join(lines) + "\n")

    def config(self, *profiles):
        """(name, {setting: value}); all of them lead to the local IAM."""
        text = ""
        for name, settings in profiles:
            text += f"[profile {name}]\nregion={self.iam.region}\n"
            text += f"endpoint_url={self.iam.url}\n"
            text += "".join(f"{k}={v}\n" for k, v in settings.items())
        (self.dir / ".aws/config").write_text(text)

    def program(self, name, text):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    def env(self, **more):
        env = {"PATH": f"{self.bin}:{os.environ['PATH']}",
               "HOME": str(self.dir), "LC_ALL": "C.UTF-8", **SANITIZERS,
               "AWS_EC2_METADATA_DISABLED": "true", **more}
        return {name: value for name, value in env.items()
                if value is not None}

    def audit(self, *options, **env):
        done = subprocess.run(
            [PROGRAM, "audit", "--json", *options, *(
                () if "--checks" in options else
                ("--checks", "root-mfa-virtual"))], env=self.env(**env), text=True, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=60, check=False,
            start_new_session=True)
        return Result(done.returncode, done.stdout, done.stderr, 0)

    def caller(self, *options, **env):
        """Who AWS says that it was."""
        done = self.audit(*options, **env)
        assert done.code == 0, done
        return next(source["caller"] for source
                    in done.json["summary"]["sources"]
                    if source["source"] == "AWS")


@pytest.fixture
def home(tmp_path, iam):
    return Home(tmp_path, iam)


def assumed(role):
    return f"arn:aws:sts::123456789012:assumed-role/{role}/"


# ---- roles ----

def test_a_role_is_assumed_with_the_source_profile(home):
    role = home.iam.add_role("auditor")
    home.config(("corp", {"role_arn": role, "source_profile": "base",
                          "role_session_name": "alice",
                          "duration_seconds": "1800"}))
    assert home.caller("--profile", "corp") == assumed("auditor") + "alice"
    (call,) = home.iam.calls("AssumeRole")
    assert call["caller"].endswith(":user/admin")
    assert call["params"]["DurationSeconds"] == 1800
    # by a variable too, and under a name of its own
    assert home.caller(AWS_PROFILE="corp") == assumed("auditor") + "alice"


def test_a_role_that_names_no_session_gets_a_name(home):
    home.config(("corp", {"role_arn": home.iam.add_role("auditor"),
                          "source_profile": "base"}))
    assert home.caller("--profile", "corp").startswith(
        assumed("auditor") + "tokenbridge-")


def test_roles_are_assumed_one_from_the_other(home):
    first = home.iam.add_role("first")
    second = home.iam.add_role("second", trusts=["123456789012"])
    third = home.iam.add_role("third", external_id="4711")
    home.config(
        ("c", {"role_arn": third, "source_profile": "b",
               "external_id": "4711"}),
        ("b", {"role_arn": second, "source_profile": "a"}),
        ("a", {"role_arn": first, "source_profile": "base"}))
    assert home.caller("--profile", "c").startswith(assumed("third"))
    calls = home.iam.calls("AssumeRole")
    assert [c["params"]["RoleArn"] for c in calls] == [first, second, third]
    assert [c["params"].get("ExternalId") for c in calls] == [None, None,
                                                              "4711"]
    assert calls[2]["caller"].startswith(assumed("second"))


def test_a_role_of_a_profile_with_its_own_keys(home):
    role = home.iam.add_role("auditor")
    home.config(("base", {"role_arn": role, "source_profile": "base"}))
    assert home.caller("--profile", "base").startswith(assumed("auditor"))


@pytest.mark.parametrize("profiles, word", [
    ({"a": {"source_profile": "b"}, "b": {"source_profile": "a"}},
     "source_profile of 'b' leads back to 'a'"),
    ({"a": {"source_profile": "a"}},
     "source_profile of 'a' leads back to 'a', which has no keys"),
    ({"a": {"source_profile": "none"}},
     "profile 'none', which 'a' names as source_profile, is not there"),
    ({"a": {}}, "neither source_profile nor credential_source"),
    ({"a": {"source_profile": "base", "credential_source": "Environment"}},
     "both source_profile and credential_source"),
    ({"a": {"credential_source": "Nothing"}},
     "credential_source of profile 'a' is 'Nothing'"),
    ({"a": {"credential_source": "Environment"}},
     "wants credentials from Environment, where none are"),
    ({"a": {"source_profile": "base", "role_arn": "auditor"}},
     "the role_arn of profile 'a' cannot be one: 'auditor'"),
    ({"a": {"source_profile": "base", "duration_seconds": "60"}},
     "the duration_seconds of profile 'a' is 60"),
    ({"a": {"source_profile": "base", "duration_seconds": "an hour"}},
     "duration_seconds of profile 'a' is 'an hour'"),
    ({"a": {"source_profile": "base", "external_id": ""}},
     "'external_id' of profile 'a' is empty"),
    ({"a": {"source_profile": "base", "role_session_name": "a b"}},
     "the role_session_name of profile 'a' cannot be one"),
    ({f"p{n}": {"source_profile": f"p{n + 1}" if n < 8 else "base"}
      for n in range(9)}, "is role number 9 of a chain"),
])
def test_a_chain_that_cannot_be_is_refused(home, profiles, word):
    role = home.iam.add_role("auditor")
    home.config(*[(name, {"role_arn": role, **more})
                  for name, more in profiles.items()])
    done = home.audit("--profile", next(iter(profiles)))
    assert done.code == 2 and word in done.err, done
    assert not home.iam.calls()


def test_a_role_takes_keys_of_the_environment_where_it_says_so(home):
    role = home.iam.add_role("auditor")
    home.config(("corp", {"role_arn": role,
                          "credential_source": "Environment"}))
    who = home.iam.credentials()
    keys = {"AWS_ACCESS_KEY_ID": who["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": who["SecretAccessKey"]}
    assert home.caller("--profile", "corp", **keys).startswith(
        assumed("auditor"))
    # without the option the environment's keys are meant, as in the SDKs
    assert home.caller(AWS_PROFILE="corp", **keys).endswith(":user/admin")


def test_a_role_that_is_not_trusted_says_what_it_wants(home):
    role = home.iam.add_role("auditor", external_id="4711")
    home.config(("corp", {"role_arn": role, "source_profile": "base"}))
    done = home.audit("--profile", "corp")
    assert done.code == 9, done
    assert "AWS refused 'sts:AssumeRole'" in done.err, done
    assert "external_id or mfa_serial" in done.err, done


# ---- a program ----

def printing(who, **more):
    return {"Version": 1, "AccessKeyId": who["AccessKeyId"],
            "SecretAccessKey": who["SecretAccessKey"],
            "SessionToken": who["SessionToken"], **more}


def test_a_program_gives_keys(home):
    who = home.iam.role_credentials()
    (home.dir / "keys").write_text(json.dumps(printing(
        who, Expiration="2099-01-01T00:00:00Z")))
    home.program("give keys", 'exec cat "$1"\n')
    home.config(("corp", {"credential_process":
                          f'"{home.bin}/give keys" \'{home.dir}/keys\''}))
    assert home.caller("--profile", "corp").startswith(assumed("admin"))


def test_a_program_is_no_shells_and_gets_nothing_of_ours(home):
    who = home.iam.role_credentials()
    seen = home.folder / "seen"
    home.program("give", f'ls -l /proc/$$/fd >{seen}; printf "%s\\n" "$@" '
                 f">>{seen}; read line && exit 7\n"
                 f"echo '{json.dumps(printing(who))}'\n")
    home.config(("corp", {"credential_process":
                          "give $HOME a;b '$(id)' \"x y\" c\\ d"}))
    home.caller("--profile", "corp")
    text = seen.read_text()
    assert text.endswith("\n$HOME\na;b\n$(id)\nx y\nc d\n"), text
    fds = [line.split(" -> ")[1] for line in text.splitlines()
           if " -> " in line]
    assert "/dev/null" in fds and not any("socket:" in fd for fd in fds), fds


@pytest.mark.parametrize("text, code, word", [
    ("echo secret-words; echo boo >&2; exit 3", 1,
     "ended with status 3: 'boo'"),
    ("kill -9 $$", 1, "was ended by signal 9"),
    ("echo secret-words", 1, "gave something that is no JSON object"),
    ("echo '[]'", 1, "gave something that is no JSON object"),
    ("echo '{}'", 1, "gave no 'Version' of 1"),
    ("echo '{\"Version\": \"1\"}'", 1, "gave no 'Version' of 1"),
    ("echo '{\"Version\": 2}'", 1, "gave no 'Version' of 1"),
    ("echo '{\"Version\": 1, \"Version\": 1}'", 1, "no JSON object"),
    ("echo '{\"Version\": 1}'", 1, "gave no 'AccessKeyId'"),
    ("echo '{\"Version\": 1, \"AccessKeyId\": 5}'", 1,
     "gave no text as 'AccessKeyId'"),
    ("echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAEXAMPLEEXAMPLE00\", "
     "\"SecretAccessKey\": \"a b\"}'", 1, "a character that no key has"),
    ("echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAEXAMPLEEXAMPLE00\", "
     "\"SecretAccessKey\": \"x\", \"Expiration\": \"soon\"}'", 1,
     "an 'Expiration' that is no time"),
    ("echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAEXAMPLEEXAMPLE00\", "
     "\"SecretAccessKey\": \"x\", \"Expiration\": \"2001-01-01T00:00:00Z\"}'",
     1, "gave keys that ended"),
    ("head -c 100000 /dev/zero | tr '\\0' x", 1,
     "writes more than 65536 bytes"),
])
def test_a_program_that_gives_none_is_said_and_no_secret_of_it(home, text,
                                                               code, word):
    home.program("give", text + "\n")
    home.config(("corp", {"credential_process": "give"}))
    done = home.audit("--profile", "corp")
    assert done.code == code and word in done.err, done
    assert "credential_process of profile 'corp'" in done.err, done
    assert "secret-words" not in done.err, done
    assert not home.iam.calls()


@pytest.mark.parametrize("line, code, word", [
    ("'open", 2, "is no command: a quote is open"),
    ("none-of-that-name", 1, "cannot run 'none-of-that-name'"),
    ("", 2, "is no command")])
def test_a_program_that_cannot_be_run(home, line, code, word):
    home.config(("corp", {"credential_process": line}))
    done = home.audit("--profile", "corp")
    assert done.code == code and word in done.err, done


def test_a_role_on_top_of_a_program(home):
    who = home.iam.session_credentials()
    home.program("give", f"echo '{json.dumps(printing(who))}'\n")
    home.config(("corp", {"role_arn": home.iam.add_role("auditor"),
                          "source_profile": "tool"}),
                ("tool", {"credential_process": "give"}))
    assert home.caller("--profile", "corp").startswith(assumed("auditor"))


# ---- a machine ----

def test_a_machines_role_by_version_2_of_the_service(home):
    (home.dir / ".aws/credentials").unlink()
    with Metadata(home.iam.role_credentials()) as service:
        env = {**service.env(), "AWS_ENDPOINT_URL": home.iam.url,
               "AWS_REGION": home.iam.region}
        assert home.caller(**env).startswith(assumed("admin"))
        roles = "/latest/meta-data/iam/security-credentials/"
        assert service.requests == [("PUT", "/latest/api/token"),
                                    ("GET", roles), ("GET", roles + "machine")]
        # by a proxy it would be somebody else's machine
        service.requests.clear()
        home.caller(**env, http_proxy="http://127.0.0.1:1",
                    all_proxy="http://127.0.0.1:1", no_proxy="127.0.0.1")
        assert len(service.requests) == 3


@pytest.mark.parametrize("answers, code, word", [
    ({"/latest/api/token": (404, b"")}, 2, "no AWS credentials"),
    ({"/latest/api/token": (403, b"")}, 2, "no AWS credentials"),
    ({"/latest/api/token": (200, b"a b")}, 1, "gave no token"),
    ({"/latest/meta-data/iam/security-credentials/": (404, b"")}, 2,
     "no AWS credentials"),
    ({"/latest/meta-data/iam/security-credentials/": (200, b"../../x")}, 1,
     "gave no name of a role"),
    ({"/latest/meta-data/iam/security-credentials/machine":
      (200, b'{"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 '
       b'cannot assume the role"}')}, 1,
     "this machine's role 'machine' gives no keys: EC2 cannot assume"),
    ({"/latest/meta-data/iam/security-credentials/machine":
      (200, b'{"Code": "Success", "AccessKeyId": "ASIAEXAMPLEEXAMPLE00", '
       b'"SecretAccessKey": "x", "Token": "y"}')}, 1,
     "gave no 'Expiration'"),
])
def test_a_metadata_service_that_gives_none(home, answers, code, word):
    (home.dir / ".aws/credentials").unlink()
    with Metadata(home.iam.role_credentials()) as service:
        service.answers = answers
        done = home.audit(**service.env(), AWS_ENDPOINT_URL=home.iam.url)
        assert done.code == code and word in done.err, done
        # never version 1, which asks without a token
        assert all(method == "PUT" or "x-aws-ec2-metadata-token" in headers
                   for (method, _), headers in zip(service.requests,
                                                   service.headers))


def test_a_metadata_service_is_waited_for_as_long_as_is_said(home):
    (home.dir / ".aws/credentials").unlink()
    with Metadata(home.iam.role_credentials(), delay=1.5) as service:
        begun = time.monotonic()
        done = home.audit(**service.env(), AWS_ENDPOINT_URL=home.iam.url)
        assert done.code == 2 and "no AWS credentials" in done.err, done
        assert time.monotonic() - begun < 8
        assert service.requests == [("PUT", "/latest/api/token")]
        home.caller(**service.env(), AWS_ENDPOINT_URL=home.iam.url,
                    AWS_REGION=home.iam.region,
                    AWS_METADATA_SERVICE_TIMEOUT="5")


def test_a_metadata_service_that_is_switched_off_is_not_asked(home):
    (home.dir / ".aws/credentials").unlink()
    with Metadata(home.iam.role_credentials()) as service:
        done = home.audit(**{**service.env(),
                             "AWS_EC2_METADATA_DISABLED": "true"})
        assert done.code == 2 and "no AWS credentials" in done.err, done
        assert not service.requests


@pytest.mark.parametrize("env, code, word", [
    ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://192.0.2.1/"}, 6,
     "by plain http, which is refused"),
    ({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "ftp://127.0.0.1/"}, 2,
     "is no http://HOST"),
    ({"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "both"}, 2,
     "neither IPv4 nor IPv6"),
    ({"AWS_METADATA_SERVICE_TIMEOUT": "0"}, 2, "no number from 1 to 60"),
    ({"AWS_METADATA_SERVICE_NUM_ATTEMPTS": "x"}, 2, "from 1 to 10")])
def test_a_metadata_service_that_cannot_be_meant(home, env, code, word):
    (home.dir / ".aws/credentials").unlink()
    done = home.audit(AWS_EC2_METADATA_DISABLED=None, **env)
    assert done.code == code and word in done.err, done


def test_a_role_on_top_of_a_machines(home):
    home.config(("corp", {"role_arn": home.iam.add_role("auditor"),
                          "credential_source": "Ec2InstanceMetadata"}))
    with Metadata(home.iam.role_credentials()) as service:
        assert home.caller("--profile", "corp", **service.env()).startswith(
            assumed("auditor"))


# ---- a container ----

def test_a_containers_role(home):
    (home.dir / ".aws/credentials").unlink()
    env = {"AWS_ENDPOINT_URL": home.iam.url, "AWS_REGION": home.iam.region}
    with Metadata(home.iam.role_credentials(), token="Basic abc") as service:
        assert home.caller(**env, **service.container_env()).startswith(
            assumed("admin"))
        # the file's goes first, as it may be newer
        (home.folder / "token").write_text("Basic abc")
        assert home.caller(**env, **{
            **service.container_env(),
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "old",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE":
                str(home.folder / "token")}).startswith(assumed("admin"))


@pytest.mark.parametrize("env, code, word", [
    ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/x"}, 6,
     "names '192.0.2.1', which is refused"),
    ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost.example/x"}, 6,
     "names 'localhost.example', which is refused"),
    ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1@192.0.2.1/"}, 2,
     "no address of a container's credentials"),
    ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": ""}, 2,
     "no address of a container's credentials"),
    ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ".example/x"}, 6,
     "names '169.254.170.2.example', which is refused"),
    ({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "x y"}, 2,
     "no address of a container's credentials"),
    ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/x",
      "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nb: c"}, 1,
     "a character that no header may have")])
def test_a_containers_service_that_cannot_be_meant(home, env, code, word):
    (home.dir / ".aws/credentials").unlink()
    done = home.audit(**env)
    assert done.code == code and word in done.err, done


def test_a_containers_service_that_refuses_is_asked_three_times(home):
    (home.dir / ".aws/credentials").unlink()
    with Metadata(home.iam.role_credentials(), token="right") as service:
        done = home.audit(**{**service.container_env(),
                             "AWS_CONTAINER_AUTHORIZATION_TOKEN": "wrong"})
        assert done.code == 9 and "answered with HTTP 401" in done.err, done
        assert len(service.requests) == 3
        assert "wrong" not in done.err, done


# ---- a web identity ----

def test_a_web_identity_assumes_its_role_unsigned(home):
    role = home.iam.add_role("pod")
    home.iam.web_identity("a.b.c", role)
    (home.folder / "token").write_text("a.b.c\n")
    env = {"AWS_WEB_IDENTITY_TOKEN_FILE": str(home.folder / "token"),
           "AWS_ROLE_ARN": role, "AWS_ROLE_SESSION_NAME": "pod-7",
           "AWS_ENDPOINT_URL": home.iam.url, "AWS_REGION": home.iam.region}
    assert home.caller(**env) == assumed("pod") + "pod-7"
    (call,) = home.iam.calls("AssumeRoleWithWebIdentity")
    assert "Authorization" not in call["headers"], call
    # of a profile, and a role on top of it
    home.config(("pod", {"role_arn": role, "web_identity_token_file":
                         str(home.folder / "token")}),
                ("corp", {"role_arn": home.iam.add_role("auditor"),
                          "source_profile": "pod"}))
    assert home.caller("--profile", "pod").startswith(assumed("pod"))
    assert home.caller("--profile", "corp").startswith(assumed("auditor"))


@pytest.mark.parametrize("token, code, word", [
    ("a.b.c", 9, "policy has to name the provider, audience and subject"),
    ("old", 9, "have expired"),
    ("none", 9, "No OpenIDConnect provider"),
    ("a b", 1, "holds no token of a web identity"),
    ("", 1, "holds no token of a web identity"),
    (None, 1, "cannot open")])
def test_a_web_identity_that_is_none(home, token, code, word):
    home.iam.web_identity("a.b.c")
    home.iam.web_identity("old.", expired=True)
    if token == "old":
        token = "old."
    if token is not None:
        (home.folder / "token").write_text(token)
    home.config(("pod", {"role_arn": home.iam.add_role("pod"),
                         "web_identity_token_file":
                             str(home.folder / "token")}))
    done = home.audit("--profile", "pod")
    assert done.code == code and word in done.err, done


# ---- the AWS command line ----

NEWER = "install version 2 of the AWS command line"


@pytest.mark.parametrize("settings", [
    {"sso_account_id": "123456789012", "sso_role_name": "x"},
    {"login_session": "arn:aws:iam::123456789012:user/x"}])
def test_who_signed_in_by_the_command_line_is_signed_in_here(home, settings):
    who = home.iam.role_credentials()
    home.program("aws", 'echo "$@" >"$HOME/said"\n'
                 f"echo '{json.dumps(printing(who))}'\n")
    home.config(("corp", settings))
    assert home.caller("--profile", "corp").startswith(assumed("admin"))
    assert (home.dir / "said").read_text() == \
        "configure export-credentials --profile corp --format process\n"


@pytest.mark.parametrize("text, word", [
    ("echo 'aws: error: argument subcommand: Invalid choice, valid choices "
     "are:' >&2; exit 2", NEWER),
    ("echo 'Error when retrieving token from sso: Token has expired and "
     "refresh failed' >&2; exit 255", "run 'aws sso login --profile corp'"),
    ("echo 'x' >&2; exit 255", "run 'aws sso login --profile corp' first")])
def test_a_command_line_that_gives_none_says_what_to_do(home, text, word):
    home.program("aws", text + "\n")
    home.config(("corp", {"sso_account_id": "1", "sso_role_name": "x"}))
    done = home.audit("--profile", "corp")
    assert done.code == 1 and word in done.err, done


def test_a_command_line_that_is_not_there(home):
    home.config(("corp", {"login_session": "x"}))
    done = home.audit("--profile", "corp", PATH=str(home.bin))
    assert done.code == 1 and NEWER in done.err, done
    home.program("aws", "exit 1\n")
    done = home.audit("--profile", "corp", PATH=f"{home.bin}:/usr/bin:/bin")
    assert "run 'aws login --profile corp' first" in done.err, done


def test_half_of_a_sign_in_is_said(home):
    home.config(("corp", {"sso_session": "x"}))
    done = home.audit("--profile", "corp")
    assert done.code == 2, done
    assert "neither sso_account_id nor sso_role_name" in done.err, done


# ---- MFA ----

def sign_in_with(site, device, user="alice", **more):
    """The profile `corp` of a role that wants MFA of this device."""
    role = site.iam.add_role("auditor", require_mfa=True)
    who = site.iam.credentials(user)
    (site.home / ".aws").mkdir(exist_ok=True)
    settings = {"role_arn": role, "source_profile": "base",
                "mfa_serial": device, **more}
    (site.home / ".aws/config").write_text(
        f"[profile base]\naws_access_key_id={who['AccessKeyId']}\n"
        f"aws_secret_access_key={who['SecretAccessKey']}\n[profile corp]\n" +
        "".join(f"{k}={v}\n" for k, v in settings.items()))
    return role


def enrolled(site):
    done = site.run("enroll", "alice", "--method", "totp")
    assert done.code == 0, done
    (device,) = assigned(site.iam, "alice")
    site.iam.calls(clear=True)
    return device


def test_the_token_itself_signs_in(aws_site):
    """One touch; the code is asked of AWS once and of no person."""
    device = enrolled(aws_site)
    role = sign_in_with(aws_site, device)
    used = aws_site.tokens.stats("a")["touch"]["used"]
    done = aws_site.run("revoke", "bob", "bob-x", "--profile", "corp")
    assert f"for a code of {device} to assume role '{role}'" in done.err, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == used + 1
    (call,) = aws_site.iam.calls("AssumeRole")
    assert call["params"]["SerialNumber"] == device and not call["error"]
    assert len(call["params"]["TokenCode"]) == 6
    assert f"as {assumed('auditor')}" in done.err, done
    assert call["params"]["TokenCode"] not in done.err + done.out


def test_a_long_run_takes_one_touch_for_as_many_roles_as_it_needs(aws_site):
    """Each role's keys are too old after two seconds. Nobody is asked about
    while they are renewed: that may wait for a person."""
    device = enrolled(aws_site)
    sign_in_with(aws_site, device)
    aws_site.iam.settings(role_seconds=302, report_seconds=0)
    # more than two round trips' worth, whoever else has the processors
    aws_site.iam.add_users(120, password=True)
    aws_site.iam.order("ListMFADevices", delay=2.5, count=None)
    used = aws_site.tokens.stats("a")["touch"]["used"]
    done = aws_site.run("audit", "--profile", "corp", "--checks",
                        "user-mfa-missing")
    assert done.code == 3, done
    assert aws_site.tokens.stats("a")["touch"]["used"] == used + 1
    (call,) = aws_site.iam.calls("GetSessionToken")
    assert call["params"]["SerialNumber"] == device
    roles = aws_site.iam.calls("AssumeRole")
    users = aws_site.iam.calls("ListMFADevices")
    assert len(roles) > 2 and len({c["connection"] for c in users}) > 3
    for role in roles[1:]:
        assert not [c for c in users
                    if c["time"] < role["time"] < c["time"] + c["seconds"]]
    assert all("TokenCode" not in c["params"] for c in roles)
    # who they are is asked anew each time, and is the same principal
    asked = aws_site.iam.calls("GetCallerIdentity")
    assert len(asked) == len(roles)
    assert len({c["caller"] for c in asked}) == 1
    assert "The AWS credentials were renewed (role " in done.err, done


def test_a_role_that_lasts_is_assumed_once(aws_site):
    device = enrolled(aws_site)
    sign_in_with(aws_site, device)
    done = aws_site.run("audit", "--profile", "corp", "--checks",
                        "user-mfa-missing")
    assert done.code == 3 and "renewed" not in done.err, done
    assert len(aws_site.iam.calls("AssumeRole")) == 1


def test_what_changes_aws_has_keys_that_last_before_each_step(aws_site):
    """Each role ends within five minutes, so each step needs a new one."""
    who = aws_site.iam.credentials()
    (aws_site.home / ".aws").mkdir()
    (aws_site.home / ".aws/config").write_text(
        f"[profile base]\naws_access_key_id={who['AccessKeyId']}\n"
        f"aws_secret_access_key={who['SecretAccessKey']}\n[profile corp]\n"
        f"role_arn={aws_site.iam.add_role('admin')}\nsource_profile=base\n")
    aws_site.iam.settings(role_seconds=250)
    aws_site.iam.calls(clear=True)
    done = aws_site.run("enroll", "alice", "--method", "totp", "--profile",
                        "corp")
    assert done.code == 0, done
    order = [c["action"] for c in aws_site.iam.calls()]
    for action in ("CreateVirtualMFADevice", "EnableMFADevice"):
        assert order[order.index(action) - 2:order.index(action)] == [
            "AssumeRole", "GetCallerIdentity"]
    aws_site.iam.calls(clear=True)
    (device,) = assigned(aws_site.iam, "alice")
    done = aws_site.run("revoke", "alice", device, "--last", "--reason", "x",
                        "--profile", "corp")
    assert done.code == 0, done
    assert len(aws_site.iam.calls("AssumeRole")) == 2
    # keys that nobody can renew are used as long as they last
    aws_site.who = aws_site.iam.role_credentials("admin", seconds=250)
    soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 250))
    done = aws_site.run("enroll", "bob", "--method", "totp", "--holder",
                        "alice", env={"AWS_CREDENTIAL_EXPIRATION": soon})
    assert done.code == 0, done
    assert done.err.count("cannot be renewed here") == 1, done


def test_who_may_open_no_session_gives_the_role_a_code_of_its_own(aws_site):
    device = enrolled(aws_site)
    sign_in_with(aws_site, device)
    aws_site.iam.order("GetSessionToken", error="AccessDenied")
    begun = time.time()
    done = aws_site.run("audit", "--profile", "corp", "--checks",
                        "root-mfa-virtual")
    assert done.code == 0, done
    assert "The last code was used: waiting for the next one." in done.err
    codes = [c["params"]["TokenCode"] for name in ("GetSessionToken",
                                                   "AssumeRole")
             for c in aws_site.iam.calls(name)]
    assert len(set(codes)) == len(codes) == 2, codes
    assert time.time() - begun < 45


def test_a_code_is_typed_where_no_token_has_it(aws_site):
    made = aws_site.iam.add_virtual_device("phone", user="alice")
    role = sign_in_with(aws_site, made["serial"])
    code = aws_site.iam.code(made["seed"])
    done = aws_site.on_terminal(
        "revoke", "bob", "bob-x", "--profile", "corp",
        answers=[("Code of MFA device", "12345"),
                 ("A code has six digits.", code)])
    assert f"Code of MFA device {made['serial']} to assume role '{role}': " \
        in done.out, done
    assert f"as {assumed('auditor')}" in done.out, done
    (call,) = aws_site.iam.calls("AssumeRole")
    assert call["params"]["TokenCode"] == code


def test_a_code_that_aws_does_not_take_is_said(aws_site):
    made = aws_site.iam.add_virtual_device("phone", user="alice")
    sign_in_with(aws_site, made["serial"])
    done = aws_site.on_terminal(
        "audit", "--profile", "corp",
        answers=[("Code of MFA device",
                  aws_site.iam.code(made["seed"], steps=-20))])
    assert done.code == 9, done
    assert "the code was not taken: it may have been used already" in done.out


def test_without_token_and_terminal_the_way_out_is_named(aws_site):
    sign_in_with(aws_site, MFA)
    done = aws_site.run("audit", "--profile", "corp")
    assert done.code == 4, done
    assert (f"a code of '{MFA}' is needed to open a session with MFA: no "
            "attached token has it, and there is no terminal") in done.err
    assert "aws sts get-session-token" in done.err, done
    assert not aws_site.iam.calls()


def test_a_code_that_is_not_touched_for_ends_in_time(aws_site):
    device = enrolled(aws_site)
    sign_in_with(aws_site, device)
    aws_site.tokens.touch("a", "withhold")
    done = aws_site.run("audit", "--profile", "corp", "--touch-timeout", "2")
    assert done.code == 8 and "was not touched in time" in done.err, done
    assert not aws_site.iam.calls("AssumeRole")


# ---- renewal ----

def counting(home, *answers):
    """A program that gives the first answer at its first call, and so on; the
    last one for ever."""
    for number, answer in enumerate(answers):
        (home.dir / f"answer{number}").write_text(answer)
    home.program("give", f'n=$(cat {home.dir}/n 2>/dev/null || echo 0)\n'
                 f'echo $((n + 1)) >{home.dir}/n\n'
                 f'[ $n -lt {len(answers)} ] || n={len(answers) - 1}\n'
                 f'. {home.dir}/answer$n\n')
    home.config(("corp", {"credential_process": "give"}))


def saying(who, seconds):
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(
        time.time() + seconds))
    return f"echo '{json.dumps(printing(who, Expiration=end))}'\n"


def audit_users(home):
    home.iam.settings(report_seconds=0)
    home.iam.add_users(3)
    return home.audit("--profile", "corp", "--checks", "user-mfa-missing")


def test_keys_of_a_program_that_end_soon_are_asked_for_again(home):
    one, two = home.iam.role_credentials(), home.iam.role_credentials()
    counting(home, saying(one, 200), saying(two, 3600))
    done = audit_users(home)
    assert done.code == 0, done
    assert (home.dir / "n").read_text() == "2\n"
    keys = {c["headers"]["Authorization"].split("Credential=")[1].split("/")[0]
            for c in home.iam.calls("GetLoginProfile")}
    assert keys == {two["AccessKeyId"]}


def test_renewed_keys_of_somebody_else_end_the_run(home):
    home.iam.add_user("mallory")
    other = home.iam.session_credentials("mallory")
    counting(home, saying(home.iam.session_credentials(mfa=True), 200),
             saying(other, 3600))
    done = audit_users(home)
    assert done.code == 6, done
    assert ("the renewed credentials are 'arn:aws:iam::123456789012:user/"
            "mallory', and this was begun as 'arn:aws:iam::123456789012:"
            "user/admin': nothing more was done") in done.err, done
    assert not home.iam.calls("ListMFADevices")


def test_renewed_keys_of_another_account_end_the_run(home):
    home.iam.control("add_account", account="210987654321")
    other = home.iam.role_credentials(account="210987654321")
    counting(home, saying(home.iam.role_credentials(), 200),
             saying(other, 3600))
    done = audit_users(home)
    assert done.code == 6 and "::210987654321:" in done.err, done
    assert not home.iam.calls("ListMFADevices")


def test_keys_that_cannot_be_renewed_leave_the_rest_unknown(home):
    counting(home, saying(home.iam.role_credentials(), 200), "exit 3\n")
    done = audit_users(home)
    assert done.code == 10, done
    assert any("AWS was not asked any more after: credential_process of "
               "profile 'corp' ended with status 3" in note
               for note in done.json["summary"]["notes"]), done


def test_keys_of_the_environment_that_end_are_said(home):
    who = home.iam.role_credentials()
    home.iam.settings(report_seconds=0)
    home.iam.add_users(3)
    done = home.audit(
        "--checks", "user-mfa-missing", AWS_ENDPOINT_URL=home.iam.url,
        AWS_REGION=home.iam.region, AWS_ACCESS_KEY_ID=who["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=who["SecretAccessKey"],
        AWS_SESSION_TOKEN=who["SessionToken"],
        AWS_CREDENTIAL_EXPIRATION=time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 200)))
    assert done.code == 10, done
    assert any("the credentials (environment) end in 3 min and cannot be "
               "renewed here" in note
               for note in done.json["summary"]["notes"]), done


# ---- doctor ----

def checks(done):
    return [(c["status"], c["check"], c["subject"], c["text"])
            for c in done.json["checks"] if c["check"] != "unfinished-run"]


def look(home, *options, **env):
    done = subprocess.run(
        [PROGRAM, "doctor", "aws", "--json", *options],
        env=home.env(**env), text=True, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=60, check=False)
    return Result(done.returncode, done.stdout, done.stderr, 0)


def test_doctor_names_the_source_and_the_roles_and_asks_for_no_code(home):
    first, second = home.iam.add_role("first"), home.iam.add_role("second")
    home.config(("corp", {"role_arn": second, "source_profile": "mid"}),
                ("mid", {"role_arn": first, "source_profile": "base",
                         "mfa_serial": MFA}))
    done = look(home, "--profile", "corp")
    subject = "profile 'corp' in us-east-1"
    assert checks(done)[:3] == [
        ("ok", "credentials", subject,
         "profile 'base' of the credentials file: long-term keys"),
        ("ok", "credentials", subject,
         f"the role '{first}' is assumed with these and a code of {MFA}"),
        ("ok", "credentials", subject,
         f"then role '{second}' is assumed with these")], done
    assert done.code == 10 and not home.iam.calls()
    assert checks(done)[-1] == (
        "unknown", "account", "AWS", "not asked: the profile's role wants a "
        f"code of {MFA}, and no key is touched for this"), done


def test_doctor_assumes_a_role_and_says_whose_it_is(home):
    role = home.iam.add_role("first")
    home.config(("corp", {"role_arn": role, "source_profile": "base"}))
    done = look(home, "--profile", "corp")
    row, = [row for row in checks(done) if row[1] == "account"]
    assert row[0] == "ok" and ":assumed-role/first/" in row[3], done


def test_doctor_says_what_stands_on_the_way(home):
    home.config()
    (home.folder / "ca.pem").write_text("x")
    done = look(home, AWS_PROFILE="base", AWS_CA_BUNDLE=str(
        home.folder / "ca.pem"), AWS_ENDPOINT_URL_STS="https://sts.example",
        https_proxy="http://bob:hunter2@proxy.example:1")
    assert checks(done)[1:5] == [
        ("ok", "endpoint", "iam", "AWS's own: https://iam.amazonaws.com/"),
        ("warn", "endpoint", "sts", "not AWS's own: https://sts.example/, by "
         "AWS_ENDPOINT_URL_STS"),
        ("warn", "ca-bundle", str(home.folder / "ca.pem"),
         "AWS's certificates are checked by it: AWS_CA_BUNDLE says so"),
        ("warn", "proxy", "http://proxy.example:1",
         "AWS is reached by it: https_proxy says so")], done
    assert "hunter2" not in done.out + done.err


def test_doctor_says_why_there_are_none(home):
    home.config(("corp", {"credential_process": "false"}))
    done = look(home, "--profile", "corp")
    assert done.code == 3, done
    assert ("fail", "credentials", "corp", "credential_process of profile "
            "'corp' ended with status 1") in checks(done), done


def test_doctor_says_when_a_session_ends(home):
    counting(home, saying(home.iam.role_credentials(), 3000))
    done = look(home, "--profile", "corp")
    assert checks(done)[0][3] in [
        "credential_process of profile 'corp': a session that ends in "
        f"{minutes} min" for minutes in (49, 50)], done
