# objkit libtool: Apple's front, compared with llvm-libtool-darwin (spec 3.1, scenario 31).
. "${top_srcdir:?}/tests/lib.sh"
clang=; for c in clang-19 clang-18 clang-17 clang-16 clang-15 clang-14 clang; do have $c && clang=$c && break; done
[ -n "$clang" ] || { echo "1..0 # SKIP no clang"; exit 0; }
llvm=; for c in llvm-libtool-darwin-19 llvm-libtool-darwin llvm-libtool-darwin-14; do have $c && llvm=$c && break; done
[ -n "$llvm" ] || { echo "1..0 # SKIP no llvm-libtool-darwin"; exit 0; }
libtool() { "$OBJKIT" libtool "$@"; }
printf 'int foo(void){return 1;} int bar;' >f.c; printf 'int other(void){return 2;}' >g.c
for a in x86_64 arm64 i386; do
	$clang -target $a-apple-macos -c f.c -o f-$a.o && $clang -target $a-apple-macos -c g.c -o g-with-a-long-name-$a.o || exit 99
done
both() { # NAME ARGUMENTS
	n=$1; shift; rm -f o.a l.a
	libtool -static -o o.a "$@" 2>err; $llvm -static -o l.a "$@" 2>/dev/null
	same "$n" o.a l.a
}
both "one architecture" f-x86_64.o g-with-a-long-name-x86_64.o
both "two" f-x86_64.o f-arm64.o g-with-a-long-name-arm64.o
both "32 and 64 bits" f-i386.o f-arm64.o
both "the same file twice" f-x86_64.o f-x86_64.o
$llvm -static -o fat.a f-x86_64.o f-arm64.o; $llvm -static -o thin.a g-with-a-long-name-x86_64.o
both "fat in, fat out" fat.a thin.a
both "-arch_only" -arch_only arm64 fat.a
ls f-x86_64.o f-arm64.o >list
both "-filelist" -filelist list
mkdir d; cp f-x86_64.o d/; cp thin.a d/libthin.a; echo f-x86_64.o >list2
both "-filelist with a directory" -filelist list2,d
both "-L and -l" -Ld -lthin f-x86_64.o
both "-L and -l, apart, and an object" -L d -l f-x86_64.o
libtool -static -o o.a f-x86_64.o f-x86_64.o 2>err; like "a file twice is warned of" "$(cat err)" "specified multiple times"
status "-warnings_as_errors" 1 libtool -static -warnings_as_errors -o w.a f-x86_64.o f-x86_64.o
ok "no output then" test ! -e w.a
status "text is no object" 1 libtool -static -o w.a list
status "nor is ELF" 1 sh -c "$clang -target x86_64-linux-gnu -c f.c -o e.o && '$OBJKIT' libtool -static -o w.a e.o"
status "-static is needed" 1 libtool -o w.a f-x86_64.o
status "-o is needed" 1 libtool -static f-x86_64.o
status "unknown option" 1 libtool -static -o w.a -zzz f-x86_64.o
status "unknown library" 1 libtool -static -o w.a -lnothing
ln -s "$OBJKIT" libtool; ok "called by its name" ./libtool -static -o n.a f-x86_64.o
ok "-dependency_info" libtool -static -dependency_info dep -o n.a f-x86_64.o
is "names inputs and output" "$(tr '\0\020\100' '\n<>' <dep | grep -c -e '<f-x86_64.o' -e '>n.a')" 2
status "help" 0 libtool -help
done_testing
