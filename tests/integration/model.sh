#!/bin/bash
#
# ormd-model as people run it: what it prints, where, and how it ends.
set -u
. "$top_srcdir/tests/lib.sh"

program=$top_builddir/daemon/ormd-model
sample=$top_srcdir/sql/meditation.model.json
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# Runs the program; its ends are in $work/out, $work/err and $status.
run()
{
	"$program" "$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

# $1: the exit status that is wanted, then the words.
exits()
{
	local want=$1

	shift
	run "$@"
	cat "$work/out" "$work/err"
	[ "$status" -eq "$want" ]
}

says()
{
	exits "$2" check "$work/$1" && grep -qF -- "$3" "$work/err"
}

ddl_equals()
{
	run ddl "$sample"
	[ "$status" -eq 0 ] &&
	    diff "$top_srcdir/sql/meditation.sql" "$work/out"
}

quiet_check()
{
	exits 0 check "$sample" && [ ! -s "$work/err" ] &&
	    grep -qF 'models: 3, tables: 3, warnings: 0' "$work/out"
}

from_stdin()
{
	"$program" ddl - <"$sample" | diff "$top_srcdir/sql/meditation.sql" -
}

all_are_checked()
{
	exits 1 check "$work/misspelt" "$sample" &&
	    grep -qF 'models: 3' "$work/out"
}

several()
{
	exits 1 check "$work/several" &&
	    [ "$(grep -c '/cascade: there is no cascade al$' "$work/err")" = 2 ]
}

no_sql()
{
	exits 1 ddl "$work/misspelt" && [ ! -s "$work/out" ]
}

# Rules are for users, and a role is for rules.
no_rules()
{
	exits 1 ddl --rls "$work/plain" && [ ! -s "$work/out" ] &&
	    grep -q 'plain: without "auth" there are no users' "$work/err" &&
	    exits 2 ddl --role clerk "$work/plain" && exits 2 ddl --rls
}

rules()
{
	run ddl --rls --role clerk "$work/users"
	[ $status -eq 0 ] && grep -q 'CREATE ROLE clerk ' "$work/out" &&
	    grep -q '^CREATE POLICY ormd_read ON u FOR SELECT TO clerk$' \
		"$work/out"
}

full_disk()
{
	[ -c /dev/full ] || return
	"$program" ddl "$sample" >/dev/full 2>"$work/err"
	[ $? -eq 2 ] && grep -q 'ormd-model: ' "$work/err"
}

sed 's/"back_populates": "user"/"back_populates": "usr"/' "$sample" \
    >"$work/misspelt"
sed 's/"cascade": "all, delete-orphan"/"cascade": "all"/;
    s/"on_delete": "cascade"/"on_delete": "set null"/' "$sample" \
    >"$work/doubtful"
sed 's/"back_populates": "user"/"back_populates": "usr"/
    s/"all, delete-orphan"/"al"/' "$sample" >"$work/several"
sed 's/"rating": /"rating": {"type": "text"}, "rating": /' "$sample" \
    >"$work/twice"
head -c 500 "$sample" >"$work/half"
plain='"id": {"type": "integer", "primary_key": true}'
echo '{"ormd": 1, "models": {"U": {"table": "u", "columns": {'"$plain"'}}}}' \
    >"$work/plain"
echo '{"ormd": 1, "auth": {"model": "U", "login": "l", "password": "_h"},
    "models": {"U": {"table": "u", "columns": {'"$plain"', "l": {"type":
    "text", "unique": true}, "_h": {"type": "text"}}}}}' >"$work/users"
printf '{"ormd": 1, "models": {"A\\u0000": {}}}' >"$work/nul"

ok "ddl of the sample model is sql/meditation.sql" ddl_equals
ok "check of the sample model finds nothing" quiet_check
ok "- is standard input" from_stdin
ok "a refusal has its JSON Pointer" says misspelt 1 \
    'misspelt: /models/User/relationships/meditation_sessions/back_populates: '
ok "and a hint" says misspelt 1 '    did you mean user?'
ok "the files after a bad one are checked too" all_are_checked
ok "all that is wrong is told at once" several
ok "a warning has its JSON Pointer and is no refusal" says doubtful 0 \
    'warning: /models/Meditation/relationships/meditation_sessions/cascade: '
ok "a key that stands twice is refused, though json-c takes it" \
    says twice 1 'twice: '
ok "half a file is refused" says half 1 'half: '
ok "a NUL in a name is refused" says nul 1 'nul: '
ok "ddl of a bad file prints no SQL" no_sql
ok "rules are printed as row-level security, for any role" rules
ok "without users there are none" no_rules
ok "a file that is not there is status 2" exits 2 check "$work/absent"
ok "a directory is status 2" exits 2 ddl "$work"
ok "no words are status 2" exits 2
ok "a word that it does not know is status 2" exits 2 draw "$sample"
ok "a full disk is noticed" full_disk
done_testing
