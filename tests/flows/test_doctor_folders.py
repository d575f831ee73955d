# SPDX-License-Identifier: Apache-2.0
"""doctor login without --pam-dir: PAM's own folders, as libpam finds files in
them, and what the programs of this machine are."""
import json
import subprocess

import pytest

from conftest import PROGRAM
from test_doctor_libpam import RIG, WORLDS, folder  # noqa: F401

# In a mount namespace of their own: folders in the place of the system's. One
# that is not there is made: its parent becomes a file system in memory, with all
# that the parent has, and the folder
HERE = """
system=$1; shift
with() {
	[ ! -d "$1/$2" ] || return 0
	mkdir -p "$system/with" && mount -t tmpfs with "$system/with" || return
	for one in "$1"/* "$1"/.[!.]*; do
		copy=$system/with/${one##*/}
		if [ -L "$one" ]; then
			cp -P "$one" "$copy"
		elif [ -d "$one" ]; then
			mkdir "$copy" && mount --rbind "$one" "$copy"
		elif [ -e "$one" ]; then
			: >"$copy" && mount --bind "$one" "$copy"
		fi || return
	done
	mkdir "$system/with/$2" && mount --move "$system/with" "$1"
}
with /usr etc && with /usr/lib pam.d &&
mount --bind "$system/passwd" /etc/passwd &&
mount --bind "$system/etc" /etc/pam.d &&
mount --bind "$system/vendor" /usr/lib/pam.d &&
mount --bind "$system/usr-etc" /usr/etc &&
mount -t tmpfs sbin /usr/sbin || exit 99
[ ! -e "$system/vlock-main" ] || cp -p "$system/vlock-main" /usr/sbin
exec "$@"
"""


@pytest.fixture
def system(folder):  # noqa: F811
    for name in ("etc", "vendor", "usr-etc/pam.d"):
        (folder / name).mkdir(parents=True)
    return folder


def inside(system, *words, given=""):
    return subprocess.run(
        ["unshare", "-m", "--propagation", "private", "sh", "-c", HERE, "sh",
         system, *words], input=given, capture_output=True, text=True,
        timeout=300, check=False)


def doctor(system, *words):
    done = inside(system, PROGRAM, "doctor", "login", *words, "--sshd-config",
                  system / "sshd_config", "--login-db", system / "no.db",
                  "--json")
    return json.loads(done.stdout)["checks"]


# {service: (where it lies, its lines)}; OURS is our stand-in, OPEN lets in
OPEN = "auth required pam_permit.so"
PLACES = {
    "own": {"etc/own": "OURS", "vendor/own": OPEN},
    "vendors": {"vendor/vendors": "OURS"},
    "dangling": {"etc/dangling": "->nowhere", "vendor/dangling": "OURS"},
    "loop": {"etc/loop": "->loop", "vendor/loop": "OURS"},
    "link": {"etc/link": "->/usr/lib/pam.d/linked", "vendor/linked": "OURS"},
    "empty": {"etc/empty": "", "vendor/empty": "OURS"},
    "folder": {"etc/folder/x": "", "vendor/folder": "OURS"},
    "included": {"etc/included": "auth include common-x",
                 "etc/common-x": "OURS", "vendor/common-x": OPEN},
    "by-vendor": {"vendor/by-vendor": "@include common-x"},
    "nul": {"etc/nul": "OURS\0\n" + OPEN},
    "no-newline": {"etc/no-newline": "OURS"},
    # libpam opens both, and finds no line
    "masked": {"etc/masked": "@include null\nOURS", "etc/null": "->/dev/null"},
    "void": {"etc/void": "@include void.d\nOURS", "etc/void.d/x": ""},
}


def test_a_service_lies_where_libpam_finds_it(system):
    ours = f"auth required {system}/modules/pam_tokenbridge.so"
    for files in PLACES.values():
        for path, text in files.items():
            place = system / path
            place.parent.mkdir(exist_ok=True)
            if text.startswith("->"):
                place.symlink_to(text[2:])
            else:
                place.write_text(text.replace("OURS", ours))
    (system / "vendor/other").write_text("auth required pam_deny.so\n")
    done = inside(system, RIG / "pamrun", "-", "alice", "1234",
                  given="\n".join(PLACES) + "\n")
    assert done.returncode == 0, done.stderr
    by_ours, rows = set(), doctor(system)
    assert not [row for row in rows if row["status"] == "fail" and
                row["check"] == "pam-file"], rows
    for line in done.stdout.splitlines():
        name, letters = line.split()
        ends = dict(zip(WORLDS, letters))
        if all((letter == "+") == (world[0] == "good")
               for world, letter in ends.items()):
            by_ours.add(name)
    assert by_ours == set(PLACES) - {"empty", "folder"}
    good = {row["subject"] for row in rows if row["check"] == "pam-control"
            and "nobody gets in without the token" in row["text"]}
    assert good == by_ours | {"linked"}, rows


def test_a_service_of_opensuse_s_third_folder_is_seen(system):
    ours = f"auth required {system}/modules/pam_tokenbridge.so\n"
    (system / "usr-etc/pam.d/third").write_text(ours)
    (system / "usr-etc/pam.d/second").write_text(OPEN)
    (system / "vendor/second").write_text(ours)
    (system / "vendor/other").write_text("auth required pam_deny.so\n")
    assert {row["subject"] for row in doctor(system)
            if row["check"] == "pam-control"} == {"second", "third"}


def test_what_is_included_from_the_vendors_folder_is_not_sure(system):
    """libpam 1.5 does not find it there, later ones do."""
    ours = f"auth required {system}/modules/pam_tokenbridge.so\n"
    (system / "etc/sudo").write_text("auth include common-y\n" + ours)
    (system / "vendor/common-y").write_text(OPEN)
    (system / "vendor/other").write_text("auth required pam_deny.so\n")
    rows = doctor(system)
    assert [row["status"] for row in rows if row["subject"] ==
            "/usr/lib/pam.d/common-y"] == ["unknown"], rows
    assert not any(row["status"] == "fail" and row["subject"] == "sudo"
                   for row in rows), rows


@pytest.mark.parametrize("mode,locker", [(0o4755, False), (0o755, True),
                                         (None, True)])
def test_vlock_is_a_locker_where_it_does_not_run_as_root(system, mode, locker):
    """Debian's is setuid; others take the one that comes with kbd."""
    (system / "etc/vlock").write_text(
        f"auth required {system}/modules/pam_tokenbridge.so\n")
    (system / "vendor/other").write_text("auth required pam_deny.so\n")
    if mode:
        (system / "vlock-main").write_text("")
        (system / "vlock-main").chmod(mode)
    rows = doctor(system)
    assert any(row["check"] == "pam-host" and "runs as the user" in
               row["text"] for row in rows) == locker, rows
