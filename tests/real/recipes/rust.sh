# a std program for x86_64-pc-windows-gnu (packages rustc, libstd-rust-dev-windows)
targets='native mingw64'
source_package() { :; }
program() {
	cat >t.rs <<'RS'
use std::collections::HashMap;
use std::thread;
fn main() {
    let hs: Vec<_> = (0..4u64).map(|i| thread::spawn(move || (0..=i * 10).sum::<u64>())).collect();
    let s: u64 = hs.into_iter().map(|h| h.join().unwrap()).sum();
    let mut m = HashMap::new();
    for w in "a b a c a".split(' ') { *m.entry(w).or_insert(0) += 1; }
    let r = std::panic::catch_unwind(|| { let v: Vec<i32> = vec![]; v[s as usize - s as usize] });
    println!("{} {} {}", s, m["a"], r.is_err());
}
RS
}
build_mingw() {
	program
	cat >linker <<-SH
	#!/bin/sh
	exec $CC "\$@"
	SH
	chmod +x linker
	/usr/bin/rustc --target x86_64-pc-windows-gnu -C linker="$PWD/linker" -O t.rs -o t.exe
}
check_mingw() {
	a_test 'threads and panics' [ "$("$RUN" t.exe 2>/dev/null | tr -d '\r')" = "730 3 true" ]
	all_pass 1
}
build_native() { program; printf '#!/bin/sh\nexec %s "$@"\n' "$CC" >linker; chmod +x linker; /usr/bin/rustc -C linker="$PWD/linker" -O t.rs -o t; }
check_native() { a_test 'threads and panics' [ "$(./t 2>/dev/null)" = "730 3 true" ]; all_pass 1; }
