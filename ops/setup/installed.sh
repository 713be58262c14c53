# For a centre that was installed from a wheel: the telephony tools and the pages' scripts, made as
# ./siaga112 makes them in a checkout. Its Python is the one that runs it: sh installed.sh PREFIX.
# shellcheck shell=sh disable=SC2034
set -eu

here=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
runtime=$SIAGA_RUNTIME
packages=run tools=yes

. "$here/ops/setup/stamps.sh"
. "$here/ops/setup/setup.sh"

# What pip installed is pip's to look after.
prefix=$1
python_made() { [ "$(readlink "$runtime/venv")" = "$prefix" ]; }

make_python() {
    rm -rf "$runtime/venv"
    ln -s "$prefix" "$runtime/venv"
}

all_made || set_up
