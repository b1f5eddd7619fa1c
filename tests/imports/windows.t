# --requires-windows on images that say exactly what they import: versions, contracts, ordinals, the unknown.
. "${top_srcdir:?}/tests/lib.sh"
need jq
image() { { printf 'pe AMD64\nsection .text\n  u8 0xc3\n'; cat; } >w.txt && mkobj w.txt >"$1" || exit 99; }
image crt.exe <<'E'
import api-ms-win-crt-math-l1-1-0.dll sin
import KERNEL32.dll ExitProcess GetTickCount64
E
is "the highest version counts, with the reason" "$(imports --requires-windows crt.exe)" \
"crt.exe: Windows 10 (10.0.10240) or later
  because of api-ms-win-crt-math-l1-1-0.dll sin"
is "tsv: each import's own" "$(imports --requires-windows -f tsv crt.exe)" "$(printf '%s\t%s\t%s\n' \
	api-ms-win-crt-math-l1-1-0.dll sin 10.0.10240 KERNEL32.dll ExitProcess 5.1 KERNEL32.dll GetTickCount64 6.0)"
is "json" "$(imports --requires-windows -f json crt.exe | jq -c '.files[0] | [.requires_windows, .unknown]')" '["10.0.10240",0]'
image odd.exe <<'E'
import ntdll.dll NtClose NoSuchFunctionAtAll
import WS2_32.dll @115 inet_pton
import own.dll x
E
is "a name without data is unknown, an ordinal is known, other DLLs do not count" "$(imports --requires-windows odd.exe)" \
"odd.exe: Windows Vista (6.0) or later, as far as known
  because of WS2_32.dll inet_pton
  unknown: ntdll.dll NoSuchFunctionAtAll"
is "json: how many are unknown" "$(imports --requires-windows -f json odd.exe | jq -c '.files[0] | [.requires_windows, .unknown]')" '["6.0.0",1]'
image own.exe <<'E'
import own.dll x
E
is "nothing of the system's" "$(imports --requires-windows own.exe)" "own.exe: any Windows (nothing is the system's)"
image unknown.exe <<'E'
import ntdll.dll NoSuchFunctionAtAll
E
is "nothing is known" "$(imports --requires-windows unknown.exe)" "unknown.exe: unknown
  unknown: ntdll.dll NoSuchFunctionAtAll"
image new.exe <<'E'
import api-ms-win-core-synch-l1-2-0.dll WaitOnAddress
import USER32.dll SetProcessDpiAwarenessContext GetDpiForWindow
delayimport KERNEL32.dll GetThreadDescription
E
is "delay-loaded functions do not count" "$(imports --requires-windows -f tsv new.exe | grep -c GetThreadDescription)" 0
like "the newest of them decides" "$(imports --requires-windows new.exe)" '^new.exe: Windows 10 1703 \(10.0.15063\) or later$'
is "a contract's own version" "$(imports --requires-windows -f tsv new.exe | head -n 1 | cut -f3)" 6.2
image xp.exe <<'E'
import KERNEL32.dll ExitProcess
E
is "XP has all" "$(imports --requires-windows xp.exe)" "xp.exe: Windows XP (5.1) or later"
is "several files, in order" "$(imports --requires-windows -f json xp.exe own.exe crt.exe | jq -c '[.files[].requires_windows]')" '["5.1.0",null,"10.0.10240"]'
printf 'elf64 machine=X86_64 type=DYN\nsection .text\n  u8 0xc3\n' >e.txt && mkobj e.txt >e.so
status "no PE image" 1 imports --requires-windows e.so
done_testing
