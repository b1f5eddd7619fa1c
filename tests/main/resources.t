#!/bin/sh
# Commands under small limits of the system (descriptors, file size, address space, threads, stack): done with the right
# result, or exit 1 with a reason; never by a signal, no file torn, nothing left behind. Then signals at any time.
. "${top_srcdir:?}/tests/lib.sh"
[ -n "${PYTHON3:-}" ] || { echo "1..0 # SKIP python3 is not installed"; exit 0; }
ulimit -c 0
files=$top_srcdir/tests/files
mkdir in
cp "$files/good-elf-x86_64.o" in/a.o; cp "$files/good-elf-comdat.o" in/b.o; cp "$files/good-coff-x86_64.o" in/p.o
cp "$files/good-pe-x86_64.dll" in/x.dll; cp "$files/good-elf-debug-zlib.o" in/z.o; echo member >in/text; chmod -R u+w in
(cd in && "$OBJKIT" ar rcS x.a a.o b.o text) || exit 99
for o in out out.a out.def out.map out.tar out.d text; do echo old >in/$o; done
# LeakSanitizer's tracer does not bear libraries that are loaded at run time (libdw), nor small limits.
[ -z "${SANITIZED:-}" ] || { ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0; export ASAN_OPTIONS; }
# libarchive and libdw are not asked about memory and stack: they do not always bear it themselves when there is none
cat >small.py <<'P'
import os, resource, shutil, subprocess, sys
objkit, M = sys.argv[1], 1 << 20
elf, none = ['ld', '-m', 'elf_x86_64', '-o', 'out'], '--unresolved-symbols=ignore-all'
dll = ['ld', '-m', 'i386pep', '-shared', '-e', '0', none, '--no-insert-timestamp', '-o', 'out', 'p.o', '-Map=out.map']
commands = {
    'ar rc': ['ar', 'rc', 'x.a', 'a.o', 'p.o'], 'ar d': ['ar', 'd', 'x.a', 'a.o'], 'ar x': ['ar', 'x', 'x.a', 'text'],
    'ar p': ['ar', 'p', 'x.a'], 'ranlib': ['ranlib', 'x.a'], 'nm': ['nm', '-C', 'x.a', 'a.o', 'b.o'],
    'nm -l': ['nm', '-l', 'z.o'], 'imports': ['imports', 'x.dll', 'x.a'],
    'ld -r': elf + ['-r', 'a.o', '-Map=out.map', '--dependency-file=out.d'],
    'ld': elf + [none, '-e0', 'a.o', 'x.a', '-Map=out.map', '--cref'],
    'ld, a DLL': dll + ['--out-implib=out.a', '--output-def=out.def'],
    'ld, a tar': dll + ['--reproduce=out.tar'],
}
kinds = {'RLIMIT_NOFILE': range(3, 20), 'RLIMIT_FSIZE': (0, 1, 100, 511, 512, 1000, 2000, 4096, 10000),
         'RLIMIT_AS': range(5 * M, 80 * M, 3 * M), 'RLIMIT_NPROC': (0,), 'RLIMIT_STACK': (64 << 10, 256 << 10)}
def fresh():
    shutil.rmtree('w', ignore_errors=True)
    shutil.copytree('in', 'w')
def contents():
    return {f: open('w/' + f, 'rb').read() for f in sorted(os.listdir('w'))}
def run(words, kind=None, n=0):
    limit = (lambda: resource.setrlimit(kind, (n, n))) if kind is not None else None
    return subprocess.run([objkit] + words, cwd='w', stdin=subprocess.DEVNULL, capture_output=True, preexec_fn=limit)
def starts(kind, n): # does the program get as far as main?
    try: return run(['--version'], kind, n).returncode == 0
    except (OSError, subprocess.SubprocessError): return False
