# SPDX-License-Identifier: Apache-2.0
"""The audit and Prowler on the same accounts, row by row, and how many calls of
AWS each makes for the same checks. Every difference is one of docs/PROWLER.md,
else this fails; so it does where one of them is gone, or ours asks more."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "rig")]

from iam.client import LocalIAM  # noqa: E402
from iam.moto import Moto  # noqa: E402

PROGRAM = str(pathlib.Path(os.environ["TOKENBRIDGE_ROOT"])
              / "usr/bin/tokenbridge")
ROOT = "<root_account>"
PAIRS = {
    "iam_root_mfa_enabled": "root-mfa-missing",
    "iam_root_hardware_mfa_enabled": "root-mfa-virtual",
    "iam_no_root_access_key": "root-access-key",
    "iam_user_mfa_enabled_console_access": "user-mfa-missing",
    "iam_user_hardware_mfa_enabled": "user-not-phishing-resistant",
    "iam_root_credentials_management_enabled": "root-credentials-removable",
}
# whose subject there is the account's number, and here its root
OF_ACCOUNT = ("iam_root_credentials_management_enabled",)
# of a group there, of each user here: counted, not compared
ALONE = {"iam_administrator_access_with_mfa": "admin-mfa-missing"}
MEMBER = "210987654301"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


# ---- accounts ----

def people(iam):
    """Users of all kinds, with what the reports of both have of them."""
    for name in ("alice", "bob", "dave", "erin", "frank", "heidi"):
        iam.add_user(name, password=True)
    for name in ("carol", "grace", "judy"):
        iam.add_user(name)
    iam.add_fido_device("bob")
    iam.add_virtual_device("dave", "dave")
    iam.add_fido_device("erin")
    iam.add_virtual_device("erin", "erin")
    iam.add_hardware_token("GAHT12345678", SEED, "frank")
    iam.add_fido_device("grace")
    for name in ("heidi", "judy"):
        iam.join_group(name, "admins")
    iam.attach_policy("AdministratorAccess", group="admins")


def key_of_root(iam):
    iam.add_root_device("fido")
    people(iam)


def virtual_root(iam):
    iam.add_root_device("virtual", "phone")


def both_of_root(iam):
    iam.add_root_device("fido")
    iam.add_root_device("virtual", "phone")


def user_called_root(iam):
    iam.add_root_device("fido")
    iam.add_user("chroot", password=True)
    iam.add_virtual_device("chroot", "chroot")


def root_with_nothing_but_a_password(iam):
    iam.add_user("alice")


def root_without_credentials(iam):
    iam.set_account(root={"password": False})
    iam.add_user("alice")


def old_report(iam):
    """Made before alice had her key, bob his password, carol was there."""
    iam.add_root_device("fido")
    iam.add_user("alice", password=True)
    iam.add_user("bob")
    client = iam.botocore()
    client.generate_credential_report()
    client.generate_credential_report()
    iam.add_fido_device("alice")
    client.create_login_profile(UserName="bob", Password="x-Y_7hardly-weak")
    iam.add_user("carol", password=True)


def feature_is_off(iam):
    iam.add_root_device("fido")
    iam.settings(organization_features=[])


def member_of_an_organization(iam):
    """Whose root has a password, though the organization could take it."""
    iam.add_account(MEMBER)
    iam.add_root_device("fido", account=MEMBER)
    iam.set_organization(account=MEMBER, member=True)
    return iam.env(iam.credentials("admin", account=MEMBER))


WORLDS = (key_of_root, virtual_root, both_of_root, user_called_root,
          root_with_nothing_but_a_password, root_without_credentials,
          old_report, feature_is_off, member_of_an_organization)

WITHOUT, HARDWARE = "iam_user_mfa_enabled_console_access", \
    "iam_user_hardware_mfa_enabled"
NO_DEVICE = ("FAIL", "NOT_APPLICABLE")
SILENT = ("iam_root_mfa_enabled", "iam_root_hardware_mfa_enabled",
          "iam_no_root_access_key")
MANAGED, = OF_ACCOUNT

# (world, check, subject): Prowler's status and ours; None: no row. The letters
# are those of docs/PROWLER.md.
EXPLAINED = {
    # a: who has no device is told so once
    **{(world, HARDWARE, name): NO_DEVICE for world, names in {
        "key_of_root": ("alice", "carol", "heidi", "judy"),
        "root_with_nothing_but_a_password": ("alice",),
        "root_without_credentials": ("alice",),
        "old_report": ("bob", "carol"),
        "member_of_an_organization": ("admin",),
        "moto": ("alice", "bob")}.items() for name in names},
    ("root_with_nothing_but_a_password", "iam_root_hardware_mfa_enabled",
     ROOT): NO_DEVICE,
    # b: codes that a person types can be asked for by others
    ("key_of_root", HARDWARE, "frank"): ("PASS", "FAIL"),
    # c: the report is up to four hours old
    ("old_report", WITHOUT, "alice"): ("FAIL", "PASS"),
    ("old_report", WITHOUT, "bob"): ("PASS", "FAIL"),
    ("old_report", WITHOUT, "carol"): (None, "FAIL"),
    # d: a user whose name has "root" in it
    ("user_called_root", "iam_root_hardware_mfa_enabled", ROOT):
        ("FAIL", "PASS"),
    # e: nothing is said of a root whose credentials are removed ...
    **{("root_without_credentials", check, ROOT): (None, own)
       for check, own in zip(SILENT, ("PASS", "NOT_APPLICABLE", "PASS"))},
    # ... or whose report says not_supported, where the summary counts
    **{("moto", check, ROOT): (None, own)
       for check, own in zip(SILENT, ("FAIL", "NOT_APPLICABLE", "PASS"))},
    # f: the feature is the organization's, what it can take a member's root
    **{(world.__name__, MANAGED, ROOT): ("PASS", "NOT_APPLICABLE")
       for world in WORLDS[:-2]},
    ("feature_is_off", MANAGED, ROOT): ("FAIL", "NOT_APPLICABLE"),
    ("member_of_an_organization", MANAGED, ROOT): (None, "FAIL"),
    ("moto", MANAGED, ROOT): (None, "NOT_APPLICABLE"),
}


# ---- both of them ----

def prowler(env, folder):
    """{(check, subject): status} of what it found."""
    program = os.environ["TOKENBRIDGE_PROWLER"]
    done = subprocess.run(
        [program, "aws", "--check", *PAIRS, *ALONE, "--region", "us-east-1",
         "--output-formats", "json-ocsf", "--output-filename", "found",
         "--output-directory", str(folder), "--no-banner", "--no-color",
         "--ignore-exit-code-3"],
        env=env, capture_output=True, text=True, timeout=600)
    path = folder / "found.ocsf.json"
    if done.returncode or not path.exists():
        sys.exit(f"prowler: exit {done.returncode}: {done.stdout[-2000:]}"
                 f"{done.stderr[-2000:]}")
    found = {}
    for row in json.loads(path.read_text()):
        check = row["metadata"]["event_code"]
        name = ROOT if check in OF_ACCOUNT else row["resources"][0]["name"]
        found[check, name] = row["status_code"]
    return found


def audit(env):
    done = subprocess.run(
        [PROGRAM, "audit", "--json", "--checks",
         ",".join([*PAIRS.values(), *ALONE.values()])],
        env=env, capture_output=True, text=True, timeout=600)
    if done.returncode not in (0, 3):
        sys.exit(f"audit: exit {done.returncode}: {done.stderr}")
    return {(r["check"], r["subject"]): r["status"]
            for r in json.loads(done.stdout)["findings"]}


def differences(world, theirs, ours):
    found = {}
    subjects = {s for _, s in theirs} | {s for _, s in ours}
    for check, own in PAIRS.items():
        for subject in subjects:
            pair = (theirs.get((check, subject)), ours.get((own, subject)))
            if pair[0] != pair[1]:
                found[world, check, subject] = pair
    return found


def calls_of(iam):
    return collections.Counter(c["action"] for c in iam.calls(clear=True)
                               if c["action"])


def one_world(make, folder):
    with LocalIAM(admin=False) as iam:
        iam.settings(report_seconds=0)
        who = make(iam)
        env = {"PATH": os.environ["PATH"], "HOME": str(folder),
               "LC_ALL": "C.UTF-8", **(who or iam.env())}
        iam.calls(clear=True)
        ours = audit(env)
        own = calls_of(iam)
        theirs = prowler(env, folder)
        return differences(make.__name__, theirs, ours), own, calls_of(iam)


def on_moto(folder):
    """An emulator that we did not write: a few users, and no root device."""
    with open(folder / "moto.log", "wb") as log, \
            Moto(users=("alice", "bob"), log=log) as moto:
        client = moto.botocore()
        client.create_login_profile(UserName="alice", Password="x-Y_7-weak")
        env = {"PATH": os.environ["PATH"], "HOME": str(folder),
               "LC_ALL": "C.UTF-8", **moto.env()}
        ours = audit(env)
        return differences("moto", prowler(env, folder), ours)


def main():
    found, worse = {}, []
    print(f"{'account':<34} {'rows that differ':>16} {'calls':>6} "
          f"{'Prowler':>8}")
    for make in WORLDS:
        with tempfile.TemporaryDirectory() as folder:
            differ, own, other = one_world(make, pathlib.Path(folder))
        found.update(differ)
        counts = sum(own.values()), sum(other.values())
        print(f"{make.__name__:<34} {len(differ):>16} {counts[0]:>6} "
              f"{counts[1]:>8}")
        if counts[0] > counts[1]:
            worse.append(f"{make.__name__}: {counts[0]} calls, Prowler "
                         f"{counts[1]}: {dict(own)}")
    with tempfile.TemporaryDirectory() as folder:
        differ = on_moto(pathlib.Path(folder))
    found.update(differ)
    print(f"{'moto':<34} {len(differ):>16}")
    for key in sorted(found.keys() | EXPLAINED.keys()):
        if found.get(key) != EXPLAINED.get(key):
            worse.append(f"{key}: {found.get(key)}, and docs/PROWLER.md has "
                         f"{EXPLAINED.get(key)}")
    sys.exit("\n".join(worse) if worse else 0)


if __name__ == "__main__":
    main()
