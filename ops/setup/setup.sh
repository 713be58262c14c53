# Makes the missing parts of the runtime, one set-up at a time.
# shellcheck shell=sh disable=SC2154

. "$here/ops/setup/say.sh"
. "$here/ops/setup/apt.sh"
. "$here/ops/setup/tools.sh"
. "$here/ops/setup/python.sh"
. "$here/ops/setup/assets.sh"
. "$here/ops/setup/browser.sh"

# Free space a first set-up takes at its peak, in MB: 130 of packages, 360 unpacked, 250 of Python.
space_needed=900

# set_up: returns 0 when everything the command stands on is there, else exits or returns 3.
set_up() {
    umask 022
    case $runtime in
    *[!A-Za-z0-9_./@+-]*)
        give_up 2 "SIAGA_RUNTIME=$runtime: pakai hanya huruf, angka dan _ . / @ + - dalam nama folder." \
            "SIAGA_RUNTIME=$runtime: use only letters, digits and _ . / @ + - in the folder's name."
        ;;
    esac
    mkdir -p "$runtime/stamp" "$runtime/bin" 2>/dev/null && [ -w "$runtime" ] && [ -w "$runtime/stamp" ] ||
        give_up 3 "Folder $runtime tidak dapat ditulisi: ubah pemiliknya, atau pilih folder lain dengan SIAGA_RUNTIME." \
            "The folder $runtime cannot be written: change its owner, or choose another by SIAGA_RUNTIME."
    command -v flock >/dev/null ||
        give_up 3 "Perintah flock tidak ada: pasang paket util-linux." \
            "The command flock is missing: install the package util-linux."
    (
        flock -n 9 || {
            note "Menunggu penyiapan lain selesai … / Waiting for another set-up to finish …"
            flock 9
        }
        all_made || set_up_locked
    ) 9>"$runtime/lock"
}

set_up_locked() {
    log=$runtime/setup.log
    : >"$log"
    trap 'end_bar; exit 130' INT
    trap 'end_bar; exit 143' TERM
    enough_space
    if [ "$tools" != no ] && ! tools_made; then
        (make_tools) || [ "$tools" = try ] || exit 3
    fi
    python_made || make_python
    # "try" (doctor) reports what is missing instead of stopping at it.
    if [ "$tools" != no ]; then
        assets_made || (make_assets) || [ "$tools" = try ] || exit 3
        browser_made || (make_browser) || [ "$tools" = try ] || exit 3
    fi
    python_made && { [ "$tools" != yes ] || { tools_made && assets_made && browser_made; }; } ||
        explain "Penyiapan tidak selesai" "The set-up is not complete"
    # Only needed while something is being made; a failed set-up keeps it, to go on from there.
    if tools_made; then rm -rf "$runtime/apt"; fi
}

enough_space() {
    free=$(df -Pk "$runtime" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "${free:-$space_needed}" -ge "$space_needed" ] || tools_made || no_space "$free"
}

no_space() {
    give_up 3 "Disk penuh: $runtime hanya punya ${1:-0} MB, perlu $space_needed MB. Kosongkan ruang, atau pilih disk lain dengan SIAGA_RUNTIME." \
        "Disk full: $runtime has only ${1:-0} MB, $space_needed MB are needed. Free some space, or choose another disk by SIAGA_RUNTIME."
}

# explain WHAT_ID WHAT_EN: a step failed; finds the cause in the log, shows the log's end, exits 3.
explain() {
    end_bar
    tail -n 12 "$log" | cut -c 1-200 >&2
    if grep -qiE 'no space left|disk quota|not have enough free space' "$log"; then
        no_space "$(df -Pk "$runtime" | awk 'NR == 2 { print int($4 / 1024) }')"
    elif grep -qE 'Temporary failure|Could not (resolve|connect)|Connection (failed|refused|timed out)|unreachable|NewConnectionError|NameResolutionError|ConnectTimeout' "$log"; then
        give_up 3 "$1: tidak ada jaringan. Periksa sambungan, DNS dan proksi, lalu jalankan lagi; yang sudah diunduh tidak diulang. Catatan: $log" \
            "$2: no network. Check the connection, DNS and proxy, then run this again; what was downloaded is kept. Log: $log"
    elif grep -qE 'NO_PUBKEY|EXPKEYSIG|not signed|signatures? (couldn|were invalid)' "$log"; then
        give_up 3 "$1: tanda tangan arsip tidak dapat diperiksa. Perbarui paket $keyring_package, lalu jalankan lagi. Catatan: $log" \
            "$2: the archive's signature cannot be checked. Upgrade the package $keyring_package, then run this again. Log: $log"
    fi
    give_up 3 "$1. Jalankan lagi untuk mencoba ulang; catatan lengkap: $log" \
        "$2. Run this again to retry; the full log: $log"
}
