# xz with link-time optimisation: the archives go through gcc-ar and gcc-ranlib, which call the tools
# in PATH with --plugin
. "$here/recipes/xz.sh"
lto() {
	p=${HOST:+$HOST-}
	AR=${p}gcc-ar RANLIB=${p}gcc-ranlib NM=${p}gcc-nm CFLAGS='-O2 -flto' ./configure ${HOST:+--host="$HOST"} --disable-nls --disable-doc
	make -j"$JOBS"
}
build_native() { lto; }
build_mingw() { lto; }
