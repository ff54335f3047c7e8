#!/bin/sh
# 核验本证据包：只需 sh、openssl、sha256sum；不需要网络，也不需要 zicha。
# Verify this bundle: sh, openssl and sha256sum suffice; neither a network nor zicha is needed.
#
# 用法 / usage:  sh verify.sh [SIZE:DIGITS]...
#   SIZE:DIGITS 是报告或消息上印出的账本根，用来与本包对照。
#   SIZE:DIGITS is the root of the ledger as a report or a message printed it, to compare with.
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
[ -d data/entries ] || {
    printf '无法核验：这不是证据包 / cannot verify: this is no bundle\n'
    exit 2
}
work=$(mktemp -d "${TMPDIR:-/tmp}/verify.XXXXXX") || exit 2
trap 'rm -rf "$work"' EXIT
trap 'exit 2' HUP INT TERM
faults=0

passed() { printf '[通过 ok   ] %s / %s\n' "$1" "$2"; }
fault() {
    faults=$((faults + 1))
    printf '[错误 FAULT] %s / %s\n' "$1" "$2"
}
unbase64() { printf '%s' "$1" | openssl base64 -d -A >"$2" 2>/dev/null; }
hex_of() { od -An -v -tx1 "$1" | tr -d ' \n'; }
sha256() { sha256sum <"$1" | cut -c 1-64; }

# 叶与节点的散列，按 RFC 6962 / the hashes of leaves and nodes, as RFC 6962 says
leaf() { { printf '\000'; cat "$1"; } | openssl dgst -sha256 -binary >"$2"; }
node() {
    { printf '\001'; cat "$1" "$2"; } | openssl dgst -sha256 -binary >"$work/node"
    mv "$work/node" "$3"
}
# 一个字段的值；条目是规范化的 JSON，只有一行 / one field of an entry, canonical JSON on one line
field() { { cat "$2"; echo; } | sed -n "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p"; }
kind() { { cat "$1"; echo; } | sed -n 's/.*"kind":"\([a-z]*\)","salt":.*/\1/p'; }
# 条目承诺的每份字节：sha256、sm3、名称 / what an entry commits to: sha256, sm3, name
commits() {
    { cat "$1"; echo; } | sed -n 's/.*"commits":\[\(.*\)\],"kind":.*/\1/p' | tr '{' '\n' |
        sed -n 's/^"name":"\([^"]*\)","sha256":"\([0-9a-f]*\)","size":[0-9]*,"sm3":"\([0-9a-f]*\)".*/\2 \3- \1/p'
}
number() { basename "$1" | sed -e 's/\..*//' -e 's/^0*\([0-9]\)/\1/'; }

# 1. 文件清单 / the files
files=0
for manifest in manifest-sha256.txt tagmanifest-sha256.txt; do
    if sha256sum -c "$manifest" >"$work/said" 2>/dev/null; then
        files=$((files + $(wc -l <"$manifest")))
    else
        sed -n 's/: FAILED.*//p' "$work/said" >"$work/failed"
        while read -r name; do
            fault "文件被改动或缺失：$name" "altered or missing file: $name"
        done <"$work/failed"
        [ -s "$work/failed" ] || fault "清单损坏：$manifest" "damaged manifest: $manifest"
    fi
done
find data ! -type d | sort >"$work/there"
cut -c 67- manifest-sha256.txt | sort >"$work/listed"
while read -r name; do
    grep -qxF -- "$name" "$work/listed" || fault "清单外的文件：$name" "file that is not listed: $name"
done <"$work/there"
[ "$faults" -eq 0 ] && passed "文件清单：$files 个文件" "manifest: $files files"

