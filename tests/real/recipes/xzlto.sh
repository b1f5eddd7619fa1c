# xz with link-time optimisation: the archives go through gcc-ar and gcc-ranlib, which call the tools
# in PATH with --plugin
. "$here/recipes/xz.sh"
lto() {
	CFLAGS='-O2 -flto' ./configure ${HOST:+--host="$HOST"} --disable-nls --disable-doc
	make -j"$JOBS"
}
build_native() { AR=gcc-ar RANLIB=gcc-ranlib NM=gcc-nm lto; }
# a cross compiler's gcc-ar looks for ar in its own directory before PATH and -B: these do the same with ours
build_mingw() {
	plugin=$(${CC%% *} -print-file-name=liblto_plugin.so)
	for t in "ar $AR" "ranlib $RANLIB" "nm $NM"; do
		printf '#!/bin/sh\nexec "%s" --plugin "%s" "$@"\n' "${t#* }" "$plugin" >"with-${t%% *}"
	done
	chmod +x with-*
	AR=$PWD/with-ar RANLIB=$PWD/with-ranlib NM=$PWD/with-nm lto
}
