#!/bin/bash
#
# The tests with users once more, with rows held back by row-level security
# beside the predicates and by it alone: they have to see no difference.
. "$top_srcdir/tests/lib.sh"

for way in both policies; do
	for name in access auth canary door injection stream tls; do
		ok "$way: $name.py" env ORMD_RULES=$way python3 \
		    "$top_srcdir/tests/integration/$name.py"
	done
done
done_testing
