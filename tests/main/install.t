#!/bin/sh
# make install: the program, its names, the directory for gcc -B; make uninstall removes them.
. "${top_srcdir:?}/tests/lib.sh"
need make
[ -f "$top_builddir/Makefile" ] || { echo "1..0 # SKIP no build directory"; exit 0; }
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

inst() { make -s -C "$top_builddir" "$@" >make.out 2>&1 || { diag "$(tail -n 20 make.out)"; return 1; }; }
ok "make install DESTDIR=" inst install DESTDIR="$T/d" prefix=/usr
ok "objkit is installed" test -x d/usr/bin/objkit
is "it runs" "$(d/usr/bin/objkit --list | head -n 1)" ar
for n in ld real-ld collect2 ar nm ranlib; do
	is "libexec/objkit/gcc/$n is a link to objkit" "$(readlink d/usr/libexec/objkit/gcc/$n)" /usr/bin/objkit
done
for m in objkit objkit-ar objkit-ranlib objkit-nm objkit-imports objkit-ld; do
	ok "man page $m" test -s "d/usr/share/man/man1/$m.1"
done
find d -type f -o -type l | grep -v share/man | sort >installed
is "nothing else is installed" "$(grep -cvE 'usr/(bin/|libexec/objkit/gcc/)|share/doc' installed)" 0
ok "make uninstall DESTDIR=" inst uninstall DESTDIR="$T/d" prefix=/usr
is "nothing is left" "$(find d -type f -o -type l)" ""

# --enable-symlinks=PREFIX, as configure sets it
ok "make install with names" inst install DESTDIR="$T/s" prefix=/usr INSTALL_LINKS=yes \
	LINK_PREFIX=x86_64-w64-mingw32-
for n in ar nm ranlib ld imports; do
	is "x86_64-w64-mingw32-$n is a link" "$(readlink s/usr/bin/x86_64-w64-mingw32-$n)" objkit
done
like "the link is the applet" "$(s/usr/bin/x86_64-w64-mingw32-nm --help)" 'debug-syms'
ok "make uninstall with names" inst uninstall DESTDIR="$T/s" prefix=/usr INSTALL_LINKS=yes \
	LINK_PREFIX=x86_64-w64-mingw32-
is "no name is left" "$(find s -type f -o -type l)" ""
done_testing