fresh(); old = contents()
values = {k: [n for n in v if starts(getattr(resource, k), n)] for k, v in kinds.items()}
# a command needs hardly more than the program itself: from there on in small steps
least = next((n for n in range(4 * M, 16 * M, M // 64) if starts(resource.RLIMIT_AS, n)), 0)
values['RLIMIT_AS'] += range(least, least + M // 8, M // 64) if least else ()
for name, words in commands.items():
    fresh()
    p = run(words); want, out = contents(), p.stdout
    bad, failures = [], 0
    if p.returncode: bad.append('without a limit: %s' % p.stderr)
    for kind, n in ((k, n) for k in kinds for n in values[k]):
        if kind in ('RLIMIT_AS', 'RLIMIT_STACK') and name in ('nm -l', 'ld, a tar'): continue
        fresh()
        p = run(words, getattr(resource, kind), n)
        got, where = contents(), '%s %d: ' % (kind, n)
        bad += [where + f + ' is left' for f in got if f not in want and f not in old]
        bad += [where + f + ' is torn' for f in got if got[f] not in (old.get(f), want.get(f))]
        if p.returncode == 1:
            failures += 1
            if not p.stderr.strip(): bad.append(where + 'silent')
        elif p.returncode: bad.append(where + 'ends with %d' % p.returncode)
        elif p.stdout != out or any(got.get(f) != want[f] for f in want): bad.append(where + 'another result')
    print(name, failures, '; '.join(bad), sep='\t')
P
"$PYTHON3" small.py "$OBJKIT" >results 2>err || { fail "small.py"; diag "$(cat err)"; }
tab=$(printf '\t')
while IFS=$tab read -r name failures bad; do
	is "$name: under small limits" "$bad" ""
	[ -n "${SANITIZED:-}" ] || [ "$name" = "nm -l" ] || like "$name: some were too small" "$failures" '^[1-9]'
done <results
is "every command was tried" "$(wc -l <results)" 12

# ---- SIGINT, SIGTERM and others after any time: the old file or the new one, and nothing else
"$PYTHON3" - in/big.o <<'P' || exit 99
import sys
open('big.txt', 'w').write('elf64 machine=X86_64\n' + ''.join(
    'section .text.%d\n  zero 3000\nsymbol f%d GLOBAL FUNC sec=.text.%d\n' % (i, i, i) for i in range(1500)))
P
mkobj big.txt >in/big.o
cat >stop.py <<'P'
import os, random, shutil, signal, subprocess, sys, time
objkit, words, out = sys.argv[1], sys.argv[3:], sys.argv[2]
random.seed(7)
def fresh():
    shutil.rmtree('w', ignore_errors=True)
    shutil.copytree('in', 'w')
    with open('w/' + out, 'wb') as f: f.write(old)
old = open('in/' + out, 'rb').read() if os.path.exists('in/' + out) else b'old'
fresh()
before = time.monotonic()
subprocess.run([objkit] + words, cwd='w', check=True)
took = time.monotonic() - before
names, new = sorted(os.listdir('w')), open('w/' + out, 'rb').read()
bad, stopped = [], 0
for i in range(40):
    sig = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)[i % 4]
    fresh()
    p = subprocess.Popen([objkit] + words, cwd='w', stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(random.random() * took)
    p.send_signal(sig)
    err = p.communicate()[1]
    stopped += p.returncode == -sig
    got = open('w/' + out, 'rb').read()
    if p.returncode not in (0, -sig): bad.append('ends with %d %r' % (p.returncode, err))
    if got not in (old, new) or (p.returncode == 0 and got != new): bad.append('torn after signal %d' % sig)
    left = [f for f in os.listdir('w') if f not in names]
    if left: bad.append('signal %d leaves %r' % (sig, left))
print('; '.join(bad), '' if stopped else 'never stopped')
P
stopped() { n=$1; shift; is "$n: signals at any time" "$("$PYTHON3" stop.py "$OBJKIT" "$@" 2>&1)" " "; }
stopped "ld" out ld -m elf_x86_64 --whole-archive -e0 -o out big.o
stopped "ld, with a map" out ld -m elf_x86_64 -r -o out big.o -Map=out.map
"$OBJKIT" ar rc in/big.a in/big.o in/a.o
stopped "ar" big.a ar rc big.a big.o b.o
stopped "ar x" big.o ar x big.a big.o
stopped "ranlib" big.a ranlib big.a
done_testing
