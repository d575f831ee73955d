# SPDX-License-Identifier: Apache-2.0
"""A CA bundle and a proxy stand between: they are said, and count like an
endpoint that is not AWS's own unless the system's settings name them. The
requests of these tests are addressed to AWS itself, and led to a local IAM."""
import contextlib
import subprocess

import pytest

from conftest import Workstation
from iam.client import LocalIAM, make_certificates
from iam.proxy import Proxy

HOSTS = ("iam.amazonaws.com", "sts.us-east-1.amazonaws.com")


@pytest.fixture
def between(tmp_path, cards):
    """A workstation with a key, whose way to AWS leads elsewhere."""
    tmp_path.chmod(0o700)
    (tmp_path / "tls").mkdir()
    made = make_certificates(str(tmp_path / "tls"), names=(
        *HOSTS, *(f"cloudtrail.{region}.amazonaws.com" for region in
                  ("us-east-1", "us-east-2", "us-west-2"))))
    with contextlib.ExitStack() as stack:
        iam = stack.enter_context(LocalIAM(tls=made))
        place = Workstation(tmp_path, cards, iam)
        stack.callback(place.close)
        place.proxy = stack.enter_context(Proxy(iam.url))
        place.ca = made.ca
        place.plug({"profile": "yubikey5", "serial": 12345678})
        place.trust_vendor()
        iam.add_user("alice", password=True)
        yield place


def by_environment(place, **more):
    return {"AWS_ENDPOINT_URL": None, "AWS_CA_BUNDLE": place.ca,
            "https_proxy": f"http://bob:hunter2@127.0.0.1:{place.proxy.port}",
            **more}


def by_system(place):
    with place.config.open("a") as file:
        file.write(f"ca_bundle = {place.ca}\nproxy = {place.proxy.url}\n")
    return {"AWS_ENDPOINT_URL": None, "AWS_CA_BUNDLE": None}


def make_real_registry(place):
    done = place.run("registry", "init")
    assert done.code == 0, done


def enroll(place, env, *more):
    return place.run("enroll", "alice", "--method", "totp", *more, env=env)


def test_what_the_environment_names_is_refused_with_a_real_registry(between):
    make_real_registry(between)
    done = enroll(between, by_environment(between))
    assert done.code == 6, done
    assert f"the CA bundle ({between.ca}, by AWS_CA_BUNDLE) is not what the " \
        "system's settings name" in done.err, done
    assert "put `ca_bundle` into the system's file" in done.err, done
    assert not between.iam.devices("alice")
    assert not between.iam.calls("CreateVirtualMFADevice")
    # each of the two is enough
    with between.config.open("a") as file:
        file.write(f"ca_bundle = {between.ca}\n")
    done = enroll(between, by_environment(between))
    assert done.code == 6, done
    assert (f"the proxy (http://127.0.0.1:{between.proxy.port}, by "
            "https_proxy) is not what the system's settings name") in done.err


def test_a_ca_bundle_alone_is_refused(between):
    """Also where the proxy is the system's."""
    make_real_registry(between)
    with between.config.open("a") as file:
        file.write(f"proxy = {between.proxy.url}\n")
    done = enroll(between, {"AWS_ENDPOINT_URL": None,
                            "AWS_CA_BUNDLE": between.ca})
    assert done.code == 6 and "by AWS_CA_BUNDLE) is not" in done.err, done


def test_what_the_systems_settings_name_is_taken_and_said(between):
    make_real_registry(between)
    env = by_system(between)
    done = enroll(between, env, "--json")
    assert done.code == 0, done
    got = done.json["enrolled"]
    assert got["caBundle"] == \
        f"{between.ca}, by ca_bundle of the system's settings"
    assert got["proxy"] == \
        f"{between.proxy.url}, by proxy of the system's settings"
    assert got["endpoint"] is None
    (device,) = between.iam.devices("alice")
    done = between.run("revoke", "alice", device, "--last", "--reason", "x",
                       "--json", env=env)
    assert done.json["revoked"]["caBundle"] == got["caBundle"], done
    assert done.json["revoked"]["proxy"] == got["proxy"], done


def test_what_the_system_names_goes_before_the_environment(between):
    make_real_registry(between)
    env = {**by_system(between), "AWS_CA_BUNDLE": "/nonexistent",
           "https_proxy": "http://192.0.2.1:1", "no_proxy": "*"}
    done = enroll(between, env)
    assert done.code == 0, done
    assert "AWS_CA_BUNDLE" not in done.err, done


