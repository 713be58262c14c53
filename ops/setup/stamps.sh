# Which parts of the runtime are made. Sourced on every start, so it must stay cheap.
#
# A stamp is written as the last act of making its part and holds the key the part was made for;
# a part whose stamp holds another key is made again.
# shellcheck shell=sh disable=SC2154  # here, runtime, packages, tools come from the caller

# The packages the tools come in, in the order of $programs. Tools that were made with the edge, or
# with the server of the tests' databases, will do without it as well.
programs="asterisk sipp espeak-ng sox"
tool_packages="asterisk sip-tester espeak-ng sox"
edge_packages="$tool_packages kamailio kamailio-tls-modules"
test_packages="$edge_packages postgresql"
if [ "$packages" = dev ] || { [ -n "${SIAGA_EDGE:-}" ] && [ "${SIAGA_EDGE_APART:-}" != 1 ]; }; then
    programs="$programs kamailio" tool_packages=$edge_packages
fi
if [ "$packages" = dev ]; then
    programs="$programs postgres initdb pg_basebackup" tool_packages=$test_packages
fi

# stamp_is PART KEY: the part was made for this key.
stamp_is() {
    [ -r "$runtime/stamp/$1" ] && read -r stamped <"$runtime/stamp/$1" && [ "$stamped" = "$2" ]
}

# lock_file LEVEL: the lock file of the packages to run, or to develop.
lock_file() {
    if [ "$1" = dev ]; then echo "$here/requirements-dev.lock"; else echo "$here/requirements.lock"; fi
}

# python_key LEVEL: the place belongs to it because installed scripts name their interpreter.
python_key() {
    sum=$(sha256sum <"$(lock_file "$1")")
    echo "1 ${sum%% *} $runtime"
}

python_made() {
    [ -x "$runtime/venv/bin/python" ] && stamp_is "python-$packages" "$(python_key "$packages")"
}

tools_key="2 $tool_packages $runtime"

tools_made() {
    stamp_is tools "$tools_key" || stamp_is tools "2 $test_packages $runtime" ||
        { [ "$packages" != dev ] && stamp_is tools "2 $edge_packages $runtime"; } || return
    for program in $programs; do
        [ -x "$runtime/bin/$program" ] || return
    done
}

# assets_key LEVEL: of what pages are served of other people's scripts, by what it is made of and from.
assets_key() {
    sum=$(cat "$here"/ops/assets/*.py "$here"/ops/assets/packages.yaml "$here"/ops/assets/entries/* | sha256sum)
    echo "1 ${sum%% *} $1"
}

# What was made for developers will do for a centre in use as well.
assets_made() {
    stamp_is assets "$(assets_key dev)" || { [ "$packages" = run ] && stamp_is assets "$(assets_key run)"; }
}

# A browser for the tests: the machine's own or one unpacked, as $runtime/bin/chromium.
browser_key="1 $runtime"

browser_made() {
    [ "$packages" != dev ] || { [ -x "$runtime/bin/chromium" ] && stamp_is browser "$browser_key"; }
}

all_made() {
    python_made && { [ "$tools" = no ] || { tools_made && assets_made && browser_made; }; }
}
