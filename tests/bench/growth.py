"""W2 by the number of children: what one more costs, from 1 to 10 000.

One lone client asks for a user with all of his sessions and their meditations.
The CPU that PostgreSQL and ormd spend on it has to grow with the number of
sessions and no faster; the plot and the power by which it grows show it.  (The
time that the client waits is told as well, but whatever else the machine does
is in it.)
"""

import math

COUNTS = (1, 3, 10, 30, 100, 300, 1000, 3000, 10000)
FIRST = 3000000			# users made for this start here
HEIGHT, WIDTH = 16, 8		# of the plot; of a column


def make(psql):
    """A user for each count, with so many sessions, not in one place."""
    psql.run("INSERT INTO users (id, username) SELECT %d + n, 'parent of ' || "
             "n FROM unnest(ARRAY%s) n ON CONFLICT DO NOTHING"
             % (FIRST, list(COUNTS)))
    psql.run("INSERT INTO meditation_sessions (completed_duration, rating, "
             "session_note, user_id, meditation_id) SELECT k %% 3600, 1 + k "
             "%% 5, 'felt calm ' || md5(k::text), %d + n, 1 + (hashint4(k) & "
             "511) FROM unnest(ARRAY%s) n, generate_series(1, n) k WHERE NOT "
             "EXISTS (SELECT FROM meditation_sessions WHERE user_id = %d + n) "
             "ORDER BY hashint4(k)" % (FIRST, list(COUNTS), FIRST))
    psql.run("ANALYZE meditation_sessions")


def power(points, start, end):
    """By which power of the number the CPU grows from start to end."""
    spent = {n: sample.cpu for n, sample in points}
    return math.log(spent[end] / spent[start]) / math.log(end / start)


def line(points):
    """What none costs, and each one: nearest to all points in proportion."""
    least = None
    for i, (n, a) in enumerate(points):
        for m, b in points[i + 1:]:
            each = (b.cpu - a.cpu) / (m - n)
            none = a.cpu - n * each
            off = sum(abs(math.log(max(none + each * k, 1e-9) / s.cpu))
                      for k, s in points)
            if least is None or off < least[0]:
                least = (off, none, each)
    return least[1:]


def plot(points, none, each):
    """The CPU as *, the straight line as ., both axes logarithmic."""
    low = math.log10(min(s.cpu for _, s in points))
    high = math.log10(max(s.cpu for _, s in points))
    step = (high - low) / (HEIGHT - 1) or 1

    def row(value):
        return min(HEIGHT - 1, max(0, round((math.log10(value) - low) / step)))

    cells = [[" "] * (WIDTH * len(points)) for _ in range(HEIGHT)]
    for x in range(WIDTH * (len(points) - 1) + 1):
        i, part = divmod(x, WIDTH)
        n = points[i][0]
        if part:
            n *= (points[i + 1][0] / n) ** (part / WIDTH)
        if none + each * n > 0:
            cells[row(none + each * n)][x] = "."
    for i, (_, sample) in enumerate(points):
        cells[row(sample.cpu)][i * WIDTH] = "*"
    lines = ["%9.0f µs |%s" % (10 ** (low + step * y), "".join(cells[y]))
             for y in range(HEIGHT - 1, -1, -1)]
    lines.append("%12s +%s" % ("", "-" * (WIDTH * len(points))))
    lines.append("%13s%s" % ("", "".join("%-*d" % (WIDTH, n)
                                         for n, _ in points)))
    return "\n".join(line.rstrip() for line in lines)


def show(points):
    print("W2 by the number of children: CPU of PostgreSQL and ormd, one client")
    print("  %8s %10s %12s %10s %10s" % (
        "children", "CPU µs", "µs per child", "ormd's", "p50 µs"))
    for n, s in points:
        print("  %8d %10.1f %12.2f %10.1f %10.0f"
              % (n, s.cpu, s.cpu / n, s.own, s.p50))
    none, each = line(points)
    print(plot(points, none, each))
    print("the line is %.0f µs + %.2f µs a child; from 100 to 10 000 children "
          "the CPU grows by the power %.2f of their number"
          % (none, each, power(points, 100, 10000)))
