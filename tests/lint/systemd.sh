#!/bin/bash
#
# The service gives away what it does not need: its exposure, as systemd counts
# it, is at most 1.0 of 10, and 0.3 where it has no network but what is handed
# to it.
. "$top_srcdir/tests/lib.sh"

readonly EXPOSURE_MOST=10	# in tenths
readonly LOCAL_MOST=3

work=$(mktemp -d) || exit 1
trap 'rm -r "$work"' EXIT

exposure()
{
	systemd-analyze security --no-pager --offline=true \
	    --threshold="$1" "$2"
}

# The same without its sandbox must be refused, or the limit means nothing.
bare_is_refused()
{
	printf '[Service]\nExecStart=/bin/true\n' >"$work/ormd.service"
	! exposure "$EXPOSURE_MOST" "$work/ormd.service"
}

# Also says that systemd-analyze reads the drop-in.
local_is_less()
{
	cp "$top_builddir/systemd/ormd.service" "$work" &&
	    ! exposure "$LOCAL_MOST" "$work/ormd.service" &&
	    mkdir "$work/ormd.service.d" &&
	    cp "$top_srcdir/systemd/ormd-local.conf" \
		"$work/ormd.service.d/local.conf" &&
	    exposure "$LOCAL_MOST" "$work/ormd.service"
}

ok "the exposure of ormd.service is low" \
    exposure "$EXPOSURE_MOST" "$top_builddir/systemd/ormd.service"
ok "a service without a sandbox is refused" bare_is_refused
ok "with the local profile it is next to nothing" local_is_less
done_testing
