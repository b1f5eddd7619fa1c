# Programs under a debugger, COMDAT functions of many objects, constructors by priority, other languages.
. "${top_srcdir:?}/tests/lib.sh"
need gcc g++ readelf python3
. "$top_srcdir/tests/ld/elf.sh"

# One inline function in 100 objects: one copy, one address, one static variable.
cat >inl.h <<'X'
#pragma once
inline int counter() { static int n; return ++n; }
inline void *here() { return reinterpret_cast<void *>(&counter); }
template<class T> T twice(T x) { return x + x; }
X
objs=
for i in 1 2 3 4 5; do
	echo "#include \"inl.h\"
int f$i(int x) { counter(); return twice(x); } void *a$i() { return here(); }" >i$i.cc
	g++ -O0 -fPIE -c i$i.cc -o i$i.o
done
python3 - <<'X'
# 100 objects from one, by renaming what is not shared
import subprocess
names = []
for k in range(100):
    i = k % 5 + 1
    out = f'o{k}.o'
    subprocess.run(['objcopy', '--redefine-sym', f'_Z2f{i}i=f_{k}', '--redefine-sym', f'_Z2a{i}v=a_{k}', f'i{i}.o', out], check=True)
    names.append(out)
open('objs', 'w').write(' '.join(names))
open('m.cc', 'w').write('#include <cstdio>\n#include "inl.h"\nextern "C" {' +
    ''.join(f'int f_{k}(int); void *a_{k}();' for k in range(100)) + '}\nint main() { int s = 0; void *a = a_0(); bool same = true;\n' +
    ''.join(f's += f_{k}({k}); same = same && a_{k}() == a;\n' for k in range(100)) +
    'std::printf("%d %d %d\\n", s, counter(), same); }\n')
X
read -r objs <objs
# shellcheck disable=SC2086
ok "an inline function in 100 objects" linkxx many m.cc $objs
prints "... is one" "9900 101 1" ./many
is "... and its symbol" "$(readelf -sW many | grep -c ' _Z7counterv$')" 1

cat >p.cc <<'X'
#include <cstdio>
struct mark { mark(int n) { std::printf("%d ", n); } };
__attribute__((init_priority(300))) mark c(3);
mark z(9);
__attribute__((init_priority(200))) mark b(2);
__attribute__((constructor(101))) static void first() { std::printf("1 "); }
__attribute__((destructor(101))) static void last() { std::puts("end"); }
int main() { std::printf("main "); }
X
for o in "" -static -no-pie -Wl,--gc-sections; do
	# shellcheck disable=SC2086
	ok "constructors with priorities $o" linkxx p $o p.cc
	prints "... in order $o" "1 2 3 9 main end" ./p
done

if have gdb; then
	cat >d.c <<'X'
#include <stdio.h>
static inline __attribute__((always_inline)) int inner(int v)
{
    int local = v * 3;
    printf("%d\n", local);
    return local;
}
static int outer(int n)
{
    int before = n + 1;
    return inner(before) + before;
}
int main(int argc, char **argv)
{
    (void)argv;
    return outer(argc + 1) == 12 ? 0 : 1;
}
X
	for o in "-O0" "-O1 -gdwarf-4" "-O0 -static" "-O0 -Wl,--gc-sections -ffunction-sections" "-O0 -Wl,--compress-debug-sections=zlib"; do
		# shellcheck disable=SC2086
		ok "gdb $o: link" link d -g $o d.c
		out=$(gdb -nx -batch -ex 'break d.c:5' -ex run -ex 'print v' -ex bt ./d 2>&1 </dev/null)
		like "gdb $o: stops at a line" "$out" 'Breakpoint 1, .*d\.c:5'
		like "gdb $o: shows a local" "$out" '^\$1 = 3$'
		like "gdb $o: walks through the inline function" "$(printf '%s\n' "$out" | grep '^#' | grep -o 'inner\|outer\|main' | xargs)" '^inner outer main$'
	done
	if have llvm-dwarfdump-19; then ok "llvm-dwarfdump --verify" llvm-dwarfdump-19 --verify d
	else skip_test "llvm-dwarfdump --verify" "not installed"; fi
else
	skip_test "gdb" "not installed"
fi

plugin=$(clang-19 -print-file-name=LLVMgold.so 2>/dev/null)
[ -f "$plugin" ] || plugin=/usr/lib/llvm-19/lib/LLVMgold.so
if have clang-19 && [ -f "$plugin" ]; then
	printf '#include <stdio.h>\nint f(int);\nint main(void) { printf("%%d\\n", f(20)); return 0; }\n' >l1.c
	echo 'int g(int); int f(int x) { return g(x) + 1; }' >l2.c; echo 'int g(int x) { return x * 2; }' >l3.c
	clang-19 -flto -O2 -c l2.c l3.c; clang-19 -O2 -c l3.c -o l3n.o; ar rcs libl.a l3.o
	ok "clang -flto" clang-19 -flto -O2 -o l l1.c l2.o l3.o --ld-path="$B/ld"
	prints "... runs" 41 ./l
	ok "clang -flto=thin, an archive" clang-19 -flto=thin -O2 -o l l1.c l2.o -L. -ll --ld-path="$B/ld"
	prints "... runs" 41 ./l
	ok "clang -flto with a native object" clang-19 -flto -O2 -o l l1.c l2.o l3n.o --ld-path="$B/ld"
	prints "... runs" 41 ./l
	ok "... ours" ours l
else
	skip_test "clang -flto" "no LLVMgold.so"
fi
if have rustc && echo 'fn main() {}' >e.rs && rustc -o e e.rs 2>/dev/null; then
	cat >r.rs <<'X'
use std::collections::HashMap;
use std::sync::{mpsc, Arc, Mutex};
use std::thread;
thread_local!(static SEEN: std::cell::Cell<u32> = std::cell::Cell::new(0));
fn main() {
    let total = Arc::new(Mutex::new(HashMap::new()));
    let (tx, rx) = mpsc::channel();
    let hs: Vec<_> = (0..4u32).map(|i| { let (t, tx) = (total.clone(), tx.clone());
        thread::spawn(move || { SEEN.with(|s| s.set(i)); *t.lock().unwrap().entry(i % 2).or_insert(0) += i; tx.send(SEEN.with(|s| s.get())).unwrap(); }) }).collect();
    for h in hs { h.join().unwrap(); }
    drop(tx);
    let caught = std::panic::catch_unwind(|| { if rx.iter().count() == 4 { panic!("thrown") } }).is_err();
    let t = total.lock().unwrap();
    println!("{} {} {} {:?}", t[&0], t[&1], caught, "a b".split(' ').collect::<Vec<_>>());
}
X
	for o in "" "-O" "-C relocation-model=static"; do
		# shellcheck disable=SC2086
		ok "Rust $o" rustc -o r $o -C linker-flavor=gcc -C link-arg=-B"$B" -C link-self-contained=no r.rs
		ok "Rust $o: ours" ours r
		is "Rust $o: threads, channels, panics" "$(./r 2>/dev/null)" '2 4 true ["a", "b"]'
	done
else
	skip_test "Rust" "no working rustc"
fi
done_testing
