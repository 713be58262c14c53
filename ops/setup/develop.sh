# What developers and CI run: tests, lint, format and the making of the lock files.
# shellcheck shell=sh disable=SC2154

python=$runtime/venv/bin/python

# develop_test [PYTEST ARGUMENT…]: the whole suite, or the paths given; pytest's exit status. In the
# whole suite, tests that need most of the machine ("alone") come last, two at a time.
develop_test() {
    cd "$here"
    # Live tests wait more than they work: one more at a time than there are processors. Their order
    # is that of tests/order.py: a group's length is not told by how many tests are in it.
    many="-n $(($(nproc) + 1)) --dist loadgroup --no-loadscope-reorder"
    pairs="-n $(($(nproc) > 1 ? 2 : 1)) --dist loadgroup --no-loadscope-reorder"
    # What waits long and works little comes first, what is short last.
    paths="tests/soak tests/live tests/browser tests/fuzz tests/replay tests/unit"
    for argument in "$@"; do
        case $argument in
        -*) ;;
        *) if [ -e "${argument%%::*}" ]; then paths=; fi ;;
        esac
    done
    if [ -z "$paths" ]; then
        # shellcheck disable=SC2086
        exec "$python" -m pytest $many "$@"
    fi
    # A folder without files is not in a clone.
    present=
    for path in $paths; do
        if [ -d "$path" ]; then present="$present $path"; fi
    done
    together=0
    # shellcheck disable=SC2086
    "$python" -m pytest $many -m "not alone" "$@" $present || together=$?
    # Few files have one of the others, and to look for them in all takes its time.
    alone=5
    # shellcheck disable=SC2086
    few=$(grep -rl --include="test_*.py" "mark\.alone" $present) || few=
    if [ -n "$few" ]; then
        alone=0
        # shellcheck disable=SC2086
        "$python" -m pytest $pairs -m alone "$@" $few || alone=$?
    fi
    # 5: no test was chosen, which is an answer when the other half had some.
    if [ "$together" -ne 0 ] && [ "$together" -ne 5 ]; then return "$together"; fi
    if [ "$alone" -ne 5 ]; then return "$alone"; fi
    return "$together"
}

# develop_lint: every check, also after one has failed; exit status 1 when one has.
develop_lint() {
    cd "$here"
    status=0
    # The types take as long as all the rest, so they are checked beside it.
    types=$(mktemp)
    "$python" -m mypy >"$types" 2>&1 &
    typing=$!
    check "$python" -m ruff format --check .
    check "$python" -m ruff check .
    check "$runtime/venv/bin/lint-imports"
    if [ -e ops/dialplan_lint.py ] || [ -d ops/dialplan_lint ]; then
        check "$python" -m ops.dialplan_lint
    fi
    echo "== python -m mypy"
    wait "$typing" || status=1
    cat "$types"
    rm -f "$types"
    exit $status
}

check() {
    echo "== ${*#"$runtime/venv/bin/"}"
    "$@" || status=1
}

develop_format() {
    cd "$here"
    "$python" -m ruff format .
    exec "$python" -m ruff check --fix .
}

# develop_logs [SCENARIO…]: records the replay tests' event logs anew from a real Asterisk.
develop_logs() {
    cd "$here"
    exec "$python" -m tests.replay.record "$@"
}

# develop_fuzz [--cases N] [--seed S] [--only PLAN.CASE]: random calls; exit status 1 when one differs.
develop_fuzz() {
    cd "$here"
    exec "$python" -m tests.fuzz "$@"
}

# develop_soak [--calls N] [--seed S] [--minutes M]: mixed calls under kills; 1 when anything is wrong.
develop_soak() {
    cd "$here"
    exec "$python" -m tests.soak "$@"
}

# develop_bench [--against …] [--quick]: our own figures, or beside what a user would pick instead.
develop_bench() {
    if [ "${1:-}" != --against ]; then
        exec "$python" -P -m ops bench "$@"
    fi
    shift
    cd "$here"
    exec "$python" -m tests.bench "$@"
}

# develop_screenshots [NAME…]: the pictures in docs/img, of a centre with made-up calls.
develop_screenshots() {
    cd "$here"
    exec "$python" -m tests.browser.screenshots "$@"
}

# develop_lock: resolves both lock files anew, in an environment that holds nothing but pip-tools.
develop_lock() {
    . "$here/ops/setup/setup.sh"
    cd "$here"
    log=$runtime/setup.log
    rm -rf "$runtime/lock-venv"
    make_venv "$runtime/lock-venv"
    pip_wheel
    pip_install "$runtime/lock-venv" "pip-tools" 8 pip pip-tools setuptools ||
        explain "pip-tools tidak dapat dipasang" "pip-tools cannot be installed"
    set -- "$runtime/lock-venv/bin/python" -m piptools compile --quiet --allow-unsafe --generate-hashes \
        --no-emit-find-links --no-emit-index-url --no-emit-trusted-host --strip-extras "$@"
    CUSTOM_COMPILE_COMMAND="make lock" "$@" --output-file=requirements.lock pyproject.toml
    CUSTOM_COMPILE_COMMAND="make lock" "$@" --extra=dev --constraint=requirements.lock \
        --output-file=requirements-dev.lock pyproject.toml
    CUSTOM_COMPILE_COMMAND="make lock" "$@" --output-file=ops/assets/requirements.lock \
        ops/assets/requirements.in
    rm -rf "$runtime/lock-venv"
}
