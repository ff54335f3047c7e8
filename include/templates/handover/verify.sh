#!/bin/sh
# 核验本次移交的全部文件：只需 sh、openssl、sha256sum；不需要网络，也不需要 zicha。
# Verify everything that was handed over: sh, openssl and sha256sum suffice.
#
# 用法 / usage:  sh verify.sh [SIZE:DIGITS]...
#   SIZE:DIGITS 是移交清单上印出的账本根 / the root of the ledger as the hand-over list prints it.
# 退出码 / exit code:  0 全部通过 all passed · 1 有错误 a fault · 2 无法核验 cannot verify

set -u
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")" || exit 2
for tool in openssl sha256sum; do
    command -v "$tool" >/dev/null 2>&1 || {
        printf '无法核验：缺少 %s / cannot verify: %s is missing\n' "$tool" "$tool"
        exit 2
    }
done
work=$(mktemp -d "${TMPDIR:-/tmp}/verify.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
faults=0
fault() {
    faults=$((faults + 1))
    printf '[错误 FAULT] %s / %s\n' "$1" "$2"
}

for manifest in manifest-sha256.txt tagmanifest-sha256.txt; do
    [ -f "$manifest" ] || {
        fault "缺少清单：$manifest" "the manifest is missing: $manifest"
        continue
    }
    if sha256sum -c "$manifest" >"$work/said" 2>/dev/null; then
        printf '[通过 ok   ] %s\n' "$manifest"
    else
        sed -n 's/: FAILED.*//p' "$work/said" >"$work/failed"
        while read -r name; do
            fault "文件被改动或缺失：$name" "altered or missing file: $name"
        done <"$work/failed"
        [ -s "$work/failed" ] || fault "清单损坏：$manifest" "damaged manifest: $manifest"
    fi
done
find data -type f | sort >"$work/there"
cut -c 67- manifest-sha256.txt | sort >"$work/listed"
while read -r name; do
    grep -qxF -- "$name" "$work/listed" || fault "清单外的文件：$name" "file that is not listed: $name"
done <"$work/there"

for script in data/evidence/*/verify.sh; do
    [ -f "$script" ] || continue
    printf '\n== %s\n' "$(dirname "$script")"
    sh "$script" "$@"
    case $? in
    0) ;;
    *) fault "证据包未通过：$(dirname "$script")" "the bundle did not pass: $(dirname "$script")" ;;
    esac
done

if [ "$faults" -eq 0 ]; then
    printf '\n全部通过 / everything passed\n'
    exit 0
fi
printf '\n共 %s 处错误 / %s faults\n' "$faults" "$faults"
exit 1
