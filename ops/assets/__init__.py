"""Third-party scripts of the pages: fetched from npm at set-up, checked, bundled, named by content.

``packages.yaml`` says which, in which version, with which digest; ``entries/`` what the browser is
given of them. Run by ``ops/setup/assets.sh``.
"""
