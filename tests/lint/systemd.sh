#!/bin/bash
#
# The service gives away what it does not need: its exposure, as systemd counts
# it, is at most 1.5 of 10.
. "$top_srcdir/tests/lib.sh"

readonly EXPOSURE_MOST=15	# in tenths

exposure()
{
	systemd-analyze security --no-pager --offline=true \
	    --threshold="$EXPOSURE_MOST" "$1"
}

# The same without its sandbox must be refused, or the limit means nothing.
bare_is_refused()
{
	local tmp

	tmp=$(mktemp -d) || return 1
	printf '[Service]\nExecStart=/bin/true\n' >"$tmp/ormd.service"
	! exposure "$tmp/ormd.service"
	set -- "$?"
	rm -r "$tmp"
	return "$1"
}

ok "the exposure of ormd.service is low" \
    exposure "$top_builddir/systemd/ormd.service"
ok "a service without a sandbox is refused" bare_is_refused
done_testing
