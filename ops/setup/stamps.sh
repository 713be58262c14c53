# Which parts of the runtime are made. Sourced on every start, so it must stay cheap.
#
# A stamp is written as the last act of making its part and holds the key the part was made for;
# a part whose stamp holds another key is made again.
# shellcheck shell=sh disable=SC2154  # here, runtime, packages, tools come from the caller

# The packages the telephony tools come in, in the order of $programs. Tools that were made with the
# edge will do without it as well.
programs="asterisk sipp espeak-ng sox"
tool_packages="asterisk sip-tester espeak-ng sox"
edge_packages="$tool_packages kamailio"
if [ "$packages" = dev ] || [ -n "${SIAGA_EDGE:-}" ]; then
    programs="$programs kamailio" tool_packages=$edge_packages
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
    stamp_is tools "$tools_key" || stamp_is tools "2 $edge_packages $runtime" || return
    for program in $programs; do
        [ -x "$runtime/bin/$program" ] || return
    done
}

all_made() {
    python_made && { [ "$tools" = no ] || tools_made; }
}
