#!/bin/sh
# Opens the HTML page of a plan in headless Chromium, and looks at what became of it: that its rows are there, that its filters
# and its search work, that nothing of a hostile name ran, and that it can be read without JavaScript.
#
# Needs Chromium or Chrome; CHROMIUM names one that is elsewhere. Where there is none, it says so and succeeds: nobody needs a
# browser to work on rosterkit. Everything it makes lies under target/html-check.
set -u

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
work=${CARGO_TARGET_DIR:-$root/target}/html-check
cargo=${CARGO:-cargo}

browser=
for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        browser=$name
        break
    fi
done
if [ -z "$browser" ]; then
    echo "html-check: skipped: there is no chromium, chromium-browser or google-chrome; set CHROMIUM to one"
    exit 0
fi

rm -rf "$work"
mkdir -p "$work" || exit 1
work=$(CDPATH='' cd -- "$work" && pwd)
for redact in '' --redact; do
    "$cargo" run --locked --quiet --manifest-path "$root/Cargo.toml" --package rosterkit-sync --example plan_page -- \
        "$work/plan$redact.html" $redact || exit 1
done

# Chromium refuses its sandbox to root, as in most containers. The page is our own, and loads nothing.
sandbox=
[ "$(id -u)" -ne 0 ] || sandbox=--no-sandbox

failed=0
fail() {
    echo "html-check: $1; see $work"
    failed=1
}

# open NAME FILE FRAGMENT [OPTION]: the elements after the script ran, in $work/NAME.dom
open() {
    dom=$work/$1.dom
    if ! timeout 60 "$browser" --headless --disable-gpu --no-first-run --user-data-dir="$work/profile" $sandbox ${4:-} \
        --virtual-time-budget=5000 --dump-dom "file://$work/$2#$3" >"$dom" 2>"$work/$1.log"; then
        fail "$browser failed on $1"
    fi
    # The rows of the table of actions, one a line.
    sed -n '/<tbody id="rows">/,/<\/tbody>/p' "$dom" | sed 's/<tr>/\
<tr>/g' | grep '^<tr>' >"$work/$1.rows"
    if grep -q '<html[^>]* data-ran' "$dom"; then
        fail "$1: a hostile name ran"
    fi
    if grep -qE '<(img|iframe|template)' "$dom" || [ "$(grep -o '<style' "$dom" | wc -l)" -ne 1 ]; then
        fail "$1: a hostile name became an element"
    fi
    if grep -q 'Content Security Policy' "$work/$1.log"; then
        fail "$1: the page breaks its own policy"
    fi
}

# rows NAME NUMBER [PATTERN]: there are as many rows, and each has the pattern
rows() {
    found=$(grep -c '' "$work/$1.rows")
    [ "$found" -eq "$2" ] || fail "$1: $found rows, expected $2"
    [ "$(grep -c -- "${3:-}" "$work/$1.rows")" -eq "$2" ] || fail "$1: not every row has \"${3:-}\""
}

# shown NAME TEXT: what the page says of its rows
shown() {
    grep -q "<p id=\"shown\" role=\"status\">$2</p>" "$work/$1.dom" || fail "$1: the page does not say \"$2\""
}

open all plan.html ''
rows all 100
shown all 'Actions 1 to 100 of 2,500.'
grep -q '<form id="controls"[^>]*hidden' "$work/all.dom" && fail "all: the filters are hidden"

open kind plan.html 'flow=people&kind=deactivate&size=1000'
rows kind 625 'class="kind deactivate"'
shown kind 'Actions 1 to 625 of 625 that match, out of 2,500.'

open manual plan.html 'only=manual&size=1000'
rows manual 250 'overwrites a manual change'

open held plan.html 'only=held'
rows held 25 'Held: '

open text plan.html 'text=PERSON1777'
rows text 1 'Person1777'

open hostile plan.html 'text=%3Cimg'
rows hostile 100 '&lt;img src=x'

open last plan.html 'page=25'
rows last 100
shown last 'Actions 2,401 to 2,500 of 2,500.'

open nobody plan.html 'text=nobody-has-this'
rows nobody 0
shown nobody 'No actions of 0 that match, out of 2,500.'

open unknown plan.html 'flow=%3Cimg%20src%3Dx%3E&kind=none&page=-7&size=0'
rows unknown 100
shown unknown 'Actions 1 to 100 of 2,500.'

open redacted plan--redact.html ''
rows redacted 100
grep -qE 'Person[0-9]|example\.com</div>' "$work/redacted.dom" && fail "redacted: the page has a value"

open without-script plan.html '' --blink-settings=scriptEnabled=false
rows without-script 1000
grep -q '<form id="controls"[^>]*hidden' "$work/without-script.dom" || fail "without-script: filters that do nothing are shown"

[ "$failed" -eq 0 ] && echo "html-check: the page of a plan holds in $browser"
exit "$failed"
