# Asterisk, SIPp, espeak-ng, sox and, for an edge, Kamailio, for tests PostgreSQL: the machine's own where they will do, else unpacked privately.
# Either way they are called as $runtime/bin/NAME.
# shellcheck shell=sh disable=SC2154

# number_in TEXT: the first whole number in it.
number_in() { printf '%s\n' "$1" | sed -n 's/^[^0-9]*\([0-9]\{1,\}\).*/\1/p' | head -n 1; }

# will_do PROGRAM PATH: this one is good enough.
will_do() {
    case $1 in
    asterisk) [ "$(number_in "$("$2" -V 2>/dev/null)")" -ge 20 ] 2>/dev/null ;;
    # 3.6 brought the play_dtmf used here; sound and digits need the PCAP build.
    sipp) "$2" -v 2>/dev/null | grep -qE 'v(3\.([6-9]|[1-9][0-9])|[4-9]|[1-9][0-9]).*PCAP' ;;
    espeak-ng) "$2" --voices=id 2>/dev/null | grep -q ' id ' ;;
    sox) "$2" --version >/dev/null 2>&1 ;;
    kamailio) [ "$(number_in "$("$2" -v 2>/dev/null)")" -ge 5 ] 2>/dev/null ;;
    postgres | initdb | pg_basebackup) [ "$(number_in "$("$2" --version 2>/dev/null)")" -ge 14 ] 2>/dev/null ;;
    esac
}

# own_tool PROGRAM: where the machine has one that will do; daemons live outside a user's PATH.
own_tool() {
    # What Debian calls pg_basebackup in PATH is a script that looks for one of its own clusters.
    servers=$(server_folder '')
    found=$(PATH=${servers:+$servers:}$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1") || return
    case $found in "$runtime"/*) return 1 ;; esac
    will_do "$1" "$found" && echo "$found"
}

# server_folder ROOT: where Debian has the newest PostgreSQL's programs below it, outside every PATH.
server_folder() {
    find "$1/usr/lib/postgresql" -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1
}

package_of() {
    case $1 in
    sipp) echo sip-tester ;;
    kamailio) echo kamailio kamailio-tls-modules ;;
    postgres | initdb | pg_basebackup) echo postgresql ;;
    *) echo "$1" ;;
    esac
}

make_tools() {
    missing=
    for program in $programs; do
        if found=$(own_tool "$program"); then
            ln -sfn "$found" "$runtime/bin/$program"
        else
            missing="$missing $program"
        fi
    done
    [ -z "$missing" ] || unpack_tools
    make_canary
    echo "$tools_key" >"$runtime/stamp/tools.new"
    mv "$runtime/stamp/tools.new" "$runtime/stamp/tools"
}

# unpack_tools: fetches $missing, and pip for the Python part where the machine has none.
unpack_tools() {
    can_fetch ||
        give_up 3 "Tidak ada di mesin ini:$missing. Pasang Asterisk >= 20, SIPp >= 3.6 (dengan PCAP), espeak-ng, sox, (dengan SIAGA_EDGE) Kamailio >= 5 dan (untuk uji) PostgreSQL >= 14, lalu jalankan lagi." \
            "Not on this machine:$missing. Install Asterisk >= 20, SIPp >= 3.6 (with PCAP), espeak-ng, sox, (with SIAGA_EDGE) Kamailio >= 5 and (for tests) PostgreSQL >= 14, then run this again."
    wanted=
    for program in $missing; do wanted="$wanted $(package_of "$program")"; done
    if ! machine_pip >/dev/null; then wanted="$wanted python3-pip-whl"; fi
    # shellcheck disable=SC2086
    unpack $wanted
    for program in $missing; do
        wrap "$program"
        will_do "$program" "$runtime/bin/$program" || {
            "$runtime/bin/$program" --version >>"$log" 2>&1
            explain "$program yang diunduh tidak dapat dijalankan" "The downloaded $program does not run"
        }
    done
}

# make_canary: astcanary, which a real-time Asterisk starts itself and needs. It comes with Asterisk;
# where it does not, Asterisk goes back to the usual priority, and the doctor tells.
make_canary() {
    rm -f "$runtime/bin/astcanary"
    if [ ! -L "$runtime/bin/asterisk" ]; then
        wrap astcanary
        return
    fi
    beside=$(dirname "$(readlink -f "$runtime/bin/asterisk")")/astcanary
    if [ -x "$beside" ]; then ln -s "$beside" "$runtime/bin/astcanary"; fi
}

# can_fetch: this platform has packages to fetch.
can_fetch() {
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && choose_archive
}

# unpack PACKAGE…: fetches the packages and puts their files below $runtime/root.
unpack() {
    download "$@"
    text="Membongkar paket / unpacking packages"
    rm -rf "$runtime/root.new"
    mkdir "$runtime/root.new"
    total=$(find "$apt/cache/archives" -maxdepth 1 -name '*.deb' | wc -l)
    count=0
    for file in "$apt"/cache/archives/*.deb; do
        count=$((count + 1))
        bar $((count * 100 / total)) "$text"
        dpkg-deb -x "$file" "$runtime/root.new" >>"$log" 2>&1 ||
            explain "Paket tidak dapat dibongkar: ${file##*/}" "A package cannot be unpacked: ${file##*/}"
    done
    end_bar
    rm -rf "$runtime/root"
    mv "$runtime/root.new" "$runtime/root"
}

# wrap PROGRAM: writes the script that runs the unpacked program with the libraries unpacked with
# it. It ends in exec, so that its pid is the program's own.
wrap() {
    root=$runtime/root
    for loader in "$root"/usr/lib/*/ld-linux*.so.? "$root"/usr/lib/*/ld64.so.? \
        "$root"/lib/*/ld-linux*.so.? "$root"/lib/*/ld64.so.?; do
        if [ -x "$loader" ]; then break; fi
    done
    triplet=$(basename "$(dirname "$loader")")
    libraries=
    for folder in "$root/usr/lib/$triplet" "$root/lib/$triplet" "$root/usr/lib/$triplet/pulseaudio"; do
        if [ -d "$folder" ]; then libraries=$libraries${libraries:+:}$folder; fi
    done
    for binary in "$(server_folder "$root")/$1" "$root/usr/sbin/$1" "$root/usr/bin/$1"; do
        if [ -x "$binary" ]; then break; fi
    done
    rm -f "$runtime/bin/$1" # may be a link to the machine's own program
    {
        echo '#!/bin/sh'
        if [ "$1" = espeak-ng ]; then
            echo "export ESPEAK_DATA_PATH=$root/usr/lib/$triplet/espeak-ng-data"
        fi
        options=
        if [ "$1" = kamailio ]; then options="-L $root/usr/lib/$triplet/kamailio/modules/ "; fi
        echo "exec $loader --inhibit-cache --library-path $libraries $binary $options\"\$@\""
    } >"$runtime/bin/$1.new"
    chmod 755 "$runtime/bin/$1.new"
    mv "$runtime/bin/$1.new" "$runtime/bin/$1"
    if [ "$1" = postgres ]; then wrap_server; fi
}

# wrap_server: initdb runs the program called postgres beside itself, which must find its libraries too.
wrap_server() {
    mv "$binary" "$binary.unpacked"
    sed "s|$binary|&.unpacked|" "$runtime/bin/postgres" >"$binary"
    chmod 755 "$binary"
    cp "$binary" "$runtime/bin/postgres"
}
