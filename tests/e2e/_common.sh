# For tests that use bash: an empty folder of their own to work in, and how to fail and go on.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
failed=0

fail() {
    echo "FAIL: $*" >&2
    failed=1
}
