# The Python environment, from the hash-locked files; needs neither python3-venv nor pip.
# shellcheck shell=sh disable=SC2154

# find_python: a Python to build on. Debian's python3-minimal lacks the modules tried here.
find_python() {
    for python in ${SIAGA_PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$python" -c 'import sys, venv, ssl, sqlite3, ctypes, zoneinfo
sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

# machine_pip: pip's wheel on this machine: the one of ensurepip, which suits the Python for certain,
# or the one of Debian's python3-pip-whl.
machine_pip() {
    "$(find_python)" -c 'import ensurepip, pathlib
print(next(pathlib.Path(ensurepip.__file__).parent.glob("_bundled/pip-*.whl")))' 2>/dev/null && return
    for wheel in /usr/share/python-wheels/pip-*.whl; do
        if [ -r "$wheel" ]; then
            echo "$wheel"
            return
        fi
    done
    return 1
}

# pip_wheel: sets wheel, fetching it where the machine has none. pip runs out of its wheel as it is.
pip_wheel() {
    wheel=$(machine_pip) && return
    for wheel in "$runtime"/pip/usr/share/python-wheels/pip-*.whl \
        "$runtime"/root/usr/share/python-wheels/pip-*.whl; do
        if [ -r "$wheel" ]; then return; fi
    done
    can_fetch ||
        give_up 3 "pip tidak ada: pasang pip untuk Python 3 (paket python3-pip), lalu jalankan lagi." \
            "pip is missing: install pip for Python 3 (package python3-pip), then run this again."
    configure_apt
    apt_step "Membaca daftar paket / reading the package lists" update ||
        explain "Daftar paket tidak dapat diambil" "The package lists cannot be fetched"
    (cd "$apt/cache/archives" && apt_step "Mengunduh pip / downloading pip" download python3-pip-whl) ||
        explain "pip tidak dapat diunduh" "pip cannot be downloaded"
    mkdir -p "$runtime/pip"
    dpkg-deb -x "$apt"/cache/archives/python3-pip-whl_*.deb "$runtime/pip" >>"$log" 2>&1 ||
        explain "pip tidak dapat dibongkar" "pip cannot be unpacked"
    for wheel in "$runtime"/pip/usr/share/python-wheels/pip-*.whl; do :; done
}

# make_venv FOLDER: an environment without pip.
make_venv() {
    python=$(find_python) ||
        give_up 3 "Python 3.11 atau lebih baru tidak ada: 'apt-get install python3', lalu jalankan lagi." \
            "Python 3.11 or newer is missing: 'apt-get install python3', then run this again."
    "$python" -m venv --without-pip "$1" >>"$log" 2>&1 ||
        explain "Lingkungan Python tidak dapat dibuat" "The Python environment cannot be made"
}

# pip_install VENV TEXT TOTAL ARGUMENT…: pip install with a bar over TOTAL packages.
pip_install() {
    venv=$1 text=$2 total=$3
    shift 3
    bar 0 "$text"
    {
        PYTHONPATH=$wheel "$venv/bin/python" -m pip --disable-pip-version-check --no-input install \
            --progress-bar off --only-binary :all: "$@" 2>&1 9>&- </dev/null && echo siaga-done
    } | {
        count=0 outcome=failed
        while IFS= read -r line; do
            case $line in
            Collecting* | Requirement*)
                if [ $count -lt "$total" ]; then count=$((count + 1)); fi
                # What comes after collecting, installing, is about a fifth of the time.
                bar $((count * 80 / total)) "$text"
                ;;
            siaga-done)
                outcome=done
                continue
                ;;
            esac
            printf '%s\n' "$line" >>"$log"
        done
        [ $outcome = done ] && bar 100 "$text" && end_bar
    }
    [ $? = 0 ] || return
    bar_text=''
}

# make_python: the environment for $packages (run or dev) in $runtime/venv.
make_python() {
    # An environment whose making was interrupted, or that was moved here, is not to be trusted.
    if [ -e "$runtime/venv.unfinished" ] || [ ! -x "$runtime/venv/bin/python" ] || moved; then
        rm -rf "$runtime/venv"
    fi
    : >"$runtime/venv.unfinished"
    rm -f "$runtime"/stamp/python-*
    if [ ! -e "$runtime/venv" ]; then make_venv "$runtime/venv"; fi
    pip_wheel
    lock=$(lock_file "$packages")
    pip_install "$runtime/venv" "Memasang pustaka Python / installing Python packages" \
        "$(grep -c '^[a-z].*==' "$lock")" --require-hashes -r "$lock" ||
        explain "Pustaka Python tidak dapat dipasang" "The Python packages cannot be installed"
    # The development lock is made within the bounds of the other, so it serves both.
    python_key run >"$runtime/stamp/python-run"
    if [ "$packages" = dev ]; then python_key dev >"$runtime/stamp/python-dev"; fi
    rm -f "$runtime/venv.unfinished"
}

moved() {
    for stamp in "$runtime"/stamp/python-*; do
        if [ -r "$stamp" ] && read -r _ _ place <"$stamp" && [ "$place" != "$runtime" ]; then return 0; fi
    done
    return 1
}
