# A private apt: downloads packages from the machine's own mirror, checked by its own keyring,
# without root and without touching the machine's own package state.
# shellcheck shell=sh disable=SC2154

# Debian's stable releases hold no Asterisk; this one does. Ubuntu's own releases hold it.
debian_suite=forky

# choose_archive [OS_RELEASE]: sets origin, codename, suite, components, keyring_package;
# fails where the platform is neither Debian nor Ubuntu.
choose_archive() {
    # shellcheck disable=SC1090
    . "${1:-/etc/os-release}" 2>/dev/null || return
    if [ -n "${UBUNTU_CODENAME:-}" ]; then
        origin=Ubuntu codename=$UBUNTU_CODENAME suite=$UBUNTU_CODENAME
        components="main universe" keyring_package=ubuntu-keyring keyring_name=ubuntu-archive-keyring
    elif [ "${ID:-}" = debian ]; then
        origin=Debian codename=${VERSION_CODENAME:-$debian_suite} suite=$debian_suite
        components=main keyring_package=debian-archive-keyring keyring_name=debian-archive-keyring
    else
        return 1
    fi
}

# mirror_from_lists: the mirror in the package lists this machine has fetched.
mirror_from_lists() {
    # shellcheck disable=SC2016
    apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(CODENAME)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
        awk -F'|' -v origin="$origin" '$1 == origin && $2 == origin && $3 !~ /-/ { print $4; exit }'
}

# mirror_from_sources FOLDER SUITE…: the mirror in sources.list and sources.list.d below FOLDER
# (a fresh container has fetched no lists), of the first of these suites that has one.
mirror_from_sources() {
    sources=$1
    shift
    for wanted in "$@"; do
        for file in "$sources/sources.list" "$sources"/sources.list.d/*.list; do
            [ -r "$file" ] || continue
            sed -n 's/^[[:space:]]*deb[[:space:]]\{1,\}//p' "$file" | sed 's/^\[[^]]*\][[:space:]]*//' |
                awk -v wanted="$wanted" '$2 == wanted && / main/ { print $1; exit }'
        done
        for file in "$sources"/sources.list.d/*.sources; do
            [ -r "$file" ] || continue
            grep -v '^#' "$file" | awk -v wanted="$wanted" '
                BEGIN { RS = ""; FS = "\n" }
                {
                    split("", value)
                    for (i = 1; i <= NF; i++) {
                        if ($i !~ /^[ \t]/) { key = tolower($i); sub(/:.*/, "", key); sub(/^[^:]*:/, "", $i) }
                        value[key] = value[key] " " $i
                    }
                    if ((value["suites"] " ") ~ (" " wanted "/? ") && value["components"] ~ / main/ &&
                        (value["types"] " ") ~ / deb / && value["enabled"] !~ /no/) {
                        split(value["uris"], uri, " ")
                        print uri[1]
                        exit
                    }
                }'
        done
    done | head -n 1
}

# configure_apt: writes the private configuration; sets APT_CONFIG.
configure_apt() {
    apt=$runtime/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    mirror=$(mirror_from_lists)
    [ -n "$mirror" ] ||
        mirror=$(mirror_from_sources /etc/apt "$codename" "$suite" stable oldstable testing unstable sid)
    [ -n "$mirror" ] ||
        give_up 3 "apt mesin ini tidak punya cermin $origin: tambahkan di /etc/apt/sources.list, lalu jalankan lagi." \
            "This machine's apt has no $origin mirror: add one to /etc/apt/sources.list, then run this again."
    keyring=
    for file in /usr/share/keyrings/"$keyring_name".gpg /usr/share/keyrings/"$keyring_name".pgp; do
        if [ -r "$file" ]; then keyring=$file; fi
    done
    [ -n "$keyring" ] ||
        give_up 3 "Kunci arsip $origin tidak ada: pasang dengan 'apt-get install $keyring_package', lalu jalankan lagi." \
            "The keyring of the $origin archive is missing: 'apt-get install $keyring_package', then run this again."
    echo "deb [arch=$(dpkg --print-architecture) target=Packages signed-by=$keyring] $mirror $suite $components" \
        >"$apt/sources.list"
    # The machine's proxy, certificate and transport settings are kept; its hooks are not run.
    # A proxy's address may hold a password, hence the mask.
    (
        umask 077
        {
            apt-config dump | grep -E '^Acquire::[^" ]* "[^"]*";$' | grep -v '^Acquire::IndexTargets'
            cat <<EOF
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Cache::archives "$apt/cache/archives";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::main "-";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "-";
Debug::NoLocking "true";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
APT::Install-Recommends "false";
APT::Get::Assume-Yes "true";
Acquire::Retries "3";
Acquire::Languages "none";
// A machine with a wrong clock, or a mirror frozen on purpose, must still be set up.
Acquire::Check-Valid-Until "false";
EOF
        } >"$apt/apt.conf"
    )
    export APT_CONFIG="$apt/apt.conf"
}

# apt_step TEXT ARGUMENT…: runs apt-get with a bar; fails as apt-get does.
apt_step() {
    text=$1
    shift
    bar 0 "$text"
    {
        LC_ALL=C apt-get -o APT::Status-Fd=3 "$@" 3>&1 >>"$log" 2>&1 9>&- </dev/null && echo done: || echo failed:
    } | {
        outcome=failed
        while IFS=: read -r kind _ percent _; do
            case $kind in
            dlstatus) bar "${percent%%.*}" "$text" ;;
            done | failed) outcome=$kind ;;
            esac
        done
        [ $outcome = done ] && bar 100 "$text" && end_bar
    }
    [ $? = 0 ] || return
    bar_text=''
}

# download PACKAGE…: fetches the packages and all they depend on into $apt/cache/archives.
download() {
    configure_apt
    apt_step "Membaca daftar paket / reading the package lists" update ||
        explain "Daftar paket tidak dapat diambil" "The package lists cannot be fetched"
    apt_step "Mengunduh paket / downloading packages" install --download-only "$@" ||
        explain "Paket tidak dapat diunduh: $*" "Packages cannot be downloaded: $*"
}
