#!/bin/bash
#
# The pure floors know no socket, no clock, no file and no database: what their
# archives leave undefined must be in a floor they may see or in symbols.allow.
. "$top_srcdir/tests/lib.sh"

allow=$top_srcdir/tests/lint/symbols.allow

# Names that $@ defines for others.
defined()
{
	local a

	for a; do
		"${NM:-nm}" -g --defined-only "$top_builddir/$a"
	done | awk 'NF == 3 { print $3 }'
}

# What archive $1 needs and neither has itself nor finds in the floors $2...
# The compiler's own: sanitizers, stack protector, and _FORTIFY_SOURCE, whose
# __f_chk stands for f.
foreign()
{
	"${NM:-nm}" -u "$top_builddir/$1" | awk '$1 == "U" { print $2 }' |
	    sed -E '/^__(asan|ubsan|sanitizer|sancov|stack_chk)_/d
		s/^__isoc(99|23)_//
		s/^__(.*)_chk$/\1/' |
	    sort -u |
	    grep -vxF -f <(defined "$@") |
	    grep -vxE -f <(grep -v '^#' "$allow")
}

# Each archive, and the floors it may see.
check()
{
	local names

	[ -s "$top_builddir/$1" ] || { echo "there is no $1"; return 1; }
	[ "$("${NM:-nm}" -g --defined-only "$top_builddir/$1" | wc -l)" -gt 1 ] ||
	    { echo "$1 defines nothing"; return 1; }
	names=$(foreign "$@")
	[ -z "$names" ] || { echo "$1 uses:" $names; return 1; }
}

# A lint that finds nothing wrong must be able to.
can_find()
{
	local names tmp

	tmp=$(mktemp -d) || return 1
	printf '%s\n' '#include <time.h>' '#include <sys/socket.h>' \
	    'long f(void) { return time(0) + socket(1, 2, 3); }' >"$tmp/x.c"
	(cd "$tmp" && ${CC:-cc} -c x.c && ar cr libx.a x.o) || return 1
	names=$(top_builddir=$tmp foreign libx.a | xargs)
	rm -r "$tmp"
	[ "$names" = "socket time" ] || { echo "found: $names"; return 1; }
}

ok "base needs only what is pure" check libbase.a
ok "model needs only base" check libmodel.a libbase.a
ok "wire needs only base" check libwire.a libbase.a
ok "plan needs only model and base" check libplan.a libmodel.a libbase.a
ok "serialize needs only model and base" \
    check libserialize.a libmodel.a libbase.a
ok "a clock and a socket would be found" can_find
done_testing
