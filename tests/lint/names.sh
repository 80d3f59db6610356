#!/bin/bash
#
# The engine knows no table by name: the sample model's word stands nowhere in
# it.
. "$top_srcdir/tests/lib.sh"

# Shows what it finds, and fails unless it finds nothing.
nowhere()
{
	grep -rIin --include='*.[ch]' --include='*.def' --include='*.inc' \
	    --include='*.md' --include='*.[0-9]' --include='*.in' \
	    --include='*.sql' meditation "$@"
	[ $? -eq 1 ]
}

found()
{
	! nowhere "$@" >/dev/null
}

ok "lib and daemon know no table by name" \
    nowhere "$top_srcdir/lib" "$top_srcdir/daemon"
# The same search, where the word is.
ok "the search finds the word where it is" found "$top_srcdir/sql"
done_testing
