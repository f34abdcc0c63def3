#!/bin/sh
# Installs those packages of packages.txt that are missing. Silent when none is.
set -eu
cd "$(dirname "$0")/.."

wanted=$(sed 's/#.*//' packages.txt | tr -s ' \t\n' ' ')

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "deps: this is not Debian, so nothing is installed. Debian 12 would need: $wanted" >&2
    for tool in cmake ninja g++; do
        command -v "$tool" >/dev/null || { echo "deps: $tool is missing" >&2; exit 1; }
    done
    exit 0
fi

# shellcheck disable=SC2086  # Words of a list, on purpose.
have=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ') || true
missing=""
for package in $wanted; do
    case " $have " in
        *" $package "*) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "deps: missing:$missing. Run as root: apt-get install$missing" >&2
        exit 1
    }
    as_root="sudo"
fi
echo "deps: installing with apt-get${as_root:+ (through sudo)}:$missing"
$as_root apt-get update -q
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
