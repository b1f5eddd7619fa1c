# a Meson project with many shared libraries; its tests embed data with "ld -r -b binary"
source_package() { echo glib2.0; }
build_native() {
	meson_setup . -Dlibmount=disabled -Dselinux=disabled -Dman=false -Dgtk_doc=false -Dinstalled_tests=false -Dnls=disabled
	ninja -C b -j"$JOBS"
}
check_native() {
	meson_run --timeout-multiplier 4 --suite glib --suite gobject --suite gmodule $([ -z "$FULL" ] || echo --suite gio --suite gthread)
	[ -n "$FULL" ] || meson_run --timeout-multiplier 4 resources gdbus-serialization gsettings memory-input-stream converter-stream data-input-stream
	[ "$(grep -c ^PASS "$RESULTS")" -gt 100 ]
}
