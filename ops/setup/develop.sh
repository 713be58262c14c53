# What developers and CI run: tests, lint, format and the making of the lock files.
# shellcheck shell=sh disable=SC2154

python=$runtime/venv/bin/python

# develop_test [PYTEST ARGUMENT…]: the whole suite, or the paths given; pytest's exit status. In the
# whole suite, what works more than it waits runs beside what waits more than it works, and tests
# that need most of the machine ("alone") come last, two at a time.
develop_test() {
    cd "$here"
    # How many there are, whatever libraries are told to take.
    processors=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)
    # Live tests wait more than they work: one more at a time than there are processors. Their order
    # is that of tests/order.py: a group's length is not told by how many tests are in it.
    many="-n $((processors + 1)) --dist loadgroup --no-loadscope-reorder"
    pairs="-n $((processors > 1 ? 2 : 1)) --dist loadgroup --no-loadscope-reorder"
    waiting="tests/soak tests/live tests/browser tests/fuzz"
    working="tests/replay tests/unit"
    named=
    for argument in "$@"; do
        case $argument in
        -*) ;;
        *) if [ -e "${argument%%::*}" ]; then named=yes; fi ;;
        esac
    done
    if [ -n "$named" ]; then
        # shellcheck disable=SC2086
        exec "$python" -m pytest $many "$@"
    fi
    waiting=$(folders $waiting) working=$(folders $working)
    # 5: no test was chosen, which is an answer when another part had some.
    waited=5 worked=5 alone=5
    if [ -n "$working" ]; then
        said=$(mktemp)
        # They take the processors only while the live tests leave them: calls must not stutter for
        # them. A shell's background ignores Ctrl-C, and so would the programs that the tests start.
        # shellcheck disable=SC2086
        env --default-signal=INT,QUIT nice -n 10 "$python" -m pytest -n "$processors" \
            --dist loadgroup --no-loadscope-reorder -m "not alone" "$@" $working >"$said" 2>&1 &
        beside=$!
    fi
    if [ -n "$waiting" ]; then
        waited=0
        # shellcheck disable=SC2086
        "$python" -m pytest $many -m "not alone" "$@" $waiting || waited=$?
    fi
    if [ -n "$working" ]; then
        worked=0
        wait "$beside" || worked=$?
        cat "$said"
        rm -f "$said"
    fi
    # Few files have one of the others, and to look for them in all takes its time.
    # shellcheck disable=SC2086
    few=$(grep -rl --include="test_*.py" "mark\.alone" $waiting $working) || few=
    if [ -n "$few" ]; then
        alone=0
        # shellcheck disable=SC2086
        "$python" -m pytest $pairs -m alone "$@" $few || alone=$?
    fi
    for status in "$waited" "$worked" "$alone"; do
        if [ "$status" -ne 0 ] && [ "$status" -ne 5 ]; then return "$status"; fi
    done
    if [ "$waited" -eq 0 ] || [ "$worked" -eq 0 ] || [ "$alone" -eq 0 ]; then return 0; fi
    return 5
}

# folders PATH…: those that are there. A folder without files is not in a clone.
folders() {
    for path in "$@"; do
        if [ -d "$path" ]; then printf '%s ' "$path"; fi
    done
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

# develop_release [--out FOLDER]: wheel, source archive, bill of materials, licences, digests.
develop_release() {
    cd "$here"
    exec "$python" -m ops.release "$@"
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
