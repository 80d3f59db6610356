#!/usr/bin/env python3
"""No line of C is wider than 80 columns, a tab being up to eight of them.

Tables (*.def) are not looked at: there a row is a line, however wide.
"""
import os
import sys

TOP = os.environ['top_srcdir']
FOLDERS = ['lib', 'daemon', 'tests']
MOST = 80


def width(line):
    return len(line.rstrip('\n').expandtabs(8))


def wide(name, lines):
    """The lines that are too wide, each with its place."""
    return [f'{name}:{number}: {width(line)} columns'
            for number, line in enumerate(lines, 1) if width(line) > MOST]


def sources():
    for folder in FOLDERS:
        for path, _, names in os.walk(os.path.join(TOP, folder)):
            for name in sorted(names):
                if name.endswith(('.c', '.h')):
                    yield os.path.join(path, name)


def main():
    files = list(sources())
    offences = []
    for path in files:
        with open(path, encoding='utf-8') as f:
            offences += wide(os.path.relpath(path, TOP), f)
    seeded = ['\t' * 10 + '\n', '\t' * 10 + 'x\n', '…' * MOST + '\n',
              'x' * (MOST + 1)]
    cases = [
        ('there is C in each folder',
         [f'none in {folder}' for folder in FOLDERS
          if not any(path.startswith(os.path.join(TOP, folder, ''))
                     for path in files)]),
        (f'no line of it is wider than {MOST} columns', offences),
        ('a wider line would be found, and no other',
         [] if wide('seeded', seeded) == ['seeded:2: 81 columns',
                                          'seeded:4: 81 columns']
         else wide('seeded', seeded)),
    ]
    failed = 0
    print(f'1..{len(cases)}')
    for number, (name, found) in enumerate(cases, 1):
        print(f'{"not " if found else ""}ok {number} - {name}')
        for offence in found:
            print(f'# {offence}')
        failed += bool(found)
    return failed != 0


sys.exit(main())
