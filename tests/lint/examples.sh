#!/bin/bash
#
# The example configuration is one that ormd takes.
. "$top_srcdir/tests/lib.sh"

model=$top_srcdir/sql/meditation.model.json
example=$top_srcdir/systemd/ormd.conf

takes()
{
	"$top_builddir/daemon/ormd" -t -c "$1" -o "model=$model"
}

refuses()
{
	! takes "$1"
}

# Each key that stands there as a comment is a key as well.
uncommented()
{
	sed 's/^#\([a-z_]* = \)/\1/' "$example"
}

ok "the example configuration is taken" takes "$example"
ok "so are the keys that it shows as comments" \
    takes <(uncommented)
ok "a key that is none is refused" \
    refuses <(uncommented; echo 'liste = 127.0.0.1:1')
done_testing
