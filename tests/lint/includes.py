#!/usr/bin/env python3
"""Who may include whom.

In lib/, a floor includes its own headers and those of the floors it may see,
and none of libpq, libevent or sockets.  In daemon/, a file includes only its
own header and daemon headers that the _SOURCES of its program list before it,
so that calls go down and callbacks go up.
"""
import os
import re
import sys

TOP = os.environ['top_srcdir']
SEES = {
    'base': [],
    'model': ['base'],
    'wire': ['base'],
    'plan': ['base', 'model'],
    'serialize': ['base', 'model'],
    'client': ['base'],
}
PURE = ['base', 'model', 'wire', 'plan', 'serialize']
OUTSIDE = re.compile(r'libpq|postgres|event|sys/(socket|epoll|select|un|time)'
                     r'|netinet|arpa|netdb|poll\.h|unistd|^time\.h|pthread'
                     r'|openssl|sodium|systemd')
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.M)


def sources(folder):
    """The C files and headers of a folder, with what each includes."""
    for name in sorted(os.listdir(os.path.join(TOP, folder))):
        if name.endswith(('.c', '.h', '.def')):
            with open(os.path.join(TOP, folder, name)) as f:
                yield name, INCLUDE.findall(f.read())


def headers(folder):
    return {n for n in os.listdir(os.path.join(TOP, folder))
            if n.endswith(('.h', '.def'))}


def floor_offences(floor):
    """Includes of one floor that it has no right to."""
    mine = set().union(*(headers('lib/' + f) for f in [floor] + SEES[floor]))
    for name, includes in sources('lib/' + floor):
        for kind, header in includes:
            if kind == '"' and header not in mine:
                yield f'lib/{floor}/{name} includes "{header}"'
            if kind == '<' and floor in PURE and OUTSIDE.search(header):
                yield f'lib/{floor}/{name} includes <{header}>'


def makefiles():
    """The fragments that may say what a program is made of."""
    text = ''
    for folder in ['daemon'] + ['lib/' + floor for floor in SEES]:
        for name in sorted(os.listdir(os.path.join(TOP, folder))):
            if name.endswith('.inc'):
                with open(os.path.join(TOP, folder, name)) as f:
                    text += f.read() + '\n'
    return text


def programs(makefile):
    """{program: its daemon/ files in the order listed}."""
    text = re.sub(r'\\\n', ' ', re.sub(r'(?m)^#.*\n', '', makefile))
    lists = {}
    for name, files in re.findall(r'(?m)^(\w+)_SOURCES[ \t]*\+?=(.*)', text):
        found = re.findall(r'(?<!\S)daemon/(\S+\.(?:c|h|def))', files)
        lists.setdefault(name, []).extend(found)
    return lists


def order_offences(files, includes_of):
    """Includes of a program's files that point upward or to nowhere."""
    place = {}
    for at, name in enumerate(files):
        place.setdefault(name, at)
    for name in files:
        stem = name.rsplit('.', 1)[0]
        for kind, header in includes_of.get(name, []):
            if kind == '"' and header in includes_of and \
                    header.rsplit('.', 1)[0] != stem and \
                    place.get(header, len(files)) > place[name]:
                yield f'daemon/{name} includes "{header}", listed later'


def main():
    cases = []
    for floor in SEES:
        cases.append((f'lib/{floor} includes only what it may see',
                      list(floor_offences(floor))))
    lists = programs(makefiles())
    includes_of = dict(sources('daemon'))
    cases.append(('the files of ormd are listed',
                  [] if any(n.endswith('ormd') and files
                            for n, files in lists.items())
                  else ['there is no ormd_SOURCES']))
    listed = {name for files in lists.values() for name in files}
    cases.append(('every file in daemon/ belongs to a program',
                  [f'daemon/{n} is not listed' for n in includes_of
                   if n not in listed]))
    for program, files in sorted(lists.items()):
        if not files:
            continue
        cases.append((f'the files of {program} include only downward',
                      list(order_offences(files, includes_of))))
    seeded = {'low.c': [('"', 'high.h')], 'high.h': [], 'high.c': []}
    cases.append(('an include upward would be found',
                  [] if list(order_offences(['low.c', 'high.h', 'high.c'],
                                            seeded))
                  else ['it was not']))
    failed = 0
    print(f'1..{len(cases)}')
    for number, (name, offences) in enumerate(cases, 1):
        print(f'{"not " if offences else ""}ok {number} - {name}')
        for offence in offences:
            print(f'# {offence}')
        failed += bool(offences)
    return failed != 0


sys.exit(main())
