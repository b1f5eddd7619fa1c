# a Cargo workspace: a procedural macro (a library that the compiler loads), a build script that makes a C
# archive, a cdylib with exported functions and a program that uses all of it (packages cargo, rustc)
targets='native mingw64'
NO_AR=libshared.a # rustc's own
source_package() { :; }
program() {
	mkdir -p mac/src lib/src app/src
	cat >Cargo.toml <<-'T'
	[workspace]
	members = ["mac", "lib", "app"]
	[profile.release]
	debug = true
	T
	printf '[package]\nname = "mac"\nversion = "1.0.0"\nedition = "2021"\n[lib]\nproc-macro = true\n' >mac/Cargo.toml
	cat >mac/src/lib.rs <<-'RS'
	use proc_macro::TokenStream;
	#[proc_macro]
	pub fn answer(_: TokenStream) -> TokenStream { "40 + 2".parse().unwrap() }
	#[proc_macro_derive(Hello)]
	pub fn hello(t: TokenStream) -> TokenStream {
	    let name = t.into_iter().nth(1).unwrap().to_string();
	    format!("impl {name} {{ pub fn hello() -> &'static str {{ \"{name}\" }} }}").parse().unwrap()
	}
	RS
	printf '[package]\nname = "shared"\nversion = "1.0.0"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib", "rlib", "staticlib"]\n' >lib/Cargo.toml
	cat >lib/src/lib.rs <<-'RS'
	#[no_mangle]
	pub extern "C" fn shared_sum(p: *const i32, n: usize) -> i32 { unsafe { std::slice::from_raw_parts(p, n) }.iter().sum() }
	#[no_mangle]
	pub static SHARED_DATA: i32 = 77;
	pub fn parse(s: &str) -> Result<i32, Box<dyn std::error::Error>> { Ok(s.trim().parse::<i32>()?) }
	RS
	printf '[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\nbuild = "build.rs"\n[dependencies]\nmac = { path = "../mac" }\nshared = { path = "../lib" }\n' >app/Cargo.toml
	cat >app/build.rs <<-'RS'
	use std::{env, process::Command};
	fn main() {
	    let d = env::var("OUT_DIR").unwrap();
	    std::fs::write(format!("{d}/c.c"), "int tripled(int x) { return 3 * x; } int counted;").unwrap();
	    assert!(Command::new(env::var("REAL_CC").unwrap()).args(["-c", "-O1"]).arg(format!("{d}/c.c")).arg("-o").arg(format!("{d}/c.o")).status().unwrap().success());
	    assert!(Command::new(env::var("AR").unwrap()).arg("crs").arg(format!("{d}/libc_part.a")).arg(format!("{d}/c.o")).status().unwrap().success());
	    println!("cargo:rustc-link-search=native={d}");
	    println!("cargo:rustc-link-lib=static=c_part");
	}
	RS
	cat >app/src/main.rs <<-'RS'
	use mac::{answer, Hello};
	use std::{cell::RefCell, sync::{mpsc, Arc, Mutex}, thread};
	extern "C" { fn tripled(x: i32) -> i32; }
	thread_local! { static MINE: RefCell<Vec<i32>> = RefCell::new(vec![]); }
	#[derive(Hello)] struct World;
	struct Loud(Arc<Mutex<i32>>);
	impl Drop for Loud { fn drop(&mut self) { *self.0.lock().unwrap_or_else(|e| e.into_inner()) += 1; } }
	fn main() {
	    let (tx, rx) = mpsc::channel();
	    for i in 0..4 { let tx = tx.clone(); thread::spawn(move || MINE.with(|m| { m.borrow_mut().push(i); tx.send(m.borrow().len() as i32 * i).unwrap() })); }
	    drop(tx);
	    let s: i32 = rx.iter().sum();
	    let drops = Arc::new(Mutex::new(0));
	    let d = drops.clone();
	    let r = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| { let _l = Loud(d); if s > 0 { panic!("x") } }));
	    println!("{} {} {} {} {} {} {}", answer!(), World::hello(), unsafe { tripled(5) }, s, r.is_err(), drops.lock().unwrap(), shared::parse("12").unwrap() + shared::parse("x").is_err() as i32);
	}
	RS
	printf '#!/bin/sh\nexec %s "$@"\n' "$CC" >linker
	printf '#!/bin/sh\nexec gcc%s "$@"\n' "$(expr "$CC" : '[^ ]*\( .*\)' || :)" >host-linker
	chmod +x linker host-linker
}
want='42 World 15 6 true 1 13'
cargo_build() {
	program
	env HOME="$PWD" CARGO_HOME="$PWD/.cargo" REAL_CC="$PWD/linker" PATH="/usr/bin:$PATH" \
		CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER="$PWD/${1-host-}linker" CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER="$PWD/linker" \
		/usr/bin/cargo build --release --offline -j"$JOBS" $2
}
build_native() { cargo_build "" ""; }
check_native() {
	[ "$(target/release/app 2>/dev/null)" = "$want" ]
	printf '#include <stdio.h>\n#include <stddef.h>\nint shared_sum(const int *, size_t); extern int SHARED_DATA;\nint main(void) { int v[] = {1, 2, 3}; printf("%%d %%d\\n", shared_sum(v, 3), SHARED_DATA); return 0; }\n' >u.c
	$CC -o u u.c -Ltarget/release -l:libshared.so -Wl,-rpath,"$PWD/target/release"
	[ "$(./u)" = "6 77" ]
	$CC -o us u.c target/release/libshared.a -lpthread -ldl -lm -Wl,--gc-sections
	[ "$(./us)" = "6 77" ]
}
build_mingw() {
	cargo_build host- "--target x86_64-pc-windows-gnu"
}
check_mingw() {
	cd target/x86_64-pc-windows-gnu/release
	[ "$("$RUN" app.exe 2>/dev/null | tr -d '\r')" = "$want" ]
	printf '#include <stdio.h>\n#include <stddef.h>\nint shared_sum(const int *, size_t); extern __declspec(dllimport) int SHARED_DATA;\nint main(void) { int v[] = {1, 2, 3}; printf("%%d %%d\\n", shared_sum(v, 3), SHARED_DATA); return 0; }\n' >u.c
	$CC -o u.exe u.c shared.dll
	[ "$("$RUN" u.exe | tr -d '\r')" = "6 77" ]
}
