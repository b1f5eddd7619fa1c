# Many real images, and odd ones made of them: import hashes as pefile computes them, libraries and symbols
# as readelf lists them, and for damaged ones an end in time with exit status 0 or 1.
. "${top_srcdir:?}/tests/lib.sh"
need python3 readelf

# every sixteenth DLL and program of wine: its import hash
if /usr/bin/python3 -c 'import pefile' 2>/dev/null && ls /usr/lib/*/wine/*-windows/*.dll >list 2>/dev/null; then
	awk 'NR % 16 == 1' list >some
	/usr/bin/python3 - some >theirs <<-'P'
	import pefile, sys
	for f in open(sys.argv[1]).read().split('\n'):
	    if not f: continue
	    pe = pefile.PE(f, fast_load=True)
	    pe.parse_data_directories(directories=[pefile.DIRECTORY_ENTRY['IMAGE_DIRECTORY_ENTRY_IMPORT']])
	    print('%s  %s' % (pe.get_imphash(), f) if pe.get_imphash() else '-  ' + f)
	P
	xargs -a some "$OBJKIT" imports --imphash >mine 2>/dev/null
	grep -v '^-' theirs >t; grep -v '^-' mine >m
	ok "pefile has hashes for some" test -s t
	same "import hashes of $(wc -l <t) images: pefile's" m t
else skip_test "import hashes" "pefile or wine is not installed"; fi

# the system's shared libraries
n=0 bad=
for f in /usr/lib/x86_64-linux-gnu/lib[a-f]*.so.[0-9]; do
	[ -f "$f" ] && [ $n -lt 20 ] || continue
	n=$((n + 1))
	readelf -dW "$f" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' | sort >theirs
	imports -L -f tsv "$f" 2>/dev/null | cut -f1 | sort -u >mine
	sort -u theirs | cmp -s - mine || bad="$bad ${f##*/}"
	readelf --dyn-syms -W "$f" 2>/dev/null | awk '$7 == "UND" && $8 != "" {sub(/@.*/, "", $8); print $8}' | sort -u >theirs
	imports -u -f tsv "$f" 2>/dev/null | cut -f2 | sed 's/@.*//' | sort -u >mine
	cmp -s theirs mine || bad="$bad ${f##*/}(symbols)"
done
if [ $n -gt 0 ]; then is "$n system libraries: as readelf" "$bad" ""
else skip_test "system libraries" "none here"; fi

# images with a few bytes changed where the tables are: all that is readable, no crash, no hang
python3 - "$top_srcdir/tests/files" "$OBJKIT" >bad <<'P'
import glob, json, os, random, subprocess, sys
r = random.Random(20)
d = sys.argv[1]
for f in sorted(glob.glob(d + '/good-pe-*') + glob.glob(d + '/good-*.dylib') + glob.glob(d + '/good-elf-*.so')):
    b = open(f, 'rb').read()
    for i in range(12):
        m = bytearray(b)
        for _ in range(r.randint(1, 6)):
            m[r.randrange(min(len(m), 0x600 if r.random() < .7 else len(m)))] = r.choice([0, 1, 0x7f, 0x80, 0xff, r.randrange(256)])
        open('mutant', 'wb').write(m)
        what = '%s %d: ' % (os.path.basename(f), i)
        try:
            p = subprocess.run([sys.argv[2], 'imports', '-f', 'json', '--kind=all', 'mutant'], capture_output=True, timeout=60)
            json.loads(p.stdout)
            if p.returncode not in (0, 1) or (p.returncode == 1 and not p.stderr): print(what, p.returncode)
        except (ValueError, subprocess.TimeoutExpired) as e: print(what, e)
P
is "damaged images: status 0 or 1, a reason, valid JSON, in time" "$(cat bad)" ""
done_testing
