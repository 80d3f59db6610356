# What the shell tests share: TAP, one line per case.  Sourced.
#
#	. "$top_srcdir/tests/lib.sh"
#	ok "what is claimed" command that shows it
#	done_testing
#
# What the command prints is shown as a comment when it fails.  It runs in this
# shell, so that what it sets stays.
tap_count=0
tap_failed=0
tap_output=$(mktemp) || exit 1

ok()
{
	local name=$1

	shift
	tap_count=$((tap_count + 1))
	if "$@" >"$tap_output" 2>&1; then
		printf 'ok %d - %s\n' "$tap_count" "$name"
	else
		printf 'not ok %d - %s\n' "$tap_count" "$name"
		sed 's/^/# /' "$tap_output"
		tap_failed=$((tap_failed + 1))
	fi
}

done_testing()
{
	rm -f "$tap_output"
	printf '1..%d\n' "$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
