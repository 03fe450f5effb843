# shellcheck shell=bash
# shellcheck disable=SC2154 # program.sh gives scratch
# Sourced, after program.sh, by tests that look at pages. Gives: browser, which is empty where there
# is none, browse, and fits_phone.
browser=$(command -v chromium-headless-shell || command -v chromium || true)

browse() { # OPTIONS...
	timeout 90 "$browser" --headless --no-sandbox --disable-gpu \
		--user-data-dir="$scratch/browser" "$@"
}

# fits_phone PAGE: nothing in it is wider than a phone
fits_phone() {
	local tell='"width " + document.documentElement.scrollWidth + " of " + innerWidth'
	local wide inner
	sed "s|</body>|<script>document.title = $tell</script></body>|" "$1" >"$scratch/phone.html"
	browse --window-size=390,800 --dump-dom "file://$scratch/phone.html" 2>/dev/null \
		>"$scratch/phone.dom"
	read -r wide inner < <(sed -nE 's|.*<title>width ([0-9]+) of ([0-9]+)</title>.*|\1 \2|p' \
		"$scratch/phone.dom")
	[[ -n $inner && $wide -le $inner && $inner -le 400 ]] ||
		fail "on a phone the page is $wide pixels wide, of $inner"
}
