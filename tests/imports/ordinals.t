# The built-in names of ordinals: that they are found, in order, and what they should be.
. "${top_srcdir:?}/tests/lib.sh"
mkobj - >old.exe <<'E'
pe I386
section .text
  u8 0xc3
import MFC42.DLL @540 @1576 @6943 @1272
import msvbvm60.dll @100 @595
import WINSPOOL.DRV @203
import odbc32.dll @171
E
is "Windows, MFC 4.2 and Visual Basic 6" "$(imports -f plain --name-ordinals old.exe)" '??0CString@@QAE@XZ:MFC42.DLL
?AfxWinMain@@YGHPAUHINSTANCE__@@0PADH@Z:MFC42.DLL
?HashKey@CMapStringToString@@QBEIPBD@Z:MFC42.DLL
#1272:MFC42.DLL
ThunRTMain:msvbvm60.dll
rtcMsgBox:msvbvm60.dll
GetDefaultPrinterW:WINSPOOL.DRV
SQLDriversW:odbc32.dll'
is "no names without asking" "$(imports -f plain --lib=odbc32.dll old.exe)" "#171:odbc32.dll"
is "what the user says counts first" "$(printf 'LIBRARY odbc32\nEXPORTS\n mine @171\n' >o.def; imports -f plain --lib=odbc32.dll --ordinals=o.def old.exe)" \
	"mine:odbc32.dll"

# the tables: every DLL once, the runs of each in ascending order
cat >check.py <<'P'
import re, sys
seen = {}
for path in sys.argv[1:]:
    for m in re.finditer(r'KNOWN\("([^"]*)",((?:\s*"[^"]*")+)\)', open(path).read()):
        text, last, n = re.sub(r'"\s*"', '', m[2]).strip().strip('"'), -1, 0
        for run in text.split('\\t'):
            first, *names = run.split(' ')
            if int(first) <= last or not names or '' in names: print(m[1], first, 'is out of order')
            last = int(first) + len(names) - 1
            n += len(names)
            if m[1] == 'mfc42.dll': print(*names, sep='\n', file=sys.stderr)
        if m[1] in seen: print(m[1], 'twice')
        seen[m[1]] = n
print(len(seen), seen['mfc42.dll'], seen['msvbvm60.dll'])
P
is "the tables are in order" "$("${PYTHON3:-python3}" check.py "$top_srcdir"/src/applets/imports_known*.def 2>cxx)" "55 6394 280"
# the names of a version of MFC are sorted, but for what was added to it later
is "MFC's names are sorted" "$(sed -n '687,5840p' cxx | sed 's/^?//; s/@.*//' | tr A-Z a-z | LC_ALL=C sort -c 2>&1)" ""
if have llvm-undname-19; then
	llvm-undname-19 <cxx >undname.out 2>&1
	is "MFC's names are C++ names" "$(wc -l <cxx) $(grep -c '^error' undname.out)" "6394 0"
else skip_test "MFC's names are C++ names" "llvm-undname-19 is not installed"; fi
# wine's own DLLs have what the table says, at least where they say it by name
if ls /usr/lib/*/wine/x86_64-windows/ws2_32.dll >dll 2>/dev/null; then
	"$OBJKIT" imports --exports -f tsv "$(cat dll)" | awk -F'\t' '$1 !~ /^#/ && $2 <= 115 {print $2, $1}' | sort -n >theirs
	awk '{print "import ws2_32.dll @" $1}' theirs | { printf 'pe AMD64\nsection .text\n  u8 0xc3\n'; cat; } >w.txt
	mkobj w.txt >w.exe && imports -f json --name-ordinals w.exe | tr ',{' '\n\n' | awk -F': *' '/"ordinal"/ {o = $2} /"known_as"/ {gsub(/["}]/, "", $2); print o, $2}' | sort -n >mine
	is "ws2_32's names are wine's" "$(wc -l <mine) $(LC_ALL=C sort mine >a; LC_ALL=C sort theirs | LC_ALL=C comm -23 a -)" "45 "
else skip_test "ws2_32's names are wine's" "wine is not installed"; fi
done_testing
