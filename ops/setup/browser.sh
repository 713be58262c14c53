# A browser for the tests of the pages: the machine's own Chromium, else its release's, unpacked
# privately. A centre in use needs none.
# shellcheck shell=sh disable=SC2154

own_browser() {
    for name in chromium chromium-browser google-chrome; do
        found=$(PATH=$PATH:/usr/bin command -v "$name") || continue
        # Ubuntu's is a message that leads to snap.
        "$found" --version 2>/dev/null | grep -qE '(Chromium|Chrome) [0-9]{3}' && echo "$found" && return
    done
    return 1
}

make_browser() {
    if found=$(own_browser); then
        ln -sfn "$found" "$runtime/bin/chromium"
        stamp_browser
        return
    fi
    can_fetch && [ "$origin" = Debian ] ||
        give_up 3 "Chromium tidak ada di mesin ini: pasang (paket chromium), lalu jalankan lagi." \
            "Chromium is not on this machine: install it (package chromium), then run this again."
    # Its processes start each other by its own name, without our loader: it must suit this machine's
    # C library, so it comes from this machine's release.
    suite=$codename
    rm -rf "$runtime/apt"
    # fontconfig looks in the usual places, where a bare machine has no font at all.
    download chromium fonts-dejavu-core
    rm -rf "$runtime/browser.new"
    mkdir "$runtime/browser.new"
    for file in "$apt"/cache/archives/*.deb; do
        case ${file##*/} in libc6_* | libc-bin_*) continue ;; esac
        dpkg-deb -x "$file" "$runtime/browser.new" >>"$log" 2>&1 ||
            explain "Paket tidak dapat dibongkar: ${file##*/}" "A package cannot be unpacked: ${file##*/}"
    done
    rm -rf "$runtime/browser"
    mv "$runtime/browser.new" "$runtime/browser"
    rm -rf "$runtime/apt"
    wrap_browser
    "$runtime/bin/chromium" --version >>"$log" 2>&1 ||
        explain "Chromium yang diunduh tidak dapat dijalankan" "The downloaded Chromium does not run"
    stamp_browser
}

stamp_browser() {
    echo "$browser_key" >"$runtime/stamp/browser"
}

wrap_browser() {
    root=$runtime/browser
    libraries=
    # Libraries of NSS and PulseAudio lie in folders that the loader does not know of.
    for folder in "$root"/usr/lib/*-linux-gnu "$root"/lib/*-linux-gnu \
        "$root"/usr/lib/*-linux-gnu/nss "$root"/usr/lib/*-linux-gnu/pulseaudio; do
        if [ -d "$folder" ]; then libraries=$libraries${libraries:+:}$folder; fi
    done
    fonts=$root/fonts.conf
    cat >"$fonts" <<END
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>$root/usr/share/fonts</dir>
  <cachedir>$root/fontcache</cachedir>
</fontconfig>
END
    rm -f "$runtime/bin/chromium"
    {
        echo '#!/bin/sh'
        echo "export LD_LIBRARY_PATH=$libraries FONTCONFIG_FILE=$fonts"
        echo "exec $root/usr/lib/chromium/chromium \"\$@\""
    } >"$runtime/bin/chromium.new"
    chmod 755 "$runtime/bin/chromium.new"
    mv "$runtime/bin/chromium.new" "$runtime/bin/chromium"
}