# 2. 密钥：由账本条目引入 / the keys, which entries of the ledger introduce
: >"$work/keys"
for entry in data/entries/*.json; do
    [ "$(kind "$entry")" = key ] || continue
    key=$(field key "$entry")
    name=${key%%+*}
    rest=${key#*+}
    id=${rest%%+*}
    unbase64 "${rest#*+}" "$work/raw"
    { printf '\060\052\060\005\006\003\053\145\160\003\041\000'; tail -c 32 "$work/raw"; } >"$work/$id.der"
    found=$({ printf '%s\n' "$name"; cat "$work/raw"; } | sha256sum | cut -c 1-8)
    if [ "$found" = "$id" ] && [ "$(wc -c <"$work/raw")" -eq 33 ]; then
        printf '%s %s %s\n' "$(number "$entry")" "$id" "$name" >>"$work/keys"
        print=$(tail -c 32 "$work/raw" | sha256sum | cut -c 1-64)
        passed "密钥 $id（公钥 sha256 $print）：请与您手中的记录对照" \
            "key $id (sha256 of the public key $print): compare it with what you hold"
    else
        fault "密钥编号不符：$entry" "the key has another id: $entry"
    fi
done
[ -s "$work/keys" ] || fault "包内没有密钥" "the bundle holds no key"

# 3. 检查点：签名 / the checkpoints: signatures
signed() { # 文件 text signature → 0/1；用当时有效的密钥 with the key in force at that size
    size=$(sed -n '2p' "$1")
    in_force=
    while read -r since id name; do
        [ "$since" -lt "$size" ] && in_force=$id && origin=$name
    done <"$work/keys"
    [ -n "$in_force" ] || return 1
    [ "$(sed -n '1p' "$1")" = "$origin" ] || return 1
    sed -n '1,3p' "$1" >"$work/text"
    sed -n '5,$p' "$1" >"$work/lines"
    while read -r _dash by blob; do
        unbase64 "$blob" "$work/blob"
        dd bs=4 count=1 <"$work/blob" >"$work/id" 2>/dev/null
        dd bs=4 skip=1 <"$work/blob" >"$work/signature" 2>/dev/null
        [ "$by" = "$origin" ] && [ "$(hex_of "$work/id")" = "$in_force" ] || continue
        openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/$in_force.der" -rawin \
            -in "$work/text" -sigfile "$work/signature" >/dev/null 2>&1 && return 0
    done <"$work/lines"
    return 1
}
checkpoints=0
for checkpoint in data/checkpoints/*.checkpoint; do
    size=$(number "$checkpoint")
    if [ "$(sed -n '2p' "$checkpoint")" = "$size" ] && signed "$checkpoint"; then
        checkpoints=$((checkpoints + 1))
        unbase64 "$(sed -n '3p' "$checkpoint")" "$work/root.$size"
        last=$size
    else
        fault "签名无效，或签名的密钥当时已停用：$checkpoint" \
            "bad signature, or one of a key that was not in force: $checkpoint"
    fi
done
[ "$checkpoints" -gt 0 ] && passed "检查点签名：$checkpoints 个，最后一个 $last 条" \
    "signed checkpoints: $checkpoints, the last over $last entries"

# 国密会签：SM2 over SM3；公钥的编号请与您手中的记录对照 / cosignatures of SM2
cosigned=0
for key in data/cosigners/*.pem; do
    [ -f "$key" ] || continue
    id=$(basename "$key" .pem)
    print=$(openssl pkey -pubin -in "$key" -outform DER 2>/dev/null | sha256sum | cut -c 1-64)
    for checkpoint in data/checkpoints/*.checkpoint; do
        sed -n '1,3p' "$checkpoint" >"$work/text"
        sed -n '5,$p' "$checkpoint" >"$work/lines"
        while read -r _dash _by blob; do
            unbase64 "$blob" "$work/blob"
            dd bs=4 count=1 <"$work/blob" >"$work/id" 2>/dev/null
            [ "$(hex_of "$work/id")" = "$id" ] || continue
            dd bs=4 skip=1 <"$work/blob" >"$work/signature" 2>/dev/null
            if openssl dgst -sm3 -verify "$key" -sigopt distid:1234567812345678 \
                -signature "$work/signature" "$work/text" >/dev/null 2>&1; then
                cosigned=$((cosigned + 1))
            else
                fault "SM2 会签无效：$checkpoint" "bad SM2 cosignature: $checkpoint"
            fi
        done <"$work/lines"
    done
    passed "SM2 会签：$cosigned 个，密钥 $id（公钥 sha256 $print）" \
        "SM2 cosignatures: $cosigned, key $id (sha256 of the public key $print)"
done

# 4. 一致性：后一个检查点只在前一个之上追加 / each checkpoint only adds to the one before it
climb() { # 一步 one step of RFC 9162: first, last
    while [ $((first & 1)) -eq 0 ] && [ "$first" -ne 0 ]; do
        first=$((first >> 1))
        last_=$((last_ >> 1))
    done
}
consistent() { # 前 后 证明 earlier later proof
    first=$(($1 - 1))
    last_=$(($2 - 1))
    cp "$3" "$work/steps"
    if [ $(($1 & ($1 - 1))) -eq 0 ]; then
        cp "$work/root.$1" "$work/old"
    else
        unbase64 "$(sed -n '1p' "$3")" "$work/old"
        sed -n '2,$p' "$3" >"$work/steps"
    fi
    cp "$work/old" "$work/new"
    while [ $((first & 1)) -eq 1 ]; do
        first=$((first >> 1))
        last_=$((last_ >> 1))
    done
    while read -r line; do
        [ "$last_" -ne 0 ] || return 1
        unbase64 "$line" "$work/step"
        if [ $((first & 1)) -eq 1 ] || [ "$first" -eq "$last_" ]; then
            node "$work/step" "$work/old" "$work/old"
            node "$work/step" "$work/new" "$work/new"
            climb
        else
            node "$work/new" "$work/step" "$work/new"
        fi
        first=$((first >> 1))
        last_=$((last_ >> 1))
    done <"$work/steps"
    [ "$last_" -eq 0 ] && cmp -s "$work/old" "$work/root.$1" && cmp -s "$work/new" "$work/root.$2"
}
earlier=
links=0
for checkpoint in data/checkpoints/*.checkpoint; do
    size=$(number "$checkpoint")
    [ -f "$work/root.$size" ] || continue
    if [ -n "$earlier" ]; then
        proof=data/consistency/$earlier-$size.txt
        if [ -f "$proof" ] && consistent "$earlier" "$size" "$proof"; then
            links=$((links + 1))
        else
            fault "检查点 $size 不是 $earlier 的延续：历史被改写" \
                "checkpoint $size does not extend $earlier: history was rewritten"
        fi
    fi
    earlier=$size
done
passed "一致性证明：$links 个" "consistency proofs: $links"

# 5. 每个条目在账本中，且其字节未变 / every entry is in the ledger, and its bytes are unchanged
# 已核验到根的节点记为 known_大小_层_序号；后面的条目到此即可，其余各步须与所记相同
# nodes that led to the root are kept as known_SIZE_LEVEL_INDEX: a later entry that reaches one is
# proved there, and the rest of its steps must be those that are kept
included() { # 条目 证明 entry proof
    [ "$(sed -n '1p' "$2")" = "c2sp.org/tlog-proof@v1" ] || return 1
    first=$(sed -n 's/^index \([0-9]*\)$/\1/p' "$2" | sed -n '1p')
    [ "$first" = "$(number "$1")" ] || return 1
    sed -n '/^$/,$p' "$2" | sed '1d' >"$work/note"
    size=$(sed -n '2p' "$work/note")
    case $size in '' | *[!0-9]*) return 1 ;; esac
    cmp -s "$work/note" "data/checkpoints/$(printf '%012d' "$size").checkpoint" || return 1
    [ -f "$work/root.$size" ] || return 1
    last_=$((size - 1))
    [ "$first" -le "$last_" ] || return 1
    sed -n '2,/^$/p' "$2" | sed -e '/^$/d' -e '/^index /d' -e '/^extra /d' >"$work/steps"
    leaf "$1" "$work/hash"
    hash=$(openssl base64 -A <"$work/hash")
    level=0
    found=
    nodes=
    while read -r line; do
        [ "$last_" -ne 0 ] || return 1
        case $line in *[!A-Za-z0-9+/=]*) return 1 ;; esac
        if [ -z "$found" ]; then
            eval "found=\${known_${size}_${level}_${first}:-}"
            [ -z "$found" ] || [ "$found" = "$hash" ] || return 1
            nodes="$nodes known_${size}_${level}_${first}=$hash"
        fi
        left=no
        if [ $((first & 1)) -eq 1 ] || [ "$first" -eq "$last_" ]; then
            left=yes
            while [ $((first & 1)) -eq 0 ] && [ "$first" -ne 0 ]; do
                first=$((first >> 1))
                last_=$((last_ >> 1))
                level=$((level + 1))
            done
        fi
        beside=known_${size}_${level}_$((first ^ 1))
        if [ -n "$found" ]; then
            eval "[ \"\${$beside:-}\" = \"$line\" ]" || return 1
        else
            nodes="$nodes $beside=$line"
            unbase64 "$line" "$work/step"
            if [ "$left" = yes ]; then
                node "$work/step" "$work/hash" "$work/hash"
            else
                node "$work/hash" "$work/step" "$work/hash"
            fi
            hash=$(openssl base64 -A <"$work/hash")
        fi
        first=$((first >> 1))
        last_=$((last_ >> 1))
        level=$((level + 1))
    done <"$work/steps"
    [ "$last_" -eq 0 ] || return 1
    [ -n "$found" ] || cmp -s "$work/hash" "$work/root.$size" || return 1
    for each in $nodes; do eval "${each%%=*}='${each#*=}'"; done
}
has_sm3=no
printf '' | openssl dgst -sm3 >/dev/null 2>&1 && has_sm3=yes
looked=0
entries=0
objects=0
withheld=0
: >"$work/committed"
for entry in data/entries/*.json; do
    seq=$(basename "$entry" .json)
    looked=$((looked + 1))
    [ -t 2 ] && [ $((looked % 100)) -eq 0 ] && printf '  … %s\r' "$looked" >&2
    if [ -f "data/proofs/$seq.tlog-proof" ] && included "$entry" "data/proofs/$seq.tlog-proof"; then
        entries=$((entries + 1))
    else
        fault "条目不在账本中：$entry" "the entry is not in the ledger: $entry"
        continue
    fi
    commits "$entry" >"$work/commits"
    while read -r digest sm3 name; do
        object=data/objects/$digest
        printf '%s\n' "$digest" >>"$work/committed"
        if [ -f "$object" ]; then
            [ "$(sha256 "$object")" = "$digest" ] || {
                fault "字节被改动（sha256）：$object" "altered bytes (sha256): $object"
                continue
            }
            if [ "$has_sm3" = yes ] && [ "$sm3" != "-" ]; then
                [ "$(openssl dgst -sm3 -r <"$object" | cut -c 1-64)-" = "$sm3" ] || {
                    fault "字节被改动（sm3）：$object" "altered bytes (sm3): $object"
                    continue
                }
            fi
            objects=$((objects + 1))
        elif grep -q "^$digest " data/withheld.txt; then
            withheld=$((withheld + 1))
        else
            fault "缺少 $name：$object" "$name is missing: $object"
        fi
    done <"$work/commits"
done
[ "$entries" -gt 0 ] || fault "包内没有条目" "the bundle holds no entry"
passed "账本条目：$entries 条" "entries of the ledger: $entries"
passed "与账本一致的数据：$objects 份（sm3：$has_sm3）" "data as the ledger commits to it: $objects (sm3: $has_sm3)"
[ "$withheld" -gt 0 ] && passed "只有摘要、未附内容：$withheld 份（见 data/withheld.txt）" \
    "digest only, content withheld: $withheld (see data/withheld.txt)"
for object in data/objects/*; do
    grep -qxF "$(basename "$object")" "$work/committed" ||
        fault "账本未提及的数据：$object" "data that the ledger does not speak of: $object"
done

# 6. 时间戳 / time-stamps
stamps=0
for token in data/timestamps/*.tsr; do
    [ -f "$token" ] || continue
    checkpoint=data/checkpoints/$(basename "$token" .tsr).checkpoint
    if openssl ts -verify -data "$checkpoint" -in "$token" -CAfile data/timestamps/ca.pem \
        >/dev/null 2>&1; then
        stamps=$((stamps + 1))
        at=$(openssl ts -reply -in "$token" -text 2>/dev/null | sed -n 's/^Time stamp: //p')
        passed "时间戳：$(number "$checkpoint") 条，$at" "time-stamp: $(number "$checkpoint") entries, $at"
    else
        fault "时间戳无效：$token" "bad time-stamp: $token"
    fi
done
[ "$stamps" -gt 0 ] || printf '[提示 note ] 没有时间戳 / no time-stamps\n'

# 7. 与外部记录的根对照 / roots that somebody outside kept
for wanted in "$@"; do
    size=${wanted%%:*}
    digits=${wanted#*:}
    case $size:$digits in
    *[!0-9a-f:]* | :* | *: | *:*:*)
        fault "格式应为 SIZE:DIGITS：$wanted" "expected SIZE:DIGITS: $wanted"
        continue
        ;;
    esac
    if [ ! -f "$work/root.$size" ]; then
        fault "包内没有此检查点：$wanted" "the bundle holds no such checkpoint: $wanted"
    else
        case $(hex_of "$work/root.$size") in
        "$digits"*) passed "与外部记录的根一致：$wanted" "the root that was kept outside: $wanted" ;;
        *) fault "与外部记录的根不同：$wanted，账本被改写或替换" \
            "not the root that was kept outside: $wanted, the ledger was rewritten or replaced" ;;
        esac
    fi
done

if [ "$faults" -eq 0 ]; then
    printf '核验通过：包内证据与签名的账本一致。\nVerified: what the bundle holds is what the signed ledger holds.\n'
    exit 0
fi
printf '核验未通过：%s 处错误。\nNot verified: %s faults.\n' "$faults" "$faults"
exit 1
