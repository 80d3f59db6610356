#!/bin/bash
#
# ormd-embedded: the life of a private PostgreSQL, also through kill -9.
. "$top_srcdir/tests/lib.sh"

readonly WAIT=300		# tenths of a second for whatever must come

script=$top_builddir/daemon/ormd-embedded
folder=$(mktemp -d /tmp/ormd-embedded.XXXXXX) || exit 1
chmod 755 "$folder"
home=$folder/home
pid=""

cleanup()
{
	[ -z "$pid" ] || { kill -TERM "$pid"; wait "$pid"; } 2>/dev/null
	rm -rf "$folder"
}
trap cleanup EXIT

# What it loads; the second file fails as long as its table is there.
echo 'CREATE SCHEMA IF NOT EXISTS ormd;' >"$folder/ormd.sql"
echo 'CREATE TABLE t (a int); INSERT INTO t VALUES (1);' >"$folder/s.sql"
echo 'CREATE TABLE u (a int); SELECT 1/0;' >"$folder/bad.sql"
chmod 644 "$folder"/*.sql

# Tries "$@" until it succeeds.
eventually()
{
	local i

	for ((i = 0; i < WAIT; i++)); do
		"$@" && return
		sleep 0.1
	done
	echo "never: $*"
	return 1
}

sql()
{
	psql -Xqtw "$(cat "$home/conninfo")" -c "$1" 2>/dev/null | xargs
}

answers()
{
	[ "$(sql 'SELECT 42')" = 42 ]
}

start()
{
	"$script" -D "$home" -S "$folder/ormd.sql" "$@" \
	    >>"$folder/out" 2>&1 &
	pid=$!
}

# Waits for the end of the script; $status tells how it was.
ended()
{
	wait "$pid" 2>/dev/null
	status=$?
	pid=""
}

postmaster()
{
	head -n 1 "$home/data/postmaster.pid" 2>/dev/null
}

# No process works on the data.
nobody_left()
{
	local p

	for p in /proc/[0-9]*; do
		[ "$(readlink "$p/cwd" 2>/dev/null)" != "$home/data" ] ||
		    return 1
	done
}

first_start()
{
	start -n -s "$folder/s.sql"
	eventually answers && [ "$(sql 'SELECT sum(a) FROM t')" = 1 ] &&
	    [ "$(sql "SELECT to_regnamespace('ormd')")" = ormd ]
}

private()
{
	[ -z "$(sql 'SHOW listen_addresses')" ] &&
	[ "$(stat -c %a "$home/run")" = 700 ] &&
	[ "$(stat -c %a "$home")" = 700 ] &&
	[ "$(stat -c %u "/proc/$(postmaster)")" -ne 0 ]
}

second_refused()
{
	! "$script" -D "$home" -S "$folder/ormd.sql" -n >"$folder/second" 2>&1
	grep -q 'another ormd-embedded' "$folder/second" && answers
}

stops_on_term()
{
	kill -TERM "$pid"
	ended
	[ "$status" -eq 0 ] && nobody_left && [ ! -e "$home/data/postmaster.pid" ]
}

data_stay()
{
	start -n -s "$folder/s.sql"
	eventually answers && [ "$(sql 'SELECT count(*) FROM t')" = 1 ]
}

has_newer()
{
	[ "$(sql "SELECT to_regclass('ormd.newer')")" = ormd.newer ]
}

support_added()
{
	kill -TERM "$pid"
	ended
	echo 'CREATE TABLE IF NOT EXISTS ormd.newer ();' >>"$folder/ormd.sql"
	start -n -s "$folder/s.sql"
	eventually has_newer && [ "$(sql 'SELECT count(*) FROM t')" = 1 ]
}

postmaster_killed()
{
	local old

	sql 'INSERT INTO t VALUES (2)'
	old=$(postmaster)
	kill -9 "$old"
	eventually answers_anew "$old" && [ "$(sql 'SELECT max(a) FROM t')" = 2 ]
}

answers_anew()
{
	[ "$(postmaster)" != "$1" ] && answers
}

killed()
{
	kill -9 "$pid"
	ended
	eventually nobody_left
}

starts_after_kill()
{
	start -n
	eventually answers && [ "$(sql 'SELECT max(a) FROM t')" = 2 ]
}

# After a restart of the machine the number may be that of anybody.
stranger_in_pid_file()
{
	local stranger owner content

	content=$(cat "$home/data/postmaster.pid")
	kill -TERM "$pid"
	ended
	owner=$(stat -c %U "$home/data")
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid "$owner" --clear-groups sleep 60 &
	else
		sleep 60 &
	fi
	stranger=$!
	sed "1s/.*/$stranger/" <<<"$content" >"$home/data/postmaster.pid"
	chown "$owner" "$home/data/postmaster.pid"
	start -n
	eventually answers
	set -- $?
	kill -0 "$stranger" || return 1
	kill "$stranger"
	wait "$stranger" 2>/dev/null
	return "$1"
}

# A failed load leaves no half database: the next start loads all of it.
load_is_whole()
{
	kill -TERM "$pid"
	ended
	home=$folder/other
	start -n -s "$folder/s.sql" -s "$folder/bad.sql"
	ended
	[ "$status" -eq 1 ] || return 1
	start -n -s "$folder/s.sql"
	eventually answers && [ "$(sql 'SELECT sum(a) FROM t')" = 1 ] &&
	    [ -z "$(sql "SELECT to_regclass('u')")" ]
}

# A socket's path has room for 107 bytes only.
long_path()
{
	local socket

	kill -TERM "$pid"
	ended
	home=$folder/$(printf 'long%.0s' {1..20})/deep
	mkdir -p "${home%/deep}"
	mv "$folder/other" "$home"
	start -n
	eventually answers || return 1
	socket=$(sql 'SHOW unix_socket_directories' | tr -d '"')
	[[ $socket = /tmp/ormd-* ]] && [ "$(stat -c %a "$socket")" = 700 ] &&
	    [ "$(sql 'SELECT sum(a) FROM t')" = 1 ] || return 1
	kill -TERM "$pid"
	ended
	[ ! -e "$socket" ] || return 1
	# Made by somebody else, or open to all: refused.
	mkdir -m 0755 "$socket"
	start -n
	ended
	rmdir "$socket"
	[ "$status" -eq 1 ] && grep -q 'not a folder of mode 0700' "$folder/out"
}

ok "the first start makes a cluster and loads it" first_start
ok "only its owner reaches it, it has no port and is not root's" private
ok "a second instance in the folder is refused" second_refused
ok "SIGTERM stops all of it" stops_on_term
ok "the second start keeps the data and loads nothing" data_stay
ok "a later start adds what a newer support schema has" support_added
ok "a PostgreSQL that is killed comes back" postmaster_killed
ok "nothing is left when the script is killed" killed
ok "it starts again after that" starts_after_kill
ok "a stranger's number in postmaster.pid is no obstacle" \
    stranger_in_pid_file
ok "a load that fails is done again from the start" load_is_whole
ok "a long path has its socket elsewhere, and safely" long_path
done_testing