def test_a_registry_for_rehearsal_takes_both_and_says_so(between):
    between.make_registry()
    done = enroll(between, by_environment(between))
    assert done.code == 0, done
    first = done.err.index("AWS's certificates are checked by "
                           f"{between.ca}, by AWS_CA_BUNDLE, and not by the "
                           "system's")
    second = done.err.index("AWS is reached by a proxy: http://127.0.0.1:"
                            f"{between.proxy.port}, by https_proxy")
    # before anything else is said of AWS
    assert first < second < done.err.index("AWS account 123456789012"), done
    assert f"  CA bundle {between.ca}, by AWS_CA_BUNDLE" in done.out, done
    assert f"  proxy     http://127.0.0.1:{between.proxy.port}, by " \
        "https_proxy" in done.out, done
    # the password goes to the proxy and nowhere else
    assert "hunter2" not in done.out + done.err, done
    assert all("Proxy-Authorization" in headers
               for headers in between.proxy.headers)
    assert {host.split(":")[0] for host in between.proxy.hosts} == set(HOSTS)


def test_the_audit_says_both(between):
    between.make_registry()
    env = by_environment(between)
    done = between.run("audit", "--checks", "root-mfa-virtual", env=env)
    assert done.code == 0, done
    said = " ".join(done.out.split())
    assert f"Not the system's certificates: {between.ca}, by AWS_CA_BUNDLE" \
        in said, done
    assert "By a proxy: http://127.0.0.1:" in said, done
    done = between.run("audit", "--checks", "root-mfa-virtual", "--json",
                       env=env)
    (source,) = [s for s in done.json["summary"]["sources"]
                 if s["source"] == "AWS"]
    assert source["caBundle"] == f"{between.ca}, by AWS_CA_BUNDLE"
    assert source["proxy"] == (f"http://127.0.0.1:{between.proxy.port}, by "
                               "https_proxy")


@pytest.mark.parametrize("name, value", [
    ("REQUESTS_CA_BUNDLE", None), ("CURL_CA_BUNDLE", None),
    ("HTTPS_PROXY", ""), ("all_proxy", ""), ("ALL_PROXY", "")])
def test_each_name_of_the_environment_counts(between, name, value):
    make_real_registry(between)
    env = by_environment(between)
    if value is None:
        env[name] = env.pop("AWS_CA_BUNDLE")
        env["AWS_CA_BUNDLE"] = None
    else:
        with between.config.open("a") as file:
            file.write(f"ca_bundle = {between.ca}\n")
        env[name] = env.pop("https_proxy")
        env["AWS_CA_BUNDLE"] = None
    done = enroll(between, env)
    assert done.code == 6 and f"by {name})" in done.err, done


def test_a_profiles_ca_bundle_counts(between):
    make_real_registry(between)
    (between.home / ".aws").mkdir()
    (between.home / ".aws/config").write_text(
        f"[default]\nca_bundle = {between.ca}\n")
    done = enroll(between, by_environment(between, AWS_CA_BUNDLE=None))
    assert done.code == 6, done
    assert "by ca_bundle of the profile)" in done.err, done


@pytest.mark.parametrize("bypass, by_proxy", [
    ("localhost", False), ("*", False), (".example,localhost", False),
    ("a.example localhost", False), ("ocalhost", True), ("example", True)])
def test_a_host_that_goes_without_the_proxy(between, bypass, by_proxy):
    """Then there is none, and nothing is said of it."""
    between.make_registry()
    (between.folder / "other").mkdir()
    made = make_certificates(str(between.folder / "other"))
    with LocalIAM(tls=made) as iam:
        url = iam.url.replace("127.0.0.1", "localhost")
        done = between.run(
            "audit", "--checks", "root-mfa-virtual", env={
                **iam.env(), "AWS_ENDPOINT_URL": url,
                "https_proxy": "http://127.0.0.1:1", "no_proxy": bypass})
    assert done.code == (9 if by_proxy else 0), done
    assert ("AWS is reached by a proxy" in done.err) == by_proxy, done


@pytest.mark.parametrize("value", ["socks9://", "ftp://a:1", "http://a b"])
def test_a_proxy_that_is_none_is_refused_unseen(between, value):
    between.make_registry()
    done = between.run("audit", env=by_environment(between,
                                                   https_proxy=value))
    assert done.code == 2, done
    assert "the proxy that https_proxy names is not of the form" in done.err
    assert value not in done.err, done


def test_a_proxy_of_none_ends_the_search(between):
    """As with curl; and then nothing is reached here."""
    between.make_registry()
    done = between.run("audit", env=by_environment(
        between, https_proxy="", all_proxy=between.proxy.url))
    assert "AWS is reached by a proxy" not in done.err, done
    assert not between.proxy.hosts


def test_ca_and_proxy_stand_in_no_file_but_the_systems(between):
    for name in ("ca_bundle", "proxy"):
        (between.home / ".config").mkdir(exist_ok=True)
        (between.home / ".config/tokenbridge.conf").write_text(
            f"{name} = x\n")
        done = subprocess.run(between.command("list"), env=between.env(),
                              capture_output=True, text=True, check=False)
        assert done.returncode == 2 and name in done.stderr, done
