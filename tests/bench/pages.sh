#!/usr/bin/env bash
# Looks at pages in chromium, at three widths in both colour schemes: axe-core finds nothing,
# nothing is wider than the window. Leaves a screenshot of each.
#
# usage: tests/bench/pages.sh DIR PAGE...
#
# DIR gets the screenshots. axe-core comes from npm, into ~/.cache/foliostorm/axe-core, which is why
# this is not in the test suite; AXE=FILE names another axe.min.js.
# Exit codes: 0 nothing was found, 1 something was, 2 usage, 77 a program or axe-core is missing.
set -euo pipefail
[[ $# -ge 2 ]] || { sed -nE 's/^# (usage: .*)/\1/p' "$0" >&2; exit 2; }
lacks() {
	echo "tests/bench/pages.sh: $1" >&2
	exit 77
}
browser=$(command -v chromium-headless-shell) || lacks "chromium-headless-shell is not installed"
command -v jq >/dev/null || lacks "jq is not installed"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/foliostorm/axe-core
axe=${AXE:-$cache/node_modules/axe-core/axe.min.js}
[[ -e $axe || -n ${AXE:-} ]] ||
	npm install --silent --no-save --prefix "$cache" axe-core@4 >/dev/null ||
	lacks "axe-core cannot be had by npm"
[[ -e $axe ]] || lacks "$axe is not there"
mkdir -p "$1"
into=$(readlink -f "$1")
shift
scratch=$(mktemp -d "${TMPDIR:-/tmp}/foliostorm-pages.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

browse() {
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars \
		--allow-file-access-from-files --user-data-dir="$scratch/browser" \
		"$@" 2>"$scratch/said"
}

# The page with axe-core in it, which leaves what it finds in an element of the page.
add_axe() { # PAGE
	sed '/<\/body>/,$d' "$1"
	echo "<script>"
	sed 's|</script|<\\/script|g' "$axe"
	cat <<-'END'
	</script><script>
	const high = document.documentElement.scrollHeight;
	const broad = document.documentElement.scrollWidth;
	const wide = broad > innerWidth ? [`${broad} pixels wide, of ${innerWidth}`] : [];
	const tell = (found) => {
		const to = document.createElement('pre');
		to.id = 'found';
		to.dataset.high = high;
		to.textContent = btoa(unescape(encodeURIComponent(JSON.stringify(found))));
		document.body.append(to);
	};
	const options = {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
	};
	const failure = (node) => node.failureSummary.replace(/\s+/g, ' ');
	axe.run(document, options).then(
		(result) => tell([...wide, ...result.violations.flatMap((rule) =>
			rule.nodes.map((node) => `${rule.id}: ${node.target}: ${failure(node)}`))]),
		(error) => tell([String(error)]));
	</script></body></html>
	END
}

wrong=0
for page; do
	name=$(basename "$(dirname "$(readlink -f "$page")")")-$(basename "$page" .html)
	add_axe "$page" >"$scratch/page.html"
	for width in 390 800 1400; do
		for scheme in 1:light 0:dark; do
			view=("--window-size=$width,900" \
				"--blink-settings=preferredColorScheme=${scheme%%:*}")
			browse "${view[@]}" --virtual-time-budget=20000 \
				--dump-dom "file://$scratch/page.html" >"$scratch/dom.html" || true
			found=$(sed -nE 's|.*<pre id="found"[^>]*>([^<]*)</pre>.*|\1|p' \
				"$scratch/dom.html" | base64 -d | jq -r '.[]')
			grep -q '<pre id="found"' "$scratch/dom.html" ||
				found="axe-core did not end: $(tail -1 "$scratch/said")"
			if [[ -n $found ]]; then
				wrong=1
				echo "$page, $width pixels, ${scheme##*:}:"
				echo "$found"
			fi
			# As high as the page is, so that all of it is seen.
			high=$(sed -nE 's|.*<pre id="found" data-high="([0-9]+)">.*|\1|p' \
				"$scratch/dom.html")
			browse --window-size="$width,${high:-3000}" "${view[1]}" \
				--screenshot="$into/$name-$width-${scheme##*:}.png" \
				"file://$(readlink -f "$page")" >/dev/null || true
		done
	done
done
exit $wrong
