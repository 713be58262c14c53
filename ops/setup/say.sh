# What set-up tells the person who waits: a bar on a terminal, plain lines elsewhere.
# All of it on stderr, so that stdout stays the command's own. Indonesian first, English second.
# shellcheck shell=sh

if [ -t 2 ]; then terminal=yes; else terminal=no; fi
bar_text=''

note() { printf '%s\n' "$*" >&2; }

# bar PERCENT TEXT: shows how far the step TEXT is.
bar() {
    if [ $terminal = yes ]; then
        if [ "$2" != "$bar_text" ]; then end_bar; fi
        printf '\r[%s%s] %3d %%  %s\033[K' \
            "$(printf '%.*s' $(($1 / 5)) '####################')" \
            "$(printf '%.*s' $((20 - $1 / 5)) '....................')" "$1" "$2" >&2
    elif [ "$2" != "$bar_text" ]; then
        printf '%s …\n' "$2" >&2
    fi
    bar_text=$2
}

# end_bar: leaves the line of the bar.
end_bar() {
    if [ $terminal = yes ] && [ -n "$bar_text" ]; then printf '\n' >&2; fi
    bar_text=''
}

# give_up STATUS INDONESIAN ENGLISH: says what to do and ends with this exit status.
give_up() {
    end_bar
    printf '\nsiaga112: %s\nsiaga112: %s\n' "$2" "$3" >&2
    exit "$1"
}
