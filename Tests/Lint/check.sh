#!/bin/bash
# What the formatter and the compiler do not check: layers, file sizes, and words that promise more than is there.
set -uo pipefail
cd "$(dirname "$0")/../.."
status=0
complain() { echo "lint: $1"; status=1; }

# Only the commands and the server read the environment.
found=$(grep -rlE '\b(getenv|secure_getenv|ProcessInfo)\b' Sources --include='*.swift' \
    | grep -vE '^Sources/(NacreCommands|NacreServer|nacre|nacre-server)/')
[ -z "$found" ] || complain "reads the environment below the commands: $found"

# No file holds more than one thing can.
while read -r count file; do
    [ "$count" -le 800 ] || complain "$file has $count lines (at most 800)"
done < <(find Sources Tests -name .build -prune -o -name '*.swift' -exec wc -l {} + | awk '$2 != "total"')

# Unfinished work is refused with an error, not marked.
found=$(grep -rnE '\b(TODO|FIXME|XXX|HACK)\b|fatalError\(|try!' Sources --include='*.swift')
[ -z "$found" ] || complain "unfinished or trapping: $found"

# Every public name says what it is; the requirements of the standard library's protocols say it already.
found=$(find Sources -name '*.swift' -exec awk '
    FNR == 1 { documented = 0 }
    /^ *\/\/\// { documented = 1; next }
    /^ *@/ && !/(func|var|let|init|struct|enum|class) / { next }
    /^ *(@[^ ]+ )*(public|open) (static |final |mutating |consuming |internal\(set\) |private\(set\) )*(func|var|let|init|struct|enum|class|protocol|typealias|subscript|actor)/ {
        if (!documented && !/(description|debugDescription)|func (==|<|hash|next|encode)|init\((stringLiteral|from)/) print FILENAME ":" FNR
    }
    { documented = 0 }' {} +)
[ -z "$found" ] || complain "public without a comment: $found"

# A test that expects nothing cannot fail.
for file in $(grep -rlE '@Test' Tests --include='*.swift' --exclude-dir=.build); do
    grep -qE '#expect|#require|Issue\.record|expect[A-Z][A-Za-z]*\(' "$file" || complain "$file expects nothing"
done

[ $status = 0 ] && echo "lint: clean"
exit $status
